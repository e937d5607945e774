"""Surrogate residuals for ordered grades: what a residual is when the outcome has four values.

Liu and Zhang (2018), "Residuals and diagnostics for ordinal regression models: a surrogate approach", JASA 113: draw the latent
value within the interval that the grade allows, and subtract its expectation. When the model is true the residuals follow the
link's distribution whatever the columns are; a trend or a spread that changes with a column shows what the model misses.
"""

import numpy as np

from fundgap.models.latent import LATENT
from fundgap.models.links import Link
from fundgap.models.ordinal import Ints
from fundgap.models.standardise import Floats


def surrogate_residuals(y: Ints, x: Floats, thresholds: Floats, slopes: Floats, link: Link, draws: int, seed: int) -> tuple[Floats, Floats]:
    """Return residuals on the latent scale and as uniforms, each (draws, n).

    Parameters
    ----------
    y : (n,)
    x : (n, p)
    thresholds, slopes : (J - 1,), (p,)

    Returns
    -------
    The latent error, surrogate - x'slope, less its mean (nought but for cloglog, where it is minus Euler's constant); and its
    distribution function, uniform between 0 and 1 when the model is true.
    """
    latent = LATENT[link]
    linear = x @ slopes
    edges = np.concatenate([[-np.inf], thresholds, [np.inf]])
    lower, upper = edges[y] - linear, edges[y + 1] - linear
    jitter = np.random.default_rng(seed).uniform(size=(draws, len(y)))
    below = latent.cdf(lower) + jitter * (latent.cdf(upper) - latent.cdf(lower))
    above = latent.sf(upper) + (1 - jitter) * (latent.sf(lower) - latent.sf(upper))
    # Near 1 the distribution function has no digits left, its complement has.
    residual = np.where(below < 0.5, latent.ppf(below), latent.isf(above)) - latent.mean()
    return residual, below
