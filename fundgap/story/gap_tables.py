"""Tables of the gap notebook: published figures, the verdict, scenarios, regions, children ahead, the cost of good."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from fundgap.gap.cost_result import CostOfGood, as_sum
from fundgap.gap.result import Gap
from fundgap.gap.simulation_result import Simulation
from fundgap.gap.verdict import LAST, Verdict
from fundgap.story.figures import BILLION
from fundgap.story.tables import ReaderTable

_METHODS = {"panel": "panel's last five years go on", "projection": "ONS projection of 2018", "none": "no change"}


def published_gaps(table: pd.DataFrame) -> ReaderTable:
    """Return `published_gaps` with one row a published figure: beside it what its scenario gives."""
    met = np.where(table["is_met"], "yes", np.where(table["is_met_by_parts"], "to the rounding of its parts", "no"))
    shown = {
        "scenario": table["scenario"],
        "reading": table["reading"],
        "year": table["financial_year"],
        "published, £bn cash": table["published_gbp"].div(BILLION).map("{:.1f}".format),
        "computed, £bn cash": table["computed_gbp"].div(BILLION).map("{:.2f}".format),
        "met": met,
    }
    return ReaderTable.of(pd.DataFrame(shown)).titled(
        "Figures that the Local Government Association published, and what their scenarios give, £bn cash"
    )


def verdict_table(found: Verdict) -> ReaderTable:
    """Return what was forecast and spent by year, and the rise, in cash and in the last year's prices, £bn."""
    table = found.table.assign(gbp=found.table["gbp"] / BILLION)
    wide = table.pivot(index="figure", columns="financial_year", values="gbp").reindex(table["figure"].unique())
    last = table.drop_duplicates("figure", keep="last").set_index("figure")
    wide["rise to"] = last["financial_year"]
    wide["rise, cash"] = last["rise_gbp"] / BILLION
    wide[f"rise, {LAST} prices"] = last["rise_gbp_real"] / BILLION
    wide["rise, %"] = last["rise"].map("{:.1%}".format)
    wide["areas"] = ["England" if pd.isna(areas) else f"{areas:.0f}" for areas in last["areas"]]
    return ReaderTable.of(wide.rename_axis(columns=None, index="£bn, cash").reset_index()).titled(
        f"Forecast and spent by year, £bn cash, and the rise in {LAST} prices"
    )


def what_is_counted(found: Verdict) -> ReaderTable:
    """Return what each figure of the verdict covers."""
    return ReaderTable.of(found.table.drop_duplicates("figure")[["figure", "covers"]]).titled("What each figure of the verdict covers")


def overspends(found: Verdict) -> ReaderTable:
    """Return the published overspends, in cash and in the last year's prices."""
    table = found.overspends
    mark = np.where(table["is_doubtful"], "doubtful", np.where(table["is_at_least"], "at least", ""))
    shown = {
        "year": table["financial_year"],
        "£m, cash": table["overspend_gbp"].div(1e6).map("{:,.0f}".format),
        f"£m, {LAST} prices": table["overspend_gbp_real"].div(1e6).map("{:,.0f}".format),
        f"share of the £{found.gap_gbp / BILLION:.1f}bn": table["share_of_gap"].map("{:.0%}".format),
        "remark": mark,
        "publisher": table["publisher"],
    }
    return ReaderTable.of(pd.DataFrame(shown)).titled(f"Overspends of budgets as published, £m, cash and {LAST} prices")


def growth_beside_outturn(table: pd.DataFrame) -> ReaderTable:
    """Return `compare_with_outturn` as growth since the base year: forecast, spent, spent by the same areas."""
    percent = {"forecast": "need_rise", "spent": "outturn_rise", "spent, areas with a return in both years": "outturn_rise_same_areas"}
    shown = {"growth since the base year": table["financial_year"]}
    shown |= {name: table[column].map("{:.1%}".format) for name, column in percent.items()}
    return ReaderTable.of(pd.DataFrame(shown | {"councils missing": table["councils_missing"]})).titled(
        "Growth in spend since the base year, forecast and outturn, cash"
    )


