"""What the commands write for others: a gap, the funds, an allocation, each as CSV and accessible spreadsheet with its manifest."""

from pathlib import Path
from typing import Any

import pandas as pd

from fundgap.data.councils import council_index
from fundgap.data.store import Store, default_store
from fundgap.errors import NoData
from fundgap.gap.allocation import Allocation
from fundgap.gap.closing import Closing
from fundgap.gap.fund_timeline import fund_timeline
from fundgap.gap.funds import fund_years, funds
from fundgap.gap.result import Gap
from fundgap.story.exports import Sheet, export

_GAP_SOURCE = (
    "fundgap, from DfE Section 251 outturn, DfE children looked after, ONS estimates of children and GDP deflator, or as published"
)
_FUND_SOURCE = "fundgap, register of funds; each fund with where it was read"
_TREND = "A projection says what follows from its assumptions, which stand on their own sheet. It is no forecast."
_YEARLY = (
    "The gap is yearly: what standing still costs more than in the base year, less what funding rose by since. A shortfall of the base "
    "year is not in it."
)
_COUNCIL = "A council's figures are England's rates put to its own mix of spend, and are no measure of its finances."
_EVEN = "A single sum over several years is spread evenly over them, which no source states (is spread assumed)."
_ONCE = "What stands in two funds counts once. Where funds overlap in part the sum is a range, low to high."
_ADULTS = (
    "Grants for adults and children: what share reached children is not published. The amounts are the most that children can have had."
)
_WORTH = "This is a fund's size, not its worth. A fund that ran in the base year is in the base year's funding already."
_INADEQUATE = "Inadequate councils are those whose latest report published by the date given says so."


def gap_sheets(gap: Gap, council: str | None = None) -> list[Sheet]:
    """Return a gap's tables: England and all councils, or one council by its ONS code; drivers, assumptions, who is left out.

    Raises
    ------
    NoData
        When the council is in no figure of the gap, with the reason.
    """
    title = gap.scenario.title
    chosen = gap.councils if council is None else gap.councils[gap.councils["council"] == council]
    if chosen.empty:
        why = {row.council: (row.council_name, row.reason) for row in gap.left_out.itertuples()}
        called = council_index(default_store()).names.get(str(council), council)
        name, reason = why.get(council, (called, f"it did not exist in {gap.england['financial_year'].iloc[0]}, the base year"))
        raise NoData(f"{name} is in no figure of this scenario: {reason}.")
    drivers = gap.drivers.rename(columns={"gap_gbp": "part_of_gap_gbp"})
    sheets = [
        Sheet("england", f"Need, funding and gap, England: {title}", gap.england, _GAP_SOURCE, (_YEARLY, _TREND)),
        Sheet("councils", f"Need, funding and gap by council: {title}", chosen.reset_index(drop=True), _GAP_SOURCE, (_YEARLY, _COUNCIL)),
        Sheet("drivers", f"What each driver adds to England's gap: {title}", drivers, _GAP_SOURCE, (_TREND,)),
        Sheet("assumptions", f"Every assumption of the scenario: {title}", gap.scenario.to_frame(), "The scenario's own sources"),
    ]
    extra = [
        ("rates", "Rates of growth as used, fractions a year", gap.rates),
        ("left-out", "Councils in no figure, and why", gap.left_out),
    ]
    return sheets + [Sheet(name, words, frame, _GAP_SOURCE) for name, words, frame in extra if len(frame)]


def export_gap(folder: str | Path, gap: Gap, council: str | None = None, store: Store | None = None) -> list[Path]:
    """Write a gap to a folder; see `export` and `gap_sheets`."""
    about = [f"{gap.scenario.title}.", gap.scenario.summary, f"Money is in cash, and in {gap.price_base} prices where a heading says so."]
    settings = {"command": "gap", "council": council, "scenario": _scenario(gap)}
    return export(
        folder, "gap", "The funding gap of children's services in England", gap_sheets(gap, council), about=about, settings=settings,
        price_base=gap.price_base, store=store,
    )  # fmt: skip


def export_funds(
    folder: str | Path, gap: Gap | None = None, fund: str = "", covered: pd.DataFrame | None = None, store: Store | None = None
) -> list[Path]:
    """Write the register of funds, by year and counted once; with a gap, what one fund covers of it (`covered`, from `coverage`)."""
    years = fund_years(store)
    sheets = [
        Sheet(
            "register", "Central funds for children's services and families, England", funds(store), _FUND_SOURCE, (_EVEN, _ADULTS, _WORTH)
        ),
        Sheet("years", "Each fund by year, England, cash", years, _FUND_SOURCE, (_EVEN, _ADULTS)),
        Sheet(
            "timeline",
            "All funds by year, each pound counted once, England, cash",
            fund_timeline(store),
            _FUND_SOURCE,
            (_EVEN, _ONCE, _ADULTS),
        ),
    ]
    settings: dict[str, Any] = {"command": "funds", "fund": fund or None}
    about = ["Central funds, with where each figure was read and what is assumed.", "All amounts are in cash."]
    if gap is not None and covered is not None:
        title = f"What {fund} covers of the gap, England, cash of each year: {gap.scenario.title}"
        sheets.append(Sheet("coverage", title, covered, _FUND_SOURCE, (_WORTH, _YEARLY, _INADEQUATE, _ADULTS)))
        sheets.append(
            Sheet(
                "assumptions", f"Every assumption of the gap: {gap.scenario.title}", gap.scenario.to_frame(), "The scenario's own sources"
            )
        )
        settings["scenario"] = _scenario(gap)
    return export(folder, "funds", "Central funds for children's services in England", sheets, about=about, settings=settings, store=store)


def export_allocation(
    folder: str | Path, allocation: Allocation, closing: Closing | None = None, gap: Gap | None = None, store: Store | None = None
) -> list[Path]:
    """Write an allocation, and with a gap whose own gap it closes."""
    year = allocation.financial_year
    about = [str(allocation) + "."]
    table = allocation.councils.assign(financial_year=year)
    rounding = "Whole pence by the method of the largest remainder: the councils' sums add up to the fund exactly."
    sheets = [Sheet("councils", f"A fund shared out among councils, {year}, cash: {allocation.basis}", table, _FUND_SOURCE, (rounding,))]
    if len(allocation.left_out):
        sheets.append(Sheet("left-out", "Councils that get nothing, and why", allocation.left_out, _FUND_SOURCE))
    settings: dict[str, Any] = {
        "command": "allocate",
        "fund": allocation.fund or None,
        "amount_gbp": f"{allocation.total_pence / 100:.2f}",
        "rule": allocation.rule,
        "basis": allocation.basis,
        "year": year,
    }
    if allocation.rule == "table":
        settings["weights"] = dict(zip(allocation.councils["council"], allocation.councils["weight"].astype(float), strict=True))
    if closing is not None and gap is not None:
        title = f"The allocation beside each council's own gap, {closing.financial_year}, cash: {gap.scenario.title}"
        beside = closing.councils.assign(financial_year=closing.financial_year)
        sheets.append(Sheet("gaps-closed", title, beside, _GAP_SOURCE, (_COUNCIL, _YEARLY)))
        settings["scenario"] = _scenario(gap)
    return export(folder, "allocation", "A fund shared out among councils in England", sheets, about=about, settings=settings, store=store)


def _scenario(gap: Gap) -> dict[str, Any]:
    """Return the scenario in full, with the base year that "latest" came to."""
    return gap.scenario.model_dump() | {"base_year_used": gap.price_base}
