"""Tables of the journeys notebook, for readers: rounded to what the figures carry, in words."""

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import pandas as pd

from fundgap.data.tables import RATINGS
from fundgap.models.improvement import TimeToImprove
from fundgap.models.in_force import GradesAt
from fundgap.models.journeys import Journeys
from fundgap.models.lasting import Lasting
from fundgap.models.partner_check import PartnerCheck
from fundgap.models.partners import Partners
from fundgap.models.survival import DAYS_IN_YEAR
from fundgap.models.timelines import Timelines
from fundgap.models.transitions import ALL, Transitions
from fundgap.story.tables import ReaderTable, unbroken


def _counted(count: int, share: str) -> str:
    """Return "16: 84% (62 to 94)": a dash between the two would make a range of them."""
    return f"{count}:\N{NO-BREAK SPACE}{share}"


def _share(share: Any, lower: Any, upper: Any) -> str:
    """Return a share with its interval, held together: "26% (19 to 36)"."""
    return unbroken(f"{share:.0%} ({100 * lower:.0f} to {100 * upper:.0f})")


def _years(value: Any, lower: Any, upper: Any) -> str:
    """Return years with their interval, held together: "2.9 (2.6 to not reached)"."""
    shown = [f"{years:.1f}" if np.isfinite(years) else "not reached" for years in (value, lower, upper)]
    return unbroken(f"{shown[0]} ({shown[1]} to {shown[2]})")


def _each(form: Callable[..., str], table: pd.DataFrame, *columns: str) -> list[str]:
    """Return some columns of each row as one text."""
    return [form(*row) for row in table[list(columns)].itertuples(index=False)]


def kinds(paths: Journeys) -> ReaderTable:
    """Return how many judgements came from each kind of inspection."""
    counts = paths.steps["stage"].value_counts().rename_axis("kind of inspection").rename("judgements").reset_index()
    return ReaderTable.of(counts).titled("Judgements by kind of inspection")


def ended_paths(paths: Journeys) -> ReaderTable:
    """Return the paths that end with their council."""
    ended = paths.paths[paths.paths["is_abolished"]]
    shown = {"council": ended["council_name"], "path": ended["path"], "last day": ended["ends_on"].map("{:%-d %b %Y}".format)}
    return ReaderTable.of(pd.DataFrame(shown)).titled("Paths of judgements that end with their council")


def register(table: pd.DataFrame) -> ReaderTable:
    """Return the register of interventions: what, since when, with whom, and the sum that a source names."""
    shown = {
        "council": table["council_name"],
        "kind": table["kind"],
        "started": [_day(day, precision) for day, precision in zip(table["started_on"], table["precision"], strict=True)],
        "with": table["partner"],
        "£m": table["money_gbp"].div(1e6).map("{:.1f}".format).replace("nan", ""),
        "for": table["money_for"].fillna(""),
        "start checked": table["is_checked"].map({True: "yes", False: "no"}),
    }
    return ReaderTable.of(pd.DataFrame(shown).sort_values("council", kind="stable")).titled("Register of interventions")


def counts_on_days(*days: GradesAt) -> ReaderTable:
    """Return councils by grade on some days."""
    rows = []
    for day in days:
        what = f"{day.framework or 'all'}, {'first judgement' if day.which == 'first' else 'in force'}"
        counts = {grade.lower(): int(day.counts[grade]) for grade in RATINGS[::-1]}
        rows.append({"date": f"{day.date:%-d %b %Y}", "judgements": what, "counted by": day.counted, "councils": len(day.table)} | counts)
    return ReaderTable.of(pd.DataFrame(rows)).titled("Councils by grade on some days")


def followed(table: Transitions, pair: str = ALL) -> ReaderTable:
    """Return a transition table: grade before down, grade after across, count and share with interval."""
    cells = table.table[table.table["pair"] == pair]
    shares = zip(cells["count"], cells["from_total"], _each(_share, cells, "share", "lower", "upper"), strict=True)
    text = [_counted(count, share) if total else "" for count, total, share in shares]
    wide = cells.assign(text=text).pivot(index="from_rating", columns="to_rating", values="text")
    wide = wide.reindex(index=list(RATINGS[::-1]), columns=list(RATINGS[::-1]))
    totals = cells.groupby("from_rating")["from_total"].first()
    wide.insert(0, "followed by another", totals.reindex(wide.index))
    return ReaderTable.of(wide.rename_axis(columns=None, index="grade before (95% interval)").reset_index()).titled(
        f"Next overall judgement by the one before, {'all frameworks' if pair == ALL else pair} (95% interval)"
    )


