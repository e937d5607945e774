"""Money shared out in whole pence, so that the parts add up to the sum and not to something near it."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fundgap.errors import BadScenario

PENCE = 100
# Some eight times what all of government spends in a year; up to here pounds and pence are exact as numbers of a computer too.
MOST_GBP = 10**13


def apportion(pence: int, weights: Sequence[float] | NDArray[np.float64], names: Sequence[str]) -> NDArray[np.int64]:
    """Share whole pence out in proportion to weights, to the penny: the method of the largest remainder (Hamilton, 1792).

    Each gets its share rounded down; the pence still over go, one each, to the largest remainders, and between equal remainders to
    the name that sorts first. Shares are reckoned as exact fractions, so neither the order of the rows nor rounding moves a penny.
    Who weighs more never gets less than who weighs less, and more weight, all else equal, never brings less.

    Parameters
    ----------
    pence
        To be shared, not negative.
    weights : (n,)
        Not negative, finite, at least one above 0.
    names : (n,)
        Distinct.

    Returns
    -------
    numpy.ndarray
        (n,) whole pence that add up to `pence`.

    Raises
    ------
    BadScenario
        When the weights cannot be used.
    """
    values = np.asarray(weights, dtype=np.float64)
    if pence < 0 or len(set(names)) < len(values) or not np.isfinite(values).all() or (values < 0).any() or not (values > 0).any():
        raise BadScenario("Money is shared by weights that are finite, not negative and not all 0, one for each name.")
    exact = [Fraction(float(value)) for value in values]
    whole = sum(exact)
    shares = [pence * value / whole for value in exact]
    down = [share.numerator // share.denominator for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda place: (down[place] - shares[place], names[place]))
    for place in by_remainder[: pence - sum(down)]:
        down[place] += 1
    return np.array(down, dtype=np.int64)


def in_pence(pounds: float | int | str | Decimal) -> int:
    """Return an amount of pounds in pence.

    Raises
    ------
    BadScenario
        For no amount, nothing or less, more than MOST_GBP, or parts of a penny.
    """
    try:
        pence = Decimal(str(pounds)) * PENCE
    except ArithmeticError:
        raise BadScenario(f"'{pounds}' is no amount of pounds.") from None
    if not pence.is_finite() or pence <= 0 or pence != pence.to_integral_value():
        raise BadScenario(f"An amount is above £0 and in whole pence, not {pounds}.")
    if pence > MOST_GBP * PENCE:
        raise BadScenario(f"An amount is in pounds, at most £{MOST_GBP:,}, not {pounds}.")
    return int(pence)
