"""Refusals: a wrong file gives one error that says where, what and what instead, all at once, and changes nothing."""

import hashlib
import random
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import layouts
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from fundgap.data.councils import council_index
from fundgap.data.ingest import ingest
from fundgap.data.readers import READERS, sheets
from fundgap.data.sources import read_register
from fundgap.data.store import Store
from fundgap.errors import BadFigures, FundgapError, UnknownRelease


@dataclass(frozen=True)
class Spot:
    """A row that carries a figure, and the headings of its figure, its council's code and name ("" where there is none)."""

    row: int
    figure: str
    code: str = ""
    name: str = ""


_IOD_CODE, _IOD_NAME = (f"Upper Tier Local Authority District {what} (2019)" for what in ("code", "name"))
_QUARTERS = "Gross domestic product at market prices:Implied deflator:SA"
SPOTS = {
    "section251": Spot(4, "TotalExpenditure", "LA", "LA Name"),
    "revenue-outturn": Spot(10, "Children's social care - Youth Justice" + layouts.GROSS, "E-code", "Local authority"),
    # Barking's sub-total of children under five in 2022-23; England and four regions stand above.
    "section251-open-data": Spot(191, "total_expenditure", "new_la_code", "la_name"),
    "lait": Spot(11, "Values", "LA Number", "LA and Regions"),
    "ofsted-history": Spot(7, layouts.SIF_OVERALL, name="Local authority name"),
    "ofsted-ilacs": Spot(5, "Overall effectiveness", "Local authority area code", "Local authority name"),
    "deprivation": Spot(5, "IMD - Average score ", _IOD_CODE, _IOD_NAME),
    "deprivation-scores": Spot(5, "imd", "area_code", "area_name"),
    "population": Spot(9, "population_estimate", "new_la_code", "la_name"),
    "population-0-16": Spot(5, "2012", "code", "name"),
    "projection": Spot(243, "2020", "CODE", "AREA"),
    "deflator": Spot(12, _QUARTERS),
    "looked-after": Spot(20, "CLA_Mar2015", "New_geog_code", "geog_n"),
    "low-income": Spot(20, "pct_under16", "code"),
    "neighbours": Spot(20, "SN1", "LA num", "LA Name"),
}
READERS_WITHOUT_NUMBERS = ("ofsted-history", "ofsted-ilacs", "neighbours")
READERS_WITH_NUMBERS = tuple(reader for reader in SPOTS if reader not in READERS_WITHOUT_NUMBERS)
READERS_WITH_COUNCILS = tuple(reader for reader, spot in SPOTS.items() if spot.name)
READERS_WITH_CODES = tuple(reader for reader, spot in SPOTS.items() if spot.code)
READERS_WITH_BOTH = tuple(reader for reader in READERS_WITH_CODES if SPOTS[reader].name)
READERS_WITH_COUNCIL_NUMBERS = ("section251", "lait", "neighbours")
EVERY_READER = tuple(SPOTS)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Return a store with the registers and the two smallest tables; every test must leave it as it is."""
    store = layouts.registers_only(tmp_path_factory.mktemp("untouched") / "data", layouts.OPEN_DATA_ENTRY)
    for name in ("deflator.csv", "deprivation.csv"):
        shutil.copyfile(layouts.DATA / "raw" / name, store.raw / name)
    return store


@pytest.fixture
def store(untouched: Store) -> Iterator[Store]:
    """Return the shared store, and put it right again where a test has changed it."""
    before = {path: path.read_bytes() for path in untouched.raw.iterdir()}
    yield untouched
    for path in set(untouched.raw.iterdir()) - set(before):
        path.unlink()
    for path, content in before.items():
        path.write_bytes(content)


@pytest.fixture
def full_store(tmp_path: Path) -> Store:
    """Return a copy of all committed figures."""
    return Store(shutil.copytree(layouts.DATA, tmp_path / "data"))


def fingerprint(store: Store) -> dict[str, str]:
    """Return the hash of every file in the store, those a failed write might leave behind included."""
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in store.root.rglob("[a-z]*") if path.is_file()}


def refusal(store: Store, path: Path, source: str | None, *says: str) -> FundgapError:
    """Check that the file is refused by an error that holds these words, and that no byte of the store has changed."""
    before = fingerprint(store)
    with pytest.raises(FundgapError) as caught:
        ingest(path, source, store)
    assert fingerprint(store) == before
    text = str(caught.value)
    assert path.name in text
    assert [part for part in says if part not in text] == [], text
    return caught.value


def refuse(store: Store, tmp_path: Path, draft: layouts.Draft, *says: str) -> FundgapError:
    return refusal(store, draft.save(tmp_path), draft.source, *says)


def shown(heading: str) -> str:
    """Return a heading as messages show it, with its blanks folded."""
    return " ".join(heading.split())


def place(row: int, heading: str) -> str:
    return f"row {row}, column '{shown(heading)}'"


def drafted(reader: str) -> tuple[layouts.Draft, Spot]:
    return layouts.DRAFTS[reader](), SPOTS[reader]


# Columns and sheets ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["figure", "code", "name"])
@pytest.mark.parametrize("reader", EVERY_READER)
def test_a_missing_column_is_named(store: Store, tmp_path: Path, reader: str, which: str) -> None:
    draft, spot = drafted(reader)
    heading = getattr(spot, which) or spot.figure
    gone = draft.column(heading)
    for row in draft.rows[draft.header_row - 1 :]:
        del row[gone : gone + 1]
    refuse(store, tmp_path, draft, f"no column headed '{shown(heading)}'", "exactly one", f"row {draft.header_row}")


@pytest.mark.parametrize("reader", EVERY_READER)
def test_a_renamed_column_is_named_beside_the_headings_there_are(store: Store, tmp_path: Path, reader: str) -> None:
    draft, spot = drafted(reader)
    draft.put(draft.header_row, spot.figure, "Renamed since last year")
    refuse(store, tmp_path, draft, f"no column headed '{shown(spot.figure)}'", "'Renamed since last year'", f"row {draft.header_row}")


@pytest.mark.parametrize("reader", EVERY_READER)
def test_a_doubled_column_is_named_and_neither_is_chosen(store: Store, tmp_path: Path, reader: str) -> None:
    draft, spot = drafted(reader)
    doubled = draft.column(spot.figure)
    for row in draft.rows[draft.header_row - 1 :]:
        row.append(row[doubled] if doubled < len(row) else "")
    refuse(store, tmp_path, draft, f"2 columns headed '{shown(spot.figure)}'", "exactly one", f"row {draft.header_row}")


@pytest.mark.parametrize("reader", [reader for reader in EVERY_READER if reader != "lait"])
def test_a_header_moved_down_by_one_row_is_refused(store: Store, tmp_path: Path, reader: str) -> None:
    draft, spot = drafted(reader)
    draft.rows.insert(0, ["Table A1: a title nobody announced", *[""] * (len(draft.rows[draft.header_row - 1]) - 1)])
    refuse(store, tmp_path, draft, f"no column headed '{shown(spot.figure)}'", f"row {draft.header_row}")


@pytest.mark.parametrize(
    ("reader", "sheet"),
    [
        ("ofsted-history", layouts.HISTORY_SHEET),
        ("ofsted-history", layouts.HISTORY_POSITION_SHEET),
        ("ofsted-history", layouts.HISTORY_YEAR_SHEET),
        ("ofsted-ilacs", layouts.ILACS_SHEET),
        ("ofsted-ilacs", layouts.POSITION_SHEET),
        ("ofsted-ilacs", layouts.ILACS_YEAR_SHEET),
        *(("deprivation", sheet) for sheet in layouts.DEPRIVATION_SHEETS),
    ],
)
def test_a_missing_sheet_is_named_beside_the_sheets_there_are(store: Store, tmp_path: Path, reader: str, sheet: str) -> None:
    draft = layouts.DRAFTS[reader]()
    draft.sheets = {name if name != sheet else "Renamed": rows for name, rows in draft.sheets.items()}
    refuse(store, tmp_path, draft, f"a sheet '{sheet}'", "'Renamed'")


def test_a_sheet_put_before_the_table_is_refused(store: Store, tmp_path: Path) -> None:
    draft = layouts.section251()
    draft.sheets = {"Cover": [["Section 251 outturn"]], **draft.sheets}
    refuse(store, tmp_path, draft, "sheet 'Cover'", "no column headed 'TotalExpenditure'")


def test_every_wrong_heading_is_named_at_once(store: Store, tmp_path: Path) -> None:
    draft = layouts.section251()
    for heading in ("TotalExpenditure", "Income", "LA Name"):
        draft.put(1, heading, "?")
    error = refuse(store, tmp_path, draft, "'TotalExpenditure'", "'Income'", "'LA Name'")
    assert len(error.faults) == 3


# Cells -----------------------------------------------------------------------------------------------------------------


# How messages show what stands in a cell: quoted, unless it is blank or several words.
@pytest.mark.parametrize(
    ("text", "found"),
    [("", "a blank"), *((text, text) for text in ("about five", "12 %", "5000000 (r)"))]
    + [(text, f"'{text}'") for text in ("nan", "NaN", "inf", "-inf", "1,234", "£5", "TRUE")],
)
@pytest.mark.parametrize("reader", READERS_WITH_NUMBERS)
def test_text_in_a_number_is_refused_with_row_and_column(store: Store, tmp_path: Path, reader: str, text: str, found: str) -> None:
    draft, spot = drafted(reader)
    draft.put(spot.row, spot.figure, text)
    error = refuse(
        store,
        tmp_path,
        draft,
        place(spot.row, spot.figure),
        f"found {text}" if " " in text else f"'{text}'" if text else "a blank",
        "expected a number",
    )
    assert len(error.faults) == 1


@pytest.mark.parametrize("cell", [True, layouts.day("2020-01-01")], ids=["yes or no", "date"])
def test_a_cell_that_is_no_number_in_the_workbook_is_refused(store: Store, tmp_path: Path, cell: object) -> None:
    draft = layouts.section251()
    draft.put(4, "Income", cell)
    refuse(store, tmp_path, draft, place(4, "Income"), "a number")


@pytest.mark.parametrize("reader", READERS_WITH_NUMBERS)
def test_all_faults_of_a_file_are_told_at_once_and_none_twice(store: Store, tmp_path: Path, reader: str) -> None:
    draft, spot = drafted(reader)
    rows = [spot.row, spot.row + 1, spot.row - 1] if reader != "section251" else [4, 5, 12]
    for row in rows:
        draft.put(row, spot.figure, f"bad{row}")
    error = refuse(store, tmp_path, draft, *(place(row, spot.figure) for row in rows), *(f"bad{row}" for row in rows))
    assert len(error.faults) == 3


@pytest.mark.parametrize("reader", EVERY_READER)
def test_faults_of_different_kinds_are_told_at_once(store: Store, tmp_path: Path, reader: str) -> None:
    draft, spot = drafted(reader)
    draft.put(spot.row, spot.figure, "many")
    says = [place(spot.row, spot.figure), "many"]
    if spot.name:
        draft.put(spot.row + 1 if reader != "ofsted-history" else 6, spot.name, "Atlantis")
        says.append("Atlantis")
    refuse(store, tmp_path, draft, *says)


@pytest.mark.parametrize(
    ("reader", "row", "heading", "cell", "expected"),
    [
        ("ofsted-history", 7, layouts.SIF_OVERALL, "Adequate", "Requires improvement to be good"),
        ("ofsted-history", 7, layouts.SIF_BOARD, "good", "Outstanding"),
        ("ofsted-history", 7, layouts.SIF_DATE, "11/12/2014", "a date"),
        ("ofsted-history", 7, layouts.SIF_DATE, 41984, "a date"),
        ("ofsted-history", 7, layouts.SIF_AGAIN_DATE, "", "both or neither"),
        ("ofsted-history", 6, layouts.TLAC_DATE, layouts.day("2013-05-01"), "both or neither"),
        ("ofsted-history", 7, "Local authority name", "", "a council"),
        ("ofsted-ilacs", 5, "Overall effectiveness", "Met", "Inadequate"),
        ("ofsted-ilacs", 5, "Inspection date", "", "a date"),
        ("ofsted-ilacs", 5, "Inspection date", "2023-09-11", "a date"),
        ("ofsted-ilacs", 5, "Publication date", layouts.day("2023-09-01"), "a date after the inspection"),
        ("ofsted-ilacs", 5, "Inspection type", "ILACS Monitoring Visit", "ILACS Standard Inspection"),
        ("population", 9, "age_group", "Children aged 0 to 16 years", layouts.AGES),
        ("population", 9, "time_period", "2018-19", "a year"),
        ("lait", 11, "Years", "2018-19", "(OT)"),
        ("lait", 11, "Values", "c", "'-'"),
        ("deflator", 12, _QUARTERS, "0", "a positive index"),
        ("deflator", 12, _QUARTERS, "-101.5", "a positive index"),
        ("deflator", 12, "Title", "2022 Q3", "each quarter once"),
        ("deprivation", 5, "IMD - Rank of average score ", 140, "ranks that follow the scores"),
        ("deprivation", 5, "IMD - Proportion of LSOAs in most deprived 10% nationally ", 48.9, "from 0 to 1"),
        ("deprivation", 2, "IMD - Average score ", 100.1, "from 0 to 100"),
        ("deprivation-scores", 5, "idaci", 37.5, "from 0 to 1"),
        ("deprivation-scores", 5, "crime", -4.1, "from -4 to 4"),
        ("population-0-16", 5, "2014", 5_054, "as in the year before"),
        ("population-0-16", 5, "2021", 23_000, "as in the year before"),
        ("population-0-16", 5, "2014", 50_540.5, "a whole number"),
        ("projection", 243, "2020", " -10012.0", "not negative"),
        ("projection", 243, "AGE GROUP", "5 to 9", "'5-9'"),
        ("projection", 2, "CODE", "K04000001", "England"),
    ],
)
def test_a_cell_outside_what_its_column_may_hold_is_refused_with_its_place(
    store: Store, tmp_path: Path, reader: str, row: int, heading: str, cell: object, expected: str
) -> None:
    draft = layouts.DRAFTS[reader]()
    draft.put(row, heading, cell)
    error = refuse(store, tmp_path, draft, expected)
    rows = {row, row + 1} if "Q3" in str(cell) else {row}
    assert any(place(number, heading) in fault.where for fault in error.faults for number in rows)


@pytest.mark.parametrize("cell", ["-5", "20.5"])
def test_half_a_child_or_less_than_none_is_refused_with_its_row_in_the_file(store: Store, tmp_path: Path, cell: str) -> None:
    draft = layouts.lait()
    row = next(number for number, line in enumerate(draft.rows, 1) if line[0] == "LACnum" and line[5] == 370.0)
    draft.put(row, "Values", cell)
    refuse(store, tmp_path, draft, f"row {row},", cell)


@pytest.mark.parametrize(
    ("reader", "row", "heading", "cell"), [("section251", 4, "Income", 7_000_000.0), ("deflator", 12, _QUARTERS, "-101.5")]
)
def test_a_figure_is_shown_as_the_file_holds_it(store: Store, tmp_path: Path, reader: str, row: int, heading: str, cell: object) -> None:
    draft = layouts.DRAFTS[reader]()
    draft.put(row, heading, cell)
    assert "np." not in str(refuse(store, tmp_path, draft))


# Councils --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reader", READERS_WITH_COUNCILS)
def test_an_unknown_name_is_refused_with_its_row(store: Store, tmp_path: Path, reader: str) -> None:
    draft, spot = drafted(reader)
    draft.put(spot.row, spot.name, "Atlantis")
    refuse(store, tmp_path, draft, f"row {spot.row},", "Atlantis", "register")


@pytest.mark.parametrize("reader", READERS_WITH_CODES)
def test_an_unknown_code_is_refused_with_its_row(store: Store, tmp_path: Path, reader: str) -> None:
    draft, spot = drafted(reader)
    unknown = 999 if reader in READERS_WITH_COUNCIL_NUMBERS else "E99999999"
    draft.put(spot.row, spot.code, unknown)
    refuse(store, tmp_path, draft, place(spot.row, spot.code), str(unknown), "register")


@pytest.mark.parametrize("reader", READERS_WITH_BOTH)
def test_a_code_beside_another_council_s_name_is_refused_with_both(store: Store, tmp_path: Path, reader: str) -> None:
    draft, spot = drafted(reader)
    draft.put(spot.row, spot.name, "Kirklees")
    refuse(store, tmp_path, draft, place(spot.row, spot.code), str(draft.get(spot.row, spot.code)), "Kirklees")


@pytest.mark.parametrize(
    ("reader", "row", "cells"),
    [
        ("section251", 32, {"LA": 838}),
        ("section251", 4, {"LA": 942, "LA Name": "Cumberland"}),
        ("ofsted-history", 7, {"Local authority name": "Cumberland"}),
        (
            "ofsted-ilacs",
            7,
            {"Local authority area code": "E10000006", "Local authority name": "Cumbria", "Publication date": layouts.day("2024-03-29")},
        ),
        ("population", 9, {"new_la_code": "E10000009", "la_name": "Dorset"}),
        ("deprivation", 5, {_IOD_CODE: "E06000063", _IOD_NAME: "Cumberland"}),
        ("deprivation-scores", 5, {"area_code": "E10000006", "area_name": "Cumbria"}),
        ("population-0-16", 5, {"code": "E10000009", "name": "Dorset"}),
        ("projection", 243, {"CODE": "E06000059", "AREA": "Dorset"}),
        ("looked-after", 20, {"New_geog_code": "E06000059", "geog_n": "Dorset"}),
        ("low-income", 20, {"code": "E06000059"}),
    ],
)
def test_a_council_in_a_year_in_which_it_did_not_exist_is_refused(
    store: Store, tmp_path: Path, reader: str, row: int, cells: dict[str, object]
) -> None:
    draft = layouts.DRAFTS[reader]()
    for heading, cell in cells.items():
        draft.put(row, heading, cell)
    refuse(store, tmp_path, draft, f"row {row},", "existed")


def test_a_figure_for_a_council_not_yet_made_is_refused_and_a_blank_there_is_not(store: Store, tmp_path: Path) -> None:
    draft = layouts.lait()
    row = next(number for number, line in enumerate(draft.rows, 1) if line[5] == 838.0 and line[2] == "2018-19 (OT)")
    draft.put(row, "Values", "5")
    refuse(store, tmp_path, draft, place(row, "Values"), "did not exist in 2018-19")


def test_lines_of_unknown_councils_are_not_added_up_to_a_council_without_a_name(store: Store, tmp_path: Path) -> None:
    draft = layouts.section251()
    of_two = [row for row in range(2, len(draft.rows) + 1) if draft.get(row, "LA") in (301, 342)]
    for row in of_two:
        draft.put(row, "LA", 900)
    error = refuse(store, tmp_path, draft, "'900'")
    assert len(error.faults) == len(of_two)


# Lines -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reader", EVERY_READER)
def test_a_doubled_line_is_refused_with_its_row(store: Store, tmp_path: Path, reader: str) -> None:
    draft, spot = drafted(reader)
    draft.rows.insert(spot.row, list(draft.rows[spot.row - 1]))
    error = refuse(store, tmp_path, draft)
    assert re.search(rf"rows? ([\d, ]*\b)?({spot.row}|{spot.row + 1})\b", str(error)), error


# Row 11 is the total including CERA, which is counted nowhere.
@pytest.mark.parametrize("row", [*range(2, 11), 42, 44, 60])
def test_every_line_a_council_needs_is_missed_when_it_is_gone(store: Store, tmp_path: Path, row: int) -> None:
    draft = layouts.section251()
    # The first row below the sub-totals is a memorandum.
    del draft.rows[row - 1 if row < 42 else row]
    refuse(store, tmp_path, draft, "E09000002", "no line for", "exactly one")


@pytest.mark.parametrize("text", ["16 Total Children in Care", "4 Total Sure Start", "10 Services nobody knew of last year"])
@pytest.mark.parametrize("row", [3, 4, 11, 50])
def test_a_line_that_the_table_of_lines_does_not_know_is_never_dropped(store: Store, tmp_path: Path, row: int, text: str) -> None:
    draft = layouts.section251()
    draft.put(row, "CYPServiceDescription", text)
    refuse(store, tmp_path, draft, place(row, "CYPServiceDescription"), text, "section251_lines.csv", "layout '2013-14'")


def test_a_line_unknown_for_every_council_is_told_once_with_how_many_rows_have_it(store: Store, tmp_path: Path) -> None:
    draft = layouts.section251()
    for row in (11, 21, 31, 41):
        draft.put(row, "CYPServiceDescription", "Something new")
    assert len(refuse(store, tmp_path, draft, "row 11", "4 rows have it").faults) == 1


def test_a_measure_that_has_left_the_file_is_named(store: Store, tmp_path: Path) -> None:
    draft = layouts.lait()
    gone = ("YouthJusticeFinance", "LACnum", "CIN", "Work_Force_NoSW")
    draft.sheets[""] = [row for row in draft.rows if row[0] not in gone]
    error = refuse(store, tmp_path, draft, *(f"'{measure}'" for measure in gone))
    assert len(error.faults) == 4


# Sums ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", [2, 4, 10])
def test_parts_that_do_not_add_up_to_the_total_are_refused_with_both_sums(store: Store, tmp_path: Path, row: int) -> None:
    draft = layouts.section251()
    for heading in ("TotalExpenditure", "NetCurrentExpenditure"):
        draft.put(row, heading, draft.get(row, heading) + 2)
    total = layouts.spend_of(301)["gross_spend"]
    parts = total + (2 if row != 10 else 0)
    error = refuse(store, tmp_path, draft, "E09000002", f"£{parts:,.2f}", f"£{total + 2 if row == 10 else total:,.2f}", "add up")
    # Gross and net of the total, and of the sub-total where one was changed.
    assert len(error.faults) == (2 if row == 10 else 4)
    assert all(f"row {row}," in fault.where or "row 10," in fault.where for fault in error.faults)


def test_a_line_below_a_sub_total_that_has_lost_a_pound_is_noticed(store: Store, tmp_path: Path) -> None:
    draft = layouts.section251()
    row = next(row for row in range(2, len(draft.rows) + 1) if draft.get(row, "CYPServiceDescription") == "22 Direct payments")
    for heading in ("TotalExpenditure", "NetCurrentExpenditure"):
        draft.put(row, heading, draft.get(row, heading) - 1.01)
    refuse(store, tmp_path, draft, "row 7,", "total_family_support", "E09000002", "£5,999,998.99", "£6,000,000.00")


@pytest.mark.parametrize("change", [{"Income": 5.0, "NetCurrentExpenditure": -5.0}, {"Income": -5.0, "NetCurrentExpenditure": 5.0}])
def test_income_and_net_are_held_to_their_sums_like_gross(store: Store, tmp_path: Path, change: dict[str, float]) -> None:
    draft = layouts.section251()
    for heading, by in change.items():
        draft.put(4, heading, draft.get(4, heading) + by)
    refuse(store, tmp_path, draft, place(4, "Income"), place(4, "NetCurrentExpenditure"), "total_looked_after")


def test_a_return_of_nothing_but_zeros_is_not_taken_for_no_spend(store: Store, tmp_path: Path) -> None:
    draft = layouts.section251()
    for row in range(2, len(draft.rows) + 1):
        if draft.get(row, "LA") == 370:
            for heading in MONEY:
                draft.put(row, heading, 0)
    refuse(store, tmp_path, draft, "E08000016", "nothing but zeros")


def test_gross_less_income_must_be_net(store: Store, tmp_path: Path) -> None:
    draft = layouts.section251()
    draft.put(4, "NetCurrentExpenditure", draft.get(4, "NetCurrentExpenditure") + 2)
    refuse(store, tmp_path, draft, place(4, "NetCurrentExpenditure"), "gross less income")


@pytest.mark.parametrize(("row", "area"), [(3, "E92000001"), (5, "E12000007"), (9, "E92000001"), (9, "E12000007")])
def test_lait_councils_that_do_not_add_up_to_england_or_their_region_are_refused(store: Store, tmp_path: Path, row: int, area: str) -> None:
    draft = layouts.lait()
    draft.put(row, "Values", int(str(draft.get(row, "Values"))) + 9)
    refuse(store, tmp_path, draft, "gross_spend 2018-19", area, "published")


@pytest.mark.parametrize(("row", "says"), [(2, "England's"), (5, "E12000003"), (9, "England's")])
def test_children_who_do_not_add_up_to_england_or_their_region_are_refused(store: Store, tmp_path: Path, row: int, says: str) -> None:
    draft = layouts.population()
    draft.put(row, "population_estimate", draft.get(row, "population_estimate") + 9)
    refuse(store, tmp_path, draft, "2019", says)


def with_cornwall(shown: int) -> layouts.Draft:
    """Return the estimates with Cornwall's 108,000 children of 2018, in the same region as Dorset, which is suppressed."""
    draft = layouts.population()
    for row in (2, 6, 11, 15):
        draft.put(row, "population_estimate", draft.get(row, "population_estimate") + 108_000)
    draft.rows.extend([list(draft.rows[18]), list(draft.rows[9])])
    for row, children in ((20, shown), (21, 108_000)):
        for heading, cell in {
            "old_la_code": 908,
            "new_la_code": "E06000052",
            "la_name": "Cornwall",
            "population_estimate": children,
        }.items():
            draft.put(row, heading, cell)
    return draft


