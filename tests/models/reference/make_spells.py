"""Write the spells of make_survival.R: kinds from the judgements held, made-up ones with many ties, and few, of which half are left.

Run as `python tests/models/reference/make_spells.py`, then `Rscript make_survival.R` in this folder.
"""

from pathlib import Path

import numpy as np
import pandas as pd

import fundgap
from fundgap.data.as_at import register_end
from fundgap.models.spells import spells

KINDS = {"inadequate_first": ("Inadequate", "better", "first"), "inadequate_each": ("Inadequate", "better", "each")}
KINDS |= {"good": ("Good", "lower", "first"), "outstanding": ("Outstanding", "lower", "first")}


def held() -> pd.DataFrame:
    """Return the spells of the judgements held."""
    inspections = fundgap.inspections()
    paths, end = fundgap.journeys(inspections), register_end(inspections)
    parts = [spells(paths, grade, until, end, clock).assign(case=case) for case, (grade, until, clock) in KINDS.items()]
    table = pd.concat(parts, ignore_index=True)
    return pd.DataFrame({"case": table["case"], "days": table["days"], "ended": table["is_ended"].astype(int), "cluster": table["council"]})


def made_up() -> pd.DataFrame:
    """Return 200 spells of 60 clusters in whole tens of days, so that ends tie with each other and with cut-offs."""
    rng = np.random.default_rng(7)
    days, cluster = 10 * rng.integers(1, 40, size=200), rng.integers(60, size=200)
    return pd.DataFrame(
        {"case": "made_up", "days": days, "ended": rng.integers(2, size=200), "cluster": [f"c{number:02d}" for number in cluster]}
    )


def few() -> pd.DataFrame:
    """Return even numbers of spells, of which exactly a half is left for a while: how long the median is then is a convention."""
    cases = {f"half_of_{count}": (7 * np.arange(1, count + 1) ** 2, np.ones(count, dtype=int)) for count in (2, 4, 6)}
    cases |= {"half_to_the_end": (np.array([3, 5, 7, 8]), np.array([1, 1, 0, 0])), "one": (np.array([9]), np.array([1]))}
    parts = [pd.DataFrame({"case": name, "days": days, "ended": ended}) for name, (days, ended) in cases.items()]
    table = pd.concat(parts, ignore_index=True)
    return table.assign(cluster=[f"c{number}" for number in range(len(table))])


if __name__ == "__main__":
    pd.concat([held(), made_up(), few()]).to_csv(Path(__file__).with_name("survival_spells.csv"), index=False, lineterminator="\n")
