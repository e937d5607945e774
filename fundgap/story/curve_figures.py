"""The specification curve as a picture: answers in order above, the choices that gave them below, and what chance alone gives behind."""

from itertools import product

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from fundgap.models.curve_choices import GROUPS
from fundgap.models.curve_result import EVERY, PAIR, SpecificationCurve, labels
from fundgap.story.chart import BLUE, GREY, ORANGE, TURQUOISE, Chart, blank, finish, small_multiples
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
# Among whom spend is shuffled: councils as deprived; and those of London, and the rest, apart.
_NULL, _LONDON_APART = "deprivation", "deprivation and London"
_PLACES = {"": "All specifications", "outside_london": "Without London", "london": "London alone"}
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
        f"{curve.reasons['specifications'].iloc[0]:,} defensible ways to ask, drawn by lot ({whole['failed']:.0f} more could not be "
        "fitted). Green band: the same curve when each council holds the spend of another as deprived "
        f"(95% of {curve.run['shuffles']} shuffles)",
        source=_SOURCE,
        alt=f"{whole['share_positive']:.0%} of the odds ratios are above 1 and their median is {whole['median']:.2f}. "
        f"{share['observed']:.0%} are significantly above 1, where shuffled spend gives {share['expected']:.0%} "
        f"({share['lower']:.0%} to {share['upper']:.0%}). Medians by kind of spend: "
        + ", ".join(f"{str(name).lower()} {median:.2f}" for name, median in curve.summary("spend")["median"].items())
        + ".",
        data=good,
    )


def curve_by_spend(curve: SpecificationCurve) -> Chart:
    """Draw the median odds ratio of each kind of spend beside what shuffles give: all specifications, without London, London alone."""
    figure, panels = small_multiples(len(_PLACES), columns=len(_PLACES), size=(8.5, 4.4))
    data = _medians(curve)
    for axes, (title, part), left in zip(panels, data.groupby("place", sort=False), (0.225, 0.48, 0.735), strict=True):
        axes.set_position((left, 0.2, 0.235, 0.52))
        _draw_medians(axes, pd.DataFrame(part))
        axes.set_title(str(title), fontsize=10, loc="left")
    panels[0].set_yticks(range(len(labels("spend"))), list(labels("spend").values()), fontsize=9)
    preventative = data[data["spend"] == labels("spend")["preventative"]].set_index("place")["observed"]
    outside, london = (np.exp(preventative[_PLACES[place]]) for place in ("outside_london", "london"))
    return finish(
        figure,
        title="Preventative spend goes with better grades most closely in London"
        if london > outside
        else "Preventative spend goes with better grades no more closely in London",
        subtitle="Median odds ratio of a better judgement for one standard deviation more spend, over the specifications (diamond; blue: "
        f"one-sided p below {CHANCE}), and over {curve.run['shuffles']} shuffles among councils as deprived, London and the rest apart "
        "(bar: 95%)",
        source=_SOURCE + " Total net of income is not held for enough of London's judgements." * bool(data["observed"].isna().any()),
        alt="; ".join(
            f"{row['spend'].lower()}, {row['place'].lower()}: {np.exp(row['observed']):.2f} (p = {row['p_greater']:.3f})"
            for row in data.dropna().to_dict("records")
        ).capitalize()
        + ".",
        data=data,
    )


def _medians(curve: SpecificationCurve) -> pd.DataFrame:
    """Return the test of the median of each kind of spend: place, spend and the columns of `joint_test`."""
    parts = []
    for place, title in _PLACES.items():
        test = curve.joint_test(PAIR if place else "spend", _LONDON_APART).reset_index().query("statistic == 'median'").set_index("option")
        options = {f"{option} and {place}" if place else option: label for option, label in labels("spend").items()}
        parts.append(test.reindex(list(options)).assign(place=title, spend=list(options.values())))
    return pd.concat(parts, ignore_index=True).drop(columns="statistic")


def _draw_medians(axes: Axes, part: pd.DataFrame) -> None:
    place = np.arange(len(part))
    low, high, middle, observed = (np.exp(part[name].to_numpy(float)) for name in ("lower", "upper", "expected", "observed"))
    axes.barh(place, high - low, left=low, height=0.5, color=TURQUOISE, alpha=0.35)
    axes.plot(middle, place, "|", color=TURQUOISE, markersize=11)
    beyond = part["p_greater"].to_numpy(float) < CHANCE
    for chosen, colour in ((beyond, BLUE), (~beyond, GREY)):
        axes.plot(observed[chosen], place[chosen], "D", color=colour, markersize=6)
    for y, p in zip(place.tolist(), part["p_greater"], strict=True):
        axes.text(4.6, y - 0.36, "not held" if np.isnan(p) else f"p = {p:.3f}", fontsize=8, va="center", ha="right", color=GREY)
    axes.axvline(1, color="black", linewidth=1)
    axes.set_ylim(len(part) - 0.5, -0.6)
    axes.set_xscale("log")
    axes.set_xlim(0.65, 4.7)
    axes.set_xticks([0.75, 1, 1.5, 2, 3, 4], ["0.75", "1", "1.5", "2", "3", "4"], fontsize=8)
    axes.set_xticks([], minor=True)
    axes.set_yticks([])
    axes.grid(visible=False, axis="y")