def test_a_digit_lost_beside_a_suppressed_estimate_is_noticed(store: Store, tmp_path: Path) -> None:
    ingest(with_cornwall(108_000).save(tmp_path), "children-2012-2024", store, dry_run=True)
    refuse(store, tmp_path, with_cornwall(10_800), "about 10,800, as in Cornwall the year before")


def test_sums_that_a_release_promises_are_held_to_and_named(store: Store, tmp_path: Path) -> None:
    draft = layouts.section251("2014-15")
    refuse(
        store,
        tmp_path,
        draft,
        "gross_spend 2014-15",
        "£8,933,022,154",
        f"£{sum(layouts.spend_of(c[0])['gross_spend'] for c in layouts.COUNCILS_OF_2013):,.0f}",
    )


@pytest.mark.parametrize("sheet", [layouts.ILACS_SHEET, layouts.POSITION_SHEET])
def test_the_two_ofsted_sheets_must_tell_the_same_latest_judgement(store: Store, tmp_path: Path, sheet: str) -> None:
    draft = layouts.ofsted_ilacs()
    row = draft.sheets[sheet][5 if sheet == layouts.ILACS_SHEET else 4]
    row[row.index("Inadequate")] = "Good"
    refuse(store, tmp_path, draft, f"sheet '{layouts.POSITION_SHEET}', row 5", "2019-11-04", "Inadequate", "Good")


