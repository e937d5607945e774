"""Sentences, tables and charts: they follow the figures, and say no more than the figures allow."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from words_outside import words_outside

from fundgap.errors import FundgapError
from fundgap.story import figures, site, tables
from fundgap.story.answers import answers
from fundgap.story.chart import Chart
from fundgap.story.findings import Findings

PROMISED = ["chance-of-good", "odds-ratios", "forecast-and-outturn", "spend-by-category", "projected-gap", "fund-beside-gap"]


@pytest.fixture(scope="module")
def charts(findings: Findings) -> dict[str, Chart]:
    return site.ratings_charts(findings) | site.gap_charts(findings) | site.fund_charts(findings)


def but_for(findings: Findings, **changed: object) -> Findings:
    """The same findings, worked out once, some of them changed."""
    other = Findings()
    other.__dict__.update(findings.__dict__ | changed)
    return other


def moved(findings: Findings, **factors: float) -> Findings:
    """Findings whose odds ratios are multiplied."""
    ratios = findings.ratios.copy()
    for column, factor in factors.items():
        ratios[column] *= factor
    return but_for(findings, ratios=ratios)


def test_the_verdict_names_a_link_only_where_the_interval_leaves_out_one(findings: Findings) -> None:
    assert "more preventative spend" in answers(findings)[0].headline
    assert "no clear link with preventative spend" in answers(moved(findings, lower=0.5))[0].headline
    assert "no clear link" in answers(moved(findings, deprivation_upper=2.0))[0].headline
    assert "goes with better grades" in answers(moved(findings, lower=1.5, upper=1.5))[0].headline
    assert "goes with worse grades" in answers(moved(findings, lower=0.5, upper=0.5))[0].headline


def test_the_curve_is_said_to_show_more_than_chance_only_where_shuffles_hardly_ever_do(findings: Findings) -> None:
    assert any("grades no more than chance" in sentence for sentence in answers(findings)[0].evidence)
    rare = replace(findings.curve, tests=findings.curve.tests.assign(p_greater=0.01))
    assert any("grades more than chance" in sentence for sentence in answers(but_for(findings, curve=rare))[0].evidence)


def test_the_gap_headline_turns_with_the_outturn(findings: Findings) -> None:
    outturns = {label: table.assign(outturn_rise_gbp=table["outturn_rise_gbp"] / 10) for label, table in findings.outturns.items()}
    assert "rose by less than" in answers(but_for(findings, outturns=outturns))[1].headline
    assert "rose by more than" in answers(findings)[1].headline


def test_the_slips_told_of_are_as_large_as_the_councils_own_years_and_other_return_say(findings: Findings) -> None:
    limit = answers(findings)[1].limit
    returned = findings.years.set_index(["council_name", "financial_year"])[["gross_spend_gbp", "ro3_gross_spend_gbp"]] / 1e6
    spend, other = returned["gross_spend_gbp"], returned["ro3_gross_spend_gbp"]
    salford = spend["Salford", "2019-20"] - (spend["Salford", "2018-19"] + spend["Salford", "2020-21"]) / 2
    assert f"Salford's of 2019-20, which is some £{5 * round(salford / 5)}m too high" in limit
    # By the Revenue Outturn of the year and how far the two stood apart in either year before; "some" is a fifth more or less.
    usual = [spend["Liverpool", year] / other["Liverpool", year] for year in ("2022-23", "2023-24")]
    short = [other["Liverpool", "2024-25"] * ratio - spend["Liverpool", "2024-25"] for ratio in usual]
    assert "Liverpool's of 2024-25, some £100m too low" in limit
    assert all(80 < amount < 120 for amount in short)


def test_the_trend_is_told_without_the_returns_that_look_wrong_and_with_what_draws_leave_open(findings: Findings) -> None:
    _, gap, _ = answers(findings)
    assert f"£{findings.trend_without_odd_returns.england['gap_gbp'].iloc[-1] / 1e9:.1f}bn" in gap.evidence[2].split("looks wrong")[1]
    assert all(name in gap.evidence[2] for name in ("Salford in 2019-20", "Liverpool in 2024-25"))
    # The density of England's gap at either end is near that of a normal whose ends are £0.9bn and £8.5bn: a standard deviation of
    # £3bn, so 95% of £(1.96 x 3 x 0.3 / 0.175 / sqrt(50,000))bn; the wider, upper tail makes it a little more.
    assert "50,000 draws give its ends to about £0.05bn" in gap.limit
    assert "(gross spend)" in gap.evidence[2]
    assert "with funding and general prices as assumed" in gap.limit


def test_no_sentence_says_cause_and_every_answer_states_a_limit(findings: Findings) -> None:
    ratings = answers(findings)[0]
    assert not re.search(r"\b(caus\w+|leads? to|effects? of|improves?|thanks to)\b", str(ratings))
    assert "association" in ratings.limit
    for answer in answers(findings):
        assert len(answer.limit) > 40
        assert not re.search(r"\bnan\b|\{|\}", str(answer))


def test_charts_are_the_same_bytes_every_time_and_carry_words_and_figures(charts: dict[str, Chart]) -> None:
    assert list(charts) == PROMISED
    for chart in charts.values():
        assert chart.svg() == chart.svg()
        assert chart.png() == chart.png()
        assert len(chart.alt) > 40
        assert len(chart.data) >= 3
        assert re.search(r"£|interval", chart.subtitle)
        assert len(chart.title) <= 80
        assert words_outside(chart) == []


def test_a_title_follows_its_figures(findings: Findings) -> None:
    low = {label: table.assign(outturn_rise_gbp=0.0) for label, table in findings.outturns.items()}
    assert figures.forecast_and_outturn(low).title.startswith("Councils' spending rose by less")


def test_tables_round_for_readers() -> None:
    frame = pd.DataFrame({"name": ["a", "b"], "count": [1234567, 3], "share": [0.125, np.nan], "zero": [-0.0001, 2.0]})
    shown = tables.ReaderTable.of(frame).to_frame()
    assert shown.to_dict("list") == {"name": ["a", "b"], "count": ["1,234,567", "3"], "share": ["0.12", ""], "zero": ["0.00", "2.00"]}


def test_names_are_escaped_wherever_they_are_shown() -> None:
    bad = "<script>alert(1)</script>"
    table = tables.ReaderTable.of(pd.DataFrame({"council": [bad]}))
    assert bad not in table._repr_html_()


def test_a_report_never_replaces_a_folder_that_is_not_a_report(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", "utf-8")
    with pytest.raises(FundgapError, match="other files than a report"):
        site.report(tmp_path)
    assert (tmp_path / "thesis.txt").read_text("utf-8") == "years of work"


def test_an_answer_renders_its_own_html_escaped(findings: Findings) -> None:
    answer = replace(answers(findings)[0], headline="a < b")
    assert "a &lt; b" in answer._repr_html_()
