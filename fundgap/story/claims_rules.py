"""The rules of the verdicts, as `claims_rules.toml` states them: one entry a claim, nothing computed here."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, get_args

from fundgap.errors import BadFigures, Fault
from fundgap.story.claims_rule import Condition, Rule, Verdict

FILE = "claims_rules.toml"
# A figure and what it is set against: a number, a percentage, or another figure.
_WHEN = re.compile(r"(?P<figure>\w+) (?P<operator>[<>]=?|=) (?:(?P<number>-?\d+(?:\.\d+)?)(?P<percent>%?)|(?P<other>[a-z]\w*))")
_CASES = ("untestable", "supported", "refuted")
_KNOWN = (*_CASES, "otherwise", "why")


@cache
def rules() -> Mapping[str, Rule]:
    """Return the rule of every claim, by the claim's id."""
    return read_rules(files(__package__).joinpath(FILE).read_text("utf-8"))


def read_rules(text: str) -> dict[str, Rule]:
    """Return the rules that a text in the form of `claims_rules.toml` states, by the claim's id.

    Raises
    ------
    BadFigures
        With a fault for each rule that cannot be used: what no rule has, a verdict that there is not, a condition that cannot be read.
    """
    found: dict[str, Rule] = {}
    faults = []
    for name, entry in tomllib.loads(text).items():
        try:
            found[name] = _rule(entry)
        except ValueError as error:
            what, wanted = error.args
            faults.append(Fault(f"{FILE}, [{name}]", what, wanted))
    if faults:
        raise BadFigures(f"{FILE} cannot be used", faults)
    return found


def _rule(entry: Mapping[str, Any]) -> Rule:
    unknown = [key for key in entry if key not in _KNOWN]
    if unknown:
        raise ValueError(", ".join(unknown), f"only {', '.join(_KNOWN)}")
    if "otherwise" in entry and entry["otherwise"] not in get_args(Verdict):
        raise ValueError(f"otherwise '{entry['otherwise']}'", f"one of {', '.join(get_args(Verdict))}")
    return Rule(**{**entry, **{case: tuple(_condition(each) for each in entry.get(case, ())) for case in _CASES}})


def _condition(entry: Mapping[str, str]) -> Condition:
    """Return a condition from its entry: "share > 20%" is above a fifth, "share > others" above another figure."""
    parts = _WHEN.fullmatch(entry.get("when", ""))
    if parts is None:
        raise ValueError(f"when '{entry.get('when', '')}'", "a figure, one of > >= < <= =, and a bound, such as 'share > 20%'")
    wanted = ["when", "says", "bound"] if parts["other"] else ["when", "says"]
    if sorted(entry) != sorted(wanted):
        raise ValueError(f"a condition with {', '.join(entry)}", f"'{entry['when']}' has {', '.join(wanted)}: bound says another figure")
    is_percent = bool(parts["percent"])
    bound = parts["other"] or float(parts["number"]) / (100 if is_percent else 1)
    form = "{:.0%}" if is_percent else "{:g}"
    return Condition(parts["figure"], parts["operator"], bound, entry["says"], form, entry.get("bound", ""))  # type: ignore[arg-type]
