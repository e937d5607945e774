"""Paths drawn from shocks a second time, in plain numpy and apart from the library: what its draws are held against.

Shapes: D draws, C councils, H years after the base year, K = 3 categories, S = 4 national series, R regions.
"""

from dataclasses import dataclass

import numpy as np

from fundgap.gap.shocks import MOST_SCALED, Shocks
from fundgap.models.standardise import Floats


@dataclass(frozen=True)
class Paths:
    """Log growth since the base year, drawn.

    Parameters
    ----------
    national : (D, S, H)
        Of the national series, drift included: looked-after volume, then the price of each category.
    volume, price : (D, C, H)
        What councils' volume and price add to it, their regions' shocks included.
    general : (D, H)
        Of general prices.
    """

    national: Floats
    volume: Floats
    price: Floats
    general: Floats


def draw_paths(shocks: Shocks, horizon: int, draws: int, rng: np.random.Generator) -> Paths:
    """Draw paths of growth.

    National growth of year t is damping ** (t - 1) * (drift + e) + N_t with N_t = persistence * N_(t-1) + shock_t; e and
    the shocks of one path share a scale sqrt(df / chi2(df)), so that each is Student t: few years tell little about
    how much a nation moves. A council's price adds its region's and its own lasting shocks, summed up, and the change in
    its passing error U_t - U_0, where U_t = rho * U_(t-1) + shock; own shocks of one path share a scale as well.
    """
    scale = _scale(shocks.national_df, (draws, 1, 1), rng)
    count = len(shocks.drift)
    drift_error = rng.standard_normal((draws, count)) @ _root(shocks.drift_cov).T
    innovations = np.swapaxes(rng.standard_normal((draws, horizon, count)) @ _root(shocks.national_cov).T, 1, 2)
    left = shocks.damping ** np.arange(horizon)
    growth = (shocks.drift[:, None] + scale * drift_error[:, :, None]) * left
    shock = np.broadcast_to(shocks.national_state, (draws, count))
    for t in range(horizon):
        shock = shocks.national_persistence * shock + scale[:, :, 0] * innovations[:, :, t]
        growth[:, :, t] += shock
    volume, price = _below(shocks, horizon, draws, rng)
    return Paths(np.cumsum(growth, axis=2), volume, price, _general(shocks, horizon, draws, rng))


def real_spend(base: Floats, demography: Floats, paths: Paths) -> Floats:
    """Return drawn spend in prices of the base year, (D, C, H), all categories together.

    Parameters
    ----------
    base : (C, K)
        Spend of the base year; it may be nothing or below.
    demography : (C, H)
        Children over those of the base year.
    """
    national = paths.national[:, 1:].copy()
    national[:, 0] += paths.national[:, 0]
    factor = np.exp(national)
    total = base[:, 1, None] * factor[:, None, 1] + base[:, 2, None] * factor[:, None, 2]
    total += base[:, 0, None] * factor[:, None, 0] * np.exp(paths.volume)
    total *= np.exp(paths.price)
    total *= demography
    return total


def _below(shocks: Shocks, horizon: int, draws: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return what regions and councils add to growth of volume and price since the base year, two (D, C, H).

    National growth is that of sums, so what regions and councils add has mean one in pounds: half the variance is taken off.
    """
    councils, years = len(shocks.councils), np.arange(1, horizon + 1)
    own = _scale(shocks.own_df, (draws, councils, 1), rng) * shocks.own_scale[:, None]
    regional = np.cumsum(rng.standard_normal((draws, horizon, len(shocks.regions), 2)) @ _root(shocks.regional_cov).T, axis=1)
    lasting = rng.standard_normal((draws, councils, horizon, 2)) @ _root(shocks.own_cov).T
    lasting = np.cumsum(lasting, axis=2) * own[..., None]
    below = np.swapaxes(regional[:, :, shocks.region_of], 1, 2) + lasting
    volume, price = below[..., 0], below[..., 1]
    spread = own**2
    volume -= (shocks.regional_cov[0, 0] + spread * shocks.own_cov[0, 0]) * years / 2
    price -= (shocks.regional_cov[1, 1] + spread * shocks.own_cov[1, 1]) * years / 2
    rho, tau = shocks.transitory_persistence, shocks.transitory_sd
    error = own[:, :, 0] * shocks.transitory_now_sd * rng.standard_normal((draws, councils))
    first = passing = shocks.transitory_now + error
    for t in range(horizon):
        passing = rho * passing + tau * np.sqrt(1 - rho**2) * own[:, :, 0] * rng.standard_normal((draws, councils))
        left = rho ** (t + 1)
        variance = ((1 - left) * shocks.transitory_now_sd) ** 2 + (1 - left**2) * tau**2
        price[:, :, t] += passing - first - spread[:, :, 0] * variance / 2
    return volume, price


def _general(shocks: Shocks, horizon: int, draws: int, rng: np.random.Generator) -> Floats:
    state = np.full(draws, shocks.inflation_state)
    growth = np.empty((draws, horizon))
    for t in range(horizon):
        state = shocks.inflation_persistence * state + shocks.inflation_sd * rng.standard_t(shocks.inflation_df, draws)
        growth[:, t] = shocks.inflation_mean + state
    return np.cumsum(growth, axis=1)


def _scale(df: float, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    return np.ones(shape) if np.isinf(df) else np.minimum(np.sqrt(df / rng.chisquare(df, shape)), MOST_SCALED)


def _root(covariance: Floats) -> Floats:
    """Return a square root of a covariance matrix, also of a singular one."""
    values, vectors = np.linalg.eigh(covariance)
    root: Floats = vectors * np.sqrt(np.maximum(values, 0))
    return root
