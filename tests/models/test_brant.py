"""Brant's test against the published algorithm written out in R, and against the likelihood-ratio alternative of clm."""

from typing import Any

import numpy as np
import pytest
from made_up import graded, reference, stored_case
from statsmodels.discrete.discrete_model import Logit

from fundgap import fit_ratings
from fundgap.errors import BadFormula, CannotFit

TERMS = {"sif": "deprivation_decile + preventative_100", "three_grades": "a + b", "five_grades": "rate + score + spend + income"}
# glm in R stops at a change of 1e-15 in deviance; chi2 is a quotient of numbers with nine digits.
R_ARITHMETIC = 1e-6
# A Wald and a likelihood-ratio test of the same question are alike in large samples only: these have 147, 60 and 400 rows.
ALIKE = 1.5
STATSMODELS = 1e-6


@pytest.mark.parametrize(("test", "cluster"), [("brant model", None), ("brant CR1", "block")])
@pytest.mark.parametrize("case", TERMS)
def test_the_test_is_that_of_the_published_algorithm_in_r(case: str, test: str, cluster: str | None) -> None:
    told = fit_ratings(f"rating ~ {TERMS[case]}", stored_case(case), cluster=cluster).brant()
    theirs = reference("tests", case=case, test=test).set_index("term")
    whole = theirs.loc["all"]
    np.testing.assert_allclose([told.chi2, told.df, told.p_value], whole[["chi2", "df", "p_value"]].astype(float), rtol=R_ARITHMETIC)
    expected = theirs.loc[list(told.by_term.index), ["chi2", "df", "p_value"]]
    np.testing.assert_allclose(told.by_term[["chi2", "df", "p_value"]], expected, rtol=R_ARITHMETIC)
    assert told.covariance == ("model" if cluster is None else "clustered by block (CR1)")


@pytest.mark.parametrize("case", TERMS)
def test_the_likelihood_ratio_test_of_free_slopes_is_near(case: str) -> None:
    told = fit_ratings(f"rating ~ {TERMS[case]}", stored_case(case)).brant()
    theirs = reference("tests", case=case, test="all free").set_index("term")
    assert told.df == theirs.loc["all", "df"]
    assert abs(told.chi2 - theirs.loc["all", "chi2"]) < ALIKE
    for term, row in told.by_term.iterrows():
        assert row["df"] == theirs.loc[term, "df"]
        assert abs(row["chi2"] - theirs.loc[term, "chi2"]) < ALIKE


def test_the_slopes_at_each_cut_are_those_of_binary_logits() -> None:
    frame = stored_case("five_grades")
    columns = ["rate", "score", "spend", "income"]
    told = fit_ratings("rating ~ rate + score + spend + income", frame).brant().slopes
    scale = frame[columns].std().to_numpy()
    x = np.column_stack([np.ones(len(frame)), (frame[columns] - frame[columns].mean()) / scale])
    for cut, name in enumerate(told.columns, start=1):
        theirs = Logit((frame["rating"].cat.codes >= cut).to_numpy(dtype=float), x).fit(disp=False, tol=1e-12)
        np.testing.assert_allclose(told[name], theirs.params[1:] / scale, rtol=STATSMODELS)
    assert list(told.columns) == ["Inadequate or better", "Good or better", "Outstanding or better", "Best"]


def test_the_units_of_a_column_do_not_matter() -> None:
    frame = stored_case("sif")
    plain, moved = (
        fit_ratings("rating ~ deprivation_decile + x", frame.assign(x=x)).brant()
        for x in (frame["preventative_100"], 2e6 + 1e4 * frame["preventative_100"])
    )
    np.testing.assert_allclose(moved.by_term["chi2"], plain.by_term["chi2"], rtol=R_ARITHMETIC)
    assert moved.chi2 == pytest.approx(plain.chi2, rel=R_ARITHMETIC)


def uneven(slopes: tuple[float, float], seed: int = 9, n: int = 3000) -> Any:
    """Return grades whose two cuts have slopes of their own, drawn cut by cut."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    u = rng.uniform(size=n)
    above = [1 / (1 + np.exp(-(constant + slope * x))) for constant, slope in zip((2.5, -2.5), slopes, strict=True)]
    return graded((u < above[0]).astype(int) + (u < above[1]), ["Inadequate", "Good", "Outstanding"], x=x)


def test_slopes_that_differ_are_found_and_slopes_that_do_not_are_not() -> None:
    different = fit_ratings("rating ~ x", uneven((1.0, 0.4))).brant()
    same = fit_ratings("rating ~ x", uneven((0.7, 0.7))).brant()
    assert different.p_value < 1e-4
    assert "is not the same at every cut" in str(different)
    assert same.p_value > 0.05
    assert "no proof" in str(same)
    assert "chi2" in same._repr_html_()


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"kind": "binary"}, CannotFit, "one cut only"),
        ({"link": "probit"}, BadFormula, "proportional odds.*probit"),
    ],
)
def test_a_model_without_proportional_odds_to_test_is_refused(options: dict[str, Any], error: Any, words: str) -> None:
    with pytest.raises(error, match=words):
        fit_ratings("rating ~ deprivation_decile", stored_case("sif"), **options).brant()


def test_a_cut_that_a_column_separates_is_named_with_the_column() -> None:
    rng = np.random.default_rng(4)
    x, grade = rng.normal(size=90), rng.integers(0, 3, size=90)
    # The marked are never in the worst grade, which leaves the ordered logit an estimate, but the first cut none.
    mark = ((np.arange(90) % 3 == 0) & (grade > 0)).astype(float)
    model = fit_ratings("rating ~ x + mark", graded(grade, ["Inadequate", "Good", "Outstanding"], x=x, mark=mark))
    count = int(mark.sum())
    with pytest.raises(CannotFit, match=rf"'Good or better'.*all {count} judgements with mark = 1 are good or better"):
        model.brant()


def test_fewer_clusters_than_slopes_to_compare_are_refused() -> None:
    frame = stored_case("sif").assign(region=lambda f: np.arange(len(f)) % 3)
    with pytest.raises(CannotFit, match="few clusters"):
        fit_ratings("rating ~ deprivation_decile + preventative_100", frame, cluster="region").brant()
