"""What a day's partners are looked for among, whoever asks: grades, figures, the official list, and help that is known of."""

from dataclasses import dataclass

import pandas as pd

from fundgap.data.as_at import register_end
from fundgap.data.councils import councils
from fundgap.data.interventions import helpers, interventions
from fundgap.data.panel import council_years
from fundgap.data.panel import inspections as judgements_held
from fundgap.data.prices import financial_year_of, years_after
from fundgap.data.sources import read_register
from fundgap.data.store import Store
from fundgap.data.vintages import raw_table
from fundgap.models.in_force import GradesAt, as_day, grades_at
from fundgap.models.journeys import Journeys, journeys
from fundgap.models.likeness import Likeness, likeness
from fundgap.models.survival import DAYS_IN_YEAR

FIT_TO_HELP = ("Good", "Outstanding")


@dataclass(frozen=True)
class PartnerFacts:
    """The facts of a day.

    Parameters
    ----------
    day, year
        The day of the grades, and the financial year of the figures.
    grades, alike
        Grades in force, and how alike councils are.
    neighbours
        asking, council, neighbour_position, closeness: every council's official statistical neighbours.
    uses_neighbours
        Whether their list was there in the year of the day.
    held
        council, good_since, years_good: since when each has been good or better without a break.
    helped
        ONS code: whom the council is known to have helped, in words.
    register
        The register of councils, by ONS code.
    """

    day: pd.Timestamp
    year: str
    grades: GradesAt
    alike: Likeness
    neighbours: pd.DataFrame
    uses_neighbours: bool
    held: pd.DataFrame
    helped: dict[str, str]
    register: pd.DataFrame


def facts_on(as_at: str | pd.Timestamp | None, inspections: pd.DataFrame | None, years: pd.DataFrame | None, store: Store) -> PartnerFacts:
    """Return the facts of a day; today's, with judgements inspected but reported later, where no day is named."""
    inspections = judgements_held(store) if inspections is None else inspections
    years = council_years(store) if years is None else years
    day = register_end(inspections, store) if as_at is None else as_day(as_at)
    year = years["financial_year"].max() if as_at is None else years_after(financial_year_of(f"{day:%Y-%m-%d}"), -1)
    paths = journeys(inspections, store)
    grades = grades_at(paths, day, counted="inspected" if as_at is None else "published", store=store)
    register = councils(store).set_index("council")
    helped = dict(zip(register.index, _known_help(register.index.to_series(), day, store), strict=True))
    held = _held(paths, day, as_at is None)
    return PartnerFacts(day, year, grades, likeness(years, year), *_neighbours(day, store), held, helped, register)


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
