"""The published Cox model on our figures: R's values, the spells counted by hand, and what the penalty does."""

import numpy as np
import pandas as pd
import pytest
from made_up import REFERENCE

from fundgap.errors import CannotFit
from fundgap.models.downgrades import PUBLISHED, council_intervals, cox

# R stops its own iterations at a relative change of 1e-9 of the likelihood.
AS_R = 1e-5
GRADES = ["Inadequate", "Requires improvement", "Good", "Outstanding"]


def made_up() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rows = pd.read_csv(REFERENCE / "cox_inputs.csv")
    return rows["start"].to_numpy(), rows["stop"].to_numpy(), rows["event"].to_numpy(), rows[["a", "b", "c"]].to_numpy()


@pytest.mark.parametrize(("model", "penalty"), [("plain", 0.0), ("ridge", 0.05)])
def test_the_cox_model_is_that_of_r(model: str, penalty: float) -> None:
    expected = pd.read_csv(REFERENCE / "cox_results.csv").query("model == @model")
    slopes, covariance = cox(*made_up(), penalty)
    assert slopes == pytest.approx(expected["slope"].to_numpy(), rel=AS_R)
    assert np.sqrt(np.diag(covariance)) == pytest.approx(expected["std_error"].to_numpy(), rel=AS_R)


def test_the_penalty_draws_ratios_and_intervals_towards_one() -> None:
    (plain, wide), (drawn, narrow) = cox(*made_up()), cox(*made_up(), 0.05)
    assert np.all(np.abs(drawn) < np.abs(plain))
    assert np.all(np.diag(narrow) < np.diag(wide))


def test_without_a_fall_there_is_no_hazard() -> None:
    start, stop, event, x = made_up()
    with pytest.raises(CannotFit, match="No council fell"):
        cox(start, stop, 0 * event, x)


def judged(council: str, *rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "council": council,
            "framework": "ILACS",
            "inspection_date": [pd.Timestamp(day) for day, _ in rows],
            "rating": pd.Categorical([grade for _, grade in rows], GRADES, ordered=True),
        }
    )


def test_follow_up_is_cut_into_years_and_ends_at_the_first_fall() -> None:
    table = pd.concat(
        [
            judged("E1", ("2019-07-01", "Good"), ("2021-01-01", "Outstanding"), ("2022-07-01", "Good"), ("2024-01-01", "Inadequate")),
            judged("E2", ("2023-03-31", "Inadequate")),
        ]
    )
    rows = council_intervals(table, pd.Timestamp("2025-03-31"))
    one, two = rows[rows["council"] == "E1"], rows[rows["council"] == "E2"]
    # 1 July 2019 to 1 July 2022 are 1,096 days: three years of 365.25 days and a quarter of a day.
    assert one["stop"].tolist() == [1, 2, 3, pytest.approx(1096 / 365.25)]
    assert one["event"].tolist() == [0, 0, 0, 1]
    assert one["entry_grade"].unique() == [2]
    # The workforce of 30 September 2018 for the year that begins in 2019, and so on.
    assert one["financial_year"].tolist() == ["2018-19", "2019-20", "2020-21", "2021-22"]
    # 31 March 2023 to 31 March 2025 are 731 days: two years and half a day.
    assert two["event"].sum() == 0
    assert two["stop"].tolist() == [1, 2, pytest.approx(731 / 365.25)]


def test_the_published_ratios_are_as_the_issue_gives_them() -> None:
    rounded = {name: round(values[0], 3) for name, values in PUBLISHED.items()}
    assert rounded["agency_workers_pct"] == 1.001
    assert rounded["turnover_pct"] == 1.007
    assert rounded["caseload"] == 1.053
    assert rounded["vacancies_pct"] == 0.999
