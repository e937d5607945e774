"""Covariances of the estimates against R's arithmetic, and the choice between them."""

import numpy as np
import pandas as pd
import pytest
from made_up import Floats, reference, stored_case
from statsmodels.discrete.discrete_model import Logit

from fundgap import fit_ratings
from fundgap.errors import BadFormula, CannotFit
from fundgap.models.ratings import RatingsModel

TERMS = {"sif": "deprivation_decile + preventative_100", "three_grades": "a + b", "five_grades": "rate + score + spend + income"}
# clm's own bread carries eight digits; the rows' scores in R are central differences, good to ten.
R_ARITHMETIC = 1e-7
# statsmodels' Newton stops at a step of 1e-8.
STATSMODELS = 1e-6

CHOICES = {
    "information": {},
    "HC0": {"covariance": "HC0"},
    "CR1": {"cluster": "block"},
    "CR3": {"cluster": "block", "covariance": "CR3"},
}


def of_r(case: str, link: str, covariance: str) -> Floats:
    """Return R's matrix, thresholds first."""
    told = reference("covariances", case=case, link=link, covariance=covariance)
    order = told["row"].drop_duplicates()
    return told.pivot(index="row", columns="column", values="value").loc[order, order].to_numpy()


@pytest.mark.parametrize("covariance", CHOICES)
@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
@pytest.mark.parametrize("case", TERMS)
def test_every_covariance_is_that_of_r(case: str, link: str, covariance: str) -> None:
    model = fit_ratings(f"rating ~ {TERMS[case]}", stored_case(case), link=link, **CHOICES[covariance])
    theirs = of_r(case, link, covariance)
    error = np.sqrt(np.diag(theirs))
    np.testing.assert_allclose(model.covariance / np.outer(error, error), theirs / np.outer(error, error), atol=R_ARITHMETIC)


def test_the_robust_covariance_of_good_or_better_is_hc0_of_statsmodels() -> None:
    frame = stored_case("sif")
    columns = ["deprivation_decile", "preventative_100"]
    x = np.column_stack([np.ones(len(frame)), frame[columns]])
    theirs = Logit((frame["rating"] >= "Good").to_numpy(dtype=float), x).fit(disp=False, tol=1e-12, cov_type="HC0")
    model = fit_ratings("rating ~ deprivation_decile + preventative_100", frame, kind="binary", covariance="HC0")
    sign = np.diag([-1, 1, 1])
    np.testing.assert_allclose(model.covariance, sign @ theirs.cov_params() @ sign, rtol=STATSMODELS)


def test_the_summary_says_which_covariance_stands_behind_the_intervals() -> None:
    frame = stored_case("sif")
    words = {
        "information": "observed information",
        "HC0": "robust (HC0)",
        "CR1": "clustered by block (CR1)",
        "CR3": "clustered by block (CR3)",
    }
    for covariance, choice in CHOICES.items():
        model = fit_ratings("rating ~ deprivation_decile", frame, **choice)
        assert f"standard errors: {words[covariance]}" in str(model)
        assert words[covariance] in model._repr_html_()


def test_where_every_row_is_a_cluster_cr1_is_hc0_but_for_its_factor() -> None:
    frame = stored_case("three_grades")
    single, robust = (fit_ratings("rating ~ a + b", frame, **choice) for choice in ({"cluster": "council"}, {"covariance": "HC0"}))
    n = len(frame)
    np.testing.assert_allclose(single.covariance, robust.covariance * n / (n - 1), rtol=1e-12)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"covariance": "HC0", "cluster": "block"}, ["covariance='HC0' with cluster='block'", "CR1 and CR3 are by cluster"]),
        ({"covariance": "CR3"}, ["covariance='CR3' with no cluster"]),
    ],
)
def test_a_choice_that_there_is_not_is_refused_with_those_that_there_are(options: dict[str, str], words: list[str]) -> None:
    with pytest.raises(BadFormula) as caught:
        fit_ratings("rating ~ deprivation_decile", stored_case("sif"), **options)
    for word in words:
        assert word in str(caught.value)


def test_slopes_come_with_their_wald_interval_and_no_odds_ratio_but_from_the_logit() -> None:
    model: RatingsModel = fit_ratings("rating ~ deprivation_decile + preventative_100", stored_case("sif"), link="probit")
    told = model.coefficients(0.9)
    expected = reference("estimates", case="sif", link="probit").set_index("parameter")["estimate"].loc[list(model.terms)]
    error = pd.Series(np.sqrt(np.diag(of_r("sif", "probit", "information")))[3:], index=expected.index)
    # 1.6449 is the 95% point of the standard normal.
    for column, value in {"slope": expected, "lower": expected - 1.6448536 * error, "upper": expected + 1.6448536 * error}.items():
        np.testing.assert_allclose(told[column], value, rtol=1e-6)
    with pytest.raises(BadFormula, match="probit has no odds ratios"):
        model.odds_ratios()
    assert "Ordered probit" in str(model)
    assert list(model.to_frame()) == list(told)


def test_cr3_is_refused_where_a_grade_stands_on_one_cluster() -> None:
    frame = stored_case("sif")
    best = frame.index[frame["rating"] == "Outstanding"]
    frame.loc[best, "block"] = 999
    with pytest.raises(CannotFit, match=r"without 1 of them there are no estimates \(.*1 empty grade\).*covariance='CR1'"):
        fit_ratings("rating ~ deprivation_decile", frame, cluster="block", covariance="CR3")
