"""Take an official file in: recognise the release, read it, check it, add it with its provenance — or change nothing."""

import datetime
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from fundgap.data import schemas
from fundgap.data.beside import what_does_not_match
from fundgap.data.councils import TINY_COUNCILS, council_index
from fundgap.data.indicators import INDICATORS
from fundgap.data.raw_tables import RAW
from fundgap.data.readers import READERS
from fundgap.data.readers.sheets import Faults, check_size
from fundgap.data.reconcile import period_text, reconcile
from fundgap.data.sources import Release, read_register, recognise, register_text
from fundgap.data.store import Store, default_store, parse_table, read_table, sha256, table_text
from fundgap.data.tables import DTYPES
from fundgap.data.transaction import write_all
from fundgap.errors import BadFigures, Fault, UnknownRelease

# Spend and numbers of children move by a few per cent a year; a factor of five between neighbours is a matter of units.
# The largest real step of a council's spend on record is 2.3 (Salford).
_SCALE_LIMIT = 5.0


@dataclass(frozen=True)
class _Scaled:
    """Where a table keeps figures whose size can be held to the years around them."""

    year: str
    value: str
    category: str | None = None
    by_council: tuple[str, ...] = ()


_STEADY = tuple(name for name, indicator in INDICATORS.items() if indicator.is_steady)

