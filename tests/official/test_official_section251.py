"""The Section 251 workbooks of 2008-09 to 2018-19 themselves, each also read a second way: by line number, without the readers."""

import re
from pathlib import Path

import layouts
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from fundgap.data.breaks import definition_breaks
from fundgap.data.store import Store

STORE = Store(layouts.DATA)
YEARS = tuple(range(2009, 2020))
CATEGORIES = ("looked_after", "safeguarding", "family_support", "sure_start", "young_people", "youth_justice", "other")

# By the line numbers of each form: a sum = the lines that it adds up. The last is the total.
_FROM_2013_14 = "5=1-4 16=6-15 21=18-20 27=22-26 30=28-29 33=5,16,17,21,27,30,31"
SUMS = {
    2009: "4=1-3 14=5-13 19=15-18 28=20-27 33=29-32 37=34-36 43=38-42 46=4,14,19,28,33,37,43,44",
    2010: "4=1-3 17=5-16 22=18-21 31=23-30 35=32-34 40=36-39 44=4,17,22,31,35,40,41",
    2011: "4=1-3 8=5-7 19=9-18 23=20-22 30=24-29 34=31-33 38=35-37 47=41-46 50=4,8,19,23,30,34,38,39,40,47",
    2012: "3=1-2 12=4-11 16=13-15 23=17-22 27=24-26 34=29-33 38=3,12,16,23,27,28,34,35",
    2013: "4=1-3 15=5-14 20=17-19 26=21-25 29=27-28 33=4,15,16,20,26,29,30",
    2014: _FROM_2013_14,
    2015: _FROM_2013_14,
    2016: _FROM_2013_14,
    2017: _FROM_2013_14,
    2018: _FROM_2013_14,
    2019: "5=1-4 17=6-16 22=19-21 28=23-27 31=29-30 34=5,17,18,22,28,31,32",
}


def sums(year: int) -> list[tuple[int, list[int]]]:
    """Return the sums of a year's form: line, and the lines it adds up."""
    found = []
    for written in SUMS[year].split():
        total, parts = written.split("=")
        first, _, last = parts.partition("-")
        found.append((int(total), list(range(int(first), int(last) + 1)) if last else [int(part) for part in parts.split(",")]))
    return found


# Of which lines each category is made, as the forms of 2012-13 and later group them.
OLDER = {
    2009: {"looked_after": [14, 33, 34, 35], "safeguarding": [19, 43], "family_support": [28], "youth_justice": [4], "other": [36, 44]},
    2010: {"looked_after": [17, 32, 33], "safeguarding": [22, 40], "family_support": [31], "youth_justice": [4], "other": [34, 41]},
    2011: {"looked_after": [19, 31, 32], "safeguarding": [23, 38, 39], "family_support": [30], "youth_justice": [4], "other": [33, 40]}
    | {"sure_start": [8], "young_people": [47]},
    2012: {"looked_after": [12, 24, 25], "safeguarding": [16, 28], "family_support": [23], "youth_justice": [35], "other": [26]}
    | {"sure_start": [3], "young_people": [34]},
}
MONEY = {"gross": r"total ?expenditure", "income": r"income", "net": r"net ?current"}


@pytest.fixture(scope="module")
def lines(official: Path) -> dict[int, pd.DataFrame]:
    """Return each workbook as gross, income and net by council number and line number."""
    return {year: by_number(official, year) for year in YEARS}


def by_number(official: Path, year: int) -> pd.DataFrame:
    (path,) = official.rglob(f"s251ye{year}.*")
    with CalamineWorkbook.from_path(path) as workbook:
        rows = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    header, *body = rows[3 if year <= 2013 else 0 :]
    table = pd.DataFrame(body, columns=[str(heading).strip().lower() for heading in header])
    council = next(name for name in table if name.rstrip(":") in ("la", "lea", "lea number"))
    if year == 2009:
        number = table["s52 line reference:"].str.extract(r"^(\d+)", expand=False)
    elif year == 2018:
        # Its order numbers stand twice (16 is asylum seekers and the sub-total above them); 3.0.1, 3.0.2 ... do not.
        codes = sorted(set(table["s251line"]), key=lambda code: [int(part) for part in re.findall(r"\d+", code)])
        number = table["s251line"].map({code: place for place, code in enumerate(codes, 1)})
    else:
        number = table[next(name for name in table if name in ("line", "linenumber", "orderline"))]
    picked = {what: next(name for name in table if re.match(pattern, name)) for what, pattern in MONEY.items()}
    values = {what: pd.to_numeric(table[column], errors="coerce") for what, column in picked.items()}
    return pd.DataFrame({"council": table[council].astype(int), "line": number.astype(int), **values})


