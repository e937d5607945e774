"""Funds added up: money that stands in two of them is counted once, and where nobody knows how much it is, the sum is a range."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

import pandas as pd

from fundgap.data.store import Store, default_store
from fundgap.errors import BadScenario, NoData
from fundgap.gap.funds import Fund, find_fund, read_register
from fundgap.gap.pence import PENCE
from fundgap.shown import Told

# Every order of a group of overlapping funds is tried; seven have 5,040.
_LARGEST_GROUP = 7


@dataclass(frozen=True)
class FundTotal(Told):
    """Several funds together, in cash.

    Parameters
    ----------
    financial_year
        The one year that is meant, "" for all years of the funds.
    low_gbp, high_gbp
        The same where no fund shares an unknown part with another. `high_gbp` supposes that they share nothing,
        `low_gbp` that they share as much as they can.
    counted : fund, title, amount_gbp
    not_counted : fund, title, reason
        Contained in another fund of the sum; not running in the year; its amount not known.
    """

    financial_year: str
    low_gbp: float
    high_gbp: float
    counted: pd.DataFrame
    not_counted: pd.DataFrame

    @property
    def is_range(self) -> bool:
        """Whether the sum is not known because funds overlap in part."""
        return self.low_gbp != self.high_gbp

    def to_frame(self) -> pd.DataFrame:
        """Return the funds that are counted."""
        return self.counted

    def __str__(self) -> str:
        """Say the sum and what is not in it."""
        sums = f"£{self.low_gbp / 1e6:,.1f}m" + (f" to £{self.high_gbp / 1e6:,.1f}m" if self.is_range else "")
        out = "; ".join(f"{row.fund}: {row.reason}" for row in self.not_counted.itertuples())
        return (
            f"{sums}, cash, {self.financial_year or 'all years'}: {', '.join(self.counted['fund'])}{f'. Not counted: {out}' if out else ''}"
        )

    def _repr_html_(self) -> str:
        return str(self.counted.to_html(index=False, escape=True))


def fund_total(funds: Collection[str], financial_year: str = "", store: Store | None = None) -> FundTotal:
    """Add funds up, counting what stands in two of them once.

    Parameters
    ----------
    funds
        Ids in the register.
    financial_year
        One year, in which a single sum over several years counts with its even part; all years where left out.

    Raises
    ------
    NoData
        For a fund that is not in the register, or when nothing is left to add.
    BadScenario
        When a fund is named twice, or the register cannot be read.

    Examples
    --------
    The Families First money of 2025-26, £523.5m and £18m, holds the prevention grant:

    >>> import fundgap as fg
    >>> total = fg.fund_total(["families-first", "prevention-grant"])
    >>> total.low_gbp / 1e6, total.high_gbp / 1e6
    (541.5, 541.5)
    """
    return add_up(funds, financial_year, read_register(store or default_store()))


def add_up(funds: Collection[str], financial_year: str, register: Mapping[str, Fund]) -> FundTotal:
    """Return what `fund_total` does, from a register that has been read."""
    items = {name: find_fund(name, register) for name in funds}
    if len(items) < len(funds):
        raise BadScenario(f"{', '.join(funds)}: a fund is named twice, and counts once.")
    amounts, reasons = _amounts(items, financial_year)
    parts = {name: _parts_of(name, register) for name in register}
    for name in list(amounts):
        whole = next((other for other in amounts if other != name and name in parts[other]), None)
        if whole:
            reasons[name] = f"contained in {whole}"
    amounts = {name: pence for name, pence in amounts.items() if name not in reasons}
    if not amounts:
        why = "; ".join(f"{name} {reason}" for name, reason in reasons.items())
        raise NoData(f"Nothing is left to add up{f' in {financial_year}' if financial_year else ''}: {why or 'no fund was named'}.")
    shared = {frozenset(pair): _most_shared(*pair, amounts, register, parts, financial_year) for pair in combinations(amounts, 2)}
    counted = [(name, items[name].title, pence / PENCE) for name, pence in amounts.items()]
    return FundTotal(
        financial_year,
        low_sum(amounts, shared) / PENCE,
        sum(amounts.values()) / PENCE,
        pd.DataFrame(counted, columns=["fund", "title", "amount_gbp"]),
        pd.DataFrame([(name, items[name].title, why) for name, why in reasons.items()], columns=["fund", "title", "reason"]),
    )


def low_sum(amounts: Mapping[str, int], shared: Mapping[frozenset[str], int]) -> int:
    """Return the least that sets of these sizes can have between them, given the most that each pair shares.

    Taken one after the other, a set adds at least its size less what it can share with those before it, and never less than nothing.
    Every order gives such a bound; the highest of them is returned. Pairs without an entry share nothing.

    Raises
    ------
    BadScenario
        When more than seven hang together.
    """
    total = 0
    for group in _groups(list(amounts), shared):
        if len(group) > _LARGEST_GROUP:
            raise BadScenario(f"{', '.join(group)} all overlap; sums of more than {_LARGEST_GROUP} overlapping funds are not worked out.")
        total += max(_in_order(order, amounts, shared) for order in permutations(group))
    return total


def _in_order(order: Sequence[str], amounts: Mapping[str, int], shared: Mapping[frozenset[str], int]) -> int:
    return sum(
        max(0, amounts[name] - sum(shared.get(frozenset({name, before}), 0) for before in order[:place]))
        for place, name in enumerate(order)
    )


def _groups(names: list[str], shared: Mapping[frozenset[str], int]) -> list[list[str]]:
    """Return the names in groups, those that share anything, directly or through others, together."""
    groups: list[list[str]] = []
    for name in names:
        linked = [group for group in groups if any(shared.get(frozenset({name, other}), 0) for other in group)]
        groups = [group for group in groups if group not in linked] + [[*(other for group in linked for other in group), name]]
    return groups


def _amounts(items: Mapping[str, Fund], year: str) -> tuple[dict[str, int], dict[str, str]]:
    """Return what each fund counts, in pence, and why others do not."""
    amounts, reasons = {}, {}
    for name, fund in items.items():
        pence = fund.pence()
        if year and year not in pence:
            reasons[name] = f"does not run in {year}"
            continue
        wanted = {year: pence[year]} if year else pence
        unknown = [one for one, amount in wanted.items() if amount is None]
        if unknown:
            reasons[name] = f"amount of {', '.join(unknown)} not known"
        else:
            amounts[name] = sum(amount for amount in wanted.values() if amount is not None)
    return amounts, reasons


def _parts_of(name: str, register: Mapping[str, Fund]) -> set[str]:
    """Return all funds contained in one, through others too."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        inside = {item.fund for item in register[waiting.pop()].overlaps if item.kind == "includes"} - found
        found |= inside
        waiting += inside
    return found


def _most_shared(
    one: str, other: str, amounts: Mapping[str, int], register: Mapping[str, Fund], parts: Mapping[str, set[str]], year: str
) -> int:
    """Return the most pence that two funds can share: by what is said of them, of funds in them and of funds they are in."""
    common = set(register[one].years) & set(register[other].years)
    if not common or (year and year not in common):
        # Money of one year is not money of another.
        return 0
    kin = [{name, *parts[name], *(whole for whole in register if name in parts[whole])} for name in (one, other)]
    said = [
        item.at_most_gbp
        for first, second in (kin, reversed(kin))
        for name in first
        for item in register[name].overlaps
        if item.kind == "part" and item.fund in second
    ]
    if not said:
        return 0
    limit = min(amounts[one], amounts[other])
    return limit if None in said else min(limit, sum(PENCE * part for part in said if part is not None))
