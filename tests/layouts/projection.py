"""Sub-national population projections: a row an area and age group, a column a year."""

from layouts.drafts import ENGLAND, Draft, Rows, built_once, councils_in, register

AGE_GROUPS = (*(f"{start}-{start + 4}" for start in range(0, 90, 5)), "90+")
_YEARS = range(2018, 2044)
# Codes of the time, of councils that have another one now.
OLD_CODES = {"E06000060": "E10000002", "E06000065": "E10000023", "E06000066": "E10000027"}
_REGIONS = (
    ("E12000001", "North East", "North East"),
    ("E12000002", "North West", "North West"),
    ("E12000003", "Yorkshire and The Humber", "Yorkshire and the Humber"),
    ("E12000004", "East Midlands", "East Midlands"),
    ("E12000005", "West Midlands", "West Midlands"),
    ("E12000006", "East", "East of England"),
    ("E12000007", "London", "London"),
    ("E12000008", "South East", "South East"),
    ("E12000009", "South West", "South West"),
)
# A district and a metropolitan county, whose people are counted in the rows of councils.
_OTHERS = (("E07000026", "Allerdale"), ("E11000001", "Greater Manchester (Met County)"))


@built_once
def projection() -> Draft:
    """Return the projection: England (rows 2 to 21), nine regions, two other areas, then all councils of 2018-19.

    Figures stand in the file as text with a blank before it; the first council's ages 0-4 are in row 242.
    """
    councils = councils_in("2018-19")
    region = {row["council"]: row["region"] for row in register()}
    places: dict[str, list[int]] = {}
    for place, (code, _) in enumerate(councils, 1):
        places.setdefault(region[code], []).append(place)
    rows: Rows = [["", "CODE", "AREA", "AGE GROUP", *map(str, _YEARS)]]
    _append(rows, ENGLAND, "England", list(range(1, len(councils) + 1)))
    for code, title, name in _REGIONS:
        _append(rows, code, title, places[name])
    for code, title in _OTHERS:
        _append(rows, code, title, [1])
    for place, (code, name) in enumerate(councils, 1):
        _append(rows, OLD_CODES.get(code, code), name, [place])
    return Draft("snpp-2018", "projection.csv", {"": rows}, "", 1)


def people_of(place: int, group: int, year: int) -> float:
    """Return the invented people of the council in a place, by the age group's number (0 = ages 0-4)."""
    return 10_000 + 10 * place + group + (year - 2018) / 2


def _append(rows: Rows, code: str, name: str, places: list[int]) -> None:
    groups = [[sum(people_of(place, group, year) for place in places) for year in _YEARS] for group in range(len(AGE_GROUPS))]
    groups.append([sum(column) for column in zip(*groups, strict=True)])
    for age, people in zip((*AGE_GROUPS, "All ages"), groups, strict=True):
        rows.append([len(rows), code, name, age, *(f" {number:.1f}" for number in people)])
