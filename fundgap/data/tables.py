"""What a table is: columns in order with units, labels and sources; and the columns and words that tables share."""

from dataclasses import dataclass
from typing import Literal

RATINGS = ("Inadequate", "Requires improvement", "Good", "Outstanding")
FRAMEWORKS = ("SLAC", "SLAC_LA", "CPI", "TLAC", "SIF", "ILACS")
CATEGORIES = ("gross_spend", "looked_after", "safeguarding", "family_support", "sure_start", "young_people", "youth_justice", "other")

Kind = Literal["text", "code", "year", "number", "amount", "count", "flag", "date", "rating"]
# Everything else is text. Counts are floats, because a count may be missing.
DTYPES: dict[str, type] = {"number": float, "amount": float, "count": float, "flag": bool}


@dataclass(frozen=True)
class Column:
    """One column of a table: what it holds, in which unit, taken from where."""

    name: str
    kind: Kind
    label: str
    unit: str = ""
    source: str = ""
    required: bool = True
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table's columns in order, and the columns that together name a row.

    Parameters
    ----------
    key
        The columns that name a row; raw tables have `source` among them, so that two releases live side by side.
    scope
        The columns within which a later release of the same figures replaces an earlier one: all it held for one
        financial year, say. Empty: the whole table.
    readers
        The readers of series that go before others whatever their date, the best first; readers not named share the
        last place.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    scope: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """The column names, in order."""
        return [column.name for column in self.columns]


COUNCIL = Column("council", "code", "Council, ONS code in use now", source="councils.csv")
SOURCE = Column("source", "text", "Release the row was read from", source="sources.toml")
YEAR = Column("financial_year", "year", "Financial year, April to March")
SUB_GRADES = (
    Column("help_protection_grade", "rating", "Children who need help and protection", required=False, allowed=RATINGS),
    Column(
        "looked_after_grade",
        "rating",
        "Children looked after (SIF: and achieving permanence; ILACS: children in care, until 2022 with care leavers)",
        required=False,
        allowed=RATINGS,
    ),
    Column("care_leavers_grade", "rating", "Care leavers (SIF: sub-judgement; ILACS: since January 2023)", required=False, allowed=RATINGS),
    Column(
        "leadership_grade",
        "rating",
        "Leadership (SIF: leadership, management and governance; ILACS: impact of leaders on practice)",
        required=False,
        allowed=RATINGS,
    ),
    Column("adoption_grade", "rating", "Adoption performance (SIF only)", required=False, allowed=RATINGS),
    Column("safeguarding_board_grade", "rating", "Local safeguarding children board (first SIF only)", required=False, allowed=RATINGS),
)
