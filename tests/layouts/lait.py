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
# Measures of the year's outturn, of the 31 March that ends it, and of the 30 September in it; all are rates.
LAIT_UNIT_COSTS = {
    "LACFinance": "looked_after_weekly_gbp",
    "RescareFinance": "residential_weekly_gbp",
    "FosteringFinance": "fostering_weekly_gbp",
}
LAIT_NEED = {
    "LAC": "published_looked_after_per_10k",
    "CIN": "children_in_need_per_10k",
    "CPP_rate": "protection_plans_per_10k",
    "Section_47": "section_47_per_10k",
}
LAIT_WORKFORCE = {
    "Work_Force_Agecy_Rate": "agency_workers_pct",
    "Work_Force_AgencyCover": "agency_covering_vacancies_pct",
    "Work_Force_Vac_Rate": "vacancies_pct",
    "Work_Force_TO_Rate": "turnover_pct",
    "Work_Force_SWAbsence": "absence_pct",
    "Work_Force_AvgNumCase_SW": "caseload",
}
LAIT_COUNTS = {"Work_Force_NoSW": "social_workers_fte", "Work_Force_Num_CaseHeld": "cases_held"}
JOINT_COUNT = 500
_JOINT = ((314.0, "Kingston upon Thames"), (318.0, "Richmond upon Thames"))
LAIT_YEARS = ("2018-19", "2019-20")
# Whose figures there are in each year: Dorset was made anew on 1 April 2019, St Helens made no return in 2019-20.
_LAIT_RETURNS = {"2018-19": (BARKING, ST_HELENS, BARNSLEY, OLD_DORSET), "2019-20": (BARKING, BARNSLEY, NEW_DORSET)}
# Low income is worked back to the councils of 2023.
_LAIT_LATER = (BARKING, ST_HELENS, BARNSLEY, NEW_DORSET)
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


def rate_of(number: int) -> float:
    """Return a council's invented rate, one for every measure; a unit cost is a hundred times as much."""
    return number / 10


def leaving_care_of(number: int) -> int:
    """Return a council's invented spend on leaving care."""
    return 1000 * number


def lait(file: str = "bds_long_0.parquet") -> Draft:
    """Return LAIT's long file: spend, looked-after children, indicators, and one measure that nobody asked for.

    Spend and looked-after children stand first, year by year, then the indicators.
    """
    rows: Rows = [list(_LAIT_HEADER), ["InfMort", "Infant mortality", "2019", "Barnsley", "c", 370.0, ""]]
    for year in LAIT_YEARS:
        for measure, category in LAIT_SPEND.items():
            rows += _lait_measure(measure, f"{year} (OT)", year, lambda number, category=category: round(spend_of(number)[category]))
        rows += _lait_measure("LACnum", str(int(year[:4]) + 1), year, looked_after_of)
    for year in LAIT_YEARS:
        start = int(year[:4])
        rows += _lait_measure("LeaveCareSupServTotExp", year, year, leaving_care_of)
        for measure in LAIT_UNIT_COSTS:
            rows += _lait_rate(measure, f"{year} (OT)", _LAIT_RETURNS[year], times=100)
        for measures, period in ((LAIT_NEED, f"{start + 1}"), (LAIT_WORKFORCE, f"{start}")):
            for measure in measures:
                rows += _lait_rate(measure, period, _LAIT_RETURNS[year])
        rows += _lait_rate("ChildPov", f"{start + 1}", _LAIT_LATER)
        for measure in LAIT_COUNTS:
            rows += _lait_joint_count(measure, f"{start}", _LAIT_RETURNS[year])
    # Caseloads were counted otherwise in 2016.
    rows += _lait_rate("Work_Force_AvgNumCase_SW", "2016", _LAIT_RETURNS["2018-19"])
    return Draft("lait-2026-01", file, {"": rows}, "", 1)


def _lait_rate(measure: str, period: str, returned: tuple[tuple[int, str, str, str], ...], times: int = 1) -> Rows:
    """Return a rate: England's and every region's is the first council's, and the councils that made no return have "-"."""
    areas: list[tuple[float, str, object]] = [(970.0, "England", times * rate_of(returned[0][0]))]
    areas += [(float(number), name, areas[0][2]) for number, name in ((987, "London (Inner)"), *_LAIT_REGIONS.values())]
    for council in _LAIT_ROWS:
        title = "Dorset (Pre LG)" if council == OLD_DORSET else council[1]
        areas.append((float(council[0]), title, times * rate_of(council[0]) if council in returned else "-"))
    return [[measure, "a description", period, name, str(value), number, ""] for number, name, value in areas]


def _lait_joint_count(measure: str, period: str, returned: tuple[tuple[int, str, str, str], ...]) -> Rows:
    """Return a count, ten times the rate, which two more councils return together: it stands beside both and in England once."""
    rows = _lait_rate(measure, period, returned, times=10)
    rows[0][4] = str(sum(10 * rate_of(council[0]) for council in returned) + JOINT_COUNT)
    return rows + [[measure, "a description", period, name, str(JOINT_COUNT), number, ""] for number, name in _JOINT]


def _lait_measure(measure: str, period: str, year: str, figure: Callable[[int], int]) -> Rows:
    returned = {number: figure(number) for number, *_ in _LAIT_RETURNS[year]}
    regions = {code: sum(returned.get(council[0], 0) for council in _LAIT_ROWS if council[3] == code) for code in _LAIT_REGIONS}
    areas: list[tuple[float, str, object]] = [(970.0, "England", sum(returned.values())), (987.0, "London (Inner)", 1)]
    areas += [(float(_LAIT_REGIONS[code][0]), _LAIT_REGIONS[code][1], total) for code, total in regions.items()]
    for number, name, *_ in _LAIT_ROWS:
        title = "Dorset (Pre LG)" if number == OLD_DORSET[0] else name
        areas.append((float(number), title, returned.get(number, "-")))
    return [[measure, "a description", period, name, str(value), number, ""] for number, name, value in areas]
