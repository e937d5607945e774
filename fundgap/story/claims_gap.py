"""Claims on the gap, and sums of money set against it."""

import pandas as pd

from fundgap.data.claims_register import Saying
from fundgap.story.claims_inputs import Computed, Evidence, Inputs, held, spent
from fundgap.story.figures import BILLION

_SAME = 0.95
_POINT = "a published point forecast: it came with no interval"


def gap_2bn(inputs: Inputs, saying: Saying) -> Computed:
    """Give the forecast's own arithmetic, and three ways to look back at whether it came about."""
    gap, outturn = inputs.forecasts["LGA 2017"], inputs.outturns["LGA 2017"].iloc[-1]
    last = gap.england.iloc[-1]
    fall = float(gap.england["funding_gbp"].iloc[0] - last["funding_gbp"])
    over = _overspend(inputs, str(last["financial_year"]))
    readings = {
        "as forecast, need's rise and funding's fall": float(last["gap_gbp"]),
        "spend's rise and the fall of funding that was forecast": float(outturn["outturn_rise_gbp"]) + fall,
        "need's forecast rise less spend's rise": float(outturn["need_rise_gbp"] - outturn["outturn_rise_gbp"]),
        f"overspend of budgets published for {over['financial_year']}{', at least' if over['is_at_least'] else ''}": over["overspend_gbp"],
    }
    enough = _SAME * saying.numbers["amount_gbp"]
    figures = {"readings": float(len(readings) - 1), "readings_met": float(sum(value >= enough for value in list(readings.values())[1:]))}
    figures |= {"forecast": readings["as forecast, need's rise and funding's fall"], "spend_rise": float(outturn["outturn_rise_gbp"])}
    words = (
        f"{last['financial_year']} on {gap.price_base}, cash: "
        + "; ".join(f"{name} {_billions(value)}" for name, value in readings.items())
        + f". Spend rose by {_billions(figures['spend_rise'])}, need was forecast to by {_billions(float(outturn['need_rise_gbp']))}. "
        f"Of the three ways to look back, {figures['readings_met']:.0f} come to £2bn: it depends on whether a gap that councils closed by "
        "spending from elsewhere was one. What was funded is not held, and the forecast covers education services too."
    )
    rows = inputs.years[inputs.years["financial_year"].isin([gap.price_base, last["financial_year"]])]
    keys = pd.DataFrame([over[["financial_year", "publisher"]]])
    evidence = (*spent(rows, ("gross_spend",)), Evidence("published_overspends", keys))
    return Computed(words, figures, _POINT, str(last["financial_year"]), evidence)


def _overspend(inputs: Inputs, year: str) -> pd.Series:
    """Return the published overspend of a year, as its register has it."""
    table = inputs.raw("published_overspends")
    return table[(table["financial_year"] == year) & ~table["is_doubtful"]].iloc[0]


def _billions(value: float) -> str:
    return f"{'-' if value < 0 else ''}£{abs(value) / BILLION:.1f}bn"


def pledge_20m(inputs: Inputs, saying: Saying) -> Computed:
    """Give the pledge's share of the gap: a third of it a year or all at once, of the forecast and of the trend."""
    tables = {"a third a year": inputs.pledge, "all in one year": inputs.pledge_at_once, "a like fund on the trend": inputs.pledge_on_trend}
    shares = pd.concat([table["share_of_gap"] for table in tables.values()]).dropna()
    row = inputs.pledge.iloc[-1]
    figures = {
        "share": float(row["share_of_gap"]),
        "lowest": float(shares.min()),
        "highest": float(shares.max()),
        "well_short": saying.numbers["well_short"],
    }
    ends = [f"{name}, {table['financial_year'].iloc[-1]}: {table['share_of_gap'].iloc[-1]:.2%}" for name, table in tables.items()]
    words = (
        f"A year of it (£{row['fund_gbp'] / 1e6:.1f}m) is {row['share_of_gap']:.2%} of the £{row['gap_gbp'] / BILLION:.1f}bn forecast for "
        f"{row['financial_year']}, {row['days_of_gap']:.1f} days' worth, in cash of the year. By reading: {'; '.join(ends)}; at the most "
        f"{figures['highest']:.1%}, of the first year's smaller gap. It was meant to improve services, not to fill the gap."
    )
    rows = inputs.years[inputs.years["financial_year"].eq(inputs.forecasts["LGA 2017"].price_base)]
    return Computed(
        words,
        figures,
        f"{figures['lowest']:.2%} to {figures['highest']:.1%} over the readings",
        str(row["financial_year"]),
        spent(rows, ("gross_spend",)),
    )


def _announced(inputs: Inputs, saying: Saying, fund: str) -> Computed:
    """Return an announced sum beside the gap: a year of it in equal parts, and the whole."""
    own = saying.numbers
    amount = float(inputs.funds["amount_gbp"][fund]) if fund in inputs.funds.index else own["amount_gbp"]
    years = len(str(inputs.funds["years"][fund]).split("; ")) if fund in inputs.funds.index else own["years"]
    last = inputs.forecasts["LGA 2017"].england.iloc[-1]
    figures = {
        "payments": held(("paid_gbp", "payment")),
        "share_a_year": amount / years / float(last["gap_gbp"]),
        "share_at_once": amount / float(last["gap_gbp"]),
    }
    words = (
        f"£{amount / 1e6:.0f}m over {years:.0f} years (equal years are our assumption) is £{amount / years / 1e6:.0f}m a year: "
        f"{figures['share_a_year']:.2%} of the £{last['gap_gbp'] / BILLION:.0f}bn forecast for {last['financial_year']}, or "
        f"{figures['share_at_once']:.1%} with the whole in one year. What was paid is not held."
    )
    rows = inputs.years[inputs.years["financial_year"].eq(inputs.forecasts["LGA 2017"].price_base)]
    interval = f"{figures['share_a_year']:.2%} to {figures['share_at_once']:.1%} by reading"
    return Computed(words, figures, interval, str(last["financial_year"]), spent(rows, ("gross_spend",)))


def whatworks_20m(inputs: Inputs, saying: Saying) -> Computed:
    """Set the sum beside the gap."""
    return _announced(inputs, saying, "whatworks")


def training_100m(inputs: Inputs, saying: Saying) -> Computed:
    """Set the sum beside the gap."""
    return _announced(inputs, saying, "fast-track")


def cuts_13bn(inputs: Inputs, saying: Saying) -> Computed:
    """Set the sum beside all that councils spent on children's services in the year."""
    rows = inputs.years[inputs.years["financial_year"] == "2014-15"]
    total = float(rows["gross_spend_gbp"].sum())
    figures = {"departments": held(("department",)), "times_spend": saying.numbers["amount_gbp"] / total}
    words = (
        f"£13bn is {figures['times_spend']:.1f} times what councils spent on children's and young people's services in 2014-15 "
        f"(£{total / BILLION:.1f}bn gross, cash); departments' budgets are in none of the tables held, and reach councils through grants "
        "that are not held either."
    )
    return Computed(words, figures, "a single sum as told; none", "2014-15", spent(rows, ("gross_spend",)))
