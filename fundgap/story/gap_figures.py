"""Charts of the gap notebook: the verdict, scenarios side by side, regions, the cost of good."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from fundgap.gap.cost_result import CostOfGood, Sums, as_sum
from fundgap.gap.result import Gap
from fundgap.gap.verdict import BASE, LAST, Verdict
from fundgap.story.chart import BLUE, GREY, ORANGE, PINK, PURPLE, TURQUOISE, Chart, blank, finish, label_ends, small_multiples
from fundgap.story.figures import BILLION

_BESIDE = 0.06
_LOOKS = {
    "need forecast, LGA 2016": ("LGA 2016: need", ORANGE, "--", "s"),
    "need forecast, LGA 2017": ("LGA 2017: need", PINK, ":", "s"),
    "spent, gross (Section 251)": ("spent, gross", BLUE, "-", "o"),
    "spent, net (Revenue Outturn)": ("spent, net", TURQUOISE, "-", "D"),
}


def verdict_chart(found: Verdict) -> Chart:
    """Draw the rises since the base year as forecast and as spent, in cash and in the last year's prices, beside overspends."""
    figure, (left, right) = small_multiples(2, 2, (8.5, 5.2))
    left.set_position((0.08, 0.18, 0.4, 0.58))
    right.set_position((0.56, 0.18, 0.4, 0.58))
    rows = found.table[found.table["figure"].isin(_LOOKS)]
    for axes, column, name in ((left, "rise_gbp", "cash"), (right, "rise_gbp_real", f"{LAST} prices")):
        ends = {}
        for label, (text, colour, line, marker) in _LOOKS.items():
            own = rows[rows["figure"] == label]
            axes.plot(own["financial_year"], own[column] / BILLION, color=colour, linestyle=line, marker=marker, markersize=4)
            value = float(own[column].iloc[-1]) / BILLION
            ends[f"{text} +{value:.1f}"] = (value, colour)
        axes.set_xlim(-0.2, 5.3)
        axes.set_ylim(0, 1.7)
        axes.set_xticks(range(4), [year[2:] for year in sorted(rows["financial_year"].unique())])
        label_ends(axes, 3.15, ends, size=8.5)
        for label_text in axes.texts:
            # A line of the grid would strike it through.
            label_text.set_path_effects([withStroke(linewidth=3, foreground="white")])
        axes.set_title(name, fontsize=10, loc="left")
    left.set_ylabel(f"£bn more than in {BASE}")
    last = {name: found.rise(name) for name in _LOOKS}
    more = min(last["spent, gross (Section 251)"], last["spent, net (Revenue Outturn)"]) > max(
        last["need forecast, LGA 2016"], last["need forecast, LGA 2017"]
    )
    told = found.overspends[~found.overspends["is_doubtful"] & found.overspends["financial_year"].between(BASE, LAST)]
    told = told.sort_values(["financial_year", "overspend_gbp"]).drop_duplicates("financial_year", keep="last")
    sums = told["overspend_gbp"].div(BILLION).map("£{:.2f}bn".format)
    sums = sums.where(~told["is_at_least"], "over " + sums)
    over = ", ".join(told["financial_year"] + " " + sums)
    return finish(
        figure,
        title="Councils' spending rose by more than need was forecast to rise" if more else "Spending and the forecast of need",
        subtitle=f"Rise since {BASE}, England, £bn: need as the LGA forecast it, and what councils spent. Budgets overspent by (highest as "
        f"published, cash): {over}",
        source="LGA 2016 and 2017 (children's social care and education services). Gross: DfE Section 251 outturn (children's and young "
        "people's services). Net: Revenue Outturn RO3 (children's social care). GDP deflator, ONS. Different services: compare the rises.",
        alt=f"Rise from {BASE} to {LAST} in cash: " + ", ".join(f"{name} £{value / BILLION:.2f}bn" for name, value in last.items()) + ".",
        data=rows.reset_index(drop=True),
    )


def scenarios_side_by_side(gaps: Mapping[str, Gap], headline_year: str) -> Chart:
    """Draw the yearly gap of several scenarios in base-year prices; beyond the headline year lines are dotted."""
    figure, axes = blank()
    axes.set_position((0.09, 0.19, 0.87, 0.6))
    colours = (BLUE, PINK, ORANGE, TURQUOISE, PURPLE, GREY)
    first = next(iter(gaps.values()))
    span = list(first.england["financial_year"])
    split = span.index(headline_year)
    ends, rows = {}, []
    for (name, gap), colour in zip(gaps.items(), colours, strict=False):
        values = gap.england["gap_gbp_real"].to_numpy(dtype=float) / BILLION
        axes.plot(range(split + 1), values[: split + 1], color=colour)
        axes.plot(range(split, len(span)), values[split:], color=colour, linestyle=":")
        ends[f"{name} £{values[split]:.1f}bn / £{values[-1]:.1f}bn"] = (values[-1], colour)
        rows.append(gap.england.assign(scenario=name))
    axes.axvline(split, color=GREY, linewidth=1)
    axes.set_xlim(-0.2, len(span) + 3.1)
    axes.set_xticks(range(len(span)), [year[2:] for year in span])
    axes.set_ylim(0, None)
    label_ends(axes, len(span) - 0.85, ends, size=8.5)
    axes.set_ylabel(f"£bn, {first.price_base} prices")
    data = pd.concat(rows, ignore_index=True)
    at = data[data["financial_year"] == headline_year].set_index("scenario")["gap_gbp_real"] / BILLION
    return finish(
        figure,
        title=f"By {headline_year} the gap is £{at.min():.1f}bn to £{at.max():.1f}bn, by what is assumed",
        subtitle=f"Yearly gap to standing still, {first.england['councils'].iloc[0]} councils, £bn in {first.price_base} prices, by "
        f"scenario; in the labels {headline_year} and {span[-1]}",
        source=f"DfE Section 251 outturn to {first.price_base}, then each scenario's assumptions. Dotted: further ahead than the "
        "trend reaches back. Scenarios, not forecasts; their spread is no prediction interval.",
        alt=f"Gap in {headline_year} by scenario: " + ", ".join(f"{name} £{value:.1f}bn" for name, value in at.items()) + ".",
        data=data,
    )


