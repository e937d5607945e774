"""Take an official file in: recognise the release, read it, check it, add it with its provenance — or change nothing."""

import datetime
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from fundgap.data import schemas
from fundgap.data.changes import Change, change
from fundgap.data.councils import council_index
from fundgap.data.objections import objections
from fundgap.data.panel import build
from fundgap.data.raw_tables import RAW
from fundgap.data.readers import READERS
from fundgap.data.readers.sheets import Faults, check_size
from fundgap.data.reconcile import reconcile
from fundgap.data.series import periods_in_words
from fundgap.data.sources import Release, read_register, recognise, register_text
from fundgap.data.store import Store, default_store, sha256, table_text
from fundgap.data.tables import DTYPES
from fundgap.data.transaction import write_all
from fundgap.errors import BadFigures, Doubt, Fault, FundgapError, UnknownRelease
from fundgap.shown import Shown


@dataclass(frozen=True)
class Ingested(Shown):
    """What an ingest did, or with `dry_run` would do.

    Parameters
    ----------
    release
        The release as the register now holds it; `release.accepted` names the odd figures that were accepted as published.
    changes
        One row a table: rows new, changed and gone, and the periods and number of councils that the first two are about.
    revised
        One row a figure that the release gave before and gives differently now, the largest revision of each table first.
    totals
        The published totals that the councils' sums were held to.
    unbuilt
        Why data/processed could not be rebuilt from the raw tables, if so: a table is not there yet, for instance.
    """

    release: Release
    changes: pd.DataFrame
    revised: pd.DataFrame
    totals: pd.DataFrame
    is_written: bool
    said: tuple[str, ...]
    unbuilt: FundgapError | None = None

    def to_frame(self) -> pd.DataFrame:
        """Return the changes, one row a table."""
        return self.changes

    def __str__(self) -> str:
        """Say it in a few lines."""
        verb = "took in" if self.is_written else "would take in"
        lines = [f"{verb} {self.release.id}: {self.release.title}", *self.said]
        if len(self.totals):
            explained = self.totals["why"].ne("").sum()
            lines.append(
                f"  {len(self.totals)} published totals agree with the councils' sums, {explained} of them with a known difference: "
                f"{', '.join(sorted(set(self.totals['figure'])))}; {periods_in_words(self.totals['period'])}"
            )
        lines += [f"  {figure} {year} adds up to the published {total:,}" for year, figure, total in self.release.promised]
        lines += [f"  accepted as published: {name}" for name in self.release.accepted]
        if self.unbuilt:
            lines.append(f"  data/processed is not rebuilt, and refused until `fundgap build` has succeeded: {self.unbuilt}")
        elif self.is_written:
            lines.append("  data/processed is rebuilt")
        return "\n".join(lines)


