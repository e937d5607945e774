"""What happened after the base year cannot have been known in it."""

import itertools
from collections.abc import Callable
from functools import cache

import frames
import numpy as np
import pandas as pd
import pytest

from fundgap.errors import NoData
from fundgap.gap.projection import Gap, project_gap
from fundgap.gap.scenario import Scenario, scenario

SPEND = ["gross_spend_gbp", *frames.SPEND]
FIGURES = {"spend": SPEND, "children": ["children"], "looked_after": ["looked_after"], "everything": [*SPEND, "children", "looked_after"]}
MONEY = ["financial_year", "need_gbp", "funding_gbp", "gap_gbp", "cumulative_gap_gbp"]
Change = Callable[[pd.DataFrame], pd.DataFrame]


def shuffled(figures: pd.DataFrame) -> pd.DataFrame:
    """Return the figures dealt anew among the rows."""
    order = np.random.default_rng(20171001).permutation(len(figures))
    return figures.iloc[order].set_axis(figures.index)


def tripled(figures: pd.DataFrame) -> pd.DataFrame:
    """Return three times the figures."""
    return figures * 3


def blank(figures: pd.DataFrame) -> pd.DataFrame:
    """Return no figures."""
    return figures * np.nan


def changed(change: Change, names: list[str], *, after: str | None = None, until: str | None = None) -> pd.DataFrame:
    """Return the panel with some columns changed in the years after one year, or up to one."""
    frame = frames.panel().copy()
    rows = frame["financial_year"] > after if after else frame["financial_year"] <= str(until)
    frame.loc[rows, names] = change(frame.loc[rows, names])
    return frame


def assert_same(run: Gap, other: Gap) -> None:
    """Check that two runs agree in every table, to the last bit."""
    for name in ("england", "regions", "councils", "categories", "drivers", "council_drivers", "rates", "left_out"):
        pd.testing.assert_frame_equal(getattr(run, name), getattr(other, name), check_exact=True, obj=name)


def trend_from(base_year: str) -> Scenario:
    """Return the default scenario as one would have stood at the end of a past year."""
    return scenario("trend").replace(base_year=base_year, window_years=3)


@cache
def trend_run(base_year: str) -> Gap:
    """Return the trend from a past year, projected from the whole panel."""
    return project_gap(frames.panel(), trend_from(base_year))


# Looked-after children are held from 2015-16 on, and the window is three years.
BASE_YEARS = ["2018-19", "2021-22"]


@pytest.mark.parametrize("change", [shuffled, tripled, blank])
@pytest.mark.parametrize("names", FIGURES.values(), ids=FIGURES)
@pytest.mark.parametrize("base_year", BASE_YEARS)
def test_later_figures_do_not_change_a_trend(base_year: str, names: list[str], change: Change) -> None:
    assert_same(trend_run(base_year), project_gap(changed(change, names, after=base_year), trend_from(base_year)))


@pytest.mark.parametrize("base_year", BASE_YEARS)
def test_later_prices_do_not_change_a_trend(base_year: str) -> None:
    assert_same(trend_run(base_year), project_gap(changed(tripled, ["price_index"], after=base_year), trend_from(base_year)))


@pytest.mark.parametrize("base_year", BASE_YEARS)
def test_a_trend_is_the_same_before_the_later_years_are_held(base_year: str) -> None:
    known = frames.panel()[frames.panel()["financial_year"] <= base_year]
    assert_same(project_gap(known, trend_from(base_year)), trend_run(base_year))


# Without the prices of its years a path has no figure in real terms: it is refused, not half told.
@pytest.mark.parametrize(
    ("names", "change"),
    [*itertools.product(FIGURES.values(), [shuffled, tripled, blank]), (["price_index"], shuffled), (["price_index"], tripled)],
)
def test_later_figures_do_not_change_a_published_path_in_cash(names: list[str], change: Change) -> None:
    run = scenario("lga-2017")
    before, after = (project_gap(frame, run) for frame in (frames.panel(), changed(change, names, after="2016-17")))
    pd.testing.assert_frame_equal(before.england[MONEY], after.england[MONEY], check_exact=True)
    pd.testing.assert_frame_equal(before.councils[["council", *MONEY]], after.councils[["council", *MONEY]], check_exact=True)
    drivers = ["financial_year", "driver", "gap_gbp"]
    pd.testing.assert_frame_equal(before.drivers[drivers], after.drivers[drivers], check_exact=True)


def test_a_published_path_whose_later_prices_are_blank_is_refused() -> None:
    with pytest.raises(NoData, match="no price index for 2017-18"):
        project_gap(changed(blank, ["price_index"], after="2016-17"), scenario("lga-2017"))


@pytest.mark.parametrize("names", FIGURES.values(), ids=FIGURES)
def test_earlier_figures_do_change_a_trend(names: list[str]) -> None:
    other = project_gap(changed(tripled, names, until="2017-18"), trend_from("2018-19"))
    assert not np.allclose(trend_run("2018-19").rates["growth"], other.rates["growth"], rtol=0.1)
