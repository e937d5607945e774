"""Charts and tables of the gap notebook: they follow the figures and say no more than these allow."""

import re
from dataclasses import replace

import pytest
from words_outside import words_outside

import fundgap as fg
from fundgap.gap.cost_result import CostOfGood
from fundgap.gap.result import Gap
from fundgap.gap.verdict import Verdict
from fundgap.story import gap_figures, gap_tables
from fundgap.story.chart import Chart


@pytest.fixture(scope="module")
def found() -> Verdict:
    return fg.verdict(fg.council_years())


@pytest.fixture(scope="module")
def gaps() -> dict[str, Gap]:
    return {name: fg.project_gap(fg.council_years(), fg.scenario(name)) for name in ("trend", "reform", "flat-cash")}


@pytest.fixture(scope="module")
def answers() -> list[CostOfGood]:
    ask = (fg.council_years(), fg.inspections())
    return [fg.cost_of_good(*ask, without=without, replicates=100) for without in ([], ["London"])]


@pytest.fixture(scope="module")
def charts(found: Verdict, gaps: dict[str, Gap], answers: list[CostOfGood]) -> dict[str, Chart]:
    return {
        "verdict": gap_figures.verdict_chart(found),
        "scenarios": gap_figures.scenarios_side_by_side(gaps, "2029-30"),
        "regions": gap_figures.gap_by_region(gaps["trend"], "2029-30"),
        "good": gap_figures.cost_of_good_chart(answers),
    }


def test_charts_carry_words_and_figures(charts: dict[str, Chart]) -> None:
    assert charts["good"].svg() == charts["good"].svg()
    for name, chart in charts.items():
        assert 30 < len(chart.title) <= 76, name
        assert len(chart.alt) > 60, name
        assert len(chart.data) >= 2, name
        assert "£" in chart.subtitle or "spend" in chart.subtitle, name
        assert "Section 251" in chart.source, name
        assert words_outside(chart) == [], name


def test_nothing_is_called_a_cause(charts: dict[str, Chart], answers: list[CostOfGood]) -> None:
    words = " ".join(f"{chart.title} {chart.subtitle} {chart.source} {chart.alt}" for chart in charts.values())
    words += " ".join(map(str, answers))
    assert not re.search(r"\b(caus\w+|impacts?|effects? of|leads? to|nan|inf)\b", words)
    assert "association" in charts["good"].source
    assert "outside London the link is unclear" in charts["good"].source


def test_the_verdicts_title_turns_with_the_figures(found: Verdict, charts: dict[str, Chart]) -> None:
    assert charts["verdict"].title == "Councils' spending rose by more than need was forecast to rise"
    less = replace(found, table=found.table.assign(rise_gbp=found.table["rise_gbp"].where(found.table["kind"] != "spent", 0.0)))
    assert gap_figures.verdict_chart(less).title == "Spending and the forecast of need"


def test_regions_bars_add_up_to_the_gap_a_child(charts: dict[str, Chart]) -> None:
    data = charts["regions"].data
    parts = data[["price", "demography", "demand", "funding and general prices"]].sum(axis=1)
    assert parts.to_numpy() == pytest.approx(data["gap"].to_numpy())


def test_tables_are_text_with_no_gap_in_them(found: Verdict, gaps: dict[str, Gap], answers: list[CostOfGood]) -> None:
    years = fg.council_years()
    lga = fg.project_gap(years, fg.scenario("lga-2021"))
    shown = [
        gap_tables.published_gaps(fg.published_gaps(years)),
        gap_tables.verdict_table(found),
        gap_tables.what_is_counted(found),
        gap_tables.overspends(found),
        gap_tables.growth_beside_outturn(fg.compare_with_outturn(lga, years)),
        gap_tables.scenarios_side_by_side(gaps, ["2029-30", "2034-35"]),
        gap_tables.regions(gaps["trend"], "2029-30"),
        gap_tables.need_by_category(gaps["trend"], ["2024-25", "2029-30"]),
        gap_tables.children_ahead(fg.compare_demography(years)),
        gap_tables.costs_of_good(answers),
        gap_tables.furthest_from_good(answers[1]),
    ]
    for table in shown:
        frame = table.to_frame()
        assert len(frame) >= 2
        assert frame.map(lambda cell: isinstance(cell, str)).all(axis=None)
        assert not re.search(r"\b(nan|inf|NaN|<NA>)\b", frame.to_string())
