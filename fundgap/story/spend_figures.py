"""Charts of spend and need: what was spent, what need leads to expect, and how much of the variation goes with what."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from fundgap.models.fifths import groups_by
from fundgap.models.shares import SpendShares
from fundgap.models.spending import ExpectedSpend
from fundgap.story.chart import BLUE, GREY, ORANGE, PINK, PURPLE, S251, TURQUOISE, Chart, blank, finish
from fundgap.story.published_shares import LGA_2018, NAO_2019, PublishedShares

_POUNDS = FuncFormatter(lambda value, _: f"£{value:,.0f}")
_CATEGORY = {"gross_spend": "children's services", "looked_after": "looked-after children", "safeguarding": "safeguarding"}
_LEFT = "not accounted for"
_LOOKS = {
    "deprivation": (BLUE, "", "white"),
    "low income": (TURQUOISE, "", "black"),
    "region": (PURPLE, "", "black"),
    "the council itself": (ORANGE, "", "black"),
    "year": (PINK, "", "white"),
    "five factors together": (GREY, "", "white"),
    _LEFT: ("white", "////", "black"),
}
_GROUPS = {"low_income": "low income", "council": "the council itself"}


def _along(expected: ExpectedSpend, column: str) -> tuple[Figure, Axes, pd.DataFrame]:
    """Begin a chart of councils along a column, sorted by it: what is expected as a line, its prediction interval as a band."""
    table = expected.councils.sort_values(column, ignore_index=True)
    figure, axes = blank((8.5, 5.4))
    axes.set_position((0.12, 0.19, 0.84, 0.62))
    axes.fill_between(table[column], table["lower"], table["upper"], color=BLUE, alpha=0.1, linewidth=0)
    axes.plot(table[column], table["expected"], color=BLUE)
    return figure, axes, table


def spend_and_need(expected: ExpectedSpend) -> Chart:
    """Draw spend a child by deprivation, a mark a council. `expected` is `expected_spend(…, need=("deprivation",))` of one year."""
    figure, axes, table = _along(expected, "deprivation")
    for is_london, colour, marker, name in ((False, GREY, "o", "elsewhere"), (True, ORANGE, "^", "London")):
        part = table[(table["region"] == "London") == is_london]
        axes.scatter(part["deprivation"], part["spend"], color=colour, marker=marker, s=22, alpha=0.8, linewidths=0, label=name)
    _name(axes, table[table["is_outside"]], "deprivation")
    axes.set_yscale("log")
    _pound_ticks(axes, table)
    axes.set_xlabel("Deprivation: standard deviations from the mean council (Index of Multiple Deprivation)")
    axes.set_ylabel("£ a child (each step the same percentage)", fontsize=9)
    axes.legend(loc="upper left", fontsize=9, title="councils", title_fontsize=9)
    row = expected.coefficients().loc["deprivation"]
    percent, low, high = (100 * np.expm1(row[name]) for name in ("estimate", "lower", "upper"))
    fifth = groups_by(table["deprivation"])
    ends = [float(np.average(part["spend"], weights=part["children"])) for part in (table[fifth == 1], table[fifth == 5])]
    return finish(
        figure,
        title="More deprived councils spend more, and equally deprived ones differ widely"
        if low > 0
        else "Spend shows no clear link with deprivation",
        subtitle=f"Gross spend on {_CATEGORY[expected.category]} a child, {expected.financial_years[0]}, {expected.price_base} prices, "
        f"{len(table)} councils; line: expected from deprivation alone (R² {expected.r_squared:.2f}); band: {expected.level:.0%} "
        "prediction interval",
        source=f"{S251}; ONS; Indices of Deprivation. Weighted by children. Named: councils outside the band; 'R': their return does "
        "not fit their other return and years. An association: the line is no norm.",
        alt=f"One standard deviation more deprived goes with {percent:.0f}% more spend a child ({low:.0f}% to {high:.0f}%). The least "
        f"deprived fifth of councils spends £{ends[0]:,.0f} a child, the most deprived £{ends[1]:,.0f}.",
        data=table,
    )


def actual_and_expected(expected: ExpectedSpend) -> Chart:
    """Draw spend a child against what need leads to expect, one year; `expected` comes from `expected_spend`."""
    figure, axes, table = _along(expected, "expected")
    for flagged, face, edge, marker, name in ((False, GREY, GREY, "o", "council"), (True, "white", PINK, "D", "return out of line")):
        part = table[table["is_spend_out_of_line"] == flagged]
        axes.scatter(part["expected"], part["spend"], s=24, facecolors=face, edgecolors=edge, marker=marker, label=name)
    _name(axes, table[table["is_outside"]], "expected")
    axes.set_xscale("log")
    axes.set_yscale("log")
    _pound_ticks(axes, table, both=True)
    axes.set_xlabel("Expected £ a child")
    axes.set_ylabel("Spent, £ a child")
    axes.legend(loc="upper left", fontsize=9)
    outside = table[table["is_outside"]]
    width = table["upper"].div(table["expected"]).median() - 1, 1 - table["lower"].div(table["expected"]).median()
    return finish(
        figure,
        title=f"{len(outside)} councils lie outside the usual {width[1]:.0%} below to {width[0]:.0%} above expected",
        subtitle=f"Gross spend on {_CATEGORY[expected.category]} a child, {expected.financial_years[0]}, {expected.price_base} prices, "
        f"spent and expected from {', '.join(name.replace('_', ' ') for name in expected.need)}; {len(table)} councils, R² "
        f"{expected.r_squared:.2f}; band: {expected.level:.0%} prediction interval",
        source=f"{S251}; ONS; Indices of Deprivation; DWP. Named: councils outside the band; 'R' and diamonds: the return "
        "does not fit the other return and years. A residual is what is left over, not efficiency.",
        alt=f"Of {len(table)} councils {len(outside)} lie outside the band: {', '.join(outside['council_name'])}.",
        data=table,
    )


def shares(one_year: SpendShares, panel: SpendShares) -> Chart:
    """Draw shares of variation beside those published. `panel` is `spend_shares` of several years with "council" and "year"."""
    bars = {
        f"Ours, {one_year.financial_years[0]}:\none year": _parts(one_year),
        f"{LGA_2018.name}:\none year": _published(LGA_2018),
        f"Ours, {panel.financial_years[0]} to\n{panel.financial_years[-1]}: same councils": _parts(panel),
        "National Audit\nOffice, 2019": _published(NAO_2019),
    }
    figure, axes = blank((8.5, 5.0))
    axes.set_position((0.2, 0.2, 0.77, 0.6))
    for place, parts in enumerate(bars.values()):
        _draw_parts(axes, place, parts)
    axes.set_yticks(range(len(bars)), list(bars), fontsize=9)
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
    axes.grid(visible=False)
    rows = [{"account": name.replace("\n", " "), "part": what, "share": share} for name, parts in bars.items() for what, share in parts]
    own = one_year.shares.set_index("group")["share"]
    return finish(
        figure,
        title=f"Need and region go with {one_year.r_squared:.0%} of the variation in one year",
        subtitle="Shares of the variation in log gross spend a child that go with each group of columns (LMG); council and year are told "
        "apart only where the same councils are followed",
        source=f"{S251}; ONS; Indices of Deprivation; DWP. LGA: spend aged 0-25, by correlation. National Audit Office: of activity or of "
        "spending, sources differ; other data and method. Year in ours: real terms, so without general prices.",
        alt=f"{one_year.financial_years[0]}: "
        + ", ".join(f"{str(group).replace('_', ' ')} {share:.0%}" for group, share in own.items())
        + f"; {panel.financial_years[0]} to {panel.financial_years[-1]}: "
        + ", ".join(f"{row.group} {row.share:.0%}" for row in panel.shares.itertuples())
        + "; National Audit Office: deprivation 15%, council 44%, year 10%; LGA: half.",
        data=pd.DataFrame(rows),
    )


def _draw_parts(axes: Axes, place: int, parts: list[tuple[str, float]]) -> None:
    """Draw one bar of parts that add up to 1, those that are wide enough with their name."""
    start = 0.0
    for what, share in parts:
        colour, hatch, ink = _LOOKS[what]
        axes.barh(place, share, left=start, color=colour, hatch=hatch, edgecolor=GREY, linewidth=0.8, height=0.62)
        if share >= 0.03:
            words = f"{what}\n{share:.0%}" if share >= 0.1 else f"{share:.0%}"
            box = {"facecolor": "white", "edgecolor": "none", "pad": 1} if hatch else None
            axes.text(start + share / 2, place, words, ha="center", va="center", fontsize=8, color=ink, bbox=box)
        start += share


def _name(axes: Axes, rows: pd.DataFrame, across: str) -> None:
    """Write councils' names beside their marks, "R" after a return that is out of line."""
    for row in rows.to_dict("records"):
        text = f"{row['council_name']}{' R' if row['is_spend_out_of_line'] else ''}"
        away = 7 if row["spend"] > row["expected"] else -14
        axes.annotate(text, (row[across], row["spend"]), (0, away), textcoords="offset points", fontsize=8, ha="center", color="black")


def _pound_ticks(axes: Axes, table: pd.DataFrame, *, both: bool = False) -> None:
    """Put round pounds on logarithmic axes."""
    ticks = [value for value in (100, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 5000) if value <= 1.1 * table["spend"].max()]
    for axis in (axes.yaxis, axes.xaxis) if both else (axes.yaxis,):
        axis.set_major_locator(FixedLocator(ticks))
        axis.set_minor_locator(FixedLocator([]))
        axis.set_major_formatter(_POUNDS)
    low, high = table["spend"].min(), table["spend"].max()
    axes.set_ylim(low / 1.15, high * 1.15)


def _parts(result: SpendShares) -> list[tuple[str, float]]:
    parts = [(_GROUPS.get(str(row["group"]), str(row["group"])), float(row["share"])) for row in result.shares.to_dict("records")]
    return [*parts, (_LEFT, 1 - result.r_squared)]


def _published(study: PublishedShares) -> list[tuple[str, float]]:
    return [*study.parts, (_LEFT, study.unexplained)]
