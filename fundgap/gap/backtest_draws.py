"""What would have been drawn in a past year, and what was then spent.

Shapes: C councils, K = 3 categories, H years after the origin, D draws.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from fundgap.data.prices import financial_year
from fundgap.gap import trends
from fundgap.gap.draws import council_ratios
from fundgap.gap.fan_design import design_around
from fundgap.gap.shocks import Shocks
from fundgap.models.standardise import Floats

HORIZON = 5
# Growth in children is that of up to so many years, each council's own.
CHILDREN_YEARS = 5


@dataclass(frozen=True)
class Outturn:
    """What was spent in an origin's year and after it, in cash.

    Parameters
    ----------
    base : (C, K)
        Spend of the origin by category.
    later : (C, H)
        Spend on everything h years on; nan where not published.
    prices : (H,)
        General prices over the origin's, as published since.
    years : (H,) tuple
    """

    base: Floats
    later: Floats
    prices: Floats
    years: tuple[str, ...]

    @property
    def england(self) -> tuple[Floats, Floats]:
        """Return England's base, (H,), and outcome, (H,): each year of the councils whose outcome of it is known."""
        known = np.isfinite(self.later)
        return np.where(known, self.base.sum(axis=1)[:, None], 0.0).sum(axis=0), np.where(known, self.later, 0.0).sum(axis=0)

    def england_of(self, councils: Floats) -> Floats:
        """Return England's drawn spend over its base, (H, D), from councils' over theirs, (C, H, D): of the same councils."""
        weight = np.where(np.isfinite(self.later), self.base.sum(axis=1)[:, None], 0.0)
        result: Floats = np.einsum("chd,ch->hd", councils, (weight / weight.sum(axis=0)).astype(councils.dtype))
        return result


def outturn_after(areas: pd.DataFrame, shocks: Shocks, prices: "pd.Series[float]") -> Outturn:
    """Return what the councils of `shocks` spent in the origin's year and in up to five years after it."""
    first, councils = int(shocks.origin[:4]), list(shocks.councils)
    held = set(areas.loc[areas["gross_spend_gbp"].notna(), "financial_year"])
    span = [year for h in range(1, HORIZON + 1) if (year := financial_year(first + h)) in held]
    wide = areas.pivot(index="council", columns="financial_year", values="gross_spend_gbp")
    base = areas[areas["financial_year"] == shocks.origin].set_index("council")[list(trends.SPEND)]
    return Outturn(
        base.loc[councils].to_numpy(dtype=float),
        wide.loc[councils, span].to_numpy(dtype=float),
        np.asarray(prices[span] / prices[shocks.origin], dtype=np.float64),
        tuple(span),
    )


def children_ahead(areas: pd.DataFrame, shocks: Shocks, horizon: int) -> Floats:
    """Return children over those of the origin, (C, H), growing as each council's did over up to five years; else as England's."""
    known = areas[areas["financial_year"] <= shocks.origin]
    counted = known.loc[known["children"].notna(), "financial_year"].min()
    length = min(CHILDREN_YEARS, int(shocks.origin[:4]) - int(counted[:4]))
    own, england = trends.demography_growth(known, shocks.origin, length)
    growth = own.reindex(list(shocks.councils)).fillna(england).to_numpy(dtype=float)
    result: Floats = (1 + growth[:, None]) ** np.arange(1, horizon + 1)
    return result


def principal(shocks: Shocks, base: Floats, children: Floats) -> Floats:
    """Return run 0 of the back-test, (C, K, H), in prices of the origin: drift, damped, and the fading shock of the origin's year."""
    years = np.arange(1, children.shape[1] + 1)
    fading = np.cumsum(shocks.national_persistence**years) * shocks.national_state[:, None]
    growth = np.cumsum(shocks.damping ** (years - 1)) * shocks.drift[:, None] + fading
    volume_and_price = np.stack([growth[0] + growth[1], *growth[2:]])
    result: Floats = base[:, :, None] * children[:, None] * np.exp(volume_and_price)
    return result


def our_draws(areas: pd.DataFrame, shocks: Shocks, outturn: Outturn, seed: int, block: int) -> Floats:
    """Return drawn real spend over that of the base year, (C, H, D): one block of the draws that the simulation makes.

    Run 0 grows by the drift of the shocks; draws vary about it.
    """
    categories = principal(shocks, outturn.base, children_ahead(areas, shocks, len(outturn.years)))
    need = categories.sum(axis=1)
    design = design_around(need, categories, shocks.region_of, shocks, np.arange(len(shocks.councils)))
    over_base = (need / outturn.base.sum(axis=1)[:, None]).astype(np.float32)
    ratios = council_ratios(design, seed, block)
    # Threads for matrices so small wait for each other most of the time.
    with threadpool_limits(limits=1):
        return np.stack([ratio * over[:, None] for ratio, over in zip(ratios, over_base, strict=True)])


def price_draws(shocks: Shocks, horizon: int, draws: int, rng: np.random.Generator) -> Floats:
    """Return drawn general prices over the origin's, (H, D): an autoregression about the target, with Student t shocks."""
    state, growth = np.full(draws, shocks.inflation_state), np.empty((horizon, draws))
    for t in range(horizon):
        state = shocks.inflation_persistence * state + shocks.inflation_sd * rng.standard_t(shocks.inflation_df, draws)
        growth[t] = shocks.inflation_mean + state
    result: Floats = np.exp(np.cumsum(growth, axis=0))
    return result
