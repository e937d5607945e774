"""Every pair of a council that asks and one fit to help: how far apart, on what, and in which order."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fundgap.data.councils import TINY_COUNCILS
from fundgap.models.likeness import DIMENSIONS, Likeness
from fundgap.models.partner_facts import PartnerFacts


def ranked(asking: Sequence[str], candidates: pd.DataFrame, facts: PartnerFacts) -> pd.DataFrame:
    """Return every pair of a council asking and a candidate, in the order of the asking and then the most like first."""
    alike = facts.alike
    candidates = candidates.rename(columns={"publication_date": "judged_on"})
    own = pd.DataFrame({"asking": asking, "asked": np.arange(len(asking))})
    table = own.merge(candidates[["council", "council_name", "region", "rating", "judged_on"]], how="cross")
    table = table[table["council"] != table["asking"]]
    here, theirs = (_places(table[name], alike) for name in ("asking", "council"))
    distance = alike.distance[here, theirs]
    table = table.assign(distance=distance, closer_than=alike.closer_than(distance))
    table = table.merge(facts.neighbours, how="left", on=["asking", "council"]).merge(facts.held, how="left", on="council")
    table["council_class"] = table["council"].map(facts.register["council_class"])
    table["is_same_region"] = table["region"] == table["asking"].map(facts.register["region"])
    table["known_help"] = table["council"].map(facts.helped)
    order = ["neighbour_position", "distance", "council"] if facts.uses_neighbours else ["distance", "council"]
    table["rank_by_distance"] = table.groupby("asked")["distance"].rank(method="first").astype(int)
    table = table.sort_values(["asked", *order], ignore_index=True)
    return table.assign(rank=table.groupby("asked").cumcount() + 1)


def _places(codes: pd.Series, alike: Likeness) -> NDArray[np.intp]:
    """Return where councils stand in the arrays of their likeness, (n,)."""
    return pd.Index(alike.councils).get_indexer(pd.Index(codes))


def why_not(candidates: pd.Series, alike: Likeness) -> pd.Series:
    """Return for each candidate why it cannot be compared; missing where it can."""
    reason = candidates.map(alike.left_out.set_index("council")["reason"].to_dict())
    reason = reason.mask(reason.isna() & ~candidates.isin(alike.councils), f"did not exist in {alike.financial_year}")
    return reason.mask(candidates.isin(TINY_COUNCILS), "tiny council")


def dimensions_of(pairs: pd.DataFrame, alike: Likeness) -> pd.DataFrame:
    """Return a row for each pair and dimension, in the order of the pairs."""
    names, figures = list(DIMENSIONS), alike.figures[list(DIMENSIONS)].to_numpy(float)
    here, there = (_places(pairs[name], alike) for name in ("asking", "council"))
    return pd.DataFrame(
        {
            "council": pairs["council"].repeat(len(names)).to_list(),
            "council_name": pairs["council_name"].repeat(len(names)).to_list(),
            "dimension": names * len(pairs),
            "label": list(DIMENSIONS.values()) * len(pairs),
            "own": figures[here].ravel(),
            "theirs": figures[there].ravel(),
            "apart": (alike.standardised[there] - alike.standardised[here]).ravel(),
        }
    )


def extremes(dimensions: pd.DataFrame) -> pd.DataFrame:
    """Return, for each pair, in which dimension they are most and least alike, in words."""
    width = len(DIMENSIONS)
    size = dimensions["apart"].abs().to_numpy().reshape(-1, width)
    start = np.arange(len(size)) * width
    # Of dimensions equally far apart the first is the most alike, the last the least.
    places = {"most_alike": start + size.argmin(axis=1), "least_alike": start + width - 1 - size[:, ::-1].argmax(axis=1)}
    return pd.DataFrame({name: _in_words(dimensions.iloc[rows]) for name, rows in places.items()})


def _in_words(rows: pd.DataFrame) -> list[str]:
    shown = zip(rows["label"], rows["theirs"], rows["own"], strict=True)
    return [f"{label} ({_amount(theirs)}, here {_amount(own)})" for label, theirs, own in shown]


def _amount(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
