"""A fund shared out among councils by a stated rule, exact to the penny."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fundgap.data.prices import is_financial_year
from fundgap.data.store import Store, default_store
from fundgap.errors import BadScenario, NoData
from fundgap.gap.allocation_weights import Weights, rule_weights
from fundgap.gap.funds import find_fund, read_register
from fundgap.gap.pence import PENCE, apportion, in_pence
from fundgap.shown import Told

Rule = Literal["equal", "children", "deprivation", "need", "inadequate_first", "table"]


@dataclass(frozen=True)
class Allocation(Told):
    """A fund shared out among councils, cash of the year.

    Parameters
    ----------
    fund
        Its id, or "" for an amount given in pounds.
    basis
        What the councils were weighed by, in words.
    total_pence
        What was shared out; the councils' pence add up to it.
    councils
        council, council_name, region, children, weight, is_first (served first, under that rule), allocation_pence (whole),
        allocation_gbp, per_child_gbp.
    left_out
        council, council_name, reason: councils that get nothing because the figure that the rule needs is missing.
    """

    fund: str
    rule: Rule
    financial_year: str
    figures_year: str
    basis: str
    total_pence: int
    councils: pd.DataFrame
    left_out: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Return council, council_name, allocation_gbp."""
        return self.councils[["council", "council_name", "allocation_gbp"]]

    def __str__(self) -> str:
        """Say what was shared, by what, and the span of the parts."""
        parts = self.councils["allocation_gbp"]
        out = f"; left out: {', '.join(self.left_out['council_name'])}" if len(self.left_out) else ""
        return (
            f"£{self.total_pence / PENCE:,.2f} of {self.financial_year} among {len(parts)} councils by {self.basis}: "
            f"£{parts.min():,.2f} to £{parts.max():,.2f}{out}"
        )

    def _repr_html_(self) -> str:
        return str(self.councils.to_html(index=False, escape=True))


def allocate(
    fund: str | float | Decimal,
    rule: Rule = "children",
    year: str = "2024-25",
    *,
    weights: Mapping[str | int, float] | pd.DataFrame | None = None,
    cap_per_child_gbp: float | None = None,
    leave_out: bool = False,
    years: pd.DataFrame | None = None,
    judgements: pd.DataFrame | None = None,
    store: Store | None = None,
) -> Allocation:
    """Share a fund out among the councils of a year.

    Parameters
    ----------
    fund
        Its id in the register, of which the amount of `year` is shared (a single sum over several years counts with its even part);
        or an amount in pounds.
    rule
        "equal": every council alike. "children": by children aged 0-17. "deprivation": by children in income-deprived families, which is
        children times the council's score in the Income Deprivation Affecting Children Index, the share of its children who live in
        such families, in the edition in force. "need": by expected spend, children times the spend a child that `expected_spend`
        leads to expect, also of councils without a return of their own. "inadequate_first": among the councils whose latest report
        published by the end of the year (or the last report held) says Inadequate, by children, all of it or up to
        `cap_per_child_gbp` for each child of theirs; what is over goes to all other councils, by children. "table": by `weights`.
    weights
        For the rule "table": council (name, code or number) to weight, or a table with those two columns. Every council of the year
        must be in it, once, with a weight of 0 or more.
    leave_out
        What to do with councils that lack the figure the rule needs: refuse, naming them, or give them nothing and list them.
    years, judgements
        As `fundgap.council_years()` and `fundgap.inspections()` give them; read from the store where left out.

    Returns
    -------
    Allocation
        Whole pence by the method of the largest remainder, ties to the council whose code sorts first.

    Raises
    ------
    BadScenario
        For a year, rule, amount or cap that cannot be used.
    NoData
        For a fund that is not in the register or has no known amount in the year, or for councils without the figure needed.
    BadFigures
        With every fault of the table of weights.

    Examples
    --------
    A fund's parts add up to it exactly, in pence:

    >>> import fundgap as fg
    >>> share = fg.allocate(20_000_000, "equal", "2024-25")
    >>> share.total_pence, int(share.councils["allocation_gbp"].mul(100).round().sum())
    (2000000000, 2000000000)
    """
    if not is_financial_year(year):
        raise BadScenario(f"'{year}' is no financial year; they are written like 2024-25.")
    if (weights is not None) != (rule == "table") or (cap_per_child_gbp is not None and rule != "inadequate_first"):
        raise BadScenario(
            "weights go with the rule 'table', and with it alone; cap_per_child_gbp (--cap-per-child) with the rule 'inadequate_first'."
        )
    if cap_per_child_gbp is not None and not 0 < cap_per_child_gbp < float("inf"):
        raise BadScenario(f"cap_per_child_gbp (--cap-per-child) is above £0, not {cap_per_child_gbp}.")
    store = store or default_store()
    pence = _amount(fund, year, store)
    found = rule_weights(rule, year, weights, years, judgements, store)
    used, left_out = _with_weight(found, rule, leave_out)
    parts = _shared(pence, used, cap_per_child_gbp)
    used = used.assign(allocation_pence=parts, allocation_gbp=parts / PENCE)
    used["per_child_gbp"] = used["allocation_gbp"] / used["children"]
    basis = found.basis if cap_per_child_gbp is None else f"{found.basis}; cap £{cap_per_child_gbp:,.2f} a child"
    return Allocation(fund if isinstance(fund, str) else "", rule, year, found.figures_year, basis, pence, used, left_out)


