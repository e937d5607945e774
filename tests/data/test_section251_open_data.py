"""Section 251 as open data: every year and area of one file, its units, its gaps, and the one entry that takes it in."""

import csv
from dataclasses import replace
from pathlib import Path

import layouts
import pandas as pd
import pytest

from fundgap.data.councils import CouncilIndex, council_index
from fundgap.data.ingest import ingest
from fundgap.data.panel import build
from fundgap.data.readers import section251_open_data
from fundgap.data.sources import Release, read_register
from fundgap.data.store import Store
from fundgap.errors import BadFigures

ENGLAND = "E92000001"
CODES = {council[0]: council[2] for council in layouts.OPEN_DATA_COUNCILS}


@pytest.fixture(scope="module")
def index() -> CouncilIndex:
    return council_index(Store(layouts.DATA))


@pytest.fixture
def open_store(tmp_path: Path) -> Store:
    """Return a store without a figure whose register has the analyst's entry."""
    return layouts.registers_only(tmp_path / "open", layouts.OPEN_DATA_ENTRY)


@pytest.fixture
def release(open_store: Store) -> Release:
    return read_register(open_store)["s251-open-2024"]


def rows_of(draft: layouts.Draft, council: str, year: str, line: str = "") -> list[int]:
    """Return the rows of a council's line, or of a level's ("National") where no council is meant."""
    columns = [draft.column(name) for name in ("la_name", "geographic_level", "time_period", "description_of_expenditure")]
    found = []
    for number, row in enumerate(draft.rows[1:], 2):
        name, level, period, text = (str(row[column]) for column in columns)
        if council in (name, level) and period == year.replace("-", "") and line in text:
            found.append(number)
    return found


def test_every_council_and_year_comes_out_by_category(tmp_path: Path, release: Release, index: CouncilIndex) -> None:
    spend = section251_open_data.read(layouts.section251_open_data().save(tmp_path), release, index)["spend"]
    found = spend.dropna(subset="gross_gbp").set_index(["council", "financial_year", "category"])["gross_gbp"].to_dict()
    assert found == {
        (code, year, category): gross
        for number, code in CODES.items()
        for year in layouts.OPEN_DATA_YEARS
        for category, gross in layouts.open_data_spend(number, year).items()
    }


def test_income_that_the_file_keeps_back_for_totals_stays_missing_and_net_is_there(
    tmp_path: Path, release: Release, index: CouncilIndex
) -> None:
    spend = section251_open_data.read(layouts.section251_open_data().save(tmp_path), release, index)["spend"].dropna(subset="gross_gbp")
    is_total = spend["category"] == "gross_spend"
    assert spend.loc[is_total, "income_gbp"].isna().all()
    assert (spend["net_gbp"] == 0.9 * spend["gross_gbp"]).all()
    assert (spend.loc[~is_total, "income_gbp"] == 0.1 * spend.loc[~is_total, "gross_gbp"]).all()


def test_a_missing_return_is_missing_though_the_file_gives_one_of_its_sums_as_zero(
    tmp_path: Path, release: Release, index: CouncilIndex
) -> None:
    spend = section251_open_data.read(layouts.section251_open_data().save(tmp_path), release, index)["spend"]
    cumberland = spend[spend["council"] == layouts.CUMBERLAND[2]]
    assert set(cumberland["financial_year"]) == {"2023-24"}
    assert len(cumberland) == 8
    assert cumberland[["gross_gbp", "income_gbp", "net_gbp"]].isna().all(axis=None)


def test_a_figure_of_a_council_before_its_time_is_refused(tmp_path: Path, release: Release, index: CouncilIndex) -> None:
    draft = layouts.section251_open_data()
    (row,) = rows_of(draft, "Cumberland", "2022-23", "3.1.2a")
    draft.put(row, "total_expenditure", 5)
    with pytest.raises(BadFigures, match=rf"row {row},.*\n?.*existed"):
        section251_open_data.read(draft.save(tmp_path), release, index)


