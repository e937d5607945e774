"""All funds on one timeline: what falls on each year, counted once."""

import pandas as pd

from fundgap.data.store import Store, default_store
from fundgap.errors import NoData
from fundgap.gap.fund_totals import add_up
from fundgap.gap.funds import fund_years, read_register


def fund_timeline(store: Store | None = None) -> pd.DataFrame:
    """Return what all funds of the register come to, year by year, in cash, those for adults and children apart.

    A single sum over several years counts with its even part, which no source states. What stands in two funds counts once; where
    they overlap in part the sum is a range.

    Returns
    -------
    pandas.DataFrame
        financial_year, services, low_gbp, high_gbp (missing where no amount of the year is known), counted, contained (in a fund
        counted), not_known (ids, "a; b"), is_spread_assumed (of any that is counted).

    Raises
    ------
    NoData, BadScenario
        As `funds`.
    """
    store = store or default_store()
    register, table, rows = read_register(store), fund_years(store), []
    for (year, services), part in table.groupby(["financial_year", "services"], sort=True):
        try:
            total = add_up(part["fund"].tolist(), str(year), register)
        except NoData:
            rows.append((year, services, float("nan"), float("nan"), "", "", "; ".join(part["fund"]), False))
            continue
        counted, out = total.counted["fund"], total.not_counted.set_index("fund")["reason"].astype(str)
        contained = out.index[out.str.startswith("contained")]
        is_assumed = bool(part.set_index("fund").loc[counted, "is_spread_assumed"].any())
        unknown = out.index.difference(contained)
        rows.append(
            (year, services, total.low_gbp, total.high_gbp, "; ".join(counted), "; ".join(contained), "; ".join(unknown), is_assumed)
        )
    columns = ["financial_year", "services", "low_gbp", "high_gbp", "counted", "contained", "not_known", "is_spread_assumed"]
    return pd.DataFrame(rows, columns=columns)
