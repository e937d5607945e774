"""The register of releases: what each official file is, who published it, and how it is read."""

import re
from dataclasses import MISSING, dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
import tomli_w

from fundgap.data.store import Store, default_store, parse_toml, read_toml_bytes
from fundgap.data.tables import CATEGORIES
from fundgap.errors import BadFigures, Fault, UnknownRelease

_READERS_WITH_CHECKS = ("section251", "section251-open-data", "lait")
_READERS_WITH_KNOWN = ("section251", "section251-open-data")
_HEADER = """\
# The register of releases. One entry a release: what it is, where it comes from, how it is read (reader, layout)
# and which published totals it must agree with (checks). `fundgap ingest` fills sha256, size and rows.
# A new year whose layout is known needs one more entry here and no code. `fundgap fetch` downloads an entry that says where:
# download (the https address of the file, or of a zip) or publication (a slug of DfE's explore-education-statistics, whose
# newest release is taken), and member (the name of the file in the zip, or a pattern that only it matches).
"""


# An ingest asks for the register several times: while the file says the same it is read and checked once.
_KEPT = 4
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


@dataclass(frozen=True)
class Release:
    """One published file.

    Parameters
    ----------
    id
        Short name; it stands in the `source` column of every row taken from the file.
    url
        The landing page, for people.
    reader, layout
        Which reader understands the file, and which of its known layouts the file has.
    period
        The financial year the file is about, where it is about one ("2016-17"); else the span it covers.
    download, publication, member
        Where `fetch` finds the file: its address, or the publication whose newest release holds it, and its name in the zip.
    sha256
        Hash of the file that was taken in; blank while none has been.
    accepted
        Figures that were in doubt and were accepted as published, by the name that `fundgap ingest` gave them
        ("spend:E08000006:2019-20:safeguarding"). They hold for this file only: another hash is asked about again.
    checks
        Published totals that the rows must add up to, by figure: {"gross_spend": 9158398642}; for a file of several
        years by year first: {"2016-17": {"gross_spend": 9158398642}}.
    known
        What in the file does not add up, and by how many pounds, where its reader can be told; see readers/line_sums.py.
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
    download: str = ""
    publication: str = ""
    member: str = ""
    sha256: str = ""
    size_bytes: int = 0
    rows: int = 0
    accepted: list[str] = field(default_factory=list)
    checks: dict[str, Any] = field(default_factory=dict)
    known: dict[str, float] = field(default_factory=dict)

    @property
    def years(self) -> tuple[int, ...]:
        """The years that `period` names: (2016,) for "2016-17", (2018, 2025) for "2018 to 2025"."""
        return tuple(int(year) for year in _YEAR.findall(self.period))

    @property
    def promised(self) -> list[tuple[str, str, int]]:
        """The published totals of `checks`: year, figure, total."""
        by_year = self.checks if _is_by_year(self.checks) else {self.period: self.checks}
        return [(year, figure, total) for year, totals in by_year.items() for figure, total in totals.items()]


def _is_by_year(checks: dict[str, Any]) -> bool:
    return any(isinstance(value, dict) for value in checks.values())


def read_register(store: Store) -> dict[str, Release]:
    """Return every release of the store's `sources.toml`, by id, in the order of the file.

    Raises
    ------
    BadFigures
        Naming each entry with a key too many, a key too few, or a value of the wrong kind.
    """
    path = store.raw / "sources.toml"
    return dict(_releases(read_toml_bytes(path), path))


@lru_cache(maxsize=_KEPT)
def _releases(content: bytes, path: Path) -> dict[str, Release]:
    faults: list[Fault] = []
    releases = {}
    for name, entry in parse_toml(content, path).items():
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
    kinds = {"size_bytes": int, "rows": int, "accepted": list, "checks": dict, "known": dict}
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
    address = (str(entry.get(key, "")) for key in ("download", "publication", "member"))
    return faults + _check_faults(entry) + _known_faults(entry) + _address_faults(*address)


def _check_faults(entry: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what is wrong with the published totals that an entry promises."""
    checks = entry.get("checks")
    if not isinstance(checks, dict) or not checks:
        return []
    faults = []
    if entry.get("reader") not in _READERS_WITH_CHECKS:
        faults.append((f"checks of {', '.join(checks)}", f"none: only readers {', '.join(_READERS_WITH_CHECKS)} give spend to check"))
    by_year = checks if _is_by_year(checks) else {"": checks}
    for year, totals in by_year.items():
        if not isinstance(totals, dict) or (year and not re.fullmatch(r"\d{4}-\d{2}", year)):
            faults.append((f"checks: {year} = {totals!r}", "totals, or years like 2016-17 with totals in each; not both"))
            continue
        for figure, total in totals.items():
            if figure not in CATEGORIES or not isinstance(total, int) or isinstance(total, bool):
                faults.append((f"checks: {figure} = {total!r}", f"whole pounds of one of {', '.join(CATEGORIES)}"))
    return faults


def _known_faults(entry: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what is wrong with the differences that an entry declares as known."""
    known = entry.get("known")
    if not isinstance(known, dict) or not known:
        return []
    faults = [(f"known: {key} = {value!r}", "pounds") for key, value in known.items() if type(value) not in (int, float)]
    if entry.get("reader") not in _READERS_WITH_KNOWN:
        faults.append((f"known differences at {', '.join(known)}", f"none: only readers {', '.join(_READERS_WITH_KNOWN)} look for them"))
    return faults


def _address_faults(download: str, publication: str, member: str) -> list[tuple[str, str]]:
    faults = []
    if download and not download.startswith("https://"):
        faults.append((f"download = '{download}'", "an address that begins with https://"))
    if publication and not re.fullmatch(r"[a-z0-9-]+", publication):
        faults.append((f"publication = '{publication}'", "the last part of a publication's address, in small letters and hyphens"))
    if download and publication:
        faults.append(("both download and publication", "one of them"))
    if publication and not member:
        faults.append(("publication without member", "which file of the release it is"))
    if member and not (download or publication):
        faults.append(("member without download or publication", "where the zip is"))
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

    A release on the register of which no file has been taken in yet is not among them: no figure comes from it. `accepted`
    names the figures that look odd beside their neighbours and were accepted as published, "; " between them.

    Examples
    --------
    >>> import fundgap as fg
    >>> fg.sources().set_index("id").loc["iod2019", ["publisher", "published"]].tolist()
    ['Ministry of Housing, Communities and Local Government', '2019-09-26']
    """
    releases = [release for release in read_register(store or default_store()).values() if release.sha256]
    columns = ["id", "title", "publisher", "published", "period", "licence", "url", "file", "sha256", "rows"]
    rows = [{column: getattr(release, column) for column in columns} for release in releases]
    return pd.DataFrame(rows, columns=columns).assign(accepted=["; ".join(release.accepted) for release in releases])


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
