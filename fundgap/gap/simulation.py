"""Draws around the gap: run 0 is the projection, and what may happen is drawn about it, block by block."""

from numbers import Integral

import pandas as pd

from fundgap.errors import NoData
from fundgap.gap.fan_design import design_of
from fundgap.gap.projection import project_gap
from fundgap.gap.scenario import Scenario
from fundgap.gap.shocks import Recipe, Shocks, estimate_shocks
from fundgap.gap.simulation_result import Simulation
from fundgap.gap.tally import tally

# What one cell of the tally can hold, with room to spare.
MOST_DRAWS = 10**9


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
    of drift: how well growth is known from the scenario's `window_years`, an error that adds up for as long as the growth goes on.
    Draws are made in blocks of 5,000, each from random numbers of its own (Philox, keyed by the seed and the block's number): the same
    seed gives the same bytes, whatever the number of draws asked for later, `chunk` and `n_jobs`.

    Memory does not grow with draws: they are counted on a fixed grid and forgotten.

    Parameters
    ----------
    years
        As `fundgap.council_years()` gives it.
    scenario
        From `fundgap.scenario(...)`.
    draws
        From 1 to a thousand million.
    seed
        Any whole number from 0.
    shocks
        From `estimate_shocks`; unless given, estimated from `years` up to the base year by `Recipe().of_constant_growth(window_years)`.
    projected
        As `project_gap` takes it.
    chunk
        Blocks a worker takes at a time.
    n_jobs
        Workers, as joblib takes it; None leaves it to `joblib.parallel_config`.

    Raises
    ------
    NoData
        As `project_gap`; when a council has no shocks; with no draws; for a seed that is none.

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
    if draws > MOST_DRAWS:
        raise NoData(f"{draws:,} draws are too many to count in 32 bits: at most {MOST_DRAWS:,}.")
    if not isinstance(seed, Integral) or seed < 0:
        raise NoData(f"seed is a whole number from 0, so that the same draws can be had again, not {seed!r}.")
    run = project_gap(years, scenario, projected=projected)
    recipe = Recipe().of_constant_growth(scenario.window_years)
    found = estimate_shocks(years, run.price_base, recipe) if shocks is None else shocks
    design = design_of(run, found, years[years["financial_year"] == run.price_base])
    return Simulation(run, found, seed, draws, design, tally(design, seed, draws, chunk=chunk, n_jobs=n_jobs))
