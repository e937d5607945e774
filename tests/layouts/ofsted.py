"""Ofsted's two workbooks of inspections."""

import datetime

from layouts.drafts import Draft, Rows

_RI = "Requires improvement to be good"
_SIF = "Single Inspection of LA Children's Services (SIF) "
_HISTORY_HEADER = [
    "Web link",
    "Local authority name",
    "LA region",
    "LA Authority Type",
    "Safeguarding & Looked After Children (SLAC) Inspection publication date",
    "SLAC Safeguarding Overall effectiveness (OE)",
    "SLAC Looked After Children Overall Effectiveness (OE)",
    "SLAC re-inspection of Safeguarding publication date",
    "SLAC re-inspection Safeguarding OE",
    "SLAC re-inspection of services for Children Looked After publication date",
    "SLAC re-inspection of services Children Looked After OE",
    "Child Protection Inspections (CPI) publication date",
    "CPI Overall Effectiveness (OE)",
    "Child Protection Re-Inspection (CPRI) publication date",
    "CPRI Overall Effectiveness (OE)",
    "Targeted Looked After Children (TLAC) inspection publication date",
    "TLAC Overall Effectiveness (OE)",
    f"{_SIF} First SIF publication date",
    " First SIF Overall Judgement\n(OE)",
    " First SIF children who need help and protection ",
    " First SIF children looked after and achieving permanence ",
    " First SIF CLA Sub: Adoption Performance",
    " First SIF CLA Sub: Experiences and progress of care leavers",
    " First SIF leadership, management and governance",
    "LSCB Overall Effectiveness ",
    f"{_SIF}SIF Re-inspection publication date",
    " SIF Re-inspection Overall Judgement\n(OE)",
    " SIF Re-inspection children who need help and protection ",
    " SIF Re-inspection children looked after and achieving permanence ",
    " SIF Re-inspection CLA Sub: Adoption Performance",
    " SIF Re-inspection CLA Sub: Experiences and progress of care leavers",
    " SIF Re-inspection leadership, management and governance",
    "First ILACS framework inspection type",
    "First ILACS framework publication date",
    "First ILACS framework overall effectiveness",
    "First ILACS framework impact of leaders",
    "First ILACS framework experiences and progress of children who need help and protection",
    "First ILACS framework experiences and progress of children in care and care leavers",
    "Second ILACS framework inspection type",
    "Second ILACS framework publication date",
    "Second ILACS framework overall effectiveness",
    "Second ILACS framework impact of leaders",
    "Second ILACS framework experiences and progress of children who need help and protection",
    "Second ILACS framework experiences and progress of children in care",
    "Second ILACS framework experiences and progress of care leavers",
]
_FIRST_ILACS, _SECOND_ILACS = _HISTORY_HEADER[32:38], _HISTORY_HEADER[38:45]
# Councils of the second table have one ILACS inspection at most, and its columns are not numbered.
_OLD_HEADER = ["" if heading.startswith("Second ILACS") else heading.replace("First ILACS", "ILACS") for heading in _HISTORY_HEADER]
HISTORY_SHEET = "LA_inspections_2009-2023"
SIF_DATE, SIF_OVERALL, SIF_HELP = _HISTORY_HEADER[17], _HISTORY_HEADER[18], _HISTORY_HEADER[19]
SIF_LOOKED_AFTER, SIF_ADOPTION = _HISTORY_HEADER[20], _HISTORY_HEADER[21]
SIF_LEAVERS, SIF_LEADERSHIP, SIF_BOARD = _HISTORY_HEADER[22], _HISTORY_HEADER[23], _HISTORY_HEADER[24]
SIF_AGAIN_DATE, SIF_AGAIN_OVERALL = _HISTORY_HEADER[25], _HISTORY_HEADER[26]
SLAC_DATE, SLAC_OVERALL, SLAC_LOOKED_AFTER = _HISTORY_HEADER[4], _HISTORY_HEADER[5], _HISTORY_HEADER[6]
TLAC_DATE, TLAC_OVERALL = _HISTORY_HEADER[15], _HISTORY_HEADER[16]
FIRST_ILACS_TYPE, FIRST_ILACS_DATE, FIRST_ILACS_OVERALL = _FIRST_ILACS[:3]
SECOND_ILACS_DATE, SECOND_ILACS_LEAVERS = _SECOND_ILACS[1], _SECOND_ILACS[6]


