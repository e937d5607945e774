"""Journeys by hand and against the published counts: paths, transitions that add up, grades in force on a day."""

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from paths_by_hand import CUMBERLAND, CUMBRIA, KIRKLEES, LEEDS, SLOUGH, judgements

import fundgap as fg
from fundgap.data.tables import RATINGS
from fundgap.errors import BadArgument, BadFigures, NoData, UnknownCouncil
from fundgap.models.journeys import Journeys
from fundgap.models.proportions import wilson_interval
from fundgap.models.transitions import Transitions

SAME = 1e-12
BY_HAND = judgements(
    (KIRKLEES, "SLAC", "2011-11-18", "G"),
    (KIRKLEES, "SIF", "2016-11-25", "I"),
    (KIRKLEES, "ILACS", "2019-08-05", "R"),
    (LEEDS, "SIF", "2015-03-27", "G"),
    (LEEDS, "ILACS", "2018-12-18", "O"),
    (CUMBRIA, "ILACS", "2022-11-15", "R"),
    (CUMBERLAND, "ILACS", "2024-11-26", "G"),
)


@pytest.fixture(scope="module")
def held() -> Journeys:
    return fg.journeys(fg.inspections())


@pytest.fixture(scope="module")
def table(held: Journeys) -> Transitions:
    return fg.transitions(held)


def test_a_path_runs_across_frameworks_in_the_order_of_reports() -> None:
    paths = fg.journeys(BY_HAND.sample(frac=1, random_state=1))
    path = paths.of(KIRKLEES)
    assert path["stage"].tolist() == ["SLAC", "SIF", "ILACS"]
    assert path["step"].tolist() == [1, 2, 3]
    assert path["previous_rating"].tolist()[1:] == ["Good", "Inadequate"]
    # 25 Nov 2016 to 5 Aug 2019: 2 years (730), 9 leap-free months and days, 253 days.
    assert path["days_since_previous"].tolist()[2] == 730 + 253
    assert paths.paths.set_index("council").at[KIRKLEES, "path"] == "SLAC 2011 Good › SIF 2016 Inadequate › ILACS 2019 Requires improvement"


def test_a_successor_starts_anew_and_the_abolished_council_s_path_ends_with_it() -> None:
    paths = fg.journeys(BY_HAND).paths.set_index("council")
    assert paths.at[CUMBRIA, "is_abolished"]
    assert paths.at[CUMBRIA, "ends_on"] == pd.Timestamp("2023-03-31")
    assert CUMBERLAND in paths.at[CUMBRIA, "successors"].split()
    assert paths.at[CUMBERLAND, "predecessors"] == CUMBRIA
    assert paths.at[CUMBERLAND, "begins_on"] == pd.Timestamp("2023-04-01")
    assert paths.at[CUMBERLAND, "judgements"] == 1


def test_five_paths_end_with_their_council_and_recoded_councils_are_one_path(held: Journeys) -> None:
    ended = held.paths[held.paths["is_abolished"]]
    assert set(ended["council_name"]) == {"Bournemouth", "Poole", "Dorset", "Northamptonshire", "Cumbria"}
    same_area = held.paths[held.paths["council_name"].isin(["Buckinghamshire", "North Yorkshire", "Somerset"])]
    assert len(same_area) == 3
    assert same_area["first_published"].dt.year.max() <= 2012
    assert not same_area["is_abolished"].any()


def test_every_judgement_is_a_step_or_left_out_with_its_reason(held: Journeys) -> None:
    assert len(held.steps) + len(held.left_out) == len(fg.inspections())
    assert held.left_out["council_name"].tolist() == ["Warrington", "Cornwall"]
    assert set(held.left_out["framework"]) == {"SLAC_LA"}
    assert held.paths["judgements"].sum() == len(held.steps)


def test_two_judgements_of_one_day_are_refused_as_their_order_is_not_known() -> None:
    twice = judgements((LEEDS, "SIF", "2015-03-27", "G"), (LEEDS, "CPI", "2015-03-27", "R"))
    with pytest.raises(BadFigures, match="Leeds, 2015-03-27"):
        fg.journeys(twice)


def test_a_council_that_the_register_does_not_hold_is_refused() -> None:
    with pytest.raises(UnknownCouncil, match="E99999999"):
        fg.journeys(judgements(("E99999999", "SIF", "2015-03-27", "G")))


def test_transitions_by_hand() -> None:
    table = fg.transitions(BY_HAND)
    assert (table.judgements, table.firsts) == (7, 4)
    matrix = table.matrix()
    assert matrix.to_numpy().sum() == 3
    assert matrix.at["Good", "Inadequate"] == matrix.at["Inadequate", "Requires improvement"] == matrix.at["Good", "Outstanding"] == 1
    overall = table.moves.set_index("pair").loc["all"]
    assert (overall["better"], overall["same"], overall["worse"]) == (2, 0, 1)
    cell = table.table.query("pair == 'SIF → ILACS' and from_rating == 'Good' and to_rating == 'Outstanding'").iloc[0]
    assert (cell["count"], cell["from_total"], cell["share"]) == (1, 1, 1.0)
    assert (cell["lower"], cell["upper"]) == pytest.approx(wilson_interval(1, 1), abs=SAME)


