"""Which council a row is about. Code and name must agree, which catches cells that have slipped a row."""

import pandas as pd

from fundgap.data.councils import CouncilIndex
from fundgap.data.readers.sheets import Sheet, squeeze
from fundgap.errors import UnknownCouncil


def councils_of(sheet: Sheet, rows: pd.Index, index: CouncilIndex, *, key: str, name: str, years: pd.Series | None = None) -> pd.Series:
    """Return the ONS code of each row's council, "" with a fault where there is none.

    Parameters
    ----------
    key, name
        Columns with the council's ONS code or DfE number, and its name.
    years
        The financial year each row is about, where the row has one: the council must have existed in it.
    """
    labels = sheet.cells.loc[rows, [key, name]].map(squeeze)
    labels["year"] = "" if years is None else years.loc[rows]
    found = pd.Series("", index=rows, dtype=object)
    for label, group in labels.groupby([key, name, "year"]):
        code, title, year = (str(part) for part in label)
        try:
            found[group.index] = _council(code, title, year or None, index)
        except UnknownCouncil as error:
            for row in group.index:
                sheet.faults.add(sheet.place(row, key), f"'{code}' beside '{title}'", f"a council of the register ({error})")
    return found


def _council(code: str, name: str, year: str | None, index: CouncilIndex) -> str:
    council = index.find(code.removesuffix(".0"), year)
    first, last = index.spans[council]
    # "Dorset" names two councils: without a year, the name is read as of the time of the council whose code it stands by.
    own_time = first or (last if last != "9999" else None)
    if index.find(name, year or own_time) != council:
        raise UnknownCouncil(f"{code} is {index.names[council]}")
    return council
