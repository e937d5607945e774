"""Does a Revenue Outturn file add up? Income to net, parts to totals, authorities to classes, classes to England."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fundgap.data.readers.sheets import Sheet, squeeze

ENGLAND_ROW = "ENGLAND"
# Figures of one authority are rounded to £ thousand each in most years: half a unit for every figure in a sum.
_HALF = 0.5
# Totals are the sums of the rows, of some years before these were rounded, and differ by £3 thousand at most.
_TOLERANCE = 4.0
# What the publisher puts in for an authority without a return is at most this many times the mean of its class.
_ESTIMATE_LIMIT = 5.0
_OF_WHICH = "looked_after_"
# In place of a class total that was not estimated.
_NO_ESTIMATE = "[n]"


@dataclass(frozen=True)
class Outturn:
    """The figures of one file.

    Parameters
    ----------
    sheets
        The sheet that each measure was read from; one and the same in most years.
    kinds
        What each row is: the class of an authority, or the name of a total.
    figures
        £ thousand, one column for each (line, measure); missing where no return was made.
    council
        ONS code of each row of an upper-tier council.
    own
        The councils' figures as they are taken: without those known to be left out by mistake.
    """

    sheets: Mapping[str, Sheet]
    kinds: pd.Series
    figures: pd.DataFrame
    council: pd.Series
    own: pd.DataFrame

    def named(self, total: str) -> pd.Series:
        """Return the figures of one of the file's own totals."""
        rows: pd.DataFrame = self.figures.loc[self.kinds.index[self.kinds == total]]
        return rows.iloc[0]

    def of_classes(self, classes: list[str], totals: Mapping[str, str]) -> pd.Series:
        """Return the file's own totals of these classes, added up."""
        names = [name for name, class_ in totals.items() if class_ in classes]
        total: pd.Series[float] = self.figures.loc[self.kinds.index[self.kinds.isin(names)]].sum(skipna=False)
        return total


def key(line: str, measure: str) -> str:
    """Return the name that a sheet's column has."""
    return f"{line}.{measure}"


def missing_marks(layout: dict[str, Any]) -> list[str]:
    """Return what a cell without a figure may hold."""
    return [mark for mark in (layout.get("no_return", ""), *layout.get("not_given", []), _NO_ESTIMATE) if mark]


def check(outturn: Outturn, layout: dict[str, Any]) -> None:
    """Note every figure that does not add up."""
    lines = list(layout["lines"])
    _check_net(outturn, lines)
    if "total" in lines:
        _check_parts(outturn, [line for line in lines if line != "total" and not line.startswith(_OF_WHICH)], "total")
    if any(line.startswith(_OF_WHICH) for line in lines):
        _check_parts(outturn, [line for line in lines if line.startswith(_OF_WHICH)], "looked_after")
    _check_returns(outturn, layout.get("no_return"))
    _check_totals(outturn, layout)


def _check_net(outturn: Outturn, lines: list[str]) -> None:
    figures = outturn.own
    for line in lines:
        gross, income, net = (figures[line, measure] for measure in ("gross_gbp", "income_gbp", "net_gbp"))
        for row in figures.index[(gross - income - net).abs() > 3 * _HALF]:
            sheet = outturn.sheets["net_gbp"]
            sheet.faults.add(sheet.place(row, key(line, "net_gbp")), net[row], f"gross {gross[row]:,.0f} less income {income[row]:,.0f}")


def _check_parts(outturn: Outturn, parts: list[str], whole: str) -> None:
    figures = outturn.own
    for measure, sheet in outturn.sheets.items():
        # A part that was not given leaves the sum unknown.
        summed = figures[[(part, measure) for part in parts]].sum(axis=1, skipna=False)
        for row in figures.index[(summed - figures[whole, measure]).abs() > _HALF * (len(parts) + 1)]:
            sheet.faults.add(
                sheet.place(row, key(whole, measure)), figures.at[row, (whole, measure)], f"the sum of its parts, {summed[row]:,.0f}"
            )


def _check_returns(outturn: Outturn, mark: str | None) -> None:
    """Hold each council to a return for all lines or for none."""
    for sheet in {sheet.name: sheet for sheet in outturn.sheets.values()}.values():
        columns = [name for name in sheet.headers if "." in name]
        is_mark = sheet.cells.loc[outturn.council.index, columns].map(squeeze) == mark
        for row in is_mark.index[is_mark.any(axis=1) & ~is_mark.all(axis=1)]:
            sheet.faults.add(f"sheet '{sheet.name}', row {row}", f"'{mark}' beside figures", "a return or none")


def _check_totals(outturn: Outturn, layout: dict[str, Any]) -> None:
    totals: dict[str, str] = layout["totals"]
    main = next(iter(outturn.sheets.values()))
    kinds = set(outturn.kinds.tolist())
    gone = [name for name in (ENGLAND_ROW, *totals) if name not in kinds]
    for name in gone:
        main.faults.add(f"sheet '{main.name}'", f"no row named {name}", "one")
    if gone:
        return
    for class_ in (*layout["taken"], *layout["left_out"]):
        _check_class(outturn, class_, [name for name, of in totals.items() if of == class_], class_ in layout["taken"])
    classes = outturn.of_classes([*layout["taken"], *layout["left_out"]], totals)
    england = outturn.named(ENGLAND_ROW)
    for line, measure in england.index[(classes - england).abs() > _TOLERANCE]:
        _wrong(outturn, ENGLAND_ROW, (line, measure), f"the sum of the classes, {classes[line, measure]:,.0f}")


def _check_class(outturn: Outturn, class_: str, names: list[str], is_taken: bool) -> None:
    """Hold a class's total to its authorities: exactly, or, where some made no return, to about what these would add."""
    rows = outturn.figures.loc[outturn.kinds.index[outturn.kinds == class_]]
    published = outturn.figures.loc[outturn.kinds.index[outturn.kinds.isin(names)]].sum(skipna=False)
    summed, missing, mean = (figures.to_dict() for figures in (rows.sum(), rows.isna().sum(), rows.mean()))
    columns: list[tuple[str, str]] = list(published.index)
    for column, total in zip(columns, published.to_list(), strict=True):
        estimated = total - summed[column]
        if missing[column] == 0 and abs(estimated) > _TOLERANCE:
            _wrong(outturn, names[0], column, f"the sum of its {len(rows)} authorities, {summed[column]:,.0f}")
        # Lines and income are estimated too freely to be held to anything (2024-25: £65 million for two councils' young people).
        room = _ESTIMATE_LIMIT * mean[column] * missing[column]
        is_held = is_taken and missing[column] > 0 and column == ("total", "gross_gbp")
        if is_held and not 0 <= estimated <= room:
            expected = (
                f"the sum of {len(rows) - missing[column]} authorities, {summed[column]:,.0f}, and an estimate for {missing[column]} more"
            )
            _wrong(outturn, names[0], column, expected)


def _wrong(outturn: Outturn, total: str, column: tuple[str, str], expected: str) -> None:
    line, measure = column
    sheet = outturn.sheets[measure]
    row = outturn.kinds.index[outturn.kinds == total][0]
    sheet.faults.add(sheet.place(row, key(line, measure)), outturn.figures.at[row, column], expected)
