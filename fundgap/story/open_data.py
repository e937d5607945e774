"""Our tables in the names of DfE's open data standards: time and place first, then filters and indicators, and a file that explains them.

The standards are those of the Explore Education Statistics service (Department for Education, analysts' guide, open data standards):
one tidy CSV, no blank cells among the figures, and a `.meta.csv` beside it with a row a column.
"""

import numpy as np
import pandas as pd

from fundgap.data.councils import councils
from fundgap.data.reconcile import ENGLAND, REGIONS
from fundgap.data.store import Store

TIME_AND_PLACE = [
    "time_period",
    "time_identifier",
    "geographic_level",
    "country_code",
    "country_name",
    "region_code",
    "region_name",
    "old_la_code",
    "la_name",
    "new_la_code",
]
# The symbols of the Government Statistical Service: no figure is held; a figure would make no sense.
NOT_HELD, NOT_APPLICABLE = "x", "z"
_META = ["col_name", "col_type", "label", "indicator_grouping", "indicator_unit", "indicator_dp", "filter_hint", "filter_grouping_column"]
_REGION_CODES = {name: code for code, name in REGIONS.items()}


def with_time_and_place(frame: pd.DataFrame, store: Store) -> pd.DataFrame:
    """Return a table with DfE's columns of time and place in front of its own.

    Parameters
    ----------
    frame
        With `financial_year`; with `council` (ONS code) where its rows are councils, else they are England. Without
        `financial_year` it is no statistic of a year, and is returned as it is.
    """
    if "financial_year" not in frame:
        return frame
    year = frame["financial_year"].astype(str)
    front = pd.DataFrame(
        {
            "time_period": year.str[:4] + year.str[5:],
            "time_identifier": "Financial year",
            "geographic_level": "Local authority" if "council" in frame else "National",
            "country_code": ENGLAND,
            "country_name": "England",
        },
        index=frame.index,
    )
    if "council" in frame:
        register = councils(store).set_index("council")
        region = frame["council"].map(register["region"])
        front["region_code"], front["region_name"] = region.map(_REGION_CODES), region
        front["old_la_code"] = frame["council"].map(register["council_number"]).map("{:03d}".format)
        front["la_name"], front["new_la_code"] = frame["council"].map(register["council_name"]), frame["council"]
    return pd.concat([front.reindex(columns=TIME_AND_PLACE), frame], axis=1)


def as_csv(frame: pd.DataFrame) -> str:
    """Return a table as CSV: unrounded, "x" where no figure is held, "z" where one would be without end; blank only in columns of place.

    Read it back with `pandas.read_csv(..., na_values=["x"], keep_default_na=False)` but for the columns of place.
    """
    place = [name for name in frame.columns if name in TIME_AND_PLACE]
    own = [name for name in frame.columns if name not in TIME_AND_PLACE]
    shown = pd.concat([frame[place].astype(object).where(frame[place].notna(), ""), frame[own].apply(_marked)], axis=1)
    return shown.to_csv(index=False, lineterminator="\n")


def explained(frame: pd.DataFrame, labels: dict[str, str]) -> pd.DataFrame:
    """Return DfE's file of explanations for a table: a row for each column but those of time and place.

    Numbers are indicators, text and yes-or-no columns are filters.
    """
    rows = []
    for name in frame.columns:
        if name in TIME_AND_PLACE:
            continue
        is_number = pd.api.types.is_numeric_dtype(frame[name]) and not pd.api.types.is_bool_dtype(frame[name])
        unit = "£" if "_gbp" in name else ""
        rows.append((name, "Indicator" if is_number else "Filter", labels[name], "", unit, "2" if unit else "", "", ""))
    return pd.DataFrame(rows, columns=_META)


def label_of(column: str, price_base: str = "") -> str:
    """Return a column's name in words, with its unit and price basis: "gap_gbp" → "Gap (£, cash)"."""
    unit = ""
    if column.endswith("_gbp_real"):
        column, unit = column.removesuffix("_gbp_real"), f" (£, {price_base or 'constant'} prices)"
    elif column.endswith("_gbp"):
        column, unit = column.removesuffix("_gbp"), " (£, cash)"
    elif column.startswith("share"):
        unit = " (fraction)"
    words = column.removeprefix("is_").replace("_", " ")
    return f"{words[:1].upper()}{words[1:]}{unit}"


def _marked(column: pd.Series) -> pd.Series:
    """Return a column as text with the symbols for what is missing and what is without end."""
    text = column.map(_text)
    if pd.api.types.is_numeric_dtype(column):
        text = text.mask(np.isinf(column.astype(float)), NOT_APPLICABLE)
    return text.mask(column.isna(), NOT_HELD)


def _text(value: object) -> str:
    # The shortest text that reads back as the same number.
    return repr(float(value)).removesuffix(".0") if isinstance(value, float | np.floating) else str(value)
