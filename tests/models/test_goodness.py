"""Pseudo-R2, information criteria and tests between nested models against R."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_up import graded, reference, stored_case

from fundgap import fit_ratings, likelihood_ratio_test
from fundgap.errors import CannotFit, NoData

TERMS = {"sif": "deprivation_decile + preventative_100", "three_grades": "a + b", "five_grades": "rate + score + spend + income"}
# Log-likelihoods agree to 1e-10 or so; twice their difference loses the digits that they share.
R_ARITHMETIC = 1e-8


@pytest.mark.parametrize("case", TERMS)
def test_fit_statistics_are_those_of_r(case: str) -> None:
    told = fit_ratings(f"rating ~ {TERMS[case]}", stored_case(case)).fit_statistics()
    (theirs,) = reference("statistics", case=case, link="logit").to_dict("records")
    for name in ("n", "loglik", "null_loglik", "aic", "bic", "mcfadden", "cox_snell", "nagelkerke"):
        assert getattr(told, name) == pytest.approx(theirs[name], rel=R_ARITHMETIC)
    for name in ("McFadden", "Cox-Snell", "Nagelkerke", "AIC", "BIC"):
        assert name in str(told)


@pytest.mark.parametrize("case", TERMS)
def test_the_likelihood_ratio_test_is_anova_of_r(case: str) -> None:
    frame, theirs = stored_case(case), reference("ratios", case=case, link="logit").set_index("term")
    terms = TERMS[case].split(" + ")
    larger = fit_ratings(f"rating ~ {TERMS[case]}", frame)
    for term in terms:
        told = likelihood_ratio_test(fit_ratings("rating ~ " + " + ".join(t for t in terms if t != term), frame), larger)
        expected = theirs.loc[term]
        assert (told.terms, told.df) == ((term,), expected["df"])
        assert told.statistic == pytest.approx(expected["statistic"], rel=R_ARITHMETIC)
        assert told.p_value == pytest.approx(expected["p_value"], rel=R_ARITHMETIC)
        assert term in str(told)


def test_the_wald_test_of_one_term_is_the_square_of_its_z_and_uses_the_models_covariance() -> None:
    frame = stored_case("sif")
    for options in ({}, {"cluster": "block"}, {"covariance": "HC0"}):
        model = fit_ratings("rating ~ deprivation_decile + preventative_100", frame, **options)
        told, slopes = model.wald("deprivation_decile"), model.coefficients()
        row = slopes.loc["deprivation_decile"]
        assert told.statistic == pytest.approx((row["slope"] / row["std_error"]) ** 2, rel=1e-12)
        assert told.p_value == pytest.approx(row["p_value"], rel=1e-9)
        both = model.wald(["preventative_100", "deprivation_decile"])
        inside = model.covariance[3:, 3:]
        assert both.statistic == pytest.approx(model.slopes @ np.linalg.inv(inside) @ model.slopes, rel=1e-9)
        assert both.df == 2
    with pytest.raises(NoData, match=r"nosuch.*deprivation_decile"):
        model.wald(["nosuch"])


def table() -> pd.DataFrame:
    """Return 120 judgements with a gap in one column."""
    rng = np.random.default_rng(6)
    x, z = rng.normal(size=120), rng.normal(size=120)
    year = rng.integers(2014, 2018, size=120)
    grade = np.digitize(x + rng.logistic(size=120), [-1.0, 0.5, 2.0])
    frame = graded(grade, x=x, z=z, year=year, gappy=np.where(np.arange(120) == 5, np.nan, z), other=np.arange(120) // 2)
    return frame.assign(help_grade=frame["rating"].array[::-1])


def test_a_number_is_nested_in_its_categories() -> None:
    frame = table()
    told = likelihood_ratio_test(fit_ratings("rating ~ x + year", frame), fit_ratings("rating ~ x + C(year)", frame))
    assert told.df == 2


@pytest.mark.parametrize(
    ("smaller", "larger", "words"),
    [
        (("rating ~ x", {}), ("rating ~ x + gappy", {}), "different judgements.*120 and 119"),
        (("rating ~ x", {}), ("rating ~ z + year", {}), "x is not in 'rating ~ z"),
        (("rating ~ x + z", {}), ("rating ~ x", {}), "z is not in 'rating ~ x'"),
        (("rating ~ x", {}), ("rating ~ x", {}), "adds no term"),
        (("rating ~ C(year)", {}), ("rating ~ x + year", {}), "year.*is not in"),
        (("rating ~ x", {}), ("rating ~ x + z", {"kind": "binary"}), "not of the same outcome"),
        (("rating ~ x", {}), ("help_grade ~ x + z", {}), "not of the same outcome.*help_grade"),
        (("rating ~ x", {}), ("rating ~ x + z", {"cluster": "other"}), r"independent.*clustered by other.*wald\(terms\)"),
    ],
)
def test_models_that_a_likelihood_ratio_does_not_compare_are_refused(smaller: Any, larger: Any, words: str) -> None:
    one, other = (fit_ratings(formula, table(), **options) for formula, options in (smaller, larger))
    with pytest.raises(CannotFit, match=words):
        likelihood_ratio_test(one, other)
