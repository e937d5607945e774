"""Ofsted's two workbooks: read a second way, held against each other, and nothing graded left unread."""

import re
import tomllib
from collections import Counter
from datetime import datetime
from pathlib import Path

import layouts
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

import fundgap as fg
from fundgap.data import readers
from fundgap.data.store import Store

HISTORY, OUTCOMES = "ofsted-history-2023", "ofsted-outcomes-2025"
FILES = {
    HISTORY: "ofsted/Childrens_social_care_in_England_2023_underlying_data.ods",
    OUTCOMES: "ofsted/LA_Inspection_Outcomes_as_at_31_March_2025.ods",
}
GRADES = {"Outstanding", "Good", "Requires improvement to be good", "Inadequate"}


@pytest.fixture(scope="module")
def both() -> Store:
    """Return the committed figures, whose judgements and visits test_official.py holds to what the readers make of the two workbooks."""
    return Store(layouts.DATA)


def rows_of(official: Path, source: str, sheet: str) -> list[list[object]]:
    rows = CalamineWorkbook.from_path(official / FILES[source]).get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    return [[cell.date().isoformat() if isinstance(cell, datetime) else " ".join(str(cell).split()) for cell in row] for row in rows]


def ilacs_of_2023(official: Path) -> list[tuple[str, ...]]:
    """Return (name, published, type, five grades) of each ILACS judgement on the history sheet, by position of the columns."""
    found = []
    for row in rows_of(official, HISTORY, "LA_inspections_2009-2023")[5:]:
        if row[0] == "Ofsted Local Authority Webpage":
            found += [(row[1], row[33], row[32], *row[34:38], "")] if row[33] else []
            found += [(row[1], row[39], row[38], *row[40:45])] if row[39] else []
    return found


def ilacs_of_2025(official: Path) -> list[tuple[str, ...]]:
    return [(row[2], row[6], *row[7:13]) for row in rows_of(official, OUTCOMES, "ILACS_inspection_history")[3:]]


def without_type(rows: list[tuple[str, ...]]) -> set[tuple[str, ...]]:
    return {(name, published, *grades) for name, published, _, *grades in rows}


def test_169_of_the_177_judgements_of_2023_stand_word_for_word_in_the_file_of_2025(official: Path) -> None:
    old, new = ilacs_of_2023(official), ilacs_of_2025(official)
    assert (len(old), len(new)) == (177, 271)
    others = without_type(old) - without_type(new)
    assert len(without_type(old) & without_type(new)) == 169
    assert sorted((name, published) for name, published, *_ in others) == [
        ("Bedford Borough", "2022-01-14"),
        ("Bournemouth, Christchurch and Poole", "2022-02-11"),
        ("Hammersmith and Fulham", "2019-10-15"),
        ("Kingston Upon Hull", "2019-05-17"),
        ("Kingston Upon Hull", "2023-01-13"),
        ("Nottingham", "2022-11-05"),
        ("Richmond Upon Thames", "2022-03-18"),
        ("Telford and Wrekin", "2020-03-02"),
    ]
    # The ninth difference is in no grade and no date: a standard inspection that has become a short one.
    types = {row[:3] for row in old} - {row[:3] for row in new}
    assert {row for row in types if row[0] == "Merton"} == {("Merton", "2022-05-09", "ILACS Standard Inspection")}
    assert len(types) == 9


def test_by_council_the_two_releases_differ_in_a_date_of_nottingham_and_the_type_of_merton_s_inspection(both: Store) -> None:
    found = fg.revisions("inspections", both).query("release_before == @HISTORY")
    # The file of 2023 holds what was published until March of that year.
    until = found[found["period"] < "2023-05"]
    nottingham = {"overall", "leadership_grade", "help_protection_grade", "looked_after_grade", "inspection_type", "inspection_date"}
    by_kind = dict(iter(until.groupby("kind")))
    assert by_kind["changed"][["council_name", "period", "column", "before", "after"]].to_numpy().tolist() == [
        ["Merton", "2022-05-09", "inspection_type", "standard", "short"]
    ]
    assert set(by_kind["withdrawn"][["council_name", "period"]].itertuples(index=False, name=None)) == {("Nottingham", "2022-11-05")}
    assert set(by_kind["withdrawn"]["column"]) == nottingham
    added = by_kind["added"]
    is_nottingham = added["period"].eq("2022-09-05") & added["council_name"].eq("Nottingham")
    assert set(added.loc[is_nottingham, "column"]) == nottingham
    # All else is the first day of 25 inspections: 23 that were followed by another, and those of two abolished councils.
    assert added.loc[~is_nottingham, "column"].tolist() == ["inspection_date"] * 25


