"""The early warning: what was known when, scores held to their definitions, and nothing of the future in any prediction."""

import numpy as np
import pandas as pd
import pytest

import fundgap as fg
from fundgap.data.deprivation import deciles
from fundgap.errors import CannotFit, NoData
from fundgap.models import early_warning as module
from fundgap.models.early_known import RELEASES, known_figures, latest_year
from fundgap.models.early_models import BASE_RATE, MODELS, SAME_AGAIN, EarlyModel, predict, transition_matrix
from fundgap.models.early_rows import COLUMNS, SUB_GRADES, EarlyRows, early_rows
from fundgap.models.early_validate import Predictions, calibration_table, forward, score_table, weighted_auc
from fundgap.models.early_warning import EarlyWarning
from fundgap.models.scoring import auc, row_scores

# Means of some hundred numbers of order one.
ROUNDING = 1e-12
CUT_OFF = pd.Timestamp(2023, 1, 1)
FEW = tuple(model for model in MODELS if model.kind == "transitions" or model.name == "everything held")


@pytest.fixture(scope="module")
def warning() -> EarlyWarning:
    return fg.early_warning()


@pytest.fixture(scope="module")
def tables() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    return fg.inspections(), fg.council_years(), deciles(fg.raw_table("deprivation"))


@pytest.fixture(scope="module")
def found(tables: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]) -> EarlyRows:
    return early_rows(*tables)


@pytest.mark.parametrize(
    ("name", "day", "year"),
    [
        # The workforce of 30 September 2018 is published in February 2019 and used from April.
        ("workforce", "2019-04-01", "2017-18"),
        ("workforce", "2019-04-02", "2018-19"),
        # The outturn of 2020-21 was published on 27 January 2022.
        ("spend", "2022-02-01", "2019-20"),
        ("spend", "2022-02-02", "2020-21"),
        ("looked_after", "2023-01-01", "2020-21"),
        ("looked_after", "2023-01-02", "2021-22"),
    ],
)
def test_a_figure_is_used_only_once_it_has_been_published(name: str, day: str, year: str) -> None:
    held = [f"{start}-{(start + 1) % 100:02d}" for start in range(2012, 2025)]
    assert latest_year(RELEASES[name], pd.Timestamp(day), held) == year


def test_before_anything_was_published_there_is_nothing_to_use() -> None:
    with pytest.raises(NoData, match="had been published before"):
        latest_year(RELEASES["workforce"], pd.Timestamp("2010-01-01"), ["2016-17"])


def test_the_figures_of_a_row_are_those_of_the_year_known(tables: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]) -> None:
    asked = pd.DataFrame({"council": ["E08000034"], "day": [pd.Timestamp("2019-06-03")]}, index=[7])
    years = tables[1].set_index(["council", "financial_year"])
    told = known_figures(asked, tables[1], "workforce").loc[7]
    assert told["workforce_year"] == "2018-19"
    assert told["caseload"] == years.loc[("E08000034", "2018-19"), "caseload"]


def test_every_judgement_stands_on_reports_and_figures_of_before(found: EarlyRows) -> None:
    rows = found.used
    assert (rows["last_published"] < rows["day"]).all()
    for name, rule in RELEASES.items():
        assert (rows[f"{name}_year"].map(rule.known_from) < rows["day"]).all()
    assert rows[list(COLUMNS)].notna().all().all()
    assert len(rows) + len(found.left_out) == (fg.inspections()["framework"] == "ILACS").sum()
    assert found.left_out["reason"].ne("").all()


