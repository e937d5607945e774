"""By what a fund is shared among councils: the weight that each rule gives a council, and what weight a user's table gives it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from fundgap.data.councils import councils, exists_in, resolve
from fundgap.data.panel import council_years, inspections
from fundgap.data.prices import in_real_terms
from fundgap.data.store import Store
from fundgap.errors import BadFigures, Fault, NoData, UnknownCouncil
from fundgap.gap.inadequate import day_in_year, inadequate_councils
from fundgap.models.expected_elsewhere import expected_everywhere
from fundgap.models.spending import expected_spend

# What each rule weighs by, in the words that tables and reports use.
RULES = {
    "equal": "every council alike",
    "children": "children aged 0-17",
    "deprivation": "children in income-deprived families: children aged 0-17 times the IDACI score of the edition in force",
    "need": "expected spend: children aged 0-17 times the spend a child that deprivation, low income and region lead to expect",
    "inadequate_first": "councils judged inadequate first, by children aged 0-17; what a cap leaves over goes to the others, by theirs",
    "table": "the user's table of weights",
}


@dataclass(frozen=True)
class Weights:
    """What a rule weighs councils by.

    Parameters
    ----------
    councils
        council, council_name, region, children, weight (nan where the figure that the rule needs is missing), is_first.
    figures_year
        Of children and need.
    basis
        What the weight is, in words, with its dates.
    """

    councils: pd.DataFrame
    figures_year: str
    basis: str


def rule_weights(
    rule: str,
    year: str,
    table: Mapping[str | int, float] | pd.DataFrame | None,
    years: pd.DataFrame | None,
    judgements: pd.DataFrame | None,
    store: Store,
) -> Weights:
    """Return the weights of a rule for the councils that exist in a year.

    Figures are those of the year itself, or the latest where it has none yet.

    Raises
    ------
    NoData
        For a year before the panel, or one in which no council is inadequate where they come first.
    BadFigures
        With every fault of a user's table.
    """
    panel = council_years(store) if years is None else years
    first, last = panel["financial_year"].min(), panel["financial_year"].max()
    if year < first:
        raise NoData(f"No figures for {year}: the panel holds {first} to {last}.")
    figures_year = min(year, last)
    register = councils(store)
    there = register.loc[exists_in(register, year), ["council", "council_name", "region"]]
    own = panel[panel["financial_year"] == figures_year]
    rows = there.merge(own[["council", "children", "idaci_score", "deprivation_vintage"]], how="left", on="council")
    rows = rows.sort_values("council", ignore_index=True).assign(is_first=False)
    basis = f"{RULES[rule]}; figures of {figures_year}"
    if rule == "equal":
        rows["weight"], basis = 1.0, RULES[rule]
    elif rule == "children":
        rows["weight"] = rows["children"]
    elif rule == "deprivation":
        rows["weight"] = rows["children"] * rows["idaci_score"]
        basis += f", {', '.join(sorted(rows['deprivation_vintage'].dropna().unique()))}"
    elif rule == "need":
        rows["weight"] = rows["council"].map(_expected(panel, figures_year, store))
    elif rule == "inadequate_first":
        graded = inspections(store) if judgements is None else judgements
        day = day_in_year(year, graded)
        worst = inadequate_councils(graded, [day], store)[day]
        if not worst:
            raise NoData(f"No council is inadequate at {day}, so none comes first.")
        rows["weight"], rows["is_first"] = rows["children"], rows["council"].isin(worst)
        basis += f", grades by reports published until {day}"
    else:
        rows["weight"], basis = rows["council"].map(_checked(table, rows, year, store)), RULES[rule]
    return Weights(rows[["council", "council_name", "region", "children", "weight", "is_first"]], figures_year, basis)


def _expected(panel: pd.DataFrame, year: str, store: Store) -> pd.Series:
    """Return expected spend by council, £: expected spend a child times children."""
    real = in_real_terms(panel, store=store)
    table = expected_everywhere(real, expected_spend(real, year)).set_index("council")
    return table["expected"] * table["children"]


def _checked(table: Mapping[str | int, float] | pd.DataFrame | None, rows: pd.DataFrame, year: str, store: Store) -> pd.Series:
    """Return a user's weights by council; every fault of the table is told at once."""
    entries = _entries(table)
    names = dict(zip(rows["council"], rows["council_name"], strict=True))
    faults: list[Fault] = []
    found: dict[str, float] = {}
    # A table read from a file says which, and its rows are counted as a spreadsheet does, below the heading.
    file = _file_of(table)
    for place, (council, weight) in enumerate(entries, start=2 if file else 1):
        if file and not f"{council}{weight}".strip():
            # A line of commas alone, as a spreadsheet leaves it below its last row.
            continue
        where = f"row {place}, {council}"
        try:
            code = resolve(council if isinstance(council, int | float) else str(council), year, store)  # type: ignore[arg-type]
        except UnknownCouncil as error:
            faults.append(Fault(where, str(error).rstrip("."), f"a council that exists in {year}"))
            continue
        if code in found:
            faults.append(Fault(where, f"{names[code]} again", "each council once"))
        number = _number(weight)
        if not math.isfinite(number) or number < 0:
            faults.append(Fault(where, f"the weight '{weight}'", "a number from 0 up, in figures alone: no £, % or commas"))
        found.setdefault(code, number)
    missing = [name for code, name in names.items() if code not in found]
    if missing:
        faults.append(Fault("the table", f"no row for {', '.join(missing)}", "every council, with the weight 0 where it is to get nothing"))
    if not faults and not any(found.values()):
        faults.append(Fault("the table", "every weight 0", "at least one above 0"))
    if faults:
        raise BadFigures(f"The table of weights{file} cannot be used", faults)
    return pd.Series(found, dtype=float)


def _file_of(table: object) -> str:
    """Return " in" and the file that a table was read from, as the command line notes it; "" where it is from none."""
    file = table.attrs.get("file") if isinstance(table, pd.DataFrame) else None
    return f" in {file}" if file else ""


def _number(weight: object) -> float:
    try:
        # Python would take "1_000" for a thousand.
        return math.nan if isinstance(weight, bool) or "_" in str(weight) else float(str(weight))
    except ValueError:
        return math.nan


def _entries(table: Mapping[str | int, float] | pd.DataFrame | None) -> list[tuple[object, object]]:
    if table is None:
        raise NoData("The rule 'table' wants weights: a mapping of councils to weights, or a table with the columns council and weight.")
    if isinstance(table, Mapping):
        return list(table.items())
    lacking = [name for name in ("council", "weight") if name not in table]
    if lacking:
        raise BadFigures(
            f"The table of weights{_file_of(table)} cannot be used",
            [Fault("its columns", ", ".join(map(str, table.columns)) or "none", "council and weight")],
        )
    return list(zip(table["council"], table["weight"], strict=True))
