"""Charts of the gap with chance in it: the fan of need, what makes it wide, and which assumption moves it most."""

from typing import TypeAlias

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from fundgap.errors import NoData
from fundgap.gap.simulation_result import Simulation
from fundgap.gap.tornado import Tornado
from fundgap.gap.variance_shares import TOGETHER, VarianceShares
from fundgap.story.chart import BLUE, GREY, ORANGE, PINK, S251, Chart, blank, finish, label_ends
from fundgap.story.figures import BILLION

MILLION = 1e6
Series: TypeAlias = "pd.Series[float]"
_BANDS = ((0.1, 0.9, 0.16), (0.25, 0.75, 0.24))
_MIDDLE = 0.5
_LEAST_SHOWN = 0.005
_ROUND_FROM = 10
# Sure Start and young people's services were not in the return before.
_FIRST_YEAR = "2010-11"
_WORDS = {
    "national volume": "yearly swings in national numbers looked after",
    "national price": "yearly swings in national prices",
    "drift of volume": "how well the trend in numbers is known",
    "drift of price": "how well the trend in prices is known",
    "regional": "regions' swings",
    "own volume": "councils' own swings in numbers",
    "own price": "councils' own swings in prices",
    TOGETHER: "several of these together",
}


def fan(simulation: Simulation, years: pd.DataFrame, council: str | None = None, until: str | None = None) -> Chart:
    """Draw outturn, and need after it as a fan with funding beside it, in prices of the base year; England unless a council is given.

    Parameters
    ----------
    simulation
        From `simulate_gap`.
    years
        As `fundgap.council_years()` gives it: what was spent before.
    council
        Name or code.
    until
        Last financial year drawn; the simulation's last unless given.
    """
    place, table, past = _of_place(simulation, years, council)
    table = table[table["financial_year"] <= (until or table["financial_year"].max())]
    unit, word = (BILLION, "bn") if council is None else (MILLION, "m")
    need = table.pivot(index="financial_year", columns="quantile", values="need_gbp_real") / unit
    funding = table.drop_duplicates("financial_year").set_index("financial_year")["funding_gbp_real"] / unit
    run = _run_0(simulation, council).loc[need.index] / unit
    before = past[past.index <= need.index[0]] / unit
    figure, axes = blank((8.5, 5.2))
    axes.set_position((0.09, 0.19, 0.74, 0.6))
    _draw_fan(axes, before, need, run, funding, word)
    axes.set_ylabel(f"£{word}, {simulation.run.price_base} prices")
    final = table[table["financial_year"] == need.index[-1]].set_index("quantile")
    real, cash = (final[name] / unit for name in ("gap_gbp_real", "gap_gbp"))
    drawn = table.assign(place=place)[
        ["place", "quantile", "financial_year", "need_gbp_real", "funding_gbp_real", "gap_gbp_real", "gap_gbp"]
    ]
    return finish(
        figure,
        title=f"{place}: a gap of {_range(real[0.1], real[0.9], word)} in {need.index[-1]} in eight draws of ten",
        subtitle=f"Spend, then need in {simulation.draws:,} draws about scenario '{simulation.run.scenario.id}', and funding as that "
        f"has it; £{word} in {simulation.run.price_base} prices; bands: 50% and 80% of draws a year; dotted: run 0, without chance. "
        f"Gap in {need.index[-1]} in cash: {_range(cash[0.1], cash[0.9], word)}.",
        source=f"{S251}; shocks as estimated from it up to {simulation.shocks.origin}. Gap: rise in need since "
        f"{simulation.run.price_base} beyond the rise in funding. The fan holds chance about the scenario, not whether it is right."
        + ("" if council else " A council without a return is missing from its year."),
        alt=f"{place}'s spend in {before.index[0]} was {_money(before.iloc[0], word)} and in {before.index[-1]} "
        f"{_money(before.iloc[-1], word)} ({simulation.run.price_base} prices). In {need.index[-1]} the yearly gap is "
        f"{_range(real[0.1], real[0.9], word)} in eight of ten draws, {_money(real[_MIDDLE], word)} in the middle one; in cash "
        f"{_range(cash[0.1], cash[0.9], word)}.",
        data=drawn.reset_index(drop=True),
    )