def gap_by_region(gap: Gap, year: str) -> Chart:
    """Draw each region's gap a child by what adds up to it, in base-year prices."""
    table = gap.regions[gap.regions["financial_year"] == year].set_index("region")
    parts = gap.region_drivers[gap.region_drivers["financial_year"] == year]
    wide = parts.pivot(index="region", columns="driver", values="gap_gbp_real").div(table["children"], axis=0)
    wide["funding and general prices"] = wide.pop("funding") + wide.pop("general prices")
    total = (table["gap_gbp_real"] / table["children"]).sort_values()
    wide = wide.loc[total.index, ["price", "demography", "demand", "funding and general prices"]]
    figure, axes = blank()
    axes.set_position((0.26, 0.19, 0.7, 0.58))
    looks = zip(wide.columns, (PINK, BLUE, ORANGE, GREY), ("", "//", "..", "xx"), strict=True)
    for name, colour, hatch in looks:
        values = wide[name].to_numpy(dtype=float)
        before = wide.loc[:, : str(name)].iloc[:, :-1]
        left = before.clip(lower=0).sum(axis=1).where(values >= 0, before.clip(upper=0).sum(axis=1))
        axes.barh(range(len(wide)), values, left=left, color=colour, hatch=hatch, edgecolor="white", height=0.65, label=name)
    for place, value in enumerate(total):
        axes.text(wide.clip(lower=0).sum(axis=1).iloc[place] + 5, place, f"£{value:,.0f}", va="center", fontsize=9)
    axes.set_yticks(range(len(wide)), list(wide.index))
    axes.axvline(0, color="black", linewidth=1)
    axes.margins(x=0.12)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(f"£ a child, {gap.price_base} prices")
    axes.legend(loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=4, fontsize=8.5)
    top, low = total.index[-1], total.index[0]
    return finish(
        figure,
        title=f"The gap a child is largest in {'the ' if top.startswith('North') or top.startswith('South') else ''}{top}",
        subtitle=f"Scenario '{gap.scenario.id}', {year}, £ a child in {gap.price_base} prices, by what adds up to it",
        source=f"DfE Section 251 outturn {gap.price_base}, DfE, ONS. England's rates of growth put to each council's own mix of spend and "
        "growth in children: not a measure of a region's finances.",
        alt=f"Gap a child in {year}: " + ", ".join(f"{region} £{total[region]:,.0f}" for region in (top, low)) + " (largest, smallest).",
        data=wide.assign(gap=total).reset_index(),
    )


def cost_of_good_chart(answers: Sequence[CostOfGood]) -> Chart:
    """Draw what several models say good would cost, with their intervals; an arrow where there is no finite end."""
    figure, axes = blank((8.5, 4.2))
    axes.set_position((0.3, 0.24, 0.66, 0.5))
    names = [f"{' and '.join(a.frameworks)}{', without ' + ', '.join(a.without) if a.without else ''}" for a in answers]
    sums = [answer.england for answer in answers]
    finite = [value for one in sums for value in (one.extra_gbp, one.upper_gbp) if np.isfinite(value)]
    edge = 1.15 * max(finite) / BILLION
    for place, one in enumerate(sums):
        _draw_sum(axes, place, one, edge)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_ylim(len(names) - 0.5, -0.6)
    axes.set_xlim(0, edge * 1.05)
    axes.grid(visible=False, axis="y")
    first = answers[0]
    axes.set_xlabel(f"£bn a year, {first.price_base} prices")
    return finish(
        figure,
        title="What even odds of good would take depends on the inspections asked",
        subtitle="Preventative spend that councils below it are short of, to the spend that goes with an even chance of good or better, "
        f"{first.councils['financial_year'].iloc[0]}; 95% intervals, an arrow: no finite end",
        source="Ofsted; DfE Section 251 outturn; Indices of Deprivation; ONS. An association turned into money, not the cost of a grade; "
        "outside London the link is unclear.",
        alt="; ".join(
            f"{name}: {as_sum(one.extra_gbp)} ({as_sum(one.lower_gbp)} to {as_sum(one.upper_gbp)})"
            for name, one in zip(names, sums, strict=True)
        ),
        data=pd.DataFrame({"model": names} | {end: [getattr(one, end) for one in sums] for end in ("extra_gbp", "lower_gbp", "upper_gbp")}),
    )


def _draw_sum(axes: Axes, place: int, one: Sums, edge: float) -> None:
    """Draw a sum with its interval, £bn; what lies beyond the edge ends in an arrow."""
    high = min(one.upper_gbp / BILLION, edge)
    axes.plot([one.lower_gbp / BILLION, high], [place, place], color=BLUE, linewidth=2)
    axes.plot(min(one.extra_gbp / BILLION, edge), place, marker="D", color=BLUE)
    if not np.isfinite(one.upper_gbp):
        axes.annotate("", (edge * 1.03, place), (edge * 0.98, place), arrowprops={"arrowstyle": "->", "color": BLUE})
    # A small sum's label starts at the axis, not across it.
    middle = min(one.extra_gbp / BILLION, edge)
    x, side = (middle, "center") if middle > _BESIDE * edge else (0.01 * edge, "left")
    axes.text(x, place - 0.22, as_sum(one.extra_gbp), ha=side, fontsize=9)
