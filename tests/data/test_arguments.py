"""What public functions are given, wrong in the ways that people get it wrong."""

import inspect
import pickle
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import fundgap as fg
from fundgap.data.arguments import checked
from fundgap.data.kinds import expected, fits, found
from fundgap.errors import BadArgument, UnknownCouncil
from fundgap.gap.result import Gap

FUNCTIONS = [name for name in fg.__all__ if inspect.isfunction(getattr(fg, name))]
WITH_REQUIRED = [
    name for name in FUNCTIONS if any(one.default is one.empty for one in inspect.signature(getattr(fg, name)).parameters.values())
]


class Stranger:
    """Of no kind that any function takes."""


@cache
def years() -> pd.DataFrame:
    return fg.council_years()


@cache
def judgements() -> pd.DataFrame:
    return fg.inspections()


@cache
def gap() -> Gap:
    return fg.project_gap(years(), fg.scenario("lga-2017"))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_argument_of_no_kind_that_is_taken_is_named_with_what_was_found(name: str) -> None:
    function = getattr(fg, name)
    for one in inspect.signature(function).parameters.values():
        given = {one.name: Stranger()}
        # What comes before is looked at first: so it is left out, by a call that binds in part.
        with pytest.raises(BadArgument, match=rf"^{name}: ({one.name} is of the kind Stranger; expected \w|missing a required)"):
            function(**given)


@pytest.mark.parametrize("name", WITH_REQUIRED)
def test_a_call_without_what_is_needed_says_what_there_is(name: str) -> None:
    with pytest.raises(BadArgument, match=rf"^{name}: missing a required argument: .* It takes \w+"):
        getattr(fg, name)()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: fg.time_to_improve(years()), "inspections has no column framework, .* like fundgap.council_years.*expected fundgap.insp"),
        (
            lambda: fg.project_gap(judgements(), fg.scenario()),
            r"years has no column financial_year; it is a table like fundgap.inspections",
        ),
        (lambda: fg.coverage("sector-led-20m", gap()), "gap is 'sector-led-20m'; expected a Gap, .* Are gap and fund the other way round"),
        (lambda: fg.fit_ratings(judgements(), "rating ~ deprivation_decile"), "Are formula and inspections the other way round"),
        (lambda: fg.fit_ratings("rating ~ deprivation_decile", None), "inspections is None; expected fundgap.inspections()"),
        (
            lambda: fg.fit_ratings("rating ~ x", judgements(), framework="SIF"),
            "unexpected keyword argument 'framework'. Did you mean frame",
        ),
        (lambda: fg.fit_ratings("rating ~ x", judgements(), link="logitt"), "link is 'logitt'; expected 'logit' .* Did you mean 'logit'"),
        (lambda: fg.fit_ratings("rating ~ x", judgements(), covariance="HC1"), "covariance is 'HC1'; expected 'information' or 'HC0' or"),
        (lambda: fg.fit_mixed("rating ~ x", judgements(), kind="mixed"), "kind is 'mixed'; expected 'ordered' or 'binary'"),
        (lambda: fg.allocate(100, "luck"), "rule is 'luck'; expected 'equal' or 'children'"),
        (lambda: fg.allocate(100, "childern"), "Did you mean 'children'"),
        (lambda: fg.claims(ids="nineteen"), r"ids is 'nineteen'; expected a list, each text or None. Put it into a list: \['nineteen'\]"),
        (lambda: fg.claims(ids=[]), r"ids is \[\], which is empty; expected at least one"),
        (lambda: fg.gap_by_window(years(), fg.scenario(), [3.5]), r"windows is \[3.5\]; expected a list, each a whole number"),
        (lambda: fg.project_gap(years(), "trend"), r"scenario is 'trend'; expected a Scenario, such as fundgap.scenario\('trend'\)"),
        (lambda: fg.price_index(2024.0), "base is 2024.0; expected text"),
        (lambda: fg.allocate(float("nan")), "fund is nan; expected text or a number"),
        (lambda: fg.time_to_improve(judgements(), level=95), "level is 95; expected a number between 0 and 1, such as 0.95"),
        (lambda: fg.report(""), "folder is '', which is empty"),
        (lambda: fg.council_years("data"), "store is 'data'; expected a Store or None"),
        (lambda: fg.data_coverage(years().set_index("council")), r"has no column council; .*They are its index: reset_index\(\)"),
        (lambda: fg.data_coverage(pd.concat([years(), years()[["children"]]], axis=1)), "more than one column children"),
        (lambda: fg.data_coverage(pd.concat([years(), years().tail(1)])), "more than one row for the same council, financial_year: "),
        (lambda: fg.compare_with_outturn(gap(), pd.concat([years(), years()])), "more than one row for the same council, financial_year"),
        (lambda: fg.data_coverage(years().iloc[:0]), "years holds no row; expected fundgap.council_years()"),
        (lambda: fg.verdict(years().drop(columns="gross_spend_gbp")), "verdict: years has no column gross_spend_gbp"),
        (
            lambda: fg.good_by_deprivation(judgements(), share=0.6),
            "share is 0.6; expected a part of 150 councils, above 0 and up to a half",
        ),
        (lambda: fg.good_by_deprivation(judgements(), share=0), "share is 0;"),
        (lambda: fg.intervention_timelines(judgements(), years(), matches=-1), "matches is -1; expected 1 or more"),
    ],
)
def test_mistakes_that_are_made_are_answered_with_what_to_give(call: Callable[[], Any], says: str) -> None:
    with pytest.raises(BadArgument, match=says) as caught:
        call()
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, fg.FundgapError)


