"""Charts and tables of the back-test: what would have been forecast beside what was spent, and how often intervals held it."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from fundgap.data.prices import price_index
from fundgap.errors import NoData
from fundgap.gap.backtest import OURS
from fundgap.gap.backtest_result import EARLY_UNTIL, Backtest
from fundgap.gap.rivals import PUBLISHED
from fundgap.story.chart import BLUE, GREY, ORANGE, PINK, S251, TURQUOISE, Chart, blank, finish, small_multiples
from fundgap.story.figures import BILLION
from fundgap.story.tables import ReaderTable

_MONEY = ("low_95_gbp", "low_80_gbp", "median_gbp", "high_80_gbp", "high_95_gbp", "outcome_gbp", "base_gbp")
_COLUMNS, _SIZE = 4, (8.5, 7.2)


def forecast_fans(result: Backtest) -> Chart:
    """Draw England's forecast from every origin beside what was spent, in the latest year's prices, a panel an origin."""
    data = _england(result)
    origins = list(data["origin"].unique())
    # The years of one row and the titles of the next need room between them.
    figure, panels = small_multiples(len(origins), _COLUMNS, _SIZE, between=0.5)
    spent = data.drop_duplicates("financial_year", keep="last").set_index("financial_year")["outcome_gbp"]
    first = data.drop_duplicates("origin").set_index("origin")["base_gbp"]
    line = pd.concat([first[~first.index.isin(spent.index)], spent]).sort_index() / BILLION
    for axes, origin in zip(panels, origins, strict=True):
        _panel(axes, data[data["origin"] == origin], line)
    last = data["financial_year"].max()
    inside = data["is_in_95"].astype(bool)
    outside = data[~inside]
    low, high = np.floor(data["low_95_gbp"].min() / BILLION), np.ceil(data["high_95_gbp"].max() / BILLION)
    for axes in panels:
        axes.set_ylim(low, high)
    return finish(
        figure,
        title=f"England's spend was inside the 95% fan {inside.sum()} times in {len(inside)}"
        + (f"; {_beside(outside)}" if len(outside) else ""),
        subtitle=f"Gross spend on children's services, England, £bn in {last} prices. Line with dots: spent. Fan from each origin: middle "
        "forecast (dashed), 80% and 95% intervals, from figures up to that year alone",
        source=f"{S251}; ONS. Councils with spend of both years, so levels differ a little from panel to panel. 2020-21, where "
        "one fan starts, is a year whose deflator (+5.4%) could hardly be measured.",
        alt="; ".join(
            f"from {origin}, {horizon} years ahead: forecast £{middle / BILLION:.1f}bn, spent £{spent / BILLION:.1f}bn"
            for origin, horizon, middle, spent in _longest(data)[["origin", "horizon", "median_gbp", "outcome_gbp"]].to_numpy()
        )
        + ".",
        data=data,
    )


def coverage_by_horizon(result: Backtest) -> Chart:
    """Draw how often councils' outcomes fell into the 80% and 95% intervals, by years ahead, early and late origins."""
    rows = result.scores[(result.scores["model"] == OURS) & (result.scores["prices"] == "real") & (result.scores["level"] == "councils")]
    rows = rows[rows["horizon"] > 0]
    figure, axes = blank()
    looks = {"early": ("o", "-", f"origins to {EARLY_UNTIL}"), "late": ("s", "--", "later origins"), "all": ("D", ":", "all origins")}
    for promised, colour in ((0.95, BLUE), (0.80, PINK)):
        axes.axhline(promised, color=colour, linewidth=0.8)
        for period, (marker, style, label) in looks.items():
            part = rows[rows["period"] == period]
            column = f"coverage_{promised * 100:.0f}"
            axes.plot(
                part["horizon"], part[column], color=colour, marker=marker, linestyle=style, markersize=5, label=f"{promised:.0%}, {label}"
            )
    axes.set_ylim(0.5, 1.0)
    axes.set_xticks(sorted(rows["horizon"].unique()))
    axes.set_xlabel("years ahead")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
    axes.legend(ncols=2, fontsize=8.5, loc="lower left")
    whole = _overall(result).loc["all"]
    return finish(
        figure,
        title=f"Councils' 80% intervals held {whole['coverage_80']:.0%} of outcomes, their 95% intervals {whole['coverage_95']:.0%}",
        subtitle="Share of councils' outcomes inside the interval (thin lines: what it promises), gross spend in real terms, England, "
        f"origins {result.forecasts['origin'].min()} to {result.forecasts['origin'].max()}",
        source=f"{S251}; ONS. Outcomes of one year are not independent: what moved the whole country moved them all.",
        alt="; ".join(
            f"{row.period} origins, {row.horizon} years ahead: {row.coverage_80:.0%} and {row.coverage_95:.0%}" for row in rows.itertuples()
        )
        + ".",
        data=rows[["period", "horizon", "forecasts", "coverage_80", "coverage_95"]].reset_index(drop=True),
    )


