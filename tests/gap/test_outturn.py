"""What was forecast beside what was spent, against England's published totals."""

import frames
import numpy as np
import pandas as pd
import pytest

from fundgap.errors import NoData
from fundgap.gap.outturn import compare_with_outturn
from fundgap.gap.projection import project_gap
from fundgap.gap.scenario import Scenario, scenario

# DfE, England, gross spend excluding CERA, from the same releases as the panel takes. Council figures are rounded from 2019-20.
PUBLISHED = {"2016-17": 9_158_398_642, "2018-19": 9_854_909_853, "2019-20": 10_530_792_576}
ROUNDING = 10
FROM_THE_FIRST = frames.growth(base_year="2017-18", years=2)
YEARS = list(frames.small()["financial_year"].unique())


def own_path() -> Scenario:
    """Return a path over the small panel's three years: need 10, 11 and 13 million pounds."""
    return Scenario.model_validate(frames.path_content(dict(zip(YEARS, (10e6, 11e6, 13e6), strict=True)), dict.fromkeys(YEARS, 10e6)))


@pytest.mark.parametrize(("name", "need_rise"), [("lga-2016", 1.0e9), ("lga-2017", 1.1e9)])
def test_the_published_forecast_stands_beside_the_published_outturn(name: str, need_rise: float) -> None:
    table = compare_with_outturn(project_gap(frames.panel(), scenario(name)), frames.panel()).set_index("financial_year")
    for year, total in PUBLISHED.items():
        assert table.loc[year, "outturn_gbp"] == pytest.approx(total, abs=ROUNDING)
    assert table["councils"].tolist() == [152, 152, 152, 151]
    assert table["councils_missing"].tolist() == [0, 0, 0, 0]
    last, rise = table.loc["2019-20"], PUBLISHED["2019-20"] - PUBLISHED["2016-17"]
    assert last["need_rise_gbp"] == pytest.approx(need_rise, abs=frames.PENNY)
    assert last["need_rise"] == pytest.approx(need_rise / 11.1e9, rel=1e-12)
    assert last["outturn_rise_gbp"] == pytest.approx(rise, abs=ROUNDING)
    assert last["outturn_rise"] == pytest.approx(rise / PUBLISHED["2016-17"], abs=ROUNDING / PUBLISHED["2016-17"])
    assert (table.loc["2016-17", ["need_rise_gbp", "need_rise", "outturn_rise_gbp", "outturn_rise"]] == 0).all()


def test_rises_are_counted_from_the_base_year_by_hand() -> None:
    table = compare_with_outturn(project_gap(frames.small(), own_path()), frames.small())
    assert table["financial_year"].tolist() == YEARS
    assert table["need_rise_gbp"].tolist() == pytest.approx([0, 1e6, 3e6])
    assert table["need_rise"].tolist() == pytest.approx([0, 0.1, 0.3])
    # Aston, Brook, Lost: 10,780,000. Then Lost makes no return and Newby is new: 20,569,148.
    assert table["outturn_gbp"].iloc[[0, 2]].tolist() == pytest.approx([10_780_000, 20_569_148])
    assert table["outturn_rise_gbp"].iloc[2] == pytest.approx(9_789_148)
    assert table["outturn_rise"].iloc[2] == pytest.approx(9_789_148 / 10_780_000)
    assert table[["councils", "councils_missing"]].to_numpy().tolist() == [[3, 0], [3, 0], [3, 1]]


def without_returns(year: str) -> pd.DataFrame:
    """Return the small panel with no return made in a year."""
    frame = frames.small()
    frame.loc[frame["financial_year"] == year, ["gross_spend_gbp", *frames.SPEND]] = np.nan
    return frame


def test_a_year_without_returns_is_not_a_year_without_spend() -> None:
    try:
        table = compare_with_outturn(project_gap(frames.small(), own_path()), without_returns("2019-20")).set_index("financial_year")
    except NoData:
        return
    assert pd.isna(table["outturn_gbp"].get("2019-20"))


@pytest.mark.parametrize(
    ("run", "panel"),
    [
        pytest.param(frames.growth(years=2), frames.small(), id="from the latest outturn"),
        pytest.param(FROM_THE_FIRST, frames.outturn([(1.0, 1.0, 1.0)], "2025-26"), id="an outturn of other years"),
        pytest.param(FROM_THE_FIRST, frames.small().query("financial_year > '2017-18'"), id="no outturn of the base year"),
    ],
)
def test_without_an_outturn_to_compare_it_is_said(run: Scenario, panel: pd.DataFrame) -> None:
    gap = project_gap(frames.small(), run)
    with pytest.raises(NoData, match=run.id):
        compare_with_outturn(gap, panel)
