"""Take spoilt files in, on an empty store and on one that holds the neighbouring releases, and say what came of it."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import layouts
import pandas as pd
import pytest
from layouts import Draft

from fundgap.data import ingest as ingesting
from fundgap.data.councils import CouncilIndex
from fundgap.data.raw_tables import RAW
from fundgap.data.readers import READERS, Reader
from fundgap.data.sources import Release, read_register, register_text
from fundgap.data.store import Store, parse_table, table_text
from fundgap.errors import FundgapError
from mutations.change import Kind
from mutations.hints import Hints
from mutations.parts import Part, parts_of

Outcome = Literal["identical", "refused", "different", "broken"]
OUTCOMES: tuple[Outcome, ...] = ("identical", "refused", "different", "broken")
EMPTY, FULL = SETTINGS = ("empty store", "store with the neighbouring releases")
# What is refused on an empty store is refused on any, and a table that is the same is the same: one in so many is tried on both.
_ON_BOTH = 4
_SHARE_XLSX, _LARGE = 0.3, 500
_LARGE_CELLS, _SHARE_OF_LARGE = 2_500, 0.5
_NEIGHBOUR = "neighbouring-release"
_PERIODS = ("financial_year", "year", "period")
# Neighbouring years differ by a few per cent, as real ones do.
_BEFORE, _AFTER = 0.97, 1.03


@dataclass
class Tally:
    """How many spoilt files of each kind came out how."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def lines(self) -> Iterator[str]:
        """Say it as a table: a line a kind."""
        kinds = list(dict.fromkeys(kind for kind, _ in self.counts))
        yield f"{'':36}" + "".join(f"{outcome:>11}" for outcome in OUTCOMES)
        for kind in [*kinds, ""]:
            counts = [sum(n for (k, o), n in self.counts.items() if o == outcome and kind in (k, "")) for outcome in OUTCOMES]
            yield f"{kind or f'all {sum(counts):,}':36}" + "".join(f"{count:>11,}" for count in counts)


@dataclass
class Trial:
    """One draft, the stores it is taken into, the unspoilt file, and what it gives in each."""

    name: str
    draft: Draft
    folder: Path
    file: bytes
    stores: dict[str, Store]
    whole: dict[str, dict[str, str]]
    hints: Hints

    @cached_property
    def parts(self) -> list[Part]:
        """The tables of the unspoilt draft."""
        return parts_of(self.draft, self.hints.figures)

    @classmethod
    def of(cls, name: str, folder: Path, hints_for: Callable[[str, str], Hints]) -> "Trial":
        """Take the unspoilt draft into an empty store, and make from it a store that holds it and the years around it."""
        draft = layouts.DRAFTS[name]()
        empty, full = layouts.registers_only(folder / "empty"), layouts.registers_only(folder / "full")
        with (empty.raw / "sources.toml").open("a", encoding="utf-8") as file:
            file.write(draft.entry)
        register = read_register(empty)
        release = register[draft.source]
        before = Release(**vars(release) | {"id": _NEIGHBOUR, "sha256": "", "file": "before", "checks": {}})
        for store in (empty, full):
            (store.raw / "sources.toml").write_text(register_text(register | {before.id: before}), "utf-8")
        path = draft.save(folder)
        tables = _ingested(path, draft.source, empty)
        for table, text in tables.items():
            (full.raw / table).write_text(_with_neighbours(text, table.removesuffix(".csv")), "utf-8")
        stores = dict(zip(SETTINGS, (empty, full), strict=True))
        file = path.read_bytes()
        whole = {setting: _ingested(path, draft.source, store) for setting, store in stores.items()}
        return cls(name, draft, folder, file, stores, whole, hints_for(name, release.reader))

    def spoilt(self, kind_name: str, kind: Kind, seed: int) -> tuple[Path, int] | None:
        """Write the file spoilt by this seed; return it with the row that was spoilt, or None where there is nothing to spoil."""
        chance = random.Random(f"{self.name} {kind_name} {seed}")  # noqa: S311
        draft = self.draft.copy()
        row: int | None = 0
        if kind.change:
            row = kind.change(draft, chance.choice(self.parts).on(draft), chance)
            # Some are saved in the publisher's format; the others as .ods, which is quicker to write.
            if draft.file.endswith(".xlsx") and (chance.random() > _SHARE_XLSX or sum(map(len, draft.sheets.values())) > _LARGE):
                draft.file = draft.file.removesuffix(".xlsx") + ".ods"
            # Two equal cells that change places spoil nothing.
            if list(draft.sheets.items()) == list(self.draft.sheets.items()):
                return None
        if row is None:
            return None
        if not kind.byte_change:
            return draft.save(self.folder), row
        path = self.folder / draft.file
        content = kind.byte_change(self.file, path.suffix, chance)
        if content is None or content == self.file:
            return None
        path.write_bytes(content)
        return path, row

    def is_tried(self, kind_name: str, kind: Kind) -> bool:
        """Return whether a kind is tried on this file: all of them on a small file, a half, drawn by its name, on a large one."""
        if kind_name in self.hints.unknowable:
            return False
        is_large = sum(len(row) for rows in self.draft.sheets.values() for row in rows) > _LARGE_CELLS
        return not (is_large and kind.change) or random.Random(f"{self.name} {kind_name}").random() < _SHARE_OF_LARGE  # noqa: S311

    def settings(self, kind_name: str, kind: Kind, seed: int) -> tuple[str, ...]:
        """Return the stores to try a spoilt file on: the empty one, or the full one where only figures on record can tell."""
        if kind.is_on_record or kind_name in self.hints.on_record:
            return (FULL,)
        chance = random.Random(f"{self.name} {kind_name} {seed} settings")  # noqa: S311
        return SETTINGS if chance.randrange(_ON_BOTH) == 0 else (EMPTY,)

    def outcome(self, path: Path, setting: str, source: str | None = None) -> tuple[Outcome, str]:
        """Take a file in, as its own release or another, and compare every byte of the tables; return what came of it, and why."""
        try:
            tables = _ingested(path, source or self.draft.source, self.stores[setting])
        except FundgapError as error:
            return ("refused", str(error)) if path.name in str(error) else ("broken", f"the file is not named: {error}")
        except Exception as error:
            return "broken", f"{type(error).__name__}: {error}"
        whole = self.whole[setting]
        if tables == whole:
            return "identical", ""
        return "different", "; ".join(_difference(table, whole.get(table, ""), tables.get(table, "")) for table in {**whole, **tables})


