"""Fetch a release: its address from the register, the file from its publisher, held to its hash, and taken in."""

import datetime
import json
import os
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import pandas as pd
from filelock import FileLock

from fundgap.data.download import Progress, download
from fundgap.data.ingest import Ingested, ingest
from fundgap.data.readers.sheets import MAX_FILE_BYTES
from fundgap.data.sources import Release, read_register, recognise
from fundgap.data.store import Store, default_store, sha256
from fundgap.errors import CannotFetch, UnknownRelease

_CACHE_VARIABLE = "FUNDGAP_CACHE"
_DFE = "https://content.explore-education-statistics.service.gov.uk/api"
_NAMES_SHOWN = 40


def fetchable(store: Store | None = None) -> pd.DataFrame:
    """Return the releases that `fetch` knows an address of: id, title, and whether a file of it has been taken in."""
    releases = [release for release in read_register(store or default_store()).values() if release.download or release.publication]
    rows = [{"id": release.id, "title": release.title, "is_held": bool(release.sha256)} for release in releases]
    return pd.DataFrame(rows, columns=["id", "title", "is_held"])


def fetch(
    source: str,
    store: Store | None = None,
    *,
    published: datetime.date | None = None,
    dry_run: bool = False,
    progress: Progress = lambda held, total: None,
) -> Ingested:
    """Download a release from its publisher and take it in, as `ingest` does. A download that breaks off is continued next time.

    Parameters
    ----------
    source
        Its id in `sources.toml`, which says where it is.
    published
        The day the publisher issued the file. Where it is not the file on record, this takes it as a revision of that day.
    dry_run
        Download, check everything and report what would change, and write nothing. The download is kept for the next time.
    progress
        Called with the bytes held and, where known, the bytes in all.

    Raises
    ------
    CannotFetch
        When the publisher does not hand the file over, or hands over another one than is on record.
    UnknownRelease
        When the register does not hold the release, or knows the file as another one.
    BadFigures
        With every fault found in the file.

    Examples
    --------
    >>> import fundgap as fg
    >>> fg.fetch("s251ye2019")  # Its publisher gives it no lasting address.  doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    fundgap.errors.CannotFetch: s251ye2019 could not be fetched. sources.toml gives no address of the file. Nothing was written....
    """
    store = store or default_store()
    register = read_register(store)
    if source not in register:
        raise UnknownRelease(f"'{source}' is not in sources.toml. It holds: {', '.join(register)}.")
    release, folder = register[source], _folder(source)
    with FileLock(folder.with_name(f"{source}.lock")):
        with _advising(release):
            address = receive(release, folder, progress)
        is_kept = False
        try:
            with _advising(release):
                path = take_out(release, folder, address)
            digest = sha256(path)
            recognise(path, digest, source, register)
            if release.sha256 not in ("", digest) and published is None:
                raise CannotFetch(_other_file(release, digest))
            done = ingest(path, source, store, published=published, dry_run=dry_run)
            is_kept = dry_run
        finally:
            # A file that was refused may have been damaged here: the next try gets it afresh.
            if not is_kept:
                shutil.rmtree(folder, ignore_errors=True)
    return done


def _folder(source: str) -> Path:
    """Return the release's place in $FUNDGAP_CACHE, else in the user's cache: downloads wait there until they are taken in."""
    import platformdirs

    named = os.environ.get(_CACHE_VARIABLE)
    folder = (Path(named) if named else platformdirs.user_cache_path("fundgap", appauthor=False)) / source
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotFetch(f"{folder} cannot be made ({error}). Set {_CACHE_VARIABLE} to a folder for downloads.") from None
    return folder


@contextmanager
def _advising(release: Release) -> Iterator[None]:
    """Add to what went wrong where the release is for people, and how to go on by hand."""
    try:
        yield
    except CannotFetch as error:
        raise CannotFetch(
            f"{release.id} could not be fetched. {error} Nothing was written.\n"
            f"Releases move: see {release.url} for where it is now, and correct sources.toml; "
            f"or download it by hand and run `fundgap ingest FILE --source {release.id}`."
        ) from None


def receive(release: Release, folder: Path, progress: Progress) -> str:
    """Download what the publisher serves, the file or its zip, to `received` in the folder; return its address.

    Raises
    ------
    CannotFetch
        With the address and the reason.
    """
    address = _address(release, folder)
    download(address, folder / "received", progress)
    return address


def _address(release: Release, folder: Path) -> str:
    if not (release.download or release.publication):
        raise CannotFetch("sources.toml gives no address of the file.")
    return release.download or _newest(release.publication, folder)


def _newest(publication: str, folder: Path) -> str:
    """Return the address of the zip with all files of a DfE publication's newest release."""
    address, path = f"{_DFE}/publications/{publication}/releases/latest", folder / "newest"
    download(address, path, lambda held, total: None)
    try:
        answer = json.loads(path.read_bytes())
    except ValueError:
        answer = None
    name = str(answer.get("id")) if isinstance(answer, dict) else ""
    if not re.fullmatch(r"[0-9a-f-]{36}", name):
        raise CannotFetch(f"{address}: the answer names no release.")
    return f"{_DFE}/releases/{name}/files"


def take_out(release: Release, folder: Path, address: str) -> Path:
    """Return what was received, out of its zip, under the name that the register gives it.

    Raises
    ------
    CannotFetch
        When it is no zip, or not exactly one file in it is the release's.
    """
    path = folder / Path(release.file).name
    if release.member:
        _unpack(folder / "received", release.member, path, address)
    else:
        shutil.copyfile(folder / "received", path)
    return path


def _unpack(archive_path: Path, member: str, path: Path, address: str) -> None:
    """Write the one member that matches to `path`: names in the zip say what to take, never where to write."""
    try:
        with zipfile.ZipFile(archive_path) as archive:
            items = [item for item in archive.infolist() if not item.is_dir()]
            found = [item for item in items if PurePosixPath(item.filename).match(member)]
            if len(found) != 1:
                names = [item.filename for item in found or items]
                more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
                which = f"{len(found)} files in the zip match" if found else "no file in the zip matches"
                raise CannotFetch(f"{address}: {which} '{member}', not exactly one: {', '.join(names[:_NAMES_SHOWN])}{more}.")
            # No more is unpacked than the zip declares.
            if found[0].file_size > MAX_FILE_BYTES:
                raise CannotFetch(f"{address}: {found[0].filename} unpacks to {found[0].file_size:,} bytes; at most {MAX_FILE_BYTES:,}.")
            with archive.open(found[0]) as packed, path.open("wb") as file:
                shutil.copyfileobj(packed, file)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        raise CannotFetch(f"{address}: a zip that does not open ({error}).") from None


def _other_file(release: Release, digest: str) -> str:
    again = f"fundgap fetch {release.id} --published YYYY-MM-DD"
    return (
        f"{release.id}: its publisher now serves another file (SHA-256 {digest[:12]}…) than the one on record "
        f"({release.sha256[:12]}…). Nothing was written.\n"
        f"See {release.url}. A revision of this release: `{again}`, with the day it was published, takes it in place of the "
        f"earlier file (add --dry-run to see what would change). A newer release needs an entry of its own in sources.toml."
    )
