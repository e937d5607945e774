"""Revenue Outturn RO3, in five of its layouts."""

import re

from layouts.drafts import Draft, Rows, built_once, register

# Services in the order of the file; the total comes last. A service after "of which" is part of the one before it.
_OLDEST = ["Social Care strategy - children", "Childrens and famillies services-asylum seekers", "Childrens and families services - other"]
_THREE = [
    "Social care strategy - children",
    "Children's and families' services - asylum seekers",
    "Children's and families' services - other",
]
_CARE = "Children's social care - "
_OF_2013 = [
    *(_CARE + name for name in ("Service strategy", "Commissioning and social work", "Children Looked After", "Family Support Services")),
    *(_CARE + name for name in ("Youth Justice", "Children and Young People's Safety", "Asylum Seekers")),
    "Children's social care - Other children's and families services",
    "TOTAL CHILDREN SOCIAL CARE",
]
_NEWER = [
    "Children's social care: Sure start children's centres and early years",
    "Children's social care - Children Looked After",
    "Children's social care - Other children's and families services",
    "Children's social care - Family Support Services",
    "Children's social care - Youth Justice",
    "Children's social care: Safeguarding children and young people’s services",
    "Children's social care - Asylum Seekers",
    "Children's social care: Services for young people",
    "TOTAL CHILDREN SOCIAL CARE",
]
_OF_WHICH = [
    f"Children's social care - Children Looked After of which {what}"
    for what in ("residential care", "fostering services", "asylum seeking children who are looked after", "other")
]
_NEWEST = [*_NEWER[:2], *_OF_WHICH, *_NEWER[2:]]
_OF_2015 = ["Children's social care: Sure start children's centres/flying start and early years", *_NEWER[1:]]
SERVICES = {"2008-09": _OLDEST, "2009-10": _THREE, "2013-14": _OF_2013, "2015-16": _OF_2015, "2022-23": _NEWEST, "2024-25": _NEWEST}

_COLUMNS = (
    "Employees\n (C1)",
    "Running Expenses\n (C2)",
    "Total Expenditure\n (C3 = C1 + C2)",
    "Sales, Fees and Charges\n (C4)",
    "Other Income\n (C5)",
    "Total Income\n (C6 = C4 + C5)",
    "Net Current Expenditure\n (C7 = C3 - C6)",
)
GROSS = " - Total Expenditure (C3 = C1 + C2)"
_STACKED = (
    ("Employees", "Running", "  TOTAL", "Sales", "Other", " TOTAL", "NET"),
    ("", "expenses", "EXPENDITURE", "Fees", "income", " INCOME", "CURRENT"),
    ("", "(inc joint", "(Col 1+2)", "and", "(inc joint", "(Col 4+5)", "(Col 3-6)"),
    ("", "arrangemts)", "", "Charges", "arrangemts)", "", " "),
    ("", "", "", " ", " ", "", " "),
)
_CLASSES = {"Unitary authority": "UA", "County council": "SC", "Metropolitan district": "MD"}
_OLD_TOTALS = {
    "LONDON BOROUGHS": "L",
    "METROPOLITAN DISTRICTS": "MD",
    "UNITARY AUTHORITIES": "UA",
    "SHIRE COUNTIES": "SC",
    "SHIRE DISTRICTS": "SD",
    "OTHER AUTHORITIES": "O",
}
_NEW_TOTALS = {
    "Unitary Authorities": "UA",
    "Shire Districts": "SD",
    "Metropolitan Districts": "MD",
    "London Boroughs": "LB",
    "Shire Counties": "SC",
    "Greater London Authority": "O",
    "Police": "",
    "National Park Authorities": "",
    "Fire and Rescue Authorities": "",
    "Combined Authorities": "",
    "Waste Authorities": "",
}
_HARLOW = ("E1538", "E07000073", "Harlow", "SD")
_GLA = ("E5100", "E12000007", "Greater London Authority", "O")
ESTIMATE = 900.0
_NO_RETURN = {"2022-23": ("E0304",), "2024-25": ("E0304",)}


def outturn_of(year: str, place: int) -> list[tuple[float, float, float]]:
    """Return invented expenditure, income and net in £ thousand for each service of the authority in this place of the file."""
    services = SERVICES[year]
    parts = [(1_000.0 * (number + 1) + place, 10.0 * (number + 1)) for number in range(len(services))]
    of_which = [number for number, name in enumerate(services) if "of which" in name]
    if of_which:
        parts[of_which[0] - 1] = _added([parts[number] for number in of_which])
    if services[-1].startswith("TOTAL"):
        parts[-1] = _added([part for number, part in enumerate(parts[:-1]) if number not in of_which])
    return [(gross, income, gross - income) for gross, income in parts]


def _added(parts: list[tuple[float, float]]) -> tuple[float, float]:
    return sum(gross for gross, _ in parts), sum(income for _, income in parts)


@built_once
def revenue_outturn(year: str = "2024-25") -> Draft:
    """Return a workbook of RO3: all councils of the year in the order of the register, one district, and the GLA."""
    authorities = [*_councils(year), _HARLOW, _GLA]
    if year == "2013-14":
        sheets = {f"RO3 LA Data 2013-14 ({part + 1})": _sheet(year, authorities, [part]) for part in range(3)}
    else:
        name = {"2022-23": "RO3_LA_Data_2022-23", "2024-25": "RO3_LA_Data_202425"}.get(year, f"RO3 LA Data {year}")
        sheets = {name: _sheet(year, authorities, [0, 1, 2])}
    header_row = {"2008-09": 9, "2009-10": 10, "2013-14": 10, "2015-16": 7, "2022-23": 12, "2024-25": 7}[year]
    kind = "ods" if year >= "2022" else "xlsx"
    front: dict[str, Rows] = {"Front_Page": [["General Fund Revenue Account Outturn"]]}
    return Draft(f"ro3-{year}", f"RO3_{year}_by_LA.{kind}", front | sheets, next(iter(sheets)), header_row)