def test_a_table_read_back_from_its_csv_has_lost_its_types_and_is_told_so(tmp_path: Path) -> None:
    judgements().to_csv(tmp_path / "own.csv", index=False)
    with pytest.raises(BadArgument, match=r"inspections has text in '\w+'; expected (dates|grades).*read back from a CSV"):
        fg.journeys(pd.read_csv(tmp_path / "own.csv"))


def test_a_name_nearly_right_is_answered_with_the_right_one() -> None:
    with pytest.raises(UnknownCouncil, match="Did you mean Kirklees"):
        fg.resolve("Kirkles")


def test_a_bootstrap_of_judgements_is_no_mistake() -> None:
    drawn = judgements().query("framework == 'SIF'").sample(frac=1.0, replace=True, random_state=1)
    assert drawn.duplicated().any()
    assert fg.fit_ratings("rating ~ deprivation_decile", drawn).n > 0


def test_an_empty_list_is_none_of_something_that_is_none_unless_given() -> None:
    def own(without: Sequence[str] = (), only: Sequence[str] | None = None) -> str:
        return "done"

    assert checked(own)(without=[]) == "done"
    with pytest.raises(BadArgument, match=r"own: only is \[\], which is empty"):
        checked(own)(only=[])


def test_a_fault_of_a_functions_own_is_not_told_as_one_of_its_table() -> None:
    def own(years: pd.DataFrame) -> None:
        raise KeyError("children")

    with pytest.raises(KeyError, match="children"):
        checked(own)(years())


def test_other_processes_find_the_functions_by_their_public_names() -> None:
    assert all(pickle.loads(pickle.dumps(getattr(fg, name))) is getattr(fg, name) for name in FUNCTIONS)  # noqa: S301


@pytest.mark.parametrize(
    ("value", "hint", "does"),
    [
        (np.int64(3), int, True),
        (True, int, False),
        (np.bool_(True), bool, True),
        (1, bool, False),
        (2, float, True),
        (np.float32(0.5), float, True),
        (pd.Timestamp("2018-03-31"), str | pd.Timestamp, True),
        (pd.Timestamp("2018-03-31").date(), str | pd.Timestamp, True),
        (pd.NaT, pd.Timestamp, False),
        (print, Callable[[str], None], True),
        ("print", Callable[[str], None], False),
        (np.array(["SIF"]), fg.fit_ratings.__annotations__["frameworks"], True),
        (pd.Series(["SIF"]), fg.fit_ratings.__annotations__["frameworks"], True),
        ({"SIF"}, fg.fit_ratings.__annotations__["frameworks"], True),
        ({"SIF"}, fg.cost_of_good.__annotations__["frameworks"], False),
        ((name for name in ["SIF"]), fg.fit_ratings.__annotations__["frameworks"], True),
        ({"Kirklees": 1.0}, fg.allocate.__annotations__["weights"], True),
    ],
)
def test_what_fits_an_annotation(value: object, hint: Any, does: bool) -> None:
    assert fits(value, hint) is does


def test_words_for_what_is_found_and_expected() -> None:
    assert found("x" * 100) == f"'{'x' * 59}…"
    assert found(pd.DataFrame()) == "a table without columns"
    assert found(pd.DataFrame(columns=list("abcdefgh"))) == "a table with the columns a, b, c, d, e, f and 2 more"
    assert expected(fg.allocate.__annotations__["weights"], "a table of weights") == (
        "pairs of text or a whole number and a number or a table of weights or None"
    )
