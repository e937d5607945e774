"""Where a bad row is refused: tables held to their definitions, all faults at once; and tables typed on loading."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from fundgap.data.store import parse_table, read_text
from fundgap.data.tables import DTYPES, RATINGS, Table
from fundgap.errors import BadFigures, Fault

if TYPE_CHECKING:
    import pandera.pandas as pandera

# As many tables as one store has: what was typed and checked once is not typed and checked again while its text is the same.
_KEPT = 24
_PATTERNS = {"code": r"E\d{8}", "year": r"\d{4}-\d{2}", "date": r"\d{4}-\d{2}-\d{2}"}


def check(frame: pd.DataFrame, table: Table, where: str) -> pd.DataFrame:
    """Return the frame with the table's columns in order, or refuse it with every bad cell named.

    Raises
    ------
    BadFigures
        Listing each cell outside the schema, each missing value where one is required, each doubled key.
    """
    import pandera.pandas as pandera

    try:
        checked: pd.DataFrame = _schema(table).validate(frame[table.names], lazy=True)
    except pandera.errors.SchemaErrors as error:
        faults = [_fault(case, table, where) for case in error.failure_cases.to_dict("records")]
        raise BadFigures(f"{where} does not fit the table '{table.name}'", list(dict.fromkeys(faults))) from None
    return checked


@lru_cache(maxsize=_KEPT)
def _schema(table: Table) -> "pandera.DataFrameSchema":
    import pandera.pandas as pandera

    columns = {}
    for column in table.columns:
        checks = []
        if column.kind in _PATTERNS:
            checks.append(pandera.Check.str_matches(f"^{_PATTERNS[column.kind]}$", error=f"written like {_PATTERNS[column.kind]}"))
        if column.allowed:
            checks.append(pandera.Check.isin(list(column.allowed), error=f"one of {list(column.allowed)}"))
        if column.kind == "count":
            checks.append(pandera.Check(lambda values: (values >= 0) & (values % 1 == 0), error="a whole number, not negative"))
        if column.kind in ("number", "amount", "count"):
            checks.append(pandera.Check(lambda values: values.abs() < float("inf"), error="a finite number"))
        dtype = DTYPES.get(column.kind)
        columns[column.name] = pandera.Column(dtype, checks, nullable=not column.required)
    return pandera.DataFrameSchema(columns, unique=list(table.key), strict=True)


def _fault(case: dict[str, Any], table: Table, where: str) -> Fault:
    """Return what pandera found, in the words of the file; rows are numbered as the file numbers them."""
    row = f", row {case['index']}" if pd.notna(case["index"]) else ""
    if "uniqueness" in str(case["check"]):
        return Fault(f"{where}{row}", "a row given more than once", "one row for each " + ", ".join(table.key))
    expected = "a value" if case["check"] == "not_nullable" else str(case["check"])
    return Fault(f"{where}{row}, column '{case['column']}'", repr(case["failure_case"]), expected)


def typed(text: pd.DataFrame, table: Table, where: str) -> pd.DataFrame:
    """Return a table read as text with each column in its type: numbers, flags, ordered ratings, dates as timestamps.

    Raises
    ------
    BadFigures
        Naming every cell that is not of its column's type, and every column that is missing.
    """
    missing = [name for name in table.names if name not in text]
    if missing:
        raise BadFigures(f"{where} cannot be read", [Fault(where, f"no column '{name}'", "one") for name in missing])
    columns, faults = {}, []
    for column in table.columns:
        values = text[column.name]
        columns[column.name] = converted = _converted(values, column.kind)
        if converted is values:
            continue
        # A flag is yes or no: a blank would turn into a yes.
        is_blank = values.isna() & (column.kind != "flag")
        for row in values.index[converted.isna() & ~is_blank]:
            # The heading is line 1 of the file, the first row line 2.
            faults.append(Fault(f"{where}, line {row + 2}, column '{column.name}'", repr(values[row]), f"a {column.kind}"))
    if faults:
        raise BadFigures(f"{where} cannot be read", faults)
    flags = {column.name: bool for column in table.columns if column.kind == "flag"}
    return pd.DataFrame(columns, index=text.index).astype(flags)


def _converted(values: pd.Series, kind: str) -> pd.Series:
    if kind in ("number", "amount", "count"):
        return pd.to_numeric(values, errors="coerce").astype(float)
    if kind == "flag":
        return values.map({"True": True, "False": False})
    if kind == "rating":
        return pd.Series(pd.Categorical(values.where(values.isin(RATINGS)), categories=list(RATINGS), ordered=True), index=values.index)
    if kind == "date":
        return pd.to_datetime(values, format="%Y-%m-%d", errors="coerce")
    return values


def load(path: Path, table: Table) -> pd.DataFrame:
    """Return one of our CSV tables, typed.

    Raises
    ------
    NoData, BadFigures
        When the file is not there, or holds what its columns cannot.
    """
    return typed_text(read_text(path), table, path.name)


def typed_text(text: str, table: Table, where: str) -> pd.DataFrame:
    """Return the text of one of our CSV tables as `typed` does."""
    return _typed_text(text, table, where).copy(deep=False)


@lru_cache(maxsize=_KEPT)
def _typed_text(text: str, table: Table, where: str) -> pd.DataFrame:
    return typed(parse_table(text, where), table, where)


def load_checked(path: Path, table: Table) -> pd.DataFrame:
    """Return one of our CSV tables, typed and held to its schema: what `build` stands on may have been edited by hand."""
    return _checked_text(read_text(path), table, path.name).copy(deep=False)


@lru_cache(maxsize=_KEPT)
def _checked_text(text: str, table: Table, where: str) -> pd.DataFrame:
    frame = typed_text(text, table, where)
    plain = frame.astype({column.name: object for column in table.columns if column.kind in ("rating", "date")})
    for column in table.columns:
        if column.kind == "date":
            plain[column.name] = frame[column.name].dt.strftime("%Y-%m-%d").where(frame[column.name].notna(), None)
    # Line 1 of the file is the heading.
    check(plain.set_axis(frame.index + 2), table, where)
    return frame


def dictionary(table: Table) -> pd.DataFrame:
    """Return the table's data dictionary: column, label, unit, source."""
    return pd.DataFrame([{"column": c.name, "label": c.label, "unit": c.unit, "source": c.source} for c in table.columns])
