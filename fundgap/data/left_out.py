"""Councils that a file leaves out though they were there: its neighbours hold them, and the register says that they existed."""

import pandas as pd

from fundgap.data.councils import TINY_COUNCILS, CouncilIndex
from fundgap.data.prices import financial_year
from fundgap.data.reconcile import period_texts
from fundgap.errors import Doubt

# Tables in which every council has a row in every year, blank where it made no return; and the column of their year.
_COMPLETE = {"spend": "financial_year", "revenue_outturn": "financial_year", "looked_after": "year", "children": "year"}
# A count of 31 March 2015 is of the councils of 2014-15.
_CLOSING = ("looked_after",)
_REACH_YEARS = 1


def left_out(name: str, table: pd.DataFrame, stored: pd.DataFrame, file: str, index: CouncilIndex) -> list[Doubt]:
    """Return a doubt for each council and year without a row, where a year at most one off on record has one.

    Parameters
    ----------
    name, table, stored
        A raw table: its name, the rows of the file, and the rows on record, typed alike.
    """
    if name not in _COMPLETE or stored.empty:
        return []
    column, doubts = _COMPLETE[name], []
    starts = period_texts(stored[column]).str[:4].astype(int)
    for period, rows in table.groupby(period_texts(table[column])):
        start = int(str(period)[:4])
        year = str(period) if "-" in str(period) else financial_year(start - (name in _CLOSING))
        beside = set(stored.loc[(starts - start).abs() <= _REACH_YEARS, "council"])
        for council in sorted(beside - set(rows["council"]) - set(TINY_COUNCILS)):
            if index.existed(council, year):
                where = f"{file}, {name}:{council}:{period} ({index.names[council]})"
                doubts.append(Doubt(where, "no row", "one, as in the years beside it", f"{name}:{council}:{period}"))
    return doubts
