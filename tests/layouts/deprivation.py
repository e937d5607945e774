"""English Indices of Deprivation: File 11, and files with average scores alone."""

from layouts.drafts import Draft, Rows, councils_in

# Index, its sheet, what its headings begin with in 2015 and in 2019.
_IOD_INDICES = {
    "IMD": ("IMD", "IMD", "IMD"),
    "income": ("Income", "Income", "Income"),
    "employment": ("Employment", "Employment", "Employment"),
    "education": ("Education", "Education, Skills and Training", "Education, Skills and Training"),
    "health": ("Health", "Health Deprivation and Disability", "Health Deprivation and Disability"),
    "crime": ("Crime", "Crime", "Crime"),
    "barriers": ("Barriers", "Barriers to Housing and Services", "Barriers to Housing and Services"),
    "living_environment": ("Living", "Living Environment", "Living Environment"),
    "IDACI": ("IDACI", "Income Deprivation Affecting Children Index (IDACI)", "IDACI"),
    "IDAOPI": ("IDAOPI", "Income Deprivation Affecting Older People (IDAOPI)", "IDAOPI"),
}
DEPRIVATION_SHEETS = tuple(sheet for sheet, *_ in _IOD_INDICES.values())
_IOD_YEARS = {"IoD2015": ("2013", "2013-14"), "IoD2019": ("2019", "2019-20")}
_SCORES_COLUMNS = ("barriers", "crime", "education", "employment", "health", "IDACI", "IDAOPI", "IMD", "income", "living_environment")
SMALL_AREAS = 33_755
NEW_UNITARIES = (
    ("E06000061", "North Northamptonshire", 0.16, 20.5, 4),
    ("E06000062", "West Northamptonshire", 0.12, 17.25, 3),
    ("E06000063", "Cumberland", 0.15, 23.5, 3),
    ("E06000064", "Westmorland and Furness", 0.11, 19.75, 3),
)


def deprivation(vintage: str = "IoD2019") -> Draft:
    """Return File 11: all councils of its time in the order of the register, which is that of their invented ranks."""
    year, in_force = _IOD_YEARS[vintage]
    places = [f"Upper Tier Local Authority District {what} ({year})" for what in ("code", "name")]
    sheets = {}
    for index_name, (sheet, *headings) in _IOD_INDICES.items():
        heading = headings[vintage == "IoD2019"]
        # The workbook of 2019 puts blanks behind its headings, and two of them between two words of most.
        end, gap = ("", " ") if vintage == "IoD2015" else (" ", " " if index_name == "IMD" else "  ")
        share = f"Proportion{gap}of LSOAs in most deprived 10% nationally"
        figures = ["Average rank", "Rank of average rank", "Average score", "Rank of average score", share]
        header: list[object] = [*places, *(f"{heading} - {figure}{end}" for figure in figures)]
        councils = enumerate(councils_in(in_force), 1)
        sheets[sheet] = [
            header,
            *([code, name, 1.5, 77, deprivation_score(index_name, rank), rank, deprived_share(rank)] for rank, (code, name) in councils),
        ]
    return Draft(vintage.lower(), "File_11.xlsx", {"Notes": [["Notes"]], **sheets}, "IMD", 1)


def deprivation_scores() -> Draft:
    """Return the average scores of 2025: all councils of 2024-25 in the order of the register, their ranks scattered.

    The first has most areas.
    """
    councils = councils_in("2024-25")
    rows: Rows = [["area_code", "area_name", *map(_shortened, _SCORES_COLUMNS), "total_pop_mid2022", "n_lsoa"]]
    for rank, (code, name) in enumerate(councils, 1):
        areas = 200 if rank > 1 else SMALL_AREAS - 200 * (len(councils) - 1)
        rows.append([code, name, *(deprivation_score(index_name, scattered(rank)) for index_name in _SCORES_COLUMNS), 300_000, areas])
    return Draft("iod2025", "average_scores.csv", {"": rows}, "", 1)


def new_unitaries() -> Draft:
    """Return the scores worked out for the four councils that IoD2019 does not know."""
    header: list[object] = ["code", "name", "idaci2019_avg_score", "imd2019_avg_score", "n_districts"]
    return Draft("iod2019-new-unitaries", "new_unitaries.csv", {"": [header, *(list(row) for row in NEW_UNITARIES)]}, "", 1)


def _shortened(index_name: str) -> str:
    return {"living_environment": "living_env"}.get(index_name, index_name.lower())


def deprivation_score(index_name: str, rank: int) -> float:
    """Return the invented average score of a rank, on the scale of its index: each place a step less."""
    if index_name in ("income", "employment", "IDACI", "IDAOPI"):
        return round(0.7 - rank / 256, 4)
    if index_name in ("health", "crime"):
        return round(1 - rank / 64, 4)
    return 60 - rank / 4


def scattered(number: int) -> int:
    """Return another number for each from 1 to 156, far from those of the numbers beside it, as towns lie in an alphabet."""
    return 67 * number % 157


def deprived_share(rank: int) -> float:
    """Return the invented share of a council's areas that are among the most deprived tenth."""
    return round(0.5 - rank / 320, 4)
