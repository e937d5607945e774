"""One module a publisher's layout: official file in, tidy tables out. A layout is data (TOML), not code."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from fundgap.data.councils import CouncilIndex
from fundgap.data.readers import (
    deflator,
    deprivation,
    lait,
    looked_after,
    low_income,
    neighbours,
    ofsted,
    population,
    population_0_16,
    projection,
    revenue_outturn,
    section251,
    section251_open_data,
)
from fundgap.data.sources import Release

Reader = Callable[[Path, Release, CouncilIndex], dict[str, pd.DataFrame]]

READERS: dict[str, Reader] = {
    "section251": section251.read,
    "section251-open-data": section251_open_data.read,
    "revenue-outturn": revenue_outturn.read,
    "lait": lait.read,
    "ofsted-history": ofsted.read_history,
    "ofsted-ilacs": ofsted.read_ilacs,
    "deprivation": deprivation.read_summaries,
    "deprivation-scores": deprivation.read_scores,
    "population": population.read,
    "population-0-16": population_0_16.read,
    "projection": projection.read,
    "deflator": deflator.read,
    "looked-after": looked_after.read,
    "low-income": low_income.read,
    "neighbours": neighbours.read,
}
