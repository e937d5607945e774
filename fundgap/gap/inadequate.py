"""Which councils were inadequate at the end of a financial year, by the last report published until then."""

from collections.abc import Iterable

import pandas as pd

from fundgap.data.store import Store
from fundgap.models.in_force import grades_at
from fundgap.models.journeys import journeys

INADEQUATE = "Inadequate"


def day_in_year(financial_year: str, judgements: pd.DataFrame) -> str:
    """Return the last day of a financial year, or of the last report held if that is earlier: as at when grades are counted."""
    last = judgements["publication_date"].max()
    return min(f"{int(financial_year[:4]) + 1}-03-31", str(last.date()))


def inadequate_councils(judgements: pd.DataFrame, days: Iterable[str], store: Store) -> dict[str, list[str]]:
    """Return the councils whose judgement in force on each day was Inadequate, by ONS code; see `fundgap.grades_at`.

    Every framework counts, those of one service alone too (child protection in 2012 and 2013, looked-after children in 2011 and 2013).

    Raises
    ------
    NoData
        For a day before the first judgement.
    """
    made = journeys(judgements, store)
    tables = {day: grades_at(made, day, store=store).table for day in days}
    return {day: [str(code) for code in table.loc[table["rating"] == INADEQUATE, "council"]] for day, table in tables.items()}
