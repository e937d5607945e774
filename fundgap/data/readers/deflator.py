"""The GDP deflator (ONS series YBGB, quarterly), averaged over the four quarters of each financial year."""

import re
from pathlib import Path

import pandas as pd

from fundgap.data.councils import CouncilIndex
from fundgap.data.prices import financial_year
from fundgap.data.readers.sheets import Faults, check_size, csv_sheet
from fundgap.data.sources import Release

# The series code stands in the second line; a download of another series looks just the same otherwise.
_SERIES = "YBGB"
_HEADING = "Gross domestic product at market prices:Implied deflator:SA"
_DECIMALS = 4


def read(path: Path, release: Release, index: CouncilIndex) -> dict[str, pd.DataFrame]:
    """Return {"deflator": financial_year, deflator}: only years of which all four quarters are published.

    Raises
    ------
    BadFigures
        When the file is another series, or a quarter is no positive number.
    """
    faults = Faults(path.name)
    check_size(path, faults)
    sheet = csv_sheet(path, {"period": "Title", "value": _HEADING}, faults)
    series = sheet.cells.loc[sheet.cells["period"] == "CDID", "value"].tolist()
    if series != [_SERIES]:
        faults.add("", f"series {series}", f"series {_SERIES}")
    quarters = sheet.cells.index[sheet.cells["period"].map(lambda text: bool(re.fullmatch(r"\d{4} Q[1-4]", str(text))))]
    values = sheet.numbers("value", quarters)
    for row in values.index[values <= 0]:
        faults.add(sheet.place(row, "value"), values[row], "a positive index")
    periods = sheet.cells.loc[quarters, "period"]
    for row in periods.index[periods.duplicated()]:
        faults.add(sheet.place(row, "period"), periods[row], "each quarter once")
    faults.raise_if_any()
    start = periods.map(lambda text: int(text[:4]) - (text[-1] == "1"))
    means = values.groupby(start).agg(["mean", "count"])
    full = means[means["count"] == 4]["mean"].round(_DECIMALS)
    table = pd.DataFrame({"financial_year": [financial_year(year) for year in full.index], "deflator": full.to_numpy()})
    return {"deflator": table.assign(source=release.id)}
