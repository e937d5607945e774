"""Of which kind a value is: whether it fits an annotation, what it is in a few words, and what the annotation asks for."""

import difflib
import math
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from numbers import Integral, Real
from typing import Any, Literal, Union, get_args, get_origin

import numpy as np
import pandas as pd

_MOST_SHOWN, _MOST_NAMES = 60, 6
_TABLE = "a table (pandas.DataFrame)"
_WORDS = {str: "text", int: "a whole number", float: "a number", bool: "True or False", pd.Timestamp: "a day"}
# How to come by the results that other functions take.
_MAKERS = {
    "Allocation": "fundgap.allocate(…)",
    "Closing": "fundgap.gaps_closed(gap, allocation)",
    "Gap": "fundgap.project_gap(years, scenario)",
    "Journeys": "fundgap.journeys(inspections)",
    "RatingsModel": "fundgap.fit_ratings(…)",
    "Scenario": "fundgap.scenario('trend')",
}


def fits(value: object, hint: Any) -> bool:
    """Return whether a value is of the kind that an annotation says; where that cannot be told, it is."""
    origin, inside = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return any(fits(value, one) for one in inside)
    if origin is Literal:
        return any(type(value) is type(one) and value == one for one in inside)
    if origin is Callable:
        return callable(value)
    if _is_of(origin, Mapping):
        return isinstance(value, Mapping)
    if _is_of(origin, Iterable):
        return _is_list(value, origin) and (isinstance(value, Iterator) or all(fits(one, inside[0]) for one in value))  # type: ignore[attr-defined]
    return _is_one(value, hint)


def _is_of(origin: object, kind: type) -> bool:
    return isinstance(origin, type) and issubclass(origin, kind)


def _is_one(value: object, hint: Any) -> bool:
    """Return whether a value is of a plain kind: a yes or no is no number, and what is not a number is none."""
    if isinstance(value, bool | np.bool_) and hint in (bool, int, float):
        return hint is bool
    if hint is int:
        return isinstance(value, Integral)
    if hint is float:
        return isinstance(value, Real) and not math.isnan(value)
    if hint is pd.Timestamp:
        return isinstance(value, date) and not pd.isna(value)
    return not isinstance(hint, type) or isinstance(value, hint)


def _is_list(value: object, origin: Any) -> bool:
    """Return whether a value is a list of things: no text, no table, and nothing without an order where one is wanted."""
    if isinstance(value, str | bytes | Mapping | pd.DataFrame) or not isinstance(value, Iterable):
        return False
    return not (issubclass(origin, Sequence) and isinstance(value, AbstractSet | Iterator))


def found(value: object) -> str:
    """Return what a value is, in a few words."""
    if isinstance(value, pd.DataFrame):
        return f"a table with the columns {listed(value.columns)}" if len(value.columns) else "a table without columns"
    if value is None or isinstance(value, str | bool | Real | list | tuple | AbstractSet):
        text = repr(value)
        return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
    return f"of the kind {type(value).__name__}"


def expected(hint: Any, table: str = _TABLE) -> str:
    """Return what an annotation asks for, in words; of a table, how it is had."""
    origin, inside = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        ways = [expected(one, table) for one in inside if one is not type(None)]
        return " or ".join([*dict.fromkeys(ways), *(["None"] if type(None) in inside else [])])
    if origin is Literal:
        return " or ".join(repr(one) for one in inside)
    if origin is Callable:
        return "a function"
    if _is_of(origin, Mapping):
        return f"pairs of {expected(inside[0], table)} and {expected(inside[1], table)}"
    if _is_of(origin, Iterable):
        return f"a list, each {expected(inside[0], table)}"
    kind = getattr(hint, "__name__", str(hint))
    article = "an" if kind[0] in "AEIOU" else "a"
    return (
        table
        if hint is pd.DataFrame
        else _WORDS.get(hint, f"{article} {kind}, such as {_MAKERS[kind]}" if kind in _MAKERS else f"{article} {kind}")
    )


def near_miss(value: object, hint: Any) -> str:
    """Return a hint where a word is misspelt, or one thing stands in place of a list of it; else nothing."""
    if not isinstance(value, str):
        return ""
    words = [one for one in get_args(hint) if isinstance(one, str)]
    near = difflib.get_close_matches(value, words, n=1)
    if near:
        return f" Did you mean {near[0]!r}?"
    return f" Put it into a list: [{value!r}]." if fits([value], hint) else ""


def listed(names: Iterable[object]) -> str:
    """Return the first names of many, and how many more there are."""
    every = [str(name) for name in names]
    more = f" and {len(every) - _MOST_NAMES} more" if len(every) > _MOST_NAMES else ""
    return ", ".join(every[:_MOST_NAMES]) + more
