"""How large a fund must be, and whose gap it closes: two councils by hand, then the committed figures."""

from functools import cache

import frames
import numpy as np
import pandas as pd
import pytest

from fundgap.errors import BadFigures, BadScenario, NoData
from fundgap.gap.allocation import Allocation
from fundgap.gap.closing import Closing, chance_closed, gaps_closed
from fundgap.gap.fund_size import fund_to_close
from fundgap.gap.projection import project_gap
from fundgap.gap.result import Gap
from fundgap.gap.scenario import Scenario

CLOSE = 1e-12


@cache
def two_councils() -> Gap:
    """Return a gap of £400 in 2020-21 that two councils share 3 to 1: one spends three times what the other does."""
    path = frames.path_content({"2019-20": 1000.0, "2020-21": 1500.0}, {"2019-20": 1000.0, "2020-21": 1100.0})
    spend = [(300.0, 0.0, 0.0), (100.0, 0.0, 0.0)]
    years = pd.concat([frames.outturn(spend, year) for year in ("2019-20", "2020-21")], ignore_index=True)
    return project_gap(years, Scenario.model_validate(path))


def given(pence: list[int], year: str = "2020-21", councils: list[str] | None = None) -> Allocation:
    codes = councils or two_councils().councils["council"].unique().tolist()
    table = pd.DataFrame({"council": codes, "council_name": codes, "allocation_pence": pence, "allocation_gbp": np.array(pence) / 100})
    nobody = pd.DataFrame(columns=["council", "council_name", "reason"])
    return Allocation("", "equal", year, "2019-20", "by hand", sum(pence), table, nobody)


def closing(pence: list[int], **options: object) -> Closing:
    return gaps_closed(two_councils(), given(pence), **options)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _two_gaps() -> None:
    """Hold the figures that the arithmetic below starts from."""
    last = two_councils().councils.query("financial_year == '2020-21'")
    assert last["gap_gbp"].tolist() == pytest.approx([300.0, 100.0], rel=CLOSE)


def test_a_gap_is_closed_where_the_allocation_reaches_it() -> None:
    found = closing([20_000, 20_000])
    assert found.councils["is_closed"].tolist() == [False, True]
    assert found.councils["short_gbp"].tolist() == pytest.approx([100.0, 0.0], abs=0.005)
    assert found.councils["share_closed"].tolist() == pytest.approx([2 / 3, 2.0], rel=CLOSE)
    assert found.count() == 1
    assert "closes 1 of 2" in str(found)


def test_the_fund_that_a_rule_needs_is_the_gap_over_the_council_s_part() -> None:
    found = closing([20_000, 20_000])
    # Shared equally, £300 for one council take a fund of £600, £100 for the other one of £200.
    assert found.councils["fund_needed_gbp"].tolist() == pytest.approx([600.0, 200.0], rel=CLOSE)
    assert (found.fund_needed(0.5), found.fund_needed(1.0)) == pytest.approx((200.0, 600.0), rel=CLOSE)
    assert closing([40_000, 0]).fund_needed(1.0) == float("inf")
    with pytest.raises(BadScenario):
        found.fund_needed(0)


def test_a_fund_of_the_size_needed_closes_the_gap_and_a_penny_less_does_not() -> None:
    assert closing([30_000, 30_000]).count() == 2
    assert closing([29_999, 30_000]).count() == 1


def test_the_ends_of_an_interval_close_more_and_fewer() -> None:
    codes = two_councils().councils["council"].unique()
    interval = pd.DataFrame({"council": codes, "financial_year": "2020-21", "low_gbp": [150.0, 50.0], "high_gbp": [400.0, 250.0]})
    found = closing([20_000, 20_000], interval=interval)
    assert (found.count("closed_at_low"), found.count(), found.count("closed_at_high")) == (2, 1, 0)
    with pytest.raises(BadFigures, match="Council 1"):
        closing([1, 1], interval=interval.iloc[:1])
    with pytest.raises(BadFigures, match="high_gbp"):
        closing([1, 1], interval=interval.drop(columns="high_gbp"))
    with pytest.raises(BadFigures, match="Council 1 twice"):
        closing([1, 1], interval=pd.concat([interval, interval]))
    with pytest.raises(BadFigures, match="Council 1: found a low end above the high end"):
        closing([1, 1], interval=interval.rename(columns={"low_gbp": "high_gbp", "high_gbp": "low_gbp"}))


def test_the_chance_of_no_gap_is_where_the_allocation_lies_among_the_quantiles() -> None:
    first, second = two_councils().councils["council"].unique()
    rows = [(first, 0.9, 400.0), (first, 0.1, 100.0), (first, 0.5, 300.0), (second, 0.1, 50.0), (second, 0.5, 100.0), (second, 0.9, 150.0)]
    table = pd.DataFrame(rows, columns=["council", "quantile", "gap_gbp"]).assign(financial_year="2020-21")
    # £200 lies half-way between the quantiles 0.1 and 0.5 of the first, and above all of the second.
    assert chance_closed(closing([20_000, 20_000]), table)["probability"].tolist() == pytest.approx([0.3, 1.0], rel=CLOSE)
    assert chance_closed(closing([9_999, 12_500]), table)["probability"].tolist() == pytest.approx([0.0, 0.7], rel=CLOSE)
    with pytest.raises(BadFigures, match="Council 1"):
        chance_closed(closing([1, 1]), table[table["council"] == first])
    with pytest.raises(BadFigures, match="gap_gbp"):
        chance_closed(closing([1, 1]), table.drop(columns="gap_gbp"))


def test_councils_on_one_side_only_are_named() -> None:
    code = two_councils().councils["council"].iloc[0]
    found = gaps_closed(two_councils(), given([100, 100], councils=[code, "E10009999"]))
    assert found.not_compared["council"].tolist() == ["E10009999", "E10000001"]
    assert len(found.councils) == 1


def test_a_year_that_the_gap_does_not_hold_is_refused() -> None:
    for year in ("2019-20", "2030-31"):
        with pytest.raises(NoData, match="is projected for 2020-21"):
            gaps_closed(two_councils(), given([1, 1], year))


def test_the_size_of_a_fund_is_its_share_of_the_gap() -> None:
    interval = pd.DataFrame({"financial_year": ["2020-21"], "low_gbp": [-10.0], "high_gbp": [800.0]})
    table = fund_to_close(two_councils(), (0.25, 1.0), interval)
    assert table["fund_gbp"].tolist() == pytest.approx([100.0, 400.0], rel=CLOSE)
    assert table[["low_gbp", "high_gbp"]].to_numpy().tolist() == [[0.0, 200.0], [0.0, 800.0]]
    for wrong in ((0.0,), (1.5,), ()):
        with pytest.raises(BadScenario, match="Shares of a gap"):
            fund_to_close(two_councils(), wrong)


def test_a_fund_of_that_size_has_that_share_in_every_projected_year() -> None:
    gap = project_gap(frames.panel(), frames.growth(price_growth=0.05, general_price_growth=0.02, years=3))
    table = fund_to_close(gap, (0.1,)).set_index("financial_year")
    england = gap.england.set_index("financial_year").iloc[1:]
    assert (table["fund_gbp"] / england["gap_gbp"]).tolist() == pytest.approx([0.1] * 3, rel=CLOSE)
    assert (table["fund_gbp"] / table["fund_gbp_real"]).tolist() == pytest.approx([1.02, 1.02**2, 1.02**3], rel=1e-9)
