"""Deprivation of councils: which edition of the Indices a year takes, and in which tenth of councils each stands."""

import numpy as np
import pandas as pd

# The Indices in force: a year takes the edition published by its half. IoD2010 is not held, so IoD2015 serves the years
# before it, when many SIF reports came out; within an edition only ranks and deciles are used.
_IN_FORCE = (("IoD2025", "2025-26"), ("IoD2019", "2019-20"), ("IoD2015", "0000-00"))


def vintage_of(financial_year: str) -> str:
    """Return the edition of the Indices of Deprivation that a financial year takes."""
    return next(vintage for vintage, since in _IN_FORCE if financial_year >= since)


def deciles(rows: pd.DataFrame) -> pd.DataFrame:
    """Return scores and the decile of each council in each edition.

    Parameters
    ----------
    rows
        The raw table `deprivation`, one release in each scope.

    Returns
    -------
    pandas.DataFrame
        council, deprivation_vintage, deprivation_decile (10 = the most deprived tenth of the councils of the edition, by
        IMD average score), imd_score, idaci_score, is_deprivation_derived.

    Notes
    -----
    Published ranks run from 1 = most deprived. Where an edition's table gives no rank, and for councils that are newer
    than the edition, whose scores are derived, the place among the published scores is taken; derived scores move nobody
    else's place.
    """
    wide = rows[rows["index_name"].isin(["IMD", "IDACI"])].pivot(index=["council", "vintage"], columns="index_name")
    imd = pd.DataFrame({"score": wide[("average_score", "IMD")], "published_rank": wide[("rank_of_average_score", "IMD")]})
    imd["is_derived"] = wide[("is_derived", "IMD")].astype(bool)
    places = pd.concat([_places(edition) for _, edition in imd.groupby(level="vintage")])
    result = pd.DataFrame(
        {
            "deprivation_decile": places.reindex(imd.index),
            "imd_score": imd["score"],
            "idaci_score": wide[("average_score", "IDACI")],
            "is_deprivation_derived": imd["is_derived"],
        }
    )
    return result.rename_axis(["council", "deprivation_vintage"]).reset_index()


def _places(edition: pd.DataFrame) -> pd.Series:
    """Return the decile of each council of one edition."""
    published = edition.loc[~edition["is_derived"], "score"].to_numpy()
    counted = pd.Series([1 + int((published > score).sum()) for score in edition["score"]], index=edition.index, dtype=float)
    rank = edition["published_rank"].where(~edition["is_derived"]).fillna(counted)
    decile: pd.Series[float] = np.ceil(10 * (len(published) - rank + 1) / len(published)).clip(lower=1)
    return decile
