"""The register of releases: what each official file is, who published it, and how it is read."""

from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

import pandas as pd
import tomli_w

from fundgap.data.store import Store, default_store, read_toml
from fundgap.errors import BadFigures, Fault, UnknownRelease

_READERS_WITH_CHECKS = ("section251", "lait")
_HEADER = """\
# The register of releases. One entry a release: what it is, where it comes from, how it is read (reader, layout)
# and which published totals it must agree with (checks). `fundgap ingest` fills sha256, size and rows.
# A new year whose layout is known needs one more entry here and no code.
"""


@dataclass(frozen=True)
class Release:
    """One published file.

    Parameters
    ----------
    id
        Short name; it stands in the `source` column of every row taken from the file.
    reader, layout
        Which reader understands the file, and which of its known layouts the file has.
    period
        The financial year the file is about, where it is about one ("2016-17"); else the span it covers.
    accepted
        Figures that were in doubt and were accepted as published, by the name that `fundgap ingest` gave them
        ("spend:E08000006:2019-20:safeguarding"). They hold for this file only: another hash is asked about again.
    checks
        Published totals that the rows must add up to, by figure: {"gross_spend": 9158398642}.
    """

    id: str
    title: str
    publisher: str
    licence: str
    url: str
    period: str
    reader: str
    file: str
    published: str = ""
    layout: str = ""
    sha256: str = ""
    size_bytes: int = 0
    rows: int = 0
    accepted: list[str] = field(default_factory=list)
    checks: dict[str, int] = field(default_factory=dict)


def read_register(store: Store) -> dict[str, Release]:
    """Return every release of the store's `sources.toml`, by id, in the order of the file.

    Raises
    ------
    BadFigures
        Naming each entry with a key too many, a key too few, or a value of the wrong kind.
    """
    path = store.raw / "sources.toml"
    faults: list[Fault] = []
    releases = {}
    for name, entry in read_toml(path).items():
        wrong = _entry_faults(entry)
        faults += [Fault(f"{path.name}, entry '{name}'", found, expected) for found, expected in wrong]
        if not wrong:
            releases[name] = Release(id=name, **entry)
    if faults:
        raise BadFigures(f"{path.name} cannot be read", faults)
    return releases


def _entry_faults(entry: object) -> list[tuple[str, str]]:
    if not isinstance(entry, dict):
        return [(f"the value {entry!r}", "a table of keys")]
    known = {item.name: item for item in fields(Release) if item.name != "id"}
    kinds = {"size_bytes": int, "rows": int, "accepted": list, "checks": dict}
    faults = [(f"the key '{key}'", f"only {', '.join(known)}") for key in entry if key not in known]
    needed = [key for key, item in known.items() if item.default is MISSING and item.default_factory is MISSING]
    faults += [(f"no key '{key}'", "one") for key in needed if key not in entry]
    for key, value in entry.items():
        kind = kinds.get(key, str)
        if key in known and not isinstance(value, kind):
            faults.append((f"{key} = {value!r}", f"a value of type {kind.__name__}"))
    accepted = entry.get("accepted")
    if isinstance(accepted, list) and not all(isinstance(name, str) for name in accepted):
        faults.append((f"accepted = {accepted!r}", "names of figures"))
    checks = entry.get("checks")
    if isinstance(checks, dict) and checks and entry.get("reader") not in _READERS_WITH_CHECKS:
        faults.append((f"checks of {', '.join(checks)}", f"none: only readers {', '.join(_READERS_WITH_CHECKS)} give spend to check"))
    return faults


def layout_of(release: Release, layouts: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the layout that a release names.

    Raises
    ------
    UnknownRelease
        When the reader knows none of that name.
    """
    if release.layout not in layouts:
        known = ", ".join(layouts)
        raise UnknownRelease(f"sources.toml gives {release.id} the layout '{release.layout}'; reader '{release.reader}' knows {known}.")
    return layouts[release.layout]


def register_text(releases: dict[str, Release]) -> str:
    """Return the register as the text of `sources.toml`."""
    entries = {}
    for release in releases.values():
        entry: dict[str, Any] = {key: value for key, value in vars(release).items() if key != "id" and value not in ("", 0, [], {})}
        entries[release.id] = entry
    return _HEADER + "\n" + tomli_w.dumps(entries)


def sources(store: Store | None = None) -> pd.DataFrame:
    """Return the provenance of the figures, one row a release: title, publisher, licence, url, dates, hash, rows.

    `accepted` names the figures that look odd beside their neighbours and were accepted as published, "; " between them.
    """
    releases = read_register(store or default_store())
    columns = ["id", "title", "publisher", "published", "period", "licence", "url", "file", "sha256", "rows"]
    rows = [{column: getattr(release, column) for column in columns} for release in releases.values()]
    return pd.DataFrame(rows).assign(accepted=["; ".join(release.accepted) for release in releases.values()])


def recognise(path: Path, digest: str, named: str | None, releases: dict[str, Release]) -> Release:
    """Return the release that a file is: by its hash, else by the name given, else never by a guess.

    A file whose hash belongs to one release is that release, whatever it is called; a file name alone is not proof,
    because Section 251 workbooks do not say inside which year they are about.

    Raises
    ------
    UnknownRelease
        When it is none of the register's, or the register knows it as another than the one named.
    """
    if named is not None and named not in releases:
        raise UnknownRelease(f"'{named}' is not in sources.toml. It holds: {', '.join(releases)}.")
    known = [release for release in releases.values() if release.sha256 == digest]
    if known and named is not None and named not in {release.id for release in known}:
        raise UnknownRelease(
            f"{path.name} was given as {named}, but its contents are {known[0].id}: {known[0].title}. Nothing was written."
        )
    if known:
        return known[0]
    if named is not None:
        return releases[named]
    same_name = [release.id for release in releases.values() if release.file == path.name]
    hint = (
        f"Its name is that of {same_name[0]}, but its contents differ from the file on record: "
        f"if it is a revision of that release, say so with --source {same_name[0]}."
        if same_name
        else "Say which release it is with --source; a new release first needs an entry in sources.toml."
    )
    raise UnknownRelease(f"{path.name} is not on record (SHA-256 {digest[:12]}…). {hint} Nothing was written.")