_SCALED = {
    "spend": _Scaled("financial_year", "gross_gbp", "category", ("gross_spend",)),
    "children": _Scaled("year", "children", by_council=("children",)),
    "looked_after": _Scaled("year", "looked_after"),
    "indicators": _Scaled("financial_year", "value", "indicator", _STEADY),
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


def ingest(
    path: str | Path,
    source: str | None = None,
    store: Store | None = None,
    *,
    published: datetime.date | None = None,
    dry_run: bool = False,
) -> Ingested:
    """Add an official file to the raw tables, replacing what the same release gave before.

    Parameters
    ----------
    path
        The file as the publisher issued it.
    source
        Its id in `sources.toml`; needed when the file's hash is not on record yet.
    published
        The day the publisher issued this file, where the register does not say or the file is a revision.
    dry_run
        Check everything and report what would change, and write nothing.

    Raises
    ------
    UnknownRelease
        When the file is no release on the register, or another one than named.
    BadFigures
        With every fault found. Nothing has been written then.
    Overtaken
        When another ingest finished while this one was reading; run it again.
    """
    path, store = Path(path), store or default_store()
    check_size(path, Faults(path.name))
    register_before = (store.raw / "sources.toml").read_text("utf-8")
    register = read_register(store)
    digest = sha256(path)
    release = recognise(path, digest, source, register)
    if release.reader not in READERS:
        raise UnknownRelease(f"sources.toml names the reader '{release.reader}' for {release.id}; there are {', '.join(READERS)}.")

    tables = READERS[release.reader](path, release, council_index(store))
    tables = {name: schemas.check(_with_all_columns(table, name), RAW[name], path.name) for name, table in tables.items()}
    totals = reconcile(tables, store) if "published_totals" in tables else pd.DataFrame({"why": []})
    faults = [
        *_what_is_lost(tables, release, path.name, store),
        *_what_does_not_add_up(tables, totals, release, path.name),
        *_what_is_out_of_scale(tables, path.name, store),
        *what_does_not_match(tables, path.name, store),
    ]
    if faults:
        raise BadFigures(f"{path.name} cannot be taken in", faults)

    merged = {name: _merge(table, name, release, store) for name, table in tables.items()}
    rows = sum(len(table) for table in tables.values())
    day = published.isoformat() if published else release.published
    done = replace(release, sha256=digest, size_bytes=path.stat().st_size, rows=rows, file=path.name, published=day)
    changes = pd.DataFrame([_change(name, table, release, store) for name, table in tables.items()])
    if not dry_run:
        texts = {f"{name}.csv": table_text(table) for name, table in merged.items()}
        # Every ingest changes the register, so one that overtakes this one shows there.
        texts["sources.toml"] = register_text(register | {release.id: done})
        write_all(store.raw, texts, based_on={"sources.toml": register_before})
    return Ingested(done, changes, totals, is_written=not dry_run)


def _with_all_columns(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the table with every column of its schema, those this release does not publish left blank."""
    columns = RAW[name].columns
    table = table.reindex(columns=[column.name for column in columns])
    return table.astype({column.name: DTYPES.get(column.kind, object) for column in columns})


def _what_is_lost(tables: dict[str, pd.DataFrame], release: Release, file: str, store: Store) -> list[Fault]:
    """Note where a file gives no rows, or fewer years than the same release gave before: it was cut short."""
    faults = []
    for name, table in tables.items():
        if table.empty:
            faults.append(Fault(f"{file}, table {name}", "no rows", "some"))
        path = store.raw / f"{name}.csv"
        period = next((column for column in ("financial_year", "year", "period", "vintage", "reporting_year") if column in table), None)
        if period is None or not path.is_file():
            continue
        stored = read_table(path)
        before = set(stored.loc[stored["source"] == release.id, period])
        lost = before - {period_text(value) for value in table[period]}
        faults += [Fault(f"{file}, table {name}", f"nothing for {year}", "what the same release gave before") for year in sorted(lost)]
    return faults


def _what_does_not_add_up(tables: dict[str, pd.DataFrame], totals: pd.DataFrame, release: Release, file: str) -> list[Fault]:
    """Hold the rows to the totals in the file and to those the register of releases promises."""
    faults = []
    for row in totals[~totals["agrees"]].itertuples() if len(totals) else ():
        found = f"councils that add up to {row.councils_sum:,.2f} ({row.councils_held} of them)"
        faults.append(Fault(f"{file}, {row.figure} {row.period}, {row.area}", found, f"the published {row.published:,.2f}"))
    for figure, promised in release.checks.items():
        spend = tables["spend"]
        found_sum = spend.loc[spend["category"] == figure, "gross_gbp"].sum()
        if round(found_sum) != promised:
            faults.append(Fault(f"{file}, England {figure} {release.period}", f"£{found_sum:,.0f}", f"£{promised:,}, as published"))
    return faults


def _what_is_out_of_scale(tables: dict[str, pd.DataFrame], file: str, store: Store) -> list[Fault]:
    """Note figures a multiple of those of the nearest year on record: pounds for thousands, or the wrong column."""
    faults = {}
    for name, scaled in _SCALED.items():
        path = store.raw / f"{name}.csv"
        if name not in tables or not path.is_file():
            continue
        stored = _sizes(schemas.load(path, RAW[name]), scaled)
        for (what, council), new in _sizes(tables[name], scaled).items():
            known = stored.get((what, council), {})
            for period, size in new.items() if known else ():
                nearest = _nearest(period, list(known))
                is_alike = known[nearest] <= 0 or known[nearest] / _SCALE_LIMIT < size < known[nearest] * _SCALE_LIMIT
                # Where all councils are out of scale, their mean says so once; where one is, it is named.
                if not is_alike and (what, "", period) not in faults:
                    found = f"{size:,.0f} for {council}" if council else f"a mean of councils of {size:,.0f}"
                    expected = f"about {known[nearest]:,.0f}, as in {nearest}: are the units right?"
                    faults[what, council, period] = Fault(f"{file}, {what} {period}", found, expected)
    return list(faults.values())


def _sizes(table: pd.DataFrame, scaled: _Scaled) -> dict[tuple[str, str], dict[str, float]]:
    """Return {(what, council): {period: size}}: the mean over councils (council ""), then each that can be held to one."""
    category = table[scaled.category] if scaled.category else pd.Series(scaled.value, index=table.index)
    rows = pd.DataFrame(
        {"what": category, "council": table["council"], "period": table[scaled.year].map(period_text), "size": table[scaled.value]}
    )
    means = rows.groupby(["what", "period"], as_index=False)["size"].mean().assign(council="")
    single = rows[rows["what"].isin(scaled.by_council) & ~rows["council"].isin(TINY_COUNCILS)]
    sizes: dict[tuple[str, str], dict[str, float]] = {}
    for row in pd.concat([means, single]).dropna().to_dict("records"):
        sizes.setdefault((str(row["what"]), str(row["council"])), {})[str(row["period"])] = float(row["size"])
    return sizes


def _nearest(period: str, others: list[str]) -> str:
    return min(others, key=lambda other: abs(int(other[:4]) - int(period[:4])))


def _merge(table: pd.DataFrame, name: str, release: Release, store: Store) -> pd.DataFrame:
    """Return the stored table with this release's rows put in place of its earlier ones, in key order."""
    path, schema = store.raw / f"{name}.csv", RAW[name]
    if path.is_file():
        stored = schemas.load(path, schema)
        others = stored[stored["source"] != release.id]
        typed = schemas.typed(parse_table(table_text(table)), schema, name)
        table = pd.concat([others, typed], ignore_index=True) if len(others) else typed
    doubled = table[table.duplicated(list(schema.key), keep=False)]
    if len(doubled):
        rows = doubled.drop_duplicates(list(schema.key))[list(schema.key)].to_dict("records")
        faults = [Fault(f"table {name}, {row}", "rows of two releases", "one") for row in rows]
        raise BadFigures(f"{release.id} gives rows that another release gave already", faults)
    return table.sort_values(list(schema.key), ignore_index=True)


def _change(name: str, table: pd.DataFrame, release: Release, store: Store) -> dict[str, object]:
    path, schema = store.raw / f"{name}.csv", RAW[name]
    new = parse_table(table_text(table)).set_index(list(schema.key)).fillna("")
    old = new.iloc[:0]
    if path.is_file():
        stored = read_table(path)
        old = stored[stored["source"] == release.id].set_index(list(schema.key)).fillna("")
    both = new.index.intersection(old.index)
    changed = int((new.loc[both] != old.loc[both, new.columns]).any(axis=1).sum()) if len(both) else 0
    return {"table": name, "added": len(new) - len(both), "changed": changed, "removed": len(old) - len(both)}
