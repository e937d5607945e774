"""Every combination of the choices: which are defined, why the others are not, and a fair draw of those that are."""

from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fundgap.data.deprivation import vintage_of
from fundgap.models import curve_rows
from fundgap.models.curve_choices import GROUPS, Choices, Specification
from fundgap.models.curve_data import Bools, CurveData
from fundgap.models.standardise import Floats

# Why a combination is undefined, in the order in which it is asked; 0 = defined.
REASONS = (
    "defined",
    "children in low income have no editions",
    "all its judgements were made under that edition: the same as the edition in force",
    "the grade was not given under every framework of the sample",
    "one region only, so that region tells nothing apart",
    "the two tiny councils lack the figures: the same as without them",
    "spend is not held for enough of the judgements of each framework",
    "deprivation is not held for enough of the judgements of each framework",
    "workforce is not held for enough of the judgements of each framework",
    "spend, deprivation and controls are not held together for enough of the judgements of each framework",
    "too few judgements",
    "too few judgements for its number of slopes",
)
_CODE = {reason: code for code, reason in enumerate(REASONS)}
_SAMPLE, _MEASURE, _BESIDE = ("outcome", "frameworks", "place"), ("spend", "form", "lag"), ("deprivation", "edition", "controls")


@dataclass(frozen=True)
class Grid:
    """All combinations.

    Parameters
    ----------
    reason : one axis a group of choices, in the order of GROUPS
        Code of REASONS.
    n : the same shape
        Judgements with all that the combination needs.
    """

    options: Choices
    reason: NDArray[np.int8]
    n: NDArray[np.int64]

    def counts(self) -> pd.DataFrame:
        """Return how many combinations there are for each reason: reason, specifications; the first row is the defined ones."""
        counts = np.bincount(self.reason.ravel(), minlength=len(REASONS))
        return pd.DataFrame({"reason": REASONS, "specifications": counts})

    def draw(self, count: int, seed: int) -> tuple[Specification, ...]:
        """Return `count` of the defined combinations, each as likely as another, without repeats, in their order; all if fewer."""
        defined = np.flatnonzero(self.reason.ravel() == 0)
        # A stream of its own, so that more shuffles do not change which specifications are drawn.
        rng = np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=(0,)))
        chosen = np.sort(rng.choice(defined, min(count, len(defined)), replace=False))
        return tuple(self._named(place) for place in zip(*np.unravel_index(chosen, self.reason.shape), strict=True))

    def _named(self, place: tuple[int, ...]) -> Specification:
        return Specification(*(self.options.names(group)[at] for group, at in zip(GROUPS, place, strict=True)))


def build_grid(data: CurveData, options: Choices) -> Grid:
    """Return every combination of the choices with whether it is defined on these data."""
    samples, measures, beside = (list(product(*(options.names(group) for group in part))) for part in (_SAMPLE, _MEASURE, _BESIDE))
    parts = _Parts.of(data, options, measures, beside)
    reason = np.empty((len(samples), len(measures), len(beside)), dtype=np.int8)
    n = np.empty(reason.shape, dtype=np.int64)
    pairs = product(options.names("frameworks"), options.names("place"))
    slopes = {(frameworks, where): _slopes(data, options, frameworks, where, parts) for frameworks, where in pairs}
    for place, (outcome, frameworks, where) in enumerate(samples):
        reason[place], n[place] = _judge(data, options, (outcome, frameworks, where), parts, slopes[frameworks, where])
    shape = [len(options.names(group)) for group in GROUPS]
    without, with_tiny = (options.names("place").index(name) for name in ("england", "with_tiny"))
    reason, n = reason.reshape(shape), n.reshape(shape)
    same = (reason[:, :, with_tiny] == 0) & (n[:, :, with_tiny] == n[:, :, without])
    reason[:, :, with_tiny][same] = _CODE["the two tiny councils lack the figures: the same as without them"]
    return Grid(options, reason, n)


@dataclass(frozen=True)
class _Parts:
    """What of the judgements is held for each measure, (M, N), and each set of columns beside it, (B, N)."""

    measures: list[tuple[str, ...]]
    beside: list[tuple[str, ...]]
    spend: Floats
    deprivation: Floats
    controls: Floats

    @classmethod
    def of(cls, data: CurveData, options: Choices, measures: list[tuple[str, ...]], beside: list[tuple[str, ...]]) -> "_Parts":
        spend = [_spend_held(data, options, *measure) for measure in measures]
        deprivation = [_deprivation_held(data, *row[:2]) for row in beside]
        controls = [curve_rows.controls_held(data, row[2]) for row in beside]
        return cls(measures, beside, *(np.array(part, dtype=np.float64) for part in (spend, deprivation, controls)))


