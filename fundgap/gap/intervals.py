"""An interval of a gap: made of windows or of quantiles, and checked before a fund is set against it."""

from collections.abc import Mapping

import pandas as pd

from fundgap.errors import BadFigures, Fault

ENDS = ["low_gbp", "high_gbp"]


def interval_of_windows(by_window: pd.DataFrame) -> pd.DataFrame:
    """Return the span of `gap_by_window` as an interval: financial_year, low_gbp, high_gbp. The spread of one choice, not of chance.

    Examples
    --------
    >>> import fundgap as fg
    >>> windows = fg.gap_by_window(fg.council_years(), fg.scenario("trend"), [4, 5])
    >>> interval = fg.interval_of_windows(windows)
    >>> (interval["low_gbp"] <= interval["high_gbp"]).tolist()[:3]
    [True, True, True]
    """
    ends = by_window.groupby("financial_year")["gap_gbp"].agg(["min", "max"]).reset_index()
    return ends.rename(columns={"min": "low_gbp", "max": "high_gbp"})


def interval_of_quantiles(quantiles: pd.DataFrame) -> pd.DataFrame:
    """Return two quantiles of a gap as an interval, for `coverage`, `fund_to_close` and `gaps_closed`.

    Parameters
    ----------
    quantiles
        quantile, financial_year, gap_gbp, and council where it is of councils; two quantiles, such as a simulation's
        `england(0.1, 0.9)` or `councils(0.1, 0.9)`.

    Returns
    -------
    pandas.DataFrame
        council (where given), financial_year, low_gbp, high_gbp.

    Raises
    ------
    BadFigures
        When there are not exactly two quantiles of everything.

    Examples
    --------
    >>> import fundgap as fg
    >>> simulation = fg.simulate_gap(fg.council_years(), fg.scenario("trend").replace(years=1), draws=1_000)
    >>> interval = fg.interval_of_quantiles(simulation.england(0.1, 0.9))
    >>> list(interval.columns), bool((interval["low_gbp"] <= interval["high_gbp"]).all())
    (['financial_year', 'low_gbp', 'high_gbp'], True)
    """
    key = [name for name in ("council", "financial_year") if name in quantiles]
    ends = sorted(quantiles["quantile"].unique())
    if len(ends) != 2 or quantiles.duplicated([*key, "quantile"]).any() or (quantiles.groupby(key).size() != len(ends)).any():
        found = ", ".join(f"{end:g}" for end in ends)
        raise BadFigures("The quantiles cannot be used as an interval", [Fault("quantile", found, "two, once for each year and council")])
    wide = quantiles.pivot(index=key, columns="quantile", values="gap_gbp").rename(columns={ends[0]: "low_gbp", ends[1]: "high_gbp"})
    return wide.rename_axis(columns=None).reset_index()


def checked_interval(interval: pd.DataFrame, needed: Mapping[str, str], year: str | None = None) -> pd.DataFrame:
    """Return an interval of the gap, low_gbp and high_gbp in cash: by financial year, or that of one year by council.

    Parameters
    ----------
    interval
        financial_year, low_gbp, high_gbp, and council where a year is given.
    needed
        The financial years, or councils' codes, that it must hold, each with its name.
    year
        The one whose rows are looked at, where the interval is of councils.

    Raises
    ------
    BadFigures
        With every fault: a column, year or council that is missing or given twice, a low end above the high one.
    """
    key = "financial_year" if year is None else "council"
    wanted = [*dict.fromkeys([key, "financial_year"]), *ENDS]
    if [name for name in wanted if name not in interval]:
        raise BadFigures("The interval cannot be used", [Fault("its columns", ", ".join(map(str, interval.columns)), ", ".join(wanted))])
    rows = interval if year is None else interval[interval["financial_year"] == year]
    where = "the interval" if year is None else f"the interval of {year}"
    called = [needed.get(name, name) for name in rows[key]]
    names = pd.Series(called, index=rows.index, dtype=object)
    faults = [
        Fault(where, f"no {name}", f"every one of the {len(needed)} needed") for code, name in needed.items() if code not in set(rows[key])
    ]
    faults += [Fault(where, f"{name} twice", "each once") for name in sorted(set(names[rows[key].duplicated()]))]
    faults += [
        Fault(str(name), "a low end above the high end, or none", "low_gbp up to high_gbp")
        for name in names[~(rows["low_gbp"] <= rows["high_gbp"])]
    ]
    if faults:
        raise BadFigures("The interval cannot be used", faults)
    return rows.set_index(key)[ENDS]
