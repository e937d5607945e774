"""Tables for readers: rounded to what the figures carry, headed in words. Tables for machines are the library's own."""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from html import escape, unescape
from typing import Any, Self

import numpy as np
import pandas as pd

from fundgap.data.councils import TINY_COUNCILS
from fundgap.gap.result import Gap
from fundgap.gap.scenario import Scenario
from fundgap.story.assumption_words import value_in_words
from fundgap.story.figures import BILLION, FEW_COUNCILS, MEASURES

# So many digits of a hash tell one file from another; in full it stands in the registers and manifests.
HASH_SHOWN = 12


@dataclass(frozen=True)
class ReaderTable:
    """A table to be read: every cell as text, the first column naming the row; `caption` says what it holds, of when, in which prices."""

    frame: pd.DataFrame
    caption: str = ""

    @classmethod
    def of(cls, frame: pd.DataFrame, decimals: int = 2) -> "ReaderTable":
        """Return the frame with its numbers rounded and their thousands set apart."""
        return cls(frame.apply(lambda column: column.map(lambda value: _as_text(value, decimals))))

    def titled(self, caption: str) -> Self:
        """Return the table under a caption."""
        return replace(self, caption=caption)

    def to_frame(self) -> pd.DataFrame:
        """Return the table as it is shown."""
        return self.frame

    def __repr__(self) -> str:
        """Return the table as text, nothing cut off."""
        return self.frame.to_string(index=False)

    def _repr_html_(self) -> str:
        with pd.option_context("display.max_colwidth", None):
            shown = str(self.frame.to_html(index=False, border=0, escape=True, classes="reader"))
        head, mark, rest = shown.partition("<thead>")
        return f"{head}<caption>{escape(self.caption)}</caption>\n  {mark}{rest}" if self.caption else shown


def _as_text(value: object, decimals: int) -> str:
    if isinstance(value, bool | np.bool_ | str) or not isinstance(value, int | float | np.number):
        return str(value)
    if value != value:  # nan, of whatever kind of number
        return ""
    # Adding zero turns -0.00 into 0.00.
    return f"{value:,}" if isinstance(value, int | np.integer) else f"{round(float(value), decimals) + 0.0:,.{decimals}f}"


def odds(table: pd.DataFrame) -> ReaderTable:
    """Return `raw_and_adjusted` with one row a measure, raw and adjusted side by side."""
    names = MEASURES | {"deprivation_decile": "Deprivation (one tenth more deprived)"}
    shown = table.assign(measure=table["measure"].map(names), text=[unbroken(with_interval(row)) for row in table.to_dict("records")])
    wide = shown.pivot(index="measure", columns="model", values="text").reindex(list(names.values()))
    wide["councils"] = shown.groupby("measure")["n"].min()
    beside = shown[shown["model"] != "raw"].set_index("measure")
    wide["deprivation beside it"] = beside.apply(lambda row: unbroken(with_interval(row.to_dict(), "deprivation_")), axis=1)
    wide = wide[["councils", "raw", "adjusted for deprivation", "deprivation beside it"]].fillna("")
    return ReaderTable.of(wide.rename_axis(columns=None, index="odds ratio per £100 a child (95% interval)").reset_index()).titled(
        f"Odds ratios of a better grade, raw and adjusted for deprivation, {beside['n'].max():.0f} judgements"
    )


def with_interval(row: dict[Hashable, Any], prefix: str = "") -> str:
    """Return an odds ratio with its interval, "1.54 (1.17 to 2.01)", from a row of `raw_and_adjusted`."""
    return f"{row[f'{prefix}odds_ratio']:.2f} ({row[f'{prefix}lower']:.2f} to {row[f'{prefix}upper']:.2f})"


