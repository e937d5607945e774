"""The early warning in pictures: how its scores compare, and whether its chances come true."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from fundgap.models.early_models import SAME_AGAIN, SAME_FOR_SURE
from fundgap.models.early_warning import FORWARD, EarlyWarning
from fundgap.story.chart import BLUE, GREY, ORANGE, Chart, blank, finish, small_multiples

_SOURCE = "Ofsted; DfE workforce, Section 251, children in need, looked after; MHCLG. Figures published before each inspection began."


def score_comparison(warning: EarlyWarning) -> Chart:
    """Draw how much better than "same as last time" each model told the next grade, forward in time."""
    table = warning.scores[(warning.scores["validation"] == FORWARD) & ~warning.scores["model"].isin([SAME_AGAIN.name, SAME_FOR_SURE.name])]
    table = table.sort_values("rps_over_same_again", ignore_index=True)
    name = "rps_over_same_again"
    figure, axes = blank((8.5, 4.9))
    axes.set_position((0.36, 0.2, 0.6, 0.57))
    place = np.arange(len(table))
    clear = (table[f"{name}_lower"] > 0) | (table[f"{name}_upper"] < 0)
    for chosen, colour, mark in ((clear, BLUE, "D"), (~clear, GREY, "o")):
        part = table[chosen]
        axes.hlines(place[chosen], part[f"{name}_lower"], part[f"{name}_upper"], color=colour, linewidth=2)
        axes.plot(part[name], place[chosen], mark, color=colour, markersize=7)
    axes.axvline(0, color="black", linewidth=1)
    axes.set_yticks(place, table["model"].tolist(), fontsize=9)
    axes.set_xlabel("ranked probability score, difference\n← worse          better →", fontsize=9)
    axes.grid(visible=False, axis="y")
    judgements = int(table["judgements"].iloc[0])
    better = table.loc[table[f"{name}_lower"] > 0, "model"].tolist()
    return finish(
        figure,
        title=f"{', '.join(better)} {'beats' if len(better) == 1 else 'beat'} the last grade alone"
        if better
        else "Nothing held clearly tells more of the next grade than the last one does",
        subtitle=f"How much better than 'same as last time' the next ILACS grade was told, forward in time, {judgements} inspections; "
        "bars: 95% (councils drawn anew); diamonds: interval leaves out nought",
        source=_SOURCE,
        alt="; ".join(
            f"{row['model']} {row[name]:+.3f} ({row[f'{name}_lower']:+.3f} to {row[f'{name}_upper']:+.3f})"
            for row in table.to_dict("records")
        )
        + ".",
        data=table[["model", "judgements", "rps", name, f"{name}_lower", f"{name}_upper", "auc"]],
    )


def calibration(warning: EarlyWarning) -> Chart:
    """Draw chances told beside what happened, in fifths, forward in time."""
    table = warning.calibration[warning.calibration["validation"] == FORWARD]
    figure, panels = small_multiples(2, columns=2, size=(8.5, 4.9))
    for axes, (event, part), left in zip(panels, table.groupby("event", sort=False), (0.1, 0.6), strict=True):
        axes.set_position((left, 0.2, 0.37, 0.54))
        axes.tick_params(labelsize=9)
        _draw(axes, part)
        axes.set_title(str(event), fontsize=10, loc="left")
    off = int((~table["inside"]).sum())
    return finish(
        figure,
        title=f"What was told came true within chance in {len(table) - off} of {len(table)} fifths"
        if off
        else "Chances told came true, as far as so few inspections can show",
        subtitle=f"Mean chance told ('{warning.chosen}') and share that happened, by fifth of the chance told, forward in "
        "time. Bars: 95%, exact. On the line they agree",
        source=_SOURCE,
        alt="; ".join(
            f"{row['event'].lower()}, fifth {row['fifth']}: told {row['told']:.0%}, happened {row['happened']:.0%} ({row['lower']:.0%} to "
            f"{row['upper']:.0%})"
            for row in table.to_dict("records")
        ).capitalize()
        + ".",
        data=pd.DataFrame(table),
    )


def _draw(axes: Axes, part: pd.DataFrame) -> None:
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--")
    for inside, colour, mark in ((True, BLUE, "o"), (False, ORANGE, "X")):
        rows = part[part["inside"] == inside]
        axes.vlines(rows["told"], rows["lower"], rows["upper"], color=colour, linewidth=2)
        axes.plot(rows["told"], rows["happened"], mark, color=colour, markersize=7)
    top = max(0.5, float(part["upper"].max())) if part["upper"].max() < 0.75 else 1.0
    axes.set_xlim(0, top)
    axes.set_ylim(0, top)
    axes.xaxis.set_major_formatter("{x:.0%}")
    axes.yaxis.set_major_formatter("{x:.0%}")
    axes.set_xlabel("chance told", fontsize=9)
    axes.set_ylabel("share that happened", fontsize=9)
