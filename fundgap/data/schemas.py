"""Where a bad row is refused: tables held to their definitions, all faults at once; and tables typed on loading."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from fundgap.data.store import read_table
from fundgap.data.tables import RATINGS, Table
from fundgap.errors import BadFigures, Fault

if TYPE_CHECKING:
    import pandera.pandas as pandera

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
        faults = [_fault(case, frame, table, where) for case in error.failure_cases.to_dict("records")]
        raise BadFigures(f"{where} does not fit the table '{table.name}'", list(dict.fromkeys(faults))) from None
    return checked


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
        dtype = {"number": float, "amount": float, "count": float, "flag": bool}.get(column.kind)
        columns[column.name] = pandera.Column(dtype, checks, nullable=not column.required)
    return pandera.DataFrameSchema(columns, unique=list(table.key), strict=True)


def _fault(case: dict[str, Any], frame: pd.DataFrame, table: Table, where: str) -> Fault:
    """Return what pandera found, in the words of the file."""
    row = f", row {case['index']}" if pd.notna(case["index"]) else ""
    if "uniqueness" in str(case["check"]):
        key = frame.loc[case["index"], list(table.key)].to_dict() if row else case["failure_case"]
        return Fault(f"{where}{row}", f"{key} more than once", "one row for each " + ", ".join(table.key))
    expected = "a value" if case["check"] == "not_nullable" else str(case["check"])
    return Fault(f"{where}{row}, column '{case['column']}'", repr(case["failure_case"]), expected)


def typed(text: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return a table read as text with each column in its type: numbers, flags, ordered ratings, dates as timestamps."""
    frame = text[table.names].copy()
    for column in table.columns:
        values = frame[column.name]
        if column.kind in ("number", "amount", "count"):
            frame[column.name] = values.astype(float)
        elif column.kind == "flag":
            frame[column.name] = values.map({"True": True, "False": False}).astype(bool)
        elif column.kind == "rating":
            frame[column.name] = pd.Categorical(values, categories=list(RATINGS), ordered=True)
        elif column.kind == "date":
            frame[column.name] = pd.to_datetime(values, format="%Y-%m-%d")
    return frame


def load(path: Path, table: Table) -> pd.DataFrame:
    """Return one of our CSV tables, typed."""
    return typed(read_table(path), table)


def dictionary(table: Table) -> pd.DataFrame:
    """Return the table's data dictionary: column, label, unit, source."""
    return pd.DataFrame([{"column": c.name, "label": c.label, "unit": c.unit, "source": c.source} for c in table.columns])
