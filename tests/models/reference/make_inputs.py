"""Write the inputs of the reference fits: the first SIF judgements as shipped, and two made-up cases.

Run as `python tests/models/reference/make_inputs.py` from the top of the project, then make_reference.R. The estimates stored
beside them belong to these inputs, so the inputs stay as they are when the panel is revised.
"""

from pathlib import Path

import numpy as np
import pandas as pd

import fundgap

HERE = Path(__file__).parent
KINDS = ("gross_spend", "preventative", "safeguarding", "looked_after")
SEED = 20180207


def first_sif() -> pd.DataFrame:
    """Return the grades of the first SIF inspections, 0 = Inadequate, with deprivation and £100s a child in 2024-25 prices."""
    table = fundgap.in_real_terms(fundgap.inspections())
    table = table[(table["framework"] == "SIF") & ~table["is_reinspection"] & ~table["council"].isin(["E09000001", "E06000053"])]
    hundreds = {f"{kind.removesuffix('_spend')}_100": table[f"{kind}_per_child_real"] / 100 for kind in KINDS}
    grade = table["rating"].cat.codes
    frame = pd.DataFrame({"council": table["council"], "grade": grade, "good": (grade >= 2).astype(int)})
    return frame.assign(deprivation_decile=table["deprivation_decile"].astype("Int64"), **hundreds).dropna()


def grades(rng: np.random.Generator, latent: np.ndarray, thresholds: list[float]) -> np.ndarray:
    """Return grades drawn from the ordered logit."""
    return np.digitize(latent + rng.logistic(size=len(latent)), thresholds)


def three_grades(rng: np.random.Generator) -> pd.DataFrame:
    """Return 60 rows, two plain columns."""
    a, b = rng.normal(size=60).round(4), rng.uniform(0, 10, size=60).round(3)
    return pd.DataFrame({"grade": grades(rng, 0.8 * a - 0.2 * b, [-2.0, 0.0]), "a": a, "b": b})


def five_grades(rng: np.random.Generator) -> pd.DataFrame:
    """Return 400 rows, four correlated columns from thousandths to hundreds of thousands, and uneven weights."""
    common = rng.normal(size=400)
    own = rng.normal(size=(400, 4))
    z = 0.7 * common[:, None] + 0.7 * own
    scaled = {"rate": 0.003 + 0.001 * z[:, 0], "score": 25 + 8 * z[:, 1], "spend": 3000 + 800 * z[:, 2], "income": 4e5 + 1e5 * z[:, 3]}
    x = {name: np.array([float(f"{value:.6g}") for value in values]) for name, values in scaled.items()}
    grade = grades(rng, z @ [0.9, -0.6, 0.4, -0.3], [-2.5, -1.0, 0.5, 2.2])
    return pd.DataFrame({"grade": grade, **x, "weight": rng.integers(1, 13, size=400) / 4})


if __name__ == "__main__":
    rng = np.random.default_rng(SEED)
    new = {"deprivation_decile": [1, 5, 10, 10], "preventative_100": [3.5, 5.25, 4.0, 12.0]}
    tables = {"sif": first_sif(), "sif_new": pd.DataFrame(new), "three_grades": three_grades(rng), "five_grades": five_grades(rng)}
    for name, table in tables.items():
        table.to_csv(HERE / f"{name}.csv", index=False, lineterminator="\n")
