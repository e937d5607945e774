"""Readers: what stands in a published file comes out as tidy rows, and nothing else does."""

import datetime
from pathlib import Path

import layouts
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundgap.data.councils import CouncilIndex, council_index
from fundgap.data.readers import READERS
from fundgap.data.readers.service_lines import line_text
from fundgap.data.sources import Release, read_register
from fundgap.data.store import Store


@pytest.fixture(scope="session")
def index() -> CouncilIndex:
    return council_index(Store(layouts.DATA))


@pytest.fixture(scope="session")
def releases() -> dict[str, Release]:
    return read_register(Store(layouts.DATA))


@pytest.fixture
def read(tmp_path: Path, index: CouncilIndex, releases: dict[str, Release]):
    """Return a function that writes a draft and reads it as its release."""

    def read_draft(draft: layouts.Draft) -> dict[str, pd.DataFrame]:
        release = releases[draft.source]
        return READERS[release.reader](draft.save(tmp_path), release, index)

    return read_draft


def section_251_rows(year: str, councils: tuple, source: str) -> set[tuple]:
    """Return the rows that a Section 251 draft holds, made from the builder's invented figures."""
    return {
        (code, year, category, gross, layouts.income_of(category), round(gross - layouts.income_of(category), 2), source)
        for number, _, code, _ in councils
        for category, gross in layouts.spend_of(number).items()
    }


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
@pytest.mark.parametrize(
    ("year", "source"), [("2012-13", "s251ye2013"), ("2013-14", "s251ye2014"), ("2014-15", "s251ye2015"), ("2018-19", "s251ye2019")]
)
def test_every_section_251_layout_gives_eight_figures_a_council(read, year: str, source: str, kind: str) -> None:
    spend = read(layouts.section251(year, kind=kind))["spend"]
    assert set(spend.itertuples(index=False, name=None)) == section_251_rows(year, layouts.COUNCILS_OF_2013, source)
    assert len(spend) == 4 * 8


def test_section_251_columns_are_found_by_heading_wherever_they_stand(read) -> None:
    draft = layouts.section251()
    draft.sheets[draft.main] = [row[::-1] for row in draft.rows]
    spend = read(draft)["spend"]
    assert set(spend.itertuples(index=False, name=None)) == section_251_rows("2013-14", layouts.COUNCILS_OF_2013, "s251ye2014")


def test_section_251_figures_are_kept_to_the_penny(read) -> None:
    draft = layouts.section251()
    draft.put(4, "TotalExpenditure", layouts.spend_of(301)["looked_after"] + 0.004)
    spend = read(draft)["spend"].set_index(["council", "category"])
    assert spend.at[("E09000002", "looked_after"), "gross_gbp"] == 21_301_000.25


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("3.1.11 Total Children Looked After", "total children looked after"),
        ("20 Total  Safeguarding Children and Young Peoples Services", "total safeguarding children and young peoples services"),
        ("29 Total Services for Young People\t", "total services for young people"),
        ("5. Total", "total"),
        ("3.1.2a Fostering", "fostering"),
        ("33 CHILDREN’S SERVICES EXPENDITURE(excluding CERA)", "childrens services expenditure (excluding cera)"),
        ("11Short breaks (respite) for looked after disabled children", "short breaks (respite) for looked after disabled children"),
        ("8a.1 Substance misuse services", "substance misuse services"),
    ],
)
def test_a_line_is_known_by_its_words_without_its_number(cell: str, text: str) -> None:
    assert line_text(cell) == text


@given(st.from_regex(r"[1-9][0-9]?(\.[0-9]{1,2}){0,2}[ab]?\.?", fullmatch=True), st.sampled_from(["  ", " ", "\t"]))
@settings(max_examples=50, deadline=None)
def test_no_line_number_changes_what_a_line_is(number: str, blank: str) -> None:
    assert line_text(f"{number}{blank}Youth Justice") == "youth justice"


