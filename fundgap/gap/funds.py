"""Central funds, and what one covers of a gap: in the same year, in the same year's prices."""

from typing import Annotated, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fundgap.data.councils import councils, exists_in
from fundgap.data.prices import financial_year, price_index
from fundgap.data.reconcile import ENGLAND
from fundgap.data.store import Store, default_store, read_table, read_toml
from fundgap.errors import BadFigures, BadScenario, NoData
from fundgap.gap.result import Gap
from fundgap.gap.scenario import Year

Spread = Literal["even", "at_once"]
SPREADS = ("even", "at_once")
DAYS_IN_YEAR = 365


class Fund(BaseModel):
    """A central fund: amount over all its years in cash, and what is known and assumed about it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    amount_gbp: Annotated[float, Field(gt=0)]
    years: Annotated[tuple[Year, ...], Field(min_length=1)]
    department: str
    purpose: str
    evidence: str
    assumption: str = ""


def funds(store: Store | None = None) -> pd.DataFrame:
    """Return the register of funds, one row a fund: id, title, amount_gbp (cash), years, department, purpose, evidence.

    Examples
    --------
    >>> import fundgap as fg
    >>> fg.funds().set_index("id").loc["sector-led-20m", "amount_gbp"].item()
    20000000.0
    """
    register = _register(store or default_store())
    rows = [{"id": name, **fund.model_dump(), "years": "; ".join(fund.years)} for name, fund in register.items()]
    return pd.DataFrame(rows)


def coverage(gap: Gap, fund: str, *, spread: Spread = "even", store: Store | None = None) -> pd.DataFrame:
    """Set a fund against every projected year of a gap.

    In its own years the fund counts in cash. A gap of other years is met by a like fund: the same sum a year in real
    terms, at that year's prices; such rows are marked `is_hypothetical`.

    Parameters
    ----------
    fund
        Its id in the register, such as "sector-led-20m".
    spread
        "even": its amount in equal parts over its years; "at_once": the whole amount in each single year, the reading
        kindest to the fund.

    Returns
    -------
    pandas.DataFrame
        financial_year, fund_gbp, gap_gbp (both cash), share_of_gap, days_of_gap, fund_per_child_gbp, gap_per_child_gbp,
        fund_per_council_gbp, councils (upper-tier, all), councils_in_gap, is_hypothetical.

    Raises
    ------
    NoData
        When there is no such fund, or its years have no deflator.
    BadScenario
        When the spread is neither of the two, or the register of funds cannot be read.

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
    register = _register(store)
    if spread not in SPREADS:
        raise BadScenario(f"spread '{spread}': there are {', '.join(SPREADS)}.")
    if fund not in register:
        raise NoData(f"No fund '{fund}'; the register holds {', '.join(register)}.")
    item = register[fund]
    a_year = item.amount_gbp / (len(item.years) if spread == "even" else 1)
    table = gap.england.iloc[1:][["financial_year", "councils", "gap_gbp"]].rename(columns={"councils": "councils_in_gap"})
    table["is_hypothetical"] = ~table["financial_year"].isin(item.years)
    table["fund_gbp"] = [a_year * _price_ratio(item, year, gap, store) for year in table["financial_year"]]
    table["share_of_gap"] = (table["fund_gbp"] / table["gap_gbp"]).where(table["gap_gbp"] > 0)
    table["days_of_gap"] = table["share_of_gap"] * DAYS_IN_YEAR
    register_of_councils = councils(store)
    table["councils"] = [int(exists_in(register_of_councils, year).sum()) for year in table["financial_year"]]
    children = _children(gap, table["financial_year"], store)
    table["fund_per_child_gbp"] = table["fund_gbp"] / children
    # A gap without some councils is a gap of the children of the others.
    table["gap_per_child_gbp"] = table["gap_gbp"] / gap.england["children"].reindex(children.index).fillna(children)
    table["fund_per_council_gbp"] = table["fund_gbp"] / table["councils"]
    columns = ["fund_gbp", "gap_gbp", "share_of_gap", "days_of_gap", "fund_per_child_gbp", "gap_per_child_gbp", "fund_per_council_gbp"]
    return table[["financial_year", *columns, "councils", "councils_in_gap", "is_hypothetical"]].reset_index(drop=True)


def _register(store: Store) -> dict[str, Fund]:
    path = store.raw / "funds.toml"
    faults, register = [], {}
    try:
        entries = read_toml(path)
    except BadFigures as error:
        raise BadScenario(str(error)) from None
    for name, entry in entries.items():
        try:
            register[name] = Fund.model_validate(entry)
        except ValidationError as error:
            faults += [f"  - {name}.{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors()]
    if faults:
        raise BadScenario("\n".join([f"{path} cannot be used:", *faults]))
    return register


def _price_ratio(fund: Fund, year: str, gap: Gap, store: Store) -> float:
    """Return prices of `year` over the mean prices of the fund's years, 1 in those years themselves."""
    if year in fund.years:
        return 1.0
    published = price_index(gap.price_base, store)
    missing = [own for own in fund.years if own not in published.index]
    if missing:
        raise NoData(f"No GDP deflator for {', '.join(missing)}, so the fund's pounds cannot be put in the prices of {year}.")
    return float(gap.prices[year]) / float(published[list(fund.years)].mean() / 100)


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
