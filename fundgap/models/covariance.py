"""Which covariance the estimates have, said exactly: observed information, HC0, or CR1 or CR3 by cluster. There is no other."""

from typing import Literal

import numpy as np

from fundgap.errors import CannotFit
from fundgap.models import ordinal, resampling
from fundgap.models.links import Link
from fundgap.models.ordinal import Ints, OrdinalFit
from fundgap.models.standardise import Floats

Covariance = Literal["information", "HC0", "CR1", "CR3"]
SINGLE, CLUSTERED = ("information", "HC0"), ("CR1", "CR3")


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
        "CR1": the sandwich of the clusters' summed scores (Liang and Zeger, 1986, Biometrika 73) times G / (G - 1), without
        the further factor (n - 1) / (n - k) that some programs multiply in.
        "CR3": the jackknife, (G - 1) / G times the summed outer products of what leaving each cluster out moves the
        estimates by (MacKinnon, Nielsen and Webb, 2023, Journal of Econometrics 232, their CV3). Larger than CR1, which is
        too small where clusters are few or uneven.
    clusters : (n,), optional
        Number of each row's cluster, 0 … G - 1, for CR1 and CR3.

    Raises
    ------
    CannotFit
        For CR3, where the estimates without one of the clusters do not exist.
    """
    if clusters is not None and kind == "CR3":
        return _jackknife(y, x, fitted, clusters, link)
    if clusters is not None:
        return ordinal.clustered_covariance(y, x, fitted, clusters, link)
    if kind == "information":
        return np.asarray(fitted.covariance[0])
    # Every judgement its own cluster, and the factor n / (n - 1) taken out again.
    n = len(y)
    result: Floats = ordinal.clustered_covariance(y, x, fitted, np.arange(n), link) * (n - 1) / n
    return result


def covariance_name(kind: Covariance, cluster: str | None) -> str:
    """Return the covariance in words for a reader."""
    if cluster is not None:
        return f"clustered by {cluster} ({kind})"
    return {"information": "observed information", "HC0": "robust (HC0)"}[kind]


def _jackknife(y: Ints, x: Floats, fitted: OrdinalFit, clusters: Ints, link: Link) -> Floats:
    masks = resampling.cluster_jackknife(clusters)
    without = ordinal.fit(y, x, masks, grades=fitted.thresholds.shape[1] + 1, link=link)
    failed = ~without.is_converged
    if failed.any():
        raise CannotFit(
            f"CR3 leaves each of {len(masks)} clusters out in turn, and without {failed.sum()} of them there are no estimates "
            f"({without.summary()}): a grade or a category stands on one cluster. Use covariance='CR1'."
        )
    moved = np.hstack([without.thresholds - fitted.thresholds[0], without.slopes - fitted.slopes[0]])
    result: Floats = moved.T @ moved * (len(masks) - 1) / len(masks)
    return result
