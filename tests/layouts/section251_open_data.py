"""Section 251 as DfE's open data: all years, England, regions and councils in one CSV; the words are those of the release of 2023-24."""

from collections.abc import Iterable

from layouts.drafts import BARKING, BARNSLEY, ENGLAND, NEW_DORSET, ST_HELENS, Draft, Rows

CUMBERLAND = (942, "Cumberland", "E06000063", "E12000002")
_OUTER_LONDON = "E13000002"
OPEN_DATA_YEARS = ("2022-23", "2023-24")
# Cumberland was made on 1 April 2023 and made no return for its first year; the file carries a row of it before that.
OPEN_DATA_COUNCILS = (BARKING, ST_HELENS, BARNSLEY, NEW_DORSET)

# What an analyst writes into sources.toml for a release in this layout: no more than this.
OPEN_DATA_ENTRY = """
[s251-open-2024]
title = "LA and school expenditure 2023-24: children's and young people's services"
publisher = "Department for Education"
licence = "Open Government Licence v3.0"
url = "https://explore-education-statistics.service.gov.uk/find-statistics/la-and-school-expenditure"
period = "2022-23 to 2023-24"
reader = "section251-open-data"
file = "s251_childrens_young_peoples_services_la_regional_national.csv"
layout = "open-data-gbp"
published = "2024-12-12"
"""

_HEADER = [
    "time_period",
    "time_identifier",
    "geographic_level",
    "country_name",
    "country_code",
    "region_name",
    "region_code",
    "la_name",
    "old_la_code",
    "new_la_code",
    "category_of_expenditure",
    "description_of_expenditure",
    "own_provision",
    "private_provision",
    "other_public_sector_provision",
    "voluntary_provision",
    "total_expenditure",
    "income",
    "net_current_expenditure",
    "grants_inside_AEF",
    "grants_outside_AEF",
    "net_revenue_expenditure",
    "per_capita_net_current_spend",
]
_MONEY = ("total_expenditure", "income", "net_current_expenditure")
_LINES = {
    ("sure_start", "Sure Start and children aged under 5"): [
        "3.0.1 Spend on individual Sure Start Childrens Centres",
        "3.0.2 Spend for services delivered through Sure Start Childrens Centres",
        "3.0.3 Spend on management costs relating to Sure Start Childrens Centres",
        "3.0.4 Other spend on children under 5",
        "3.0.5 Total Sure Start childrens centres and other spend on children under 5",
    ],
    ("looked_after", "Children looked after"): [
        "3.1.1 Residential care",
        "3.1.2 Total fostering services",
        "3.1.3 Adoption services",
        "3.1.4 Special guardianship support",
        "3.1.5 Other children looked after services",
        "3.1.6 Short breaks (respite) for looked after disabled children",
        "3.1.7 Children placed with family and friends",
        "3.1.8 Education of looked after children",
        "3.1.9 Leaving care support services",
        "3.1.10 Asylum seeker services children",
        "3.1.11 Total Children Looked After",
    ],
    ("other", "Other children and family services"): ["3.2.1 Other children and families services"],
    ("safeguarding", "Safeguarding children and young peoples services"): [
        "3.3.1 Social work (including LA functions in relation to child protection)",
        "3.3.2 Commissioning and Childrens Services Strategy",
        "3.3.3 Local Safeguarding Children Board",
        "3.3.4 Total Safeguarding Children and Young Peoples Services",
    ],
    ("family_support", "Family support services"): [
        "3.4.1 Direct payments",
        "3.4.2 Short breaks (respite) for disabled children",
        "3.4.3 Other support for disabled children",
        "3.4.4 Targeted family support",
        "3.4.5 Universal family support",
        "3.4.6 Total Family Support Services",
    ],
    ("young_people", "Services for young people"): [
        "3.5.1 Universal services for young people",
        "3.5.2 Targeted services for young people",
        "3.5.3 Total Services for young people",
    ],
    ("youth_justice", "Youth justice"): ["3.6.1 Youth justice"],
}
FOSTERING_SPLIT = (
    "3.1.2a Fostering services (excluding fees and allowances for LA foster carers)",
    "3.1.2b Fostering services (fees and allowances for LA foster carers)",
)
_TOTAL = "5.0.2 Total Children and Young Peoples Services Expenditure (excluding CERA)"
_OTHER_LINES = {
    "8a.2 Teenage pregnancy services (included in 3.5.1 and 3.5.2 above)": "Services for young people",
    "4.0.1 Capital Expenditure from Revenue (CERA) (Childrens and young people services)": "Capital expenditure",
    "5.0.3 Total Children and Young Peoples Services Expenditure (including CERA)": "Total",
}
Figures = dict[str, int]


