"""Volume and price: how much of the rise in spend goes with more children, a higher rate in care, and a higher cost of each."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from fundgap.data.councils import TINY_COUNCILS
from fundgap.data.store import Store
from fundgap.errors import CannotFit
from fundgap.models import lmdi
from fundgap.models.areas import areas_in_both
from fundgap.models.reasons import first_reason
from fundgap.models.standardise import Floats
from fundgap.shown import Shown

Prices = Literal["real", "cash"]
FACTORS = ("children", "rate", "unit_cost")
GENERAL_PRICES = "general_prices"
_TRACKED = ("children", "looked_after", "looked_after_per_10k", "unit_cost_cash_gbp", "unit_cost_real_gbp")


@dataclass(frozen=True)
class SpendChange(Shown):
    """The change of spend on looked-after children between two years, by factor.

    Parameters
    ----------
    first, last, prices, price_base
        The years; "real" (all pounds in prices of the last year) or "cash" (general prices are a factor of their own).
    factors
        "children", "rate" (looked-after children a child), "unit_cost" (real spend per looked-after child), in cash "general_prices".
    areas
        One row a council, or an area where councils changed: area, area_name, region, is_out_of_line (a return of either year
        is flagged `is_spend_out_of_line`), before_gbp, after_gbp, change_gbp, a `…_gbp` for each factor, which add up to
        change_gbp; and the levels children_…, looked_after_…, unit_cost_…, each
        `…_before` and `…_after`. Unit costs are in prices of the last year, or in cash.
    regions
        The same pounds, summed by region.
    england
        One row a factor, and "total": added_gbp (sum of the areas), ratio (by what it multiplied spend; the product of all is the
        total's), england_as_one_gbp (the same from England's own sums) and shift_between_councils_gbp (the first less the third:
        what comes of growth lying in councils unlike the average; adds up to 0).
    levels
        Of the areas together: one row a quantity, before, after, ratio.
    left_out
        area_name, reason, and spend of both years in cash where it is held.
    """

    first: str
    last: str
    prices: Prices
    price_base: str
    factors: tuple[str, ...]
    areas: pd.DataFrame
    regions: pd.DataFrame
    england: pd.DataFrame
    levels: pd.DataFrame
    left_out: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Return England's change by factor."""
        return self.england

    def __str__(self) -> str:
        """Say in a few lines what was added by which factor."""
        pounds = self.england.set_index("factor")["added_gbp"] / 1e6
        basis = f"{self.price_base} prices" if self.prices == "real" else "cash"
        lines = [
            f"Spend on looked-after children, {self.first} to {self.last}, £m, {basis}: {pounds['total']:+,.0f} "
            f"in {len(self.areas)} areas, {len(self.left_out)} left out"
        ]
        return "\n".join(lines + [f"  {factor.replace('_', ' ')}: {pounds[factor]:+,.0f}" for factor in self.factors])


def decompose_spend(
    years: pd.DataFrame, first: str = "2016-17", last: str = "2024-25", prices: Prices = "real", store: Store | None = None
) -> SpendChange:
    """Split the change in gross spend on looked-after children into children, the rate looked after, and the cost of each.

    Parameters
    ----------
    years
        `fundgap.council_years()`.
    first, last
        Financial years. Looked-after spend is defined alike since 2008-09; looked-after children are held since 2010-11.
    prices
        "real": prices of the last year (GDP deflator). "cash": general inflation is a factor of its own.

    Returns
    -------
    SpendChange
        England is the sum of the councils that have all figures in both years; the others are named in `left_out`.

    Raises
    ------
    NoData, CannotFit
        For years that are not held, or no council with all figures.

    Notes
    -----
    Spend = children × (looked-after children / children) × (spend / looked-after children) [× deflator]. LMDI-I, council by council
    and added up (Ang 2005 and 2015, Energy Policy 33 and 86): no residual, and every sum of councils is the sum of their parts.

    Unit cost is the year's spend over the children of its last day. The spend holds adoption, special guardianship and leaving
    care, so it is no price of a placement; it rises with prices, with harder cases and with dearer kinds of care alike.

    Examples
    --------
    The factors add up to the change, in every council as in England:

    >>> import fundgap as fg
    >>> change = fg.decompose_spend(fg.council_years(), "2016-17", "2024-25")
    >>> parts = change.areas[[f"{factor}_gbp" for factor in change.factors]].sum(axis=1)
    >>> bool((parts - change.areas["change_gbp"]).abs().max() < 1)
    True
    >>> change.factors
    ('children', 'rate', 'unit_cost')
    """
    table = areas_in_both(years, first, last, store)
    reason = _reasons(table, first, last)
    used = table[reason == ""].reset_index(drop=True)
    if used.empty:
        raise CannotFit(f"No council has all figures in {first} and {last}: {reason.value_counts().to_dict()}.")
    factors = FACTORS if prices == "real" else (*FACTORS, GENERAL_PRICES)
    before, after = (_factors(used, end, prices) for end in ("before", "after"))
    areas = _areas(used, before, after, factors)
    columns = ["before_gbp", "after_gbp", "change_gbp", *(f"{name}_gbp" for name in factors)]
    return SpendChange(
        first,
        last,
        prices,
        last if prices == "real" else "cash",
        factors,
        areas,
        areas.groupby("region")[columns].sum().reset_index(),
        _england(before, after, areas, factors),
        _levels(used),
        _left_out(table, reason),
    )


