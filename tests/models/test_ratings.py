"""fit_ratings: from a formula and a table to odds ratios and predictions, and every reason not to fit said in words."""

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_up import GRADES, REFERENCE, Floats, judgements
from numpy.typing import NDArray
from statsmodels.discrete.discrete_model import Logit

from fundgap import fit_ratings
from fundgap.errors import BadFormula, CannotFit, FundgapError, NoData
from fundgap.models.ratings import RatingsModel

CITY, SCILLY = "E09000001", "E06000053"
Z95, Z90 = 1.959963984540054, 1.6448536269514722

# Closed forms, against a Newton fit stopped at a score of 1e-9 per judgement.
BY_HAND = 1e-7
# clm's estimates carry ten digits, its standard errors eight.
CLM = 1e-7
# A complex step has no subtraction to lose digits in.
GRADIENT = 1e-9
# statsmodels' Newton stops at a step of 1e-8.
STATSMODELS = 1e-6


def two_by_two() -> pd.DataFrame:
    """Return 40 judgements: 12 of 20 good where £250 more is spent, 5 of 20 where it is not."""
    return judgements(["Good"] * 12 + ["Inadequate"] * 8 + ["Good"] * 5 + ["Inadequate"] * 15, spend_per_child=[250.0] * 20 + [0.0] * 20)


def many(n: int = 120) -> pd.DataFrame:
    """Return judgements of 40 councils, three each, in four grades, with columns good and bad for fitting."""
    rng = np.random.default_rng(11)
    x, z = rng.normal(size=n), rng.normal(size=n)
    grade = np.digitize(0.8 * x + rng.logistic(size=n), [-1, 0.5, 2])
    return judgements(
        pd.Categorical.from_codes(grade, GRADES, ordered=True),
        x=x,
        z=z,
        positive=np.exp(x),
        region=np.array(["North", "South", "West"])[rng.integers(0, 3, size=n)],
        group=np.arange(n) % 40,
        same=0.1,
        same_pounds=123456789.1,
        empty=np.nan,
        with_infinity=np.where(np.arange(n) == 3, np.inf, x),
        with_zero=np.where(x > 0, x, 0.0),
        twice=2 * x + 1,
        grade_number=grade.astype(float),
        only_best=((grade == 3) & (np.arange(n) % 2 == 0)).astype(float),
        only_good=((grade >= 2) & (np.arange(n) % 3 == 0)).astype(float),
        size=pd.Categorical(np.where(z > 0, "large", "small"), ["small", "large"], ordered=True),
    )


def sif() -> pd.DataFrame:
    """Return the stored first SIF judgements, whose fits are known from R."""
    stored = pd.read_csv(REFERENCE / "sif.csv")
    return judgements(pd.Categorical.from_codes(stored["grade"], GRADES, ordered=True), **stored.drop(columns=["council", "grade"]))


def of_clm(case: str) -> pd.DataFrame:
    """Return clm's estimates of a case, by parameter."""
    return pd.read_csv(REFERENCE / "estimates.csv").query("case == @case and software == 'clm'").set_index("parameter")


def expit(value: Floats | float) -> Floats:
    return 1 / (1 + np.exp(-np.asarray(value)))


def logit(value: Floats | float) -> Floats:
    return np.log(np.asarray(value) / (1 - np.asarray(value)))


def chances(parameters: NDArray[np.inexact], x: Floats, inner: int) -> NDArray[np.inexact]:
    """Return P(each grade), then P(good or better), for one row of x; complex parameters welcome."""
    below = np.array([0, *(1 / (1 + np.exp(x @ parameters[inner:] - parameters[:inner]))), 1])
    return np.append(np.diff(below), 1 - below[GRADES.index("Good")])


def derivatives(parameters: Floats, x: Floats, inner: int) -> Floats:
    """Return the derivative of every chance in every parameter by complex steps, (J + 1, k)."""
    return np.column_stack([chances(parameters + step, x, inner).imag / 1e-30 for step in 1e-30j * np.eye(len(parameters))])


def parameters_of(model: RatingsModel) -> Floats:
    return np.concatenate([model.thresholds, model.slopes])


