"""What the explorer shows of every council: six views, each a table of figures, what it says in a sentence, or why there is none."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

import pandas as pd

from fundgap.data.councils import TINY_COUNCILS, councils
from fundgap.data.prices import BASE_YEAR, in_real_terms
from fundgap.gap.allocation import Allocation, Rule, allocate
from fundgap.gap.funds import fund_years, funds
from fundgap.models.decomposition import decompose_spend
from fundgap.models.journeys import journeys
from fundgap.models.need import Category
from fundgap.models.partners import partners_of_all
from fundgap.models.spending import expected_spend
from fundgap.story.findings import MOST, PLEDGE, SEED, Findings
from fundgap.story.fund_tables import MILLION, RULE_NAMES

Shown = dict[str, Any]
LATEST, SINCE = BASE_YEAR, "2016-17"
# The pledge, and larger funds of the latest years; of each the last year whose amount is known is shared out.
FUNDS = (PLEDGE, "supporting-families", "prevention-grant", "families-first")
RULES: tuple[Rule, ...] = tuple(rule for rule in get_args(Rule) if rule != "table")
MOST_PARTNERS = 3
CATEGORIES = {
    "gross_spend": "All children's services",
    "looked_after": "Looked-after children",
    "safeguarding": "Safeguarding",
    "preventative": "Preventative services",
}
_FACTORS = {
    "children": ("Number of children", "children", "children aged 0-17"),
    "rate": ("Share of children looked after", "rate", "per 10,000 children"),
    "unit_cost": ("Spend per looked-after child", "unit_cost", "£ a looked-after child"),
}
_PER = 10_000
_TINY = "A tiny council: a few children more or fewer move its figures by much."
_DOUBTED = f"Its return of {LATEST} is out of line with its own other figures: read its spend with care."


@dataclass(frozen=True)
class View:
    """One view of every council.

    Parameters
    ----------
    columns
        (label, kind, unit) of each column; kinds: "text", "date", "code", "pounds", "pence", "millions", "number", "percent".
    councils
        By ONS code: {"finding": sentence, "rows": [[…]], "note": sentence or absent}, or {"missing": why}.
    """

    name: str
    title: str
    measure: str
    limit: str
    period: str
    price_basis: str
    chart: str
    columns: tuple[tuple[str, str, str], ...]
    councils: Mapping[str, Shown]


def views(findings: Findings) -> list[View]:
    """Return the views in the order of the page."""
    return [view(findings) for view in VIEWS]


def register(findings: Findings) -> pd.DataFrame:
    """Return the councils of the register by ONS code, with `was` ("" or when it was abolished and what followed, in words)."""
    table = councils(findings.store).set_index("council")
    names = table["council_name"]
    followed = [", ".join(str(names[code]) for code in str(codes).split()) for codes in table["successors"].fillna("")]
    was = [
        f"{name} was abolished after {last}; see {after}." if pd.notna(last) else ""
        for name, last, after in zip(names, table["last_year"], followed, strict=True)
    ]
    return table.assign(was=was)


def _with_reasons(findings: Findings, shown: dict[str, Shown], reasons: Mapping[str, str], otherwise: str) -> dict[str, Shown]:
    """Return every council of the register: what is shown of it, or why nothing is."""
    result = {}
    for code, row in register(findings).iterrows():
        why = row["was"] or f"{row['council_name']}: {reasons.get(str(code), otherwise)}."
        result[str(code)] = shown.get(str(code)) or {"missing": why}
    return result


def _said(left_out: pd.DataFrame, key: str = "council") -> dict[str, str]:
    return {code: str(row["reason"]) for row in left_out.to_dict("records") for code in str(row[key]).split()}


def ratings(findings: Findings) -> View:
    """Return every council's judgements (`fundgap.journeys`)."""
    paths = journeys(findings.judgements, findings.store)
    shown = {}
    for code, steps in paths.steps.groupby("council"):
        last = steps.iloc[-1]
        count = f"{len(steps)} judgements" if len(steps) > 1 else "one judgement"
        finding = (
            f"{last['council_name']}: {str(last['rating']).lower()} at its latest judgement ({last['stage']}, report of "
            f"{last['publication_date']:%-d %b %Y}); {count} since {steps['publication_date'].min():%Y}."
        )
        rows = [[f"{row.publication_date:%Y-%m-%d}", row.stage, str(row.rating)] for row in steps.itertuples()]
        shown[str(code)] = {"finding": finding, "rows": rows}
    end = f"{paths.steps['publication_date'].max():%-d %b %Y}"
    return View(
        "ratings",
        "Ratings path",
        f"Overall judgements by Ofsted, by day of the report, to {end}. A judgement is not a sample: it has no interval.",
        "Before November 2013 other frameworks with other criteria. A successor council starts anew. Source: Ofsted.",
        f"to {end}",
        "none: not money",
        "steps",
        (("Report published", "date", ""), ("Framework", "text", ""), ("Judgement", "text", "")),
        _with_reasons(findings, shown, {}, "no judgement of its own on record yet"),
    )