def _councils(year: str) -> list[tuple[str, str, str, str]]:
    councils = []
    for row in register():
        if row["first_year"] <= year <= (row["last_year"] or "9999"):
            codes = [code for code in row["other_codes"].split() if re.fullmatch(r"E\d{4}", code)]
            code = "E10000022" if year == "2015-16" and row["council_name"] == "North Yorkshire" else row["council"]
            councils.append((codes[-1], code, row["council_name"], _class(row, year)))
    return councils


def _class(row: dict[str, str], year: str) -> str:
    return _CLASSES.get(row["council_class"], "LB" if year >= "2022" else "L")


def _sheet(year: str, authorities: list[tuple[str, str, str, str]], measures: list[int]) -> Rows:
    totals = _NEW_TOTALS if year >= "2022" else _OLD_TOTALS
    empty = [""] * _width(year, measures)
    rows, sums = [], dict.fromkeys(["", *totals.values()], [(0.0, 0.0, 0.0)] * len(SERVICES[year]))
    for place, (e_code, ons_code, name, class_) in enumerate(authorities):
        figures = outturn_of(year, place)
        is_missing = e_code in _NO_RETURN.get(year, ())
        cells: list[object] = ["[x]"] * len(empty) if is_missing else _cells(figures, measures)
        rows.append([*_labels(year, e_code, ons_code, name, class_), *cells])
        # The publisher's estimate for an authority without a return, the same for every service.
        counted = [(ESTIMATE, 0.0, ESTIMATE)] * len(figures) if is_missing else figures
        sums[class_] = [tuple(map(sum, zip(*pair, strict=True))) for pair in zip(sums[class_], counted, strict=True)]
    england = [tuple(map(sum, zip(*every, strict=True))) for every in zip(*(sums[class_] for class_ in set(sums) if class_), strict=True)]
    below: Rows = [[*_labels(year, "", "", "ENGLAND", ""), *_cells(england, measures)]]
    below.append([*_labels(year, "", "", "CLASS BREAKDOWN", ""), *empty])
    below += [[*_labels(year, "", "", name, class_), *_cells(sums[class_], measures)] for name, class_ in totals.items()]
    notes: Rows = [["Source: Revenue Outturn (RO) returns"]]
    return [*_top(year, measures), *rows, *below, *notes]


def _width(year: str, measures: list[int]) -> int:
    return len(SERVICES[year]) * (7 if len(measures) == 3 else 4)


def _cells(figures: list[tuple[float, float, float]], measures: list[int]) -> list[object]:
    cells: list[object] = []
    for gross, income, net in figures:
        if len(measures) == 3:
            cells += [gross, 0.0, gross, income, 0.0, income, net]
        else:
            cells += [1.0, 2.0, (gross, income, net)[measures[0]], ""]
    return cells


def _labels(year: str, e_code: str, ons_code: str, name: str, class_: str) -> list[object]:
    if year < "2015":
        return [e_code, name, "", class_, *([""] if year != "2008-09" else [])]
    if year == "2015-16":
        return [e_code, ons_code, name, "", class_]
    return [e_code, ons_code, name, "", class_, class_, "Y"]


def _top(year: str, measures: list[int]) -> Rows:
    services = SERVICES[year]
    labels = _labels(year, "E-code", "ONS Code", "Local authority", "Class")
    if year == "2024-25":
        labels[3:7] = ["Notes", "Class", "Detailed Class", "Certification"]
        top: Rows = [["Worksheet 2"], ["Data are reported in £ thousand."], [""], [""], [""], [""]]
        return [*top, [*labels, *(f"{service} - {' '.join(column.split())}" for service in services for column in _COLUMNS)]]
    before = [""] * len(labels)
    if year == "2008-09":
        named = [*(service for service in services for _ in range(7))]
        stacked = [[*before, *(line * len(services))] for line in _STACKED[:-1]]
        last = [*labels, *(_STACKED[-1] * len(services))]
        return [["Revenue Outturn Summary (RO3): 2008-09 data"], [""], [""], ["£ thousand", *before[1:], *named], *stacked, last]
    if len(measures) == 1:
        own = ["Employees (C1)", "Running Expenses (C2)", _COLUMNS[(2, 5, 6)[measures[0]]], ""]
        spread = [cell for service in services for cell in (service, "", "", "")]
        title: Rows = [["Title"], [""], [""], ["£ thousand"], [""], [""], [""]]
        return [*title, ["£ thousands", *before[1:], *spread], [""], [*labels, *own * len(services)]]
    spread = [cell for service in services for cell in (service, *[""] * 6)]
    if year == "2022-23":
        labels[3:7] = ["Notes", "Class", "Detailed Class", "Certified"]
        numbered = [f"{column}{number}" for number, _ in enumerate(services) for column in _COLUMNS]
        plain = [column if number < 7 else numbered[number] for number, column in enumerate(_COLUMNS * len(services))]
        unit: Rows = [["Worksheet 2"], ["Data are reported in £ thousand. "], *[[""]] * 8]
        return [*unit, [*before, *spread], [*labels, *plain]]
    if year == "2009-10":
        return [["Title"], [""], ["£ thousand"], *[[""]] * 4, [*before, *spread], [""], [*labels, *_COLUMNS * len(services)]]
    return [["Title"], ["Net current expenditure (£ thousand)"], [""], [""], [*before, *spread], [""], [*labels, *_COLUMNS * len(services)]]