def scores(model: RatingsModel, x: Floats, grade: Floats) -> Floats:
    """Return each row's derivative of its log-likelihood, (n, k)."""
    parameters, inner = parameters_of(model), len(model.thresholds)
    own = [derivatives(parameters, row, inner)[j] / chances(parameters, row, inner)[j] for row, j in zip(x, grade, strict=True)]
    return np.array(own, dtype=float)


@pytest.mark.parametrize("kind", ["binary", "ordered"])
@pytest.mark.parametrize("step", [None, 250.0, 100.0, -250.0])
def test_a_table_of_two_by_two_gives_the_odds_ratio_of_the_textbook(kind: Any, step: float | None) -> None:
    model = fit_ratings("rating ~ spend_per_child", two_by_two(), kind=kind)
    row = model.odds_ratios({"spend_per_child": step} if step else None).loc["spend_per_child"]
    share = (step or 1) / 250
    ratio, error = np.log(12 * 15 / (8 * 5)), np.sqrt(1 / 12 + 1 / 8 + 1 / 5 + 1 / 15)
    bounds = sorted(np.exp(share * (ratio + sign * Z95 * error)) for sign in (-1, 1))
    expected = [np.exp(share * ratio), *bounds, step or 1]
    np.testing.assert_allclose(row[["odds_ratio", "lower", "upper", "per"]].astype(float), expected, rtol=BY_HAND)
    # Two-sided, z = 2.18234: from the standard normal table.
    assert row["p_value"] == pytest.approx(0.029084, abs=2e-6)
    assert (model.n, model.counts.tolist(), model.to_frame().shape) == (40, [23, 17], (1, 5))


def test_prediction_for_a_table_of_two_by_two_is_the_share_with_the_interval_of_its_log_odds() -> None:
    model = fit_ratings("rating ~ spend_per_child", two_by_two(), kind="binary")
    told = model.predict(pd.DataFrame({"spend_per_child": [250.0, 0.0]}, index=["more", "less"]), ci=0.9)
    for place, good, below in (("more", 12, 8), ("less", 5, 15)):
        width = Z90 * np.sqrt(1 / good + 1 / below)
        expected = [good / (good + below), *expit(np.log(good / below) + np.array([-width, width]))]
        row = told.loc[place, ["Good or better", "Good or better lower", "Good or better upper"]]
        np.testing.assert_allclose(row, expected, rtol=BY_HAND)
    assert list(told.columns) == [f"{grade}{end}" for grade in ("Below good", "Good or better") for end in ("", " lower", " upper")]


def test_the_summary_says_what_was_fitted_on_how_many_and_what_came_out() -> None:
    model = fit_ratings("rating ~ spend_per_child", two_by_two())
    # 4.5 for £250 is 1.83 for £100; the interval's ends are 1.165 and 17.38 to the power 0.4.
    for words in ("Ordered logit", "40 judgements (23 inadequate, 17 good)", "0 left out", "per £100", "1.83 (1.06 to 3.13)"):
        assert words in str(model)
    for words in ("40 judgements", "1.825", "3.133"):
        assert words in model._repr_html_()


@pytest.mark.parametrize(
    ("case", "terms"),
    [
        ("sif", "deprivation_decile + preventative_100"),
        ("sif_total", "gross_100"),
        ("sif_by_kind", "deprivation_decile + looked_after_100 + safeguarding_100 + preventative_100"),
        ("sif_binary", "deprivation_decile + preventative_100"),
    ],
)
def test_odds_ratios_of_real_judgements_are_those_of_r(case: str, terms: str) -> None:
    model = fit_ratings(f"rating ~ {terms}", sif(), frameworks=["SIF"], kind="binary" if case == "sif_binary" else "ordered")
    theirs = of_clm(case).loc[terms.split(" + ")]
    expected = {"odds_ratio": 0, "lower": -Z90, "upper": Z90}
    for column, away in expected.items():
        np.testing.assert_allclose(model.odds_ratios(level=0.9)[column], np.exp(theirs["estimate"] + away * theirs["std_error"]), rtol=CLM)


