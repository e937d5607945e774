"""From service lines to spend by category: every line there once, every sum checked, nothing counted twice."""

from dataclasses import dataclass, field
from typing import cast

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
    rows = rows[(rows["area"] != "") & rows["name"].map(lambda name: name in lines.by_name)]
    needed = {name for name, line in lines.by_name.items() if line.role in ("part", "subtotal", "total")}
    if rows.empty:
        sheet.faults.add(f"sheet '{sheet.name}'" if sheet.name else "", "no line that is known, of a council that is", "some")
    for (area, year), group in rows.groupby(UNIT):
        held = set(group["name"])
        for name in sorted(needed - held):
            details = lines.parts_of(name) if lines.by_name[name].role == "part" else []
            if not details or not held.issuperset(details):
                sheet.faults.add(_whose(sheet, area, year), f"no line for {name}", "exactly one")
        for doubled, again in group[group.duplicated("name", keep=False)].groupby("name"):
            places = ", ".join(str(row) for row in again.index)
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
    keys: pd.Series[str] = rows["area"] + " " + rows["year"] + " " + rows["name"] + " balance"
    for row, value in difference[difference.abs() > _TOLERANCE_GBP].to_dict().items():
        if not known.explains(str(keys.at[row]), value) and not rounding.allows(value, 3):
            sheet.faults.add(sheet.place(row, "net_gbp"), sheet.cells.at[row, "net_gbp"], "gross less income")


def check_sums(rows: pd.DataFrame, lines: Lines, sheet: Sheet, known: Known, rounding: Rounding) -> None:
    """Note each sub-total and total, gross, income and net, that is not the sum of its lines, where all of them are given."""
    rows = rows[rows["area"] != ""].drop_duplicates([*UNIT, "name"])
    places = rows.assign(row=rows.index).set_index([*UNIT, "name"])["row"]
    sums = [name for name in lines.by_name if lines.parts_of(name)]
    for money in MONEY:
        wide = _wide(rows, lines, money)
        for name in sums:
            parts = wide[lines.parts_of(name)]
            difference = wide[name] - parts.sum(axis=1, skipna=False)
            stated = wide[name].to_dict()
            for unit, value in difference[difference.abs() > _TOLERANCE_GBP].to_dict().items():
                area, year = cast(tuple[str, str], unit)
                if known.explains(f"{area} {year} {name} {money}", value) or rounding.allows(value, parts.shape[1] + 1):
                    continue
                found = f"{name}: parts of £{stated[unit] - value:,.2f} against a total of £{stated[unit]:,.2f}"
                sheet.faults.add(f"{sheet.place(places[(area, year, name)], money)}, {area}", found, "parts that add up to the total")


def by_category(rows: pd.DataFrame, lines: Lines) -> pd.DataFrame:
    """Return area, year, category and money: a category is the sum of its highest lines, gross_spend the stated total.

    A category that the layout does not ask for is a row without a value, and so is one of which a line is not given.
    """
    wide = {money: _wide(rows, lines, money) for money in MONEY}
    heads = lines.heads() | {"gross_spend": [TOTAL]}
    tables = []
    for category in CATEGORIES:
        # The sum of no lines would be zero; a category that nobody asked for is not known.
        table = {
            money: figures[heads[category]].sum(axis=1, skipna=False) if category in heads else figures[TOTAL] * float("nan")
            for money, figures in wide.items()
        }
        tables.append(pd.DataFrame(table).round(_PENNIES).assign(category=category))
    return pd.concat(tables).reset_index()[[*UNIT, "category", *MONEY]]


def _wide(rows: pd.DataFrame, lines: Lines, money: str) -> pd.DataFrame:
    """Return one row an area and year, one column a line; a part that is not given is the sum of its details."""
    wide = rows.drop_duplicates([*UNIT, "name"]).pivot(index=UNIT, columns="name", values=money)
    wide = wide.reindex(columns=list(lines.by_name))
    for name, line in lines.by_name.items():
        if line.role == "part" and lines.parts_of(name):
            wide[name] = wide[name].fillna(wide[lines.parts_of(name)].sum(axis=1, skipna=False))
    return wide


def _whose(sheet: Sheet, area: object, year: object) -> str:
    whose = f"area {area!s} in {year!s}"
    return f"sheet '{sheet.name}', {whose}" if sheet.name else whose