def test_the_file_of_2025_holds_every_council_of_the_file_of_2023_the_abolished_ones_too(both: Store) -> None:
    table = fg.raw_table("inspections", every_release=True, store=both).query("framework == 'ILACS'")
    old, new = (set(table.loc[table["source"] == source, "council"]) for source in (HISTORY, OUTCOMES))
    assert len(old) == 154
    assert old <= new
    # Bournemouth, Cumbria, Northamptonshire; Poole and the old Dorset never had an ILACS inspection.
    assert {"E06000028", "E10000006", "E10000021"} <= old
    assert not {"E06000029", "E10000009"} & new
    chosen = fg.raw_table("inspections", store=both)
    assert chosen.query("framework == 'ILACS'")["source"].unique().tolist() == [OUTCOMES]
    assert chosen["framework"].value_counts().to_dict() == {
        "ILACS": 271,
        "SIF": 152 + 21,
        "SLAC": 152 + 9,
        "CPI": 50 + 1,
        "TLAC": 5,
        "SLAC_LA": 2,
    }


@pytest.mark.parametrize("source", [HISTORY, OUTCOMES])
def test_every_grade_on_the_sheets_of_councils_is_in_the_raw_table_or_held_to_it(official: Path, both: Store, source: str) -> None:
    # Every graded cell of the history sheets, counted in the file and in the table.
    sheet = "LA_inspections_2009-2023" if source == HISTORY else "ILACS_inspection_history"
    cells = Counter(cell for row in rows_of(official, source, sheet) for cell in row if cell in GRADES)
    table = fg.raw_table("inspections", every_release=True, store=both)
    table = table[table["source"] == source]
    columns = [name for name in table if name == "overall" or name.endswith("_grade")]
    stored = Counter(table[columns].astype(object).stack().dropna().replace("Requires improvement", "Requires improvement to be good"))
    assert stored == cells


def test_every_column_with_grades_is_named_in_the_layout(official: Path) -> None:
    layout = tomllib.loads(Path(str(readers.__file__)).with_name("ofsted.toml").read_text("utf-8"))
    parts = {
        HISTORY: [layout["history"][name] for name in ("position", "in_year")],
        OUTCOMES: [layout["ilacs"], *(layout["ilacs"][name] for name in ("position", "in_year"))],
    }
    read = {(source, part["sheet"]): set(part["columns"].values()) for source, several in parts.items() for part in several}
    read[HISTORY, layout["history"]["sheet"]] = {heading for event in layout["history"]["events"] for heading in event["grades"].values()}
    for (source, sheet), headings in read.items():
        rows = rows_of(official, source, sheet)
        starts = [number for number, row in enumerate(rows) if row[0] == "Web link"]
        graded = {
            rows[max(start for start in starts if start < number)][position]
            for number, row in enumerate(rows)
            for position, cell in enumerate(row)
            if cell in GRADES
        }
        assert graded
        assert graded <= headings, sheet


@pytest.mark.parametrize(("source", "sheet", "kind"), [(HISTORY, "LA_level_in_year_2022-23", 4), (OUTCOMES, "In-year_inspections", 6)])
def test_every_visit_on_the_list_of_the_year_is_in_the_raw_table(official: Path, both: Store, source: str, sheet: str, kind: int) -> None:
    rows = rows_of(official, source, sheet)[3:]
    listed = Counter(row[kind] for row in rows)
    visits = fg.raw_table("visits", store=both).query("source == @source")
    assert visits["visit_type"].value_counts().to_dict() == {"focused visit": 36, "monitoring visit": 24}
    assert (listed["ILACS Focused Visit"], listed["LA Monitoring visit"]) == (36, 24)
    day = 3 if source == HISTORY else 4
    dates = sorted(row[day] for row in rows if re.search("visit", row[kind], re.IGNORECASE))
    assert sorted(visits["visit_date"].dt.strftime("%Y-%m-%d")) == dates
    assert Counter(visits["theme"]) == Counter(row[-1] for row in rows if row[-1])


def test_grades_of_first_sif_and_of_march_2025_are_the_published_ones(both: Store) -> None:
    table = fg.raw_table("inspections", store=both)
    sif = table[(table["framework"] == "SIF") & ~table["is_reinspection"]]
    assert sif["overall"].value_counts().to_dict() == {"Outstanding": 3, "Good": 51, "Requires improvement": 65, "Inadequate": 33}
    assert (str(sif["publication_date"].min())[:10], str(sif["publication_date"].max())[:10]) == ("2014-02-11", "2017-12-08")
    today = set(fg.councils().query("last_year.isna()")["council"])
    ilacs = table[(table["framework"] == "ILACS") & table["council"].isin(today)].sort_values("publication_date")
    latest = ilacs.drop_duplicates("council", keep="last")["overall"].value_counts()
    assert latest.to_dict() == {"Outstanding": 36, "Good": 67, "Requires improvement": 31, "Inadequate": 19}


def test_a_care_leavers_grade_begins_with_inspections_of_january_2023(both: Store) -> None:
    table: pd.DataFrame = fg.raw_table("inspections", store=both).query("framework == 'ILACS'")
    given = table[table["care_leavers_grade"].notna()]
    assert given["inspection_date"].min() >= pd.Timestamp("2023-01-01")
    assert len(given) == 103
    late = table[(table["inspection_date"] >= "2023-01-01") & table["care_leavers_grade"].isna()]
    assert late.empty
