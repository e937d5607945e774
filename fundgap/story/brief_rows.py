"""A figure of a brief: value, range, unit, price basis, source; and in words for a reader."""

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields

import pandas as pd

MISSING = float("nan")


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
    """Return rows as one paragraph: a period, price basis or note that neighbours share is said once, after the last of them."""
    parts = []
    for row, after in zip(rows, [*rows[1:], None], strict=True):
        when = f", {row.period}" if row.period and not _shared(row, after, "period") else ""
        basis = f" {row.prices}" if row.prices and row.has_value and not _shared(row, after, "prices") else ""
        note = f" – {row.note}" if row.note and not _shared(row, after, "note") else ""
        parts.append(f"{row.figure}{when}: {row.shown}{basis}{note}")
    return "; ".join(parts)


def _shared(row: Row, after: Row | None, name: str) -> bool:
    return after is not None and bool(getattr(row, name) == getattr(after, name))


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
