"""One view of the explorer: a table of figures for every council, what it says in a sentence, or why there is none."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fundgap.data.councils import councils
from fundgap.data.prices import BASE_YEAR
from fundgap.story.findings import Findings
from fundgap.story.fund_tables import MILLION

Shown = dict[str, Any]
LATEST = BASE_YEAR
TINY = "A tiny council: a few children more or fewer move its figures by much."
DOUBTED = f"Its return of {LATEST} is out of line with its own other figures: read its spend with care."


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


def with_reasons(findings: Findings, shown: dict[str, Shown], reasons: Mapping[str, str], otherwise: str) -> dict[str, Shown]:
    """Return every council of the register: what is shown of it, or why nothing is."""
    result = {}
    for code, row in register(findings).iterrows():
        why = row["was"] or f"{row['council_name']}: {reasons.get(str(code), otherwise)}."
        result[str(code)] = shown.get(str(code)) or {"missing": why}
    return result


def reasons_of(left_out: pd.DataFrame, key: str = "council") -> dict[str, str]:
    """Return why councils were left out, by ONS code; `key` names the column of codes, several in one cell set apart by spaces."""
    return {code: str(row["reason"]) for row in left_out.to_dict("records") for code in str(row[key]).split()}


def noted(notes: Iterable[str]) -> Shown:
    """Return the notes to a council's figures, each once, as a part of what is shown; {} where there are none."""
    together = " ".join(dict.fromkeys(notes))
    return {"note": together} if together else {}


def rounded(value: float, digits: int) -> float | None:
    """Return a figure rounded, None where it is missing: what JSON can hold."""
    return None if pd.isna(value) else round(value, digits)


def signed(pounds: float) -> str:
    """Return "+£1.2m" or "−£0.3m"."""
    return f"{'+' if pounds >= 0 else '−'}£{abs(pounds) / MILLION:,.1f}m"
