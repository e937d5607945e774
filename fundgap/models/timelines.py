"""What followed each intervention: grades, spend and looked-after rate before and after, beside councils that started alike."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd

from fundgap.data.breaks import definition_breaks
from fundgap.data.councils import TINY_COUNCILS
from fundgap.data.interventions import interventions
from fundgap.data.prices import BASE_YEAR, financial_year, financial_year_of, in_real_terms
from fundgap.data.store import Store, default_store
from fundgap.data.tables import RATINGS
from fundgap.errors import BadArgument, NoData
from fundgap.models.in_force import grades_at
from fundgap.models.journeys import Journeys, as_journeys

MATCHES = 5
# "At about the same time": reports no further apart than this.
DAYS_APART = 730
# Financial years from that of the start: the three before it, and the third to fifth after it.
BEFORE, AFTER = (-3, -2, -1), (3, 4, 5)
# A grade takes years to be looked at again: the one in force so long after the start is compared.
YEARS_AFTER = pd.DateOffset(years=3)
# Column: council down, financial year across.
Wide = dict[str, pd.DataFrame]
SPEND, LOOKED_AFTER = "gross_spend_per_child_real", "looked_after_per_10k"


@dataclass(frozen=True)
class Timelines:
    """The councils of the register of interventions, each beside councils that started alike.

    Parameters
    ----------
    councils
        One row a council: council, council_name, interventions (in words), started_on (the first of them), rating and judged_on (in
        force on that day), next_rating and next_judged_on, rating_after (in force three years on), latest_rating, alike (how many councils
        are beside it), better_after and alike_better_after (whether it, and what share of them, then had a better grade), spend_before,
        spend_after (£ a child, real), spend_change and alike_spend_change (shares; the median of the councils alike),
        looked_after_before, looked_after_after (per 10,000), looked_after_change, alike_looked_after_change. Before: mean of the three
        years before that of the start, or of those of them since 2012-13, when spend was last redefined; after: mean of the third to
        fifth year after it; missing where a year is.
    yearly
        One row a council and financial year: council, council_name, financial_year, years_from_start, spend (£ a child, real;
        missing before 2012-13, when its definition last changed), looked_after (per 10,000), alike_spend and alike_looked_after
        (medians), alike_with_spend, alike_with_looked_after (how many).
    judgements
        Every judgement of the councils and of those alike: council, of (the council it stands beside; itself for its own), stage,
        publication_date, rating.
    matches
        Who stands beside whom: council, match, match_name, rating, judged_on, days_apart (between the two reports), imd_apart (points of
        the IMD score).
    left_out
        Councils of the register without a line: council, council_name, reason.
    price_base
        Year of the prices.
    """

    councils: pd.DataFrame
    yearly: pd.DataFrame
    judgements: pd.DataFrame
    matches: pd.DataFrame
    left_out: pd.DataFrame
    price_base: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row a council."""
        return self.councils

    def __str__(self) -> str:
        better = self.councils["better_after"].dropna()
        return (
            f"{len(self.councils)} councils with a known intervention; three years on the grade in force was better than at its start in "
            f"{int(better.sum())} of {len(better)}, and on average in {self.councils['alike_better_after'].mean():.0%} of the councils "
            "that started alike. What led to an intervention also goes with what followed: nothing here says what it did."
        )

    def _repr_html_(self) -> str:
        return f"<p>{escape(str(self))}</p>{self.councils.round(2).to_html(index=False, escape=True)}"


