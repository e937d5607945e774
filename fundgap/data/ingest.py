"""Take an official file in: recognise the release, read it, check it, add it with its provenance — or change nothing."""

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from fundgap.data import schemas
from fundgap.data.councils import council_index
from fundgap.data.readers import READERS
from fundgap.data.readers.sheets import Faults, check_size
from fundgap.data.reconcile import reconcile
from fundgap.data.sources import Release, read_register, recognise, register_text
from fundgap.data.store import Store, default_store, read_table, sha256, table_text, write_text
from fundgap.data.tables import RAW
from fundgap.errors import BadFigures, Fault, UnknownRelease

# Spend and numbers of children move by a few per cent a year; a factor of five between neighbours is a matter of units.
_SCALE_LIMIT = 5.0
_SCALED = {
    "spend": ("category", "financial_year", "gross_gbp"),
    "children": (None, "year", "children"),
    "looked_after": (None, "year", "looked_after"),
}


@dataclass(frozen=True)
class Ingested:
    """What an ingest did, or with `dry_run` would do: rows new, changed and gone by table, and totals that were checked."""

    release: Release
    changes: pd.DataFrame
    totals: pd.DataFrame
    is_written: bool

    def __str__(self) -> str:
        """Say it in a few lines."""
        verb = "took in" if self.is_written else "would take in"
        lines = [f"{verb} {self.release.id}: {self.release.title}"]
        lines += [
            f"  {row.table}: {row.added} rows added, {row.changed} changed, {row.removed} removed" for row in self.changes.itertuples()
        ]
        if len(self.totals):
            explained = self.totals["why"].ne("").sum()
            lines.append(
                f"  {len(self.totals)} published totals agree with the councils' sums, {explained} of them with a known difference"
            )
        return "\n".join(lines)


def ingest(path: str | Path, source: str | None = None, store: Store | None = None, *, dry_run: bool = False) -> Ingested:
    """Add an official file to the raw tables, replacing what the same release gave before.

    Parameters
    ----------
    path
        The file as the publisher issued it.
    source
        Its id in `sources.toml`; needed when the file's hash is not on record yet.
    dry_run
        Check everything and report what would change, and write nothing.

    Raises
    ------
    UnknownRelease
        When the file is no release on the register, or another one than named.
    BadFigures
        With every fault found. Nothing has been written then.
    """
    path, store = Path(path), store or default_store()
    check_size(path, Faults(path.name))
    register = read_register(store)
    digest = sha256(path)
    release = recognise(path, digest, source, register)
    if release.reader not in READERS:
        raise UnknownRelease(f"sources.toml names the reader '{release.reader}' for {release.id}; there are {', '.join(READERS)}.")

    tables = READERS[release.reader](path, release, council_index(store))
    tables = {name: schemas.check(_as_stored(table, name), RAW[name], path.name) for name, table in tables.items()}
    totals = _check_totals(tables, release, path.name, store)
    _check_scale(tables, release, path.name, store)

    merged = {name: _merge(table, name, release, store) for name, table in tables.items()}
    done = replace(
        release, sha256=digest, size_bytes=path.stat().st_size, rows=sum(len(table) for table in tables.values()), file=path.name
    )
    changes = pd.DataFrame([_change(name, table, release, store) for name, table in tables.items()])
    if not dry_run:
        texts = {store.raw / f"{name}.csv": table_text(table) for name, table in merged.items()}
        texts[store.raw / "sources.toml"] = register_text(register | {release.id: done})
        for target, text in texts.items():
            write_text(target, text)
    return Ingested(done, changes, totals, is_written=not dry_run)


