"""Need, funding and the gap: published figures, arithmetic by hand, and what must add up whatever the assumptions."""

from dataclasses import dataclass
from math import fsum, log
from typing import Any

import frames
import numpy as np
import pandas as pd
import pytest
from frames import PENNY
from hypothesis import given, settings
from hypothesis import strategies as st

import fundgap
from fundgap.errors import BadArgument, NoData
from fundgap.gap.gap_tables import summed
from fundgap.gap.projection import Gap, project_gap
from fundgap.gap.scenario import Scenario, scenario, scenarios
from fundgap.gap.trends import price_growth

BILLION = 1e9
MONEY = ["need_gbp", "funding_gbp", "gap_gbp", "cumulative_gap_gbp", "gap_gbp_real"]
# Rates are quotients and roots of a few figures.
RATE = 1e-12
EXAMPLES = settings(max_examples=25, deadline=None)


def column(gap: Gap, name: str, council: str | None = None) -> list[float]:
    """Return a column of England's table, or of one council's years."""
    table = gap.england if council is None else gap.councils[gap.councils["council_name"] == council]
    return table[name].tolist()


def to_the_penny(expected: object) -> Any:
    """Return what equals `expected` within a hundredth of a pound."""
    return pytest.approx(expected, abs=PENNY, rel=0)


def assert_adds_up(gap: Gap) -> None:
    """Check every sum that a gap's tables promise."""
    years = column(gap, "financial_year")
    for name in MONEY:
        by_year = [fsum(gap.councils.loc[gap.councils["financial_year"] == year, name]) for year in years]
        assert column(gap, name) == to_the_penny(by_year)
    by_driver = [fsum(gap.drivers.loc[gap.drivers["financial_year"] == year, "gap_gbp"]) for year in years]
    assert by_driver == to_the_penny(column(gap, "gap_gbp"))
    need, funding = np.array(column(gap, "need_gbp")), np.array(column(gap, "funding_gbp"))
    assert column(gap, "gap_gbp") == to_the_penny(((need - need[0]) - (funding - funding[0])).tolist())
    for council in gap.councils["council"].unique():
        own = gap.councils[gap.councils["council"] == council]
        assert own["cumulative_gap_gbp"].tolist() == to_the_penny(np.cumsum(own["gap_gbp"]).tolist())
    base = gap.councils[gap.councils["financial_year"] == years[0]]
    assert (base[["gap_gbp", "cumulative_gap_gbp", "gap_gbp_real"]] == 0).all(axis=None)


# Published figures -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "need", "gap"), [("lga-2016", 1.0, 1.9), ("lga-2017", 1.1, 2.0)])
def test_the_published_gap_of_2019_20_is_met_exactly(name: str, need: float, gap: float) -> None:
    run = project_gap(frames.panel(), scenario(name))
    assert run.england["financial_year"].tolist() == ["2016-17", "2017-18", "2018-19", "2019-20"]
    assert column(run, "gap_gbp")[-1] == to_the_penny(gap * BILLION)
    assert column(run, "need_gbp")[-1] - column(run, "need_gbp")[0] == to_the_penny(need * BILLION)
    assert column(run, "funding_gbp")[0] - column(run, "funding_gbp")[-1] == to_the_penny(0.9 * BILLION)
    last = run.drivers[run.drivers["financial_year"] == "2019-20"].set_index("driver")["gap_gbp"]
    assert last.to_dict() == to_the_penny({"need as published": need * BILLION, "funding": 0.9 * BILLION})
    # GDP deflator: 85.65 in 2016-17, 90.95 in 2019-20.
    assert column(run, "gap_gbp_real")[-1] == to_the_penny(gap * BILLION * 85.65 / 90.95)


def test_the_rises_in_need_of_2016_add_up_to_the_same_figure() -> None:
    need = np.array(column(project_gap(frames.panel(), scenario("lga-2016")), "need_gbp"))
    rises = need[1:] - need[0]
    assert rises.tolist() == to_the_penny([0.3 * BILLION, 0.6 * BILLION, 1.0 * BILLION])
    assert rises.sum() == to_the_penny(1.9 * BILLION)


