"""The specification curve: which specifications there are, what each one is, and what it comes to."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import fundgap
from fundgap.models import curve_fit, curve_rows
from fundgap.models.curve import curve_of
from fundgap.models.curve_choices import GROUPS, Choices, Specification, choices
from fundgap.models.curve_data import CurveData
from fundgap.models.curve_grid import REASONS, Grid, build_grid, effective_size
from fundgap.models.curve_result import EVERY, SpecificationCurve
from fundgap.models.curve_run import Run, run
from fundgap.models.curve_shuffles import permutations, strata

# The plainest specification: that of the project's first answer.
PLAIN = Specification("rating", "sif", "england", "preventative", "per_child", "one_year", "imd_decile", "in_force", "none")
POOLED = dataclasses.replace(PLAIN, outcome="good", frameworks="sif_ilacs", deprivation="imd_rank", controls="region")
# Two programs that both end with a score of nearly nought differ by rounding only.
SAME_ESTIMATE = 1e-6
ARITHMETIC = 1e-10


@pytest.fixture(scope="module")
def options() -> Choices:
    return choices()


@pytest.fixture(scope="module")
def grid(data: CurveData, options: Choices) -> Grid:
    return build_grid(data, options)


@pytest.fixture(scope="module")
def real_terms() -> pd.DataFrame:
    return fundgap.in_real_terms(fundgap.inspections())


def as_observed(data: CurveData) -> np.ndarray:
    return np.arange(len(data.names))[None, :]


def fitted(data: CurveData, options: Choices, specification: Specification) -> curve_fit.FittedSpecification:
    return curve_fit.fit_specification(curve_fit.arrays_of(data, options, specification, as_observed(data)))


def reason_of(grid: Grid, specification: Specification) -> str:
    place = tuple(grid.options.names(group).index(getattr(specification, group)) for group in GROUPS)
    return REASONS[grid.reason[place]]


def test_every_combination_is_counted_once_and_far_more_than_a_thousand_are_defined(grid: Grid, options: Choices) -> None:
    counts = grid.counts().set_index("reason")["specifications"]
    assert counts.sum() == np.prod([len(options.names(group)) for group in GROUPS])
    assert counts["defined"] > 1000
    assert options.draw > 1000


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, "defined"),
        ({"outcome": "adoption", "frameworks": "ilacs"}, "the grade was not given"),
        ({"deprivation": "low_income", "edition": "iod2015"}, "no editions"),
        ({"edition": "iod2015"}, "the same as the edition in force"),
        ({"place": "london", "controls": "region", "frameworks": "ilacs"}, "one region only"),
        ({"spend": "net", "frameworks": "ilacs"}, "spend is not held"),
        ({"form": "per_child_in_need", "lag": "two_years"}, "spend is not held"),
        ({"controls": "workforce"}, "workforce is not held"),
        ({"place": "london"}, "too few judgements"),
        # 33 inadequate at the first SIF in England, and ten slopes.
        ({"outcome": "not_inadequate", "controls": "region"}, "for its number of slopes"),
    ],
)
def test_a_combination_is_undefined_for_a_stated_reason(grid: Grid, change: dict[str, str], why: str) -> None:
    assert why in reason_of(grid, dataclasses.replace(PLAIN, **change))


def test_the_draw_has_no_repeats_is_all_defined_and_hangs_on_the_seed_alone(grid: Grid) -> None:
    drawn = grid.draw(300, seed=1)
    assert len(set(drawn)) == 300
    assert {reason_of(grid, one) for one in drawn} == {"defined"}
    assert drawn == grid.draw(300, seed=1) != grid.draw(300, seed=2)


def test_the_grid_counts_the_judgements_that_are_then_fitted(grid: Grid, data: CurveData, options: Choices) -> None:
    for one in grid.draw(25, seed=3):
        place = tuple(options.names(group).index(getattr(one, group)) for group in GROUPS)
        assert fitted(data, options, one).n[0] == grid.n[place], one


@pytest.mark.parametrize(("in_grade", "size"), [([33, 117], 33), ([0, 40, 60, 0], 40), ([25, 25, 25, 25], 93.75)])
def test_effective_size_is_the_rarer_side_or_harrells_formula(in_grade: list[float], size: float) -> None:
    # 100 - 4 x 25³ / 100² = 93.75
    assert effective_size(np.array(in_grade, float)[:, None])[0] == pytest.approx(size)


def test_the_plain_specification_is_the_ordered_logit_of_fit_ratings(data: CurveData, options: Choices, real_terms: pd.DataFrame) -> None:
    ours = fitted(data, options, PLAIN)
    model = fundgap.fit_ratings("rating ~ preventative_per_child_real + deprivation_decile", real_terms, frameworks=["SIF"])
    assert ours.n[0] == model.n
    assert not ours.is_clustered
    assert ours.slope[0] == pytest.approx(model.slopes[0], rel=SAME_ESTIMATE)
    assert ours.error[0] == pytest.approx(np.sqrt(model.covariance[3, 3]), rel=SAME_ESTIMATE)


def test_a_pooled_specification_is_the_logit_of_statsmodels_with_errors_clustered_by_council(
    data: CurveData, options: Choices, real_terms: pd.DataFrame
) -> None:
    ours = fitted(data, options, POOLED)
    tiny = ("E09000001", "E06000053")
    first = real_terms[real_terms["framework"].isin(["SIF", "ILACS"]) & ~real_terms["is_reinspection"] & ~real_terms["council"].isin(tiny)]
    rank = {}
    for vintage, table in fundgap.raw_table("deprivation").query("index_name == 'IMD'").groupby("vintage"):
        published = table.loc[~table["is_derived"], "average_score"]
        rank |= {(row.council, vintage): (published < row.average_score).sum() / len(published) for row in table.itertuples()}
    first = first.assign(rank=[rank.get(key, np.nan) for key in zip(first["council"], first["deprivation_vintage"], strict=True)])
    first = first.dropna(subset=["rating", "rank", "preventative_per_child_real"])
    beside = pd.get_dummies(first["region"], drop_first=True, dtype=float)
    x = pd.concat([first["preventative_per_child_real"], first["rank"], (first["framework"] == "SIF").astype(float), beside], axis=1)
    groups = pd.factorize(first["council"])[0]
    kwds = {"groups": groups, "use_correction": False}
    theirs = sm.Logit((first["rating"] >= "Good").astype(float).to_numpy(), sm.add_constant(x).to_numpy()).fit(
        method="newton", tol=1e-12, disp=False, cov_type="cluster", cov_kwds=kwds
    )
    count = groups.max() + 1
    assert (ours.n[0], ours.councils, ours.is_clustered) == (len(first), count, True)
    assert ours.slope[0] == pytest.approx(theirs.params[1], rel=SAME_ESTIMATE)
    assert ours.error[0] == pytest.approx(theirs.bse[1] * np.sqrt(count / (count - 1)), rel=SAME_ESTIMATE)


def test_a_residual_is_what_a_line_through_the_councils_of_the_year_leaves() -> None:
    rng = np.random.default_rng(1)
    records, deprivation = rng.normal(size=(3, 30)), rng.normal(size=30)
    records[1, 4] = deprivation[7] = np.nan
    counted = np.arange(30) != 2
    ours = curve_fit.residuals(records, deprivation, counted)
    for shuffle in range(3):
        used = counted & ~np.isnan(records[shuffle]) & ~np.isnan(deprivation)
        slope, intercept = np.polyfit(deprivation[used], records[shuffle, used], 1)
        expected = records[shuffle] - intercept - slope * deprivation
        np.testing.assert_allclose(ours[shuffle], expected, atol=ARITHMETIC)


def test_one_standard_deviation_leaves_the_tiny_councils_aside(data: CurveData, options: Choices) -> None:
    without, with_tiny = (fitted(data, options, dataclasses.replace(PLAIN, place=place)) for place in ("england", "with_tiny"))
    assert with_tiny.n[0] == without.n[0] + 2
    assert with_tiny.spread[0] == pytest.approx(without.spread[0])


def test_years_too_thin_or_all_alike_are_told_together_with_a_neighbour() -> None:
    year = np.repeat([1, 2, 3, 4], [3, 12, 12, 2])
    y = np.concatenate([[0, 1, 0], np.zeros(12, int), np.tile([0, 1], 6), [0, 1]])
    # 1 is too thin and goes to 2; 1 and 2 together differ in grade; 4 is last and too thin, so that it goes to 3.
    assert curve_rows.merged_years(year, y, fewest=10).tolist() == [2] * 15 + [3] * 14
    # Without a good grade in 1, years 1 and 2 are alike and go on to 3.
    y[:15] = 0
    assert curve_rows.merged_years(year, y, fewest=10).tolist() == [3] * 29


def test_columns_that_repeat_others_or_are_constant_are_left_out() -> None:
    rng = np.random.default_rng(2)
    first, second = rng.normal(size=(2, 50))
    kept = curve_rows.independent(np.column_stack([first, np.full(50, 3.0), 2 * first - 1, second, first - second]))
    assert kept.shape == (50, 2)
    assert abs(np.corrcoef(kept[:, 1], second)[0, 1]) == pytest.approx(1)


def test_levels_of_two_editions_are_never_pooled_raw(data: CurveData) -> None:
    in_force = {year: place for place, year in enumerate(data.years)}
    for name in ("imd_score", "idaci_score"):
        for year in ("2015-16", "2021-22"):
            column = data.deprivation[name, "in_force"][:, in_force[year]]
            # In standard deviations of the edition's own councils; a handful that are newer or gone move it a little.
            assert np.nanmean(column) == pytest.approx(0, abs=0.05)
            assert np.nanstd(column) == pytest.approx(1, abs=0.05)


def planted(data: CurveData, sign: int) -> CurveData:
    """Return the data with grades that follow preventative spend a child among councils, with much chance besides."""
    rng = np.random.default_rng(4)
    column = curve_rows.at(data.spend["preventative", "log"], data.council, data.year - 1)
    deprivation = np.nan_to_num(curve_rows.deprivation_of(data, "imd_score", "in_force"))
    latent = 3 * sign * (np.nan_to_num(column) - np.nanmean(column) - 0.3 * deprivation) + rng.logistic(size=len(column))
    grade = np.searchsorted(np.quantile(latent, [0.2, 0.5, 0.9]), latent)
    return dataclasses.replace(data, grades=dict.fromkeys(data.grades, grade))


def curve_on(data: CurveData, options: Choices, specifications: tuple[Specification, ...], shuffles: int) -> SpecificationCurve:
    owners = permutations(strata(data, "deprivation"), shuffles, seed=5)
    estimates = run(Run(data, options, specifications, owners), n_jobs=1)
    return curve_of(options, specifications, estimates, ("deprivation",), {"shuffles": shuffles}, pd.DataFrame({"specifications": [1]}))


MANY = tuple(
    dataclasses.replace(PLAIN, form=form, frameworks=frameworks, deprivation=deprivation)
    for form in ("per_child", "log", "residual")
    for frameworks in ("sif", "sif_ilacs")
    for deprivation in ("imd_score", "idaci_rank")
)


@pytest.mark.parametrize("sign", [1, -1])
def test_an_association_that_was_planted_is_found_with_its_sign(data: CurveData, options: Choices, sign: int) -> None:
    curve = curve_on(planted(data, sign), options, MANY, shuffles=39)
    summary, test = curve.summary().iloc[0], curve.joint_test().loc[EVERY]
    assert summary["share_positive"] == (sign > 0)
    assert summary["share_significant_positive" if sign > 0 else "share_significant_negative"] == 1
    # None of 39 shuffles is as extreme: 1 / 40, and twice that for both sides.
    assert test.loc["median", "p_two_sided"] == pytest.approx(2 / 40)
    assert test.loc["stouffer_z", "p_greater"] == pytest.approx(1 / 40 if sign > 0 else 1)
    assert test.loc["share_significant_positive", "p_greater"] == pytest.approx(1 / 40 if sign > 0 else 1)


def test_a_specification_that_cannot_be_fitted_is_counted_and_in_no_average(data: CurveData, options: Choices) -> None:
    # Whether a council's inspection came in an even year tells its grade without error: years separate.
    odd = dataclasses.replace(data, grades={**data.grades, "rating": np.where(data.region == "London", 3, data.grades["rating"] % 2)})
    fails = dataclasses.replace(PLAIN, controls="region")
    curve = curve_on(odd, options, (PLAIN, fails), shuffles=3)
    summary = curve.summary().iloc[0]
    assert (summary["specifications"], summary["failed"]) == (2, 1)
    row = curve.table.iloc[1]
    assert row["is_separated"]
    assert not row["is_converged"]
    assert np.isnan(row[["odds_ratio", "lower", "upper", "p_value"]].astype(float)).all()
    assert summary["median"] == curve.table["odds_ratio"].iloc[0]
    assert (curve.tests["specifications"][curve.tests["group"] == EVERY] == 1).all()


def test_steps_and_intervals_are_those_of_the_slope(data: CurveData, options: Choices) -> None:
    log = dataclasses.replace(PLAIN, form="log")
    table = curve_on(data, options, (PLAIN, log), shuffles=1).table
    fit = fitted(data, options, PLAIN)
    slope, error = fit.slope[0], fit.error[0]
    row = table.iloc[0]
    assert row["odds_ratio_100"] == pytest.approx(np.exp(100 * slope))
    assert row["odds_ratio"] == pytest.approx(np.exp(fit.spread[0] * slope))
    assert row["upper_100"] == pytest.approx(np.exp(100 * (slope + 1.959963985 * error)))
    assert row["lower"] == pytest.approx(np.exp(fit.spread[0] * (slope - 1.959963985 * error)))
    assert np.isnan(table["odds_ratio_100"].iloc[1]), "a hundred pounds is no step of a logarithm"


def test_what_moves_the_answer_is_the_choice_that_was_made_to(options: Choices) -> None:
    rows = [(spend, lag) for spend in ("total", "preventative") for lag in ("same_year", "one_year", "two_years")]
    table = pd.DataFrame([dataclasses.asdict(dataclasses.replace(PLAIN, spend=spend, lag=lag)) for spend, lag in rows])
    table = table.assign(odds_ratio=[2.0 if spend == "preventative" else 1.0 for spend, _ in rows], is_converged=True, p_value=0.5)
    movers = SpecificationCurve(table, pd.DataFrame(), pd.DataFrame(), pd.DataFrame(), pd.DataFrame(), {}).movers()
    assert movers.index[0] == "spend"
    assert movers.loc["spend", ["share_alone", "share_beyond_others"]].tolist() == pytest.approx([1, 1])
    assert movers.loc["lag", ["share_alone", "share_beyond_others"]].tolist() == pytest.approx([0, 0])
    assert movers.loc["spend", ["lowest", "median_lowest", "highest", "median_highest"]].tolist() == ["Total, gross", 1, "Preventative", 2]
