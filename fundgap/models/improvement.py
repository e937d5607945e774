"""How long it takes an inadequate council to be judged better, and how much of that is waiting for an inspection."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd

from fundgap.data.as_at import register_end
from fundgap.data.interventions import KINDS, interventions
from fundgap.data.store import Store
from fundgap.errors import NoData
from fundgap.models.in_force import as_day
from fundgap.models.journeys import Journeys, as_journeys
from fundgap.models.spells import Clock, spells
from fundgap.models.survival import DAYS_IN_MONTH, DAYS_IN_YEAR, Survival, kaplan_meier

INADEQUATE = "Inadequate"
MONTHS = (6, 12, 18, 24, 36, 48, 60)
NONE_KNOWN = "none on the register"
# These go on until they are wound up; help and oversight are counted where they began within the spell.
_VEHICLES = ("trust", "company", "shared company")


@dataclass(frozen=True)
class TimeToImprove:
    """From the report of an inadequate judgement to that of the next better one.

    Parameters
    ----------
    clock, as_at, level
        What was asked for: when the clock starts, where the record is cut off, level of the intervals.
    spells
        One row a spell; columns as `spells.spells` has them, and kinds: interventions begun within the spell, or running vehicles (trust,
        company), joined by "; ".
    curve
        Share still without a better judgement.
    next_judgement
        Share of inadequate reports (each of them) still without *any* later report: the waiting for an inspection.
    waits
        One row a pair of stages ("SIF → SIF re-inspection"; "all"): pair, judgements that followed an inadequate one, earliest_days,
        lower_quartile_days, median_days, upper_quartile_days, within_six_months, better (counts). Only what did follow is in it: the waits
        of those still waiting are longer, and are in `next_judgement`.
    by_kind
        One row a kind of intervention: kind, spells, councils, ended, median_years, lower, upper (since the first report), and of those
        that ended the least_from_start, median_from_start and most_from_start: years from the start of the intervention (or from the
        report, where it ran before) to the better report. A spell with two kinds is in two rows.
    """

    clock: Clock
    as_at: pd.Timestamp
    level: float
    spells: pd.DataFrame
    curve: Survival
    next_judgement: Survival
    waits: pd.DataFrame
    by_kind: pd.DataFrame

    def better_within(self, months: float) -> dict[str, float]:
        """Return the share judged better within so many months: share, lower, upper, ended, at_risk (see `Survival.ended_within`)."""
        return self.curve.ended_within(months * DAYS_IN_MONTH)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a span: months, share judged better, lower, upper, ended (spells), at_risk (followed that long)."""
        return pd.DataFrame([{"months": months} | self.better_within(months) for months in MONTHS])

    def __str__(self) -> str:
        middle, lower, upper = (f"{days / DAYS_IN_YEAR:.1f}" if np.isfinite(days) else "?" for days in self.curve.median)
        six = self.better_within(6)
        return (
            f"{len(self.spells)} inadequate spells of {self.spells['council'].nunique()} councils, {int(self.curve.spell_ended.sum())} "
            f"ended by a better judgement by {self.as_at:%-d %b %Y}: half after {middle} years ({lower} to {upper}); within six months "
            f"{six['share']:.1%} ({six['lower']:.1%} to {six['upper']:.1%})."
        )

    def _repr_html_(self) -> str:
        return f"<p>{escape(str(self))}</p>{self.to_frame().round(3).to_html(index=False, escape=True)}"


def time_to_improve(
    inspections: pd.DataFrame | Journeys,
    *,
    clock: Clock = "first",
    frameworks: Sequence[str] | None = None,
    as_at: str | pd.Timestamp | None = None,
    level: float = 0.95,
    store: Store | None = None,
) -> TimeToImprove:
    """Return how long councils judged inadequate were without a better judgement, from report to report.

    Parameters
    ----------
    inspections
        `fundgap.inspections()`, or the journeys made of it.
    clock
        "first": from the first inadequate report of an unbroken run of them, the time that children lived with it. "each": from every
        inadequate report, the reading kinder to the council.
    frameworks
        Only spells that began under these, such as ["SIF", "ILACS"]; all where left out.
    as_at
        The last day of the record; by default that of the releases (see `register_end`).

    Notes
    -----
    A grade changes only where an inspection takes place: this is the time until improvement was *judged*, not until it came about.
    Kaplan–Meier, cut off at the last day of the record or with the council (abolition, which has nothing to do with its grade as far as
    is known, though that cannot be shown from one case); log-log intervals with councils as clusters, since some have two spells. Runs
    that began before the record (August 2009) are counted from their first report in it.

    `by_kind` compares nothing: who got a trust was worse off to begin with, and a spell must last until a trust begins to be counted
    with it (Suissa, 2008, American Journal of Epidemiology 167, on such immortal time).

    Raises
    ------
    NoData
        When there is no such spell.

    Examples
    --------
    Nobody was judged better within six months of an inadequate report:

    >>> import fundgap as fg
    >>> spells = fg.time_to_improve(fg.inspections()).spells
    >>> int((spells["is_ended"] & (spells["days"] < 183)).sum())
    0
    """
    paths = as_journeys(inspections, store)
    end = register_end(paths.steps, store) if as_at is None else as_day(as_at)
    found = spells_under(paths, INADEQUATE, "better", end, clock, frameworks)
    register = interventions(store)
    found = found.assign(kinds=kinds_of(found, register))
    following = spells_under(paths, INADEQUATE, "any", end, "each", frameworks)
    return TimeToImprove(
        clock, end, level, found, curve_of(found, level), curve_of(following, level), _waits(following), _by_kind(found, register, level)
    )