def test_a_published_path_is_shared_by_what_each_council_spent() -> None:
    frame = frames.outturn([(1_000_000.0, 1_500_000.0, 500_000.0), (500_000.0, 250_000.0, 250_000.0)])
    content = frames.path_content({"2019-20": 8e6, "2020-21": 9e6}, {"2019-20": 8e6, "2020-21": 7e6})
    content["general_price_growth"] = frames.assumed(frames.NOMINAL, value=0.02)
    run = project_gap(frame, Scenario.model_validate(content))
    assert column(run, "gap_gbp", "Council 0") == to_the_penny([0, 1_500_000])
    assert column(run, "gap_gbp", "Council 1") == to_the_penny([0, 500_000])


# By hand ---------------------------------------------------------------------------------------------------------------


def test_need_is_the_outturn_times_every_growth() -> None:
    frame = frames.outturn([(1_000_000.0, 500_000.0, 0.0)])
    rates = {"demography_growth": 0.1, "demand_growth": 0.2, "price_growth": 0.25, "funding_growth": -0.1, "general_price_growth": 0.02}
    run = project_gap(frame, frames.growth(years=2, **rates))
    # 1.1 x 1.2 x 1.25 = 1.65 a year above prices; funding 0.9 of what prices would make of it.
    assert column(run, "need_gbp") == to_the_penny([1_500_000, 2_524_500, 4_248_733.5])
    assert column(run, "funding_gbp") == to_the_penny([1_500_000, 1_377_000, 1_264_086])
    assert column(run, "gap_gbp") == to_the_penny([0, 1_147_500, 2_984_647.5])
    assert column(run, "cumulative_gap_gbp") == to_the_penny([0, 1_147_500, 4_132_147.5])
    assert column(run, "gap_gbp_real") == to_the_penny([0, 1_125_000, 2_868_750])
    assert column(run, "children") == pytest.approx([1000, 1100, 1210])
    assert run.price_base == "2019-20"


def test_growth_by_year_is_compounded() -> None:
    rate = frames.assumed(frames.REAL, values={"2020-21": 0.1, "2021-22": 0.2})
    content = frames.growth_content(demand_growth=rate)
    run = project_gap(frames.outturn([(600_000.0, 300_000.0, 100_000.0)]), Scenario.model_validate(content))
    assert column(run, "gap_gbp") == to_the_penny([0, 100_000, 320_000])


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        ({"demography_growth": 0.1}, {"demography": 150_000}),
        ({"demand_growth": 0.1}, {"demand": 150_000}),
        ({"price_growth": -0.2}, {"price": -300_000}),
        # So little that the logarithmic mean is nearly the outturn itself.
        ({"price_growth": 0.0005}, {"price": 750}),
        ({"funding_growth": -0.1}, {"funding": 150_000}),
        ({"funding_growth": -1.0}, {"funding": 1_500_000}),
        ({"general_price_growth": 0.02}, {"general prices": 30_000, "funding": -30_000}),
        # Need doubles: its rise is shared as the logarithms of 1.25 and 1.6 are.
        (
            {"demography_growth": 0.25, "price_growth": 0.6},
            {"demography": 1_500_000 * log(1.25) / log(2), "price": 1_500_000 * log(1.6) / log(2)},
        ),
        # 1.25 x 0.8 = 1: what one adds the other takes away.
        (
            {"demography_growth": 0.25, "price_growth": -0.2},
            {"demography": 1_500_000 * log(1.25), "price": -1_500_000 * log(1.25)},
        ),
    ],
)
def test_each_driver_carries_its_own_part(rates: dict[str, float], expected: dict[str, float]) -> None:
    run = project_gap(frames.outturn([(1_000_000.0, 400_000.0, 100_000.0)]), frames.growth(years=1, **rates))
    parts = run.drivers[run.drivers["financial_year"] == "2020-21"].set_index("driver")["gap_gbp"].to_dict()
    assert parts == to_the_penny(dict.fromkeys(("demography", "demand", "price", "general prices", "funding"), 0) | expected)


@pytest.fixture(scope="module")
def trend_of_two_years() -> Gap:
    """Return the trend of the small panel, estimated over its two years and taken two years on."""
    return project_gap(frames.small(), scenario("trend").replace(window_years=2, years=2))


