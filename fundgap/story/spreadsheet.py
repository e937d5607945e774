"""Tables as an accessible spreadsheet: cover, contents, notes, one table a sheet, no merged or blank cells.

Made with gptables, which follows the Analysis Function's guidance on releasing statistics in spreadsheets.
"""

import datetime
import io
import re
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from fundgap.story.exports import Sheet

# A workbook carries the time it was made; ours carries this one, so that the same figures give the same bytes.
_NO_CLOCK = datetime.datetime(2000, 1, 1)
# A text is never a formula and never a link, whatever a user's scenario says.
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
_LEGEND = ["[x] = no figure is held for this cell", "[z] = no figure applies: no amount, however large, would do"]
_MONEY, _FEW, _MANY, _COUNT = "#,##0", "0.00", "0.0000", "#,##0"
_LONGEST_LABEL = 31


def spreadsheet(title: str, sheets: Sequence["Sheet"], about: Sequence[str], price_base: str) -> bytes:
    """Return the tables as the bytes of an .xlsx file; the same tables give the same bytes.

    Figures keep their full precision and are shown rounded. A cell without a figure says so: [x] or [z].
    """
    import gptables

    notes = list(dict.fromkeys(note for sheet in sheets for note in sheet.notes))
    references = {note: f"note{number}" for number, note in enumerate(notes, start=1)}
    labels = _sheet_labels([sheet.name for sheet in sheets])
    tables = {label: _table(gptables, sheet, references, price_base) for label, sheet in zip(labels, sheets, strict=True)}
    cover = gptables.Cover(
        title=_safe(title),
        intro=[_safe(line) for line in about] or ["Tables made by the Python library fundgap."],
        about=[
            "Money is in pounds. A heading says cash of the year, or the year whose prices it is in.",
            "Every figure keeps its full precision in the cell and is shown rounded. The same tables stand beside this file as CSV, "
            "in the column names of the Department for Education's open data standards.",
            "What these tables were made from and by is in the manifest beside this file.",
            "Contains public sector information licensed under the Open Government Licence v3.0.",
        ],
    )
    buffer = io.BytesIO()
    options: dict[str, Any] = {"cover": cover, "workbook_options": dict(_OPTIONS)}
    options["notes_table"] = pd.DataFrame({"reference": list(references.values()), "Note text": [_safe(note) for note in notes]})
    with warnings.catch_warnings():
        # What gptables warns of is a fault of ours; that it calls pandas in an old way is not.
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", UserWarning)
        book = gptables.produce_workbook(buffer, tables, **options)
        book.set_properties({"title": title, "created": _NO_CLOCK, "modified": _NO_CLOCK})
        book.close()
    return buffer.getvalue()


def _table(gptables: Any, sheet: "Sheet", references: dict[str, str], price_base: str) -> Any:
    headings = sheet.headings(price_base)
    frame = sheet.frame.reset_index(drop=True)
    shown = frame.apply(_cells).rename(columns=headings)
    marks = "".join(f"$${references[note]}$$" for note in sheet.notes)
    formats = [
        {"column": {"columns": [headings[str(name)]], "format": {"num_format": _number_format(str(name), frame[name])}}}
        for name in frame.columns
        if _is_number(frame[name])
    ]
    return gptables.GPTable(
        table=shown,
        table_name=f"table_{sheet.name.replace('-', '_')}",
        title=" ".join([_safe(sheet.title), marks]).strip(),
        source=_safe(sheet.source),
        legend=_LEGEND if shown.isin(["[x]", "[z]"]).any(axis=None) else [],
        index_columns={2: 0},
        additional_formatting=formats,
        instructions="This worksheet contains one table. Notes in brackets are on the worksheet Notes.",
    )


def _cells(column: pd.Series) -> pd.Series:
    """Return a column as a sheet holds it: numbers as numbers, yes and no in words, and words where there is no figure."""
    if pd.api.types.is_bool_dtype(column):
        return column.map({True: "yes", False: "no"}).astype(object)
    cells = column.astype(object).map(lambda value: _safe(value) if isinstance(value, str) else value)
    cells = cells.where(cells.ne(""), "none")
    if _is_number(column):
        cells = cells.mask(np.isinf(column.astype(float)), "[z]")
    elif pd.api.types.is_datetime64_any_dtype(column):
        cells = column.dt.strftime("%Y-%m-%d").astype(object)
    return cells.mask(column.isna(), "[x]")


def _is_number(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column))


def _number_format(name: str, column: pd.Series) -> str:
    if name.endswith("_pence") or pd.api.types.is_integer_dtype(column):
        return _COUNT
    if "_gbp" in name:
        return _FEW if "per_child" in name else _MONEY
    return _MANY if name.startswith("share") else _FEW


def _sheet_labels(names: Sequence[str]) -> list[str]:
    """Return labels of sheets, as a spreadsheet allows them: at most 31 characters, each another."""
    labels = [name.replace("_", " ").replace("-", " ").capitalize()[:_LONGEST_LABEL].strip() for name in names]
    taken = {"cover", "contents", "notes"}
    return [
        f"{label[: _LONGEST_LABEL - 3]} {place}" if label.lower() in taken or labels.count(label) > 1 else label
        for place, label in enumerate(labels)
    ]


def _safe(text: str) -> str:
    """Return text in which gptables finds neither a note nor a link of its own."""
    return re.sub(r"\]\(", "] (", text.replace("$$", "$ $"))
