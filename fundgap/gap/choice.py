"""How the default recipe was chosen: candidates scored on early origins by a rule stated before any late origin was opened.

The rule: smallest geometric mean of England's CRPS and the median council's, in real terms as a share of the origin's spend,
over origins 2013-14 to 2017-18 and one to five years ahead, every origin and horizon counting alike.

What the choice has seen: outcomes of early origins reach to 2022-23, so that late origins are tested in part on years whose
outcomes the choice knew; only 2023-24 and 2024-25 are new to it. `last_outcome="2018-19"` gives the choice as it would have
been made before any late origin's first outcome: fifteen pairs of origin and horizon in place of 25.
"""

from collections.abc import Iterable
from dataclasses import asdict
from itertools import product

import numpy as np
import pandas as pd

from fundgap.data.prices import price_index, years_after
from fundgap.gap.areas import unbroken_areas
from fundgap.gap.backtest import SEED, england_base, england_of, origins, our_draws, outturn_after
from fundgap.gap.backtest_result import EARLY_UNTIL
from fundgap.gap.scores import crps
from fundgap.gap.shocks import Recipe, estimate_shocks
from fundgap.models.resampling import generator

# All years held, as a window.
ALL_YEARS = 99
DRAWS = 500


def candidates() -> list[Recipe]:
    """Return the recipes that compete: every combination of window, damping, persistence, tails and passing errors."""
    grid = product((3, 5, ALL_YEARS), (0.5, 0.75, 1.0), (0.0, 0.5), (5.0, 8.0), (True, False))
    return [Recipe(*choice) for choice in grid]


def candidate_scores(
    years: pd.DataFrame, recipes: Iterable[Recipe], *, last_outcome: str | None = None, draws: int = DRAWS, seed: int = SEED
) -> pd.DataFrame:
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
    early = [origin for origin in origins(areas) if origin <= EARLY_UNTIL]
    rows = []
    for recipe in recipes:
        england, councils = [], []
        for number, origin in enumerate(early):
            shocks = estimate_shocks(areas, origin, recipe, prices=prices)
            outturn = outturn_after(areas, shocks, prices)
            drawn, _ = our_draws(areas, shocks, outturn, draws, generator(seed, number))
            kept = [h for h, year in enumerate(outturn.years) if last_outcome is None or year <= last_outcome]
            base, later = england_base(outturn)
            england.append(crps(england_of(drawn, outturn), later / outturn.prices / base)[kept])
            outcome = outturn.later / outturn.prices / outturn.base.sum(axis=1)[:, None]
            councils.append(pd.DataFrame(crps(drawn, outcome)[:, kept], index=list(shocks.councils)))
        pairs = np.concatenate(england)
        typical = float(pd.concat(councils, axis=1).mean(axis=1).median())
        row = {"england_crps": float(pairs.mean()), "council_crps": typical, "rule": (pairs.mean() * typical) ** 0.5, "pairs": len(pairs)}
        rows.append(asdict(recipe) | row)
    return pd.DataFrame(rows).sort_values("rule", ignore_index=True)


def first_late_outcome() -> str:
    """Return the first year whose outcome no early choice may know, if it is to be made before late origins open."""
    return years_after(EARLY_UNTIL, 2)
