"""Expected spend: against statsmodels, against fitting again by hand, and on figures drawn from the model itself."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import fundgap
from fundgap.errors import BadArgument, BadFormula, CannotFit, NoData
from fundgap.models import least_squares
from fundgap.models.spending import ExpectedSpend, expected_spend

# statsmodels uses a pseudo-inverse, we QR: they part where double precision does.
SAME = 1e-9
POOLED = tuple(f"{start}-{start - 1999}" for start in range(2012, 2019))


@pytest.fixture(scope="module")
def years() -> pd.DataFrame:
    """The shipped panel in real terms."""
    return fundgap.in_real_terms(fundgap.council_years())


@pytest.fixture(scope="module")
def one_year(years: pd.DataFrame) -> ExpectedSpend:
    return expected_spend(years)


def by_hand(years: pd.DataFrame, wanted: tuple[str, ...], columns: list[str]) -> tuple[pd.DataFrame, sm.WLS]:
    """Return the rows and a statsmodels model of log gross spend, made without the library's own design."""
    rows = years[years["financial_year"].isin(wanted) & ~years["council"].isin(["E09000001", "E06000053"])]
    rows = rows.dropna(subset=["gross_spend_per_child_real", "imd_score"])
    score = rows.groupby("deprivation_vintage")["imd_score"]
    rows = rows.assign(deprivation=(rows["imd_score"] - score.transform("mean")) / score.transform(lambda scores: scores.std(ddof=0)))
    dummies = [pd.get_dummies(rows[name], drop_first=True, dtype=float) for name in columns]
    x = sm.add_constant(pd.concat([rows[["deprivation"]], *dummies], axis=1).astype(float))
    return rows, sm.WLS(np.log(rows["gross_spend_per_child_real"].astype(float)), x, weights=rows["children"].astype(float))


def test_one_year_agrees_with_statsmodels_and_its_hc1_errors(years: pd.DataFrame) -> None:
    ours = expected_spend(years, "2018-19", need=("deprivation", "region"))
    _, model = by_hand(years, ("2018-19",), ["region"])
    theirs = model.fit(cov_type="HC1")
    np.testing.assert_allclose(ours.estimates, theirs.params, rtol=SAME, atol=SAME)
    np.testing.assert_allclose(ours.covariance, theirs.cov_params(), rtol=SAME, atol=SAME)
    assert ours.r_squared == pytest.approx(theirs.rsquared, rel=SAME)
    assert (ours.covariance_kind, ours.degrees_of_freedom) == ("HC1", int(theirs.df_resid))


def test_pooled_years_agree_with_statsmodels_and_its_clustered_errors(years: pd.DataFrame) -> None:
    ours = expected_spend(years, POOLED, need=("deprivation", "region"))
    rows, model = by_hand(years, POOLED, ["region", "financial_year"])
    theirs = model.fit(cov_type="cluster", cov_kwds={"groups": pd.factorize(rows["council"])[0]})
    np.testing.assert_allclose(ours.estimates, theirs.params, rtol=SAME, atol=SAME)
    np.testing.assert_allclose(ours.covariance, theirs.cov_params(), rtol=SAME, atol=SAME)
    assert ours.covariance_kind == "CR1 by council"
    assert ours.degrees_of_freedom == rows["council"].nunique() - 1
    assert len(ours.councils) == len(rows)


def test_intervals_and_p_values_are_those_of_statsmodels_with_student_s_t(years: pd.DataFrame) -> None:
    ours = expected_spend(years, "2018-19", need=("deprivation", "region")).coefficients(level=0.9)
    theirs = by_hand(years, ("2018-19",), ["region"])[1].fit(cov_type="HC1", use_t=True)
    np.testing.assert_allclose(ours[["lower", "upper"]], theirs.conf_int(alpha=0.1), rtol=SAME, atol=SAME)
    np.testing.assert_allclose(ours["p_value"], theirs.pvalues, rtol=1e-6)


