"""Charts and tables of the journeys notebook: they follow the figures, and say no more than these allow."""

import re
from dataclasses import replace

import pandas as pd
import pytest
from words_outside import words_outside

import fundgap as fg
from fundgap.models.improvement import TimeToImprove
from fundgap.models.journeys import Journeys
from fundgap.models.timelines import Timelines
from fundgap.story import journey_figures, journey_tables, timeline_figures
from fundgap.story.chart import Chart


@pytest.fixture(scope="module")
def paths() -> Journeys:
    return fg.journeys(fg.inspections())


@pytest.fixture(scope="module")
def improvement(paths: Journeys) -> TimeToImprove:
    return fg.time_to_improve(paths)


@pytest.fixture(scope="module")
def timelines(paths: Journeys) -> Timelines:
    return fg.intervention_timelines(paths, fg.council_years())


@pytest.fixture(scope="module")
def charts(paths: Journeys, improvement: TimeToImprove, timelines: Timelines) -> dict[str, Chart]:
    return {
        "followed": journey_figures.what_followed(fg.transitions(paths)),
        "better": journey_figures.time_to_better(improvement),
        "held": journey_figures.how_long_held(fg.how_lasting(paths)),
        "spend": timeline_figures.timelines(timelines),
    }


def test_every_chart_says_its_finding_place_source_and_data(charts: dict[str, Chart]) -> None:
    for chart in charts.values():
        assert words_outside(chart) == []
        assert chart.title
        assert chart.source
        assert chart.alt.endswith(".")
        assert len(chart.data)
        assert "nan" not in chart.title + chart.alt
        assert not re.search(r"\b(cause|effect|impact|because of)\b", (chart.title + chart.subtitle + chart.alt).lower())


def test_titles_follow_the_figures(paths: Journeys, improvement: TimeToImprove, charts: dict[str, Chart]) -> None:
    after = fg.transitions(paths).matrix().loc["Inadequate"]
    assert charts["followed"].title.startswith(f"{after.drop('Inadequate').sum()} of {after.sum()} judgements")
    assert charts["better"].title.startswith("No council was judged better within six months")
    # A spell that ended early takes the sentence away.
    curve = replace(improvement.curve, days=improvement.curve.days - 300, spell_days=improvement.curve.spell_days)
    assert not journey_figures.time_to_better(replace(improvement, curve=curve)).title.startswith("No council")


def test_tables_show_counts_with_their_intervals(paths: Journeys, improvement: TimeToImprove, timelines: Timelines) -> None:
    table = fg.transitions(paths)
    followed = journey_tables.followed(table).to_frame().set_index("grade before (95% interval)")
    cell = table.table.query("pair == 'all' and from_rating == 'Good' and to_rating == 'Good'").iloc[0]
    assert followed.at["Good", "Good"].startswith(f"{cell['count']}:\N{NO-BREAK SPACE}{cell['share']:.0%}")
    assert len(journey_tables.moves(table).to_frame()) == len(table.moves)
    assert len(journey_tables.interventions(timelines).to_frame()) == len(timelines.councils)
    assert "none on the register" in str(journey_tables.by_kind(improvement))
    assert "31 Mar 2019" in str(journey_tables.ended_paths(paths))


def test_a_start_is_shown_as_exactly_as_it_is_known() -> None:
    shown = journey_tables.register(fg.interventions()).to_frame().set_index(["council", "kind"])["started"]
    assert shown["Isle of Wight", "partnership"] == "2013"
    assert shown["Kirklees", "partnership"] == "by Sep 2017"
    assert shown["Sunderland", "company"] == "Apr 2017"


def test_visits_are_counted_by_year_and_kind() -> None:
    counts = journey_tables.visits(fg.raw_table("visits")).to_frame()
    assert isinstance(counts, pd.DataFrame)
    assert set(counts["visits"]) == {"24", "36"}