def test_trend_growth_is_estimated_from_the_ends_of_the_window(trend_of_two_years: Gap) -> None:
    rates = trend_of_two_years.rates.set_index(["assumption", "category"])["growth"].to_dict()
    expected = {
        ("demography_growth", "all (median council)"): 0.2,
        ("demand_growth", "looked_after"): 0.25,
        ("demand_growth", "safeguarding"): 0.0,
        ("demand_growth", "preventative"): 0.0,
        ("price_growth", "looked_after"): 0.1,
        ("price_growth", "safeguarding"): 0.2,
        ("price_growth", "preventative"): -0.1,
        ("funding_growth", "all"): 0.0,
    }
    assert rates == pytest.approx(expected, abs=RATE)


@pytest.mark.parametrize("hole", ["children", "looked_after", "safeguarding_spend_gbp"])
@pytest.mark.parametrize("end", ["2017-18", "2019-20"])
def test_a_council_without_a_figure_at_one_end_is_in_no_estimate_of_cost(end: str, hole: str, trend_of_two_years: Gap) -> None:
    # As Aston, but for spend that grew a hundredfold.
    patchy = frames.small().query("council_name == 'Aston'").assign(council="E10000009", council_name="Patchy")
    patchy.loc[patchy["financial_year"] == "2019-20", list(frames.SPEND)] *= 100
    patchy.loc[patchy["financial_year"] == end, hole] = np.nan
    run = project_gap(pd.concat([frames.small(), patchy], ignore_index=True), trend_of_two_years.scenario)
    rates = run.rates.set_index(["assumption", "category"])["growth"]
    assert rates["demand_growth"].tolist() == pytest.approx([0.25, 0, 0], abs=RATE)
    assert rates["price_growth"].tolist() == pytest.approx([0.1, 0.2, -0.1], abs=RATE)


@pytest.mark.parametrize(
    ("council", "children_growth", "children", "spend"),
    [
        ("Aston", 1.3, 3887, (600_000.0, 5_000_000.0, 2_000_000.0)),
        ("Brook", 1.1, 3025, (981_228.0, 7_043_468.80, 4_774_451.20)),
        # Too new for a growth of its own: England's.
        ("Newby", 1.2, 1000, (100_000.0, 50_000.0, 20_000.0)),
    ],
)
def test_a_council_grows_with_its_own_children_and_englands_costs(
    council: str, children_growth: float, children: float, spend: tuple[float, float, float], trend_of_two_years: Gap
) -> None:
    prices = 1.02
    steps = [children_growth * prices * own for own in (1.25 * 1.1, 1.2, 0.9)]
    need = [sum(money * step**year for money, step in zip(spend, steps, strict=True)) for year in range(3)]
    assert column(trend_of_two_years, "need_gbp", council) == to_the_penny(need)
    assert column(trend_of_two_years, "funding_gbp", council) == to_the_penny([sum(spend) * prices**year for year in range(3)])
    assert column(trend_of_two_years, "children", council) == pytest.approx([children * children_growth**year for year in range(3)])


def test_aston_by_hand(trend_of_two_years: Gap) -> None:
    # 1,093,950 + 7,956,000 + 2,386,800 against 7,600,000 x 1.02.
    assert column(trend_of_two_years, "need_gbp", "Aston")[1] == to_the_penny(11_436_750)
    assert column(trend_of_two_years, "gap_gbp", "Aston")[1] == to_the_penny(3_684_750)


def test_a_council_without_the_outturn_is_named_and_in_no_figure(trend_of_two_years: Gap) -> None:
    assert trend_of_two_years.left_out[["council", "council_name"]].values.tolist() == [["E10000003", "Lost"]]
    assert "2019-20" in trend_of_two_years.left_out["reason"].item()
    assert set(trend_of_two_years.councils["council_name"]) == {"Aston", "Brook", "Newby"}
    assert column(trend_of_two_years, "councils") == [3, 3, 3]
    assert column(trend_of_two_years, "children")[0] == 3887 + 3025 + 1000
    # Aston 7,600,000, Brook 12,799,148, Newby 170,000.
    assert column(trend_of_two_years, "need_gbp")[0] == to_the_penny(20_569_148)
    assert_adds_up(trend_of_two_years)
    assert "Lost" in str(trend_of_two_years)


# Whatever the assumptions ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """A drawn panel of one year, and the growth drawn for it."""

    spend: list[tuple[float, float, float]]
    years: int
    rates: dict[str, float]

    def gap(self, **changes: float) -> Gap:
        """Project it, with some rates changed."""
        return project_gap(frames.outturn(self.spend), frames.growth(years=self.years, **(self.rates | changes)))


