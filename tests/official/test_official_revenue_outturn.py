"""The seventeen official RO3 files: the figures on record agree with their totals, and with what a second way of reading gives.

That the readers make these very figures of the files, byte for byte, is held in test_official.py.
"""

import re
from pathlib import Path

import layouts
import pandas as pd
import pytest

from fundgap.data.raw_tables import RAW
from fundgap.data.reconcile import check_totals
from fundgap.data.sources import read_register
from fundgap.data.store import Store
from fundgap.data.vintages import current

RELEASES = {name: release for name, release in read_register(Store(layouts.DATA)).items() if release.reader == "revenue-outturn"}


@pytest.fixture(scope="module")
def outturn() -> pd.DataFrame:
    """Return every RO3 figure on record."""
    return pd.read_csv(layouts.DATA / "raw" / "revenue_outturn.csv")


def test_all_seventeen_files_are_on_the_register(official: Path) -> None:
    assert {release.file for release in RELEASES.values()} == {path.name for path in (official / "revenue_outturn").iterdir()}
    assert len(RELEASES) == 17


def test_councils_agree_with_england_in_every_file() -> None:
    totals = check_totals(Store(layouts.DATA))
    totals = totals[totals["source"].isin(RELEASES)]
    assert set(totals["source"]) == set(RELEASES)
    assert totals["agrees"].all()
    plain = totals[totals["why"] == ""]
    assert plain["difference"].abs().max() <= 3_000
    # Complete years: nothing of England's total is unaccounted for.
    complete = set(totals["source"]) - set(totals.loc[totals["why"] != "", "source"])
    assert {name.removeprefix("ro3-") for name in complete} == {
        *("2008-09", "2009-10", "2010-11", "2011-12", "2012-13", "2013-14", "2014-15"),
        *("2015-16", "2017-18", "2018-19", "2019-20"),
    }


# As the files mark them: "…", "..." or "[x]" in every cell of the row.
NO_RETURN = {
    "ro3-2016-17": {"Isles of Scilly"},
    "ro3-2020-21": {"Medway", "Reading", "Slough"},
    "ro3-2022-23": {"Birmingham", "Slough", "Thurrock", "Torbay"},
    "ro3-2023-24": {
        *("Barking and Dagenham", "Birmingham", "Bradford", "Calderdale", "Cornwall", "North Somerset"),
        *("Redbridge", "Somerset", "Thurrock", "Walsall", "Westmorland and Furness"),
    },
    "ro3-2024-25-first": {
        *("Barking and Dagenham", "Birmingham", "Cornwall", "Croydon", "Cumberland", "East Riding of Yorkshire", "Enfield", "Slough"),
    },
    "ro3-2024-25": {"Birmingham", "Cumberland", "Slough"},
    # Zeros for every line for children, beside figures for adults.
    "ro3-2009-10": {"Central Bedfordshire"},
}


def test_councils_without_a_return_are_those_that_the_files_mark(outturn: pd.DataFrame) -> None:
    names = {row["council"]: row["council_name"] for row in layouts.register()}
    has_none = outturn.groupby(["source", "council"])["gross_gbp"].count().eq(0)
    found: dict[str, set[str]] = {}
    for source, council in has_none[has_none].index:
        found.setdefault(source, set()).add(names[council])
    assert found == NO_RETURN


def test_gateshead_2024_25_lacks_only_the_parts_of_its_looked_after_children(outturn: pd.DataFrame) -> None:
    own = outturn.query("source == 'ro3-2024-25' and council == 'E08000037'").set_index("line")["gross_gbp"]
    assert set(own[own.isna()].index) == {f"looked_after_{part}" for part in ("residential", "fostering", "asylum_seekers", "other")}
    assert own["total"] > 50_000_000


def test_the_second_release_of_2024_25_counts(outturn: pd.DataFrame) -> None:
    rows = current(outturn, RAW["revenue_outturn"], RELEASES)
    assert set(rows.loc[rows["financial_year"] == "2024-25", "source"]) == {"ro3-2024-25"}


