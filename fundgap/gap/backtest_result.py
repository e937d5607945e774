"""A back-test's tables: every forecast beside its outcome, and what they come to by rule, level, horizon and origin."""

from dataclasses import dataclass

import pandas as pd

from fundgap.gap.shocks import Recipe
from fundgap.shown import Shown

LEVELS = ("England", "councils")
# The default was chosen on origins up to here; later ones were opened once, to report.
EARLY_UNTIL = "2017-18"


@dataclass(frozen=True)
class Backtest(Shown):
    """Forecasts from past years, held against what was spent. Money is in £; `prices` says whether real (of the origin's year) or cash.

    Parameters
    ----------
    scores : level, prices, period, model, horizon, forecasts, crps, error, bias, coverage_80, coverage_95
        `period`: "early" (origins up to 2017-18, on which the default was chosen), "late" or "all"; `horizon` in years, 0 for
        all of them together. `crps`, `error` (mean absolute error of the middle forecast) and `bias` (mean of middle
        forecast less outcome) are shares of the origin's spend; for councils those of the median council. Coverage
        is the share of outcomes inside the central interval, blank for a published path, which is a point.
    by_origin : level, prices, origin, model, forecasts, crps, error, bias, coverage_80, coverage_95
        All horizons together.
    forecasts : level, council, council_name, origin, model, prices, horizon, financial_year, base_gbp, low_95_gbp, low_80_gbp,
        median_gbp, high_80_gbp, high_95_gbp, outcome_gbp, crps, error, is_in_80, is_in_95
        One row a forecast. England's is of the councils whose outcome is known; crps and error are shares of `base_gbp`.
    left_out : origin, council, council_name, reason
    recipe, seed
        How ours were made.
    """

    scores: pd.DataFrame
    by_origin: pd.DataFrame
    forecasts: pd.DataFrame
    left_out: pd.DataFrame
    recipe: Recipe
    seed: int

    def to_frame(self) -> pd.DataFrame:
        """Return how the rules scored in real terms (`headline`), in %."""
        return self.headline().round(2)

    def __str__(self) -> str:
        """Say how the rules scored, early and late, in real terms."""
        origins = self.forecasts["origin"]
        table = "\n".join(f"  {line}" for line in self.headline().round(2).to_string().splitlines())
        return f"Back-test, origins {origins.min()} to {origins.max()}, real terms, CRPS in % of the origin's spend\n{table}"

    def headline(self, prices: str = "real") -> pd.DataFrame:
        """Return CRPS and coverage (%) by rule, level and period, all horizons together."""
        table = self.scores[(self.scores["horizon"] == 0) & (self.scores["prices"] == prices)]
        wide = table.pivot(index="model", columns=["level", "period"], values=["crps", "coverage_80", "coverage_95"])
        order = table["model"].drop_duplicates()
        return 100 * wide.astype(float).reindex(order)


def summed_up(forecasts: pd.DataFrame, left_out: pd.DataFrame, recipe: Recipe, seed: int) -> Backtest:
    """Return a back-test from its scored forecasts."""
    period = forecasts["origin"].le(EARLY_UNTIL).map({True: "early", False: "late"})
    parts = []
    for name, rows in (*forecasts.groupby(period), ("all", forecasts)):
        parts += [
            scored(rows.assign(period=name), ["period", "horizon"]),
            scored(rows.assign(period=name, horizon=0), ["period", "horizon"]),
        ]
    scores = pd.concat(parts, ignore_index=True).sort_values(["level", "prices", "period", "horizon"], kind="stable", ignore_index=True)
    return Backtest(scores, scored(forecasts, ["origin"]), forecasts, left_out, recipe, seed)


def scored(forecasts: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return scores of forecasts grouped by some columns, for England and, councils' means first, for the median council."""
    keys = ["level", "prices", *by, "model"]
    rows = forecasts.assign(bias=forecasts["error"], error=forecasts["error"].abs())
    own = rows.groupby([*keys, "council"], sort=False)[["crps", "error", "bias"]].mean()
    table = own.groupby(keys, sort=False).median()
    inside = rows.groupby(keys, sort=False)[["is_in_80", "is_in_95"]].mean().astype(float)
    table.insert(0, "forecasts", rows.groupby(keys, sort=False).size())
    return table.join(inside.rename(columns={"is_in_80": "coverage_80", "is_in_95": "coverage_95"})).reset_index()