def with_another_future(tables: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame], rng: np.random.Generator) -> tuple[pd.DataFrame, ...]:
    """Shuffle every grade published since the cut-off and every figure that was not known before it."""
    inspections, years, deprivation = (table.copy() for table in tables)
    late = np.flatnonzero(inspections["publication_date"] >= CUT_OFF)
    for name in ("rating", *SUB_GRADES):
        column = inspections.columns.get_loc(name)
        inspections.iloc[late, column] = inspections.iloc[rng.permutation(late), column].to_numpy()
    for rule in RELEASES.values():
        unknown = np.flatnonzero(years["financial_year"].map(rule.known_from) >= CUT_OFF)
        for name in rule.figures:
            column = years.columns.get_loc(name)
            years.iloc[unknown, column] = years.iloc[rng.permutation(unknown), column].to_numpy() * rng.uniform(0.5, 2)
    return inspections, years, deprivation


def test_shuffling_the_future_changes_no_digit_of_an_earlier_prediction(
    tables: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame], found: EarlyRows
) -> None:
    other = early_rows(*with_another_future(tables, np.random.default_rng(1))).used
    before, after = forward(found.used, FEW).told[0], forward(other, FEW).told[0]
    early, early_other = ((rows["day"] < CUT_OFF).to_numpy() for rows in (found.used, other))
    keys, keys_other = (rows.loc[rows["day"] < CUT_OFF, ["council", "day"]].to_numpy().tolist() for rows in (found.used, other))
    assert keys == keys_other
    assert np.isfinite(before[:, early]).sum() > 100
    assert np.array_equal(before[:, early], after[:, early_other], equal_nan=True)
    # The shuffle would show if it could: what comes later is told otherwise.
    assert not np.array_equal(before[:, ~early], after[:, ~early_other])


def test_each_row_is_scored_by_its_own_distance_from_what_happened() -> None:
    # Cumulated, 0.1, 0.3 and 0.6 stand against 0, 0, 0 for the best grade and 1, 1, 1 for the worst.
    told = np.tile([0.1, 0.2, 0.3, 0.4], (2, 1))
    expected = [(0.01 + 0.09 + 0.36) / 3, (0.81 + 0.49 + 0.16) / 3]
    np.testing.assert_allclose(row_scores(told, np.array([3, 0])), expected, rtol=ROUNDING)


def test_the_weighted_area_is_that_of_rows_repeated() -> None:
    rng = np.random.default_rng(3)
    chance, happened, counts = rng.random(40).round(1), rng.random(40) < 0.5, rng.integers(0, 4, 40)
    one_fit = np.zeros((1, 40), dtype=np.int64)
    areas = weighted_auc(chance[None], happened, one_fit, np.stack([np.ones(40), counts.astype(float)]))
    expected = [auc(chance, happened.astype(float)), auc(np.repeat(chance, counts), np.repeat(happened, counts).astype(float))]
    assert areas == pytest.approx(expected, abs=ROUNDING)


def test_judgements_of_different_fits_are_not_ranked_against_each_other() -> None:
    # Chances of one half everywhere rank nobody, but pooled over folds that left out the others they would seem to.
    chance, happened = np.array([[0.4, 0.4, 0.6, 0.6]]), np.array([True, False, True, False])
    fit_of = np.array([[0, 0, 1, 1]])
    assert weighted_auc(chance, happened, fit_of, np.ones((1, 4)))[0] == 0.5


def test_a_transition_matrix_by_hand() -> None:
    last, y = np.array([0, 0, 1, 1, 1, 2]), np.array([1, 1, 1, 2, 1, 3])
    shares = np.array([0, 4, 1, 1]) / 6
    matrix = transition_matrix(last, y, shares)
    # Two councils inadequate before, both then requiring improvement, and one judgement's worth of the shares of all.
    assert matrix[0] == pytest.approx([0, (2 + 4 / 6) / 3, (1 / 6) / 3, (1 / 6) / 3])
    # Nobody was outstanding: the shares of all are all there is.
    assert matrix[3] == pytest.approx(shares)
    assert matrix.sum(axis=1) == pytest.approx(np.ones(4))


