"""The verdict on £2bn: published totals, deflated by hand, and words that turn with the figures."""

from dataclasses import replace

import frames
import pytest

from fundgap.errors import NoData
from fundgap.gap.verdict import Verdict, verdict
from fundgap.story.gap_words import verdict_words

# DfE, England, gross spend excluding CERA; LAIT rounds councils to a pound in 2019-20. GDP deflator 85.65 and 90.95.
GROSS = {"2016-17": 9_158_398_642, "2019-20": 10_530_792_576}
ROUNDING = 100
DEFLATOR = 90.95 / 85.65
PENNY = 0.01


@pytest.fixture(scope="module")
def found() -> Verdict:
    return verdict(frames.panel())


def test_what_was_spent_is_what_was_published(found: Verdict) -> None:
    table = found.table.set_index(["figure", "financial_year"])
    for year, total in GROSS.items():
        assert table.loc[("spent, gross (Section 251)", year), "gbp"] == pytest.approx(total, abs=ROUNDING)
    assert found.rise("spent, gross (Section 251)") == pytest.approx(GROSS["2019-20"] - GROSS["2016-17"], abs=ROUNDING)


def test_rises_in_the_prices_of_2019_20_by_hand(found: Verdict) -> None:
    assert found.rise("spent, gross (Section 251)", "rise_gbp_real") == pytest.approx(
        GROSS["2019-20"] - GROSS["2016-17"] * DEFLATOR, rel=1e-6
    )
    assert found.rise("need forecast, LGA 2017", "rise_gbp_real") == pytest.approx(12.2e9 - 11.1e9 * DEFLATOR, rel=1e-6)
    assert found.gap_gbp == pytest.approx(2.0e9, abs=PENNY)


def test_only_areas_with_a_figure_in_every_year_are_compared(found: Verdict) -> None:
    spent = found.table[found.table["kind"] == "spent"].groupby("figure")[["areas", "areas_left_out"]].agg(["min", "max"])
    # 152 councils, of which nine have since been redrawn or split: 148 areas. One made no Revenue Outturn in 2016-17.
    assert spent.loc["spent, gross (Section 251)"].tolist() == [148, 148, 0, 0]
    assert spent.loc["spent, net (Revenue Outturn)"].tolist() == [147, 147, 1, 1]


def test_net_spend_ends_where_it_stops_being_comparable(found: Verdict) -> None:
    years = found.table.loc[found.table["figure"] == "spent, net (Section 251)", "financial_year"]
    assert years.tolist() == ["2016-17", "2017-18", "2018-19"]


def test_an_overspend_is_a_share_of_the_gap_in_the_same_prices(found: Verdict) -> None:
    nao = found.overspends[found.overspends["publisher"] == "National Audit Office"].iloc[0]
    # Deflator of 2017-18, 2016-17 = 76.22 of 2024-25 = 100: 77.42; of 2019-20: 80.93 (to a part in ten thousand).
    assert nao["overspend_gbp_real"] == pytest.approx(872e6 * 80.93 / 77.42, rel=2e-4)
    assert nao["share_of_gap"] == pytest.approx(nao["overspend_gbp_real"] / 2.0e9)


def test_the_words_turn_with_the_figures(found: Verdict) -> None:
    words = verdict_words(found).text
    assert "£1.37bn (Section 251)" in words
    assert "£1.44bn (Revenue Outturn" in words
    assert "more than the rise in need" in words
    assert "£770m to £872m in 2017-18 and 2018-19" in words
    spent = found.table["kind"] == "spent"
    table = found.table.assign(rise_gbp=found.table["rise_gbp"].where(~spent, found.table["rise_gbp"] / 10))
    assert "less than the rise in need" in verdict_words(replace(found, table=table)).text


def test_without_the_years_it_says_so() -> None:
    with pytest.raises(NoData, match="2019-20"):
        verdict(frames.panel().query("financial_year < '2018-19'"))
