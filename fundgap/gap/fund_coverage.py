"""What a fund covers of a gap: in the same year, in the same year's prices, with the gap's interval, and in words people use."""

from typing import Literal

import pandas as pd

from fundgap.data.councils import councils, exists_in
from fundgap.data.panel import inspections
from fundgap.data.prices import financial_year, price_index
from fundgap.data.reconcile import ENGLAND
from fundgap.data.store import Store, default_store, read_table
from fundgap.errors import BadScenario, NoData
from fundgap.gap.funds import Fund, find_fund, read_register
from fundgap.gap.inadequate import day_in_year, inadequate_councils
from fundgap.gap.intervals import checked_interval
from fundgap.gap.result import Gap

Spread = Literal["even", "at_once"]
# A day of a yearly gap, in leap years too.
DAYS_IN_FINANCIAL_YEAR = 365


def coverage(
    gap: Gap,
    fund: str,
    *,
    spread: Spread = "even",
    interval: pd.DataFrame | None = None,
    judgements: pd.DataFrame | None = None,
    store: Store | None = None,
) -> pd.DataFrame:
    """Set a fund against every projected year of a gap.

    In its own years the fund counts in cash. A gap of other years is met by a like fund: the same sum a year in real terms, at that
    year's prices; of a fund whose sums are known by year, the latest known. Such rows are marked `is_hypothetical`. A year of the fund
    whose amount is not known stays blank.

    Parameters
    ----------
    fund
        Its id in the register, such as "sector-led-20m".
    spread
        "even": a single sum in equal parts over its years; "at_once": the whole sum in each single year, the reading kindest to the fund.
    interval
        financial_year, low_gbp, high_gbp: an interval of England's gap in cash, for every projected year, such as `interval_of_windows`
        or the quantiles of a simulation.
    judgements
        As `fundgap.inspections()` gives it; read from the store where left out.

    Returns
    -------
    pandas.DataFrame
        financial_year, fund_gbp, gap_gbp, gap_low_gbp, gap_high_gbp (cash; missing without an interval), share_of_gap, share_low,
        share_high, days_of_gap, days_low, days_high, fund_per_child_gbp, gap_per_child_gbp, fund_per_council_gbp,
        fund_per_inadequate_council_gbp, councils (upper-tier, all), councils_in_gap, inadequate_councils (at the latest report published
        by `inadequate_at`, the end of the year or the last report held), is_hypothetical, is_upper_bound (the fund pays for adults too,
        or is 'up to': what children get is not more than this, and how much less is not published).
        A share is missing where there is no gap; `share_high` also where the interval reaches down to no gap.

    Raises
    ------
    NoData
        When there is no such fund, or its years have no price index.
    BadScenario
        When the spread cannot be used, or the register of funds cannot be read.
    BadFigures
        With every fault of the interval.

    Examples
    --------
    The £20m pledge of 2017, in three equal years, beside the gap of £2.0bn forecast for 2019-20:

    >>> import fundgap as fg
    >>> gap = fg.project_gap(fg.council_years(), fg.scenario("lga-2017"))
    >>> last = fg.coverage(gap, "sector-led-20m").iloc[-1]
    >>> round(last["fund_gbp"]), round(last["gap_gbp"]), round(float(last["days_of_gap"]), 1)
    (6666667, 2000000000, 1.2)
    """
    store = store or default_store()
    item = find_fund(fund, read_register(store))
    if spread == "at_once" and item.amount_gbp is None:
        raise BadScenario(f"The amounts of '{fund}' are known by year: there is nothing to spread, evenly or at once.")
    table = gap.england.iloc[1:][["financial_year", "councils", "gap_gbp"]].rename(columns={"councils": "councils_in_gap"})
    table["fund_gbp"] = [_in_year(item, year, spread, gap, store) for year in table["financial_year"]]
    table["is_hypothetical"] = ~table["financial_year"].isin(item.years)
    table["is_upper_bound"] = item.is_upper_limit or item.services == "adults and children"
    table = _with_shares(table, interval)
    table = _with_councils(table, inspections(store) if judgements is None else judgements, store)
    children = _children(gap, table["financial_year"], store)
    table["fund_per_child_gbp"] = table["fund_gbp"] / children
    # A gap without some councils is a gap of the children of the others.
    table["gap_per_child_gbp"] = table["gap_gbp"] / gap.england["children"].reindex(children.index).fillna(children)
    shares = [f"{what}_{end}" for what in ("share", "days") for end in ("of_gap", "low", "high")]
    words = ["fund_per_child_gbp", "gap_per_child_gbp", "fund_per_council_gbp", "fund_per_inadequate_council_gbp"]
    counts = ["councils", "councils_in_gap", "inadequate_councils", "inadequate_at", "is_hypothetical", "is_upper_bound"]
    columns = ["financial_year", "fund_gbp", "gap_gbp", "gap_low_gbp", "gap_high_gbp", *shares, *words, *counts]
    return table[columns].reset_index(drop=True)