def scenarios_side_by_side(gaps: Mapping[str, Gap], years: Sequence[str]) -> ReaderTable:
    """Return the yearly gap of several scenarios in the years asked for, £bn in cash and in base-year prices."""
    rows = []
    for name, gap in gaps.items():
        england = gap.england.set_index("financial_year")
        row: dict[str, object] = {"scenario": name}
        for year in years:
            row[f"{year}, cash"] = england["gap_gbp"][year] / BILLION
            row[f"{year}, {gap.price_base} prices"] = england["gap_gbp_real"][year] / BILLION
        rows.append(row)
    return ReaderTable.of(pd.DataFrame(rows).rename(columns={"scenario": "yearly gap, £bn"})).titled(
        f"Yearly gap of England by scenario, {' and '.join(years)}, £bn"
    )


def regions(gap: Gap, year: str) -> ReaderTable:
    """Return the gap of each region in a year with what adds up to it, £m in base-year prices, largest gap a child first.

    General prices lift need and funding alike; the two are shown as one, the change in funding's real value.
    """
    table = gap.regions[gap.regions["financial_year"] == year].set_index("region")
    parts = gap.region_drivers[gap.region_drivers["financial_year"] == year]
    wide = parts.pivot(index="region", columns="driver", values="gap_gbp_real").div(1e6)
    shown = wide[["demography", "demand", "price"]].assign(**{"funding and general prices": wide["funding"] + wide["general prices"]})
    shown["gap"] = table["gap_gbp_real"] / 1e6
    per_child = table["gap_gbp_real"] / table["children"]
    shown["gap a child"] = per_child.map("£{:,.0f}".format)
    shown["councils"] = table["councils"]
    ordered = shown.loc[per_child.sort_values(ascending=False).index]
    return ReaderTable.of(ordered.rename_axis(columns=None, index=f"£m, {year}, {gap.price_base} prices").reset_index(), decimals=0).titled(
        f"Gap by region and what it is made of, {year}, £m in {gap.price_base} prices"
    )


def need_by_category(gap: Gap, years: Sequence[str]) -> ReaderTable:
    """Return England's need by category of spend in some years, £bn in base-year prices."""
    wide = gap.categories.groupby(["category", "financial_year"])["need_gbp_real"].sum().unstack() / BILLION
    order = list(gap.categories["category"].unique())
    shown = wide.loc[order, list(years)].rename(index=lambda name: name.replace("_", " "))
    return ReaderTable.of(shown.rename_axis(columns=None, index=f"£bn, {gap.price_base} prices").reset_index()).titled(
        f"England's need by category of spend, £bn in {gap.price_base} prices"
    )


def quality_of_assumptions(table: pd.DataFrame) -> ReaderTable:
    """Return how many assumptions of each scenario are of which quality, from `assumptions`."""
    shown = table.pivot_table(index="scenario", columns="quality", values="label", aggfunc="count", fill_value=0)
    return ReaderTable.of(shown.rename_axis(columns=None).reset_index()).titled("Assumptions by scenario and quality of evidence, number")


def children_ahead(table: pd.DataFrame) -> ReaderTable:
    """Return `compare_demography`: how far each way of looking ahead was off, by years ahead."""
    shown = {
        "years ahead": table["years_ahead"],
        "way": table["method"].map(_METHODS),
        "councils, root mean square": table["rms_error"].map("{:.1%}".format),
        "councils, median": table["median_error"].map("{:.1%}".format),
        "England": table["england_error"].map("{:.1%}".format),
        "England, bias": table["england_bias"].map("{:+z.1%}".format),
        "starting years": table["origins"],
    }
    return ReaderTable.of(pd.DataFrame(shown)).titled("Error in the number of children by years ahead and way of looking ahead")


