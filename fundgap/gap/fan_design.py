"""From run 0 and the shocks of the past to what draws depend on: roots of covariances, responses, and shares of categories.

Shapes: C councils, K = 3 categories, S = 4 national series, T years after the base year.
"""

import numpy as np
import pandas as pd

from fundgap.errors import NoData
from fundgap.gap.draws import Design
from fundgap.gap.result import Gap
from fundgap.gap.shocks import MOST_SCALED, Shocks
from fundgap.gap.strata import scale_slices
from fundgap.gap.trends import CATEGORIES, SPEND
from fundgap.models.resampling import Ints
from fundgap.models.standardise import Floats


def design_of(run: Gap, shocks: Shocks, outturn: pd.DataFrame) -> Design:
    """Return the design of draws around a projection.

    Where the scenario grows an outturn, its growth takes the place of the drift that shocks were estimated around (and of the last
    year's shock, which would fade): draws vary about run 0. What is kept is the error of drift, which lasts as long as the shocks'
    `damping` lets drift itself go on; yearly shocks; and that an odd return of a council in the base year is expected to fade. A path
    in pounds has no categories; there each council's need is split by its spend of the base year.

    Parameters
    ----------
    outturn
        The panel's rows of the base year: council, and spend by category.

    Raises
    ------
    NoData
        When a council of the projection has no shocks, or a need of nothing or below, which shocks cannot multiply.
    """
    councils, names, need = _run_0(run)
    categories = _categories(run, councils, outturn, need)
    place = pd.Series(range(len(shocks.councils)), index=list(shocks.councils)).reindex(councils)
    if place.isna().any():
        raise NoData(f"No shocks are estimated for {', '.join(names[place.isna().to_numpy()])}: the panel lacks their figures.")
    region_of = np.unique(run.councils.drop_duplicates("council")["region"], return_inverse=True)[1].astype(np.int64)
    return design_around(need, categories, region_of, shocks, np.asarray(place, dtype=np.int64))


def design_around(need: Floats, categories: Floats, region_of: Ints, shocks: Shocks, of_council: Ints) -> Design:
    """Return the design of draws around any run 0.

    Parameters
    ----------
    need : (C, T)
        Need of run 0, £, above nothing.
    categories : (C, K, T)
        What of it is of each category.
    region_of : (C,)
        Number of each council's region.
    of_council : (C,)
        Its place among the councils of the shocks.
    """
    years = need.shape[1]
    steps = np.arange(1, years + 1)
    left = shocks.damping ** np.arange(years)
    return Design(
        need=need,
        shares=(categories / need[:, None]).astype(np.float32),
        region_of=region_of,
        national=semidefinite_root(shocks.national_cov).astype(np.float32),
        drift=semidefinite_root(shocks.drift_cov).astype(np.float32),
        national_response=_response(shocks.national_persistence, years).astype(np.float32),
        drift_response=np.cumsum(left).astype(np.float32),
        national_scale=scale_slices(shocks.national_df, MOST_SCALED),
        regional=_with_mean_one(lasting(shocks.regional_cov, years)).astype(np.float32),
        own=_own(shocks, years)[of_council].astype(np.float32),
        own_mean=(-shocks.transitory_now[of_council, None] * (1 - shocks.transitory_persistence**steps)).astype(np.float32),
        own_scale=scale_slices(shocks.own_df, MOST_SCALED),
    )


def semidefinite_root(covariance: Floats) -> Floats:
    """Return the lower triangular root of covariances, (..., N, N), that may be singular; a zero stays exactly zero.

    Cholesky's method, with a column of nothing where nothing is left of the variance (Higham, 2002, Accuracy and Stability of
    Numerical Algorithms, section 10.3).
    """
    rest = np.array(covariance, dtype=float)
    root: Floats = np.zeros(rest.shape)
    enough = 1e-12 * np.einsum("...ii->...i", rest).max(axis=-1, initial=0)
    for column in range(rest.shape[-1]):
        pivot = rest[..., column, column]
        is_there = (pivot > enough) & (pivot > 0)
        size = np.sqrt(np.where(is_there, pivot, 1))[..., None]
        root[..., column:, column] = np.where(is_there[..., None], rest[..., column:, column] / size, 0)
        rest -= root[..., :, None, column] * root[..., None, :, column]
    return root


def lasting(yearly: Floats, years: int) -> Floats:
    """Return the covariance of volume in all years, then price, (2T, 2T), where yearly shocks, (2, 2), last and add up."""
    steps = np.arange(1, years + 1)
    covariance = np.asarray(np.kron(yearly, np.minimum.outer(steps, steps)), dtype=np.float64)
    return covariance


def passing(persistence: float, spread: float, now_spread: Floats, years: int) -> Floats:
    """Return the covariance, (C, T, T), of the change of a passing error since the base year, in which it is known within `now_spread`."""
    left = persistence ** np.arange(1, years + 1)
    apart = np.abs(np.subtract.outer(np.arange(years), np.arange(years)))
    since = spread**2 * (persistence**apart - np.multiply.outer(left, left))
    covariance: Floats = np.square(now_spread)[:, None, None] * np.multiply.outer(1 - left, 1 - left) + since
    return covariance


def _own(shocks: Shocks, years: int) -> Floats:
    covariance = np.tile(lasting(shocks.own_cov, years), (len(shocks.councils), 1, 1))
    covariance[:, years:, years:] += passing(shocks.transitory_persistence, shocks.transitory_sd, shocks.transitory_now_sd, years)
    return _with_mean_one(covariance * np.square(shocks.own_scale)[:, None, None])


def _with_mean_one(covariance: Floats) -> Floats:
    """Return the root with a last column of minus half the variances: the mean of the exponential is 1 then."""
    half = np.einsum("...ii->...i", covariance) / 2
    return np.concatenate([semidefinite_root(covariance), -half[..., None]], axis=-1)


def _response(persistence: float, years: int) -> Floats:
    """Return what a shock to growth does to the level of each later year, (T, T): the sum of its powers since."""
    since = np.subtract.outer(np.arange(years), np.arange(years))
    sums = np.cumsum(persistence ** np.arange(years))
    return np.where(since >= 0, sums[np.maximum(since, 0)], 0.0)


def _run_0(run: Gap) -> tuple[list[str], "pd.Series[str]", Floats]:
    """Return codes, names and need after the base year, (C, T), of the councils in the order of the projection."""
    table = run.councils
    first = table.drop_duplicates("council")
    need = table["need_gbp"].to_numpy().reshape(len(first), -1)
    if (need <= 0).any():
        names = ", ".join(first["council_name"].to_numpy()[(need <= 0).any(axis=1)])
        raise NoData(f"The need of {names} is nothing or below in some year; shocks multiply need, and say nothing there.")
    return list(first["council"]), first["council_name"].reset_index(drop=True), need[:, 1:]


def _categories(run: Gap, councils: list[str], outturn: pd.DataFrame, need: Floats) -> Floats:
    """Return need by category, (C, K, T), £."""
    if set(run.categories["category"]) == set(CATEGORIES):
        whole: Floats = run.categories["need_gbp"].to_numpy().reshape(len(councils), len(CATEGORIES), -1)
        return whole[:, :, 1:]
    spend = outturn.set_index("council").loc[councils, list(SPEND)].to_numpy(dtype=float)
    split: Floats = need[:, None] * (spend / spend.sum(axis=1, keepdims=True))[:, :, None]
    return split
