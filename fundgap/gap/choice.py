"""How the default recipe was chosen: candidates scored on early origins by a rule stated before any late origin was opened.

The rule: smallest geometric mean of England's CRPS and the median council's, in real terms as a share of the origin's spend,
over origins 2013-14 to 2017-18 and one to five years ahead, every origin and horizon counting alike.

What the choice has seen: outcomes of early origins reach to 2022-23, so that late origins are tested in part on years whose
outcomes the choice knew; only 2023-24 and 2024-25 are new to it. `last_outcome="2018-19"` gives the choice as it would have
been made before any late origin's first outcome: fifteen pairs of origin and horizon in place of 25. It chooses otherwise (a window
of three years, no persistence, a trend that fades faster), and does a little worse on late origins: England 5.7% of spend against
5.2%, the median council 8.0% against 7.9%. So what the choice has seen makes it look a little better than it is. Between the first
candidates there is little to choose: five lie within 0.4% of each other.

Nor was the choice blind: the series of spend to 2024-25 is public and had been looked at before the rule and the candidates were
set down. And the variance of the mean of a window was reckoned too large (by the limit for many years: a tenth for the longest, a third for
five years) until after the late origins had been reported; put right, the same rule chose a trend of which three quarters, not one
half, is left each year. Only what is published after 2024-25 tests the forecasts cleanly.
"""

from collections.abc import Iterable
from dataclasses import asdict, fields, replace
from itertools import product

import numpy as np
import pandas as pd

from fundgap.data.prices import price_index
from fundgap.gap.areas import unbroken_areas
from fundgap.gap.backtest import SEED, origins
from fundgap.gap.backtest_draws import our_draws, outturn_after
from fundgap.gap.backtest_result import EARLY_UNTIL
from fundgap.gap.scores import crps
from fundgap.gap.shock_figures import figures_until
from fundgap.gap.shocks import ALL_YEARS, Recipe, Shocks, shocks_of
from fundgap.models.standardise import Floats


def candidates() -> list[Recipe]:
    """Return the recipes that compete for how the nation is forecast: every combination of window, damping and persistence."""
    return [Recipe(*choice) for choice in product((3, 5, ALL_YEARS), (0.5, 0.75, 1.0), (0.0, 0.5))]


def own_candidates(best: Recipe) -> list[Recipe]:
    """Return those that then compete for how councils are: tails, and whether part of an odd return passes."""
    return [replace(best, own_df=df, has_transitory=has) for df, has in product((5.0, 8.0), (True, False))]


def choose(years: pd.DataFrame, *, last_outcome: str | None = None) -> pd.DataFrame:
    """Return the scores of all candidates, best first: the nation's choices, then the councils' around the best of them."""
    nation = candidate_scores(years, candidates(), last_outcome=last_outcome)
    best = Recipe(**{field.name: nation[field.name].iloc[0] for field in fields(Recipe)})
    rest = [recipe for recipe in own_candidates(best) if recipe != best]
    both = pd.concat([nation, candidate_scores(years, rest, last_outcome=last_outcome)])
    return both.sort_values("rule", ignore_index=True)


def candidate_scores(years: pd.DataFrame, recipes: Iterable[Recipe], *, last_outcome: str | None = None, seed: int = SEED) -> pd.DataFrame:
    """Score recipes on the early origins, best first.

    Parameters
    ----------
    last_outcome
        Outcomes of later years are not looked at; by default all of the early origins' are.

    Returns
    -------
    pandas.DataFrame
        window, damping, persistence, own_df, has_transitory; england_crps and council_crps (of the median council), shares
        of the origin's spend; rule, their geometric mean; pairs of origin and horizon.
    """
    areas, prices = unbroken_areas(years), price_index()
    early = [figures_until(areas, origin) for origin in origins(areas) if origin <= EARLY_UNTIL]
    rows = []
    for recipe in recipes:
        england, councils = [], []
        for number, figures in enumerate(early):
            own, whole = _scores(areas, shocks_of(figures, prices, recipe), prices, last_outcome, seed, number)
            england.append(whole)
            councils.append(own)
        pairs = np.concatenate(england)
        typical = float(pd.concat(councils, axis=1).mean(axis=1).median())
        row = {"england_crps": float(pairs.mean()), "council_crps": typical, "rule": float((pairs.mean() * typical) ** 0.5)}
        rows.append(asdict(recipe) | row | {"pairs": len(pairs)})
    return pd.DataFrame(rows).sort_values("rule", ignore_index=True)


def _scores(
    areas: pd.DataFrame, shocks: Shocks, prices: "pd.Series[float]", last_outcome: str | None, seed: int, block: int
) -> tuple[pd.DataFrame, Floats]:
    """Return the scores of one origin's councils, a row each, and England's, (H,), in real terms."""
    outturn = outturn_after(areas, shocks, prices)
    drawn = our_draws(areas, shocks, outturn, seed, block)
    kept = [h for h, year in enumerate(outturn.years) if last_outcome is None or year <= last_outcome]
    base, later = outturn.england
    england = crps(outturn.england_of(drawn), later / outturn.prices / base)[kept]
    outcome = outturn.later / outturn.prices / outturn.base.sum(axis=1)[:, None]
    return pd.DataFrame(crps(drawn, outcome)[:, kept], index=list(shocks.councils)), england
