"""Children looked after on 31 March 2011 to 2015 (DfE, statistical first releases): councils, regions and England."""

from math import gcd
from pathlib import Path
from typing import Any

import pandas as pd

from fundgap.data.councils import CouncilIndex
from fundgap.data.readers.areas import councils_of
from fundgap.data.readers.layouts import layouts_of
from fundgap.data.readers.sheets import Faults, Sheet, check_size, csv_sheet, squeeze
from fundgap.data.sources import Release, layout_of

_COUNCIL = "LA"
_TOTALS = ("NATIONAL", "REGION")


def read(path: Path, release: Release, index: CouncilIndex) -> dict[str, pd.DataFrame]:
    """Return {"looked_after": council, year, looked_after, rounded_to} and {"published_totals"} for England and the regions.

    Raises
    ------
    BadFigures
        With every fault: another year's file, an unknown council or one that is missing or doubled, text in a number,
        counts that are rounded otherwise than the layout says.
    """
    faults = Faults(path.name)
    check_size(path, faults)
    layout = layout_of(release, layouts_of("looked_after"))
    # 31 March 2015 is the last day of 2014-15.
    year = int(release.period[:4]) + 1
    columns = {key: heading.format(year=year) for key, heading in layout["columns"].items()}
    sheet = csv_sheet(path, columns, faults)
    rows = sheet.cells.index
    table = pd.DataFrame(
        {
            "area": _areas(sheet, layout["areas"], release.period, index),
            "value": sheet.numbers("looked_after", rows, whole=True),
            "is_council": sheet.cells["level"] == _COUNCIL,
            "year": str(year),
        }
    )
    for row in rows[(table["area"] != "") & table["area"].duplicated()]:
        faults.add(sheet.place(row, "code"), "an area a second time", "once")
    _check_coverage(table, layout, release.period, index, faults)
    faults.raise_if_any()
    councils = table[table["is_council"]].rename(columns={"area": "council", "value": "looked_after"})
    totals = table[~table["is_council"]].rename(columns={"year": "period"})
    _check_rounding(councils, layout["rounded_to"], faults)
    return {
        "looked_after": councils.drop(columns="is_council").assign(rounded_to=layout["rounded_to"], source=release.id),
        "published_totals": totals.drop(columns="is_council").assign(figure="looked_after_children", source=release.id),
    }


def _areas(sheet: Sheet, known: dict[str, dict[str, str]], year: str, index: CouncilIndex) -> pd.Series:
    cells = sheet.cells
    areas = pd.Series("", index=cells.index, dtype=object)
    for row in cells.index[~cells["level"].isin([_COUNCIL, *_TOTALS])]:
        sheet.faults.add(sheet.place(row, "level"), cells.at[row, "level"], f"one of {[_COUNCIL, *_TOTALS]}")
    for row in cells.index[cells["level"].isin(_TOTALS)]:
        number, code, name = (squeeze(cells.at[row, column]) for column in ("number", "code", "name"))
        area = known.get(number, {"name": "", "printed": "", "code": ""})
        if (code, name.casefold()) == (area["printed"], area["name"].casefold()):
            areas[row] = area["code"]
        else:
            shown = f"'{number}' beside '{code}' and '{name}'"
            sheet.faults.add(sheet.place(row, "number"), shown, "England or a region of it, with its code and name")
    of_councils = cells.index[cells["level"] == _COUNCIL]
    years = pd.Series(year, index=of_councils)
    areas[of_councils] = councils_of(sheet, of_councils, index, key="code", name="name", years=years)
    return areas


def _check_coverage(table: pd.DataFrame, layout: dict[str, Any], year: str, index: CouncilIndex, faults: Faults) -> None:
    """Note each council of the year, and each region, that has no row."""
    known = {area["code"]: area["name"] for area in layout["areas"].values()}
    expected = index.of_year(year) - set(layout["without"]) | set(known)
    for area in sorted(expected - set(table["area"])):
        faults.add("", f"no row for {index.names.get(area) or known[area]} ({area})", "one")


def _check_rounding(councils: pd.DataFrame, rounded_to: int, faults: Faults) -> None:
    """Refuse counts that share another divisor than the layout says: they are rounded otherwise, or not at all."""
    divisor = gcd(*councils["looked_after"].astype(int))
    if divisor != rounded_to:
        faults.add("", f"counts that are all multiples of {divisor}", f"counts rounded to {rounded_to}")
    faults.raise_if_any()
