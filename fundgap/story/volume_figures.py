"""Charts of what changed: spend by deprivation, and volume and price of looked-after children."""

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter

from fundgap.models.decomposition import SpendChange
from fundgap.models.fifths import DeprivationChange
from fundgap.story.chart import BLUE, GREY, ORANGE, PINK, S251, TURQUOISE, Chart, blank, finish, label_ends
from fundgap.story.figures import BILLION

_FACTORS = {
    "children": "more children",
    "rate": "a higher rate\nin care",
    "unit_cost": "unit cost,\nreal terms",
    "general_prices": "general\nprices",
}


def change_by_deprivation(early: DeprivationChange, late: DeprivationChange) -> Chart:
    """Draw the change in spend a child by fifth over two periods; both come from `spend_change_by_deprivation`."""
    figure, axes = blank()
    both = {f"{change.first} to {change.last}": change for change in (early, late)}
    for (label, change), colour, hatch, shift in zip(both.items(), (PINK, BLUE), ("", "//"), (-0.2, 0.2), strict=True):
        heights = change.change.drop("all").to_numpy(float)
        place = np.arange(len(heights)) + shift
        axes.bar(place, heights, width=0.36, color=colour, hatch=hatch, edgecolor="white", label=label)
        for x, height in zip(place, heights, strict=True):
            axes.annotate(
                f"{height:+.0%}", (x, height), (0, 4 if height >= 0 else -13), textcoords="offset points", ha="center", fontsize=9
            )
    axes.set_xticks(range(5), ["least deprived\nfifth", "second", "third", "fourth", "most deprived\nfifth"])
    axes.axhline(0, color="black", linewidth=1)
    axes.margins(y=0.25)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
    axes.grid(visible=False, axis="x")
    axes.legend(loc="upper left", ncols=2, fontsize=9)
    first, second = early.change, late.change
    return finish(
        figure,
        title="Spend first fell most in the two most deprived fifths, then rose everywhere"
        if first[["4", "5"]].max() < min(0.0, first[["1", "2", "3"]].min()) and (second > 0).all()
        else "Change in spend by deprivation",
        subtitle="Change in real gross spend on children's services a child, England, fifths of councils by IMD; "
        f"{early.groups['areas'].iloc[-1]} and {late.groups['areas'].iloc[-1]} councils and joined areas; GDP deflator",
        source=f"{S251}; ONS; Indices of Deprivation 2015. From 2012-13 on, when the total was last redrawn. Each period over the areas "
        "with figures at both of its ends.",
        alt="; ".join(
            f"{label}: least deprived fifth {change.change['1']:+.0%}, most deprived {change.change['5']:+.0%}, "
            f"all {change.change['all']:+.0%}"
            for label, change in both.items()
        )
        + ".",
        data=pd.concat([change.groups.assign(period=label) for label, change in both.items()], ignore_index=True),
    )


