"""Revenue Outturn RO3: every layout read to the pound, what is missing stays missing, and what does not add up is refused."""

from collections import defaultdict
from pathlib import Path

import layouts
import pandas as pd
import pytest

from fundgap.data.councils import council_index
from fundgap.data.ingest import ingest
from fundgap.data.raw_tables import RO3_LINES
from fundgap.data.readers import READERS
from fundgap.data.sources import read_register
from fundgap.data.store import Store
from fundgap.errors import BadFigures

LINES = {
    "2008-09": ["strategy_until_2010", "asylum_seekers", "all_other_until_2010"],
    "2009-10": ["strategy_until_2010", "asylum_seekers", "all_other_until_2010"],
    "2013-14": [
        *("strategy", "commissioning_and_social_work", "looked_after", "family_support"),
        *("youth_justice", "safety", "asylum_seekers", "other", "total"),
    ],
    "2015-16": [
        *("sure_start", "looked_after", "other", "family_support", "youth_justice"),
        *("safeguarding", "asylum_seekers", "young_people", "total"),
    ],
}
_OF_WHICH = ["looked_after_residential", "looked_after_fostering", "looked_after_asylum_seekers", "looked_after_other"]
LINES["2022-23"] = [*LINES["2015-16"][:2], *_OF_WHICH, *LINES["2015-16"][2:]]
LINES["2024-25"] = LINES["2022-23"]
EVERY_YEAR = tuple(LINES)
SLOUGH, NORTH_YORKSHIRE, CENTRAL_BEDFORDSHIRE, HARROW, RICHMOND = "E06000039", "E06000065", "E06000056", "E09000015", "E09000027"


def draft_of(year: str) -> layouts.Draft:
    return layouts.revenue_outturn(year)


def read(tmp_path: Path, draft: layouts.Draft, source: str = "") -> dict[str, pd.DataFrame]:
    store = Store(layouts.DATA)
    release = read_register(store)[source or draft.source]
    return READERS[release.reader](draft.save(tmp_path), release, council_index(store))


def refused(tmp_path: Path, draft: layouts.Draft, *says: str) -> BadFigures:
    with pytest.raises(BadFigures) as caught:
        read(tmp_path, draft)
    assert [part for part in says if part not in str(caught.value)] == [], str(caught.value)
    return caught.value


def row_of(draft: layouts.Draft, name: str) -> int:
    """Return the row of an authority or total, counted from 1."""
    return next(number for number, row in enumerate(draft.rows, 1) if number > draft.header_row and name in row[1:3])


def figures_by_council(table: pd.DataFrame) -> dict[str, dict[str, tuple[float, ...]]]:
    figures: dict[str, dict[str, tuple[float, ...]]] = defaultdict(dict)
    for council, line, *money in table[["council", "line", "gross_gbp", "income_gbp", "net_gbp"]].itertuples(index=False):
        figures[council][line] = tuple(money)
    return figures


def figures_of(table: pd.DataFrame, council: str) -> dict[str, tuple[float, ...]]:
    return figures_by_council(table)[council]


@pytest.mark.parametrize("year", EVERY_YEAR)
def test_every_figure_of_every_layout_comes_out_in_pounds(tmp_path: Path, year: str) -> None:
    table = read(tmp_path, draft_of(year))["revenue_outturn"]
    places = {code: place for place, (code, _) in enumerate(layouts.councils_in(year))}
    figures = figures_by_council(table)
    assert set(figures) == set(places)
    for council in set(places) - {SLOUGH, CENTRAL_BEDFORDSHIRE, NORTH_YORKSHIRE, HARROW, RICHMOND, "E08000028", "E09000021"}:
        thousands = layouts.outturn_of(year, places[council])
        expected = {line: tuple(1000 * value for value in row) for line, row in zip(LINES[year], thousands, strict=True)}
        assert figures[council] == expected, council
    assert set(table["line"]) <= set(RO3_LINES)
    assert not table.duplicated(["council", "line"]).any()


