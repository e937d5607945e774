"""Spells of a grade by hand, time to improve, and how lasting a grade is."""

import pandas as pd
import pytest
from paths_by_hand import CUMBRIA, KIRKLEES, LEEDS, SLOUGH, judgements

import fundgap as fg
from fundgap.data.as_at import register_end
from fundgap.errors import NoData
from fundgap.models.improvement import NONE_KNOWN, kinds_of
from fundgap.models.journeys import Journeys
from fundgap.models.spells import spells

END = pd.Timestamp("2025-03-31")
BY_HAND = judgements(
    (SLOUGH, "SIF", "2014-02-11", "I"),
    (SLOUGH, "SIF", "2016-02-17", "I"),
    (SLOUGH, "ILACS", "2019-03-04", "R"),
    (KIRKLEES, "ILACS", "2019-08-05", "G"),
    (KIRKLEES, "ILACS", "2022-08-05", "O"),
    (KIRKLEES, "ILACS", "2024-08-28", "G"),
    (LEEDS, "SIF", "2015-03-27", "G"),
    (LEEDS, "ILACS", "2018-12-18", "I"),
    (LEEDS, "ILACS", "2025-05-13", "G"),
    (CUMBRIA, "ILACS", "2021-03-31", "I"),
    is_reinspection=(False, True, *[False] * 8),
)


@pytest.fixture(scope="module")
def paths() -> Journeys:
    return fg.journeys(BY_HAND)


@pytest.fixture(scope="module")
def held() -> Journeys:
    return fg.journeys(fg.inspections())


def test_a_run_is_one_spell_from_its_first_report_or_one_from_each(paths: Journeys) -> None:
    first = spells(paths, "Inadequate", "better", END).set_index("council")
    assert first.at[SLOUGH, "start"] == pd.Timestamp("2014-02-11")
    # 11 Feb 2014 to 4 Mar 2019: five years with one leap day (1,826) and 21 days.
    assert first.at[SLOUGH, "days"] == 1_826 + 21
    assert first.at[SLOUGH, "judgements_between"] == 1
    assert first.at[SLOUGH, "to_stage"] == "ILACS"
    each = spells(paths, "Inadequate", "better", END, "each").query("council == @SLOUGH")
    # 17 Feb 2016 to 4 Mar 2019: three years with one leap day (1,096) and 15 days.
    assert each["days"].tolist() == [1_826 + 21, 1_096 + 15]
    assert each["stage"].tolist() == ["SIF", "SIF re-inspection"]


def test_a_spell_is_cut_off_with_the_council_or_where_the_record_ends_and_later_reports_do_not_count(paths: Journeys) -> None:
    found = spells(paths, "Inadequate", "better", END).set_index("council")
    assert (found.at[CUMBRIA, "end"], found.at[CUMBRIA, "ended_by"]) == (pd.Timestamp("2023-03-31"), "council abolished")
    assert found.at[CUMBRIA, "days"] == 730
    assert (found.at[LEEDS, "end"], found.at[LEEDS, "ended_by"]) == (END, "record ends")
    assert found["is_ended"].to_dict() == {SLOUGH: True, LEEDS: False, CUMBRIA: False}
    before = spells(paths, "Inadequate", "better", pd.Timestamp("2023-01-01")).set_index("council")
    assert before.at[CUMBRIA, "ended_by"] == "record ends"


def test_a_better_grade_does_not_end_a_spell_of_good_but_a_lower_one_does(paths: Journeys) -> None:
    found = spells(paths, "Good", "lower", END).set_index("council")
    assert found["is_ended"].to_dict() == {LEEDS: True, KIRKLEES: False}
    assert found.at[KIRKLEES, "judgements_between"] == 2
    outstanding = spells(paths, "Outstanding", "lower", END).iloc[0]
    assert (outstanding["to_rating"], outstanding["end"]) == ("Good", pd.Timestamp("2024-08-28"))


def test_any_next_judgement_ends_the_waiting(paths: Journeys) -> None:
    waits = spells(paths, "Inadequate", "any", END, "each").query("council == @SLOUGH")
    assert waits["to_rating"].tolist() == ["Inadequate", "Requires improvement"]