def _amount(fund: str | float | Decimal, year: str, store: Store) -> int:
    if not isinstance(fund, str):
        return in_pence(fund)
    register = read_register(store)
    if fund not in register and fund.lstrip("£+-. ")[:1].isdigit():
        raise BadScenario(f"'{fund}' is no amount: write whole pounds in digits alone, such as 20000000 for £20m.")
    pence = find_fund(fund, register).pence()
    amount = pence.get(year)
    if amount is None:
        why = "its amount of that year is not known" if year in pence else f"it runs in {', '.join(pence)}"
        raise NoData(f"'{fund}' has nothing to share out in {year}: {why}. An amount in pounds can be given in its place.")
    return amount


def _with_weight(found: Weights, rule: str, leave_out: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the councils that have a weight, and those that have none, which are refused unless they are to be left out."""
    lacks = found.councils["weight"].isna()
    names = found.councils.loc[lacks, ["council", "council_name"]].reset_index(drop=True)
    if len(names) and not leave_out:
        raise NoData(
            f"The rule '{rule}' needs a figure of {found.figures_year} that is missing for {', '.join(names['council_name'])}. "
            "Say leave_out=True (on the command line --leave-out) to give them nothing, or take another rule."
        )
    return found.councils[~lacks].reset_index(drop=True), names.assign(reason=f"no figure of {found.figures_year} for the rule '{rule}'")


def _shared(pence: int, rows: pd.DataFrame, cap_per_child_gbp: float | None) -> NDArray[np.int64]:
    """Return each council's pence; those served first get all, or up to the cap, and the others the rest."""
    codes, weights = rows["council"].to_numpy(str), rows["weight"].to_numpy(float)
    first = rows["is_first"].to_numpy(bool)
    if not first.any():
        return apportion(pence, weights, codes.tolist())
    limit = pence if cap_per_child_gbp is None else int(Decimal(str(cap_per_child_gbp)) * PENCE * Decimal(str(weights[first].sum())))
    to_first = min(pence, limit)
    if first.all() and to_first < pence:
        raise BadScenario("Every council is served first, and the cap leaves money over.")
    parts = np.zeros(len(rows), dtype=np.int64)
    parts[first] = apportion(to_first, weights[first], codes[first].tolist())
    if to_first < pence:
        parts[~first] = apportion(pence - to_first, weights[~first], codes[~first].tolist())
    return parts
