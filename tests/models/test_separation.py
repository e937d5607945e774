"""What separates the grades is named, with where; what does not is not."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import GRADES, graded

from fundgap import fit_ratings
from fundgap.errors import CannotFit
from fundgap.models.separation import separating_terms


def table(n: int = 90) -> pd.DataFrame:
    rng = np.random.default_rng(31)
    grade = rng.integers(0, 4, size=n)
    x, z = rng.normal(size=n), rng.normal(size=n)
    region = np.where((grade == 3) & (np.arange(n) % 2 == 0), "North", np.where(x > 0, "South", "West"))
    return graded(
        grade,
        x=x,
        z=z,
        score=10.0 * grade + np.where(np.arange(n) % 2, 2, -2),
        backwards=-10.0 * grade,
        region=region,
        hidden=grade * 2 + 3 * z,
        only_worst=((grade == 0) & (x > 0)).astype(float),
        constant_kind="same",
        nearly=np.round(3 + 2 * x + 1e-6 * z, 7),
        twice=2 * x - 3 * z + 1,
    )


@pytest.mark.parametrize(
    ("formula", "options", "words"),
    [
        ("rating ~ x + score", {}, ["score tells", "Requires improvement or better are those above 5", "Outstanding are those above 25"]),
        ("rating ~ x + score", {"kind": "binary"}, ["score tells", "Good or better are those above 15"]),
        ("rating ~ backwards", {}, ["backwards tells", "Good or better are those below -15", "Outstanding are those below -25"]),
        ("rating ~ z + C(region)", {}, ["judgements with region = North are Outstanding"]),
        ("rating ~ z + only_worst", {}, ["only_worst tells", "judgements with only_worst = 1 are Inadequate"]),
        ("rating ~ x + z + hidden", {}, ["z, hidden together tell the grades apart"]),
    ],
)
def test_what_separates_is_named_with_where(formula: str, options: dict[str, str], words: list[str]) -> None:
    with pytest.raises(CannotFit, match="separates the grades") as caught:
        fit_ratings(formula, table(), **options)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("rating ~ x + z + twice", r"twice = 1 \+ 2 x x \+ -3 x z"),
        ("rating ~ x + nearly", r"all but follows.*nearly = 3 \+ 2 x x"),
        ("rating ~ x + C(constant_kind)", "constant_kind is 'same' in all 90 rows"),
        ("rating ~ x + constant_kind", "constant_kind is 'same' in all 90 rows"),
    ],
)
def test_columns_that_say_nothing_of_their_own_are_named_with_the_reason(formula: str, words: str) -> None:
    with pytest.raises(CannotFit, match=words):
        fit_ratings(formula, table())


def test_more_terms_than_rows_are_refused_with_both_counts() -> None:
    with pytest.raises(CannotFit, match="4 rows cannot carry 5 terms"):
        fit_ratings("rating ~ x + z + score + hidden + only_worst", table().iloc[:4])


def test_a_grade_with_too_few_is_named_with_the_counts_and_a_remedy() -> None:
    few = table().assign(rating=pd.Categorical(["Good"] * 89 + ["Outstanding"], GRADES, ordered=True))
    with pytest.raises(CannotFit, match=r"89 Good, 1 Outstanding.*Outstanding falls short.*kind='binary'"):
        fit_ratings("rating ~ x", few)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 4), st.floats(-4, 4))
def test_a_direction_is_found_just_when_no_threshold_is_crossed(seed: int, grades: int, slope: float) -> None:
    rng = np.random.default_rng(seed)
    y = np.concatenate([np.arange(grades), rng.integers(0, grades, size=8)])
    x = np.round(slope * y + rng.normal(size=len(y)), 1)
    # By the definition, for one column: sorted by it, or by its negative, the grades are in order, and it is not constant.
    in_order = [all((s * x[y < j]).max() <= (s * x[y >= j]).min() for j in range(1, grades)) for s in (1, -1)]
    columns, direction = separating_terms(y, x[:, None])
    assert bool(columns) == (any(in_order) and np.ptp(x) > 0)
    if direction is not None and in_order[0] != in_order[1]:
        assert (direction[0] > 0) == in_order[0]
