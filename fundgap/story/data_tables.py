"""Tables of the data report, for readers: what is held, what is missing, what changed, what agrees."""

import pandas as pd

from fundgap.data.prices import years_after
from fundgap.data.reconcile import OUTTURN
from fundgap.story.figures import BILLION
from fundgap.story.tables import HASH_SHOWN, ReaderTable

_SERIES = {
    "split": "the new councils' sum goes on with the old one's series",
    "redrawn": "only all together go on: Christchurch changed sides",
}


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
    return ReaderTable.of(table.rename_axis("£bn").reset_index()).titled(
        f"England's gross spend on children's services by year, £bn, cash and {base} prices"
    )


def releases(frame: pd.DataFrame) -> ReaderTable:
    """Return `sources`: what, from whom, for when, how many rows, and the start of the file's hash."""
    shown = frame[["id", "publisher", "title", "period", "rows"]]
    return ReaderTable.of(shown.assign(**{"SHA-256": frame["sha256"].str[:HASH_SHOWN]})).titled("Releases that the figures were read from")


def agreement(totals: pd.DataFrame) -> ReaderTable:
    """Return how many published totals of each figure agree with the councils' sums; Revenue Outturn's lines in one row."""
    is_outturn = totals["figure"].str.startswith(OUTTURN)
    figure = (
        totals["figure"].str.removesuffix("_gbp").str.replace("_", " ").mask(is_outturn, "Revenue Outturn RO3, every line, gross and net")
    )
    grouped = totals.groupby(figure)
    table = pd.DataFrame({"totals published": grouped.size(), "agree": grouped["agrees"].sum()})
    table["of these with a known difference or an estimate inside"] = totals["why"].ne("").groupby(figure).sum()
    return ReaderTable.of(table.reset_index()).titled("Published totals that agree with the sum of the councils, by figure")


def known_differences(totals: pd.DataFrame) -> ReaderTable:
    """Return why totals agree only with a known difference: how many of each release, over which periods, the largest one."""
    named = totals[totals["why"] != ""].assign(why=totals["why"].str.replace("As above.*", "As in the row above or below.", regex=True))
    grouped = named.groupby(["source", "why"], sort=False)
    spans = grouped["period"].agg(["min", "max", "size"])
    table = pd.DataFrame(
        {
            "periods": [low if low == high else f"{low} to {high}" for low, high in zip(spans["min"], spans["max"], strict=True)],
            "totals": spans["size"],
            "largest difference": grouped["difference"].agg(lambda values: values.abs().max()),
        },
        index=spans.index,
    )
    return ReaderTable.of(table.reset_index()[["source", "periods", "totals", "largest difference", "why"]], decimals=0).titled(
        "Totals that agree only with a known difference, and why"
    )


def definition_breaks(breaks: pd.DataFrame, *, comparable: bool) -> ReaderTable:
    """Return changes of definition: those that may not be compared across, or those the series is put right for."""
    chosen = breaks[breaks["is_comparable"] == comparable].sort_values(["first_year_after", "category", "measure"])
    category = chosen["category"].str.replace("_", " ") + chosen["measure"].map({"gross": "", "net": ", net"})
    shown = {"from": chosen["first_year_after"], "category": category, "what changed": chosen["what"]}
    return ReaderTable.of(pd.DataFrame(shown)).titled(
        "Changes of the forms that the series is put right for" if comparable else "Changes of definition that no comparison may cross"
    )


def two_returns(by_year: pd.DataFrame) -> ReaderTable:
    """Return `compare_spend_by_year` for the total: Section 251 and Revenue Outturn over the councils with both."""
    total = by_year[by_year["figure"] == "total"]
    shown = {
        "total": total["financial_year"] + ", " + total["measure"],
        "councils in both": total["councils"],
        "Section 251, £bn": total["section251_gbp"] / BILLION,
        "Revenue Outturn, £bn": total["revenue_outturn_gbp"] / BILLION,
        "ratio": total["ratio"],
        "councils within 1%": total["within_1_percent"].map("{:.0%}".format),
        "councils within 5%": total["within_5_percent"].map("{:.0%}".format),
    }
    return ReaderTable.of(pd.DataFrame(shown)).titled("Section 251 beside Revenue Outturn, councils with both, by year, £bn cash")


def furthest_apart(comparison: pd.DataFrame, since: str, count: int = 12) -> ReaderTable:
    """Return the councils whose two returns of gross spend lie furthest apart, and what is known of it."""
    total = comparison[(comparison["figure"] == "total") & (comparison["measure"] == "gross") & (comparison["financial_year"] >= since)]
    far = total.loc[total["difference_gbp"].abs().nlargest(count).index]
    shown = {
        "council": far["council_name"] + ", " + far["financial_year"],
        "Section 251, £m": far["section251_gbp"].div(1e6).map("{:,.1f}".format),
        "Revenue Outturn, £m": far["revenue_outturn_gbp"].div(1e6).map("{:,.1f}".format),
        "what is known": far["why"],
    }
    return ReaderTable.of(pd.DataFrame(shown)).titled(
        f"Councils whose two returns of gross spend lie furthest apart, since {since}, £m cash"
    )


