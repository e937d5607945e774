"""How lasting a grade is: until the next lower judgement, and whether it still held at the next inspection."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd

from fundgap.data.as_at import register_end
from fundgap.data.store import Store
from fundgap.data.tables import RATINGS
from fundgap.models.improvement import curve_of, spells_under
from fundgap.models.in_force import as_day
from fundgap.models.journeys import Journeys, as_journeys
from fundgap.models.proportions import clustered_interval
from fundgap.models.survival import DAYS_IN_YEAR, Survival

_YEARS = (3, 5)


@dataclass(frozen=True)
class Lasting:
    """How lasting each grade above inadequate is.

    Parameters
    ----------
    table
        One row a grade, the best first: rating; followed (judgements of the grade that have a next one), held (of them, next one the same
        or better), held_share, held_lower, held_upper, same, better, worse (counts); spells, ended, median_years until a lower
        judgement with its interval (median_lower, median_upper; missing = not reached), and lower_within_3_years, …_5_years with their
        intervals (…_lower, …_upper).
    curves
        Grade: share without a lower judgement yet.
    spells
        All spells, with `rating`, the grade they began with; else as `spells.spells`.
    as_at, level
        Where the record is cut off, and the level of the intervals.
    """

    table: pd.DataFrame
    curves: dict[str, Survival]
    spells: pd.DataFrame
    as_at: pd.Timestamp
    level: float

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.table

    def __str__(self) -> str:
        lines = [
            f"{row.rating}: at the next inspection {row.held} of {row.followed} the same or better "
            f"({row.held_share:.0%}, {row.held_lower:.0%} to {row.held_upper:.0%})"
            for row in self.table.itertuples()
        ]
        return "; ".join(lines) + "."

    def _repr_html_(self) -> str:
        return f"<p>{escape(str(self))}</p>{self.table.round(3).to_html(index=False, escape=True)}"


def how_lasting(
    inspections: pd.DataFrame | Journeys,
    *,
    frameworks: Sequence[str] | None = None,
    as_at: str | pd.Timestamp | None = None,
    level: float = 0.95,
    store: Store | None = None,
) -> Lasting:
    """Return how long councils kept a grade: from its report to that of the next lower one, and what the next inspection said.

    Parameters
    ----------
    inspections
        `fundgap.inspections()`, or the journeys made of it.
    frameworks
        Only judgements under these; all where left out. The next judgement may be of any framework.
    as_at
        The last day of the record; by default that of the releases. It cuts the spells off. What the next inspection said is counted to the
        last report held, those of spring 2025 included.

    Notes
    -----
    A spell begins with a judgement of exactly that grade and goes on while judgements are that grade or better. Kaplan–Meier as in
    `time_to_improve`. A lower judgement needs an inspection, and good councils wait years for one, so the time says as much about
    Ofsted's calendar as about the council; `held` does not depend on the calendar. The councils still without a next inspection are
    in the curves, not in `held`.

    Raises
    ------
    NoData
        When a grade was never given under those frameworks.

    Examples
    --------
    >>> import fundgap as fg
    >>> print(fg.how_lasting(fg.inspections()).level)
    0.95
    """
    paths = as_journeys(inspections, store)
    end = register_end(paths.steps, store) if as_at is None else as_day(as_at)
    rows: list[dict[str, object]] = []
    curves, parts = {}, []
    for rating in RATINGS[:0:-1]:
        found = spells_under(paths, rating, "lower", end, "first", frameworks)
        curves[rating] = curve_of(found, level)
        parts.append(found.assign(rating=rating))
        rows.append({"rating": rating} | _next(paths.steps, rating, frameworks, level) | _until_lower(curves[rating]))
    return Lasting(pd.DataFrame(rows), curves, pd.concat(parts, ignore_index=True), end, level)


def _next(steps: pd.DataFrame, rating: str, frameworks: Sequence[str] | None, level: float) -> dict[str, object]:
    """Return what the next judgement said after one of the grade."""
    framework_before = steps["previous_stage"].str.split().str[0]
    is_asked = framework_before.isin(list(frameworks)) if frameworks is not None else True
    after = steps[steps["previous_rating"].eq(rating) & is_asked]
    change = after["rating"].cat.codes.to_numpy(int) - RATINGS.index(rating)
    row: dict[str, object] = {"same": int((change == 0).sum()), "better": int((change > 0).sum()), "worse": int((change < 0).sum())}
    held = (change >= 0).astype(float)
    if not len(held):
        return {"followed": 0, "held": 0, "held_share": np.nan, "held_lower": np.nan, "held_upper": np.nan} | row
    lower, upper = clustered_interval(held, pd.factorize(after["council"])[0], level)
    return {"followed": len(held), "held": int(held.sum()), "held_share": held.mean(), "held_lower": lower, "held_upper": upper} | row


def _until_lower(curve: Survival) -> dict[str, object]:
    middle, lower, upper = (days / DAYS_IN_YEAR for days in curve.median)
    row: dict[str, object] = {"spells": len(curve.spell_days), "ended": int(curve.spell_ended.sum())}
    row |= {"median_years": middle, "median_lower": lower, "median_upper": upper}
    for years in _YEARS:
        within = curve.ended_within(years * DAYS_IN_YEAR)
        name = f"lower_within_{years}_years"
        row |= {name: within["share"], f"{name}_lower": within["lower"], f"{name}_upper": within["upper"]}
    return row
