"""What part of a change goes with each factor of a product, without a residual: the logarithmic mean Divisia index, LMDI-I."""

import numpy as np

from fundgap.errors import CannotFit
from fundgap.models.standardise import Floats

# Nearer than this to 1, a ratio's logarithm is taken from its series: the plain quotient would lose digits.
_NEAR_ONE = 1e-4


def log_mean(first: Floats, second: Floats) -> Floats:
    """Return the logarithmic mean (b - a) / (ln b - ln a) of positive numbers, and a where both are the same.

    Carlson (1972, The American Mathematical Monthly 79). Near a = b the series 1 + u²/24, with u = ln(b/a), around the geometric
    mean is used.
    """
    log_ratio = np.log(second / first)
    near = np.abs(log_ratio) < _NEAR_ONE
    safe = np.where(near, 1.0, log_ratio)
    result: Floats = np.where(near, np.sqrt(first * second) * (1 + log_ratio**2 / 24), (second - first) / safe)
    return result


def additive(before: Floats, after: Floats) -> Floats:
    """Return what each factor adds to the change of a product, (n, f).

    Parameters
    ----------
    before, after : (n, f)
        f factors of n things; each row's product is the thing's total. All above 0.

    Returns
    -------
    (n, f)
        L(V1, V0) ln(x1 / x0), in the units of the product. Each row adds up to the change of its product, and the column sums
        over things to the change of their sum: LMDI-I is consistent in aggregation (Ang 2005, Energy Policy 33; 2015, Energy
        Policy 86).

    Raises
    ------
    CannotFit
        When a factor is 0, negative or missing: then no product splits up. (Ang and Liu 2007, Energy Policy 35, put a small number
        there; a rate that never existed is better left out and named.)
    """
    _check_positive(before, after)
    result: Floats = log_mean(before.prod(axis=1), after.prod(axis=1))[:, None] * np.log(after / before)
    return result


def multiplicative(before: Floats, after: Floats) -> Floats:
    """Return by what each factor multiplies the sum of the products, (f,): their product is the ratio of the sums, exactly.

    Weights are L(V1, V0) of each thing over that of the sums (Ang 2005, Energy Policy 33), so each ratio is
    exp(additive part / L of the sums).
    """
    total_before, total_after = before.prod(axis=1).sum(), after.prod(axis=1).sum()
    result: Floats = np.exp(additive(before, after).sum(axis=0) / log_mean(np.array(total_before), np.array(total_after)))
    return result


def _check_positive(before: Floats, after: Floats) -> None:
    wrong = ~((before > 0) & (after > 0) & np.isfinite(before) & np.isfinite(after)).all(axis=1)
    if wrong.any():
        rows = np.flatnonzero(wrong)[:5].tolist()
        raise CannotFit(f"{int(wrong.sum())} rows have a factor that is 0, negative or missing (first: {rows}); leave them out by name.")
