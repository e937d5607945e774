"""A set of files written to a folder as one, with a manifest of what they were made from.

The same figures and software give the same bytes. Nothing is written outside the folder, all files appear together or none, and a file
that this library did not write, or that was changed since, is never overwritten.
"""

import datetime
import hashlib
import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import tomli_w

from fundgap import __version__
from fundgap.data.store import Store, read_toml, sha256
from fundgap.data.transaction import STAGED, STAGING, write_all
from fundgap.errors import BadFigures, FundgapError

_NAME = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_PACKAGES = ("gptables", "numpy", "pandas", "pydantic", "scipy", "xlsxwriter")
_MADE_BY = "fundgap"
_HEADER = "# What these files were made from and by. SHA-256 of every file read and written; no clock in it.\n"


def refuse_names(names: Iterable[str]) -> None:
    """Raise for names of files that are no plain names."""
    wrong = [name for name in names if not _NAME.fullmatch(name)]
    if wrong:
        raise FundgapError(f"{', '.join(map(repr, wrong))}: a name of a file is of small letters, figures, '-' and '_', without a path.")


def refuse_in_the_way(folder: str | Path, name: str, files: Sequence[str]) -> None:
    """Raise, before any work, when `write_files` of these names would refuse: a name or folder that cannot be, files not ours."""
    target = Path(folder)
    refuse_names([name])
    strays = [file for file in files if Path(file).name != file]
    if strays:
        raise FundgapError(f"{', '.join(map(repr, strays))}: files go into {target} itself, without a path.")
    _refuse_a_folder_in_use(target)
    manifest = f"{name}.manifest.toml"
    _refuse_what_is_not_ours(target, manifest, [*files, manifest])


def write_files(
    folder: str | Path,
    name: str,
    title: str,
    contents: Mapping[str, str | bytes],
    *,
    settings: Mapping[str, Any] | None = None,
    seed: int | None = None,
    store: Store,
    inputs: Mapping[str, str] | None = None,
) -> list[Path]:
    """Write files and `NAME.manifest.toml` to a folder as one, and return their paths, the manifest last.

    Parameters
    ----------
    contents
        By file name within the folder.
    settings
        What was asked for: stands in the manifest as it is.
    seed
        Of the draws behind the figures; None where there is no chance in them, which the manifest says.
    inputs
        From `inputs_of`; worked out unless given.

    Raises
    ------
    FundgapError
        As `refuse_in_the_way`, asked again while no other writer can come between.
    """
    target, manifest = Path(folder), f"{name}.manifest.toml"
    refuse_in_the_way(target, name, list(contents))
    made_from = _manifest(title, contents, settings or {}, seed, inputs_of(store) if inputs is None else inputs)
    whole = {**contents, manifest: _HEADER + tomli_w.dumps(made_from)}
    before = _recorded(target / manifest)
    write_all(target, whole, changed=lambda: _refuse_what_is_not_ours(target, manifest, list(whole)))
    _clear(target, name, {file: digest for file, digest in before.items() if file not in whole})
    return [target / file for file in whole]


def inputs_of(store: Store) -> dict[str, str]:
    """Return the SHA-256 of every table and register that figures are made from, by path within the store."""
    folders = {"raw": store.raw, "processed": store.processed}
    held = {f"{name}/{path.name}": path for name, folder in folders.items() for path in sorted(folder.iterdir())}
    return {name: sha256(path) for name, path in held.items() if path.suffix in (".csv", ".toml")}


def _manifest(
    title: str, contents: Mapping[str, str | bytes], settings: Mapping[str, Any], seed: int | None, inputs: Mapping[str, str]
) -> dict[str, Any]:
    """Return what the files were made from: settings, seed, inputs, versions, and the hash of each file."""
    versions = {"fundgap": __version__, "python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}
    return {
        "made_by": _MADE_BY,
        "title": title,
        "seed": "none: there is no chance in these figures" if seed is None else seed,
        "settings": _plain(settings),
        "versions": versions,
        "inputs": dict(inputs),
        "outputs": {file: hashlib.sha256(_bytes(content)).hexdigest() for file, content in contents.items()},
    }


def _bytes(content: str | bytes) -> bytes:
    return content if isinstance(content, bytes) else content.encode()


def _plain(value: Any) -> Any:
    """Return settings as TOML can hold them: what is None is left away, what is a date stays one."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | bool | int | float | datetime.date) else str(value)


def _refuse_a_folder_in_use(target: Path) -> None:
    """Raise when the folder is a file, or holds the hidden folders that writing needs and no manifest of ours: another program's."""
    if target.exists() and not target.is_dir():
        raise FundgapError(f"{target} is no folder.")
    hidden = [name for name in (STAGED, STAGING) if (target / name).exists()]
    if hidden and not list(target.glob("*.manifest.toml")):
        raise FundgapError(f"{target} holds {', '.join(hidden)}, which may be another program's. Give another folder, or remove it.")


def _refuse_what_is_not_ours(target: Path, manifest: str, files: Sequence[str]) -> tuple[str, ...]:
    """Raise when a file in the way was not written by `write_files`, or was changed since."""
    ours = _recorded(target / manifest)
    there = [file for file in files if (target / file).exists() or (target / file).is_symlink()]
    strange = [file for file in there if not _is_ours(target / file, ours, is_manifest=file == manifest)]
    if strange:
        raise FundgapError(
            f"{target} holds {', '.join(strange)}, which fundgap did not write or which was changed since. Nothing was written: "
            "give another folder, or move what is there."
        )
    return ()


def _recorded(manifest: Path) -> dict[str, str]:
    """Return the files that a manifest of ours records with their hashes, none where there is no such manifest."""
    try:
        recorded = read_toml(manifest) if manifest.is_file() and not manifest.is_symlink() else {}
    except BadFigures:
        return {}
    outputs = recorded.get("outputs", {}) if recorded.get("made_by") == _MADE_BY else {}
    return {str(file): str(digest) for file, digest in outputs.items()} if isinstance(outputs, dict) else {}


def _clear(target: Path, name: str, before: Mapping[str, str]) -> None:
    """Take away tables of an earlier run that this one no longer has, if they are still as they were written."""
    for file, digest in before.items():
        path = target / file
        if path.name == file and file.startswith(f"{name}-") and _is_ours(path, {file: digest}, is_manifest=False):
            path.unlink()


def _is_ours(path: Path, ours: Mapping[str, str], *, is_manifest: bool) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    return bool(ours) if is_manifest else ours.get(path.name) == sha256(path)