def test_words_and_grades_that_there_are_not_are_refused(paths: Journeys) -> None:
    with pytest.raises(NoData, match="grade 'Poor'"):
        spells(paths, "Poor", "better", END)
    with pytest.raises(NoData, match="judged requires improvement by 2015-01-01"):
        spells(paths, "Requires improvement", "lower", pd.Timestamp("2015-01-01"))
    with pytest.raises(NoData, match="under CPI"):
        fg.time_to_improve(paths, frameworks=["CPI"])


def test_the_record_ends_on_the_day_the_latest_release_speaks_of() -> None:
    assert register_end(fg.inspections()) == END
    with pytest.raises(NoData, match="Give as_at"):
        register_end(BY_HAND.assign(source="iod2019"))


def test_a_kind_of_intervention_belongs_to_the_spell_it_began_in_and_vehicles_to_those_they_run_in() -> None:
    found = pd.DataFrame({"council": [SLOUGH] * 3, "start": pd.to_datetime(["2012-01-01", "2014-02-11", "2020-01-01"])})
    found["end"] = pd.to_datetime(["2014-01-01", "2019-03-04", "2021-01-01"])
    register = pd.DataFrame(
        {"council": SLOUGH, "kind": ["trust", "commissioner"], "started_on": pd.to_datetime(["2015-10-01"] * 2), "ended_on": pd.NaT}
    )
    assert kinds_of(found, register).tolist() == [NONE_KNOWN, "trust; commissioner", "trust"]


def test_nobody_was_judged_better_within_a_year_and_the_earliest_inspection_after_an_inadequate_one_says_why(held: Journeys) -> None:
    result = fg.time_to_improve(held)
    steps = held.steps
    # By the judgements themselves: no better one within a year of an inadequate one.
    follows = steps[steps["previous_rating"].eq("Inadequate") & steps["rating"].gt("Inadequate")]
    assert follows["days_since_previous"].min() > 365
    assert result.better_within(12)["ended"] == 0
    assert result.better_within(6)["share"] == 0
    # Three councils of 117 or so had any next report within six months: 2013's targeted inspections.
    waits = result.waits.set_index("pair")
    assert waits.at["all", "within_six_months"] == (steps["previous_rating"].eq("Inadequate") & steps["days_since_previous"].lt(183)).sum()
    assert waits.at["all", "judgements"] == waits["judgements"].drop("all").sum()


def test_every_inadequate_run_is_one_spell_and_each_report_one_of_the_other_clock(held: Journeys) -> None:
    inadequate = held.steps[held.steps["rating"].eq("Inadequate") & held.steps["publication_date"].lt(END)]
    runs = inadequate[inadequate["previous_rating"].ne("Inadequate")]
    assert len(fg.time_to_improve(held).spells) == len(runs)
    assert len(fg.time_to_improve(held, clock="each").spells) == len(inadequate)


def test_spells_by_kind_are_all_spells_at_least_once(held: Journeys) -> None:
    result = fg.time_to_improve(held)
    kinds = result.by_kind.set_index("kind")["spells"]
    assert kinds[NONE_KNOWN] == result.spells["kinds"].eq(NONE_KNOWN).sum()
    assert kinds.sum() == result.spells["kinds"].str.split("; ").map(len).sum()


def test_what_the_next_inspection_said_is_the_transition_table_s_row(held: Journeys) -> None:
    lasting, matrix = fg.how_lasting(held), fg.transitions(held).matrix()
    for row in lasting.table.itertuples():
        after = matrix.loc[row.rating]
        assert (row.worse, row.same, row.better) == (after[: row.rating].sum() - after[row.rating], after[row.rating], row.better)
        assert row.followed == after.sum() == row.worse + row.same + row.better
        assert row.held == row.same + row.better
        assert row.held_lower <= row.held_share <= row.held_upper
    assert lasting.table["rating"].tolist() == ["Outstanding", "Good", "Requires improvement"]


def test_how_lasting_by_framework_counts_what_began_under_it(held: Journeys) -> None:
    ilacs = fg.how_lasting(held, frameworks=["ILACS"])
    assert set(ilacs.spells["stage"]) == {"ILACS"}
    steps = held.steps
    outstanding = steps[steps["previous_stage"].eq("ILACS") & steps["previous_rating"].eq("Outstanding")]
    assert ilacs.table.set_index("rating").at["Outstanding", "followed"] == len(outstanding)
