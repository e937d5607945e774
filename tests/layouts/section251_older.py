"""Section 251 outturn workbooks until 2011-12: other headings, other lines, and categories that have no sub-total of their own."""

from collections.abc import Iterable

from layouts.drafts import COUNCILS_OF_2013, Draft, Rows

# A form as printed: its groups, each with the sub-total below it ("" for lines in no group), and beside each line the
# category it belongs to as the forms of 2012-13 and later group it.
Group = tuple[str, list[tuple[str, str]]]


def _group(category: str, total: str, *lines: str) -> Group:
    return total, [(line, category) for line in lines]


_JUSTICE = ("Secure accommodation (youth justice)", "Youth offender teams", "Other Youth Justice service")
_CARE = ("Residential care", "Fostering services", "Other children looked after services")
_CARE_UNTIL_2010 = (
    *_CARE,
    "Secure accommodation (welfare)",
    "Short breaks (respite) for looked after children",
    "Children placed with family and friends",
    "Advocacy services for children looked after",
    "Education of looked after children",
    "Leaving care support services",
)
_FAMILY = (
    "Direct payments",
    "Short breaks (respite) for disabled children",
    "Home care services",
    "Equiptment and adaptations",
    "Other family support services",
    "Contribution to health care of individual children",
)
_MISUSE = "Substances misuse services (Drugs, Alcohol and Volatile substances)"
_TEENAGE = "Teenage pregnancy services"
_SAFETY = ("Child death processes", "Preventative services", "LA functions in relation to child protection")
_BOARD = "Local safeguarding childrens board"
_ADOPTION = [("Adoption services", "looked_after"), ("Special guardianship support", "looked_after")]
_CERA = "Capital Expenditure from Revenue (CERA) (Children's and young people's services)"
_BUDGET = "TOTAL CHILDREN AND YOUNG PEOPLE'S SERVICES BUDGET"

