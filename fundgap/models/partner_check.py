"""Would it have been found? Partnerships that happened, and where the partner stood among the candidates of the day."""

from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd
from scipy.stats import norm

from fundgap.data.interventions import interventions
from fundgap.data.panel import council_years
from fundgap.data.panel import inspections as judgements_held
from fundgap.data.store import Store, default_store
from fundgap.errors import NoData
from fundgap.models.partners import partners

# A shared company is a merger of neighbours, and a trust is nobody's help: these kinds are one council helping another.
HELP = ("partnership", "advisers", "commissioner")


@dataclass(frozen=True)
class PartnerCheck:
    """Partnerships that happened, and the rank of each partner by likeness at the time.

    Parameters
    ----------
    table
        One row a council and partner: council, council_name, partner, partner_name, kind, started_on, precision (of the start),
        partner_rating (in force then; "" = not good or better, so that it would not be listed), is_same_region, region_share (of the
        candidates; what chance would give), candidates (good or better then), rank (by distance on figures of the time), share_ahead (of
        the other candidates; 0 = the most like, 1 = the least, 0.5 = as if drawn), closer_than (share of all pairs less alike),
        neighbour_position (on the official list of May 2025, which is not of the time).
    mean_share_ahead, lower, upper
        Mean over the partnerships, and between which values 95% of the means would lie if partners were drawn at random among the
        candidates of the day.
    """

    table: pd.DataFrame
    mean_share_ahead: float
    lower: float
    upper: float

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.table

    def __str__(self) -> str:
        ranked = self.table.dropna(subset="rank")
        near = int((ranked["rank"] <= 10).sum())
        return (
            f"{len(ranked)} partnerships: the partner is among the ten most alike in {near}; on average {self.mean_share_ahead:.0%} of "
            f"candidates were more alike (drawn at random: 50%, and {self.lower:.0%} to {self.upper:.0%} in 95 of 100 such draws); "
            f"{int(ranked['is_same_region'].sum())} are of the same region (drawn at random: {ranked['region_share'].sum():.1f})."
        )

    def _repr_html_(self) -> str:
        return f"<p>{escape(str(self))}</p>{self.table.round(2).to_html(index=False, escape=True)}"


def check_partners(
    inspections: pd.DataFrame | None = None, years: pd.DataFrame | None = None, level: float = 0.95, store: Store | None = None
) -> PartnerCheck:
    """Return where the partner of each partnership on the register stood among the good and outstanding councils of its first day.

    Parameters
    ----------
    inspections, years
        `fundgap.inspections()` and `fundgap.council_years()`; read where left out.
    level
        Of the range for partners drawn at random.

    Notes
    -----
    Candidates are ranked by figures of the last complete financial year before the start and grades then in force: nothing later is used
    (the day of some starts is known only to the year). A partner drawn at random has a share ahead of it spread evenly from 0 to 1, so
    the mean of m of them has variance Σ (n + 1) / (12 (n - 1)) / m² for n candidates each, and is near normal for m of 8 or more. The
    partnerships on the register are those that trade papers named: a handful, chosen by nobody at random. They may have been arranged for
    reasons that no figure here holds (a director's experience, distance by road, capacity).

    Raises
    ------
    NoData
        When the register names no partnership.

    Examples
    --------
    Leeds became Kirklees' partner in 2017:

    >>> import fundgap as fg
    >>> table = fg.check_partners().table
    >>> "Leeds" in set(table.loc[table["council_name"] == "Kirklees", "partner_name"])
    True
    """
    store = store or default_store()
    inspections = judgements_held(store) if inspections is None else inspections
    years = council_years(store) if years is None else years
    register = interventions(store)
    register = register[register["kind"].isin(HELP) & register["partner_councils"].notna()].sort_values(["started_on", "council"])
    rows = []
    for event in register.itertuples():
        found = partners(str(event.council), pd.Timestamp(str(event.started_on)), inspections=inspections, years=years, store=store)
        event_columns = {name: getattr(event, name) for name in ("council", "council_name", "kind", "started_on", "precision")}
        rows += [event_columns | _row(str(partner), found.table) for partner in str(event.partner_councils).split()]
    if not rows:
        raise NoData("The register of interventions names no council that helped another.")
    table = pd.DataFrame(rows)
    names = inspections.drop_duplicates("council").set_index("council")["council_name"]
    table.insert(3, "partner_name", table["partner"].map(names))
    ranked = table.dropna(subset="rank")
    variances = (ranked["candidates"] + 1) / (12 * (ranked["candidates"] - 1))
    spread = float(norm.ppf(0.5 + level / 2)) * float(np.sqrt(variances.sum())) / len(ranked)
    return PartnerCheck(table, float(ranked["share_ahead"].mean()), max(0.0, 0.5 - spread), min(1.0, 0.5 + spread))


def _row(partner: str, table: pd.DataFrame) -> dict[str, object]:
    """Return where one partner stands in a table of candidates; missing where it is none of them."""
    own = table[table["council"] == partner]
    if own.empty:
        nothing = dict.fromkeys(
            ("is_same_region", "region_share", "rank", "share_ahead", "closer_than", "neighbour_position"), float("nan")
        )
        return {"partner": partner, "partner_rating": "", "candidates": len(table)} | nothing
    found = own.iloc[0]
    ahead = (found["rank_by_distance"] - 1) / (len(table) - 1)
    return {
        "partner": partner,
        "partner_rating": str(found["rating"]),
        "candidates": len(table),
        "is_same_region": bool(found["is_same_region"]),
        "region_share": float(table["is_same_region"].mean()),
        "rank": float(found["rank_by_distance"]),
        "share_ahead": float(ahead),
        "closer_than": float(found["closer_than"]),
        "neighbour_position": float(found["neighbour_position"]),
    }
