"""Local Authority Interactive Tool, long file (DfE): spend, looked-after children and indicators, by council and year.

Missing returns stand in the table as rows without a value, so that they can be counted and are never taken for zero.
"""

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fundgap.data.councils import CouncilIndex
from fundgap.data.indicators import INDICATORS
from fundgap.data.readers.areas import councils_of
from fundgap.data.readers.joint_returns import check_counts, without_joint_counts
from fundgap.data.readers.layouts import layouts_of
from fundgap.data.readers.periods import financial_years
from fundgap.data.readers.plausible import check_bounds, check_england
from fundgap.data.readers.sheets import Faults, Sheet, check_size, cut_table, squeeze
from fundgap.data.reconcile import ENGLAND
from fundgap.data.sources import Release

_MISSING = ("-",)


def read(path: Path, release: Release, index: CouncilIndex) -> dict[str, pd.DataFrame]:
    """Return {"spend", "looked_after", "indicators", "published_totals"}: councils in the first three, England and regions in the last.

    Rates of England and regions are no sums of the councils' and are not stored; England's are held to the councils' range.

    Raises
    ------
    BadFigures
        With every fault: a measure that is missing, text in a number, an unknown council, a figure for a council in
        a year in which it did not exist, two figures for one cell or none, a figure beyond what its unit allows.
    """
    faults = Faults(path.name)
    check_size(path, faults)
    layout = layouts_of("lait")
    sheet = _open(path, layout, faults)
    _check_every_area(sheet)
    areas = layout["areas"]
    spend = _measures(sheet, layout["spend"], areas, index)
    looked_after = _measures(sheet, layout["looked_after"], areas, index, whole=True)
    indicators = _indicators(sheet, layout, index)
    faults.raise_if_any()

    # A count of 31 March closes the financial year in which it falls.
    counts = looked_after.assign(year=(looked_after["financial_year"].str[:4].astype(int) + 1).astype(str))
    totals = [_totals(spend, "financial_year"), _totals(counts, "year"), _totals(indicators[_is_money(indicators)], "financial_year")]
    tables = {
        "spend": _councils(spend, figure="category", value="gross_gbp"),
        "looked_after": _councils(counts, value="looked_after").assign(rounded_to=1),
        "indicators": _councils(indicators, figure="indicator"),
        "published_totals": pd.concat(totals, ignore_index=True),
    }
    return {name: table.assign(source=release.id) for name, table in tables.items()}


def _indicators(sheet: Sheet, layout: dict[str, Any], index: CouncilIndex) -> pd.DataFrame:
    """Return rows (figure, area, is_council, financial_year, value) of every indicator, checked as far as each can be."""
    groups = layout["indicators"].values()
    table = pd.concat([_measures(sheet, group, layout["areas"], index) for group in groups])
    check_bounds(table, sheet, "value")
    if not sheet.faults.found:
        check_england(table, table["area"] == ENGLAND, sheet, "value")
        check_counts(table, layout["joint_returns"], sheet, index)
    return without_joint_counts(table, layout["joint_returns"], index)


def _is_money(table: pd.DataFrame) -> pd.Series:
    """Return which indicators are sums of money, whose totals for England and regions are reconciled with the councils."""
    return table["figure"].map(lambda name: INDICATORS[name].adds_up and INDICATORS[name].unit.startswith("£"))


def _open(path: Path, layout: dict[str, Any], faults: Faults) -> Sheet:
    """Return the rows of the measures we take, by the row number they have in the whole file (the heading is row 1)."""
    columns = layout["columns"]
    groups = [layout["spend"], layout["looked_after"], *layout["indicators"].values()]
    wanted = [measure for group in groups for measure in group["measures"]]
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