# Pounds and pence, up to £50m a service: a large county.
MONIES = st.integers(0, 5_000_000_000).map(lambda pence: pence / 100)
SPENDS = st.lists(st.tuples(MONIES, MONIES, MONIES), min_size=1, max_size=4)
PRICES = st.floats(-0.05, 0.15)
GROWTHS = dict.fromkeys(("demography_growth", "demand_growth", "price_growth", "funding_growth"), st.floats(-0.3, 0.3))
RUNS = st.builds(Run, SPENDS, st.integers(1, 5), st.fixed_dictionaries(GROWTHS | {"general_price_growth": PRICES}))


@EXAMPLES
@given(run=RUNS)
def test_councils_drivers_and_years_add_up(run: Run) -> None:
    assert_adds_up(run.gap())


@pytest.mark.parametrize("name", scenarios()["id"])
def test_every_shipped_scenario_adds_up(name: str) -> None:
    assert_adds_up(project_gap(frames.panel(), scenario(name)))


@pytest.mark.parametrize(
    ("spend", "rates"),
    [
        pytest.param((1_000_000.0, 500_000.0, -5_000.0), {"price_growth": 0.1}, id="spend below nothing, as after a correction"),
        pytest.param((1_000_000.0, 500_000.0, 5_000.0), {"demand_growth": -1.0, "price_growth": 0.1}, id="demand that ends"),
    ],
)
def test_rare_figures_add_up_too(spend: tuple[float, float, float], rates: dict[str, float]) -> None:
    assert_adds_up(project_gap(frames.outturn([spend]), frames.growth(years=2, **rates)))


@EXAMPLES
@given(run=RUNS)
def test_cash_and_real_terms_convert_into_each_other(run: Run) -> None:
    gap = run.gap()
    prices = [(1 + run.rates["general_price_growth"]) ** year for year in range(run.years + 1)]
    for council in ["Council 0", None]:
        cash = [real * price for real, price in zip(column(gap, "gap_gbp_real", council), prices, strict=True)]
        assert cash == to_the_penny(column(gap, "gap_gbp", council))


@EXAMPLES
@given(
    name=st.sampled_from(["demography_growth", "demand_growth", "price_growth", "general_price_growth"]), run=RUNS, more=st.floats(0, 0.3)
)
def test_more_growth_never_lowers_need(name: str, run: Run, more: float) -> None:
    less = run.gap().councils["need_gbp"]
    assert (run.gap(**{name: run.rates[name] + more}).councils["need_gbp"] >= less - PENNY).all()


@EXAMPLES
@given(spend=SPENDS, years=st.integers(1, 5), prices=PRICES)
def test_without_real_growth_there_is_no_gap(spend: list[tuple[float, float, float]], years: int, prices: float) -> None:
    gap = project_gap(frames.outturn(spend), frames.growth(years=years, general_price_growth=prices))
    total = [fsum(money for council in spend for money in council) * (1 + prices) ** year for year in range(years + 1)]
    assert column(gap, "need_gbp") == to_the_penny(total)
    assert column(gap, "funding_gbp") == to_the_penny(total)
    assert gap.councils[["gap_gbp", "cumulative_gap_gbp", "gap_gbp_real"]].to_numpy().ravel() == to_the_penny(0)


@EXAMPLES
@given(run=RUNS, data=st.data())
def test_an_outturn_with_a_hole_is_left_out_never_zero(run: Run, data: st.DataObject) -> None:
    frame = frames.outturn(run.spend)
    blank = data.draw(st.dictionaries(st.integers(0, len(run.spend) - 1), st.sampled_from(frames.SPEND), max_size=len(run.spend) - 1))
    for position, name in blank.items():
        frame.loc[position, [name, "gross_spend_gbp"]] = np.nan
    gap = project_gap(frame, frames.growth(years=run.years, **run.rates))
    whole = [parts for position, parts in enumerate(run.spend) if position not in blank]
    assert set(gap.left_out["council_name"]) == {f"Council {position}" for position in blank}
    assert column(gap, "councils") == [len(whole)] * (run.years + 1)
    assert column(gap, "need_gbp")[0] == to_the_penny(fsum(money for parts in whole for money in parts))
    assert not set(gap.left_out["council"]) & set(gap.councils["council"])
    assert_adds_up(gap)


# What cannot be answered -----------------------------------------------------------------------------------------------


