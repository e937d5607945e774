"""Figures in other units, of other signs, of other rows; marks and text in their place."""

import random

from layouts import Draft

from mutations.change import Change, Kind
from mutations.parts import Part, number

# What publishers write where they publish no figure, and what programs write where they hold none.
SUPPRESSED = ("c", "x", "..", "-", "z", ":", "[x]", "[c]", "*", "n/a", "DNS")
NO_NUMBER = ("NaN", "nan", "inf", "-inf", "#N/A", "#REF!", "None", "null", "TRUE", "1e999")
THOUSAND = 1000


def _written(value: float, like: object) -> object:
    """Return a number written as the cell it replaces: text stays text, whole numbers stay whole."""
    plain = int(value) if value == int(value) else value
    return str(plain) if isinstance(like, str) else plain


def _scale(part: Part, places: list[tuple[int, int]], by: float) -> None:
    for row, column in places:
        cell = part.cell(row, column)
        value = number(cell)
        if value is not None:
            part.put(row, column, _written(value * by, cell))


def _pick(part: Part, chance: random.Random) -> tuple[int, int] | None:
    """Return a figure other than nought, which no factor or sign changes."""
    figures = [place for place in part.figures if number(part.cell(*place))]
    return chance.choice(figures) if figures else None


def _scale_all(draft: Draft, part: Part, chance: random.Random) -> int | None:
    if not part.figures:
        return None
    _scale(part, part.figures, chance.choice([THOUSAND, 1 / THOUSAND]))
    return 0


def _scale_council(draft: Draft, part: Part, chance: random.Random) -> int | None:
    councils = {council: rows for council, rows in part.councils.items() if any(row in rows for row, _ in part.figures)}
    if not councils:
        return None
    rows = councils[chance.choice(sorted(councils))]
    _scale(part, [place for place in part.figures if place[0] in rows], chance.choice([THOUSAND, 1 / THOUSAND]))
    return 0


def _scale_one(draft: Draft, part: Part, chance: random.Random) -> int | None:
    place = _pick(part, chance)
    if place is None:
        return None
    _scale(part, [place], chance.choice([THOUSAND, 1 / THOUSAND]))
    return 0


def _negate(draft: Draft, part: Part, chance: random.Random) -> int | None:
    place = _pick(part, chance)
    if place is None:
        return None
    _scale(part, [place], -1)
    return 0


def _replace(part: Part, chance: random.Random, text: object) -> int | None:
    if not part.figures:
        return None
    row, column = chance.choice(part.figures)
    part.put(row, column, text)
    return row


def _suppress(draft: Draft, part: Part, chance: random.Random) -> int | None:
    """Put a mark that this publisher does not use in place of a figure."""
    columns = {column for _, column in part.figures}
    own = {str(part.cell(row, column)) for column in columns for row in part.body}
    return _replace(part, chance, chance.choice([mark for mark in SUPPRESSED if mark not in own]))


def _no_number(draft: Draft, part: Part, chance: random.Random) -> int | None:
    return _replace(part, chance, chance.choice(NO_NUMBER))


def _blank(draft: Draft, part: Part, chance: random.Random) -> int | None:
    return _replace(part, chance, "")


def _text_digits(draft: Draft, part: Part, chance: random.Random) -> int | None:
    place = _pick(part, chance)
    if place is None:
        return None
    cell = part.cell(*place)
    value = number(cell) or 0.0
    plain = str(_written(value, ""))
    ways = [f"£{plain}", f"{plain} ", f" {plain}", f"{plain}\u00a0", f"'{plain}", f"{plain}p", f"({plain})", plain.replace(".", ",") + ",0"]
    part.put(*place, chance.choice([f"{value:,}", f"1,{plain}", *ways]))
    return place[0]


def _swap_figures(draft: Draft, part: Part, chance: random.Random) -> int | None:
    """Swap the figures that two rows have in one column."""
    place = _pick(part, chance)
    if place is None:
        return None
    others = [other for other in part.figures if other[1] == place[1] and part.cell(*other) != part.cell(*place)]
    if not others:
        return None
    one, other = place, chance.choice(others)
    first, second = part.cell(*one), part.cell(*other)
    part.put(*one, second)
    part.put(*other, first)
    return 0


_ALL: dict[str, Change] = {
    "one figure a thousandfold": _scale_one,
    "one figure negative": _negate,
    "figures of two rows swapped": _swap_figures,
}
_IN_CELLS: dict[str, Change] = {
    "mark of another publisher": _suppress,
    "no number": _no_number,
    "figure blank": _blank,
    "figure as text": _text_digits,
}
FIGURE_KINDS = (
    {name: Kind(change, seeds=2) for name, change in _ALL.items()}
    | {name: Kind(change, seeds=2, names_row=True) for name, change in _IN_CELLS.items()}
    | {
        "all figures a thousandfold": Kind(_scale_all, is_on_record=True),
        "one council a thousandfold": Kind(_scale_council, is_on_record=True),
    }
)
