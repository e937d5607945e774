"""Section 251 outturn workbooks."""

from collections.abc import Iterable

from layouts.drafts import COUNCILS_OF_2013, Draft, Rows

_PARTS_GBP = {
    "looked_after": 21_000_000.25,
    "safeguarding": 12_000_000.5,
    "family_support": 6_000_000.0,
    "sure_start": 5_000_000.0,
    "young_people": 3_000_000.0,
    "youth_justice": 2_000_000.0,
    "other": 1_000_000.25,
}
INCOME_GBP = 1_000.5


def income_of(category: str) -> float:
    """Return the invented income of a category: the same for each, so the total has seven times as much."""
    return INCOME_GBP * (len(_PARTS_GBP) if category == "gross_spend" else 1)


def spend_of(number: int) -> dict[str, float]:
    """Return a council's invented gross spend by category: equal parts but for looked-after children, and their total."""
    parts = _PARTS_GBP | {"looked_after": _PARTS_GBP["looked_after"] + 1_000 * number}
    return parts | {"gross_spend": sum(parts.values())}


_LINES = {
    "2012-13": {
        "sure_start": "4 Total Sure Start Children's Centres",
        None: "9 Other children looked after",
        "looked_after": "15 Total Children Looked After",
        "other": "16 Other childrens and family services",
        "safeguarding": "20 Total  Safeguarding Children and Young Peoples Services",
        "family_support": "26 Total Family Support Services",
        "young_people": "29 Total Services for Young People\t",
        "youth_justice": "30 Youth Justice",
        "including": "32 CHILDREN AND YOUNG PEOPLE'S SERVICES BUDGET (Including CERA)",
        "gross_spend": "33 CHILDREN AND YOUNG PEOPLE'S SERVICES BUDGET (excluding CERA)",
    },
    "2013-14": {
        "sure_start": "5 Total Sure Start Children's Centres",
        None: "10 Other children looked after services",
        "looked_after": "16 Total Children Looked After",
        "other": "17 Other children's and families services",
        "safeguarding": "21 Total  Safeguarding Children and Young Peoples Services",
        "family_support": "27 Total Family Support Services",
        "young_people": "30 Total Services for Young People ",
        "youth_justice": "31 Youth Justice",
        "gross_spend": "33 CHILDREN AND YOUNG PEOPLE'S SERVICES BUDGET (excluding CERA)",
        "including": "34 CHILDREN AND YOUNG PEOPLE'S SERVICES BUDGET (including CERA)",
    },
    "2014-15": {
        None: "10. Other children looked after services",
        "other": "17. Other children's and families services",
        "youth_justice": "31. Youth Justice",
        "sure_start": "5 Total Sure Start Children's Centres and Early Years Expenditure",
        "looked_after": "16 Total Children Looked After",
        "safeguarding": "21 Total  Safeguarding Children and Young People's Services",
        "family_support": "27 Total Family Support Services",
        "young_people": "30 Total Services for Young People",
        "gross_spend": "33 CHILDREN AND YOUNG PEOPLE'S SERVICES EXPENDITURE(excluding CERA)",
        "including": "34 CHILDREN AND YOUNG PEOPLE'S SERVICES EXPENDITURE (including CERA)",
    },
    # The layout of 2014-15 with the lines of 2018-19.
    "2018-19": {
        None: "3.1.5 Other children looked after services",
        "other": "3.2.1 Other children and families services",
        "youth_justice": "3.6.1 Youth justice",
        "sure_start": "3.0.5 Total Sure Start children's centres and other spend on children under 5",
        "looked_after": "3.1.11 Total Children Looked After",
        "safeguarding": "3.3.4 Total Safeguarding Children and Young People's Services",
        "family_support": "3.4.6 Total Family Support Services",
        "young_people": "3.5.3 Total Services for young people",
        "gross_spend": "5.0.2 Total Children and Young People's Services Expenditure (excluding CERA)",
        "including": "5.0.3 Total Children and Young People's Services Expenditure (including CERA)",
    },
}
_PROVISION = ["OwnProvision", "PrivateProvision", "OtherPublic", "Voluntary"]
_MONEY = ["TotalExpenditure", "Income", "NetCurrentExpenditure"]
_NEWER_HEADER = ["LA", "LA Name", "ReportGroup", "OrderLine", "Description", "s251line", *_PROVISION, *_MONEY]
_OLDER_HEADER = ["LA", "LA Name", "LineNumber", "CYPServiceDescription", "ReportGroup", *_PROVISION, *_MONEY]
_SOURCES_251 = {"2012-13": "s251ye2013", "2013-14": "s251ye2014", "2014-15": "s251ye2015", "2018-19": "s251ye2019"}