def test_fostering_in_two_lines_beside_its_total_is_counted_once(tmp_path: Path, release: Release, index: CouncilIndex) -> None:
    draft = layouts.section251_open_data()
    assert all(draft.get(row, "total_expenditure") != "x" for row in rows_of(draft, "Barking and Dagenham", "2023-24", "3.1.2"))
    spend = section251_open_data.read(draft.save(tmp_path), release, index)["spend"]
    barking = spend[(spend["council"] == "E09000002") & (spend["category"] == "looked_after")]
    assert barking["gross_gbp"].to_list() == [layouts.open_data_spend(301, year)["looked_after"] for year in layouts.OPEN_DATA_YEARS]


def test_fostering_in_two_lines_without_its_total_is_their_sum(tmp_path: Path, release: Release, index: CouncilIndex) -> None:
    draft = layouts.section251_open_data()
    (row,) = rows_of(draft, "Barking and Dagenham", "2023-24", "3.1.2 Total")
    del draft.rows[row - 1]
    expected = layouts.open_data_spend(301, "2023-24")["looked_after"]
    spend = section251_open_data.read(draft.save(tmp_path), release, index)["spend"]
    of_barking = spend.query("council == 'E09000002' and financial_year == '2023-24' and category == 'looked_after'")
    assert of_barking["gross_gbp"].to_list() == [expected]
    # And a half that is missing then makes the line missing.
    del draft.rows[rows_of(draft, "Barking and Dagenham", "2023-24", "3.1.2b")[0] - 1]
    with pytest.raises(BadFigures, match="no line for fostering"):
        section251_open_data.read(draft.save(tmp_path), release, index)


def test_two_halves_of_fostering_that_are_not_their_total_are_refused(tmp_path: Path, release: Release, index: CouncilIndex) -> None:
    draft = layouts.section251_open_data()
    (row,) = rows_of(draft, "Barking and Dagenham", "2023-24", "3.1.2a")
    for heading in ("total_expenditure", "net_current_expenditure"):
        draft.put(row, heading, draft.get(row, heading) + 5)
    with pytest.raises(BadFigures, match="fostering: parts of"):
        section251_open_data.read(draft.save(tmp_path), release, index)


def test_england_and_regions_are_totals_and_no_councils(tmp_path: Path, release: Release, index: CouncilIndex) -> None:
    totals = section251_open_data.read(layouts.section251_open_data().save(tmp_path), release, index)["published_totals"]
    assert set(totals["area"]) == {ENGLAND, "E12000002", "E12000003", "E12000009", "E13000002"}
    england = totals[(totals["area"] == ENGLAND) & (totals["period"] == "2023-24")].set_index("figure")["value"]
    assert england["gross_spend"] == sum(layouts.open_data_spend(number, "2023-24")["gross_spend"] for number in CODES)


@pytest.mark.parametrize("by", [2.0, 3.0])
def test_each_figure_is_rounded_so_a_sum_may_differ_by_a_few_pounds(
    tmp_path: Path, release: Release, index: CouncilIndex, by: float
) -> None:
    draft = layouts.section251_open_data()
    # Three lines and their sum, each rounded by up to half a pound: two pounds at most.
    (row,) = rows_of(draft, "Barnsley", "2023-24", "3.3.4")
    for heading in ("total_expenditure", "net_current_expenditure"):
        draft.put(row, heading, draft.get(row, heading) + by)
    path = draft.save(tmp_path)
    if by == 2.0:
        section251_open_data.read(path, release, index)
    else:
        with pytest.raises(BadFigures, match="total_safeguarding"):
            section251_open_data.read(path, release, index)


@pytest.mark.parametrize(
    ("level", "line", "area"), [("National", "3.3.4", ENGLAND), ("National", "5.0.2", ENGLAND), ("Regional", "3.6.1", "E12000002")]
)
def test_councils_that_do_not_add_up_to_england_or_a_region_are_refused(
    tmp_path: Path, open_store: Store, level: str, line: str, area: str
) -> None:
    draft = layouts.section251_open_data()
    row = next(row for row in rows_of(draft, level, "2023-24", line) if level == "National" or draft.get(row, "region_code") == area)
    for heading in ("total_expenditure", "net_current_expenditure"):
        draft.put(row, heading, draft.get(row, heading) + 50_000)
    with pytest.raises(BadFigures, match=f"2023-24, {area}"):
        ingest(draft.save(tmp_path), "s251-open-2024", open_store)