def test_a_residual_left_out_is_that_of_a_fit_without_the_council(years: pd.DataFrame) -> None:
    rows, model = by_hand(years, POOLED[-3:], ["region", "financial_year"])
    clusters = pd.factorize(rows["council"])[0].astype(np.int64)
    x, y, weights = model.exog[:, 1:], model.endog, rows["children"].to_numpy(float)
    ours = least_squares.residuals_left_out(least_squares.fit(y, x, weights), clusters)
    for number in (0, 60, 140):
        own = clusters == number
        again = sm.WLS(y[~own], model.exog[~own], weights=weights[~own]).fit()
        np.testing.assert_allclose(ours[own], y[own] - again.predict(model.exog[own]), rtol=1e-7, atol=SAME)


def test_expected_pounds_are_the_fitted_exponential_times_duan_s_mean_of_exponential_residuals(one_year: ExpectedSpend) -> None:
    table = one_year.councils
    assert one_year.smearing == pytest.approx(np.exp(table["residual_log"]).mean(), rel=SAME)
    fitted = table["spend"] / np.exp(table["residual_log"])
    np.testing.assert_allclose(table["expected"], fitted * one_year.smearing, rtol=SAME)
    np.testing.assert_allclose(table["residual"], table["spend"] - table["expected"], atol=1e-6)
    assert one_year.smearing > 1
    # The rows of a weighted fit with a constant are balanced by their weights.
    assert np.average(table["residual_log"], weights=table["children"]) == pytest.approx(0, abs=SAME)


def test_the_interval_is_the_fit_times_outer_quantiles_of_left_out_residuals(one_year: ExpectedSpend, years: pd.DataFrame) -> None:
    table = one_year.councils
    fitted = table["spend"] / np.exp(table["residual_log"])
    # 149 councils, 150 with the one to be predicted: 2.5% of them are 3.75, so the third from either end.
    assert len(table) == 149
    x = pd.get_dummies(table["region"], drop_first=True, dtype=float)
    low_income = years[years["financial_year"] == "2024-25"].set_index("council")["low_income_dwp_revised_under_16_pct"]
    x = sm.add_constant(np.column_stack([table["deprivation"], table["council"].map(low_income), x]).astype(float))
    weighted = x * np.sqrt(table["children"].to_numpy())[:, None]
    leverage = np.diag(weighted @ np.linalg.pinv(weighted))
    left_out = np.sort(table["residual_log"] / (1 - leverage))
    np.testing.assert_allclose(np.log(table["lower"] / fitted), left_out[2], rtol=1e-7)
    np.testing.assert_allclose(np.log(table["upper"] / fitted), left_out[-3], rtol=1e-7)
    outside = (table["spend"] < table["lower"]) | (table["spend"] > table["upper"])
    assert (outside == table["is_outside"]).all()


def made_up(rng: np.random.Generator, councils: int = 60) -> pd.DataFrame:
    """Return a panel of one year drawn from the model: log spend on deprivation and two regions, skewed errors."""
    score = rng.normal(20, 7, councils)
    region = np.where(np.arange(councils) % 2 == 0, "North", "South")
    error = 0.2 * (rng.gamma(4, 1, councils) - 4) / 2
    spend = np.exp(6.5 + 0.02 * score + 0.1 * (region == "South") + error)
    names = [f"council {number}" for number in range(councils)]
    return pd.DataFrame(
        {
            "council": names,
            "council_name": names,
            "region": region,
            "financial_year": "2024-25",
            "children": rng.integers(10_000, 200_000, councils).astype(float),
            "gross_spend_per_child_real": spend,
            "imd_score": score,
            "deprivation_vintage": "IoD2019",
            "is_missing_return": False,
            "is_spend_out_of_line": False,
            "is_deprivation_derived": False,
        }
    )


def test_the_prediction_interval_covers_new_spend_of_the_same_model_as_often_as_promised() -> None:
    rng = np.random.default_rng(3)
    inside = []
    for _ in range(20):
        frame = made_up(rng, councils=120)
        table = expected_spend(frame, need=("deprivation", "region"), level=0.9).councils
        error = 0.2 * (rng.gamma(4, 1, len(frame)) - 4) / 2
        new = np.exp(6.5 + 0.02 * frame["imd_score"] + 0.1 * (frame["region"] == "South") + error)
        inside.append(((new >= table["lower"]) & (new <= table["upper"])).mean())
    # 20 draws of 120 councils that share a fit: the mean's own error is about 0.008.
    assert 0.875 <= np.mean(inside) <= 0.93


