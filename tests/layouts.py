"""Small files in the publishers' real layouts, with invented figures.

Sheets are lists of rows as a spreadsheet shows them, so a test can spoil one cell and knows its row and column; which
words stand in headings and lines is copied from the official files, figures are not.
"""

import csv
import datetime
import shutil
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook

from fundgap.data.store import Store

Rows = list[list[object]]

ENGLAND = "E92000001"
DATA = Path(__file__).parents[1] / "data"
REGISTER = DATA / "raw" / "councils.csv"

# DfE number, name as DfE writes it, ONS code, code of the region.
BARKING = (301, "Barking and Dagenham", "E09000002", "E12000007")
ST_HELENS = (342, "St Helens", "E08000013", "E12000002")
BARNSLEY = (370, "Barnsley", "E08000016", "E12000003")
OLD_DORSET = (835, "Dorset", "E10000009", "E12000009")
NEW_DORSET = (838, "Dorset", "E06000059", "E12000009")
COUNCILS_OF_2013 = (BARKING, ST_HELENS, BARNSLEY, OLD_DORSET)


def registers_only(root: Path) -> Store:
    """Return a store with the registers of councils and releases and without a single figure."""
    (root / "raw").mkdir(parents=True)
    for name in ("councils.csv", "sources.toml", "known_differences.csv"):
        shutil.copyfile(DATA / "raw" / name, root / "raw" / name)
    return Store(root)


@dataclass
class Draft:
    """A file not yet written: the release it stands for, its name, its sheets ("" in a file that has none)."""

    source: str
    file: str
    sheets: dict[str, Rows]
    main: str
    header_row: int

    @property
    def rows(self) -> Rows:
        """The rows of the sheet that matters."""
        return self.sheets[self.main]

    def column(self, heading: str) -> int:
        """Return the position of a column, counted from 0, by its heading."""
        return self.rows[self.header_row - 1].index(heading)

    def get(self, row: int, heading: str) -> object:
        """Return a cell by its row, counted from 1 as a spreadsheet does."""
        return self.rows[row - 1][self.column(heading)]

    def put(self, row: int, heading: str, value: object) -> None:
        """Overwrite a cell."""
        self.rows[row - 1][self.column(heading)] = value

    def save(self, folder: Path) -> Path:
        """Write the file; its kind follows from its name."""
        path = folder / self.file
        _WRITERS[path.suffix](path, self)
        return path


def save_xlsx(path: Path, draft: Draft) -> None:
    book = Workbook()
    book.remove(book.active)
    for name, rows in draft.sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([None if cell == "" else cell for cell in row])
    book.save(path)


def save_csv(path: Path, draft: Draft) -> None:
    quoting = csv.QUOTE_ALL if draft.source.startswith("deflator") else csv.QUOTE_MINIMAL
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=quoting, lineterminator="\n").writerows(draft.rows)


def save_parquet(path: Path, draft: Draft) -> None:
    header, *body = draft.rows
    columns = [[row[position] for row in body] for position in range(len(header))]
    types = [pa.float64() if heading == "LA Number" else pa.string() for heading in header]
    arrays = [pa.array(_fitting(cells, kind), kind) for cells, kind in zip(columns, types, strict=True)]
    pq.write_table(pa.Table.from_arrays(arrays, names=[str(heading) for heading in header]), path)


def _fitting(cells: Iterable[object], kind: pa.DataType) -> list[object]:
    return [None if cell is None else float(str(cell)) if kind == pa.float64() else str(cell) for cell in cells]


def save_ods(path: Path, draft: Draft) -> None:
    tables = "".join(
        f'<table:table table:name="{escape(name)}">{"".join(_ods_row(row) for row in rows)}</table:table>'
        for name, rows in draft.sheets.items()
    )
    spaces = " ".join(f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"' for short in ("office", "table", "text"))
    body = f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", compress_type=zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", _ODS_MANIFEST)
        archive.writestr(
            "content.xml", f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}>{body}</office:document-content>'
        )


_ODS_MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    '<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)


def _ods_row(row: list[object]) -> str:
    return f"<table:table-row>{''.join(_ods_cell(cell) for cell in row)}</table:table-row>"


