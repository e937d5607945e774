"""A brief's sections, each from a public result; what a council has no figure of is said with its reason, never left blank."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from fundgap.data.councils import TINY_COUNCILS, exists_in
from fundgap.data.prices import BASE_YEAR
from fundgap.data.processed_tables import PER_CHILD_COLUMNS
from fundgap.errors import NoData
from fundgap.models.partners import partners_on
from fundgap.story.brief_inputs import RULES, SINCE, BriefInputs
from fundgap.story.brief_rows import MISSING, Row

_REAL = f"in {BASE_YEAR} prices"
_S251 = "DfE Section 251 outturn"
GAP_YEAR = "2029-30"
_LOW, _MIDDLE, _HIGH = 0.1, 0.5, 0.9
_PARTNERS = 3
_CATEGORIES = {name: (name.replace("_", "-") if name == "looked_after" else name.replace("_", " ")) for name in PER_CHILD_COLUMNS}


def who_rows(code: str, inputs: BriefInputs) -> Iterator[Row]:
    """Yield region, class, children, deprivation, grade."""
    entry, now = inputs.register.loc[code], _year(code, inputs.latest, inputs)
    yield Row("who", "region", text=str(entry["region"]), source="register of councils")
    yield Row("who", "class", text=str(entry["council_class"]), source="register of councils")
    children = _value(now, "children")
    why = "" if children == children else f"no estimate of children published for {inputs.latest}"
    yield Row("who", "children aged 0-17", inputs.latest, children, unit="children", source="ONS estimates", note=why)
    tenth = _value(now, "deprivation_decile")
    why = "where 10 is the most deprived tenth of councils" if tenth == tenth else "the edition in force ranks no council of this area"
    source = f"MHCLG {now['deprivation_vintage']}" if now is not None and tenth == tenth else "MHCLG Indices of Deprivation"
    yield Row("who", "deprivation tenth (IMD)", inputs.latest, tenth, unit="tenth", source=source, note=why)


def inspection_rows(code: str, inputs: BriefInputs) -> Iterator[Row]:
    """Yield the council's judgements, the oldest first."""
    steps = inputs.paths.of(code)
    if steps.empty:
        yield Row("inspections", "overall judgement", note="none since 2009 in the releases held", source="Ofsted")
    for step in steps.to_dict("records"):
        inspected, published = step["inspection_date"], step["publication_date"]
        day = "day of inspection not held" if pd.isna(inspected) else f"inspected {inspected:%-d %b %Y}"
        reported = f"{published:%Y-%m-%d}"
        yield Row(
            "inspections", f"{step['stage']}, reported", reported, text=str(step["rating"]), source=f"Ofsted ({step['source']})", note=day
        )


def spend_rows(code: str, inputs: BriefInputs) -> Iterator[Row]:
    """Yield gross spend a child by category, its change, and what need leads to expect."""
    now, then = _year(code, inputs.latest, inputs), _year(code, SINCE, inputs)
    for category, column in PER_CHILD_COLUMNS.items():
        words = _CATEGORIES[category]
        spend, before = _value(now, f"{column}_real"), _value(then, f"{column}_real")
        why = _doubt(now) if spend == spend else _why_no_spend(code, inputs.latest, now, inputs)
        yield Row("spend", words, inputs.latest, spend, unit="£ a child", prices=_REAL, source=_S251, note=why)
        if spend == spend:
            # A change over nothing is no percentage.
            change = 100 * (spend / before - 1) if before > 0 else MISSING
            why = "; ".join(filter(None, (_doubt(now), _doubt(then)))) if change == change else _why_no_spend(code, SINCE, then, inputs)
            span = f"{SINCE} to {inputs.latest}"
            yield Row("spend", f"{words}, change", span, change, unit="%", prices="real terms", source=_S251, note=why)
    if _value(now, "gross_spend_per_child_real") != _value(now, "gross_spend_per_child_real"):
        yield from _last_held(code, inputs)
    yield _expected(code, inputs)


def _last_held(code: str, inputs: BriefInputs) -> Iterator[Row]:
    """Yield the last year with spend, where the latest has none."""
    own = inputs.real[(inputs.real["council"] == code) & inputs.real["gross_spend_per_child_real"].notna()]
    if len(own):
        last = own.sort_values("financial_year").iloc[-1]
        value = float(last["gross_spend_per_child_real"])
        note = f"not comparable with figures of {inputs.latest}: another year"
        yield Row("spend", "last gross spend held", last["financial_year"], value, unit="£ a child", prices=_REAL, source=_S251, note=note)


