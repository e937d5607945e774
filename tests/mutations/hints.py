"""What is special about a file: which columns hold its figures, and what nobody could know from it.

A file without an entry here is spoilt in every way there is. An entry under a reader's name holds for all its files; a kind
stands in `unknowable` with the reason why neither the file nor what is on record could tell.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Hints:
    """What is special about a file.

    Parameters
    ----------
    figures
        Headings of the columns of figures, where guessing them goes wrong.
    unknowable
        {kind: why nobody could know}.
    on_record
        {kind: why an empty store cannot know}: tried only on a store that holds the release and its neighbours.
    """

    figures: tuple[str, ...] = ()
    unknowable: dict[str, str] = field(default_factory=dict)
    on_record: dict[str, str] = field(default_factory=dict)


_SWAPPED_ROWS, _SWAPPED_COLUMNS = "figures of two rows swapped", "headings of like columns swapped"
_HINTS: dict[str, Hints] = {
    "lait": Hints(
        unknowable={
            "figures of two rows swapped": "rates of two councils have no sum; of its spend, test_refusals holds that it must add up"
        }
    ),
    "low-income": Hints(
        unknowable={
            _SWAPPED_ROWS: "codes without names, shares without a sum: another council's share is a share",
            _SWAPPED_COLUMNS: "two shares of the same children, apart by a hundredth, neither always the larger",
        }
    ),
    "population-0-16": Hints(
        unknowable={
            _SWAPPED_ROWS: "two councils of about one size; there are no totals",
        }
    ),
    "deprivation-scores": Hints(
        unknowable={
            _SWAPPED_ROWS: "one council's score may be another's; the file has no ranks to hold it to",
        },
        on_record={"column shifted by a row": "scores of the right size; the file has no ranks to hold them to, other vintages have"},
    ),
    "neighbours": Hints(unknowable={_SWAPPED_ROWS: "which council is the ninth or the tenth like another, nothing else says"}),
    "deflator": Hints(unknowable={_SWAPPED_ROWS: "quarters of one year, whose mean stays the same"}),
}


def hints_for(draft: str, reader: str) -> Hints:
    """Return the hints for a draft by its name, else by its reader, else none."""
    return _HINTS.get(draft, _HINTS.get(reader, Hints()))
