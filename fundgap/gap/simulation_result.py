"""A simulated gap: quantiles, probabilities and means of England, regions and councils, and any draw again by itself."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from fundgap.errors import NoData
from fundgap.gap.arithmetic import gap_of
from fundgap.gap.draws import BLOCK, Design, council_ratios
from fundgap.gap.gap_tables import council_table, summed
from fundgap.gap.quantiles import CELLS, share_above, spread
from fundgap.gap.result import Gap
from fundgap.gap.series import councils_of, number_of, place_of, quantile_table, regions_of, run_0_of
from fundgap.gap.shocks import Shocks
from fundgap.gap.tally import Tally
from fundgap.gap.variance_shares import VarianceShares, shares_of
from fundgap.shown import Shown, Told

LEVELS = (0.1, 0.5, 0.9)


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
class Simulation(Told):
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
        return self._quantiles([number_of(self.run, None)], pd.DataFrame(index=[0]), levels)

    def regions(self, *levels: float) -> pd.DataFrame:
        """Return quantiles for regions: region, and the columns of `england`. They do not add up to England's."""
        first, names = len(councils_of(self.run)), regions_of(self.run)
        return self._quantiles(range(first, first + len(names)), pd.DataFrame({"region": names}), levels)

    def councils(self, *levels: float) -> pd.DataFrame:
        """Return quantiles for every council: council, council_name, region, and the columns of `england`."""
        names = councils_of(self.run)
        return self._quantiles(range(len(names)), names, levels)

    def council(self, council: str, *levels: float) -> pd.DataFrame:
        """Return quantiles for one council, by name or code: the columns of `councils`."""
        series = number_of(self.run, council)
        return self._quantiles([series], councils_of(self.run).iloc[[series]], levels)

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
        series, place = number_of(self.run, council), place_of(self.run, year)
        cash = amount_gbp * (float(self.run.prices.iloc[place + 1]) if is_real else 1.0)
        need, funding = run_0_of(self.run, series)
        ratio = (cash + need[0] + funding[place + 1] - funding[0]) / need[place + 1]
        share, cell = share_above(*self.tally.of(series, place), ratio)
        return Chance(share, float(np.sqrt(share * (1 - share) / self.draws)), cell)

    def mean(self, council: str | None = None) -> pd.DataFrame:
        """Return the mean yearly gap of the draws for England or a council.

        It lies above run 0 and the median where shocks multiply: twice as dear is as likely as half as dear, and adds more.

        Returns
        -------
        pandas.DataFrame
            financial_year, gap_gbp, gap_gbp_real, error_gbp, error_gbp_real (standard error from the number of draws).
        """
        series = number_of(self.run, council)
        need, funding = run_0_of(self.run, series)
        means = np.concatenate([need[:1], self.tally.sums[series] / self.draws])
        spreads = [0.0] + [spread(*self.tally.of(series, place)) * need[place + 1] for place in range(self.design.years)]
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
        return council_table(councils_of(self.run), list(self.run.prices.index), need, funding, children, self.run.prices.to_numpy())

    def draw_england(self, number: int) -> pd.DataFrame:
        """Return England's years in one draw: the sum of its councils, in the columns of `project_gap(...).england`."""
        return summed(self.draw(number), ["financial_year"])

    def variance_shares(self, council: str | None = None, *, draws: int = 10_000) -> VarianceShares:
        """Return which source of chance makes up how much of the variance of the gap of England, or of a council, in every year.

        Sources are switched on one at a time on the same draws (`fundgap.gap.variance_shares` gives the estimator). A council's own
        numbers are drawn anew here. `draws` is rounded up to blocks of 5,000.
        """
        series = number_of(self.run, council)
        design = self.design if council is None else self.design.of_council(series)
        place = "England" if council is None else str(councils_of(self.run)["council_name"][series])
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
        return quantile_table(self.run, self.tally, series, names, levels or LEVELS)
