"""English Indices of Deprivation, File 11."""

from layouts.drafts import Draft, councils_in

_IOD_HEADINGS = {
    "IoD2015": {"IMD": "IMD", "IDACI": "Income Deprivation Affecting Children Index (IDACI)"},
    "IoD2019": {"IMD": "IMD", "IDACI": "IDACI"},
}
_IOD_YEARS = {"IoD2015": ("2013", "2013-14"), "IoD2019": ("2019", "2019-20")}


def deprivation(vintage: str = "IoD2019") -> Draft:
    """Return File 11: all councils of its time in the order of the register, which is that of their invented ranks."""
    year, in_force = _IOD_YEARS[vintage]
    sheets = {}
    for sheet, heading in _IOD_HEADINGS[vintage].items():
        places = [f"Upper Tier Local Authority District {what} ({year})" for what in ("code", "name")]
        header = [*places, f"{heading} - Average rank ", f"{heading} - Average score ", f"{heading} - Rank of average score "]
        sheets[sheet] = [
            header,
            *([code, name, 1.5, deprivation_score(rank), rank] for rank, (code, name) in enumerate(councils_in(in_force), 1)),
        ]
    return Draft(vintage.lower(), "File_11.xlsx", {"Notes": [["Notes"]], **sheets}, "IMD", 1)


def deprivation_score(rank: int) -> float:
    """Return the invented average score of a rank: a quarter of a point less for each place."""
    return 60 - rank / 4
