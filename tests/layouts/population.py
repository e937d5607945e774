"""Mid-year estimates of children."""

from layouts.drafts import BARKING, BARNSLEY, ENGLAND, NEW_DORSET, OLD_DORSET, ST_HELENS, Draft, Rows

_POPULATION_HEADER = [
    "time_period",
    "time_identifier",
    "geographic_level",
    "country_code",
    "country_name",
    "region_code",
    "region_name",
    "old_la_code",
    "new_la_code",
    "la_name",
    "age_group",
    "population_estimate",
]
AGES = "Children aged 0 to 17 years"
SUPPRESSED = 61_000
_POPULATION_YEARS = {2019: (BARKING, ST_HELENS, BARNSLEY, NEW_DORSET), 2018: (BARKING, ST_HELENS, BARNSLEY, OLD_DORSET)}


def children_of(number: int, year: int) -> int:
    """Return a council's invented number of children."""
    return 60_000 + number + year


def population() -> Draft:
    """Return the estimates of 2019 and, below them, 2018: England, four regions, councils; old Dorset's is suppressed.

    Rows 2 to 10 are 2019, rows 11 to 19 are 2018; in each year England comes first, then the regions, then the councils.
    """
    rows: Rows = [list(_POPULATION_HEADER)]
    for year, councils in _POPULATION_YEARS.items():
        counts = {number: SUPPRESSED if number == OLD_DORSET[0] else children_of(number, year) for number, *_ in councils}
        rows.append(_population_row(year, "National", count=sum(counts.values())))
        rows += [_population_row(year, "Regional", region=region, count=counts[number]) for number, _, _, region in councils]
        for number, name, code, region in councils:
            shown = "x" if number == OLD_DORSET[0] else counts[number]
            rows.append(_population_row(year, "Local authority", region, number, code, name, shown))
    return Draft("children-2012-2024", "population.csv", {"": rows}, "", 1)


def _population_row(
    year: int, level: str, region: str = "", number: object = "", code: str = "", name: str = "", count: object = ""
) -> list[object]:
    return [year, "Reporting year", level, ENGLAND, "England", region, "", number, code, name, AGES, count]
