"""Tables as files for others: tidy CSV in DfE's names, an accessible spreadsheet, and a manifest of what they were made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from fundgap.data.store import Store, default_store
from fundgap.errors import FundgapError
from fundgap.story.file_set import refuse_in_the_way, refuse_names, write_files
from fundgap.story.open_data import as_csv, explained, label_of, with_time_and_place


@dataclass(frozen=True)
class Sheet:
    """One table to be written.

    Parameters
    ----------
    name
        Of the CSV file and the sheet: small letters, figures, "_" and "-".
    title
        What the table shows, where and when.
    frame
        Unrounded. With `financial_year` (and `council`) it gets DfE's columns of time and place in the CSV.
    source
        Where the figures come from.
    notes
        What limits the figures; each becomes a numbered note.
    labels
        Headings in words for columns that `open_data.label_of` does not name well.
    """

    name: str
    title: str
    frame: pd.DataFrame
    source: str
    notes: tuple[str, ...] = ()
    labels: Mapping[str, str] | None = None

    def headings(self, price_base: str) -> dict[str, str]:
        """Return each column's heading."""
        return {str(name): (self.labels or {}).get(str(name)) or label_of(str(name), price_base) for name in self.frame.columns}


def export(
    folder: str | Path,
    name: str,
    title: str,
    sheets: Sequence[Sheet],
    *,
    about: Sequence[str] = (),
    settings: Mapping[str, Any] | None = None,
    price_base: str = "",
    store: Store | None = None,
) -> list[Path]:
    """Write tables to a folder: `NAME-TABLE.csv` with `NAME-TABLE.meta.csv`, `NAME.xlsx` and `NAME.manifest.toml`.

    Parameters
    ----------
    folder
        Made where it is not there.
    name
        What the files are called: small letters, figures, "_" and "-".
    about
        Lines for the cover sheet, each a sentence or two.
    settings
        What was asked for, the scenario in full: stands in the manifest as it is.
    price_base
        The year whose prices columns ending in `_real` are in.

    Returns
    -------
    list of pathlib.Path
        The files, the manifest last.

    Raises
    ------
    FundgapError
        For a name that is no plain name, a table without rows, two of one name, or files in the way that are not this library's.
    """
    store = store or default_store()
    _check(name, sheets)
    tables = [f"{name}-{sheet.name}{ending}" for sheet in sheets for ending in (".csv", ".meta.csv")]
    refuse_in_the_way(folder, name, [*tables, f"{name}.xlsx"])
    contents: dict[str, str | bytes] = {}
    for sheet in sheets:
        table = with_time_and_place(sheet.frame, store)
        contents[f"{name}-{sheet.name}.csv"] = as_csv(table)
        contents[f"{name}-{sheet.name}.meta.csv"] = explained(table, sheet.headings(price_base)).to_csv(index=False, lineterminator="\n")
    from fundgap.story.spreadsheet import spreadsheet

    contents[f"{name}.xlsx"] = spreadsheet(title, sheets, about, price_base)
    return write_files(folder, name, title, contents, settings=settings, store=store)


def _check(name: str, sheets: Sequence[Sheet]) -> None:
    refuse_names([name, *(sheet.name for sheet in sheets)])
    names = [sheet.name for sheet in sheets]
    if not sheets or len(set(names)) < len(names):
        raise FundgapError(f"Tables to write: {', '.join(names) or 'none'}; at least one, each name once.")
    empty = [sheet.name for sheet in sheets if sheet.frame.empty]
    if empty:
        raise FundgapError(f"Nothing to write: {', '.join(empty)} has no rows.")
