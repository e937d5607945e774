"""Children's services in England: ratings, the funding gap, and what a fund would do, from official figures.

Every name below works as `fundgap.name`; each is imported when it is first used, so that `import fundgap` stays light.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from fundgap.data.boundaries import boundary_changes, joined_areas
    from fundgap.data.breaks import definition_breaks
    from fundgap.data.councils import councils, resolve
    from fundgap.data.coverage import data_coverage
    from fundgap.data.crosscheck import compare_spend, compare_spend_by_year
    from fundgap.data.fetch import fetch
    from fundgap.data.ingest import ingest
    from fundgap.data.interventions import helpers, interventions
    from fundgap.data.panel import build, council_years, inspections
    from fundgap.data.prices import in_real_terms, price_index
    from fundgap.data.projected import projected_children
    from fundgap.data.published_now import check_releases
    from fundgap.data.reconcile import check_totals
    from fundgap.data.revisions import revision_summary, revisions
    from fundgap.data.sources import sources
    from fundgap.data.vintages import raw_table
    from fundgap.errors import FundgapError
    from fundgap.gap.allocation import allocate
    from fundgap.gap.backtest import backtest
    from fundgap.gap.closing import chance_closed, gaps_closed
    from fundgap.gap.cost_of_good import cost_of_good
    from fundgap.gap.demography import compare_demography
    from fundgap.gap.fund_coverage import coverage
    from fundgap.gap.fund_size import fund_to_close
    from fundgap.gap.fund_totals import fund_total
    from fundgap.gap.funds import fund_years, funds
    from fundgap.gap.intervals import interval_of_quantiles, interval_of_windows
    from fundgap.gap.outturn import compare_with_outturn
    from fundgap.gap.projection import project_gap
    from fundgap.gap.published import published_gaps, published_overspends
    from fundgap.gap.scenario import assumptions, scenario, scenarios
    from fundgap.gap.sensitivity import gap_by_window
    from fundgap.gap.simulation import simulate_gap
    from fundgap.gap.tornado import tornado
    from fundgap.gap.verdict import verdict
    from fundgap.models.confounding import good_by_deprivation, probability_grid, raw_and_adjusted
    from fundgap.models.correlations import grade_correlations
    from fundgap.models.curve import specification_curve
    from fundgap.models.decomposition import decompose_spend
    from fundgap.models.early_warning import early_warning
    from fundgap.models.fifths import spend_change_by_deprivation
    from fundgap.models.improvement import time_to_improve
    from fundgap.models.in_force import grades_at
    from fundgap.models.journeys import journeys
    from fundgap.models.lasting import how_lasting
    from fundgap.models.mixed import fit_mixed
    from fundgap.models.nested import likelihood_ratio_test
    from fundgap.models.partner_check import check_partners
    from fundgap.models.partners import partners
    from fundgap.models.ratings import fit_ratings
    from fundgap.models.shares import spend_shares
    from fundgap.models.spending import expected_spend
    from fundgap.models.timelines import intervention_timelines
    from fundgap.models.transitions import transitions
    from fundgap.story.brief import council
    from fundgap.story.claims import claim, claims
    from fundgap.story.site import report

_HOMES = {
    "FundgapError": "fundgap.errors",
    "allocate": "fundgap.gap.allocation",
    "assumptions": "fundgap.gap.scenario",
    "backtest": "fundgap.gap.backtest",
    "boundary_changes": "fundgap.data.boundaries",
    "build": "fundgap.data.panel",
    "chance_closed": "fundgap.gap.closing",
    "check_partners": "fundgap.models.partner_check",
    "check_releases": "fundgap.data.published_now",
    "check_totals": "fundgap.data.reconcile",
    "claim": "fundgap.story.claims",
    "claims": "fundgap.story.claims",
    "compare_demography": "fundgap.gap.demography",
    "compare_spend": "fundgap.data.crosscheck",
    "compare_spend_by_year": "fundgap.data.crosscheck",
    "compare_with_outturn": "fundgap.gap.outturn",
    "cost_of_good": "fundgap.gap.cost_of_good",
    "council": "fundgap.story.brief",
    "council_years": "fundgap.data.panel",
    "councils": "fundgap.data.councils",
    "coverage": "fundgap.gap.fund_coverage",
    "data_coverage": "fundgap.data.coverage",
    "decompose_spend": "fundgap.models.decomposition",
    "definition_breaks": "fundgap.data.breaks",
    "early_warning": "fundgap.models.early_warning",
    "expected_spend": "fundgap.models.spending",
    "fetch": "fundgap.data.fetch",
    "fit_mixed": "fundgap.models.mixed",
    "fit_ratings": "fundgap.models.ratings",
    "fund_to_close": "fundgap.gap.fund_size",
    "fund_total": "fundgap.gap.fund_totals",
    "fund_years": "fundgap.gap.funds",
    "funds": "fundgap.gap.funds",
    "gap_by_window": "fundgap.gap.sensitivity",
    "gaps_closed": "fundgap.gap.closing",
    "good_by_deprivation": "fundgap.models.confounding",
    "grade_correlations": "fundgap.models.correlations",
    "grades_at": "fundgap.models.in_force",
    "helpers": "fundgap.data.interventions",
    "how_lasting": "fundgap.models.lasting",
    "in_real_terms": "fundgap.data.prices",
    "ingest": "fundgap.data.ingest",
    "inspections": "fundgap.data.panel",
    "interval_of_quantiles": "fundgap.gap.intervals",
    "interval_of_windows": "fundgap.gap.intervals",
    "intervention_timelines": "fundgap.models.timelines",
    "interventions": "fundgap.data.interventions",
    "joined_areas": "fundgap.data.boundaries",
    "journeys": "fundgap.models.journeys",
    "likelihood_ratio_test": "fundgap.models.nested",
    "partners": "fundgap.models.partners",
    "price_index": "fundgap.data.prices",
    "probability_grid": "fundgap.models.confounding",
    "project_gap": "fundgap.gap.projection",
    "projected_children": "fundgap.data.projected",
    "published_gaps": "fundgap.gap.published",
    "published_overspends": "fundgap.gap.published",
    "raw_and_adjusted": "fundgap.models.confounding",
    "raw_table": "fundgap.data.vintages",
    "report": "fundgap.story.site",
    "resolve": "fundgap.data.councils",
    "revision_summary": "fundgap.data.revisions",
    "revisions": "fundgap.data.revisions",
    "scenario": "fundgap.gap.scenario",
    "scenarios": "fundgap.gap.scenario",
    "simulate_gap": "fundgap.gap.simulation",
    "sources": "fundgap.data.sources",
    "specification_curve": "fundgap.models.curve",
    "spend_change_by_deprivation": "fundgap.models.fifths",
    "spend_shares": "fundgap.models.shares",
    "time_to_improve": "fundgap.models.improvement",
    "tornado": "fundgap.gap.tornado",
    "transitions": "fundgap.models.transitions",
    "verdict": "fundgap.gap.verdict",
}

__all__ = [
    "FundgapError",
    "__version__",
    "allocate",
    "assumptions",
    "backtest",
    "boundary_changes",
    "build",
    "chance_closed",
    "check_partners",
    "check_releases",
    "check_totals",
    "claim",
    "claims",
    "compare_demography",
    "compare_spend",
    "compare_spend_by_year",
    "compare_with_outturn",
    "cost_of_good",
    "council",
    "council_years",
    "councils",
    "coverage",
    "data_coverage",
    "decompose_spend",
    "definition_breaks",
    "early_warning",
    "expected_spend",
    "fetch",
    "fit_mixed",
    "fit_ratings",
    "fund_to_close",
    "fund_total",
    "fund_years",
    "funds",
    "gap_by_window",
    "gaps_closed",
    "good_by_deprivation",
    "grade_correlations",
    "grades_at",
    "helpers",
    "how_lasting",
    "in_real_terms",
    "ingest",
    "inspections",
    "interval_of_quantiles",
    "interval_of_windows",
    "intervention_timelines",
    "interventions",
    "joined_areas",
    "journeys",
    "likelihood_ratio_test",
    "partners",
    "price_index",
    "probability_grid",
    "project_gap",
    "projected_children",
    "published_gaps",
    "published_overspends",
    "raw_and_adjusted",
    "raw_table",
    "report",
    "resolve",
    "revision_summary",
    "revisions",
    "scenario",
    "scenarios",
    "simulate_gap",
    "sources",
    "specification_curve",
    "spend_change_by_deprivation",
    "spend_shares",
    "time_to_improve",
    "tornado",
    "transitions",
    "verdict",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'fundgap' has no attribute '{name}'")
    # Not stored in the module: `fundgap.report` must stay the function, whatever is imported beside it.
    item = getattr(import_module(_HOMES[name]), name)
    # What is given to a function is checked at this door, and nowhere behind it.
    return item if isinstance(item, type) else import_module("fundgap.data.arguments").checked(item)


def __dir__() -> list[str]:
    return sorted(__all__)
