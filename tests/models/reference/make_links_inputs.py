"""Write the made-up inputs of make_links.R: 150 rows with 4 columns and 3,000 rows with 8, four uneven grades, weights in eighths.

Run as `python tests/models/reference/make_links_inputs.py`, then make_links.R. Columns are whole hundredths, so that files stay small.
"""

from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
SEED = 20241126


def made_up(rng: np.random.Generator, n: int, columns: int) -> pd.DataFrame:
    """Return grades, correlated columns in hundredths (the last a rare dummy) and weights in eighths."""
    x = 0.5 * rng.normal(size=(n, 1)) + rng.normal(size=(n, columns))
    x[:, -1] = rng.uniform(size=n) < 0.15
    hundredths = np.round(100 * x).astype(int)
    latent = hundredths / 100 @ np.linspace(0.9, -0.7, columns) + rng.logistic(size=n)
    grade = np.digitize(latent, np.quantile(latent, [0.15, 0.5, 0.9]))
    frame = pd.DataFrame(hundredths, columns=[f"x{j}" for j in range(1, columns + 1)])
    frame.insert(0, "grade", grade)
    return frame.assign(weight=rng.integers(1, 25, size=n) / 8)


if __name__ == "__main__":
    rng = np.random.default_rng(SEED)
    for name, n, columns in (("small", 150, 4), ("large", 3000, 8)):
        made_up(rng, n, columns).to_csv(HERE / f"links_{name}.csv", index=False, lineterminator="\n")
