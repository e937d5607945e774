"""Partners: the good and outstanding councils most like a council, how alike and on what, and who is known to help whom."""

from collections.abc import Hashable
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from fundgap.data.councils import TINY_COUNCILS, councils, resolve
from fundgap.data.prices import financial_year_of
from fundgap.data.store import Store, default_store
from fundgap.errors import NoData
from fundgap.models.in_force import GradesAt
from fundgap.models.likeness import DIMENSIONS, Likeness
from fundgap.models.partner_facts import FIT_TO_HELP, PartnerFacts, facts_on

_COLUMNS = [
    "rank",
    "council",
    "council_name",
    "region",
    "council_class",
    "rating",
    "judged_on",
    "good_since",
    "years_good",
    "neighbour_position",
    "closeness",
    "distance",
    "rank_by_distance",
    "closer_than",
    "is_same_region",
    "most_alike",
    "least_alike",
    "known_help",
]


@dataclass(frozen=True)
class Partners:
    """The good and outstanding councils most like a council.

    Parameters
    ----------
    council, council_name, region, rating
        The council asked about, and its own grade on the day ("" = none).
    as_at
        The day of the grades.
    financial_year
        Of the figures it is compared by.
    uses_neighbours
        Whether official statistical neighbours stand first: from the year of their list on.
    table
        One row a candidate, the most like first: rank, council, council_name, region, council_class, rating, judged_on (report),
        good_since (first report of the unbroken run of good or better), years_good, neighbour_position (1 = nearest of the ten official
        statistical neighbours) and closeness (the publisher's word; missing = not one of them), distance, rank_by_distance, closer_than
        (share of all pairs of councils that are less alike), is_same_region, most_alike and least_alike (dimension, in words), known_help
        (what is known of whom it helped, in words).
    dimensions
        One row a candidate and dimension: council, council_name, dimension, label, own, theirs (its unit), apart (in standard
        deviations; + = theirs is higher).
    left_out
        Good or outstanding councils that cannot be compared: council, council_name, reason.
    """

    council: str
    council_name: str
    region: str
    rating: str
    as_at: pd.Timestamp
    financial_year: str
    uses_neighbours: bool
    table: pd.DataFrame
    dimensions: pd.DataFrame
    left_out: pd.DataFrame

    def first(self, count: int = 10) -> pd.DataFrame:
        """Return the first rows of the table."""
        return self.table.head(count)

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.table

    def in_words(self, count: int = 5) -> list[str]:
        """Return what a director would be told of the first partners, a sentence each."""
        return [_sentence(row) for row in self.first(count).to_dict("records")]

    def told(self, count: int = 5) -> str:
        """Return the first partners in words, one a line, under what was asked."""
        own = f"judged {self.rating.lower()}" if self.rating else "not judged yet"
        basis = "official statistical neighbours first, then by likeness" if self.uses_neighbours else "by likeness"
        head = (
            f"{self.council_name} ({self.region}; {own} as at {self.as_at:%-d %b %Y}): of {len(self.table)} good or outstanding councils "
            f"those most like it, {basis} in {self.financial_year}."
        )
        lines = [f"{place}. {text}" for place, text in enumerate(self.in_words(count), start=1)]
        return "\n".join([head, *lines, "Whether a council has room to help, and wants to, is in no figure: ask."])

    def __str__(self) -> str:
        return self.told()

    def _repr_html_(self) -> str:
        head, *lines = str(self).split("\n")
        items = "".join(f"<li>{escape(line.partition('. ')[2])}</li>" for line in lines[:-1])
        return f"<p>{escape(head)}</p><ol>{items}</ol><p>{escape(lines[-1])}</p>"


def partners(
    council: str | int,
    as_at: str | pd.Timestamp | None = None,
    *,
    inspections: pd.DataFrame | None = None,
    years: pd.DataFrame | None = None,
    store: Store | None = None,
) -> Partners:
    """Return the good and outstanding councils most like a council, the most like first.

    Parameters
    ----------
    council
        Name, ONS code or DfE number.
    as_at
        A day of the past: grades in force then (by report), figures of the last complete financial year before it, and only help
        that had begun. Where left out: the latest grades held, and the latest year of figures.
    inspections, years
        `fundgap.inspections()` and `fundgap.council_years()`; read where left out.

    Raises
    ------
    UnknownCouncil
        With the nearest names.
    NoData
        When the council lacks a figure it would be compared by, or there is nobody to compare it with.

    Notes
    -----
    Official statistical neighbours (Department for Education, May 2025, on its own set of variables) stand first, in their order; then all
    others by `likeness`. The grade decides who is fit to help, and a grade is years old when it is read; it says nothing of room to help.
    The two tiny councils are never partners.

    Examples
    --------
    >>> import fundgap as fg
    >>> alike = fg.partners("Kirklees")
    >>> alike.council_name, set(alike.table["rating"]) <= {"Good", "Outstanding"}
    ('Kirklees', True)
    """
    store = store or default_store()
    facts = facts_on(as_at, inspections, years, store)
    return _of(resolve(council, financial_year_of(f"{facts.day:%Y-%m-%d}"), store), facts)