def test_a_council_without_a_current_position_is_missed(store: Store, tmp_path: Path) -> None:
    draft = layouts.ofsted_ilacs()
    del draft.sheets[layouts.POSITION_SHEET][-1]
    refuse(store, tmp_path, draft, "E06000010")


def test_a_council_with_two_current_positions_is_refused(store: Store, tmp_path: Path) -> None:
    draft = layouts.ofsted_ilacs()
    draft.sheets[layouts.POSITION_SHEET].append(list(draft.sheets[layouts.POSITION_SHEET][-1]))
    refuse(store, tmp_path, draft, layouts.POSITION_SHEET)


@pytest.mark.parametrize("spoil", ["no England", "England under another name", "a region that does not exist"])
def test_totals_that_are_not_there_to_be_checked_are_missed(store: Store, tmp_path: Path, spoil: str) -> None:
    draft = layouts.population() if spoil == "a region that does not exist" else layouts.lait()
    if spoil == "no England":
        draft.sheets[""] = [row for row in draft.rows if row[5] != 970.0]
    elif spoil == "England under another name":
        draft.put(3, "LA and Regions", "Wales")
    else:
        draft.put(4, "region_code", "E12000099")
    refuse(store, tmp_path, draft)


@pytest.mark.parametrize("sheet", layouts.DEPRIVATION_SHEETS)
def test_a_council_missing_from_an_index_is_named(store: Store, tmp_path: Path, sheet: str) -> None:
    draft = layouts.deprivation()
    code, name = draft.sheets[sheet].pop(7)[:2]
    refuse(store, tmp_path, draft, f"sheet '{sheet}'", f"no row for {name} ({code})", "no rank 7")


