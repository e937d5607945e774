"""What was published before a given day: the rule that keeps tomorrow's figures out of today's prediction.

A council-year's figure may be used from the first day on which every edition of its release has been out in the years it is used for;
where publishers were late once, the rule waits for the latest of them. Figures are as the publishers give them now: editions of the day
are not held, so a later revision of an old figure is in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fundgap.data.councils import TINY_COUNCILS
from fundgap.errors import NoData


@dataclass(frozen=True)
class Release:
    """When a kind of figure of a financial year is known.

    Parameters
    ----------
    figures
        Columns of `council_years`.
    of
        What day or year the figure is about.
    years_after, month
        Known from the first of this month, this many calendar years after the one in which the financial year begins.
    why
        What the rule rests on.
    """

    figures: tuple[str, ...]
    of: str
    years_after: int
    month: int
    why: str

    def known_from(self, financial_year: str) -> pd.Timestamp:
        """Return the first day on which the year's figure may be used."""
        return pd.Timestamp(int(financial_year[:4]) + self.years_after, self.month, 1)


RELEASES = {
    "spend": Release(
        ("gross_spend_per_child", "preventative_per_child"),
        "the financial year",
        2,
        2,
        "DfE publishes Section 251 outturn in December after the year's end; that of 2020-21 came at the end of January 2022.",
    ),
    "workforce": Release(
        ("agency_workers_pct", "vacancies_pct", "turnover_pct", "caseload"),
        "30 September",
        1,
        4,
        "DfE publishes children's social work workforce in the February or March after.",
    ),
    "need": Release(
        ("protection_plans_per_10k",),
        "31 March at the year's end",
        2,
        3,
        "DfE publishes characteristics of children in need in October or November after; the rule waits until March, past any late one.",
    ),
    "looked_after": Release(
        ("looked_after_per_10k",),
        "31 March at the year's end",
        2,
        1,
        "DfE publishes children looked after in November or December after.",
    ),
}
# First days after publication of the Indices of Deprivation: 30 September 2015, 26 September 2019.
DEPRIVATION_KNOWN = {"IoD2015": pd.Timestamp(2015, 10, 1), "IoD2019": pd.Timestamp(2019, 9, 27)}


def rules() -> pd.DataFrame:
    """Return the rule of each kind of figure in words: figures, of, known_from (for 2022-23), why."""
    rows = [
        {
            "figures": ", ".join(rule.figures),
            "of": rule.of,
            "known_from": f"{rule.known_from('2022-23'):%-d %B %Y} for 2022-23",
            "why": rule.why,
        }
        for rule in RELEASES.values()
    ]
    return pd.DataFrame(rows)


def latest_year(rule: Release, day: pd.Timestamp, held: list[str]) -> str:
    """Return the latest financial year whose figures were known before a day.

    Raises
    ------
    NoData
        When none was.
    """
    known = [year for year in held if rule.known_from(year) < day]
    if not known:
        raise NoData(f"No {rule.figures[0]} had been published before {day:%-d %B %Y}.")
    return max(known)


def known_figures(asked: pd.DataFrame, years: pd.DataFrame, name: str, back: int = 0) -> pd.DataFrame:
    """Return each asked council's figures of the latest year known before its day.

    Parameters
    ----------
    asked
        council, day (timestamp); the index is kept.
    years
        As `fundgap.council_years()` gives it.
    name
        A key of RELEASES.
    back
        Take the year so many before the latest known.

    Returns
    -------
    pandas.DataFrame
        The release's columns and `{name}_year`, on the index of `asked`; missing where the council has no figure of that year.
    """
    rule = RELEASES[name]
    held = sorted(years.loc[years[list(rule.figures)].notna().any(axis=1), "financial_year"].unique())
    latest = {day: latest_year(rule, day, held) for day in asked["day"].unique()}
    year = asked["day"].map(latest)
    if back:
        year = year.map(lambda text: held[held.index(text) - back] if held.index(text) >= back else "")
    keys = pd.DataFrame({"council": asked["council"], "financial_year": year}, index=asked.index)
    table = years[["council", "financial_year", *rule.figures]]
    found = keys.merge(table, how="left", on=["council", "financial_year"]).set_index(asked.index)
    return found.drop(columns="council").rename(columns={"financial_year": f"{name}_year"})


def beside_median(years: pd.DataFrame, columns: tuple[str, ...], *, as_ratio: bool) -> pd.DataFrame:
    """Return the panel with each column set against the median council of its year: a difference, or the logarithm of a ratio.

    A year's own median is in the same release, so nothing later enters; and levels that rise everywhere (prices, agency staff) drop out.
    The two tiny councils are not in the median.
    """
    counted = years[~years["council"].isin(TINY_COUNCILS)]
    medians: Mapping[str, pd.Series] = {name: counted.groupby("financial_year")[name].median() for name in columns}
    result = years.copy()
    for name, median in medians.items():
        usual = years["financial_year"].map(median)
        if as_ratio:
            result[name] = np.log(years[name].where(years[name] > 0) / usual)
        else:
            result[name] = years[name] - usual
    return result


def deprivation_known(asked: pd.DataFrame, deprivation: pd.DataFrame) -> pd.Series:
    """Return deprivation in standard deviations of the edition published last before each day; nan where the council is not in it.

    Parameters
    ----------
    asked
        council, day.
    deprivation
        As `fundgap.data.deprivation.deciles` returns it.
    """
    scores = deprivation.set_index(["deprivation_vintage", "council"])
    result = pd.Series(np.nan, index=asked.index)
    for edition, since in sorted(DEPRIVATION_KNOWN.items(), key=lambda item: item[1]):
        of_edition = scores.loc[edition]
        # Scores derived for councils newer than the edition were not known then, and move nobody else's place.
        published = of_edition.loc[~of_edition["is_deprivation_derived"], "imd_score"]
        spread = (of_edition["imd_score"] - published.mean()) / published.std(ddof=0)
        is_known = asked["day"] > since
        result = result.mask(is_known, asked["council"].map(spread))
    return result
