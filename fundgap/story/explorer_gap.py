"""The explorer's views of money to come: the gap if the recent trend goes on, and a share of each fund under each rule."""

from collections.abc import Iterable
from typing import Any, get_args

from fundgap.data.councils import TINY_COUNCILS
from fundgap.gap.allocation import Allocation, Rule, allocate
from fundgap.gap.funds import fund_years, funds
from fundgap.story.explorer_view import DOUBTED, LATEST, TINY, Shown, View, noted, reasons_of, register, rounded, signed, with_reasons
from fundgap.story.findings import MOST, PLEDGE, SEED, Findings
from fundgap.story.fund_tables import MILLION, RULE_NAMES

# The pledge, and larger funds of the latest years; of each the last year whose amount is known is shared out.
FUNDS = (PLEDGE, "supporting-families", "prevention-grant", "families-first")
RULES: tuple[Rule, ...] = tuple(rule for rule in get_args(Rule) if rule != "table")


def gap(findings: Findings) -> View:
    """Return every council's yearly gap if the recent trend goes on, with its fan: the report's one simulation."""
    drawn, until = findings.simulation, str(findings.trend.england["financial_year"].iloc[-1])
    latest = findings.years[findings.years["financial_year"] == LATEST]
    doubted = set(latest.loc[latest["is_spend_out_of_line"], "council"])
    levels = (MOST[0], 0.25, 0.5, 0.75, MOST[1])
    table = drawn.councils(*levels)
    table = table[table["financial_year"] <= until]
    wide = table.pivot(index=["council", "council_name", "financial_year"], columns="quantile", values="gap_gbp_real").reset_index()
    shown = {}
    for code, own in wide.groupby("council"):
        rows = [[row["financial_year"], *(round(row[level]) for level in levels)] for row in own.to_dict("records")]
        _, low, _, middle, _, high = rows[-1]
        finding = (
            f"{own['council_name'].iloc[0]}: if the recent trend goes on and funding keeps up with prices alone, a gap of "
            f"{signed(middle).lstrip('+')} in {until}; in eight draws of ten {signed(low)} to {signed(high)}."
        )
        notes = [TINY] if code in TINY_COUNCILS else [DOUBTED] if code in doubted else []
        shown[str(code)] = {"finding": finding, "rows": rows, **noted(notes)}
    base = drawn.run.price_base
    return View(
        "gap",
        "The gap, if the recent trend goes on",
        f"Yearly gap, £m in {base} prices, {base} to {until}: need less funding. Line: the middle of {drawn.draws:,} draws (seed {SEED}); "
        "bands: five and eight draws of ten.",
        "A gap against the cost of standing still, not a deficit; below 0 funding would do more than keep up. The bands hold chance under "
        f"the scenario '{findings.trend.scenario.title}', not how wrong the scenario may be. The base year counts as met.",
        f"{base} to {until}",
        f"{base} prices (GDP deflator)",
        "fan",
        (("Financial year", "text", ""), *((f"Gap, {_ordinal(level)} of draws below", "pounds", "£") for level in levels)),
        with_reasons(findings, shown, reasons_of(drawn.run.left_out), "not in the projection"),
    )


def _ordinal(level: float) -> str:
    return f"{level:.0%}"


def shares(findings: Findings) -> View:
    """Return every council's part of the pledge and of larger funds by each rule (`fundgap.allocate`)."""
    known = fund_years(store=findings.store).dropna(subset="amount_gbp").groupby("fund")["financial_year"].max()
    titles = funds(findings.store).set_index("id")["title"]
    rows: dict[str, list[list[Any]]] = {}
    notes: dict[str, list[str]] = {}
    for fund in FUNDS:
        for rule in RULES:
            given = allocate(
                fund, rule, str(known[fund]), leave_out=True, years=findings.years, judgements=findings.judgements, store=findings.store
            )
            _gather(given, str(titles[fund]), rows, notes)
    names = register(findings)
    shown: dict[str, Shown] = {}
    for code, own in rows.items():
        first = next((row for row in own if row[2] == RULE_NAMES["children"]), own[0])
        finding = f"{names['council_name'][code]}: {_pounds(first[3])} of {first[0]} in {first[1]} if it were shared {first[2]}."
        missing = _missing_funds(own, [str(titles[fund]) for fund in FUNDS], str(names["council_name"][code]))
        shown[code] = {"finding": finding, "rows": own, **noted([*missing, *notes.get(code, ())])}
    live = names["was"].eq("")
    return View(
        "shares",
        "A share of each fund, under each rule",
        "What the council would get of one year of a fund, cash of that year, by five rules. Not what was paid.",
        "Exact arithmetic on published figures, to the penny: no interval. Where a source names one sum for several years, even parts "
        "are assumed. Funds overlap in part: do not add them up. "
        "'Inadequate first' gives all to councils judged inadequate by the end of the year. Source: the register of funds.",
        "as stated in the row",
        "cash",
        "shares",
        (
            ("Fund", "text", ""),
            ("Financial year", "text", ""),
            ("Rule", "text", ""),
            ("Allocation", "pence", "£"),
            ("A child", "pence", "£ a child"),
            ("Share of the year's fund", "percent", "fraction"),
        ),
        with_reasons(findings, {code: one for code, one in shown.items() if live[code]}, {}, "no figures to share by"),
    )


def _gather(given: Allocation, title: str, rows: dict[str, list[list[Any]]], notes: dict[str, list[str]]) -> None:
    for part in given.councils.to_dict("records"):
        share = part["allocation_pence"] / given.total_pence
        row = [
            title,
            given.financial_year,
            RULE_NAMES[given.rule],
            part["allocation_gbp"],
            rounded(part["per_child_gbp"], 4),
            round(share, 8),
        ]
        rows.setdefault(str(part["council"]), []).append(row)
    for part in given.left_out.to_dict("records"):
        notes.setdefault(str(part["council"]), []).append(f"{title}, {RULE_NAMES[given.rule]}: {part['reason']}.")


def _missing_funds(own: Iterable[list[Any]], titles: Iterable[str], name: str) -> list[str]:
    held = {row[0] for row in own}
    return [f"{title}: {name} did not exist in the year shown, so it has no part." for title in titles if title not in held]


def _pounds(value: float) -> str:
    return f"£{value / MILLION:,.2f}m" if value >= MILLION else f"£{value:,.0f}"
