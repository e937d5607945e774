"""How fast things grew: rates of growth that scenarios take from the panel."""

import pandas as pd

from fundgap.data.prices import years_after
from fundgap.errors import NoData

# Categories that add up to gross spend. Only looked-after children are counted, so only there can volume and price be told apart.
CATEGORIES = ("looked_after", "safeguarding", "preventative")
SPEND = tuple(f"{category}_spend_gbp" for category in CATEGORIES)
_NEEDED = ["children", "looked_after", *SPEND]
# Over fewer years than these a trend is noise.
SHORTEST_WINDOW = 3


def yearly(first: float, last: float, years: int) -> float:
    """Return the constant yearly rate that leads from first to last."""
    return float((last / first) ** (1 / years) - 1)


def window(years: pd.DataFrame, last_year: str, length: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the panel's first and last year of a window, by council, in the same order of columns.

    Raises
    ------
    NoData
        When the panel does not reach so far back.
    """
    first_year = years_after(last_year, -length)
    held = set(years["financial_year"].unique())
    if not {first_year, last_year} <= held:
        raise NoData(f"Growth over {length} years to {last_year} needs {first_year}; the panel holds {min(held)} to {max(held)}.")
    first, last = (years[years["financial_year"] == year].set_index("council") for year in (first_year, last_year))
    return first, last


def demography_growth(years: pd.DataFrame, last_year: str, length: int) -> tuple[pd.Series, float]:
    """Return each council's yearly growth in children (nan where it is too new), and England's over councils at both ends.

    Raises
    ------
    NoData
        When no council has its children counted at both ends, or one is counted without a child.
    """
    first, last = window(years, last_year, length)
    both = first.index.intersection(last.index)
    ratio = (last["children"] / first["children"]).reindex(last.index)
    known = both[(first.loc[both, "children"].notna() & last.loc[both, "children"].notna()).to_numpy()]
    if known.empty:
        raise NoData(f"No council has its children counted in {last_year} and {length} years before.")
    for year, end in ((years_after(last_year, -length), first), (last_year, last)):
        if (end.loc[known, "children"] <= 0).any():
            names = ", ".join(end.loc[known, "council_name"][end.loc[known, "children"] <= 0])
            raise NoData(
                f"{names}: no child is counted in {year}, so growth in children cannot be reckoned; a 0 is likely a missing figure."
            )
    england = yearly(first.loc[known, "children"].sum(), last.loc[known, "children"].sum(), length)
    return ratio ** (1 / length) - 1, england


def demand_growth(years: pd.DataFrame, last_year: str, length: int) -> pd.Series:
    """Return the yearly growth in volume per child by category: looked-after children; nothing for what is not counted."""
    first, last = _both_ends(years, last_year, length)
    rates = [end["looked_after"].sum() / end["children"].sum() for end in (first, last)]
    return pd.Series({category: yearly(rates[0], rates[1], length) if category == "looked_after" else 0.0 for category in CATEGORIES})


def price_growth(years: pd.DataFrame, last_year: str, length: int) -> pd.Series:
    """Return the yearly real growth in spend per looked-after child, and per child for the other categories.

    Raises
    ------
    NoData
        When no council has every figure at both ends, or a year has no general prices yet.
    """
    first, last = _both_ends(years, last_year, length)
    for year, end in ((years_after(last_year, -length), first), (last_year, last)):
        if end["price_index"].isna().any():
            raise NoData(
                f"The panel has no price index (GDP deflator) for {year}, so real growth in costs cannot be reckoned: add it to "
                "deflator.csv (fundgap ingest), or take an earlier base year."
            )
    return _price_growth(first, last, length)


def _price_growth(first: pd.DataFrame, last: pd.DataFrame, length: int) -> pd.Series:
    growth = {}
    for category in CATEGORIES:
        volume = "looked_after" if category == "looked_after" else "children"
        costs = [end[f"{category}_spend_gbp"].sum() / end["price_index"].iloc[0] / end[volume].sum() for end in (first, last)]
        growth[category] = yearly(costs[0], costs[1], length)
    return pd.Series(growth)


def highest_price_growth(years: pd.DataFrame, last_year: str, longest: int, weights: "pd.Series[float]") -> tuple["pd.Series[float]", str]:
    """Return price growth by category in the window in which prices rose fastest overall, and that window's name.

    Parameters
    ----------
    last_year
        Windows end here or earlier.
    longest
        They are of `SHORTEST_WINDOW` years up to this many.
    weights
        Spend by category: windows are ranked by growth weighted with it.

    Raises
    ------
    NoData
        When the panel holds no such window.
    """
    known = years[years["financial_year"] <= last_year].dropna(subset=[*_NEEDED, "price_index"])
    ends = {
        str(year): group.set_index("council")
        for year, group in known[["council", "financial_year", "price_index", *_NEEDED]].groupby("financial_year")
    }
    found = {}
    for year, last in ends.items():
        for length in range(SHORTEST_WINDOW, longest + 1):
            first = ends.get(years_after(year, -length), last.iloc[:0])
            both = first.index.intersection(last.index)
            if len(both):
                found[year, length] = _price_growth(first.loc[both], last.loc[both], length)
    if not found:
        raise NoData(f"No window of {SHORTEST_WINDOW} to {longest} years up to {last_year} has every figure at both ends.")
    best = max(found, key=lambda key: float((found[key] * weights).sum()))
    return found[best], f"{window_name(*best)}, the highest"


def window_name(last_year: str, length: int) -> str:
    """Return what a window is called: "panel, 2019-20 to 2024-25"."""
    return f"panel, {years_after(last_year, -length)} to {last_year}"


def _both_ends(years: pd.DataFrame, last_year: str, length: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the two ends of a window for the councils with every figure at both: like is compared with like."""
    first, last = window(years, last_year, length)
    both = first.dropna(subset=_NEEDED).index.intersection(last.dropna(subset=_NEEDED).index)
    if both.empty:
        raise NoData(f"No council has all of {_NEEDED} in {last_year} and {length} years before.")
    return first.loc[both], last.loc[both]
