"""Tables of funds for readers: the register, coverage, allocation rules side by side, and what size of fund closes what."""

from collections.abc import Mapping, Sequence

import pandas as pd

from fundgap.data.councils import TINY_COUNCILS
from fundgap.gap.allocation import Allocation
from fundgap.gap.closing import Closing
from fundgap.gap.fund_coverage import DAYS_IN_FINANCIAL_YEAR
from fundgap.gap.fund_totals import FundTotal
from fundgap.story.tables import ReaderTable, unbroken

MILLION = 1e6
# Shares below this are told to a hundredth of a per cent.
SMALL = 0.05
RULE_NAMES = {
    "equal": "equal",
    "children": "by children",
    "deprivation": "by deprived children",
    "need": "by expected spend",
    "inadequate_first": "inadequate first",
    "table": "by a table",
}


def register(funds: pd.DataFrame) -> ReaderTable:
    """Return `funds` with what was read, what is assumed and what overlaps."""
    amount = funds["amount_gbp"].div(MILLION).map("{:,.1f}".format)
    amount = amount.where(~funds["is_upper_limit"], "up to " + amount)
    first, last = funds["years"].str.split("; ").str[0], funds["years"].str.split("; ").str[-1]
    shown = {
        "fund": funds["title"],
        "id": funds["id"],
        "£m, cash": amount.where(funds["amount_gbp"].notna(), "not known for " + funds["years_not_known"]),
        "years": _unbroken(first.where(first.eq(last), first + " to " + last)),
        "for": funds["services"],
        "read or press": funds["evidence"],
        "even years assumed": funds["is_spread_assumed"].map({True: "yes", False: "no"}),
        "overlaps": funds["overlaps"],
    }
    return ReaderTable.of(pd.DataFrame(shown)).titled("Register of central funds, £m cash")


def yearly(table: pd.DataFrame, years: Sequence[str]) -> ReaderTable:
    """Return `fund_years` with funds down and years across, £m cash; "?" where a year of the fund is not known."""
    chosen = table[table["financial_year"].isin(years)]
    text = chosen["amount_gbp"].div(MILLION).map("{:,.1f}".format).where(chosen["amount_gbp"].notna(), "?")
    text = text.where(~chosen["is_spread_assumed"], text + "*")
    wide = chosen.assign(text=text).pivot(index="title", columns="financial_year", values="text").fillna("")
    order = chosen.groupby("title")["financial_year"].min().reset_index().sort_values(["financial_year", "title"])["title"]
    return ReaderTable.of(wide.reindex(order).rename_axis(columns=None, index="£m, cash (* even part, assumed)").reset_index()).titled(
        f"Central funds by year, {years[0]} to {years[-1]}, £m cash"
    )


def timeline(table: pd.DataFrame) -> ReaderTable:
    """Return `fund_timeline` with the two kinds of services side by side, £m cash, each pound counted once."""
    span = table["low_gbp"].div(MILLION).map("{:,.0f}".format)
    high = table["high_gbp"].div(MILLION).map("{:,.0f}".format)
    text = span.where(table["low_gbp"].eq(table["high_gbp"]), span + " to " + high).where(table["low_gbp"].notna(), "not known")
    wide = table.assign(text=text).pivot(index="financial_year", columns="services", values="text").fillna("none on record")
    notes = table[table["contained"].ne("")].set_index("financial_year")["contained"]
    wide["counted in another"] = notes.reindex(wide.index).fillna("")
    return ReaderTable.of(wide.rename_axis(columns=None, index="£m, cash").reset_index()).titled(
        "Central funds on one timeline, each pound counted once, £m cash"
    )


def covered(table: pd.DataFrame) -> ReaderTable:
    """Return `coverage` with its interval, in words people use."""
    shown = {
        "cash of the year": table["financial_year"],
        "fund, £m": table["fund_gbp"].div(MILLION).map("{:,.1f}".format),
        "gap, £m": _spans(table, "gap_gbp", "gap_low_gbp", "gap_high_gbp", "{:,.0f}", MILLION),
        "share": _shares(table, "{:.2%}" if table["share_of_gap"].max() < SMALL else "{:.0%}"),
        "days": _days(table),
        "a child": table["fund_per_child_gbp"].map("£{:.2f}".format),
        "a council": table["fund_per_council_gbp"].map("£{:,.0f}".format),
        "an inadequate council": table["fund_per_inadequate_council_gbp"].map("£{:,.0f}".format),
        "inadequate": table["inadequate_councils"].astype(str)
        + _unbroken(" at " + pd.to_datetime(table["inadequate_at"]).dt.strftime("%-d %b %Y")),
    }
    first = f"£{table['fund_gbp'].iloc[0] / MILLION:,.1f}m in {table['financial_year'].iloc[0]}"
    named = pd.DataFrame(shown).replace({"nan": "", "nan%": "", "£nan": ""})
    return ReaderTable.of(named).titled(f"A fund of {first} beside the gap, by year, cash of the year")


