"""What is wrong with an entry of a scenario or of the register of funds: where, what was found and what was expected, in plain words."""

import re
from typing import Any

from pydantic import ValidationError

YEAR_PATTERN = r"^\d{4}-\d{2}$"
ID_PATTERN = r"^[a-z0-9-]+$"
_MOST_SHOWN = 60
# Pydantic's names of its own branches stand among the keys; no file holds them.
_BRANCH = re.compile(r"constrained-|literal\[|\[key\]")
_EXPECTED = {
    "finite_number": "a finite number",
    "float_type": "a number, without quotes",
    "int_type": "a whole number, without quotes",
    "int_from_float": "a whole number",
    "string_type": "text, in quotes",
    "string_too_short": "some text",
    "date_from_datetime_parsing": "a date, such as 2026-11-22",
    "date_type": "a date, such as 2026-11-22",
    "model_type": "an entry of its own, with label, unit, value and source",
}
_PATTERNS = {YEAR_PATTERN: "a financial year in quotes, such as '2024-25'", ID_PATTERN: "small letters, digits and hyphens"}


def faults_in_words(error: ValidationError, *before: str) -> list[str]:
    """Return one line a place in which an entry is wrong; faults of the whole entry are left to who knows how its parts go together.

    Parameters
    ----------
    before
        Keys under which the entry stands.
    """
    said: dict[str, str] = {}
    for item in error.errors(include_url=False):
        place = ".".join(str(part) for part in (*before, *item["loc"]) if not _BRANCH.match(str(part)))
        if item["loc"] or before:
            # Of the branches that a value might have followed, the first is the one that is told.
            said.setdefault(place, _in_words(item))
    return [f"{place}: {words}" for place, words in said.items()]


def _in_words(item: Any) -> str:
    kind, message = item["type"], item["msg"]
    if kind == "missing":
        return "it is not there, and is needed"
    if kind == "extra_forbidden":
        return "there is no such key; is it spelt right?"
    if kind == "value_error":
        return str(message).removeprefix("Value error, ")
    pattern = item.get("ctx", {}).get("pattern")
    message = message.replace("greater than or equal to", "at least").replace("less than or equal to", "at most")
    expected = _PATTERNS.get(pattern) or _EXPECTED.get(kind) or re.sub(r"^(Input|Value|String) should (be|have) ", "", message)
    found = repr(item["input"])
    return f"found {found if len(found) <= _MOST_SHOWN else f'{found[:_MOST_SHOWN]}…'}; expected {expected}"
