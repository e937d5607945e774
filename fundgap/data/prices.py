"""Cash and real terms: financial years, and the GDP deflator that turns one year's pounds into another's."""

import re
from collections.abc import Sequence

import pandas as pd

from fundgap.data.raw_tables import RAW
from fundgap.data.sources import read_register
from fundgap.data.store import Store, default_store, read_table
from fundgap.data.vintages import current
from fundgap.errors import NoData

BASE_YEAR = "2024-25"


def financial_year(start: int) -> str:
    """Return the financial year that starts in April of `start`: 2016 → "2016-17"."""
    return f"{start}-{(start + 1) % 100:02d}"


def financial_year_of(date: str) -> str:
    """Return the financial year in which an ISO date falls: "2017-03-31" → "2016-17"."""
    year, month = int(date[:4]), int(date[5:7])
    return financial_year(year if month >= 4 else year - 1)


def is_financial_year(text: object) -> bool:
    """Return whether a text is a financial year as tables write it, the second year the one after the first."""
    return isinstance(text, str) and bool(re.fullmatch(r"[0-9]{4}-[0-9]{2}", text)) and financial_year(int(text[:4])) == text


def years_after(year: str, count: int) -> str:
    """Return the financial year `count` years after `year` (before it, if negative)."""
    return financial_year(int(year[:4]) + count)


def price_index(base: str = BASE_YEAR, store: Store | None = None, *, prefer: str | Sequence[str] = ()) -> pd.Series:
    """Return the GDP deflator by financial year, `base` = 100: that of one release throughout, for each has a base of its own.

    Parameters
    ----------
    prefer
        Ids of releases that win over later ones, as in `raw_table`.

    Returns
    -------
    pandas.Series
        Index: financial year. The mean of the four quarters from April of ONS series YBGB.

    Raises
    ------
    NoData
        When the deflator does not reach `base`.

    Examples
    --------
    >>> import fundgap as fg
    >>> fg.price_index("2024-25")["2024-25"].item()
    100.0
    """
    store = store or default_store()
    table = current(read_table(store.raw / "deflator.csv"), RAW["deflator"], read_register(store), prefer=prefer)
    deflator = table.set_index("financial_year")["deflator"].astype(float)
    if base not in deflator.index:
        raise NoData(f"No GDP deflator for {base}: the series runs from {deflator.index[0]} to {deflator.index[-1]}.")
    return (100 * deflator / deflator[base]).rename("price_index")


def in_real_terms(frame: pd.DataFrame, base: str = BASE_YEAR, store: Store | None = None) -> pd.DataFrame:
    """Return the frame with a `…_real` column beside every cash column, in the prices of `base`.

    Parameters
    ----------
    frame
        A table with `financial_year` (or `figures_year`) and cash columns ending in `_gbp` or `_per_child`.

    Returns
    -------
    pandas.DataFrame
        A copy; `attrs["price_base"]` names the base year. A year without a deflator has no real figures.

    Raises
    ------
    NoData
        Without a column of financial years, for what is none, and for a base that the deflator does not reach.

    Examples
    --------
    In prices of the base year a pound of that year is a pound:

    >>> import fundgap as fg
    >>> years = fg.in_real_terms(fg.council_years(), "2024-25")
    >>> now = years[years["financial_year"] == "2024-25"]
    >>> bool((now["gross_spend_gbp"].dropna() == now["gross_spend_gbp_real"].dropna()).all())
    True
    """
    name = "figures_year" if "figures_year" in frame else "financial_year"
    if name not in frame:
        raise NoData("The table has no column financial_year (or figures_year), so it is not known in which year's pounds it is.")
    year = frame[name]
    odd = sorted({str(value) for value in year.dropna().unique() if not is_financial_year(value)})
    if odd:
        raise NoData(f"The column {name} holds {', '.join(odd)}: write a financial year as in 2016-17.")
    factor = 100 / year.map(price_index(base, store))
    cash = [column for column in frame.columns if column.endswith(("_gbp", "_per_child"))]
    real = frame[cash].mul(factor, axis=0).add_suffix("_real")
    result = pd.concat([frame, real], axis=1)
    result.attrs["price_base"] = base
    return result
