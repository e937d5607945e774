"""The registers of interventions and helpers fit their schemas, know their councils, and name a source in every row."""

import pandas as pd
import pytest

import fundgap as fg
from fundgap.data.interventions import KINDS, helpers, interventions
from fundgap.data.store import Store
from fundgap.errors import BadFigures

NAMED = {"Doncaster", "Slough", "Birmingham", "Sandwell", "Norfolk", "Sunderland", "Reading", "Worcestershire", "Kirklees", "Tower Hamlets"}
NAMED |= {"Rotherham", "Kingston upon Thames", "Richmond upon Thames", "Windsor and Maidenhead"}


def test_every_council_that_the_articles_name_is_on_the_register() -> None:
    assert set(interventions()["council_name"]) >= NAMED


def test_every_row_has_a_source_and_what_was_not_found_is_marked() -> None:
    table = fg.interventions()
    assert table["source"].str.len().gt(10).all()
    assert set(table["kind"]) == set(KINDS)
    assert table.loc[~table["is_checked"], ["council_name", "kind"]].to_numpy().tolist() == [["Rotherham", "partnership"]]
    assert (table["ended_on"].isna() | (table["ended_on"] > table["started_on"])).all()


def test_a_start_known_to_the_year_or_month_is_written_by_the_rule() -> None:
    starts = interventions().groupby("precision")["started_on"].agg(list)
    assert all((day.month, day.day) == (12, 31) for day in starts["year"])
    assert all(day.day == 1 for day in starts["month"])


def test_the_sums_are_those_that_were_read() -> None:
    money = interventions().dropna(subset="money_gbp").set_index(["council_name", "kind"])["money_gbp"] / 1e6
    assert money.to_dict() == {
        ("Reading", "company"): 2.9,
        ("Slough", "trust"): 3.3,
        ("Doncaster", "trust"): 2.9,
        ("Sunderland", "company"): 2.5,
        ("Sandwell", "trust"): 5.0,
        ("Worcestershire", "company"): 4.6,
    }


def test_nine_councils_were_named_fit_to_help() -> None:
    assert len(helpers()) == 9
    assert {"Leeds", "Hampshire", "North Yorkshire", "County Durham"} <= set(fg.helpers()["council_name"])


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("kind", "merger", "merger"),
        ("started_on", "2014", "2014"),
        ("precision", "week", "week"),
        ("source", "", "a value"),
        ("council", "E99999999", "councils that there are not"),
        ("partner_councils", "E08000035 Leeds", "partners that are no councils"),
        ("is_checked", "perhaps", "perhaps"),
    ],
)
def test_a_wrong_cell_in_the_register_is_named(store: Store, column: str, value: str, says: str) -> None:
    path = store.raw / "interventions.csv"
    table = pd.read_csv(path, dtype=str)
    table.loc[2, column] = value
    table.to_csv(path, index=False)
    with pytest.raises(BadFigures, match=says):
        interventions(store)
