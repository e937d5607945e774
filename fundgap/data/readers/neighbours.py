"""Statistical neighbours (DfE): the ten councils most like each, nearest first, with how close each is.

Below the councils of now the sheet has those that were abolished, whose neighbours may be abolished councils too.
"""

from collections.abc import Hashable
from pathlib import Path

import pandas as pd

from fundgap.data.councils import CouncilIndex
from fundgap.data.raw_tables import CLOSENESS
from fundgap.data.readers.areas import councils_of
from fundgap.data.readers.sheets import Faults, Sheet, check_size, cut_table, squeeze, workbook_rows
from fundgap.data.sources import Release
from fundgap.errors import UnknownCouncil

_SHEET, _HEADER_ROW, _COUNT = "LA SN Groups", 3, 10
_NUMBER, _NAME, _NUMBER_AGAIN, _CLOSENESS = "LA num", "LA Name", "LA number", "SNP"
_OLD_COUNCILS = "Old SNs:"


def read(path: Path, release: Release, index: CouncilIndex) -> dict[str, pd.DataFrame]:
    """Return {"neighbours": council, position, neighbour, closeness, source}, ten rows a council.

    Raises
    ------
    BadFigures
        With every fault: an unknown council, one that is missing or doubled, a council that is its own neighbour or has one
        twice, a council of now with an abolished neighbour, words of closeness that are not known or out of order.
    """
    faults = Faults(path.name)
    check_size(path, faults)
    sheet, is_old = _without_gaps(_cut(path, faults))
    council = councils_of(sheet, sheet.cells.index, index, key="number", name="name")
    _check_councils(council, is_old, sheet, index)
    table = pd.concat([_nearest(sheet, position, council, index) for position in range(1, _COUNT + 1)])
    _check_neighbours(table, is_old, sheet, index)
    faults.raise_if_any()
    columns = ["council", "position", "neighbour", "closeness"]
    return {"neighbours": table[columns].assign(source=release.id)}


def _cut(path: Path, faults: Faults) -> Sheet:
    """Return the sheet with a heading of its own over each closeness, which the file heads "SNP" ten times."""
    name, rows = workbook_rows(path, _SHEET, faults)
    header = [squeeze(cell) for cell in rows[_HEADER_ROW - 1]] if len(rows) >= _HEADER_ROW else []
    named = [f"{header[place - 1]} {cell}" if place and cell == _CLOSENESS else cell for place, cell in enumerate(header)]
    columns = {"number": _NUMBER, "name": _NAME, "number_again": _NUMBER_AGAIN}
    for position in range(1, _COUNT + 1):
        columns |= {f"neighbour_{position}": f"SN{position}", f"closeness_{position}": f"SN{position} {_CLOSENESS}"}
    return cut_table(name, [*rows[: _HEADER_ROW - 1], [*named], *rows[_HEADER_ROW:]], _HEADER_ROW, columns, faults)


def _without_gaps(sheet: Sheet) -> tuple[Sheet, pd.Series]:
    """Return the sheet without blank rows and the line above the abolished councils, and which rows stand below that line."""
    words = sheet.cells.map(squeeze)
    is_line = (words["name"] == _OLD_COUNCILS) & (words.drop(columns="name") == "").all(axis=1)
    is_council = ~is_line & (words != "").any(axis=1)
    return Sheet(sheet.name, sheet.headers, sheet.cells[is_council], sheet.faults), is_line.cumsum().astype(bool)[is_council]


def _check_councils(council: pd.Series, is_old: pd.Series, sheet: Sheet, index: CouncilIndex) -> None:
    cells = sheet.cells
    for row in council.index[(council != "") & council.duplicated()]:
        sheet.faults.add(sheet.place(row, "number"), f"{index.names[council[row]]} a second time", "each council once")
    for row in council.index[cells["number"] != cells["number_again"]]:
        sheet.faults.add(sheet.place(row, "number_again"), cells.at[row, "number_again"], f"the number in '{_NUMBER}'")
    for row in council.index[(council != "") & ~is_old]:
        if not index.is_there_now(council[row]):
            sheet.faults.add(sheet.place(row, "number"), index.names[council[row]], f"a council of now, above '{_OLD_COUNCILS}'")
    here = {code for code in index.spans if index.is_there_now(code)}
    for code in sorted(here - set(council[~is_old])):
        sheet.faults.add(f"sheet '{sheet.name}'", f"no row for {index.names[code]} ({code})", "every council of now")


def _nearest(sheet: Sheet, position: int, council: pd.Series, index: CouncilIndex) -> pd.DataFrame:
    """Return the neighbours at one position, for every council."""
    rows, column = sheet.cells.index, f"neighbour_{position}"
    cells = sheet.cells[column]
    neighbour = []
    for row, cell in cells.items():
        try:
            neighbour.append(index.find(squeeze(cell).removesuffix(".0")))
        except UnknownCouncil as error:
            neighbour.append("")
            sheet.faults.add(sheet.place(row, column), cell, f"the number of a council of the register ({error})")
    # The file writes "Very close" and "Very Close".
    known = {spelt: word for word in CLOSENESS for spelt in (word, word.title())}
    closeness = sheet.words(f"closeness_{position}", rows, known)
    return pd.DataFrame({"council": council, "position": position, "neighbour": neighbour, "closeness": closeness})


def _check_neighbours(table: pd.DataFrame, is_old: pd.Series, sheet: Sheet, index: CouncilIndex) -> None:
    """Note, council by council, neighbours that come again, that are abolished, or whose words of closeness are out of order."""
    by_row: dict[int, list[dict[Hashable, object]]] = {}
    for row, record in zip(table.index, table.to_dict("records"), strict=True):
        by_row.setdefault(row, []).append(record)
    for row, places in by_row.items():
        seen, widest = {str(places[0]["council"])}, 0
        for position, place in enumerate(places, 1):
            neighbour, where = str(place["neighbour"]), sheet.place(row, f"neighbour_{position}")
            if neighbour and neighbour in seen:
                sheet.faults.add(where, index.names[neighbour], "ten others, each once")
            elif neighbour and not is_old[row] and not index.is_there_now(neighbour):
                sheet.faults.add(where, index.names[neighbour], "a council of now")
            seen.add(neighbour)
            rank = CLOSENESS.index(str(place["closeness"])) if place["closeness"] else widest
            if rank < widest:
                expected = f"no closer than '{CLOSENESS[widest]}', of the one before"
                sheet.faults.add(sheet.place(row, f"closeness_{position}"), place["closeness"], expected)
            widest = max(widest, rank)
