"""The charts of notebooks, report and README. Each takes tables, draws one finding and carries its own data."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from fundgap.gap.result import Gap
from fundgap.story.chart import BLUE, GREY, ORANGE, PINK, S251, Chart, blank, finish, label_ends

BILLION = 1e9
MEASURES = {
    "gross_spend_per_child_real": "Total",
    "preventative_per_child_real": "Preventative",
    "safeguarding_per_child_real": "Safeguarding",
    "looked_after_per_child_real": "Looked-after children",
}
FEW_COUNCILS = 5


def odds_ratios(table: pd.DataFrame, price_base: str) -> Chart:
    """Draw raw and adjusted odds ratios per £100 side by side. `table` comes from `raw_and_adjusted`."""
    data = table[table["measure"].isin(MEASURES)].reset_index(drop=True)
    figure, axes = blank()
    axes.set_position((0.24, 0.19, 0.72, 0.62))
    looks = {"raw": (GREY, "o", -0.14), "adjusted for deprivation": (BLUE, "D", 0.14)}
    for model, (colour, marker, shift) in looks.items():
        part = data[data["model"] == model]
        position = np.arange(len(part)) + shift
        error = np.vstack([part["odds_ratio"] - part["lower"], part["upper"] - part["odds_ratio"]])
        axes.errorbar(part["odds_ratio"], position, xerr=error, fmt=marker, color=colour, capsize=3, label=model)
        for x, y, text in zip(part["upper"], position, part["odds_ratio"], strict=True):
            axes.text(x + 0.03, y, f"{text:.2f}", va="center", fontsize=9, color=colour)
    axes.axvline(1, color="black", linewidth=1)
    axes.set_yticks(range(len(MEASURES)), list(MEASURES.values()))
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("Odds ratio of a better grade per £100 a child (right of the line: goes with better)")
    axes.legend(loc="lower right", fontsize=9)
    value = data.set_index(["measure", "model"])["odds_ratio"]
    total, prevent = "gross_spend_per_child_real", "preventative_per_child_real"
    return finish(
        figure,
        title="Preventative spend goes with better grades among equally deprived councils"
        if data.set_index(["measure", "model"])["lower"][prevent, "adjusted for deprivation"] > 1
        else "No kind of spend shows a clear link with better grades",
        subtitle=f"First single-framework (SIF) judgement, {data['n'].iloc[0]} councils, 2014-2017; spend of the year before, "
        f"{price_base} prices; 95% intervals",
        source=f"Ofsted; {S251}; Indices of Deprivation 2015; ONS. Odds ratio: how many times the odds of a better grade; 1 is no link. "
        "An association, not an effect of spending.",
        alt=f"Odds ratios per £100 a child, raw then adjusted for deprivation: total {value[total, 'raw']:.2f} and "
        f"{value[total, 'adjusted for deprivation']:.2f}; preventative {value[prevent, 'raw']:.2f} and "
        f"{value[prevent, 'adjusted for deprivation']:.2f}.",
        data=data,
    )


def chance_of_good(grid: pd.DataFrame, price_base: str) -> Chart:
    """Draw P(good or better) by deprivation at three levels of preventative spend. `grid` comes from `probability_grid`."""
    figure, axes = blank()
    levels = sorted(grid["quantile"].unique())
    looks = zip(levels, (ORANGE, GREY, BLUE), ("lower quartile", "median", "upper quartile"), strict=True)
    ends = {}
    for level, colour, name in looks:
        part = grid[grid["quantile"] == level]
        supported = part["councils_near"] >= FEW_COUNCILS
        axes.plot(part["deprivation_decile"], part["probability"], color=colour, linestyle=":", linewidth=1.5)
        axes.plot(part["deprivation_decile"].where(supported), part["probability"].where(supported), color=colour, marker="o", markersize=4)
        axes.fill_between(part["deprivation_decile"], part["lower"], part["upper"], color=colour, alpha=0.12, linewidth=0)
        ends[f"{name}: £{part['spend'].iloc[0]:.0f}"] = (part["probability"].iloc[-1], colour)
    axes.set_xlim(0.7, 12.6)
    axes.set_ylim(0, 1)
    label_ends(axes, 10.15, ends)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
    axes.set_xticks(range(1, 11))
    axes.set_xlabel("Tenth of councils by deprivation (1 = least, 10 = most deprived)")
    chance = grid.set_index(["quantile", "deprivation_decile"])["probability"]
    least, most = chance[levels[1], 1], chance[levels[1], 10]
    dotted = f" Dotted: fewer than {FEW_COUNCILS} councils like that." if (grid["councils_near"] < FEW_COUNCILS).any() else ""
    return finish(
        figure,
        title="Good grades go with less deprivation and with more preventative spend"
        if least > most and chance[levels[2], 5] > chance[levels[0], 5]
        else "The chance of a good grade by deprivation and preventative spend",
        subtitle="Predicted chance of good or better at first single-framework inspection, 2014-2017, by preventative spend a child the "
        f"year before ({price_base} prices); bands: 95% intervals",
        source=f"Ofsted; {S251}; Indices of Deprivation 2015; ONS.{dotted} An association, not an effect.",
        alt=f"At middling preventative spend the predicted chance of good or better falls from {least:.0%} in the least deprived tenth to "
        f"{most:.0%} in the most deprived; at the highest level shown it falls from {chance[levels[2], 1]:.0%} to "
        f"{chance[levels[2], 10]:.0%}.",
        data=grid,
    )


def forecast_and_outturn(compared: Mapping[str, pd.DataFrame]) -> Chart:
    """Draw the rise in need as forecast beside the rise in spend. Values come from `compare_with_outturn`, by label."""
    figure, axes = blank()
    first = next(iter(compared.values()))
    years = first["financial_year"]
    rows = [pd.DataFrame({"financial_year": years, "line": "spent", "rise_gbp": first["outturn_rise_gbp"]})]
    axes.plot(years, first["outturn_rise_gbp"] / BILLION, color=BLUE, marker="o", linewidth=3)
    ends = {"Spent": (first["outturn_rise_gbp"].iloc[-1] / BILLION, BLUE)}
    for (label, table), colour, style in zip(compared.items(), (ORANGE, PINK), ("--", ":"), strict=True):
        axes.plot(years, table["need_rise_gbp"] / BILLION, color=colour, linestyle=style, marker="s", markersize=4)
        ends[label] = (table["need_rise_gbp"].iloc[-1] / BILLION, colour)
        rows.append(pd.DataFrame({"financial_year": years, "line": label, "rise_gbp": table["need_rise_gbp"]}))
    axes.set_xlim(-0.2, len(years) - 0.4)
    axes.set_ylim(0, None)
    label_ends(axes, len(years) - 0.93, {f"{text} +£{value:.1f}bn": (value, colour) for text, (value, colour) in ends.items()})
    axes.set_ylabel("£bn since " + years.iloc[0])
    last = first.iloc[-1]
    needs = ", ".join(f"{label} £{table['need_rise_gbp'].iloc[-1] / BILLION:.1f}bn" for label, table in compared.items())
    more = all(table["need_rise_gbp"].iloc[-1] < last["outturn_rise_gbp"] for table in compared.values())
    return finish(
        figure,
        title="Councils' spending rose by more than need was forecast to rise"
        if more
        else "Councils' spending rose by less than need was forecast to rise",
        subtitle=f"Rise since {years.iloc[0]}, England, £bn cash: cost of standing still as forecast, and gross spend",
        source=f"LGA 2016 and 2017 (children's social care and education services); {S251}: other services, so compare the rises. "
        "The forecasts gave no range; outturn is as returned, without sampling.",
        alt=f"By {last['financial_year']} gross spend had risen by £{last['outturn_rise_gbp'] / BILLION:.1f}bn in cash; "
        f"forecast need had risen by: {needs}.",
        data=pd.concat(rows, ignore_index=True),
    )


def projected_gap(gap: Gap, by_window: pd.DataFrame) -> Chart:
    """Draw need, funding and the gap between, with the range over estimation windows. `by_window` from `gap_by_window`."""
    england = gap.england
    figure, axes = blank()
    x = range(len(england))
    need, funding = england["need_gbp"] / BILLION, england["funding_gbp"] / BILLION
    ranged = by_window.groupby("financial_year")["gap_gbp"].agg(["min", "max"]).reindex(england["financial_year"])
    low, high = (funding.to_numpy() + ranged[name].to_numpy() / BILLION for name in ("min", "max"))
    axes.fill_between(x, low, high, color=PINK, alpha=0.15, linewidth=0)
    axes.plot(x, need, color=PINK, marker="o")
    axes.plot(x, funding, color=BLUE, marker="s", linestyle="--")
    last = england.iloc[-1]
    axes.text(x[-1] + 0.1, need.iloc[-1], f"Standing still\n£{need.iloc[-1]:.1f}bn", color=PINK, va="center", fontsize=9)
    axes.text(x[-1] + 0.1, funding.iloc[-1], f"Funding, real flat\n£{funding.iloc[-1]:.1f}bn", color=BLUE, va="center", fontsize=9)
    axes.annotate("", (x[-1], need.iloc[-1]), (x[-1], funding.iloc[-1]), arrowprops={"arrowstyle": "<->", "color": "black"})
    axes.text(
        x[-1] - 0.08,
        (need.iloc[-1] + funding.iloc[-1]) / 2,
        f"gap £{last['gap_gbp'] / BILLION:.1f}bn",
        ha="right",
        va="center",
        fontsize=10,
    )
    axes.set_xlim(-0.2, len(england) + 0.3)
    axes.set_xticks(list(x), england["financial_year"])
    axes.set_ylim(0.9 * funding.min(), None)
    axes.set_ylabel("£bn, cash")
    spread = ranged.loc[last["financial_year"]] / BILLION
    windows = by_window["window_years"]
    return finish(
        figure,
        title=f"If the trend goes on, funding falls £{last['gap_gbp'] / BILLION:.1f}bn short of standing still by {last['financial_year']}",
        subtitle=f"Need and funding of children's services, {last['councils']:.0f} councils, £bn cash; "
        f"band: trends of {windows.min()} to {windows.max()} years",
        source=f"{S251} to {gap.price_base}, then scenario '{gap.scenario.id}'. The axis does not start at zero. "
        "Trends from around the pandemic distort the band; a trend is not a forecast.",
        alt=f"The yearly gap in {last['financial_year']} is £{last['gap_gbp'] / BILLION:.1f}bn in cash, between £{spread['min']:.1f}bn and "
        f"£{spread['max']:.1f}bn depending on how many years the trend is taken from.",
        data=england.merge(ranged.rename(columns={"min": "gap_low_gbp", "max": "gap_high_gbp"}).reset_index(), on="financial_year"),
    )


def fund_beside_gap(covered: pd.DataFrame, fund_title: str, gap_title: str) -> Chart:
    """Draw a fund and the gap of the same year to one scale. `covered` comes from `coverage`; its last year is drawn."""
    row = covered.iloc[-1]
    figure, axes = blank((8.0, 3.6))
    axes.set_position((0.09, 0.29, 0.87, 0.42))
    axes.barh(["gap", "fund"], [row["gap_gbp"] / 1e6, row["fund_gbp"] / 1e6], color=[PINK, BLUE], height=0.6)
    axes.text(row["gap_gbp"] / 1e6 * 0.98, 0, f"£{row['gap_gbp'] / 1e6:,.0f}m", va="center", ha="right", color="white", fontweight="bold")
    axes.text(
        row["gap_gbp"] / 1e6 * 0.02,
        1,
        f"£{row['fund_gbp'] / 1e6:,.1f}m: {row['share_of_gap']:.2%} of the gap, {row['days_of_gap']:.1f} days of it",
        va="center",
    )
    axes.set_xlabel("£m, cash")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")
    return finish(
        figure,
        title=f"A year of the pledge is {row['days_of_gap']:.1f} days' worth of the gap of {row['financial_year']}",
        subtitle=f"{fund_title} and the gap ({gap_title}) in {row['financial_year']}, England, £m cash, to one scale",
        source="Fund: up to £20m, taken as three equal years (our assumption). "
        "Gap: as published, without a range; its steps and level are partly our assumption.",
        alt=f"In {row['financial_year']} the fund's £{row['fund_gbp'] / 1e6:.1f}m stands beside a gap of "
        f"£{row['gap_gbp'] / 1e6:,.0f}m: {row['share_of_gap']:.2%}.",
        data=covered,
    )