def wide(table: pd.DataFrame, what: str) -> pd.DataFrame:
    return table.pivot(index="council", columns="line", values=what)


@pytest.fixture(scope="module")
def spend() -> pd.DataFrame:
    """Return what is on record of every workbook: test_official.py holds it to what the reader makes of them, byte for byte."""
    table = pd.read_csv(layouts.DATA / "raw" / "spend.csv")
    table = table.assign(ending=table["source"].map({f"s251ye{year}": year for year in YEARS})).dropna(subset="ending")
    return table.astype({"ending": int})


def england(spend: pd.DataFrame, year: int) -> dict[str, int]:
    of_year = spend[spend["ending"] == year].dropna(subset="gross_gbp")
    return {category: round(total) for category, total in of_year.groupby("category")["gross_gbp"].sum().items()}


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("what", ["gross", "net"])
def test_sub_lines_equal_their_total_for_every_council_to_the_pound(lines: dict[int, pd.DataFrame], year: int, what: str) -> None:
    table = wide(lines[year], what)
    assert len(table) == (150 if year == 2009 else 152)
    for total, parts in sums(year):
        assert (table[total] - table[parts].sum(axis=1)).abs().max() <= 1, (year, total)


@pytest.mark.parametrize("year", YEARS)
def test_the_categories_of_every_year_add_up_to_the_total_for_every_council(spend: pd.DataFrame, year: int) -> None:
    of_year = spend[spend["ending"] == year]
    assert of_year["council"].nunique() == (150 if year == 2009 else 152)
    assert len(of_year) == 8 * of_year["council"].nunique()
    table = of_year.pivot(index="council", columns="category", values="gross_gbp")
    asked = [category for category in CATEGORIES if table[category].notna().any()]
    assert (table[asked].sum(axis=1, skipna=False) - table["gross_spend"]).abs().max() <= 1


def test_150_councils_in_2008_09_and_152_after_with_one_that_made_no_return(spend: pd.DataFrame) -> None:
    totals = spend[spend["category"] == "gross_spend"].groupby("ending")["gross_gbp"].agg(["size", "count"])
    assert totals["size"].to_dict() == {2009: 150, **dict.fromkeys(YEARS[1:], 152)}
    assert totals["count"].to_dict() == {2009: 150, 2010: 151, **dict.fromkeys(YEARS[2:], 152)}
    missing = spend[(spend["category"] == "gross_spend") & spend["gross_gbp"].isna()]
    assert missing[["council", "ending"]].to_numpy().tolist() == [["E06000004", 2010]]


@pytest.mark.parametrize("year", [2009, 2010, 2011, 2012])
def test_every_category_of_the_older_forms_is_the_sum_of_its_lines_for_every_council(
    lines: dict[int, pd.DataFrame], spend: pd.DataFrame, year: int
) -> None:
    codes = {int(row["council_number"]): row["council"] for row in layouts.register()}
    table = wide(lines[year], "gross")
    table = table[table[sums(year)[-1][0]] > 0]
    ours = spend[spend["ending"] == year].pivot(index="council", columns="category", values="gross_gbp")
    for category, made_of in OLDER[year].items():
        theirs = table[made_of].sum(axis=1).rename(index=codes)
        assert len(theirs) == {2009: 150, 2010: 151}.get(year, 152)
        assert (ours[category].dropna().sort_index() - theirs.sort_index()).abs().max() < 0.011, category