def partners_of_all(
    inspections: pd.DataFrame | None = None, years: pd.DataFrame | None = None, store: Store | None = None
) -> tuple[dict[str, Partners], dict[str, str]]:
    """Return `partners` of every council there is now, by ONS code, and why there are none for the others.

    The same as asking one by one, with all that does not depend on who asks read once.
    """
    store = store or default_store()
    facts = facts_on(None, inspections, years, store)
    found, reasons = {}, {}
    register = councils(store)
    for code in register.loc[register["last_year"].isna(), "council"]:
        try:
            found[str(code)] = _of(str(code), facts)
        except NoData as fault:
            reasons[str(code)] = str(fault)
    return found, reasons


def _of(code: str, facts: PartnerFacts) -> Partners:
    """Return the partners of one council."""
    day, table = facts.day, facts.grades.table
    candidates = table[table["rating"].isin(FIT_TO_HELP) & (table["council"] != code)]
    table, left_out = _compared(code, candidates, facts.alike)
    if table.empty:
        raise NoData(f"No good or outstanding council as at {day:%Y-%m-%d} to compare with.")
    own = facts.neighbours.loc[facts.neighbours["asking"] == code].drop(columns="asking")
    table = table.merge(own, how="left", on="council").merge(facts.held, how="left", on="council")
    table["council_class"] = table["council"].map(facts.register["council_class"])
    table["is_same_region"] = table["region"] == facts.register.at[code, "region"]
    table["known_help"] = table["council"].map(facts.helped)
    order = ["neighbour_position", "distance", "council"] if facts.uses_neighbours else ["distance", "council"]
    table["rank_by_distance"] = table["distance"].rank(method="first").astype(int)
    table = table.sort_values(order, ignore_index=True)
    table["rank"] = np.arange(1, len(table) + 1)
    dimensions = _dimensions(code, table, facts.alike)
    table = table.merge(_extremes(dimensions), how="left", on="council")[_COLUMNS]
    name, region = (str(facts.register.at[code, column]) for column in ("council_name", "region"))
    rating = _own_rating(code, facts.grades)
    return Partners(code, name, region, rating, day, facts.year, facts.uses_neighbours, table, dimensions, left_out)


def _own_rating(code: str, grades: GradesAt) -> str:
    own = grades.table.loc[grades.table["council"] == code, "rating"]
    return str(own.iloc[0]) if len(own) else ""


def _compared(code: str, candidates: pd.DataFrame, alike: Likeness) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the candidates with their distance, and those that have none with the reason."""
    reasons = alike.left_out.set_index("council")["reason"].to_dict()
    reason = candidates["council"].map(reasons)
    reason = reason.mask(reason.isna() & ~candidates["council"].isin(alike.councils), f"did not exist in {alike.financial_year}")
    reason = reason.mask(candidates["council"].isin(TINY_COUNCILS), "tiny council")
    used = candidates[reason.isna()].rename(columns={"publication_date": "judged_on"})
    from_here = alike.distance[alike.place(code)]
    distance = np.array([from_here[alike.place(other)] for other in used["council"]])
    table = used[["council", "council_name", "region", "rating", "judged_on"]].assign(
        distance=distance, closer_than=alike.closer_than(distance)
    )
    return table, candidates.assign(reason=reason).loc[reason.notna(), ["council", "council_name", "reason"]].reset_index(drop=True)


def _dimensions(code: str, table: pd.DataFrame, alike: Likeness) -> pd.DataFrame:
    names, here = list(DIMENSIONS), alike.place(code)
    there = [alike.place(str(other)) for other in table["council"]]
    figures = alike.figures[names].to_numpy(float)
    return pd.DataFrame(
        {
            "council": table["council"].repeat(len(names)).to_list(),
            "council_name": table["council_name"].repeat(len(names)).to_list(),
            "dimension": names * len(there),
            "label": list(DIMENSIONS.values()) * len(there),
            "own": np.tile(figures[here], len(there)),
            "theirs": figures[there].ravel(),
            "apart": (alike.standardised[there] - alike.standardised[here]).ravel(),
        }
    )


def _extremes(dimensions: pd.DataFrame) -> pd.DataFrame:
    """Return, for each council, in which dimension it is most and least alike, in words."""
    size = dimensions.assign(size=dimensions["apart"].abs()).sort_values(["council", "size"], kind="stable")
    beside = [f" ({_amount(theirs)}, here {_amount(own)})" for theirs, own in zip(size["theirs"], size["own"], strict=True)]
    words = size["label"] + beside
    of_council = words.groupby(size["council"])
    return pd.DataFrame({"most_alike": of_council.first(), "least_alike": of_council.last()}).reset_index()


def _amount(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _sentence(row: dict[Hashable, Any]) -> str:
    """Return one partner in a sentence."""
    is_neighbour = pd.notna(row["neighbour_position"])
    near = f"official neighbour {row['neighbour_position']:.0f} ({str(row['closeness']).lower()})" if is_neighbour else ""
    place = "same region" if row["is_same_region"] else str(row["region"])
    since = f"good or better since {row['good_since']:%b %Y}"
    parts = [near, place, f"{str(row['rating']).lower()} ({row['judged_on']:%b %Y}), {since}"]
    parts += [f"more alike than {row['closer_than']:.0%} of pairs", f"closest in {row['most_alike']}, least close in {row['least_alike']}"]
    parts += [f"known: {row['known_help']}"] if row["known_help"] else []
    return f"{row['council_name']}: " + "; ".join(part for part in parts if part) + "."
