"""Where the figures lie, and how our tables are read and put into text."""

import copy
import csv
import hashlib
import io
import os
import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from fundgap.data.transaction import settle
from fundgap.errors import BadFigures, Fault, NoData

_PACKAGE = Path(__file__).resolve().parents[1]
_FOLDER_VARIABLE = "FUNDGAP_DATA"
# An ingest looks at a table several times, and whoever asks for a panel asks again: this many texts are kept as they were read,
# about those of one store. They are kept by what they say, so that a file that has changed is read anew.
_KEPT = 16
# The first line of a table is within as many letters.
_MOST_HEADING = 20_000
# What stands between cells in place of a comma, where a spreadsheet's language has it so.
_SIGNS = {";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True)
class Store:
    """A folder with `raw/` (our tidy tables and the register of sources) and `processed/` (built from them).

    Opening it finishes what an interrupted write had decided on, so that a store is always whole.
    """

    root: Path
    raw_name: str = "raw"

    def __post_init__(self) -> None:
        for folder in (self.raw, self.processed):
            settle(folder)

    @property
    def raw(self) -> Path:
        """Folder of the tidy tables that readers write."""
        return self.root / self.raw_name

    @property
    def processed(self) -> Path:
        """Folder of the tables that `build` writes."""
        return self.root / "processed"


def default_store() -> Store:
    """Return the figures in use: `$FUNDGAP_DATA`, else the checkout's, else those inside the installed package.

    Raises
    ------
    NoData
        When the folder holds no register of sources.
    """
    named = os.environ.get(_FOLDER_VARIABLE)
    places = [Path(named)] if named else [_PACKAGE.parent / "data", _PACKAGE / "figures"]
    for place in places:
        if (place / "raw" / "sources.toml").is_file():
            return Store(place)
    looked = " or ".join(str(place) for place in places)
    raise NoData(
        f"No figures in {looked}: raw/sources.toml is not there. Set {_FOLDER_VARIABLE} to a folder that holds raw/ and processed/."
    )


def sha256(path: Path) -> str:
    """Return the file's SHA-256 as hexadecimal text."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def table_text(frame: pd.DataFrame) -> str:
    """Return the table as CSV text: the same frame gives the same bytes on every machine."""
    return frame.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d", float_format="%.15g")


def read_toml(path: Path) -> dict[str, Any]:
    """Return a TOML file of ours.

    Raises
    ------
    NoData
        When there is no such file.
    BadFigures
        When it is no TOML.
    """
    return parse_toml(read_toml_bytes(path), path)


def read_toml_bytes(path: Path) -> bytes:
    """Return a TOML file of ours as it stands.

    Raises
    ------
    NoData
        When there is no such file.
    """
    if not path.is_file():
        raise NoData(f"{path} is not there.")
    return path.read_bytes()


def parse_toml(content: bytes, path: Path) -> dict[str, Any]:
    """Return what a TOML file holds, of which these are the bytes.

    Raises
    ------
    BadFigures
        When it is no TOML.
    """
    try:
        return copy.deepcopy(_parsed_toml(content))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadFigures(f"{path.name} cannot be read", [Fault(str(path), str(error), "TOML in UTF-8")]) from None


@lru_cache(maxsize=_KEPT)
def _parsed_toml(content: bytes) -> dict[str, Any]:
    return tomllib.loads(content.decode("utf-8-sig"))


def read_table(path: Path) -> pd.DataFrame:
    """Return a CSV table as text columns; see `parse_table`.

    Raises
    ------
    NoData
        When there is no such file.
    """
    return parse_table(read_text(path), path.name)


def read_text(path: Path) -> str:
    """Return the text of a CSV table; a mark of UTF-8 before it, as Excel sets one, is no part of it.

    Raises
    ------
    NoData
        When there is no such file.
    BadFigures
        When it is not in UTF-8.
    """
    if not path.is_file():
        raise NoData(f"{path} is not there. `fundgap build` makes the processed tables; `fundgap ingest` the raw ones.")
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        what = f"the byte {error.object[error.start]:#04x}, which is no UTF-8; Windows-1252, as Excel's plain 'CSV' is, has such"
        fault = Fault(f"{path}, line {line}", what, "CSV in UTF-8: in Excel, save it as 'CSV UTF-8'")
        raise BadFigures(f"{path.name} cannot be read", [fault]) from None


def parse_table(text: str, where: str = "a table") -> pd.DataFrame:
    """Return CSV text of ours as a table of text columns; blank cells are missing and "NA" is a word, as a council might be named.

    Raises
    ------
    BadFigures
        When a line has more cells than there are headings: the cells after would stand under the wrong ones. When a heading stands there
        twice, so that it is not known which column is meant, or cells are not separated by commas.
    """
    wanted = "CSV with as many cells in each line as there are headings"
    try:
        frame = _parsed(text).copy(deep=False)
        headings = [heading.strip() for heading in next(csv.reader(io.StringIO(text[:_MOST_HEADING])), [])]
        _check_headings(headings, where)
        # A blank heading, over nothing, is what spreadsheets leave behind.
        columns = [heading or name for heading, name in zip(headings, frame.columns, strict=True)]
    except ValueError as error:
        raise BadFigures(f"{where} cannot be read", [Fault(where, str(error).strip(), wanted)]) from None
    # A first cell too many is taken by pandas for the name of its row.
    if not isinstance(frame.index, pd.RangeIndex):
        raise BadFigures(f"{where} cannot be read", [Fault(f"{where}, line 2", "more cells than headings", wanted)])
    return frame.set_axis(columns, axis="columns")


def _check_headings(headings: list[str], where: str) -> None:
    """Refuse headings of which one would hide another, or that another sign than a comma separates."""
    again = [name for name, count in Counter(filter(None, headings)).items() if count > 1]
    faults = [Fault(f"{where}, line 1", f"{headings.count(name)} columns '{name}'", "one") for name in again]
    if len(headings) == 1:
        faults += [
            Fault(f"{where}, line 1", f"cells separated by {name}", "by commas") for sign, name in _SIGNS.items() if sign in headings[0]
        ]
    if faults:
        raise BadFigures(f"{where} cannot be read", faults)


@lru_cache(maxsize=_KEPT)
def _parsed(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, na_values=[""])