def _draw_fan(axes: Axes, before: Series, need: pd.DataFrame, run: Series, funding: Series, word: str) -> None:
    """Draw outturn up to the base year, then need by quantile, run 0 and funding; all by financial year, in billions or millions."""
    span = [*before.index[:-1], *need.index]
    ahead = range(len(before) - 1, len(span))
    for low, high, alpha in _BANDS:
        axes.fill_between(ahead, need[low], need[high], color=PINK, alpha=alpha, linewidth=0)
    axes.plot(ahead, need[_MIDDLE], color=PINK, linewidth=1.2)
    axes.plot(ahead, run, color=PINK, marker="o", markersize=4, linestyle=":")
    axes.plot(ahead, funding, color=BLUE, linestyle="--", marker="s", markersize=4)
    axes.plot(range(len(before)), before, color=GREY, marker="o", markersize=4, linewidth=2)
    axes.set_xlim(-0.4, len(span) - 0.6)
    axes.set_ylim(0, None)
    last = need.iloc[-1]
    ends = {
        f"1 in 10 above {_money(last[0.9], word)}": (last[0.9], PINK),
        f"middle {_money(last[_MIDDLE], word)}": (last[_MIDDLE], PINK),
        f"run 0 {_money(run.iloc[-1], word)}": (run.iloc[-1], PINK),
        f"funding {_money(funding.iloc[-1], word)}": (funding.iloc[-1], BLUE),
        f"1 in 10 below {_money(last[0.1], word)}": (last[0.1], PINK),
    }
    label_ends(axes, len(span) - 0.5, ends, size=8)
    axes.set_xticks(range(0, len(span), 2), span[::2], fontsize=8)


def tornado_chart(moved: Tornado) -> Chart:
    """Draw the gap with each assumption moved alone to the low and the high end of its own history; `moved` from `fundgap.tornado`."""
    table = moved.table[moved.table["swing_gbp_real"] > _LEAST_SHOWN * moved.table["swing_gbp_real"].max()].reset_index(drop=True)
    figure, axes = blank((8.5, 5.0))
    axes.set_position((0.31, 0.225, 0.64, 0.555))
    low, high = table["gap_low_gbp_real"] / BILLION, table["gap_high_gbp_real"] / BILLION
    centre = moved.gap_gbp_real / BILLION
    rows = np.arange(len(table))
    axes.barh(rows, high - low, left=low, color=np.where(high > low, PINK, BLUE), height=0.55)
    for row, one in table.iterrows():
        ends = sorted([(low[row], one["low"]), (high[row], one["high"])])
        for (x, growth), side, shift in zip(ends, ("right", "left"), (-0.05, 0.05), strict=True):
            box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
            axes.text(x + shift, row, _percent(growth), ha=side, va="center", fontsize=8.5, bbox=box)
    axes.plot([centre, centre], [-0.45, len(table) - 0.5], color="black", linewidth=1, zorder=1)
    axes.text(centre, -0.5, f"as assumed: £{centre:.1f}bn", ha="center", va="bottom", fontsize=9)
    axes.set_yticks(rows, [f"{one.label}\n(assumed {_percent(one.central)} a year)" for one in table.itertuples()], fontsize=9)
    axes.set_ylim(len(table) - 0.5, -0.9)
    span = max(high.max(), low.max(), centre) - min(high.min(), low.min(), centre)
    axes.set_xlim(min(high.min(), low.min()) - 0.12 * span, max(high.max(), low.max()) + 0.12 * span)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(f"Yearly gap in {moved.financial_year}, £bn in {moved.price_base} prices")
    first = table.iloc[0]
    cash = f"£{first['gap_low_gbp'] / BILLION:.1f}bn to £{first['gap_high_gbp'] / BILLION:.1f}bn"
    return finish(
        figure,
        title=f"The gap of {moved.financial_year} hangs most on {first['label']}",
        subtitle=f"England's yearly gap under scenario '{moved.scenario.id}' with one assumption moved: to the 10th and 90th percentile of "
        f"its own growth over {moved.window_years}-year windows (figures at the bars: growth a year, real; blue: more of it, less gap)",
        source=f"{S251}; ONS; DfE. Windows overlap and are few: a plausible range, not an interval. Range of funding: all that "
        f"councils spent. In cash the first bar runs over {cash}; as assumed £{moved.gap_gbp / BILLION:.1f}bn.{_beyond(table)}",
        alt=f"As assumed the gap is £{centre:.1f}bn. "
        + " ".join(
            f"{one.label}: £{one.gap_low_gbp_real / BILLION:.1f}bn to £{one.gap_high_gbp_real / BILLION:.1f}bn."
            for one in table.itertuples()
        ),
        data=table,
    )


