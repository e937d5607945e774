"""What the story tells, in figures: computed once, shared by sentences, charts and pages."""

from functools import cached_property

import pandas as pd

from fundgap.data.panel import council_years, inspections
from fundgap.data.prices import in_real_terms
from fundgap.data.store import Store
from fundgap.gap.fund_coverage import coverage
from fundgap.gap.intervals import interval_of_quantiles
from fundgap.gap.outturn import compare_with_outturn
from fundgap.gap.projection import project_gap
from fundgap.gap.result import Gap
from fundgap.gap.scenario import Scenario, scenario
from fundgap.gap.sensitivity import gap_by_window, gap_without_odd_returns, odd_returns_at_ends
from fundgap.gap.simulation import simulate_gap
from fundgap.gap.simulation_result import Simulation
from fundgap.models.confounding import good_by_deprivation, probability_grid, raw_and_adjusted
from fundgap.models.curve_result import SpecificationCurve
from fundgap.models.curve_saved import stored_curve

PLEDGE = "sector-led-20m"
# The year that headlines speak of lies as far ahead as the trend reaches back; further ahead it says less and less.
HEADLINE_YEARS = 5
# Chance in the story: draws, their seed, and the quantiles between which eight draws of ten lie.
DRAWS, SEED, MOST = 50_000, 1, (0.1, 0.9)


def _to_headline_year() -> Scenario:
    return scenario("trend").replace(years=HEADLINE_YEARS)


class Findings:
    """Everything the story tells, computed once from the figures and shared by charts, sentences and pages."""

    def __init__(self, store: Store | None = None) -> None:
        self.store = store

    @cached_property
    def years(self) -> pd.DataFrame:
        """The panel, in cash."""
        return council_years(self.store)

    @cached_property
    def judgements(self) -> pd.DataFrame:
        """The judgements, spend in real terms beside them."""
        return in_real_terms(inspections(self.store), store=self.store)

    @cached_property
    def ratios(self) -> pd.DataFrame:
        """Odds ratios per £100, raw and adjusted."""
        return raw_and_adjusted(self.judgements)

    @cached_property
    def outside_london(self) -> pd.DataFrame:
        """The same for the councils outside London."""
        return raw_and_adjusted(self.judgements[self.judgements["region"] != "London"])

    @cached_property
    def counts(self) -> pd.DataFrame:
        """Good or better among the least and the most deprived 40%."""
        return good_by_deprivation(self.judgements)

    @cached_property
    def chances(self) -> pd.DataFrame:
        """Predicted P(good or better) at the quartiles of preventative spend."""
        return probability_grid(self.judgements, quantiles=(0.25, 0.5, 0.75))

    @cached_property
    def curve(self) -> SpecificationCurve:
        """The specification curve as it is kept among the figures."""
        return stored_curve(self.store)

    @cached_property
    def forecasts(self) -> dict[str, Gap]:
        """The LGA's gaps of 2016 and 2017."""
        return {f"LGA {year}": project_gap(self.years, scenario(f"lga-{year}")) for year in (2016, 2017)}

    @cached_property
    def outturns(self) -> dict[str, pd.DataFrame]:
        """Those gaps beside what was spent."""
        return {label: compare_with_outturn(gap, self.years) for label, gap in self.forecasts.items()}

    @cached_property
    def trend(self) -> Gap:
        """The gap if the recent trend goes on, to the year that headlines speak of."""
        return project_gap(self.years, _to_headline_year())

    @cached_property
    def windows(self) -> pd.DataFrame:
        """The trend's gap by how far back it is taken from."""
        return gap_by_window(self.years, _to_headline_year())

    @cached_property
    def trend_without_odd_returns(self) -> Gap:
        """The same with growth taken from councils whose returns at both ends of the window do not look wrong."""
        return gap_without_odd_returns(self.years, _to_headline_year())

    @cached_property
    def odd_returns(self) -> pd.DataFrame:
        """The returns that are left out there."""
        return odd_returns_at_ends(self.years, self.trend.price_base, self.trend.scenario.window_years)

    @cached_property
    def simulation(self) -> Simulation:
        """Courses that the trend may take by chance."""
        return simulate_gap(self.years, scenario("trend"), draws=DRAWS, seed=SEED)

    @cached_property
    def pledge(self) -> pd.DataFrame:
        """The £20m pledge against the LGA's gap of 2017."""
        return coverage(self.forecasts["LGA 2017"], PLEDGE, store=self.store)

    @cached_property
    def pledge_at_once(self) -> pd.DataFrame:
        """The same with the whole pledge in one year."""
        return coverage(self.forecasts["LGA 2017"], PLEDGE, spread="at_once", store=self.store)

    @cached_property
    def pledge_on_trend(self) -> pd.DataFrame:
        """A like fund against the gap of the trend."""
        return coverage(self.trend, PLEDGE, interval=interval_of_quantiles(self.simulation.england(*MOST)), store=self.store)
