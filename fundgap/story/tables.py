"""Tables for readers: rounded to what the figures carry, headed in words. Tables for machines are the library's own."""

import pandas as pd

from fundgap.gap.projection import Gap
from fundgap.story.figures import BILLION, MEASURES


def odds(table: pd.DataFrame) -> pd.DataFrame:
    """Return `raw_and_adjusted` as a reader's table: one row a measure, raw and adjusted side by side."""
    names = MEASURES | {"deprivation_decile": "Deprivation (one tenth more deprived)"}
    shown = table.assign(measure=table["measure"].map(names), text=table.apply(_with_interval, axis=1))
    wide = shown.pivot(index="measure", columns="model", values="text").reindex(names.values())
    wide.insert(0, "councils", shown.groupby("measure")["n"].min())
    beside = shown[shown["model"] != "raw"].set_index("measure")
    wide["deprivation beside it"] = beside.apply(lambda row: _with_interval(row, "deprivation_"), axis=1)
    order = ["councils", "raw", "adjusted for deprivation", "deprivation beside it"]
    return wide[order].fillna("").rename_axis(columns=None, index="odds ratio per £100 a child (95% interval)")


def _with_interval(row: pd.Series, prefix: str = "") -> str:
    return f"{row[f'{prefix}odds_ratio']:.2f} ({row[f'{prefix}lower']:.2f} to {row[f'{prefix}upper']:.2f})"


def good_counts(table: pd.DataFrame) -> pd.DataFrame:
    """Return `good_by_deprivation` as a reader's table."""
    share = [f"{row.share:.1%} ({row.lower:.0%} to {row.upper:.0%})" for row in table.itertuples()]
    return pd.DataFrame(
        {"councils": table["councils"], "good or better": table["good_or_better"], "share (95% interval)": share}
    ).set_index(table["group"])


def chances(grid: pd.DataFrame) -> pd.DataFrame:
    """Return `probability_grid` as a reader's table: deciles down, spend across; * where few councils stand behind it."""
    few = grid["councils_near"].lt(5).map({True: "*", False: ""})
    text = [f"{row.probability:.0%} ({row.lower:.0%} to {row.upper:.0%})" for row in grid.itertuples()]
    shown = grid.assign(text=pd.Series(text, index=grid.index) + few, spend=grid["spend"].map("£{:.0f} a child".format))
    return shown.pivot(index="deprivation_decile", columns="spend", values="text").rename_axis(columns=None, index="deprivation decile")


def gap_years(gap: Gap) -> pd.DataFrame:
    """Return a gap's years for England in £bn."""
    england = gap.england
    columns = {
        "need, cash": england["need_gbp"],
        "funding, cash": england["funding_gbp"],
        "yearly gap, cash": england["gap_gbp"],
        f"yearly gap, {gap.price_base} prices": england["gap_gbp_real"],
        "gaps added up, cash": england["cumulative_gap_gbp"],
    }
    table = pd.DataFrame({name: (values / BILLION).round(2) for name, values in columns.items()})
    return table.set_index(england["financial_year"]).rename_axis("£bn").assign(councils=england["councils"].to_numpy())


def gap_drivers(gap: Gap) -> pd.DataFrame:
    """Return what each driver adds to England's gap, £bn cash, years down; the last column is their sum."""
    wide = gap.drivers.pivot(index="financial_year", columns="driver", values="gap_gbp").div(BILLION)
    return wide.assign(gap=wide.sum(axis=1)).round(2).add(0.0).rename_axis(columns=None, index="£bn, cash")


def forecast_beside_outturn(table: pd.DataFrame) -> pd.DataFrame:
    """Return `compare_with_outturn` in £bn cash and per cent."""
    return pd.DataFrame(
        {
            "need forecast": (table["need_gbp"] / BILLION).round(2),
            "gross spend": (table["outturn_gbp"] / BILLION).round(2),
            "rise in need": (table["need_rise_gbp"] / BILLION).round(2),
            "rise in spend": (table["outturn_rise_gbp"] / BILLION).round(2),
            "rise in need, %": (100 * table["need_rise"]).round(1),
            "rise in spend, %": (100 * table["outturn_rise"]).round(1),
            "councils": table["councils"],
        }
    ).set_index(table["financial_year"].rename("£bn, cash"))


def fund_coverage(table: pd.DataFrame) -> pd.DataFrame:
    """Return `coverage` in words people use."""
    return pd.DataFrame(
        {
            "fund, £m": (table["fund_gbp"] / 1e6).round(1),
            "gap, £m": (table["gap_gbp"] / 1e6).round(0),
            "share": table["share_of_gap"].map("{:.2%}".format),
            "days": table["days_of_gap"].round(1),
            "fund a child": table["fund_per_child_gbp"].map("£{:.2f}".format),
            "gap a child": table["gap_per_child_gbp"].map("£{:,.0f}".format),
            "fund a council": table["fund_per_council_gbp"].map("£{:,.0f}".format),
        }
    ).set_index(table["financial_year"].rename("cash of the year"))


def spend_years(years: pd.DataFrame) -> pd.DataFrame:
    """Return England's spend by year in £bn, cash and real, with how many councils are in the sum."""
    base = years.attrs["price_base"]
    # Luton published some categories of 2022-23 and no total: a sum holds the same councils in every column.
    grouped = years[~years["is_missing_return"]].groupby("financial_year")
    missing = years.groupby("financial_year")["is_missing_return"].sum()
    names = ("gross_spend", "looked_after_spend", "safeguarding_spend", "preventative_spend")
    table = pd.DataFrame({f"{name.removesuffix('_spend').replace('_', ' ')}, cash": grouped[f"{name}_gbp"].sum() for name in names[:1]})
    for name in names:
        table[f"{name.removesuffix('_spend').replace('_', ' ')}, {base} prices"] = grouped[f"{name}_gbp_real"].sum()
    table = (table / BILLION).round(2)
    table["councils"] = grouped["gross_spend_gbp"].count()
    return table.assign(missing=missing).rename_axis("£bn")
