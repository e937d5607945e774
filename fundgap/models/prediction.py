"""Predicted probabilities of the grades, their derivatives, and intervals around them: arrays in, arrays out.

Shapes: R sets of estimates, n rows, p columns of x, J grades, k = J - 1 + p parameters (thresholds first), T targets (the
grades, and good or better where it is asked for).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit
from scipy.stats import norm

from fundgap.models import links
from fundgap.models.bootstrap import Replicates
from fundgap.models.latent import LATENT, complement
from fundgap.models.links import Link
from fundgap.models.standardise import Floats

# Nearer to 0 or 1 than this, a probability has no logit to put an interval around.
_EDGE = 1e-12


@dataclass(frozen=True)
class Estimates:
    """Estimates of one fit: thresholds (J - 1,), slopes (p,), their covariance (k, k), and the link they belong to."""

    thresholds: Floats
    slopes: Floats
    covariance: Floats
    link: Link


@dataclass(frozen=True)
class Targets:
    """What probabilities are told of: T names, and the matrix, (J, T), that sums the grades' probabilities to them."""

    names: tuple[str, ...]
    matrix: Floats

    @classmethod
    def of(cls, grades: tuple[str, ...], good: int | None, good_name: str) -> "Targets":
        """Return every grade, and `good_name` for those from number `good` on, where there are such."""
        each = np.eye(len(grades))
        if good is None:
            return cls(grades, each)
        return cls((*grades, good_name), np.column_stack([each, np.arange(len(grades)) >= good]))


def probabilities(x: Floats, thresholds: Floats, slopes: Floats, link: Link = "logit") -> Floats:
    """Return P(each grade), (R, n, J), at estimates of shape (R, J - 1) and (R, p)."""
    latent = thresholds[:, None, :] - (slopes @ x.T)[:, :, None]
    edge = np.zeros((*latent.shape[:2], 1))
    below = np.concatenate([edge, links.below(link, latent), edge + 1], axis=2)
    above = np.concatenate([edge + 1, complement(link, latent), edge], axis=2)
    # The difference of two numbers near 1 loses digits; taken from the other tail, the same difference does not.
    result: Floats = np.where(below[..., 1:] > 0.5, above[..., :-1] - above[..., 1:], below[..., 1:] - below[..., :-1])
    return result


def gradients(x: Floats, thresholds: Floats, slopes: Floats, link: Link = "logit") -> Floats:
    """Return the derivative of P(each grade) in every parameter, (n, J, k), at one set of estimates, (J - 1,) and (p,)."""
    inner, n = len(thresholds), len(x)
    density = LATENT[link].pdf(thresholds[None, :] - (x @ slopes)[:, None])
    below = np.zeros((n, inner + 2, inner + len(slopes)))
    for j in range(inner):
        below[:, j + 1, j] = density[:, j]
        below[:, j + 1, inner:] = -density[:, j, None] * x
    return np.diff(below, axis=1)


def logit_interval(value: Floats, gradient: Floats, covariance: Floats, level: float) -> tuple[Floats, Floats]:
    """Return lower and upper ends, (n,), of delta-method intervals on the logit scale, so that they stay between 0 and 1.

    Parameters
    ----------
    value : (n,)
        Probabilities.
    gradient : (n, k)
        Their derivatives in the parameters, whose covariance is (k, k).
    """
    error = np.sqrt(np.einsum("nk,kl,nl->n", gradient, covariance, gradient))
    inside = np.clip(value, _EDGE, 1 - _EDGE)
    width = norm.ppf(0.5 + level / 2) * error / (inside * (1 - inside))
    return expit(logit(inside) - width), expit(logit(inside) + width)


def _logit(value: Floats) -> Floats:
    result: Floats = logit(np.clip(value, _EDGE, 1 - _EDGE))
    return result


def basic_interval(value: Floats, replicates: Floats, level: float) -> tuple[Floats, Floats]:
    """Return the ends, (T,), of basic bootstrap intervals: twice the value less the replicates' quantiles, (B, T).

    Davison and Hinkley (1997), "Bootstrap Methods and their Application", section 5.2. An ordered logit of few judgements
    lies a little too far from nought, and its refits twice as far: percentiles of them would carry that into the interval
    (and cover 92% where these cover 95%, see benchmarks/coverage.py), which this takes out.
    """
    lower, upper = np.quantile(replicates, [0.5 - level / 2, 0.5 + level / 2], axis=0)
    return 2 * value - upper, 2 * value - lower


def predicted_table(
    x: Floats, estimates: Estimates, targets: Targets, level: float, replicates: Replicates | None, index: pd.Index
) -> pd.DataFrame:
    """Return one row a row of x, (n, p), and for every target its probability and the ends of its interval."""
    thresholds, slopes, link = estimates.thresholds, estimates.slopes, estimates.link
    value = probabilities(x, thresholds[None], slopes[None], link)[0] @ targets.matrix
    if replicates is None:
        slope = np.einsum("njk,jt->ntk", gradients(x, thresholds, slopes, link), targets.matrix)
        ends = [logit_interval(value[:, t], slope[:, t], estimates.covariance, level) for t in range(len(targets.names))]
    else:
        # Row by row, so that memory does not grow with rows times replicates.
        drawn = (probabilities(row[None], replicates.thresholds, replicates.slopes, link)[:, 0] @ targets.matrix for row in x)
        by_row = [basic_interval(_logit(own), _logit(one), level) for own, one in zip(value, drawn, strict=True)]
        by_target = expit(np.array(by_row).reshape(len(x), 2, len(targets.names)))
        ends = [(by_target[:, 0, t], by_target[:, 1, t]) for t in range(len(targets.names))]
    result: dict[str, Floats] = {}
    for t, name in enumerate(targets.names):
        result |= {name: value[:, t], f"{name} lower": ends[t][0], f"{name} upper": ends[t][1]}
    return pd.DataFrame(result, index=index)
