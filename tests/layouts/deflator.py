"""The ONS download of the GDP deflator."""

from layouts.drafts import Draft, Rows

_DEFLATOR_TOP = [
    ["Title", "Gross domestic product at market prices:Implied deflator:SA"],
    ["CDID", "YBGB"],
    ["Source dataset ID", "UKEA"],
    ["PreUnit", "£"],
    ["Unit", "m"],
    ["Release date", "30-06-2025"],
    ["Next release", "30 September 2025"],
    ["Important notes", ""],
]


def deflator() -> Draft:
    """Return the ONS download: two yearly figures, then the quarters from 2022 Q1 (row 11) to 2024 Q2 (row 20)."""
    years = [["2022", "100.5"], ["2023", "104.5"]]
    values = [99.0, 100.0, 101.0, 102.0, 103.0, 104.0, 105.0, 106.0, 108.0, 110.0]
    quarters = [[f"{2022 + order // 4} Q{order % 4 + 1}", f"{value}"] for order, value in enumerate(values)]
    rows: Rows = [list(row) for row in [*_DEFLATOR_TOP, *years, *quarters]]
    return Draft("deflator-2025-06", "ons_ybgb.csv", {"": rows}, "", 1)
