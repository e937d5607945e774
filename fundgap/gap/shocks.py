"""What the past says about chance: drift and yearly shocks, national, regional and own, from figures up to one year."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from fundgap.errors import NoData
from fundgap.gap import shock_moments as moments
from fundgap.gap.shock_figures import LEVELS, SERIES, Figures, Ints, figures_until, national_growth, own_growth
from fundgap.models.standardise import Floats
from fundgap.shown import Shown

LEAST_YEARS = 2
# As a window: longer than any panel.
ALL_YEARS = 99
# The Bank of England's target for consumer prices since December 2003, taken for the GDP deflator.
TARGET = 0.02
LEAST_DF = 3
_LEAST_COUNCILS = 2
# A Student t in logs has no mean in pounds. A scale above three times the usual is drawn as three: 1% of paths at 5 degrees.
MOST_SCALED = 3.0
# How far back general prices tell what they may do. Scored at every origin from 1997-98, on outcomes up to 2018-19, 10 to 20 years
# do about as well (CRPS of the log of prices 0.010 to 0.0115), and 25 or more, which hold the 1980s, clearly worse.
INFLATION_YEARS = 20
INFLATION_DF = 4.0


@dataclass(frozen=True)
class Recipe:
    """How shocks are estimated: the few choices that the back-test scores, not estimates.

    The defaults are the candidate that scored best on origins 2013-14 to 2017-18 (`fundgap.gap.choice`; the table is
    benchmarks/backtest/candidates.csv). They were set before any later origin was scored, by a rule whose making was not blind: see there.

    Parameters
    ----------
    window
        Years of growth whose mean is the national drift; `ALL_YEARS` for all that are held.
    damping
        Share of the drift, and of its error, that is left a year later: 1 lets the trend go on, 0 stops it after the first year.
    persistence
        First-order autocorrelation of national growth about its drift.
    own_df
        Degrees of freedom of Student's t of councils' own paths; inf = normal.
    has_transitory
        False: an odd return is taken to last, as in a plain random walk.
    """

    window: int = ALL_YEARS
    damping: float = 0.75
    persistence: float = 0.5
    own_df: float = 8.0
    has_transitory: bool = True

    def of_constant_growth(self, window: int) -> "Recipe":
        """Return the recipe of draws about growth that goes on as in the last `window` years: so does the error in it.

        A trend taken from few years is known less well than the mean of all that are held, and what it is off by adds up with every
        year that it is carried on.
        """
        return replace(self, window=window, damping=1.0)


@dataclass(frozen=True)
class Shocks(Shown):
    """Everything the fan needs, from figures of financial years up to `origin`. Growth is in logs, spend in constant prices.

    S = 4 national series (looked-after children per child; real spend a looked-after child; real spend a child on
    safeguarding; on preventative services). L = 2 at the levels below: volume (looked-after children per child) and price
    (all of a council's real spend a child beyond what volume explains). C councils, R regions.

    Parameters
    ----------
    origin
        The last financial year whose figures were used.
    councils : (C,) tuple
        Codes, in the order of the arrays below.
    regions : (R,) tuple
        Names; region_of : (C,) each council's number among them.
    drift : (S,)
        National growth a year; year t of a path grows by `drift * damping ** (t - 1)`.
    drift_cov : (S, S)
        Its covariance, from few years: one error a path.
    damping
        As in the formula above.
    national_cov : (S, S)
        Covariance of the yearly innovations of national growth about the drift.
    national_persistence
        Autoregression of those shocks; national_state : (S,) the shock of the origin's own year, from which they start.
    national_df
        Degrees of freedom: a whole national path (drift error and shocks) shares one scale sqrt(df / chi2(df)).
    regional_cov : (L, L)
        Covariance of yearly regional shocks, normal.
    own_cov : (L, L)
        Covariance of a typical council's yearly own shocks, which last.
    own_scale : (C,)
        What these, and the transitory error, are multiplied by for each council: small ones move more.
    own_df
        As national_df, one scale a council and path.
    transitory_sd, transitory_persistence
        Standard deviation of a typical council's passing error of level (price), and its autoregression.
    transitory_now : (C,)
        The error expected in the origin's own return, 0 where there is no history; transitory_now_sd : (C,) how well known.
    inflation_mean, inflation_persistence, inflation_sd, inflation_df, inflation_state
        General prices: yearly log growth is mean + x_t, x_t = persistence * x_(t-1) + sd * t(df), x_0 = state.
    years_used : (S,)
        Yearly growths behind each drift.
    """

    origin: str
    councils: tuple[str, ...]
    regions: tuple[str, ...]
    region_of: Ints
    drift: Floats
    drift_cov: Floats
    damping: float
    national_cov: Floats
    national_persistence: float
    national_state: Floats
    national_df: float
    regional_cov: Floats
    own_cov: Floats
    own_scale: Floats
    own_df: float
    transitory_sd: float
    transitory_persistence: float
    transitory_now: Floats
    transitory_now_sd: Floats
    inflation_mean: float
    inflation_persistence: float
    inflation_sd: float
    inflation_df: float
    inflation_state: float
    years_used: Ints
    recipe: Recipe = field(default_factory=Recipe)

    def to_frame(self) -> pd.DataFrame:
        """Return the national and lower levels: level, series, drift, drift_error, shock_sd (fractions a year), years."""
        national = [
            ("national", name, self.drift[i], self.drift_cov[i, i] ** 0.5, self.national_cov[i, i] ** 0.5, int(self.years_used[i]))
            for i, name in enumerate(SERIES)
        ]
        lower = [
            (level, name, np.nan, np.nan, float(cov[i, i]) ** 0.5, 0)
            for level, cov in (("regional", self.regional_cov), ("own", self.own_cov))
            for i, name in enumerate(LEVELS)
        ]
        last = [("own, passing", "price", np.nan, np.nan, self.transitory_sd, 0)]
        return pd.DataFrame([*national, *lower, *last], columns=["level", "series", "drift", "drift_error", "shock_sd", "years"])

    def __str__(self) -> str:
        table = "\n".join(f"  {line}" for line in self.to_frame().round(4).to_string(index=False).splitlines())
        return f"Shocks from figures up to {self.origin}, {len(self.councils)} councils\n{table}"


def estimate_shocks(years: pd.DataFrame, origin: str, recipe: Recipe | None = None, *, prices: "pd.Series[float] | None" = None) -> Shocks:
    """Estimate drift and shocks from the rows of financial years up to `origin`; later rows are not looked at.

    Parameters
    ----------
    years
        `council_years()`, or areas that stayed the same (`joined_areas`) in its columns: council, region, financial_year,
        children, looked_after, spend by category, price_index.
    prices
        General prices by financial year, such as `price_index()`, which reaches further back than the panel; by default
        the panel's own.

    Raises
    ------
    NoData
        When the panel does not hold the origin, or fewer than two years of growth in a series, or one council alone of a region.
    """
    if prices is None:
        prices = years.drop_duplicates("financial_year").set_index("financial_year")["price_index"]
    return shocks_of(figures_until(years, origin), prices, recipe or Recipe())


def shocks_of(figures: Figures, prices: "pd.Series[float]", recipe: Recipe) -> Shocks:
    """Estimate shocks from figures that end at the origin, and from general prices of which later years are not looked at.

    Raises
    ------
    NoData
        As `estimate_shocks`.
    """
    origin, growth = figures.origin, national_growth(figures)
    held = np.isfinite(growth).sum(axis=1)
    if held.min() < LEAST_YEARS:
        short = [name for name, count in zip(SERIES, held, strict=True) if count < LEAST_YEARS]
        raise NoData(
            f"Fewer than {LEAST_YEARS} yearly growths up to {origin} of {', '.join(short)}: the panel starts in {figures.years[0]}."
        )
    drift, drift_cov, national_cov, state, used = moments.drift_and_covariance(growth, recipe.window, recipe.persistence)
    return Shocks(
        origin=origin,
        councils=figures.councils,
        regions=figures.regions,
        region_of=figures.region_of,
        drift=moments.volume_and_prices(drift),
        drift_cov=moments.volume_and_prices(drift_cov),
        damping=recipe.damping,
        national_cov=moments.volume_and_prices(national_cov),
        national_state=moments.volume_and_prices(state),
        national_persistence=recipe.persistence,
        national_df=float(max(held.max() - 1, LEAST_DF)),
        own_df=recipe.own_df,
        years_used=used,
        recipe=recipe,
        **_below_nation(figures, recipe),
        **_inflation(prices, origin),
    )


def _below_nation(figures: Figures, recipe: Recipe) -> dict[str, Any]:
    """Return what regions and councils add: shocks that last, and the passing error of the last return."""
    volume, total = own_growth(figures)
    _check_regions(figures, total)
    size = figures.children[:, -1] / np.nanmedian(figures.children[:, -1])
    gamma = moments.size_exponent(total, size)
    scale = np.where(np.isfinite(size), size, 1.0) ** -gamma
    volume_within, _, volume_between = moments.within_and_between(volume, scale, figures.region_of, recipe.own_df)
    total_within, steps, total_between = moments.within_and_between(total, scale, figures.region_of, recipe.own_df)
    volume_lasting = float(np.mean(volume_within / np.arange(1, len(volume_within) + 1)))
    lasting, passing = moments.lasting_and_passing(total_within, 0.0) if recipe.has_transitory else (float(total_within[0]), 0.0)
    returns = moments.returning_share(steps) if recipe.has_transitory else 0.0
    error, spread = moments.passing_now(steps / scale[:, None], lasting, passing, returns)
    # What lasts in a council's total is its volume's part and its price's, which are taken to be independent.
    share = float(figures.spend[:, 0, -1].sum() / figures.spend[:, :, -1].sum())
    return {
        "regional_cov": np.diag([volume_between, max(total_between - share**2 * volume_between, 0.0)]),
        "own_cov": np.diag([volume_lasting, max(lasting - share**2 * volume_lasting, 0.0)]),
        "own_scale": scale,
        "transitory_sd": passing**0.5,
        "transitory_persistence": 0.0,
        "transitory_now": error * scale,
        "transitory_now_sd": spread,
    }


def _check_regions(figures: Figures, growth: Floats) -> None:
    """Refuse councils of which fewer than two in a region have growth, (C, T): what is the region's and what their own is not told apart.

    Raises
    ------
    NoData
        Naming the regions, and what to do.
    """
    known = np.isfinite(growth).any(axis=1)
    counts = np.bincount(figures.region_of[known], minlength=len(figures.regions))
    alone = [name for name, count in zip(figures.regions, counts, strict=True) if count < _LEAST_COUNCILS]
    if alone:
        raise NoData(
            f"Shocks cannot be estimated from these councils: at most one in {', '.join(alone)} has growth, and it takes two to tell a "
            "region's shocks from a council's own. Simulate all councils and read off those you want: "
            "simulate_gap(council_years(), scenario('trend')).council('Kent')."
        )


def _inflation(prices: "pd.Series[float]", origin: str) -> dict[str, Any]:
    """Return general prices as seen from the origin: on their way back to the Bank of England's target of 2%."""
    known = prices[prices.index <= origin].sort_index().dropna()
    mean = float(np.log1p(TARGET))
    about = np.diff(np.log(known.to_numpy(dtype=float)))[-INFLATION_YEARS:] - mean
    if len(about) < LEAST_YEARS + 1:
        raise NoData(f"Fewer than {LEAST_YEARS + 1} yearly changes of prices up to {origin}.")
    rho, scale = moments.autoregression(about, INFLATION_DF)
    return {
        "inflation_mean": mean,
        "inflation_persistence": rho,
        "inflation_sd": scale,
        "inflation_df": INFLATION_DF,
        "inflation_state": float(about[-1]),
    }
