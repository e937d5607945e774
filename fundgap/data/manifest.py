"""Which raw bytes made which processed bytes: written with every build, and held to whenever a built table is read."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import tomli_w

from fundgap.data import schemas
from fundgap.data.store import Store, read_toml, sha256
from fundgap.data.tables import Table
from fundgap.data.transaction import settle, write_all
from fundgap.errors import BadFigures, Fault, NoData

NAME = "manifest.toml"
_HEADER = "# SHA-256 of what was read from raw/ and of what was made of it.\n"
_MEND = "`fundgap build` makes it anew from the raw figures; where the figures came with an installed package, install it again."
# A build puts its files in place one by one; who reads in that moment looks again.
_LOOKS = 3


def write_built(raw: Path, target: Path, work: Callable[[], dict[str, str]]) -> list[str]:
    """Write what `work` makes of the raw files, by name, with a manifest; work again if they change meanwhile.

    So the tables are never older than the manifest says, and of two builds the one of the newer figures stays: whether the
    raw files are still the same is asked when no other build can write any more.
    """
    while True:
        inputs = _raw_hashes(raw)
        try:
            texts = work()
            outputs = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
            # No versions or times: they must not change the file.
            texts[NAME] = _HEADER + tomli_w.dumps({"raw": inputs, "processed": outputs})
            write_all(target, texts, changed=lambda inputs=inputs: _changed(raw, inputs))  # type: ignore[misc]
        except Exception:
            # Half of an ingest may have been read, and any fault found in that is none.
            if _changed(raw, inputs):
                continue
            raise
        return list(texts)


def load_built(store: Store, table: Table) -> pd.DataFrame:
    """Return a processed table, typed, if it is whole and made of the raw figures as they are now.

    Raises
    ------
    NoData
        When it has not been built.
    BadFigures
        When its bytes are not those that were built, or the raw figures have changed since.
    """
    for look in range(_LOOKS):
        content, faults = _read(store, f"{table.name}.csv")
        if not faults:
            return schemas.typed_text(content.decode("utf-8"), table, f"{table.name}.csv")
        if look < _LOOKS - 1:
            settle(store.raw)
            settle(store.processed)
    raise BadFigures(f"{table.name} cannot be used", faults, remedy=_MEND)


def _read(store: Store, file: str) -> tuple[bytes, list[Fault]]:
    """Return the file's bytes, and what speaks against using them."""
    path, manifest = store.processed / file, store.processed / NAME
    for needed in (path, manifest):
        if not needed.is_file():
            raise NoData(f"{needed} is not there. {_MEND}")
    recorded, content = read_toml(manifest), path.read_bytes()
    built, is_now = recorded.get("processed", {}).get(file, "not on record"), hashlib.sha256(content).hexdigest()
    if is_now != built:
        return content, [Fault(str(path), f"SHA-256 {is_now[:12]}…: the file was changed or damaged", f"{built[:12]}…, as {NAME} says")]
    changed = _changed(store.raw, recorded.get("raw", {}))
    return content, [Fault(str(store.raw / name), "a file changed since the build", "the one that was built from") for name in changed]


def _raw_hashes(raw: Path) -> dict[str, str]:
    """Return the hash of everything that tables are built from: the raw tables and the register of releases."""
    return {path.name: sha256(path) for path in sorted(raw.iterdir()) if path.suffix == ".csv" or path.name == "sources.toml"}


def _changed(raw: Path, before: dict[str, str]) -> list[str]:
    now = _raw_hashes(raw)
    return sorted(name for name in {*now, *before} if now.get(name) != before.get(name))
