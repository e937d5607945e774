"""Sheets added, dropped, renamed, moved and merged."""

import random

from layouts import Draft

from mutations.change import Change, Kind
from mutations.parts import Part


def _is_workbook(draft: Draft) -> bool:
    return "" not in draft.sheets


def _rename(draft: Draft, part: Part, chance: random.Random) -> int | None:
    if not _is_workbook(draft):
        return None
    name = chance.choice(list(draft.sheets))
    new = chance.choice([f"{name} ", f"{name} (2)", name.upper() + "_", "Sheet1"])
    draft.sheets = {new if sheet == name else sheet: rows for sheet, rows in draft.sheets.items()}
    return 0


def _add_first(draft: Draft, part: Part, chance: random.Random) -> int | None:
    if not _is_workbook(draft):
        return None
    draft.sheets = {"A note": [["Note"], ["nobody announced this"]], **draft.sheets}
    return 0


def _add_last(draft: Draft, part: Part, chance: random.Random) -> int | None:
    if not _is_workbook(draft):
        return None
    draft.sheets["Notes of the publisher"] = [["Note"], ["revised"]]
    return 0


def _copy(draft: Draft, part: Part, chance: random.Random) -> int | None:
    if not _is_workbook(draft):
        return None
    draft.sheets[f"{draft.main} (2)"] = [list(row) for row in draft.rows]
    return 0


def _reorder(draft: Draft, part: Part, chance: random.Random) -> int | None:
    if len(draft.sheets) < 2:
        return None
    names = list(draft.sheets)
    chance.shuffle(names)
    draft.sheets = {name: draft.sheets[name] for name in names}
    return 0


def _drop(draft: Draft, part: Part, chance: random.Random) -> int | None:
    if not _is_workbook(draft):
        return None
    del draft.sheets[chance.choice(list(draft.sheets))]
    draft.sheets = draft.sheets or {"Sheet1": [["empty"]]}
    return 0


def _merge(draft: Draft, part: Part, chance: random.Random) -> int | None:
    """Put the rows of another sheet, or the table's own again, below the table."""
    others = [name for name in draft.sheets if name != part.sheet]
    other = draft.sheets[chance.choice(others)] if others else part.rows
    part.rows.extend([list(row) for row in other])
    return 0


def _swap_names(draft: Draft, part: Part, chance: random.Random) -> int | None:
    if len(draft.sheets) < 2:
        return None
    one, other = chance.sample(list(draft.sheets), 2)
    names = {one: other, other: one}
    draft.sheets = {names.get(name, name): rows for name, rows in draft.sheets.items()}
    return 0


_ALL: dict[str, Change] = {
    "sheet renamed": _rename,
    "sheet added first": _add_first,
    "sheet added last": _add_last,
    "sheet copied": _copy,
    "sheets reordered": _reorder,
    "sheet dropped": _drop,
    "sheets merged": _merge,
    "names of sheets swapped": _swap_names,
}
SHEET_KINDS = {name: Kind(change) for name, change in _ALL.items()}
