"""From a figure back to the official releases: the rows of the raw tables behind it, each with the id of its release."""

import pandas as pd

from fundgap.data.councils import councils
from fundgap.errors import NoData
from fundgap.story.claims_inputs import Evidence, Inputs

COLUMNS = ("table", "source", "council", "council_name", "of", "figure", "value")
# What of each raw table is a figure; the other columns say what it is of.
_VALUES = {
    "inspections": ("overall", "help_protection_grade", "looked_after_grade", "leadership_grade", "safeguarding_board_grade"),
    "spend": ("gross_gbp",),
    "children": ("children",),
    "indicators": ("value",),
    "deprivation": ("average_score",),
    "interventions": ("partner",),
    "deflator": ("deflator",),
    "published_overspends": ("overspend_gbp",),
}
_OF = {
    "inspections": ("framework", "is_reinspection", "publication_date"),
    "spend": ("financial_year", "category"),
    "children": ("year",),
    "indicators": ("financial_year", "indicator"),
    "deprivation": ("vintage", "index_name"),
    "interventions": ("kind", "started_on"),
    "deflator": ("financial_year",),
    "published_overspends": ("financial_year", "publisher"),
}


def rows_behind(evidence: tuple[Evidence, ...], inputs: Inputs) -> pd.DataFrame:
    """Return the rows of the raw tables that a claim's figures stand on.

    Returns
    -------
    pandas.DataFrame
        table (of data/raw), source (id of the release, see `fundgap.sources()`; for the register of interventions the page), council (ONS
        code; blank for England), council_name, of (year, framework, category …), figure (column of the table), value (text).

    Raises
    ------
    NoData
        When a key leads to no row: a figure without a source.
    """
    parts = [_rows(item, inputs.raw(item.table)) for item in evidence]
    table = pd.concat(parts, ignore_index=True)
    names = councils(inputs.store).set_index("council")["council_name"]
    table.insert(3, "council_name", table["council"].map(names).fillna(""))
    return table[list(COLUMNS)]


def sources_behind(evidence: tuple[Evidence, ...], inputs: Inputs) -> tuple[str, ...]:
    """Return the releases of those rows, each once."""
    found = [_found(item, inputs.raw(item.table))["source"] for item in evidence]
    return tuple(dict.fromkeys(pd.concat(found)))


def _rows(evidence: Evidence, raw: pd.DataFrame) -> pd.DataFrame:
    found = _found(evidence, raw)
    of = _OF[evidence.table]
    told = found[list(of)].replace({"is_reinspection": {True: "re-inspection", False: "first"}}).astype(str).agg(", ".join, axis=1)
    base = pd.DataFrame({"table": evidence.table, "source": found["source"], "council": found.get("council", ""), "of": told})
    each = [base.assign(figure=name, value=found[name].astype("string")) for name in _VALUES[evidence.table]]
    return pd.concat(each, ignore_index=True).dropna(subset=["value"])


def _found(evidence: Evidence, raw: pd.DataFrame) -> pd.DataFrame:
    """Return the raw rows that the keys pick."""
    found = raw.merge(evidence.keys.drop_duplicates(), how="inner", on=list(evidence.keys.columns))
    if found.empty:
        raise NoData(f"No row of {evidence.table} stands behind the figure: none has the keys {list(evidence.keys.columns)} asked for.")
    return found
