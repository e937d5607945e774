"""Charts of funds: all of them on one timeline against the gap, what rules of allocation do, and what size closes whose gap."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from fundgap.gap.allocation import Allocation
from fundgap.gap.closing import Closing
from fundgap.gap.result import Gap
from fundgap.story.chart import BLUE, GREY, ORANGE, PINK, PURPLE, TURQUOISE, Chart, blank, finish
from fundgap.story.figures import BILLION
from fundgap.story.fund_tables import RULE_NAMES

_LOOKS = {
    "equal": (GREY, ":"),
    "children": (BLUE, "-"),
    "deprivation": (ORANGE, "--"),
    "need": (TURQUOISE, "-."),
    "inadequate_first": (PINK, (0, (4, 1, 1, 1, 1, 1))),
    "table": (PURPLE, "-"),
}
# How far the sizes of funds are drawn, in England's gaps.
_TIMES = 2.5
_ADULTS = "adults and children"
_REGISTER = "Funds: register of funds, each with its source"


def funds_and_gap(years: pd.DataFrame, totals: pd.DataFrame, gaps: Mapping[str, Gap]) -> Chart:
    """Draw all funds year by year against gaps. `years` is `fund_years`, `totals` is `fund_timeline`, `gaps` {label: gap}."""
    lines = {label: gap.england.iloc[1:][["financial_year", "gap_gbp"]] for label, gap in gaps.items()}
    span = sorted({*totals["financial_year"], *(year for line in lines.values() for year in line["financial_year"])})
    place = {year: number for number, year in enumerate(span)}
    figure, axes = blank((9.2, 6.0))
    axes.set_position((0.09, 0.22, 0.87, 0.6))
    own = totals[(totals["services"] != _ADULTS) & totals["low_gbp"].notna()]
    _draw_funds(axes, own, totals[(totals["services"] == _ADULTS) & totals["high_gbp"].notna()], place)
    looks = [(PINK, "o", "-"), (ORANGE, "s", "--"), (GREY, "D", ":"), (TURQUOISE, "^", "-.")]
    for (label, line), (colour, marker, style) in zip(lines.items(), looks * len(lines), strict=False):
        position = line["financial_year"].map(place)
        axes.plot(position, line["gap_gbp"] / BILLION, color=colour, marker=marker, linestyle=style, markersize=5, label=f"gap: {label}")
    axes.set_xticks(range(len(span)), [year[2:] for year in span], rotation=45, fontsize=9)
    axes.set_ylabel("£bn a year, cash")
    axes.legend(loc="upper left", fontsize=8.5)
    largest = own.sort_values("high_gbp").iloc[-1]
    last = [line["gap_gbp"].iloc[-1] / BILLION for line in lines.values()]
    return finish(
        figure,
        title=f"Funds for children and families: at most £{largest['high_gbp'] / BILLION:.1f}bn a year, beside gaps of "
        f"£{min(last):.1f}bn to £{max(last):.1f}bn",
        subtitle="Central funds by year, single sums in even parts over their years (our assumption), and gaps, each since its own "
        "base year; England, £bn, cash of each year",
        source=f"{_REGISTER}; not complete. Gaps: as published, or our trend; each counts from its base year on, so they are no one "
        "series, and a fund that ran in the base year is in its funding already. Years of the Social Care Grant without a mark: not read.",
        alt=f"Funds for children and families: £{own['high_gbp'].min() / BILLION:.2f}bn to £{largest['high_gbp'] / BILLION:.2f}bn a "
        f"year, most in {largest['financial_year']}. "
        + "; ".join(
            f"{label}: £{line['gap_gbp'].iloc[-1] / BILLION:.1f}bn in {line['financial_year'].iloc[-1]}" for label, line in lines.items()
        )
        + ".",
        data=years,
    )


def _draw_funds(axes: Axes, own: pd.DataFrame, both: pd.DataFrame, place: Mapping[str, int]) -> None:
    """Draw funds for children as bars, low and high, and those for adults and children as marks: the most that children can have had."""
    at, low = own["financial_year"].map(place), own["low_gbp"] / BILLION
    axes.bar(at, low, color=BLUE, width=0.7, label="funds for children and families, each pound counted once")
    spread = own["high_gbp"] / BILLION - low
    axes.bar(at, spread, bottom=low, color="white", edgecolor=BLUE, hatch="////", width=0.7, label="may be in another fund")
    axes.scatter(
        both["financial_year"].map(place),
        both["high_gbp"] / BILLION,
        marker="v",
        facecolors="white",
        edgecolors=PURPLE,
        s=60,
        linewidths=1.6,
        zorder=3,
        label="grants for adults and children: the most that children can have had",
    )


def rules(allocations: Sequence[Allocation]) -> Chart:
    """Draw what each rule gives every council, £ a child: a mark a council, by deprivation of its children."""
    figure, axes = blank((9.0, 5.2))
    axes.set_position((0.24, 0.2, 0.73, 0.6))
    jitter = np.random.default_rng(0)
    parts = []
    for row, item in enumerate(allocations):
        table = item.councils
        table = table[table["allocation_pence"] > 0]
        colour, _ = _LOOKS[item.rule]
        axes.scatter(table["per_child_gbp"], row + jitter.uniform(-0.25, 0.25, len(table)), s=14, color=colour, alpha=0.6, linewidths=0)
        median = table["per_child_gbp"].median()
        axes.plot([median, median], [row - 0.36, row + 0.36], color="black", linewidth=1.6)
        parts.append((RULE_NAMES[item.rule], len(table), len(item.councils) - len(table), median, table["per_child_gbp"].max()))
    axes.set_yticks(range(len(allocations)), [RULE_NAMES[item.rule] for item in allocations], fontsize=9)
    axes.invert_yaxis()
    axes.set_xscale("log")
    _pound_ticks(axes)
    axes.set_xlabel("£ a child (each step ten times the last)")
    axes.grid(visible=False, axis="y")
    first = allocations[0]
    data = pd.DataFrame(
        parts, columns=["rule", "councils with money", "councils with none", "median_per_child_gbp", "largest_per_child_gbp"]
    )
    return finish(
        figure,
        title="The rule decides who gets the money: the same fund, shared out in different ways",
        subtitle=f"£{first.total_pence / 1e8:,.0f}m of {first.financial_year} shared among councils, £ a child, cash; a mark is a "
        "council that gets money, the line their median",
        source=f"Children: ONS; deprived children: IDACI; expected spend: fitted; grades: Ofsted. Figures of {first.figures_year}. Equal "
        "shares make the sums a child of small councils very large.",
        alt="; ".join(
            f"{row['rule']}: {row['councils with money']} councils, median £{row['median_per_child_gbp']:.2f} a child, most "
            f"£{row['largest_per_child_gbp']:,.2f}"
            for row in data.to_dict("records")
        )
        + ".",
        data=data,
    )


def gaps_closed_by_size(closings: Sequence[Closing]) -> Chart:
    """Draw how many councils' own gaps a fund closes, by its size, a line for each rule."""
    figure, axes = blank((9.0, 5.2))
    england = closings[0].with_gap["gap_gbp"].sum() / BILLION
    count = len(closings[0].with_gap)
    limit = _TIMES * england
    rows = []
    for item in closings:
        needed = np.sort(item.with_gap["fund_needed_gbp"].to_numpy()) / BILLION
        inside = needed[needed <= limit]
        colour, style = _LOOKS[item.rule]
        steps = [0, *range(1, len(inside) + 1), len(inside)]
        name = f"{RULE_NAMES[item.rule]}: {len(inside)} by the right edge"
        axes.step([0, *inside, limit], steps, where="post", color=colour, linestyle=style, linewidth=2, label=name)
        rows += [(item.rule, size, closed) for closed, size in enumerate(inside, start=1)]
    axes.axvline(england, color="black", linewidth=1)
    axes.set_ylim(0, count * 1.04)
    axes.text(england, count * 1.005, f" England's gap: £{england:.2f}bn", fontsize=9, va="bottom", color="black")
    axes.set_xlim(0, limit)
    # Between the lines that end near the top and the one that stays near the bottom.
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 0.22), fontsize=8.5)
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(lambda value, _: f"£{value:g}bn")
    axes.set_xlabel("Size of the fund")
    axes.set_ylabel("Councils whose own gap is closed")
    at_gap = {item.rule: int((item.with_gap["fund_needed_gbp"] <= england * BILLION).sum()) for item in closings}
    best = max(at_gap, key=lambda rule: at_gap[rule])
    return finish(
        figure,
        title=f"A fund as large as England's gap closes at most {at_gap[best]} of {count} councils' gaps by these rules",
        subtitle=f"Councils whose own gap of {closings[0].financial_year} is no larger than their part of the fund, by size and rule; "
        f"{count} councils with a gap, cash",
        source="Gap: projected, England's rates put to each council's own mix of spend and growth in children; no measure of any "
        "council's finances. No rule here aims at the gap itself; money beyond a council's gap does not help another.",
        alt="With a fund of England's whole gap: "
        + "; ".join(f"{RULE_NAMES[rule]} {closed} gaps closed" for rule, closed in at_gap.items())
        + ".",
        data=pd.DataFrame(rows, columns=["rule", "fund_bn", "gaps_closed"]),
    )


