"""Section 251 outturn as open data (DfE): spend by line, all years since 2015-16 in one CSV, England and regions included.

Lines and sums are those of the workbooks (service_lines.py). The unit of money is part of the layout, and a file whose
figures cannot be in that unit is refused. A suppressed or missing figure is a row without a value.
"""

import os
from pathlib import Path
from typing import Any

import pandas as pd

from fundgap.data.councils import CouncilIndex
from fundgap.data.readers import line_sums
from fundgap.data.readers.areas import councils_of
from fundgap.data.readers.layouts import layouts_of
from fundgap.data.readers.service_lines import Lines, lines_of, names_of
from fundgap.data.readers.sheets import Faults, Sheet, check_size, csv_sheet
from fundgap.data.reconcile import ENGLAND, INNER_AND_OUTER_LONDON, REGIONS
from fundgap.data.sources import Release, layout_of
from fundgap.errors import UnknownCouncil

_LEVELS = {level: level for level in ("National", "Regional", "Local authority")}
_PERIOD_KINDS = {"Financial year": "Financial year"}
# Councils spend £60m to £110m each on average in the years since 2008-09: a mean outside these is in another unit.
_PLAUSIBLE_MEAN_GBP = (1e6, 1e9)
_MONEY = list(line_sums.MONEY)


def read(path: Path, release: Release, index: CouncilIndex) -> dict[str, pd.DataFrame]:
    """Return {"spend": one row a council, year and category} and {"published_totals"} for England and the regions.

    Raises
    ------
    BadFigures
        With every fault: another unit, an unknown line, category, area or period, a line missing or given twice, lines of
        a council that do not add up, a year without England.
    """
    faults = Faults(path.name)
    check_size(path, faults)
    _check_end(path, faults)
    layout = layout_of(release, layouts_of("section251_open_data"))
    sheet, lines = csv_sheet(path, layout["columns"], faults), lines_of(layout["lines"])
    rows = _rows(sheet, lines, layout, index)
    councils = rows[rows["level"] == "Local authority"]
    known, rounding = line_sums.Known(release.known), line_sums.Rounding(layout["rounded_to_gbp"])
    line_sums.check_lines(rows, lines, sheet)
    line_sums.check_balances(rows, sheet, known, rounding)
    # England and the regions are held to their councils, by category, when the file is taken in.
    wide = line_sums.Wide.of(councils, lines)
    line_sums.check_sums(wide, councils, sheet, known, rounding)
    known.check_all_met(sheet)
    _check_england(rows, sheet)
    _check_unit(councils, sheet)
    faults.raise_if_any()
    spend = line_sums.by_category(wide).rename(columns={"area": "council", "year": "financial_year"})
    totals = line_sums.by_category(line_sums.Wide.of(rows[rows["level"] != "Local authority"], lines))
    totals = totals.rename(columns={"category": "figure", "year": "period", "gross_gbp": "value"})
    return {
        "spend": spend.assign(source=release.id),
        "published_totals": totals[["figure", "area", "period", "value"]].assign(source=release.id),
    }


def _check_end(path: Path, faults: Faults) -> None:
    """Note a file that stops inside a line: what was cut off may stand in columns that are not read."""
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        if file.read() != b"\n":
            faults.add("", "a last line without its end", "a whole file")


def _rows(sheet: Sheet, lines: Lines, layout: dict[str, Any], index: CouncilIndex) -> pd.DataFrame:
    """Return the lines that count, of every area: level, area, year, name and money in pounds."""
    every = sheet.cells.index
    names, years = names_of(sheet, lines), _years(sheet)
    levels = sheet.words("level", every, _LEVELS)
    sheet.words("period_kind", every, _PERIOD_KINDS)
    _check_groups(sheet, names, lines, layout["groups"])
    counted = every[names.map(lambda name: name in lines.by_name and lines.by_name[name].role != "memo")]
    money = {column: sheet.numbers(column, counted, missing=layout["missing"]) * layout["gbp_per_unit"] for column in _MONEY}
    rows = pd.DataFrame({"level": levels[counted], "year": years[counted], "name": names[counted], **money})
    rows = rows[~_is_blank_before_its_time(rows, sheet, index)]
    return rows.assign(area=_areas(rows, sheet, index))


