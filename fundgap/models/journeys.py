"""Journeys: the judgements of a council, one after the other across the frameworks, until today or until it was abolished."""

from dataclasses import dataclass
from html import escape

import pandas as pd

from fundgap.data.councils import councils
from fundgap.data.store import Store, default_store
from fundgap.errors import BadFigures, Fault, UnknownCouncil

# Warrington and Cornwall, 25 Feb 2011: a second grade of the same re-inspection, for looked-after children alone.
_NOT_OVERALL = {"SLAC_LA": "a grade for looked-after children only, beside the overall one of the same day"}
_STEP_COLUMNS = [
    "council",
    "council_name",
    "region",
    "step",
    "stage",
    "framework",
    "is_reinspection",
    "inspection_date",
    "publication_date",
    "rating",
    "previous_stage",
    "previous_rating",
    "days_since_previous",
    "source",
]


@dataclass(frozen=True)
class Journeys:
    """Every council's judgements as one path.

    Parameters
    ----------
    steps
        One row a judgement, in order: council, council_name, region, step (1 = the first on record), stage ("SIF",
        "SIF re-inspection" …), framework, is_reinspection, inspection_date (ILACS only), publication_date, rating,
        previous_stage, previous_rating, days_since_previous (from report to report; missing for the first), source (release).
    paths
        One row a council: council, council_name, region, judgements (how many), first_published, last_published,
        first_rating, last_rating, path (in words), is_abolished, begins_on and ends_on (first and last day of a council that
        began or was abolished since 2009; else missing), predecessors, successors (ONS codes joined by blanks).
    left_out
        Rows that are no step: council, council_name, framework, publication_date, reason.

    Notes
    -----
    A judgement belongs to the council that was inspected. A successor starts anew, with no judgement until its own first one, and
    the path of a council that was abolished ends with it. A council recoded or renamed with the same area (Buckinghamshire, North
    Yorkshire, Somerset, Gateshead, Northumberland) is one path throughout.

    Grades before November 2013 come from other frameworks, with other criteria and scope: SLAC's is that for safeguarding; CPI and
    TLAC looked at the protection of children alone; "adequate" is shown as "requires improvement" by Ofsted itself.
    """

    steps: pd.DataFrame
    paths: pd.DataFrame
    left_out: pd.DataFrame

    def of(self, council: str) -> pd.DataFrame:
        """Return the steps of one council, by ONS code (see `fundgap.resolve`)."""
        return self.steps[self.steps["council"] == council].reset_index(drop=True)

    def to_frame(self) -> pd.DataFrame:
        """Return the steps."""
        return self.steps

    def __str__(self) -> str:
        ended = self.paths["is_abolished"].sum()
        first, last = self.steps["publication_date"].min(), self.steps["publication_date"].max()
        return (
            f"{len(self.steps)} judgements of {len(self.paths)} councils, reported {first:%-d %b %Y} to {last:%-d %b %Y}; "
            f"{ended} paths end with the council; {len(self.left_out)} rows are no step."
        )

    def _repr_html_(self) -> str:
        shown = self.paths[["council_name", "region", "judgements", "path", "is_abolished"]]
        return f"<p>{escape(str(self))}</p>{shown.to_html(index=False, escape=True)}"


def journeys(inspections: pd.DataFrame, store: Store | None = None) -> Journeys:
    """Return every council's judgements as one path across the frameworks, 2009 to the latest.

    Parameters
    ----------
    inspections
        `fundgap.inspections()`: council, framework, is_reinspection, publication_date, inspection_date, rating, source.

    Raises
    ------
    UnknownCouncil
        When a judgement is of a council that the register does not hold.
    BadFigures
        When a council has two judgements of one day, so that their order is not known.

    Examples
    --------
    A council that was abolished ends its path:

    >>> import fundgap as fg
    >>> paths = fg.journeys(fg.inspections()).paths
    >>> sorted(paths.loc[paths["is_abolished"], "council_name"])
    ['Bournemouth', 'Cumbria', 'Dorset', 'Northamptonshire', 'Poole']
    """
    register = councils(store or default_store())
    unknown = sorted(set(inspections["council"]) - set(register["council"]))
    if unknown:
        raise UnknownCouncil(f"Judgements of {', '.join(unknown)}, which fundgap.councils() does not hold.")
    reason = inspections["framework"].map(_NOT_OVERALL)
    reason = reason.mask(inspections["rating"].isna() & reason.isna(), "no overall grade")
    names = register.set_index("council")[["council_name", "region"]]
    rows = inspections.drop(columns=["council_name", "region"], errors="ignore").join(names, on="council").assign(reason=reason)
    left_out = rows.loc[reason.notna(), ["council", "council_name", "framework", "publication_date", "reason"]]
    steps = _steps(rows[reason.isna()])
    return Journeys(steps, _paths(steps, register), left_out.reset_index(drop=True))


def as_journeys(inspections: pd.DataFrame | Journeys, store: Store | None = None) -> Journeys:
    """Return the journeys of a table of inspections, or those given."""
    return inspections if isinstance(inspections, Journeys) else journeys(inspections, store)


def _steps(rows: pd.DataFrame) -> pd.DataFrame:
    steps = rows.sort_values(["council", "publication_date"], ignore_index=True)
    same_day = steps[steps.duplicated(["council", "publication_date"], keep=False)]
    if len(same_day):
        faults = [
            Fault(f"{row.council_name}, {row.publication_date:%Y-%m-%d}", f"a {row.framework} judgement beside another", "one a day")
            for row in same_day.itertuples()
        ]
        raise BadFigures("the order of judgements is not known", faults)
    stage = steps["framework"] + steps["is_reinspection"].map({True: " re-inspection", False: ""})
    of_council = steps.assign(stage=stage).groupby("council")
    return steps.assign(
        stage=stage,
        step=of_council.cumcount() + 1,
        previous_stage=of_council["stage"].shift(),
        previous_rating=of_council["rating"].shift(),
        days_since_previous=of_council["publication_date"].diff().dt.days,
    )[_STEP_COLUMNS]


def _paths(steps: pd.DataFrame, register: pd.DataFrame) -> pd.DataFrame:
    words = steps["stage"] + " " + steps["publication_date"].dt.year.astype(str) + " " + steps["rating"].astype(str)
    of_council = steps.assign(words=words).groupby("council")
    paths = of_council.agg(
        council_name=("council_name", "first"),
        region=("region", "first"),
        judgements=("step", "size"),
        first_published=("publication_date", "first"),
        last_published=("publication_date", "last"),
        first_rating=("rating", "first"),
        last_rating=("rating", "last"),
        path=("words", " › ".join),
    )
    known = register.set_index("council").reindex(paths.index)
    before = known["first_year"].notna()
    paths["is_abolished"] = known["last_year"].notna()
    paths["begins_on"] = pd.to_datetime(known["first_year"].str[:4] + "-04-01")
    paths["ends_on"] = pd.to_datetime(known["last_year"].str[:2] + known["last_year"].str[5:] + "-03-31")
    predecessors = {code: _predecessors(register, code) for code in paths.index[before]}
    paths["predecessors"] = [predecessors.get(code, "") for code in paths.index]
    paths["successors"] = known["successors"].fillna("")
    return paths.reset_index()


def _predecessors(register: pd.DataFrame, council: str) -> str:
    found = register["successors"].fillna("").str.split().map(lambda codes: council in codes)
    return " ".join(sorted(register.loc[found, "council"]))
