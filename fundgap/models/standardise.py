"""Between x in its own units and x standardised, where numbers are of one size and nothing is lost in rounding."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Scale:
    """The way between the two: slopes divide by the spread, thresholds shift by the centre.

    Parameters
    ----------
    centre, spread : (p,)
        Mean and standard deviation of each column; a constant column has spread 1.
    back : (k, k)
        Turns standardised estimates, thresholds first, into those in the units of x.
    """

    centre: Floats
    spread: Floats
    back: Floats

    @classmethod
    def of(cls, x: Floats, inner: int) -> "Scale":
        """Return the scale of x, (n, p), for a model with `inner` thresholds."""
        centre, spread = x.mean(axis=0), x.std(axis=0)
        spread = np.where(spread > 0, spread, 1.0)
        back = np.eye(inner + x.shape[1])
        back[inner:, inner:] = np.diag(1 / spread)
        back[:inner, inner:] = centre / spread
        return cls(centre, spread, back)

    def standardised(self, x: Floats) -> Floats:
        """Return x with mean 0 and standard deviation 1."""
        result: Floats = (x - self.centre) / self.spread
        return result

    def estimates(self, standard: Floats) -> Floats:
        """Return estimates in the units of x, (R, k)."""
        return standard @ self.back.T

    def standard_estimates(self, estimates: Floats) -> Floats:
        """Return estimates on standardised x, (R, k)."""
        return estimates @ np.linalg.inv(self.back).T

    def covariance(self, standard: Floats) -> Floats:
        """Return covariances in the units of x, (R, k, k)."""
        return self.back @ standard @ self.back.T

    def information(self, standard: Floats) -> Floats:
        """Return information matrices in the units of x, (R, k, k)."""
        inverse = np.linalg.inv(self.back)
        return inverse.T @ standard @ inverse


@dataclass(frozen=True)
class Turn:
    """The same way for B replicates side by side, replicates along the last axis.

    Parameters
    ----------
    back, forth : (k, k, B), or (k, k, 1) where replicates share it
        From standardised estimates to those in the units of x, and the reverse.
    """

    back: Floats
    forth: Floats

    @classmethod
    def of(cls, centre: Floats, spread: Floats, inner: int) -> "Turn":
        """Return the turn for columns of the given centre and spread, both (p, B) or (p, 1), and `inner` thresholds."""
        p, width = centre.shape
        back = np.repeat(np.eye(inner + p)[:, :, None], width, axis=2)
        forth = back.copy()
        slopes = np.arange(inner, inner + p)
        back[slopes, slopes], forth[slopes, slopes] = 1 / spread, spread
        back[:inner, inner:], forth[:inner, inner:] = centre / spread, -centre
        return cls(back, forth)

    def estimates(self, standard: Floats) -> Floats:
        """Return estimates in the units of x, (k, B)."""
        result: Floats = np.einsum("abr,br->ar", self.back, standard)
        return result

    def covariance(self, standard: Floats) -> Floats:
        """Return covariances in the units of x, (k, k, B)."""
        result: Floats = np.einsum("abr,bcr->acr", self.back, np.einsum("abr,cbr->acr", standard, self.back))
        return result

    def information(self, standard: Floats) -> Floats:
        """Return information matrices in the units of x, (k, k, B)."""
        result: Floats = np.einsum("bar,bcr->acr", self.forth, np.einsum("abr,bcr->acr", standard, self.forth))
        return result
