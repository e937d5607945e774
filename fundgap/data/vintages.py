"""Two releases of the same figure live side by side: which one counts, and how to ask for another."""

from collections.abc import Sequence

import pandas as pd

from fundgap.data import schemas
from fundgap.data.raw_tables import RAW
from fundgap.data.sources import Release, read_register
from fundgap.data.store import Store, default_store
from fundgap.data.tables import Table
from fundgap.errors import BadFigures, Fault, NoData, UnknownRelease


def raw_table(name: str, *, prefer: str | Sequence[str] = (), every_release: bool = False, store: Store | None = None) -> pd.DataFrame:
    """Return figures as published, one release of each: the one that counts, or another that is asked for.

    Parameters
    ----------
    name
        Such as "spend", "looked_after" or "inspections": a table of `data/raw`.
    prefer
        Ids of releases (see `fundgap.sources()`) that win wherever they hold figures, the first before the second.
        Elsewhere the release that counts otherwise is taken.
    every_release
        All releases side by side; `source` says which a row is from.

    Raises
    ------
    NoData
        When there is no such table.
    UnknownRelease
        When a preferred release is not on the register.

    Examples
    --------
    Spend on children's services of 2017-18, once as it counts and once as the interactive tool has it:

    >>> import fundgap as fg
    >>> for prefer in ((), "lait-2026-01"):
    ...     spend = fg.raw_table("spend", prefer=prefer).query("category == 'gross_spend' and financial_year == '2017-18'")
    ...     print(*spend["source"].unique(), f"{spend['gross_gbp'].sum():,.0f}")
    s251ye2018 9,359,863,288
    lait-2026-01 9,359,007,972
    """
    if name not in RAW:
        raise NoData(f"There is no raw table '{name}'. There are {', '.join(RAW)}.")
    store = store or default_store()
    rows = schemas.load(store.raw / f"{name}.csv", RAW[name])
    if every_release:
        return rows
    return current(rows, RAW[name], read_register(store), prefer=prefer)


def current(rows: pd.DataFrame, table: Table, register: dict[str, Release], *, prefer: str | Sequence[str] = ()) -> pd.DataFrame:
    """Return the rows of one release in each scope of the table: the preferred, else the best series, else the latest.

    A later release replaces an earlier one in the whole of a scope (a financial year, say), not row by row: a figure that
    it no longer holds has been withdrawn.

    Parameters
    ----------
    rows
        The raw table, all releases together.
    prefer
        Ids of releases that are asked for by name, or the one; they win wherever they hold figures.

    Raises
    ------
    UnknownRelease
        When a preferred release, or that of a row, is not on the register.
    BadFigures
        When releases stand against each other and one does not say when it was published.
    """
    rank = rows["source"].map(ranks(rows, table, register, prefer))
    best = rank.groupby([rows[column] for column in table.scope]).transform("min") if table.scope else rank.min()
    return rows[rank == best]


def ranks(rows: pd.DataFrame, table: Table, register: dict[str, Release], prefer: str | Sequence[str] = ()) -> dict[str, int]:
    """Return the rank of every release of the register, 0 the first choice; see `current` for the rule and its refusals."""
    prefer = (prefer,) if isinstance(prefer, str) else prefer
    unknown = [name for name in (*prefer, *rows["source"].unique()) if name not in register]
    if unknown:
        raise UnknownRelease(f"{', '.join(unknown)} is not in sources.toml. It holds: {', '.join(register)}.")
    place = {name: _place(release, table.readers, prefer) for name, release in register.items()}
    _check_dates(rows, table, register, place)
    return {name: rank for rank, name in enumerate(sorted(register, key=lambda name: place[name]))}


def _place(release: Release, readers: Sequence[str], prefer: Sequence[str]) -> tuple[int, int, int]:
    """Return where a release stands among those with the same figures; smaller comes first."""
    asked = prefer.index(release.id) if release.id in prefer else len(prefer)
    series = readers.index(release.reader) if release.reader in readers else len(readers)
    return asked, series, -int(release.published.replace("-", "") or 0)


def _check_dates(rows: pd.DataFrame, table: Table, register: dict[str, Release], place: dict[str, tuple[int, int, int]]) -> None:
    """Refuse to choose between releases of which it is not known which is the later."""
    held = rows[[*table.scope, "source"]].drop_duplicates()
    if table.scope:
        # Of most scopes there is one release, which has no rival.
        held = held[held.duplicated(list(table.scope), keep=False)]
    groups = held.groupby(list(table.scope))["source"] if table.scope else [("", held["source"])]
    rivals = {tuple(sorted(sources)) for _, sources in groups}
    faults = [
        Fault(f"sources.toml, {' and '.join(names)}", f"the same {table.name} figures, published on days not on record", "days that differ")
        for names in sorted(rivals)
        if len({place[name] for name in names}) < len(names) or _is_undated(names, register, place)
    ]
    if faults:
        raise BadFigures(f"which {table.name} figures are the later is not known", faults)


def _is_undated(names: tuple[str, ...], register: dict[str, Release], place: dict[str, tuple[int, int, int]]) -> bool:
    """Return whether two releases differ in nothing but a date of which one is missing."""
    undated = [name for name in names if not register[name].published]
    return any(place[name][:2] == place[other][:2] for name in undated for other in names if other != name)