def test_years_pooled_count_each_council_once_in_the_interval() -> None:
    one = made_up(np.random.default_rng(5))
    twice = pd.concat([one, one.assign(financial_year="2023-24", gross_spend_per_child_real=one["gross_spend_per_child_real"] * 1.1)])
    pooled = expected_spend(twice, ["2023-24", "2024-25"], need=("deprivation", "region"), level=0.9)
    alone = expected_spend(one, need=("deprivation", "region"), level=0.9)
    same = pooled.councils[pooled.councils["financial_year"] == "2024-25"].set_index("council")
    np.testing.assert_allclose(same["lower"], alone.councils["lower"], rtol=1e-7)
    np.testing.assert_allclose(same["upper"], alone.councils["upper"], rtol=1e-7)


def test_whoever_is_left_out_is_named_with_the_reason(years: pd.DataFrame, one_year: ExpectedSpend) -> None:
    found = one_year.left_out.set_index("council_name")["reason"].to_dict()
    assert found == {
        "Middlesbrough": "no usable spend return",
        "Wandsworth": "no usable spend return",
        "City of London": "tiny council",
        "Isles of Scilly": "tiny council",
    }
    earlier = expected_spend(years, "2016-17").left_out.set_index("council_name")["reason"]
    assert earlier[["Bournemouth", "Poole", "Dorset"]].unique().tolist() == ["children not published"]


def test_returns_out_of_line_are_flagged_and_go_when_asked(years: pd.DataFrame, one_year: ExpectedSpend) -> None:
    flagged = one_year.councils.loc[one_year.councils["is_spend_out_of_line"], "council_name"]
    assert {"Liverpool", "Greenwich", "Islington"} == set(flagged)
    without = expected_spend(years, include_out_of_line=False)
    assert len(without.councils) == len(one_year.councils) - 3
    assert (without.left_out["reason"] == "out of line with its other return and years").sum() == 3


def test_two_editions_of_deprivation_are_scaled_apart(years: pd.DataFrame) -> None:
    table = expected_spend(years, ["2018-19", "2019-20"], need=("deprivation",)).councils
    for year, own in table.groupby("financial_year"):
        assert own["deprivation"].mean() == pytest.approx(0, abs=1e-9), year
        assert own["deprivation"].std(ddof=0) == pytest.approx(1, abs=1e-9)


REFUSED: list[tuple[Callable[[pd.DataFrame], object], type[Exception], str]] = [
    (lambda years: expected_spend(years, "2030-31"), NoData, "No figures for .*2030-31"),
    (lambda years: expected_spend(years, ["2015-16", "2016-17"]), NoData, "not one series"),
    (lambda years: expected_spend(years, ["2017-18", "2018-19"]), NoData, "within one year and region only"),
    (lambda years: expected_spend(years, "2018-19", need=("low_income",)), NoData, "within one year and region only"),
    (lambda years: expected_spend(years, "2009-10"), NoData, "No low-income measure is held"),
    (lambda years: expected_spend(years, need=("poverty",)), BadFormula, "name each of"),
    (lambda years: expected_spend(years, need=("deprivation", "council")), BadFormula, "no residual to read"),
    (lambda years: fundgap.expected_spend(years, category="youth"), BadArgument, "category is 'youth'"),  # type: ignore[arg-type]
    (lambda years: fundgap.expected_spend(years, deprivation="rank"), BadArgument, "'imd' or 'idaci'"),  # type: ignore[arg-type]
    (lambda years: expected_spend(years.drop(columns="gross_spend_per_child_real")), NoData, "in_real_terms"),
    (lambda years: expected_spend(years[years["region"].eq("London")], need=("deprivation",)), CannotFit, "too few for a prediction"),
]


@pytest.mark.parametrize(("ask", "error", "words"), REFUSED, ids=[words for _, _, words in REFUSED])
def test_what_cannot_be_answered_is_refused_in_words(
    years: pd.DataFrame, ask: Callable[[pd.DataFrame], object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        ask(years)


def test_a_council_that_alone_carries_a_term_is_named() -> None:
    frame = made_up(np.random.default_rng(1))
    frame.loc[7, "region"] = "Island"
    with pytest.raises(CannotFit, match="council 7 alone carries a term"):
        expected_spend(frame, need=("deprivation", "region"))
