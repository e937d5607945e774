"""Section 251 outturn, Table A1 (DfE): what each council spent on each line of children's services, in £.

The workbooks hold sub-totals and totals as lines among the others. Every line of every layout stands in one table
(service_lines.py); a line that is not in it is refused, and every sum is checked against its lines for every council.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from fundgap.data.councils import CouncilIndex
from fundgap.data.readers import line_sums
from fundgap.data.readers.areas import councils_of
from fundgap.data.readers.layouts import layouts_of
from fundgap.data.readers.service_lines import Lines, lines_of, names_of
from fundgap.data.readers.sheets import Faults, Sheet, check_size, cut_table, squeeze, workbook_rows
from fundgap.data.sources import Release, layout_of

_COLUMNS = ["council", "financial_year", "category", *line_sums.MONEY]


def read(path: Path, release: Release, index: CouncilIndex) -> dict[str, pd.DataFrame]:
    """Return {"spend": one row a council and category} from a Section 251 workbook.

    A council that made no return, and a category that a year's form did not ask for, are rows without a value.

    Raises
    ------
    BadFigures
        With every fault: text in a number, an unknown council, an unknown line, a council without a line or with one
        twice, lines that do not add up to their sub-total or total.
    """
    faults = Faults(path.name)
    check_size(path, faults)
    layout = layout_of(release, layouts_of("section251"))
    name, cells = workbook_rows(path, layout["sheet"], faults)
    sheet = cut_table(name, cells, layout["header_row"], layout["columns"], faults)
    lines = lines_of(release.layout)
    rows = _rows(sheet, lines, layout, release.period, index)
    known = line_sums.Known(release.known)
    line_sums.check_lines(rows, lines, sheet)
    line_sums.check_balances(rows, sheet, known, line_sums.Rounding())
    wide = line_sums.Wide.of(rows, lines)
    line_sums.check_sums(wide, rows, sheet, known, line_sums.Rounding())
    known.check_all_met(sheet)
    unreturned = _unreturned(rows, sheet, layout.get("no_return", []))
    faults.raise_if_any()
    spend = line_sums.by_category(wide)
    spend.loc[spend["area"].isin(unreturned), list(line_sums.MONEY)] = float("nan")
    return {"spend": spend.rename(columns={"area": "council", "year": "financial_year"})[_COLUMNS].assign(source=release.id)}


def _rows(sheet: Sheet, lines: Lines, layout: dict[str, Any], period: str, index: CouncilIndex) -> pd.DataFrame:
    """Return the lines that count: area, year, name, money. Memoranda are named and left out."""
    names = names_of(sheet, lines)
    years = pd.Series(period, index=names.index)
    areas = councils_of(sheet, names.index, index, key="council_number", name="council_name", years=years)
    counted = names.index[names.map(lambda name: name in lines.by_name and lines.by_name[name].role != "memo")]
    marks = {"income_gbp": layout.get("missing_income", [])}
    money = {column: sheet.numbers(column, counted, missing=marks.get(column, [])) for column in line_sums.MONEY}
    return pd.DataFrame({"area": areas[counted], "year": period, "name": names[counted], **money})


def _unreturned(rows: pd.DataFrame, sheet: Sheet, no_return: list[int]) -> set[str]:
    """Return the councils whose every line is zero: no return, which the layout has to say, and no zero spend."""
    gross = rows["gross_gbp"].fillna(0).abs().groupby(rows["area"]).sum()
    empty = set(gross.index[gross == 0]) - {""}
    numbers = sheet.cells["council_number"].map(lambda cell: squeeze(cell).removesuffix(".0"))
    named = set(rows.loc[numbers[rows.index].isin([str(number) for number in no_return]), "area"])
    for council in sorted(empty - named):
        sheet.faults.add(
            f"sheet '{sheet.name}', council {council}", "a return of nothing but zeros", "figures, or no return said in the layout"
        )
    for council in sorted(named - empty):
        sheet.faults.add(f"sheet '{sheet.name}', council {council}", "figures", "none: the layout says it made no return")
    return empty
