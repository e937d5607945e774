"""Verdicts by rule: conditions on computed figures, whose sentence is made from the same parts as the verdict."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from fundgap.errors import NoData

Verdict = Literal["supported", "not supported", "depends on the specification", "not testable with these figures"]
SUPPORTED: Verdict = "supported"
NOT_SUPPORTED: Verdict = "not supported"
DEPENDS: Verdict = "depends on the specification"
NOT_TESTABLE: Verdict = "not testable with these figures"
Operator = Literal[">", ">=", "<", "<=", "="]
_WORDS = {">": "is above", ">=": "is at least", "<": "is below", "<=": "is at most", "=": "is"}


@dataclass(frozen=True)
class Condition:
    """A figure against a bound.

    Parameters
    ----------
    figure
        Its name among the computed figures.
    bound
        A number, or the name of another figure.
    label, bound_label
        What figure and bound are, in words; a bound that is a number needs none.
    form
        How a number is written, such as "{:.0%}".
    """

    figure: str
    operator: Operator
    bound: float | str
    label: str
    form: str = "{:g}"
    bound_label: str = ""

    def holds(self, figures: Mapping[str, float]) -> bool:
        """Return whether it holds; a figure that is no number holds nothing.

        Raises
        ------
        NoData
            When a figure was not computed.
        """
        missing = [name for name in (self.figure, self.bound) if isinstance(name, str) and name not in figures]
        if missing:
            raise NoData(f"The rule asks for '{missing[0]}', which was not computed; there are {', '.join(figures)}.")
        left = float(figures[self.figure])
        right = float(figures[self.bound]) if isinstance(self.bound, str) else float(self.bound)
        if self.operator == "=":
            return left == right
        return {">": left > right, ">=": left >= right, "<": left < right, "<=": left <= right}[self.operator]

    def __str__(self) -> str:
        bound = self.bound_label if isinstance(self.bound, str) else self.form.format(self.bound)
        return f"{self.label} {_WORDS[self.operator]} {bound}"


@dataclass(frozen=True)
class Rule:
    """Which verdict follows from the figures.

    Parameters
    ----------
    untestable, supported, refuted
        Asked in this order; each holds when all of its conditions do, and an empty one never does.
    otherwise
        The verdict when none does.
    why
        A sentence on where the bounds come from, or what would settle a claim that cannot be tested.
    """

    supported: tuple[Condition, ...] = ()
    refuted: tuple[Condition, ...] = ()
    untestable: tuple[Condition, ...] = ()
    otherwise: Verdict = DEPENDS
    why: str = ""

    def verdict(self, figures: Mapping[str, float]) -> Verdict:
        """Return the verdict."""
        for verdict, conditions in self._cases():
            if conditions and all(condition.holds(figures) for condition in conditions):
                return verdict
        return self.otherwise

    def __str__(self) -> str:
        parts = [f"{verdict} where {' and '.join(map(str, conditions))}" for verdict, conditions in self._cases() if conditions]
        sentence = "; ".join([*parts, f"otherwise {self.otherwise}"])
        return f"{sentence[0].upper()}{sentence[1:]}.{f' {self.why}' if self.why else ''}"

    def _cases(self) -> tuple[tuple[Verdict, tuple[Condition, ...]], ...]:
        return (NOT_TESTABLE, self.untestable), (SUPPORTED, self.supported), (NOT_SUPPORTED, self.refuted)