def _ods_cell(cell: object) -> str:
    if isinstance(cell, datetime.date):
        date = f'office:value-type="date" office:date-value="{cell:%Y-%m-%d}"'
        return f"<table:table-cell {date}><text:p>{cell:%d/%m/%Y}</text:p></table:table-cell>"
    if isinstance(cell, int | float):
        return f'<table:table-cell office:value-type="float" office:value="{cell}"><text:p>{cell}</text:p></table:table-cell>'
    if cell == "":
        return "<table:table-cell/>"
    return f'<table:table-cell office:value-type="string"><text:p>{escape(str(cell))}</text:p></table:table-cell>'


_WRITERS: dict[str, Callable[[Path, Draft], None]] = {".xlsx": save_xlsx, ".csv": save_csv, ".parquet": save_parquet, ".ods": save_ods}


# Section 251 -----------------------------------------------------------------------------------------------------------

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


# Local Authority Interactive Tool --------------------------------------------------------------------------------------

_LAIT_HEADER = ["Short Desc", "Data item", "Years", "LA and Regions", "Values", "LA Number", "Region"]
LAIT_SPEND = {
    "C&YPExpenditure": "gross_spend",
    "TotalLACFinance": "looked_after",
    "SafeguardingFinance": "safeguarding",
    "FamilySupportFinance": "family_support",
    "SureStartFinance": "sure_start",
    "YoungPeopleFinance": "young_people",
    "YouthJusticeFinance": "youth_justice",
    "OtherChildren&FamilyFinance": "other",
}
LAIT_YEARS = ("2018-19", "2019-20")
# Whose figures there are in each year: Dorset was made anew on 1 April 2019, St Helens made no return in 2019-20.
_LAIT_RETURNS = {"2018-19": (BARKING, ST_HELENS, BARNSLEY, OLD_DORSET), "2019-20": (BARKING, BARNSLEY, NEW_DORSET)}
_LAIT_ROWS = (BARKING, ST_HELENS, BARNSLEY, OLD_DORSET, NEW_DORSET)
_LAIT_REGIONS = {
    "E12000007": (986, "London"),
    "E12000002": (981, "North West"),
    "E12000003": (982, "Yorkshire and The Humber"),
    "E12000009": (990, "South West"),
}


def looked_after_of(number: int) -> int:
    """Return a council's invented number of looked-after children."""
    return 100 + number


def lait(file: str = "bds_long_0.parquet") -> Draft:
    """Return LAIT's long file: eight spend measures, looked-after children, and one measure that nobody asked for."""
    rows: Rows = [list(_LAIT_HEADER), ["ChildPov", "Child poverty", "2019", "Barnsley", "c", 370.0, ""]]
    for year in LAIT_YEARS:
        for measure, category in LAIT_SPEND.items():
            rows += _lait_measure(measure, f"{year} (OT)", year, lambda number, category=category: round(spend_of(number)[category]))
        rows += _lait_measure("LACnum", str(int(year[:4]) + 1), year, looked_after_of)
    return Draft("lait-2026-01", file, {"": rows}, "", 1)


def _lait_measure(measure: str, period: str, year: str, figure: Callable[[int], int]) -> Rows:
    returned = {number: figure(number) for number, *_ in _LAIT_RETURNS[year]}
    regions = {code: sum(returned.get(council[0], 0) for council in _LAIT_ROWS if council[3] == code) for code in _LAIT_REGIONS}
    areas: list[tuple[float, str, object]] = [(970.0, "England", sum(returned.values())), (987.0, "London (Inner)", 1)]
    areas += [(float(_LAIT_REGIONS[code][0]), _LAIT_REGIONS[code][1], total) for code, total in regions.items()]
    for number, name, *_ in _LAIT_ROWS:
        title = "Dorset (Pre LG)" if number == OLD_DORSET[0] else name
        areas.append((float(number), title, returned.get(number, "-")))
    return [[measure, "a description", period, name, str(value), number, ""] for number, name, value in areas]


# Ofsted ----------------------------------------------------------------------------------------------------------------

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


# Deprivation, children, prices -----------------------------------------------------------------------------------------

_IOD_HEADINGS = {
    "IoD2015": {"IMD": "IMD", "IDACI": "Income Deprivation Affecting Children Index (IDACI)"},
    "IoD2019": {"IMD": "IMD", "IDACI": "IDACI"},
}
_IOD_YEARS = {"IoD2015": ("2013", "2013-14"), "IoD2019": ("2019", "2019-20")}


def register() -> list[dict[str, str]]:
    """Return the rows of councils.csv as they stand in the file."""
    with REGISTER.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def councils_in(year: str) -> list[tuple[str, str]]:
    """Return code and name of the councils of the register that existed in a financial year."""
    return [(row["council"], row["council_name"]) for row in register() if row["first_year"] <= year <= (row["last_year"] or "9999")]