@pytest.mark.parametrize("reader", ["deprivation-scores", "population-0-16"])
def test_a_council_missing_from_a_text_file_is_named(store: Store, tmp_path: Path, reader: str) -> None:
    draft = layouts.DRAFTS[reader]()
    code, name = draft.rows.pop(7)[:2]
    refuse(store, tmp_path, draft, f"no row for {name} ({code})")


def test_what_is_missing_from_a_projection_is_named_area_and_ages(store: Store, tmp_path: Path) -> None:
    draft = layouts.projection()
    # Row 3: England's ages 5-9; rows 42 to 61: the North West; rows 242 to 261: Hartlepool; row 263: Middlesbrough's 5-9.
    draft.sheets[""] = [row for number, row in enumerate(draft.rows, 1) if number not in {3, 263, *range(42, 62), *range(242, 262)}]
    says = ("ages 5-9 for E92000001", "no row for E12000002", "no row for Hartlepool", "ages 5-9 for Middlesbrough")
    assert len(refuse(store, tmp_path, draft, *says).faults) == 4


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (3, ("E92000001, 5-9, 2020", "councils that add up to", "E92000001, All ages, 2020", "ages that add up to")),
        (23, ("E12000001, All ages, 2020",)),
        (41, ("E12000001, All ages, 2020",)),
        (243, ("E92000001, 5-9, 2020", "E06000001, All ages, 2020")),
        (261, ("E92000001, All ages, 2020", "E06000001, All ages, 2020")),
    ],
)
def test_people_who_do_not_add_up_over_ages_or_councils_are_refused(store: Store, tmp_path: Path, row: int, says: tuple[str, ...]) -> None:
    draft = layouts.projection()
    draft.put(row, "2020", f" {float(str(draft.get(row, '2020'))) + 50:.1f}")
    refuse(store, tmp_path, draft, *says)