def intervention_timelines(
    inspections: pd.DataFrame | Journeys, years: pd.DataFrame, *, matches: int = MATCHES, store: Store | None = None
) -> Timelines:
    """Return what went before and what followed each intervention on the register, beside councils that started alike.

    Parameters
    ----------
    inspections, years
        `fundgap.inspections()` (or the journeys made of it) and `fundgap.council_years()`.
    matches
        How many councils to set beside each.

    Notes
    -----
    Started alike: the same grade in force on the day the first intervention began, from a report within two years of the council's own;
    never on the register; of these the nearest by IMD score of the edition in force that year. (Where fewer have the grade, fewer stand
    there.) They are alike in grade and deprivation and in nothing else: those that got an intervention had often failed twice or in every
    part, and the register holds the interventions that made the news. So a difference is no estimate of what an intervention did.

    Raises
    ------
    NoData
        When no council of the register has figures.
    BadArgument
        For fewer than one match.

    Examples
    --------
    >>> import fundgap as fg
    >>> timelines = fg.intervention_timelines(fg.inspections(), fg.council_years())
    >>> "Doncaster" in set(timelines.councils["council_name"])
    True
    """
    if matches < 1:
        raise BadArgument(f"intervention_timelines: matches is {matches}; expected 1 or more councils to set beside each.")
    store = store or default_store()
    paths = as_journeys(inspections, store)
    real = _comparable(in_real_terms(years, store=store), store)
    wide = {column: real[column].unstack("financial_year") for column in (SPEND, LOOKED_AFTER)}
    register = interventions(store).sort_values(["started_on", "kind"])
    rows, yearly, judged, matched, left_out = [], [], [], [], []
    for council, events in register.groupby("council"):
        start, name = events["started_on"].iloc[0], events["council_name"].iloc[0]
        beside = _alike(str(council), start, paths, real, set(register["council"]), matches, store)
        if beside.empty:
            left_out.append({"council": council, "council_name": name, "reason": "no grade or figures when it began, or nobody alike"})
            continue
        lines = _yearly(str(council), list(beside["match"]), start, real)
        identity = {"council": council, "council_name": name}
        yearly.append(lines.assign(**identity))
        matched.append(beside.assign(council=council))
        judged.append(_judgements(str(council), list(beside["match"]), paths.steps))
        rows.append(identity | _summary(str(council), events, beside, paths, wide))
    if not rows:
        raise NoData("No council of the register of interventions has figures and a grade at its start.")
    lines = pd.concat(yearly, ignore_index=True)
    first = ["council", "council_name"]
    return Timelines(
        pd.DataFrame(rows).sort_values("started_on", ignore_index=True),
        lines[[*first, *(name for name in lines if name not in first)]],
        pd.concat(judged, ignore_index=True),
        pd.concat(matched, ignore_index=True)[["council", "match", "match_name", "rating", "judged_on", "days_apart", "imd_apart"]],
        pd.DataFrame(left_out, columns=["council", "council_name", "reason"]),
        BASE_YEAR,
    )


def _comparable(real: pd.DataFrame, store: Store) -> pd.DataFrame:
    """Return the panel by council and year, without spend of years before its definition last changed."""
    breaks = definition_breaks(store)
    redrawn = breaks[(breaks["category"] == "gross_spend") & (breaks["measure"] == "gross") & ~breaks["is_comparable"]]
    spend = real[SPEND].where(real["financial_year"] >= redrawn["first_year_after"].max())
    return real.assign(**{SPEND: spend}).set_index(["council", "financial_year"]).sort_index()


def _alike(
    council: str, start: pd.Timestamp, paths: Journeys, real: pd.DataFrame, registered: set[str], matches: int, store: Store
) -> pd.DataFrame:
    """Return the councils that started alike, the nearest in deprivation first."""
    grades = grades_at(paths, start, store=store).table
    own = grades[grades["council"] == council]
    year = financial_year_of(f"{start:%Y-%m-%d}")
    scores = real.xs(year, level="financial_year")["imd_score"].dropna()
    if own.empty or council not in scores.index:
        return pd.DataFrame()
    others = grades[~grades["council"].isin([*registered, *TINY_COUNCILS]) & grades["council"].isin(scores.index)]
    others = others[others["rating"] == own["rating"].iloc[0]]
    table = pd.DataFrame(
        {
            "match": others["council"],
            "match_name": others["council_name"],
            "rating": others["rating"],
            "judged_on": others["publication_date"],
            "days_apart": (others["publication_date"] - own["publication_date"].iloc[0]).dt.days,
            "imd_apart": others["council"].map(scores) - scores[council],
        }
    )
    near = table[table["days_apart"].abs() <= DAYS_APART]
    return near.assign(size=near["imd_apart"].abs()).sort_values(["size", "match"]).head(matches).drop(columns="size")


