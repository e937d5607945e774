"""A file not yet written, how each kind of file is saved, and the councils that stand in them.

Sheets are lists of rows as a spreadsheet shows them, so a test can spoil one cell and knows its row and column; which
words stand in headings and lines is copied from the official files, figures are not.
"""

import csv
import datetime
import re
import shutil
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook

from fundgap.data.store import Store

Rows = list[list[object]]

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