def unbroken(text: str) -> str:
    """Return the text with blanks that no line breaks at: an estimate stays beside its interval."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def good_counts(table: pd.DataFrame, including: str = "") -> ReaderTable:
    """Return `good_by_deprivation`: councils, how many good or better, the share with its interval; `including` is for the caption."""
    share = [unbroken(f"{row.share:.1%} ({row.lower:.0%} to {row.upper:.0%})") for row in table.itertuples()]
    shown = {"councils": table["councils"], "good or better": table["good_or_better"], "share (95% interval)": share}
    return ReaderTable.of(pd.DataFrame({"group": table["group"]} | shown)).titled(
        f"Good or better at the first inspection, by deprivation{f', including {including}' if including else ''}"
    )


def chances(grid: pd.DataFrame) -> ReaderTable:
    """Return `probability_grid`: deciles down, spend across; a star where few councils stand behind a chance."""
    star = grid["councils_near"].lt(FEW_COUNCILS).map({True: "*", False: ""})
    text = [unbroken(f"{row.probability:.0%} ({row.lower:.0%} to {row.upper:.0%})") for row in grid.itertuples()]
    shown = grid.assign(text=pd.Series(text, index=grid.index) + star, spend=grid["spend"].map("£{:.0f} a child".format))
    wide = shown.pivot(index="deprivation_decile", columns="spend", values="text")
    return ReaderTable.of(wide.rename_axis(columns=None, index="deprivation decile (10 = most)").reset_index()).titled(
        "Predicted chance of good or better by deprivation and preventative spend (95% interval)"
    )


def gap_years(gap: Gap) -> ReaderTable:
    """Return a gap's years for England in £bn."""
    england = gap.england
    money = {
        "need, cash": england["need_gbp"],
        "funding, cash": england["funding_gbp"],
        "yearly gap, cash": england["gap_gbp"],
        f"yearly gap, {gap.price_base} prices": england["gap_gbp_real"],
        "gaps added up, cash": england["cumulative_gap_gbp"],
    }
    table = pd.DataFrame({"£bn": england["financial_year"]} | {name: values / BILLION for name, values in money.items()})
    return ReaderTable.of(table.assign(councils=england["councils"])).titled(
        f"Need, funding and gap of England by year, £bn: {gap.scenario.title}"
    )


def gap_drivers(gap: Gap) -> ReaderTable:
    """Return what each driver adds to England's gap, £bn cash, years down; the last column is their sum."""
    wide = gap.drivers.pivot(index="financial_year", columns="driver", values="gap_gbp").div(BILLION)
    return ReaderTable.of(wide.assign(gap=wide.sum(axis=1)).rename_axis(columns=None, index="£bn, cash").reset_index()).titled(
        "What England's gap is made of by year, £bn cash"
    )


def assumptions(scenario: Scenario) -> ReaderTable:
    """Return a scenario's assumptions with source, and how good each is and how much hangs on it."""
    table = scenario.to_frame()
    # As the page of assumptions has it, in one line: "2.0% a year".
    values = [unescape(value_in_words(str(row.value), str(row.unit))).replace("<br>", " ") for row in table.itertuples()]
    shown = {"assumption": table["label"], "value": values} | {name: table[name] for name in ("source", "quality", "impact")}
    return ReaderTable.of(pd.DataFrame(shown)).titled(f"Assumptions of the scenario: {scenario.title}")


def rates(gap: Gap) -> ReaderTable:
    """Return the rates of growth a projection used, per cent a year."""
    counted = gap.rates["assumption"].ne("demand_growth") | gap.rates["category"].eq("looked_after")
    shown = gap.rates.assign(growth=gap.rates["growth"].map("{:+z.1%}".format).where(counted, "not counted"))
    return ReaderTable.of(shown.rename(columns={"growth": "a year, real", "basis": "from"}).replace({"_": " "}, regex=True)).titled(
        "Rates of growth that the projection uses, a year"
    )


def windows(by_window: pd.DataFrame) -> ReaderTable:
    """Return the last year's gap by the length of the window its trend comes from, £bn."""
    last = by_window[by_window["financial_year"] == by_window["financial_year"].max()]
    shown = {"years of trend": last["window_years"], "gap, £bn cash": last["gap_gbp"] / BILLION}
    return ReaderTable.of(pd.DataFrame(shown | {"gap, £bn, base-year prices": last["gap_gbp_real"] / BILLION})).titled(
        f"Gap of {last['financial_year'].iloc[0]} by the years that the trend is taken from, £bn"
    )


def largest_and_smallest(gap: Gap, count: int = 5) -> ReaderTable:
    """Return the councils with the largest and smallest gaps a child in the last year, the two tiny councils apart."""
    last = gap.councils[gap.councils["financial_year"] == gap.england["financial_year"].iloc[-1]]
    last = last[~last["council"].isin(TINY_COUNCILS)].assign(per_child=last["gap_gbp"] / last["children"])
    ordered = last.sort_values("per_child", ascending=False)
    ends = pd.concat([ordered.head(count), ordered.tail(count)])
    shown = {
        "council": ends["council_name"],
        "gap, £m cash": ends["gap_gbp"].div(1e6).map("{:,.1f}".format),
        "gap a child, cash": ends["per_child"].map("£{:,.0f}".format),
    }
    return ReaderTable.of(pd.DataFrame(shown)).titled(
        f"Councils with the largest and smallest gap a child, {gap.england['financial_year'].iloc[-1]}, cash"
    )
