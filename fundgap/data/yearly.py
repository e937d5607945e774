"""One row a council and financial year: the raw tables of every subject beside each other."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from fundgap.data import schemas
from fundgap.data.boundaries import splits
from fundgap.data.breaks import definition_breaks
from fundgap.data.children import children_by_year
from fundgap.data.councils import council_index, councils, exists_in
from fundgap.data.crosscheck import RO3_OUT_OF_LINE, SAME_SERVICES_SINCE, SPEND_OUT_OF_LINE, comparison
from fundgap.data.deprivation import vintage_of
from fundgap.data.indicators import INDICATORS
from fundgap.data.prices import financial_year, price_index
from fundgap.data.processed_tables import PER_CHILD_COLUMNS, PROCESSED, SPEND_COLUMNS
from fundgap.data.raw_tables import RAW
from fundgap.data.sources import Release, read_register
from fundgap.data.store import Store
from fundgap.data.vintages import current
from fundgap.errors import BadFigures, Fault

FIRST_YEAR = "2008-09"
# "Preventative" is what is left of the total without these.
_PREVENTATIVE_LESS = ("looked_after", "safeguarding")


@dataclass(frozen=True)
class Raw:
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
            _refuse_strangers(rows, f"{name}.csv", self.store)
            self.held[name] = current(rows, RAW[name], self.register, prefer=self.prefer)
        return self.held[name]


def _refuse_strangers(rows: pd.DataFrame, where: str, store: Store) -> None:
    """Refuse rows of a council that the register does not hold: joined to it, they would be gone without a word."""
    strange = rows[~rows["council"].isin(council_index(store).spans)]
    if not strange.empty:
        # Line 1 of the file is the heading.
        rows_of = zip(strange.index.to_numpy() + 2, strange["council"], strict=True)
        faults = [Fault(f"{where}, row {row}, column 'council'", repr(code), "a code of councils.csv") for row, code in rows_of]
        raise BadFigures(f"{where} cannot be used", faults)


def yearly(raw: Raw, deprivation: pd.DataFrame) -> pd.DataFrame:
    """Return the table council_years; `deprivation` is what `deprivation.deciles` returns."""
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
    years = [financial_year(start) for start in range(int(FIRST_YEAR[:4]), int(latest[:4]) + 1)]
    every = register.merge(pd.Series(years, name="financial_year"), how="cross")
    columns = ["council", "council_name", "region", "is_predecessor", "financial_year"]
    return every.loc[exists_in(every, every["financial_year"]), columns].reset_index(drop=True)


def _spend(raw: Raw) -> pd.DataFrame:
    """Return spend by council and year, one column a category, each year from one release."""
    rows = raw.rows("spend")
    key = ["council", "financial_year"]
    wide = rows.pivot(index=key, columns="category", values="gross_gbp").rename(columns=SPEND_COLUMNS)
    wide["net_spend_gbp"] = rows[rows["category"] == "gross_spend"].set_index(key)["net_gbp"]
    wide["spend_source"] = rows.drop_duplicates(key).set_index(key)["source"]
    return wide


def _looked_after(raw: Raw) -> pd.DataFrame:
    """Return children looked after by financial year: a count of 31 March serves the year that it closes."""
    rows = raw.rows("looked_after")
    years = [financial_year(int(year) - 1) for year in rows["year"]]
    rows = rows.assign(financial_year=years, is_looked_after_rounded=rows["rounded_to"] > 1)
    return rows[["council", "financial_year", "looked_after", "is_looked_after_rounded"]]


def _revenue_outturn(raw: Raw) -> pd.DataFrame:
    """Return the total of Revenue Outturn RO3 by council and year, since it covers the services that Section 251 does."""
    rows = raw.rows("revenue_outturn")
    rows = rows[(rows["line"] == "total") & (rows["financial_year"] >= SAME_SERVICES_SINCE)]
    names = {"gross_gbp": "ro3_gross_spend_gbp", "net_gbp": "ro3_net_spend_gbp"}
    return rows.set_index(["council", "financial_year"])[list(names)].rename(columns=names)


def _indicators(raw: Raw) -> pd.DataFrame:
    """Return the indicators by council and year, one column each; one that the store does not hold is missing throughout."""
    rows = raw.rows("indicators")
    wide = rows.pivot(index=["council", "financial_year"], columns="indicator", values="value")
    return wide.reindex(columns=list(INDICATORS))


def _out_of_line(raw: Raw) -> pd.DataFrame:
    """Return, by council and year, which of two returns of gross spend does not fit the council's other years, if one does not."""
    table = comparison(raw.rows("spend"), raw.rows("revenue_outturn"), lines=())
    table = table[(table["figure"] == "total") & (table["measure"] == "gross") & (table["financial_year"] >= SAME_SERVICES_SINCE)]
    why = table.set_index(["council", "financial_year"])["why"]
    return pd.DataFrame({"is_spend_out_of_line": why.eq(SPEND_OUT_OF_LINE), "is_ro3_out_of_line": why.eq(RO3_OUT_OF_LINE)})


def _break_years(store: Store) -> set[str]:
    """Return the financial years of which gross spend, or a category of it, is not comparable with the year before."""
    breaks = definition_breaks(store)
    return set(breaks.loc[(breaks["measure"] == "gross") & ~breaks["is_comparable"], "first_year_after"])