def _spend_held(data: CurveData, options: Choices, spend: str, form: str, lag: str) -> Bools:
    values = data.spend[spend, "per_child" if form == "residual" else form]
    return np.asarray(~np.isnan(curve_rows.at(values, data.council, curve_rows.figures_year(data, options, lag))))


def _deprivation_held(data: CurveData, deprivation: str, edition: str) -> Bools:
    if (deprivation, edition) not in data.deprivation:
        return np.zeros(len(data.council), dtype=bool)
    return np.asarray(~np.isnan(curve_rows.deprivation_of(data, deprivation, edition)))


def _judge(
    data: CurveData, options: Choices, sample: tuple[str, ...], parts: _Parts, slopes: NDArray[np.int64]
) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """Return code and number of judgements of one sample's combinations, each (M, B)."""
    outcome, frameworks, place = sample
    grade = curve_rows.grades_of(data, options, outcome)
    base = curve_rows.in_frameworks(data, options, frameworks) & curve_rows.in_place(data, options, place) & (grade >= 0)
    names = options.setting("frameworks", frameworks, "of")
    both = parts.deprivation * parts.controls
    shares = [np.ones(part.shape[0]) for part in (parts.spend, parts.deprivation, parts.controls)]
    together = np.ones((len(parts.spend), len(both)))
    is_given = True
    for name in names:
        rows = base & (data.framework == name)
        is_given &= bool(rows.any())
        size = max(int(rows.sum()), 1)
        shares = [
            np.minimum(share, part[:, rows].sum(axis=1) / size)
            for share, part in zip(shares, (parts.spend, parts.deprivation, parts.controls), strict=True)
        ]
        together = np.minimum(together, parts.spend[:, rows] @ both[:, rows].T / size)
    in_grade = [parts.spend[:, rows] @ both[:, rows].T for rows in (base & (grade == level) for level in range(4))]
    n = np.rint(sum(in_grade)).astype(np.int64)
    # From the last question to the first, so that the first one that fails is the one on record.
    code = np.zeros(n.shape, dtype=np.int8)
    enough = options.least_share
    code[effective_size(np.array(in_grade)) < options.fewest_per_slope * slopes] = _CODE["too few judgements for its number of slopes"]
    code[n < options.fewest] = _CODE["too few judgements"]
    code[together < enough] = _CODE["spend, deprivation and controls are not held together for enough of the judgements of each framework"]
    code[:, shares[2] < enough] = _CODE["workforce is not held for enough of the judgements of each framework"]
    code[:, shares[1] < enough] = _CODE["deprivation is not held for enough of the judgements of each framework"]
    code[shares[0] < enough] = _CODE["spend is not held for enough of the judgements of each framework"]
    if place == "london":
        code[:, [row[2] == "region" for row in parts.beside]] = _CODE["one region only, so that region tells nothing apart"]
    if not is_given:
        code[:] = _CODE["the grade was not given under every framework of the sample"]
    _mark_editions(code, data, options, base, parts)
    return code, n


def _mark_editions(code: NDArray[np.int8], data: CurveData, options: Choices, base: Bools, parts: _Parts) -> None:
    """Mark combinations whose edition is none, or the one in force by another name."""
    in_force = {vintage_of(data.years[year]) for year in np.unique(data.year[base])}
    for place, (deprivation, edition, _) in enumerate(parts.beside):
        if {options.setting("edition", edition, "only")} == in_force:
            code[:, place] = _CODE["all its judgements were made under that edition: the same as the edition in force"]
        if deprivation == "low_income" and edition != "in_force":
            code[:, place] = _CODE["children in low income have no editions"]


def _slopes(data: CurveData, options: Choices, frameworks: str, place: str, parts: _Parts) -> NDArray[np.int64]:
    """Return the number of slopes of each combination, (M, B): spend, deprivation unless spend is a residual, and the rest."""
    rest = {name: curve_rows.slopes_beside(data, options, frameworks, place, name) for name in options.names("controls")}
    beside = np.array([rest[row[2]] for row in parts.beside])
    own = np.array([1 if row[1] == "residual" else 2 for row in parts.measures])
    result: NDArray[np.int64] = own[:, None] + beside[None, :]
    return result


def effective_size(in_grade: Floats) -> Floats:
    """Return the effective sample size of an ordered outcome from the number in each grade, (J, …): n - sum of cubes / n².

    For two grades the smaller number (Harrell 2015, *Regression Modeling Strategies*, 2nd edition, table 4.1).
    """
    n = in_grade.sum(axis=0)
    ordered = n - (in_grade**3).sum(axis=0) / np.maximum(n, 1) ** 2
    is_binary = (in_grade > 0).sum(axis=0) <= 2
    return np.asarray(np.where(is_binary, np.sort(in_grade, axis=0)[-2], ordered))
