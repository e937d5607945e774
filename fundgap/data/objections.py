"""What speaks against taking a file in: faults, which nobody can accept, and doubts, which someone has to look at."""

import pandas as pd

from fundgap.data import schemas
from fundgap.data.beside import what_does_not_match
from fundgap.data.councils import council_index
from fundgap.data.doubts import in_doubt
from fundgap.data.left_out import left_out
from fundgap.data.raw_tables import RAW
from fundgap.data.reconcile import period_text
from fundgap.data.scale import out_of_scale
from fundgap.data.series import figures_of, periods_in_words
from fundgap.data.sources import Release
from fundgap.data.span import outside
from fundgap.data.store import Store, read_table
from fundgap.errors import Doubt, Fault


def objections(
    tables: dict[str, pd.DataFrame], totals: pd.DataFrame, release: Release, file: str, store: Store, register: dict[str, Release]
) -> tuple[list[Fault], list[Doubt]]:
    """Hold what a file gives to the release it should be, to its own totals, and to what is on record.

    Parameters
    ----------
    tables
        By name, each with every column of its schema.
    release
        As the register is to hold it, with the day that it was published.
    totals
        What `reconcile` makes of them; without a row where the file has no totals.
    """
    out_of_line, doubts = _out_of_line(tables, release, file, store, register)
    faults = [
        *_lost(tables, release, file, store),
        *_hidden(tables, release, file, store, register),
        *outside(tables, release, file),
        *_apart_from_totals(tables, totals, release, file),
        *out_of_line,
        *what_does_not_match(tables, file, store),
    ]
    return faults, doubts


def _lost(tables: dict[str, pd.DataFrame], release: Release, file: str, store: Store) -> list[Fault]:
    """Note where a file gives no rows, or fewer years than the same release gave before: it was cut short."""
    faults = []
    for name, table in tables.items():
        if table.empty:
            faults.append(Fault(f"{file}, table {name}", "no rows", "some"))
        path = store.raw / f"{name}.csv"
        period = next((column for column in ("financial_year", "year", "period", "vintage", "reporting_year") if column in table), None)
        if period is None or not path.is_file():
            continue
        stored = read_table(path)
        before = set(stored.loc[stored["source"] == release.id, period])
        lost = before - {period_text(value) for value in table[period]}
        faults += [Fault(f"{file}, table {name}", f"nothing for {year}", "what the same release gave before") for year in sorted(lost)]
    return faults


def _hidden(tables: dict[str, pd.DataFrame], release: Release, file: str, store: Store, register: dict[str, Release]) -> list[Fault]:
    """Note the years of an earlier release that this one would hide: of a table without a scope the latest release counts alone."""
    faults, earlier = [], [name for name, each in register.items() if each.published < release.published]
    for name, table in tables.items():
        path = store.raw / f"{name}.csv"
        # A projection may begin later than the one before it; a series of prices may not.
        if RAW[name].scope or "financial_year" not in table or not path.is_file():
            continue
        rows = read_table(path)
        hidden = set(rows.loc[rows["source"].isin(earlier), "financial_year"]) - set(table["financial_year"])
        if hidden:
            found = f"nothing for {periods_in_words(hidden)}"
            faults.append(Fault(f"{file}, table {name}", found, "all years of the releases before it, since it takes their place"))
    return faults


def _apart_from_totals(tables: dict[str, pd.DataFrame], totals: pd.DataFrame, release: Release, file: str) -> list[Fault]:
    """Hold the rows to the totals in the file and to those the register of releases promises."""
    faults = []
    for row in totals[~totals["agrees"]].itertuples() if len(totals) else ():
        found = f"councils that add up to {row.councils_sum:,.2f} ({row.councils_held} of them)"
        faults.append(Fault(f"{file}, {row.figure} {row.period}, {row.area}", found, f"the published {row.published:,.2f}"))
    for year, figure, promised in release.promised:
        spend = tables["spend"]
        found_sum = spend.loc[(spend["category"] == figure) & (spend["financial_year"] == year), "gross_gbp"].sum()
        if round(found_sum) != promised:
            faults.append(Fault(f"{file}, England {figure} {year}", f"£{found_sum:,.0f}", f"£{promised:,}, as published"))
    return faults


def _out_of_line(
    tables: dict[str, pd.DataFrame], release: Release, file: str, store: Store, register: dict[str, Release]
) -> tuple[list[Fault], list[Doubt]]:
    """Hold each figure to the years around it: whole files out of scale are faults, single figures are doubts."""
    faults: list[Fault] = []
    doubts: list[Doubt] = []
    accepted = {each.id: set(each.accepted) for each in register.values()}
    index = council_index(store)
    for name, table in tables.items():
        path, new = store.raw / f"{name}.csv", figures_of(table, RAW[name])
        rows = schemas.load(path, RAW[name]) if path.is_file() else table.iloc[:0]
        stored = figures_of(rows, RAW[name]) if len(rows) else new.iloc[:0]
        of_scale = out_of_scale(new, stored, file)
        faults += of_scale.values()
        # Where all councils are out of scale that is said once, and not for each of them again.
        subjects = zip(new["what"].tolist(), new["period"].tolist(), strict=True)
        is_told = pd.Series([subject in of_scale for subject in subjects], index=new.index, dtype=bool)
        # What was accepted of the release's earlier file neither speaks for its new one nor against it.
        is_past = (stored["source"] == release.id) & stored["name"].isin(release.accepted)
        doubts += in_doubt(name, new[~is_told], stored[~is_past.astype(bool)], file, accepted, index.names)
        doubts += left_out(name, table, rows, file, index)
    return faults, doubts
