"""Local Authority Interactive Tool, long file (DfE): spend by category and looked-after children, by council and year.

Missing returns stand in the table as rows without a value, so that they can be counted and are never taken for zero.
"""

import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from fundgap.data.councils import CouncilIndex
from fundgap.data.readers.areas import councils_of
from fundgap.data.readers.sheets import Faults, Sheet, check_size, cut_table, squeeze
from fundgap.data.sources import Release

_MISSING = ("-",)


def read(path: Path, release: Release, index: CouncilIndex) -> dict[str, pd.DataFrame]:
    """Return {"spend", "looked_after", "published_totals"}: councils in the first two, England and regions in the third.

    Raises
    ------
    BadFigures
        With every fault: a measure that is missing, text in a number, an unknown council, a figure for a council in
        a year in which it did not exist, two figures for one cell.
    """
    faults = Faults(path.name)
    check_size(path, faults)
    layout = tomllib.loads(files(__package__).joinpath("lait.toml").read_text("utf-8"))
    sheet = _open(path, layout, faults)
    spend = _measures(sheet, layout, "spend", index)
    looked_after = _measures(sheet, layout, "looked_after", index)
    faults.raise_if_any()

    totals = pd.concat([_totals(spend), _totals(looked_after)], ignore_index=True)
    tables = {
        "spend": _councils(spend).rename(columns={"period": "financial_year", "figure": "category", "value": "gross_gbp"}),
        "looked_after": _councils(looked_after).rename(columns={"period": "year", "value": "looked_after"}).drop(columns="figure"),
        "published_totals": totals,
    }
    return {name: table.assign(source=release.id) for name, table in tables.items()}


def _open(path: Path, layout: dict[str, Any], faults: Faults) -> Sheet:
    wanted = [*layout["spend"]["measures"], *layout["looked_after"]["measures"]]
    columns = layout["columns"]
    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        faults.add("", f"a file that does not open ({error})", "an undamaged parquet file")
        faults.raise_if_any()
    rows: list[list[object]] = [list(table.column_names)]
    if columns["measure"] in table.column_names:
        mask = pa.compute.is_in(table[columns["measure"]], value_set=pa.array(wanted))
        positions = pa.compute.indices_nonzero(mask).to_pylist()
        rows += [list(row.values()) for row in table.take(positions).to_pylist()]
    else:
        positions = []
    sheet = cut_table("", rows, 1, columns, faults)
    # Name rows as the whole file counts them (the heading is row 1), not as our excerpt does.
    cells = sheet.cells.set_axis(pd.Index([position + 2 for position in positions]), axis=0)
    return Sheet("", sheet.headers, cells, faults)


def _measures(sheet: Sheet, layout: dict[str, Any], subject: str, index: CouncilIndex) -> pd.DataFrame:
    """Return rows (figure, area, is_council, period, value) for one subject's measures."""
    measures: dict[str, str] = layout[subject]["measures"]
    cells = sheet.cells[sheet.cells["measure"].isin(measures)]
    for measure in sorted(set(measures) - set(cells["measure"])):
        sheet.faults.add("", f"no rows for measure '{measure}'", f"rows for every measure of {subject}")
    table = pd.DataFrame(
        {
            "figure": cells["measure"].map(measures),
            "period": _periods(sheet, cells.index, layout[subject]["period"]),
            "value": sheet.numbers("value", cells.index, missing=_MISSING),
        }
    )
    regions = cells["area_number"].map(lambda number: layout["areas"].get(squeeze(number).removesuffix(".0")))
    table["is_council"] = regions.isna()
    councils = councils_of(sheet, cells.index[regions.isna()], index, key="area_number", name="area_name")
    table["area"] = regions.fillna(councils)
    for row in table.index[table.duplicated(["figure", "area", "period"])]:
        sheet.faults.add(sheet.place(row, "value"), "a second figure for the same measure, area and period", "one")
    return _drop_years_without_council(table, sheet, index)


def _periods(sheet: Sheet, rows: pd.Index, form: str) -> pd.Series:
    pattern = "^" + re.escape(form).replace(r"\{fy\}", r"(\d{4}-\d{2})").replace(r"\{year\}", r"(\d{4})") + "$"
    texts = sheet.cells.loc[rows, "period"].astype(str)
    periods: pd.Series[str] = texts.str.extract(pattern, expand=False)
    for row in rows[periods.isna()]:
        sheet.faults.add(sheet.place(row, "period"), texts[row], f"a period written as '{form}'")
    known: pd.Series[str] = periods.fillna("")
    return known


def _drop_years_without_council(table: pd.DataFrame, sheet: Sheet, index: CouncilIndex) -> pd.DataFrame:
    """Drop blanks of councils in years in which they did not exist; a figure there is a fault."""
    existed = pd.Series(True, index=table.index)
    for row in table.index[table["is_council"] & (table["area"] != "")]:
        first, last = index.spans[str(table.at[row, "area"])]
        existed[row] = first <= _financial_year(str(table.at[row, "period"])) <= last
    for row in table.index[~existed & table["value"].notna()]:
        council, period = index.names[str(table.at[row, "area"])], str(table.at[row, "period"])
        expected = f"no figure: {council} did not exist in {period}"
        sheet.faults.add(sheet.place(row, "value"), sheet.cells.at[row, "value"], expected)
    return table[existed]


def _financial_year(period: str) -> str:
    """Return the financial year that a period is, or that a year's 31 March closes ("2016" → "2015-16")."""
    return period if "-" in period or not period else f"{int(period) - 1}-{int(period) % 100:02d}"


def _councils(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["is_council"]].rename(columns={"area": "council"})[["council", "period", "figure", "value"]]


def _totals(table: pd.DataFrame) -> pd.DataFrame:
    return table[~table["is_council"]][["figure", "area", "period", "value"]]