def test_england_s_spend_on_short_breaks_is_what_the_minister_told_parliament(lines: dict[int, pd.DataFrame]) -> None:
    # Ministerial correction, House of Commons, 20 May 2013: short breaks for disabled children in 2010-11 and 2011-12.
    told = {2011: (25, 212_622_518), 2012: (18, 221_821_825)}
    for year, (line, pounds) in told.items():
        assert round(wide(lines[year], "gross")[line].sum()) == pounds


def test_the_first_year_of_cuts_is_what_the_press_read_from_the_same_returns(spend: pd.DataFrame) -> None:
    # Children & Young People Now, 2013: £9.24bn to £8.6bn; young people £1.18bn to £877m; Sure Start £1.4bn to £1.1bn;
    # youth justice £412m to £339m; family support "at about £870m each year".
    before, after = england(spend, 2011), england(spend, 2012)
    assert (round(before["gross_spend"], -7), round(after["gross_spend"], -8)) == (9_240_000_000, 8_600_000_000)
    assert (round(before["young_people"], -7), round(after["young_people"], -6)) == (1_180_000_000, 877_000_000)
    assert (round(before["sure_start"], -8), round(after["sure_start"], -8)) == (1_400_000_000, 1_100_000_000)
    assert (round(before["youth_justice"], -6), round(after["youth_justice"], -6)) == (412_000_000, 339_000_000)
    assert (round(before["family_support"], -7), round(after["family_support"], -7)) == (870_000_000, 870_000_000)


def test_england_in_2015_16_is_in_every_category_what_the_department_published_as_open_data(spend: pd.DataFrame) -> None:
    # National rows of "LA and school expenditure" 2023-24, children's and young people's services.
    assert england(spend, 2016) == {
        "sure_start": 843_954_320,
        "looked_after": 3_941_586_826,
        "other": 102_933_329,
        "safeguarding": 2_226_843_214,
        "family_support": 1_073_944_359,
        "young_people": 527_980_485,
        "youth_justice": 295_074_852,
        "gross_spend": 9_012_317_385,
    }


def test_the_changes_on_the_register_of_breaks_are_those_of_the_lines_that_came_and_went(lines: dict[int, pd.DataFrame]) -> None:
    gross = {year: wide(lines[year], "gross").sum() for year in (2010, 2011, 2013)}
    change = definition_breaks(STORE).query("measure == 'gross'").set_index(["category", "first_year_after"])["change_gbp"]
    assert change["sure_start", "2010-11"] == round(gross[2011][8])
    assert change["young_people", "2010-11"] == round(gross[2011][47])
    assert change["family_support", "2010-11"] == -round(gross[2010][28] + gross[2010][30])
    assert change["gross_spend", "2010-11"] == round(gross[2011][8] + gross[2011][47] - gross[2011][43] - gross[2011][44])
    assert change["sure_start", "2012-13"] == pytest.approx(gross[2013][3], abs=1)


def test_single_lines_that_the_data_notes_tell_of_are_those_of_the_forms(lines: dict[int, pd.DataFrame]) -> None:
    notes = " ".join((layouts.DATA.parent / "docs/data-notes.md").read_text("utf-8").split())
    gross = {year: wide(table, "gross") for year, table in lines.items() if year <= 2013}
    bexley, slough = 303, 871
    before, odd, after = (gross[year].loc[bexley, line] for year, line in ((2011, 9), (2012, 4), (2013, 5)))
    assert (
        f"Bexley's residential care of 2011-12 is £{odd:,.0f} (£{before / 1e6:.1f}m the year before, £{after / 1e6:.1f}m the year after"
        in notes
    )
    before, odd, after = (gross[year].loc[slough, line] / 1e6 for year, line in ((2009, 6), (2010, 6), (2011, 10)))
    assert f"Slough's fostering of 2009-10 £{odd:.1f}m (£{before:.1f}m, £{after:.1f}m)" in notes
    # The sub-totals that the forms print for looked-after children.
    assert f"is the form's {gross[2009][14].sum() / 1e6:,.0f}," in notes
    assert f"its {gross[2012][12].sum() / 1e6:,.0f}." in notes
