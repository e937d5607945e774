"""What claims are computed from, computed once and shared; and what a computed claim is."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from fundgap.data.as_at import register_end
from fundgap.data.indicators import INDICATORS
from fundgap.data.interventions import helpers, interventions
from fundgap.data.panel import inspections
from fundgap.data.prices import in_real_terms
from fundgap.data.raw_tables import RAW
from fundgap.data.sources import read_register
from fundgap.data.store import Store, default_store, read_table
from fundgap.data.tables import RATINGS
from fundgap.data.vintages import current, raw_table
from fundgap.gap.funds import funds
from fundgap.gap.published import published_overspends
from fundgap.models.curve_result import SpecificationCurve
from fundgap.models.curve_saved import stored_curve
from fundgap.models.improvement import TimeToImprove, time_to_improve
from fundgap.models.in_force import grades_at
from fundgap.models.journeys import Journeys, journeys
from fundgap.models.transitions import Transitions, transitions
from fundgap.story.findings import Findings

GOOD = "Good"
NO_SAMPLING = "complete count: no sampling error"
_JUDGED = ["council", "framework", "is_reinspection", "publication_date"]


@dataclass(frozen=True)
class Evidence:
    """Rows of a raw table behind a figure: the table, and key columns and values that pick them."""

    table: str
    keys: pd.DataFrame


@dataclass(frozen=True)
class Computed:
    """What the figures say on a claim.

    Parameters
    ----------
    words
        A sentence or two, every figure with its year and basis.
    figures
        The numbers that the rule is evaluated on, and others quoted.
    interval
        How uncertain the main figure is, in words.
    as_at
        The day or years that the figures are of.
    evidence
        Rows of raw tables behind them.
    """

    words: str
    figures: Mapping[str, float]
    interval: str
    as_at: str
    evidence: tuple[Evidence, ...]


class Inputs(Findings):
    """Everything claims are computed from. Tables given in place of the figures in use stand for them everywhere."""

    def __init__(self, store: Store | None = None, *, inspections: pd.DataFrame | None = None, years: pd.DataFrame | None = None) -> None:
        super().__init__(store)
        self.computed: dict[str, Computed] = {}
        self.tables: dict[str, pd.DataFrame] = {}
        if years is not None:
            self.__dict__["years"] = years
        if inspections is not None:
            self.__dict__["inspections"] = inspections

    @cached_property
    def inspections(self) -> pd.DataFrame:
        """The judgements, in cash."""
        return inspections(self.store)

    @cached_property
    def judgements(self) -> pd.DataFrame:
        """The judgements, spend in real terms beside them."""
        return in_real_terms(self.inspections, store=self.store)

    @cached_property
    def paths(self) -> Journeys:
        """Every council's judgements in order."""
        return journeys(self.inspections, self.store)

    @cached_property
    def transitions(self) -> Transitions:
        """Judgements by the grade before."""
        return transitions(self.paths)

    @cached_property
    def improvement(self) -> TimeToImprove:
        """Time from an inadequate report to the next better one."""
        return time_to_improve(self.paths, store=self.store)

    @cached_property
    def curve(self) -> SpecificationCurve:
        """The specification curve of spend and grades, as stored."""
        return stored_curve(self.store)

    @cached_property
    def interventions(self) -> pd.DataFrame:
        """The register of interventions."""
        return interventions(self.store)

    @cached_property
    def helpers(self) -> pd.DataFrame:
        """Councils named fit to help others."""
        return helpers(self.store)

    @cached_property
    def funds(self) -> pd.DataFrame:
        """The register of funds, index its id."""
        return funds(self.store).set_index("id")

    def raw(self, name: str) -> pd.DataFrame:
        """Return a raw table that evidence is in, one release of each figure; registers written by hand have readers of their own."""
        if name not in self.tables:
            if name == "interventions":
                self.tables[name] = self.interventions
            elif name == "published_overspends":
                self.tables[name] = published_overspends(self.store)
            elif name == "deflator":
                store = self.store or default_store()
                rows = read_table(store.raw / "deflator.csv")
                self.tables[name] = current(rows, RAW[name], read_register(store))
            else:
                self.tables[name] = raw_table(name, store=self.store)
        return self.tables[name]

    @cached_property
    def record_ends(self) -> pd.Timestamp:
        """The day up to which judgements are complete."""
        return register_end(self.inspections, self.store)

    def first_sif(self, day: str) -> pd.DataFrame:
        """Return the first single-framework judgements published by a day, one a council."""
        return grades_at(self.paths, day, framework="SIF", which="first", store=self.store).table

    def in_force(self, day: str) -> pd.DataFrame:
        """Return the judgement in force on a day, whatever the framework, one a council."""
        return grades_at(self.paths, day, store=self.store).table


def judged(table: pd.DataFrame) -> Evidence:
    """Return judgements as evidence."""
    return Evidence("inspections", table[_JUDGED].drop_duplicates())


def spent(table: pd.DataFrame, categories: tuple[str, ...]) -> tuple[Evidence, ...]:
    """Return spend of council-years as evidence, with the deflator of the years."""
    keys = table[["council", "financial_year"]].drop_duplicates()
    each = pd.concat([keys.assign(category=name) for name in categories], ignore_index=True)
    return Evidence("spend", each), Evidence("deflator", keys[["financial_year"]].drop_duplicates())


def held(words: tuple[str, ...]) -> float:
    """Return how many columns and figures of the tables in data/raw bear one of these words in their names: what could test a claim."""
    names = [column.name for table in RAW.values() for column in table.columns]
    return float(sum(any(word in name for word in words) for name in [*names, *INDICATORS]))


def below_good(table: pd.DataFrame) -> int:
    """Return how many judgements are below good."""
    return int((table["rating"] < GOOD).sum())


def count(table: pd.DataFrame, grade: str) -> int:
    """Return how many judgements are of a grade."""
    return int((table["rating"] == grade).sum())


def grades_in_words(table: pd.DataFrame) -> str:
    """Return "3 outstanding, 51 good, …", the best first."""
    return ", ".join(f"{count(table, grade)} {grade.lower()}" for grade in RATINGS[::-1])


def span(lower: float, upper: float, form: str = "{:.0%}") -> str:
    """Return "45% to 58% (95%)"."""
    return f"{form.format(lower)} to {form.format(upper)} (95%)"
