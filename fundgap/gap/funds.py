"""The register of central funds: what each is worth, in which years, where that was read, and with which others it shares money."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

import pandas as pd
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from fundgap.data.prices import financial_year
from fundgap.data.store import Store, default_store, read_toml
from fundgap.errors import BadFigures, BadScenario, NoData
from fundgap.gap.assumption import Words, Year
from fundgap.gap.entry_faults import faults_in_words
from fundgap.gap.pence import MOST_GBP, PENCE

Services = Literal["children and families", "adults and children"]
Pounds = Annotated[int, Field(gt=0, le=MOST_GBP, strict=True)]


def _consecutive(year: str) -> str:
    if year != financial_year(int(year[:4])):
        raise ValueError(f"'{year}' is no financial year; the one that starts in {year[:4]} is {financial_year(int(year[:4]))}")
    return year


FinancialYear = Annotated[Year, AfterValidator(_consecutive)]


class Overlap(BaseModel):
    """Money that a fund shares with another: all of the other's ("includes") or a part, `at_most_gbp` where that is known."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    fund: Words
    kind: Literal["includes", "part"]
    at_most_gbp: Pounds | None = None

    @model_validator(mode="after")
    def _limit_of_a_part(self) -> Self:
        if self.kind == "includes" and self.at_most_gbp is not None:
            raise ValueError("at_most_gbp is for a part; what includes a fund includes all of it")
        return self


