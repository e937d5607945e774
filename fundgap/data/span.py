"""The years a release is about: a figure or a day far outside them is a slip of the pen, or another file."""

import pandas as pd

from fundgap.data.reconcile import period_text
from fundgap.data.sources import Release
from fundgap.errors import Fault

_YEARS = ("financial_year", "year", "period", "publication_date", "inspection_date", "visit_date", "reporting_year")
# A figure of 31 March 2025 closes 2024-25, and a report on 2022-23 may name the year in which it came out.
_SLACK_YEARS = 1


def outside(tables: dict[str, pd.DataFrame], release: Release, file: str) -> list[Fault]:
    """Return a fault for each year or day in the tables that lies outside the period of the release in `sources.toml`."""
    if not release.years:
        return []
    first, last = min(release.years) - _SLACK_YEARS, max(release.years) + _SLACK_YEARS
    faults = []
    for name, table in tables.items():
        for column in (column for column in _YEARS if column in table):
            texts = {period_text(value) for value in table[column].dropna()} - {""}
            wrong = sorted(text for text in texts if not first <= int(text[:4]) <= last)
            faults += [Fault(f"{file}, table {name}, {column}", text, f"a time within {release.period}") for text in wrong]
    return faults