# The lines that add up to each sub-total (with the one above that is no total), and those that count nowhere.
_EARLY_YEARS = {
    "2012-13": ["3 Other early years funding"],
    "2013-14": [
        "3 Spend on local authority management costs relating to sure Start Children's Centres",
        "4 Other early years expenditure",
    ],
}
_OLDER_PARTS = {
    "sure_start": [
        "1 Spend by individual Sure Start Children's Centres ",
        "2 Spend on local authority provided or commissioned area-wide services delivered through Sure Start Children’s Centres",
    ],
    "looked_after": [
        "6 Residential care",
        "7 Fostering services",
        "8 Adoption services",
        "9 Special guardianship support",
        "11Short breaks (respite) for looked after disabled children",
        "12 Children placed with family and friends ",
        "13  Education of looked after children",
        "14 Leaving care support services ",
        "15 Asylum seeker services - children",
    ],
    "safeguarding": [
        "18 Social work (includes LA functions in relation to child protection)",
        "19 Comissioning and Children's Services Strategy",
        "20 Local safeguarding childrens board",
    ],
    "family_support": [
        "22 Direct payments",
        "23 Short breaks (respite) for disabled children",
        "24 Other support for disabled children",
        "25 Targeted family support",
        "26 Universal family support",
    ],
    "young_people": ["28 Universal services for young people", "29 Targeted services for young people "],
}
_OLDEST_PARTS = _OLDER_PARTS | {
    "safeguarding": ["17 Social work (includes LA functions in relation to child protection", *_OLDER_PARTS["safeguarding"][1:]],
    "young_people": [
        f"{kind} services for young people (including youth work, positive activities and information, advice and guidance)"
        for kind in ("27 Universal", "28 Targeted")
    ],
}
_NEWER_PARTS = {
    "sure_start": [
        "3.0.1 Spend on individual Sure Start Children's Centres",
        "3.0.2 Spend for local authority provided or commissioned area wide services delivered through Sure Start Children's Centres",
        "3.0.3 Spend on local authority management costs relating to Sure Start Children's Centres",
        "3.0.4 Other spend on children under 5",
    ],
    "looked_after": [
        "3.1.1 Residential care",
        "3.1.2 Fostering services",
        "3.1.3 Adoption services",
        "3.1.4 Special guardianship support",
        "3.1.6 Short breaks (respite) for looked after disabled children",
        "3.1.7 Children placed with family and friends",
        "3.1.8 Education of looked after children",
        "3.1.9 Leaving care support services",
        "3.1.10 Asylum seeker services - children",
    ],
    "safeguarding": [
        "3.3.1 Social work (including LA functions in relation to child protection)",
        "3.3.2 Commissioning and Children's Services Strategy",
        "3.3.3 Local Safeguarding Children Board",
    ],
    "family_support": [
        "3.4.1 Direct payments",
        "3.4.2 Short breaks (respite) for disabled children",
        "3.4.3 Other support for disabled children",
        "3.4.4 Targeted family support",
        "3.4.5 Universal family support",
    ],
    "young_people": ["3.5.1 Universal services for young people", "3.5.2 Targeted services for young people"],
}
_FOSTERING = [
    "3.1.2a Fostering services (excluding fees and allowances for LA foster carers)",
    "3.1.2b Fostering services (fees and allowances for LA foster carers)",
]
_PARTS: dict[str, dict[str, list[str]]] = {
    "2012-13": _OLDEST_PARTS | {"sure_start": _OLDER_PARTS["sure_start"] + _EARLY_YEARS["2012-13"]},
    "2013-14": _OLDER_PARTS | {"sure_start": _OLDER_PARTS["sure_start"] + _EARLY_YEARS["2013-14"]},
    "2014-15": _NEWER_PARTS,
    "2018-19": _NEWER_PARTS | {"looked_after": [*_NEWER_PARTS["looked_after"][:1], *_FOSTERING, *_NEWER_PARTS["looked_after"][2:]]},
}
_MEMO = {
    "2012-13": ["34 Substances misuse services (Drugs, alcohol and volatile substances)", "35 Teenage pregnancy services"],
    "2013-14": ["36 Teenage pregnancy services(included in lines 27 and 28 above)"],
    "2014-15": ["32. Capital Expenditure from Revenue (CERA) (Children's and young people's services)"],
    "2018-19": ["8a.2 Teenage pregnancy services (included in 3.5.1 and 3.5.2 above)"],
}
# What every line but the first of each sub-total has.
_SMALL_GBP = 7.0


