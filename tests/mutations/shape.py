"""Columns and rows dropped, renamed, moved, doubled and shifted; headings swapped."""

import random

from layouts import Draft

from mutations.change import Change, Kind
from mutations.parts import Part


def _drop_column(draft: Draft, part: Part, chance: random.Random) -> int | None:
    gone = chance.randrange(len(part.header))
    for row in part.rows[part.header_row - 1 :]:
        del row[gone : gone + 1]
    return 0


def _rename_column(draft: Draft, part: Part, chance: random.Random) -> int | None:
    column = chance.randrange(len(part.header))
    heading = str(part.header[column])
    part.header[column] = chance.choice([f"{heading} (revised)", heading.upper() + ".", "", "Unnamed: 3", f"{heading}_1"])
    return 0


def _move_column(draft: Draft, part: Part, chance: random.Random) -> int | None:
    old, new = (chance.randrange(len(part.header)) for _ in range(2))
    for row in part.rows[part.header_row - 1 :]:
        if any(cell not in ("", None) for cell in row[1:]):
            row.extend([""] * (len(part.header) - len(row)))
            row.insert(new, row.pop(old))
    return 0


def _double_column(draft: Draft, part: Part, chance: random.Random) -> int | None:
    column, place = chance.randrange(len(part.header)), chance.randrange(len(part.header) + 1)
    width = len(part.header)
    for row in part.rows[part.header_row - 1 :]:
        row.extend([""] * (width - len(row)))
        row.insert(place, row[column])
    return 0


def _double_heading(draft: Draft, part: Part, chance: random.Random) -> int | None:
    one, other = chance.sample(range(len(part.header)), 2)
    part.header[one] = part.header[other]
    return 0


def _swap_headings(part: Part, chance: random.Random, *, alike: bool) -> int | None:
    natures = [part.nature(column) for column in range(len(part.header))]
    pairs = [
        (one, other)
        for one in range(len(natures))
        for other in range(one)
        if natures[one]
        and natures[other]
        and bool(natures[one] & natures[other]) == alike
        # Words that two columns share (grades, say) tell nothing about which is which.
        and (not alike or natures[one] <= {"number", "date"} >= natures[other])
    ]
    if not pairs:
        return None
    one, other = chance.choice(pairs)
    part.header[one], part.header[other] = part.header[other], part.header[one]
    return 0


def _swap_unlike(draft: Draft, part: Part, chance: random.Random) -> int | None:
    return _swap_headings(part, chance, alike=False)


def _swap_alike(draft: Draft, part: Part, chance: random.Random) -> int | None:
    return _swap_headings(part, chance, alike=True)


def _drop_row(draft: Draft, part: Part, chance: random.Random) -> int | None:
    del part.rows[chance.choice(part.body) - 1]
    return 0


def _drop_council(draft: Draft, part: Part, chance: random.Random) -> int | None:
    councils = part.councils
    if not councils:
        return None
    gone = set(councils[chance.choice(sorted(councils))])
    part.draft.sheets[part.sheet] = [row for number, row in enumerate(part.rows, 1) if number not in gone]
    return 0


def _double_row(draft: Draft, part: Part, chance: random.Random) -> int | None:
    row = chance.choice(part.body)
    part.rows.insert(chance.choice(part.body) - 1, list(part.rows[row - 1]))
    return 0


def _reorder_rows(draft: Draft, part: Part, chance: random.Random) -> int | None:
    if len(part.body) < 2:
        return None
    rows = [part.rows[row - 1] for row in part.body]
    chance.shuffle(rows)
    part.rows[part.body.start - 1 : part.body.stop - 1] = rows
    return 0


def _shift_column(draft: Draft, part: Part, chance: random.Random) -> int | None:
    column, step = chance.randrange(len(part.header)), chance.choice([1, -1])
    cells = [part.cell(row, column) for row in part.body]
    moved = cells[-step:] + cells[:-step]
    if chance.random() < 0.5:
        moved[0 if step == 1 else -1] = ""
    if moved == cells:
        return None
    for row, cell in zip(part.body, moved, strict=True):
        part.put(row, column, cell)
    return 0


def _shift_row(draft: Draft, part: Part, chance: random.Random) -> int | None:
    row, column = chance.choice(part.body), chance.randrange(len(part.header))
    cells = part.rows[row - 1]
    cells.extend([""] * (len(part.header) - len(cells)))
    if chance.random() < 0.5:
        cells.insert(column, "")
        del cells[len(part.header) :]
    else:
        del cells[column]
        cells.append("")
    return 0


def _move_heading_down(draft: Draft, part: Part, chance: random.Random) -> int | None:
    title = ["Table A1: a title nobody announced", *[""] * (len(part.header) - 1)]
    part.rows.insert(chance.randrange(part.header_row), title)
    return 0


def _drop_heading(draft: Draft, part: Part, chance: random.Random) -> int | None:
    del part.rows[part.header_row - 1]
    return 0


def _repeat_heading(draft: Draft, part: Part, chance: random.Random) -> int | None:
    part.rows.insert(chance.choice(part.body) - 1, list(part.header))
    return 0


def _blank_row(draft: Draft, part: Part, chance: random.Random) -> int | None:
    part.rows.insert(chance.choice(part.body) - 1, [""] * len(part.header))
    return 0


def _footnote(draft: Draft, part: Part, chance: random.Random) -> int | None:
    note = ["Source: a note below the table", *[""] * (len(part.header) - 1)]
    part.rows.insert(part.body.stop - 1, note)
    return 0


_ALL: dict[str, Change] = {
    "column dropped": _drop_column,
    "column renamed": _rename_column,
    "column moved": _move_column,
    "column doubled": _double_column,
    "heading doubled": _double_heading,
    "headings swapped": _swap_unlike,
    "headings of like columns swapped": _swap_alike,
    "row dropped": _drop_row,
    "row doubled": _double_row,
    "rows shuffled": _reorder_rows,
    "column shifted by a row": _shift_column,
    "row shifted by a column": _shift_row,
    "heading moved down": _move_heading_down,
    "heading dropped": _drop_heading,
    "heading repeated": _repeat_heading,
    "blank row": _blank_row,
    "note below": _footnote,
}
_MANY = ("column dropped", "column renamed", "headings swapped", "column shifted by a row", "row shifted by a column")
SHAPE_KINDS = {name: Kind(change, seeds=2 if name in _MANY else 1) for name, change in _ALL.items()} | {
    "council dropped": Kind(_drop_council, is_on_record=True)
}
