"""Which council a row is about, and whether all are there.

Code and name must agree, which catches cells that have slipped a row.
"""

import pandas as pd

from fundgap.data.councils import CouncilIndex
from fundgap.data.readers.sheets import Sheet, squeeze
from fundgap.errors import UnknownCouncil


def councils_of(
    sheet: Sheet, rows: pd.Index, index: CouncilIndex, *, key: str, name: str | None, years: pd.Series | None = None
) -> pd.Series:
    """Return the ONS code of each row's council, "" with a fault where there is none.

    Parameters
    ----------
    key, name
        Columns with the council's ONS code or DfE number, and its name; None where the file has no names, and nothing says
        that a code has slipped a row.
    years
        The financial year each row is about, where the row has one: the council must have existed in it.
    """
    codes = [squeeze(cell) for cell in sheet.cells.loc[rows, key].tolist()]
    names = [None] * len(rows) if name is None else [squeeze(cell) for cell in sheet.cells.loc[rows, name].tolist()]
    labels = list(zip(codes, names, [None] * len(rows) if years is None else years.loc[rows].tolist(), strict=True))
    # Every label is looked up once: files repeat their councils on every line and in every year.
    known = {label: _council_or_error(*label, index) for label in dict.fromkeys(labels)}
    for row, (code, title, year) in zip(rows, labels, strict=True):
        error = known[code, title, year]
        if isinstance(error, UnknownCouncil):
            shown = f"'{code}'" if name is None else f"'{code}' beside '{title}'"
            sheet.faults.add(sheet.place(row, key), shown, f"a council of the register ({error})")
    return pd.Series([council if isinstance(council := known[label], str) else "" for label in labels], index=rows, dtype=object)


def _council_or_error(code: str, name: str | None, year: str | None, index: CouncilIndex) -> str | UnknownCouncil:
    try:
        return _council(code, name, year or None, index)
    except UnknownCouncil as error:
        return error


def _council(code: str, name: str | None, year: str | None, index: CouncilIndex) -> str:
    council = index.find(code.removesuffix(".0"), year)
    if name is None:
        return council
    first, last = index.spans[council]
    # "Dorset" names two councils: without a year, the name is read as of the time of the council whose code it stands by.
    own_time = first or (None if index.is_there_now(council) else last)
    if index.find(name, year or own_time) != council:
        raise UnknownCouncil(f"{code} is {index.names[council]}")
    return council


def check_complete(sheet: Sheet, councils: pd.Series, expected: set[str], index: CouncilIndex, *, key: str) -> None:
    """Note each council that stands a second time, does not belong in the file, or is not there."""
    known = councils[councils != ""]
    for row in known.index[known.duplicated()]:
        sheet.faults.add(sheet.place(row, key), f"{index.names[known[row]]} a second time", "each council once")
    for row in known.index[~known.isin(expected)]:
        sheet.faults.add(sheet.place(row, key), index.names[known[row]], "a council that these figures are about")
    missing = sorted(expected - set(known))
    # Rows whose council is not known have a fault of their own; as many councils will be missing.
    if len(missing) != len(councils) - len(known):
        for council in missing:
            where = f"sheet '{sheet.name}'" if sheet.name else ""
            sheet.faults.add(where, f"no row for {index.names[council]} ({council})", "a row for each council")
