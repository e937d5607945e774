"""A file not yet written, how each kind of file is saved, and the councils that stand in them.

Sheets are lists of rows as a spreadsheet shows them, so a test can spoil one cell and knows its row and column; which
words stand in headings and lines is copied from the official files, figures are not.
"""

import csv
import datetime
import re
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache, wraps
from pathlib import Path
from typing import ParamSpec
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.parquet as pq

from fundgap.data.store import Store

Rows = list[list[object]]
P = ParamSpec("P")

ENGLAND = "E92000001"
DATA = Path(__file__).parents[2] / "data"
REGISTER = DATA / "raw" / "councils.csv"

# DfE number, name as DfE writes it, ONS code, code of the region.
BARKING = (301, "Barking and Dagenham", "E09000002", "E12000007")
ST_HELENS = (342, "St Helens", "E08000013", "E12000002")
BARNSLEY = (370, "Barnsley", "E08000016", "E12000003")
OLD_DORSET = (835, "Dorset", "E10000009", "E12000009")
NEW_DORSET = (838, "Dorset", "E06000059", "E12000009")
TWO_COUNCILS = (ST_HELENS, BARNSLEY)
COUNCILS_OF_2013 = (BARKING, ST_HELENS, BARNSLEY, OLD_DORSET)


def registers_only(root: Path, entries: str = "") -> Store:
    """Return a store with the registers of councils and releases and without a single figure.

    Parameters
    ----------
    entries
        What is added to the register of releases, as an analyst would.
    """
    (root / "raw").mkdir(parents=True)
    for name in ("councils.csv", "sources.toml", "known_differences.csv"):
        shutil.copyfile(DATA / "raw" / name, root / "raw" / name)
    with (root / "raw" / "sources.toml").open("a", encoding="utf-8") as register:
        register.write(entries)
    return Store(root)


def two_councils(root: Path) -> Store:
    """Return a store with the committed figures of two councils, without spend before 2017-18, which builds fast."""
    store = Store(shutil.copytree(DATA, root))
    for path in store.raw.glob("*.csv"):
        header, *lines = path.read_text("utf-8").splitlines(keepends=True)
        if header.startswith("council,") and path != store.raw / REGISTER.name:
            lines = [line for line in lines if any(code in line for *_, code, _ in TWO_COUNCILS)]
            lines = [line for line in lines if path.stem != "spend" or not re.search(r",s251ye20(0|1[0-7])", line)]
            path.write_text(header + "".join(line for line in lines if path.stem != "spend" or ",2016-17," not in line), "utf-8")
    return store


@dataclass
class Draft:
    """A file not yet written: the release it stands for, its name, its sheets ("" in a file that has none).

    `entry` is the release's entry in the register of releases, where the register has none yet.
    """

    source: str
    file: str
    sheets: dict[str, Rows]
    main: str
    header_row: int
    entry: str = ""

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

    def copy(self) -> "Draft":
        """Return a draft that may be spoilt while this one stays as it is."""
        return replace(self, sheets={name: [list(row) for row in rows] for name, rows in self.sheets.items()})

    def save(self, folder: Path) -> Path:
        """Write the file; its kind follows from its name."""
        path = folder / self.file
        _WRITERS[path.suffix](path, self)
        return path


def built_once(make: Callable[P, Draft]) -> Callable[P, Draft]:
    """Return the function of a large draft that is built on the first call and copied on the next."""
    kept = lru_cache(maxsize=8)(make)

    @wraps(make)
    def copied(*args: P.args, **kwargs: P.kwargs) -> Draft:
        return kept(*args, **kwargs).copy()

    return copied


