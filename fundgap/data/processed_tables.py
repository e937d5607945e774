"""What the built tables hold, council_years and inspections. Definitions only; panel.py makes them, schemas.py holds them to it."""

from fundgap.data.indicators import INDICATORS
from fundgap.data.tables import COUNCIL, FRAMEWORKS, RATINGS, SUB_GRADES, YEAR, Column, Table

_S251 = "DfE Section 251 outturn to 2018-19, LAIT from 2019-20"
_RO3 = "MHCLG Revenue Outturn RO3"
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
    Column("is_deprivation_derived", "flag", "Scores worked out from the districts' published ones: the council is newer than the edition"),
)

PROCESSED = {
    table.name: table
    for table in (
        Table(
            "council_years",
            ("council", "financial_year"),
            (
                COUNCIL,
                *_NAMES,
                YEAR,
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
                    "Net current expenditure in Section 251; net of other grants in 2008-09 and 2010-11 than in other years",
                    "£, cash",
                    "DfE Section 251 outturn; none after 2018-19",
                    required=False,
                ),
                *_PER_CHILD,
                Column(
                    "ro3_gross_spend_gbp",
                    "amount",
                    "Children's social care in Revenue Outturn RO3, total expenditure; since 2014-15 of the same services as Section 251",
                    "£, cash",
                    _RO3,
                    required=False,
                ),
                Column(
                    "ro3_net_spend_gbp",
                    "amount",
                    "Children's social care in Revenue Outturn RO3, net current expenditure; not the Section 251 figure",
                    "£, cash",
                    _RO3,
                    required=False,
                ),
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
                *(
                    Column(i.name, "number", f"{i.label} ({i.of}). {i.note}".rstrip(), i.unit, i.publisher, required=False)
                    for i in INDICATORS.values()
                ),
                *_DEPRIVATION,
                Column("price_index", "number", "GDP deflator, 2024-25 = 100; blank until ONS has the year", "index", "ONS YBGB", required=False),
                Column("is_missing_return", "flag", "No total spend was published for the council and year"),
                Column("is_children_missing", "flag", "The estimate of children is not published"),
                Column("is_looked_after_rounded", "flag", "The count of looked-after children is rounded to 5 or 10"),
                Column("is_predecessor", "flag", "The council has since been abolished"),
                Column(
                    "is_spend_out_of_line",
                    "flag",
                    "Gross spend is over 15% from Revenue Outturn RO3, and the one of the two that does not fit the council's other years",
                ),
                Column(
                    "is_ro3_out_of_line",
                    "flag",
                    "Revenue Outturn RO3 is over 15% from gross spend, and the one of the two that does not fit the council's other years",
                ),
                Column("has_definition_break", "flag", "Gross spend, in total or in a category, is not comparable with the year before"),
                Column("is_children_scaled", "flag", "Children aged 0-17 are those aged 0-16, scaled by the council's own ratio"),
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
                COUNCIL,
                *_NAMES,
                Column("framework", "text", "Inspection framework: SLAC, CPI, TLAC, SIF, ILACS", source="Ofsted", allowed=FRAMEWORKS),
                Column("is_reinspection", "flag", "A re-inspection within the framework", source="Ofsted"),
                Column("inspection_type", "text", "ILACS: standard or short", source="Ofsted", required=False),
                Column("inspection_date", "date", "First day of inspection; published for ILACS only", source="Ofsted", required=False),
                Column("publication_date", "date", "Day the report was published", source="Ofsted"),
                Column("rating", "rating", "Overall judgement (SLAC: safeguarding)", source="Ofsted", allowed=RATINGS),
                *SUB_GRADES,
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
