"""What docs/data-notes.md says of how spend has moved, made again from the figures: it stands there word for word.

What it says of the back-test is held by the last cell of notebook 04.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from test_data_notes import notes

import fundgap as fg
from fundgap.data.prices import price_index
from fundgap.gap import shock_moments as moments
from fundgap.gap.areas import unbroken_areas
from fundgap.gap.shock_figures import Figures, figures_until, national_growth, own_growth, total_growth
from fundgap.gap.shocks import Recipe
from fundgap.models.standardise import Floats

LAST, EARLY = "2024-25", "2017-18"


@cache
def figures(origin: str) -> Figures:
    return figures_until(unbroken_areas(fg.council_years()), origin)


@cache
def steps() -> tuple[Floats, Floats]:
    """Return councils' yearly steps about their region's mean, and the steps a year later, where both are known."""
    held = figures(LAST)
    table = moments.within_and_between(own_growth(held)[1], np.ones(len(held.councils)), held.region_of, Recipe().own_df)[1]
    before, after = table[:, :-1], table[:, 1:]
    known = np.isfinite(before) & np.isfinite(after)
    return before[known], after[known]


def slope(kept: NDArray[np.bool_]) -> float:
    before, after = (part[kept] for part in steps())
    return float((before * after).sum() / (before**2).sum())


@cache
def nation() -> pd.DataFrame:
    """Return yearly growth in England, in %: rows volume, looked-after, safeguarding and preventative spend a child."""
    return np.expm1(pd.DataFrame(national_growth(figures(LAST)), columns=list(figures(LAST).years))) * 100


def between(row: int, first: str, last: str) -> str:
    values = nation().loc[row, first:last].abs()
    return f"{values.min():.0f}% to {values.max():.0f}%"


def ordinary_steps() -> str:
    small = np.abs(steps()[0]) < 0.15
    return (
        f"Of steps of less than 15% about its region ({small.sum():,} pairs of years to {LAST}) nothing is taken back a year later "
        f"(slope of the next step {slope(small):+.2f})"
    )


def leaps() -> str:
    large = np.abs(steps()[0]) > 0.3
    return f"of the {large.sum()} above 30% a third (slope {slope(large):.2f})"


def spread_by_years() -> str:
    held = figures(EARLY)
    own = own_growth(held)[1]
    size = held.children[:, -1] / np.nanmedian(held.children[:, -1])
    scale = np.where(np.isfinite(size), size, 1.0) ** -moments.size_exponent(own, size)
    spread = moments.within_and_between(own, scale, held.region_of, Recipe().own_df)[0] ** 0.5
    return f"(spread {', '.join(f'{value:.1%}' for value in spread)} over one to four years, to {EARLY})"


def large_councils() -> str:
    told = []
    for origin in ("2013-14", EARLY, LAST):
        held = figures(origin)
        exponent = moments.size_exponent(own_growth(held)[1], held.children[:, -1] / np.nanmedian(held.children[:, -1]))
        told.append(f"{-exponent:.2f} ({origin})")
    return f"spread goes with children to the power of {told[0]}, {told[1]} and {told[2]}"


def typical_council() -> str:
    own, england = total_growth(figures(LAST))
    held = np.isfinite(england)
    beyond = england[held] - np.nanmedian(own[:, held], axis=0)
    assert (beyond < 0).any()
    assert held.sum() == 14
    return f"by {100 * beyond.mean():.1f} points a year on average over fourteen years though not in each"


def runs_of_growth() -> str:
    fell = nation().loc[3, "2013-14":"2017-18"]
    assert (fell < 0).all()
    return (
        f"Preventative spend a child fell by {between(3, '2013-14', '2017-18')} a year for five years; looked-after spend a child grew by "
        f"{between(1, '2013-14', '2016-17')} a year to 2016-17, {between(1, '2017-18', '2019-20')} to 2019-20 and, after "
        f"{nation().loc[1, '2020-21']:.0f}% in 2020-21, by {between(1, '2021-22', LAST)}."
    )


def first_step() -> str:
    england = np.expm1(total_growth(figures(LAST))[1])
    return f"The only large step before 2018 is 2009-10 (+{england[figures(LAST).years.index('2009-10')]:.1%} in all"


def bad_year() -> str:
    england, prices = np.expm1(total_growth(figures(LAST))[1]), price_index().pct_change()
    growth = england[figures(LAST).years.index("2021-22")]
    assert prices["2021-22"] < 0
    rise = f"{prices['2020-21']:.1%}"
    return f"its deflator rose by {rise} and fell back, and spend was held down, so that real growth to 2021-22 is {growth:.0%}"


def prices_after() -> str:
    rises = [f"{price_index().pct_change()[year]:.1%}" for year in ("2022-23", "2023-24", LAST)]
    return f"nothing up to 2020-21 told of prices that rose by {rises[0]}, {rises[1]} and {rises[2]}"


def matched_councils() -> str:
    last = fg.compare_with_outturn(fg.project_gap(fg.council_years(), fg.scenario("lga-2021")), fg.council_years()).iloc[-1]
    return (
        f"Matched councils' rise from 2021-22 to {LAST} is {last['outturn_rise_same_areas']:.1%} in cash; England's published totals give "
        f"{last['outturn_rise']:.1%}"
    )


SENTENCES: list[Callable[[], str]] = [
    ordinary_steps, leaps, spread_by_years, large_councils, typical_council, runs_of_growth, first_step, bad_year, prices_after,
    matched_councils,
]  # fmt: skip


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda made: made.__name__)
def test_a_sentence_of_the_notes_on_forecasting_is_what_the_figures_say(sentence: Callable[[], str]) -> None:
    said = sentence()
    assert said in notes(), f"docs/data-notes.md should say: {said}"
