"""Refits to resampled clusters, with those that failed counted by their reason and kept out."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fundgap.errors import CannotFit
from fundgap.models import ordinal, resampling
from fundgap.models.links import Link
from fundgap.models.ordinal import Ints, OrdinalFit
from fundgap.models.standardise import Floats
from fundgap.shown import Shown

# With more failures than this, intervals from the rest would describe another population than the one asked about.
MOST_FAILED = 0.5


@dataclass(frozen=True)
class Failures(Shown):
    """How many refits failed, by the reason; each is counted once."""

    empty_grade: int
    collinear: int
    separated: int
    not_converged: int

    @classmethod
    def of(cls, fitted: OrdinalFit) -> "Failures":
        """Count those of a batch."""
        empty = fitted.has_empty_grade
        collinear = fitted.is_collinear & ~empty
        separated = fitted.is_separated & ~empty & ~collinear
        rest = ~(fitted.is_converged | empty | collinear | separated)
        return cls(int(empty.sum()), int(collinear.sum()), int(separated.sum()), int(rest.sum()))

    @property
    def total(self) -> int:
        """All of them."""
        return self.empty_grade + self.collinear + self.separated + self.not_converged

    def __str__(self) -> str:
        parts = {
            "without a grade": self.empty_grade,
            "with a column constant or made up of others": self.collinear,
            "separated": self.separated,
            "not converged": self.not_converged,
        }
        return ", ".join(f"{count} {reason}" for reason, count in parts.items() if count) or "none"

    def to_frame(self) -> pd.DataFrame:
        """Return one row, a column a reason: how many refits."""
        return pd.DataFrame([vars(self)])


@dataclass(frozen=True)
class Replicates(Shown):
    """Bootstrap estimates of the B refits that succeeded.

    Parameters
    ----------
    thresholds : (B, J - 1)
    slopes : (B, p)
    weights : (B, n)
        What each judgement counted in each.
    centre : (J - 1 + p,)
        The model's own estimates, thresholds first: whose refits these are.
    asked
        Refits tried; `asked - B` failed.
    failures
        By their reason.
    unit
        What was resampled: all judgements of one are drawn together.
    fractional
        Whether weights were drawn instead of counts.
    """

    thresholds: Floats
    slopes: Floats
    weights: Floats
    centre: Floats
    asked: int
    failures: Failures
    unit: str
    fractional: bool

    @property
    def used(self) -> int:
        """How many refits the intervals stand on."""
        return len(self.slopes)

    @property
    def covariance(self) -> Floats:
        """Covariance of the refits' estimates, (J - 1 + p, J - 1 + p), thresholds first."""
        result: Floats = np.cov(np.hstack([self.thresholds, self.slopes]), rowvar=False)
        return result

    def __str__(self) -> str:
        how = "Bayesian bootstrap (fractional weights)" if self.fractional else "Bootstrap"
        return f"{how} by {self.unit}: {self.used:,} of {self.asked:,} refits used; failed and left out: {self.failures}"

    def to_frame(self) -> pd.DataFrame:
        """Return one row a refit that succeeded: its thresholds, then its slopes, numbered from 1."""
        names = [f"{kind}_{place + 1}" for kind in ("threshold", "slope") for place in range(getattr(self, f"{kind}s").shape[1])]
        return pd.DataFrame(np.hstack([self.thresholds, self.slopes]), columns=names)


def bootstrap(
    y: Ints, x: Floats, clusters: Ints, centre: Floats, *, grades: int, replicates: int, seed: int, fractional: bool, link: Link, unit: str
) -> Replicates:
    """Refit to `replicates` resamples of the clusters.

    Parameters
    ----------
    y, x
        As for `ordinal.fit`.
    clusters : (n,)
        Number of each row's cluster, 0 … G - 1.
    centre : (J - 1 + p,)
        The estimates with every row counted once.
    fractional
        False: G clusters drawn with replacement (Efron, 1979, Annals of Statistics 7; by cluster as in Cameron, Gelbach
        and Miller, 2008, Review of Economics and Statistics 90, "pairs cluster"). True: Dirichlet(1, …, 1) weights times
        G (Rubin, 1981, Annals of Statistics 9), under which no grade is ever empty.

    Raises
    ------
    CannotFit
        When more than half of the refits fail, with the reasons.
    """
    draw = resampling.cluster_bayesian_bootstrap if fractional else resampling.cluster_bootstrap
    weights = draw(clusters, replicates, seed)
    fitted = ordinal.fit(y, x, weights, grades=grades, link=link)
    failures, sound = Failures.of(fitted), fitted.is_converged
    if sound.sum() < (1 - MOST_FAILED) * replicates or sound.sum() < 2:
        remedy = "Use a simpler formula or kind='binary'." if fractional else "Try fractional=True, a simpler formula, or kind='binary'."
        raise CannotFit(
            f"{failures.total:,} of {replicates:,} bootstrap refits by {unit} failed ({failures}), so the rest say nothing reliable. "
            f"{remedy}"
        )
    return Replicates(fitted.thresholds[sound], fitted.slopes[sound], weights[sound], centre, replicates, failures, unit, fractional)
