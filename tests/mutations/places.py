"""Councils under other names and codes, years and dates that are not theirs."""

import datetime
import random

from layouts import Draft

from mutations.change import Change, Kind
from mutations.parts import Part, later, number

# A century is out of reach of every release; a year or two may be right.
CENTURY = 100


def _swap(part: Part, column: int | None, chance: random.Random) -> int | None:
    """Swap what two rows of two councils have in a column."""
    councils = list(part.councils.values())
    if column is None or len(councils) < 2:
        return None
    one, other = (chance.choice(rows) for rows in chance.sample(councils, 2))
    first, second = part.cell(one, column), part.cell(other, column)
    part.put(one, column, second)
    part.put(other, column, first)
    return 0 if str(first).casefold() != str(second).casefold() else None


def _swap_names(draft: Draft, part: Part, chance: random.Random) -> int | None:
    return _swap(part, part.names, chance) if part.codes is not None else None


def _swap_codes(draft: Draft, part: Part, chance: random.Random) -> int | None:
    return _swap(part, part.codes, chance) if part.names is not None else None


def _put_council(part: Part, column: int | None, chance: random.Random, text: object) -> int | None:
    rows = [row for rows in part.councils.values() for row in rows]
    if column is None or not rows:
        return None
    row = chance.choice(rows)
    part.put(row, column, text)
    return row


def _unknown_name(draft: Draft, part: Part, chance: random.Random) -> int | None:
    return _put_council(part, part.names, chance, chance.choice(["Cardiff", "Atlantis", "England", "Total", "Barnsley?x", "Yorkshire"]))


def _unknown_code(draft: Draft, part: Part, chance: random.Random) -> int | None:
    codes = part.codes
    if codes is None:
        return None
    is_number = number(part.cell(part.filled(codes)[0], codes)) is not None
    return _put_council(part, codes, chance, chance.choice([999, 0, 1] if is_number else ["E99999999", "W06000015", "E0600000"]))


def _respell_name(draft: Draft, part: Part, chance: random.Random) -> int | None:
    """Write a name in another case or with other blanks: the same council."""
    column = part.names
    if column is None:
        return None
    row = chance.choice([row for rows in part.councils.values() for row in rows])
    name = str(part.cell(row, column))
    part.put(row, column, chance.choice([name.upper(), f" {name}", f"{name} ", name.replace(" ", "  ").replace("and", "&") + " "]))
    return 0


def _move_year(part: Part, places: list[tuple[int, int]], years: int) -> None:
    for row, column in places:
        cell = part.cell(row, column)
        if isinstance(cell, datetime.date):
            part.put(row, column, cell.replace(year=cell.year + years, day=min(cell.day, 28)))
        else:
            text = later(str(cell), years)
            part.put(row, column, text if isinstance(cell, str) else type(cell)(text))


def _one_century(draft: Draft, part: Part, chance: random.Random) -> int | None:
    if not part.years:
        return None
    place = chance.choice(part.years)
    _move_year(part, [place], chance.choice([CENTURY, -CENTURY]))
    return 0


def _every_century(draft: Draft, part: Part, chance: random.Random) -> int | None:
    if not part.years:
        return None
    _move_year(part, part.years, chance.choice([CENTURY, -CENTURY]))
    return 0


def _date_as_text(draft: Draft, part: Part, chance: random.Random) -> int | None:
    if not part.dates:
        return None
    row, column = chance.choice(part.dates)
    date = part.cell(row, column)
    serial = (date - datetime.datetime(1899, 12, 30)).days
    ways = [f"{date:%Y-%m-%d}", f"{date:%d/%m/%Y}", f"{date:%m/%d/%y}", f"{date:%d %B %Y}", serial, str(serial)]
    part.put(row, column, chance.choice(ways))
    return row


_ALL: dict[str, Change] = {
    "names swapped": _swap_names,
    "codes swapped": _swap_codes,
    "name spelt another way": _respell_name,
    "one year of another century": _one_century,
    "all years of another century": _every_century,
}
_IN_CELLS: dict[str, Change] = {"unknown name": _unknown_name, "unknown code": _unknown_code, "date as text": _date_as_text}
PLACE_KINDS = {name: Kind(change) for name, change in _ALL.items()} | {
    name: Kind(change, names_row=True) for name, change in _IN_CELLS.items()
}
