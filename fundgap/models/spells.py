"""Spells: from the report of a grade to the report of the next better, lower, or any judgement; cut off where the record ends."""

from collections.abc import Iterator
from typing import Literal

import numpy as np
import pandas as pd

from fundgap.data.tables import RATINGS
from fundgap.errors import NoData
from fundgap.models.journeys import Journeys

Until = Literal["better", "lower", "any"]
Clock = Literal["first", "each"]
REACHED, ABOLISHED, CUT_OFF = "judged", "council abolished", "record ends"
_COLUMNS = (
    "council",
    "council_name",
    "region",
    "stage",
    "start",
    "end",
    "days",
    "is_ended",
    "ended_by",
    "to_rating",
    "to_stage",
    "judgements_between",
)


def spells(journeys: Journeys, grade: str, until: Until, as_at: pd.Timestamp, clock: Clock = "first") -> pd.DataFrame:
    """Return the spells that began with a grade, one row each.

    Parameters
    ----------
    journeys
        What `journeys` returns.
    grade
        The grade whose report starts the clock.
    until
        What stops it: a "better" grade than that, a "lower" one, or "any" next judgement.
    as_at
        The last day of the record. Reports of that day and later are not counted: they are of the inspections that happen to have
        been begun before it, and to count them would add judgements without the time of the councils that had none.
    clock
        "first": a run of the same grade is one spell, from its first report. "each": every report of the grade starts a spell of its
        own, so that spells of one council overlap.

    Returns
    -------
    pandas.DataFrame
        council, council_name, region, stage (framework of the report that starts it), start, end, days, is_ended, ended_by ("judged",
        "council abolished" or "record ends"), to_rating and to_stage (of the judgement that ends it; else missing),
        judgements_between (reports within the spell that did not end it).

    Raises
    ------
    NoData
        For words that there are not, or when no such spell begins by `as_at`.
    """
    if grade not in RATINGS or until not in ("better", "lower", "any") or clock not in ("first", "each"):
        raise NoData(f"grade '{grade}', until '{until}', clock '{clock}': there are {RATINGS}; better, lower, any; first, each.")
    ends = journeys.paths.set_index("council")["ends_on"]
    # A report of the very last day has not been followed for any time.
    steps = journeys.steps[journeys.steps["publication_date"] < as_at]
    rows = [row for council, path in steps.groupby("council") for row in _of_path(path, grade, until, clock, ends[council], as_at)]
    if not rows:
        raise NoData(f"No council was judged {grade.lower()} by {as_at:%Y-%m-%d}.")
    return pd.DataFrame(rows, columns=list(_COLUMNS)).sort_values(["start", "council"], ignore_index=True)


def _of_path(
    path: pd.DataFrame, grade: str, until: Until, clock: Clock, abolished_on: pd.Timestamp, as_at: pd.Timestamp
) -> Iterator[dict[str, object]]:
    """Yield the spells of one council's steps."""
    codes, at = path["rating"].cat.codes.to_numpy(int), RATINGS.index(grade)
    stops = {"better": codes > at, "lower": codes < at, "any": np.ones(len(codes), dtype=bool)}[until]
    open_until = -1
    for place in np.flatnonzero(codes == at).tolist():
        # A run goes on until what stops it: a report of the grade within it starts nothing new.
        if clock == "first" and place < open_until:
            continue
        after = np.flatnonzero(stops[place + 1 :])
        stop = place + 1 + int(after[0]) if len(after) else len(path)
        open_until = stop
        yield _row(path, place, stop, abolished_on, as_at)


def _row(path: pd.DataFrame, place: int, stop: int, abolished_on: pd.Timestamp, as_at: pd.Timestamp) -> dict[str, object]:
    first, is_ended = path.iloc[place], stop < len(path)
    if is_ended:
        last = path.iloc[stop]
        end, why, to = last["publication_date"], REACHED, {"to_rating": last["rating"], "to_stage": last["stage"]}
    else:
        gone = pd.notna(abolished_on) and abolished_on <= as_at
        end, why, to = (abolished_on, ABOLISHED, {}) if gone else (as_at, CUT_OFF, {})
    names = {name: first[name] for name in ("council", "council_name", "region", "stage")}
    start = first["publication_date"]
    times = {"start": start, "end": end, "days": (end - start).days, "is_ended": is_ended, "ended_by": why}
    return names | times | {"to_rating": None, "to_stage": None} | to | {"judgements_between": stop - place - 1}
