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
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fundgap.data.councils import CouncilIndex
from fundgap.data.prices import financial_year
from fundgap.data.readers.areas import councils_of
from fundgap.data.readers.sheets import Faults, Sheet, check_size, cut_table, squeeze
from fundgap.data.reconcile import ENGLAND
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
        "looked_after": _councils(looked_after)
        .rename(columns={"period": "year", "value": "looked_after"})
        .drop(columns="figure")
        .assign(rounded_to=1),
        "published_totals": totals,
    }
    return {name: table.assign(source=release.id) for name, table in tables.items()}


def _open(path: Path, layout: dict[str, Any], faults: Faults) -> Sheet:
    """Return the rows of the measures we take, by the row number they have in the whole file (the heading is row 1)."""
    columns = layout["columns"]
    wanted = [*layout["spend"]["measures"], *layout["looked_after"]["measures"]]
    try:
        cut_table("", [list(pq.read_schema(path).names), [""]], 1, columns, faults)
        table = pq.read_table(path, columns=list(columns.values())).cast(_types(columns))
        positions = pc.indices_nonzero(pc.is_in(table[columns["measure"]], value_set=pa.array(wanted, pa.string())))
        rows: list[list[object]] = [list(row.values()) for row in table.take(positions).to_pylist()]
    except (pa.ArrowException, UnicodeDecodeError, OSError) as error:
        faults.add("", f"a file that does not open ({' '.join(str(error).split())})", "an undamaged parquet file of text columns")
        faults.raise_if_any()
    if not rows:
        faults.add("", "no row of any measure", f"rows for {wanted}")
        faults.raise_if_any()
    sheet = cut_table("", [list(columns.values()), *rows], 1, columns, faults)
    return Sheet("", sheet.headers, sheet.cells.set_axis(pd.Index([place + 2 for place in positions.to_pylist()]), axis=0), faults)


def _types(columns: dict[str, str]) -> pa.Schema:
    """Return the types the columns must have: all text but the area's number."""
    return pa.schema([(heading, pa.float64() if key == "area_number" else pa.string()) for key, heading in columns.items()])


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
            "value": sheet.numbers("value", cells.index, missing=_MISSING, whole=subject == "looked_after"),
        }
    )
    _check_totals_are_there(sheet, cells, table, layout["areas"])
    regions = cells["area_number"].map(lambda number: layout["areas"].get(squeeze(number).removesuffix(".0"), {}).get("code"))
    table["is_council"] = regions.isna()
    councils = councils_of(sheet, cells.index[regions.isna()], index, key="area_number", name="area_name")
    table["area"] = regions.fillna(councils)
    for row in table.index[table.duplicated(["figure", "area", "period"])]:
        sheet.faults.add(sheet.place(row, "value"), "a second figure for the same measure, area and period", "one")
    return _drop_years_without_council(table, sheet, index)


def _check_totals_are_there(sheet: Sheet, cells: pd.DataFrame, table: pd.DataFrame, areas: dict[str, dict[str, str]]) -> None:
    """Note every figure and period without a value for England, and every region number beside another name."""
    numbers = cells["area_number"].map(lambda number: squeeze(number).removesuffix(".0"))
    for row in cells.index[numbers.isin(areas)]:
        expected = areas[numbers[row]]["name"]
        if squeeze(cells.at[row, "area_name"]).casefold() != expected.casefold():
            sheet.faults.add(sheet.place(row, "area_name"), cells.at[row, "area_name"], f"{expected}, whose number {numbers[row]} is")
    england = {key for key, area in areas.items() if area["code"] == ENGLAND}
    have = table[numbers.isin(england) & table["value"].notna()]
    held = set(zip(have["figure"], have["period"], strict=True))
    for figure, period in sorted(set(zip(table["figure"], table["period"], strict=True)) - held):
        sheet.faults.add("", f"no value for England, {figure} {period}", "one to check the councils by")


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
    return period if "-" in period or not period else financial_year(int(period) - 1)


def _councils(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["is_council"]].rename(columns={"area": "council"})[["council", "period", "figure", "value"]]


def _totals(table: pd.DataFrame) -> pd.DataFrame:
    return table[~table["is_council"]][["figure", "area", "period", "value"]]