def moves(table: Transitions) -> ReaderTable:
    """Return each pair of stages: how many better, the same and worse, and the time between the reports."""
    shown = {
        "from → to": table.moves["pair"],
        "judgements": table.moves["transitions"],
        "better": table.moves["better"],
        "same": table.moves["same"],
        "worse": table.moves["worse"],
        "share better (95% interval)": _each(_share, table.moves, "better_share", "better_lower", "better_upper"),
        "share worse": _each(_share, table.moves, "worse_share", "worse_lower", "worse_upper"),
        "median days between reports": table.moves["median_days"].map("{:,.0f}".format),
    }
    return ReaderTable.of(pd.DataFrame(shown)).titled("Better, the same or worse at the next judgement, by pair of inspections")


def better_by(*results: TimeToImprove) -> ReaderTable:
    """Return the share judged better within so many months, a column a reading of the clock."""
    names = {"first": "since the first report of a run", "each": "since each report"}
    columns: dict[str, object] = {"within": [f"{months} months" for months in results[0].to_frame()["months"]]}
    for result in results:
        frame = result.to_frame()
        columns[names[result.clock]] = _each(_share, frame, "share", "lower", "upper")
        columns[f"spells ended, {names[result.clock]}"] = frame["ended"].astype(int)
    return ReaderTable.of(pd.DataFrame(columns)).titled(
        f"Inadequate spells ended by a better judgement, by months since the report, to {results[0].as_at:%-d %B %Y} (95% interval)"
    )


def improvement_by_framework(results: dict[str, TimeToImprove]) -> ReaderTable:
    """Return a row a group of spells: how many, how many ended, median years."""
    rows = []
    for name, result in results.items():
        median = _years(*(days / DAYS_IN_YEAR for days in result.curve.median))
        within = result.better_within(24)
        rows.append(
            {
                "inadequate under": name,
                "spells": len(result.spells),
                "councils": result.spells["council"].nunique(),
                "judged better": int(result.curve.spell_ended.sum()),
                "median years (95% interval)": median,
                "better within two years": _share(within["share"], within["lower"], within["upper"]),
            }
        )
    return ReaderTable.of(pd.DataFrame(rows)).titled("Time from inadequate to better by the framework that the spell began under")


def waits(result: TimeToImprove) -> ReaderTable:
    """Return how long after an inadequate report the next one came, by pair of stages."""
    table = result.waits
    shown = {
        "from → to": table["pair"],
        "inadequate reports followed": table["judgements"],
        "earliest, days": table["earliest_days"].map("{:,.0f}".format),
        "lower quartile": table["lower_quartile_days"].map("{:,.0f}".format),
        "median": table["median_days"].map("{:,.0f}".format),
        "upper quartile": table["upper_quartile_days"].map("{:,.0f}".format),
        "within six months": table["within_six_months"],
        "of all, better": table["better"],
    }
    return ReaderTable.of(pd.DataFrame(shown)).titled("Days from an inadequate report to the next graded report, by pair of inspections")


def visits(table: pd.DataFrame) -> ReaderTable:
    """Return the visits held, by year and kind: none of them gives a grade."""
    counts = table.groupby(["reporting_year", "visit_type"]).agg(visits=("council", "size"), councils=("council", "nunique"))
    return ReaderTable.of(counts.reset_index().rename(columns={"reporting_year": "year", "visit_type": "kind"})).titled(
        "Visits without a grade that are held, by year and kind"
    )


def by_kind(result: TimeToImprove) -> ReaderTable:
    """Return spells by kind of intervention; no comparison of what they did."""
    table = result.by_kind
    shown = {
        "intervention within the spell": table["kind"],
        "spells": table["spells"],
        "judged better": table["ended"],
        "median years from first report (95% interval)": _each(_years, table, "median_years", "lower", "upper"),
        "years from its start to the better report (least, median, most)": [_three(row) for row in table.to_dict("records")],
    }
    return ReaderTable.of(pd.DataFrame(shown)).titled("Inadequate spells by the kind of intervention within them")


