"""Raw tables → the two tables everything stands on: council_years and inspections."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import tomli_w

from fundgap.data import schemas
from fundgap.data.councils import councils, exists_in
from fundgap.data.prices import financial_year, financial_year_of, price_index, years_after
from fundgap.data.processed_tables import PER_CHILD_COLUMNS, PROCESSED, SPEND_COLUMNS
from fundgap.data.raw_tables import RAW
from fundgap.data.sources import read_register
from fundgap.data.store import Store, default_store, sha256, table_text
from fundgap.data.transaction import write_all
from fundgap.data.vintages import current
from fundgap.errors import NoData

FIRST_YEAR = "2012-13"
# Section 251 workbooks are the spine while we hold them (pence, income and net); LAIT carries the years after.
_SPEND_ORDER = ("section251", "lait")
# The Indices in force: a year takes the edition published by its half. IoD2010 is not held, so IoD2015 serves the years
# before it, when many SIF reports came out; within an edition only ranks and deciles are used.
_VINTAGES = (("IoD2019", "2019-20"), ("IoD2015", "0000-00"))
# "Preventative" is what is left of the total without these.
_PREVENTATIVE_LESS = ("looked_after", "safeguarding")
# What a judgement takes from the panel.
_FIGURES = ("children", *PER_CHILD_COLUMNS.values(), "looked_after_per_10k")


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
    """
    store = default_store() if raw is None else Store(Path(raw).resolve().parent, Path(raw).resolve().name)
    target = store.processed if processed is None else Path(processed)
    deprivation = _deprivation(store)
    years = _council_years(store, deprivation)
    tables = {"council_years": years, "inspections": join_figures(_judgements(store, years, deprivation), years)}
    texts = {}
    for name, table in tables.items():
        schema = PROCESSED[name]
        checked = schemas.check(table, schema, f"processed/{name}.csv")
        texts[f"{name}.csv"] = table_text(checked)
        texts[f"{name}.meta.csv"] = table_text(schemas.dictionary(schema))
    texts["manifest.toml"] = _manifest(store, texts)
    write_all(target, texts)
    return {name: target / name for name in texts}


def council_years(store: Store | None = None) -> pd.DataFrame:
    """Return one row a council and financial year, 2012-13 to the latest: children, spend, looked after, deprivation.

    Returns
    -------
    pandas.DataFrame
        Cash pounds. Columns, units and sources stand in `data/processed/council_years.meta.csv`; a council that did
        not exist in a year has no row, one that made no return has a row with `is_missing_return` and no spend.
    """
    return schemas.load((store or default_store()).processed / "council_years.csv", PROCESSED["council_years"])


def inspections(store: Store | None = None, *, lag: int = 1) -> pd.DataFrame:
    """Return one row a graded judgement, beside it the council's figures of an earlier financial year.

    Parameters
    ----------
    lag
        1 (default): the last complete financial year before the inspection; 2: the year before that; 0: the year in
        which it took place.

    Returns
    -------
    pandas.DataFrame
        `rating` and the sub-grades are ordered categories, worst first. Before 2018 only publication dates are known.
    """
    store = store or default_store()
    table = schemas.load(store.processed / "inspections.csv", PROCESSED["inspections"])
    if lag == 1:
        return table
    judgements = table.assign(
        publication_date=table["publication_date"].dt.strftime("%Y-%m-%d"), inspection_date=table["inspection_date"].dt.strftime("%Y-%m-%d")
    )
    joined = join_figures(judgements, council_years(store), lag=lag)
    return joined.assign(
        publication_date=pd.to_datetime(joined["publication_date"]), inspection_date=pd.to_datetime(joined["inspection_date"])
    )


def _council_years(store: Store, deprivation: pd.DataFrame) -> pd.DataFrame:
    """Return the panel made from the raw tables of a store."""
    spend = _spend(store)
    panel = _frame(store, latest=max(spend.index.get_level_values("financial_year")))
    panel = panel.join(spend, on=["council", "financial_year"])
    panel = panel.merge(_counts(store, "children", offset=0), how="left", on=["council", "financial_year"])
    panel = panel.merge(_counts(store, "looked_after", offset=-1), how="left", on=["council", "financial_year"])
    panel["deprivation_vintage"] = panel["financial_year"].map(_vintage)
    panel = panel.merge(deprivation, how="left", on=["council", "deprivation_vintage"])
    panel["preventative_spend_gbp"] = panel["gross_spend_gbp"] - panel[[f"{name}_spend_gbp" for name in _PREVENTATIVE_LESS]].sum(
        axis=1, skipna=False
    )
    for category, column in PER_CHILD_COLUMNS.items():
        panel[column] = panel[SPEND_COLUMNS[category]] / panel["children"]
    panel["looked_after_per_10k"] = 10_000 * panel["looked_after"] / panel["children"]
    panel["price_index"] = panel["financial_year"].map(price_index(store=store))
    panel["is_missing_return"] = panel["gross_spend_gbp"].isna()
    panel["is_children_missing"] = panel["children"].isna()
    return panel.sort_values(["council", "financial_year"], ignore_index=True)[PROCESSED["council_years"].names]