def _yearly(council: str, others: list[str], start: pd.Timestamp, real: pd.DataFrame) -> pd.DataFrame:
    own = real.loc[council]
    beside = real[real.index.get_level_values("council").isin(others)].groupby(level="financial_year")
    begins = int(financial_year_of(f"{start:%Y-%m-%d}")[:4])
    columns = {
        "years_from_start": [int(str(year)[:4]) - begins for year in own.index],
        "spend": own[SPEND],
        "looked_after": own[LOOKED_AFTER],
        "alike_spend": beside[SPEND].median().reindex(own.index),
        "alike_looked_after": beside[LOOKED_AFTER].median().reindex(own.index),
        "alike_with_spend": beside[SPEND].count().reindex(own.index, fill_value=0),
        "alike_with_looked_after": beside[LOOKED_AFTER].count().reindex(own.index, fill_value=0),
    }
    return pd.DataFrame(columns, index=own.index).reset_index()


def _judgements(council: str, others: list[str], steps: pd.DataFrame) -> pd.DataFrame:
    rows = steps.loc[steps["council"].isin([council, *others]), ["council", "stage", "publication_date", "rating"]]
    return rows.assign(of=council)


def _summary(council: str, events: pd.DataFrame, beside: pd.DataFrame, paths: Journeys, wide: Wide) -> dict[str, object]:
    start = events["started_on"].iloc[0]
    words = "; ".join(f"{row.kind} {row.started_on:%Y}" for row in events.itertuples())
    begins = int(financial_year_of(f"{start:%Y-%m-%d}")[:4])
    theirs = [_grades(other, start, paths)["better_after"] for other in beside["match"]]
    known = [bool(better) for better in theirs if better is not None]
    row: dict[str, object] = {"interventions": words, "started_on": start, **_grades(council, start, paths)}
    row |= {"alike": len(beside), "alike_better_after": float(np.mean(known)) if known else np.nan}
    for name, column in (("spend", SPEND), ("looked_after", LOOKED_AFTER)):
        before, after = _mean(council, begins, BEFORE, wide[column]), _mean(council, begins, AFTER, wide[column])
        changes = pd.Series(list(_changes(list(beside["match"]), begins, wide[column])), dtype=float)
        row |= {
            f"{name}_before": before,
            f"{name}_after": after,
            f"{name}_change": after / before - 1,
            f"alike_{name}_change": changes.median(),
        }
    return row


def _grades(council: str, start: pd.Timestamp, paths: Journeys) -> dict[str, object]:
    """Return a council's grade in force on a day, its next, the one three years on and its latest; what there is not is None."""
    path = paths.of(council)
    before, after = path[path["publication_date"] <= start].iloc[-1], path[path["publication_date"] > start]
    row = {"rating": before["rating"], "judged_on": before["publication_date"], "latest_rating": path["rating"].iloc[-1]}
    row |= {"next_rating": None, "next_judged_on": pd.NaT, "rating_after": None, "better_after": None}
    if len(after):
        row |= {"next_rating": after["rating"].iloc[0], "next_judged_on": after["publication_date"].iloc[0]}
    day, ends_on = start + YEARS_AFTER, paths.paths.loc[paths.paths["council"] == council, "ends_on"]
    if day <= paths.steps["publication_date"].max() and not (ends_on < day).any():
        then = path[path["publication_date"] <= day].iloc[-1]["rating"]
        row |= {"rating_after": then, "better_after": RATINGS.index(then) > RATINGS.index(before["rating"])}
    return row


def _mean(council: str, begins: int, span: tuple[int, ...], values: pd.DataFrame) -> float:
    """Return a council's mean over years counted from that of the start; missing where one of them is, years before the series apart."""
    begun = values.columns[values.notna().any().to_numpy()][0]
    wanted = [year for year in (financial_year(begins + step) for step in span) if year >= begun]
    return float(values.reindex(index=[council], columns=wanted).to_numpy(float).mean()) if wanted else float("nan")


def _changes(others: list[str], begins: int, values: pd.DataFrame) -> Iterator[float]:
    for other in others:
        yield _mean(other, begins, AFTER, values) / _mean(other, begins, BEFORE, values) - 1