def unit_costs_since(years: pd.DataFrame, first: str = "2016-17", last: str = "2024-25", store: Store | None = None) -> pd.DataFrame:
    """Return how numbers and unit costs moved since a year, each later year over the areas that have all figures in both.

    Returns
    -------
    pandas.DataFrame
        financial_year, areas, and the ratio to `first` (1 in that year) of children, looked_after, looked_after_per_10k,
        unit_cost_cash_gbp and unit_cost_real_gbp. Real terms are in prices of each year itself, which no ratio depends on.
    """
    wanted = sorted(year for year in set(years["financial_year"]) if first < year <= last)
    rows: list[dict[str, object]] = [{"financial_year": first, "areas": None, **dict.fromkeys(_TRACKED, 1.0)}]
    for year in wanted:
        change = decompose_spend(years, first, year, store=store)
        ratio = change.levels.set_index("quantity")["ratio"]
        rows.append({"financial_year": year, "areas": len(change.areas), **{name: float(ratio[name]) for name in _TRACKED}})
    return pd.DataFrame(rows).astype({"areas": "Int64"})


def _reasons(table: pd.DataFrame, first: str, last: str) -> pd.Series:
    """Return why an area cannot be split up, "" where it can; the first reason that applies."""
    names = {
        "looked_after_spend_gbp": "usable spend return",
        "children": "children published",
        "looked_after": "looked-after count published",
    }
    tests = {"tiny council": table["area"].isin(TINY_COUNCILS)}
    for column, text in names.items():
        for end, year in (("before", first), ("after", last)):
            tests[f"no {text}, {year}"] = table[f"{column}_{end}"].isna()
            tests[f"{column.replace('_gbp', '').replace('_', ' ')} not above 0, {year}"] = table[f"{column}_{end}"] <= 0
    return first_reason(tests)


def _factors(used: pd.DataFrame, end: str, prices: Prices) -> Floats:
    """Return the factors of each area's spend in one year, (n, f); real pounds are of the last year."""
    deflator = (used[f"price_index_{end}"] / used["price_index_after"]).to_numpy(float)
    children, looked_after = (used[f"{name}_{end}"].to_numpy(float) for name in ("children", "looked_after"))
    unit_cost = used[f"looked_after_spend_gbp_{end}"].to_numpy(float) / deflator / looked_after
    parts = [children, looked_after / children, unit_cost]
    return np.column_stack(parts if prices == "real" else [*parts, deflator])


def _areas(used: pd.DataFrame, before: Floats, after: Floats, factors: tuple[str, ...]) -> pd.DataFrame:
    parts = pd.DataFrame(lmdi.additive(before, after), columns=[f"{name}_gbp" for name in factors])
    totals = pd.DataFrame({"before_gbp": before.prod(axis=1), "after_gbp": after.prod(axis=1)})
    totals["change_gbp"] = totals["after_gbp"] - totals["before_gbp"]
    levels = used[[f"{name}_{end}" for name in ("children", "looked_after") for end in ("before", "after")]]
    unit_cost = {f"unit_cost_{end}": totals[f"{end}_gbp"] / used[f"looked_after_{end}"] for end in ("before", "after")}
    return used[["area", "area_name", "region", "is_out_of_line"]].join(totals).join(parts).join(levels).assign(**unit_cost)


def _england(before: Floats, after: Floats, areas: pd.DataFrame, factors: tuple[str, ...]) -> pd.DataFrame:
    added = areas[[f"{name}_gbp" for name in factors]].sum().to_numpy()
    as_one = lmdi.additive(_as_one(before), _as_one(after))[0]
    ratio = lmdi.multiplicative(before, after)
    rows = {"added_gbp": added, "ratio": ratio, "england_as_one_gbp": as_one, "shift_between_councils_gbp": added - as_one}
    table = pd.DataFrame(rows, index=pd.Index(factors, name="factor"))
    change = areas["change_gbp"].sum()
    table.loc["total"] = [change, areas["after_gbp"].sum() / areas["before_gbp"].sum(), change, 0.0]
    return table.reset_index()


def _as_one(factors: Floats) -> Floats:
    """Return the factors of all areas taken as one, (1, f)."""
    children = factors[:, 0].sum()
    looked_after = factors[:, :2].prod(axis=1).sum()
    real = factors[:, :3].prod(axis=1).sum()
    return np.array([[children, looked_after / children, real / looked_after, *factors[0, 3:]]])


def _levels(used: pd.DataFrame) -> pd.DataFrame:
    """Return what the areas together had in each year: children, looked after, the rate, and unit cost in cash and real terms."""
    ends = {}
    for end in ("before", "after"):
        children, looked_after, spend = (used[f"{name}_{end}"].sum() for name in ("children", "looked_after", "looked_after_spend_gbp"))
        deflator = used[f"price_index_{end}"].iloc[0] / used["price_index_after"].iloc[0]
        ends[end] = {
            "children": children,
            "looked_after": looked_after,
            "looked_after_per_10k": 10_000 * looked_after / children,
            "unit_cost_cash_gbp": spend / looked_after,
            "unit_cost_real_gbp": spend / deflator / looked_after,
            "spend_cash_gbp": spend,
            "spend_real_gbp": spend / deflator,
        }
    table = pd.DataFrame(ends).rename_axis("quantity")
    return table.assign(ratio=table["after"] / table["before"]).reset_index()


def _left_out(table: pd.DataFrame, reason: pd.Series) -> pd.DataFrame:
    columns = {"looked_after_spend_gbp_before": "before_cash_gbp", "looked_after_spend_gbp_after": "after_cash_gbp"}
    gone = table[reason != ""].assign(reason=reason[reason != ""]).rename(columns=columns)
    return gone[["area", "area_name", "reason", *columns.values()]].reset_index(drop=True)
