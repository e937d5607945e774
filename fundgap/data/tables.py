"""What every table holds: its columns in order, their units, labels and sources. Definitions only; schemas.py acts on them."""

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
    """A table's columns in order, and the columns that together name a row."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def names(self) -> list[str]:
        """The column names, in order."""
        return [column.name for column in self.columns]


_COUNCIL = Column("council", "code", "Council, ONS code in use now", source="councils.csv")
_SOURCE = Column("source", "text", "Release the row was read from", source="sources.toml")
_YEAR = Column("financial_year", "year", "Financial year, April to March")
_SUB_GRADES = (
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

RAW = {
    table.name: table
    for table in (
        Table(
            "spend",
            ("source", "council", "financial_year", "category"),
            (
                _COUNCIL,
                _YEAR,
                Column("category", "text", "Category of spend; gross_spend is the total excluding CERA", allowed=CATEGORIES),
                Column("gross_gbp", "amount", "Gross expenditure; blank = no return", "£, cash", required=False),
                Column("income_gbp", "amount", "Income", "£, cash", required=False),
                Column("net_gbp", "amount", "Net current expenditure", "£, cash", required=False),
                _SOURCE,
            ),
        ),
        Table(
            "looked_after",
            ("source", "council", "year"),
            (
                _COUNCIL,
                Column("year", "count", "Year"),
                Column("looked_after", "count", "Children looked after on 31 March", required=False),
                _SOURCE,
            ),
        ),
        Table(
            "children",
            ("source", "council", "year"),
            (
                _COUNCIL,
                Column("year", "count", "Year"),
                Column("children", "count", "Children aged 0-17, mid-year estimate", required=False),
                _SOURCE,
            ),
        ),
        Table(
            "published_totals",
            ("source", "figure", "area", "period"),
            (
                Column("figure", "text", "What is totalled"),
                Column("area", "code", "England (E92000001) or region, ONS code"),
                Column("period", "text", "Financial year, or year"),
                Column("value", "number", "Total as published", required=False),
                _SOURCE,
            ),
        ),
        Table(
            "deprivation",
            ("vintage", "index_name", "council"),
            (
                _COUNCIL,
                Column("vintage", "text", "Edition of the English Indices of Deprivation", allowed=("IoD2015", "IoD2019")),
                Column(
                    "index_name", "text", "Index: overall (IMD) or income deprivation affecting children (IDACI)", allowed=("IMD", "IDACI")
                ),
                Column("average_score", "number", "Average score; levels of two vintages never mix"),
                Column("rank_of_average_score", "count", "Rank of the average score; 1 = most deprived"),
                _SOURCE,
            ),
        ),
        Table(
            "deflator", ("financial_year",), (_YEAR, Column("deflator", "number", "GDP deflator, mean of four quarters", "index"), _SOURCE)
        ),
        Table(
            "inspections",
            ("council", "framework", "is_reinspection", "publication_date"),
            (
                _COUNCIL,
                Column("framework", "text", "Inspection framework", allowed=FRAMEWORKS),
                Column("is_reinspection", "flag", "A re-inspection within the framework"),
                Column("inspection_type", "text", "ILACS: standard or short", required=False, allowed=("standard", "short")),
                Column("inspection_date", "date", "First day of inspection; published for ILACS only", required=False),
                Column("publication_date", "date", "Day the report was published"),
                Column("overall", "rating", "Overall judgement (SLAC: safeguarding)", allowed=RATINGS),
                *_SUB_GRADES,
                _SOURCE,
            ),
        ),
    )
}

_S251 = "DfE Section 251 outturn to 2018-19, LAIT from 2019-20"
_SPEND_LABELS = {
    "gross_spend": "Gross spend on children's and young people's services, excluding CERA",
    "looked_after": "Gross spend on looked-after children",
    "safeguarding": "Gross spend on safeguarding (social work, commissioning, safeguarding board)",
    "preventative": "Gross spend less looked after and safeguarding: early help, family support, youth and other services",
    "family_support": "Gross spend on family support",
    "sure_start": "Gross spend on Sure Start, children's centres and early years",
    "young_people": "Gross spend on services for young people",
    "youth_justice": "Gross spend on youth justice",
    "other": "Gross spend on other children's and family services",
}
SPEND_COLUMNS = {category: "gross_spend_gbp" if category == "gross_spend" else f"{category}_spend_gbp" for category in _SPEND_LABELS}
PER_CHILD_COLUMNS = {
    category: {"gross_spend": "gross_spend_per_child"}.get(category, f"{category}_per_child")
    for category in ("gross_spend", "looked_after", "safeguarding", "preventative")
}
_NAMES = (
    Column("council_name", "text", "Council", source="councils.csv"),
    Column("region", "text", "Region of England", source="councils.csv"),
)
_PER_CHILD = tuple(
    Column(name, "amount", f"{_SPEND_LABELS[category]}, per child aged 0-17", "£ a child, cash", _S251, required=False)
    for category, name in PER_CHILD_COLUMNS.items()
)
_DEPRIVATION = (
    Column("deprivation_vintage", "text", "Edition of the Indices of Deprivation used", source="MHCLG File 11", required=False),
    Column(
        "deprivation_decile",
        "count",
        "Tenth of councils by IMD average score: 1 = least, 10 = most deprived",
        "decile",
        "MHCLG File 11",
        required=False,
    ),
    Column("imd_score", "number", "IMD average score; compare within one vintage only", "score", "MHCLG File 11", required=False),
    Column("idaci_score", "number", "IDACI average score; compare within one vintage only", "score", "MHCLG File 11", required=False),
)

PROCESSED = {
    table.name: table
    for table in (
        Table(
            "council_years",
            ("council", "financial_year"),
            (
                _COUNCIL,
                *_NAMES,
                _YEAR,
                Column(
                    "children",
                    "count",
                    "Children aged 0-17 at the mid-year in which the financial year begins",
                    "children",
                    "ONS",
                    required=False,
                ),
                *(Column(SPEND_COLUMNS[c], "amount", label, "£, cash", _S251, required=False) for c, label in _SPEND_LABELS.items()),
                Column(
                    "net_spend_gbp",
                    "amount",
                    "Net current expenditure",
                    "£, cash",
                    "DfE Section 251 outturn; none after 2018-19",
                    required=False,
                ),
                *_PER_CHILD,
                Column(
                    "looked_after", "count", "Children looked after on 31 March at the year's end", "children", "DfE, LAIT", required=False
                ),
                Column(
                    "looked_after_per_10k",
                    "number",
                    "Children looked after per 10,000 children; end-of-year count over the year's mid-year estimate",
                    "per 10,000 children",
                    "DfE, ONS",
                    required=False,
                ),
                *_DEPRIVATION,
                Column("price_index", "number", "GDP deflator, 2024-25 = 100", "index", "ONS YBGB"),
                Column("is_missing_return", "flag", "No total spend was published for the council and year"),
                Column("is_children_missing", "flag", "The estimate of children is not published"),
                Column(
                    "spend_source",
                    "text",
                    "Release the spend was read from; blank = the council is not in it",
                    source="sources.toml",
                    required=False,
                ),
            ),
        ),
        Table(
            "inspections",
            ("council", "framework", "is_reinspection", "publication_date"),
            (
                _COUNCIL,
                *_NAMES,
                Column("framework", "text", "Inspection framework: SLAC, CPI, TLAC, SIF, ILACS", source="Ofsted", allowed=FRAMEWORKS),
                Column("is_reinspection", "flag", "A re-inspection within the framework", source="Ofsted"),
                Column("inspection_type", "text", "ILACS: standard or short", source="Ofsted", required=False),
                Column("inspection_date", "date", "First day of inspection; published for ILACS only", source="Ofsted", required=False),
                Column("publication_date", "date", "Day the report was published", source="Ofsted"),
                Column("rating", "rating", "Overall judgement (SLAC: safeguarding)", source="Ofsted", allowed=RATINGS),
                *_SUB_GRADES,
                Column(
                    "figures_year",
                    "year",
                    "Financial year of the figures beside: the last complete one before the inspection",
                    required=False,
                ),
                Column("children", "count", "Children aged 0-17 in that year", "children", "ONS", required=False),
                *_PER_CHILD,
                Column(
                    "looked_after_per_10k",
                    "number",
                    "Children looked after per 10,000 children",
                    "per 10,000 children",
                    "DfE, ONS",
                    required=False,
                ),
                *_DEPRIVATION,
                Column("source", "text", "Release the judgement was read from", source="sources.toml"),
            ),
        ),
    )
}
