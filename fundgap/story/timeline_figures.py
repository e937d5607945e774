"""The chart of interventions: a panel a council, its spend or looked-after rate beside councils that started alike, and its grades."""

from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from fundgap.models.survival import DAYS_IN_YEAR
from fundgap.models.timelines import Timelines
from fundgap.story.chart import BLUE, GREY, ORANGE, PINK, TURQUOISE, Chart, finish, small_multiples

Measure = Literal["spend", "looked_after"]
_NAMES = {"spend": "Gross spend on children's services a child", "looked_after": "Children looked after"}
_COLOURS = {"Inadequate": PINK, "Requires improvement": ORANGE, "Good": TURQUOISE, "Outstanding": BLUE}
_LETTERS = {"Inadequate": "I", "Requires improvement": "R", "Good": "G", "Outstanding": "O"}
_COLUMNS = 5


def timelines(result: Timelines, measure: Measure = "spend") -> Chart:
    """Draw a panel a council of the register: its line, the median of the councils that started alike, starts and grades."""
    order = result.councils
    rows = -(-len(order) // _COLUMNS)
    figure, panels = small_multiples(len(order), _COLUMNS, (8.5, 2.1 + 2.0 * rows))
    data = result.yearly.dropna(subset=[measure, f"alike_{measure}"], how="all")
    start = data["financial_year"].str[:4].astype(int)
    # A count of 31 March closes its year; a year's spend is drawn at its middle.
    data = data.assign(place=start + (0.5 if measure == "spend" else 1.0))
    top = 1.22 * float(np.nanmax(data[[measure, f"alike_{measure}"]].to_numpy(float)))
    for council, axes in zip(order.itertuples(), panels, strict=True):
        part = data[data["council"] == council.council]
        axes.plot(part["place"], part[measure], color=BLUE, linewidth=1.8)
        axes.plot(part["place"], part[f"alike_{measure}"], color=GREY, linewidth=1.2, linestyle="--")
        _starts(axes, pd.Timestamp(str(council.started_on)))
        own = result.judgements[(result.judgements["of"] == council.council) & (result.judgements["council"] == council.council)]
        _grades(axes, own, top)
        axes.set_ylim(0, top)
        axes.set_xlim(2009.5, 2026)
        words = "\n".join(str(council.interventions).split("; "))
        axes.set_title(f"{council.council_name}\n{words}", fontsize=7, loc="left", pad=3)
        axes.tick_params(labelsize=7)
        axes.set_xticks([2010, 2015, 2020, 2025], ["2010", "15", "20", "25"])
    for place, axes in enumerate(panels):
        if place % _COLUMNS:
            axes.set_yticklabels([])
        if place + _COLUMNS < len(panels):
            axes.set_xticklabels([])
    figure.subplots_adjust(hspace=0.5, left=0.06, bottom=0.75 / figure.get_figheight(), top=1 - 1.35 / figure.get_figheight())
    unit = f"£, {result.price_base} prices (GDP deflator)" if measure == "spend" else "per 10,000 children, 31 March"
    return finish(
        figure,
        title=_finding(order, measure),
        subtitle=f"{_NAMES[measure]}, {unit}: the council (blue), median of up to five councils that started with the same grade and near "
        "deprivation (grey, dashed); first intervention (vertical); grades by report: I, R, G, O",
        source="DfE Section 251 outturn (total comparable since 2012-13) and children looked after; ONS; Ofsted; interventions named in "
        "trade papers, each with its source. Those with an intervention were in deeper trouble to begin with: no line says what it did.",
        alt="; ".join(_in_words(row, measure) for row in order.to_dict("records")) + ".",
        data=data.drop(columns="place").reset_index(drop=True),
    )


def _finding(order: pd.DataFrame, measure: Measure) -> str:
    if measure == "spend":
        better = order["better_after"].dropna()
        alike = order["alike_better_after"].mean()
        return f"Three years on, {int(better.sum())} of {len(better)} had a better grade; of councils that started alike {alike:.0%} had"
    more = (order["looked_after_change"] - order["alike_looked_after_change"]).dropna() > 0
    return f"In {int(more.sum())} of {len(more)} the looked-after rate grew by more than in councils that started alike"


def _place(day: pd.Timestamp) -> float:
    """Return a day on the axis of years: 2014.0 = 1 April 2014."""
    return day.year + (day - pd.Timestamp(year=day.year, month=4, day=1)).days / DAYS_IN_YEAR


def _starts(axes: Axes, day: pd.Timestamp) -> None:
    axes.axvline(_place(day), color="black", linewidth=0.9, linestyle=":")


def _grades(axes: Axes, own: pd.DataFrame, top: float) -> None:
    """Write each judgement's letter at the top, every second one lower so that near ones do not cover each other."""
    for number, row in enumerate(own.sort_values("publication_date").itertuples()):
        rating = str(row.rating)
        height = top * (0.93 - 0.1 * (number % 2))
        place = _place(pd.Timestamp(str(row.publication_date)))
        axes.text(place, height, _LETTERS[rating], color=_COLOURS[rating], fontsize=7.5, fontweight="bold", ha="center", va="center")


def _in_words(row: dict[object, object], measure: Measure) -> str:
    own, alike = row[f"{measure}_change"], row[f"alike_{measure}_change"]
    return f"{row['council_name']} ({row['interventions']}) {row['rating']} to {row['latest_rating']}, {own:+.0%} against {alike:+.0%}"