def test_projected_children_who_do_not_add_up_to_their_region_are_refused(store: Store, tmp_path: Path) -> None:
    draft = layouts.projection()
    # Ages and all ages of the North East alike, so that only its councils can tell.
    for row in (23, 41):
        draft.put(row, "2020", f" {float(str(draft.get(row, '2020'))) + 50:.1f}")
    refuse(store, tmp_path, draft, "projected_children 2020, E12000001", "published")


@pytest.mark.parametrize("reader", ["population-0-16", "projection"])
def test_a_year_that_the_layout_does_not_hold_is_not_left_out_without_a_word(store: Store, tmp_path: Path, reader: str) -> None:
    draft = layouts.DRAFTS[reader]()
    for row in draft.rows:
        row.append(row[-1])
    draft.rows[0][-1] = "2044"
    refuse(store, tmp_path, draft, "a column '2044'")


def test_small_areas_that_are_not_all_there_are_missed(store: Store, tmp_path: Path) -> None:
    draft = layouts.deprivation_scores()
    draft.put(9, "n_lsoa", 20)
    refuse(store, tmp_path, draft, "column 'n_lsoa'", "33,575", "33,755")


def test_a_council_that_the_published_edition_knows_has_no_worked_out_score(store: Store, tmp_path: Path) -> None:
    draft = layouts.new_unitaries()
    draft.rows.append(["E08000034", "Kirklees", 0.2, 25.0, 0])
    refuse(store, tmp_path, draft, place(6, "code"), "Kirklees")


