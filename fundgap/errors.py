"""What can go wrong, said once: what it is, where it is, and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass


class FundgapError(Exception):
    """Any fault that fundgap itself reports. Its text is written for the person who has to act on it.

    Examples
    --------
    >>> import fundgap as fg
    >>> try:
    ...     fg.resolve("Kirkles")
    ... except fg.FundgapError as error:
    ...     print(error)
    'Kirkles' is no upper-tier council in England. Did you mean Kirklees? fundgap.councils() lists them all.
    """


@dataclass(frozen=True)
class Fault:
    """One thing wrong in one place of a file.

    Parameters
    ----------
    where
        File, and within it the sheet, row and column as a spreadsheet shows them.
    found, expected
        What stands there, and what should.
    """

    where: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.where}: found {self.found}; expected {self.expected}"


@dataclass(frozen=True)
class Doubt(Fault):
    """A figure that is possible but so unlike its neighbours that someone has to look at it, and may then accept it by name."""

    name: str


class BadFigures(FundgapError):
    """A file or table that cannot be taken as it is. Holds every fault found, not the first, and how to mend them if that is known."""

    def __init__(self, what: str, faults: Sequence[Fault], remedy: str = "") -> None:
        self.faults = tuple(faults)
        count = f"{len(self.faults)} fault{'s' if len(self.faults) != 1 else ''}"
        lines = [f"{what}: {count}. Nothing was written.", *(f"  - {fault}" for fault in self.faults), remedy]
        super().__init__("\n".join(lines).rstrip("\n"))


class UnknownRelease(FundgapError):
    """A file or a source id that the register of releases (sources.toml) does not hold."""


class CannotFetch(FundgapError):
    """A file that its publisher did not hand over: no connection, moved, too large, or another file than the one on record."""


class UnknownCouncil(FundgapError, LookupError):
    """A name, number or code that is no upper-tier council in England."""


class NoData(FundgapError):
    """Figures that were asked for and are not held: a year, a table, a council."""


class Overtaken(FundgapError):
    """Another process changed the files that this one's work was based on."""


class BadScenario(FundgapError):
    """A scenario or fund whose assumptions cannot be read."""


class BadArgument(FundgapError, TypeError):
    """An argument of another kind than a function takes: text for a table, another's table, two the other way round."""


class BadFormula(FundgapError):
    """A model formula that is not plain column names joined by +, : and *."""


class CannotFit(FundgapError):
    """A model that these data cannot support, with the likely cause in the data."""