def _ingested(path: Path, source: str, store: Store) -> dict[str, str]:
    """Return the text of every raw table that an ingest would write, without writing it or building on it."""
    written: dict[str, str] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ingesting, "write_all", lambda folder, texts, **_: written.update(texts))
        patch.setattr(ingesting, "build", lambda *_: None, raising=False)
        patch.setattr(ingesting, "READERS", {name: _once(read) for name, read in READERS.items()})
        ingesting.ingest(path, source, store)
    return {name: text for name, text in written.items() if name != "sources.toml"}


def _once(read: Reader) -> Reader:
    """Return a reader that reads a file once for all stores: it sees the file and the councils, and no figure of any store."""

    def remembered(path: Path, release: Release, index: CouncilIndex) -> dict[str, pd.DataFrame]:
        key = (release.id, path.name, path.read_bytes())
        if key != _LAST.get("key"):
            _LAST.clear()
            try:
                _LAST["tables"] = read(path, release, index)
            except FundgapError as error:
                _LAST["error"] = error
            _LAST["key"] = key
        if "error" in _LAST:
            raise _LAST["error"]
        return {name: table.copy() for name, table in _LAST["tables"].items()}

    return remembered


_LAST: dict[str, Any] = {}


def _with_neighbours(text: str, table: str) -> str:
    """Return a table with the same figures a little smaller the year before its first, and a little larger after its last."""
    rows = parse_table(text)
    period = next((name for name in _PERIODS if name in rows), None)
    if period is None:
        return text
    starts = rows[period].str[:4].astype(int)
    span = int(starts.max() - starts.min()) + 1
    parts = [rows, _moved(rows, table, period, -span, _BEFORE), _moved(rows, table, period, span, _AFTER)]
    return table_text(pd.concat(parts).sort_values(list(RAW[table].key), ignore_index=True))


def _moved(rows: pd.DataFrame, table: str, period: str, years: int, by: float) -> pd.DataFrame:
    moved = rows.assign(source=_NEIGHBOUR)
    moved[period] = rows[period].map(lambda text: _period_later(text, years))
    for column in RAW[table].columns:
        if column.kind in ("amount", "number", "count") and column.name not in (*RAW[table].key, "rounded_to"):
            values = rows[column.name].astype(float) * by
            moved[column.name] = values.round(0 if column.kind == "count" else 4)
    return moved


def _period_later(text: str, years: int) -> str:
    start = int(text[:4]) + years
    return f"{start}-{(start + 1) % 100:02d}" if "-" in text else str(start)


def _difference(table: str, before: str, after: str) -> str:
    gone, new = set(before.splitlines()) - set(after.splitlines()), set(after.splitlines()) - set(before.splitlines())
    return f"{table}: {sorted(gone)[:2]} became {sorted(new)[:2]}" if gone or new else ""
