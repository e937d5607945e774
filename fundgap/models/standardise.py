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
