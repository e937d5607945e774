"""Raw tables → the two tables everything stands on: council_years and inspections."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd

from fundgap.data import schemas
from fundgap.data.boundaries import splits
from fundgap.data.breaks import definition_breaks
from fundgap.data.children import children_by_year
from fundgap.data.councils import councils, exists_in
from fundgap.data.crosscheck import RO3_OUT_OF_LINE, SAME_SERVICES_SINCE, SPEND_OUT_OF_LINE, comparison
from fundgap.data.deprivation import deciles, vintage_of
from fundgap.data.indicators import INDICATORS
from fundgap.data.judgements import join_figures, judgements_of
from fundgap.data.manifest import load_built, write_built
from fundgap.data.prices import financial_year, price_index
from fundgap.data.processed_tables import PER_CHILD_COLUMNS, PROCESSED, SPEND_COLUMNS
from fundgap.data.raw_tables import RAW
from fundgap.data.sources import Release, read_register
from fundgap.data.store import Store, default_store, table_text
from fundgap.data.vintages import current
from fundgap.errors import NoData

FIRST_YEAR = "2008-09"
# "Preventative" is what is left of the total without these.
_PREVENTATIVE_LESS = ("looked_after", "safeguarding")


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

    Examples
    --------
    >>> import fundgap as fg
    >>> list(fg.inspections()["rating"].cat.categories)
    ['Inadequate', 'Requires improvement', 'Good', 'Outstanding']
    """
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
    raw = _Raw(store, prefer)
    deprivation = deciles(raw.rows("deprivation"))
    years = _council_years(raw, deprivation)
    return {"council_years": years, "inspections": join_figures(_judgements(raw, deprivation), years)}


@dataclass(frozen=True)
class _Raw:
    """The raw tables of a store, with the figures of one release in each scope; register and tables are read once."""

    store: Store
    prefer: str | Sequence[str]
    held: dict[str, pd.DataFrame] = field(default_factory=dict)

    @cached_property
    def register(self) -> dict[str, Release]:
        """The register of releases."""
        return read_register(self.store)

    def rows(self, name: str) -> pd.DataFrame:
        """Return a raw table, typed and held to its schema."""
        if name not in self.held:
            rows = schemas.load_checked(self.store.raw / f"{name}.csv", RAW[name])
            self.held[name] = current(rows, RAW[name], self.register, prefer=self.prefer)
        return self.held[name]


def _council_years(raw: _Raw, deprivation: pd.DataFrame) -> pd.DataFrame:
    spend = _spend(raw)
    panel = _frame(raw.store, latest=max(spend.index.get_level_values("financial_year")))
    for part in (spend, _revenue_outturn(raw), _out_of_line(raw), _indicators(raw)):
        panel = panel.join(part, on=["council", "financial_year"])
    panel["has_definition_break"] = panel["financial_year"].isin(_break_years(raw.store))
    children = children_by_year(raw.rows("children"), raw.rows("children_0_16"), splits(raw.store))
    panel = panel.merge(children, how="left", on=["council", "financial_year"])
    panel = panel.merge(_looked_after(raw), how="left", on=["council", "financial_year"])
    panel["deprivation_vintage"] = panel["financial_year"].map(vintage_of)
    panel = panel.merge(deprivation, how="left", on=["council", "deprivation_vintage"])
    # A council that a part knows nothing about is not flagged by it.
    for flag in ("is_spend_out_of_line", "is_ro3_out_of_line", "is_children_scaled", "is_looked_after_rounded", "is_deprivation_derived"):
        panel[flag] = panel[flag].eq(True)
    less = panel[[SPEND_COLUMNS[name] for name in _PREVENTATIVE_LESS]]
    panel["preventative_spend_gbp"] = panel["gross_spend_gbp"] - less.sum(axis=1, skipna=False)
    for category, column in PER_CHILD_COLUMNS.items():
        panel[column] = panel[SPEND_COLUMNS[category]] / panel["children"]
    panel["looked_after_per_10k"] = 10_000 * panel["looked_after"] / panel["children"]
    panel["price_index"] = panel["financial_year"].map(price_index(store=raw.store, prefer=raw.prefer))
    panel["is_missing_return"] = panel["gross_spend_gbp"].isna()
    panel["is_children_missing"] = panel["children"].isna()
    return panel.sort_values(["council", "financial_year"], ignore_index=True)[PROCESSED["council_years"].names]


