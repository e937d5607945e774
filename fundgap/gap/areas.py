"""Areas that stayed the same all along, as the panel's rows: what a forecast of years ago can be held against."""

import pandas as pd

from fundgap.data.boundaries import joined_areas
from fundgap.data.councils import councils
from fundgap.data.processed_tables import SPEND_COLUMNS
from fundgap.data.store import Store, default_store
from fundgap.errors import NoData

_KEPT = ("council", "council_name", "region", "financial_year", "price_index")


def unbroken_areas(years: pd.DataFrame, store: Store | None = None) -> pd.DataFrame:
    """Return `joined_areas` in the columns of the panel, with region and prices: one row an area and year.

    An area's figures of a year are the sum of the councils it then was, so that a council since split or joined is
    followed through. `council` is the codes of its newest councils.

    Raises
    ------
    NoData
        When an area lies in two regions, or a year has two price indices.
    """
    areas = joined_areas(years, store).rename(columns={"area": "council", "area_name": "council_name"})
    regions = councils(store or default_store()).set_index("council")["region"]
    found = {area: {regions[code] for code in area.split()} for area in areas["council"].unique()}
    astray = [area for area, names in found.items() if len(names) != 1]
    if astray:
        raise NoData(f"No one region for {', '.join(astray)}.")
    prices = years.drop_duplicates(["financial_year", "price_index"]).set_index("financial_year")["price_index"]
    if prices.index.has_duplicates:
        raise NoData(f"Two price indices for {', '.join(prices.index[prices.index.duplicated()])}.")
    areas["region"] = areas["council"].map({area: next(iter(names)) for area, names in found.items()})
    areas["price_index"] = areas["financial_year"].map(prices)
    spend = [column for column in SPEND_COLUMNS.values() if column in areas]
    return areas[[*_KEPT, "children", "looked_after", *spend]]
