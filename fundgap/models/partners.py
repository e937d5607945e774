"""Partners: the good and outstanding councils most like a council, how alike and on what, and who is known to help whom."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fundgap.data.as_at import register_end
from fundgap.data.councils import TINY_COUNCILS, councils, resolve
from fundgap.data.interventions import helpers, interventions
from fundgap.data.panel import council_years
from fundgap.data.panel import inspections as judgements_held
from fundgap.data.prices import financial_year_of, years_after
from fundgap.data.sources import read_register
from fundgap.data.store import Store, default_store
from fundgap.data.vintages import raw_table
from fundgap.errors import NoData
from fundgap.models.in_force import GradesAt, as_day, grades_at
from fundgap.models.journeys import Journeys, journeys
from fundgap.models.likeness import DIMENSIONS, Likeness, likeness
from fundgap.models.survival import DAYS_IN_YEAR

FIT_TO_HELP = ("Good", "Outstanding")
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
    basis = basis_on(as_at, inspections, years, store)
    return partners_on(resolve(council, financial_year_of(f"{basis.day:%Y-%m-%d}"), store), basis)


def partners_of_all(
    inspections: pd.DataFrame | None = None, years: pd.DataFrame | None = None, store: Store | None = None
) -> tuple[dict[str, Partners], dict[str, str]]:
    """Return `partners` of every council there is now, by ONS code, and why there are none for the others.

    The same as asking one by one, with all that does not depend on who asks read once.
    """
    store = store or default_store()
    basis = basis_on(None, inspections, years, store)
    register = councils(store)
    return _of_each(register.loc[register["last_year"].isna(), "council"], basis)


@dataclass(frozen=True)
class Basis:
    """What is the same whoever asks: grades, figures and lists on a day; `helped` is whom each council is known to have helped."""

    day: pd.Timestamp
    year: str
    grades: GradesAt
    alike: Likeness
    neighbours: pd.DataFrame
    uses_neighbours: bool
    held: pd.DataFrame
    helped: dict[str, str]
    register: pd.DataFrame


def basis_on(as_at: str | pd.Timestamp | None, inspections: pd.DataFrame | None, years: pd.DataFrame | None, store: Store) -> Basis:
    """Return what partners are found by on a day, as `partners` takes it; `partners_on` asks it for one council after another."""
    inspections = judgements_held(store) if inspections is None else inspections
    years = council_years(store) if years is None else years
    day = register_end(inspections, store) if as_at is None else as_day(as_at)
    year = years["financial_year"].max() if as_at is None else years_after(financial_year_of(f"{day:%Y-%m-%d}"), -1)
    paths = journeys(inspections, store)
    grades = grades_at(paths, day, counted="inspected" if as_at is None else "published", store=store)
    register = councils(store).set_index("council")
    helped = dict(zip(register.index, _known_help(register.index.to_series(), day, store), strict=True))
    held = _held(paths, day, as_at is None)
    return Basis(day, year, grades, likeness(years, year), *_neighbours(day, store), held, helped, register)


def partners_on(code: str, basis: Basis) -> Partners:
    """Return the partners of a council given by ONS code.

    Raises
    ------
    NoData
        As `partners`.
    """
    found, reasons = _of_each([code], basis)
    if code in reasons:
        raise NoData(reasons[code])
    return found[code]


def _of_each(codes: Iterable[str], basis: Basis) -> tuple[dict[str, Partners], dict[str, str]]:
    """Return the partners of each council, and why there are none for the others: worked out for all of them in one table."""
    fit = basis.grades.table[basis.grades.table["rating"].isin(FIT_TO_HELP)]
    fit = fit.assign(reason=_why_not(fit["council"], basis.alike))
    reasons = {code: _why_none(code, fit, basis) for code in codes}
    asking = [code for code, reason in reasons.items() if not reason]
    pairs = _ranked(asking, fit[fit["reason"].isna()], basis)
    dimensions = _dimensions(pairs, basis.alike)
    pairs = pd.concat([pairs, _extremes(dimensions)], axis=1)
    left_out = fit.loc[fit["reason"].notna(), ["council", "council_name", "reason"]]
    found = {}
    graded = basis.grades.table.set_index("council")["rating"].to_dict()
    width, last = len(DIMENSIONS), 0
    for code, count in zip(asking, pairs["asking"].value_counts(sort=False).reindex(asking), strict=True):
        first, last = last, last + count
        table = pairs[_COLUMNS].iloc[first:last].reset_index(drop=True)
        parts = dimensions.iloc[first * width : last * width].reset_index(drop=True)
        others = left_out[left_out["council"] != code].reset_index(drop=True)
        found[code] = _one(code, str(graded.get(code, "")), basis, table, parts, others)
    return found, {code: reason for code, reason in reasons.items() if reason}


def _one(code: str, rating: str, basis: Basis, table: pd.DataFrame, dimensions: pd.DataFrame, left_out: pd.DataFrame) -> Partners:
    name, region = (str(basis.register.at[code, column]) for column in ("council_name", "region"))
    return Partners(code, name, region, rating, basis.day, basis.year, basis.uses_neighbours, table, dimensions, left_out)


def _why_none(code: str, fit: pd.DataFrame, basis: Basis) -> str:
    """Return why a council has no partners; "" where it has."""
    try:
        basis.alike.place(code)
    except NoData as fault:
        return str(fault)
    is_out = fit["reason"].notna() | (fit["council"] == code)
    return f"No good or outstanding council as at {basis.day:%Y-%m-%d} to compare with." if is_out.all() else ""


def _ranked(asking: Sequence[str], candidates: pd.DataFrame, basis: Basis) -> pd.DataFrame:
    """Return every pair of a council asking and a candidate, in the order of the asking and then the most like first."""
    alike = basis.alike
    candidates = candidates.rename(columns={"publication_date": "judged_on"})
    own = pd.DataFrame({"asking": asking, "asked": np.arange(len(asking))})
    table = own.merge(candidates[["council", "council_name", "region", "rating", "judged_on"]], how="cross")
    table = table[table["council"] != table["asking"]]
    here, theirs = (_places(table[name], alike) for name in ("asking", "council"))
    distance = alike.distance[here, theirs]
    table = table.assign(distance=distance, closer_than=alike.closer_than(distance))
    table = table.merge(basis.neighbours, how="left", on=["asking", "council"]).merge(basis.held, how="left", on="council")
    table["council_class"] = table["council"].map(basis.register["council_class"])
    table["is_same_region"] = table["region"] == table["asking"].map(basis.register["region"])
    table["known_help"] = table["council"].map(basis.helped)
    order = ["neighbour_position", "distance", "council"] if basis.uses_neighbours else ["distance", "council"]
    table["rank_by_distance"] = table.groupby("asked")["distance"].rank(method="first").astype(int)
    table = table.sort_values(["asked", *order], ignore_index=True)
    return table.assign(rank=table.groupby("asked").cumcount() + 1)


def _places(codes: pd.Series, alike: Likeness) -> NDArray[np.intp]:
    """Return where councils stand in the arrays of their likeness, (n,)."""
    return pd.Index(alike.councils).get_indexer(codes)


def _why_not(candidates: pd.Series, alike: Likeness) -> pd.Series:
    """Return for each candidate why it cannot be compared; missing where it can."""
    reason = candidates.map(alike.left_out.set_index("council")["reason"].to_dict())
    reason = reason.mask(reason.isna() & ~candidates.isin(alike.councils), f"did not exist in {alike.financial_year}")
    return reason.mask(candidates.isin(TINY_COUNCILS), "tiny council")


def _neighbours(day: pd.Timestamp, store: Store) -> tuple[pd.DataFrame, bool]:
    """Return every council's official statistical neighbours (`asking`: whose), and whether their list was there in the year of the day."""
    rows = raw_table("neighbours", store=store)
    register = read_register(store)
    listed_in = max(max(register[name].years) for name in rows["source"].unique())
    rows = rows.rename(columns={"council": "asking", "position": "neighbour_position"})
    return rows[["asking", "neighbour", "neighbour_position", "closeness"]].rename(columns={"neighbour": "council"}), day.year >= listed_in