FORMS: dict[str, list[Group]] = {
    "2008-09": [
        _group("youth_justice", "Total Youth Justice", *_JUSTICE),
        _group("looked_after", "Total Children Looked After", *_CARE_UNTIL_2010),
        _group("safeguarding", "Total Children and Young Peoples Safety", *_SAFETY, _BOARD),
        _group("family_support", "Total Family Support Services", *_FAMILY, _MISUSE, _TEENAGE),
        _group(
            "looked_after",
            "Total Asylum Seeker",
            "Asylum seeker services - children",
            "Unaccompanied asylum children",
            "Accommodation",
            "Assessment and care management",
        ),
        ("Total Other Childrens and Families Services", [*_ADOPTION, ("Other childrens and families services", "other")]),
        _group(
            "safeguarding",
            "Total Childrens Services Strategy",
            "Childrens and young peoples plan",
            "Childrens social care workforce grant",
            "Partnership costs",
            "Central commissioning function",
            "Commissioning and social work",
        ),
        ("", [("Child Trust Fund Top Ups", "other")]),
    ],
    "2009-10": [
        _group("youth_justice", "Total Youth Justice", *_JUSTICE),
        _group(
            "looked_after",
            "Total Children Looked After",
            *_CARE_UNTIL_2010,
            "Asylum seeker services - children",
            "Unaccompanied asylum children: assessment and care management",
            "Unaccompanied asylum children: accommodation",
        ),
        _group("safeguarding", "Total Children and Young People's Safety", *_SAFETY, _BOARD),
        _group("family_support", "Total Family Support Services", *_FAMILY, _MISUSE, _TEENAGE),
        ("Total Other Children's and Families Services", [*_ADOPTION, ("Other children's and families services", "other")]),
        _group(
            "safeguarding",
            "Total Children's Services Strategy",
            "Children's and young people's plan",
            "Partnership costs",
            "Central commissioning function",
            "Commissioning and social work",
        ),
        ("", [("Child Trust Fund Top Ups", "other")]),
    ],
    "2010-11": [
        _group("youth_justice", "Total Youth Justice", *_JUSTICE),
        _group(
            "sure_start",
            "Total Sure Start Children's Centres",
            "Spend on local authority management costs relating to Sure Start Children's Centres",
            "Spend by individual Sure Start Children's Centres",
            "Spend on local authority provided or commissioned area-wide services delivered through Sure Start Children's Centres",
        ),
        _group("looked_after", "Total Children Looked After", *_CARE_UNTIL_2010, "Asylum seeker services - children"),
        _group("safeguarding", "Total Children and Young People's Safety", "Child death review processes", _SAFETY[2], _BOARD),
        _group("family_support", "Total Family Support Services", *_FAMILY),
        ("Total Other Children's and Families Services", [*_ADOPTION, ("Other children's and families services", "other")]),
        _group(
            "safeguarding",
            "Total Children's Services Strategy",
            "Children's and young people's plan",
            "Partnership costs",
            "Central commissioning function",
        ),
        ("", [("Commissioning and social work", "safeguarding")]),
        ("", [("Child Trust Fund Top Ups", "other")]),
        _group(
            "young_people",
            "Unknown",
            "Universal services for young people (including youth work, positive activities and  information, advice and guidance)",
            "Targeted services for young people (including youth work, positive activities and information, advice and guidance)",
            "Substances misuse services (Drugs, alcohol and volatile substances)",
            _TEENAGE,
            "Connexions",
            "Student support/including mandatory awards",
        ),
    ],
    "2011-12": [
        _group(
            "sure_start",
            "Total Sure Start Children's Centres",
            "Spend by individual Sure Start Children's Centres",
            "Spend on local authority provided or commissioned area-wide services",
        ),
        _group(
            "looked_after",
            "Total Children Looked After",
            *_CARE,
            "Short breaks (respite) for looked after disabled children",
            "Children placed with family and friends",
            "Education of looked after children",
            "Leaving care support services",
            "Asylum seeker services - children",
        ),
        _group(
            "safeguarding",
            "Total Children and Young People's Safety/children social care",
            "Child death review processes",
            "Commissioning and social work (includes LA functions in relation to",
            _BOARD,
        ),
        _group(
            "family_support",
            "Total Family Support Services",
            "Direct payments",
            "Short breaks (respite) for disabled children",
            "Other support for disabled children",
            "Intensive family Interventions",
            "Other targeted family support",
            "Universal family support",
        ),
        ("Total Other Children's and Families Services", [*_ADOPTION, ("Other children's and families services", "other")]),
        ("", [("Children's Services Strategy", "safeguarding")]),
        _group(
            "young_people",
            "Total Services for Young People",
            "Universal services for young people (including youth work, positive",
            "Targeted services for young people (including youth work, positive",
            "Substances misuse services (Drugs, alcohol and volatile substances)",
            _TEENAGE,
            "Other Services for young people (includes discretionary awards and",
        ),
        ("", [("Youth Justice", "youth_justice")]),
    ],
}
# The total without capital, then lines that count nowhere.
_FOOT = {
    "2008-09": [
        "TOTAL CHILDREN AND YOUNG PEOPLES SERVICES BUDGET (excluding CERA)",
        "TOTAL CHILDREN AND YOUNG PEOPLES SERVICES BUDGET (including CERA)",
        "Capital Expenditure from Revenue (CERA) (Childrens and young peoples services",
    ],
    "2009-10": [f"{_BUDGET} (excluding CERA)", f"{_BUDGET} (including CERA)", _CERA],
    "2010-11": [
        f"{_BUDGET} (excluding CERA)",
        f"{_BUDGET} (including CERA)",
        "Youth work - (memorandum expenditure Included in\xa0lines 41 and 42 above)",
    ],
    "2011-12": [
        "CHILDREN AND YOUNG PEOPLE'S SERVICES BUDGET (excluding CERA)",
        "CHILDREN AND YOUNG PEOPLE'S SERVICES BUDGET (Including CERA)",
        "Spend on local authority management costs relating to Sure Start Ch",
    ],
}
_HEADINGS = {
    "2008-09": ("LEA Number:", "LA Name:", "S52 Line Reference:", "TOTAL EXPENDITURE (k)", "INCOME (l)", "NET Current Expenditure (m)"),
    "2009-10": ("LEA", "LEA Name", "S52 Line Reference", "Total Expenditure (k)", "Income (l)", "NET Current Expenditure (m)"),
    "2010-11": ("LA", "LA Name", "S52 Line Reference", "Total Expenditure (k)", "Income (l)", "NET Current Expenditure (m)"),
    "2011-12": ("LA", "LA Name", "CYPServiceDescription", "TotalExpenditure", "Income", "NetCurrentExpenditure"),
}
_TITLE: Rows = [["S251 Outturn - Table A1"], ["Cash terms figures as reported by local authorities"], [""]]


def older_gross(number: int, place: int) -> float:
    """Return what a council spent on the line in that place of the form: another figure for every line and council."""
    return 100_000.0 * (place + 1) + number


def older_spend(year: str, number: int) -> dict[str, float]:
    """Return a council's spend by category, added up line by line."""
    spend: dict[str, float] = {}
    categories = [category for _, lines in FORMS[year] for _, category in lines]
    for place, category in enumerate(categories):
        spend[category] = spend.get(category, 0.0) + older_gross(number, place)
    return spend | {"gross_spend": sum(spend.values())}


def section251_older(year: str, councils: Iterable[tuple] = COUNCILS_OF_2013) -> Draft:
    """Return a workbook of 2008-09 to 2011-12 with every line of its form; income is a tenth of gross."""
    body = []
    for number, name, *_ in councils:
        for place, (line, gross) in enumerate(_figures(year, number)):
            # 2008-09 numbers its lines.
            text = f"{place + 1} {line}" if year == "2008-09" else line
            body.append([number, name, text, gross, gross / 10, gross - gross / 10])
    source = f"s251ye{int(year[:4]) + 1}"
    return Draft(source, f"{source}.xlsx", {"Table A1": [*map(list, _TITLE), list(_HEADINGS[year]), *body]}, "Table A1", 4)


def _figures(year: str, number: int) -> list[tuple[str, float]]:
    """Return each line of the form with its gross, sub-totals below their lines."""
    figures, place = [], 0
    for total, lines in FORMS[year]:
        group = [(line, older_gross(number, place + offset)) for offset, (line, _) in enumerate(lines)]
        place += len(lines)
        figures += group + ([(total, sum(gross for _, gross in group))] if total else [])
    return figures + [(line, older_spend(year, number)["gross_spend"]) for line in _FOOT[year]]
