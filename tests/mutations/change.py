"""What a kind of spoiling is: it takes a draft, or the bytes of a file, and a source of chance, and spoils them."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from layouts import Draft

from mutations.parts import Part

# A change to a draft says which row it spoilt (0: no single one), or that it has nothing to act on here (None).
Change = Callable[[Draft, Part, random.Random], int | None]
# A change to a file's bytes gives the new ones, or None.
ByteChange = Callable[[bytes, str, random.Random], bytes | None]


@dataclass(frozen=True)
class Kind:
    """One kind of spoiling.

    Parameters
    ----------
    change, byte_change
        One of the two: what is done to the draft, or to the bytes of the saved file.
    seeds
        How many times it is tried on each file.
    is_on_record
        Knowable only from figures that the store already holds: not tried on an empty store.
    names_row
        A refusal has to name the row that was spoilt.
    """

    change: Change | None = None
    byte_change: ByteChange | None = None
    seeds: int = 1
    is_on_record: bool = False
    names_row: bool = False
