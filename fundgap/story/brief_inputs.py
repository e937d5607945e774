"""What all councils' briefs share: computed once for England, then asked for each council."""

from functools import cached_property, lru_cache
from typing import Any

import pandas as pd

from fundgap.data.boundaries import boundary_changes
from fundgap.data.councils import councils
from fundgap.data.panel import inspections
from fundgap.data.prices import in_real_terms
from fundgap.data.store import Store, default_store
from fundgap.gap.allocation import Allocation, Rule, allocate
from fundgap.gap.funds import funds
from fundgap.models.decomposition import SpendChange, decompose_spend
from fundgap.models.journeys import Journeys, journeys
from fundgap.models.partner_facts import PartnerFacts, facts_on
from fundgap.models.spending import ExpectedSpend, expected_spend
from fundgap.story.findings import PLEDGE, Findings

SINCE = "2016-17"
_SHARED = (
    "register",
    "changes",
    "latest",
    "real",
    "inspected",
    "paths",
    "expected",
    "looked_after",
    "allocations",
    "simulation",
    "partner_facts",
)
# As `fundgap.allocate` names them, and in words.
RULES: dict[Rule, str] = {
    "children": "by children",
    "need": "by need (children times expected spend a child)",
    "inadequate_first": "to councils judged inadequate alone, by children",
}


class BriefInputs(Findings):
    """The findings, and besides what only briefs tell; everything is computed once, whatever the number of briefs."""

    @cached_property
    def register(self) -> pd.DataFrame:
        """The councils, by ONS code."""
        return councils(self.store).set_index("council")

    @cached_property
    def changes(self) -> pd.DataFrame:
        """Councils that changed."""
        return boundary_changes(self.store)

    @cached_property
    def latest(self) -> str:
        """The latest financial year of spend."""
        return str(self.years["financial_year"].max())

    @cached_property
    def real(self) -> pd.DataFrame:
        """The panel with real terms beside cash."""
        return in_real_terms(self.years, store=self.store)

    @cached_property
    def inspected(self) -> pd.DataFrame:
        """The judgements as they are read."""
        return inspections(self.store)

    @cached_property
    def paths(self) -> Journeys:
        """Every council's judgements as one path."""
        return journeys(self.inspected, self.store)

    @cached_property
    def expected(self) -> ExpectedSpend:
        """Gross spend a child beside what need leads to expect, latest year."""
        return expected_spend(self.real, self.latest)

    @cached_property
    def looked_after(self) -> SpendChange:
        """Volume and price of spend on looked-after children."""
        return decompose_spend(self.years, SINCE, self.latest, store=self.store)

    @cached_property
    def partner_facts(self) -> PartnerFacts:
        """What partners are found by."""
        return facts_on(None, self.inspected, self.years, self.store or default_store())

    @cached_property
    def pledged_gbp(self) -> float:
        """The pledge as the register of funds has it, all its years together, £ of cash."""
        return float(funds(self.store).set_index("id")["amount_gbp"][PLEDGE])

    @cached_property
    def allocations(self) -> dict[str, Allocation]:
        """A sum of the pledge's size shared among the councils of the latest year, by rule."""
        figures: dict[str, Any] = {"years": self.years, "judgements": self.inspected, "store": self.store}
        return {rule: allocate(self.pledged_gbp, rule, self.latest, leave_out=True, **figures) for rule in RULES}

    def ready(self) -> "BriefInputs":
        """Compute everything now: before it is handed to workers."""
        for name in _SHARED:
            getattr(self, name)
        return self


@lru_cache(maxsize=1)
def shared_inputs(store: Store) -> BriefInputs:
    """Return the inputs of a store, kept for the next council."""
    return BriefInputs(store)
