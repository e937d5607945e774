"""What every specification draws from, as arrays: judgements, and figures of each council in each year.

Shapes: N first judgements, C councils, Y financial years. A council's row of the spend arrays is its record, which a shuffle
hands to another council whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fundgap.data.councils import TINY_COUNCILS, councils
from fundgap.data.deprivation import deciles, vintage_of
from fundgap.data.panel import council_years, inspections
from fundgap.data.prices import in_real_terms, years_after
from fundgap.data.store import Store
from fundgap.data.vintages import raw_table
from fundgap.models.curve_choices import Choices, choices
from fundgap.models.ordinal import Ints
from fundgap.models.standardise import Floats

Bools = NDArray[np.bool_]
WORKFORCE = ("agency_workers_pct", "vacancies_pct", "turnover_pct", "caseload")
# Which series of children in low income serves a year: the one that covers every council. Levels of two are never compared.
_LOW_INCOME = (
    ("2021-22", "low_income_dwp_revised_under_16_pct", False),
    ("2016-17", "low_income_dwp_0_15", True),
    ("0000-00", "low_income_hmrc_under_16_share", False),
)
# The first year with estimates of children: before it there is no spend a child, so that a council's years begin here.
_FIRST = "2009-10"


@dataclass(frozen=True)
class CurveData:
    """Judgements and records.

    Parameters
    ----------
    council, year : (N,)
        Row and column of the arrays below: the inspected council, the financial year of the inspection.
    framework, region, council_class : (N,)
        Text.
    grades : column of the inspections table → (N,)
        0 = inadequate … 3 = outstanding; -1 = not given.
    workforce : (N, 4)
        Of the year before the inspection; nan = not held.
    spend : (option of spend, "per_child", "per_child_in_need" or "log") → (C, Y)
        £ of 2024-25.
    deprivation : (option of deprivation, option of edition) → (C, Y)
        Larger = more deprived; standardised or ranked within its edition, or within the year.
    is_tiny, is_london, tenth, span : (C,)
        Tenth of councils by IMD, -1 = in no edition; span: number of the group of councils that existed in the same years.
    names, years
        Codes of the councils; financial years.
    """

    council: Ints
    year: Ints
    framework: NDArray[np.str_]
    region: NDArray[np.str_]
    council_class: NDArray[np.str_]
    grades: Mapping[str, Ints]
    workforce: Floats
    spend: Mapping[tuple[str, str], Floats]
    deprivation: Mapping[tuple[str, str], Floats]
    is_tiny: Bools
    is_london: Bools
    tenth: Ints
    span: Ints
    names: tuple[str, ...]
    years: tuple[str, ...]


def curve_data(store: Store | None = None) -> CurveData:
    """Return the arrays of the figures in use."""
    options = choices()
    panel = in_real_terms(council_years(store), store=store)
    table = inspections(store)
    table = table[~table["is_reinspection"] & table["framework"].isin(options.setting("frameworks", "all", "of"))]
    inspected = [years_after(year, 1) for year in table["figures_year"]]
    years = tuple(sorted({*panel["financial_year"], *inspected}))
    register = councils(store).set_index("council")
    with_children = set(panel.loc[panel["financial_year"] >= _FIRST, "council"])
    names = tuple(code for code in register.index if code in with_children)
    wide = _Wide(panel, names, years)
    row, column = {code: place for place, code in enumerate(names)}, {year: place for place, year in enumerate(years)}
    council, year = np.array([row[code] for code in table["council"]]), np.array([column[when] for when in inspected])
    deprivation = _deprivation(wide, store)
    register = register.loc[list(names)]
    return CurveData(
        council=council,
        year=year,
        framework=table["framework"].to_numpy(str),
        region=table["region"].to_numpy(str),
        council_class=register["council_class"].to_numpy(str)[council],
        grades={name: np.asarray(table[name].cat.codes, dtype=np.int64) for name in _grade_columns(options)},
        workforce=np.column_stack([wide(name)[council, year - 1] for name in WORKFORCE]),
        spend=_spend(wide, options),
        deprivation=deprivation,
        is_tiny=np.isin(names, TINY_COUNCILS),
        is_london=register["region"].to_numpy(str) == "London",
        tenth=_tenths(deprivation),
        span=_spans(register),
        names=names,
        years=years,
    )


class _Wide:
    """Columns of the panel as arrays of councils by years."""

    def __init__(self, panel: pd.DataFrame, names: tuple[str, ...], years: tuple[str, ...]) -> None:
        self.panel, self.names, self.years = panel, names, years

    def __call__(self, column: str) -> Floats:
        wide = self.panel.pivot(index="council", columns="financial_year", values=column)
        return wide.reindex(index=self.names, columns=self.years).to_numpy(np.float64)


def _grade_columns(options: Choices) -> list[str]:
    return list(dict.fromkeys(options.setting("outcome", name, "column") for name in options.names("outcome")))


def _spend(wide: _Wide, options: Choices) -> dict[tuple[str, str], Floats]:
    """Return spend in its forms. Children in need are a rate on the publisher's own estimates of children, times ours."""
    children, in_need = wide("children"), wide("children_in_need_per_10k")
    result = {}
    for name in options.names("spend"):
        each = wide(options.setting("spend", name, "column") + "_real") / children
        result[name, "per_child"] = each
        result[name, "per_child_in_need"] = each * 10_000 / in_need
        # No logarithm of nothing: a council that spent nothing has no value in this form, and its judgement is left out.
        result[name, "log"] = np.log(np.where(each > 0, each, np.nan))
    return result