def _with_shares(table: pd.DataFrame, interval: pd.DataFrame | None) -> pd.DataFrame:
    """Return the table with the fund's share of the gap, of its high end (the low share) and of its low end (the high one)."""
    if interval is None:
        ends = pd.DataFrame(float("nan"), index=table.index, columns=["low_gbp", "high_gbp"])
    else:
        ends = (
            checked_interval(interval, {year: year for year in table["financial_year"]})
            .reindex(table["financial_year"])
            .set_axis(table.index)
        )
    table = table.assign(gap_low_gbp=ends["low_gbp"], gap_high_gbp=ends["high_gbp"])
    for name, column in (("of_gap", "gap_gbp"), ("low", "gap_high_gbp"), ("high", "gap_low_gbp")):
        table[f"share_{name}"] = (table["fund_gbp"] / table[column]).where(table[column] > 0)
        table[f"days_{name}"] = table[f"share_{name}"] * DAYS_IN_FINANCIAL_YEAR
    return table


def _with_councils(table: pd.DataFrame, judgements: pd.DataFrame, store: Store) -> pd.DataFrame:
    """Return the table with the number of councils, and of inadequate ones, and the fund for each of either."""
    register = councils(store)
    table = table.assign(
        councils=[int(exists_in(register, year).sum()) for year in table["financial_year"]],
        inadequate_at=[day_in_year(year, judgements) for year in table["financial_year"]],
    )
    found = inadequate_councils(judgements, table["inadequate_at"].unique(), store)
    table["inadequate_councils"] = table["inadequate_at"].map({day: len(names) for day, names in found.items()})
    table["fund_per_council_gbp"] = table["fund_gbp"] / table["councils"]
    some = table["inadequate_councils"].where(table["inadequate_councils"] > 0)
    return table.assign(fund_per_inadequate_council_gbp=table["fund_gbp"] / some)


def _in_year(fund: Fund, year: str, spread: Spread, gap: Gap, store: Store) -> float:
    """Return the fund's cash in a year of its own, or the like fund's in another; nan where it is not known."""
    if fund.amounts_gbp is not None:
        if year in fund.years:
            return float(fund.amounts_gbp.get(year, float("nan")))
        latest = max(fund.amounts_gbp)
        return fund.amounts_gbp[latest] * price_ratio((latest,), year, gap, store)
    a_year = float(fund.amount_gbp or 0) / (len(fund.years) if spread == "even" else 1)
    return a_year if year in fund.years else a_year * price_ratio(fund.years, year, gap, store)


def price_ratio(own: tuple[str, ...], year: str, gap: Gap, store: Store | None) -> float:
    """Return prices of `year` over the mean prices of the years `own`: as published, or as the gap assumes where they are not yet.

    Raises
    ------
    NoData
        When there is neither.
    """
    prices = {str(name): float(value) for name, value in gap.prices.items()}
    prices |= {str(name): float(value) / 100 for name, value in price_index(gap.price_base, store).items()}
    missing = [name for name in own if name not in prices]
    if missing:
        raise NoData(f"No GDP deflator for {', '.join(missing)}, so the fund's pounds cannot be put in the prices of {year}.")
    return float(gap.prices[year]) / (sum(prices[name] for name in own) / len(own))


def _children(gap: Gap, years: pd.Series, store: Store) -> pd.Series:
    """Return England's children: as published where the estimate exists, beyond that the last one grown as the gap's councils grow."""
    totals = read_table(store.raw / "published_totals.csv")
    totals = totals[(totals["figure"] == "children") & (totals["area"] == ENGLAND)]
    published = pd.Series(
        totals["value"].astype(float).to_numpy(), index=[financial_year(int(year)) for year in totals["period"]]
    ).sort_index()
    projected = gap.england.set_index("financial_year")["children"]
    last = published.index[-1]
    # Where the last estimate is older than the projection, what lies between is not known, and is not guessed.
    grown = {year: published[last] * projected[year] / projected[last] for year in years if year > last and last in projected.index}
    return pd.Series([published.get(year, grown.get(year, float("nan"))) for year in years], index=years.index)
