"""Councils: any spelling, code or number leads to the council that was meant, in the year that was meant."""

import random
import re

import layouts
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fundgap
from fundgap.data.councils import councils, exists_in, resolve
from fundgap.data.store import Store
from fundgap.errors import UnknownCouncil

REGISTER = layouts.register()


@pytest.mark.parametrize(
    ("given_as", "code"),
    [
        ("Kingston Upon Hull, City of", "E06000010"),
        ("Kingston upon Hull City of", "E06000010"),
        ("Hull", "E06000010"),
        ("St Helens", "E08000013"),
        ("ST. HELENS", "E08000013"),
        (342, "E08000013"),
        ("342", "E08000013"),
        (342.0, "E08000013"),
        ("Durham", "E06000047"),
        ("Bristol City of", "E06000023"),
        ("Hammersmith & Fulham", "E09000013"),
        ("  westmorland AND furness ", "E06000064"),
    ],
)
def test_every_spelling_leads_to_one_council(given_as: str | int | float, code: str) -> None:
    assert resolve(given_as) == code


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("E08000020", "E08000037"),
        ("E06000048", "E06000057"),
        ("E10000002", "E06000060"),
        ("E10000023", "E06000065"),
        ("E10000027", "E06000066"),
        ("E08000038", "E08000016"),
        ("E08000039", "E08000019"),
    ],
)
def test_a_recoded_council_is_one_council_under_both_codes(old: str, new: str) -> None:
    assert resolve(old) == resolve(new) == new


@pytest.mark.parametrize(
    ("year", "code"), [("2012-13", "E10000009"), ("2018-19", "E10000009"), ("2019-20", "E06000059"), (None, "E06000059")]
)
def test_dorset_is_the_dorset_of_its_year(year: str | None, code: str) -> None:
    assert resolve("Dorset", year) == code


@pytest.mark.parametrize("row", REGISTER, ids=lambda row: row["council"])
def test_a_council_answers_to_its_code_its_number_and_every_name_it_is_known_by(row: dict[str, str]) -> None:
    year = row["last_year"] or row["first_year"] or "2016-17"
    names = [
        row["council"],
        row["council_number"],
        row["council_name"],
        *row["other_codes"].split(),
        *filter(None, row["other_names"].split("; ")),
    ]
    assert {resolve(name, year) for name in names} == {row["council"]}


@given(st.sampled_from([row for row in REGISTER if not row["last_year"]]), st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_case_punctuation_and_ampersands_never_matter(row: dict[str, str], chance: random.Random) -> None:
    name = "".join(chance.choice((letter.upper(), letter.lower())) for letter in row["council_name"])
    name = re.sub(r"[,.\- ]", lambda _: chance.choice((" ", "", "-", ", ")), name.replace("and", "&") if " and " in name else name)
    assert resolve(name) == row["council"]


@pytest.mark.parametrize(
    ("year", "count"),
    [
        ("2012-13", 152),
        ("2018-19", 152),
        ("2019-20", 151),
        ("2020-21", 151),
        ("2021-22", 152),
        ("2022-23", 152),
        ("2023-24", 153),
        ("2024-25", 153),
    ],
)
def test_england_has_as_many_councils_as_there_were(year: str, count: int) -> None:
    assert exists_in(councils(), year).sum() == count


def test_the_register_has_nine_regions_and_london_has_its_33_councils() -> None:
    register = fundgap.councils()
    assert register["region"].nunique() == 9
    assert register["region"].eq("London").sum() == 33
    assert register["council"].is_unique
    assert register["council_number"].is_unique


@pytest.mark.parametrize(
    ("code", "last_year", "successors"),
    [
        ("E06000028", "2018-19", "E06000058"),
        ("E06000029", "2018-19", "E06000058"),
        ("E10000009", "2018-19", "E06000058 E06000059"),
        ("E10000021", "2020-21", "E06000061 E06000062"),
        ("E10000006", "2022-23", "E06000063 E06000064"),
    ],
)
def test_an_abolished_council_names_its_last_year_and_its_successors(code: str, last_year: str, successors: str) -> None:
    row = councils().set_index("council").loc[code]
    assert (row["last_year"], row["successors"]) == (last_year, successors)


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("Kirkleys", "Did you mean Kirklees?"),
        ("Birmingam", "Did you mean Birmingham?"),
        ("Cardiff", "no upper-tier council"),
        (999, "in England. fundgap.councils() lists"),
        ("", "in England. fundgap.councils() lists"),
        ("Telford", "Did you mean Telford and Wrekin?"),
        ("kingston", "Did you mean Kingston upon Hull, City of or Kingston upon Thames?"),
        ("Kirklees Metropolitan Borough Council", "Did you mean Kirklees?"),
        ("City of York Council", "Did you mean York?"),
        ("Kirklees" * 5000, f"'{('Kirklees' * 8)[:60]}…' is no"),
    ],
)
def test_an_unknown_council_is_refused_with_the_nearest_names(wrong: str | int, hint: str) -> None:
    with pytest.raises(UnknownCouncil, match=re.escape(hint)):
        resolve(wrong)


@pytest.mark.parametrize("blank", [float("nan"), float("inf")])
def test_a_number_that_is_none_is_an_unknown_council(blank: float) -> None:
    with pytest.raises(UnknownCouncil):
        resolve(blank)


@pytest.mark.parametrize(
    ("council", "year", "says"),
    [("Cumberland", "2016-17", "from 2023-24"), ("Cumbria", "2023-24", "until 2022-23"), ("E06000028", "2020-21", "until 2018-19")],
)
def test_a_council_outside_its_time_is_refused_with_its_time(council: str, year: str, says: str) -> None:
    with pytest.raises(UnknownCouncil, match=says):
        resolve(council, year)


def test_a_store_is_answered_from_its_own_register(store: Store) -> None:
    path = store.raw / "councils.csv"
    path.write_text(path.read_text("utf-8").replace(",Kirklees,", ",Kirkstone,"), "utf-8")
    assert resolve("Kirkstone", store=store) == "E08000034"
    with pytest.raises(UnknownCouncil):
        resolve("Kirklees", store=store)