def backtest_table(result: Backtest) -> ReaderTable:
    """Return a row a rule: CRPS (% of the origin's spend), early and late, best marked *; and coverage over councils (%)."""
    wide = result.headline().drop(index=list(PUBLISHED), errors="ignore")
    shown: dict[str, list[str]] = {"forecast": [str(name) for name in wide.index]}
    for level, label in (("England", "England"), ("councils", "median council")):
        for period in (name for name in ("early", "late", "all") if ("crps", level, name) in wide):
            column = wide["crps", level, period]
            shown[f"{label}, {period}"] = [f"{value:.1f}{'*' if value == column.min() else ''}" for value in column]
    for promised in (80, 95):
        shown[f"in {promised}%, councils"] = [f"{value:.0f}" for value in wide[f"coverage_{promised}", "councils", "all"]]
    return ReaderTable.of(pd.DataFrame(shown)).titled("Error of forecasts of spend (CRPS, % of the origin's spend) and coverage, by rule")


def published_paths_table(result: Backtest) -> ReaderTable:
    """Return England's rise in cash as the LGA and the back-test had it beside what happened, from the LGA's base years.

    Raises
    ------
    NoData
        When no origin is a base year of theirs.
    """
    rows = result.forecasts[(result.forecasts["level"] == "England") & (result.forecasts["prices"] == "cash")]
    theirs = rows[rows["model"].isin(PUBLISHED)]
    if theirs.empty:
        raise NoData("No origin of the back-test is the base year of a path of the LGA's.")
    both = theirs.merge(rows[rows["model"] == OURS], on=["origin", "financial_year"], suffixes=("", "_ours"))
    shown = {
        "path": both["model"],
        "year": both["financial_year"],
        "LGA": [f"{ratio - 1:+z.1%}" for ratio in both["median_gbp"] / both["base_gbp"]],
        "back-test (80% interval)": [
            f"{middle / base - 1:+z.1%} ({low / base - 1:+z.1%} to {high / base - 1:+z.1%})"
            for middle, low, high, base in both[["median_gbp_ours", "low_80_gbp_ours", "high_80_gbp_ours", "base_gbp_ours"]].to_numpy()
        ],
        "spent": [f"{ratio - 1:+z.1%}" for ratio in both["outcome_gbp"] / both["base_gbp"]],
        "CRPS, LGA (a point)": [f"{100 * value:.1f}" for value in both["crps"]],
        "CRPS, back-test": [f"{100 * value:.1f}" for value in both["crps_ours"]],
    }
    return ReaderTable.of(pd.DataFrame(shown)).titled(
        "The Local Government Association's paths beside the back-test: rise since the base year, cash"
    )


def _england(result: Backtest) -> pd.DataFrame:
    """Return our real forecasts of England in the prices of the last year."""
    rows = result.forecasts
    rows = rows[(rows["level"] == "England") & (rows["prices"] == "real") & (rows["model"] == OURS)].reset_index(drop=True)
    prices = price_index(rows["financial_year"].max())
    factor = (100 / rows["origin"].map(prices)).to_numpy()
    return rows.assign(**{name: rows[name] * factor for name in _MONEY})[
        ["origin", "horizon", "financial_year", *_MONEY, "is_in_80", "is_in_95"]
    ]


def _longest(data: pd.DataFrame) -> pd.DataFrame:
    """Return each origin's forecast furthest ahead."""
    return data.sort_values(["origin", "horizon"]).drop_duplicates("origin", keep="last")


def _panel(axes: Axes, rows: pd.DataFrame, line: "pd.Series[float]") -> None:
    place = {year: number for number, year in enumerate(line.index)}
    origin = rows["origin"].iloc[0]
    start = rows["base_gbp"].iloc[0]
    x = [place[origin], *(place[year] for year in rows["financial_year"])]
    fan = {name: np.array([start, *rows[name]]) / BILLION for name in _MONEY[:5]}
    axes.fill_between(x, fan["low_95_gbp"], fan["high_95_gbp"], color=TURQUOISE, alpha=0.25, linewidth=0)
    axes.fill_between(x, fan["low_80_gbp"], fan["high_80_gbp"], color=TURQUOISE, alpha=0.4, linewidth=0)
    axes.plot(x, fan["median_gbp"], color=BLUE, linestyle="--", linewidth=1.3)
    axes.plot(range(len(line)), line, color=GREY, linewidth=1.2)
    axes.plot(range(len(line)), line, color=ORANGE, marker="o", markersize=2.5, linestyle="")
    axes.set_title(f"from {origin}", fontsize=9)
    axes.set_xticks([0, len(line) - 1], [line.index[0], line.index[-1]], fontsize=8)
    first, last = axes.get_xticklabels()
    first.set_horizontalalignment("left")
    last.set_horizontalalignment("right")
    axes.tick_params(axis="y", labelsize=8)


def _beside(outside: pd.DataFrame) -> str:
    """Say from which origins spend left the fan."""
    names = list(dict.fromkeys(outside["origin"]))
    above = (outside["outcome_gbp"] > outside["high_95_gbp"]).all()
    return f"{'above' if above else 'outside'} it from {', '.join(names)}"


def _overall(result: Backtest) -> pd.DataFrame:
    rows = result.scores
    rows = rows[(rows["model"] == OURS) & (rows["prices"] == "real") & (rows["level"] == "councils") & (rows["horizon"] == 0)]
    return rows.set_index("period")