def ingest(
    path: str | Path,
    source: str | None = None,
    store: Store | None = None,
    *,
    accept: Sequence[str] = (),
    published: datetime.date | None = None,
    dry_run: bool = False,
) -> Ingested:
    """Add an official file to the raw tables, replacing what the same release gave before, and rebuild the processed ones.

    Parameters
    ----------
    path
        The file as the publisher issued it.
    source
        Its id in `sources.toml`; needed when the file's hash is not on record yet.
    accept
        Names of figures in doubt (see `fundgap.data.doubts`) that were looked at and are as published. The register keeps them.
    published
        The day the publisher issued this file, where the register does not say or the file is a revision.
    dry_run
        Check everything and report what would change, and write nothing.

    Raises
    ------
    UnknownRelease
        When the file is no release on the register, or another one than named.
    BadFigures
        With every fault found, every figure in doubt that nobody has accepted, and every name accepted that is not in doubt.
        Nothing has been written then.
    Overtaken
        When another ingest finished while this one was reading; run it again.

    Examples
    --------
    >>> import fundgap as fg
    >>> fg.ingest("s251ye2020.xlsx", "s251ye2020", dry_run=True)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    fundgap.errors...: s251ye2020.xlsx...no such file...
    """
    path, store = Path(path), store or default_store()
    check_size(path, Faults(path.name))
    register_before = (store.raw / "sources.toml").read_bytes()
    register = read_register(store)
    digest = sha256(path)
    release = recognise(path, digest, source, register)
    if release.reader not in READERS:
        raise UnknownRelease(f"sources.toml names the reader '{release.reader}' for {release.id}; there are {', '.join(READERS)}.")

    day = published.isoformat() if published else release.published
    tables = READERS[release.reader](path, release, council_index(store))
    tables = {name: schemas.check(_with_all_columns(table, name), RAW[name], path.name) for name, table in tables.items()}
    totals = reconcile(tables, store) if "published_totals" in tables else pd.DataFrame({"why": []})
    faults, doubts = objections(tables, totals, replace(release, published=day), path.name, store, register)
    # What was accepted of this very file stays accepted; of a file that has changed nothing is.
    before = release.accepted if release.sha256 in ("", digest) else []
    _refuse(path, release, faults, doubts, before, accept)

    changes = [change(name, table, release, store.raw) for name, table in tables.items()]
    done = replace(
        release,
        sha256=digest,
        size_bytes=path.stat().st_size,
        rows=sum(len(table) for table in tables.values()),
        file=path.name,
        published=day,
        accepted=[*before, *sorted(set(accept) - set(before))],
    )
    if not dry_run:
        texts = {f"{each.table}.csv": table_text(each.rows) for each in changes}
        texts["sources.toml"] = register_text(register | {release.id: done})
        # Every ingest changes the register, so one that overtakes this one shows there.
        register_path = store.raw / "sources.toml"
        write_all(store.raw, texts, changed=lambda: [] if register_path.read_bytes() == register_before else [str(register_path)])
    return _told(done, changes, totals, is_written=not dry_run, unbuilt=None if dry_run else _rebuild(store))


def _told(release: Release, changes: list[Change], totals: pd.DataFrame, *, is_written: bool, unbuilt: FundgapError | None) -> Ingested:
    columns = ("table", "added", "changed", "removed", "periods", "councils")
    rows = [{column: getattr(each, column) for column in columns} for each in changes]
    frame = pd.DataFrame(rows).assign(periods=[periods_in_words(each.periods) for each in changes])
    revised = pd.concat([each.revised for each in changes], ignore_index=True)
    return Ingested(release, frame, revised, totals, is_written, tuple(str(each) for each in changes), unbuilt)


def _rebuild(store: Store) -> FundgapError | None:
    """Rebuild the processed tables; return why that cannot be, for the raw tables are right and written all the same."""
    try:
        build(store.raw, store.processed)
    except FundgapError as error:
        return error
    return None


def _refuse(path: Path, release: Release, faults: list[Fault], doubts: list[Doubt], before: Sequence[str], accept: Sequence[str]) -> None:
    """Raise BadFigures with all faults, doubts that stay open and names that are not in doubt, and how to go on."""
    named = {doubt.name for doubt in doubts}
    open_doubts = [doubt for doubt in doubts if doubt.name not in (*before, *accept)]
    wrong = [Fault(f"--accept {name}", "no figure in doubt of this name", "one of those in doubt") for name in accept]
    wrong = [fault for fault, name in zip(wrong, accept, strict=True) if name not in (*named, *before)]
    if not (faults or open_doubts or wrong):
        return
    remedy = ""
    if not faults:
        names = sorted(named - set(before))
        command = shlex.join(
            ["fundgap", "ingest", str(path), "--source", release.id, *(word for name in names for word in ("--accept", name))]
        )
        remedy = f"Look at each in the file. If they are as published, this accepts all that are in doubt:\n  {command}"
    raise BadFigures(f"{path.name} cannot be taken in", [*faults, *wrong, *open_doubts], remedy)


def _with_all_columns(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the table with every column of its schema, those this release does not publish left blank."""
    columns = RAW[name].columns
    table = table.reindex(columns=[column.name for column in columns])
    return table.astype({column.name: DTYPES.get(column.kind, object) for column in columns})