@pytest.mark.parametrize("year", ["2022-23", "2024-25"])
def test_a_council_without_a_return_has_rows_and_no_figures(tmp_path: Path, year: str) -> None:
    table = read(tmp_path, draft_of(year))["revenue_outturn"]
    slough = table[table["council"] == SLOUGH]
    assert list(slough["line"].sort_values()) == sorted(LINES[year])
    assert slough[["gross_gbp", "income_gbp", "net_gbp"]].isna().to_numpy().all()


def test_a_cell_that_a_council_could_not_fill_in_is_missing_beside_its_other_figures(tmp_path: Path) -> None:
    draft = draft_of("2024-25")
    row = row_of(draft, "Gateshead")
    for position, heading in enumerate(draft.rows[draft.header_row - 1]):
        if "of which" in str(heading):
            draft.rows[row - 1][position] = "[note 4]"
    own = figures_of(read(tmp_path, draft)["revenue_outturn"], "E08000037")
    assert all(pd.isna(own[line][0]) for line in _OF_WHICH)
    assert own["looked_after"][0] > 0
    assert own["total"][0] > 0


def test_lines_known_to_be_left_out_are_missing_and_not_zero(tmp_path: Path) -> None:
    table = read(tmp_path, draft_of("2009-10"))["revenue_outturn"]
    own = table[table["council"] == CENTRAL_BEDFORDSHIRE]
    assert own["gross_gbp"].isna().all()
    assert len(own) == 3
    # The year after, in the same layout, the council gave figures.
    draft = draft_of("2009-10")
    draft.sheets = {name.replace("2009-10", "2010-11"): rows for name, rows in draft.sheets.items()}
    draft.main = draft.main.replace("2009-10", "2010-11")
    later = read(tmp_path, draft, "ro3-2010-11")["revenue_outturn"]
    assert later["gross_gbp"].notna().all()


def test_a_known_misprint_of_a_code_is_read_as_the_council_it_stands_by_and_in_that_year_only(tmp_path: Path) -> None:
    draft = draft_of("2015-16")
    assert NORTH_YORKSHIRE in set(read(tmp_path, draft)["revenue_outturn"]["council"])
    draft.put(row_of(draft, "Kirklees"), "ONS Code", "E10000022")
    refused(tmp_path, draft, f"row {row_of(draft, 'Kirklees')}, column 'ONS Code'", "E10000022")


def test_an_ons_code_of_another_council_is_refused(tmp_path: Path) -> None:
    draft = draft_of("2024-25")
    row = row_of(draft, "Kirklees")
    draft.put(row, "ONS Code", "E08000035")
    refused(tmp_path, draft, f"row {row}, column 'ONS Code'", "E08000035", "Kirklees")


@pytest.mark.parametrize("year", EVERY_YEAR)
def test_england_is_taken_as_published_with_what_districts_and_the_gla_spend(tmp_path: Path, year: str) -> None:
    totals = read(tmp_path, draft_of(year))["published_totals"].set_index("figure")["value"]
    councils = [code for code, _ in layouts.councils_in(year)]
    # The district and the GLA stand in the two places after the councils.
    for number, line in enumerate(LINES[year]):
        lower = sum(layouts.outturn_of(year, len(councils) + more)[number][0] for more in (0, 1))
        upper = sum(layouts.outturn_of(year, place)[number][0] for place, code in enumerate(councils) if code != SLOUGH or year < "2022")
        assert totals[f"ro3_{line}_gross_gbp_lower_tier"] == 1000 * lower
        assert totals[f"ro3_{line}_gross_gbp"] == 1000 * (upper + lower + (layouts.ESTIMATE if year >= "2022" else 0))


@pytest.mark.parametrize("year", EVERY_YEAR)
def test_councils_agree_with_england_when_taken_in(bare_store: Store, tmp_path: Path, year: str) -> None:
    draft = draft_of(year)
    totals = ingest(draft.save(tmp_path), draft.source, bare_store).totals
    assert len(totals) == 2 * len(LINES[year])
    assert totals["agrees"].all()
    assert (totals["why"] != "").any() == (year in ("2009-10", "2022-23", "2024-25"))


def test_another_year_s_file_in_the_same_layout_is_refused_by_the_name_of_its_sheet(tmp_path: Path) -> None:
    draft = draft_of("2015-16")
    with pytest.raises(BadFigures, match="a sheet 'RO3 LA Data 2016-17'"):
        read(tmp_path, draft, "ro3-2016-17")


