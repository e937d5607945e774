"""Claims on where spending fell."""

from functools import cache

import numpy as np
import pandas as pd

from fundgap.data.claims_register import Saying
from fundgap.models import resampling
from fundgap.models.areas import areas_in_both
from fundgap.models.fifths import ALL, spend_change_by_deprivation
from fundgap.models.standardise import Floats
from fundgap.story.claims_inputs import Computed, Evidence, Inputs, spent

_FIRST = "2012-13"
# Windows of the claim of 2014: from 2010, across changed definitions; and since the total was last redrawn.
_WINDOWS = (("2010-11", "2013-14"), ("2010-11", "2014-15"), (_FIRST, "2014-15"), (_FIRST, "2015-16"))
_OLD_END = "2016-17"
_CUT_WINDOWS = ((_FIRST, "2014-15"), (_FIRST, "2015-16"), (_FIRST, _OLD_END), (_FIRST, "latest"))
_CUT_KINDS = ("gross_spend", "preventative")
_REPLICATES = 1000
_PARTS = ("gross_spend", "looked_after", "safeguarding")


def england_change(inputs: Inputs, category: str, first: str, last: str) -> tuple[float, float, float, int]:
    """Return the real change of England's spend over areas with both years, its interval from drawing areas anew, and their number."""
    table = areas_in_both(inputs.years, first, last, inputs.store).dropna(subset=[f"{category}_before", f"{category}_after"])
    deflator = table["price_index_after"].iloc[0] / table["price_index_before"].iloc[0]
    before, after = table[f"{category}_before"].to_numpy(float) * deflator, table[f"{category}_after"].to_numpy(float)
    weights = _drawn(len(table))
    drawn = (weights @ after) / (weights @ before) - 1
    lower, upper = np.quantile(drawn, [0.025, 0.975])
    return float(after.sum() / before.sum() - 1), float(lower), float(upper), len(table)


@cache
def _drawn(areas: int) -> Floats:
    """Return how often each of so many areas is drawn: the same draws for every window."""
    return resampling.bootstrap(areas, _REPLICATES, 1)


def thirty_percent(inputs: Inputs, saying: Saying) -> Computed:
    """Return England's gross spend on children's services in real terms, in each window that the claim could mean."""
    figures: dict[str, float] = {}
    words, intervals = [], []
    for first, last in _WINDOWS:
        change, lower, upper, areas = england_change(inputs, "gross_spend_gbp", first, last)
        figures[f"{first} to {last}"] = change
        broken = " (across changed definitions)" if first < _FIRST else ""
        words.append(f"{first} to {last}{broken} {change:+.1%} in {areas} areas")
        intervals.append(f"{first} to {last} {lower:+z.0%} to {upper:+z.0%}")
    falls = [-figures[f"{first} to {last}"] for first, last in _WINDOWS]
    needed = saying.numbers["fall"] - saying.numbers["either_side"]
    figures |= {"windows": len(_WINDOWS), "windows_met": float(sum(fall >= needed for fall in falls)), "largest_fall": max(falls)}
    text = (
        f"Gross spend on children's and young people's services, real terms: {'; '.join(words)}. The total may be compared from {_FIRST} "
        "on. All local government's spending is not held; its fall can be as said while children's services fell less."
    )
    rows = inputs.years[inputs.years["financial_year"].isin({year for window in _WINDOWS for year in window})]
    return Computed(text, figures, f"{'; '.join(intervals)} (95%, areas drawn anew)", "2010-11 to 2015-16", spent(rows, ("gross_spend",)))


