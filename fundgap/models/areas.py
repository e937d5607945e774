"""The areas that two years share: councils as they are, and those that changed in between added up."""

from collections.abc import Hashable, Mapping

import pandas as pd

from fundgap.data.boundaries import boundary_changes, joined_areas
from fundgap.data.store import Store
from fundgap.errors import NoData

FIGURES = ("children", "looked_after", "gross_spend_gbp", "looked_after_spend_gbp", "safeguarding_spend_gbp", "preventative_spend_gbp")


def areas_in_both(years: pd.DataFrame, first: str, last: str, store: Store | None = None) -> pd.DataFrame:
    """Return one row an area, with its figures of both years.

    Parameters
    ----------
    years
        `council_years()`, cash.

    Returns
    -------
    pandas.DataFrame
        area, area_name, region, imd_score (of the first year, where the area was one council then), the price_index of both
        years, and of each figure `…_before` and `…_after`: children, looked_after and spend in cash pounds. A council that is
        there in both years is an area; councils that changed in between are added up over the area they share. An area has no
        figure where one of its councils has none.

    Raises
    ------
    NoData
        When a year is not held, has no price index, or the first is not before the last.
    """
    held = set(years["financial_year"].unique())
    if first >= last or not {first, last} <= held:
        raise NoData(f"From {first} to {last}: two years, the earlier one first, of {min(held)} to {max(held)}.")
    prices = years.drop_duplicates("financial_year").set_index("financial_year")["price_index"]
    if prices[[first, last]].isna().any():
        raise NoData(f"No GDP deflator for {' or '.join(year for year in (first, last) if pd.isna(prices[year]))}.")
    ends = years[years["financial_year"].isin([first, last])]
    by_area = _areas(ends, store)
    before, after = (by_area[by_area["financial_year"] == year].set_index("area") for year in (first, last))
    wide = before[list(FIGURES)].add_suffix("_before").join(after[list(FIGURES)].add_suffix("_after"), how="outer")
    known = pd.concat([after, before])
    table = known[~known.index.duplicated()][["area_name", "region"]].join(wide)
    predecessors = _predecessors(store)
    members = {area: {*str(area).split(), *predecessors.get(str(area), ())} for area in table.index}
    flagged = set(ends.loc[ends["is_spend_out_of_line"], "council"])
    at_first = ends[ends["financial_year"] == first].set_index("council")["imd_score"].to_dict()
    table["imd_score"] = [_only_score(at_first, codes) for codes in members.values()]
    table["is_out_of_line"] = [bool(codes & flagged) for codes in members.values()]
    table = table.assign(price_index_before=prices[first], price_index_after=prices[last])
    return table.rename_axis("area").reset_index().sort_values("area", ignore_index=True)


def _areas(ends: pd.DataFrame, store: Store | None) -> pd.DataFrame:
    """Return the rows of two years by area: joined where councils changed in between, by council elsewhere."""
    there = ends.groupby("council")["financial_year"].nunique()
    lasting = set(there[there == 2].index)
    region = ends.drop_duplicates("council").set_index("council")["region"]
    # Only the councils that are not there in both years: a change before the first year or after the last is none between them.
    changed = joined_areas(ends[~ends["council"].isin(lasting)], store)
    # In the first year an area bears its later councils' codes, whose region is that of the councils before them.
    changed = changed.assign(region=changed["area"].str.split().str[0].map(region))
    as_they_are = ends[ends["council"].isin(lasting)].rename(columns={"council": "area", "council_name": "area_name"})
    columns = ["area", "area_name", "region", "financial_year", *FIGURES]
    return pd.concat([as_they_are[columns], changed[columns]], ignore_index=True)


def _predecessors(store: Store | None) -> dict[str, list[str]]:
    """Return the earlier councils of each area that changed."""
    changes = boundary_changes(store)
    changes = changes[changes["kind"] != "recoded"]
    return {" ".join(after): before for before, after in zip(changes["before"], changes["after"], strict=True)}


def _only_score(scores: Mapping[Hashable, float], codes: set[str]) -> float:
    """Return the score of an area that was one council; scores of several cannot be added up."""
    found = [scores[code] for code in codes if code in scores]
    return float(found[0]) if len(found) == 1 else float("nan")