def all_covered(rows: Mapping[str, pd.DataFrame], year: str) -> ReaderTable:
    """Return one year of `coverage` of many funds, {its name: its coverage}; a star where the sum is a like fund of another year's."""
    lines = []
    for fund, table in rows.items():
        row = table[table["financial_year"] == year].iloc[0]
        bound = "up to " if row["is_upper_bound"] else ""
        share = _shares(table[table["financial_year"] == year]).iloc[0]
        lines.append(
            {
                "fund": f"{fund}{'*' if row['is_hypothetical'] else ''}",
                f"£m a year, cash of {year}": f"{bound}{row['fund_gbp'] / MILLION:,.1f}",
                "share of the gap": f"{bound}{share}",
                "days": f"{bound}{row['days_of_gap']:,.1f}",
                "a child": f"{bound}£{row['fund_per_child_gbp']:,.2f}",
                "an inadequate council": f"{bound}£{row['fund_per_inadequate_council_gbp'] / MILLION:,.2f}m",
            }
        )
    return ReaderTable.of(pd.DataFrame(lines)).titled(f"Funds beside the gap of {year}, cash of {year}")


def total(found: FundTotal) -> ReaderTable:
    """Return a sum of funds: what counts, what does not and why, and the sum."""
    rows = [(row["title"], f"{row['amount_gbp'] / MILLION:,.1f}", "") for row in found.counted.to_dict("records")]
    rows += [(row["title"], "", row["reason"]) for row in found.not_counted.to_dict("records")]
    sums = f"{found.low_gbp / MILLION:,.1f}" + (f" to {found.high_gbp / MILLION:,.1f}" if found.is_range else "")
    return ReaderTable.of(pd.DataFrame([*rows, ("together", sums, "")], columns=["fund", "£m, cash", "not counted because"])).titled(
        "Funds added up, each pound counted once, £m cash"
    )


def rules_side_by_side(allocations: Sequence[Allocation], councils: Sequence[str]) -> ReaderTable:
    """Return what some councils (by name) get under each rule, £ thousand and £ a child."""
    shown: dict[str, list[str]] = {}
    for item in allocations:
        own = item.councils.set_index("council_name").loc[list(councils)]
        text = own["allocation_gbp"].div(1000).map("{:,.0f}".format) + own["per_child_gbp"].map(" (£{:,.2f})".format)
        shown[RULE_NAMES[item.rule]] = text.tolist()
    return ReaderTable.of(pd.DataFrame({"£ thousand (£ a child)": list(councils)} | shown)).titled(
        f"What some councils would get of one fund by rule, {allocations[0].financial_year}, cash"
    )


def winners_and_losers(allocation: Allocation, against: Allocation, count: int = 5) -> ReaderTable:
    """Return who gets most more and most less a child under one rule than under another, the two tiny councils apart."""
    beside = against.councils.set_index("council")["per_child_gbp"]
    table = allocation.councils.assign(other=allocation.councils["council"].map(beside))
    table = table.assign(more=table["per_child_gbp"] - table["other"]).sort_values(["more", "council"], ascending=[False, True])
    table = table[~table["council"].isin(TINY_COUNCILS)]
    ends = pd.concat([table.head(count), table.tail(count)])
    shown = {
        "council": ends["council_name"],
        RULE_NAMES[allocation.rule]: ends["per_child_gbp"].map("£{:,.2f}".format),
        RULE_NAMES[against.rule]: ends["other"].map("£{:,.2f}".format),
        "difference a child": [f"{'+' if more >= 0 else '−'}£{abs(more):,.2f}" for more in ends["more"]],
    }
    return ReaderTable.of(pd.DataFrame(shown)).titled(
        f"Who gets more and less a child {RULE_NAMES[allocation.rule]} than {RULE_NAMES[against.rule]}, {allocation.financial_year}, cash"
    )


