"""Timelines of interventions: who is beside whom, means by hand, nothing across a changed definition."""

import numpy as np
import pandas as pd
import pytest

import fundgap as fg
from fundgap.models.journeys import Journeys
from fundgap.models.timelines import DAYS_APART, MATCHES, Timelines

SAME = 1e-9
ROTHERHAM, BIRMINGHAM = "E08000018", "E08000025"


@pytest.fixture(scope="module")
def paths() -> Journeys:
    return fg.journeys(fg.inspections())


@pytest.fixture(scope="module")
def years() -> pd.DataFrame:
    return fg.council_years()


@pytest.fixture(scope="module")
def found(paths: Journeys, years: pd.DataFrame) -> Timelines:
    return fg.intervention_timelines(paths, years)


def test_every_council_of_the_register_has_a_line_or_a_reason(found: Timelines) -> None:
    register = set(fg.interventions()["council"])
    assert set(found.councils["council"]) | set(found.left_out["council"]) == register
    assert not set(found.councils["council"]) & set(found.left_out["council"])


def test_those_beside_started_with_the_same_grade_at_about_the_same_time_and_had_no_known_intervention(
    found: Timelines, paths: Journeys
) -> None:
    register = set(fg.interventions()["council"])
    started = found.councils.set_index("council")
    in_force = {council: fg.grades_at(paths, day).table.set_index("council") for council, day in started["started_on"].items()}
    for match in found.matches.itertuples():
        row, grades = started.loc[match.council], in_force[match.council]
        assert grades.at[match.match, "rating"] == match.rating == row["rating"]
        assert abs(match.days_apart) <= DAYS_APART
        assert match.match not in register
    assert found.matches.groupby("council").size().max() <= MATCHES


def test_those_beside_are_the_nearest_in_deprivation(found: Timelines, paths: Journeys, years: pd.DataFrame) -> None:
    start = found.councils.set_index("council").loc[ROTHERHAM]
    grades = fg.grades_at(paths, start["started_on"]).table
    near = grades[grades["rating"].eq(start["rating"]) & (grades["publication_date"] - start["judged_on"]).abs().dt.days.le(DAYS_APART)]
    near = near[~near["council"].isin(set(fg.interventions()["council"]))]
    score = years[years["financial_year"] == "2014-15"].set_index("council")["imd_score"]
    order = (near.set_index("council").index.map(score).to_series(index=near["council"]) - score[ROTHERHAM]).abs().sort_values()
    assert set(found.matches.query("council == @ROTHERHAM")["match"]) == set(order.index[:MATCHES])


def test_means_before_and_after_are_those_of_the_years_by_hand(found: Timelines, years: pd.DataFrame) -> None:
    own = fg.in_real_terms(years).query("council == @ROTHERHAM").set_index("financial_year")
    row = found.councils.set_index("council").loc[ROTHERHAM]
    # The commissioner came in February 2015, financial year 2014-15; spend counts since 2012-13, so two years before it.
    assert row["spend_before"] == pytest.approx(own.loc[["2012-13", "2013-14"], "gross_spend_per_child_real"].mean(), rel=SAME)
    assert row["spend_after"] == pytest.approx(own.loc[["2017-18", "2018-19", "2019-20"], "gross_spend_per_child_real"].mean(), rel=SAME)
    assert row["looked_after_before"] == pytest.approx(own.loc[["2011-12", "2012-13", "2013-14"], "looked_after_per_10k"].mean(), rel=SAME)
    assert row["spend_change"] == pytest.approx(row["spend_after"] / row["spend_before"] - 1, rel=SAME)


def test_no_spend_from_before_its_definition_last_changed_is_shown(found: Timelines) -> None:
    early = found.yearly[found.yearly["financial_year"] < "2012-13"]
    assert early[["spend", "alike_spend"]].isna().all().all()
    assert early["looked_after"].notna().any()


def test_grades_at_the_start_and_three_years_on_are_those_in_force(found: Timelines, paths: Journeys) -> None:
    row = found.councils.set_index("council").loc[BIRMINGHAM]
    assert (row["rating"], row["next_rating"], row["next_judged_on"]) == ("Inadequate", "Inadequate", pd.Timestamp("2014-05-23"))
    on = fg.grades_at(paths, "2017-03-27").table.set_index("council")["rating"]
    assert row["rating_after"] == on[BIRMINGHAM]
    assert not row["better_after"]


def test_a_median_of_those_beside_counts_only_councils_with_a_figure(found: Timelines, years: pd.DataFrame) -> None:
    line = found.yearly.query("council == @ROTHERHAM and financial_year == '2018-19'").iloc[0]
    beside = found.matches.query("council == @ROTHERHAM")["match"]
    year = fg.in_real_terms(years[years["financial_year"] == "2018-19"])
    values = year.loc[year["council"].isin(beside), "gross_spend_per_child_real"]
    assert line["alike_spend"] == pytest.approx(np.nanmedian(values), rel=SAME)
    assert line["alike_with_spend"] == values.notna().sum()


def test_the_words_claim_no_cause(found: Timelines) -> None:
    assert "nothing here says what it did" in str(found)