def join_figures(judgements: pd.DataFrame, years: pd.DataFrame, *, lag: int = 1) -> pd.DataFrame:
    """Return judgements with the figures of the inspected council, `lag` financial years before the inspection."""
    schema = PROCESSED["inspections"]
    table = judgements.assign(figures_year=[years_after(year, -lag) for year in _inspected_in(judgements)])
    table = table.drop(columns=[name for name in _FIGURES if name in table])
    figures = years[["council", "financial_year", *_FIGURES]].rename(columns={"financial_year": "figures_year"})
    table = table.merge(figures, how="left", on=["council", "figures_year"])
    return table[schema.names].sort_values(list(schema.key), ignore_index=True)


def _inspected_in(judgements: pd.DataFrame) -> list[str]:
    """Return the financial year of each inspection: of its first day where that is published, else of its report."""
    return [financial_year_of(date) for date in judgements["inspection_date"].fillna(judgements["publication_date"])]


def _frame(store: Store, latest: str) -> pd.DataFrame:
    """Return every council in every year in which it existed."""
    register = councils(store)
    parts = []
    for start in range(int(FIRST_YEAR[:4]), int(latest[:4]) + 1):
        year = financial_year(start)
        parts.append(register.loc[exists_in(register, year), ["council", "council_name", "region"]].assign(financial_year=year))
    return pd.concat(parts, ignore_index=True)


def _spend(store: Store) -> pd.DataFrame:
    """Return spend by council and year, one column a category, each year from one release."""
    rows = _current(store, "spend")
    key = ["council", "financial_year"]
    wide = rows.pivot(index=key, columns="category", values="gross_gbp").rename(columns=SPEND_COLUMNS)
    wide["net_spend_gbp"] = rows[rows["category"] == "gross_spend"].set_index(key)["net_gbp"]
    wide["spend_source"] = rows.drop_duplicates(key).set_index(key)["source"]
    return wide


def _counts(store: Store, name: str, offset: int) -> pd.DataFrame:
    """Return a yearly count by financial year: a mid-year estimate serves the year it opens, a 31 March count the one it closes."""
    table = _current(store, name)
    years = [financial_year(int(year) + offset) for year in table["year"]]
    return table.assign(financial_year=years)[["council", "financial_year", name]]


def _current(store: Store, name: str) -> pd.DataFrame:
    """Return a raw table, held to its schema, with the figures of one release in each scope."""
    rows = schemas.load_checked(store.raw / f"{name}.csv", RAW[name])
    return current(rows, RAW[name], read_register(store), order=_SPEND_ORDER)


def _vintage(year: str) -> str:
    return next(vintage for vintage, since in _VINTAGES if year >= since)


def _deprivation(store: Store) -> pd.DataFrame:
    """Return scores and deciles by council and vintage. Published ranks run from 1 = most deprived; deciles here end there."""
    table = _current(store, "deprivation")
    wide = table.pivot(index=["council", "vintage"], columns="index_name", values=["average_score", "rank_of_average_score"])
    rank = wide[("rank_of_average_score", "IMD")]
    count = rank.groupby(level="vintage").transform("count")
    result = pd.DataFrame(
        {
            "deprivation_decile": np.ceil(10 * (count - rank + 1) / count),
            "imd_score": wide[("average_score", "IMD")],
            "idaci_score": wide[("average_score", "IDACI")],
        }
    )
    return result.rename_axis(["council", "deprivation_vintage"]).reset_index()


def _judgements(store: Store, years: pd.DataFrame, deprivation: pd.DataFrame) -> pd.DataFrame:
    """Return the judgements with council names and the deprivation of the vintage in force when each was made."""
    table = _current(store, "inspections")
    if table.empty:
        raise NoData(f"{store.raw / 'inspections.csv'} holds no judgements.")
    for column in ("publication_date", "inspection_date"):
        table[column] = table[column].dt.strftime("%Y-%m-%d").where(table[column].notna(), None)
    names = years.drop_duplicates("council")[["council", "council_name", "region"]]
    table = table.rename(columns={"overall": "rating"}).merge(names, how="left", on="council")
    table["deprivation_vintage"] = [_vintage(year) for year in _inspected_in(table)]
    return table.merge(deprivation, how="left", on=["council", "deprivation_vintage"])


def _manifest(store: Store, texts: dict[str, str]) -> str:
    """Return which raw bytes made which processed bytes. No versions or times: they must not change the file."""
    inputs = {path.name: sha256(path) for path in sorted(store.raw.iterdir()) if path.suffix in (".csv", ".toml")}
    outputs = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
    return "# SHA-256 of what was read from raw/ and of what was made of it.\n" + tomli_w.dumps({"raw": inputs, "processed": outputs})
