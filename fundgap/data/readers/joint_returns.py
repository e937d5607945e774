"""Councils that make one return together: a count shown beside both is of neither, and England has it once."""

from typing import Any

import pandas as pd

from fundgap.data.councils import CouncilIndex
from fundgap.data.readers.sheets import Sheet
from fundgap.data.reconcile import ENGLAND

# England's counts of 2016 are printed rounded; councils' full-time equivalents are rounded to a tenth.
_ROUNDING = 10


def without_joint_counts(table: pd.DataFrame, layout: dict[str, Any], index: CouncilIndex) -> pd.DataFrame:
    """Return the table with the counts of joint returns blanked.

    Parameters
    ----------
    table
        Columns `figure`, `financial_year`, `area` and `value`.
    layout
        `measures`, the figures that are counts, and `councils`: DfE numbers of each group and its first financial year.
    """
    joint = _joint(table[table["figure"].isin(layout["measures"])], layout, index)
    return table.assign(value=table["value"].mask(table.index.isin(joint.dropna().index)))


def check_counts(table: pd.DataFrame, layout: dict[str, Any], sheet: Sheet, index: CouncilIndex) -> None:
    """Note counts of a joint return that differ, and councils that do not add up to England with each joint return counted once.

    What England has above its councils may belong to those without a figure, as far as they ever had as much.
    """
    counts = table[table["figure"].isin(layout["measures"])]
    councils = counts[counts["is_council"]]
    joint = _joint(councils, layout, index)
    _check_joint_returns_agree(councils[joint.notna()], joint, sheet)
    once = councils.assign(unit=joint.fillna(councils["area"])).dropna(subset="value")
    once = once.drop_duplicates(["figure", "financial_year", "unit"])
    most = councils.groupby(["figure", "area"])["value"].max()
    for england in counts[counts["area"] == ENGLAND].to_dict("records"):
        figure, year, published = str(england["figure"]), str(england["financial_year"]), float(england["value"])
        is_here = (councils["figure"] == figure) & (councils["financial_year"] == year)
        absent = councils.loc[is_here & councils["value"].isna() & joint.isna(), "area"]
        added = once.loc[(once["figure"] == figure) & (once["financial_year"] == year), "value"].sum()
        if not -_ROUNDING <= published - added <= most[figure].reindex(absent).sum() + _ROUNDING:
            found = f"councils that add up to {added:,.1f} ({len(absent)} without a figure)"
            sheet.faults.add(f"{figure} {year}", found, f"England's {published:,.1f}")


def _check_joint_returns_agree(rows: pd.DataFrame, joint: pd.Series, sheet: Sheet) -> None:
    """Note a council of a joint return whose count is not that of the others: it may have begun to make its own."""
    first = rows.groupby(["figure", "financial_year", joint.loc[rows.index]])["value"].transform("first")
    for row in rows.index[rows["value"].notna() & (rows["value"] != first)]:
        expected = f"{first[row]:g}, as in the council it makes one return with"
        sheet.faults.add(sheet.place(row, "value"), sheet.cells.at[row, "value"], expected)


def _joint(table: pd.DataFrame, layout: dict[str, Any], index: CouncilIndex) -> pd.Series:
    """Return for each row the joint return that it is part of, by the codes of its councils; missing where it stands alone."""
    joint = pd.Series(None, index=table.index, dtype=object)
    for group in layout["councils"]:
        codes = sorted(index.find(number) for number in group["numbers"])
        joint[table["area"].isin(codes) & (table["financial_year"] >= group["since"])] = " ".join(codes)
    return joint