LAIT_COUNCILS = {
    "2018-19": {301: "E09000002", 342: "E08000013", 370: "E08000016", 835: "E10000009"},
    "2019-20": {301: "E09000002", 370: "E08000016", 838: "E06000059"},
}


def test_lait_gives_each_council_the_figures_of_its_own_time(read) -> None:
    spend = read(layouts.lait())["spend"].dropna(subset="gross_gbp")
    expected = {
        (code, year, category, round(gross), "lait-2026-01")
        for year, councils in LAIT_COUNCILS.items()
        for number, code in councils.items()
        for category, gross in layouts.spend_of(number).items()
    }
    assert set(spend[["council", "financial_year", "category", "gross_gbp", "source"]].itertuples(index=False, name=None)) == expected


def test_a_return_missing_from_lait_is_a_row_without_a_value_and_a_council_not_yet_made_is_no_row(read) -> None:
    spend = read(layouts.lait())["spend"]
    missing = spend[spend["gross_gbp"].isna()]
    assert set(zip(missing["council"], missing["financial_year"], strict=True)) == {("E08000013", "2019-20")}
    assert len(missing) == 8


def test_lait_dates_looked_after_children_by_the_31_march_they_were_counted_on(read) -> None:
    looked_after = read(layouts.lait())["looked_after"].set_index(["council", "year"])["looked_after"]
    assert looked_after["E08000016", "2019"] == 470
    assert looked_after["E06000059", "2020"] == 938
    assert pd.isna(looked_after["E08000013", "2020"])
    assert len(looked_after) == 8


def test_lait_keeps_england_and_regions_apart_from_councils(read) -> None:
    totals = read(layouts.lait())["published_totals"].set_index(["figure", "area", "period"])["value"]
    # 301 + 342 + 370 + 835 children, and 100 for each of the four councils.
    assert totals["looked_after_children", "E92000001", "2019"] == 1848 + 400
    assert totals["looked_after_children", "E12000009", "2020"] == 938
    assert set(totals.index.get_level_values("area")) == {"E92000001", "E13000001", "E12000002", "E12000003", "E12000007", "E12000009"}


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_ofsted_history_gives_one_row_a_judgement_of_the_council_that_was_inspected(read, kind: str) -> None:
    table = read(layouts.ofsted_history(kind))["inspections"]
    found = set(table[["council", "framework", "is_reinspection", "publication_date", "overall"]].itertuples(index=False, name=None))
    assert found == {
        ("E08000016", "SLAC", False, "2012-07-27", "Inadequate"),
        ("E06000010", "SIF", False, "2014-12-11", "Good"),
        ("E06000010", "SIF", True, "2017-12-08", "Inadequate"),
        ("E10000009", "SIF", False, "2016-05-23", "Requires improvement"),
        ("E10000009", "TLAC", False, "2013-05-01", "Outstanding"),
        ("E08000016", "ILACS", False, "2018-11-26", "Good"),
        ("E06000010", "ILACS", False, "2019-03-29", "Requires improvement"),
        ("E06000010", "ILACS", False, "2023-03-10", "Inadequate"),
        ("E06000028", "ILACS", False, "2018-08-24", "Requires improvement"),
    }
    assert len(table) == 9