TREND = scenario("trend").replace(window_years=2)


def nowhere_known(*names: str, year: str) -> pd.DataFrame:
    """Return the small panel without some figures of a year, in any council."""
    frame = frames.small()
    frame.loc[frame["financial_year"] == year, list(names)] = np.nan
    return frame


def childless(year: str) -> pd.DataFrame:
    """Return the small panel with no child in Aston in a year."""
    frame = frames.small()
    frame.loc[(frame["council_name"] == "Aston") & (frame["financial_year"] == year), "children"] = 0
    return frame


@pytest.mark.parametrize(
    ("frame", "run", "word"),
    [
        pytest.param(frames.small(), frames.growth(base_year="2010-11"), "2010-11.*2017-18 to 2019-20", id="a base year before the panel"),
        pytest.param(frames.small(), scenario("trend").replace(window_years=3), "2016-17", id="a window longer than the panel"),
        pytest.param(frames.small().query("financial_year != '2017-18'"), TREND, "2017-18", id="a window on a hole"),
        pytest.param(frames.outturn([(1.0, 1.0, 1.0)], "2016-17"), scenario("lga-2016"), "2017-18", id="no prices beyond the panel"),
        pytest.param(frames.small().query("council_name in ['Lost', 'Newby']"), TREND, "2019-20", id="no council at both ends"),
        pytest.param(nowhere_known(*frames.SPEND, "gross_spend_gbp", year="2019-20"), frames.growth(), "2019-20", id="no outturn at all"),
        pytest.param(
            nowhere_known("children", year="2019-20"), TREND.replace(demand_growth=0.0, price_growth=0.0), "children", id="no child counted"
        ),
        # As when the outturn of a year is published before its deflator.
        pytest.param(nowhere_known("price_index", year="2019-20"), TREND, "2019-20.*real growth", id="no deflator of the base year yet"),
        pytest.param(nowhere_known("price_index", year="2017-18"), TREND, "2017-18.*real growth", id="no deflator where the window starts"),
        pytest.param(childless("2017-18"), TREND, "Aston.*no child.*2017-18", id="children that grow from none"),
        pytest.param(childless("2019-20"), TREND, "Aston.*no child.*2019-20", id="children that all leave"),
        pytest.param(
            frames.panel().assign(price_index=np.nan), scenario("lga-2017"), "2016-17.*lga-2017", id="a path of a year without a deflator"
        ),
    ],
)
def test_what_the_panel_does_not_hold_is_said(frame: pd.DataFrame, run: Scenario, word: str) -> None:
    with pytest.raises(NoData, match=word):
        project_gap(frame, run)


def test_a_path_beyond_the_deflator_has_no_real_figure_rather_than_a_real_gap_of_nothing() -> None:
    frame = frames.panel().copy()
    frame.loc[frame["financial_year"] == "2019-20", "price_index"] = np.nan
    with pytest.raises(NoData, match="2019-20"):
        project_gap(frame, scenario("lga-2017"))


def test_a_sum_of_which_one_council_is_not_known_is_not_known() -> None:
    table = project_gap(frames.small(), frames.growth()).councils
    table.loc[0, "gap_gbp"] = np.nan
    assert np.isnan(summed(table, ["financial_year"])["gap_gbp"].iloc[0])
    assert summed(table, ["financial_year"])["need_gbp"].notna().all()


def test_the_latest_year_is_the_base_unless_one_is_named() -> None:
    latest = project_gap(frames.small(), frames.growth(years=1))
    named = project_gap(frames.small(), frames.growth(years=1, base_year="2017-18"))
    assert latest.england["financial_year"].tolist() == ["2019-20", "2020-21"]
    assert named.england["financial_year"].tolist() == ["2017-18", "2018-19"]
    # Aston 4,200,000, Brook 5,880,000, Lost 700,000; Newby is not there yet, so it is not missing either.
    assert column(named, "need_gbp")[0] == to_the_penny(10_780_000)
    assert named.left_out.empty


# Regions, categories, councils' own drivers ------------------------------------------------------------------------------

REAL_AND_CASH = ["need_gbp", "funding_gbp", "gap_gbp"]


