"""Tables of judgements and reference values that several tests of the ratings models use."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

REFERENCE = Path(__file__).parent / "reference"
GRADES = ["Inadequate", "Requires improvement", "Good", "Outstanding"]
# Rows of the stored cases that share a cluster, as in make_results.R.
CLUSTER_SIZE = 4

Floats = NDArray[np.float64]


def judgements(rating: list[str] | pd.Categorical, **columns: Any) -> pd.DataFrame:
    """Return a table of first SIF judgements, one a council."""
    n = len(rating)
    told = {
        "council": [f"E{i:08}" for i in range(n)],
        "council_name": [f"Council {i}" for i in range(n)],
        "framework": "SIF",
        "is_reinspection": False,
        "publication_date": pd.Timestamp("2016-06-01"),
        "rating": pd.Categorical(rating, GRADES, ordered=True),
    }
    return pd.DataFrame(told | columns)


def graded(grade: NDArray[np.int64], names: list[str] | None = None, **columns: Any) -> pd.DataFrame:
    """Return judgements of grades told by number, with names of their own where given."""
    names = GRADES if names is None else names
    frame = judgements(["Good"] * len(grade), **columns)
    return frame.assign(rating=pd.Categorical.from_codes(grade, names, ordered=True))


def stored_case(case: str) -> pd.DataFrame:
    """Return an input of the stored references as judgements, with its clusters of four rows."""
    stored = pd.read_csv(REFERENCE / f"{case}.csv")
    names = ["Worst", "Inadequate", *GRADES[2:], "Best"] if stored["grade"].max() > 3 else GRADES[: stored["grade"].max() + 1]
    columns = stored.drop(columns=["grade", "council"], errors="ignore")
    return graded(stored["grade"].to_numpy(), names, **columns, block=np.arange(len(stored)) // CLUSTER_SIZE)


def reference(name: str, **chosen: str) -> pd.DataFrame:
    """Return the rows of results_NAME.csv that have the values chosen."""
    table = pd.read_csv(REFERENCE / f"results_{name}.csv")
    for column, value in chosen.items():
        table = table[table[column] == value]
    return table
