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
]
HISTORY_SHEET = "LA_inspections_2009-2023"
SIF_DATE, SIF_OVERALL, SIF_HELP = _HISTORY_HEADER[17], _HISTORY_HEADER[18], _HISTORY_HEADER[19]
SIF_LOOKED_AFTER, SIF_ADOPTION = _HISTORY_HEADER[20], _HISTORY_HEADER[21]
SIF_LEAVERS, SIF_LEADERSHIP, SIF_BOARD = _HISTORY_HEADER[22], _HISTORY_HEADER[23], _HISTORY_HEADER[24]
SIF_AGAIN_DATE, SIF_AGAIN_OVERALL = _HISTORY_HEADER[25], _HISTORY_HEADER[26]
SLAC_DATE, SLAC_OVERALL, SLAC_LOOKED_AFTER = _HISTORY_HEADER[4], _HISTORY_HEADER[5], _HISTORY_HEADER[6]
TLAC_DATE, TLAC_OVERALL = _HISTORY_HEADER[15], _HISTORY_HEADER[16]


def day(text: str) -> datetime.datetime:
    """Return the day written as 2016-05-23, as a spreadsheet holds it."""
    return datetime.datetime.fromisoformat(text)


def ofsted_history(kind: str = "xlsx") -> Draft:
    """Return Ofsted's history: three current councils (rows 6-8), then the second table with the old Dorset (row 12)."""
    current = [
        _history_row("Barnsley", {SLAC_DATE: day("2012-07-27"), SLAC_OVERALL: "Inadequate", SLAC_LOOKED_AFTER: "Good"}),
        _history_row(
            "Kingston upon Hull", _first_sif("2014-12-11", "Good") | {SIF_AGAIN_DATE: day("2017-12-08"), SIF_AGAIN_OVERALL: "Inadequate"}
        ),
        _history_row("Dorset", {}),
    ]
    old = [_history_row("Dorset", _first_sif("2016-05-23", _RI) | {TLAC_DATE: day("2013-05-01"), TLAC_OVERALL: "Outstanding"})]
    rows = [["Children's social care data"], ["two tables"], ["links"], ["some cells are empty"], list(_HISTORY_HEADER), *current, [""]]
    rows += [["Table 11:History of inspections of local authorities that existed before the restructure"], list(_HISTORY_HEADER), *old]
    return Draft("ofsted-history-2023", f"history.{kind}", {"Cover": [["Cover"]], HISTORY_SHEET: rows}, HISTORY_SHEET, 5)


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
    ("E08000016", "Barnsley", "2023-09-11", "2023-10-27", "Standard", ["Outstanding", "Good", _RI, "Good", "Inadequate"]),
    ("E08000013", "St Helens", "2019-09-09", "2019-11-04", "Standard", ["Inadequate", "Inadequate", "Inadequate", _RI, ""]),
    ("E06000010", "Kingston upon Hull, City of", "2019-01-21", "2019-03-29", "Standard", [_RI, _RI, _RI, _RI, ""]),
]
_LATEST_ILACS = (1, 2, 3)


def ofsted_ilacs(kind: str = "xlsx") -> Draft:
    """Return Ofsted's outcomes workbook: four inspections (rows 4-7) and the current position of the three councils."""
    history: Rows = [["ILACS inspection history"], ["one table"], list(_ILACS_HEADER)]
    position: Rows = [["Judgements as at 31 March"], ["one table"], list(_POSITION_HEADER)]
    for order, (code, name, inspected, published, inspection_type, grades) in enumerate(_ILACS):
        dates = [day(inspected), day(published)]
        history.append(["link", code, name, "Current", "a region", *dates, f"ILACS {inspection_type} Inspection", *grades])
        if order in _LATEST_ILACS:
            position.append(["link", code, name, "a region", *dates, *grades])
    sheets = {"Cover": [["Cover"]], POSITION_SHEET: position, ILACS_SHEET: history}
    return Draft("ofsted-outcomes-2025", f"outcomes.{kind}", sheets, ILACS_SHEET, 3)