def _frame(store: Store, latest: str) -> pd.DataFrame:
    """Return every council in every year in which it existed."""
    register = councils(store)
    register["is_predecessor"] = register["last_year"].notna()
    columns = ["council", "council_name", "region", "is_predecessor"]
    parts = []
    for start in range(int(FIRST_YEAR[:4]), int(latest[:4]) + 1):
        year = financial_year(start)
        parts.append(register.loc[exists_in(register, year), columns].assign(financial_year=year))
    return pd.concat(parts, ignore_index=True)


def _spend(raw: _Raw) -> pd.DataFrame:
    """Return spend by council and year, one column a category, each year from one release."""
    rows = raw.rows("spend")
    key = ["council", "financial_year"]
    wide = rows.pivot(index=key, columns="category", values="gross_gbp").rename(columns=SPEND_COLUMNS)
    wide["net_spend_gbp"] = rows[rows["category"] == "gross_spend"].set_index(key)["net_gbp"]
    wide["spend_source"] = rows.drop_duplicates(key).set_index(key)["source"]
    return wide


def _looked_after(raw: _Raw) -> pd.DataFrame:
    """Return children looked after by financial year: a count of 31 March serves the year that it closes."""
    rows = raw.rows("looked_after")
    years = [financial_year(int(year) - 1) for year in rows["year"]]
    rows = rows.assign(financial_year=years, is_looked_after_rounded=rows["rounded_to"] > 1)
    return rows[["council", "financial_year", "looked_after", "is_looked_after_rounded"]]


def _revenue_outturn(raw: _Raw) -> pd.DataFrame:
    """Return the total of Revenue Outturn RO3 by council and year, since it covers the services that Section 251 does."""
    rows = raw.rows("revenue_outturn")
    rows = rows[(rows["line"] == "total") & (rows["financial_year"] >= SAME_SERVICES_SINCE)]
    names = {"gross_gbp": "ro3_gross_spend_gbp", "net_gbp": "ro3_net_spend_gbp"}
    return rows.set_index(["council", "financial_year"])[list(names)].rename(columns=names)


def _indicators(raw: _Raw) -> pd.DataFrame:
    """Return the indicators by council and year, one column each; one that the store does not hold is missing throughout."""
    rows = raw.rows("indicators")
    wide = rows.pivot(index=["council", "financial_year"], columns="indicator", values="value")
    return wide.reindex(columns=list(INDICATORS))


def _out_of_line(raw: _Raw) -> pd.DataFrame:
    """Return, by council and year, which of two returns of gross spend does not fit the council's other years, if one does not."""
    table = comparison(raw.rows("spend"), raw.rows("revenue_outturn"))
    table = table[(table["figure"] == "total") & (table["measure"] == "gross") & (table["financial_year"] >= SAME_SERVICES_SINCE)]
    why = table.set_index(["council", "financial_year"])["why"]
    return pd.DataFrame({"is_spend_out_of_line": why.eq(SPEND_OUT_OF_LINE), "is_ro3_out_of_line": why.eq(RO3_OUT_OF_LINE)})


def _break_years(store: Store) -> set[str]:
    """Return the financial years of which gross spend, or a category of it, is not comparable with the year before."""
    breaks = definition_breaks(store)
    return set(breaks.loc[(breaks["measure"] == "gross") & ~breaks["is_comparable"], "first_year_after"])


def _judgements(raw: _Raw, deprivation: pd.DataFrame) -> pd.DataFrame:
    rows = raw.rows("inspections").copy()
    if rows.empty:
        raise NoData(f"{raw.store.raw / 'inspections.csv'} holds no judgements.")
    for column in RAW["inspections"].columns:
        if column.kind == "date":
            rows[column.name] = rows[column.name].dt.strftime("%Y-%m-%d").where(rows[column.name].notna(), None)
    return judgements_of(rows, councils(raw.store)[["council", "council_name", "region"]], deprivation)
