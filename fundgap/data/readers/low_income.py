"""Children in low-income families by council: HM Revenue & Customs (2011 to 2016), Department for Work and Pensions (2014-15 to 2021-22).

The files have codes and no names, and no total that the councils could be added up to: HMRC gives shares, DWP gives no England.
"""

import re
from pathlib import Path
from typing import Any

import pandas as pd

from fundgap.data.councils import CouncilIndex
from fundgap.data.readers.areas import councils_of
from fundgap.data.readers.layouts import layouts_of
from fundgap.data.readers.periods import financial_years
from fundgap.data.readers.plausible import check_bounds, check_england
from fundgap.data.readers.sheets import Faults, Sheet, check_size, csv_sheet
from fundgap.data.sources import Release, layout_of

_DISTRICT, _COUNTY = re.compile(r"E07\d{6}"), re.compile(r"e10\d{6}")


def read(path: Path, release: Release, index: CouncilIndex) -> dict[str, pd.DataFrame]:
    """Return {"indicators": council, indicator, financial_year, value, source}: upper-tier councils only.

    Raises
    ------
    BadFigures
        With every fault: a code that is neither a council's nor that of an area known to be in the file, a council that is
        missing or doubled, text in a number, a share above 1, a part above its whole.
    """
    faults = Faults(path.name)
    check_size(path, faults)
    layout = layout_of(release, layouts_of("low_income"))
    measures: dict[str, str] = layout["measures"]
    sheet = csv_sheet(path, layout["columns"] | {heading: heading for heading in measures}, faults)
    rows = sheet.cells.index
    places = pd.DataFrame({"financial_year": financial_years(sheet, "year", rows, layout["period"], layout.get("day", ""))})
    is_england = sheet.cells["code"] == layout.get("england", "")
    is_district = _districts(sheet, places["financial_year"], layout)
    places["is_council"] = ~is_england & ~is_district
    places["area"] = sheet.cells["code"]
    ours = rows[places["is_council"]]
    boundaries = pd.Series(layout["boundaries"], index=rows) if "boundaries" in layout else places["financial_year"]
    places.loc[ours, "area"] = councils_of(sheet, ours, index, key="code", name=None, years=boundaries)
    for row in rows[(places["area"] != "") & places.duplicated(["area", "financial_year"])]:
        faults.add(sheet.place(row, "code"), "an area a second time in one year", "once")
    values = {heading: sheet.numbers(heading, rows, missing=layout["missing"]) for heading in measures}
    for heading, name in measures.items():
        table = places.assign(figure=name, value=values[heading])
        check_bounds(table, sheet, heading)
        check_england(table, is_england, sheet, heading)
    _check_parts(values, sheet, layout)
    faults.raise_if_any()
    _check_coverage(places, is_england, layout, index, faults)
    kept = places.loc[ours].rename(columns={"area": "council"})[["council", "financial_year"]]
    tables = [kept.assign(indicator=name, value=values[heading]) for heading, name in measures.items()]
    return {"indicators": pd.concat(tables, ignore_index=True).assign(source=release.id)}


def _districts(sheet: Sheet, years: pd.Series, layout: dict[str, Any]) -> pd.Series:
    """Return which rows are districts, in the years that are by district; a fault where they are not as many as are known."""
    expected: dict[str, int] = layout.get("districts", {})
    is_district = sheet.cells["code"].map(lambda code: bool(_DISTRICT.fullmatch(code))) & years.isin(expected)
    for year, count in expected.items():
        found = int((is_district & (years == year)).sum())
        if (years == year).any() and found != count:
            sheet.faults.add(year, f"{found} districts", f"{count}")
    return is_district


def _check_parts(values: dict[str, pd.Series], sheet: Sheet, layout: dict[str, Any]) -> None:
    for part, whole in layout.get("part_of", {}).items():
        for row in values[part].index[values[part] > values[whole]]:
            expected = f"at most {values[whole][row]:g}, the figure of '{whole}'"
            sheet.faults.add(sheet.place(row, part), sheet.cells.at[row, part], expected)
    for share, (other, apart) in layout.get("near", {}).items():
        for row in values[share].index[(values[share] - values[other]).abs() > apart]:
            expected = f"within {apart:g} of {values[other][row]:g}, the figure of '{other}'"
            sheet.faults.add(sheet.place(row, share), sheet.cells.at[row, share], expected)


def _check_coverage(places: pd.DataFrame, is_england: pd.Series, layout: dict[str, Any], index: CouncilIndex, faults: Faults) -> None:
    """Note each council of a year without a row, counties in years by district apart, and each year without England."""
    counties = {code for key, codes in index.by_key.items() if _COUNTY.fullmatch(key) for code in codes}
    for year, group in places.groupby("financial_year"):
        expected = index.of_year(layout.get("boundaries", str(year)))
        if year in layout.get("districts", {}):
            expected -= counties
        found = set(group.loc[group["is_council"], "area"])
        for council in sorted(expected ^ found):
            what = "no row" if council in expected else "a row"
            faults.add(str(year), f"{what} for {index.names[council]} ({council})", "one" if council in expected else "its districts")
        if "england" in layout and not is_england[group.index].any():
            faults.add(str(year), "no row for England", "one to hold the councils to")
    faults.raise_if_any()
