"""Tables of the spend notebook, for readers: rounded to what the figures carry, in words."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fundgap.models.decomposition import SpendChange
from fundgap.models.fifths import DeprivationChange
from fundgap.models.shares import SpendShares
from fundgap.models.spending import ExpectedSpend
from fundgap.story.figures import BILLION
from fundgap.story.published_shares import CUTS_2018, LGA_2018, LGA_2019, NAO_2019
from fundgap.story.tables import ReaderTable, unbroken

_TERMS = {"deprivation": "deprivation, one standard deviation more", "low_income": "children in low income, one percentage point more"}
_FACTORS = {
    "children": "more children",
    "rate": "more of them looked after",
    "unit_cost": "real cost of each",
    "general_prices": "general prices",
    "total": "change in spend",
}
_LEVELS = {
    "children": "children",
    "looked_after": "children looked after, 31 March",
    "looked_after_per_10k": "looked after per 10,000",
    "unit_cost_cash_gbp": "spend per looked-after child, cash £",
    "unit_cost_real_gbp": "spend per looked-after child, real £",
    "spend_cash_gbp": "spend, cash £bn",
    "spend_real_gbp": "spend, real £bn",
}
_GROUPS = {"1": "least deprived fifth", "2": "second", "3": "third", "4": "fourth", "5": "most deprived fifth", "all": "all"}


def _span(years: Sequence[str]) -> str:
    return years[0] if len(years) == 1 else f"{years[0]} to {years[-1]}"


def coefficients(expected: ExpectedSpend) -> ReaderTable:
    """Return by how many per cent spend a child differs with each term, the others held."""
    table = expected.coefficients().drop(index="constant")
    low, high = (100 * np.expm1(table[name]) for name in ("lower", "upper"))
    names = table.index.map(lambda term: _TERMS.get(term, term.split("[T.")[-1].rstrip("]")))
    shown = {
        "term": names,
        "spend a child, %": table["percent"].map("{:+z.1f}".format).to_numpy(),
        "95% interval": [f"{a:+z.1f} to {b:+z.1f}" for a, b in zip(low, high, strict=True)],
    }
    return ReaderTable.of(pd.DataFrame(shown)).titled(
        f"Spend a child that goes with need and region, {expected.category.replace('_', ' ')}, {_span(expected.financial_years)}"
    )


def fits(results: Sequence[ExpectedSpend]) -> ReaderTable:
    """Return a row a model: kind of spend, years, what it stands on, R² and the slope of deprivation."""
    rows = []
    for result in results:
        row = result.coefficients().loc["deprivation"]
        low, high = (100 * np.expm1(row[name]) for name in ("lower", "upper"))
        rows.append(
            {
                "spend": result.category.replace("_", " "),
                "years": result.financial_years[0] if len(result.financial_years) == 1 else f"{result.financial_years[0]} on, pooled",
                "on": ", ".join(result.need).replace("_", " "),
                "council-years": len(result.councils),
                "R²": result.r_squared,
                "deprivation, %": unbroken(f"{row['percent']:+z.1f} ({low:+z.1f} to {high:+z.1f})"),
                "smearing factor": f"{result.smearing:.3f}",
                "errors": result.covariance_kind,
            }
        )
    return ReaderTable.of(pd.DataFrame(rows)).titled("How well need tells spend a child, by kind of spend, year and measure of deprivation")


def far_off(expected: ExpectedSpend, count: int = 6) -> ReaderTable:
    """Return the councils furthest above and below what need leads to expect, in log points, with the interval."""
    ordered = expected.councils.sort_values("residual_log", ascending=False)
    ends = pd.concat([ordered.head(count), ordered.tail(count)])
    shown = {
        "council": ends["council_name"],
        "spent, £ a child": ends["spend"].map("{:,.0f}".format),
        "expected": ends["expected"].map("{:,.0f}".format),
        f"{expected.level:.0%} interval": [f"{row.lower:,.0f} to {row.upper:,.0f}" for row in ends.itertuples()],
        "difference, £": ends["residual"].map("{:+z,.0f}".format),
        "difference, log points": ends["residual_log"].map("{:+z.2f}".format),
        "outside": ends["is_outside"].map({True: "yes", False: ""}),
        "return out of line": ends["is_spend_out_of_line"].map({True: "yes", False: ""}),
    }
    return ReaderTable.of(pd.DataFrame(shown)).titled(
        f"Councils furthest from expected spend a child, {_span(expected.financial_years)}, {expected.price_base} prices"
    )


def shares(results: Sequence[SpendShares]) -> ReaderTable:
    """Return the share of each group with its interval, alone and added last, a block a result."""
    rows = []
    for result in results:
        years = "to ".join(dict.fromkeys((f"{result.financial_years[0]} ", result.financial_years[-1]))).rstrip()
        years = result.financial_years[0] if len(result.financial_years) == 1 else years
        for row in result.shares.itertuples():
            rows.append(
                {
                    "years": years,
                    "group": str(row.group).replace("_", " "),
                    "columns": row.columns,
                    "share of variation": f"{row.share:.0%} ({row.lower:z.0%} to {row.upper:.0%})",
                    "alone": f"{row.alone:z.0%}",
                    "added last": f"{row.added_last:z.0%}",
                }
            )
        whole = f"{result.r_squared:.0%} ({result.lower:.0%} to {result.upper:.0%})"
        rows.append({"years": years, "group": "all (R²)", "columns": int(result.shares["columns"].sum()), "share of variation": whole})
    return ReaderTable.of(pd.DataFrame(rows).fillna("")).titled(
        "Share of the variation in spend a child that goes with each group of columns (95% interval)"
    )


def published_shares() -> ReaderTable:
    """Return what others have published, in their own division, and of which variation it is a share."""
    rows = [
        {"who": study.name, "part": part, "share": f"{share:.0%}", "of what": study.of, "read in": study.source}
        for study in (LGA_2018, LGA_2019, NAO_2019)
        for part, share in study.parts
    ]
    return ReaderTable.of(pd.DataFrame(rows)).titled("Shares of variation that others have published")


def cuts(changes: Sequence[DeprivationChange]) -> ReaderTable:
    """Return the change in real spend a child by fifth, a column a period and kind of spend."""
    columns = {f"{c.category.replace('_', ' ')}, {c.first} to {c.last}": c.change.map("{:+z.1%}".format) for c in changes}
    table = pd.DataFrame(columns).rename(index=_GROUPS)
    return ReaderTable.of(table.rename_axis("change in real spend a child").reset_index()).titled(
        "Change in real gross spend a child by fifth of deprivation, by kind of spend and period"
    )


def cuts_beside_published(changes: Sequence[DeprivationChange]) -> ReaderTable:
    """Return the outer fifths and all, as published and as these figures give it, a row a reading."""
    rows = [{"reading": "published: 2010 to 2015", **{_GROUPS[group]: f"{change:+z.0%}" for group, change in CUTS_2018.items()}}]
    for change in changes:
        reading = f"ours: {change.first} to {change.last}, " + (
            "children count" if change.average == "children" else "councils count alike"
        )
        crossed = ", ".join(sorted(set(change.breaks["first_year_after"])))
        shown = {_GROUPS[group]: f"{change.change[group]:+z.1%}" for group in CUTS_2018}
        rows.append({"reading": reading, **shown, "redrawn in": crossed or "not in between"})
    return ReaderTable.of(pd.DataFrame(rows).fillna("")).titled(
        "Change in real gross spend a child in the outer fifths, as published and as computed"
    )


def levels(change: SpendChange) -> ReaderTable:
    """Return what the areas together had in both years, and by what it was multiplied."""
    rows = change.levels.set_index("quantity").loc[list(_LEVELS)]
    is_spend = rows.index.str.startswith("spend")
    ends = {}
    for name, year in (("before", change.first), ("after", change.last)):
        values = rows[name].where(~is_spend, rows[name] / BILLION)
        ends[year] = [f"{value:,.2f}" if small else f"{value:,.0f}" for value, small in zip(values, is_spend, strict=True)]
    heading = f"real: {change.last} prices"
    return ReaderTable.of(pd.DataFrame({heading: list(_LEVELS.values()), **ends, "times": rows["ratio"].to_numpy()})).titled(
        f"Looked-after children, their spend and its parts, {change.first} and {change.last}"
    )


def decomposition(change: SpendChange) -> ReaderTable:
    """Return England's change by factor: added, share of the rise, ratio, the same of England as one, and the shift between councils."""
    table = change.england
    total = float(table.loc[table["factor"] == "total", "added_gbp"].iloc[0])
    basis = "cash" if change.prices == "cash" else f"{change.price_base} prices"
    shown = {
        f"{change.first} to {change.last}, £m, {basis}": table["factor"].map(_FACTORS),
        "councils added up": table["added_gbp"].div(1e6).map("{:+z,.0f}".format),
        "share": table["added_gbp"].div(total).map("{:.0%}".format),
        "times": table["ratio"].map("{:.3f}".format),
        "England as one": table["england_as_one_gbp"].div(1e6).map("{:+z,.0f}".format),
        "shift between councils": table["shift_between_councils_gbp"].div(1e6).round().add(0.0).map("{:+z,.0f}".format),
    }
    return ReaderTable.of(pd.DataFrame(shown)).titled(
        f"Change in spend on looked-after children by what it goes with, {change.first} to {change.last}, {basis}"
    )


