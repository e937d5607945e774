"""The specification curve as a picture: answers in order above, the choices that gave them below, and what chance alone gives behind."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from fundgap.models.curve_choices import GROUPS
from fundgap.models.curve_result import EVERY, SpecificationCurve, labels
from fundgap.story.chart import BLUE, GREY, ORANGE, TURQUOISE, Chart, blank, finish
from fundgap.story.tables import ReaderTable

GROUP_NAMES = {
    "outcome": "Judgement",
    "frameworks": "Inspections",
    "place": "Councils",
    "spend": "Spend",
    "form": "Spend as",
    "lag": "Spend of",
    "deprivation": "Deprivation",
    "edition": "Edition of it",
    "controls": "Controls",
}
CHANCE = 0.05
_SOURCE = "Ofsted; DfE Section 251 outturn; MHCLG IoD2015, IoD2019; ONS; DWP; HMRC. An association, not an effect of spending."
# Odds ratios beyond these are drawn at the edge.
_LIMITS = (0.4, 4.0)
_LOOKS = ((1, BLUE, "interval wholly above 1"), (0, "#8C8C8C", "interval with 1 in it"), (-1, ORANGE, "interval wholly below 1"))


def curve_picture(curve: SpecificationCurve) -> Chart:
    """Draw the whole curve, a column a specification, its choices below, the curve under shuffles behind."""
    good = curve.table[curve.table["is_converged"]].sort_values(["odds_ratio", *GROUPS], ignore_index=True)
    side = np.sign(good["odds_ratio"] - 1).where(good["p_value"] < CHANCE, 0).astype(int)
    figure, above = blank((8.5, 11.0))
    above.set_position((0.3, 0.69, 0.62, 0.215))
    below = figure.add_axes((0.3, 0.055, 0.62, 0.615), sharex=above)
    _draw_answers(above, good, side, curve.band)
    _draw_choices(below, good, side)
    whole, test = curve.summary().iloc[0], curve.joint_test().loc[EVERY]
    share = test.loc["share_significant_positive"]
    return finish(
        figure,
        title=finding(curve),
        subtitle=f"Odds ratio of a better judgement for one standard deviation more spend, given deprivation: {len(good):,} of "
        f"{curve.reasons['specifications'].iloc[0]:,} defensible ways to ask, drawn by lot ({whole['failed']:.0f} more could not be fitted). "
        f"Green band: the same curve when each council holds the spend of another as deprived (95% of {curve.run['shuffles']} shuffles)",
        source=_SOURCE,
        alt=f"{whole['share_positive']:.0%} of the odds ratios are above 1 and their median is {whole['median']:.2f}. "
        f"{share['observed']:.0%} are significantly above 1, where shuffled spend gives {share['expected']:.0%} "
        f"({share['lower']:.0%} to {share['upper']:.0%}). Medians by kind of spend: "
        + ", ".join(f"{name.lower()} {median:.2f}" for name, median in curve.summary("spend")["median"].items())
        + ".",
        data=good,
    )


def finding(curve: SpecificationCurve) -> str:
    """Return in a sentence which kinds of spend go with better judgements more often than shuffled spend does, under every null."""
    names = labels("spend")
    beyond = [
        names[option].split(",")[0].lower()
        for option in names
        if all(
            curve.joint_test("spend", null).loc[option].loc[["median", "share_significant_positive"], "p_greater"].max() < CHANCE
            for null in curve.tests["null"].unique()
            if option in set(curve.table["spend"])
        )
    ]
    if not beyond:
        return "However it is asked, no kind of spend goes with better judgements more than by chance"
    if len(beyond) == len(names):
        return "However it is asked, every kind of spend goes with better judgements"
    kinds = " and ".join(beyond)
    return f"Asked in many ways, only {kinds} spend goes with better judgements more than by chance"


def _draw_answers(axes: Axes, good: pd.DataFrame, side: pd.Series, band: pd.DataFrame) -> None:
    axes.fill_between(band["rank"] - 1, band["lower"], band["upper"], color=TURQUOISE, alpha=0.25, linewidth=0)
    axes.plot(band["rank"] - 1, band["median"], color=TURQUOISE, linewidth=1.2, linestyle="--")
    for sign, colour, label in _LOOKS:
        part = good[side == sign]
        ends = part[["lower", "upper"]].clip(*_LIMITS).to_numpy()
        lines = [[(x, low), (x, high)] for x, (low, high) in zip(part.index, ends, strict=True)]
        axes.add_collection(LineCollection(lines, colors=colour, linewidths=0.35, alpha=0.35, rasterized=True))
        axes.plot(
            part.index,
            part["odds_ratio"].clip(*_LIMITS),
            ".",
            color=colour,
            markersize=2.2,
            label=f"{len(part):,}: {label}",
            rasterized=True,
        )
    axes.axhline(1, color="black", linewidth=1)
    axes.set_yscale("log")
    ticks = [0.5, 0.75, 1, 1.5, 2, 3]
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks], fontsize=9)
    axes.set_yticks([], minor=True)
    axes.set_ylim(*_LIMITS)
    axes.set_ylabel("Odds ratio, one SD more spend", fontsize=9)
    axes.legend(loc="upper left", fontsize=8, markerscale=4, handletextpad=0.2, frameon=False)
    axes.grid(visible=False, axis="x")
    axes.tick_params(labelbottom=False)
    axes.set_xlim(-len(good) * 0.005, len(good) * 1.005)


def _draw_choices(axes: Axes, good: pd.DataFrame, side: pd.Series) -> None:
    """Draw a row of marks for each option, its median odds ratio at the end."""
    colours = {sign: colour for sign, colour, _ in _LOOKS}
    place, ticks = 0.0, {}
    axes.text(1.01, 1.0, "median", transform=axes.transAxes, fontsize=7.5, color=GREY, va="bottom")
    for group in GROUPS:
        axes.text(-0.47, place - 0.25, GROUP_NAMES[group], transform=axes.get_yaxis_transform(), fontsize=8, fontweight="bold", va="center")
        for option, label in labels(group).items():
            part = good[good[group] == option]
            if part.empty:
                continue
            for sign, colour in colours.items():
                x = part.index[side[part.index] == sign]
                axes.vlines(x, place - 0.36, place + 0.36, color=colour, linewidth=0.4, alpha=0.75 if sign else 0.45, rasterized=True)
            median = part["odds_ratio"].median()
            axes.text(1.01, place, f"{median:.2f}", transform=axes.get_yaxis_transform(), fontsize=7.5, va="center", color="black")
            ticks[place] = label
            place += 1
        place += 0.55
    axes.set_yticks(list(ticks), list(ticks.values()), fontsize=7.5)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(place - 0.8, -0.8)
    axes.grid(visible=False)
    axes.set_xticks([])
    axes.set_xlabel("Specifications, from the lowest odds ratio to the highest", fontsize=9)