def deprivation(vintage: str = "IoD2019") -> Draft:
    """Return File 11: all councils of its time in the order of the register, which is that of their invented ranks."""
    year, in_force = _IOD_YEARS[vintage]
    sheets = {}
    for sheet, heading in _IOD_HEADINGS[vintage].items():
        places = [f"Upper Tier Local Authority District {what} ({year})" for what in ("code", "name")]
        header = [*places, f"{heading} - Average rank ", f"{heading} - Average score ", f"{heading} - Rank of average score "]
        sheets[sheet] = [
            header,
            *([code, name, 1.5, deprivation_score(rank), rank] for rank, (code, name) in enumerate(councils_in(in_force), 1)),
        ]
    return Draft(vintage.lower(), "File_11.xlsx", {"Notes": [["Notes"]], **sheets}, "IMD", 1)


def deprivation_score(rank: int) -> float:
    """Return the invented average score of a rank: a quarter of a point less for each place."""
    return 60 - rank / 4


_POPULATION_HEADER = [
    "time_period",
    "time_identifier",
    "geographic_level",
    "country_code",
    "country_name",
    "region_code",
    "region_name",
    "old_la_code",
    "new_la_code",
    "la_name",
    "age_group",
    "population_estimate",
]
AGES = "Children aged 0 to 17 years"
SUPPRESSED = 61_000
_POPULATION_YEARS = {2019: (BARKING, ST_HELENS, BARNSLEY, NEW_DORSET), 2018: (BARKING, ST_HELENS, BARNSLEY, OLD_DORSET)}


def children_of(number: int, year: int) -> int:
    """Return a council's invented number of children."""
    return 60_000 + number + year


def population() -> Draft:
    """Return the estimates of 2019 and, below them, 2018: England, four regions, councils; old Dorset's is suppressed.

    Rows 2 to 10 are 2019, rows 11 to 19 are 2018; in each year England comes first, then the regions, then the councils.
    """
    rows: Rows = [list(_POPULATION_HEADER)]
    for year, councils in _POPULATION_YEARS.items():
        counts = {number: SUPPRESSED if number == OLD_DORSET[0] else children_of(number, year) for number, *_ in councils}
        rows.append(_population_row(year, "National", count=sum(counts.values())))
        rows += [_population_row(year, "Regional", region=region, count=counts[number]) for number, _, _, region in councils]
        for number, name, code, region in councils:
            shown = "x" if number == OLD_DORSET[0] else counts[number]
            rows.append(_population_row(year, "Local authority", region, number, code, name, shown))
    return Draft("children-2012-2024", "population.csv", {"": rows}, "", 1)


def _population_row(
    year: int, level: str, region: str = "", number: object = "", code: str = "", name: str = "", count: object = ""
) -> list[object]:
    return [year, "Reporting year", level, ENGLAND, "England", region, "", number, code, name, AGES, count]


_DEFLATOR_TOP = [
    ["Title", "Gross domestic product at market prices:Implied deflator:SA"],
    ["CDID", "YBGB"],
    ["Source dataset ID", "UKEA"],
    ["PreUnit", "£"],
    ["Unit", "m"],
    ["Release date", "30-06-2025"],
    ["Next release", "30 September 2025"],
    ["Important notes", ""],
]


def deflator() -> Draft:
    """Return the ONS download: two yearly figures, then the quarters from 2022 Q1 (row 11) to 2024 Q2 (row 20)."""
    years = [["2022", "101.0"], ["2023", "104.0"]]
    values = [99.0, 100.0, 101.0, 102.0, 103.0, 104.0, 105.0, 106.0, 108.0, 110.0]
    quarters = [[f"{2022 + order // 4} Q{order % 4 + 1}", f"{value}"] for order, value in enumerate(values)]
    rows: Rows = [list(row) for row in [*_DEFLATOR_TOP, *years, *quarters]]
    return Draft("deflator-2025-06", "ons_ybgb.csv", {"": rows}, "", 1)


DRAFTS: dict[str, Callable[[], Draft]] = {
    "section251": section251,
    "lait": lait,
    "ofsted-history": ofsted_history,
    "ofsted-ilacs": ofsted_ilacs,
    "deprivation": deprivation,
    "population": population,
    "deflator": deflator,
}
