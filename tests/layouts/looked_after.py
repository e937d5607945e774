"""Children looked after on 31 March, statistical first releases of 2011 to 2015."""

from layouts.drafts import ENGLAND, Draft, Rows, register

ISLES_OF_SCILLY = "E06000053"
_REGIONS = {
    "North East": ("A", "E12000001"),
    "North West": ("B", "E12000002"),
    "Yorkshire and the Humber": ("C", "E12000003"),
    "East Midlands": ("D", "E12000004"),
    "West Midlands": ("E", "E12000005"),
    "East of England": ("F", "E12000006"),
    "London": ("G", "E12000007"),
    "South East": ("J", "E12000008"),
    "South West": ("K", "E12000009"),
}
# The releases write names in capitals for regions, and Gateshead under the code it had until 2013.
_OLD_CODES = {"E08000037": "E08000020", "E06000057": "E06000048"}
_FILES = {2011: "SFR21_CLA.csv", 2015: "SFR34_CLA2015.csv"}


def counted(number: int) -> int:
    """Return a council's invented number of children looked after, told apart from its neighbours'."""
    return 100 + number


def looked_after(year: int = 2015) -> Draft:
    """Return a release: England in row 2, regions and halves of London in rows 3 to 13, 151 councils from row 14 on."""
    financial_year = f"{year - 1}-{year % 100:02d}"
    here = [row for row in register() if row["first_year"] <= financial_year <= (row["last_year"] or "9999")]
    here = [row for row in here if row["council"] != ISLES_OF_SCILLY]
    sums = {region: sum(counted(int(row["council_number"])) for row in here if row["region"] == region) for region in _REGIONS}
    rows: Rows = [["New_geog_code", "geog_l", "geog_c", "geog_n", f"CLA_Mar{year}", f"CLA_{year}", "CLA_NetGain "]]
    rows.append([ENGLAND, "NATIONAL", "999", "ENGLAND", round(sum(sums.values()), -1), 0, 0])
    for region, (letter, code) in _REGIONS.items():
        rows.append([code, "REGION", letter, region.upper(), round(sums[region], -1), 0, -10])
    rows += [["E12000007", "REGION", "H", "INNER LONDON", 10, 0, 0], ["E12000007", "REGION", "I", "OUTER LONDON", 20, 0, 0]]
    for row in here:
        code, number = row["council"], int(row["council_number"])
        rows.append([_OLD_CODES.get(code, code), "LA", number, row["council_name"], counted(number), "x", "x"])
    return Draft(f"cla-{year}", _FILES[year], {"": rows}, "", 1)