def _years(sheet: Sheet) -> pd.Series:
    """Return the financial year of each row: 202324 → "2023-24"."""
    texts = sheet.cells["year"].astype(str)
    is_year = texts.map(lambda text: len(text) == 6 and text.isdigit() and (int(text[:4]) + 1) % 100 == int(text[4:]))
    for row in texts.index[~is_year]:
        sheet.faults.add(sheet.place(row, "year"), texts[row], "a financial year such as 202324")
    return (texts.str[:4] + "-" + texts.str[4:]).where(is_year, "")


def _check_groups(sheet: Sheet, names: pd.Series, lines: Lines, groups: dict[str, str]) -> None:
    """Note each row whose category is unknown, or is not the one its line belongs to: text that has slipped a row."""
    found = sheet.words("group", names.index, groups)
    for row in names.index[names != ""]:
        line = lines.by_name[names[row]]
        if line.role != "memo" and found[row] not in ("", line.category):
            sheet.faults.add(sheet.place(row, "group"), sheet.cells.at[row, "group"], f"the category of {line.name}")


def _is_blank_before_its_time(rows: pd.DataFrame, sheet: Sheet, index: CouncilIndex) -> pd.Series:
    """Return whether a row is without a figure, of a council that did not exist in the year: the files carry such rows."""
    is_blank = rows[_MONEY].isna().all(axis=1) & (rows["level"] == "Local authority")
    codes = sheet.cells.loc[rows.index, "code"].astype(str)
    keys = codes + " " + rows["year"]
    unborn = {key for key in set(keys[is_blank]) if not _existed(*key.split(" ", 1), index=index)}
    is_before: pd.Series[bool] = is_blank & keys.isin(unborn)
    return is_before


def _existed(code: str, year: str, *, index: CouncilIndex) -> bool:
    """Return False for a council of the register in a year outside its time; an unknown code is a fault elsewhere."""
    try:
        return index.existed(index.find(code), year)
    except UnknownCouncil:
        return True


def _areas(rows: pd.DataFrame, sheet: Sheet, index: CouncilIndex) -> pd.Series:
    """Return the code of each row's area: a council of the register, a region, or England."""
    cells = sheet.cells.loc[rows.index]
    is_council, is_region = rows["level"] == "Local authority", rows["level"] == "Regional"
    areas = cells["country"].where(~is_region, cells["region"])
    known = {*REGIONS, *INNER_AND_OUTER_LONDON}
    for row in areas.index[is_region & ~areas.isin(known)]:
        sheet.faults.add(sheet.place(row, "region"), areas[row], "the code of a region of England")
    for row in cells.index[cells["country"] != ENGLAND]:
        sheet.faults.add(sheet.place(row, "country"), cells.at[row, "country"], f"{ENGLAND}, England")
    of_councils = rows.index[is_council]
    areas[of_councils] = councils_of(sheet, of_councils, index, key="code", name="council_name", years=rows["year"])
    return areas


def _check_england(rows: pd.DataFrame, sheet: Sheet) -> None:
    """Note each year that has no total for England to hold its councils to."""
    totals = rows[(rows["area"] == ENGLAND) & (rows["name"] == "total") & rows["gross_gbp"].notna()]
    for year in sorted(set(rows["year"]) - set(totals["year"]) - {""}):
        sheet.faults.add("", f"no total for England in {year}", "one to check the councils by")


def _check_unit(councils: pd.DataFrame, sheet: Sheet) -> None:
    """Note each year in which councils' totals are of a size that no council's are: another unit than the layout says."""
    least, most = _PLAUSIBLE_MEAN_GBP
    means = councils[councils["name"] == "total"].groupby("year")["gross_gbp"].mean().dropna()
    for year, mean in means[(means < least) | (means > most)].items():
        sheet.faults.add("", f"a mean total of £{mean:,.2f} a council in {year}", f"£{least:,.0f} to £{most:,.0f}: are the units right?")
