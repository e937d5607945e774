"""The grade a council had on a day: its last judgement until then, or its first, counted by report or by inspection."""

import re
from dataclasses import dataclass
from html import escape
from typing import Literal

import pandas as pd

from fundgap.data.councils import councils, exists_in
from fundgap.data.prices import financial_year_of
from fundgap.data.store import Store, default_store
from fundgap.data.tables import RATINGS
from fundgap.errors import NoData
from fundgap.models.journeys import Journeys, as_journeys

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}([ T]00:00:00(\.0+)?)?")

Which = Literal["latest", "first"]
Counted = Literal["published", "inspected"]


@dataclass(frozen=True)
class GradesAt:
    """The grades of a day.

    Parameters
    ----------
    date, framework, which, counted
        What was asked for.
    table
        One row a council with a grade: council, council_name, region, framework, is_reinspection, inspection_date,
        publication_date, rating, days (from report to the day; below 0 where counted by inspection and reported later).
    without
        Councils there were on the day that had no such judgement: council, council_name, region.
    """

    date: pd.Timestamp
    framework: str | None
    which: Which
    counted: Counted
    table: pd.DataFrame
    without: pd.DataFrame

    @property
    def counts(self) -> pd.Series:
        """Councils by grade, the worst first."""
        return self.table["rating"].value_counts().reindex(list(RATINGS), fill_value=0)

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.table

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {str(grade).lower()}" for grade, count in self.counts[::-1].items())
        return f"{self.date:%-d %b %Y}: {len(self.table)} councils graded ({counts}); {len(self.without)} without a grade."

    def _repr_html_(self) -> str:
        return f"<p>{escape(str(self))}</p>{self.table.to_html(index=False, escape=True)}"


def as_day(date: str | pd.Timestamp) -> pd.Timestamp:
    """Return a day given as text or as a timestamp.

    Raises
    ------
    NoData
        When it is no day.
    """
    # No other way of writing a day is read: 03/04/2017 is the third of April to one and the fourth of March to another.
    day = pd.to_datetime(str(date), format="ISO8601", errors="coerce") if _DAY.fullmatch(str(date)) else pd.NaT
    if pd.isna(day):
        raise NoData(f"'{date}' is no day; write it as 2015-06-30.")
    return day


def grades_at(
    inspections: pd.DataFrame | Journeys,
    date: str | pd.Timestamp,
    *,
    framework: str | None = None,
    which: Which = "latest",
    counted: Counted = "published",
    store: Store | None = None,
) -> GradesAt:
    """Return each council's grade on a day.

    Parameters
    ----------
    inspections
        `fundgap.inspections()`, or the journeys made of it.
    date
        Such as "2015-06-30"; judgements of that day count.
    framework
        "SIF" or another; all frameworks where left out.
    which
        "latest": the judgement in force. "first": the first one under the framework, whatever came after, as the published
        counts of "first SIF judgements" have it.
    counted
        "published": judgements whose report was out by the day. "inspected": those of inspections begun by the day, though the report
        came later; Ofsted's "outcomes as at 31 March" are counted so. (Before 2018 only reports are dated; they count by report.)

    Raises
    ------
    NoData
        For what is no day, or a day before the first judgement.

    Examples
    --------
    Nineteen councils had been judged inadequate under the single framework by the end of 2015:

    >>> import fundgap as fg
    >>> print(fg.grades_at(fg.inspections(), "2015-12-31", framework="SIF"))
    31 Dec 2015: 74 councils graded (0 outstanding, 17 good, 38 requires improvement, 19 inadequate); 78 without a grade.
    """
    day, store = as_day(date), store or default_store()
    steps = as_journeys(inspections, store).steps
    dated = steps["publication_date"] if counted == "published" else steps["inspection_date"].fillna(steps["publication_date"])
    chosen = steps[(dated <= day) & (steps["framework"].eq(framework) if framework else True)]
    if chosen.empty:
        raise NoData(
            f"No {framework + ' ' if framework else ''}judgement by {day:%Y-%m-%d}: "
            f"the first was reported on {steps['publication_date'].min():%Y-%m-%d}."
        )
    register = councils(store)
    there = register.loc[exists_in(register, financial_year_of(f"{day:%Y-%m-%d}")), ["council", "council_name", "region"]]
    # A first judgement stays one when its council is abolished; a grade in force ends with the council.
    held = chosen.drop_duplicates("council", keep="last" if which == "latest" else "first")
    held = held[held["council"].isin(there["council"])] if which == "latest" else held
    columns = ["council", "council_name", "region", "framework", "is_reinspection", "inspection_date", "publication_date", "rating"]
    table = held[columns].assign(days=(day - held["publication_date"]).dt.days).reset_index(drop=True)
    return GradesAt(day, framework, which, counted, table, there[~there["council"].isin(table["council"])].reset_index(drop=True))
