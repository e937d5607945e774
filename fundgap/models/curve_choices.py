"""The choices that make a specification, read from curve_choices.toml: data, so that they can be read and argued with."""

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from fundgap.data.store import read_toml

GROUPS = ("outcome", "frameworks", "place", "spend", "form", "lag", "deprivation", "edition", "controls")


@dataclass(frozen=True)
class Option:
    """One option of one group of choices.

    Parameters
    ----------
    settings
        What it says beyond its label and its reason, such as the column of the table.
    """

    group: str
    name: str
    label: str
    why: str
    settings: dict[str, Any]


@dataclass(frozen=True)
class Choices:
    """Every option of every group, in the order of the file, and the limits below which a combination is undefined."""

    options: dict[str, dict[str, Option]]
    draw: int
    fewest: int
    fewest_per_slope: float
    least_share: float
    fewest_in_year: int

    def names(self, group: str) -> tuple[str, ...]:
        """Return the names of a group's options."""
        return tuple(self.options[group])

    def setting(self, group: str, name: str, key: str) -> Any:
        """Return what an option says under a key; None where it says nothing."""
        return self.options[group][name].settings.get(key)


@dataclass(frozen=True, order=True)
class Specification:
    """One defensible way to ask the question: the name of one option from each group."""

    outcome: str
    frameworks: str
    place: str
    spend: str
    form: str
    lag: str
    deprivation: str
    edition: str
    controls: str


@lru_cache(maxsize=1)
def choices() -> Choices:
    """Return the choices as shipped."""
    table = read_toml(Path(str(files("fundgap.models") / "curve_choices.toml")))
    options = {group: {name: _option(group, name, row) for name, row in table[group].items()} for group in GROUPS}
    return Choices(options, **{name: value for name, value in table.items() if name not in GROUPS})


def _option(group: str, name: str, row: dict[str, Any]) -> Option:
    settings = {key: value for key, value in row.items() if key not in ("label", "why")}
    return Option(group, name, row["label"], row["why"], settings)
