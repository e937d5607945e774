"""Partners: the good and outstanding councils most like a council, how alike and on what, and who is known to help whom."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from fundgap.data.councils import councils, resolve
from fundgap.data.prices import financial_year_of
from fundgap.data.store import Store, default_store
from fundgap.errors import NoData
from fundgap.models.likeness import DIMENSIONS
from fundgap.models.partner_facts import FIT_TO_HELP, PartnerFacts, facts_on
from fundgap.models.partner_pairs import dimensions_of, extremes, ranked, why_not

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
    return partners_on(resolve(council, financial_year_of(f"{facts.day:%Y-%m-%d}"), store), facts)


def partners_of_all(
    inspections: pd.DataFrame | None = None, years: pd.DataFrame | None = None, store: Store | None = None
) -> tuple[dict[str, Partners], dict[str, str]]:
    """Return `partners` of every council there is now, by ONS code, and why there are none for the others.

    The same as asking one by one, with all that does not depend on who asks read once.
    """
    store = store or default_store()
    register = councils(store)
    return _of_each(register.loc[register["last_year"].isna(), "council"], facts_on(None, inspections, years, store))


def partners_on(code: str, facts: PartnerFacts) -> Partners:
    """Return the partners of a council given by ONS code.

    Raises
    ------
    NoData
        As `partners`.
    """
    found, reasons = _of_each([code], facts)
    if code in reasons:
        raise NoData(reasons[code])
    return found[code]


def _of_each(codes: Iterable[str], facts: PartnerFacts) -> tuple[dict[str, Partners], dict[str, str]]:
    """Return the partners of each council, and why there are none for the others: worked out for all of them in one table."""
    fit = facts.grades.table[facts.grades.table["rating"].isin(FIT_TO_HELP)]
    fit = fit.assign(reason=why_not(fit["council"], facts.alike))
    reasons = {code: _why_none(code, fit, facts) for code in codes}
    asking = [code for code, reason in reasons.items() if not reason]
    pairs = ranked(asking, fit[fit["reason"].isna()], facts)
    dimensions = dimensions_of(pairs, facts.alike)
    pairs = pd.concat([pairs, extremes(dimensions)], axis=1)
    left_out = fit.loc[fit["reason"].notna(), ["council", "council_name", "reason"]]
    found = {}
    graded = facts.grades.table.set_index("council")["rating"].to_dict()
    width, last = len(DIMENSIONS), 0
    for code, count in zip(asking, pairs["asking"].value_counts(sort=False).reindex(asking), strict=True):
        first, last = last, last + count
        table = pairs[_COLUMNS].iloc[first:last].reset_index(drop=True)
        parts = dimensions.iloc[first * width : last * width].reset_index(drop=True)
        others = left_out[left_out["council"] != code].reset_index(drop=True)
        found[code] = _one(code, str(graded.get(code, "")), facts, table, parts, others)
    return found, {code: reason for code, reason in reasons.items() if reason}


def _one(code: str, rating: str, facts: PartnerFacts, table: pd.DataFrame, dimensions: pd.DataFrame, left_out: pd.DataFrame) -> Partners:
    name, region = (str(facts.register.at[code, column]) for column in ("council_name", "region"))
    return Partners(code, name, region, rating, facts.day, facts.year, facts.uses_neighbours, table, dimensions, left_out)


def _why_none(code: str, fit: pd.DataFrame, facts: PartnerFacts) -> str:
    """Return why a council has no partners; "" where it has."""
    try:
        facts.alike.place(code)
    except NoData as fault:
        return str(fault)
    is_out = fit["reason"].notna() | (fit["council"] == code)
    return f"No good or outstanding council as at {facts.day:%Y-%m-%d} to compare with." if is_out.all() else ""


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
