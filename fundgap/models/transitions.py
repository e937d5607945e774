"""From one judgement to the next: how many councils went from which grade to which, under which frameworks."""

from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd

from fundgap.data.store import Store
from fundgap.data.tables import RATINGS
from fundgap.errors import NoData
from fundgap.models.journeys import Journeys, as_journeys
from fundgap.models.proportions import clustered_interval

ALL = "all"


@dataclass(frozen=True)
class Transitions:
    """Judgements by the grade before.

    Parameters
    ----------
    table
        One row a pair of stages ("SIF → ILACS"; "all" = every pair together), grade before and grade after: pair, from_stage, to_stage,
        from_rating, to_rating, count, from_total (judgements of that pair with that grade before), councils (that they are of), share
        (of from_total), lower, upper.
    moves
        One row a pair: pair, from_stage, to_stage, transitions, better, same, worse (counts), better_share, better_lower, better_upper,
        worse_share, worse_lower, worse_upper, median_days (from report to report).
    judgements, firsts
        Judgements on all paths, and how many of them have none before: judgements = transitions + firsts.
    level
        Of the intervals.
    """

    table: pd.DataFrame
    moves: pd.DataFrame
    judgements: int
    firsts: int
    level: float

    def matrix(self, pair: str = ALL) -> pd.DataFrame:
        """Return the counts of a pair, (4, 4): grade before down, grade after across, the worst first.

        Raises
        ------
        NoData
            When there is no such pair.
        """
        rows = self.table[self.table["pair"] == pair]
        if rows.empty:
            raise NoData(f"No pair '{pair}'. There are: {', '.join(self.table['pair'].unique())}.")
        wide = rows.pivot(index="from_rating", columns="to_rating", values="count")
        return wide.reindex(index=list(RATINGS), columns=list(RATINGS)).astype(int)

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.table

    def __str__(self) -> str:
        overall = self.moves[self.moves["pair"] == ALL].iloc[0]
        return (
            f"{self.judgements} judgements = {overall['transitions']} that follow another + {self.firsts} first ones; of those that follow "
            f"{overall['better']} are better, {overall['same']} the same, {overall['worse']} worse."
        )

    def _repr_html_(self) -> str:
        return f"<p>{escape(str(self))}</p>{self.matrix().to_html(escape=True)}"


def transitions(inspections: pd.DataFrame | Journeys, level: float = 0.95, store: Store | None = None) -> Transitions:
    """Count the judgements by the grade of the same council's judgement before, by pair of frameworks and overall.

    Parameters
    ----------
    inspections
        `fundgap.inspections()`, or the journeys made of it.
    level
        Of the intervals: Wilson's, with the effective number of rows where a council stands in a row more than once (see
        `proportions.design_effect`).

    Notes
    -----
    Frameworks differ in criteria, scope and who is inspected: re-inspections and child protection inspections were of councils in
    trouble. So "all" describes what happened and is no chance that a council faces today; for that read "ILACS → ILACS". A grade that is
    extreme for its council tends to be followed by one nearer the middle whatever is done (regression to the mean).

    Raises
    ------
    NoData
        When no council has two judgements.

    Examples
    --------
    Every judgement follows another or is a council's first:

    >>> import fundgap as fg
    >>> moves = fg.transitions(fg.inspections())
    >>> f"{moves.judgements} judgements, {moves.firsts} of them first ones"
    '661 judgements, 158 of them first ones'
    """
    paths = as_journeys(inspections, store)
    steps = paths.steps
    moves = steps[steps["step"] > 1].reset_index(drop=True)
    if moves.empty:
        raise NoData("No council has two judgements, so there is nothing to go from.")
    moves = moves.assign(pair=moves["previous_stage"] + " → " + moves["stage"], cluster=pd.factorize(moves["council"])[0])
    first_seen = moves.groupby("pair")["publication_date"].min().sort_values()
    parts = [*((pair, moves[moves["pair"] == pair]) for pair in first_seen.index), (ALL, moves)]
    table = pd.concat([_cells(pair, part, level) for pair, part in parts], ignore_index=True)
    summary = pd.DataFrame([_summary(pair, part, level) for pair, part in parts])
    return Transitions(table, summary, len(steps), len(steps) - len(moves), level)


def _stages(pair: str, part: pd.DataFrame) -> dict[str, str]:
    if pair == ALL:
        return {"pair": ALL, "from_stage": ALL, "to_stage": ALL}
    return {"pair": pair, "from_stage": part["previous_stage"].iloc[0], "to_stage": part["stage"].iloc[0]}


def _cells(pair: str, part: pd.DataFrame, level: float) -> pd.DataFrame:
    """Return the sixteen cells of a pair; shares are missing where no council came from that grade."""
    rows = []
    for before in RATINGS:
        these = part[part["previous_rating"] == before]
        total = {"from_total": len(these), "councils": these["council"].nunique()}
        for after in RATINGS:
            hits = these["rating"].eq(after).to_numpy(float)
            row = _stages(pair, part) | {"from_rating": before, "to_rating": after, "count": int(hits.sum())} | total
            rows.append(row | _share("", hits, these["cluster"].to_numpy(), level))
    return pd.DataFrame(rows)


def _share(prefix: str, hits: np.ndarray, clusters: np.ndarray, level: float) -> dict[str, float]:
    if not len(hits):
        return dict.fromkeys((f"{prefix}share", f"{prefix}lower", f"{prefix}upper"), float("nan"))
    lower, upper = clustered_interval(hits, clusters, level)
    return {f"{prefix}share": float(hits.mean()), f"{prefix}lower": lower, f"{prefix}upper": upper}


def _summary(pair: str, part: pd.DataFrame, level: float) -> dict[str, object]:
    step = part["rating"].cat.codes.astype(int) - part["previous_rating"].cat.codes.astype(int)
    clusters = part["cluster"].to_numpy()
    row: dict[str, object] = {**_stages(pair, part), "transitions": len(part)}
    row |= {"better": int((step > 0).sum()), "same": int((step == 0).sum()), "worse": int((step < 0).sum())}
    row |= _share("better_", (step > 0).to_numpy(float), clusters, level)
    row |= _share("worse_", (step < 0).to_numpy(float), clusters, level)
    return row | {"median_days": float(part["days_since_previous"].median())}
