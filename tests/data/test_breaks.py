"""Definition breaks: the register fits its schema, and says nothing that the figures contradict."""

import pandas as pd
import pytest

import fundgap
from fundgap.data.breaks import MEASURES, definition_breaks
from fundgap.data.store import Store
from fundgap.data.tables import CATEGORIES
from fundgap.errors import BadFigures


def test_the_register_names_year_category_and_measure_of_every_break_once() -> None:
    breaks = fundgap.definition_breaks()
    assert list(breaks) == ["series", "category", "measure", "first_year_after", "is_comparable", "change_gbp", "what"]
    assert not breaks.duplicated(["series", "category", "measure", "first_year_after"]).any()
    assert set(breaks["category"]) <= set(CATEGORIES)
    assert set(breaks["measure"]) == set(MEASURES)
    assert breaks["is_comparable"].dtype == bool


@pytest.mark.parametrize(
    ("category", "year"),
    [
        *((category, "2010-11") for category in ("sure_start", "young_people", "gross_spend", "family_support")),
        ("gross_spend", "2012-13"),
        ("sure_start", "2012-13"),
    ],
)
def test_the_years_in_which_the_form_asked_for_more_are_not_comparable(category: str, year: str) -> None:
    breaks = definition_breaks().query("measure == 'gross'").set_index(["category", "first_year_after"])
    assert not breaks.at[(category, year), "is_comparable"]


def test_what_entered_the_total_is_what_entered_its_categories() -> None:
    change = definition_breaks().query("measure == 'gross'").set_index(["category", "first_year_after"])["change_gbp"]
    # In 2010-11 £75,771,814 of young people's services had been family support: lines 43 and 44 of Table A1.
    assert change["gross_spend", "2010-11"] == change["sure_start", "2010-11"] + change["young_people", "2010-11"] - 75_771_814
    assert change["gross_spend", "2012-13"] == change["sure_start", "2012-13"]


def test_no_category_breaks_after_2012_13_and_every_break_that_is_put_right_moves_nothing() -> None:
    breaks = definition_breaks()
    gross = breaks[breaks["measure"] == "gross"]
    assert gross.loc[~gross["is_comparable"], "first_year_after"].max() == "2012-13"
    assert gross.loc[gross["is_comparable"], "change_gbp"].fillna(0).eq(0).all()


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("category", "early_help", "early_help"),
        ("measure", "total", "total"),
        ("first_year_after", "2010", "2010"),
        ("is_comparable", "maybe", "maybe"),
        ("change_gbp", "lots", "lots"),
        ("what", "", "a value"),
    ],
)
def test_a_wrong_cell_in_the_register_is_named(store: Store, column: str, value: str, says: str) -> None:
    path = store.raw / "definition_breaks.csv"
    table = pd.read_csv(path, dtype=str)
    table.loc[2, column] = value
    table.to_csv(path, index=False)
    with pytest.raises(BadFigures, match=says):
        definition_breaks(store)


def test_a_break_written_twice_is_refused(store: Store) -> None:
    path = store.raw / "definition_breaks.csv"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines, lines[-1]]), "utf-8")
    with pytest.raises(BadFigures, match="given more than once"):
        definition_breaks(store)
