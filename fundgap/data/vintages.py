"""Two releases of the same figure live side by side: which one counts, which may be asked for, what a revision changed."""

from collections.abc import Sequence

import pandas as pd

from fundgap.data.sources import Release
from fundgap.data.tables import Table
from fundgap.errors import BadFigures, Fault, UnknownRelease


def current(
    rows: pd.DataFrame, table: Table, register: dict[str, Release], *, order: Sequence[str] = (), prefer: Sequence[str] = ()
) -> pd.DataFrame:
    """Return the rows of one release in each scope of the table: the preferred, else the best series, else the latest.

    A later release replaces an earlier one in the whole of a scope (a financial year, say), not row by row: a figure that
    it no longer holds has been withdrawn.

    Parameters
    ----------
    rows
        The raw table, all releases together.
    order
        Readers whose figures come first, the best first; readers not named share the last place.
    prefer
        Ids of releases that are asked for by name; they win wherever they hold figures.

    Raises
    ------
    UnknownRelease
        When a preferred release is not on the register.
    BadFigures
        When releases stand against each other and one does not say when it was published.
    """
    unknown = [name for name in prefer if name not in register]
    if unknown:
        raise UnknownRelease(f"{', '.join(unknown)} is not in sources.toml. It holds: {', '.join(register)}.")
    place = {name: _place(release, order, prefer) for name, release in register.items()}
    ranked = {name: rank for rank, name in enumerate(sorted(register, key=lambda name: place[name]))}
    rank = rows["source"].map(ranked)
    best = rank.groupby([rows[column] for column in table.scope]).transform("min") if table.scope else rank.min()
    _check_dates(rows, table, register, place)
    return rows[rank == best]


def _place(release: Release, order: Sequence[str], prefer: Sequence[str]) -> tuple[int, int, int]:
    """Return where a release stands among those with the same figures; smaller comes first."""
    asked = prefer.index(release.id) if release.id in prefer else len(prefer)
    series = order.index(release.reader) if release.reader in order else len(order)
    return asked, series, -int(release.published.replace("-", "") or 0)


def _check_dates(rows: pd.DataFrame, table: Table, register: dict[str, Release], place: dict[str, tuple[int, int, int]]) -> None:
    """Refuse to choose between releases of which it is not known which is the later."""
    groups = rows.groupby(list(table.scope))["source"] if table.scope else [("", rows["source"])]
    rivals = {tuple(sorted(set(sources))) for _, sources in groups}
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
