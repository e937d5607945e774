"""Write the panel that the mixed reference fits stand on: every judgement as shipped, all frameworks pooled.

Run as `python tests/models/reference/make_mixed_inputs.py` from the top of the project, then make_mixed_reference.R, which makes
up the other inputs itself. The estimates stored beside it belong to this file, so it stays as it is when the panel is revised.
"""

from pathlib import Path

import pandas as pd

import fundgap

HERE = Path(__file__).parent
TINY = ["E09000001", "E06000053"]


def panel() -> pd.DataFrame:
    """Return grades, 0 = Inadequate, re-inspections too, with council, year of the figures, decile and £100s a child."""
    table = fundgap.in_real_terms(fundgap.inspections())
    table = table[~table["council"].isin(TINY)]
    named = table[["council", "framework", "figures_year", "deprivation_decile"]].assign(
        grade=table["rating"].cat.codes, preventative_100=(table["preventative_per_child_real"] / 100).round(6)
    )
    named = named.dropna()
    return named.assign(deprivation_decile=named["deprivation_decile"].astype(int))


if __name__ == "__main__":
    panel().to_csv(HERE / "mixed_panel.csv", index=False, lineterminator="\n")
