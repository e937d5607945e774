"""The simulated gap: run 0 and nothing else without shocks, the same bytes however it is run, and theory where there is one."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import chance
import frames
import joblib
import numpy as np
import pandas as pd
import pytest
from frames import PENNY
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_paths import draw_paths, real_spend
from scipy import stats

from fundgap.errors import NoData, UnknownCouncil
from fundgap.gap.draws import BLOCK, council_ratios
from fundgap.gap.fan_design import design_of
from fundgap.gap.projection import project_gap
from fundgap.gap.simulation import simulate_gap
from fundgap.gap.simulation_result import Simulation
from fundgap.gap.tally import Tally, series_ratios

EXAMPLES = settings(max_examples=4, deadline=None)
# Need is a float of single precision times one of double: a draw's need is good to one part in eight million.
SINGLE = 2.0**-23
# A standard error is that of one block of draws; four and a half of them are passed once in 150,000 times.
ERRORS = 4.5
# A standard deviation is worked out from the middles of cells, a hundredth of it wide.
IN_CELLS = 0.002
# Two samples that differ are told apart at this level: once in 10,000 by chance.
RARE = 1e-4


def simulated(draws: int = 60, seed: int = 3, *, spend: Any = chance.SPEND, made: Any = chance.lively, **options: Any) -> Simulation:
    """Return a simulation of a few councils."""
    table = chance.panel(spend)
    return simulate_gap(table, options.pop("scenario", chance.scenario()), draws, seed, shocks=made(table), **options)


@pytest.fixture(scope="module")
def two_blocks() -> Simulation:
    """A block and a bit: what has to be cut off is there."""
    return simulated(BLOCK + 1000)


def bytes_of(tally: Tally) -> list[bytes]:
    """Return every byte of what is kept of the draws."""
    arrays = [
        tally.grid.first,
        tally.grid.shift,
        *(getattr(tally, item.name) for item in fields(tally) if item.name not in ("draws", "grid")),
    ]
    return [array.tobytes() for array in arrays]


# The same bytes, however it is run --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("chunk", "workers"), [(1, 1), (2, 1), (1, 2), (2, 2)])
def test_chunk_size_and_threads_do_not_change_a_byte(chunk: int, workers: int) -> None:
    whole = bytes_of(simulated(2 * BLOCK + 77, chunk=3).tally)
    with joblib.parallel_config(backend="threading"):
        assert bytes_of(simulated(2 * BLOCK + 77, chunk=chunk, n_jobs=workers).tally) == whole


def test_processes_do_not_change_a_byte() -> None:
    with joblib.parallel_config(backend="loky"):
        shared = simulated(BLOCK + 1, chunk=1, n_jobs=2)
    assert bytes_of(shared.tally) == bytes_of(simulated(BLOCK + 1, chunk=2).tally)


def test_another_seed_gives_other_draws() -> None:
    assert bytes_of(simulated(seed=3).tally) != bytes_of(simulated(seed=4).tally)


def test_a_draw_does_not_depend_on_how_many_there_are(two_blocks: Simulation) -> None:
    for number in (1, 17, 60):
        pd.testing.assert_frame_equal(simulated(60).draw(number), two_blocks.draw(number), check_exact=True)


def test_draws_repeated_alone_are_the_ones_that_were_counted() -> None:
    few = simulated(12)
    need = np.array([few.draw(number)["need_gbp"] for number in range(1, 13)])
    counted = few.councils(0.0, 1.0).pivot(index=["council", "financial_year"], columns="quantile", values="need_gbp")
    assert np.array_equal(counted[0.0], need.min(axis=0))
    assert np.array_equal(counted[1.0], need.max(axis=0))
    england = np.array([few.draw_england(number)["gap_gbp"] for number in range(1, 13)])
    assert few.mean()["gap_gbp"].tolist() == pytest.approx(england.mean(axis=0).tolist(), abs=PENNY)


# Run 0 ------------------------------------------------------------------------------------------------------------------


def test_run_0_is_the_projection(two_blocks: Simulation) -> None:
    projected = project_gap(chance.panel(), chance.scenario())
    pd.testing.assert_frame_equal(two_blocks.run.england, projected.england, check_exact=True)
    pd.testing.assert_frame_equal(two_blocks.draw(0), projected.councils, check_exact=True)


def test_without_shocks_every_draw_is_run_0_to_the_penny() -> None:
    still = simulated(40, made=chance.shocks)
    for level in (0.0, 0.3, 1.0):
        for table, run in (
            (still.england(level), still.run.england),
            (still.councils(level), still.run.councils),
            (still.regions(level), still.run.regions),
        ):
            for name in ("need_gbp", "funding_gbp", "gap_gbp", "need_gbp_real", "gap_gbp_real"):
                assert table[name].tolist() == pytest.approx(run[name].tolist(), abs=PENNY)
    assert still.mean()["gap_gbp"].tolist() == pytest.approx(still.run.england["gap_gbp"].tolist(), abs=PENNY)
    assert (still.mean()["error_gbp"] == 0).all()
    pd.testing.assert_frame_equal(still.draw(7), still.run.councils, check_exact=True)


def test_without_shocks_councils_of_the_committed_panel_give_run_0_to_the_penny() -> None:
    table = frames.panel()[frames.panel()["financial_year"] == "2024-25"].dropna(subset=list(frames.SPEND)).head(30)
    run = frames.growth(base_year="2024-25", years=2, price_growth=0.04, general_price_growth=0.02)
    still = simulate_gap(table, run, 10, shocks=chance.shocks(table))
    assert still.england(0.9)["gap_gbp"].tolist() == pytest.approx(still.run.england["gap_gbp"].tolist(), abs=PENNY)
    assert still.councils(0.1)["need_gbp"].tolist() == pytest.approx(still.run.councils["need_gbp"].tolist(), abs=PENNY)


# Theory -----------------------------------------------------------------------------------------------------------------


def log_ratios(**kinds: Any) -> np.ndarray[Any, Any]:
    """Return the logarithm of need over run 0 of one council that spends on looked-after children only, (3, draws)."""
    table = chance.panel([(1e7, 0.0, 0.0)])
    design = design_of(project_gap(table, chance.scenario()), chance.shocks(table, **kinds), table)
    return np.concatenate([np.log(next(council_ratios(design, 5, block)).astype(float)) for block in range(4)], axis=1)


def diagonal(*values: float) -> np.ndarray[Any, Any]:
    return np.diag(np.array(values))


@pytest.mark.parametrize(
    ("kinds", "mean", "covariance"),
    [
        # A year's shock to growth lasts: 0.0004 a year, in volume and price alike.
        ({"national_cov": diagonal(4e-4, 4e-4, 0, 0)}, [0, 0, 0], [[8e-4, 8e-4, 8e-4], [8e-4, 16e-4, 16e-4], [8e-4, 16e-4, 24e-4]]),
        # Half of last year's shock comes again: levels move by 1, 1.5, 1.75 times the first, 1, 1.5 times the second, the third.
        (
            {"national_cov": diagonal(1e-4, 0, 0, 0), "national_persistence": 0.5},
            [0, 0, 0],
            [[1e-4, 1.5e-4, 1.75e-4], [1.5e-4, 3.25e-4, 4.125e-4], [1.75e-4, 4.125e-4, 6.3125e-4]],
        ),
        # One error of drift, which fades to a half and a quarter: 1, 1.5 and 1.75 times it.
        (
            {"drift_cov": diagonal(0, 1e-4, 0, 0), "damping": 0.5},
            [0, 0, 0],
            [[1e-4, 1.5e-4, 1.75e-4], [1.5e-4, 2.25e-4, 2.625e-4], [1.75e-4, 2.625e-4, 3.0625e-4]],
        ),
        # Shocks of volume and price that go together; half of each one's own variance comes off.
        (
            {"regional_cov": np.array([[4e-4, 2e-4], [2e-4, 9e-4]])},
            [-6.5e-4, -13e-4, -19.5e-4],
            [[17e-4, 17e-4, 17e-4], [17e-4, 34e-4, 34e-4], [17e-4, 34e-4, 51e-4]],
        ),
        # The same for its own, of twice the usual size.
        (
            {"own_cov": diagonal(1e-4, 3e-4), "own_scale": np.array([2.0])},
            [-8e-4, -16e-4, -24e-4],
            [[16e-4, 16e-4, 16e-4], [16e-4, 32e-4, 32e-4], [16e-4, 32e-4, 48e-4]],
        ),
        # A passing error of 0.02, of which a half is left a year later; 0.1 too high in the base year, known exactly.
        # Changes since then: -0.05, -0.075, -0.0875, and 0.0004 x (1 - 1/4, 1 - 1/16, 1 - 1/64), less half of that.
        (
            {"transitory_sd": 0.02, "transitory_persistence": 0.5, "transitory_now": np.array([0.1])},
            [-0.05 - 1.5e-4, -0.075 - 1.875e-4, -0.0875 - 1.96875e-4],
            [[3e-4, 1.5e-4, 0.75e-4], [1.5e-4, 3.75e-4, 1.875e-4], [0.75e-4, 1.875e-4, 3.9375e-4]],
        ),
        # What is not known of the error in the base year: it leaves all at once.
        (
            {"transitory_now_sd": np.array([0.02])},
            [-2e-4, -2e-4, -2e-4],
            [[4e-4, 4e-4, 4e-4], [4e-4, 4e-4, 4e-4], [4e-4, 4e-4, 4e-4]],
        ),
    ],
    ids=["national", "persistent", "drift", "regional", "own", "passing", "passing now"],
)
def test_normal_shocks_have_the_moments_of_theory(kinds: dict[str, Any], mean: list[float], covariance: list[list[float]]) -> None:
    drawn, wanted = log_ratios(**kinds), np.array(covariance)
    count = drawn.shape[1]
    assert drawn.mean(axis=1) == pytest.approx(np.array(mean), abs=ERRORS * np.sqrt(wanted.max() / count))
    spread = np.sqrt((np.multiply.outer(np.diag(wanted), np.diag(wanted)) + wanted**2) / count)
    assert (np.abs(np.cov(drawn) - wanted) < ERRORS * spread).all()


def test_what_regions_and_councils_add_has_mean_one_in_pounds() -> None:
    factors = np.exp(
        log_ratios(own_cov=diagonal(0.0, 0.02), regional_cov=diagonal(0.01, 0.0), own_df=5.0, transitory_now_sd=np.array([0.1]))
    )
    error = factors.std(axis=1) / np.sqrt(factors.shape[1])
    assert (np.abs(factors.mean(axis=1) - 1) < ERRORS * error).all()


def test_draws_are_distributed_as_those_of_the_back_test() -> None:
    table = chance.panel()
    shocks = chance.lively(table)
    design = design_of(project_gap(table, chance.scenario(price_growth=0.0, general_price_growth=0.0)), shocks, table)
    ours = np.array([ratio * need[:, None] for ratio, need in zip(council_ratios(design, 11, 0), design.need, strict=True)])
    base = table[[f"{name}_spend_gbp" for name in frames.CATEGORIES]].to_numpy()
    theirs = real_spend(base, np.ones((5, 3)), draw_paths(shocks, 3, BLOCK, np.random.default_rng(11)))
    theirs = np.moveaxis(theirs, 0, -1)
    for year in (0, 2):
        for one, other in [*zip(ours[:, year], theirs[:, year], strict=True), (ours[:, year].sum(axis=0), theirs[:, year].sum(axis=0))]:
            assert stats.ks_2samp(one, other).pvalue > RARE
    # Not only by itself: what two councils of a region have in common, and two years.
    for pair in ((0, 0), (0, 2)), ((0, 2), (2, 2)), ((0, 2), (1, 2)), ((3, 0), (3, 2)):
        ranks = [stats.spearmanr(*(array[council, year] for council, year in pair)).statistic for array in (ours, theirs)]
        assert ranks[0] == pytest.approx(ranks[1], abs=ERRORS * np.sqrt(2 / BLOCK))


# Sums, quantiles, probabilities -----------------------------------------------------------------------------------------


def test_councils_add_up_to_regions_and_england_in_every_draw(two_blocks: Simulation) -> None:
    for number in (1, BLOCK + 9):
        one = two_blocks.draw(number)
        alone = two_blocks.draw_england(number)
        assert alone["need_gbp"].tolist() == pytest.approx(one.groupby("financial_year")["need_gbp"].sum().tolist(), abs=PENNY)
    single = simulated(1)
    drawn = single.draw(1)
    assert single.mean()["gap_gbp"].tolist() == pytest.approx(drawn.groupby("financial_year")["gap_gbp"].sum().tolist(), abs=PENNY)
    for name, region in single.regions(0.5).groupby("region"):
        councils = drawn[drawn["region"] == name].groupby("financial_year")["need_gbp"].sum()
        assert region["need_gbp"].tolist() == pytest.approx(councils.tolist(), rel=SINGLE)


@EXAMPLES
@given(st.lists(st.floats(0, 1), min_size=2, max_size=6, unique=True).map(sorted))
def test_a_higher_quantile_is_never_lower(two_blocks: Simulation, levels: list[float]) -> None:
    for table in (two_blocks.england(*levels), two_blocks.regions(*levels), two_blocks.councils(*levels)):
        keys = [name for name in ("council", "region") if name in table.columns][:1]
        wide = table.pivot(index=[*keys, "financial_year"], columns="quantile", values="gap_gbp")
        assert (wide.diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)


def test_real_and_cash_convert_back(two_blocks: Simulation) -> None:
    table = two_blocks.councils()
    prices = table["financial_year"].map(two_blocks.run.prices)
    for name in ("need_gbp", "funding_gbp", "gap_gbp"):
        assert (table[f"{name}_real"] * prices).tolist() == pytest.approx(table[name].tolist(), abs=PENNY)


def test_funding_stays_on_its_path(two_blocks: Simulation) -> None:
    for level in (0.1, 0.9):
        assert two_blocks.england(level)["funding_gbp"].tolist() == two_blocks.run.england["funding_gbp"].tolist()


@pytest.mark.parametrize("council", [None, "Council 2"])
@pytest.mark.parametrize("is_real", [False, True])
def test_the_probability_of_more_than_a_quantile_is_what_is_left(two_blocks: Simulation, council: str | None, is_real: bool) -> None:
    name = "gap_gbp_real" if is_real else "gap_gbp"
    table = two_blocks.england(0.25, 0.9) if council is None else two_blocks.council(council, 0.25, 0.9)
    for level, row in table[table["financial_year"] == "2021-22"].set_index("quantile").iterrows():
        found = two_blocks.probability_above(row[name], "2021-22", council, is_real=is_real)
        assert found.probability == pytest.approx(1 - level, abs=found.resolution + 1 / two_blocks.draws)
        assert found.error == pytest.approx(np.sqrt(level * (1 - level) / two_blocks.draws), rel=0.05)
    assert float(two_blocks.probability_above(-1e12, "2021-22", council)) == 1
    assert float(two_blocks.probability_above(1e12, "2021-22", council)) == 0


def test_the_error_of_the_mean_is_their_spread_over_the_root_of_their_number(two_blocks: Simulation) -> None:
    blocks = [np.array([need for _, need in series_ratios(two_blocks.design, two_blocks.seed, block)][-1]) for block in (0, 1)]
    drawn = np.concatenate(blocks, axis=1)[:, : two_blocks.draws]
    said = two_blocks.mean()
    assert said["error_gbp"].iloc[1:].tolist() == pytest.approx((drawn.std(axis=1) / np.sqrt(two_blocks.draws)).tolist(), rel=IN_CELLS)
    gap = drawn.mean(axis=1) - two_blocks.run.england["need_gbp"].iloc[0] - two_blocks.run.england["funding_gbp"].diff().iloc[1:].cumsum()
    assert said["gap_gbp"].iloc[1:].tolist() == pytest.approx(gap.tolist(), abs=PENNY)


def test_little_lies_outside_the_grid(two_blocks: Simulation) -> None:
    assert two_blocks.outside()["kind"].tolist() == ["council", "region", "England"]
    assert (two_blocks.outside()["share"] < 0.002).all()


# What holds whatever the assumptions ------------------------------------------------------------------------------------

GROWTH = st.floats(-0.2, 0.2)


@EXAMPLES
@given(GROWTH, st.floats(0, 0.1), st.sampled_from(["demography_growth", "demand_growth", "price_growth"]), st.integers(0, 1000))
def test_more_growth_never_lowers_need_in_any_quantile(growth: float, more: float, name: str, seed: int) -> None:
    tables = [
        simulated(30, seed, spend=[(6e6, 3e6, 1e6), (1e6, 1e6, 1e6)], scenario=chance.scenario(**{name: rate})).councils(0.0, 0.5, 1.0)
        for rate in (growth, growth + more)
    ]
    # Quantiles are within a cell of the draws, and cells within a hundredth of the spread; extremes are exact.
    room = np.where(tables[0]["quantile"] == 0.5, 0.02 * tables[0]["need_gbp"], SINGLE * tables[0]["need_gbp"])
    assert (tables[1]["need_gbp"] >= tables[0]["need_gbp"] - room).all()


@EXAMPLES
@given(st.lists(st.tuples(*[st.floats(1e5, 1e9)] * 3), min_size=1, max_size=4), st.integers(0, 2**32))
def test_no_growth_and_no_shocks_give_no_gap(spend: list[tuple[float, float, float]], seed: int) -> None:
    still = simulated(5, seed, spend=spend, made=chance.shocks, scenario=frames.growth(base_year="2019-20", years=2))
    for table in (still.england(0.0, 1.0), still.councils(0.0, 1.0), still.regions(0.0, 1.0)):
        assert table["gap_gbp"].abs().max() < PENNY
    assert still.mean()["gap_gbp"].abs().max() < PENNY


def test_a_path_in_pounds_is_drawn_around_too() -> None:
    table = chance.panel()
    content = frames.path_content({"2019-20": 8e6, "2020-21": 9e6}, {"2019-20": 8e6, "2020-21": 7e6})
    content["general_price_growth"] = frames.assumed(frames.NOMINAL, value=0.02)
    path = type(chance.scenario()).model_validate(content)
    drawn = simulate_gap(table, path, 50, shocks=chance.lively(table))
    assert drawn.run.england["need_gbp"].tolist() == pytest.approx([8e6, 9e6])
    assert drawn.england(0.0)["gap_gbp"].iloc[-1] < 2e6 < drawn.england(1.0)["gap_gbp"].iloc[-1]


# What cannot be drawn ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        (lambda drawn: drawn.england(1.5), NoData, "between 0 and 1"),
        (lambda drawn: drawn.draw(6001), NoData, "run 0 and draws 1 to 6,000"),
        (lambda drawn: drawn.draw(-1), NoData, "no draw -1"),
        (lambda drawn: drawn.probability_above(1.0, "2019-20"), NoData, "2020-21 to 2022-23"),
        (lambda drawn: drawn.council("Atlantis"), UnknownCouncil, "Atlantis"),
        (lambda drawn: simulated(0), NoData, "at least one"),
        (lambda drawn: simulated(10**30), NoData, "at most 1,000,000,000"),
    ],
)
def test_what_is_not_there_is_said(two_blocks: Simulation, ask: Callable[[Simulation], object], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        ask(two_blocks)


def test_a_council_without_shocks_is_named() -> None:
    table = chance.panel()
    with pytest.raises(NoData, match="Council 4"):
        simulate_gap(table, chance.scenario(), 10, shocks=chance.shocks(table[table["council_name"] != "Council 4"]))


def test_need_below_nothing_is_not_multiplied() -> None:
    table = chance.panel([(1e6, 1e6, 1e6), (-5e6, 1e6, 1e6)])
    with pytest.raises(NoData, match="Council 1"):
        simulate_gap(table, chance.scenario(), 10, shocks=chance.shocks(table))


@pytest.mark.parametrize("seed", [None, -1, 0.5, "3"])
def test_a_seed_that_would_not_give_the_same_draws_again_is_refused(seed: Any) -> None:
    with pytest.raises(NoData, match="whole number from 0"):
        simulated(seed=seed)
