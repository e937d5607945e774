"""Figures of a whole file out of scale: pounds for thousands, or the wrong column. A matter of units, so nobody can accept it."""

from collections import defaultdict

import numpy as np
import pandas as pd

from fundgap.errors import Fault

# Half of all councils do not change fivefold from one year to the next; over many years a service may all but end.
_LIMIT, _LIMIT_FAR, _FAR_YEARS = 5.0, 50.0, 2
# One council by itself may be odd; that is asked about as a doubt.
_FEWEST_COUNCILS = 2
_SUBJECT = ["what", "column"]


def out_of_scale(new: pd.DataFrame, stored: pd.DataFrame, file: str) -> dict[tuple[str, str], Fault]:
    """Return a fault for each subject and period whose typical council is a multiple of itself in the nearest other year.

    The typical council is the middle one of the ratios of each council's figure to its own. It is held to the nearest period on
    record, and to the period before within the file.

    Parameters
    ----------
    new, stored
        Figures of one table, of the file and on record, as `series.figures_of` gives them.
    """
    faults: dict[tuple[str, str], Fault] = {}
    wide = _by_council(new)
    own, on_record = _by_subject(wide), _by_subject(_by_council(stored).reindex(columns=wide.columns))
    for key, periods in own.items():
        what, known = key[0], on_record.get(key, {})
        for period, values in periods.items():
            nearest = min(known, key=lambda other: _apart(period, other), default=None)
            earlier = max((other for other in periods if other < period), default=None)
            for other, table in ((nearest, known), (earlier, periods)):
                ratio = _ratio(values, table[other]) if other else 1.0
                limit = _LIMIT if other and _apart(period, other) <= _FAR_YEARS else _LIMIT_FAR
                if not 1 / limit < ratio < limit:
                    found = f"figures {ratio:,.4g} times those of {other} for the typical council"
                    expected = f"about as in {other}: are the units right?"
                    faults.setdefault((what, period), Fault(f"{file}, {what} {period}", found, expected))
    return faults


def _by_council(figures: pd.DataFrame) -> pd.DataFrame:
    """Return one row a subject, column and period, one column a council; the first of several releases."""
    return figures.drop_duplicates([*_SUBJECT, "period", "council"]).pivot(index=[*_SUBJECT, "period"], columns="council", values="value")


def _by_subject(wide: pd.DataFrame) -> dict[tuple[str, str], dict[str, np.ndarray]]:
    """Return the figures of the councils, in the order of the columns, by subject and column and then by period, the earliest first."""
    found: dict[tuple[str, str], dict[str, np.ndarray]] = defaultdict(dict)
    for (what, column, period), values in zip(wide.index, wide.to_numpy(dtype=float), strict=True):
        found[what, column][period] = values
    return found


def _ratio(values: np.ndarray, others: np.ndarray) -> float:
    """Return the middle ratio over the councils that have both figures, 1 where they are too few to tell."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = values / others
    ratios = ratios[(ratios > 0) & (ratios < float("inf"))]
    return float(np.median(ratios)) if len(ratios) >= _FEWEST_COUNCILS else 1.0


def _apart(period: str, other: str) -> int:
    return abs(int(period[:4]) - int(other[:4]))