def _as_stored(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the table with every column of its schema, those this release does not publish left blank."""
    columns = RAW[name].columns
    table = table.reindex(columns=[column.name for column in columns]).reset_index(drop=True)
    types = {"count": float, "number": float, "amount": float, "flag": bool}
    return table.astype({column.name: types.get(column.kind, object) for column in columns})


def _check_totals(tables: dict[str, pd.DataFrame], release: Release, file: str, store: Store) -> pd.DataFrame:
    """Hold the rows to the totals in the file and to those the register of releases promises."""
    faults = []
    totals = reconcile(tables, store) if "published_totals" in tables else pd.DataFrame({"why": []})
    for row in totals[~totals["agrees"]].itertuples() if len(totals) else ():
        found = f"councils that add up to {row.councils_sum:,.2f} ({row.councils_held} of them)"
        faults.append(Fault(f"{file}, {row.figure} {row.period}, {row.area}", found, f"the published {row.published:,.2f}"))
    for figure, promised in release.checks.items():
        spend = tables["spend"]
        found_sum = spend.loc[spend["category"] == figure, "gross_gbp"].sum()
        if round(found_sum) != promised:
            faults.append(Fault(f"{file}, England {figure} {release.period}", f"£{found_sum:,.0f}", f"£{promised:,}, as published"))
    if faults:
        raise BadFigures(f"{file} does not agree with published totals", faults)
    return totals


def _check_scale(tables: dict[str, pd.DataFrame], release: Release, file: str, store: Store) -> None:
    """Refuse figures a multiple of those of the nearest year on record: pounds for thousands, or the wrong column."""
    faults = []
    for name, (group, year, value) in _SCALED.items():
        path = store.raw / f"{name}.csv"
        if name not in tables or not path.is_file():
            continue
        stored = schemas.load(path, RAW[name])
        stored = stored[stored["source"] != release.id]
        for label, new in _sums(tables[name], group, year, value).items():
            old = _sums(stored, group, year, value).get(label)
            if not old:
                continue
            for period, total in new.items():
                nearest = _nearest(str(period), [str(other) for other in old])
                ratio = total / old[nearest]
                if not 1 / _SCALE_LIMIT < ratio < _SCALE_LIMIT:
                    where = f"{file}, {label} {period}"
                    faults.append(
                        Fault(
                            where, f"an England mean of {total:,.0f}", f"about {old[nearest]:,.0f}, as in {nearest}: are the units right?"
                        )
                    )
    if faults:
        raise BadFigures(f"{file} is out of scale", faults)


def _sums(table: pd.DataFrame, group: str | None, year: str, value: str) -> dict[str, dict[str, float]]:
    """Return {label: {period: mean over councils}}."""
    labels = table[group] if group else pd.Series(value, index=table.index)
    means: dict[str, dict[str, float]] = {}
    averages = pd.DataFrame({"label": labels, "period": table[year].astype(str), "value": table[value]})
    for row in averages.groupby(["label", "period"], as_index=False).mean().dropna().to_dict("records"):
        means.setdefault(str(row["label"]), {})[str(row["period"]).removesuffix(".0")] = float(row["value"])
    return means


def _nearest(period: str, others: list[str]) -> str:
    return min(others, key=lambda other: abs(int(other[:4]) - int(period[:4])))


def _merge(table: pd.DataFrame, name: str, release: Release, store: Store) -> pd.DataFrame:
    """Return the stored table with this release's rows put in place of its earlier ones, in key order."""
    path, schema = store.raw / f"{name}.csv", RAW[name]
    if path.is_file():
        stored = schemas.load(path, schema)
        others = stored[stored["source"] != release.id]
        typed = schemas.typed(_text(table), schema)
        table = pd.concat([others, typed], ignore_index=True) if len(others) else typed
    doubled = table[table.duplicated(list(schema.key), keep=False)]
    if len(doubled):
        rows = doubled.drop_duplicates(list(schema.key))[list(schema.key)].to_dict("records")
        faults = [Fault(f"table {name}, {row}", "rows of two releases", "one") for row in rows]
        raise BadFigures(f"{release.id} gives rows that another release gave already", faults)
    return table.sort_values(list(schema.key), ignore_index=True)


def _text(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table as it would come back from its CSV file."""
    import io

    return pd.read_csv(io.StringIO(table_text(table)), dtype=str, keep_default_na=False, na_values=[""])


def _change(name: str, table: pd.DataFrame, release: Release, store: Store) -> dict[str, object]:
    path, schema = store.raw / f"{name}.csv", RAW[name]
    new = _text(table).set_index(list(schema.key)).fillna("")
    old = new.iloc[:0]
    if path.is_file():
        stored = read_table(path)
        old = stored[stored["source"] == release.id].set_index(list(schema.key)).fillna("")
    both = new.index.intersection(old.index)
    changed = int((new.loc[both] != old.loc[both, new.columns]).any(axis=1).sum()) if len(both) else 0
    return {"table": name, "added": len(new) - len(both), "changed": changed, "removed": len(old) - len(both)}