def test_ofsted_history_keeps_sub_grades_and_leaves_out_what_was_not_judged(read) -> None:
    table = read(layouts.ofsted_history())["inspections"].query("framework != 'ILACS'")
    table = table.set_index(["council", "framework", "is_reinspection"])
    first_sif = table.loc[("E06000010", "SIF", False)]
    assert (first_sif["safeguarding_board_grade"], first_sif["leadership_grade"]) == ("Good", "Good")
    assert pd.isna(first_sif["adoption_grade"])
    assert table.at[("E08000016", "SLAC", False), "looked_after_grade"] == "Good"
    assert pd.isna(table.at[("E08000016", "SLAC", False), "help_protection_grade"])


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_ilacs_gives_every_inspection_with_both_dates(read, kind: str) -> None:
    table = read(layouts.ofsted_ilacs(kind))["inspections"]
    columns = ["council", "inspection_type", "inspection_date", "publication_date", "overall", "help_protection_grade"]
    assert set(table[columns].itertuples(index=False, name=None)) == {
        ("E08000016", "short", "2018-10-01", "2018-11-26", "Good", "Good"),
        ("E08000016", "standard", "2024-09-09", "2024-10-25", "Outstanding", "Requires improvement"),
        ("E08000013", "standard", "2019-09-09", "2019-11-04", "Inadequate", "Inadequate"),
        ("E06000010", "standard", "2019-01-21", "2019-03-29", "Requires improvement", "Requires improvement"),
    }
    assert set(table["framework"]) == {"ILACS"}
    assert not table["is_reinspection"].any()


def test_ilacs_has_a_care_leavers_grade_only_where_one_was_given(read) -> None:
    table = read(layouts.ofsted_ilacs())["inspections"]
    assert table.dropna(subset="care_leavers_grade")[["publication_date", "care_leavers_grade"]].to_numpy().tolist() == [
        ["2024-10-25", "Inadequate"]
    ]


def test_population_gives_councils_and_totals_and_keeps_a_suppressed_estimate_as_a_blank(read) -> None:
    tables = read(layouts.population())
    children = tables["children"].set_index(["council", "year"])["children"]
    assert children["E08000016", "2018"] == 60_000 + 370 + 2018
    assert children["E06000059", "2019"] == 60_000 + 838 + 2019
    assert pd.isna(children["E10000009", "2018"])
    assert len(children) == 8
    totals = tables["published_totals"].set_index(["area", "period"])["value"]
    assert totals["E12000009", "2018"] == layouts.SUPPRESSED
    assert totals["E92000001", "2019"] == 4 * 62_019 + 301 + 342 + 370 + 838
    assert len(totals) == 10


def test_deflator_averages_the_four_quarters_from_april_and_leaves_out_years_not_yet_whole(read) -> None:
    table = read(layouts.deflator())["deflator"]
    # (100 + 101 + 102 + 103) / 4 and (104 + 105 + 106 + 108) / 4; 2022 Q1 and 2024 Q2 stand alone.
    assert table.to_numpy().tolist() == [["2022-23", 101.5, "deflator-2025-06"], ["2023-24", 105.75, "deflator-2025-06"]]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1_010, 1_090), min_size=4, max_size=4))
def test_any_four_quarters_give_their_mean(tmp_path_factory: pytest.TempPathFactory, tenths: list[int]) -> None:
    draft = layouts.deflator()
    for row, value in enumerate(tenths, 12):
        draft.rows[row - 1][1] = f"{value / 10}"
    # The yearly figures above the quarters are their means: 2022 of rows 11 to 14, 2023 of rows 15 to 18.
    for row, first in ((9, 11), (10, 15)):
        draft.rows[row - 1][1] = f"{sum(float(draft.rows[place - 1][1]) for place in range(first, first + 4)) / 4:.1f}"
    store = Store(layouts.DATA)
    release = read_register(store)[draft.source]
    table = READERS[release.reader](draft.save(tmp_path_factory.mktemp("prices")), release, council_index(store))["deflator"]
    # Four values of one decimal have a mean of at most three decimals, and the table keeps four.
    assert table["deflator"].iloc[0] == pytest.approx(sum(tenths) / 40, abs=5e-5)


def test_dates_without_a_time_are_dates_too(read) -> None:
    draft = layouts.ofsted_history()
    draft.put(6, layouts.SLAC_DATE, datetime.date(2012, 7, 27))
    table = read(draft)["inspections"]
    assert table.loc[table["framework"] == "SLAC", "publication_date"].tolist() == ["2012-07-27"]
