"""Raw tables as one list of figures, each with the name that a person can type, its council, subject, period and value."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from fundgap.data.reconcile import period_texts
from fundgap.data.tables import Table

_PERIODS = ("financial_year", "year")
_NUMBERS = ("amount", "number", "count")
# A note on the count beside it; and what is left between gross and net, which are looked at themselves.
_NO_FIGURES = ("rounded_to", "income_gbp")


def row_names(frame: pd.DataFrame, table: Table) -> pd.Series:
    """Return what a row is called beside its source: "spend:E08000016:2016-17:looked_after"."""
    # A list is gone through many times faster than a column of text.
    parts = (period_texts(frame[column]).tolist() for column in table.key if column != "source")
    return pd.Series([":".join((table.name, *words)) for words in zip(*parts, strict=True)], index=frame.index, dtype=object)


def figures_of(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return the table's yearly figures of councils one below the other; blanks and other tables give none.

    Returns
    -------
    pandas.DataFrame
        `name` (of the row), `council`, `what` (category, line or indicator; the table's name where it has one subject),
        `column`, `period`, `year` (in which it begins), `value`, `source`.
    """
    columns = value_columns(table)
    period = next((name for name in _PERIODS if name in table.key), None)
    if period is None or "council" not in table.key:
        return pd.DataFrame(columns=["name", "council", "what", "column", "period", "year", "value", "source"])
    what = next((name for name in table.key if name not in ("source", "council", period)), None)
    periods = period_texts(frame[period])
    starts = {text: int(text[:4]) for text in periods.unique()}
    rows = pd.DataFrame(
        {
            "name": row_names(frame, table),
            "council": frame["council"],
            "what": frame[what] if what else table.name,
            "period": periods,
            "year": periods.map(starts).astype(int),
            "source": frame["source"],
        }
    )
    figures = pd.concat([rows] * len(columns), ignore_index=True)
    figures.insert(3, "column", np.repeat(columns, len(rows)))
    figures.insert(6, "value", np.concatenate([frame[column].to_numpy(dtype=float) for column in columns]))
    return figures[figures["value"].notna()]


def value_columns(table: Table) -> list[str]:
    """Return the columns that hold figures to look at: numbers that are no key, no note, and do not follow from others."""
    return [column.name for column in table.columns if column.kind in _NUMBERS and column.name not in (*table.key, *_NO_FIGURES)]


def periods_in_words(periods: Iterable[str]) -> str:
    """Return periods as a reader would say them: runs of years by their first and last ("2011-12 to 2013-14, 2016-17")."""
    runs: list[list[str]] = []
    # "2019" and "2019-20" are apart.
    for period in sorted(set(periods), key=lambda period: (len(period), period)):
        last = runs[-1][-1] if runs else ""
        if len(last) == len(period) and period[:4].isdigit() and int(period[:4]) - int(last[:4]) == 1:
            runs[-1].append(period)
        else:
            runs.append([period])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)