# What follows reads the files a second way: by position of the total's columns, E-codes from the register.

# Year: (sheet, first row of authorities counted from 0, column of the E-code's class, columns of gross, income, net).
POSITIONS = {
    "ro3-2011-12": ("RO3 LA Data 2011-12", 11, 3, {"gross_gbp": 77, "income_gbp": 80, "net_gbp": 81}),
    "ro3-2012-13": ("RO3 LA Data 2012-13", 11, 3, {"gross_gbp": 87, "income_gbp": 90, "net_gbp": 91}),
    "ro3-2014-15": ("RO3 LA Data 2014-15 (1)", 11, 4, {"gross_gbp": 72, "income_gbp": 75, "net_gbp": 76}),
    "ro3-2015-16": ("RO3 LA Data 2015-16", 7, 4, {"gross_gbp": 63, "income_gbp": 66, "net_gbp": 67}),
    "ro3-2017-18": ("RO3 LA Data 2017-18", 5, 4, {"gross_gbp": 63, "income_gbp": 66, "net_gbp": 67}),
    "ro3-2019-20": ("RO3_LA_Data_2019-20", 7, 4, {"gross_gbp": 63, "income_gbp": 66, "net_gbp": 67}),
    "ro3-2022-23": ("RO3_LA_Data_2022-23", 12, 4, {"gross_gbp": 93, "income_gbp": 96, "net_gbp": 97}),
    "ro3-2024-25": ("RO3_LA_Data_202425", 7, 4, {"gross_gbp": 93, "income_gbp": 96, "net_gbp": 97}),
}


@pytest.mark.parametrize("source", POSITIONS)
def test_the_total_of_every_council_is_that_of_the_cells_to_the_pound(official: Path, outturn: pd.DataFrame, source: str) -> None:
    sheet, first, class_column, columns = POSITIONS[source]
    cells = pd.read_excel(official / "revenue_outturn" / RELEASES[source].file, sheet_name=sheet, header=None, engine="calamine")
    cells = cells.iloc[first:]
    cells = cells[cells[class_column].isin(["UA", "SC", "MD", "L", "LB"]) & cells[0].astype(str).str.fullmatch(r"E\d{4}")]
    codes = {code: row["council"] for row in layouts.register() for code in row["other_codes"].split() if re.fullmatch(r"E\d{4}", code)}
    own = outturn[(outturn["source"] == source) & (outturn["line"] == "total")].set_index("council")
    assert len(cells) == len(own)
    for measure, column in columns.items():
        expected = pd.to_numeric(cells.set_index(cells[0].map(codes))[column], errors="coerce").astype(float).mul(1000).round()
        pd.testing.assert_series_equal(own[measure].sort_index(), expected.sort_index(), check_names=False)


@pytest.mark.parametrize(
    ("year", "children", "adults", "total"),
    [("2008-09", (6, 15, 24), (33, 42, 51, 60, 69, 78, 87, 96), 105), ("2010-11", (7, 17, 27), (37, 47, 57, 67, 77, 87, 97), 107)],
)
def test_until_2010_11_the_three_lines_are_all_that_social_care_spends_on_children(
    official: Path, outturn: pd.DataFrame, year: str, children: tuple[int, ...], adults: tuple[int, ...], total: int
) -> None:
    release = RELEASES[f"ro3-{year}"]
    cells = pd.read_excel(official / "revenue_outturn" / release.file, sheet_name=f"RO3 LA Data {year}", header=None, engine="calamine")
    england = cells[cells[1] == "ENGLAND"].iloc[0]
    assert sum(england[column] for column in (*children, *adults)) == pytest.approx(england[total], abs=6)
    own = outturn[outturn["source"] == release.id]
    lower = cells[cells[1].isin(["SHIRE DISTRICTS", "OTHER AUTHORITIES"])][list(children)].to_numpy().sum()
    assert own["gross_gbp"].sum() / 1000 + lower == pytest.approx(sum(england[column] for column in children), abs=3)
