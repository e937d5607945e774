"""Figures of the same thing side by side: children in two tables, deprivation in two vintages. One must be about as the other."""

from dataclasses import dataclass

import pandas as pd

from fundgap.data import schemas
from fundgap.data.councils import TINY_COUNCILS
from fundgap.data.raw_tables import RAW
from fundgap.data.store import Store
from fundgap.errors import Fault


@dataclass(frozen=True)
class _Pair:
    """Two tables with a count by council and year, and between what their ratio lies in the years in which they meet."""

    first: str
    second: str
    years: tuple[int, ...]
    low: float
    high: float


_COUNTS = {"children": "children", "children_0_16": "children_0_16", "projected_children": "children"}
_PAIRS = (
    # Seventeen of eighteen ages are 0.944. In 2012, when the older series had drifted for one year only, and in 2021, when
    # both are built on one census, councils lie between 0.909 (Rutland, with its boarding schools) and 0.993 (Westminster).
    _Pair("children_0_16", "children", (2012, 2021), 0.90, 1.00),
    # Built on the same estimates: from 0.875 (Nottingham, whose students make three fifths of ages 15-19 too many) to 0.965.
    _Pair("children_0_16", "projected_children", (2018,), 0.85, 0.99),
    # Since then the census has found fewer children in inner London: Westminster 0.693; the highest is Rutland, 1.069.
    _Pair("children", "projected_children", (2018,), 0.65, 1.10),
)


# Councils keep their places: the least alike are the barriers of 2019 and of 2025, whose ranks correlate at 0.68. Scores that have
# slipped by a row have next to nothing in common with any vintage.
_LEAST_ALIKE = 0.5
_FEWEST_RANKED = 20


def what_does_not_match(tables: dict[str, pd.DataFrame], file: str, store: Store) -> list[Fault]:
    """Hold new figures to those beside them on record: children to the other tables of children, deprivation to other vintages."""
    return [*_children_apart(tables, file, store), *_deprivation_apart(tables, file, store)]


def _deprivation_apart(tables: dict[str, pd.DataFrame], file: str, store: Store) -> list[Fault]:
    """Note each index by which councils are ordered quite otherwise than in a vintage on record."""
    path = store.raw / "deprivation.csv"
    if "deprivation" not in tables or not path.is_file():
        return []
    new, stored = tables["deprivation"], schemas.load(path, RAW["deprivation"])
    faults = []
    for (index_name, vintage), known in stored.groupby(["index_name", "vintage"]):
        both = new[new["index_name"] == index_name].merge(known, on="council", suffixes=("", "_known"))
        if len(both) >= _FEWEST_RANKED:
            alike = both["average_score"].corr(both["average_score_known"], method="spearman")
            if not alike >= _LEAST_ALIKE:
                found = f"councils in quite another order than in {vintage}: a rank correlation of {alike:.2f}"
                faults.append(Fault(f"{file}, {index_name}", found, f"{_LEAST_ALIKE} at the least: has a column slipped?"))
    return faults


def _children_apart(tables: dict[str, pd.DataFrame], file: str, store: Store) -> list[Fault]:
    """Note councils whose children in one table are not about those of the same year in another, where both are held."""
    faults = []
    for pair in _PAIRS:
        names = (pair.first, pair.second)
        if not any(name in tables for name in names):
            continue
        first, second = (_counts(name, tables, store) for name in names)
        if first is None or second is None:
            continue
        both = first.merge(second, on=["council", "year"], suffixes=("", "_beside")).dropna()
        both = both[both["year"].isin(pair.years) & ~both["council"].isin(TINY_COUNCILS)]
        ratio = both["number"] / both["number_beside"]
        for row in both[(ratio < pair.low) | (ratio > pair.high)].itertuples():
            expected = f"{pair.low:.2f} to {pair.high:.2f} of the {row.number_beside:,.0f} in table {pair.second}"
            faults.append(Fault(f"{file}, {pair.first} {row.year:.0f}, {row.council}", f"{row.number:,.0f}", expected))
    return faults


def _counts(name: str, tables: dict[str, pd.DataFrame], store: Store) -> pd.DataFrame | None:
    """Return council, year and number of a table of children, of the file or else on record; None where there is neither."""
    path = store.raw / f"{name}.csv"
    stored = schemas.load(path, RAW[name]) if path.is_file() else None
    table = tables.get(name, stored)
    return table if table is None else table.rename(columns={_COUNTS[name]: "number"})[["council", "year", "number"]]