def _expected(code: str, inputs: BriefInputs) -> Row:
    found = inputs.expected
    own = found.councils[found.councils["council"] == code]
    source = "fundgap: log-linear model of need, weighted by children"
    if own.empty:
        reason = found.left_out.set_index("council")["reason"].get(code, "not in the model")
        note = f"{reason}: in no model of spend"
        return Row("spend", "expected given need", inputs.latest, unit="£ a child", prices=_REAL, source=source, note=note)
    one = own.iloc[0]
    position = "outside" if one["is_outside"] else "inside"
    note = f"{found.level:.0%} prediction interval; its spend lies {position}; R² {found.r_squared:.2f}"
    note = "; ".join(filter(None, (note, _doubt(_year(code, inputs.latest, inputs)))))
    values = (float(one["expected"]), float(one["lower"]), float(one["upper"]))
    return Row("spend", "expected given need", inputs.latest, *values, "£ a child", _REAL, "", source, note)


def volume_rows(code: str, inputs: BriefInputs) -> Iterator[Row]:
    """Yield numbers looked after and what each cost, then and now; what goes with which part of the change."""
    found = inputs.looked_after
    span = f"{found.first} to {found.last}"
    own = found.areas[_holds(found.areas["area"], code)]
    if own.empty:
        gone = found.left_out[_holds(found.left_out["area"], code)]
        place = str(gone["area_name"].iloc[0]) if len(gone) else "this council"
        reason = str(gone["reason"].iloc[0]) if len(gone) else "no figures in both years"
        yield Row("volume and price", "numbers and cost", span, source=_S251, note=f"{place}: {reason}")
        return
    one = own.iloc[0]
    # A council newer than the first year has its area's figures, and they are named so.
    whole = "" if one["area"] == code else f"figures of the whole area, {one['area_name']}: councils changed"
    doubt = "; ".join(part for part in (whole, "a return of either year is out of line" if one["is_out_of_line"] else "") if part)
    for end, year in (("before", found.first), ("after", found.last)):
        count, cost = float(one[f"looked_after_{end}"]), float(one[f"unit_cost_{end}"])
        yield Row("volume and price", "looked-after children, 31 March", year, count, unit="children", source="DfE SSDA903", note=doubt)
        unit, source = "£ a looked-after child", f"{_S251}; DfE SSDA903"
        yield Row("volume and price", "spend a looked-after child", year, cost, unit=unit, prices=_REAL, source=source, note=doubt)
    parts = {"change": "change in spend", "children": "with the number of children", "rate": "with the rate looked after"}
    for name, words in (parts | {"unit_cost": "with the cost of each"}).items():
        source = f"{_S251}; LMDI-I"
        yield Row("volume and price", words, span, float(one[f"{name}_gbp"]), unit="£", prices=_REAL, source=source, note=doubt)


def gap_rows(code: str, inputs: BriefInputs) -> Iterator[Row]:
    """Yield the gap by the trend, cash and real, with the range of eight draws of ten."""
    drawn = inputs.simulation
    source = f"fundgap: {drawn.draws:,} draws about scenario '{drawn.run.scenario.id}', seed {drawn.seed}"
    if code not in set(drawn.run.councils["council"]):
        reason = drawn.run.left_out.set_index("council")["reason"].get(code, f"did not exist in {drawn.run.price_base}")
        yield Row("gap", "yearly gap", GAP_YEAR, unit="£", source=source, note=f"{reason}: there is nothing to start from")
        return
    table = drawn.council(code, _LOW, _MIDDLE, _HIGH)
    ends = table[table["financial_year"] == GAP_YEAR].set_index("quantile")
    parts = ["middle draw, and the range of eight draws of ten", _doubt(_year(code, drawn.run.price_base, inputs))]
    note = "; ".join(filter(None, [*parts, "tiny council: a child or two move it" if code in TINY_COUNCILS else ""]))
    for column, prices in (("gap_gbp_real", f"in {drawn.run.price_base} prices"), ("gap_gbp", "cash")):
        value, low, high = (float(ends[column][level]) for level in (_MIDDLE, _LOW, _HIGH))
        yield Row("gap", "yearly gap", GAP_YEAR, value, low, high, "£", prices, "", source, note)
    run = drawn.run.councils
    alone = run[(run["council"] == code) & (run["financial_year"] == GAP_YEAR)].iloc[0]
    why = "run 0, the trend itself; the middle draw is a little off it: swings multiply, odd returns fade"
    for column, prices in (("gap_gbp_real", f"in {drawn.run.price_base} prices"), ("gap_gbp", "cash")):
        source = f"fundgap: scenario '{drawn.run.scenario.id}'"
        yield Row("gap", "without chance", GAP_YEAR, float(alone[column]), unit="£", prices=prices, source=source, note=why)


