"""Which judgement was in force on a day."""

import pandas as pd

from fundgap.data.councils import exists_in
from fundgap.data.prices import financial_year_of

INADEQUATE = "Inadequate"


def grades_in_force(judgements: pd.DataFrame, register: pd.DataFrame, day: str) -> pd.DataFrame:
    """Return each council's latest judgement published by a day.

    A judgement belongs to the council that was inspected: a successor has none until it is inspected itself. Every framework counts,
    also those of one service alone (child protection in 2012 and 2013, looked-after children in 2011 and 2013).

    Parameters
    ----------
    judgements
        As `fundgap.inspections()` gives it.
    register
        As `fundgap.councils()` gives it.
    day
        ISO date.

    Returns
    -------
    pandas.DataFrame
        council, council_name, rating, framework, publication_date: one row for each council that existed in the financial year of the
        day, rating missing where it had not been judged.
    """
    there = register.loc[exists_in(register, financial_year_of(day)), ["council", "council_name"]]
    published = judgements[judgements["publication_date"] <= pd.Timestamp(day)].sort_values(["publication_date", "framework"])
    latest = published.drop_duplicates("council", keep="last")[["council", "rating", "framework", "publication_date"]]
    return there.merge(latest, how="left", on="council").sort_values("council", ignore_index=True)


def inadequate_councils(judgements: pd.DataFrame, register: pd.DataFrame, day: str) -> pd.DataFrame:
    """Return the councils whose latest judgement published by a day is Inadequate; columns as `grades_in_force`."""
    table = grades_in_force(judgements, register, day)
    return table[table["rating"].astype("string").eq(INADEQUATE).fillna(False)].reset_index(drop=True)


def day_in_year(financial_year: str, judgements: pd.DataFrame) -> str:
    """Return the last day of a financial year, or of the last report held if that is earlier: as at when grades are counted."""
    last = judgements["publication_date"].max()
    return min(f"{int(financial_year[:4]) + 1}-03-31", str(last.date()))