def curve_table(curve: SpecificationCurve, by: str = "spend") -> ReaderTable:
    """Return what the curve comes to by the options of a group of choices, beside what shuffles give."""
    groups = by.split(" and ")
    names = {
        option: ", ".join(labels(group)[name] for group, name in zip(groups, option.split(" and "), strict=True))
        for option in _options(curve, by)
    }
    summary, tests = curve.summary(by), curve.joint_test(by, _NULL)
    rows = []
    records = summary.to_dict("index")
    tested = tests.to_dict("index")
    for option, label in names.items():
        row = records[label]
        median, share = (tested[option, name] for name in ("median", "share_significant_positive"))
        rows.append(
            {
                GROUP_NAMES.get(by, by): label,
                "ways asked": int(row["specifications"]),
                "not fitted": int(row["failed"]),
                "median odds ratio (middle half)": f"{row['median']:.2f} ({row['lower_quartile']:.2f} to {row['upper_quartile']:.2f})",
                "above 1": f"{row['share_positive']:.0%}",
                "significantly above 1": f"{share['observed']:.0%}",
                "by chance (95% of shuffles)": f"{share['expected']:.0%} ({share['lower']:.0%} to {share['upper']:.0%})",
                "p, median": f"{median['p_greater']:.3f}",
                "p, share significant": f"{share['p_greater']:.3f}",
            }
        )
    return ReaderTable.of(pd.DataFrame(rows)).titled(
        f"Odds ratios of a better grade over all ways to ask, by {GROUP_NAMES.get(by, by).lower()}, beside chance"
    )


def _options(curve: SpecificationCurve, by: str) -> list[str]:
    """Return the options that have tests, in the order of the choices."""
    held = set(curve.joint_test(by, _NULL).index.get_level_values("option"))
    ordered = [" and ".join(names) for names in product(*(labels(group) for group in by.split(" and ")))]
    return [option for option in ordered if option in held]


def movers_table(curve: SpecificationCurve) -> ReaderTable:
    """Return which choices move the answer, and by how much."""
    table = curve.movers()
    shown = {
        "choice": [GROUP_NAMES[str(name)] for name in table.index],
        "share of the differences, alone": [f"{share:.0%}" for share in table["share_alone"]],
        "beyond the other choices": [f"{share:.0%}" for share in table["share_beyond_others"]],
        "lowest median": [f"{row.lowest}: {row.median_lowest:.2f}" for row in table.itertuples()],
        "highest median": [f"{row.highest}: {row.median_highest:.2f}" for row in table.itertuples()],
    }
    return ReaderTable.of(pd.DataFrame(shown)).titled("Choices that move the odds ratio, and by how much")


def finding(curve: SpecificationCurve) -> str:
    """Return in a sentence which kinds of spend go with better judgements more often than shuffled spend does, under every null."""
    names = {option: label for option, label in labels("spend").items() if option in set(curve.table["spend"])}
    beyond = [option for option in names if _largest_p(curve, option) < CHANCE]
    if not beyond:
        return "No kind of spend stands out from chance, however it is asked"
    if len(beyond) == len(names):
        return "Every kind of spend stands out from chance, however it is asked"
    kinds = list(dict.fromkeys(names[option].split(",")[0].lower() for option in beyond))
    if len(kinds) > 1:
        return f"Only {', '.join(kinds[:-1])} and {kinds[-1]} spend stand out from chance"
    return f"Only {kinds[0]} spend stands out from chance, however it is asked"


def _largest_p(curve: SpecificationCurve, option: str) -> float:
    """Return the largest p-value of a kind of spend over the nulls, and over median and share significant."""
    tests = [curve.joint_test("spend", null).loc[option] for null in curve.tests["null"].unique()]
    return max(float(test.loc[["median", "share_significant_positive"], "p_greater"].max()) for test in tests)


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
    axes.spines[:].set_visible(False)
    axes.set_xlabel("Specifications, from the lowest odds ratio to the highest", fontsize=9)
