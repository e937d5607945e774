"""Children ahead: by the official projection or by the panel's own growth, and which of the two came nearer."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fundgap.data.councils import TINY_COUNCILS
from fundgap.data.projected import projected_children
from fundgap.errors import NoData
from fundgap.models.standardise import Floats

# The first year whose growth the 2018-based projection foretells, and windows as the scenarios take them.
_FIRST_ORIGIN, _WINDOW = 2018, 5


def projected_index(projected: pd.DataFrame, councils: Sequence[str], span: Sequence[str]) -> Floats:
    """Return projected growth in children since the base year: a ratio to be put to the estimate of that year.

    Parameters
    ----------
    projected
        As `projected_children()` gives it: for a council since changed, the growth of the joined area serves each part.
    councils
        C codes.
    span
        T financial years, first the base year; a mid-year figure serves the year that begins in it.

    Returns
    -------
    (C, T)
        1 in the base year.

    Raises
    ------
    NoData
        When the projection has no such council or year, or was published after the base year had ended.
    """
    published = str(projected["published"].max())
    base_ends = f"{int(span[0][:4]) + 1}-03-31"
    if published > base_ends:
        raise NoData(
            f"The projection was published on {published}, after {span[0]} had ended: what is projected from there cannot use it. "
            "Set demography_growth to 'panel', or take a later base year."
        )
    wide = projected.pivot(index="council", columns="year", values="area_children")
    wanted = [int(year[:4]) for year in span]
    missing = [council for council in councils if council not in wide.index]
    beyond = [year for year in wanted if year not in wide.columns]
    if missing or beyond:
        what = ", ".join([*missing[:5], *map(str, beyond)])
        raise NoData(f"The projection holds no {what}: it has {len(wide)} councils, {wide.columns.min()} to {wide.columns.max()}.")
    people = wide.loc[list(councils), wanted].to_numpy(dtype=float)
    result: Floats = people / people[:, :1]
    return result


def compare_demography(years: pd.DataFrame, projected: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return how near each way of foreseeing growth in children came to the growth since estimated.

    From each mid-year since the projection's own, one year ahead and more, for councils whose area is their own in the
    projection, the two tiny ones apart. Three ways: the panel's growth of the five years before goes on; the projection's
    growth, put to the estimate of the year; no change. All estimates are as revised since the census of 2021, which nobody
    had at the time: that is equally kind to the panel's growth and to no change, and is a handicap of the projection.

    Returns
    -------
    pandas.DataFrame
        years_ahead, method, origins, councils (the fewest at an origin), rms_error and median_error (of ln ratio over
        councils and origins; the median of sizes), england_error (root mean square over origins, of the councils' sum),
        england_bias (mean; below 0: foreseen too high). Fractions.

    Examples
    --------
    >>> import fundgap as fg
    >>> table = fg.compare_demography(fg.council_years())
    >>> sorted(table["method"].unique())
    ['none', 'panel', 'projection']
    """
    table = projected_children() if projected is None else projected
    own = table[~table["is_joined"] & ~table["council"].isin(TINY_COUNCILS)]
    foreseen = own.pivot(index="council", columns="year", values="area_children")
    counted = years.assign(year=years["financial_year"].str[:4].astype(int)).pivot(index="council", columns="year", values="children")
    last = int(counted.dropna(axis=1, how="all").columns.max())
    rows = []
    for origin in range(_FIRST_ORIGIN, last):
        for year in range(origin + 1, last + 1):
            needed = counted.reindex(columns=[origin - _WINDOW, origin, year]).dropna()
            both = needed.loc[needed.index.intersection(foreseen.index)]
            rows += _errors(both.to_numpy(dtype=float), foreseen.loc[both.index, [origin, year]].to_numpy(dtype=float), year - origin)
    return _summary(pd.DataFrame(rows))


def _errors(counted: Floats, foreseen: Floats, ahead: int) -> list[dict[str, object]]:
    """Return the errors of each method at one origin; counted (C, 3): window's start, origin, outcome; foreseen (C, 2)."""
    before, origin, outcome = counted.T
    totals = counted.sum(axis=0)
    ways: dict[str, tuple[Floats, float]] = {
        "panel": ((origin / before) ** (ahead / _WINDOW), float(totals[1] / totals[0]) ** (ahead / _WINDOW)),
        "projection": (foreseen[:, 1] / foreseen[:, 0], float(foreseen[:, 1].sum() / foreseen[:, 0].sum())),
        "none": (np.ones_like(origin), 1.0),
    }
    return [
        {
            "years_ahead": ahead,
            "method": name,
            "errors": np.log(outcome / origin / ratio),
            "england": float(np.log(totals[2] / totals[1] / england)),
        }
        for name, (ratio, england) in ways.items()
    ]


def _summary(errors: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for (ahead, method), group in errors.groupby(["years_ahead", "method"], sort=False):
        every, england = np.concatenate(group["errors"].to_list()), group["england"].to_numpy()
        rows.append(
            {
                "years_ahead": ahead,
                "method": method,
                "origins": len(group),
                "councils": min(len(own) for own in group["errors"]),
                "rms_error": float(np.sqrt((every**2).mean())),
                "median_error": float(np.median(np.abs(every))),
                "england_error": float(np.sqrt((england**2).mean())),
                "england_bias": float(england.mean()),
            }
        )
    return pd.DataFrame(rows).sort_values(["years_ahead", "method"], ignore_index=True)