def early_cut(inputs: Inputs, saying: Saying) -> Computed:
    """Return preventative and looked-after spend in real terms, to the time of the articles and to the latest year."""
    latest = _latest(inputs)
    figures: dict[str, float] = {}
    words, intervals = [], []
    for name, last in (("then", _OLD_END), ("since", latest)):
        for kind, label in (("preventative", "preventative"), ("looked_after", "looked-after")):
            change, lower, upper, areas = england_change(inputs, f"{kind}_spend_gbp", _FIRST, last)
            figures |= {f"{kind}_{name}": change, f"{kind}_{name}_lower": lower, f"{kind}_{name}_upper": upper}
            words.append(f"{label} {change:+z.0%} from {_FIRST} to {last}")
            intervals.append(f"{label} to {last} {lower:+z.0%} to {upper:+z.0%}")
    figures["highest_preventative_upper"] = max(figures[f"preventative_{name}_upper"] for name in ("then", "since"))
    figures["lowest_looked_after_lower"] = min(figures[f"looked_after_{name}_lower"] for name in ("then", "since"))
    text = (
        f"Gross spend in real terms (the last year named in each): {', '.join(words)}, in {areas} areas at the last. Preventative is the "
        "total less looked-after and safeguarding. That the one drove the other is not shown by this."
    )
    rows = inputs.years[inputs.years["financial_year"].isin([_FIRST, _OLD_END, latest])]
    return Computed(text, figures, f"{'; '.join(intervals)} (95%, areas drawn anew)", f"{_FIRST} to {latest}", spent(rows, _PARTS))


def deprived_cut_more(inputs: Inputs, saying: Saying) -> Computed:
    """Return the change of real spend a child by fifth of deprivation, in windows and kinds of spend that somebody could mean."""
    latest = _latest(inputs)
    ways = _cut_ways(inputs, latest)
    told = ways[(ways["last"] == "2015-16") & (ways["kind"] == "gross_spend")].iloc[0]
    figures = {
        "ways": float(len(ways)),
        "share_below": float(ways["is_below"].mean()),
        "share_lowest": float(ways["is_lowest"].mean()),
        "most": float(told["most"]),
        "least": float(told["least"]),
    }
    by_kind = ways.groupby("kind", sort=False)["is_below"].mean()
    words = (
        f"Real spend a child, {told['first']} to {told['last']}: most deprived fifth of councils {told['most']:+.1%}, least deprived "
        f"{told['least']:+.1%}. In {len(ways)} ways to ask (windows from {_FIRST}, total and preventative), the most deprived fifth did "
        f"worse than the least in {figures['share_below']:.0%} (total {by_kind['gross_spend']:.0%}, preventative "
        f"{by_kind['preventative']:.0%}) and worst of all five in {figures['share_lowest']:.0%}. The published falls of 27% and 4% from "
        "2010 cross changed definitions."
    )
    years = inputs.years[inputs.years["financial_year"].isin({*ways["first"], *ways["last"]})]
    keys = years[["council", "financial_year"]].assign(year=years["financial_year"].str[:4].astype(int))
    evidence = (*spent(years, _PARTS), Evidence("children", keys[["council", "year"]]))
    return Computed(
        words,
        figures,
        f"over the ways: {figures['share_lowest']:.0%} to {figures['share_below']:.0%} by strict and loose reading",
        f"{_FIRST} to {latest}",
        evidence,
    )


def _latest(inputs: Inputs) -> str:
    """Return the last financial year with any council's spend."""
    return str(inputs.years.loc[inputs.years["gross_spend_gbp"].notna(), "financial_year"].max())


def _cut_ways(inputs: Inputs, latest: str) -> pd.DataFrame:
    """Return how the most and the least deprived fifth fared, a row a window and kind: change of real spend a child, as a fraction."""
    rows = []
    for first, end in _CUT_WINDOWS:
        for kind in _CUT_KINDS:
            last = latest if end == "latest" else end
            change = spend_change_by_deprivation(inputs.years, first, last, kind, store=inputs.store).change
            fifths = change.drop(ALL)
            rows.append((kind, first, last, change["5"], change["1"], change["5"] < change["1"], fifths.idxmin() == "5"))
    return pd.DataFrame(rows, columns=["kind", "first", "last", "most", "least", "is_below", "is_lowest"])
