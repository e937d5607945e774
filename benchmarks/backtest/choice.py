"""Score every candidate on the early origins anew and write the table beside this file.

`python benchmarks/backtest/choice.py` takes about two minutes. The first table is what the default recipe was chosen from; the second
is the choice as it would have been made with outcomes up to 2018-19 alone. A test holds the default to the first row of the first.
"""

from pathlib import Path

import fundgap
from fundgap.gap.choice import choose

HERE = Path(__file__).parent
DIGITS = 5


def main() -> None:
    """Write both tables."""
    years = fundgap.council_years()
    for name, last_outcome in (("candidates", None), ("candidates_to_2018-19", "2018-19")):
        table = choose(years, last_outcome=last_outcome)
        table.round(DIGITS).to_csv(HERE / f"{name}.csv", index=False)
        print(f"{name}\n{table.round(DIGITS).head(5).to_string(index=False)}\n")


if __name__ == "__main__":
    main()