def test_a_known_difference_of_one_council_s_total_is_named_in_the_entry(tmp_path: Path, release: Release, index: CouncilIndex) -> None:
    # As in the real file, where Slough's total of 2017-18 is its lines without youth justice.
    draft = layouts.section251_open_data()
    (row,) = rows_of(draft, "Barnsley", "2022-23", "5.0.2")
    draft.put(row, "total_expenditure", draft.get(row, "total_expenditure") - 855_316)
    path = draft.save(tmp_path)
    with pytest.raises(BadFigures, match="parts that add up to the total"):
        section251_open_data.read(path, release, index)
    known = {"E08000016 2022-23 total gross_gbp": -855_316.0}
    spend = section251_open_data.read(path, replace(release, known=known), index)["spend"]
    assert spend.query("council == 'E08000016' and financial_year == '2022-23' and category == 'gross_spend'")["gross_gbp"].to_list() == [
        layouts.open_data_spend(370, "2022-23")["gross_spend"] - 855_316
    ]


# Units -----------------------------------------------------------------------------------------------------------------


def test_the_release_in_millions_gives_the_same_pounds(tmp_path: Path, release: Release, index: CouncilIndex) -> None:
    pounds = section251_open_data.read(layouts.section251_open_data().save(tmp_path), release, index)
    in_millions = replace(release, layout="open-data-gbp-million")
    millions = section251_open_data.read(layouts.section251_open_data(unit=1_000_000).save(tmp_path), in_millions, index)
    for name, table in pounds.items():
        pd.testing.assert_frame_equal(millions[name], table)


@pytest.mark.parametrize(("unit", "layout"), [(1, "open-data-gbp-million"), (1_000_000, "open-data-gbp")])
def test_a_file_in_the_other_unit_than_its_layout_says_is_refused_without_a_figure_to_compare_with(
    tmp_path: Path, release: Release, index: CouncilIndex, unit: int, layout: str
) -> None:
    with pytest.raises(BadFigures, match="are the units right"):
        section251_open_data.read(layouts.section251_open_data(unit).save(tmp_path), replace(release, layout=layout), index)


@pytest.mark.parametrize("group", ["Family support servcies", "Children in care", "Youth justice"])
def test_a_category_misspelt_in_another_release_unknown_or_slipped_is_refused(
    tmp_path: Path, release: Release, index: CouncilIndex, group: str
) -> None:
    draft = layouts.section251_open_data()
    (row,) = rows_of(draft, "Barnsley", "2023-24", "3.4.6")
    draft.put(row, "category_of_expenditure", group)
    with pytest.raises(BadFigures, match=f"row {row}, column 'category_of_expenditure'"):
        section251_open_data.read(draft.save(tmp_path), release, index)


@pytest.mark.parametrize(
    ("row", "heading", "cell", "says"),
    [
        (191, "time_period", "202325", "a financial year"),
        (191, "time_period", "2023", "a financial year"),
        (191, "time_identifier", "Calendar year", "Financial year"),
        (191, "geographic_level", "District", "Local authority"),
        (191, "country_code", "W92000004", "England"),
        (191, "description_of_expenditure", "3.0.6 Something new", "section251_lines.csv"),
        (60, "region_code", "E12000099", "region of England"),
        (191, "total_expenditure", "low", "a number"),
    ],
)
def test_what_the_layout_does_not_know_is_refused_with_its_place(
    tmp_path: Path, release: Release, index: CouncilIndex, row: int, heading: str, cell: str, says: str
) -> None:
    draft = layouts.section251_open_data()
    draft.put(row, heading, cell)
    with pytest.raises(BadFigures) as caught:
        section251_open_data.read(draft.save(tmp_path), release, index)
    assert any(f"row {row}, column '{heading}'" in fault.where and says in fault.expected for fault in caught.value.faults)


def test_a_year_without_england_is_refused(tmp_path: Path, release: Release, index: CouncilIndex) -> None:
    draft = layouts.section251_open_data()
    for row in reversed(rows_of(draft, "National", "2022-23")):
        del draft.rows[row - 1]
    with pytest.raises(BadFigures, match="no total for England in 2022-23"):
        section251_open_data.read(draft.save(tmp_path), release, index)