def day(text: str) -> datetime.datetime:
    """Return the day written as 2016-05-23, as a spreadsheet holds it."""
    return datetime.datetime.fromisoformat(text)


_HULL_AGAIN = ["Inadequate", "Inadequate", "Inadequate", _RI, "Good"]
HISTORY_POSITION_SHEET, HISTORY_YEAR_SHEET = "LA_level_at_31_Mar_2023", "LA_level_in_year_2022-23"
_SHORT_GRADES = [
    "Overall effectiveness",
    "Impact of leaders",
    "Experiences and progress of children who need help and protection",
    "Experiences and progress of children in care",
    "Experiences and progress of care leavers",
]


def ofsted_history(kind: str = "xlsx") -> Draft:
    """Return Ofsted's history: three current councils (rows 6-8), then Dorset and Bournemouth as they were (rows 12-13)."""
    first_of_hull = _ilacs(_FIRST_ILACS, "ILACS Standard Inspection", "2019-03-29", [_RI] * 4)
    second_of_hull = _ilacs(_SECOND_ILACS, "ILACS Standard Inspection", "2023-03-10", _HULL_AGAIN)
    current = [
        _history_row(
            "Barnsley",
            {SLAC_DATE: day("2012-07-27"), SLAC_OVERALL: "Inadequate", SLAC_LOOKED_AFTER: "Good"}
            | _ilacs(_FIRST_ILACS, "ILACS Short Inspection", "2018-11-26", ["Good"] * 4),
        ),
        _history_row(
            "Kingston upon Hull",
            _first_sif("2014-12-11", "Good")
            | {SIF_AGAIN_DATE: day("2017-12-08"), SIF_AGAIN_OVERALL: "Inadequate"}
            | first_of_hull
            | second_of_hull,
        ),
        _history_row("Dorset", {}),
    ]
    old = [
        _history_row("Dorset", _first_sif("2016-05-23", _RI) | {TLAC_DATE: day("2013-05-01"), TLAC_OVERALL: "Outstanding"}),
        _history_row("Bournemouth", _ilacs(_FIRST_ILACS, "ILACS Standard Inspection", "2018-08-24", [_RI, "Inadequate", _RI, _RI])),
    ]
    rows = [["Children's social care data"], ["two tables"], ["links"], ["some cells are empty"], list(_HISTORY_HEADER), *current, [""]]
    rows += [["Table 11:History of inspections of local authorities that existed before the restructure"], list(_OLD_HEADER), *old]
    sheets = {"Cover": [["Cover"]], HISTORY_POSITION_SHEET: _history_position(), HISTORY_YEAR_SHEET: _history_year(), HISTORY_SHEET: rows}
    return Draft("ofsted-history-2023", f"history.{kind}", sheets, HISTORY_SHEET, 5)


def _history_position() -> Rows:
    """Return each council's position on the day in the title (header in row 4, councils in rows 5-6)."""
    header = ["Web link", "Local authority name", "Ofsted region", "Inspection date", *_SHORT_GRADES]
    title = "Children's social care data in England 2023 - LA level at 31 March 2023"
    barnsley = ["link", "Barnsley", "a region", day("2018-10-01"), *["Good"] * 4, ""]
    return [[title], ["one table"], [""], header, barnsley, ["link", "Hull", "a region", day("2023-01-23"), *_HULL_AGAIN]]


def _history_year() -> Rows:
    """Return the year's inspections and visits (header in row 3): one inspection (row 4), two visits (rows 5-6)."""
    header = ["Web link", "Local authority name", "Ofsted region", "Inspection/Visit date", "Inspection/Visit type", *_SHORT_GRADES]
    none = [""] * 5
    return [
        ["Children's social care data in England 2023 - LA level in year 2022-23"],
        ["one table"],
        [*header, "Visit Theme"],
        ["link", "Kingston upon Hull", "a region", day("2023-01-23"), "ILACS Standard Inspection", *_HULL_AGAIN, ""],
        ["link", "Barnsley", "a region", day("2022-11-02"), "ILACS Focused Visit", *none, "Care leavers"],
        ["link", "Kingston upon Hull", "a region", day("2022-03-10"), "LA Monitoring visit", *none, "Front door"],
    ]


def _ilacs(headings: list[str], kind: str, published: str, grades: list[str]) -> dict[str, object]:
    return dict(zip(headings, [kind, day(published), *grades], strict=True))