def _measures(
    sheet: Sheet, group: dict[str, Any], areas: dict[str, dict[str, str]], index: CouncilIndex, *, whole: bool = False
) -> pd.DataFrame:
    """Return rows (figure, area, is_council, financial_year, value) for one group of measures."""
    measures: dict[str, str] = group["measures"]
    cells = sheet.cells[sheet.cells["measure"].isin(measures)]
    for measure in sorted(set(measures) - set(cells["measure"])):
        sheet.faults.add("", f"no rows for measure '{measure}'", f"rows for each of {', '.join(measures)}")
    table = pd.DataFrame(
        {
            "figure": cells["measure"].map(measures),
            "financial_year": financial_years(sheet, "period", cells.index, group["period"], group.get("day", "")),
            "value": sheet.numbers("value", cells.index, missing=_MISSING, whole=whole),
        }
    )
    _check_totals_are_there(sheet, cells, table, areas)
    regions = cells["area_number"].map(lambda number: areas.get(squeeze(number).removesuffix(".0"), {}).get("code"))
    table["is_council"] = regions.isna()
    councils = councils_of(sheet, cells.index[regions.isna()], index, key="area_number", name="area_name")
    table["area"] = regions.fillna(councils)
    for row in table.index[table.duplicated(["figure", "area", "financial_year"])]:
        sheet.faults.add(sheet.place(row, "value"), "a second figure for the same measure, area and period", "one")
    table = _drop_years_without_council(table, sheet, index, group.get("boundaries"))
    since: str = group.get("since", "")
    kept: pd.DataFrame = table[table["financial_year"] >= since]
    return kept


def _check_every_area(sheet: Sheet) -> None:
    """Note areas without a row for a measure and period: the file has one for every area, with "-" where there is no figure."""
    areas = sheet.cells["area_number"].map(squeeze)
    held: dict[tuple[str, str], set[str]] = defaultdict(set)
    for measure, period, area in zip(sheet.cells["measure"], sheet.cells["period"], areas, strict=True):
        held[str(measure), str(period)].add(area)
    usual = {area for area, count in Counter(area for group in held.values() for area in group).items() if 2 * count > len(held)}
    for (measure, period), group in held.items():
        missing = sorted(usual - group)
        if 2 * len(missing) > len(usual):
            sheet.faults.add("", f"'{measure}' of '{period}' for {len(group)} areas", f"for {len(usual)}, as other measures and periods")
        else:
            for area in missing:
                sheet.faults.add("", f"no row for area {area}, '{measure}' of '{period}'", "one, as for other measures and periods")


def _check_totals_are_there(sheet: Sheet, cells: pd.DataFrame, table: pd.DataFrame, areas: dict[str, dict[str, str]]) -> None:
    """Note every figure and year without a value for England, and every region number beside another name."""
    numbers = cells["area_number"].map(lambda number: squeeze(number).removesuffix(".0"))
    for row in cells.index[numbers.isin(areas)]:
        expected = areas[numbers[row]]["name"]
        if squeeze(cells.at[row, "area_name"]).casefold() != expected.casefold():
            sheet.faults.add(sheet.place(row, "area_name"), cells.at[row, "area_name"], f"{expected}, whose number {numbers[row]} is")
    england = {key for key, area in areas.items() if area["code"] == ENGLAND}
    have = table[numbers.isin(england) & table["value"].notna()]
    held = set(zip(have["figure"], have["financial_year"], strict=True))
    for figure, year in sorted(set(zip(table["figure"], table["financial_year"], strict=True)) - held):
        sheet.faults.add("", f"no value for England, {figure} {year}", "one to check the councils by")


def _drop_years_without_council(table: pd.DataFrame, sheet: Sheet, index: CouncilIndex, boundaries: str | None) -> pd.DataFrame:
    """Drop blanks of councils in years in which they did not exist; a figure there is a fault.

    `boundaries` names the year whose councils a measure has in all its years, where the publisher works them back.
    """
    year = table["financial_year"] if boundaries is None else pd.Series(boundaries, index=table.index)
    asked = table["is_council"] & (table["area"] != "") & (year != "")
    pairs = list(zip(table["area"], year, strict=True))
    known = {pair: index.existed(*pair) for pair in set(pairs) if pair[0] in index.spans}
    existed = ~asked | pd.Series([known.get(pair, True) for pair in pairs], index=table.index)
    for row in table.index[~existed & table["value"].notna()]:
        expected = f"no figure: {index.names[str(table.at[row, 'area'])]} did not exist in {year[row]}"
        sheet.faults.add(sheet.place(row, "value"), sheet.cells.at[row, "value"], expected)
    return table[existed]


def _councils(table: pd.DataFrame, **names: str) -> pd.DataFrame:
    """Return the councils' rows; `names` says what figure and value are called, and a figure without a name is left out."""
    year = "year" if "year" in table else "financial_year"
    kept = ["area", year, *(["figure"] if "figure" in names else []), "value"]
    return table.loc[table["is_council"], kept].rename(columns={"area": "council", **names})


def _totals(table: pd.DataFrame, year: str) -> pd.DataFrame:
    return table.loc[~table["is_council"], ["figure", "area", year, "value"]].rename(columns={year: "period"})
