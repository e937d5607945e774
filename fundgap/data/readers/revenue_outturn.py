"""Revenue Outturn RO3 (MHCLG and its predecessors): children's social care by council, £ thousand in the file, £ in our table.

The file's own totals hold districts and the Greater London Authority too, which spend a little; they are read with the
councils so that every figure of the file is in a sum that is checked (revenue_outturn_sums.py), and only the councils are kept.
"""

import re
from pathlib import Path
from typing import Any

import pandas as pd

from fundgap.data.councils import CouncilIndex
from fundgap.data.readers import revenue_outturn_sums as sums
from fundgap.data.readers.areas import councils_of
from fundgap.data.readers.layouts import layouts_of
from fundgap.data.readers.sheets import Faults, Sheet, check_size, cut_table, squeeze, workbook_rows
from fundgap.data.reconcile import ENGLAND, LOWER_TIER, OUTTURN
from fundgap.data.sources import Release, layout_of

_UNIT = "£ thousand"
_POUNDS = 1_000
_LABELS = ("e_code", "name", "class")
# "Total Expenditure (C3 = C1 + C2)53": the running number of a heading that recurs.
_RUNNING_NUMBER = re.compile(r"(?<=\))\d+$")


def read(path: Path, release: Release, index: CouncilIndex) -> dict[str, pd.DataFrame]:
    """Return {"revenue_outturn": one row a council and line, "published_totals": England's, and those of its lower tier}.

    Raises
    ------
    BadFigures
        With every fault: a heading that is missing, text in a number, an unknown, doubled or missing council, a row that no
        class or total accounts for, figures that do not add up to their council's, their class's or England's total.
    """
    faults = Faults(path.name)
    check_size(path, faults)
    parts = layouts_of("revenue_outturn")
    layout = layout_of(release, parts["layouts"])
    layout = layout | {part: parts[part][layout[part]] for part in ("measures", "lines", "totals")}
    sheets = _open(path, layout, release.period, faults)
    main = next(iter(sheets.values()))
    kinds = _kinds(main, layout)
    _check_alike(sheets, kinds, faults)
    council = _councils(main, kinds, layout, parts["misprints"].get(release.id, {}), release.period, index)
    figures = _figures(sheets, kinds, layout)
    own = _own(main, figures, council, parts["omitted"].get(release.id, {}))
    outturn = sums.Outturn(sheets, kinds, figures, council, own)
    sums.check(outturn, layout)
    faults.raise_if_any()
    return {
        "revenue_outturn": _tidy(outturn).assign(financial_year=release.period, source=release.id),
        "published_totals": _totals(outturn, layout).assign(period=release.period, source=release.id),
    }


def _open(path: Path, layout: dict[str, Any], period: str, faults: Faults) -> dict[str, Sheet]:
    """Return the sheet of each measure: the labels, and a column for each line and measure on it."""
    names = layout["sheet"] if isinstance(layout["sheet"], dict) else dict.fromkeys(layout["measures"], layout["sheet"])
    opened = {}
    for name in dict.fromkeys(names.values()):
        # The year stands in the name of the sheet: another year's file is refused.
        title, rows = workbook_rows(path, name.format(period=period, digits=period.replace("-", "")), faults)
        last = max(layout["header_rows"])
        if not any(_UNIT in squeeze(cell) for row in rows[:last] for cell in row):
            faults.add(f"sheet '{title}', rows 1 to {last}", "no unit", f"'{_UNIT}'")
        columns = {
            sums.key(line, measure): f"{service} - {layout['measures'][measure]}"
            for measure in layout["measures"]
            for line, service in layout["lines"].items()
            if names[measure] == name
        }
        headed = [*rows[: last - 1], _headings(rows, layout), *rows[last:]]
        opened[name] = cut_table(title, headed, last, layout["labels"] | columns, faults)
    return {measure: opened[name] for measure, name in names.items()}


def _headings(rows: list[list[object]], layout: dict[str, Any]) -> list[object]:
    """Return each column's full heading, "service - heading", as one row."""
    width = max(len(row) for row in rows) if rows else 0
    top = rows[: max(*layout["header_rows"], layout["group_row"])]
    lines = [[squeeze(cell) for cell in row] + [""] * (width - len(row)) for row in top]
    services, service = [], ""
    for cell in lines[layout["group_row"] - 1] if 0 < layout["group_row"] <= len(lines) else [""] * width:
        # The unit stands over the first columns of some years; it is no service.
        service = cell if cell and not cell.startswith("£") else service
        services.append(service)
    heads = [lines[row - 1] for row in layout["header_rows"] if row <= len(lines)]
    own = [" ".join(cells).strip() for cells in zip(*heads, strict=True)]
    if layout.get("numbered"):
        own = [_RUNNING_NUMBER.sub("", heading) for heading in own]
    return [f"{service} - {squeeze(head)}" if service and head else squeeze(head) for service, head in zip(services, own, strict=False)]