def _first_sif(date: str, grade: str) -> dict[str, object]:
    others = dict.fromkeys((SIF_HELP, SIF_LOOKED_AFTER, SIF_LEAVERS, SIF_LEADERSHIP, SIF_BOARD), grade)
    return {SIF_DATE: day(date), SIF_OVERALL: grade, SIF_ADOPTION: "-", **others}


def _history_row(name: str, cells: dict[str, object]) -> list[object]:
    row = dict.fromkeys(_HISTORY_HEADER, "") | {"Web link": "Ofsted Local Authority Webpage", "Local authority name": name} | cells
    return [row[heading] for heading in _HISTORY_HEADER]


ILACS_SHEET = "ILACS_inspection_history"
POSITION_SHEET = "Inspections_as_at_31_March"
ILACS_GRADES = [
    "Overall effectiveness",
    "The impact of leaders on social work practice with children and families",
    "The experiences and progress of children who need help and protection",
    "The experiences and progress of children in care",
    "The experiences and progress of care leavers",
]
_ILACS_AREA = ["Web link", "Local authority area code", "Local authority name"]
_ILACS_HEADER = [
    *_ILACS_AREA,
    "Local authority status",
    "Ofsted region",
    "Inspection date",
    "Publication date",
    "Inspection type",
    *ILACS_GRADES,
]
_POSITION_HEADER = [*_ILACS_AREA, "Ofsted region", "Inspection date", "Publication date", *ILACS_GRADES]
_ILACS = [
    ("E08000016", "Barnsley", "2018-10-01", "2018-11-26", "Short", ["Good", "Good", "Good", "Good", ""]),
    ("E08000016", "Barnsley", "2024-09-09", "2024-10-25", "Standard", ["Outstanding", "Good", _RI, "Good", "Inadequate"]),
    ("E08000013", "St Helens", "2019-09-09", "2019-11-04", "Standard", ["Inadequate", "Inadequate", "Inadequate", _RI, ""]),
    ("E06000010", "Kingston upon Hull, City of", "2019-01-21", "2019-03-29", "Standard", [_RI, _RI, _RI, _RI, ""]),
]
_LATEST_ILACS = (1, 2, 3)
ILACS_YEAR_SHEET = "In-year_inspections"
_YEAR_HEADER = [*_ILACS_AREA, "Region", "Inspection/Visit date", "Publication date", "Inspection/Visit type", *ILACS_GRADES, "Visit Theme"]


def ofsted_ilacs(kind: str = "xlsx") -> Draft:
    """Return Ofsted's outcomes workbook: four inspections (rows 4-7), the current position of the three councils, a year."""
    history: Rows = [["ILACS inspection history"], ["one table"], list(_ILACS_HEADER)]
    position: Rows = [["Local authority inspection judgements as at 31 March 2025"], ["one table"], list(_POSITION_HEADER)]
    for order, (code, name, inspected, published, inspection_type, grades) in enumerate(_ILACS):
        dates = [day(inspected), day(published)]
        history.append(["link", code, name, "Current", "a region", *dates, f"ILACS {inspection_type} Inspection", *grades])
        if order in _LATEST_ILACS:
            position.append(["link", code, name, "a region", *dates, *grades])
    sheets = {"Cover": [["Cover"]], POSITION_SHEET: position, ILACS_YEAR_SHEET: _outcomes_year(), ILACS_SHEET: history}
    return Draft("ofsted-outcomes-2025", f"outcomes.{kind}", sheets, ILACS_SHEET, 3)


def _outcomes_year() -> Rows:
    """Return the year's inspections and visits (header in row 3): one inspection (row 4), two visits (rows 5-6)."""
    code, name, inspected, published, kind, grades = _ILACS[1]
    none = [""] * 5
    return [
        ["Local authority in-year inspection activity 2024-25"],
        ["one table"],
        list(_YEAR_HEADER),
        ["link", code, name, "a region", day(inspected), day(published), f"ILACS {kind} Inspection", *grades, ""],
        ["link", "E06000010", "Hull", "a region", day("2025-02-04"), day("2025-03-11"), "ILACS Focused Visit", *none, "Children in care"],
        ["link", "E08000013", "St Helens", "a region", day("2024-05-01"), day("2024-06-12"), "LA Monitoring visit", *none, "Front door"],
    ]
