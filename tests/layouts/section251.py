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


def section251(year: str = "2013-14", councils: Iterable[tuple] = COUNCILS_OF_2013, kind: str = "xlsx") -> Draft:
    """Return a Section 251 workbook: its seven parts and two totals a council, with one line that is no total among them."""
    title: Rows = [["S251 Outturn 2012-13 - Table A1"], ["Cash terms figures"], [""]] if year == "2012-13" else []
    header = _NEWER_HEADER if year in ("2014-15", "2018-19") else _OLDER_HEADER
    body = [_line(header, number, name, line, *money) for number, name, *_ in councils for line, money in _lines_of(year, number)]
    source = _SOURCES_251[year]
    return Draft(source, f"{source}.{kind}", {"Table_A1": [*title, list(header), *body]}, "Table_A1", len(title) + 1)


def _lines_of(year: str, number: int) -> list[tuple[str, tuple[float, float, float]]]:
    spend = spend_of(number) | {None: 7.0}
    spend["including"] = spend["gross_spend"] + 99.0
    return [(text, (spend[category], INCOME_GBP, spend[category] - INCOME_GBP)) for category, text in _LINES[year].items()]


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