def open_data_gross(number: int, year: str) -> Figures:
    """Return a council's invented gross spend by line: £100,000 more from line to line, in tens of pounds."""
    later = 1_000 * (int(year[:4]) - 2000)
    figures: Figures = {}
    for lines in _LINES.values():
        parts = lines if len(lines) == 1 else lines[:-1]
        for line in parts:
            figures[line] = 1_000_000 + 100_000 * len(figures) + later + 10 * number
        if len(lines) > 1:
            figures[lines[-1]] = sum(figures[line] for line in parts)
    figures["3.1.1 Residential care"] += 5_000_000
    figures["3.1.11 Total Children Looked After"] += 5_000_000
    return figures | {_TOTAL: sum(figures[lines[-1]] for lines in _LINES.values())}


def open_data_spend(number: int, year: str) -> Figures:
    """Return a council's spend by category, and the total."""
    figures = open_data_gross(number, year)
    return {category: figures[lines[-1]] for (category, _), lines in _LINES.items()} | {"gross_spend": figures[_TOTAL]}


def section251_open_data(unit: int = 1, years: Iterable[str] = OPEN_DATA_YEARS) -> Draft:
    """Return the file: for each year England, four regions and councils. Barking alone gives fostering in two lines.

    Parameters
    ----------
    unit
        1 for pounds; 1_000_000 for the release of 2020-21, in millions and with a category misspelt.
    """
    rows: Rows = [list(_HEADER)]
    for year in years:
        councils = {council: open_data_gross(council[0], year) for council in OPEN_DATA_COUNCILS}
        everyone = list(councils.values())
        rows += _area_rows(year, "National", ["", "", "", "", ""], _sum(everyone), unit)
        for region in sorted({_region(council) for council in councils}):
            there = [figures for council, figures in councils.items() if _region(council) == region]
            rows += _area_rows(year, "Regional", ["", region, "", "", ""], _sum(there), unit)
        for council, figures in councils.items():
            rows += _area_rows(year, "Local authority", _place(council), figures, unit, is_split=council == BARKING)
        rows += _unreturned(year, unit)
    return Draft("s251-open-2024", "open.csv", {"": rows}, "", 1, entry=OPEN_DATA_ENTRY)


def _region(council: tuple) -> str:
    return _OUTER_LONDON if council == BARKING else council[3]


def _place(council: tuple) -> list[object]:
    number, name, code, _ = council
    return ["", _region(council), name, number, code]


def _sum(areas: list[Figures]) -> Figures:
    return {line: sum(figures[line] for figures in areas) for line in areas[0]}


def _area_rows(year: str, level: str, place: list[object], figures: Figures, unit: int, *, is_split: bool = False) -> Rows:
    rows = []
    for (category, title), lines in _LINES.items():
        group = _title(category, title, unit)
        for line in lines:
            if line == "3.1.2 Total fostering services":
                halves = (figures[line] - 400_000, 400_000) if is_split else (None, None)
                rows += [_row(year, level, place, group, *half, unit) for half in zip(FOSTERING_SPLIT, halves, strict=True)]
            rows.append(_row(year, level, place, group, line, figures[line], unit))
    rows.append(_row(year, level, place, "Total", _TOTAL, figures[_TOTAL], unit, has_income=False))
    return rows + [_row(year, level, place, group, line, 77, 1) for line, group in _OTHER_LINES.items()]


def _title(category: str, title: str, unit: int) -> str:
    """Return the category as the file writes it: misspelt in the release that is in millions."""
    return "Family support servcies" if unit != 1 and category == "family_support" else title


def _row(
    year: str, level: str, place: list[object], group: str, line: str, gross: int | None, unit: int, *, has_income: bool = True
) -> list[object]:
    """Return one line; a tenth of it is income, which the file does not give for the totals."""
    cells: dict[str, object] = dict.fromkeys(_HEADER, "x")
    cells |= {"time_period": year.replace("-", ""), "time_identifier": "Financial year", "geographic_level": level}
    cells |= {"country_name": "England", "country_code": ENGLAND, "category_of_expenditure": group, "description_of_expenditure": line}
    cells |= dict(zip(("region_name", "region_code", "la_name", "old_la_code", "new_la_code"), place, strict=True))
    if gross is not None:
        income = gross // 10
        money = [value / unit if unit != 1 else value for value in (gross, income, gross - income)]
        cells |= dict(zip(_MONEY, money, strict=True))
    if not has_income:
        cells["income"] = "x"
    return [cells[heading] for heading in _HEADER]


def _unreturned(year: str, unit: int) -> Rows:
    """Return Cumberland's rows: none of its figures is there but a fostering total of 0; before it was made, two lines stand."""
    place = _place(CUMBERLAND)
    if year < "2023-24":
        return [_row(year, "Local authority", place, "Children looked after", line, None, 1) for line in FOSTERING_SPLIT]
    rows = [
        _row(year, "Local authority", place, _title(category, title, unit), line, 0 if "3.1.2 Total" in line else None, 1)
        for (category, title), lines in _LINES.items()
        for line in lines
    ]
    return [*rows, _row(year, "Local authority", place, "Total", _TOTAL, None, 1)]
