"""What an ingest adds to the raw tables, revises and takes away, row by row and in words."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from fundgap.data import schemas
from fundgap.data.raw_tables import RAW
from fundgap.data.series import periods_in_words, row_names, value_columns
from fundgap.data.sources import Release
from fundgap.data.store import parse_table, read_table, table_text

_PERIODS = ("financial_year", "year", "period", "vintage", "publication_date")
_SHOWN = 5


@dataclass(frozen=True)
class Change:
    """What becomes of one raw table.

    Parameters
    ----------
    rows
        The table as it will be, all releases.
    added, changed, removed
        How many rows of the release are new, differ from what it gave before, and are in it no more.
    periods, councils
        The periods, and how many councils, the new and the differing rows are about.
    revised
        One row a cell that differs: `name` (of the row, and of the column where it is not the first figure), `before`, `after`.
    """

    table: str
    rows: pd.DataFrame
    added: int
    changed: int
    removed: int
    periods: tuple[str, ...]
    councils: int
    revised: pd.DataFrame

    def __str__(self) -> str:
        """Say it in a line, and the largest revisions in a line each."""
        counts = f"  {self.table}: {self.added} rows added, {self.changed} changed, {self.removed} removed"
        about = f"; {periods_in_words(self.periods)}" if self.periods else ""
        about += f"; {self.councils} councils" if self.councils else ""
        cells = self.revised.head(_SHOWN).to_dict("records")
        lines = [f"    {cell['name']}: {cell['before'] or 'blank'} → {cell['after'] or 'blank'}" for cell in cells]
        if len(self.revised) > _SHOWN:
            lines.append(f"    … and {len(self.revised) - _SHOWN} more figures revised")
        return "\n".join([counts + about, *lines])


def change(name: str, table: pd.DataFrame, release: Release, raw: Path) -> Change:
    """Work out what putting a release's rows in the place of its earlier ones does to a raw table."""
    schema, path = RAW[name], raw / f"{name}.csv"
    text = parse_table(table_text(table))
    rows, new = schemas.typed(text, schema, name), _keyed(text, name)
    old = new.iloc[:0]
    if path.is_file():
        stored, before = schemas.load(path, schema), read_table(path)
        others = stored[stored["source"] != release.id]
        rows = pd.concat([others, rows], ignore_index=True) if len(others) else rows
        old = _keyed(before[before["source"] == release.id], name)
    both = new.index.intersection(old.index)
    differs = new.loc[both] != old.loc[both, new.columns]
    is_changed = differs.any(axis=1).to_numpy()
    changed = both[is_changed]
    touched = new.drop(both[~is_changed]).reset_index()
    return Change(
        name,
        rows.sort_values(list(schema.key), ignore_index=True),
        added=len(new) - len(both),
        changed=len(changed),
        removed=len(old) - len(both),
        periods=_periods(touched),
        councils=touched["council"].nunique() if "council" in touched else 0,
        revised=_revised(old.loc[changed], new.loc[changed], differs[is_changed], name),
    )


def _keyed(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    return rows.set_index(list(RAW[name].key)).fillna("")


def _periods(rows: pd.DataFrame) -> tuple[str, ...]:
    """Return what the rows are about in time; judgements by the year of their report."""
    column = next((column for column in _PERIODS if column in rows), None)
    if column is None:
        return ()
    return tuple(sorted({value[:4] if column == "publication_date" else value for value in rows[column].unique()}))


def _revised(old: pd.DataFrame, new: pd.DataFrame, differs: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the cells that differ, the largest revisions first; words and dates come after numbers."""
    if new.empty:
        return pd.DataFrame(columns=["name", "before", "after"], dtype=str)
    names, parts = row_names(new.index.to_frame(index=False), RAW[name]), []
    first = (value_columns(RAW[name]) or [""])[0]
    for column in new.columns:
        is_other = differs[column].to_numpy()
        suffix = "" if column == first else f":{column}"
        cells = {"before": old[column].to_numpy()[is_other], "after": new[column].to_numpy()[is_other]}
        parts.append(pd.DataFrame({"name": names[is_other].to_numpy() + suffix, **cells}, dtype=str))
    revised = pd.concat(parts, ignore_index=True)
    before, after = (pd.to_numeric(revised[column], errors="coerce") for column in ("before", "after"))
    size = (after.fillna(0) - before.fillna(0)).abs().where(before.notna() | after.notna(), -1)
    return revised.loc[size.sort_values(ascending=False, kind="stable").index].reset_index(drop=True)