def share_by_year(covered: pd.DataFrame, fund_title: str, interval: str) -> Chart:
    """Draw a fund's share of the gap, year by year, with its interval. `covered` is `coverage` with an interval."""
    figure, axes = blank((8.5, 4.8))
    at = np.arange(len(covered))
    share = 100 * covered["share_of_gap"].clip(upper=1).to_numpy(float)
    low = 100 * covered["share_low"].clip(upper=1).fillna(1.0).to_numpy(float)
    high = 100 * covered["share_high"].clip(upper=1).fillna(1.0).to_numpy(float)
    axes.bar(at, share, color=BLUE, width=0.6)
    axes.errorbar(at, share, yerr=[share - low, high - share], fmt="none", ecolor=ORANGE, capsize=5, linewidth=1.8)
    for x, y, row in zip(at, high, covered.to_dict("records"), strict=True):
        days = f"{row['days_of_gap']:.0f} days" if row["share_of_gap"] < 1 else "the whole year"
        axes.text(float(x), float(y) + 1, f"{min(row['share_of_gap'], 1):.0%}\n{days}", ha="center", va="bottom", fontsize=9)
    axes.set_xticks(at, (covered["financial_year"] + covered["is_hypothetical"].map({True: "*", False: ""})).tolist())
    axes.set_ylim(0, 122)
    axes.set_yticks([0, 25, 50, 75, 100], ["0%", "25%", "50%", "75%", "all"])
    axes.set_ylabel("Share of the gap of the year")
    own = covered[~covered["is_hypothetical"]]
    first, last = (own if len(own) else covered).iloc[0], covered.iloc[-1]
    ends = covered.assign(low=low, high=high).to_dict("records")
    return finish(
        figure,
        title=f"It covers {first['share_of_gap']:.0%} of the gap in {first['financial_year']} and {last['share_of_gap']:.0%} in "
        f"{last['financial_year']}, but the interval is wide",
        subtitle=f"{fund_title} against the gap of each year, cash; * a like fund of the same real value a year",
        source=f"Orange: {interval}; where it reaches 'all', the gap's low end is covered whole or is none. {_REGISTER}; gap: our trend.",
        alt="; ".join(f"{row['financial_year']}: {row['share_of_gap']:.0%} ({row['low']:.0f}% to {row['high']:.0f}%)" for row in ends)
        + ".",
        data=covered,
    )


def _pound_ticks(axes: Axes) -> None:
    """Put round pounds on a logarithmic axis."""
    low, high = axes.get_xlim()
    ticks = [value for value in (0.01, 0.1, 1, 10, 100, 1000, 10_000, 100_000) if low <= value <= high]
    axes.set_xticks(ticks, [f"£{value:,.2f}" if value < 1 else f"£{value:,.0f}" for value in ticks])
    axes.minorticks_off()