# Units -----------------------------------------------------------------------------------------------------------------


def scaled(draft: layouts.Draft, by: float, headings: tuple[str, ...], rows: Iterable[int]) -> layouts.Draft:
    for row in rows:
        for heading in headings:
            draft.put(row, heading, draft.get(row, heading) * by)
    return draft


MONEY = ("TotalExpenditure", "Income", "NetCurrentExpenditure")


def test_thousands_of_pounds_are_refused_as_out_of_scale_in_every_category(full_store: Store, tmp_path: Path) -> None:
    draft = layouts.section251()
    scaled(draft, 1e-3, MONEY, range(2, len(draft.rows) + 1))
    error = refuse(full_store, tmp_path, draft, "gross_spend 2013-14", "looked_after 2013-14", "are the units right?")
    # The small file lacks most councils as well, and that is told beside.
    assert sum("are the units right?" in fault.expected for fault in error.faults) == 8


def test_one_council_in_thousands_of_pounds_is_refused(full_store: Store, tmp_path: Path) -> None:
    draft = layouts.section251()
    scaled(draft, 1e-3, MONEY, [row for row in range(2, len(draft.rows) + 1) if draft.get(row, "LA") == 301])
    refuse(full_store, tmp_path, draft, "spend:E09000002:2013-14:gross_spend", "a figure like")


def test_children_in_tens_are_refused(full_store: Store, tmp_path: Path) -> None:
    draft = layouts.population()
    for row in draft.rows[1:]:
        row[-1] = row[-1] if row[-1] == "x" else row[-1] * 10
    refuse(full_store, tmp_path, draft, "children 2019", "units")


