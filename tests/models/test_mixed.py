"""fit_mixed against ordinal::clmm, lme4::glmer, and the Laplace log-likelihood written out by hand."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.stats import chi2

from fundgap import fit_mixed, fit_ratings
from fundgap.errors import BadArgument, BadFormula, CannotFit, FundgapError, NoData
from fundgap.models import ordinal
from fundgap.models.mixed_crossed import Crossed
from fundgap.models.mixed_fit import CONVERGED_GAIN, SMALL_DEVIATION, MixedFit, fit_crossed
from fundgap.models.mixed_laplace import laplace
from fundgap.models.mixed_ratings import MixedRatings, mixture_p_value

REFERENCE = Path(__file__).parent / "reference"
GRADES = ["Inadequate", "Requires improvement", "Good", "Outstanding"]
TERMS = {"panel": ["deprivation_decile", "preventative_100"]}
GROUPS = {"one": ["council"], "three": ["council", "year", "inspector"], "panel": ["council", "figures_year"]}

# In standard errors. clmm was polished until 1e-16 of log-likelihood was left to gain; bobyqa climbs without derivatives, and is
# within 1e-6 of a standard error of the top.
ESTIMATE = {"clmm": 1e-6, "glmer": 1e-5}
# Relative; with a floor for deviations near 0, where the log-likelihood is flat in them.
DEVIATION, DEVIATION_FLOOR = 1e-5, 1e-6
# Their Hessians are differences of differences of the log-likelihood.
ERROR = 2e-5
MODE = 1e-4
LOGLIK_SHORTFALL = 1e-8
LOGLIK_EXCESS = 1e-6
# Central differences of the log-likelihood, whose rounding is 1e-13, over steps of 1e-5.
GRADIENT = 1e-6
# The same maximum reached another way: the last Newton step leaves 1e-6 of a standard error at most.
SAME_FIT = 1e-6
DENSE = 1e-9

Floats = NDArray[np.float64]
FITS = pd.read_csv(REFERENCE / "mixed_fits.csv")
CASES = list(FITS[["case", "kind", "software"]].itertuples(index=False, name=None))


def stored(case: str) -> pd.DataFrame:
    """Return the input of a case as a table of inspections; the years of the panel are kept as they are named."""
    frame = pd.read_csv(REFERENCE / "mixed_panel.csv") if case == "panel" else pd.read_csv(REFERENCE / "mixed_made_up.csv")
    frame = frame if case == "panel" else frame[frame["case"] == case].dropna(axis=1)
    frame = frame.astype({name: int for name in ("year", "inspector") if name in frame})
    told = {"council_name": "", "framework": "SIF", "is_reinspection": False, "publication_date": pd.Timestamp("2016-06-01")}
    present = sorted(set(frame["grade"]))
    return frame.assign(**told, rating=pd.Categorical.from_codes(frame["grade"], GRADES[: len(present)], ordered=True))


def fitted(case: str, kind: Any = "ordered", **options: Any) -> MixedRatings:
    """Return our fit of a case; "one" has three grades, of which the best is Good."""
    formula = f"rating ~ {' + '.join(TERMS.get(case, ['a', 'b']))}"
    return fit_mixed(formula, stored(case), GROUPS.get(case, ["council", "year"]), kind=kind, **options)


def made_up(
    sizes: list[int], grades: int = 4, n: int = 240, seed: int = 1, deviations: tuple[float, ...] = (0.8, 0.6, 0.4)
) -> tuple[NDArray[np.int64], Floats, NDArray[np.int64]]:
    """Return grades, two columns and levels drawn from the model."""
    rng = np.random.default_rng(seed)
    levels = np.array([rng.permutation(np.arange(n) % size) for size in sizes])
    x = rng.normal(size=(n, 2))
    latent = x @ [0.7, -0.4] + rng.logistic(size=n)
    for size, level, deviation in zip(sizes, levels, deviations, strict=False):
        latent = latent + deviation * rng.normal(size=size)[level]
    return np.digitize(latent, np.linspace(-1.5, 1.5, grades - 1) if grades > 2 else [0.2]), x, levels


def fit(y: NDArray[np.int64], x: Floats, levels: NDArray[np.int64]) -> MixedFit:
    """Fit arrays, and check that the maximum was reached."""
    found = fit_crossed(y, x, levels, ordinal.fit(y, x))
    assert found.is_converged
    return found


@pytest.mark.parametrize(("case", "kind", "software"), CASES)
def test_estimates_deviations_errors_and_loglik_are_those_of_r(case: str, kind: str, software: str) -> None:
    model = fitted(case, kind)
    table = pd.read_csv(REFERENCE / "mixed_estimates.csv").query("case == @case and kind == @kind and software == @software")
    theirs = table.set_index("parameter")
    inner = len(model.thresholds)
    fixed = theirs.iloc[: inner + len(model.slopes)]
    assert list(fixed.index[inner:]) == list(model.terms)
    ours = np.concatenate([model.thresholds, model.slopes])
    assert (np.abs(ours - fixed["estimate"]) / fixed["std_error"]).max() < ESTIMATE[software]
    np.testing.assert_allclose(np.sqrt(np.diag(model.covariance)), fixed["std_error"], rtol=ERROR)
    variation = model.variation()
    spread = theirs.loc[[f"sd {group}" for group in model.groups]]
    np.testing.assert_allclose(variation["deviation"], spread["estimate"], rtol=DEVIATION, atol=DEVIATION_FLOOR)
    if software == "clmm":
        inside = (variation["deviation"] > 0).to_numpy()
        np.testing.assert_allclose(variation["std_error"][inside], spread["std_error"][inside], rtol=ERROR)
    row = FITS.set_index(["case", "kind", "software"]).loc[(case, kind, software)]
    assert model.n == row["n"]
    assert row["loglik"] - LOGLIK_SHORTFALL <= model.loglik <= row["loglik"] + LOGLIK_EXCESS


@pytest.mark.parametrize(("case", "kind"), [("unbalanced", "ordered"), ("unbalanced", "binary"), ("panel", "ordered"), ("panel", "binary")])
def test_conditional_modes_and_their_errors_are_those_of_r(case: str, kind: str) -> None:
    model = fitted(case, kind)
    table = pd.read_csv(REFERENCE / "mixed_modes.csv", dtype={"level": str}).query("case == @case and kind == @kind")
    for group in model.groups:
        ours, theirs = model.modes(group), table[table["group"] == group].set_index("level")
        assert set(ours.index) == set(theirs.index)
        for name in ("mode", "std_error"):
            np.testing.assert_allclose(ours[name], theirs.loc[ours.index, name], atol=MODE)


@pytest.mark.parametrize("grades", [2, 3, 5])
@pytest.mark.parametrize("sizes", [[30], [30, 8], [30, 8, 5]])
def test_the_gradient_is_that_of_the_loglik(sizes: list[int], grades: int) -> None:
    y, x, levels = made_up(sizes, grades)
    data = Crossed(y, x, grades, levels, np.array(sizes))
    # Away from the maximum, where no element is nil.
    place = np.concatenate([np.linspace(-1, 2, grades - 1), [0.3, -0.9], np.log([0.5, 0.9, 0.7][: len(sizes)])])
    start = np.zeros(sum(sizes))
    ours = laplace(data, place, start).gradient
    shifts = 1e-5 * np.eye(len(place))
    numerical = [(laplace(data, place + shift, start).loglik - laplace(data, place - shift, start).loglik) / 2e-5 for shift in shifts]
    assert np.abs(ours - numerical).max() < GRADIENT


@pytest.mark.parametrize("grades", [2, 4])
@pytest.mark.parametrize("sizes", [[12], [12, 5], [12, 5, 4]])
def test_the_loglik_is_the_laplace_approximation_by_its_definition(sizes: list[int], grades: int) -> None:
    y, x, levels = made_up(sizes, grades, n=70)
    thresholds, slopes, deviations = np.linspace(-1, 1.5, grades - 1), np.array([0.5, -0.2]), np.array([0.9, 0.6, 1.2])[: len(sizes)]
    carried = np.hstack([deviation * np.eye(size)[level] for deviation, size, level in zip(deviations, sizes, levels, strict=True)])
    bounds = np.concatenate([[-np.inf], thresholds, [np.inf]])

    def minus_h(u: Floats) -> float:
        linear = x @ slopes + carried @ u
        return float(u @ u / 2 - np.log(1 / (1 + np.exp(linear - bounds[y + 1])) - 1 / (1 + np.exp(linear - bounds[y]))).sum())

    u = minimize(minus_h, np.zeros(sum(sizes)), method="BFGS", options={"gtol": 1e-7}).x
    above, below = (1 / (1 + np.exp(x @ slopes + carried @ u - bounds[y + step])) for step in (1, 0))
    curvature = np.eye(len(u)) + carried.T @ ((above * (1 - above) + below * (1 - below))[:, None] * carried)
    expected = -minus_h(u) - np.linalg.slogdet(curvature)[1] / 2
    place = np.concatenate([thresholds, slopes, np.log(deviations)])
    ours = laplace(Crossed(y, x, grades, levels, np.array(sizes)), place, np.zeros(len(u)))
    # BFGS stops some 1e-7 from the modes, and log|D| is not flat there.
    assert ours.loglik == pytest.approx(expected, abs=1e-6)
    np.testing.assert_allclose(ours.modes, u, atol=1e-5)
    np.testing.assert_allclose(ours.variances, np.diag(np.linalg.inv(curvature)), atol=1e-5)


def test_the_modes_are_found_from_anywhere() -> None:
    y, x, levels = made_up([30, 8])
    data = Crossed(y, x, 4, levels, np.array([30, 8]))
    place = np.concatenate([[-1.5, 0, 1.5], [0.7, -0.4], np.log([3.0, 2.0])])
    near = laplace(data, place, np.zeros(38))
    far = laplace(data, place, 40 * np.cos(np.arange(38)))
    assert near.has_modes
    assert far.has_modes
    assert far.loglik == pytest.approx(near.loglik, abs=DENSE)
    np.testing.assert_allclose(far.gradient, near.gradient, atol=1e-7)


def assert_same(left: MixedFit, right: MixedFit, factors: list[int]) -> None:
    """Check two fits, the factors of the right one in another order."""
    k = len(left.thresholds) + len(left.slopes)
    turn = [*range(k), *(k + f for f in factors)]
    assert left.loglik == pytest.approx(right.loglik, abs=1e-9)
    for ours, theirs in (
        (left.thresholds, right.thresholds),
        (left.slopes, right.slopes),
        (left.deviations, right.deviations[factors]),
        (left.covariance, right.covariance[np.ix_(turn, turn)]),
        *((left.modes[i], right.modes[f]) for i, f in enumerate(factors)),
        *((left.mode_errors[i], right.mode_errors[f]) for i, f in enumerate(factors)),
    ):
        np.testing.assert_allclose(ours, theirs, rtol=SAME_FIT, atol=SAME_FIT)


@pytest.mark.parametrize("sizes", [[30, 8], [12, 12], [30, 8, 5]])
def test_the_order_of_rows_and_of_factors_changes_nothing(sizes: list[int]) -> None:
    y, x, levels = made_up(sizes)
    rows = np.random.default_rng(2).permutation(len(y))
    factors = list(range(len(sizes)))
    plain = fit(y, x, levels)
    assert_same(plain, fit(y[rows], x[rows], levels[:, rows]), factors)
    assert_same(plain, fit(y, x, levels[::-1]), factors[::-1])


def test_the_names_of_levels_change_nothing_but_the_names() -> None:
    frame = stored("unbalanced")
    renamed = frame.assign(year=frame["year"].map(lambda year: f"{(year * 7) % 11}th year"))
    formula = "rating ~ a + b"
    plain, other = (fit_mixed(formula, table, ["council", "year"]) for table in (frame, renamed))
    assert other.loglik == pytest.approx(plain.loglik, abs=1e-9)
    np.testing.assert_allclose(other.slopes, plain.slopes, rtol=SAME_FIT)
    assert other.modes("year").index[0] == "10th year"
    for year in (1, 5, 9):
        mode = other.modes("year").loc[f"{(year * 7) % 11}th year", "mode"]
        assert mode == pytest.approx(plain.modes("year").loc[str(year), "mode"], abs=1e-6)


def test_units_of_x_and_the_direction_of_grades_change_the_estimates_to_match() -> None:
    y, x, levels = made_up([30, 8])
    plain = fit(y, x, levels)
    moved, turned = fit(y, (x + 50) * [1e-3, 1e4], levels), fit(3 - y, x, levels)
    np.testing.assert_allclose(moved.slopes * [1e-3, 1e4], plain.slopes, rtol=SAME_FIT)
    np.testing.assert_allclose(moved.thresholds, plain.thresholds + 50 * plain.slopes.sum(), rtol=SAME_FIT)
    np.testing.assert_allclose(turned.slopes, -plain.slopes, rtol=SAME_FIT)
    np.testing.assert_allclose(turned.thresholds, -plain.thresholds[::-1], rtol=SAME_FIT)
    np.testing.assert_allclose(turned.modes[0], -plain.modes[0], atol=SAME_FIT)
    for other in (moved, turned):
        assert other.loglik == pytest.approx(plain.loglik, abs=1e-9)
        np.testing.assert_allclose(other.deviations, plain.deviations, rtol=SAME_FIT)


def test_a_deviation_at_zero_is_reported_and_leaves_the_model_without_that_group() -> None:
    model = fitted("zero")
    alone = fit_mixed("rating ~ a + b", stored("zero"), "council")
    variation = model.variation()
    assert list(variation["is_at_boundary"]) == [False, True]
    assert variation.loc["year", "share"] == 0
    assert np.isnan(variation.loc["year", "std_error"])
    assert (model.modes("year")["mode"] == 0).all()
    assert model.loglik == pytest.approx(alone.loglik, abs=1e-9)
    pd.testing.assert_frame_equal(model.odds_ratios(), alone.odds_ratios(), rtol=SAME_FIT)
    assert "year (8 levels): standard deviation 0 (at its boundary)" in str(model)
    assert model.likelihood_ratio().loc["year"].tolist() == [0, 1, 1]


def test_without_any_variation_the_model_is_that_of_fit_ratings() -> None:
    # Dealt out in the order of their grades, so that councils and years differ by less than chance would have it.
    frame = stored("balanced").sort_values("grade").assign(council=np.arange(400) % 40, year=np.arange(400) % 7)
    model, plain = fit_mixed("rating ~ a", frame, ["council", "year"]), fit_ratings("rating ~ a", frame)
    assert model.deviations.tolist() == [0, 0]
    assert model.loglik == plain.loglik
    pd.testing.assert_frame_equal(model.odds_ratios(), plain.odds_ratios())
    assert model.likelihood_ratio().loc["all"].tolist() == [0, 2, 1]


def test_a_small_deviation_that_is_not_zero_is_found() -> None:
    # One of sixty seeds, chosen because its deviation is small and yet not 0.
    y, x, levels = made_up([40, 10], n=1500, seed=51, deviations=(0.5, 0.03))
    found = fit(y, x, levels)
    assert 0.01 < found.deviations[1] < SMALL_DEVIATION
    place = np.concatenate([found.thresholds, found.slopes, np.log(found.deviations)])
    there = laplace(Crossed(y, x, 4, levels, np.array([40, 10])), place, np.zeros(50))
    assert np.abs(there.gradient).max() < 1e-5
    assert there.loglik == pytest.approx(found.loglik, abs=1e-9)
    assert found.loglik > fit(y, x, levels[:1]).loglik + 1e-3


def test_p_values_are_those_of_the_mixtures_worked_out_by_hand() -> None:
    # The 90% point of chi-squared on one degree of freedom is the 95% point of the half-and-half mixture.
    assert mixture_p_value(1.6448536269514722**2, 1) == pytest.approx(0.05, rel=1e-12)
    # With two: half on one degree of freedom, a quarter on two, whose tail is exp(-r / 2).
    assert mixture_p_value(4.0, 2) == pytest.approx(0.5 * chi2.sf(4.0, 1) + 0.25 * np.exp(-2.0), rel=1e-12)
    assert mixture_p_value(0.0, 1) == 1


def test_likelihood_ratios_are_twice_the_difference_to_the_models_left() -> None:
    model = fitted("unbalanced")
    frame = stored("unbalanced")
    table = model.likelihood_ratio()
    for group, other in (("council", "year"), ("year", "council")):
        smaller = fit_mixed("rating ~ a + b", frame, other)
        assert table.loc[group, "ratio"] == pytest.approx(2 * (model.loglik - smaller.loglik), abs=1e-8)
        assert list(smaller.likelihood_ratio().index) == ["all"]
    assert table.loc["all", "ratio"] == pytest.approx(2 * (model.loglik - fit_ratings("rating ~ a + b", frame).loglik), abs=1e-8)
    assert table.loc["all", "p_value"] == mixture_p_value(table.loc["all", "ratio"], 2)


def test_the_share_of_a_group_is_its_variance_beside_the_others_and_the_logistic() -> None:
    model = fitted("three")
    variances = model.deviations**2
    np.testing.assert_allclose(model.variation()["share"], variances / (variances.sum() + 3.289868133696453), rtol=1e-12)


def test_odds_ratios_have_the_steps_and_intervals_asked_for() -> None:
    model = fitted("panel")
    table = model.odds_ratios({"preventative_100": 2.0}, level=0.9)
    slope, error = model.slopes[1], np.sqrt(model.covariance[-1, -1])
    z = 1.6448536269514722
    expected = [np.exp(2 * slope), np.exp(2 * (slope - z * error)), np.exp(2 * (slope + z * error))]
    np.testing.assert_allclose(table.loc["preventative_100", ["odds_ratio", "lower", "upper"]].astype(float), expected, rtol=1e-12)
    assert list(table.columns) == list(fit_ratings("rating ~ a", stored("balanced")).odds_ratios().columns)
    pd.testing.assert_frame_equal(model.to_frame(), model.odds_ratios())


def test_the_summary_says_what_was_fitted_on_how_many_and_what_came_out() -> None:
    frame = stored("panel").rename(columns={"preventative_100": "preventative_per_child"})
    frame["preventative_per_child"] *= 100
    frame.loc[frame.index[:3], "figures_year"] = None
    model = fit_mixed("rating ~ deprivation_decile + preventative_per_child", frame)
    row = model.odds_ratios({"preventative_per_child": 100}).loc["preventative_per_child"]
    text, page = str(model), model._repr_html_()
    formula = "rating ~ deprivation_decile + preventative_per_child"
    assert text.startswith(f"Mixed ordered logit: {formula}, random intercepts for council and figures_year")
    assert "627 judgements" in text
    assert "3 left out; standard errors: Laplace approximation" in text
    assert text.endswith("Odds ratios compare judgements of the same council and the same figures_year.")
    assert f"(per £100): odds ratio {row['odds_ratio']:.2f} ({row['lower']:.2f} to {row['upper']:.2f})" in text
    council = model.variation().loc["council"]
    said = f"council (151 levels): standard deviation {council['deviation']:.2f}, {council['share']:.0%} of the latent variance"
    ratio = model.likelihood_ratio().loc["all", "ratio"]
    for part in (said, f"against no random intercepts: likelihood ratio {ratio:.1f}, p < 0.001 (mixture of chi-squared)"):
        assert part in text
        assert part.replace("<", "&lt;") in page
    assert "<table" in page
    assert set(model.left_out["reason"]) == {"no figures_year"}


def test_every_judgement_is_in_or_named_with_its_reason() -> None:
    frame = stored("balanced").rename(columns={"year": "figures_year"})
    frame["is_reinspection"] = np.arange(400) % 4 == 0
    frame.loc[frame.index[0], "a"] = np.nan
    frame.loc[frame.index[1], "rating"] = None
    frame["council"] = frame["council"].map(lambda number: f"E{number:08}").replace("E00000007", "E09000001")
    model = fit_mixed("rating ~ a + b", frame)
    assert model.left_out["reason"].value_counts().to_dict() == {"tiny council": 10, "no a": 1, "no rating": 1}
    assert model.n == 388
    assert fit_mixed("rating ~ a + b", frame, include_tiny=True).n == 398
    first = frame.loc[model._fixed.design.rows, "is_reinspection"].eq(False)
    assert fit_mixed("rating ~ a + b", frame, include_reinspections=False).n == first.sum() < 388
    assert model.modes("council")["judgements"].sum() == 388
    assert model.fitted.gain < CONVERGED_GAIN


def troubled() -> pd.DataFrame:
    """Return a sound table with columns that are not."""
    frame = stored("balanced")
    n = len(frame)
    return frame.assign(
        same="one and only",
        own=np.arange(n),
        twin=frame["council"].map(lambda number: f"Council {number}"),
        number=frame["grade"].astype(float),
    )


@pytest.mark.parametrize(
    ("formula", "groups", "error", "words"),
    [
        ("rating ~ a", ["same"], CannotFit, ["same is one and only in all 400 judgements", "Leave it out"]),
        ("rating ~ a", ["own"], CannotFit, ["Every one of the 400 judgements has a own of its own", "values must repeat"]),
        ("rating ~ a", ["council", "twin"], CannotFit, ["twin sorts the judgements exactly as council does"]),
        ("rating ~ a", ["council", "council"], BadFormula, ["name a column twice"]),
        ("rating ~ a", [], BadArgument, ["groups is [], which is empty"]),
        ("rating ~ a + year", ["council", "year"], BadFormula, ["year cannot have random intercepts and stand in the formula"]),
        ("rating ~ a", ["borough"], NoData, ["no column ['borough']"]),
        ("rating ~ number", ["council"], CannotFit, ["separates the grades", "number"]),
        ("rating ~ a + os.getcwd()", ["council"], BadFormula, ["A formula is"]),
        ("rating ~ same", ["council"], CannotFit, ["same is 'one and only' in all 400 rows"]),
    ],
)
def test_what_cannot_be_fitted_is_refused_with_the_cause_in_words(
    formula: str, groups: list[str], error: type[FundgapError], words: list[str]
) -> None:
    with pytest.raises(error) as caught:
        fit_mixed(formula, troubled(), groups)
    for word in words:
        assert word in str(caught.value)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(BadArgument, match="kind is 'other'; expected 'ordered' or 'binary'"):
        fitted("balanced", "other")


def test_councils_that_each_keep_to_one_grade_are_named_as_the_cause() -> None:
    frame = stored("balanced")
    frame["rating"] = pd.Categorical.from_codes(np.where(frame["council"] % 2, 1, 2), GRADES, ordered=True)
    with pytest.raises(CannotFit, match=re.escape("standard deviation of council's intercepts grows without end")):
        fit_mixed("rating ~ a", frame, ["council", "year"])


def test_a_column_that_separates_the_grades_within_councils_alone_is_not_taken_for_a_result() -> None:
    # Councils start from different places on the scale: `step` tells the grades of one apart, and not those of all.
    frame = stored("balanced").query("council <= 30")
    step = frame["year"] + 0.5
    base = frame["council"] % 3 * 5
    frame = frame.assign(step=step + base, rating=pd.Categorical.from_codes(np.where(frame["year"] > 5, 2, 1), GRADES, ordered=True))
    assert fit_ratings("rating ~ step", frame).n == 300
    with pytest.raises(CannotFit, match=re.escape("standard deviation of council's intercepts grows without end")):
        fit_mixed("rating ~ step", frame, "council")


def test_a_fit_that_stops_short_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MAX_CLIMB_STEPS", "MAX_NEWTON_STEPS"):
        monkeypatch.setattr(f"fundgap.models.mixed_climb.{name}", 1)
    with pytest.raises(CannotFit, match="council and year did not converge"):
        fitted("balanced")


def test_modes_of_a_group_that_is_not_there_are_refused_with_the_groups_that_are() -> None:
    with pytest.raises(NoData, match=r"'borough'.*'council'"):
        fitted("one").modes("borough")