# One entry is enough ---------------------------------------------------------------------------------------------------


def promise(store: Store, year: str, total: int) -> None:
    with (store.raw / "sources.toml").open("a", encoding="utf-8") as register:
        register.write(f'\n[s251-open-2024.checks."{year}"]\ngross_spend = {total}\n')


def test_totals_may_be_promised_year_by_year(tmp_path: Path, open_store: Store) -> None:
    england = {year: sum(layouts.open_data_spend(number, year)["gross_spend"] for number in CODES) for year in layouts.OPEN_DATA_YEARS}
    promise(open_store, "2022-23", england["2022-23"])
    path = layouts.section251_open_data().save(tmp_path)
    ingest(path, "s251-open-2024", open_store, dry_run=True)
    promise(open_store, "2023-24", england["2023-24"] + 1)
    with pytest.raises(BadFigures, match="England gross_spend 2023-24") as caught:
        ingest(path, "s251-open-2024", open_store)
    assert len(caught.value.faults) == 1


@pytest.mark.parametrize(
    ("checks", "says"),
    [
        ('[s251-open-2024.checks]\n"2022-23" = 5\n', "whole pounds"),
        ('[s251-open-2024.checks]\ngross_spend = "5"\n', "whole pounds"),
        ('[s251-open-2024.checks."2022"]\ngross_spend = 5\n', "years like"),
        ('[s251-open-2024.checks."2022-23"]\ngross = 5\n', "gross_spend"),
        ('[s251-open-2024.checks]\nother = 5\n"2022-23" = { other = 5 }\n', "not both"),
        ('[s251-open-2024.known]\n"E08000016 2022-23 total gross_gbp" = "5"\n', "pounds"),
        ('[deflator-2025-06.known]\n"E08000016" = 5\n', "known differences"),
    ],
)
def test_promises_and_known_differences_of_another_form_are_named(open_store: Store, checks: str, says: str) -> None:
    with (open_store.raw / "sources.toml").open("a", encoding="utf-8") as register:
        register.write("\n" + checks)
    with pytest.raises(BadFigures, match=says):
        read_register(open_store)


def test_an_analyst_adds_a_year_with_one_entry_and_no_code(store: Store, tmp_path: Path) -> None:
    """The figures end in 2022-23; the next release is out; its entry is written, its file taken in, the panel built.

    On record are the real figures of the councils that the invented file holds.
    """
    path = store.raw / "spend.csv"
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    year, council = header.index("financial_year"), header.index("council")
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(
            [header, *(row for row in rows if row[year] < "2023-24" and row[council] in CODES.values())]
        )
    before = pd.read_csv(build(store.raw, tmp_path / "before")["council_years.csv"])
    assert before["financial_year"].max() == "2022-23"

    with (store.raw / "sources.toml").open("a", encoding="utf-8") as register:
        register.write(layouts.OPEN_DATA_ENTRY.replace('period = "2022-23 to 2023-24"', 'period = "2023-24"'))
    # One invented figure is far from that council's real one of the year before (£18,042); the ingest names it.
    odd = ["spend:E06000059:2023-24:other"]
    done = ingest(layouts.section251_open_data(years=["2023-24"]).save(tmp_path), "s251-open-2024", store, accept=odd)
    assert done.is_written
    after = pd.read_csv(build(store.raw, tmp_path / "after")["council_years.csv"])
    new = after[after["financial_year"] == "2023-24"].set_index("council")
    for number, code in CODES.items():
        expected = layouts.open_data_spend(number, "2023-24")
        assert new.at[code, "gross_spend_gbp"] == expected["gross_spend"]
        assert new.at[code, "net_spend_gbp"] == 0.9 * expected["gross_spend"]
        assert new.at[code, "safeguarding_spend_gbp"] == expected["safeguarding"]
        assert new.at[code, "spend_source"] == "s251-open-2024"
    assert new.at[layouts.CUMBERLAND[2], "is_missing_return"]
    # No figure of the years before has moved.
    figures = ["council", "financial_year", "spend_source", *(column for column in before if column.endswith("_spend_gbp"))]
    kept = after[after["financial_year"] < "2023-24"].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept[figures], before[figures])
