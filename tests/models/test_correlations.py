"""Rank correlations of grades with spend: against scipy, against residuals of ranks, and by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata, spearmanr

import fundgap as fg
from fundgap.data.councils import TINY_COUNCILS
from fundgap.errors import NoData
from fundgap.models.correlations import grade_correlations

EXACT = 1e-12


@pytest.fixture(scope="module")
def correlations() -> pd.DataFrame:
    return grade_correlations(fg.inspections(), fg.council_years()).set_index("measure")


@pytest.fixture(scope="module")
def councils() -> pd.DataFrame:
    """Return the same councils put together another way: each council's grade looked up by itself."""
    inspections, years = fg.inspections(), fg.council_years()
    years = years[(years["financial_year"] == "2016-17") & ~years["council"].isin(TINY_COUNCILS)]
    grades = []
    for council in years["council"]:
        own = inspections[(inspections["council"] == council) & (inspections["framework"] == "SIF")]
        own = own[own["publication_date"] <= pd.Timestamp("2017-11-30")]
        grades.append(float(own.loc[own["publication_date"].idxmax(), "rating"] >= "Good") if len(own) else np.nan)
    return years.assign(good=grades)


def test_the_correlation_is_scipy_s_and_the_partial_one_that_of_what_deprivation_leaves(correlations: pd.DataFrame) -> None:
    inspections, years = fg.inspections(), fg.council_years()
    sif = inspections[(inspections["framework"] == "SIF") & (inspections["publication_date"] <= "2017-11-30")]
    grade = sif.sort_values("publication_date").groupby("council")["rating"].last().cat.codes
    year = years[years["financial_year"] == "2016-17"].set_index("council").drop(index=list(TINY_COUNCILS), errors="ignore")
    both = year[["gross_spend_per_child", "imd_score"]].assign(grade=grade).dropna()
    row = correlations.loc["gross spend a child"]
    assert row["n"] == len(both)
    assert row["correlation"] == pytest.approx(spearmanr(both["gross_spend_per_child"], both["grade"]).statistic, abs=EXACT)
    ranks = {name: rankdata(both[name]) for name in both}
    left = [
        ranks[name] - np.polyval(np.polyfit(ranks["imd_score"], ranks[name], 1), ranks["imd_score"])
        for name in ("gross_spend_per_child", "grade")
    ]
    assert row["given_deprivation"] == pytest.approx(np.corrcoef(*left)[0, 1], abs=1e-9)


def test_spend_a_child_in_need_is_pounds_over_children_in_need(correlations: pd.DataFrame, councils: pd.DataFrame) -> None:
    per_head = councils["gross_spend_gbp"] / (councils["children"] * councils["children_in_need_per_10k"] / 10_000)
    assert correlations.loc["gross spend a child in need", "n"] == (per_head.notna() & councils["good"].notna()).sum()
    # A child in need costs some thousands of pounds a year, not hundreds and not hundreds of thousands.
    assert per_head.dropna().between(5_000, 100_000).all()


def test_an_interval_by_hand(correlations: pd.DataFrame) -> None:
    row = correlations.loc["gross spend a child in need"]
    half = 1.959964 * ((1 + row["correlation"] ** 2 / 2) / (row["n"] - 3)) ** 0.5
    assert np.arctanh(row["upper"]) - np.arctanh(row["correlation"]) == pytest.approx(half, abs=1e-6)
    assert row["lower"] < row["correlation"] < row["upper"]


def test_a_day_before_the_first_judgement_leaves_nothing_to_correlate() -> None:
    with pytest.raises(NoData, match="0 councils have a grade"):
        grade_correlations(fg.inspections(), fg.council_years(), as_at="2010-01-01")
