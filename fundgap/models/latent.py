"""What each link takes the error on the latent scale to be: P(y <= j) is its distribution function at threshold_j - x'slope."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import expit, ndtr
from scipy.stats import gumbel_l, logistic, norm

from fundgap.models.links import Link
from fundgap.models.standardise import Floats

# cloglog: P(y <= j) = 1 - exp(-exp(latent)), the distribution function of the smallest-value Gumbel.
LATENT: Mapping[Link, Any] = {"logit": logistic, "probit": norm, "cloglog": gumbel_l}

_FAR = 700.0


def complement(link: Link, latent: Floats) -> Floats:
    """Return 1 - F(latent), of the same shape, with all its digits where that is small; `links.below` gives F."""
    match link:
        case "logit":
            result: Floats = expit(-latent)
        case "probit":
            result = ndtr(-latent)
        case "cloglog":
            result = np.exp(-np.exp(np.minimum(latent, _FAR)))
    return result


def density_slope(latent: Floats, link: Link) -> Floats:
    """Return the derivative of the latent density, in the shape of `latent`."""
    if link == "cloglog":
        # Beyond this exp overflows; the density has long been 0.
        latent = np.minimum(latent, _FAR)
    density = LATENT[link].pdf(latent)
    if link == "logit":
        factor = LATENT[link].sf(latent) - LATENT[link].cdf(latent)
    elif link == "probit":
        factor = -latent
    else:
        factor = 1 - np.exp(latent)
    result: Floats = density * factor
    return result