def spells_under(
    paths: Journeys, grade: str, until: str, as_at: pd.Timestamp, clock: Clock, frameworks: Sequence[str] | None
) -> pd.DataFrame:
    """Return the spells that began under some frameworks, re-inspections included; as `spells.spells`.

    Raises
    ------
    NoData
        When there is none.
    """
    found = spells(paths, grade, until, as_at, clock)  # type: ignore[arg-type]
    if frameworks is not None:
        found = found[found["stage"].str.split().str[0].isin(list(frameworks))].reset_index(drop=True)
    if found.empty:
        raise NoData(f"No council was judged {grade.lower()} under {', '.join(frameworks or ())} by {as_at:%Y-%m-%d}.")
    return found


def curve_of(found: pd.DataFrame, level: float) -> Survival:
    """Return the Kaplan–Meier curve of spells, councils as clusters."""
    return kaplan_meier(found["days"].to_numpy(float), found["is_ended"].to_numpy(bool), pd.factorize(found["council"])[0], level)


def kinds_of(found: pd.DataFrame, register: pd.DataFrame) -> pd.Series:
    """Return the kinds of intervention of each spell, joined by "; ", in the order of `KINDS`, or `NONE_KNOWN`."""
    there = _within(found, register).groupby("spell")["kind"].agg(set).to_dict()
    words = ["; ".join(kind for kind in KINDS if kind in there.get(spell, ())) or NONE_KNOWN for spell in found.index]
    return pd.Series(words, index=found.index, dtype=str)


def _within(found: pd.DataFrame, register: pd.DataFrame) -> pd.DataFrame:
    """Return the interventions of each spell, `spell` being its row: those begun within it, and the vehicles running in it."""
    columns = found[["council", "start", "end"]].rename_axis("spell").reset_index()
    spans = columns.merge(register[["council", "kind", "started_on", "ended_on"]], on="council")
    begun = spans["started_on"].between(spans["start"], spans["end"], inclusive="left")
    runs = spans["kind"].isin(_VEHICLES) & (spans["started_on"] < spans["end"]) & ~(spans["ended_on"] <= spans["start"])
    return spans[begun | runs]


def _waits(following: pd.DataFrame) -> pd.DataFrame:
    """Return how long it took until the next report after an inadequate one, by pair of stages and overall."""
    ended = following[following["is_ended"]]
    pairs = ended.assign(pair=ended["stage"] + " → " + ended["to_stage"])
    order = pairs.groupby("pair")["start"].min().sort_values().index
    rows = []
    for pair in (*order, "all"):
        part = pairs[pairs["pair"] == pair] if pair != "all" else pairs
        quarters = part["days"].quantile([0, 0.25, 0.5, 0.75]).to_numpy()
        names = ("earliest_days", "lower_quartile_days", "median_days", "upper_quartile_days")
        counts = {
            "within_six_months": int((part["days"] <= 6 * DAYS_IN_MONTH).sum()),
            "better": int((part["to_rating"] != INADEQUATE).sum()),
        }
        rows.append({"pair": pair, "judgements": len(part)} | dict(zip(names, quarters, strict=True)) | counts)
    return pd.DataFrame(rows)


def _by_kind(found: pd.DataFrame, register: pd.DataFrame, level: float) -> pd.DataFrame:
    within = _within(found[found["is_ended"]], register)
    waited = (within["end"] - within[["started_on", "start"]].max(axis=1)).dt.days / DAYS_IN_YEAR
    rows = []
    for kind in (*KINDS, NONE_KNOWN):
        part = found[found["kinds"].str.split("; ").map(lambda kinds, kind=kind: kind in kinds)]
        if part.empty:
            continue
        middle, lower, upper = (days / DAYS_IN_YEAR for days in curve_of(part, level).median)
        own = waited[within["kind"] == kind]
        counts = {"spells": len(part), "councils": part["council"].nunique(), "ended": int(part["is_ended"].sum())}
        times = {"median_years": middle, "lower": lower, "upper": upper}
        times |= {"least_from_start": own.min(), "median_from_start": own.median(), "most_from_start": own.max()}
        rows.append({"kind": kind} | counts | times)
    return pd.DataFrame(rows)
