"""How good predicted probabilities of ordered grades are: arrays of probabilities and grades in, one number out.

Shapes: n judgements, J grades; probabilities (n, J), rows summing to 1; grades (n,) from 0 to J - 1.
"""

import numpy as np
from scipy.stats import rankdata

from fundgap.models.ordinal import Ints
from fundgap.models.standardise import Floats


def auc(chance: Floats, happened: Floats) -> float:
    """Return the area under the ROC curve: how often a judgement where it happened had the higher chance, ties one half.

    The Mann-Whitney statistic over its largest value (Hanley and McNeil, 1982, Radiology 143); nan where it happened
    always or never.
    """
    positive = int(happened.sum())
    pairs = positive * (len(happened) - positive)
    if pairs == 0:
        return float("nan")
    ranks = rankdata(chance)
    return float((ranks[happened > 0].sum() - positive * (positive + 1) / 2) / pairs)


def brier(chance: Floats, happened: Floats) -> float:
    """Return the mean squared distance of the chance from what happened (0 or 1)."""
    return float(np.mean((chance - happened) ** 2))


def brier_grades(probabilities: Floats, y: Ints) -> float:
    """Return the mean over judgements of the squared distances summed over grades (Brier, 1950, Monthly Weather Review 78): 0 to 2."""
    return float(np.mean(((probabilities - np.eye(probabilities.shape[1])[y]) ** 2).sum(axis=1)))


def row_scores(probabilities: Floats, y: Ints) -> Floats:
    """Return each judgement's ranked probability score, (n,): 0 to 1.

    The mean over the J - 1 cuts of the squared distance of the cumulative chances from the cumulative truth. Epstein
    (1969, Journal of Applied Meteorology 8), in the form of Murphy (1971) divided by J - 1: being two grades out counts for more
    than being one out. With two grades it is the Brier score.
    """
    cuts = probabilities.shape[1] - 1
    distance = np.cumsum(probabilities, axis=1)[:, :cuts] - (y[:, None] <= np.arange(cuts))
    result: Floats = np.mean(distance**2, axis=1)
    return result


def ranked_probability_score(probabilities: Floats, y: Ints) -> float:
    """Return the mean over judgements of their ranked probability scores."""
    return float(np.mean(row_scores(probabilities, y)))