def sizes(table: pd.DataFrame) -> ReaderTable:
    """Return `fund_to_close` with years down and shares across, £bn cash, the interval in brackets."""
    text = _spans(table, "fund_gbp", "low_gbp", "high_gbp", "{:,.2f}", 1e9)
    wide = table.assign(text=text, share=table["share"].map("{:.0%} of the gap".format))
    columns = list(dict.fromkeys(wide["share"]))
    wide = wide.pivot(index="financial_year", columns="share", values="text")[columns]
    return ReaderTable.of(wide.rename_axis(columns=None, index="£bn, cash").reset_index()).titled(
        "Fund that would close a share of England's gap, by year, £bn cash"
    )


def whose_gap(closings: Sequence[Closing]) -> ReaderTable:
    """Return how many councils' gaps are closed under each rule, how much is missing, and what size would close half and all."""
    rows = []
    for item in closings:
        short = item.with_gap.loc[~item.with_gap["is_closed"], "short_gbp"].sum()
        over = (item.with_gap["allocation_gbp"] - item.with_gap["gap_gbp"]).clip(lower=0).sum()
        row = {
            "rule": RULE_NAMES[item.rule],
            "gaps closed": f"{item.count()} of {len(item.with_gap)}",
            "still missing, £m": f"{short / MILLION:,.0f}",
            "beyond the gap, £m": f"{over / MILLION:,.0f}",
            "to close half of them, £bn": _billions(item.fund_needed(0.5)),
            "to close all, £bn": _billions(item.fund_needed(1.0)),
        }
        rows.append(row)
    return ReaderTable.of(pd.DataFrame(rows)).titled(
        f"Councils' gaps that one fund would close by rule, {closings[0].financial_year}, cash"
    )


def chances(found: Mapping[str, pd.DataFrame], likely: float = 0.9) -> ReaderTable:
    """Return `chance_closed` of several rules, {rule: its table}: how many councils are without a gap, by the draws."""
    rows = [
        {
            "rule": RULE_NAMES[rule],
            "to be expected without a gap": f"{table['probability'].sum():.0f} of {len(table)}",
            f"without one in {likely:.0%} of draws or more": f"{(table['probability'] >= likely).sum()}",
            f"in {1 - likely:.0%} of draws or fewer": f"{(table['probability'] <= 1 - likely).sum()}",
        }
        for rule, table in found.items()
    ]
    return ReaderTable.of(pd.DataFrame(rows)).titled("Councils without a gap after their share of the fund, by rule, over the draws")


def not_compared(closing: Closing) -> ReaderTable:
    """Return the councils that get money and have no gap to set it against, and why."""
    left = closing.not_compared
    return ReaderTable.of(pd.DataFrame({"council": left["council_name"], "reason": left["reason"]})).titled(
        f"Councils with money and without a gap worked out, {closing.financial_year}, and why"
    )


def _billions(pounds: float) -> str:
    return "no size does" if pounds == float("inf") else f"{pounds / 1e9:,.2f}"


def _spans(table: pd.DataFrame, middle: str, low: str, high: str, form: str, unit: float = 1.0) -> pd.Series:
    """Return figures as text, with their interval in brackets where there is one."""
    ends = "(" + table[low].div(unit).map(form.format) + " to " + table[high].div(unit).map(form.format) + ")"
    return _with_brackets(table[middle].div(unit).map(form.format), ends, table[low].notna())


def _shares(table: pd.DataFrame, form: str = "{:.1%}") -> pd.Series:
    """Return shares of a gap with their interval; an end at which the gap is covered whole, or is none, is "all"."""
    high = table["share_high"].map(form.format).where(table["share_high"] < 1, "all")
    low = table["share_low"].map(form.format).where(table["share_low"] < 1, "all")
    return _with_brackets(table["share_of_gap"].map(form.format), "(" + low + " to " + high + ")", table["gap_low_gbp"].notna())


def _days(table: pd.DataFrame) -> pd.Series:
    low, high = (table[name].map("{:.1f}".format).where(table[name] < DAYS_IN_FINANCIAL_YEAR, "all") for name in ("days_low", "days_high"))
    return _with_brackets(table["days_of_gap"].map("{:.1f}".format), "(" + low + " to " + high + ")", table["gap_low_gbp"].notna())


def _with_brackets(numbers: pd.Series, brackets: pd.Series, where: pd.Series) -> pd.Series:
    """Return numbers with brackets behind them; a line may break between the two, not inside."""
    return numbers.where(~where, numbers + " " + _unbroken(brackets))


def _unbroken(text: pd.Series) -> pd.Series:
    """Return texts with blanks that no line breaks at."""
    return text.map(unbroken, na_action="ignore")
