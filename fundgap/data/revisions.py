"""What a revision changed: every figure that two releases of the same table give differently."""

import numpy as np
import pandas as pd

from fundgap.data import schemas
from fundgap.data.councils import councils
from fundgap.data.raw_tables import RAW
from fundgap.data.reconcile import ENGLAND, INNER_AND_OUTER_LONDON, REGIONS, period_text
from fundgap.data.sources import Release, read_register
from fundgap.data.store import Store, default_store
from fundgap.data.tables import Column, Table
from fundgap.data.vintages import ranks
from fundgap.errors import NoData

# Some releases give pounds, others pence: money that differs by less than rounding to the pound can is the same.
_ROUNDING_GBP = 0.5
_PERIODS = ("financial_year", "year", "period", "vintage", "publication_date", "visit_date")
_NUMBERS = ("number", "amount", "count")
# Counts whose sum over councils says nothing.
_NEVER_SUMMED = ("rank_of_average_score", "rounded_to")
_AREAS = {ENGLAND: "England", **REGIONS, **dict(zip(INNER_AND_OUTER_LONDON, ("Inner London", "Outer London"), strict=True))}
_PAIR = ["table", "release_before", "release_after"]
_FIGURE = ["council", "period", "figure", "column"]
_VALUES = ["before", "after", "change", "change_percent"]
_KINDS = ["equal", "changed", "added", "withdrawn"]


def revisions(table: str | None = None, store: Store | None = None) -> pd.DataFrame:
    """Return every figure that a release gives differently from the one it replaces, one row a figure.

    Two releases are compared where both cover the same scope (spend of a financial year, say, or a council's ILACS
    judgements): the one that counts with the next best, that with the one after it. Which counts is what `raw_table`
    goes by: the better series, else the later release. Money that differs by 50 pence or less is taken as rounded.

    Parameters
    ----------
    table
        Such as "spend"; all raw tables where left out.

    Returns
    -------
    pandas.DataFrame
        `table`, `release_before`, `release_after`, `council`, `council_name` (both blank for a published total, whose
        area stands in `figure`), `period`, `figure`, `column` (of the raw table), `kind`, `before`, `after`, `change`
        and `change_percent` (blank where there are not two numbers, and for a per cent of nought). Kinds are changed,
        added (only the release after has it) and withdrawn (only the one before); a figure of a kind that one of the
        two publishes nowhere is neither, and is counted in `revision_summary` alone.

    Examples
    --------
    >>> import fundgap as fg
    >>> changed = fg.revisions("spend").query("kind == 'changed'")
    >>> changed[["council_name", "period", "figure", "before", "after"]].values.tolist()
    [['Slough', '2017-18', 'gross_spend', 36177772.0, 37033088.0]]
    """
    store = store or default_store()
    rows = _compared(table, store).query("kind != 'equal' and is_comparable")
    rows = rows.assign(council_name=rows["council"].map(councils(store).set_index("council")["council_name"]))
    return rows[[*_PAIR, "council", "council_name", *_FIGURE[1:], "kind", *_VALUES]].reset_index(drop=True)


def revision_summary(table: str | None = None, store: Store | None = None) -> pd.DataFrame:
    """Return how much a release changed, one row a pair of releases and kind of figure; see `revisions`.

    Returns
    -------
    pandas.DataFrame
        `table`, `release_before`, `release_after`, `figure`, `column`; `both` (figures that both hold) = `equal` +
        `changed`; `added`, `withdrawn`; `only_one_publishes` (figures of a kind of which the other has none);
        `sum_before` and `sum_after` over the figures that both hold, for money and counts of children.

    Examples
    --------
    >>> import fundgap as fg
    >>> fg.revision_summary("spend")["changed"].sum().item()
    1
    """
    rows = _compared(table, store or default_store())
    by = [*_PAIR, "figure", "column"]
    flags = pd.DataFrame({kind: rows["kind"].eq(kind) & rows["is_comparable"] for kind in _KINDS})
    flags.insert(0, "both", flags["equal"] | flags["changed"])
    flags["only_one_publishes"] = ~rows["is_comparable"].astype(bool)
    for name in ("before", "after"):
        flags[f"sum_{name}"] = pd.to_numeric(rows[name].where(flags["both"] & rows["is_summable"].astype(bool)), errors="coerce")
    return pd.concat([rows[by], flags], axis=1).groupby(by, sort=False).sum(min_count=1).reset_index().astype(dict.fromkeys(_COUNTS, int))


_COUNTS = ("both", *_KINDS, "only_one_publishes")


