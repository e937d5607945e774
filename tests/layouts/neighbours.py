"""Statistical neighbours."""

from layouts.drafts import Draft, Rows, register

# The file writes the second word with a capital here and there.
_WORDS = [
    "Extremely close",
    "Very close",
    "Very Close",
    "Very close",
    "Close",
    "Close",
    "Close",
    "Somewhat close",
    "Somewhat close",
    "Not close",
]
_HEADER = ["LA num", "LA Name", "LA number", "GOInd", "GOReg", *(text for place in range(1, 11) for text in (f"SN{place}", "SNP"))]


def numbers_of_now() -> list[int]:
    """Return the DfE numbers of the councils there are, in the order of the register."""
    return [int(row["council_number"]) for row in register() if not row["last_year"]]


def neighbours() -> Draft:
    """Return the sheet: councils of now from row 4 on, each with the ten after it, then the line and two abolished councils."""
    now = numbers_of_now()
    names = {int(row["council_number"]): row["council_name"] for row in register()}
    rows: Rows = [["A"] * len(_HEADER), list(range(1, len(_HEADER) + 1)), list(_HEADER)]
    for place, number in enumerate(now):
        rows.append(_row(number, names[number], [now[(place + step) % len(now)] for step in range(1, 11)]))
    blank: list[object] = [""] * len(_HEADER)
    rows += [list(blank), ["", "Old SNs:", *blank[2:]], list(blank)]
    rows.append(_row(835, "Dorset (Pre LG)", [836, *now[:9]]))
    rows.append(_row(836, "Poole (Pre LG)", [835, *now[:9]]))
    return Draft("neighbours-2025-05", "sn_may_2025.xlsx", {"LA SN Groups": rows}, "LA SN Groups", 3)


def _row(number: int, name: str, nearest: list[int]) -> list[object]:
    return [number, name, number, 1, "South West", *(cell for pair in zip(nearest, _WORDS, strict=True) for cell in pair)]
