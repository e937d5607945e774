"""Projected children for the councils there are: a projection keeps the boundaries of its day, councils do not."""

import pandas as pd

from fundgap.data.boundaries import boundary_changes
from fundgap.data.sources import read_register
from fundgap.data.store import Store, default_store
from fundgap.data.vintages import raw_table


def projected_children(store: Store | None = None) -> pd.DataFrame:
    """Return projected children by council and year, for councils since changed those of the joined area that stayed the same.

    No council of today is a sum of whole predecessors: Northamptonshire and Cumbria were each split in two, and of
    Bournemouth, Poole and Dorset only the three together are the two together of today, since Christchurch moved. For such a
    council the table holds the *whole area*, marked `is_joined`: its growth may be used for each of its councils, as an
    assumption, its level for none. Nothing is apportioned.

    Returns
    -------
    pandas.DataFrame
        council, area (ONS codes of the councils of the projection that are added up, joined by a blank), is_joined,
        year (mid-year), area_children (aged 0 to 17; three fifths of ages 15 to 19), published (ISO date), source.

    Notes
    -----
    Levels are those of estimates since revised (docs/data-notes.md): use growth alone, from a year on for which a newer
    estimate is held.

    Examples
    --------
    Cumberland and Westmorland and Furness share the projection of Cumbria:

    >>> import fundgap as fg
    >>> fg.projected_children().query("council in ('E06000063', 'E06000064')")["area"].unique().tolist()
    ['E10000006']
    """
    store = store or default_store()
    rows = raw_table("projected_children", store=store)
    held = set(rows["council"])
    parts = [rows.assign(area=rows["council"], is_joined=False)]
    for change in boundary_changes(store).query("kind != 'recoded'").to_dict("records"):
        if not set(change["before"]) <= held:
            continue  # changed before the projection was made
        summed = rows[rows["council"].isin(change["before"])].groupby(["year", "source"], as_index=False)["children"].sum()
        area = " ".join(change["before"])
        parts += [summed.assign(council=council, area=area, is_joined=True) for council in change["after"]]
    register = read_register(store)
    table = pd.concat(parts, ignore_index=True).rename(columns={"children": "area_children"})
    table["published"] = table["source"].map(lambda source: register[source].published)
    columns = ["council", "area", "is_joined", "year", "area_children", "published", "source"]
    return table[columns].astype({"year": int}).sort_values(["council", "year"], ignore_index=True)