def test_predictions_and_intervals_of_real_judgements_are_those_of_r() -> None:
    model = fit_ratings("rating ~ deprivation_decile + preventative_100", sif())
    told = model.predict(pd.read_csv(REFERENCE / "sif_new.csv"), ci=0.9)
    theirs = pd.read_csv(REFERENCE / "predictions.csv").pivot(index="row", columns="grade", values=["probability", "lower", "upper"])
    for j, grade in enumerate(GRADES):
        np.testing.assert_allclose(told[[grade, f"{grade} lower", f"{grade} upper"]], theirs.xs(j, axis=1, level="grade"), rtol=CLM)
    np.testing.assert_allclose(told["Good or better"], theirs["probability"][2] + theirs["probability"][3], rtol=CLM)


@pytest.mark.parametrize("cluster", [None, "group"])
def test_intervals_of_predictions_follow_the_numerical_gradient(cluster: str | None) -> None:
    model = fit_ratings("rating ~ x + z", many(), cluster=cluster)
    new = pd.DataFrame({"x": [-2.0, 0.1, 1.5, 6.0], "z": [0.5, -3.0, 0.0, 4.0]})
    told = model.predict(new)
    for i, row in enumerate(new.to_numpy()):
        chance, slopes = chances(parameters_of(model), row, 3), derivatives(parameters_of(model), row, 3)
        error = np.sqrt(np.einsum("jk,kl,jl->j", slopes, model.covariance, slopes))
        for j, name in enumerate([*GRADES, "Good or better"]):
            estimate, lower, upper = told.loc[i, [name, f"{name} lower", f"{name} upper"]]
            assert estimate == pytest.approx(chance[j], rel=GRADIENT)
            assert 0 < lower < estimate < upper < 1
            width = Z95 * error[j] / (chance[j] * (1 - chance[j]))
            expected = logit(chance[j]) + np.array([-width, width])
            np.testing.assert_allclose([logit(lower), logit(upper)], expected, rtol=GRADIENT, atol=GRADIENT)


@pytest.mark.parametrize("cluster", ["group", "council", "region"])
def test_clustered_errors_of_ordered_grades_are_the_cr1_sandwich(cluster: str) -> None:
    frame = many()
    plain, clustered = (fit_ratings("rating ~ x + z", frame, cluster=name) for name in (None, cluster))
    row = scores(plain, frame[["x", "z"]].to_numpy(), frame["rating"].cat.codes.to_numpy())
    sums = [row[(frame[cluster] == name).to_numpy()].sum(axis=0) for name in frame[cluster].unique()]
    meat = sum(np.outer(score, score) for score in sums)
    # The bread, the inverse observed information, is checked against R above. One row a council: HC0 x G / (G - 1).
    expected = plain.covariance @ meat @ plain.covariance * len(sums) / (len(sums) - 1)
    np.testing.assert_allclose(clustered.covariance, expected, rtol=1e-6, atol=1e-9 * np.abs(expected).max())
    np.testing.assert_array_equal(clustered.slopes, plain.slopes)


@pytest.mark.parametrize(("cluster", "robust"), [("group", "cluster"), ("council", "HC0")])
def test_clustered_errors_of_good_or_better_are_those_of_statsmodels(cluster: str, robust: str) -> None:
    frame = many()
    options = {"cov_kwds": {"groups": frame[cluster].to_numpy(), "use_correction": False}} if robust == "cluster" else {}
    x = np.column_stack([np.ones(len(frame)), frame[["x", "z"]]])
    theirs = Logit((frame["rating"] >= "Good").to_numpy(dtype=float), x).fit(disp=False, tol=1e-12, cov_type=robust, **options)
    count = frame[cluster].nunique()
    # The threshold is minus the constant.
    sign = np.diag([-1, 1, 1])
    model = fit_ratings("rating ~ x + z", frame, kind="binary", cluster=cluster)
    np.testing.assert_allclose(parameters_of(model), sign @ theirs.params, rtol=STATSMODELS)
    np.testing.assert_allclose(model.covariance, sign @ theirs.cov_params() @ sign * count / (count - 1), rtol=STATSMODELS)


@pytest.mark.parametrize("shift", [2000.0, 1e6])
def test_where_a_column_starts_changes_neither_its_odds_ratio_nor_the_interval(shift: float) -> None:
    frame = many()
    plain, moved = (fit_ratings("rating ~ x", frame.assign(x=frame["x"] + add)).odds_ratios() for add in (0, shift))
    np.testing.assert_allclose(moved, plain, rtol=1e-6)


