"""Finished parts of a long run, kept in a folder so that a run that was stopped goes on where it was.

The folder's `run.toml` says what the parts belong to: hashes of the figures, of the specifications and shuffles, of the code, and
versions. Where any of it has changed, the parts are of no use: they are taken away, the run starts anew and says why.
"""

import hashlib
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w
from numpy.typing import NDArray

from fundgap.data.store import read_toml, sha256

_RUN = "run.toml"
_PART = "part-{:05d}.npz"
Part = dict[str, NDArray[Any]]


def fingerprint(*values: object) -> str:
    """Return the SHA-256 of arrays, texts, numbers, and of dataclasses, mappings and sequences of them."""
    digest = hashlib.sha256()
    for piece in _pieces(values):
        digest.update(len(piece).to_bytes(8, "little") + piece)
    return digest.hexdigest()


def _pieces(value: object) -> Iterator[bytes]:
    if isinstance(value, np.ndarray):
        yield f"{value.dtype.str}{value.shape}".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield field.name.encode()
            yield from _pieces(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield repr(key).encode()
            yield from _pieces(item)
    elif isinstance(value, (tuple, list)):
        yield str(len(value)).encode()
        for item in value:
            yield from _pieces(item)
    else:
        yield repr(value).encode()


class PartStore:
    """The parts of one run, by number.

    Parameters
    ----------
    folder
        Made if it is not there. Nothing in it is touched but `run.toml` and `part-….npz`.
    run
        What the parts belong to, by name.
    """

    def __init__(self, folder: Path, run: Mapping[str, str]) -> None:
        self.folder, self.run = folder, dict(run)
        folder.mkdir(parents=True, exist_ok=True)
        before = read_toml(folder / _RUN) if (folder / _RUN).is_file() else {}
        #: Names of what has changed since the parts that lay there were made; empty where nothing has, or nothing lay there.
        self.changed = sorted(name for name in {*before, *self.run} if before.get(name) != self.run.get(name)) if before else []
        if before != self.run:
            for path in folder.glob("part-*.npz"):
                path.unlink()
            self._write(folder / _RUN, tomli_w.dumps(self.run).encode())

    def finished(self) -> dict[int, Part]:
        """Return the parts that are there, by number; one that cannot be read is taken away, to be worked out anew."""
        parts = {}
        for path in sorted(self.folder.glob("part-*.npz")):
            try:
                with np.load(path, allow_pickle=False) as file:
                    parts[int(path.stem.removeprefix("part-"))] = {name: file[name] for name in file.files}
            except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error):
                path.unlink()
        return parts

    def save(self, number: int, part: Part) -> None:
        """Write a part; whoever looks meanwhile sees none of it or all."""
        with tempfile.NamedTemporaryFile(dir=self.folder, suffix=".tmp", delete=False) as file:
            np.savez(file, allow_pickle=False, **part)
        self._settle(Path(file.name), self.folder / _PART.format(number))

    def _write(self, path: Path, content: bytes) -> None:
        with tempfile.NamedTemporaryFile(dir=self.folder, suffix=".tmp", delete=False) as file:
            file.write(content)
        self._settle(Path(file.name), path)

    def _settle(self, written: Path, path: Path) -> None:
        try:
            written.replace(path)
        except BaseException:
            written.unlink(missing_ok=True)
            raise


def code_hash(*paths: Path) -> str:
    """Return one hash over source files."""
    return fingerprint([sha256(path) for path in paths])
