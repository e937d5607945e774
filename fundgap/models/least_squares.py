"""Weighted least squares with robust errors: arrays in, arrays out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fundgap.errors import CannotFit
from fundgap.models.standardise import Floats

Ints = NDArray[np.int64]
# Less than this part of a row's weight is left to the other rows: without it a term has no estimate.
_ALONE = 1e-9


@dataclass(frozen=True)
class LeastSquares:
    """A weighted least squares fit with a constant, which comes first.

    Parameters
    ----------
    estimates : (k,)
        Constant, then slopes.
    residuals : (n,)
        y less its fitted value, unweighted.
    r_squared
        1 less the weighted squares of the residuals over those around the weighted mean.
    design : (n, k)
        The matrix with its constant, each row times the root of its weight.
    bread : (k, k)
        Inverse of the weighted cross-product X'WX.
    root_weights : (n,)
    """

    estimates: Floats
    residuals: Floats
    r_squared: float
    design: Floats
    bread: Floats
    root_weights: Floats

    @property
    def degrees_of_freedom(self) -> int:
        """Rows less estimates."""
        rows, estimates = self.design.shape
        return int(rows - estimates)


def fit(y: Floats, x: Floats, weights: Floats) -> LeastSquares:
    """Fit y, (n,), on a constant and x, (n, p), with weights (n,) above 0, by QR.

    Raises
    ------
    CannotFit
        When y is the same in all rows, or there are no more rows than estimates.
    """
    root = np.sqrt(weights)
    design = np.column_stack([np.ones(len(y)), x]) * root[:, None]
    if len(y) <= design.shape[1]:
        raise CannotFit(f"{len(y)} rows cannot carry {design.shape[1]} estimates: fewer terms, or more years.")
    around_mean = np.average((y - np.average(y, weights=weights)) ** 2, weights=weights)
    if around_mean <= np.finfo(float).eps * np.average(y**2, weights=weights):
        raise CannotFit(f"The outcome is the same in all {len(y)} rows, so nothing can go with it.")
    q, r = np.linalg.qr(design)
    estimates = np.linalg.solve(r, q.T @ (y * root))
    residuals = y - (design @ estimates) / root
    inverse = np.linalg.inv(r)
    r_squared = 1 - float(np.average(residuals**2, weights=weights) / around_mean)
    return LeastSquares(estimates, residuals, r_squared, design, inverse @ inverse.T, root)


def hc1_covariance(fitted: LeastSquares) -> Floats:
    """Return the covariance of the estimates, (k, k), robust to unequal variances.

    HC1 of MacKinnon and White (1985, Journal of Econometrics 29): the sandwich of White (1980) times n / (n - k).
    """
    scores = fitted.design * (fitted.residuals * fitted.root_weights)[:, None]
    n = len(scores)
    result: Floats = fitted.bread @ (scores.T @ scores) @ fitted.bread * n / fitted.degrees_of_freedom
    return result


def cluster_covariance(fitted: LeastSquares, clusters: Ints) -> Floats:
    """Return the covariance of the estimates, (k, k), where the rows of a cluster share errors.

    CR1 in the form of Stata and statsmodels: the sandwich of summed scores (Liang and Zeger 1986, Biometrika 73) times
    G / (G - 1) times (n - 1) / (n - k). `clusters` numbers each row's cluster from 0.

    Raises
    ------
    CannotFit
        When there is one cluster only.
    """
    count = int(clusters.max()) + 1
    if count < 2:
        raise CannotFit("All rows are of one cluster; clustered errors need two at the least.")
    rows = fitted.design * (fitted.residuals * fitted.root_weights)[:, None]
    scores = np.zeros((count, rows.shape[1]))
    np.add.at(scores, clusters, rows)
    factor = count / (count - 1) * (len(rows) - 1) / fitted.degrees_of_freedom
    result: Floats = fitted.bread @ (scores.T @ scores) @ fitted.bread * factor
    return result


def residuals_left_out(fitted: LeastSquares, clusters: Ints) -> Floats:
    """Return each row's residual from the fit on all other clusters, (n,), without fitting again.

    Rows of one cluster are left out together: (I - H_gg)^-1 e_g on the weighted scale, with H_gg their block of the hat matrix
    (Cook and Weisberg 1982, Residuals and Influence in Regression). A row whose term nobody else informs gives nan.
    """
    weighted = fitted.residuals * fitted.root_weights
    result = np.empty(len(weighted))
    for number in range(int(clusters.max()) + 1):
        rows = np.flatnonzero(clusters == number)
        own = fitted.design[rows]
        left = np.eye(len(rows)) - own @ fitted.bread @ own.T
        is_alone = np.linalg.eigvalsh(left)[0] < _ALONE
        result[rows] = np.nan if is_alone else np.linalg.solve(left, weighted[rows])
    return result / fitted.root_weights
