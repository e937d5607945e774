"""The pictures of the specification curve: they draw every specification that was fitted, and their titles follow the figures."""

import dataclasses

import numpy as np
import pytest

from fundgap.models.curve_result import PAIR, SpecificationCurve
from fundgap.models.curve_saved import stored_curve
from fundgap.story.curve_figures import CHANCE, curve_by_spend, curve_picture, curve_table, finding, movers_table

# An average letter of the title's font at its size, in characters of the picture's width.
TITLE_WIDTH = 88


@pytest.fixture(scope="module")
def curve() -> SpecificationCurve:
    return stored_curve()


def with_p(curve: SpecificationCurve, small: set[str]) -> SpecificationCurve:
    """Return the curve with these kinds of spend beyond chance and no others."""
    tests = curve.tests.copy()
    tests["p_greater"] = np.where(tests["option"].isin(small), CHANCE / 2, 0.4)
    return dataclasses.replace(curve, tests=tests)


@pytest.mark.parametrize(
    ("small", "start"),
    [
        (set(), "No kind of spend"),
        ({"preventative"}, "Only preventative spend"),
        ({"safeguarding", "preventative"}, "Only preventative and safeguarding spend stand out"),
        ({"total", "net"}, "Only total spend stands out"),
        ({"total", "net", "preventative", "safeguarding", "looked_after"}, "Every kind of spend"),
    ],
)
def test_the_title_names_the_kinds_of_spend_that_stand_out(curve: SpecificationCurve, small: set[str], start: str) -> None:
    assert finding(with_p(curve, small)).startswith(start)
    assert len(finding(with_p(curve, small))) < TITLE_WIDTH


def test_a_kind_of_spend_that_stands_out_under_one_null_only_is_not_named(curve: SpecificationCurve) -> None:
    both = with_p(curve, {"preventative"})
    one = both.tests["null"] == "deprivation and London"
    both.tests.loc[one, "p_greater"] = 0.2
    assert finding(both).startswith("No kind of spend")


def test_the_picture_holds_every_specification_that_was_fitted_in_order(curve: SpecificationCurve) -> None:
    chart = curve_picture(curve)
    assert len(chart.data) == curve.table["is_converged"].sum()
    assert chart.data["odds_ratio"].is_monotonic_increasing
    assert len(chart.title) < TITLE_WIDTH
    failed = (~curve.table["is_converged"]).sum()
    assert f"{failed} more could not be" in chart.subtitle


def test_the_picture_by_spend_holds_the_tests_that_it_draws(curve: SpecificationCurve) -> None:
    data = curve_by_spend(curve).data.set_index(["place", "spend"])
    test = curve.joint_test(PAIR, "deprivation and London").loc[("preventative and london", "median")]
    assert data.loc[("London alone", "Preventative"), "observed"] == test["observed"]
    assert len(curve_by_spend(curve).title) < TITLE_WIDTH


def test_tables_for_readers_have_a_row_for_every_option(curve: SpecificationCurve) -> None:
    assert curve_table(curve).frame["Spend"].tolist() == [
        "Total, gross",
        "Total, net of income",
        "Preventative",
        "Safeguarding",
        "Looked-after children",
    ]
    assert len(movers_table(curve).frame) == 9
