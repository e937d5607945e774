"""Small panels made by hand, whose growth is in round numbers, and the scenarios to run on them."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pandas as pd

from fundgap.data.panel import council_years, inspections
from fundgap.gap.scenario import Scenario, scenario

# All money here is under a trillion pounds, where a float is good to a hundredth of a penny.
PENNY = 0.01
CATEGORIES = ("looked_after", "safeguarding", "preventative")
SPEND = tuple(f"{category}_spend_gbp" for category in CATEGORIES)
REAL, NOMINAL, POUNDS = "fraction a year, real", "fraction a year", "£, cash, England"

_COLUMNS = ["council", "council_name", "financial_year", "price_index", "children", "looked_after", *SPEND]
# Two years in which prices rise by 10% a year. Between its ends the panel is noise, which end-to-end growth must not see.
# In Aston and Brook together: children 4,800 → 6,912 (x1.44: 20% a year), looked after 1% → 1.5625% of them (25% a year),
# real cost of a looked-after child £10,000 → £12,100 (10%), of safeguarding a child £1,000 → £1,440 (20%), of the rest
# £1,000 → £810 (-10%); cash is 1.21 times that. Aston's children grow by 30% a year, Brook's by 10%.
# Lost has no outturn in the last year; its children grow as England's do. Newby is new in the last year.
_ROWS = [
    ("E10000001", "Aston", "2017-18", 100.0, 2300, 20, 200_000.0, 2_000_000.0, 2_000_000.0),
    ("E10000001", "Aston", "2018-19", 110.0, 9999, 99, 999_999.0, 9_999_999.0, 999_999.0),
    ("E10000001", "Aston", "2019-20", 121.0, 3887, 40, 600_000.0, 5_000_000.0, 2_000_000.0),
    ("E10000002", "Brook", "2017-18", 100.0, 2500, 28, 280_000.0, 2_800_000.0, 2_800_000.0),
    ("E10000002", "Brook", "2018-19", 110.0, 111, 1, 1_111.0, 11_111.0, 1_111.0),
    ("E10000002", "Brook", "2019-20", 121.0, 3025, 68, 981_228.0, 7_043_468.80, 4_774_451.20),
    ("E10000003", "Lost", "2017-18", 100.0, 2500, 10, 500_000.0, 100_000.0, 100_000.0),
    ("E10000003", "Lost", "2018-19", 110.0, 2500, 900, 500_000.0, 100_000.0, 100_000.0),
    ("E10000003", "Lost", "2019-20", 121.0, 3600, 900, None, None, None),
    ("E10000004", "Newby", "2019-20", 121.0, 1000, 10, 100_000.0, 50_000.0, 20_000.0),
]


def small() -> pd.DataFrame:
    """Return four councils in three years, 2017-18 to 2019-20."""
    return _with_total(pd.DataFrame(_ROWS, columns=_COLUMNS))


def outturn(spend: Sequence[Sequence[float | None]], year: str = "2019-20") -> pd.DataFrame:
    """Return one year with a council for each row of spend on looked-after children, safeguarding and the rest."""
    rows = [(f"E1000{number:04d}", f"Council {number}", year, 100.0, 1000, 10, *parts) for number, parts in enumerate(spend)]
    return _with_total(pd.DataFrame(rows, columns=_COLUMNS))


def _with_total(frame: pd.DataFrame) -> pd.DataFrame:
    typed = frame.astype(dict.fromkeys(("children", "looked_after", *SPEND), float))
    # Councils in turn lie in one of two regions.
    regions = typed["council"].str[-1].astype(int).map(lambda number: ("North", "South")[number % 2])
    return typed.assign(region=regions, gross_spend_gbp=typed[list(SPEND)].sum(axis=1, skipna=False))


@cache
def panel() -> pd.DataFrame:
    """Return the committed panel, read once; change a copy of it."""
    return council_years()


@cache
def judgements() -> pd.DataFrame:
    """Return the committed judgements, read once; change a copy of them."""
    return inspections()


def growth(**changes: float | int | str) -> Scenario:
    """Return a scenario with no growth in anything but what is given."""
    still = dict.fromkeys(("demography_growth", "demand_growth", "price_growth", "funding_growth", "general_price_growth"), 0.0)
    return scenario("trend").replace(**(still | changes))


def assumed(unit: str, **value: object) -> dict[str, Any]:
    """Return an assumption as a scenario's file holds it."""
    return {"label": "As told", "unit": unit, "source": "A test", "date": "2020-01-31", "quality": "red", "impact": "green"} | value


def growth_content(**changes: object) -> dict[str, Any]:
    """Return the content of a file for a scenario of growth."""
    head = {"id": "own", "title": "Our own", "summary": "Made up.", "base_year": "2019-20", "years": 2}
    rates = {f"{name}_growth": assumed(REAL, value=0.0) for name in ("demography", "demand", "price", "funding")}
    return head | rates | {"general_price_growth": assumed(NOMINAL, value=0.0)} | changes


def path_content(need: Mapping[str, float], funding: Mapping[str, float], **changes: object) -> dict[str, Any]:
    """Return the content of a file for a scenario of paths in pounds, over the years of `need`."""
    head = {"id": "own", "title": "Our own", "summary": "Made up.", "base_year": min(need), "years": len(need) - 1}
    paths = {"need_gbp": assumed(POUNDS, values=dict(need)), "funding_gbp": assumed(POUNDS, values=dict(funding))}
    return head | paths | changes


def fund_content(**changes: object) -> dict[str, Any]:
    """Return a fund of £30m over three years as the register's file holds it."""
    entry = {
        "title": "A fund",
        "amount_gbp": 30_000_000,
        "years": ["2017-18", "2018-19", "2019-20"],
        "department": "DfE",
        "purpose": "Help",
        "services": "children and families",
        "evidence": "press",
        "source": "A test",
    }
    return entry | changes
