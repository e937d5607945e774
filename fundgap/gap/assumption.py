"""One assumption of a scenario: a number, or where it is estimated from, with its unit, source, date and how far it can be trusted."""

import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from fundgap.errors import BadScenario
from fundgap.gap.entry_faults import YEAR_PATTERN

Rating = Literal["red", "amber", "green"]
Year = Annotated[str, Field(pattern=YEAR_PATTERN)]
Words = Annotated[str, Field(min_length=1)]
# Strictly: a text or "true" would be read as a number, and true as 100% a year.
Number = Annotated[float, Field(allow_inf_nan=False, strict=True)]
# What an estimate is taken from: the panel's last years, its window of fastest growth, or the official projection of children.
Estimate = Literal["panel", "panel_high", "projection"]


class Assumption(BaseModel):
    """One assumption: a single value, a value for every year, or an estimate from figures.

    Rates are fractions a year in real terms (0.02 = 2% above general prices); paths are pounds for England in cash.
    `estimate` is "panel" (growth over the scenario's last `window_years`), "panel_high" (prices: the window of three to
    `window_years` years, up to the base year, in which they rose fastest) or "projection" (children: the official one).
    `applies_to` names the categories of spend that a value of demand or price is for; the others then do not grow by it.
    `quality` says how good the evidence is, `impact` how much the answer hangs on it: red is worst, and most.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    label: Words
    unit: Literal["fraction a year, real", "fraction a year", "£, cash, England"]
    value: Number | None = None
    values: Annotated[dict[Year, Number], Field(min_length=1)] | None = None
    estimate: Estimate | None = None
    applies_to: Annotated[tuple[Literal["looked_after", "safeguarding", "preventative"], ...], Field(min_length=1)] | None = None
    source: Words
    date: datetime.date
    quality: Rating
    impact: Rating

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        given = [name for name in ("value", "values", "estimate") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of value, values, estimate; found {given or 'none'}")
        if self.unit == "£, cash, England" and self.values is None:
            raise ValueError("a path in pounds needs values by year")
        if self.unit != "£, cash, England" and any(abs(rate) > 1 for rate in [self.value or 0, *(self.values or {}).values()]):
            raise ValueError("a growth above 100% a year: rates are fractions, 0.05 for 5%")
        if self.applies_to is not None and self.estimate is not None:
            raise ValueError("applies_to goes with a value; an estimate has one for every category")
        return self

    @property
    def is_real(self) -> bool:
        """Whether a rate of growth is one above general prices."""
        return self.unit == "fraction a year, real"

    def in_year(self, year: str) -> float:
        """Return the value for a financial year.

        Raises
        ------
        BadScenario
            When values are given by year and this year is not among them.
        """
        if self.values is None:
            if self.value is None:
                raise BadScenario(f"'{self.label}' is estimated ({self.estimate}); it has no value of its own.")
            return self.value
        if year not in self.values:
            raise BadScenario(f"'{self.label}' has no value for {year}; it has {', '.join(self.values)}.")
        return self.values[year]
