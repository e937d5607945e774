"""How much the gap hangs on the window that the trend is taken from."""

import frames
import pandas as pd
import pytest

from fundgap.errors import NoData
from fundgap.gap.scenario import Scenario, scenario
from fundgap.gap.sensitivity import gap_by_window

# Spend on looked-after children ends at £1,584,000: 10% up on one year before, 20% a year on two, none on three.
LOOKED_AFTER = {"2016-17": 1_584_000.0, "2017-18": 1_100_000.0, "2018-19": 1_440_000.0, "2019-20": 1_584_000.0}


def uneven() -> pd.DataFrame:
    """Return one council over four years; only its spend on looked-after children moves, and prices stand still."""
    return pd.concat([frames.outturn([(spend, 1_000_000.0, 500_000.0)], year) for year, spend in LOOKED_AFTER.items()], ignore_index=True)


def test_each_window_gives_its_own_gap() -> None:
    run = scenario("trend").replace(years=2, general_price_growth=0.02)
    table = gap_by_window(uneven(), run, windows=(1, 2, 3)).set_index(["window_years", "financial_year"])
    for window, growth in {1: 0.1, 2: 0.2, 3: 0.0}.items():
        for year, steps in {"2019-20": 0, "2020-21": 1, "2021-22": 2}.items():
            real = 1_584_000 * ((1 + growth) ** steps - 1)
            row = table.loc[(window, year)]
            assert row["gap_gbp_real"] == pytest.approx(real, abs=frames.PENNY)
            assert row["gap_gbp"] == pytest.approx(real * 1.02**steps, abs=frames.PENNY)
            assert row["funding_gbp"] == pytest.approx(3_084_000 * 1.02**steps, abs=frames.PENNY)
            assert row["need_gbp"] - row["funding_gbp"] == pytest.approx(real * 1.02**steps, abs=frames.PENNY)
    assert len(table) == 9


def test_windows_of_three_to_eight_years_are_tried_unless_told_otherwise() -> None:
    table = gap_by_window(frames.panel(), scenario("trend").replace(years=5))
    assert table.groupby("window_years").size().to_dict() == dict.fromkeys(range(3, 9), 6)
    different = table.groupby("financial_year")["gap_gbp"].nunique()
    assert different.to_dict() == {"2024-25": 1, "2025-26": 6, "2026-27": 6, "2027-28": 6, "2028-29": 6, "2029-30": 6}


@pytest.mark.parametrize("run", [frames.growth(price_growth=0.1), scenario("lga-2016")], ids=["growth as told", "a published path"])
def test_where_nothing_is_estimated_the_window_does_not_matter(run: Scenario) -> None:
    table = gap_by_window(frames.panel(), run, windows=(3, 8))
    assert (table.groupby("financial_year")[["need_gbp", "funding_gbp", "gap_gbp", "gap_gbp_real"]].nunique() == 1).all(axis=None)


def test_a_window_longer_than_the_panel_is_refused() -> None:
    with pytest.raises(NoData, match="2015-16"):
        gap_by_window(uneven(), scenario("trend"), windows=(3, 4))
