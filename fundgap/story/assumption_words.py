"""What a scenario assumes, said as people say it: values and their units."""

import html
import re

from fundgap.story.figures import BILLION

_VALUE = re.compile(r"(?P<year>\d{4}-\d{2}: )?(?P<number>-?[\d,]*\.?\d+(?:e-?\d+)?)(?P<rest> \(.*)?")


def value_in_words(value: str, unit: str) -> str:
    """Return an assumption's value and unit as people say them, as HTML, a line each: "0.02" is "2.0% a year", in the unit's basis."""
    kind, _, basis = unit.partition(", ")
    lines = []
    for part in value.split("; "):
        found = _VALUE.fullmatch(part)
        if found is None:
            lines.append(part)
        elif kind == "£":
            lines.append(f"{found['year'] or ''}£{float(found['number'].replace(',', '')) / BILLION:.2f}bn")
        else:
            lines.append(f"{found['year'] or ''}{float(found['number']):.1%} a year{found['rest'] or ''}")
    return "<br>".join(html.escape(line) for line in [*lines, *([f"({basis})"] if basis else [])])
