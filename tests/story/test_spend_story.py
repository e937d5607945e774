"""Charts and tables of the spend notebook: they follow the figures and say no more than these allow."""

import re
from dataclasses import replace

import pandas as pd
import pytest
from words_outside import words_outside

import fundgap
from fundgap.models.decomposition import SpendChange, unit_costs_since
from fundgap.models.fifths import DeprivationChange
from fundgap.models.shares import SpendShares
from fundgap.models.spending import ExpectedSpend
from fundgap.story import spend_figures, spend_tables, volume_figures
from fundgap.story.chart import Chart
from fundgap.story.published_shares import LGA_2018, LGA_2019, NAO_2019


@pytest.fixture(scope="module")
def years() -> pd.DataFrame:
    return fundgap.council_years()


@pytest.fixture(scope="module")
def real(years: pd.DataFrame) -> pd.DataFrame:
    return fundgap.in_real_terms(years)


@pytest.fixture(scope="module")
def expected(real: pd.DataFrame) -> ExpectedSpend:
    return fundgap.expected_spend(real)


@pytest.fixture(scope="module")
def change(years: pd.DataFrame) -> SpendChange:
    return fundgap.decompose_spend(years, prices="cash")


@pytest.fixture(scope="module")
def periods(years: pd.DataFrame) -> tuple[DeprivationChange, DeprivationChange]:
    ask = fundgap.spend_change_by_deprivation
    return ask(years, "2012-13", "2015-16"), ask(years, "2015-16", "2024-25")


@pytest.fixture(scope="module")
def shares(real: pd.DataFrame) -> tuple[SpendShares, SpendShares]:
    one = fundgap.spend_shares(real, "2016-17", replicates=5)
    return one, fundgap.spend_shares(real, ["2016-17", "2017-18"], need=("deprivation", "council", "year"), replicates=3)


@pytest.fixture(scope="module")
def charts(
    years: pd.DataFrame,
    real: pd.DataFrame,
    expected: ExpectedSpend,
    change: SpendChange,
    periods: tuple[DeprivationChange, DeprivationChange],
    shares: tuple[SpendShares, SpendShares],
) -> dict[str, Chart]:
    return {
        "need": spend_figures.spend_and_need(fundgap.expected_spend(real, need=("deprivation",))),
        "expected": spend_figures.actual_and_expected(expected),
        "shares": spend_figures.shares(*shares),
        "fifths": volume_figures.change_by_deprivation(*periods),
        "index": volume_figures.numbers_and_unit_cost(unit_costs_since(years, "2022-23")),
        "steps": volume_figures.volume_and_price(change),
    }


def test_charts_carry_words_and_figures(charts: dict[str, Chart]) -> None:
    assert charts["steps"].svg() == charts["steps"].svg()
    assert charts["shares"].png().startswith(b"\x89PNG")
    for name, chart in charts.items():
        assert 30 < len(chart.title) <= 76, name
        assert len(chart.alt) > 60, name
        assert len(chart.data) >= 3, name
        assert re.search(r"£|spend", chart.subtitle), name
        assert chart.source.count("Section 251") == 1, name
        assert words_outside(chart) == [], name


def test_nothing_is_called_a_cause(charts: dict[str, Chart]) -> None:
    words = " ".join(f"{chart.title} {chart.subtitle} {chart.source} {chart.alt}" for chart in charts.values())
    assert not re.search(r"\b(caus\w+|impacts?|effects? of|leads? to more|drive[sn]?|waste|nan)\b", words)
    assert "not efficiency" in charts["expected"].source


def test_a_step_chart_ends_where_its_steps_do(change: SpendChange, charts: dict[str, Chart]) -> None:
    parts = change.england.set_index("factor")["added_gbp"]
    before, after = change.areas["before_gbp"].sum(), change.areas["after_gbp"].sum()
    assert before + parts.drop("total").sum() == pytest.approx(after, abs=0.005)
    assert f"£{before / 1e9:.2f}bn to £{after / 1e9:.2f}bn" in charts["steps"].alt


def test_titles_turn_with_the_figures(
    expected: ExpectedSpend, real: pd.DataFrame, periods: tuple[DeprivationChange, DeprivationChange]
) -> None:
    alone = fundgap.expected_spend(real, need=("deprivation",))
    flat = replace(alone, estimates=alone.estimates * [1, 0])
    assert spend_figures.spend_and_need(flat).title == "Spend shows no clear link with deprivation"
    assert spend_figures.spend_and_need(alone).title.startswith("More deprived councils spend more")
    early, late = periods
    assert volume_figures.change_by_deprivation(late, early).title == "Change in spend by deprivation"


def test_published_shares_leave_what_they_leave_and_say_where_they_were_read() -> None:
    assert NAO_2019.unexplained == pytest.approx(0.31)
    assert LGA_2018.unexplained == pytest.approx(0.5)
    for study in (NAO_2019, LGA_2018, LGA_2019):
        assert study.source
        assert len(study.of) > 40


def test_every_share_of_the_bars_adds_up_to_all_of_the_variation(charts: dict[str, Chart]) -> None:
    assert charts["shares"].data.groupby("account")["share"].sum().to_numpy() == pytest.approx(1)


def test_tables_are_text_with_no_gap_in_them(
    expected: ExpectedSpend,
    change: SpendChange,
    periods: tuple[DeprivationChange, DeprivationChange],
    shares: tuple[SpendShares, SpendShares],
) -> None:
    shown = [
        spend_tables.coefficients(expected),
        spend_tables.fits([expected]),
        spend_tables.far_off(expected),
        spend_tables.shares(shares),
        spend_tables.published_shares(),
        spend_tables.cuts(periods),
        spend_tables.cuts_beside_published(periods),
        spend_tables.levels(change),
        spend_tables.decomposition(change),
        spend_tables.regions(change),
        spend_tables.left_out(change.left_out),
        spend_tables.left_out(expected.left_out),
    ]
    for table in shown:
        frame = table.to_frame()
        assert len(frame) >= 1
        assert not frame.isin(["nan", "None", "<NA>"]).any().any()


def test_the_far_off_table_has_both_ends_and_marks_returns_out_of_line(expected: ExpectedSpend) -> None:
    frame = spend_tables.far_off(expected, count=2).to_frame().set_index("council")
    assert len(frame) == 4
    assert frame.loc["Liverpool", "return out of line"] == "yes"
    assert frame["difference, £"].str[0].tolist() == ["+", "+", "-", "-"]


def test_the_fifths_of_the_picture_are_those_of_the_table_of_cuts(years: pd.DataFrame, real: pd.DataFrame) -> None:
    # 149 councils have spend and a score in 2024-25: four fifths of 30 and, the most deprived, one of 29.
    rows = years[(years["financial_year"] == "2024-25") & ~years["council"].isin(["E09000001", "E06000053"])]
    rows = rows.dropna(subset=["gross_spend_gbp"]).sort_values("imd_score")
    assert len(rows) == 149
    least, most = (part["gross_spend_gbp"].sum() / part["children"].sum() for part in (rows[:30], rows[-29:]))
    alt = spend_figures.spend_and_need(fundgap.expected_spend(real, need=("deprivation",))).alt
    assert f"£{least:,.0f} a child, the most deprived £{most:,.0f}" in alt