def quantiles(simulation: Simulation, years: Sequence[str]) -> ReaderTable:
    """Return England's yearly gap in draws, run 0 beside them, £bn in cash and in base-year prices."""
    table = simulation.england(0.1, 0.5, 0.9)
    names = {0.1: "1 in 10 below", 0.5: "middle", 0.9: "1 in 10 above"}
    shown = pd.DataFrame({"yearly gap, £bn": list(years)})
    for column, prices in (("gap_gbp", "cash"), ("gap_gbp_real", f"{simulation.run.price_base} prices")):
        run = simulation.run.england.set_index("financial_year")[column]
        shown[f"run 0, {prices}"] = run.loc[list(years)].to_numpy() / BILLION
        wide = table.pivot(index="financial_year", columns="quantile", values=column).loc[list(years)] / BILLION
        for level, name in names.items():
            shown[f"{name}, {prices}"] = wide[level].to_numpy()
    return ReaderTable.of(shown, decimals=1).titled(
        f"Yearly gap of England in {simulation.draws:,} draws, £bn, cash and {simulation.run.price_base} prices"
    )


def chances(simulation: Simulation, sums_gbp: Sequence[float], year: str) -> ReaderTable:
    """Return the probability that England's yearly gap exceeds each sum, in cash of the year."""
    told = [str(simulation.probability_above(amount, year)) for amount in sums_gbp]
    names = [f"£{amount / BILLION:.0f}bn" if amount else "nothing" for amount in sums_gbp]
    return ReaderTable.of(pd.DataFrame({f"a gap in {year} of more than (cash)": names, "share of draws": told})).titled(
        f"Share of draws in which England's gap of {year} is more than a sum, cash"
    )


def costs_of_good(answers: Sequence[CostOfGood]) -> ReaderTable:
    """Return what several models say good would cost, one row a model; sums are pounds a year."""
    rows = [
        {
            "first inspections": " and ".join(answer.frameworks),
            "councils": f"all but {', '.join(answer.without)}" if answer.without else "all",
            "judgements": answer.judgements,
            "below even odds": f"{len(answer.below)} of {len(answer.councils)}",
            f"short by a year, {answers[0].price_base} prices": as_sum(answer.england.extra_gbp),
            "95% interval": f"{as_sum(answer.england.lower_gbp)} to {as_sum(answer.england.upper_gbp)}",
            "above any spend seen": int(answer.below["is_beyond_spends_seen"].sum()),
            "no finite answer": len(answer.without_finite_answer),
            "no finite upper end": len(answer.without_finite_interval),
            "draws without an answer": f"{answer.draws_without_answer:,} of {answer.draws:,}",
        }
        for answer in answers
    ]
    return ReaderTable.of(pd.DataFrame(rows)).titled(
        f"What even odds of good or better would take by model, a year, {answers[0].price_base} prices"
    )


def furthest_from_good(answer: CostOfGood, count: int = 10) -> ReaderTable:
    """Return the councils that are most a child below the spend that goes with even odds."""
    table = answer.below.assign(short=answer.below["target_per_child"] - answer.below["spend_per_child"])
    table = table.sort_values("short", ascending=False).head(count)
    ends = [f"£{low:,.0f} to {_pounds(high)}" for low, high in zip(table["target_lower"], table["target_upper"], strict=True)]
    shown = {
        "council": table["council_name"],
        "tenth of deprivation": table["deprivation_decile"].map("{:.0f}".format),
        f"preventative spend a child, {table['financial_year'].iloc[0]}": table["spend_per_child"].map("£{:,.0f}".format),
        "chance of good or better": table["probability"].map("{:.0%}".format),
        "spend at even odds": table["target_per_child"].map(_pounds),
        "95% interval": ends,
        f"short, £m a year, {answer.price_base} prices": table["extra_gbp"].div(1e6).map("{:,.1f}".format),
    }
    return ReaderTable.of(pd.DataFrame(shown)).titled(
        f"Councils furthest below the spend that goes with even odds, {answer.price_base} prices"
    )


def _pounds(value: float) -> str:
    return f"£{value:,.0f}" if np.isfinite(value) else "no finite end"
