"""Charts of the simulated gap: what they say is what they draw."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "gap"))
import chance
import frames
from words_outside import words_outside

from fundgap.errors import NoData
from fundgap.gap.scenario import scenario
from fundgap.gap.simulation import simulate_gap
from fundgap.gap.simulation_result import Simulation
from fundgap.gap.tornado import tornado
from fundgap.story.fan_figures import fan, tornado_chart, variance_chart

# An average letter of the title's font at its size, in characters of the picture's width.
TITLE_WIDTH = 88


@pytest.fixture(scope="module")
def drawn() -> Simulation:
    table = chance.panel()
    return simulate_gap(table, chance.scenario(), 200, shocks=chance.lively(table))


@pytest.mark.parametrize("council", [None, "Council 1"])
def test_the_fan_draws_and_says_the_quantiles(drawn: Simulation, council: str | None) -> None:
    chart = fan(drawn, chance.panel(), council)
    table = drawn.england(0.1, 0.9) if council is None else drawn.council(council, 0.1, 0.9)
    last = table[table["financial_year"] == "2022-23"].set_index("quantile")
    unit, word = (1e9, "bn") if council is None else (1e6, "m")
    said = [f"{'−' if value < 0 else ''}£{abs(value):.1f}{word}" for value in last["gap_gbp_real"] / unit]
    assert f"{said[0]} to {said[1]} in 2022-23 in eight draws of ten" in chart.title
    assert (council or "England") in chart.title
    assert len(chart.title) < TITLE_WIDTH
    held = chart.data[chart.data["financial_year"] == "2022-23"].set_index("quantile")["need_gbp_real"]
    assert held[[0.1, 0.9]].tolist() == last["need_gbp_real"].tolist()
    assert sorted(held.index) == [0.1, 0.25, 0.5, 0.75, 0.9]
    assert words_outside(chart) == []


def test_the_fan_ends_where_it_is_told_to(drawn: Simulation) -> None:
    chart = fan(drawn, chance.panel(), until="2021-22")
    assert chart.data["financial_year"].max() == "2021-22"
    assert "2021-22" in chart.title


def test_the_tornado_names_the_largest_swing() -> None:
    moved = tornado(frames.panel(), scenario("trend").replace(years=5))
    chart = tornado_chart(moved)
    assert chart.title == f"The gap of 2029-30 hangs most on {moved.table['label'].iloc[0]}"
    assert chart.data["swing_gbp_real"].is_monotonic_decreasing
    outside = moved.table[(moved.table["central"] < moved.table["low"]) | (moved.table["central"] > moved.table["high"])]["label"]
    for label in outside:
        assert label in chart.source.partition("outside its own range:")[2]
    assert words_outside(chart) == []


def test_the_chart_of_shares_draws_two_years(drawn: Simulation) -> None:
    shares = drawn.variance_shares(draws=100)
    chart = variance_chart(shares, ("2020-21", "2022-23"))
    largest = shares.of_year("2022-23").iloc[0]
    assert f"{largest['share']:.0%} in 2022-23" in chart.alt
    assert chart.data.groupby("financial_year")["share"].sum().tolist() == pytest.approx([1, 1], abs=1e-9)
    assert np.isfinite(chart.data["share_error"]).all()
    assert words_outside(chart) == []
    with pytest.raises(NoData, match="2022-23"):
        variance_chart(shares, ("2020-21", "2040-41"))
