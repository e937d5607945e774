"""Small registers of judgements, written by hand, of councils that there are."""

import pandas as pd

from fundgap.data.tables import RATINGS

GRADES = {"I": "Inadequate", "R": "Requires improvement", "G": "Good", "O": "Outstanding"}
KIRKLEES, LEEDS, CUMBRIA, CUMBERLAND, SLOUGH = "E08000034", "E08000035", "E10000006", "E06000063", "E06000039"


def judgements(*rows: tuple[str, str, str, str], is_reinspection: tuple[bool, ...] = ()) -> pd.DataFrame:
    """Return judgements from (council, framework, day of report, first letter of the grade)."""
    table = pd.DataFrame(rows, columns=["council", "framework", "publication_date", "grade"])
    again = is_reinspection or (False,) * len(rows)
    return pd.DataFrame(
        {
            "council": table["council"],
            "framework": table["framework"],
            "is_reinspection": list(again),
            "inspection_date": pd.NaT,
            "publication_date": pd.to_datetime(table["publication_date"]),
            "rating": pd.Categorical(table["grade"].map(GRADES), categories=list(RATINGS), ordered=True),
            "source": "ofsted-outcomes-2025",
        }
    )
