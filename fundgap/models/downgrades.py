"""Does an unsettled workforce go with a later fall in grade? The one published attempt, repeated on our figures, and asked with more power.

Published: MaicyMxtim, social-care-intelligence (github.com/MaicyMxtim/social-care-intelligence, projects/childrens-workforce, 2026): a Cox
model of time from a council's first ILACS inspection to the first worse overall grade, follow-up cut into years, workforce of the
calendar year before. Its code fits it with a ridge penalty (lifelines, penalizer=0.05), of which its text says nothing: the penalty is
0.05 x n / 2 for each squared coefficient in standard deviations, n the 876 council-years, and so is worth more than its 23 falls (its
text counts 24, its output has 23 of them in the fit). Ratios and intervals are drawn towards 1 by it.

Shapes: n intervals, p measures.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from fundgap.data.councils import TINY_COUNCILS
from fundgap.data.prices import financial_year
from fundgap.data.tables import RATINGS
from fundgap.errors import CannotFit
from fundgap.models.early_rows import SUB_GRADES, EarlyRows
from fundgap.models.ratings import fit_ratings
from fundgap.models.ratings_model import RatingsModel
from fundgap.models.standardise import Floats
from fundgap.shown import Shown

MEASURES = ("agency_workers_pct", "turnover_pct", "caseload", "vacancies_pct", "imd_score")
PENALTY = 0.05
_LEVEL = 0.95
_DAYS_IN_YEAR = 365.25
_EDITION = "IoD2019"
# Hazard ratio, lower, upper: outputs/tables/cox_hazard_ratios.csv of the repository above.
PUBLISHED = {
    "agency_workers_pct": (1.0007, 0.9779, 1.0240),
    "turnover_pct": (1.0074, 0.9726, 1.0434),
    "caseload": (1.0531, 0.9599, 1.1555),
    "vacancies_pct": (0.9990, 0.9758, 1.0227),
    "imd_score": (0.9987, 0.9691, 1.0293),
}
PUBLISHED_EVENTS, PUBLISHED_INTERVALS = 23, 876
_AS_PUBLISHED, _PENALISED, _PLAIN = "as published", "ours, with the same penalty", "ours, without penalty"
_COULD_FALL = "ours, without penalty, councils that could fall"


@dataclass(frozen=True, repr=False)
class Downgrades(Shown):
    """The published hazard ratios beside ours.

    Parameters
    ----------
    table
        One row a version and measure: version, measure, hazard_ratio (for one more point, case or unit of score), lower, upper (95%),
        events (falls in the fit), council_years.
    intervals
        The council-years: council, start, stop (years since the first ILACS inspection), event, entry_grade, financial_year (of the
        workforce), and the measures.
    left_out
        council, start, reason: council-years that lack a measure.
    """

    table: pd.DataFrame
    intervals: pd.DataFrame
    left_out: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.table

    def __str__(self) -> str:
        rows = self.table[self.table["measure"] == MEASURES[0]]
        return "\n".join(f"{row.version}: {row.events} falls in {row.council_years} council-years" for row in rows.itertuples())

    __repr__ = __str__


def downgrade_hazards(inspections: pd.DataFrame, years: pd.DataFrame, deprivation: pd.DataFrame, as_at: pd.Timestamp) -> Downgrades:
    """Fit the published model to our figures, as it was fitted and as it was described.

    Parameters
    ----------
    inspections, years
        As `fundgap.inspections()` and `fundgap.council_years()` give them.
    deprivation
        As `fundgap.data.deprivation.deciles` returns it.
    as_at
        Where follow-up ends: the day that the list of judgements speaks of (`register_end`).

    Notes
    -----
    Differs from the published in what is held: inspections to March 2025, not 2026; a county's figures are not lent to its successors.
    A council that is inadequate at entry cannot fall, and yet counts as at risk; the last version leaves such councils out. Time to a
    worse grade is also time to an inspection, whose calendar Ofsted sets by the last grade.

    Raises
    ------
    CannotFit
        When no fall is left, or the fit does not converge.
    """
    intervals = council_intervals(inspections, as_at)
    figures = years[["council", "financial_year", *MEASURES[:-1]]]
    score = deprivation[deprivation["deprivation_vintage"] == _EDITION].set_index("council")["imd_score"]
    table = intervals.merge(figures, how="left", on=["council", "financial_year"]).assign(imd_score=lambda rows: rows["council"].map(score))
    lacks = table[list(MEASURES)].isna()
    used, left_out = table[~lacks.any(axis=1)], table[lacks.any(axis=1)]
    reasons = [f"no {name}" for name in lacks.loc[left_out.index].idxmax(axis=1)]
    could_fall = used[used["entry_grade"] > 0]
    versions = [(_PENALISED, used, PENALTY), (_PLAIN, used, 0.0), (_COULD_FALL, could_fall, 0.0)]
    rows = [
        {"version": _AS_PUBLISHED, "measure": name, "hazard_ratio": ratio, "lower": lower, "upper": upper}
        | {"events": PUBLISHED_EVENTS, "council_years": PUBLISHED_INTERVALS}
        for name, (ratio, lower, upper) in PUBLISHED.items()
    ]
    for version, part, penalty in versions:
        rows += _rows(version, part, penalty)
    return Downgrades(pd.DataFrame(rows), used.reset_index(drop=True), left_out[["council", "start"]].assign(reason=reasons))


def _rows(version: str, part: pd.DataFrame, penalty: float) -> list[dict[str, object]]:
    x, event = part[list(MEASURES)].to_numpy(float), part["event"].to_numpy(int)
    slopes, covariance = cox(part["start"].to_numpy(float), part["stop"].to_numpy(float), event, x, penalty)
    width = norm.ppf(0.5 + _LEVEL / 2) * np.sqrt(np.diag(covariance))
    ends = np.exp(np.column_stack([slopes, slopes - width, slopes + width])).tolist()
    return [
        {"version": version, "measure": name, "hazard_ratio": ratio, "lower": lower, "upper": upper}
        | {"events": int(event.sum()), "council_years": len(part)}
        for name, (ratio, lower, upper) in zip(MEASURES, ends, strict=True)
    ]


def council_intervals(inspections: pd.DataFrame, as_at: pd.Timestamp) -> pd.DataFrame:
    """Return follow-up from each council's first ILACS inspection to its first worse grade or the end, cut into years.

    Returns
    -------
    pandas.DataFrame
        council, start, stop (years since entry), event (1 where the worse grade came), entry_grade (0 worst), financial_year: that in which
        30 September of the calendar year before falls, the calendar year being entry's plus the whole years since.
    """
    ilacs = inspections[(inspections["framework"] == "ILACS") & ~inspections["council"].isin(TINY_COUNCILS)].sort_values("inspection_date")
    ilacs = ilacs[ilacs["inspection_date"] <= as_at]
    rows = []
    for council, own in ilacs.groupby("council"):
        grades, days = own["rating"].cat.codes.to_numpy(int), own["inspection_date"].to_list()
        falls = np.flatnonzero(np.diff(grades) < 0)
        leave = days[falls[0] + 1] if len(falls) else as_at
        total = (leave - days[0]).days / _DAYS_IN_YEAR
        for year in range(int(np.ceil(total))):
            stop = min(year + 1.0, total)
            event = int(len(falls) > 0 and stop == total)
            known = financial_year(days[0].year + year - 1)
            rows.append((council, float(year), stop, event, grades[0], known))
    return pd.DataFrame(rows, columns=["council", "start", "stop", "event", "entry_grade", "financial_year"])


def cox(
    start: Floats, stop: Floats, event: "np.ndarray[tuple[int], np.dtype[np.int64]]", x: Floats, penalty: float = 0.0
) -> tuple[Floats, Floats]:
    """Return log hazard ratios, (p,), and their covariance, (p, p), of a Cox model with entry times (Efron's ties).

    Parameters
    ----------
    x : (n, p)
    penalty
        Each coefficient's square, in standard deviations of its measure, costs penalty x n / 2 of the log partial likelihood (ridge);
        the covariance is then the inverse of the penalised information, as lifelines and R's `ridge()` give it.

    Raises
    ------
    CannotFit
        When nobody falls, or it does not converge.
    """
    from statsmodels.duration.hazard_regression import PHReg

    if not event.sum():
        raise CannotFit("No council fell to a worse grade in these council-years, so there is no hazard to model.")
    # In standard deviations, where Newton's steps are well conditioned and the penalty is meant.
    centre, spread = x.mean(axis=0), x.std(axis=0, ddof=1)
    model = PHReg(stop, (x - centre) / spread, status=event, entry=start, ties="efron")
    slopes, cost = np.zeros(x.shape[1]), penalty * len(x)
    for _ in range(50):
        score = model.score(slopes) - cost * slopes
        information = cost * np.eye(len(slopes)) - model.hessian(slopes)
        step = np.linalg.solve(information, score)
        slopes = slopes + step
        if np.abs(step).max() < 1e-9:
            break
    else:
        raise CannotFit("The Cox model did not converge: a measure may all but tell who falls.")
    information = cost * np.eye(len(slopes)) - model.hessian(slopes)
    return slopes / spread, np.linalg.inv(information) / np.outer(spread, spread)


def all_moves(found: EarlyRows, *, sub_grades: bool = True) -> RatingsModel:
    """Fit the grade given at each ILACS judgement on the grade held before and the workforce known before it: every move, up and down.

    An ordered logit, councils as clusters (CR1). With `sub_grades` the three sub-judgements stand beside the overall grade, four rows an
    inspection: not four times the evidence, which is why the errors are by council. Odds ratios above 1 go with a better grade.
    """
    rows = found.used
    judged = {"rating": ("grade", "last_grade")}
    if sub_grades:
        judged |= {name: (name, f"last_{name.removesuffix('_grade')}") for name in SUB_GRADES}
    parts = []
    for name, (given, held) in judged.items():
        part = rows[["council", "council_name", "publication_date", "deprivation", *MEASURES[:-1]]].assign(judgement=name)
        names = dict(enumerate(RATINGS))
        grade = pd.Categorical(rows[given].map(names), list(RATINGS), ordered=True)
        parts.append(part.assign(rating=grade, before=rows[held].map(names)))
    table = pd.concat(parts, ignore_index=True).assign(framework="ILACS", is_reinspection=False)
    terms = "C(before) + deprivation + " + " + ".join(MEASURES[:-1]) + (" + C(judgement)" if sub_grades else "")
    return fit_ratings(f"rating ~ {terms}", table, cluster="council")