def _compared(table: str | None, store: Store) -> pd.DataFrame:
    """Return every figure of every pair of releases, those that agree included."""
    if table is not None and table not in RAW:
        raise NoData(f"There is no raw table '{table}'. There are {', '.join(RAW)}.")
    register = read_register(store)
    parts = [pd.DataFrame(columns=[*_PAIR, *_FIGURE, "kind", *_VALUES, "is_comparable", "is_summable"], dtype=object)]
    for name in RAW if table is None else (table,):
        path = store.raw / f"{name}.csv"
        if path.is_file() or table is not None:
            parts.append(_compared_in(schemas.load(path, RAW[name]), RAW[name], register))
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def _compared_in(rows: pd.DataFrame, table: Table, register: dict[str, Release]) -> pd.DataFrame:
    pairs = _pairs(rows, table, register)
    if pairs.empty:
        return pairs
    figures = _figures(rows, table)
    sides = {}
    for side in ("before", "after"):
        held = pairs.merge(figures, left_on=["scope", f"release_{side}"], right_on=["scope", "source"])
        sides[side] = held[["release_before", "release_after", *_FIGURE, "unit", "value"]].rename(columns={"value": side})
    both = sides["before"].merge(sides["after"], how="outer", on=["release_before", "release_after", *_FIGURE, "unit"])
    both["table"] = table.name
    alike = both.groupby(["release_before", "release_after", "figure", "column"])
    both["is_comparable"] = (alike["before"].transform("count") > 0) & (alike["after"].transform("count") > 0)
    both["is_summable"] = both["unit"].isin(["amount", "count"]) & ~both["column"].isin(_NEVER_SUMMED)
    return _with_change(both).sort_values([*_PAIR, "figure", "column", "period", "council"], ignore_index=True)


def _pairs(rows: pd.DataFrame, table: Table, register: dict[str, Release]) -> pd.DataFrame:
    """Return which release stands next behind which, in each scope that more than one covers."""
    held = pd.DataFrame({"scope": _scope(rows, table), "release_before": rows["source"]}).drop_duplicates()
    held = held.assign(rank=held["release_before"].map(ranks(rows, table, register))).sort_values("rank")
    held["release_after"] = held.groupby("scope")["release_before"].shift(1)
    return held.dropna(subset="release_after").drop(columns="rank")


def _scope(rows: pd.DataFrame, table: Table) -> pd.Series:
    return _words(rows, [column for column in table.columns if column.name in table.scope])


def _figures(rows: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return the table with one row a figure that is not missing: what it is, how it is measured, its value."""
    named = {column.name: column for column in table.columns}
    period = next((name for name in _PERIODS if name in table.key), None)
    words = _words(rows, [named[name] for name in table.key if name not in ("source", "council", period)])
    what = pd.DataFrame(
        {
            "source": rows["source"],
            "scope": _scope(rows, table),
            "council": rows.get("council"),
            "period": _words(rows, [named[period]]) if period else "",
        }
    )
    parts = []
    for column in (column for column in table.columns if column.name not in (*table.key, *table.scope)):
        values = rows[column.name].astype(object) if column.kind in _NUMBERS else _text(rows[column.name], column)
        figure = words.where(words != "", column.name)
        parts.append(what.assign(figure=figure, column=column.name, unit=column.kind, value=values)[rows[column.name].notna()])
    return pd.concat(parts, ignore_index=True)


def _words(rows: pd.DataFrame, columns: list[Column]) -> pd.Series:
    """Return the words that name each row in some of its columns."""
    parts = [_text(rows[column.name], column).fillna("").tolist() for column in columns]
    return pd.Series([" ".join(word for word in words if word) for words in zip(*parts, strict=True)] if parts else "", index=rows.index)


def _text(values: pd.Series, column: Column) -> pd.Series:
    if column.kind == "date":
        return pd.Series(values.dt.strftime("%Y-%m-%d"), dtype=object)
    if column.kind == "flag":
        return values.map({True: column.name.removeprefix("is_"), False: ""}).astype(object)
    if column.kind in _NUMBERS:
        return values.map(period_text).astype(object)
    return values.astype(object).map(lambda value: _AREAS.get(value, value), na_action="ignore")


def _with_change(both: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs of values with what became of each and by how much."""
    has_both = both["before"].notna() & both["after"].notna()
    is_number = both["unit"].isin(_NUMBERS)
    before, after = (pd.to_numeric(both[name].where(is_number), errors="coerce").astype(float) for name in ("before", "after"))
    allowed = np.where(both["unit"] == "amount", _ROUNDING_GBP, 0) + 1e-9 * before.abs().clip(lower=1)
    is_same = ((after - before).abs() <= allowed).where(is_number, both["before"] == both["after"])
    both["kind"] = np.select([has_both & is_same, has_both, both["before"].isna()], ["equal", "changed", "added"], "withdrawn")
    both["change"] = (after - before).where(both["kind"] == "changed")
    both["change_percent"] = 100 * both["change"] / before.abs().where(before != 0)
    return both
