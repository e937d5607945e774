"""Has a publisher quietly revised a release? What stands at each address now, held to the hash on record."""

import tempfile
from pathlib import Path

import pandas as pd

from fundgap.data.download import Progress
from fundgap.data.fetch import receive, take_out
from fundgap.data.sources import Release, read_register
from fundgap.data.store import Store, default_store, sha256
from fundgap.errors import CannotFetch, UnknownRelease

_COLUMNS = ["id", "outcome", "sha256_on_record", "sha256_published", "bytes_on_record", "bytes_published", "address", "detail"]
_HEAD = 512


def check_releases(source: str | None = None, store: Store | None = None, *, progress: Progress = lambda held, total: None) -> pd.DataFrame:
    """Return, for each release on record, whether its publisher still serves the same file. Downloads, compares and keeps nothing.

    Parameters
    ----------
    source
        One release's id; all releases where left out.
    progress
        Called with the bytes held and, where known, the bytes in all, of each download in turn.

    Returns
    -------
    DataFrame
        id; outcome: "unchanged", "changed", "not held" (on the register, no file taken in yet), "not checked" (it has an address, but
        the file could not be had) or "no address"; sha256_on_record, sha256_published ("" where there is none); bytes_on_record,
        bytes_published (missing where there is none); address ("" for none); detail: what was found, where it is not as it should be.

    Raises
    ------
    UnknownRelease
        When the register does not hold the release named.

    Examples
    --------
    >>> import fundgap as fg
    >>> fg.check_releases("s251ye2019")["outcome"].tolist()
    ['no address']
    """
    register = read_register(store or default_store())
    if source is not None and source not in register:
        raise UnknownRelease(f"'{source}' is not in sources.toml. It holds: {', '.join(register)}.")
    asked = register.values() if source is None else [register[source]]
    rows = pd.DataFrame([_row(release, progress) for release in asked], columns=_COLUMNS)
    return rows.astype({"bytes_on_record": "Int64", "bytes_published": "Int64"})


def _row(release: Release, progress: Progress) -> dict[str, object]:
    row: dict[str, object] = {
        "id": release.id,
        "sha256_on_record": release.sha256,
        "sha256_published": "",
        "bytes_on_record": release.size_bytes or None,
        "bytes_published": None,
        "address": release.download or release.publication,
        "detail": "",
    }
    if not row["address"]:
        return row | {"outcome": "no address"}
    if not release.sha256:
        return row | {"outcome": "not held"}
    try:
        digest, size = _served(release, progress)
    except CannotFetch as error:
        return row | {"outcome": "not checked", "detail": f"{release.id} could not be checked. {error}"}
    row |= {"sha256_published": digest, "bytes_published": size}
    if digest == release.sha256:
        return row | {"outcome": "unchanged"}
    detail = (
        f"{release.id}: its publisher now serves another file ({size:,} bytes, SHA-256 {digest[:12]}…) than the one on record "
        f"({release.size_bytes:,} bytes, {release.sha256[:12]}…): a revision or a newer release. See {release.url}."
    )
    return row | {"outcome": "changed", "detail": detail}


def _served(release: Release, progress: Progress) -> tuple[str, int]:
    """Return the hash and size of the file that stands at the release's address now."""
    # A folder of its own: a download that `fetch` was cut off in is left alone, and an old part never passes for what is served now.
    with tempfile.TemporaryDirectory(prefix="fundgap-") as name:
        folder = Path(name)
        address = receive(release, folder, progress)
        path = take_out(release, folder, address)
        with path.open("rb") as file:
            if file.read(_HEAD).lstrip().lower().startswith((b"<!doctype html", b"<html")):
                raise CannotFetch(f"{address}: a web page stands there, not the file. See {release.url} for where it is now.")
        return sha256(path), path.stat().st_size
