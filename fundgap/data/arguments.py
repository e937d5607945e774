"""What a public function is given, held to what it takes: the one place where a wrong kind, a swap or another's table is refused.

The annotations say what each argument may be, and the names of the arguments which table is meant: `years` is the panel everywhere.
"""

import difflib
import inspect
from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar, get_type_hints

import pandas as pd

from fundgap.data.kinds import expected, fits, found, listed, near_miss
from fundgap.data.processed_tables import PROCESSED
from fundgap.errors import BadArgument

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


class _Meant(NamedTuple):
    """The table that an argument's name stands for.

    `kinds` has what its columns hold, `needed` those that no use of it can do without, `key` those that name one row.
    """

    maker: str
    kinds: Mapping[str, str]
    needed: tuple[str, ...] = ()
    key: tuple[str, ...] = ()


def _built(name: str, *needed: str, key: tuple[str, ...] = ()) -> _Meant:
    return _Meant(f"fundgap.{name}()", {column.name: column.kind for column in PROCESSED[name].columns}, needed, key)


def _made(maker: str, numbers: tuple[str, ...], *needed: str, key: tuple[str, ...] = ()) -> _Meant:
    return _Meant(maker, dict.fromkeys(needed, "text") | dict.fromkeys(numbers, "number"), needed, key)


# Judgements may be drawn more than once, as a bootstrap does; a council's year twice is money counted twice.
_PANEL = _built("council_years", "council", "council_name", "financial_year", key=("council", "financial_year"))
_JUDGEMENTS = _built("inspections", "council", "framework", "is_reinspection", "publication_date", "rating")
_COMPARED, _ENDS = ("council", "financial_year", "figure", "measure"), ("low_gbp", "high_gbp")
_TABLES = {
    "years": _PANEL,
    "council_years": _PANEL,
    "inspections": _JUDGEMENTS,
    "judgements": _JUDGEMENTS,
    "comparison": _made("fundgap.compare_spend()", ("difference_gbp", "difference_share"), *_COMPARED, "difference_gbp", key=_COMPARED),
    "projected": _made("fundgap.projected_children()", ("area_children",), "council", "is_joined", "year", "area_children"),
    "by_window": _made("fundgap.gap_by_window(years, scenario)", ("gap_gbp",), "financial_year", "gap_gbp"),
    "quantiles": _made("the quantiles of a simulation, such as simulation.england(0.1, 0.9)", ("quantile", "gap_gbp")),
    "interval": _made("fundgap.interval_of_quantiles(…) or fundgap.interval_of_windows(…)", _ENDS),
    "weights": _made("a table with the columns council and weight", ()),
    "frame": _Meant(f"{_PANEL.maker} or {_JUDGEMENTS.maker}", {**_PANEL.kinds, **_JUDGEMENTS.kinds}),
}
# What columns of each kind hold that comes out of a CSV as text.
_HELD = {"number": "numbers", "amount": "numbers", "count": "numbers", "date": "dates", "flag": "True and False", "rating": "grades"}
# The confidence level of every interval has this name.
_LEVEL = "level"


@cache
def checked(function: Callable[_Given, _Result]) -> Callable[_Given, _Result]:
    """Return a public function that refuses what it cannot take before it begins.

    Raises
    ------
    BadArgument
        Naming the argument, what was found and what was expected: an argument that there is not, or that is lacking; another kind than the
        annotation says; two the other way round; a table that is not the one meant, or has lost the types of its columns.
    """
    where, signature, hints = function.__name__, inspect.signature(function), get_type_hints(function)

    @wraps(function)
    def call(*given: _Given.args, **named: _Given.kwargs) -> _Result:
        try:
            arguments = signature.bind(*given, **named).arguments
        except TypeError as error:
            raise BadArgument(_not_called_so(where, signature, named, error)) from None
        _check_kinds(where, arguments, hints)
        _check_something(where, arguments, signature)
        tables = {name: value for name, value in arguments.items() if name in _TABLES and isinstance(value, pd.DataFrame)}
        for name, table in tables.items():
            _check_table(table, name, where)
        try:
            return function(*given, **named)
        except KeyError as error:
            # A column that not every use of a table wants: told as a lack of the table given, where it is one.
            for name, table in tables.items():
                _refuse_lacking(table, name, where, [column for column in _known(name) if repr(column) in str(error)])
            raise

    # Its public name, by which other processes find it.
    call.__module__ = __name__.partition(".")[0]
    return call


