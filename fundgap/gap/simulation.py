"""The gap with chance in it: run 0 is the projection, and draws around it show how far off it may be."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fundgap.errors import NoData, UnknownCouncil
from fundgap.gap.arithmetic import gap_of
from fundgap.gap.draws import BLOCK, Design, council_ratios
from fundgap.gap.fan_design import design_of
from fundgap.gap.gap_tables import council_table, summed
from fundgap.gap.projection import project_gap
from fundgap.gap.quantiles import CELLS, quantiles, share_above, spread
from fundgap.gap.result import Gap
from fundgap.gap.scenario import Scenario
from fundgap.gap.shocks import Shocks, estimate_shocks
from fundgap.gap.tally import Tally, tally
from fundgap.gap.variance_shares import VarianceShares, shares_of
from fundgap.models.standardise import Floats
from fundgap.shown import Shown

LEVELS = (0.1, 0.5, 0.9)
_MONEY = ("need_gbp", "funding_gbp", "gap_gbp")


@dataclass(frozen=True)
class Chance(Shown):
    """The probability that a yearly gap exceeds a sum.

    Parameters
    ----------
    probability
        Share of draws.
    error
        Its standard error from the number of draws. What the scenario gets wrong is not in it.
    resolution
        By how much it may be off besides, as draws are counted in cells.
    """

    probability: float
    error: float
    resolution: float

    def __float__(self) -> float:
        """Return the probability."""
        return self.probability

    def __str__(self) -> str:
        """Return it in words."""
        return f"{self.probability:.1%} (simulation error {self.error + self.resolution:.1%})"

    def to_frame(self) -> pd.DataFrame:
        """Return one row: probability, error, resolution."""
        return pd.DataFrame([asdict(self)])


@dataclass(frozen=True)
class Simulation:
    """A projection and draws around it. Money is in cash, and in base-year prices where the column ends in `_real`.

    Only need is drawn: funding and general prices stay on the scenario's path in every draw. Draws are numbered from 1; 0 is the projection
    itself. Series are the C councils in the projection's order, then R regions by name, then England.

    Parameters
    ----------
    run : Gap
        Run 0, without chance: `project_gap` of the same scenario.
    shocks : Shocks
        What chance is made of, estimated from years up to the base year.
    seed, draws
        Whole numbers.
    design, tally
        What draws depend on, and what is kept of them.
    """

    run: Gap
    shocks: Shocks
    seed: int
    draws: int
    design: Design
    tally: Tally

    def england(self, *levels: float) -> pd.DataFrame:
        """Return quantiles for England.

        Quantiles are those of each year by itself; no single path need follow them. They are within a cell's width of the draws' exact
        ones, a fortieth of a standard deviation; in practice within a thousandth or two (`benchmarks/gap.py`).

        Parameters
        ----------
        levels
            Between 0 and 1; 0.1, 0.5 and 0.9 unless given.

        Returns
        -------
        pandas.DataFrame
            quantile, financial_year, need_gbp, funding_gbp, gap_gbp, and the same `_real`, £; the base year first.
        """
        return self._quantiles([len(self.tally.counts) - 1], pd.DataFrame(index=[0]), levels)

    def regions(self, *levels: float) -> pd.DataFrame:
        """Return quantiles for regions: region, and the columns of `england`. They do not add up to England's."""
        councils = len(self.design.need)
        return self._quantiles(range(councils, councils + self.design.regions), pd.DataFrame({"region": self._regions()}), levels)

    def councils(self, *levels: float) -> pd.DataFrame:
        """Return quantiles for every council: council, council_name, region, and the columns of `england`."""
        return self._quantiles(range(len(self.design.need)), self._councils(), levels)

    def council(self, council: str, *levels: float) -> pd.DataFrame:
        """Return quantiles for one council, by name or code: the columns of `councils`."""
        series = self._series(council)
        return self._quantiles([series], self._councils().iloc[[series]], levels)

    def probability_above(self, amount_gbp: float, year: str, council: str | None = None, *, is_real: bool = False) -> Chance:
        """Return the probability that the yearly gap exceeds a sum.

        Parameters
        ----------
        amount_gbp
            £, in cash, or in prices of the base year with `is_real`.
        year
            Financial year after the base year.
        council
            Name or code; England unless given.

        Raises
        ------
        NoData
            When the projection does not hold the year.
        UnknownCouncil
            When the projection does not hold the council.
        """
        series, place = self._series(council), self._year(year)
        cash = amount_gbp * (float(self.run.prices.iloc[place + 1]) if is_real else 1.0)
        need, funding = self._run_0(series)
        ratio = (cash + need[0] + funding[place + 1] - funding[0]) / need[place + 1]
        share, cell = share_above(*self._counted(series, place), ratio)
        return Chance(share, float(np.sqrt(share * (1 - share) / self.draws)), cell)

    def mean(self, council: str | None = None) -> pd.DataFrame:
        """Return the mean yearly gap of the draws for England or a council.

        It lies above run 0 and the median where shocks multiply: twice as dear is as likely as half as dear, and adds more.

        Returns
        -------
        pandas.DataFrame
            financial_year, gap_gbp, gap_gbp_real, error_gbp, error_gbp_real (standard error from the number of draws).
        """
        series = self._series(council)
        need, funding = self._run_0(series)
        means = np.concatenate([need[:1], self.tally.sums[series] / self.draws])
        spreads = [0.0] + [spread(*self._counted(series, place)) * need[place + 1] for place in range(self.design.years)]
        prices = self.run.prices.to_numpy()
        money = {"gap_gbp": gap_of(means, funding), "error_gbp": np.array(spreads) / np.sqrt(self.draws)}
        table = pd.DataFrame({"financial_year": self.run.prices.index, **money})
        return table.assign(**{f"{name}_real": values / prices for name, values in money.items()})

    def draw(self, number: int) -> pd.DataFrame:
        """Return one draw again, to the bit as it was counted: the columns of `project_gap(...).councils`; 0 is run 0.

        Raises
        ------
        NoData
            With a number below 0 or above `draws`.
        """
        if not 0 <= number <= self.draws:
            raise NoData(f"There is no draw {number}: run 0 and draws 1 to {self.draws:,} are held.")
        if number == 0:
            return self.run.councils.copy()
        block, place = divmod(number - 1, BLOCK)
        ratios = np.array([ratio[:, place].copy() for ratio in council_ratios(self.design, self.seed, block)])
        run = self.run.councils
        shape = (len(ratios), -1)
        need, funding, children = (run[name].to_numpy().reshape(shape).copy() for name in ("need_gbp", "funding_gbp", "children"))
        need[:, 1:] = self.design.need * ratios
        return council_table(self._councils(), list(self.run.prices.index), need, funding, children, self.run.prices.to_numpy())

    def draw_england(self, number: int) -> pd.DataFrame:
        """Return England's years in one draw: the sum of its councils, in the columns of `project_gap(...).england`."""
        return summed(self.draw(number), ["financial_year"])

    def variance_shares(self, council: str | None = None, *, draws: int = 10_000) -> VarianceShares:
        """Return which source of chance makes up how much of the variance of the gap of England, or of a council, in every year.

        Sources are switched on one at a time on the same draws (`fundgap.gap.variance_shares` gives the estimator). A council's own
        numbers are drawn anew here. `draws` is rounded up to blocks of 5,000.
        """
        series = self._series(council)
        is_england = series == len(self.tally.counts) - 1
        design = self.design if is_england else self.design.of_council(series)
        place = "England" if is_england else str(self._councils()["council_name"][series])
        return shares_of(design, self.seed, -(-draws // BLOCK), list(self.run.prices.index[1:]), place)

    def outside(self) -> pd.DataFrame:
        """Return what the grid holds badly: the largest share of a series' draws in an end cell, by kind of series.

        A quantile further out than that is only known to lie between the grid's end and the most extreme draw.
        """
        ends = self.tally.counts[:, :, [0, CELLS - 1]].max(axis=(1, 2)) / self.draws
        kinds = np.repeat(["council", "region", "England"], [len(self.design.need), self.design.regions, 1])
        return pd.DataFrame({"kind": kinds, "share": ends}).groupby("kind", sort=False)["share"].max().reset_index()

    def to_frame(self) -> pd.DataFrame:
        """Return England's quantiles 0.1, 0.5 and 0.9."""
        return self.england()

    def __str__(self) -> str:
        """Say the last year's gap in words."""
        last = self.england()[lambda table: table["financial_year"] == self.run.prices.index[-1]]
        low, middle, high = last["gap_gbp"] / 1e9
        real = last["gap_gbp_real"] / 1e9
        return (
            f"{self.run}\n{self.draws:,} draws (seed {self.seed}): in eight of ten £{low:.1f}bn to £{high:.1f}bn in cash, the middle one "
            f"£{middle:.1f}bn (£{real.iloc[0]:.1f}bn to £{real.iloc[2]:.1f}bn in {self.run.price_base} prices); funding and general prices "
            "as the scenario has them"
        )

    def _repr_html_(self) -> str:
        table = self.england().pivot(index="financial_year", columns="quantile", values="gap_gbp") / 1e9
        return str(table.rename(columns=lambda level: f"gap, £bn cash, quantile {level:g}").round(2).to_html(escape=True))

    def _quantiles(self, series: Sequence[int], names: pd.DataFrame, levels: tuple[float, ...]) -> pd.DataFrame:
        wanted = levels or LEVELS
        if not all(0 <= level <= 1 for level in wanted):
            raise NoData(f"Quantiles are wanted between 0 and 1, not {', '.join(map(str, wanted))}.")
        years, prices = list(self.run.prices.index), self.run.prices.to_numpy()
        cash = np.empty((len(_MONEY), len(series), len(wanted), len(years)))
        for number, one in enumerate(series):
            need, funding = self._run_0(one)
            ratios = np.ones((len(wanted), len(years)))
            ratios[:, 1:] = np.transpose([quantiles(*self._counted(one, place), wanted) for place in range(self.design.years)])
            cash[:, number] = need * ratios, np.broadcast_to(funding, ratios.shape), gap_of(need * ratios, funding)
        table = names.iloc[np.repeat(np.arange(len(series)), len(wanted) * len(years))].reset_index(drop=True)
        table["quantile"] = np.tile(np.repeat(wanted, len(years)), len(series))
        table["financial_year"] = years * (len(wanted) * len(series))
        money = {name: values.ravel() for name, values in zip(_MONEY, cash, strict=True)}
        return table.assign(**money, **{f"{name}_real": values.ravel() for name, values in zip(_MONEY, cash / prices, strict=True)})

    def _counted(self, series: int, place: int) -> tuple[NDArray[np.int32], Floats, float, float]:
        """Return what quantiles are worked out from: counts, edges and extremes of a series in a year after the base year."""
        held = self.tally
        extremes = float(held.lowest[series, place]), float(held.highest[series, place])
        return held.counts[series, place], held.grid.edges(series, place), *extremes

    def _run_0(self, series: int) -> tuple[Floats, Floats]:
        """Return need and funding of run 0, (T + 1,) each, from the base year on."""
        councils, years = len(self.design.need), len(self.run.prices)
        kind, place = (self.run.councils, series) if series < councils else (self.run.regions, series - councils)
        table = self.run.england if series == councils + self.design.regions else kind.iloc[place * years : (place + 1) * years]
        return table["need_gbp"].to_numpy(), table["funding_gbp"].to_numpy()

    def _councils(self) -> pd.DataFrame:
        return self.run.councils[["council", "council_name", "region"]].drop_duplicates("council").reset_index(drop=True)

    def _regions(self) -> list[str]:
        return sorted(self.run.councils["region"].unique())

    def _series(self, council: str | None) -> int:
        if council is None:
            return len(self.tally.counts) - 1
        table = self._councils()
        found = np.flatnonzero((table["council"] == council) | (table["council_name"] == council))
        if not len(found):
            raise UnknownCouncil(
                f"The projection holds no council '{council}'; its councils are in `run.councils`, those left out in `run.left_out`."
            )
        return int(found[0])

    def _year(self, year: str) -> int:
        after = list(self.run.prices.index[1:])
        if year not in after:
            raise NoData(f"The projection has no draws of {year}; it has {after[0]} to {after[-1]}.")
        return after.index(year)


def simulate_gap(
    years: pd.DataFrame,
    scenario: Scenario,
    draws: int = 10_000,
    seed: int = 1,
    *,
    shocks: Shocks | None = None,
    projected: pd.DataFrame | None = None,
    chunk: int = 4,
    n_jobs: int | None = 1,
) -> Simulation:
    """Project the gap and draw around it: national, regional and councils' own shocks to volume and price, and the error of drift.

    Run 0 is `project_gap` of the scenario, without chance. A draw multiplies each council's need of each year by what shocks to the
    nation, its region and itself add up to (formulas: `fundgap.gap.shocks`); scenario, funding and general prices are the same in all
    of them, so the draws show what may happen under the scenario, not how wrong the scenario's own assumptions may be beyond the error
    of drift. Draws are made in blocks of 5,000, each from random numbers of its own (Philox, keyed by the seed and the block's number):
    the same seed gives the same bytes, whatever the number of draws asked for later, `chunk` and `n_jobs`.

    Memory does not grow with draws: they are counted on a fixed grid and forgotten.

    Parameters
    ----------
    years
        As `fundgap.council_years()` gives it.
    scenario
        From `fundgap.scenario(...)`.
    draws
        1 or more.
    seed
        Any whole number from 0.
    shocks
        From `estimate_shocks`; estimated from `years` up to the base year unless given.
    projected
        As `project_gap` takes it.
    chunk
        Blocks a worker takes at a time.
    n_jobs
        Workers, as joblib takes it; None leaves it to `joblib.parallel_config`.

    Raises
    ------
    NoData
        As `project_gap`; when a council has no shocks; with no draws.

    Examples
    --------
    Run 0 is the projection, and any draw can be had again by itself:

    >>> import fundgap as fg
    >>> years, trend = fg.council_years(), fg.scenario("trend")
    >>> drawn = fg.simulate_gap(years, trend, draws=100, seed=1)
    >>> drawn.draw(0).equals(fg.project_gap(years, trend).councils)
    True
    >>> drawn.draw(17).equals(fg.simulate_gap(years, trend, draws=17, seed=1).draw(17))
    True
    """
    if draws < 1 or chunk < 1:
        raise NoData(f"{draws} draws in chunks of {chunk}: there must be at least one of each.")
    run = project_gap(years, scenario, projected=projected)
    found = estimate_shocks(years, run.price_base) if shocks is None else shocks
    design = design_of(run, found, years[years["financial_year"] == run.price_base])
    return Simulation(run, found, seed, draws, design, tally(design, seed, draws, chunk=chunk, n_jobs=n_jobs))