def _held(paths: Journeys, day: pd.Timestamp, counts_late_reports: bool) -> pd.DataFrame:
    """Return since when each council has been good or better without a break: council, good_since, years_good (0 for a later report)."""
    steps = paths.steps if counts_late_reports else paths.steps[paths.steps["publication_date"] <= day]
    is_good = steps["rating"].isin(FIT_TO_HELP)
    # A run is numbered by how many worse judgements lie before it.
    run = (~is_good).groupby(steps["council"]).cumsum()
    last_run = run.groupby(steps["council"]).transform("max")
    since = steps[is_good & (run == last_run)].groupby("council")["publication_date"].min()
    years = ((day - since).dt.days / DAYS_IN_YEAR).clip(lower=0)
    return pd.DataFrame({"good_since": since, "years_good": years}).reset_index()


def _known_help(those: pd.Series, day: pd.Timestamp, store: Store) -> list[str]:
    """Return in words, for each council, whom it is known to have helped by the day, and whether it was named fit to."""
    words: dict[str, list[str]] = {str(council): [] for council in those}
    register = interventions(store).sort_values("started_on")
    for row in register[register["started_on"] <= day].dropna(subset="partner_councils").itertuples():
        for helper in set(str(row.partner_councils).split()) & set(words):
            words[helper].append(f"{row.council_name} ({row.kind}, {row.started_on:%Y})")
    named = helpers(store)
    for row in named[(named["named_on"] <= day) & named["council"].isin(list(words))].itertuples():
        words[str(row.council)].append(f"named {row.role}, {row.named_on:%Y}")
    return ["; ".join(words[str(council)]) for council in those]


def _dimensions(pairs: pd.DataFrame, alike: Likeness) -> pd.DataFrame:
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


def _extremes(dimensions: pd.DataFrame) -> pd.DataFrame:
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
