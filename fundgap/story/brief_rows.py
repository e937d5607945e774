"""A figure of a brief: value, range, unit, price basis, source; and in words for a reader."""

import math
import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date

import pandas as pd

MISSING = float("nan")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Row:
    """One figure of a brief; `value` is missing where `text` says it, or where there is none and `note` says why."""

    section: str
    figure: str
    period: str = ""
    value: float = MISSING
    low: float = MISSING
    high: float = MISSING
    unit: str = ""
    prices: str = ""
    text: str = ""
    source: str = ""
    note: str = ""

    @property
    def has_value(self) -> bool:
        """Whether there is a number."""
        return not math.isnan(self.value)

    @property
    def shown(self) -> str:
        """The value for a reader, with its range; "no figure" where there is none."""
        if self.text:
            return self.text
        if not self.has_value:
            return "no figure"
        span = "" if math.isnan(self.low) else f" ({amount(self.low, self.unit)} to {amount(self.high, self.unit)})"
        return f"{amount(self.value, self.unit)}{span}"


def paragraph(rows: Sequence[Row]) -> str:
    """Return rows as one paragraph, each with its period and price basis; a note that neighbours share is said once, after the last."""
    parts = []
    for row, after in zip(rows, [*rows[1:], None], strict=True):
        when = f", {written_period(row.period)}" if row.period else ""
        basis = f", {row.prices}" if row.prices and row.has_value else ""
        note = f" – {row.note}" if row.note and not (after is not None and row.note == after.note) else ""
        parts.append(f"{row.figure}{when}: {row.shown}{basis}{note}")
    return "; ".join(parts)


def written_period(period: str) -> str:
    """Return a period as people write it: a day as "25 Nov 2016", years as they are."""
    return f"{date.fromisoformat(period):%-d %b %Y}" if _DAY.fullmatch(period) else period


def amount(value: float, unit: str) -> str:
    """Return "£1,043", "£12.3m", "−£0.5m", "+3.1%", "99,822"."""
    sign = "−" if value < 0 else ""
    if unit == "%":
        return f"{'+' if value >= 0 else '−'}{abs(value):.0f}%"
    if unit == "£":
        whole = abs(value)
        return f"{sign}£{whole / 1e6:,.1f}m" if whole >= 1e6 else f"{sign}£{whole:,.0f}"
    if unit.startswith("£"):
        digits = 2 if abs(value) < 10 else 0
        return f"{sign}£{abs(value):,.{digits}f}"
    return f"{sign}{abs(value):,.0f}"


def frame_of(rows: Sequence[Row]) -> pd.DataFrame:
    """Return rows as a table, a column a field."""
    return pd.DataFrame([astuple(row) for row in rows], columns=[field.name for field in fields(Row)])
