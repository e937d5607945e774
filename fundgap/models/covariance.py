"""Which covariance the estimates have, said exactly: observed information, HC0, or CR1 by cluster. There is no other."""

from typing import Literal

import numpy as np

from fundgap.models import ordinal
from fundgap.models.latent import Link
from fundgap.models.ordinal import Ints, OrdinalFit
from fundgap.models.standardise import Floats

Covariance = Literal["information", "HC0"]
COVARIANCES = ("information", "HC0")


def covariance_of(y: Ints, x: Floats, fitted: OrdinalFit, kind: Covariance, clusters: Ints | None, link: Link) -> Floats:
    """Return the covariance of the first weighting's estimates, (k, k), thresholds first, in the units of `x`.

    Parameters
    ----------
    y, x, fitted
        As given to and returned by `ordinal.fit`, without weights.
    kind
        "information": the inverse of minus the Hessian at the estimates (the observed, not the expected information).
        "HC0": bread x meat x bread, where bread is that inverse and meat the sum over judgements of the outer products of
        their scores (Huber, 1967, Proc. 5th Berkeley Symp. 1; White, 1982, Econometrica 50). No factor for small samples.
    clusters : (n,), optional
        Number of each row's cluster, 0 … G - 1. Then `kind` is not looked at and the covariance is CR1: the sandwich of
        the clusters' summed scores (Liang and Zeger, 1986, Biometrika 73) times G / (G - 1), without the further factor
        (n - 1) / (n - k) that some programs multiply in.
    """
    if clusters is not None:
        return ordinal.clustered_covariance(y, x, fitted, clusters)
    if kind == "information":
        return np.asarray(fitted.covariance[0])
    # Every judgement its own cluster, and the factor n / (n - 1) taken out again.
    n = len(y)
    result: Floats = ordinal.clustered_covariance(y, x, fitted, np.arange(n)) * (n - 1) / n
    return result


def covariance_name(kind: Covariance, cluster: str | None) -> str:
    """Return the covariance in words for a reader."""
    if cluster is not None:
        return f"clustered by {cluster} (CR1)"
    return {"information": "observed information", "HC0": "robust (HC0)"}[kind]
