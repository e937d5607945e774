"""Which financial year a text in a file means. How periods are written, and the day a figure stands for, is a layout's to say."""

import re

import pandas as pd

from fundgap.data.prices import financial_year, financial_year_of
from fundgap.data.readers.sheets import Sheet

_DIGITS = {"start": 4, "end": 2, "year": 4}


def financial_years(sheet: Sheet, column: str, rows: pd.Index, form: str, day: str = "") -> pd.Series:
    """Return the financial year of each row, "" with a fault for a text of another form.

    Parameters
    ----------
    form
        How the file writes a period: "{start}-{end} (OT)" is a financial year, as in "2016-17 (OT)"; "{year}" a single year.
    day
        The day of a single year, "03-31", whose financial year is meant.
    """
    pattern = re.escape(form)
    for part, count in _DIGITS.items():
        pattern = pattern.replace(rf"\{{{part}\}}", f"(?P<{part}>[0-9]{{{count}}})")
    texts = sheet.cells.loc[rows, column].astype(str)
    found: pd.Series[str] = texts.map({text: _financial_year(re.fullmatch(pattern, text), day) for text in texts.unique()})
    for row in rows[found == ""]:
        sheet.faults.add(sheet.place(row, column), texts[row], f"a period written as '{form}'")
    return found


def _financial_year(match: re.Match[str] | None, day: str) -> str:
    if match is None:
        return ""
    parts = match.groupdict()
    if "year" in parts:
        return financial_year_of(f"{parts['year']}-{day}")
    year = financial_year(int(parts["start"]))
    return year if year.endswith(parts["end"]) else ""