def test_a_file_that_no_longer_says_thousands_of_pounds_is_refused(tmp_path: Path) -> None:
    draft = draft_of("2024-25")
    draft.rows[1] = ["Data are reported in £ million."]
    refused(tmp_path, draft, "no unit", "£ thousand")


@pytest.mark.parametrize("name", ["Kirklees", "Dorset"])
def test_a_council_whose_row_is_gone_is_missed_by_name(tmp_path: Path, name: str) -> None:
    draft = draft_of("2024-25")
    del draft.rows[row_of(draft, name) - 1]
    refused(tmp_path, draft, f"no row of {name}")


@pytest.mark.parametrize("name", ["Harlow", "Greater London Authority"])
def test_an_authority_that_is_left_out_is_in_its_class_s_sum(tmp_path: Path, name: str) -> None:
    draft = draft_of("2024-25")
    del draft.rows[row_of(draft, name) - 1]
    refused(tmp_path, draft, "the sum of its 0 authorities")


@pytest.mark.parametrize(
    ("row", "heading", "cell", "expected"),
    [
        ("Kirklees", "Class", "XX", "one of ['UA', 'SC', 'MD', 'LB', 'SD', 'O']"),
        ("Kirklees", "Local authority", "", "a council of the register"),
        ("Kirklees", "Children's social care - Youth Justice - Net Current Expenditure (C7 = C3 - C6)", 5.0, "less income"),
        ("Kirklees", "Children's social care - Asylum Seekers - Total Income (C6 = C4 + C5)", "[x]", "a return or none"),
        ("ENGLAND", "Children's social care - Asylum Seekers - Total Income (C6 = C4 + C5)", 5.0, "the sum of the classes"),
        ("Unitary Authorities", "TOTAL CHILDREN SOCIAL CARE - Total Expenditure (C3 = C1 + C2)", 9e9, "an estimate for 1 more"),
        ("Shire Counties", "TOTAL CHILDREN SOCIAL CARE - Total Expenditure (C3 = C1 + C2)", 9e9, "the sum of its 21 authorities"),
        ("Shire Counties", "Local authority", "Parish councils", "a row without figures, or one of"),
        ("ENGLAND", "Local authority", "Great Britain", "0 rows named ENGLAND"),
    ],
)
def test_what_the_layout_does_not_account_for_or_does_not_add_up_is_refused(
    tmp_path: Path, row: str, heading: str, cell: object, expected: str
) -> None:
    draft = draft_of("2024-25")
    number = row_of(draft, row)
    draft.put(number, heading, cell)
    error = refused(tmp_path, draft, expected)
    assert any(f"row {number}" in fault.where or "0 rows named" in fault.found for fault in error.faults)


@pytest.mark.parametrize(
    "part", ["Children's social care - Youth Justice", "Children's social care - Children Looked After of which other"]
)
def test_parts_that_do_not_add_up_are_refused_with_both_figures(tmp_path: Path, part: str) -> None:
    draft = draft_of("2024-25")
    row = row_of(draft, "Kirklees")
    for measure in (layouts.GROSS, " - Net Current Expenditure (C7 = C3 - C6)"):
        draft.put(row, part + measure, draft.get(row, part + measure) + 50)
    refused(tmp_path, draft, f"row {row}", "the sum of its parts")


def test_the_three_sheets_of_2013_14_must_have_the_same_authority_on_the_same_row(tmp_path: Path) -> None:
    draft = draft_of("2013-14")
    second = draft.sheets["RO3 LA Data 2013-14 (2)"]
    second[20], second[21] = second[21], second[20]
    refused(tmp_path, draft, "sheet 'RO3 LA Data 2013-14 (2)', row 21", "sheet 'RO3 LA Data 2013-14 (2)', row 22", "as on sheet")


def test_a_later_release_of_a_year_stands_beside_the_first_and_counts(bare_store: Store, tmp_path: Path) -> None:
    register = read_register(bare_store)
    assert register["ro3-2024-25-first"].published < register["ro3-2024-25"].published
    assert register["ro3-2024-25-first"].period == register["ro3-2024-25"].period == "2024-25"
