"""Tables of the data report, for readers: what is held, what is missing, what changed, what agrees."""

import pandas as pd

from fundgap.story.figures import BILLION
from fundgap.story.tables import ReaderTable

_HASH_SHOWN = 12


def spend_years(years: pd.DataFrame) -> ReaderTable:
    """Return England's spend by year in £bn, cash and real, with how many councils are in the sum."""
    base = years.attrs["price_base"]
    # Luton published some categories of 2022-23 and no total: a sum holds the same councils in every column.
    grouped = years[~years["is_missing_return"]].groupby("financial_year")
    columns = {"gross, cash": "gross_spend_gbp"}
    for name in ("gross", "looked_after", "safeguarding", "preventative"):
        columns[f"{name.replace('_', ' ')}, {base} prices"] = f"{name}_spend_gbp_real"
    table = pd.DataFrame({heading: grouped[column].sum() / BILLION for heading, column in columns.items()})
    table["councils"] = grouped.size()
    table["missing"] = years.groupby("financial_year")["is_missing_return"].sum()
    return ReaderTable.of(table.rename_axis("£bn").reset_index())


def releases(frame: pd.DataFrame) -> ReaderTable:
    """Return `sources`: what, from whom, for when, how many rows, and the start of the file's hash."""
    shown = frame[["id", "publisher", "title", "period", "rows"]]
    return ReaderTable.of(shown.assign(**{"SHA-256": frame["sha256"].str[:_HASH_SHOWN]}))


def agreement(totals: pd.DataFrame) -> ReaderTable:
    """Return how many published totals of each figure agree with the councils' sums."""
    grouped = totals.groupby("figure")
    table = pd.DataFrame({"totals published": grouped.size(), "agree": grouped["agrees"].sum()})
    table["with a known difference"] = totals["why"].ne("").groupby(totals["figure"]).sum()
    return ReaderTable.of(table.reset_index())


def known_differences(totals: pd.DataFrame) -> ReaderTable:
    """Return the totals that agree only with a known difference, England's and the regions'."""
    named = totals[totals["why"] != ""].sort_values(["figure", "period", "area"])
    return ReaderTable.of(named[["figure", "period", "area", "published", "councils_sum", "difference"]], decimals=0)


def missing_returns(years: pd.DataFrame) -> ReaderTable:
    """Return councils without a total of spend, by year."""
    missing = years[years["is_missing_return"]].sort_values(["financial_year", "council_name"])
    return ReaderTable.of(missing[["financial_year", "council_name", "children"]], decimals=0)


def changed_councils(register: pd.DataFrame) -> ReaderTable:
    """Return councils abolished, and what became of them."""
    names = register.set_index("council")["council_name"]
    gone = register.dropna(subset="last_year").sort_values(["last_year", "council_name"])
    successors = [", ".join(names[code] for code in text.split()) for text in gone["successors"]]
    return ReaderTable.of(pd.DataFrame({"council": gone["council_name"], "last year": gone["last_year"], "became": successors}))


def judgements(inspections: pd.DataFrame) -> ReaderTable:
    """Return counts of grades by framework, first inspections and re-inspections apart, with first and last report."""
    kind = inspections["is_reinspection"].map({True: "again", False: "first"})
    # ILACS inspects every council again and again; it has no re-inspections.
    kind = kind.mask(inspections["framework"] == "ILACS", "all")
    grouped = inspections.groupby([inspections["framework"].astype(str), kind.rename("inspection")])
    counts = grouped["rating"].value_counts().unstack().astype(int)
    dates = grouped["publication_date"].agg(["min", "max"])
    table = counts.set_axis([str(name) for name in counts.columns], axis=1)
    table = table.assign(total=table.sum(axis=1), **{"first report": dates["min"].dt.date, "last report": dates["max"].dt.date})
    return ReaderTable.of(table.reset_index())
