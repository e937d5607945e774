"""Mid-year estimates of children aged 0 to 16, a column a year."""

from layouts.drafts import Draft, councils_in

_YEARS = range(2009, 2022)


def population_0_16() -> Draft:
    """Return the estimates of all councils of 2021-22 in the order of the register, which their numbers follow."""
    header: list[object] = ["code", "name", *map(str, _YEARS)]
    councils = enumerate(councils_in("2021-22"), 1)
    rows = [[code, name, *(children_0_16_of(place, year) for year in _YEARS)] for place, (code, name) in councils]
    return Draft("children-0-16-2009-2021", "population_0_16.csv", {"": [header, *rows]}, "", 1)


def children_0_16_of(place: int, year: int) -> int:
    """Return the invented number of children of the council in a place: 100 more a year, and 2,000 fewer at the census."""
    return 50_000 + 10 * place + 8_000 * ((place - 1) % 5) + 100 * (year - 2009) - (2_000 if year == 2021 else 0)
