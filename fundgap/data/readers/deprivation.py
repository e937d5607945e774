"""English Indices of Deprivation of each council (MHCLG): the overall index, seven domains, two supplementary indices."""

from pathlib import Path
from typing import Any

import pandas as pd

from fundgap.data.councils import CouncilIndex
from fundgap.data.readers.areas import check_complete, councils_of
from fundgap.data.readers.layouts import layouts_of
from fundgap.data.readers.sheets import Faults, Sheet, check_size, csv_sheet, cut_table, workbook_rows
from fundgap.data.sources import Release, layout_of

# What an average score can be: a share of people, a score from 0 to 100, or a standard score, of which half are negative.
_SHARE, _SCORE, _STANDARD = (0.0, 1.0), (0.0, 100.0), (-4.0, 4.0)
_SCALES = {
    "IMD": _SCORE,
    "income": _SHARE,
    "employment": _SHARE,
    "education": _SCORE,
    "health": _STANDARD,
    "crime": _STANDARD,
    "barriers": _SCORE,
    "living_environment": _SCORE,
    "IDACI": _SHARE,
    "IDAOPI": _SHARE,
}


def read_summaries(path: Path, release: Release, index: CouncilIndex) -> dict[str, pd.DataFrame]:
    """Return {"deprivation"} of File 11: average score, its rank and the share of areas in the most deprived tenth.

    Rank 1 is the most deprived, as published; deciles are made, and turned, in the panel.

    Raises
    ------
    BadFigures
        With every fault: an unknown council, a missing one, text in a number, a figure off its scale, ranks that do not
        follow the scores.
    """
    faults = Faults(path.name)
    check_size(path, faults)
    layout = _layout(release)
    tables = []
    for index_name, place in layout["indices"].items():
        headings = {figure: f"{place['heading']} - {words}" for figure, words in layout["figures"].items()}
        name, rows = workbook_rows(path, place["sheet"], faults)
        sheet = cut_table(name, rows, 1, {"code": layout["code"], "name": layout["name"], **headings}, faults)
        table = pd.DataFrame({figure: sheet.numbers(figure, sheet.cells.index) for figure in headings})
        table["council"] = _councils(sheet, layout, index)
        _check_scale(sheet, "average_score", table["average_score"], _SCALES[index_name])
        _check_scale(sheet, "share_in_most_deprived_tenth", table["share_in_most_deprived_tenth"], _SHARE)
        _check_ranks(table, sheet)
        tables.append(table.assign(index_name=index_name))
    faults.raise_if_any()
    return {"deprivation": pd.concat(tables, ignore_index=True).assign(vintage=layout["vintage"], is_derived=False, source=release.id)}


def read_scores(path: Path, release: Release, index: CouncilIndex) -> dict[str, pd.DataFrame]:
    """Return {"deprivation"} of a file with average scores alone: ranks and shares it does not give stay missing.

    Raises
    ------
    BadFigures
        With every fault: an unknown council, a missing one, text in a number, a figure off its scale, areas that do not
        add up to those there are.
    """
    faults = Faults(path.name)
    check_size(path, faults)
    layout = _layout(release)
    columns = {"code": layout["code"], "name": layout["name"], "counted": layout["counted"]["heading"], **layout["indices"]}
    sheet = csv_sheet(path, columns, faults)
    rows = sheet.cells.index
    councils = _councils(sheet, layout, index)
    tables = []
    for index_name in layout["indices"]:
        scores = sheet.numbers(index_name, rows)
        _check_scale(sheet, index_name, scores, _SCALES[index_name])
        tables.append(pd.DataFrame({"council": councils, "index_name": index_name, "average_score": scores}))
    counted, total = sheet.numbers("counted", rows, whole=True), layout["counted"]["total"]
    if counted.notna().all() and counted.sum() != total:
        faults.add(f"column '{sheet.headers['counted']}'", f"a sum of {counted.sum():,.0f}", f"{total:,}")
    faults.raise_if_any()
    table = pd.concat(tables, ignore_index=True)
    return {"deprivation": table.assign(vintage=layout["vintage"], is_derived=layout["is_derived"], source=release.id)}


def _layout(release: Release) -> dict[str, Any]:
    layouts = layouts_of("deprivation")
    return layout_of(release, layouts[release.reader])


def _councils(sheet: Sheet, layout: dict[str, Any], index: CouncilIndex) -> pd.Series:
    """Return the council of each row; those of the layout's year must all be there, and no other."""
    rows = sheet.cells.index
    councils = councils_of(sheet, rows, index, key="code", name="name", years=pd.Series(layout["areas"], index=rows))
    expected = index.of_year(layout["areas"])
    if "not_in" in layout:
        expected -= index.of_year(layout["not_in"])
    check_complete(sheet, councils, expected, index, key="code")
    return councils


def _check_scale(sheet: Sheet, column: str, values: pd.Series, scale: tuple[float, float]) -> None:
    low, high = scale
    for row in values.index[(values < low) | (values > high)]:
        sheet.faults.add(sheet.place(row, column), sheet.cells.at[row, column], f"a figure from {low:g} to {high:g}")


def _check_ranks(table: pd.DataFrame, sheet: Sheet) -> None:
    """Note ranks that do not follow the scores, and those that nobody has."""
    ranks = table["rank_of_average_score"]
    by_rank = table.sort_values("rank_of_average_score")["average_score"]
    for row in by_rank.index[by_rank.diff() > 0]:
        sheet.faults.add(sheet.place(row, "rank_of_average_score"), ranks[row], "ranks that follow the scores, 1 the highest")
    unused = sorted(set(range(1, len(ranks) + 1)) - set(ranks))
    if unused and ranks.notna().all():
        where = f"sheet '{sheet.name}', column '{sheet.headers['rank_of_average_score']}'"
        sheet.faults.add(where, f"no rank {', '.join(map(str, unused))}", f"every rank from 1 to {len(ranks)}")