@pytest.mark.parametrize(
    ("formula", "made"),
    [
        ("rating ~ log(positive) + z", lambda f: {"a": np.log(f["positive"]), "b": f["z"]}),
        ("rating ~ C(region)", lambda f: {"a": f["region"] == "South", "b": f["region"] == "West"}),
        ("rating ~ x * z", lambda f: {"a": f["x"], "b": f["z"], "c": f["x"] * f["z"]}),
        ("rating ~ x:z + (x)", lambda f: {"a": f["x"], "b": f["x"] * f["z"]}),
    ],
)
def test_a_formula_means_the_columns_it_says(formula: str, made: Any) -> None:
    frame = many()
    columns = {name: values.astype(float) for name, values in made(frame).items()}
    by_formula, by_hand = fit_ratings(formula, frame), fit_ratings("rating ~ " + " + ".join(columns), frame.assign(**columns))
    np.testing.assert_allclose(by_formula.odds_ratios(), by_hand.odds_ratios(), rtol=1e-9)


def test_every_judgement_left_out_is_named_with_its_reason() -> None:
    frame = many(60)
    frame.loc[3, "x"] = np.nan
    frame.loc[[4, 10], "rating"] = np.nan
    frame.loc[10, "x"] = np.nan
    frame.loc[[5, 6], "council"] = [CITY, SCILLY]
    frame.loc[5, "x"] = np.nan
    frame["keeper"] = frame["group"].astype(object).where(frame.index != 7)
    frame.loc[8, "framework"] = "ILACS"
    frame.loc[9, "is_reinspection"] = True
    reasons = {3: "no x", 4: "no rating", 5: "tiny council", 6: "tiny council", 7: "no keeper", 10: "no rating"}
    model = fit_ratings("rating ~ x", frame, ["SIF"], cluster="keeper")
    assert model.left_out["reason"].to_dict() == reasons
    assert model.left_out["council_name"].to_dict() == {i: f"Council {i}" for i in reasons}
    # The other framework's and the re-inspection were not asked for, so they are not "left out" either.
    assert model.n == 60 - len(reasons) - 2
    wider = fit_ratings("rating ~ x", frame, include_reinspections=True, include_tiny=True)
    assert wider.left_out["reason"].to_dict() == {3: "no x", 4: "no rating", 5: "no x", 10: "no rating"}
    assert wider.n == 60 - 4


@pytest.mark.parametrize(
    ("formula", "options", "error", "words"),
    [
        ("rating ~ nosuch", {}, NoData, ["nosuch", "positive"]),
        ("nosuch ~ x", {}, NoData, ["nosuch"]),
        ("rating ~ x", {"cluster": "nosuch"}, NoData, ["nosuch"]),
        ("rating ~ x", {"frameworks": ["SLAC"]}, NoData, ["SLAC", "SIF"]),
        ("council_name ~ x", {}, BadFormula, ["council_name", "grade"]),
        ("x ~ z", {"kind": "binary"}, BadFormula, ["'x'", "grade"]),
        ("size ~ x", {"kind": "binary"}, BadFormula, ["size", "grade"]),
        ("rating ~ same", {}, CannotFit, ["same", "120 rows"]),
        ("rating ~ x + same", {}, CannotFit, ["same", "120 rows"]),
        ("rating ~ same_pounds", {}, CannotFit, ["same_pounds", "120 rows"]),
        ("rating ~ x + same_pounds", {}, CannotFit, ["same_pounds", "120 rows"]),
        ("rating ~ z + x + twice", {}, CannotFit, ["twice", "combination"]),
        ("rating ~ empty", {}, CannotFit, ["empty"]),
        ("rating ~ with_infinity", {}, FundgapError, ["with_infinity", "infinite"]),
        ("rating ~ log(with_zero)", {}, FundgapError, ["with_zero", "log"]),
        ("rating ~ log(x)", {}, FundgapError, ["log(x)"]),
        ("rating ~ grade_number", {}, CannotFit, ["grade_number", "separates"]),
        ("rating ~ grade_number", {"kind": "binary"}, CannotFit, ["grade_number", "separates"]),
        ("rating ~ x + only_best", {}, CannotFit, ["only_best", "separates"]),
        ("rating ~ x + only_good", {"kind": "binary"}, CannotFit, ["only_good", "separates"]),
        ("rating ~ x", {"cluster": "same"}, CannotFit, ["same", "cluster"]),
        ("rating ~ I(x)", {}, BadFormula, ["I(", "log(column)"]),
        ("rating ~", {}, BadFormula, []),
        ("rating x", {}, BadFormula, ["~"]),
        ("rating ~ x ~ z", {}, BadFormula, ["2 signs ~"]),
        ("rating ~ x - 1", {}, FundgapError, []),
        ("rating ~ 0 + x", {}, FundgapError, []),
        ("rating ~ 1", {}, FundgapError, []),
        ("rating ~ C(region", {}, BadFormula, ["C(region"]),
        ("rating ~ log", {}, FundgapError, ["log"]),
        ("rating ~ 2 * x", {}, BadFormula, []),
    ],
)
def test_what_cannot_be_fitted_is_refused_with_the_cause_in_words(
    formula: str, options: dict[str, Any], error: type[FundgapError], words: list[str]
) -> None:
    with pytest.raises(error) as caught:
        fit_ratings(formula, many(), **options)
    for word in words:
        assert word in str(caught.value)
    # A message that leaves the reader to guess: terminal colours, or a number that is none.
    assert not re.search(r"\x1b|\bnan\b", str(caught.value))


