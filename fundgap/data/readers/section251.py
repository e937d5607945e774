"""Section 251 outturn, Table A1 (DfE): what each council spent on each line of children's services, in £.

The workbooks hold sub-totals and totals as lines among the others, so lines are picked by their text and never summed
blindly; that the picked categories add up to the total is checked for every council.
"""

import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd

from fundgap.data.councils import CouncilIndex
from fundgap.data.readers.areas import councils_of
from fundgap.data.readers.sheets import Faults, Sheet, check_size, csv_sheet, cut_table, squeeze, workbook_rows
from fundgap.data.sources import Release, layout_of

# The parts that make up the total excluding CERA (capital expenditure charged to the revenue account).
PARTS = ("looked_after", "safeguarding", "family_support", "sure_start", "young_people", "youth_justice", "other")
_MONEY = ("gross_gbp", "income_gbp", "net_gbp")
_PENNIES = 2
# Parts are published to the penny; a pound of difference is not rounding.
_TOLERANCE_GBP = 1.0


def read(path: Path, release: Release, index: CouncilIndex) -> dict[str, pd.DataFrame]:
    """Return {"spend": one row a council and category} from a Section 251 workbook.

    Raises
    ------
    BadFigures
        With every fault: text in a number, an unknown council, a council without a line or with one twice,
        parts that do not add up to their total.
    """
    faults = Faults(path.name)
    check_size(path, faults)
    layout = layout_of(release, _layouts())
    name, rows = workbook_rows(path, layout["sheet"], faults)
    sheet = cut_table(name, rows, layout["header_row"], layout["columns"], faults)
    picked = _picked_lines(sheet)
    year = pd.Series(release.period, index=picked.index)
    spend = pd.DataFrame(
        {
            "council": councils_of(sheet, picked.index, index, key="council_number", name="council_name", years=year),
            "financial_year": release.period,
            "category": picked,
            **{column: sheet.numbers(column, picked.index).round(_PENNIES) for column in _MONEY},
        }
    )
    _check_complete(spend, sheet)
    _check_sums(spend, sheet)
    faults.raise_if_any()
    return {"spend": spend.assign(source=release.id)}


def _layouts() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files(__package__).joinpath("section251.toml").read_text("utf-8"))


def _categories() -> dict[str, str]:
    path = Path(str(files(__package__).joinpath("section251_lines.csv")))
    sheet = csv_sheet(path, {"category": "category", "line": "line"}, Faults(path.name))
    return dict(zip(sheet.cells["line"], sheet.cells["category"], strict=True))


def line_text(cell: object) -> str:
    """Return a line's description without its number, which changes from year to year ("3.1.11 Total …" → "total …")."""
    text = squeeze(cell).lower().replace("’", "'")
    text = re.sub(r"^\d+[a-z]?(\.\d+)*[a-z]?\.?\s*", "", text)
    # 2014-15 writes "EXPENDITURE(excluding CERA)", other years put a blank before the bracket.
    return re.sub(r"\s*\(", " (", text)


def _picked_lines(sheet: Sheet) -> pd.Series:
    categories = _categories()
    return sheet.cells["line"].map(lambda cell: categories.get(line_text(cell))).dropna()


def _check_complete(spend: pd.DataFrame, sheet: Sheet) -> None:
    expected = {"gross_spend", *PARTS}
    where = f"sheet '{sheet.name}'"
    spend = spend[spend["council"] != ""]
    if spend.empty:
        sheet.faults.add(where, "no line whose description is known", f"lines for {sorted(expected)}")
    for council, lines in spend.groupby("council"):
        whose = f"{where}, council {council!s}"
        counts = lines["category"].value_counts()
        for category in sorted(expected - set(counts.index)):
            sheet.faults.add(whose, f"no line for {category}", "exactly one")
        for category in sorted(counts.index[counts > 1]):
            again = ", ".join(str(row) for row in lines.index[lines["category"] == category])
            sheet.faults.add(whose, f"{category} in rows {again}", "exactly one")


def _check_sums(spend: pd.DataFrame, sheet: Sheet) -> None:
    known = spend[spend["council"] != ""]
    wide = known.drop_duplicates(["council", "category"]).pivot(index="council", columns="category", values="gross_gbp")
    if not {"gross_spend", *PARTS} <= set(wide.columns):
        return
    wide["parts"] = wide[list(PARTS)].sum(axis=1, skipna=False)
    differs = (wide["parts"] - wide["gross_spend"]).abs() > _TOLERANCE_GBP
    for line in wide[differs].reset_index().to_dict("records"):
        found = f"parts of £{line['parts']:,.2f} against a total of £{line['gross_spend']:,.2f}"
        sheet.faults.add(f"sheet '{sheet.name}', council {line['council']}", found, "parts that add up to the total")
    for row in spend.index[(spend["gross_gbp"] - spend["income_gbp"] - spend["net_gbp"]).abs() > _TOLERANCE_GBP]:
        sheet.faults.add(sheet.place(row, "net_gbp"), spend.at[row, "net_gbp"], "gross less income")