def test_a_training_set_without_a_grade_is_refused() -> None:
    model = EarlyModel("last grade", "logit", ("last_grade",))
    y, last = np.array([1, 1, 2, 2, 3, 3]), np.array([1, 2, 1, 2, 2, 3])
    with pytest.raises(CannotFit, match="last grade: 6 training judgements cannot carry it"):
        predict(model, y, last[:, None].astype(float), last, np.ones((1, 1)), np.array([1]))


def test_scores_name_what_beats_what_when_it_is_plain() -> None:
    rows = pd.DataFrame({"council": [f"E{i}" for i in range(200)], "grade": np.tile([0, 1, 2, 3], 50)})
    truth = np.eye(4)[rows["grade"]]
    flat = np.full((200, 4), 0.25)
    models = (BASE_RATE, SAME_AGAIN, EarlyModel("knows", "logit"))
    told = Predictions(
        "forward in time", np.stack([flat, flat, 0.9 * truth + 0.1 * flat])[None], np.zeros((1, 200), dtype=np.int64), pd.DataFrame()
    )
    table = score_table(rows, told, models, replicates=200).set_index("model")
    assert table.loc["knows", "verdict"] == "beats base rate; beats same as last time"
    assert table.loc["knows", "auc"] == 1
    # 0.25 each: the squared distances at the three cuts are those of 1/4, 1/2, 3/4 from 0 or 1.
    expected = np.mean([np.mean((np.array([0.25, 0.5, 0.75]) - (grade <= np.arange(3))) ** 2) for grade in range(4)])
    assert table.loc["base rate", "rps"] == pytest.approx(expected)
    sure = calibration_table(rows, told, models[2], models)
    assert sure["judgements"].sum() == 2 * 200


def test_the_verdict_follows_the_scores(warning: EarlyWarning) -> None:
    chosen = next(model for model in MODELS if model.name == warning.chosen)
    assert module._verdict(warning.scores, warning.calibration, chosen) == (warning.is_good_enough, warning.verdict)
    better = warning.scores.copy()
    better[["rps_over_base_rate_lower", "rps_over_same_again_lower"]] = 0.01
    good, words = module._verdict(better, warning.calibration.assign(inside=True), chosen)
    assert good
    assert words.startswith("Good enough to say where to look first")
    off, words = module._verdict(better, warning.calibration.assign(inside=False), chosen)
    assert not off
    assert "fifths of its chances are off" in words


def test_every_council_of_today_is_told_or_named_with_a_reason(warning: EarlyWarning) -> None:
    table = warning.next_inspection
    chances = table[["P(Inadequate)", "P(Requires improvement)", "P(Good)", "P(Outstanding)"]]
    assert chances.sum(axis=1).to_numpy() == pytest.approx(np.ones(len(table)))
    assert table["P(Good or better)"].to_numpy() == pytest.approx(chances.iloc[:, 2:].sum(axis=1).to_numpy())
    register = fg.councils()
    today = set(register.loc[register["last_year"].isna(), "council"])
    known_until = table["known_until"].iloc[0]
    named = set(warning.left_out.loc[warning.left_out["day"] == known_until, "council"])
    assert set(table["council"]) | named == today
    assert not set(table["council"]) & named
    # The list of judgements that counts was published on 25 September 2025.
    assert known_until == pd.Timestamp("2025-09-25")
    assert table["warning"].str.contains("Ofsted inspects when it chooses").all()


def test_both_validations_are_scored_beside_both_baselines(warning: EarlyWarning) -> None:
    assert {"forward in time", "councils left out"} <= set(warning.scores["validation"])
    assert set(warning.scores["model"]) == {model.name for model in MODELS}
    assert warning.scores["rps"].between(0, 1).all()
    # A chance that is the same for all ranks nobody among councils told by one fit.
    assert warning.score("base rate", "councils left out")["auc"] == 0.5
    assert warning.failed.empty
    with pytest.raises(NoData, match="No scores of 'magic'"):
        warning.score("magic")