def variance_chart(shares: VarianceShares, years: tuple[str, str]) -> Chart:
    """Draw shares of the variance of the gap by source of chance in a near and a far year; `shares` from `Simulation.variance_shares`."""
    data = shares.table[shares.table["financial_year"].isin(years)]
    if data["financial_year"].nunique() != 2:
        raise NoData(f"Shares are held for {', '.join(shares.table['financial_year'].unique())}; wanted are {' and '.join(years)}.")
    wide = data.pivot(index="source", columns="financial_year", values="share").sort_values(years[1], ascending=False)
    errors = data.pivot(index="source", columns="financial_year", values="share_error").loc[wide.index]
    figure, axes = blank((8.5, 4.8))
    axes.set_position((0.4, 0.2, 0.56, 0.58))
    rows = np.arange(len(wide))
    for year, colour, shift, hatch in zip(years, (ORANGE, BLUE), (-0.19, 0.19), ("//", ""), strict=True):
        axes.barh(rows + shift, wide[year], height=0.36, color=colour, hatch=hatch, edgecolor="white", label=year, xerr=1.96 * errors[year])
        for row, share, error in zip(rows, wide[year], errors[year], strict=True):
            axes.text(max(share, 0) + 1.96 * error + 0.008, row + shift, f"{share:.0%}", va="center", fontsize=8.5)
    axes.set_yticks(rows, [_WORDS[source] for source in wide.index], fontsize=9)
    axes.invert_yaxis()
    axes.axvline(0, color="black", linewidth=1)
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
    axes.legend(loc="lower right", fontsize=9)
    most = "Most of the uncertainty" if wide[years[1]].iloc[0] > 1 / 2 else "The largest uncertainty"
    return finish(
        figure,
        title=f"{most} about {years[1]} is {_WORDS[wide.index[0]]}",
        subtitle=f"{shares.place}: share of the variance of the yearly gap in pounds by source of chance, {shares.draws:,} draws; "
        "lines: 95% simulation error",
        source=f"{S251}; shocks as estimated from it. Sources switched on one at a time on the same draws (covariance shares). 'Several "
        "of these together' is what they do only in combination. Chance about the scenario only, not whether it is right.",
        alt=" ".join(
            f"{_WORDS[str(source)]}: {row[years[0]]:.0%} in {years[0]}, {row[years[1]]:.0%} in {years[1]}."
            for source, row in wide.iterrows()
        ),
        data=data.reset_index(drop=True),
    )


def _beyond(table: pd.DataFrame) -> str:
    """Name the assumptions that lie outside the range of their own history."""
    outside = table[~table["central"].between(table["low"], table["high"])]
    return f" Assumed outside its own range: {'; '.join(outside['label'])}." if len(outside) else ""


def _percent(growth: float) -> str:
    """Return "+1.2%", "−0.3%", "0.0%"."""
    rounded = round(100 * growth, 1)
    return f"{'+' if rounded > 0 else '−' if rounded < 0 else ''}{abs(rounded):.1f}%"


def _of_place(simulation: Simulation, years: pd.DataFrame, council: str | None) -> tuple[str, pd.DataFrame, Series]:
    """Return the place's name, its quantiles, and what it spent, £ in prices of the base year by financial year."""
    levels = [level for low, high, _ in _BANDS for level in (low, high)] + [_MIDDLE]
    base = years.loc[years["financial_year"] == simulation.run.price_base, "price_index"].iloc[0]
    spent = years.assign(spent=years["gross_spend_gbp"] / years["price_index"] * base)
    if council is None:
        past = spent[spent["financial_year"] >= _FIRST_YEAR].groupby("financial_year")["spent"].sum(min_count=1).dropna()
        return "England", simulation.england(*levels), past
    table = simulation.council(council, *levels)
    own = (
        spent[(spent["council"] == table["council"].iloc[0]) & (spent["financial_year"] >= _FIRST_YEAR)]
        .set_index("financial_year")["spent"]
        .dropna()
    )
    return str(table["council_name"].iloc[0]), table, own


def _run_0(simulation: Simulation, council: str | None) -> Series:
    run = simulation.run
    table = run.england if council is None else run.councils[(run.councils[["council", "council_name"]] == council).any(axis=1)]
    return table.set_index("financial_year")["need_gbp_real"]


def _range(low: float, high: float, unit: str) -> str:
    """Return "£1.2bn to £3.4bn"."""
    return f"{_money(low, unit)} to {_money(high, unit)}"


def _money(value: float, unit: str) -> str:
    """Return "£1.2bn", "£12m", "−£0.3bn": a decimal for billions and small sums."""
    digits = 0 if unit == "m" and abs(value) >= _ROUND_FROM else 1
    sign = "−" if round(value, digits) < 0 else ""
    return f"{sign}£{abs(value):,.{digits}f}{unit}"