def assert_tables_agree(gap: Gap) -> None:
    """Check that regions, categories and drivers of every level add up to councils and to England, in cash and in real terms."""
    keys = ["financial_year", "council"]
    for name in [*REAL_AND_CASH, "cumulative_gap_gbp", *(f"{name}_real" for name in REAL_AND_CASH), "cumulative_gap_gbp_real"]:
        by_region = gap.councils.groupby(["financial_year", "region"])[name].sum()
        assert gap.regions.set_index(["financial_year", "region"])[name].sort_index().tolist() == to_the_penny(by_region.tolist())
        assert gap.england[name].tolist() == to_the_penny(gap.regions.groupby("financial_year")[name].sum().tolist())
    for name in ("need_gbp", "need_gbp_real"):
        by_category = gap.categories.groupby(keys)[name].sum().sort_index().tolist()
        assert gap.councils.set_index(keys)[name].sort_index().tolist() == to_the_penny(by_category)
    for name in ("gap_gbp", "gap_gbp_real"):
        for table, drivers, level in (
            (gap.councils, gap.council_drivers, ["council"]),
            (gap.regions, gap.region_drivers, ["region"]),
            (gap.england, gap.drivers, []),
        ):
            by_driver = drivers.groupby(["financial_year", *level])[name].sum().sort_index().tolist()
            assert table.set_index(["financial_year", *level])[name].sort_index().tolist() == to_the_penny(by_driver)
        assert gap.drivers.set_index(["financial_year", "driver"])[name].tolist() == to_the_penny(
            gap.council_drivers.groupby(["financial_year", "driver"])[name].sum().tolist()
        )


# Whole tables are slow to add up at every level; the arithmetic behind them is tried on more in test_arithmetic.
@settings(max_examples=6, deadline=None)
@given(run=RUNS)
def test_regions_categories_and_drivers_add_up_at_every_level(run: Run) -> None:
    assert_tables_agree(run.gap())


@pytest.mark.parametrize("name", ["trend", "lga-2021"])
def test_a_shipped_scenario_agrees_at_every_level(name: str) -> None:
    gap = project_gap(frames.panel(), scenario(name))
    assert_tables_agree(gap)
    assert len(gap.regions["region"].unique()) == 9
    assert gap.regions.groupby("financial_year")["councils"].sum().tolist() == gap.england["councils"].tolist()


@settings(max_examples=10, deadline=None)
@given(run=RUNS)
def test_every_sum_of_a_year_converts_between_cash_and_real_terms(run: Run) -> None:
    gap = run.gap()
    prices = gap.councils["financial_year"].map(gap.prices)
    for name in REAL_AND_CASH:
        assert (gap.councils[f"{name}_real"] * prices).tolist() == to_the_penny(gap.councils[name].tolist())


def test_a_councils_own_growth_in_children_stands_in_its_own_drivers(trend_of_two_years: Gap) -> None:
    parts = trend_of_two_years.council_drivers.query("financial_year == '2020-21' and council_name == 'Aston'").set_index("driver")[
        "gap_gbp"
    ]
    # Spend of 600,000, 5,000,000 and 2,000,000 grows by 1.3 x 1.02 x (1.25 x 1.1, 1.2, 0.9).
    growth = [1.3 * 1.02 * own for own in (1.25 * 1.1, 1.2, 0.9)]
    weights = [money * (step - 1) / log(step) for money, step in zip((600_000, 5_000_000, 2_000_000), growth, strict=True)]
    assert parts["demography"] == to_the_penny(sum(weights) * log(1.3))
    assert parts["demand"] == to_the_penny(weights[0] * log(1.25))
    assert parts["price"] == to_the_penny(weights[0] * log(1.1) + weights[1] * log(1.2) + weights[2] * log(0.9))
    assert parts["funding"] == to_the_penny(-0.02 * 7_600_000)
    assert parts.sum() == to_the_penny(3_684_750)


def test_need_by_category_by_hand(trend_of_two_years: Gap) -> None:
    own = trend_of_two_years.categories.query("financial_year == '2020-21' and council_name == 'Aston'").set_index("category")["need_gbp"]
    assert own.to_dict() == to_the_penny({"looked_after": 1_093_950, "safeguarding": 7_956_000, "preventative": 2_386_800})


# Funding in cash, growth of some categories, prices at their fastest -----------------------------------------------------


def test_funding_flat_in_cash_stays_the_outturn_whatever_prices_do() -> None:
    for inflation in (0.0, 0.05):
        gap = project_gap(frames.panel(), scenario("flat-cash").replace(general_price_growth=inflation, years=3))
        assert gap.england["funding_gbp"].tolist() == to_the_penny([gap.england["funding_gbp"].iloc[0]] * 4)