def _deprivation(wide: _Wide, store: Store | None) -> dict[tuple[str, str], Floats]:
    rows = raw_table("deprivation", store=store)
    # `deciles` ranks by the index called IMD; under that name it ranks by IDACI too.
    swapped = rows.assign(index_name=rows["index_name"].replace({"IMD": "IDACI", "IDACI": "IMD"}))
    scales = {**_scales("imd", deciles(rows)), **_scales("idaci", deciles(swapped))}
    force = [vintage_of(year) for year in wide.years]
    editions = {"in_force": force, "iod2015": ["IoD2015"] * len(force), "iod2019": ["IoD2019"] * len(force)}
    result = {
        (name, edition): table.reindex(index=wide.names, columns=vintages).to_numpy(np.float64)
        for name, table in scales.items()
        for edition, vintages in editions.items()
    }
    return result | {("low_income", "in_force"): _low_income(wide)}


def _scales(index: str, edition_rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return score, rank and decile by council and edition; a score in standard deviations of its edition's own councils."""
    rows = edition_rows.rename(columns={"imd_score": "score", "deprivation_decile": "decile"})
    parts = []
    for _, edition in rows.groupby("deprivation_vintage"):
        published = edition.loc[~edition["is_deprivation_derived"].astype(bool), "score"]
        standard = (edition["score"] - published.mean()) / published.std(ddof=0)
        # Councils less deprived, as a share; councils newer than the edition are placed among its own and move none of them.
        rank = np.searchsorted(np.sort(published), edition["score"]) / len(published)
        parts.append(edition.assign(score=standard, rank=rank))
    table = pd.concat(parts)
    scales = ("score", "rank", "decile")
    return {f"{index}_{scale}": table.pivot(index="council", columns="deprivation_vintage", values=scale) for scale in scales}


def _low_income(wide: _Wide) -> Floats:
    """Return the share of children in low income, in standard deviations among the councils of the year."""
    values = np.empty((len(wide.names), len(wide.years)))
    children = wide("children")
    for place, year in enumerate(wide.years):
        _, column, is_count = next(series for series in _LOW_INCOME if year >= series[0])
        share = wide(column)[:, place]
        values[:, place] = share / children[:, place] if is_count else share
    held = ~np.isnan(values)
    count = np.maximum(held.sum(axis=0), 1)
    centred = values - np.where(held, values, 0).sum(axis=0) / count
    spread = np.sqrt(np.where(held, centred**2, 0).sum(axis=0) / count)
    with np.errstate(invalid="ignore", divide="ignore"):
        result: Floats = centred / spread
    return result


def _tenths(deprivation: Mapping[tuple[str, str], Floats]) -> Ints:
    """Return each council's tenth by IMD: of IoD2015 where it stands in it, else of IoD2019; -1 where in neither."""
    first, later = (deprivation["imd_decile", edition][:, 0] for edition in ("iod2015", "iod2019"))
    decile = np.where(np.isnan(first), later, first)
    return np.where(np.isnan(decile), -1, np.nan_to_num(decile)).astype(np.int64)


def _spans(register: pd.DataFrame) -> Ints:
    first = register["first_year"].fillna(_FIRST)
    first = first.where(first > _FIRST, _FIRST)
    codes, _ = pd.factorize(first + register["last_year"].fillna("there"))
    return np.asarray(codes, dtype=np.int64)
