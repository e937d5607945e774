"""Ways to tell the next grade, from knowing nothing to knowing everything held: training rows in, probabilities of others out.

Shapes: n training rows, m rows to predict, p columns, J = 4 grades (0 worst).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from fundgap.errors import CannotFit
from fundgap.models import ordinal
from fundgap.models.ordinal import Ints
from fundgap.models.prediction import probabilities
from fundgap.models.standardise import Floats

GRADES = 4
Kind = Literal["shares", "certain", "transitions", "logit"]
# A grade last held by few says little of what follows; one judgement's worth of the shares of all stands in beside them.
_BORROWED = 1.0


@dataclass(frozen=True)
class EarlyModel:
    """One way to predict: its name in words, its kind, and for an ordered logit its columns."""

    name: str
    kind: Kind
    columns: tuple[str, ...] = ()


BASE_RATE = EarlyModel("base rate", "shares")
SAME_AGAIN = EarlyModel("same as last time", "transitions")
SAME_FOR_SURE = EarlyModel("same as last time, held for certain", "certain")
# Councils last inadequate do not follow those last requiring improvement by one step more of the same: nearly all of them rise.
_GRADE = ("last_grade", "last_inadequate")
_LAST = (*_GRADE, "last_leadership", "age_years")
_SPEND = ("gross_spend_per_child", "preventative_per_child", "gross_change", "preventative_change")
_WORKFORCE = ("agency_workers_pct", "vacancies_pct", "turnover_pct", "caseload")
_RATES = ("protection_plans_per_10k", "looked_after_per_10k")
# Small to large, all on the same rows. `last_inadequate` was added once the first scores had shown that a straight line in the last grade
# does worse than the table of transitions; nothing else was changed after scores were seen.
MODELS = (
    BASE_RATE,
    SAME_FOR_SURE,
    SAME_AGAIN,
    EarlyModel("last grade", "logit", _GRADE),
    EarlyModel("last judgement (grade, leadership, age)", "logit", _LAST),
    EarlyModel("last judgement and deprivation", "logit", (*_LAST, "deprivation")),
    EarlyModel("last judgement, deprivation and spend", "logit", (*_LAST, "deprivation", *_SPEND)),
    EarlyModel("last judgement, deprivation and workforce", "logit", (*_LAST, "deprivation", *_WORKFORCE)),
    EarlyModel("everything held", "logit", (*_LAST, "last_help_protection", "deprivation", *_SPEND, *_WORKFORCE, *_RATES)),
    EarlyModel("workforce alone", "logit", _WORKFORCE),
    EarlyModel("spend and deprivation alone", "logit", ("deprivation", *_SPEND)),
)


def predict(model: EarlyModel, y: Ints, x: Floats, last: Ints, x_new: Floats, last_new: Ints) -> Floats:
    """Return P(each grade), (m, J), learned from the training rows alone.

    Parameters
    ----------
    y, last : (n,)
        Grade given and grade held before.
    x : (n, p)
        The model's columns; unused by the baselines.
    x_new, last_new : (m, p), (m,)
        Of the rows to predict.

    Raises
    ------
    CannotFit
        When the training rows lack a grade or separate the grades: nothing is put in its place.
    """
    shares = np.bincount(y, minlength=GRADES) / len(y)
    if model.kind == "shares":
        return np.tile(shares, (len(last_new), 1))
    if model.kind == "certain":
        certain: Floats = np.asarray(np.eye(GRADES)[last_new], dtype=np.float64)
        return certain
    if model.kind == "transitions":
        return transition_matrix(last, y, shares)[last_new]
    fitted = ordinal.fit(y, x, grades=GRADES)
    if not fitted.is_converged[0]:
        counts = {name: count for name, count in fitted.counts().items() if count and name not in ("replicates", "converged")}
        raise CannotFit(f"{model.name}: {len(y)} training judgements cannot carry it ({', '.join(counts)}).")
    told: Floats = probabilities(x_new, fitted.thresholds, fitted.slopes)[0]
    return told


def transition_matrix(last: Ints, y: Ints, shares: Floats) -> Floats:
    """Return P(next grade | last grade), (J, J), a row for each last grade: counts, with one judgement's worth of the shares of all."""
    counts = np.zeros((GRADES, GRADES))
    np.add.at(counts, (last, y), 1)
    result: Floats = (counts + _BORROWED * shares) / (counts.sum(axis=1, keepdims=True) + _BORROWED)
    return result