def section251(year: str = "2013-14", councils: Iterable[tuple] = COUNCILS_OF_2013, kind: str = "xlsx") -> Draft:
    """Return a Section 251 workbook: first each council's sub-totals, totals and one line that is neither, ten rows a council.

    The lines that add up to the sub-totals follow below, again council by council.
    """
    title: Rows = [["S251 Outturn 2012-13 - Table A1"], ["Cash terms figures"], [""]] if year == "2012-13" else []
    header = _NEWER_HEADER if year in ("2014-15", "2018-19") else _OLDER_HEADER
    councils = list(councils)
    body = [_line(header, number, name, line, *money) for number, name, *_ in councils for line, money in _totals_of(year, number)]
    body += [_line(header, number, name, line, *money) for number, name, *_ in councils for line, money in _parts_of(year, number)]
    source = _SOURCES_251[year]
    return Draft(source, f"{source}.{kind}", {"Table_A1": [*title, list(header), *body]}, "Table_A1", len(title) + 1)


def _totals_of(year: str, number: int) -> list[tuple[str, tuple[float, float, float]]]:
    spend = spend_of(number)
    money = {category: (gross, income_of(category), gross - income_of(category)) for category, gross in spend.items()}
    money[None] = (_SMALL_GBP, 0.0, _SMALL_GBP)
    money["including"] = (spend["gross_spend"] + 99.0, income_of("gross_spend"), spend["gross_spend"] + 99.0 - income_of("gross_spend"))
    return [(text, money[category]) for category, text in _LINES[year].items()]


def _parts_of(year: str, number: int) -> list[tuple[str, tuple[float, float, float]]]:
    """Return the lines of each sub-total: the first has what the others leave of it, and all of its income."""
    lines = [(text, (99.0, 0.0, 99.0)) for text in _MEMO[year]]
    for category, (first, *others) in _PARTS[year].items():
        above = 1 if category == "looked_after" else 0
        gross = spend_of(number)[category] - _SMALL_GBP * (len(others) + above)
        lines.append((first, (gross, INCOME_GBP, gross - INCOME_GBP)))
        lines += [(text, (_SMALL_GBP, 0.0, _SMALL_GBP)) for text in others]
    return lines


def _line(header: list[str], number: int, name: str, line: str, gross: float, income: float, net: float) -> list[object]:
    cells = dict.fromkeys(header, "") | {
        "LA": number,
        "LA Name": name,
        "TotalExpenditure": gross,
        "Income": income,
        "NetCurrentExpenditure": net,
    }
    cells["CYPServiceDescription" if "CYPServiceDescription" in header else "Description"] = line
    return [cells[heading] for heading in header]
