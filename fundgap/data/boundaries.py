"""Councils that changed: who became whom, and over which areas a yearly series may be joined."""

import re

import pandas as pd

from fundgap.data.councils import councils
from fundgap.data.prices import years_after
from fundgap.data.processed_tables import PER_CHILD_COLUMNS, SPEND_COLUMNS
from fundgap.data.store import Store, default_store


def boundary_changes(store: Store | None = None) -> pd.DataFrame:
    """Return one row a change of councils since 2008-09.

    Councils whose areas only add up together are one change: Bournemouth, Poole and Dorset became two councils in 2019,
    and Christchurch moved from one to the other, so that only the three together equal the two together.

    Returns
    -------
    pandas.DataFrame
        first_year (of the new councils), before and after (lists of ONS codes), before_names and after_names, kind:
        "split" (one council became several: their sum goes on with its series), "redrawn" (several became several: only
        all together can be compared) or "recoded" (two codes of the same area: one series, and `after` is the code we use).

    Examples
    --------
    >>> import fundgap as fg
    >>> redrawn = fg.boundary_changes().query("kind == 'redrawn'").iloc[0]
    >>> redrawn["first_year"], len(redrawn["before"]), len(redrawn["after"])
    ('2019-20', 3, 2)
    """
    register = councils(store or default_store())
    names = register.set_index("council")["council_name"]
    rows = [_row(before, after, register, names) for before, after in _joined_changes(register)]
    recoded = register[register["other_codes"].fillna("").map(lambda codes: bool(_other_ons_codes(codes)))]
    for row in recoded.itertuples():
        codes, name = _other_ons_codes(str(row.other_codes)), str(row.council_name)
        same = {"before": codes, "after": [row.council], "before_names": name, "after_names": name}
        rows.append({"first_year": "", **same, "kind": "recoded"})
    return pd.DataFrame(rows).sort_values(["first_year", "before_names"], ignore_index=True)


def splits(store: Store) -> dict[str, list[str]]:
    """Return the councils since split into several, each with its successors: their sum goes on with its series."""
    changes = boundary_changes(store)
    whole = changes[changes["kind"] == "split"]
    return {before[0]: after for before, after in zip(whole["before"], whole["after"], strict=True)}


def joined_areas(years: pd.DataFrame, store: Store | None = None) -> pd.DataFrame:
    """Return yearly figures of areas that stayed the same all along: councils that changed are added up, the others as they are.

    Parameters
    ----------
    years
        `council_years()`.

    Returns
    -------
    pandas.DataFrame
        area (ONS codes of its newest councils, joined by a blank), area_name, financial_year, councils (how many it was
        that year), children, looked_after, spend in cash pounds (Section 251; of the Revenue Outturn gross and net, where
        `years` has them), spend a child and looked_after_per_10k. An area has no figure where one of its councils has none;
        nothing is apportioned.

    Examples
    --------
    >>> import fundgap as fg
    >>> areas = fg.joined_areas(fg.council_years())
    >>> together = areas[areas["area_name"].str.contains("Bournemouth") & areas["financial_year"].isin(["2018-19", "2019-20"])]
    >>> together["councils"].tolist()
    [3, 2]
    """
    area_of = areas_of(years["council"], store)
    names = years.drop_duplicates("council").set_index("council")["council_name"]
    title = {area: ", ".join(names.get(code, code) for code in area.split()) for area in area_of.unique()}
    sums = ["children", "looked_after", *SPEND_COLUMNS.values(), "net_spend_gbp"]
    sums += [name for name in ("ro3_gross_spend_gbp", "ro3_net_spend_gbp") if name in years]
    grouped = years.assign(area=area_of).groupby(["area", "financial_year"])
    # An area with a gap in it has no sum.
    table = grouped[sums].sum().where(grouped[sums].count().eq(grouped.size(), axis=0))
    table.insert(0, "councils", grouped.size())
    for category, column in PER_CHILD_COLUMNS.items():
        table[column] = table[SPEND_COLUMNS[category]] / table["children"]
    table["looked_after_per_10k"] = 10_000 * table["looked_after"] / table["children"]
    table = table.reset_index()
    table.insert(1, "area_name", table["area"].map(title))
    return table


def areas_of(codes: "pd.Series[str]", store: Store | None = None) -> "pd.Series[str]":
    """Return the area of each council that stayed the same all along: ONS codes of its newest councils, joined by a blank."""
    home: dict[str, str] = {}
    for before, after in _joined_changes(councils(store or default_store())):
        home |= dict.fromkeys(before | after, " ".join(sorted(after)))
    return codes.map(lambda code: home.get(code, code))


def _other_ons_codes(codes: str) -> list[str]:
    """Return the ONS codes among a council's other codes, earlier or newer; the rest are the Revenue Outturn's."""
    return [code for code in codes.split() if re.fullmatch(r"E\d{8}", code)]


def _joined_changes(register: pd.DataFrame) -> list[tuple[set[str], set[str]]]:
    """Return sets of councils before and after, joined wherever they share a successor."""
    changes: list[tuple[set[str], set[str]]] = []
    for row in register.dropna(subset="successors").itertuples():
        before, after = {str(row.council)}, set(str(row.successors).split())
        shared = [change for change in changes if change[1] & after]
        for other in shared:
            changes.remove(other)
            before, after = before | other[0], after | other[1]
        changes.append((before, after))
    return changes


def _row(before: set[str], after: set[str], register: pd.DataFrame, names: pd.Series) -> dict[str, object]:
    last_year = register.set_index("council").loc[sorted(before), "last_year"].max()
    return {
        "first_year": years_after(last_year, 1),
        "before": sorted(before),
        "after": sorted(after),
        "before_names": ", ".join(names[code] for code in sorted(before)),
        "after_names": ", ".join(names[code] for code in sorted(after)),
        "kind": "split" if len(before) == 1 else "redrawn",
    }