def test_flat_cash_and_flat_real_differ_by_what_prices_take_from_funding() -> None:
    cash, real = (project_gap(frames.panel(), scenario(name)).england for name in ("flat-cash", "flat-real"))
    assert cash["need_gbp"].tolist() == to_the_penny(real["need_gbp"].tolist())
    lost = [real["funding_gbp"].iloc[0] * (1.02**step - 1) for step in range(11)]
    assert (cash["gap_gbp"] - real["gap_gbp"]).tolist() == to_the_penny(lost)


def test_a_growth_for_one_category_leaves_the_others_alone() -> None:
    rate = frames.assumed(frames.REAL, value=0.1, applies_to=["looked_after"])
    run = project_gap(
        frames.outturn([(600_000.0, 300_000.0, 100_000.0)]), Scenario.model_validate(frames.growth_content(demand_growth=rate))
    )
    last = run.categories[run.categories["financial_year"] == "2021-22"].set_index("category")["need_gbp"]
    assert last.to_dict() == to_the_penny({"looked_after": 726_000, "safeguarding": 300_000, "preventative": 100_000})


def test_the_reform_lowers_looked_after_need_alone() -> None:
    with_reform, without = (
        project_gap(frames.panel(), scenario(name)).categories.groupby(["category", "financial_year"])["need_gbp"].sum()
        for name in ("reform", "trend")
    )
    assert (with_reform["looked_after"].iloc[1:] < without["looked_after"].iloc[1:]).all()
    for category in ("safeguarding", "preventative"):
        assert with_reform[category].tolist() == to_the_penny(without[category].tolist())


def rising(costs: list[float]) -> pd.DataFrame:
    """Return a council over years from 2014-15 on, whose spend on safeguarding is as told and nothing else moves."""
    years = [f"{2014 + step}-{15 + step}" for step in range(len(costs))]
    return pd.concat([frames.outturn([(100_000.0, cost, 100_000.0)], year) for year, cost in zip(years, costs, strict=True)])


def test_prices_at_their_fastest_are_those_of_the_worst_window_up_to_the_base_year() -> None:
    # Of windows of 3 to 5 years the three from 2015-16 on rise fastest: 10% a year. What comes after the base year is not looked at.
    frame = rising([100_000, 100_000, 110_000, 121_000, 133_100, 133_100, 133_100, 10_000_000])
    run = project_gap(frame, scenario("high-price").replace(base_year="2020-21", years=1, demography_growth=0.0, demand_growth=0.0))
    rates = run.rates[run.rates["assumption"] == "price_growth"].set_index("category")
    assert rates["growth"].to_dict() == pytest.approx({"looked_after": 0, "safeguarding": 0.1, "preventative": 0}, abs=RATE)
    assert set(rates["basis"]) == {"panel, 2015-16 to 2018-19, the highest"}


def test_of_windows_of_five_years_the_last_is_the_fastest_already() -> None:
    # As the scenario of high prices says: why it looks at shorter ones.
    base = frames.panel().query("financial_year == '2024-25'")[list(frames.SPEND)].sum().to_numpy()
    years = [f"{start}-{start - 1999}" for start in range(2015, 2025)]
    speed = {year: float(price_growth(frames.panel(), year, 5).to_numpy() @ base) for year in years}
    assert max(speed, key=lambda year: speed[year]) == "2024-25"


def test_what_is_no_scenario_or_no_panel_is_told_what_to_take_in_its_place() -> None:
    years, trend = frames.panel(), scenario("trend")
    with pytest.raises(BadArgument, match=r"scenario is 'trend'; expected a Scenario, such as fundgap.scenario\('trend'\)"):
        fundgap.project_gap(years, "trend")  # type: ignore[arg-type]
    with pytest.raises(BadArgument, match=r"years has no column children; .* expected fundgap.council_years"):
        fundgap.project_gap(years.drop(columns="children"), trend)
    with pytest.raises(BadArgument, match="holds no row"):
        fundgap.project_gap(years.iloc[:0], trend)
    with pytest.raises(BadArgument, match="more than one row for the same council, financial_year: Kirklees"):
        fundgap.project_gap(pd.concat([years, years[years["council_name"] == "Kirklees"]]), trend)
