"""The Local Authority Interactive Tool's long file."""

from collections.abc import Callable

from layouts.drafts import BARKING, BARNSLEY, NEW_DORSET, OLD_DORSET, ST_HELENS, Draft, Rows
from layouts.section251 import spend_of

_LAIT_HEADER = ["Short Desc", "Data item", "Years", "LA and Regions", "Values", "LA Number", "Region"]
LAIT_SPEND = {
    "C&YPExpenditure": "gross_spend",
    "TotalLACFinance": "looked_after",
    "SafeguardingFinance": "safeguarding",
    "FamilySupportFinance": "family_support",
    "SureStartFinance": "sure_start",
    "YoungPeopleFinance": "young_people",
    "YouthJusticeFinance": "youth_justice",
    "OtherChildren&FamilyFinance": "other",
}
LAIT_YEARS = ("2018-19", "2019-20")
# Whose figures there are in each year: Dorset was made anew on 1 April 2019, St Helens made no return in 2019-20.
_LAIT_RETURNS = {"2018-19": (BARKING, ST_HELENS, BARNSLEY, OLD_DORSET), "2019-20": (BARKING, BARNSLEY, NEW_DORSET)}
_LAIT_ROWS = (BARKING, ST_HELENS, BARNSLEY, OLD_DORSET, NEW_DORSET)
_LAIT_REGIONS = {
    "E12000007": (986, "London"),
    "E12000002": (981, "North West"),
    "E12000003": (982, "Yorkshire and The Humber"),
    "E12000009": (990, "South West"),
}


def looked_after_of(number: int) -> int:
    """Return a council's invented number of looked-after children."""
    return 100 + number


def lait(file: str = "bds_long_0.parquet") -> Draft:
    """Return LAIT's long file: eight spend measures, looked-after children, and one measure that nobody asked for."""
    rows: Rows = [list(_LAIT_HEADER), ["ChildPov", "Child poverty", "2019", "Barnsley", "c", 370.0, ""]]
    for year in LAIT_YEARS:
        for measure, category in LAIT_SPEND.items():
            rows += _lait_measure(measure, f"{year} (OT)", year, lambda number, category=category: round(spend_of(number)[category]))
        rows += _lait_measure("LACnum", str(int(year[:4]) + 1), year, looked_after_of)
    return Draft("lait-2026-01", file, {"": rows}, "", 1)


def _lait_measure(measure: str, period: str, year: str, figure: Callable[[int], int]) -> Rows:
    returned = {number: figure(number) for number, *_ in _LAIT_RETURNS[year]}
    regions = {code: sum(returned.get(council[0], 0) for council in _LAIT_ROWS if council[3] == code) for code in _LAIT_REGIONS}
    areas: list[tuple[float, str, object]] = [(970.0, "England", sum(returned.values())), (987.0, "London (Inner)", 1)]
    areas += [(float(_LAIT_REGIONS[code][0]), _LAIT_REGIONS[code][1], total) for code, total in regions.items()]
    for number, name, *_ in _LAIT_ROWS:
        title = "Dorset (Pre LG)" if number == OLD_DORSET[0] else name
        areas.append((float(number), title, returned.get(number, "-")))
    return [[measure, "a description", period, name, str(value), number, ""] for number, name, value in areas]