def test_transitions_and_first_judgements_are_all_judgements(held: Journeys, table: Transitions) -> None:
    assert table.judgements == len(held.steps) == table.firsts + table.matrix().to_numpy().sum()
    assert table.firsts == len(held.paths)
    pairs = table.table[table.table["pair"] != "all"]
    assert pairs["count"].sum() == table.matrix().to_numpy().sum()
    # Each pair's rows add up to what came from that grade, shares to one.
    rows = table.table[table.table["from_total"] > 0].groupby(["pair", "from_rating"])
    assert (rows["count"].sum() == rows["from_total"].first()).all()
    assert rows["share"].sum().to_numpy() == pytest.approx(1, abs=SAME)
    assert (table.moves["better"] + table.moves["same"] + table.moves["worse"] == table.moves["transitions"]).all()


def test_an_interval_holds_its_share_and_one_grade_has_one_row_of_four(table: Transitions) -> None:
    known = table.table.dropna(subset="share")
    assert (known["lower"] <= known["share"]).all()
    assert (known["share"] <= known["upper"]).all()
    assert (table.table.groupby("pair").size() == 16).all()


MOVES = st.lists(st.tuples(st.sampled_from([KIRKLEES, LEEDS, SLOUGH]), st.sampled_from("IRGO")), min_size=2, max_size=14)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(MOVES)
def test_transitions_add_up_whatever_the_paths(moves: list[tuple[str, str]]) -> None:
    rows = [(council, "ILACS", f"{2005 + place}-05-01", grade) for place, (council, grade) in enumerate(moves)]
    councils = {council for council, _ in moves}
    if len(councils) == len(rows):
        with pytest.raises(NoData, match="two judgements"):
            fg.transitions(judgements(*rows))
        return
    table = fg.transitions(judgements(*rows))
    assert table.firsts == len(councils)
    assert table.matrix().to_numpy().sum() == len(rows) - len(councils)
    after = pd.Series([grade for _, grade in moves]).groupby([council for council, _ in moves]).apply(lambda grades: list(grades)[1:])
    counted = pd.Series([grade for grades in after for grade in grades]).value_counts()
    for letter, name in zip("IRGO", RATINGS, strict=True):
        assert table.matrix()[name].sum() == counted.get(letter, 0)


@pytest.mark.parametrize(
    ("date", "options", "counts"),
    [
        # Ofsted's own counts; the order is inadequate, requires improvement, good, outstanding.
        ("2017-12-08", {"framework": "SIF", "which": "first"}, [33, 65, 51, 3]),
        ("2015-01-20", {"framework": "SIF"}, [7, 24, 10, 0]),
        ("2015-06-30", {"framework": "SIF"}, [14, 31, 14, 0]),
        ("2025-03-31", {"counted": "inspected"}, [19, 31, 67, 36]),
    ],
)
def test_grades_on_a_day_are_the_published_counts(held: Journeys, date: str, options: dict[str, str], counts: list[int]) -> None:
    assert fg.grades_at(held, date, **options).counts.tolist() == counts


def test_nineteen_councils_were_inadequate_at_the_end_of_2015(held: Journeys) -> None:
    assert fg.grades_at(held, "2015-12-31", framework="SIF").counts["Inadequate"] == 19


def test_a_grade_is_in_force_from_the_day_of_its_report_until_the_next_one_or_the_council_s_end() -> None:
    def on(day: str) -> dict[str, str]:
        return fg.grades_at(BY_HAND, day).table.set_index("council")["rating"].astype(str).to_dict()

    assert on("2016-11-24")[KIRKLEES] == "Good"
    assert on("2016-11-25")[KIRKLEES] == "Inadequate"
    assert on("2023-03-31")[CUMBRIA] == "Requires improvement"
    assert CUMBRIA not in on("2023-04-01")
    assert CUMBERLAND not in on("2023-04-01")
    without = fg.grades_at(BY_HAND, "2023-04-01").without
    assert CUMBERLAND in set(without["council"])


def test_words_that_there_are_not_and_days_before_the_first_judgement_are_refused(held: Journeys) -> None:
    with pytest.raises(BadArgument, match="'latest' or 'first'"):
        fg.grades_at(held, "2020-01-01", which="best")  # type: ignore[arg-type]
    with pytest.raises(NoData, match="2009-08-07"):
        fg.grades_at(held, "2009-01-01")


def test_what_is_shown_in_a_notebook_is_escaped_and_says_how_much_it_stands_on(held: Journeys, table: Transitions) -> None:
    assert "661 judgements of 158 councils" in str(held)
    assert "503 that follow another + 158 first ones" in str(table)
    assert "›" in held._repr_html_()
    assert "36 outstanding, 67 good" in str(fg.grades_at(held, "2025-03-31", counted="inspected"))