def pledge_rows(code: str, inputs: BriefInputs) -> Iterator[Row]:
    """Yield what a sum of the pledge's size would give it by rule."""
    year = inputs.latest
    for rule, words in RULES.items():
        done = inputs.allocations[rule]
        own = done.councils[done.councils["council"] == code]
        source = f"fundgap: £{inputs.pledged_gbp:,.0f} by {done.basis}"
        if own.empty:
            reason = done.left_out.set_index("council")["reason"].get(code, "not shared in")
            yield Row("pledge", words, year, unit="£", prices="cash", source=source, note=str(reason))
            continue
        pounds, each = float(own["allocation_gbp"].iloc[0]), float(own["per_child_gbp"].iloc[0])
        note = "not judged Inadequate in the latest report" if pounds == 0 else f"£{each:,.2f} a child"
        yield Row("pledge", words, year, pounds, unit="£", prices="cash", source=source, note=note)


def partner_rows(code: str, inputs: BriefInputs) -> Iterator[Row]:
    """Yield the three partners most like it."""
    source = "fundgap: DfE statistical neighbours, then likeness"
    try:
        found = partners_on(code, inputs.partner_facts)
    except NoData as error:
        yield Row("partners", "partners", inputs.latest, source=source, note=str(error).rstrip("."))
        return
    for place, (row, words) in enumerate(zip(found.first(_PARTNERS).itertuples(), found.in_words(_PARTNERS), strict=True), start=1):
        note = words.removeprefix(f"{row.council_name}: ")
        yield Row("partners", f"no. {place}", found.financial_year, text=str(row.council_name), source=source, note=note)


def flag_rows(code: str, inputs: BriefInputs) -> Iterator[Row]:
    """Yield what is to be known about its figures since the first year told of."""
    own = inputs.years[(inputs.years["council"] == code) & (inputs.years["financial_year"] >= SINCE)]
    told = {
        "is_missing_return": "no spend published",
        "is_spend_out_of_line": "return out of line with its own years: may be a slip",
        "is_children_scaled": "children scaled to the council's area",
        "is_looked_after_rounded": "looked-after children rounded by the publisher",
        "is_deprivation_derived": "deprivation worked out from its districts: newer than the edition",
    }
    rows = [
        Row("flags", words, _listed(own.loc[own[name].astype(bool), "financial_year"]), text="yes", source="fundgap panel")
        for name, words in told.items()
        if own[name].astype(bool).any()
    ]
    for change in inputs.changes.to_dict("records"):
        if code in change["after"] and change["kind"] != "recoded":
            text = f"{change['kind']}: {change['before_names']} became {change['after_names']}"
            note = "its own figures begin then"
            rows.append(Row("flags", "boundary change", change["first_year"], text=text, source="register of councils", note=note))
    if code in TINY_COUNCILS:
        rows.append(Row("flags", "tiny council", text="too small to compare", source="register of councils", note="a child or two move it"))
    yield from rows or [Row("flags", "since " + SINCE, text="nothing flagged", source="fundgap panel")]


def _year(code: str, year: str, inputs: BriefInputs) -> "pd.Series[Any] | None":
    own = inputs.real[(inputs.real["council"] == code) & (inputs.real["financial_year"] == year)]
    return None if own.empty else own.iloc[0]


def _value(row: "pd.Series[Any] | None", column: str) -> float:
    return MISSING if row is None or pd.isna(row[column]) else float(row[column])


def _doubt(row: "pd.Series[Any] | None") -> str:
    """Say that a year's return is flagged: whatever starts from it may be as far out."""
    if row is None or not row["is_spend_out_of_line"]:
        return ""
    return f"the return of {row['financial_year']} is out of line and may be a slip"


def _why_no_spend(code: str, year: str, row: "pd.Series[Any] | None", inputs: BriefInputs) -> str:
    if not bool(exists_in(inputs.register, year)[code]):
        return f"it did not exist in {year}"
    if row is None or bool(row["is_missing_return"]):
        return f"no spend published for {year}"
    return f"no children published for {year}" if bool(row["is_children_missing"]) else f"no usable figure of {year}, or nought"


def _holds(areas: "pd.Series[str]", code: str) -> "pd.Series[bool]":
    return areas.str.split().map(lambda codes: code in codes)


def _listed(years: "pd.Series[str]") -> str:
    held = sorted(years)
    return held[0] if len(held) == 1 else f"{held[0]} to {held[-1]}" if len(held) > 3 else ", ".join(held)
