"""Where spend rose and where it fell: real spend a child by fifth of deprivation, over years that may be compared."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from fundgap.data.breaks import definition_breaks
from fundgap.data.councils import TINY_COUNCILS
from fundgap.data.processed_tables import SPEND_COLUMNS
from fundgap.data.store import Store
from fundgap.errors import BadFormula, NoData
from fundgap.models.areas import areas_in_both
from fundgap.models.reasons import first_reason
from fundgap.shown import Shown

Average = Literal["children", "councils"]
_CATEGORIES = ("gross_spend", "looked_after", "safeguarding", "preventative")
# A rest of other categories breaks where any of them does.
_PREVENTATIVE_PARTS = ("family_support", "sure_start", "young_people", "youth_justice", "other")
ALL = "all"


@dataclass(frozen=True)
class DeprivationChange(Shown):
    """The change in real spend a child by deprivation.

    Parameters
    ----------
    groups
        group (1 = least deprived; "all"), areas, before and after (£ a child, prices of the last year), change (a share).
    left_out
        area_name, reason.
    breaks
        Changed definitions between the two years, as `definition_breaks` has them: none unless asked for.
    """

    first: str
    last: str
    category: str
    average: Average
    groups: pd.DataFrame
    left_out: pd.DataFrame
    breaks: pd.DataFrame

    @property
    def change(self) -> pd.Series:
        """The change of each group, a share."""
        return self.groups.set_index("group")["change"]

    def to_frame(self) -> pd.DataFrame:
        """Return the groups, the least deprived first, then all."""
        return self.groups

    def __str__(self) -> str:
        """Say in a few lines how spend changed in the least and the most deprived areas."""
        lines = [
            f"Change of real {self.category.replace('_', ' ')} a child, {self.first} to {self.last}, by deprivation "
            f"({self.groups['areas'].iloc[-1]} areas, {len(self.left_out)} left out; prices of {self.last})"
        ]
        return "\n".join(lines + [f"  {row.group}: {row.change:+.0%} ({row.areas} areas)" for row in self.groups.itertuples()])


def spend_change_by_deprivation(
    years: pd.DataFrame,
    first: str = "2012-13",
    last: str = "2024-25",
    category: str = "gross_spend",
    groups: int = 5,
    average: Average = "children",
    store: Store | None = None,
    *,
    across_breaks: bool = False,
) -> DeprivationChange:
    """Return the change in real spend a child, from the least deprived fifth of councils to the most, and of all.

    Parameters
    ----------
    years
        `fundgap.council_years()`.
    first, last
        Financial years. Councils that changed in between count as the area they share.
    category
        "gross_spend", "looked_after", "safeguarding" or "preventative".
    groups
        5 for fifths: as many councils in each as can be, by IMD average score in the first year's edition.
    average
        "children": a group's spend over its children. "councils": the mean of its councils' spend a child, large and small alike.
    across_breaks
        Compare although a definition changed in between; what changed is then in `breaks`.

    Raises
    ------
    BadFormula, NoData
        For a category that there is not, years that are not held, or years that a changed definition sets apart.

    Examples
    --------
    >>> import fundgap as fg
    >>> found = fg.spend_change_by_deprivation(fg.in_real_terms(fg.council_years()), "2012-13", "2024-25")
    >>> found.groups["group"].tolist()
    ['1', '2', '3', '4', '5', 'all']
    >>> found.groups.set_index("group")["areas"].loc["all"].item()
    145
    """
    if category not in _CATEGORIES:
        raise BadFormula(f"category '{category}': there are {_CATEGORIES}.")
    breaks = _breaks_between(first, last, category, store)
    if len(breaks) and not across_breaks:
        found = ", ".join(f"{row.category} in {row.first_year_after}" for row in breaks.itertuples())
        raise NoData(
            f"{category} is not defined alike from {first} to {last} ({found}). Take later years, or across_breaks=True with care."
        )
    table = areas_in_both(years, first, last, store)
    spend = SPEND_COLUMNS[category]
    reason = _reasons(table, spend, first, last)
    used = table[reason == ""]
    if not 1 < groups <= len(used):
        raise NoData(
            f"{len(used)} areas have spend, children and a score in both years: 2 groups or more can be made of them, not {groups}."
        )
    deflator = used["price_index_after"].iloc[0] / used["price_index_before"].iloc[0]
    group = groups_by(used["imd_score"], groups)
    used = used.assign(spend_before=used[f"{spend}_before"] * deflator, spend_after=used[f"{spend}_after"], group=group)
    parts = [(group, part) for group, part in used.groupby("group")]
    table_of_groups = pd.DataFrame([_row(group, part, average) for group, part in [*parts, (ALL, used)]])
    left_out = table.assign(reason=reason).loc[reason != "", ["area_name", "reason"]].reset_index(drop=True)
    return DeprivationChange(first, last, category, average, table_of_groups, left_out, breaks)


def _breaks_between(first: str, last: str, category: str, store: Store | None) -> pd.DataFrame:
    """Return the changed definitions that set the two years apart."""
    breaks = definition_breaks(store)
    concerned = _PREVENTATIVE_PARTS if category == "preventative" else (category,)
    is_between = (breaks["first_year_after"] > first) & (breaks["first_year_after"] <= last)
    chosen = breaks[is_between & breaks["category"].isin(concerned) & (breaks["measure"] == "gross") & ~breaks["is_comparable"]]
    return chosen.reset_index(drop=True)


def _reasons(table: pd.DataFrame, spend: str, first: str, last: str) -> pd.Series:
    tests = {"tiny council": table["area"].isin(TINY_COUNCILS)}
    for end, year in (("before", first), ("after", last)):
        tests[f"no usable spend return, {year}"] = table[f"{spend}_{end}"].isna()
        tests[f"children not published, {year}"] = table[f"children_{end}"].isna()
    tests["no one deprivation score"] = table["imd_score"].isna()
    return first_reason(tests)


def groups_by(score: pd.Series, groups: int = 5) -> pd.Series:
    """Return the group of each area, 1 = least deprived, on the index of the scores: sizes differ by one at the most."""
    place = score.rank(method="first").to_numpy() - 1
    return pd.Series(1 + np.floor(place * groups / len(score)).astype(int), index=score.index)


def _row(group: object, part: pd.DataFrame, average: Average) -> dict[str, object]:
    if average == "children":
        ends = [part[f"spend_{end}"].sum() / part[f"children_{end}"].sum() for end in ("before", "after")]
    else:
        ends = [(part[f"spend_{end}"] / part[f"children_{end}"]).mean() for end in ("before", "after")]
    return {"group": str(group), "areas": len(part), "before": ends[0], "after": ends[1], "change": ends[1] / ends[0] - 1}
