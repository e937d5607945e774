"""Volume and price: by hand, by integration, exact sums, and every council in or named."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.integrate import quad

import fundgap
from fundgap.errors import BadArgument, CannotFit, NoData
from fundgap.models import lmdi
from fundgap.models.areas import areas_in_both
from fundgap.models.decomposition import SpendChange, decompose_spend, unit_costs_since

PENNY = 0.005
FACTORS = arrays(np.float64, (4, 3), elements=st.floats(0.01, 1e5))


@pytest.fixture(scope="module")
def years() -> pd.DataFrame:
    return fundgap.council_years()


@pytest.fixture(scope="module")
def real(years: pd.DataFrame) -> SpendChange:
    return decompose_spend(years)


@pytest.fixture(scope="module")
def cash(years: pd.DataFrame) -> SpendChange:
    return decompose_spend(years, prices="cash")


def test_two_factors_by_hand() -> None:
    # 2 × 3 = 6 becomes 4 × 6 = 24: L = 18 / ln 4, each factor doubled, so each adds 18 ln 2 / ln 4 = 9.
    np.testing.assert_allclose(lmdi.additive(np.array([[2.0, 3.0]]), np.array([[4.0, 6.0]])), [[9.0, 9.0]])
    # 10 × 1 becomes 10 × 3: all of it is the second factor's.
    np.testing.assert_allclose(lmdi.additive(np.array([[10.0, 1.0]]), np.array([[10.0, 3.0]])), [[0.0, 20.0]])


def test_ratios_of_two_things_by_hand() -> None:
    # Both things go from 1 to 4; the first by its first factor, the second by its second. Weights are half each: 4 = 2 × 2.
    before, after = np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([[4.0, 1.0], [1.0, 4.0]])
    np.testing.assert_allclose(lmdi.multiplicative(before, after), [2.0, 2.0])


def test_the_logarithmic_mean_is_the_integral_of_the_path_between() -> None:
    # L(a, b) is the integral of a^(1-t) b^t over t from 0 to 1.
    for a, b in ((1.0, 5.0), (7.0, 7.0), (3.0, 3.0 * (1 + 1e-9)), (2.0, 2.0 * (1 + 1.1e-4)), (2.0, 2.0 * (1 + 0.9e-4)), (1e-3, 1e6)):
        path = quad(lambda t, a=a, b=b: a ** (1 - t) * b**t, 0, 1, epsabs=0, epsrel=1e-12)[0]
        assert float(lmdi.log_mean(np.array(a), np.array(b))) == pytest.approx(path, rel=1e-10)


@settings(max_examples=100, deadline=None)
@given(before=FACTORS, after=FACTORS)
def test_parts_add_up_to_the_change_and_ratios_multiply_to_the_ratio(before: np.ndarray, after: np.ndarray) -> None:
    change = after.prod(axis=1) - before.prod(axis=1)
    size = np.maximum(after.prod(axis=1), before.prod(axis=1))
    # Logarithms of ratios up to 1e7, times the totals: the sums part in the last digits of the larger total.
    assert (np.abs(lmdi.additive(before, after).sum(axis=1) - change) <= 1e-9 * size).all()
    whole = after.prod(axis=1).sum() / before.prod(axis=1).sum()
    assert lmdi.multiplicative(before, after).prod() == pytest.approx(whole, rel=1e-9)
    # Backwards in time every part has the other sign.
    there_and_back = lmdi.additive(after, before) + lmdi.additive(before, after)
    assert (np.abs(there_and_back) <= 1e-9 * size[:, None]).all()


@pytest.mark.parametrize("wrong", [0.0, -1.0, np.nan, np.inf])
def test_a_factor_that_is_nought_or_missing_is_refused(wrong: float) -> None:
    good = np.ones((2, 2))
    bad = good.copy()
    bad[1, 0] = wrong
    with pytest.raises(CannotFit, match="1 rows have a factor"):
        lmdi.additive(good, bad)


@pytest.mark.parametrize("prices", ["real", "cash"])
def test_councils_regions_and_england_add_up_to_the_penny(prices: str, real: SpendChange, cash: SpendChange) -> None:
    result = {"real": real, "cash": cash}[prices]
    parts = [f"{factor}_gbp" for factor in result.factors]
    assert (result.areas[parts].sum(axis=1) - result.areas["change_gbp"]).abs().max() < PENNY
    assert (result.regions[parts].sum(axis=1) - result.regions["change_gbp"]).abs().max() < PENNY
    england = result.england.set_index("factor")
    assert england.loc[list(result.factors), "added_gbp"].sum() == pytest.approx(england.loc["total", "added_gbp"], abs=PENNY)
    np.testing.assert_allclose(result.regions[parts].sum(), england.loc[list(result.factors), "added_gbp"], rtol=0, atol=PENNY)
    as_one = england.loc[list(result.factors), "england_as_one_gbp"].sum()
    assert as_one == pytest.approx(england.loc["total", "added_gbp"], abs=PENNY)
    assert england["shift_between_councils_gbp"].drop("total").sum() == pytest.approx(0, abs=PENNY)
    assert england["ratio"].drop("total").prod() == pytest.approx(england.loc["total", "ratio"], rel=1e-12)


def test_one_council_by_hand(years: pd.DataFrame, cash: SpendChange) -> None:
    rows = years[years["council_name"] == "Kirklees"].set_index("financial_year").loc[["2016-17", "2024-25"]]
    spend, children, looked_after = (rows[name].to_numpy(float) for name in ("looked_after_spend_gbp", "children", "looked_after"))
    prices = rows["price_index"].to_numpy(float)
    weight = (spend[1] - spend[0]) / np.log(spend[1] / spend[0])
    rate, unit_cost = looked_after / children, spend / looked_after / prices
    found = cash.areas.set_index("area_name").loc["Kirklees"]
    for name, values in {"children": children, "rate": rate, "unit_cost": unit_cost, "general_prices": prices}.items():
        assert found[f"{name}_gbp"] == pytest.approx(weight * np.log(values[1] / values[0]), rel=1e-9)


def test_cash_and_real_are_about_the_same_councils_and_the_same_unit_costs(real: SpendChange, cash: SpendChange) -> None:
    assert real.areas["area"].tolist() == cash.areas["area"].tolist()
    levels = real.levels.set_index("quantity")
    pd.testing.assert_frame_equal(levels, cash.levels.set_index("quantity"))
    # What the deflator takes off cash is what is left in real terms.
    prices = fundgap.price_index("2024-25")["2016-17"] / 100
    ratio = levels["ratio"]
    assert ratio["unit_cost_cash_gbp"] * prices == pytest.approx(ratio["unit_cost_real_gbp"], rel=1e-9)
    assert ratio["spend_cash_gbp"] == pytest.approx(cash.england.set_index("factor").loc["total", "ratio"], rel=1e-12)
    assert ratio["spend_real_gbp"] == pytest.approx(real.england.set_index("factor").loc["total", "ratio"], rel=1e-12)


def test_nobody_is_lost_between_the_panel_and_england(years: pd.DataFrame, cash: SpendChange) -> None:
    for year, column, left in (("2016-17", "before_gbp", "before_cash_gbp"), ("2024-25", "after_gbp", "after_cash_gbp")):
        held = years.loc[years["financial_year"] == year, "looked_after_spend_gbp"].sum()
        assert cash.areas[column].sum() + cash.left_out[left].sum() == pytest.approx(held, abs=PENNY)
    assert cash.left_out.set_index("area_name")["reason"].to_dict() == {
        "Middlesbrough": "no usable spend return, 2024-25",
        "Wandsworth": "no usable spend return, 2024-25",
        "Bournemouth, Christchurch and Poole, Dorset": "no children published, 2016-17",
        "City of London": "tiny council",
        "Isles of Scilly": "tiny council",
    }


def test_a_council_that_split_is_compared_as_the_area_it_was(years: pd.DataFrame, cash: SpendChange) -> None:
    area = cash.areas.set_index("area_name").loc["Cumberland, Westmorland and Furness"]
    own = years.set_index(["council_name", "financial_year"])["looked_after_spend_gbp"]
    assert area["before_gbp"] == pytest.approx(own["Cumbria", "2016-17"], abs=PENNY)
    both = own["Cumberland", "2024-25"] + own["Westmorland and Furness", "2024-25"]
    assert area["after_gbp"] == pytest.approx(both, abs=PENNY)
    # Where nothing changed in between, the halves stand by themselves.
    later = areas_in_both(years, "2021-22", "2022-23")
    assert {"North Northamptonshire", "West Northamptonshire", "Cumbria"} <= set(later["area_name"])
    scores = years[years["financial_year"] == "2016-17"].set_index("council_name")["imd_score"]
    wide = areas_in_both(years, "2016-17", "2024-25").set_index("area_name")["imd_score"]
    assert wide["Cumberland, Westmorland and Furness"] == scores["Cumbria"]
    assert np.isnan(wide["Bournemouth, Christchurch and Poole, Dorset"])


@pytest.mark.parametrize("window", [("2008-09", "2009-10"), ("2012-13", "2015-16"), ("2018-19", "2019-20"), ("2008-09", "2024-25")])
def test_every_council_is_in_one_area_and_in_one_only(years: pd.DataFrame, window: tuple[str, str]) -> None:
    whole = years.assign(gross_spend_gbp=years["gross_spend_gbp"].fillna(1.0))
    areas = areas_in_both(whole, *window)
    assert areas["area"].is_unique
    assert areas["region"].notna().all()
    for end, year in zip(("before", "after"), window, strict=True):
        held = whole.loc[whole["financial_year"] == year, "gross_spend_gbp"].sum()
        assert areas[f"gross_spend_gbp_{end}"].sum() == pytest.approx(held, abs=PENNY), year


def test_a_count_of_nought_is_named_and_never_filled(years: pd.DataFrame) -> None:
    spoilt = years.copy()
    spoilt.loc[(spoilt["council_name"] == "Leeds") & (spoilt["financial_year"] == "2016-17"), "looked_after"] = 0.0
    spoilt.loc[(spoilt["council_name"] == "York") & (spoilt["financial_year"] == "2024-25"), "looked_after"] = np.nan
    reasons = decompose_spend(spoilt).left_out.set_index("area_name")["reason"]
    assert reasons["Leeds"] == "looked after not above 0, 2016-17"
    assert reasons["York"] == "no looked-after count published, 2024-25"


def test_returns_out_of_line_are_flagged(years: pd.DataFrame, real: SpendChange) -> None:
    flagged = set(years.loc[years["is_spend_out_of_line"] & years["financial_year"].isin(["2016-17", "2024-25"]), "council_name"])
    assert set(real.areas.loc[real.areas["is_out_of_line"], "area_name"]) == flagged - {"City of London", "Dorset"}


def test_years_and_prices_that_there_are_not_are_refused(years: pd.DataFrame) -> None:
    with pytest.raises(BadArgument, match="expected 'real' or 'cash'"):
        fundgap.decompose_spend(years, prices="nominal")  # type: ignore[arg-type]
    with pytest.raises(NoData, match="the earlier one first"):
        decompose_spend(years, "2024-25", "2016-17")
    with pytest.raises(NoData, match="the earlier one first"):
        decompose_spend(years, "1999-00", "2016-17")
    with pytest.raises(CannotFit, match="No council has all figures"):
        decompose_spend(years, "2008-09", "2009-10")


def test_unit_costs_since_a_year_are_those_of_each_pair_of_years(years: pd.DataFrame, real: SpendChange) -> None:
    table = unit_costs_since(years[years["financial_year"].isin(["2016-17", "2020-21", "2024-25"])]).set_index("financial_year")
    assert table.index.tolist() == ["2016-17", "2020-21", "2024-25"]
    assert (table.loc["2016-17"].drop("areas") == 1).all()
    levels = real.levels.set_index("quantity")["ratio"]
    assert table.loc["2024-25", "unit_cost_real_gbp"] == pytest.approx(levels["unit_cost_real_gbp"], rel=1e-12)
    assert table.loc["2024-25", "areas"] == len(real.areas)
    # Each looked-after child costs so much more that cash spend has doubled, while their number rose by an eighth.
    assert 1.9 < table.loc["2024-25", "unit_cost_cash_gbp"] < 2.0
    assert 1.10 < table.loc["2024-25", "looked_after"] < 1.17
