"""The explorer's views of spend: what need leads to expect, and what the change since 2016-17 goes with."""

from typing import Any, get_args

from fundgap.data.prices import BASE_YEAR, in_real_terms
from fundgap.models.decomposition import decompose_spend
from fundgap.models.need import Category
from fundgap.models.spending import expected_spend
from fundgap.story.explorer_view import DOUBTED, LATEST, Shown, View, noted, reasons_of, register, signed, with_reasons
from fundgap.story.findings import Findings
from fundgap.story.fund_tables import MILLION

SINCE = "2016-17"
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


def spend(findings: Findings) -> View:
    """Return spend a child beside what need leads to expect (`fundgap.expected_spend`), by category."""
    years = in_real_terms(findings.years, store=findings.store)
    rows: dict[str, list[list[Any]]] = {}
    reasons: dict[str, str] = {}
    doubted = set()
    for category in get_args(Category):
        fitted = expected_spend(years, LATEST, category)
        reasons |= reasons_of(fitted.left_out)
        for row in fitted.councils.to_dict("records"):
            figures = [round(row[name], 2) for name in ("spend", "expected", "lower", "upper")]
            place = "outside" if row["is_outside"] else "inside"
            rows.setdefault(str(row["council"]), []).append([CATEGORIES[category], *figures, place])
            doubted |= {str(row["council"])} if row["is_spend_out_of_line"] else set()
    names = register(findings)["council_name"]
    shown = {
        code: {"finding": _spend_finding(str(names[code]), own[0]), "rows": own, **noted([DOUBTED] if code in doubted else [])}
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
        with_reasons(findings, shown, reasons, f"no usable figures for {LATEST}"),
    )


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
            f"{signed(rows[2][4])} goes with the cost of each, {signed(rows[1][4])} with the rate in care and {signed(rows[0][4])} with "
            "numbers of children."
        )
        shown |= {code: {"finding": finding, "rows": rows, **noted(notes)} for code in codes}
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
        with_reasons(findings, shown, reasons_of(split.left_out, "area"), "no figures of both years"),
    )


def _moved(pounds: float) -> str:
    return f"{'rose' if pounds >= 0 else 'fell'} by £{abs(pounds) / MILLION:,.1f}m"