@pytest.mark.parametrize(
    ("ratings", "kind", "words"),
    [
        (["Good"] * 15 + ["Inadequate"] + ["Outstanding"], "ordered", ["1 Outstanding", "15 Good", "binary"]),
        (["Good"] * 16 + ["Inadequate"], "binary", ["1 Below good", "16 Good or better"]),
        (["Good"] * 10 + ["Outstanding"] * 7, "binary", ["0 Below good", "17 Good or better"]),
        (["Good"] * 17, "ordered", ["17 Good"]),
    ],
)
def test_a_grade_with_too_few_judgements_is_named_with_its_count(ratings: list[str], kind: Any, words: list[str]) -> None:
    with pytest.raises(CannotFit, match="Too few") as caught:
        fit_ratings("rating ~ x", judgements(ratings, x=np.cos(np.arange(17.0))), kind=kind)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    "rhs",
    [
        "__import__('os')",
        "__import__",
        "x + {x.sum()}",
        "`x`",
        "x.sum()",
        "x.__class__",
        "'x'",
        '"x"',
        "lambda: x",
        "lambda x: x",
        "exit()",
        "eval(x)",
        "I(x)",
        "C(region, x)",
        "log(exit())",
        "C(exit())",
        "x[0]",
        "x; z",
        "x @ z",
        "x := z",
        "x\\n",
        "x # z",
        "x | z",
        # exit, exit and print in full-width and bold letters: Python reads them as plain ones, a check of a-z does not.
        "\uff45\uff58\uff49\uff54()",
        "\U0001d41e\U0001d431\U0001d422\U0001d42d()",
        "x + \uff50\uff52\uff49\uff4e\uff54(x)",
    ],
)
def test_nothing_but_columns_and_signs_is_run_from_a_formula(rhs: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises((BadFormula, NoData)):
        fit_ratings(f"rating ~ {rhs}", many())
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("new", "word"),
    [
        ({"x": [0.0]}, "region"),
        ({"x": [0.0, 1.0], "region": ["North", "Atlantis"]}, "Atlantis"),
        ({"x": [np.nan], "region": ["North"]}, "x"),
        ({"x": [0.0], "region": [None]}, "region"),
        ({"x": ["much"], "region": ["North"]}, "x"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_rows_that_cannot_be_predicted_are_refused_and_not_taken_for_others(new: dict[str, list[Any]], word: str) -> None:
    model = fit_ratings("rating ~ x + C(region)", many())
    with pytest.raises(FundgapError, match=re.escape(word)):
        model.predict(pd.DataFrame(new))


def test_a_step_for_a_term_that_is_not_there_is_refused_with_the_terms_that_are() -> None:
    with pytest.raises(NoData, match=r"preventative.*'x'"):
        fit_ratings("rating ~ x", many()).odds_ratios({"preventative": 100})