def _three(row: dict[Hashable, Any]) -> str:
    values = [row[f"{name}_from_start"] for name in ("least", "median", "most")]
    return ", ".join(f"{value:.1f}" for value in values) if np.isfinite(values[0]) else ""


def lasting(result: Lasting) -> ReaderTable:
    """Return how lasting each grade is."""
    table = result.table
    shown = {
        "grade": table["rating"],
        "judgements followed by another": table["followed"],
        "the same or better at the next": [
            _counted(held, share)
            for held, share in zip(table["held"], _each(_share, table, "held_share", "held_lower", "held_upper"), strict=True)
        ],
        "worse": table["worse"],
        **{
            f"lower within {years} years": _each(_share, table, *(f"lower_within_{years}_years{end}" for end in ("", "_lower", "_upper")))
            for years in (3, 5)
        },
        "median years to a lower grade": _each(_years, table, "median_years", "median_lower", "median_upper"),
    }
    return ReaderTable.of(pd.DataFrame(shown)).titled(
        f"How lasting a grade is: {table['followed'].sum()} judgements that were followed by another, to {result.as_at:%-d %B %Y}"
    )


def interventions(result: Timelines) -> ReaderTable:
    """Return each council of the register: grades, and change of spend and looked-after rate beside councils that started alike."""
    table = result.councils
    shown = {
        "council": table["council_name"],
        "known interventions": table["interventions"],
        "grade at the start": table["rating"],
        "three years on": table["rating_after"],
        "latest": table["latest_rating"],
        "alike, better three years on": [unbroken(f"{row.alike_better_after:.0%} of {row.alike}") for row in table.itertuples()],
        "spend a child, real": _changes(table["spend_change"]),
        "alike (median)": _changes(table["alike_spend_change"]),
        "looked-after rate": _changes(table["looked_after_change"]),
        "alike (median) ": _changes(table["alike_looked_after_change"]),
    }
    return ReaderTable.of(pd.DataFrame(shown)).titled(
        f"Councils with a known intervention beside councils that started alike, spend in {result.price_base} prices"
    )


def _changes(values: pd.Series) -> pd.Series:
    # Adding zero after rounding turns -0% into +0%.
    return values.map(lambda value: f"{round(value, 2) + 0.0:+z.0%}" if np.isfinite(value) else "")


def likely_partners(result: Partners, count: int = 10) -> ReaderTable:
    """Return the first partners of a council: who, how good for how long, how alike and on what, known help."""
    table = result.first(count)
    near = table["neighbour_position"].map("{:.0f} (".format) + table["closeness"].str.lower() + ")"
    shown = {
        "partner": table["council_name"],
        "region": table["region"],
        "grade (report)": [f"{row.rating} ({row.judged_on:%b %Y})" for row in table.itertuples()],
        "good or better since": table["good_since"].map("{:%b %Y}".format),
        "official neighbour": near.fillna(""),
        "more alike than, of all pairs": table["closer_than"].map("{:.0%}".format),
        "closest in": table["most_alike"],
        "least close in": table["least_alike"],
        "known to help": table["known_help"],
    }
    return ReaderTable.of(pd.DataFrame(shown)).titled(
        f"Good and outstanding councils most like {result.council_name}, {result.financial_year}"
    )


def _day(day: pd.Timestamp, precision: str) -> str:
    """Return a start as exactly as it is known."""
    return {"year": f"{day:%Y}", "no later than": f"by {day:%b %Y}"}.get(precision, f"{day:%b %Y}")


def partnerships(check: PartnerCheck) -> ReaderTable:
    """Return the partnerships that happened and where the partner stood."""
    table = check.table
    shown = {
        "council": table["council_name"],
        "partner": table["partner_name"],
        "kind": table["kind"],
        "started": [_day(day, precision) for day, precision in zip(table["started_on"], table["precision"], strict=True)],
        "partner's grade then": table["partner_rating"].replace("", "below good"),
        "rank by likeness": (table["rank"].map("{:.0f} of ".format) + table["candidates"].astype(str)).where(table["rank"].notna(), ""),
        "same region": table["is_same_region"].map({True: "yes", False: "no"}).fillna(""),
        "official neighbour in 2025": table["neighbour_position"].map("{:.0f}".format).replace("nan", ""),
    }
    return ReaderTable.of(pd.DataFrame(shown)).titled("Partnerships that happened, and where the partner stood by likeness at the time")