def _kinds(sheet: Sheet, layout: dict[str, Any]) -> pd.Series:
    """Return what each row with figures is: above ENGLAND the class of an authority, from there on the name of a total."""
    labels = sheet.cells[list(_LABELS)].map(squeeze)
    england = labels.index[labels["name"] == sums.ENGLAND_ROW]
    if len(england) != 1:
        sheet.faults.add(f"sheet '{sheet.name}'", f"{len(england)} rows named {sums.ENGLAND_ROW}", "one")
        sheet.faults.raise_if_any()
    above = labels[(labels.index < england[0]) & (labels != "").any(axis=1)]
    classes = [*layout["taken"], *layout["left_out"]]
    for row in above.index[~above["class"].isin(classes)]:
        sheet.faults.add(sheet.place(row, "class"), above.at[row, "class"], f"one of {classes}")
    below = labels[labels.index >= england[0]]
    known = [sums.ENGLAND_ROW, *layout["totals"]]
    figures = sheet.cells.loc[below.index].drop(columns=list(layout["labels"]))
    is_counted = figures.map(lambda cell: isinstance(cell, int | float)).any(axis=1)
    for row in below.index[is_counted & ~below["name"].isin([*known, *layout.get("not_read", [])])]:
        sheet.faults.add(sheet.place(row, "name"), below.at[row, "name"], f"a row without figures, or one of {known}")
    totals = below.loc[below["name"].isin(known) & is_counted, "name"]
    for row in totals.index[totals.duplicated()]:
        sheet.faults.add(sheet.place(row, "name"), f"{totals[row]} a second time", "each total once")
    kinds: pd.Series[str] = pd.concat([above["class"], totals[~totals.duplicated()]])
    return kinds


def _check_alike(sheets: dict[str, Sheet], kinds: pd.Series, faults: Faults) -> None:
    """Hold the sheets of one file to the same authority on the same row."""
    first, *others = {sheet.name: sheet for sheet in sheets.values()}.values()
    wanted = first.cells.loc[kinds.index, list(_LABELS)].map(squeeze)
    for sheet in others:
        found = sheet.cells.reindex(kinds.index, fill_value="")[list(_LABELS)].map(squeeze)
        for row in wanted.index[(found != wanted).any(axis=1)]:
            faults.add(sheet.place(row, "name"), found.at[row, "name"], f"{wanted.at[row, 'name']!r}, as on sheet '{first.name}'")
    faults.raise_if_any()


def _figures(sheets: dict[str, Sheet], kinds: pd.Series, layout: dict[str, Any]) -> pd.DataFrame:
    """Return the figures of all rows in £ thousand, one column for each (line, measure)."""
    marks = sums.missing_marks(layout)
    columns = [(line, measure) for line in layout["lines"] for measure in sheets]
    return pd.DataFrame(
        {(line, measure): sheets[measure].numbers(sums.key(line, measure), kinds.index, marks) for line, measure in columns}
    )


def _councils(
    sheet: Sheet, kinds: pd.Series, layout: dict[str, Any], misprints: dict[str, str], period: str, index: CouncilIndex
) -> pd.Series:
    """Return the ONS code of each row of an upper-tier council: E-code, ONS code and name must agree, and no council be missing."""
    taken = kinds.index[kinds.isin(layout["taken"])]
    years = pd.Series(period, index=taken)
    council = councils_of(sheet, taken, index, key="e_code", name="name", years=years)
    if "ons_code" in sheet.cells:
        labels = sheet.cells.loc[taken, ["e_code", "ons_code"]].map(squeeze)
        rows = taken[(labels["e_code"].map(misprints) != labels["ons_code"]) & (council != "")]
        again = councils_of(sheet, rows, index, key="ons_code", name="name", years=years)
        for row in rows[(again != council[rows]) & (again != "")]:
            sheet.faults.add(sheet.place(row, "ons_code"), labels.at[row, "ons_code"], f"the ONS code of {labels.at[row, 'e_code']!s}")
    for row in council.index[council.duplicated(keep=False) & (council != "")]:
        sheet.faults.add(sheet.place(row, "e_code"), "a council a second time", "each council once")
    for code in sorted(index.of_year(period) - set(council)):
        sheet.faults.add(f"sheet '{sheet.name}'", f"no row of {index.names[code]} ({code})", "one")
    return council


def _own(sheet: Sheet, figures: pd.DataFrame, council: pd.Series, omitted: dict[str, list[str]]) -> pd.DataFrame:
    """Return the councils' figures without those that are known to be left out by mistake, and stand as zero."""
    own = figures.loc[council.index].copy()
    e_codes = sheet.cells.loc[council.index, "e_code"].map(squeeze)
    for e_code, lines in omitted.items():
        own.loc[e_codes == e_code, lines] = float("nan")
    return own


def _tidy(outturn: sums.Outturn) -> pd.DataFrame:
    """Return the councils' figures in £, one row a council and line."""
    tall = (outturn.own * _POUNDS).round().stack(0, future_stack=True).rename_axis(["row", "line"]).reset_index()
    return tall.assign(council=tall["row"].map(outturn.council)).drop(columns="row")


def _totals(outturn: sums.Outturn, layout: dict[str, Any]) -> pd.DataFrame:
    """Return England's gross and net figures as published, and those of the classes in them that are no upper-tier council's."""
    england = outturn.named(sums.ENGLAND_ROW)
    lower = outturn.of_classes(layout["left_out"], layout["totals"])
    rows = []
    for line in layout["lines"]:
        for measure in ("gross_gbp", "net_gbp"):
            figure = f"{OUTTURN}{line}_{measure}"
            rows += [(figure, england[line, measure]), (figure + LOWER_TIER, lower[line, measure])]
    totals = pd.DataFrame(rows, columns=["figure", "value"])
    return totals.assign(value=(totals["value"] * _POUNDS).round(), area=ENGLAND)