class Fund(BaseModel):
    """A central fund in whole pounds of cash, and what is known and assumed about it.

    Either `amount_gbp`, all its years together, or `amounts_gbp` by year. A year of `years` without an amount is not known.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    title: Words
    amount_gbp: Pounds | None = None
    amounts_gbp: Annotated[dict[FinancialYear, Pounds], Field(min_length=1)] | None = None
    is_upper_limit: bool = False
    years: Annotated[tuple[FinancialYear, ...], Field(min_length=1)]
    department: Words
    purpose: Words
    services: Services
    evidence: Literal["read", "press"]
    source: Words
    assumption: str = ""
    overlaps: tuple[Overlap, ...] = ()

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if (self.amount_gbp is None) == (self.amounts_gbp is None):
            raise ValueError("give either amount_gbp, all years together, or amounts_gbp by year")
        if list(self.years) != sorted(set(self.years)):
            raise ValueError("years: each once, in order")
        outside = sorted(set(self.amounts_gbp or {}) - set(self.years))
        if outside:
            raise ValueError(f"amounts_gbp of {', '.join(outside)}, which years does not hold")
        return self

    @property
    def is_spread_assumed(self) -> bool:
        """Whether how the sum falls on the years is our assumption: one sum, several years."""
        return self.amounts_gbp is None and len(self.years) > 1

    def pence(self) -> dict[str, int | None]:
        """Return what falls on each year, in whole pence, None where it is not known.

        A single sum is spread evenly; the odd pence go to the first years, so that the years add up to it.
        """
        if self.amounts_gbp is not None:
            return {year: PENCE * self.amounts_gbp[year] if year in self.amounts_gbp else None for year in self.years}
        share, odd = divmod(PENCE * (self.amount_gbp or 0), len(self.years))
        return {year: share + (place < odd) for place, year in enumerate(self.years)}


def read_register(store: Store) -> dict[str, Fund]:
    """Return the register of the store, each fund by its id.

    Raises
    ------
    NoData
        When there is none.
    BadScenario
        With every fault of every fund, overlaps with funds that are not there included.
    """
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
            faults += [f"  - {fault}" for fault in faults_in_words(error, name)]
    faults += [f"  - {fault}" for fault in _overlap_faults(register, set(entries))]
    if faults:
        raise BadScenario("\n".join([f"{path} cannot be used:", *faults]))
    return register


def find_fund(fund: str, register: Mapping[str, Fund]) -> Fund:
    """Return a fund by its id.

    Raises
    ------
    NoData
        With the ids that there are.
    """
    if fund not in register:
        raise NoData(f"No fund '{fund}'; the register holds {', '.join(register)}.")
    return register[fund]


def funds(store: Store | None = None) -> pd.DataFrame:
    """Return the register of funds, one row a fund, oldest first.

    Returns
    -------
    pandas.DataFrame
        id, title, amount_gbp (cash, all years together; missing where a year of it is not known), is_upper_limit, years and
        years_not_known ("2021-22; 2022-23"), is_spread_assumed (one sum over several years: how it falls on them is not published),
        department, purpose, services ("children and families"; "adults and children" where the split is not published),
        evidence ("read" in the document itself, or "press"), source, assumption, overlaps ("includes prevention-grant").

    Raises
    ------
    NoData, BadScenario
        When the register is not there, or with all its faults.

    Examples
    --------
    >>> import fundgap as fg
    >>> fg.funds().set_index("id").loc["sector-led-20m", "amount_gbp"].item()
    20000000.0
    """
    rows = []
    for name, fund in read_register(store or default_store()).items():
        pence = fund.pence()
        unknown = [year for year, amount in pence.items() if amount is None]
        known = sum(amount for amount in pence.values() if amount is not None) / PENCE
        plain = fund.model_dump(
            include={"title", "is_upper_limit", "department", "purpose", "services", "evidence", "source", "assumption"}
        )
        rows.append(
            {
                "id": name,
                "title": plain.pop("title"),
                "amount_gbp": float("nan") if unknown else known,
                "is_upper_limit": plain.pop("is_upper_limit"),
                "years": "; ".join(fund.years),
                "years_not_known": "; ".join(unknown),
                "is_spread_assumed": fund.is_spread_assumed,
                **plain,
                "overlaps": "; ".join(f"{item.kind if item.kind == 'includes' else 'part of'} {item.fund}" for item in fund.overlaps),
            }
        )
    return pd.DataFrame(rows).sort_values(["years", "id"], ignore_index=True)


def fund_years(store: Store | None = None) -> pd.DataFrame:
    """Return every fund by year.

    Returns
    -------
    pandas.DataFrame
        fund, title, financial_year, amount_gbp (cash; missing where it is not known), services, is_spread_assumed, is_upper_limit.

    Raises
    ------
    NoData, BadScenario
        As `funds`.

    Examples
    --------
    The pledge states no years; three equal ones are our assumption:

    >>> import fundgap as fg
    >>> pledge = fg.fund_years().query("fund == 'sector-led-20m'")
    >>> round(pledge["amount_gbp"].sum()), pledge["is_spread_assumed"].tolist()
    (20000000, [True, True, True])
    """
    rows = [
        (
            name,
            fund.title,
            year,
            float("nan") if pence is None else pence / PENCE,
            fund.services,
            fund.is_spread_assumed,
            fund.is_upper_limit,
        )
        for name, fund in read_register(store or default_store()).items()
        for year, pence in fund.pence().items()
    ]
    columns = ["fund", "title", "financial_year", "amount_gbp", "services", "is_spread_assumed", "is_upper_limit"]
    return pd.DataFrame(rows, columns=columns).sort_values(["financial_year", "fund"], ignore_index=True)


def _overlap_faults(register: dict[str, Fund], names: set[str]) -> list[str]:
    """Return what is wrong between funds: one that is not there, a pair said twice, a part larger than the whole."""
    faults, said = [], set()
    for name, fund in register.items():
        for item in fund.overlaps:
            pair = frozenset({name, item.fund})
            if item.fund == name or item.fund not in names:
                faults.append(f"{name}.overlaps: '{item.fund}' is {'the fund itself' if item.fund == name else 'no fund of the register'}")
            elif pair in said:
                faults.append(f"{name}.overlaps: what it shares with {item.fund} is said twice; once, on either side, is enough")
            elif item.kind == "includes" and item.fund in register:
                faults += _too_large(name, fund, item.fund, register[item.fund])
            said.add(pair)
    return faults


def _too_large(name: str, fund: Fund, part_name: str, part: Fund) -> list[str]:
    whole, inside = fund.pence(), part.pence()
    outside = [year for year in inside if year not in whole]
    if outside:
        return [f"{name}.overlaps: includes {part_name}, which runs in {', '.join(outside)} too"]
    pairs = [(year, pence, whole[year]) for year, pence in inside.items()]
    larger = [year for year, pence, limit in pairs if pence is not None and limit is not None and pence > limit]
    return [f"{name}.overlaps: includes {part_name}, which is larger in {', '.join(larger)}"] if larger else []