def numbers_and_unit_cost(table: pd.DataFrame) -> Chart:
    """Draw children, looked-after children and the cost of each as an index. `table` comes from `unit_costs_since`."""
    lines = {
        "unit_cost_cash_gbp": ("Unit cost, cash", PINK, "-", "o"),
        "unit_cost_real_gbp": ("Unit cost, real", ORANGE, "--", "s"),
        "looked_after": ("Children looked after", BLUE, "-", "^"),
        "children": ("All children", GREY, ":", "D"),
    }
    figure, axes = blank()
    ends = {}
    for name, (label, colour, style, marker) in lines.items():
        axes.plot(table["financial_year"], 100 * table[name], color=colour, linestyle=style, marker=marker, markersize=4)
        ends[f"{label} {100 * (table[name].iloc[-1] - 1):+.0f}%"] = (100 * table[name].iloc[-1], colour)
    axes.set_ylim(90, None)
    axes.set_xlim(-0.2, len(table) + 2.2)
    label_ends(axes, len(table) - 0.85, ends)
    axes.set_xticks(range(0, len(table), 2), table["financial_year"].iloc[::2])
    first, last = table["financial_year"].iloc[0], table["financial_year"].iloc[-1]
    axes.set_ylabel(f"{first} = 100")
    end = table.iloc[-1]
    return finish(
        figure,
        title=f"Cost per looked-after child: {end['unit_cost_cash_gbp']:.1f} times that of {first}, "
        f"{end['unit_cost_real_gbp']:.1f} in real terms",
        subtitle=f"Gross spend on looked-after children for each child looked after on 31 March, England, {first} = 100; "
        f"{table['areas'].iloc[-1]} councils and joined areas in {last}",
        source=f"{S251}; DfE children looked after; ONS. Spend holds adoption, special guardianship and leaving care: no price of a "
        "placement. The deflator of 2020-21 is too high. The axis does not start at zero.",
        alt=f"{first} to {last}: unit cost {end['unit_cost_cash_gbp'] - 1:+.0%} in cash and {end['unit_cost_real_gbp'] - 1:+.0%} in real "
        f"terms, children looked after {end['looked_after'] - 1:+.0%}, all children {end['children'] - 1:+.0%}.",
        data=table,
    )


def volume_and_price(change: SpendChange) -> Chart:
    """Draw the change in looked-after spend step by step, factor by factor. `change` comes from `decompose_spend(…, prices="cash")`."""
    england = change.england.set_index("factor")["added_gbp"] / BILLION
    before, after = change.areas["before_gbp"].sum() / BILLION, change.areas["after_gbp"].sum() / BILLION
    names = [change.first, *(_FACTORS[factor] for factor in change.factors), change.last]
    figure, axes = blank()
    level, sizes = before, [before, *(england[factor] for factor in change.factors), after]
    colours = {"children": BLUE, "rate": TURQUOISE, "unit_cost": PINK, "general_prices": ORANGE}
    for place, size in enumerate(sizes):
        is_end = place in (0, len(sizes) - 1)
        start = 0.0 if is_end else level
        colour = GREY if is_end else colours[change.factors[place - 1]]
        axes.bar(place, size, bottom=start, color=colour, width=0.62)
        text = f"£{size:.2f}bn" if is_end else f"{'+' if size >= 0 else '−'}£{abs(size):.2f}bn"
        axes.text(place, max(start, start + size) + 0.1, text, ha="center", fontsize=10, fontweight="bold" if is_end else None)
        if not is_end:
            level += size
        if place < len(sizes) - 1:
            axes.plot([place + 0.31, place + 0.69], [level, level], color=GREY, linewidth=0.8)
    axes.set_xticks(range(len(names)), names)
    axes.set_ylim(0, 1.1 * max(before, after))
    axes.set_ylabel("£bn, cash" if change.prices == "cash" else f"£bn, {change.price_base} prices")
    axes.grid(visible=False, axis="x")
    total = england["total"]
    volume, price = (england["children"] + england["rate"]) / total, england["unit_cost"] / total
    return finish(
        figure,
        title=f"Real unit cost is {price:.0%} of the rise in looked-after spend, more children {volume:.0%}",
        subtitle=f"Gross spend on looked-after children, {change.first} to {change.last}, £bn {change.prices}; "
        f"England as the sum of {len(change.areas)} councils and joined areas; exact decomposition (LMDI-I)",
        source=f"{S251}; DfE children looked after; ONS. 'More children': all children, at the rate before. Unit cost is spend over "
        f"children on 31 March and rises with prices, need and kind of care alike. {len(change.left_out)} areas left out, named beside.",
        alt=f"From £{before:.2f}bn to £{after:.2f}bn: "
        + "; ".join(f"{_FACTORS[name].replace(chr(10), ' ')} {england[name]:+.2f}" for name in change.factors)
        + " (£bn).",
        data=change.england,
    )
