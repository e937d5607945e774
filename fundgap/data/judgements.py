"""Graded judgements, and beside each the figures of the inspected council in an earlier financial year."""

import pandas as pd

from fundgap.data.deprivation import vintage_of
from fundgap.data.prices import financial_year_of, years_after
from fundgap.data.processed_tables import PER_CHILD_COLUMNS, PROCESSED

# What a judgement takes from the panel.
_FIGURES = ("children", *PER_CHILD_COLUMNS.values(), "looked_after_per_10k")


def judgements_of(rows: pd.DataFrame, names: pd.DataFrame, deprivation: pd.DataFrame) -> pd.DataFrame:
    """Return the raw judgements with council names and the deprivation of the edition in force when each was made.

    Parameters
    ----------
    rows
        The raw table `inspections`, dates as ISO text.
    names
        council, council_name, region.
    deprivation
        What `deprivation.deciles` returns.
    """
    table = rows.rename(columns={"overall": "rating"}).merge(names, how="left", on="council")
    table["deprivation_vintage"] = [vintage_of(year) for year in _inspected_in(table)]
    table = table.merge(deprivation, how="left", on=["council", "deprivation_vintage"])
    return table.assign(is_deprivation_derived=table["is_deprivation_derived"].eq(True))


def join_figures(judgements: pd.DataFrame, years: pd.DataFrame, *, lag: int = 1) -> pd.DataFrame:
    """Return judgements with the figures of the inspected council, `lag` financial years before the inspection."""
    schema = PROCESSED["inspections"]
    table = judgements.assign(figures_year=[years_after(year, -lag) for year in _inspected_in(judgements)])
    table = table.drop(columns=[name for name in _FIGURES if name in table])
    figures = years[["council", "financial_year", *_FIGURES]].rename(columns={"financial_year": "figures_year"})
    table = table.merge(figures, how="left", on=["council", "figures_year"])
    return table[schema.names].sort_values(list(schema.key), ignore_index=True)


def _inspected_in(judgements: pd.DataFrame) -> list[str]:
    """Return the financial year of each inspection: of its first day where that is published, else of its report."""
    return [financial_year_of(date) for date in judgements["inspection_date"].fillna(judgements["publication_date"])]