def revisions(summary: pd.DataFrame) -> ReaderTable:
    """Return, for each pair of releases, how many council figures both give, and how many the later one changed, added, withdrew."""
    counts = ["both", "equal", "changed", "added", "withdrawn"]
    figures = summary[summary["table"] != "published_totals"]
    grouped = figures.groupby(["table", "release_before", "release_after"], sort=False)[counts].sum().reset_index()
    grouped = grouped[grouped["both"] > 0].assign(table=lambda rows: rows["table"].str.replace("_", " "))
    return ReaderTable.of(grouped.rename(columns={"release_before": "instead of", "release_after": "counts"})).titled(
        "Council figures that a later release gave again, changed, added or withdrew"
    )


def accepted_figures(releases: pd.DataFrame) -> ReaderTable:
    """Return how many figures of each release are unlike their neighbours and were accepted as published."""
    named = releases[releases["accepted"] != ""]
    return ReaderTable.of(pd.DataFrame({"release": named["id"], "accepted as published": named["accepted"].str.count("; ") + 1})).titled(
        "Figures unlike their neighbours that were accepted as published, by release"
    )


def out_of_line(years: pd.DataFrame) -> ReaderTable:
    """Return how many councils' Section 251 totals fit neither the other return nor their own years, by year."""
    counts = years[years["is_spend_out_of_line"]].groupby("financial_year").size()
    table = counts.rename("councils whose Section 251 total does not fit").rename_axis("year").reset_index()
    return ReaderTable.of(table).titled("Section 251 totals that do not fit, by year")


def children_not_published(years: pd.DataFrame, after: str) -> ReaderTable:
    """Return councils without a figure of children after a year: the first and last year missing, and how many."""
    missing = years[years["is_children_missing"] & (years["financial_year"] > after)]
    spans = missing.groupby("council_name")["financial_year"].agg(["min", "max", "count"]).reset_index()
    names = {"council_name": "council", "min": "first year", "max": "last year", "count": "years"}
    return ReaderTable.of(spans.rename(columns=names)).titled(f"Councils whose children are not published, after {after}")


def missing_returns(years: pd.DataFrame) -> ReaderTable:
    """Return councils without a total of spend, by year."""
    missing = years[years["is_missing_return"]].sort_values(["financial_year", "council_name"])
    return ReaderTable.of(missing[["financial_year", "council_name", "children"]], decimals=0).titled(
        "Councils without a usable total of spend, by year"
    )


def changed_councils(changes: pd.DataFrame, years: pd.DataFrame) -> ReaderTable:
    """Return councils that changed, and whether children and spend go on where the old councils end and the new ones begin."""
    changed = changes[changes["kind"] != "recoded"]
    rows = []
    for change in changed.to_dict("records"):
        first_year = str(change["first_year"])
        before = _sums(years, change["before"], years_after(first_year, -1))
        after = _sums(years, change["after"], first_year)
        rows.append(
            {
                "from": first_year,
                "before": change["before_names"],
                "after": change["after_names"],
                "series": _SERIES[str(change["kind"])],
                "children": f"{before['children']} → {after['children']}",
                "gross spend, £m cash": f"{before['spend']} → {after['spend']}",
            }
        )
    return ReaderTable.of(pd.DataFrame(rows)).titled(
        "Councils that changed: children and gross spend in the last year before and the first after"
    )


def _sums(years: pd.DataFrame, codes: list[str], year: str) -> dict[str, str]:
    rows = years[years["council"].isin(codes) & (years["financial_year"] == year)]
    whole = rows[["children", "gross_spend_gbp"]].sum(skipna=False)
    return {
        "children": "not published" if pd.isna(whole["children"]) else f"{whole['children']:,.0f}",
        "spend": "none" if pd.isna(whole["gross_spend_gbp"]) else f"{whole['gross_spend_gbp'] / 1e6:,.1f}",
    }


def recoded_councils(changes: pd.DataFrame) -> ReaderTable:
    """Return councils with another code for the same area: one series under the code shown."""
    same = changes[changes["kind"] == "recoded"]
    shown = {"council": same["after_names"], "our code": same["after"].map(" ".join), "also found as": same["before"].map(" ".join)}
    return ReaderTable.of(pd.DataFrame(shown)).titled("Councils with a new code for the same area")


def judgements(inspections: pd.DataFrame) -> ReaderTable:
    """Return counts of grades by framework, first inspections and re-inspections apart, with first and last report."""
    kind = inspections["is_reinspection"].map({True: "again", False: "first"})
    # ILACS inspects every council again and again; it has no re-inspections.
    kind = kind.mask(inspections["framework"] == "ILACS", "all")
    grouped = inspections.groupby([inspections["framework"].astype(str), kind.rename("inspection")])
    counts = grouped["rating"].value_counts().unstack().astype(int)
    dates = grouped["publication_date"].agg(["min", "max"])
    table = counts.set_axis([str(name) for name in counts.columns], axis=1)
    days = {f"{name} report": dates[end].map("{:%-d %b %Y}".format) for name, end in (("first", "min"), ("last", "max"))}
    table = table.assign(total=table.sum(axis=1), **days)
    return ReaderTable.of(table.reset_index()).titled("Overall judgements by framework and grade, with first and last report")
