"""The rows of the early warning: each ILACS judgement, and what was known on the day before its inspection began."""

from dataclasses import dataclass

import pandas as pd

from fundgap.data.councils import TINY_COUNCILS
from fundgap.models.early_known import RELEASES, beside_median, deprivation_known, known_figures
from fundgap.models.reasons import first_reason

# Frameworks that judge the whole service; the same four grades.
FULL = ("SLAC", "SIF", "ILACS")
TARGET = "ILACS"
# Change of spend since so many years before the year known.
CHANGE_YEARS = 2
_SPEND = RELEASES["spend"].figures
_WORKFORCE = RELEASES["workforce"].figures
_RATES = ("protection_plans_per_10k", "looked_after_per_10k")
SUB_GRADES = ("leadership_grade", "help_protection_grade", "looked_after_grade")
_DAYS_IN_YEAR = 365.25
COLUMNS = {
    "last_grade": "last overall grade (0 to 3)",
    "last_inadequate": "whether it was inadequate (0, 1)",
    "last_leadership": "leadership in the last judgement (0 to 3)",
    "last_help_protection": "help and protection in the last judgement (0 to 3)",
    "age_years": "years since the last report",
    "deprivation": "deprivation (standard deviations of its edition)",
    "gross_spend_per_child": "total spend a child (log, beside the median council)",
    "preventative_per_child": "preventative spend a child (log, beside the median council)",
    "gross_change": f"change of total spend a child over {CHANGE_YEARS} years (log, beside the median council)",
    "preventative_change": f"change of preventative spend a child over {CHANGE_YEARS} years (log, beside the median council)",
    "agency_workers_pct": "agency share (points above the median council)",
    "vacancies_pct": "vacancies (points above the median council)",
    "turnover_pct": "turnover (points above the median council)",
    "caseload": "caseload (cases above the median council)",
    "protection_plans_per_10k": "protection plans per 10,000 (log, beside the median council)",
    "looked_after_per_10k": "looked-after children per 10,000 (log, beside the median council)",
}


@dataclass(frozen=True)
class EarlyRows:
    """Judgements to learn from and to predict.

    Parameters
    ----------
    used
        One row a judgement: council, council_name, day (first of the inspection), publication_date, grade (0 worst … 3), sub-grades as
        numbers, what was known before (COLUMNS), last_framework, last_published, and the years of the figures.
    left_out
        council, council_name, day, reason.
    """

    used: pd.DataFrame
    left_out: pd.DataFrame


def early_rows(inspections: pd.DataFrame, years: pd.DataFrame, deprivation: pd.DataFrame) -> EarlyRows:
    """Return ILACS judgements with what had been published before the first day of each inspection."""
    chosen = inspections[inspections["framework"] == TARGET].dropna(subset=["inspection_date", "rating"])
    target = chosen.rename(columns={"inspection_date": "day"})
    table = target[["council", "council_name", "day", "publication_date"]].assign(
        grade=target["rating"].cat.codes.astype(int), **{name: target[name].cat.codes.astype(float) for name in SUB_GRADES}
    )
    table = table.sort_values(["day", "council"], ignore_index=True)
    table = table.join(known_before(table[["council", "day"]], inspections, years, deprivation))
    return complete(table)


def rows_of_day(
    day: pd.Timestamp, councils: pd.DataFrame, inspections: pd.DataFrame, years: pd.DataFrame, deprivation: pd.DataFrame
) -> pd.DataFrame:
    """Return one row a council with what had been published before a day, as if an inspection began on it; what is not known is missing."""
    table = councils[["council", "council_name"]].assign(day=day).reset_index(drop=True)
    return table.join(known_before(table[["council", "day"]], inspections, years, deprivation))


def known_before(asked: pd.DataFrame, inspections: pd.DataFrame, years: pd.DataFrame, deprivation: pd.DataFrame) -> pd.DataFrame:
    """Return what was known of each council before a day: the last judgement published, and figures by their rule of publication."""
    parts = [_last_judgement(asked, inspections), deprivation_known(asked, deprivation).rename("deprivation")]
    panel = beside_median(beside_median(years, _WORKFORCE, as_ratio=False), (*_SPEND, *_RATES), as_ratio=True)
    parts += [known_figures(asked, panel, name) for name in RELEASES]
    before = known_figures(asked, panel, "spend", back=CHANGE_YEARS)
    table = pd.concat(parts, axis=1)
    for name in _SPEND:
        table[name.replace("_spend", "").replace("_per_child", "_change")] = table[name] - before[name]
    return table


def _last_judgement(asked: pd.DataFrame, inspections: pd.DataFrame) -> pd.DataFrame:
    """Return the last overall judgement published before each day, re-inspections included, and its age on that day."""
    held = inspections[inspections["framework"].isin(FULL)].dropna(subset=["rating"]).sort_values("publication_date")
    held = held[["council", "publication_date", "framework", "rating", *SUB_GRADES]]
    # merge_asof wants the days in order; the index leads back.
    days = asked.reset_index().sort_values("day")
    found = pd.merge_asof(days, held, left_on="day", right_on="publication_date", by="council", allow_exact_matches=False)
    found = found.set_index("index").reindex(asked.index)
    codes = {name: found[name].cat.codes.astype(float).mask(found[name].isna()) for name in ("rating", *SUB_GRADES)}
    return pd.DataFrame(
        {
            "last_grade": codes["rating"],
            "last_inadequate": codes["rating"].eq(0).astype(float).where(codes["rating"].notna()),
            "last_leadership": codes["leadership_grade"],
            "last_help_protection": codes["help_protection_grade"],
            "last_looked_after": codes["looked_after_grade"],
            "age_years": (found["day"] - found["publication_date"]).dt.days / _DAYS_IN_YEAR,
            "last_framework": found["framework"],
            "last_published": found["publication_date"],
        }
    )


def complete(table: pd.DataFrame, columns: tuple[str, ...] = tuple(COLUMNS)) -> EarlyRows:
    """Return the rows that have all of these columns, and the others with the first thing that they lack."""
    tests = {"tiny council": table["council"].isin(TINY_COUNCILS), "no earlier judgement of this council": table["last_grade"].isna()}
    for name in columns:
        tests[f"not known: {COLUMNS[name].split(' (')[0]}"] = table[name].isna()
    reason = first_reason(tests)
    left_out = table.loc[reason != "", ["council", "council_name", "day"]].assign(reason=reason[reason != ""])
    return EarlyRows(table[reason == ""].reset_index(drop=True), left_out.reset_index(drop=True))