def test_looked_after_children_out_of_scale_are_refused(full_store: Store, tmp_path: Path) -> None:
    draft = layouts.lait()
    for row in draft.rows:
        if row[0] == "LACnum" and row[4] != "-":
            row[4] = str(int(row[4]) * 100)
    refuse(full_store, tmp_path, draft, "looked_after 2019", "units")


# Files -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reader", EVERY_READER)
def test_an_empty_file_is_called_empty(store: Store, tmp_path: Path, reader: str) -> None:
    draft = layouts.DRAFTS[reader]()
    path = tmp_path / draft.file
    path.touch()
    refusal(store, path, draft.source, "an empty file")


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir()], ids=["nothing", "folder"])
def test_a_file_that_is_not_there_is_called_missing(store: Store, tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "s251ye2014.ods"
    make(path)
    refusal(store, path, "s251ye2014", "no such file")


@pytest.mark.parametrize("reader", EVERY_READER)
def test_a_table_with_a_header_and_no_rows_is_refused(store: Store, tmp_path: Path, reader: str) -> None:
    draft = layouts.DRAFTS[reader]()
    second_table = draft.rows[8:11] if reader == "ofsted-history" else []
    draft.sheets[draft.main] = draft.rows[: draft.header_row] + second_table
    if reader == "ofsted-ilacs":
        draft.sheets[layouts.POSITION_SHEET] = draft.sheets[layouts.POSITION_SHEET][:3]
    if reader == "deflator":
        draft.sheets[""] = layouts.deflator().rows[:10]
    refuse(store, tmp_path, draft)


@pytest.mark.parametrize("limit", ["MAX_FILE_BYTES", "MAX_UNPACKED_BYTES"])
def test_a_file_beyond_the_cap_is_refused_unread_with_its_size(
    monkeypatch: pytest.MonkeyPatch, store: Store, tmp_path: Path, limit: str
) -> None:
    monkeypatch.setattr(sheets, limit, 1_234)
    monkeypatch.setitem(READERS, "section251", lambda *_: pytest.fail("the file was read"))
    refuse(store, tmp_path, layouts.section251(), "1,234", "at most")


KINDS: dict[str, Callable[[], layouts.Draft]] = layouts.DRAFTS | {
    "section251.ods": lambda: layouts.section251(kind="ods"),
    "ofsted-history.ods": lambda: layouts.ofsted_history("ods"),
    "ofsted-ilacs.ods": lambda: layouts.ofsted_ilacs("ods"),
}


def saved(tmp_path: Path, kind: str) -> tuple[Path, str]:
    draft = KINDS[kind]()
    return draft.save(tmp_path), draft.source


def cuts(content: bytes, is_text: bool) -> list[int]:
    """Return about thirty lengths to cut a file to; of a text file those that fall inside a line."""
    lengths = [*range(1, len(content) - 1, max(1, len(content) // 25)), *range(max(1, len(content) - 5), len(content))]
    inside = [length for length in lengths if b"\n" not in (content[length - 1 : length], content[length : length + 1])]
    return inside if is_text else lengths


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_cut_short_is_refused_wherever_it_is_cut(store: Store, tmp_path: Path, kind: str) -> None:
    whole, source = saved(tmp_path, kind)
    content, before, taken_in = whole.read_bytes(), fingerprint(store), []
    path = whole.with_stem("cut")
    for length in cuts(content, whole.suffix == ".csv"):
        path.write_bytes(content[:length])
        try:
            ingest(path, source, store)
        except FundgapError as error:
            if path.name in str(error):
                continue
        taken_in.append(length)
    assert taken_in == []
    assert fingerprint(store) == before


@pytest.mark.parametrize("reader", ["deflator", "population"])
def test_a_text_file_cut_short_between_two_lines_is_refused_for_what_it_no_longer_holds(
    bare_store: Store, tmp_path: Path, reader: str
) -> None:
    draft = layouts.DRAFTS[reader]()
    ingest(draft.save(tmp_path), draft.source, bare_store)
    # The deflator loses 2023-24, the population all of 2018.
    draft.sheets[""] = draft.rows[:-2] if reader == "deflator" else draft.rows[:10]
    refuse(bare_store, tmp_path, draft)


def damaged(content: bytes, count: int) -> Iterator[bytes]:
    chance = random.Random(20140211)  # noqa: S311
    for _ in range(count):
        copy, position = bytearray(content), chance.randrange(len(content))
        copy[position] ^= chance.randrange(1, 256)
        yield bytes(copy)


@pytest.mark.parametrize(
    "kind",
    ["section251", "section251.ods", "lait", "ofsted-ilacs.ods", "population", "deflator", "looked-after", "low-income", "neighbours"],
)
def test_a_file_with_a_damaged_byte_is_read_or_refused_and_never_breaks_the_reader(store: Store, tmp_path: Path, kind: str) -> None:
    whole, source = saved(tmp_path, kind)
    path, release, index = whole.with_stem("damaged"), read_register(store)[source], council_index(store)
    broken = set()
    for content in damaged(whole.read_bytes(), 60):
        path.write_bytes(content)
        try:
            READERS[release.reader](path, release, index)
        except FundgapError:
            pass
        except BaseException as error:
            broken.add(f"{type(error).__name__}: {error}")
    assert broken == set()


@pytest.mark.parametrize("kind", ["section251", "ofsted-history.ods"])
def test_a_workbook_whose_list_of_contents_is_damaged_is_refused(store: Store, tmp_path: Path, kind: str) -> None:
    path, source = saved(tmp_path, kind)
    path.write_bytes(path.read_bytes().replace(b"PK\x01\x02", b"PK\x01\xff"))
    refusal(store, path, source)


@pytest.mark.parametrize(
    ("content", "given"),
    [
        ("population", "section251"),
        ("lait", "ofsted-ilacs"),
        ("section251", "lait"),
        ("section251", "deflator"),
        ("deflator", "population"),
    ],
)
def test_a_file_of_another_kind_is_refused(store: Store, tmp_path: Path, content: str, given: str) -> None:
    draft = layouts.DRAFTS[given]()
    path = tmp_path / draft.file
    path.write_bytes(layouts.DRAFTS[content]().save(tmp_path).read_bytes())
    refusal(store, path, draft.source)


def test_text_in_another_encoding_is_refused(store: Store, tmp_path: Path) -> None:
    path = layouts.population().save(tmp_path)
    path.write_bytes(path.read_text("utf-8").replace("Barnsley", "Bárnsley").encode("latin-1"))
    refusal(store, path, "children-2012-2024", "UTF-8")


def test_a_parquet_file_with_damaged_text_is_refused(store: Store, tmp_path: Path) -> None:
    path = layouts.lait().save(tmp_path)
    content = path.read_bytes()
    assert b"Barnsley" in content
    path.write_bytes(content.replace(b"Barnsley", b"B\xffrnsley"))
    refusal(store, path, "lait-2026-01")


def test_a_workbook_without_a_sheet_of_cells_is_refused(store: Store, tmp_path: Path) -> None:
    book = Workbook()
    book.remove(book.active)
    book.create_chartsheet("Chart")
    book.save(tmp_path / "chart.xlsx")
    refusal(store, tmp_path / "chart.xlsx", "s251ye2014")


@pytest.mark.parametrize(
    "measures",
    [pa.array([1, 2]), pa.array([["LACnum"], ["LACnum"]]), pa.array([b"LACnum", b"\xff\xfe"])],
    ids=["numbers", "lists", "bytes"],
)
def test_a_parquet_file_whose_columns_hold_another_type_is_refused(store: Store, tmp_path: Path, measures: pa.Array) -> None:
    texts = {heading: ["x", "y"] for heading in ("Years", "LA and Regions", "Values")}
    pq.write_table(pa.table({"Short Desc": measures, "LA Number": [1.0, 2.0], **texts}), tmp_path / "lait.parquet")
    refusal(store, tmp_path / "lait.parquet", "lait-2026-01")


# Releases --------------------------------------------------------------------------------------------------------------


def test_a_file_on_record_as_another_release_is_refused_with_the_name_of_both(bare_store: Store, tmp_path: Path) -> None:
    path = layouts.section251().save(tmp_path)
    ingest(path, "s251ye2014", bare_store)
    assert isinstance(refusal(bare_store, path, "s251ye2013", "given as s251ye2013", "s251ye2014", "2013-14"), UnknownRelease)


def test_another_year_s_table_in_the_same_layout_is_refused_by_its_promised_total(store: Store, tmp_path: Path) -> None:
    draft = layouts.section251("2014-15")
    error = refusal(store, draft.save(tmp_path), "s251ye2017", "2016-17", "£9,158,398,642")
    assert isinstance(error, BadFigures)


@pytest.mark.parametrize(("file", "hint"), [("download.xlsx", "--source"), ("s251ye2013.xlsx", "--source s251ye2013")])
def test_a_file_that_is_not_on_record_is_never_guessed_by_its_name(store: Store, tmp_path: Path, file: str, hint: str) -> None:
    draft = layouts.section251("2012-13")
    draft.file = file
    assert isinstance(refusal(store, draft.save(tmp_path), None, "not on record", hint), UnknownRelease)


def test_an_unknown_release_is_refused_with_those_there_are(store: Store, tmp_path: Path) -> None:
    path, before = layouts.deflator().save(tmp_path), fingerprint(store)
    with pytest.raises(UnknownRelease, match=r"'deflator-2030' is not in sources\.toml.*deflator-2025-06"):
        ingest(path, "deflator-2030", store)
    assert fingerprint(store) == before


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('reader = "deflator"', 'reader = "inflator"', "inflator"),
        ('title = "Gross', 'titel = "Gross', "titel"),
        ('reader = "deflator"\n', "", "reader"),
        ("[deflator-2025-06]", "[deflator-2025-06", "sources.toml"),
        ("[deflator-2025-06]", 'stray = "x"\n[deflator-2025-06]', "sources.toml"),
        ("rows = 70", "rows = 70\n\n[deflator-2025-06.checks]\ngross_spend = 5", "gross_spend"),
    ],
    ids=["unknown reader", "unknown key", "missing key", "broken text", "stray key", "promise of another subject"],
)
def test_a_wrong_entry_in_the_register_of_releases_is_named(store: Store, tmp_path: Path, old: str, new: str, says: str) -> None:
    register = store.raw / "sources.toml"
    text = register.read_text("utf-8")
    assert old in text
    register.write_text(text.replace(old, new), "utf-8")
    before = fingerprint(store)
    with pytest.raises(FundgapError, match=re.escape(says)):
        ingest(layouts.deflator().save(tmp_path), "deflator-2025-06", store)
    assert fingerprint(store) == before


@pytest.mark.parametrize(("reader", "layout"), [("section251", "2013-14"), ("deprivation", "IoD2019")])
def test_a_layout_nobody_knows_is_named_beside_those_there_are(store: Store, tmp_path: Path, reader: str, layout: str) -> None:
    register, draft = store.raw / "sources.toml", layouts.DRAFTS[reader]()
    register.write_text(register.read_text("utf-8").replace(f'layout = "{layout}"', 'layout = "2099-00"'), "utf-8")
    before = fingerprint(store)
    with pytest.raises(FundgapError, match="2099-00"):
        ingest(draft.save(tmp_path), draft.source, store)
    assert fingerprint(store) == before
