"""The charts of the journeys notebook: what follows a grade, how long an inadequate one lasts, and who was a partner to whom."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from fundgap.data.tables import RATINGS
from fundgap.models.improvement import TimeToImprove
from fundgap.models.lasting import Lasting
from fundgap.models.partner_check import PartnerCheck
from fundgap.models.survival import DAYS_IN_MONTH, DAYS_IN_YEAR, Survival
from fundgap.models.transitions import ALL, Transitions
from fundgap.story.chart import BLUE, GREY, ORANGE, PINK, TURQUOISE, Chart, blank, finish, label_ends, words_in

_OFSTED = "Ofsted, inspections 2009 to 2023 and outcomes as at 31 March 2025"
_LOOKS = dict(zip(RATINGS, ((PINK, "//"), (ORANGE, ".."), (TURQUOISE, ""), (BLUE, "\\\\")), strict=True))
_PER_CENT = FuncFormatter(lambda value, _: f"{value:.0%}")
_NARROW = 0.055
# A label that a line would cross.
_ON_WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 1.0, "alpha": 0.85}
_LINE_LOOKS = {"Outstanding": (BLUE, "-"), "Good": (TURQUOISE, "--"), "Requires improvement": (ORANGE, ":")}


def what_followed(table: Transitions) -> Chart:
    """Draw, for each grade, what the next judgement of the same council was."""
    cells = table.table[table.table["pair"] == ALL]
    totals = cells.groupby("from_rating")["from_total"].first()
    figure, axes = blank((8.5, 4.6))
    for row, before in enumerate(RATINGS):
        _draw_next(axes, row, cells[cells["from_rating"] == before].set_index("to_rating"))
    axes.set_yticks(range(len(RATINGS)), [f"after {rating.lower()}\n({totals[rating]})" for rating in RATINGS], fontsize=9)
    axes.xaxis.set_major_formatter(_PER_CENT)
    axes.set_xlim(0, 1)
    axes.grid(visible=False, axis="y")
    axes.set_position((0.25, 0.22, 0.71, 0.53))
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=4, fontsize=8.5, frameon=False, title=None, handlelength=1.4)
    from_inadequate = cells[cells["from_rating"] == RATINGS[0]].set_index("to_rating")
    better = from_inadequate["count"].drop(RATINGS[0]).sum()
    return finish(
        figure,
        title=f"{better} of {totals[RATINGS[0]]} judgements after an inadequate one were better",
        subtitle=f"Next overall judgement of the same council by the one before, England, all frameworks; "
        f"{int(totals.sum())} judgements that follow another, number in brackets",
        source=f"{_OFSTED}. Frameworks differ in criteria and in who was inspected; before November 2013 "
        "'requires improvement' was 'adequate'.",
        alt="; ".join(
            f"after {before.lower()}: " + ", ".join(f"{count} {after.lower()}" for after, count in _counts(cells, before).items())
            for before in RATINGS
        )
        + ".",
        data=cells.reset_index(drop=True),
    )


def _draw_next(axes: Axes, row: int, cells: pd.DataFrame) -> None:
    """Draw one bar of what followed a grade, a part for each grade, those that are wide enough with their share."""
    start = 0.0
    for after in RATINGS:
        share = 0.0 if pd.isna(cells["share"][after]) else float(cells["share"][after])
        colour, hatch = _LOOKS[after]
        axes.barh(row, share, left=start, color=colour, hatch=hatch, edgecolor="white", label=after if row == 0 else None)
        if share > _NARROW:
            # Words on the lighter colours are black: 4.5 to 1 (WCAG 2.2, 1.4.3).
            ink = "black" if colour in (ORANGE, TURQUOISE) else "white"
            words: dict[str, Any] = {"ha": "center", "va": "center", "color": ink, "fontsize": 9, "fontweight": "bold"}
            text = axes.text(start + share / 2, row, f"{share:.0%}", **words)
            text.set_bbox({"facecolor": colour, "edgecolor": "none", "pad": 1.5})
        start += share


def _counts(cells: pd.DataFrame, before: str) -> dict[str, int]:
    these = cells[cells["from_rating"] == before]
    return dict(zip(these["to_rating"], these["count"], strict=True))


def time_to_better(result: TimeToImprove) -> Chart:
    """Draw the share judged better by the time since the first inadequate report, and the share judged at all."""
    figure, axes = blank((8.5, 5.9))
    axes.set_position((0.09, 0.3, 0.87, 0.52))
    end = 8.0
    _steps(axes, result.curve, BLUE, "-", end, fill=True)
    _steps(axes, result.next_judgement, GREY, "--", end, fill=False)
    six = 6 * DAYS_IN_MONTH / DAYS_IN_YEAR
    axes.axvline(six, color=PINK, linewidth=1.2, linestyle=":")
    axes.text(six + 0.06, 0.93, "six\nmonths", color=PINK, fontsize=9, va="top")
    middle, lower, upper = (days / DAYS_IN_YEAR for days in result.curve.median)
    axes.plot([0, middle, middle], [0.5, 0.5, 0], color=BLUE, linewidth=0.8, linestyle=":")
    axes.set_xlim(0, end)
    axes.set_ylim(0, 1)
    axes.yaxis.set_major_formatter(_PER_CENT)
    axes.set_xlabel("years since the report")
    axes.plot([], [], color=BLUE, linewidth=2, label="judged better (since the first inadequate report of a run)")
    axes.plot([], [], color=GREY, linewidth=2, linestyle="--", label="any next report (since each inadequate report)")
    axes.legend(loc="lower right", fontsize=9, frameon=False)
    _at_risk(axes, {"judged better": (result.curve, BLUE), "any next report": (result.next_judgement, GREY)}, range(int(end) + 1))
    within, waiting = result.better_within(6), result.next_judgement.ended_within(6 * DAYS_IN_MONTH)
    spells, councils = len(result.spells), result.spells["council"].nunique()
    return finish(
        figure,
        title=f"No council was judged better within six months; half were after {middle:.1f} years"
        if within["ended"] == 0
        else f"Half the councils were judged better after {middle:.1f} years",
        subtitle=f"Share of inadequate spells ended by a better judgement, from report to report (Kaplan–Meier, 95% interval), England, "
        f"2009 to {result.as_at:%-d %B %Y}; {spells} spells of {councils} councils, {int(result.curve.spell_ended.sum())} ended",
        source=f"{_OFSTED}. Cut off at {result.as_at:%-d %B %Y}, or with the council. A grade changes only where an inspection takes "
        "place: the grey line is the waiting for one. Below: spells still going on.",
        alt=f"Judged better within six months {within['share']:.0%} (up to {within['upper']:.1%}), within two years "
        f"{result.better_within(24)['share']:.0%}, three {result.better_within(36)['share']:.0%}, "
        f"four {result.better_within(48)['share']:.0%}; "
        f"median {middle:.1f} years ({lower:.1f} to {upper:.1f}). Any next report within six months: {waiting['share']:.1%}.",
        data=result.curve.to_frame(),
    )


def _steps(axes: Axes, curve: Survival, colour: str, style: str, end: float, *, fill: bool, rising: bool = True) -> None:
    """Draw a curve as steps, rising (share ended) or falling (share going on), to `end` or the longest spell."""
    last = min(end, float(curve.spell_days.max()) / DAYS_IN_YEAR)
    years = np.concatenate([[0.0], curve.days / DAYS_IN_YEAR, [last]])
    years = np.minimum(years, end)
    ends = {"middle": curve.survival, "lower": curve.lower, "upper": curve.upper}
    held = {name: np.concatenate([[1.0], values, values[-1:]]) for name, values in ends.items()}
    drawn = {name: 1 - values if rising else values for name, values in held.items()}
    axes.step(years, drawn["middle"], where="post", color=colour, linestyle=style, linewidth=2)
    if fill:
        axes.fill_between(years, drawn["lower"], drawn["upper"], step="post", color=colour, alpha=0.15, linewidth=0)


def _at_risk(axes: Axes, curves: dict[str, tuple[Survival, str]], years: range) -> None:
    """Write below an axis, under the name of each curve, how many spells are still followed at each year."""
    for row, (name, (curve, colour)) in enumerate(curves.items()):
        height, ink = -0.26 - 0.14 * row, words_in(colour)
        axes.text(-0.04, height + 0.065, name, transform=axes.transAxes, ha="left", fontsize=8, color=ink)
        for year in years:
            count = int((curve.spell_days >= year * DAYS_IN_YEAR).sum())
            axes.text(year, height, str(count), transform=axes.get_xaxis_transform(), ha="center", fontsize=8.5, color=ink)


def how_long_held(lasting: Lasting) -> Chart:
    """Draw, for each grade above inadequate, the share without a lower judgement yet."""
    figure, axes = blank((8.5, 6.2))
    axes.set_position((0.09, 0.37, 0.7, 0.45))
    end, labels = 10.0, {}
    for rating, curve in lasting.curves.items():
        colour, style = _LINE_LOOKS[rating]
        _steps(axes, curve, colour, style, end, fill=rating == "Outstanding", rising=False)
        by_end = np.flatnonzero(curve.days <= end * DAYS_IN_YEAR)
        labels[f"{rating}\n{curve.survival[by_end[-1]]:.0%}"] = (float(curve.survival[by_end[-1]]), colour)
    axes.set_xlim(0, end)
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(_PER_CENT)
    axes.set_xlabel("years since the first report of the grade")
    label_ends(axes, end + 0.15, labels)
    _at_risk(axes, {rating: (curve, _LINE_LOOKS[rating][0]) for rating, curve in lasting.curves.items()}, range(int(end) + 1))
    table = {str(row["rating"]): row for row in lasting.table.to_dict("records")}
    best = table["Outstanding"]
    return finish(
        figure,
        title=f"{best['held']} of {best['followed']} outstanding judgements were outstanding again at the next",
        subtitle="Share without a lower judgement than the one that began the spell, from report to report (Kaplan–Meier; 95% interval for "
        f"outstanding), England, 2009 to {lasting.as_at:%-d %B %Y}",
        source=f"{_OFSTED}. A grade falls only where an inspection takes place. Four frameworks: outstanding under one was not always "
        "outstanding under the next. Below: spells still followed.",
        alt="; ".join(
            f"{rating}: lower within 3 years {row['lower_within_3_years']:.0%}, within 5 {row['lower_within_5_years']:.0%}, "
            f"the same or better at the next inspection {row['held']} of {row['followed']}"
            for rating, row in table.items()
        )
        + ".",
        data=pd.concat([curve.to_frame().assign(rating=rating) for rating, curve in lasting.curves.items()], ignore_index=True),
    )


def where_partners_stood(check: PartnerCheck) -> Chart:
    """Draw where each partner that helped stood among the good and outstanding councils of the day, by likeness."""
    data = check.table.dropna(subset="rank").sort_values("share_ahead", ascending=False).reset_index(drop=True)
    figure, axes = blank((8.5, 4.8))
    axes.set_position((0.3, 0.23, 0.66, 0.5))
    axes.axvspan(check.lower, check.upper, color=GREY, alpha=0.12, linewidth=0)
    axes.axvline(check.mean_share_ahead, color=PINK, linestyle="--", linewidth=1.3)
    for place, row in enumerate(data.to_dict("records")):
        axes.hlines(place, 0, row["share_ahead"], color="#BFBFBF", linewidth=1)
        colour, marker = (BLUE, "s") if row["is_same_region"] else (ORANGE, "o")
        axes.plot(row["share_ahead"], place, marker, color=colour, markersize=8)
        axes.text(row["share_ahead"] + 0.025, place, f"{row['rank']:.0f} of {row['candidates']}", va="center", fontsize=9, bbox=_ON_WHITE)
    names = [f"{row.council_name} – {row.partner_name}, {row.started_on:%Y}" for row in data.itertuples()]
    axes.set_yticks(range(len(data)), names, fontsize=9)
    axes.set_xlim(0, 1.12)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["most alike", "", "half more alike", "", "least alike"])
    axes.grid(visible=False, axis="y")
    axes.plot([], [], "s", color=BLUE, label="same region")
    axes.plot([], [], "o", color=ORANGE, label="another region")
    axes.plot([], [], "--", color=PINK, label="mean")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, fontsize=8.5, frameon=False)
    return finish(
        figure,
        title=f"Partners were near by rather than alike: {int((data['rank'] <= 10).sum())} of {len(data)} were among the ten most alike"
        if check.lower < check.mean_share_ahead and (data["is_same_region"].sum() > 2 * data["region_share"].sum())
        else "Where partners stood among the councils most alike",
        subtitle="Rank of the partner by likeness (children, deprivation, low income, looked-after rate) among the good and outstanding "
        "councils of the day, figures of the year before",
        source=f"{_OFSTED}; DfE; ONS; MHCLG; HMRC; DWP; partnerships from trade papers, each with its source in interventions.csv. "
        "Grey: where 95% of means would lie if partners were drawn at random.",
        alt="; ".join(f"{row.council_name} and {row.partner_name}: {row.rank:.0f} of {row.candidates}" for row in data.itertuples())
        + f". Mean share more alike {check.mean_share_ahead:.0%}.",
        data=data,
    )