def spend(findings: Findings) -> View:
    """Return spend a child beside what need leads to expect (`fundgap.expected_spend`), by category."""
    years = in_real_terms(findings.years, store=findings.store)
    rows: dict[str, list[list[Any]]] = {}
    reasons: dict[str, str] = {}
    doubted = set()
    for category in get_args(Category):
        fitted = expected_spend(years, LATEST, category)
        reasons |= _said(fitted.left_out)
        for row in fitted.councils.to_dict("records"):
            figures = [round(row[name], 2) for name in ("spend", "expected", "lower", "upper")]
            place = "outside" if row["is_outside"] else "inside"
            rows.setdefault(str(row["council"]), []).append([CATEGORIES[category], *figures, place])
            doubted |= {str(row["council"])} if row["is_spend_out_of_line"] else set()
    names = register(findings)["council_name"]
    shown = {
        code: {"finding": _spend_finding(str(names[code]), own[0]), "rows": own, **_noted([_DOUBTED] if code in doubted else [])}
        for code, own in rows.items()
    }
    reasons = {code: f"{why}, {LATEST}" for code, why in reasons.items()}
    return View(
        "spend",
        "Spend a child beside what need leads to expect",
        f"£ a child aged 0-17, {LATEST}, {BASE_YEAR} prices; expected of a council with the same deprivation, low income and region; "
        "line: 95% prediction interval.",
        "Expected is what councils like it spend, not what they should. What is left over is reporting, age, disability, past decisions "
        "and efficiency alike. Categories overlap with the first, which holds them all. Sources: DfE Section 251, ONS, MHCLG, DWP.",
        LATEST,
        f"{BASE_YEAR} prices (GDP deflator)",
        "interval",
        (
            ("Category", "text", ""),
            ("Spent", "pounds", "£ a child"),
            ("Expected", "pounds", "£ a child"),
            ("Lower end of 95% interval", "pounds", "£ a child"),
            ("Upper end of 95% interval", "pounds", "£ a child"),
            ("Spend lies", "text", ""),
        ),
        _with_reasons(findings, shown, reasons, f"no usable figures for {LATEST}"),
    )


def _noted(notes: Iterable[str]) -> Shown:
    together = " ".join(dict.fromkeys(notes))
    return {"note": together} if together else {}


def _spend_finding(name: str, total: list[Any]) -> str:
    _, spent, expected, lower, upper, place = total
    return (
        f"{name} spent £{spent:,.0f} a child in {LATEST}; £{expected:,.0f} would be expected of a council like it, and its spend lies "
        f"{place} the interval of £{lower:,.0f} to £{upper:,.0f}."
    )


def change(findings: Findings) -> View:
    """Return the change in spend on looked-after children by volume and price (`fundgap.decompose_spend`)."""
    split = decompose_spend(findings.years, SINCE, LATEST, store=findings.store)
    shown: dict[str, Shown] = {}
    for area in split.areas.to_dict("records"):
        area |= {f"rate_{end}": _PER * area[f"looked_after_{end}"] / area[f"children_{end}"] for end in ("before", "after")}
        rows = []
        for factor in split.factors:
            label, level, unit = _FACTORS[factor]
            before, after = (round(area[f"{level}_{end}"], 1) for end in ("before", "after"))
            rows.append([label, unit, before, after, round(area[f"{factor}_gbp"])])
        total = [round(area[f"{name}_gbp"]) for name in ("before", "after", "change")]
        rows.append(["All together", "£ a year", *total])
        codes = str(area["area"]).split()
        notes = [f"For the area as a whole: {area['area_name']}; councils here changed in between."] if len(codes) > 1 else []
        notes += ["A return of either year is out of line with its own other figures: read with care."] if area["is_out_of_line"] else []
        finding = (
            f"{area['area_name']}: spend on looked-after children {_moved(total[2])} from {SINCE} to {LATEST}, of which "
            f"{_signed(rows[2][4])} goes with the cost of each, {_signed(rows[1][4])} with the rate in care and {_signed(rows[0][4])} with "
            "numbers of children."
        )
        shown |= {code: {"finding": finding, "rows": rows, **_noted(notes)} for code in codes}
    return View(
        "change",
        "Volume and price",
        f"Spend on looked-after children, {SINCE} to {LATEST}, {LATEST} prices: what goes with numbers and what with the cost of each.",
        "Arithmetic (LMDI), not an estimate: parts add up to the change, so there is no sampling interval. The cost of each rises with "
        "prices, harder cases and dearer kinds of care alike. Source: DfE Section 251 and looked-after children, ONS.",
        f"{SINCE} to {LATEST}",
        f"{LATEST} prices (GDP deflator)",
        "bars",
        (
            ("Goes with", "text", ""),
            ("Unit", "text", ""),
            (SINCE, "number", "see Unit"),
            (LATEST, "number", "see Unit"),
            ("Added to yearly spend", "pounds", "£"),
        ),
        _with_reasons(findings, shown, _said(split.left_out, "area"), "no figures of both years"),
    )


