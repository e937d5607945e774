"""What the raw tables hold: the figures as published, every row with its release. Definitions only; schemas.py acts on them."""

from fundgap.data.indicators import INDICATORS
from fundgap.data.tables import CATEGORIES, COUNCIL, FRAMEWORKS, RATINGS, SOURCE, SUB_GRADES, YEAR, Column, Table

VINTAGES = ("IoD2015", "IoD2019", "IoD2025")
INDICES = ("IMD", "income", "employment", "education", "health", "crime", "barriers", "living_environment", "IDACI", "IDAOPI")
# Lines of Revenue Outturn RO3. Which of them a year has changes, and so does what they mean: one name, one definition. Until 2010-11
# "all other" is everything but strategy and asylum seekers; in 2011-12 social work stands under strategy.
RO3_LINES = (
    "total",
    "looked_after",
    "looked_after_residential",
    "looked_after_fostering",
    "looked_after_asylum_seekers",
    "looked_after_other",
    "safeguarding",
    "safety",
    "commissioning_and_social_work",
    "strategy",
    "strategy_and_social_work",
    "family_support",
    "sure_start",
    "young_people",
    "youth_justice",
    "asylum_seekers",
    "other",
    "strategy_until_2010",
    "all_other_until_2010",
)
CLOSENESS = ("Extremely close", "Very close", "Close", "Somewhat close", "Not close")
_CALENDAR_YEAR = Column("year", "count", "Year")
_MONEY = (
    Column("gross_gbp", "amount", "Gross expenditure; blank = no return", "£, cash", required=False),
    Column("income_gbp", "amount", "Income", "£, cash", required=False),
    Column("net_gbp", "amount", "Net current expenditure", "£, cash", required=False),
)

_TABLES = (
    Table(
        "spend",
        ("source", "council", "financial_year", "category"),
        (
            COUNCIL,
            YEAR,
            Column("category", "text", "Category of spend; gross_spend is the total excluding CERA", allowed=CATEGORIES),
            *_MONEY,
            SOURCE,
        ),
        scope=("financial_year",),
        # Section 251 workbooks are the spine while we hold them (pence, income and net), then its open data; LAIT carries on after.
        readers=("section251", "section251-open-data", "lait"),
    ),
    Table(
        "revenue_outturn",
        ("source", "council", "financial_year", "line"),
        (COUNCIL, YEAR, Column("line", "text", "Line of Revenue Outturn RO3, children's social care", allowed=RO3_LINES), *_MONEY, SOURCE),
        scope=("financial_year",),
    ),
    Table(
        "looked_after",
        ("source", "council", "year"),
        (
            COUNCIL,
            _CALENDAR_YEAR,
            Column("looked_after", "count", "Children looked after on 31 March", required=False),
            Column("rounded_to", "count", "The count is rounded to a multiple of this", "children"),
            SOURCE,
        ),
        scope=("year",),
    ),
    Table(
        "indicators",
        ("source", "council", "indicator", "financial_year"),
        (
            COUNCIL,
            Column("indicator", "text", "What is measured; INDICATORS says how", allowed=tuple(INDICATORS)),
            Column("financial_year", "year", "Financial year the figure is of, or in which its day falls"),
            Column("value", "number", "Figure as published; blank = not available", required=False),
            SOURCE,
        ),
        scope=("indicator", "financial_year"),
    ),
    Table(
        "children",
        ("source", "council", "year"),
        (COUNCIL, _CALENDAR_YEAR, Column("children", "count", "Children aged 0-17, mid-year estimate", required=False), SOURCE),
        scope=("year",),
    ),
    Table(
        "children_0_16",
        ("source", "council", "year"),
        (
            COUNCIL,
            _CALENDAR_YEAR,
            Column(
                "children_0_16",
                "count",
                "Children aged 0-16, mid-year estimate: 2009-2020 before the Census 2021 rebase, 2021 after it; "
                "in the areas of the councils of 2021-22, also before these existed",
            ),
            SOURCE,
        ),
        scope=("year",),
    ),
    Table(
        "projected_children",
        ("source", "council", "year"),
        (COUNCIL, _CALENDAR_YEAR, Column("children", "number", "Children aged 0-17, projected; three fifths of ages 15-19"), SOURCE),
    ),
    Table(
        "published_totals",
        ("source", "figure", "area", "period"),
        (
            Column("figure", "text", "What is totalled"),
            Column("area", "code", "England (E92000001) or region, ONS code"),
            Column("period", "text", "Financial year, or year"),
            Column("value", "number", "Total as published", required=False),
            SOURCE,
        ),
        scope=("figure", "period"),
    ),
    Table(
        "deprivation",
        ("source", "vintage", "index_name", "council"),
        (
            COUNCIL,
            Column("vintage", "text", "Edition of the English Indices of Deprivation", allowed=VINTAGES),
            Column("index_name", "text", "The overall index (IMD), a domain, or a supplementary index (IDACI, IDAOPI)", allowed=INDICES),
            Column("average_score", "number", "Average score; levels of two vintages never mix"),
            Column("rank_of_average_score", "count", "Rank of the average score; 1 = most deprived", required=False),
            Column("share_in_most_deprived_tenth", "number", "Share of areas among the most deprived tenth of England", required=False),
            Column("is_derived", "flag", "Worked out from the districts' published figures, not published itself"),
            SOURCE,
        ),
        scope=("vintage", "index_name", "council"),
    ),
    Table(
        "deflator",
        ("source", "financial_year"),
        (YEAR, Column("deflator", "number", "GDP deflator, mean of four quarters", "index"), SOURCE),
    ),
    Table(
        "neighbours",
        ("source", "council", "position"),
        (
            COUNCIL,
            Column("position", "count", "Place among the ten nearest, 1 = nearest"),
            Column("neighbour", "code", "Statistical neighbour, ONS code"),
            Column("closeness", "text", "How close, in the publisher's words", allowed=CLOSENESS),
            SOURCE,
        ),
    ),
    Table(
        "inspections",
        ("source", "council", "framework", "is_reinspection", "publication_date"),
        (
            COUNCIL,
            Column("framework", "text", "Inspection framework", allowed=FRAMEWORKS),
            Column("is_reinspection", "flag", "A re-inspection within the framework; ILACS has none, its next inspection is another first"),
            Column("inspection_type", "text", "ILACS: standard or short", required=False, allowed=("standard", "short")),
            Column("inspection_date", "date", "First day of inspection; published for ILACS only", required=False),
            Column("publication_date", "date", "Day the report was published"),
            Column("overall", "rating", "Overall judgement (SLAC: safeguarding)", allowed=RATINGS),
            *SUB_GRADES,
            SOURCE,
        ),
        # A council that a later edition no longer lists has been abolished; its judgements have not been withdrawn.
        scope=("framework", "council"),
    ),
    Table(
        "visits",
        ("source", "council", "visit_date", "visit_type"),
        (
            COUNCIL,
            Column("reporting_year", "year", "Financial year under which Ofsted lists the visit; it may have begun before"),
            Column(
                "visit_type", "text", "Focused or monitoring visit; neither gives a grade", allowed=("focused visit", "monitoring visit")
            ),
            Column("visit_date", "date", "First day of the visit"),
            Column("publication_date", "date", "Day the letter was published; blank = not in the release", required=False),
            Column("theme", "text", "What the visit was about, in Ofsted's words"),
            SOURCE,
        ),
        scope=("reporting_year",),
    ),
)
RAW = {table.name: table for table in _TABLES}
