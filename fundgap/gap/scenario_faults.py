"""How the assumptions of a scenario go together: which are given, in which units, estimated from what."""

from collections.abc import Mapping
from typing import Any

# Assumptions that are rates of growth, in the order in which they build up need; the last one moves funding.
GROWTH = ("demography_growth", "demand_growth", "price_growth", "funding_growth")
PATHS = ("need_gbp", "funding_gbp")
_NEED = ("demography_growth", "demand_growth", "price_growth")
_POUNDS, _REAL, _CASH = "£, cash, England", "fraction a year, real", "fraction a year"
_UNITS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(PATHS, (_POUNDS,)),
    **dict.fromkeys(_NEED, (_REAL,)),
    # Funding may be told in cash too: kept flat in pounds, say.
    "funding_growth": (_REAL, _CASH),
    "general_price_growth": (_CASH,),
}
_ESTIMATES = {"demography_growth": ("panel", "projection"), "demand_growth": ("panel",), "price_growth": ("panel", "panel_high")}


def structure_faults(content: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with how assumptions go together: which are given, in which units, for which kind of base year."""
    given = [name for name in _UNITS if content.get(name) is not None]
    need = [name for name in _NEED if name in given]
    faults = []
    if ("need_gbp" in given) == bool(need) or (need and len(need) < len(_NEED)):
        faults.append(f"need wants either need_gbp, or all of {', '.join(_NEED)}")
    if ("funding_gbp" in given) == ("funding_growth" in given):
        faults.append("funding wants either funding_gbp or funding_growth")
    elif ("need_gbp" in given) != ("funding_gbp" in given):
        faults.append("need and funding are both paths in pounds, or both grow from the outturn")
    if "need_gbp" not in given and "general_price_growth" not in given:
        faults.append("growth in real terms wants general_price_growth, to say it in cash")
    if content.get("base_year") == "latest" and any(name in given for name in PATHS):
        faults.append("base_year must be a year where a path in pounds is given")
    for name in given:
        faults += _assumption_faults(name, content[name])
    return faults


def _assumption_faults(name: str, item: object) -> list[str]:
    """Return what an assumption of this name cannot have: a unit, an estimate, categories."""
    if not isinstance(item, Mapping):
        return []
    faults = []
    unit, estimate = item.get("unit"), item.get("estimate")
    if unit is not None and unit not in _UNITS[name]:
        faults.append(f"{name} wants the unit {' or '.join(repr(wanted) for wanted in _UNITS[name])}, not '{unit}'")
    if estimate is not None and estimate not in _ESTIMATES.get(name, ()):
        offered = " or ".join(_ESTIMATES.get(name, ())) or "none: give a value"
        faults.append(f"{name} cannot be estimated as '{estimate}'; there is {offered}")
    if item.get("applies_to") is not None and name not in ("demand_growth", "price_growth"):
        faults.append(f"{name} is for all categories; applies_to goes with demand_growth and price_growth")
    return faults
