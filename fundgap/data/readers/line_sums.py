"""From service lines to spend by category: every line there once, every sum checked, nothing counted twice."""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from fundgap.data.readers.service_lines import TOTAL, Lines
from fundgap.data.readers.sheets import Sheet
from fundgap.data.tables import CATEGORIES

MONEY = ("gross_gbp", "income_gbp", "net_gbp")
UNIT = ["area", "year"]
_PENNIES = 2
# Figures are published to the penny or the pound; a pound of difference is not rounding.
_TOLERANCE_GBP = 1.0


@dataclass
class Known:
    """What in a file does not add up and is known not to, from the register of releases; each must be met to the pound.

    A key names council, year, line and column ("E06000039 2017-18 total gross_gbp": what the line says less its parts), or
    "balance" for gross less income less net.
    """

    differences: dict[str, float]
    met: set[str] = field(default_factory=set)

    def explains(self, key: str, difference: float) -> bool:
        """Return whether the difference is the known one."""
        is_known = key in self.differences and abs(self.differences[key] - difference) <= _TOLERANCE_GBP
        self.met |= {key} if is_known else set()
        return is_known

    def check_all_met(self, sheet: Sheet) -> None:
        """Note each known difference that the file does not show: another file, or one put right."""
        for key in sorted(set(self.differences) - self.met):
            sheet.faults.add("", f"no such difference at {key}", f"£{self.differences[key]:,.2f}, as the register of releases says")


@dataclass(frozen=True)
class Rounding:
    """To how many pounds each figure of a file is rounded: sums may differ by half of it for each of their lines."""

    gbp: float = 0.0

    def allows(self, difference: float, terms: int) -> bool:
        """Return whether so many rounded figures may differ by this much."""
        return abs(difference) <= max(_TOLERANCE_GBP, self.gbp * terms / 2)


def check_lines(rows: pd.DataFrame, lines: Lines, sheet: Sheet) -> None:
    """Note each line that an area lacks in a year, or has twice; memoranda and details may be absent."""
    rows = rows[(rows["area"] != "") & rows["name"].isin(list(lines.by_name))]
    needed = {name for name, line in lines.by_name.items() if line.role in ("part", "subtotal", "total")}
    if rows.empty:
        sheet.faults.add(f"sheet '{sheet.name}'" if sheet.name else "", "no line that is known, of a council that is", "some")
    again = dict(list(rows[rows.duplicated([*UNIT, "name"], keep=False)].groupby(UNIT)))
    names_of: dict[tuple[str, str], set[str]] = defaultdict(set)
    for area, year, name in zip(*(rows[column].tolist() for column in (*UNIT, "name")), strict=True):
        names_of[area, year].add(name)
    for (area, year), held in sorted(names_of.items()):
        for name in sorted(needed - held):
            details = lines.sums.get(name, []) if lines.by_name[name].role == "part" else []
            if not details or not held.issuperset(details):
                sheet.faults.add(_whose(sheet, area, year), f"no line for {name}", "exactly one")
        for doubled, group in again[area, year].groupby("name") if (area, year) in again else ():
            places = ", ".join(str(row) for row in group.index)
            sheet.faults.add(_whose(sheet, area, year), f"{doubled!s} in rows {places}", "exactly one")


def check_balances(rows: pd.DataFrame, sheet: Sheet, known: Known, rounding: Rounding) -> None:
    """Note each row whose net is not its gross less its income, and a year in which councils earn more than they spend net.

    Income and net balance whichever is called which; but in no year is income as much as a quarter of what councils spend net.
    """
    totals = rows[rows["name"] == TOTAL].groupby("year")[["income_gbp", "net_gbp"]].sum(min_count=1)
    for year, of_year in totals[totals["income_gbp"] > totals["net_gbp"]].to_dict("index").items():
        where = f"column '{sheet.headers['income_gbp']}', {year}"
        found = f"income of £{of_year['income_gbp']:,.0f} above a net £{of_year['net_gbp']:,.0f}"
        sheet.faults.add(where, found, "less income than net spend: have the headings changed places?")
    difference = rows["gross_gbp"] - rows["income_gbp"] - rows["net_gbp"]
    for row, value in difference[difference.abs() > _TOLERANCE_GBP].to_dict().items():
        key = " ".join([*(str(rows.at[row, column]) for column in (*UNIT, "name")), "balance"])
        if not known.explains(key, value) and not rounding.allows(value, 3):
            sheet.faults.add(sheet.place(row, "net_gbp"), sheet.cells.at[row, "net_gbp"], "gross less income")


