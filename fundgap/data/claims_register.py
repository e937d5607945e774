"""The register of claims: what was said, by whom and when, and where that was read. Written by hand, one entry a claim."""

from dataclasses import dataclass, field, fields
from typing import Any

from fundgap.data.store import Store, default_store, read_toml
from fundgap.errors import BadFigures, Fault

FILE = "claims.toml"
_REQUIRED = ("subject", "claim", "said_by", "said_on", "sources")


@dataclass(frozen=True)
class Saying:
    """One claim.

    Parameters
    ----------
    subject
        Heading it stands under.
    claim
        In our words.
    said_by, said_on
        Who and when, as exactly as is known.
    sources
        Where it was read.
    against
        Id of the entry that says otherwise, where the sources disagree.
    numbers
        Figures of the claim itself that its rule is set against (counts, shares 0 to 1, £).
    """

    id: str
    subject: str
    claim: str
    said_by: str
    said_on: str
    sources: tuple[str, ...]
    against: str = ""
    numbers: dict[str, float] = field(default_factory=dict)


def sayings(store: Store | None = None) -> dict[str, Saying]:
    """Return the register of claims by id, in its order.

    Raises
    ------
    BadFigures
        When an entry lacks something, holds what is not known, or names a counterpart that there is not.
    """
    entries = read_toml((store or default_store()).raw / FILE)
    faults = [fault for name, entry in entries.items() for fault in _faults(name, entry, entries)]
    if faults:
        raise BadFigures(f"{FILE} cannot be used", faults)
    return {name: Saying(id=name, **(entry | {"sources": tuple(entry["sources"])})) for name, entry in entries.items()}


def _faults(name: str, entry: dict[str, Any], entries: dict[str, Any]) -> list[Fault]:
    known = {item.name for item in fields(Saying)} - {"id"}
    faults = [Fault(f"{FILE}, [{name}]", f"no {key}", "every claim says it") for key in _REQUIRED if not entry.get(key)]
    faults += [Fault(f"{FILE}, [{name}]", key, f"one of {', '.join(sorted(known))}") for key in sorted(set(entry) - known)]
    against = entry.get("against", "")
    if against and against not in entries:
        faults.append(Fault(f"{FILE}, [{name}] against", against, "the id of another claim"))
    bad = [key for key, value in entry.get("numbers", {}).items() if isinstance(value, bool) or not isinstance(value, int | float)]
    return faults + [Fault(f"{FILE}, [{name}] numbers", key, "a number") for key in bad]
