"""Raw tables → the two tables everything stands on: council_years and inspections."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from fundgap.data import schemas
from fundgap.data.councils import councils
from fundgap.data.deprivation import deciles
from fundgap.data.judgements import join_figures, judgements_of
from fundgap.data.manifest import load_built, write_built
from fundgap.data.processed_tables import PROCESSED
from fundgap.data.raw_tables import RAW
from fundgap.data.store import Store, default_store, table_text
from fundgap.data.yearly import Raw, yearly
from fundgap.errors import NoData


def build(raw: str | Path | None = None, processed: str | Path | None = None) -> dict[str, Path]:
    """Build `council_years.csv` and `inspections.csv`, their data dictionaries and a manifest.

    Parameters
    ----------
    raw, processed
        Folders to read and to write; by default those of the figures in use. The same raw files give the same bytes.

    Returns
    -------
    dict
        Path of each file written, by name.

    Raises
    ------
    BadFigures
        When a built table does not fit its schema. Nothing has been written then.

    Examples
    --------
    >>> import fundgap as fg
    >>> sorted(fg.build())  # doctest: +SKIP
    ['council_years.csv', 'council_years.meta.csv', 'inspections.csv', 'inspections.meta.csv', 'manifest.toml']
    """
    store = default_store() if raw is None else Store(Path(raw).resolve().parent, Path(raw).resolve().name)
    target = store.processed if processed is None else Path(processed)
    return {name: target / name for name in write_built(store.raw, target, lambda: _texts(store))}


def council_years(store: Store | None = None, *, prefer: str | Sequence[str] = ()) -> pd.DataFrame:
    """Return one row a council and financial year, 2008-09 to the latest: children, spend, need, deprivation.

    Parameters
    ----------
    prefer
        Ids of releases that win over later ones wherever they hold figures, such as "ro3-2024-25-first": the panel as an
        earlier release gave it. It is then worked out anew, which takes a few seconds.

    Returns
    -------
    pandas.DataFrame
        Cash pounds. Columns, units and sources stand in `data/processed/council_years.meta.csv`; a council that did
        not exist in a year has no row, one that made no return has a row with `is_missing_return` and no spend.

    Examples
    --------
    The councils add up to England's published total of 2016-17 to the pound:

    >>> import fundgap as fg
    >>> years = fg.council_years()
    >>> f"{years.loc[years['financial_year'] == '2016-17', 'gross_spend_gbp'].sum():,.0f}"
    '9,158,398,642'
    """
    return _loaded("council_years", store or default_store(), prefer)


def inspections(store: Store | None = None, *, lag: int = 1, prefer: str | Sequence[str] = ()) -> pd.DataFrame:
    """Return one row a graded judgement, beside it the council's figures of an earlier financial year.

    Parameters
    ----------
    lag
        1 (default): the last complete financial year before the inspection; 2: the year before that; 0: the year in
        which it took place.
    prefer
        Ids of releases that win over later ones, as in `council_years`.

    Returns
    -------
    pandas.DataFrame
        `rating` and the sub-grades are ordered categories, worst first. Before 2018 only publication dates are known.

    Raises
    ------
    NoData
        For a lag below 0: figures of after the judgement.

    Examples
    --------
    >>> import fundgap as fg
    >>> list(fg.inspections()["rating"].cat.categories)
    ['Inadequate', 'Requires improvement', 'Good', 'Outstanding']
    """
    if not isinstance(lag, int) or lag < 0:
        raise NoData(f"lag is a whole number of years before the judgement, 0 or more, not {lag!r}.")
    store = store or default_store()
    table = _loaded("inspections", store, prefer)
    if lag == 1:
        return table
    dates = [column.name for column in PROCESSED["inspections"].columns if column.kind == "date"]
    judgements = table.assign(**{name: table[name].dt.strftime("%Y-%m-%d") for name in dates})
    joined = join_figures(judgements, council_years(store, prefer=prefer), lag=lag)
    return joined.assign(**{name: pd.to_datetime(joined[name]) for name in dates})


def _loaded(name: str, store: Store, prefer: str | Sequence[str]) -> pd.DataFrame:
    """Return a built table; where releases are asked for, built in memory from the raw tables."""
    if not prefer:
        return load_built(store, PROCESSED[name])
    return schemas.typed_text(table_text(_tables(store, prefer)[name]), PROCESSED[name], name)


def _texts(store: Store) -> dict[str, str]:
    """Return the text of each file that a build writes, but for the manifest."""
    texts = {}
    for name, table in _tables(store).items():
        schema = PROCESSED[name]
        checked = schemas.check(table, schema, f"processed/{name}.csv")
        texts[f"{name}.csv"] = table_text(checked)
        texts[f"{name}.meta.csv"] = table_text(schemas.dictionary(schema))
    return texts


def _tables(store: Store, prefer: str | Sequence[str] = ()) -> dict[str, pd.DataFrame]:
    """Return both tables, made from the raw tables of a store."""
    raw = Raw(store, prefer)
    deprivation = deciles(raw.rows("deprivation"))
    years = yearly(raw, deprivation)
    return {"council_years": years, "inspections": join_figures(_judgements(raw, deprivation), years)}


def _judgements(raw: Raw, deprivation: pd.DataFrame) -> pd.DataFrame:
    rows = raw.rows("inspections").copy()
    if rows.empty:
        raise NoData(f"{raw.store.raw / 'inspections.csv'} holds no judgements.")
    for column in RAW["inspections"].columns:
        if column.kind == "date":
            rows[column.name] = rows[column.name].dt.strftime("%Y-%m-%d").where(rows[column.name].notna(), None)
    return judgements_of(rows, councils(raw.store)[["council", "council_name", "region"]], deprivation)