def _moved(pounds: float) -> str:
    return f"{'rose' if pounds >= 0 else 'fell'} by £{abs(pounds) / MILLION:,.1f}m"


def _signed(pounds: float) -> str:
    return f"{'+' if pounds >= 0 else '−'}£{abs(pounds) / MILLION:,.1f}m"


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
            f"{_signed(middle).lstrip('+')} in {until}; in eight draws of ten {_signed(low)} to {_signed(high)}."
        )
        notes = [_TINY] if code in TINY_COUNCILS else [_DOUBTED] if code in doubted else []
        shown[str(code)] = {"finding": finding, "rows": rows, **_noted(notes)}
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
        _with_reasons(findings, shown, _said(drawn.run.left_out), "not in the projection"),
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
        shown[code] = {"finding": finding, "rows": own, **_noted([*missing, *notes.get(code, ())])}
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
        _with_reasons(findings, {code: one for code, one in shown.items() if live[code]}, {}, "no figures to share by"),
    )


def _gather(given: Allocation, title: str, rows: dict[str, list[list[Any]]], notes: dict[str, list[str]]) -> None:
    for part in given.councils.to_dict("records"):
        share = part["allocation_pence"] / given.total_pence
        row = [
            title,
            given.financial_year,
            RULE_NAMES[given.rule],
            part["allocation_gbp"],
            _rounded(part["per_child_gbp"], 4),
            round(share, 8),
        ]
        rows.setdefault(str(part["council"]), []).append(row)
    for part in given.left_out.to_dict("records"):
        notes.setdefault(str(part["council"]), []).append(f"{title}, {RULE_NAMES[given.rule]}: {part['reason']}.")


def _missing_funds(own: Iterable[list[Any]], titles: Iterable[str], name: str) -> list[str]:
    held = {row[0] for row in own}
    return [f"{title}: {name} did not exist in the year shown, so it has no part." for title in titles if title not in held]


def _rounded(value: float, digits: int) -> float | None:
    return None if pd.isna(value) else round(value, digits)


def _pounds(value: float) -> str:
    return f"£{value / MILLION:,.2f}m" if value >= MILLION else f"£{value:,.0f}"


def partners_view(findings: Findings) -> View:
    """Return the good and outstanding councils most like each council (`fundgap.partners`)."""
    found, reasons = partners_of_all(findings.judgements, findings.years, findings.store)
    shown = {}
    for code, one in found.items():
        first = one.first(MOST_PARTNERS)
        rows = [
            [
                row["council"],
                row["council_name"],
                row["region"],
                f"{row['rating']} ({row['judged_on']:%b %Y})",
                _rounded(row["neighbour_position"], 0),
                round(row["closer_than"], 4),
                row["known_help"] or "none on record",
            ]
            for row in first.to_dict("records")
        ]
        names = list(first["council_name"])
        together = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
        shown[code] = {"finding": f"{one.council_name}: most like it among good and outstanding councils are {together}.", "rows": rows}
    names_of = register(findings)["council_name"]
    said = {code: words.removesuffix(".").replace(code, str(names_of[code])) for code, words in reasons.items()}
    day = f"{next(iter(found.values())).as_at:%-d %b %Y}"
    return View(
        "partners",
        "Partners: good councils most like it",
        f"Grades as at {day}, figures of {LATEST}; official statistical neighbours first, then by likeness. "
        "A ranking, without an interval.",
        "Whether a council has room to help, and wants to, is in no figure: ask. A grade is years old when it is read.",
        f"as at {day}",
        "none: not money",
        "none",
        (
            ("ONS code", "code", ""),
            ("Council", "text", ""),
            ("Region", "text", ""),
            ("Judgement", "text", ""),
            ("Official neighbour, place", "number", "1 = nearest"),
            ("More alike than this share of pairs", "percent", "fraction"),
            ("Known help to others", "text", ""),
        ),
        _with_reasons(findings, shown, said, "nobody to compare with"),
    )


VIEWS: tuple[Callable[[Findings], View], ...] = (ratings, spend, change, gap, shares, partners_view)
