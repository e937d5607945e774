"""Ofsted's workbooks: ILACS in both, the year's visits, and sheets of one workbook that must agree."""

from collections.abc import Callable
from pathlib import Path

import layouts
import pandas as pd
import pytest

from fundgap.data.councils import council_index
from fundgap.data.ingest import ingest
from fundgap.data.readers import READERS
from fundgap.data.sources import read_register
from fundgap.data.store import Store
from fundgap.errors import BadFigures

STORE = Store(layouts.DATA)
Read = Callable[[layouts.Draft], dict[str, pd.DataFrame]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return a function that writes a draft and reads it as its release."""

    def read_draft(draft: layouts.Draft) -> dict[str, pd.DataFrame]:
        release = read_register(STORE)[draft.source]
        return READERS[release.reader](draft.save(tmp_path), release, council_index(STORE))

    return read_draft


def refusal(read: Read, draft: layouts.Draft, *says: str) -> BadFigures:
    with pytest.raises(BadFigures) as caught:
        read(draft)
    assert [part for part in says if part not in str(caught.value)] == [], str(caught.value)
    return caught.value


def place(sheet: str, row: int, heading: str) -> str:
    return f"sheet '{sheet}', row {row}, column '{heading}'"


# ILACS in the history of 2023 ------------------------------------------------------------------------------------------


def test_first_and_second_ilacs_and_those_of_abolished_councils_are_read_and_none_is_a_reinspection(read: Read) -> None:
    table = read(layouts.ofsted_history())["inspections"].query("framework == 'ILACS'")
    assert not table["is_reinspection"].any()
    assert set(
        table[["council", "inspection_type", "publication_date", "overall", "leadership_grade"]].itertuples(index=False, name=None)
    ) == {
        ("E08000016", "short", "2018-11-26", "Good", "Good"),
        ("E06000010", "standard", "2019-03-29", "Requires improvement", "Requires improvement"),
        ("E06000010", "standard", "2023-03-10", "Inadequate", "Inadequate"),
        ("E06000028", "standard", "2018-08-24", "Requires improvement", "Inadequate"),
    }


def test_care_leavers_have_a_grade_of_their_own_in_the_second_inspection_and_not_in_the_first(read: Read) -> None:
    table = read(layouts.ofsted_history())["inspections"].query("framework == 'ILACS' and council == 'E06000010'")
    grades = table.set_index("publication_date")[["looked_after_grade", "care_leavers_grade"]]
    assert grades.loc["2023-03-10"].tolist() == ["Requires improvement", "Good"]
    assert grades.at["2019-03-29", "looked_after_grade"] == "Requires improvement"
    assert pd.isna(grades.at["2019-03-29", "care_leavers_grade"])


def test_the_inspection_date_of_a_current_position_goes_to_the_latest_judgement_and_to_no_other(read: Read) -> None:
    table = read(layouts.ofsted_history())["inspections"].dropna(subset="inspection_date")
    assert set(table[["council", "publication_date", "inspection_date"]].itertuples(index=False, name=None)) == {
        ("E08000016", "2018-11-26", "2018-10-01"),
        ("E06000010", "2023-03-10", "2023-01-23"),
    }


@pytest.mark.parametrize(
    ("heading", "cell", "says"),
    [
        (layouts.FIRST_ILACS_TYPE, "", "what was found on the day"),
        (layouts.FIRST_ILACS_OVERALL, "", "what was found on the day"),
        (layouts.FIRST_ILACS_DATE, "", "both or neither"),
        (layouts.FIRST_ILACS_TYPE, "LA Monitoring visit", "ILACS Standard Inspection"),
        (layouts.SECOND_ILACS_LEAVERS, "Not judged", "Outstanding"),
    ],
)
def test_a_half_given_ilacs_judgement_is_refused(read: Read, heading: str, cell: str, says: str) -> None:
    draft = layouts.ofsted_history()
    draft.put(7, heading, cell)
    refusal(read, draft, "row 7", says)


# No grade unread -------------------------------------------------------------------------------------------------------

GRADED_SHEETS = [
    (layouts.ofsted_history, layouts.HISTORY_SHEET, 5),
    (layouts.ofsted_history, layouts.HISTORY_POSITION_SHEET, 4),
    (layouts.ofsted_history, layouts.HISTORY_YEAR_SHEET, 3),
    (layouts.ofsted_ilacs, layouts.ILACS_SHEET, 3),
    (layouts.ofsted_ilacs, layouts.POSITION_SHEET, 3),
    (layouts.ofsted_ilacs, layouts.ILACS_YEAR_SHEET, 3),
]


@pytest.mark.parametrize(("make", "sheet", "header_row"), GRADED_SHEETS, ids=[sheet for _, sheet, _ in GRADED_SHEETS])
def test_a_column_of_grades_that_the_layout_does_not_know_is_refused_and_one_of_other_words_is_not(
    read: Read, make: Callable[[], layouts.Draft], sheet: str, header_row: int
) -> None:
    draft = make()
    rows = draft.sheets[sheet]
    rows[header_row - 1].append("Impact of partners")
    rows[header_row] += [""] * (len(rows[header_row - 1]) - 1 - len(rows[header_row])) + ["strong"]
    read(draft)
    rows[header_row][-1] = "Good"
    error = refusal(read, draft, f"sheet '{sheet}', row {header_row}", "grades headed 'Impact of partners'")
    assert len(error.faults) == 1


def test_a_column_of_grades_in_the_second_table_is_not_overlooked(read: Read) -> None:
    draft = layouts.ofsted_history()
    draft.rows[11][draft.column(layouts.SECOND_ILACS_LEAVERS)] = "Good"
    refusal(read, draft, f"sheet '{layouts.HISTORY_SHEET}', row 11", "grades headed ''")


# Sheets that must agree ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "sheet", "row", "position", "cell"),
    [
        (layouts.ofsted_history, layouts.HISTORY_POSITION_SHEET, 6, 4, "Good"),
        (layouts.ofsted_history, layouts.HISTORY_POSITION_SHEET, 6, 8, ""),
        (layouts.ofsted_ilacs, layouts.POSITION_SHEET, 4, 4, layouts.day("2023-09-12")),
        (layouts.ofsted_ilacs, layouts.POSITION_SHEET, 4, 5, layouts.day("2023-10-28")),
        (layouts.ofsted_ilacs, layouts.POSITION_SHEET, 4, 9, "Outstanding"),
        (layouts.ofsted_ilacs, layouts.POSITION_SHEET, 4, 10, ""),
    ],
)
def test_every_date_and_grade_of_a_current_position_is_held_to_the_history(
    read: Read, make: Callable[[], layouts.Draft], sheet: str, row: int, position: int, cell: object
) -> None:
    draft = make()
    heading = str(draft.sheets[sheet][{4: 2, 5: 2, 6: 3}[row]][position])
    draft.sheets[sheet][row - 1][position] = cell
    refusal(read, draft, place(sheet, row, heading), "the latest inspection on the other sheet")


def test_a_position_of_a_council_never_inspected_is_refused(read: Read) -> None:
    draft = layouts.ofsted_history()
    draft.sheets[layouts.HISTORY_POSITION_SHEET][5][1] = "Kirklees"
    refusal(read, draft, "Kirklees", "no current position for Kingston upon Hull")


def test_an_abolished_council_has_no_position_and_none_is_missed(read: Read) -> None:
    # Bournemouth, inspected in 2018 and abolished in April 2019, is on no list of March 2023.
    assert "E06000028" in set(read(layouts.ofsted_history())["inspections"]["council"])


@pytest.mark.parametrize(
    ("row", "heading", "published"), [(7, layouts.SECOND_ILACS_DATE, "2023-01-20"), (6, layouts.FIRST_ILACS_DATE, "2018-09-30")]
)
def test_a_report_before_its_inspection_is_refused_in_the_history_too(read: Read, row: int, heading: str, published: str) -> None:
    draft = layouts.ofsted_history()
    draft.put(row, heading, layouts.day(published))
    refusal(read, draft, f"a day before the report of {published}")


@pytest.mark.parametrize(
    ("make", "sheet"),
    [(layouts.ofsted_history, layouts.HISTORY_YEAR_SHEET), (layouts.ofsted_ilacs, layouts.ILACS_YEAR_SHEET)],
)
def test_an_inspection_on_the_list_of_the_year_must_be_in_the_history(read: Read, make: Callable[[], layouts.Draft], sheet: str) -> None:
    draft = make()
    row = draft.sheets[sheet][3]
    row[draft.sheets[sheet][2].index("Overall effectiveness")] = "Requires improvement to be good"
    refusal(read, draft, place(sheet, 4, "Overall effectiveness"), "one with the same grades and dates on the other sheet")


@pytest.mark.parametrize("sheet", [layouts.HISTORY_POSITION_SHEET, layouts.HISTORY_YEAR_SHEET])
def test_a_title_that_does_not_say_the_year_is_refused(read: Read, sheet: str) -> None:
    draft = layouts.ofsted_history()
    draft.sheets[sheet][0][0] = "Children's social care data, 2022-24"
    refusal(read, draft, f"sheet '{sheet}', row 1", "a title without")


# Visits ----------------------------------------------------------------------------------------------------------------


def test_visits_of_the_year_are_kept_without_the_inspections_among_them(read: Read) -> None:
    columns = ["council", "reporting_year", "visit_type", "visit_date", "publication_date", "theme"]
    history, outcomes = (read(make())["visits"][columns].fillna("") for make in (layouts.ofsted_history, layouts.ofsted_ilacs))
    assert set(history.itertuples(index=False, name=None)) == {
        ("E08000016", "2022-23", "focused visit", "2022-11-02", "", "Care leavers"),
        ("E06000010", "2022-23", "monitoring visit", "2022-03-10", "", "Front door"),
    }
    assert set(outcomes.itertuples(index=False, name=None)) == {
        ("E06000010", "2024-25", "focused visit", "2025-02-04", "2025-03-11", "Children in care"),
        ("E08000013", "2024-25", "monitoring visit", "2024-05-01", "2024-06-12", "Front door"),
    }


@pytest.mark.parametrize(
    ("heading", "cell", "says"),
    [
        ("Overall effectiveness", "Good", "a visit gives none"),
        ("Visit Theme", "", "what the visit was about"),
        ("Visit Theme", "Parking", "one of"),
        ("Inspection/Visit type", "Ofsted Day Out", "one of"),
        ("Inspection/Visit date", "", "a date"),
        ("Inspection/Visit date", layouts.day("2022-03-31"), "or late in the year before"),
        ("Publication date", "", "a date"),
        ("Publication date", layouts.day("2024-02-05"), "a date after the inspection"),
        ("Local authority name", "Kirklees", "E06000010"),
    ],
)
def test_a_visit_with_a_cell_that_cannot_be_is_refused_with_its_place(read: Read, heading: str, cell: object, says: str) -> None:
    draft = layouts.ofsted_ilacs()
    sheet = draft.sheets[layouts.ILACS_YEAR_SHEET]
    sheet[4][sheet[2].index(heading)] = cell
    error = refusal(read, draft, says)
    assert all(f"sheet '{layouts.ILACS_YEAR_SHEET}', row 5," in fault.where for fault in error.faults)


def test_a_visit_listed_twice_is_refused(read: Read) -> None:
    draft = layouts.ofsted_history()
    draft.sheets[layouts.HISTORY_YEAR_SHEET].append(list(draft.sheets[layouts.HISTORY_YEAR_SHEET][4]))
    refusal(read, draft, place(layouts.HISTORY_YEAR_SHEET, 7, "Inspection/Visit date"), "as another row's")


def test_a_workbook_of_another_year_than_its_release_is_refused(bare_store: Store, tmp_path: Path) -> None:
    draft = layouts.ofsted_ilacs()
    draft.sheets[layouts.ILACS_YEAR_SHEET][0][0] = "Local authority in-year inspection activity 2025-26"
    with pytest.raises(BadFigures, match="row 1: found a title of 2025-26; expected one of 2024-25, the last year of ofsted-outcomes-2025"):
        ingest(draft.save(tmp_path), draft.source, bare_store)
