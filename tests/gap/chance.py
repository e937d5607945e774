"""Shocks made by hand, and the projections that they are drawn around."""

from collections.abc import Sequence
from typing import Any

import frames
import numpy as np
import pandas as pd

from fundgap.gap.scenario import Scenario
from fundgap.gap.shocks import Shocks

# Spend on looked-after children, safeguarding and the rest of five councils, two of them in the North.
SPEND = ((6e6, 3e6, 1e6), (4e6, 4e6, 2e6), (9e6, 1e6, 5e6), (2e6, 2e6, 2e6), (8e6, 6e6, 4e6))
ALL_ALIKE = "2019-20"


def panel(spend: Sequence[Sequence[float | None]] = SPEND) -> pd.DataFrame:
    """Return one year of spend of some councils."""
    return frames.outturn(spend, ALL_ALIKE)


def scenario(**changes: float | int | str) -> Scenario:
    """Return three years from 2019-20 on with some growth, unless told otherwise."""
    grown = {"base_year": ALL_ALIKE, "years": 3, "price_growth": 0.05, "general_price_growth": 0.02}
    return frames.growth(**(grown | changes))


def shocks(table: pd.DataFrame, **changes: Any) -> Shocks:
    """Return shocks of nothing at all to the councils of a panel, but for what is given."""
    rows = table.sort_values("council")
    count = len(rows)
    regions = tuple(sorted(rows["region"].unique()))
    nothing: dict[str, Any] = {
        "origin": ALL_ALIKE,
        "councils": tuple(rows["council"]),
        "regions": regions,
        "region_of": np.array([regions.index(name) for name in rows["region"]]),
        "drift": np.zeros(4),
        "drift_cov": np.zeros((4, 4)),
        "damping": 1.0,
        "national_cov": np.zeros((4, 4)),
        "national_persistence": 0.0,
        "national_state": np.zeros(4),
        "national_df": np.inf,
        "regional_cov": np.zeros((2, 2)),
        "own_cov": np.zeros((2, 2)),
        "own_scale": np.ones(count),
        "own_df": np.inf,
        "transitory_sd": 0.0,
        "transitory_persistence": 0.0,
        "transitory_now": np.zeros(count),
        "transitory_now_sd": np.zeros(count),
        "inflation_mean": 0.0,
        "inflation_persistence": 0.0,
        "inflation_sd": 0.0,
        "inflation_df": np.inf,
        "inflation_state": 0.0,
        "years_used": np.full(4, 5),
    }
    return Shocks(**(nothing | changes))


def lively(table: pd.DataFrame, **changes: Any) -> Shocks:
    """Return shocks of every kind, about as large as those of the panel."""
    count = len(table)
    kinds: dict[str, Any] = {
        "drift_cov": np.diag([1e-4, 8e-4, 7e-4, 2e-3]) + 1e-5,
        "damping": 0.8,
        "national_cov": np.diag([2e-4, 1e-3, 9e-4, 2e-3]) + 5e-5,
        "national_persistence": 0.5,
        "national_df": 4.0,
        "regional_cov": np.diag([4e-4, 1e-4]),
        "own_cov": np.diag([4e-3, 2e-3]),
        "own_scale": np.linspace(0.8, 1.4, count),
        "own_df": 5.0,
        "transitory_sd": 0.03,
        "transitory_persistence": 0.4,
        "transitory_now": np.linspace(-0.05, 0.05, count),
        "transitory_now_sd": np.full(count, 0.02),
    }
    return shocks(table, **(kinds | changes))