def regions(change: SpendChange) -> ReaderTable:
    """Return the change by region and factor, in per cent of what the region spent before; the parts add up."""
    table = change.regions
    parts = {_FACTORS[name]: table[f"{name}_gbp"] / table["before_gbp"] for name in change.factors}
    shown = {name: values.map("{:+z.0%}".format) for name, values in parts.items()}
    basis = "cash" if change.prices == "cash" else f"{change.price_base} prices"
    rows = {"region": table["region"], f"spend {change.first}, £m {basis}": table["before_gbp"].div(1e6).map("{:,.0f}".format)}
    return ReaderTable.of(
        pd.DataFrame({**rows, **shown, "change in spend": (table["change_gbp"] / table["before_gbp"]).map("{:+z.0%}".format)})
    ).titled(f"Change in spend on looked-after children by region, {change.first} to {change.last}, {basis}, per cent of {change.first}")


def left_out(frame: pd.DataFrame) -> ReaderTable:
    """Return who is not in a result, and why."""
    columns = {"area_name": "council or area", "council_name": "council", "financial_year": "year", "reason": "reason"}
    return ReaderTable.of(frame[[name for name in columns if name in frame]].rename(columns=columns)).titled(
        "Areas whose figures are left out of the change, and why" if "area_name" in frame else "Councils in no model of spend, and why"
    )