def check_sums(wide: "Wide", rows: pd.DataFrame, sheet: Sheet, known: Known, rounding: Rounding) -> None:
    """Note each sub-total and total, gross, income and net, that is not the sum of its lines, where all of them are given."""
    for money in MONEY:
        for name, parts in wide.lines.sums.items():
            stated = wide.line(money, name)
            difference = stated - wide.sum(money, parts)
            for unit in np.flatnonzero(np.abs(difference) > _TOLERANCE_GBP).tolist():
                (area, year), value = wide.units[unit], float(difference[unit])
                # A council that is not known is a fault of its own.
                if not area or known.explains(f"{area} {year} {name} {money}", value) or rounding.allows(value, len(parts) + 1):
                    continue
                found = f"{name}: parts of £{stated[unit] - value:,.2f} against a total of £{stated[unit]:,.2f}"
                (row, *_) = rows.index[(rows[[*UNIT, "name"]] == [area, year, name]).all(axis=1)]
                sheet.faults.add(f"{sheet.place(row, money)}, {area}", found, "parts that add up to the total")


def by_category(wide: "Wide") -> pd.DataFrame:
    """Return area, year, category and money: a category is the sum of its highest lines, gross_spend the stated total.

    A category that the layout does not ask for is a row without a value, and so is one of which a line is not given.
    """
    heads = wide.lines.heads() | {"gross_spend": [TOTAL]}
    # The sum of no lines would be zero; a category that nobody asked for is not known.
    unknown = np.full(len(wide.units), np.nan)
    sums = {
        money: np.concatenate([wide.sum(money, heads[category]) if category in heads else unknown for category in CATEGORIES])
        for money in MONEY
    }
    units = {name: np.tile(wide.units.get_level_values(name), len(CATEGORIES)) for name in UNIT}
    table = pd.DataFrame(units | {"category": np.repeat(CATEGORIES, len(wide.units))} | sums)
    return table.round(_PENNIES)


@dataclass(frozen=True)
class Wide:
    """The rows of a file turned about: of each money an array with one row an area and year and one column a line.

    Parameters
    ----------
    units
        Area and year of each row.
    columns
        The place of each line's column.
    """

    lines: Lines
    units: pd.MultiIndex
    figures: dict[str, np.ndarray]
    columns: dict[str, int]

    @classmethod
    def of(cls, rows: pd.DataFrame, lines: Lines) -> "Wide":
        """Turn the rows about, the first of those that say the same; a part that is not given is the sum of its details."""
        columns = {name: column for column, name in enumerate(lines.by_name)}
        rows = rows.drop_duplicates([*UNIT, "name"])
        keys = pd.MultiIndex.from_frame(rows[UNIT])
        units = keys.unique().sort_values()
        figures = {money: np.full((len(units), len(columns)), np.nan) for money in MONEY}
        for money, values in figures.items():
            values[units.get_indexer(keys), rows["name"].map(columns)] = rows[money]
        wide = cls(lines, units, figures, columns)
        for name in (name for name in lines.sums if lines.by_name[name].role == "part"):
            for money in MONEY:
                own = wide.line(money, name)
                own[:] = np.where(np.isnan(own), wide.sum(money, lines.sums[name]), own)
        return wide

    def line(self, money: str, name: str) -> np.ndarray:
        """Return the figures of one line."""
        return self.figures[money][:, self.columns[name]]

    def sum(self, money: str, names: list[str]) -> np.ndarray:
        """Return the sum of these lines, nan where one of them is not given."""
        total: np.ndarray = self.figures[money][:, [self.columns[name] for name in names]].sum(axis=1)
        return total


def _whose(sheet: Sheet, area: object, year: object) -> str:
    whose = f"area {area!s} in {year!s}"
    return f"sheet '{sheet.name}', {whose}" if sheet.name else whose