def save_xlsx(path: Path, draft: Draft) -> None:
    """Write the few parts that a workbook must have: the same draft gives the same bytes, which a program that notes the time does not."""
    numbers = range(1, len(draft.sheets) + 1)
    sheets = "".join(f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>' for n, name in zip(numbers, draft.sheets, strict=True))
    links = [(f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in numbers] + [("rId0", "styles", "styles.xml")]
    parts = {
        "[Content_Types].xml": _XLSX_TYPES,
        "_rels/.rels": _relations([("rId1", "officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": f'<workbook xmlns="{_SHEETML}" xmlns:r="{_OFFICE}/relationships"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations(links),
        "xl/styles.xml": _XLSX_STYLES,
    }
    for number, rows in zip(numbers, draft.sheets.values(), strict=True):
        body = "".join(f'<row r="{place}">{"".join(_xlsx_cells(place, row))}</row>' for place, row in enumerate(rows, 1))
        parts[f"xl/worksheets/sheet{number}.xml"] = f'<worksheet xmlns="{_SHEETML}"><sheetData>{body}</sheetData></worksheet>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name), f'<?xml version="1.0" encoding="UTF-8"?>{text}', zipfile.ZIP_DEFLATED)


_SHEETML = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XLSX_TYPES = (
    f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType="{_MIME}.worksheet+xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_MIME}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_MIME}.styles+xml"/></Types>'
)
# Two kinds of cell: any, and a date, which is number format 14 of a workbook and the days since 30 December 1899.
_XLSX_STYLES = f'<styleSheet xmlns="{_SHEETML}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'


def _relations(links: Iterable[tuple[str, str, str]]) -> str:
    every = (f'<Relationship Id="{name}" Type="{_OFFICE}/relationships/{kind}" Target="{to}"/>' for name, kind, to in links)
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{"".join(every)}</Relationships>'


def _xlsx_cells(place: int, row: list[object]) -> Iterator[str]:
    for number, cell in enumerate(row):
        if cell not in ("", None):
            where = f'r="{_letters(number)}{place}"'
            if isinstance(cell, bool):
                yield f'<c {where} t="b"><v>{int(cell)}</v></c>'
            elif isinstance(cell, int | float):
                yield f"<c {where}><v>{cell}</v></c>"
            elif isinstance(cell, datetime.date):
                yield f'<c {where} s="1"><v>{(cell - type(cell)(1899, 12, 30)) / datetime.timedelta(days=1)}</v></c>'
            else:
                yield f'<c {where} t="inlineStr"><is><t xml:space="preserve">{escape(str(cell))}</t></is></c>'


@lru_cache(maxsize=512)
def _letters(column: int) -> str:
    """Return the letters of a column: 0 → "A", 26 → "AA"."""
    return (_letters(column // 26 - 1) if column >= 26 else "") + chr(ord("A") + column % 26)


def save_csv(path: Path, draft: Draft) -> None:
    quoting = csv.QUOTE_ALL if draft.source.startswith(("deflator", "snpp")) else csv.QUOTE_MINIMAL
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=quoting, lineterminator="\n").writerows(draft.rows)


def save_parquet(path: Path, draft: Draft) -> None:
    header, *body = draft.rows
    columns = [[row[position] for row in body] for position in range(len(header))]
    types = [_parquet_type(str(heading), cells) for heading, cells in zip(header, columns, strict=True)]
    arrays = [pa.array(_fitting(cells, kind), kind) for cells, kind in zip(columns, types, strict=True)]
    pq.write_table(pa.Table.from_arrays(arrays, names=[str(heading) for heading in header]), path)


def _parquet_type(heading: str, cells: list[object]) -> pa.DataType:
    is_number = all(cell is None or str(cell).replace(".", "", 1).isdigit() for cell in cells)
    return pa.float64() if heading == "LA Number" and is_number else pa.string()


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


def register() -> list[dict[str, str]]:
    """Return the rows of councils.csv as they stand in the file."""
    return [dict(row) for row in _register()]


@lru_cache
def _register() -> list[dict[str, str]]:
    with REGISTER.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def councils_in(year: str) -> list[tuple[str, str]]:
    """Return code and name of the councils of the register that existed in a financial year."""
    return [(row["council"], row["council_name"]) for row in _register() if row["first_year"] <= year <= (row["last_year"] or "9999")]