def _check_table(table: pd.DataFrame, name: str, where: str) -> None:
    """Refuse a table that is not the one that the argument's name stands for.

    Raises
    ------
    BadArgument
        For columns that are lacking, or there twice, or hold text in place of numbers, dates or grades; for no row; for a council's
        financial year twice.
    """
    meant = _TABLES[name]
    again = table.columns[table.columns.duplicated()].unique()
    if len(again):
        raise BadArgument(f"{where}: {name} has more than one column {listed(again)}; expected each once, as in {meant.maker}.")
    _refuse_lacking(table, name, where, list(meant.needed))
    if table.empty:
        raise BadArgument(f"{where}: {name} holds no row; expected {meant.maker}.")
    for column, kind in meant.kinds.items():
        if kind in _HELD and column in table and _is_text(table[column]):
            raise BadArgument(
                f"{where}: {name} has text in '{column}'; expected {_HELD[kind]}. "
                f"A table read back from a CSV has lost the types of its columns: take {meant.maker}."
            )
    twice = table.duplicated(list(meant.key)) if meant.key else pd.Series(False, index=table.index)
    if twice.any():
        which = table.loc[twice, "council_name" if "council_name" in table else meant.key[0]].astype(str)
        raise BadArgument(f"{where}: {name} has more than one row for the same {', '.join(meant.key)}: {listed(sorted(set(which)))}.")


def _is_text(column: pd.Series) -> bool:
    return not isinstance(column.dtype, pd.CategoricalDtype) and pd.api.types.is_string_dtype(column)


def _known(name: str) -> list[str]:
    """Return the columns that a table may have: its own, and those in real terms."""
    return [known for own in _TABLES[name].kinds for known in (own, f"{own}_real")]


def _refuse_lacking(table: pd.DataFrame, name: str, where: str, wanted: list[str]) -> None:
    lacking = [column for column in wanted if column not in table]
    if lacking:
        maker = _TABLES[name].maker
        wants = f"fundgap.in_real_terms({maker})" if all(column.endswith("_real") for column in lacking) else maker
        hint = " They are its index: reset_index() makes columns of them." if set(lacking) <= set(table.index.names) else ""
        raise BadArgument(f"{where}: {name} has no column {listed(lacking)}; it is {_shown(table)}; expected {wants}.{hint}")


def _shown(value: object) -> str:
    """Return what a value is, a table of ours by its name."""
    ours = [meant for meant in (_PANEL, _JUDGEMENTS) if isinstance(value, pd.DataFrame) and set(meant.needed) <= set(value.columns)]
    return f"a table like {ours[0].maker}" if ours else found(value)


def _check_kinds(where: str, arguments: Mapping[str, object], hints: Mapping[str, Any]) -> None:
    """Refuse the first argument of another kind than its annotation, and say so where two are the other way round."""
    for name, value in arguments.items():
        if not fits(value, hints[name]):
            others = [other for other, its in arguments.items() if fits(its, hints[name]) and fits(value, hints[other])]
            hint = f" Are {name} and {others[0]} the other way round?" if others else near_miss(value, hints[name])
            wants = expected(hints[name], _TABLES[name].maker) if name in _TABLES else expected(hints[name])
            raise BadArgument(f"{where}: {name} is {_shown(value)}; expected {wants}.{hint}")
        if name == _LEVEL and isinstance(value, float | int) and not 0 < value < 1:
            raise BadArgument(f"{where}: {name} is {found(value)}; expected a number between 0 and 1, such as 0.95.")


def _check_something(where: str, arguments: Mapping[str, object], signature: inspect.Signature) -> None:
    """Refuse an empty text or list where that is not what is meant by leaving the argument out."""
    for name, value in arguments.items():
        # Where nothing is what is taken unless something is given, an empty list of another kind says the same.
        is_usual = signature.parameters[name].default in ("", (), [])
        if isinstance(value, str | list | tuple) and not value and not is_usual:
            wants = "at least one" if isinstance(value, list | tuple) else "text"
            raise BadArgument(f"{where}: {name} is {found(value)}, which is empty; expected {wants}.")


def _not_called_so(where: str, signature: inspect.Signature, named: Mapping[str, object], error: TypeError) -> str:
    """Return why a call does not fit a function's arguments, with those that there are."""
    there = [name for name in signature.parameters if name != "store"]
    unknown = [name for name in named if name not in signature.parameters]
    near = difflib.get_close_matches(unknown[0], there, n=1) if unknown else []
    meant = f" Did you mean {near[0]}?" if near else ""
    return f"{where}: {error}.{meant} It takes {', '.join(there) or 'nothing'}."
