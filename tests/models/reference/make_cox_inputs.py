"""Made-up council-years for make_cox.R: 90 councils followed up to six years, some of which fall."""

from pathlib import Path

import numpy as np
import pandas as pd

rng = np.random.default_rng(20261122)
rows = []
for _ in range(90):
    for year in range(6):
        a, b, c = rng.normal(15, 8), rng.normal(16, 4), rng.normal(17, 3)
        falls = rng.random() < 0.03 * np.exp(0.03 * (a - 15) + 0.12 * (c - 17))
        stop = year + (round(rng.uniform(0.1, 0.9), 1) if falls else 1.0)
        rows.append((float(year), stop, int(falls), round(a, 2), round(b, 2), round(c, 2)))
        if falls:
            break
names = ["start", "stop", "event", "a", "b", "c"]
pd.DataFrame(rows, columns=names).to_csv(Path(__file__).parent / "cox_inputs.csv", index=False)
