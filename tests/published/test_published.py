"""Published figures: what others have printed, held against the committed tables. No figure here comes from this project."""

import csv
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

import fundgap

HERE = Path(__file__).parent
RAW = HERE.parents[1] / "data" / "raw"
ENGLAND = "E92000001"
GRADES = {"outstanding": "Outstanding", "good": "Good", "requires_improvement": "Requires improvement", "inadequate": "Inadequate"}
# "At 31 March" means inspected by then; reports followed until the end of June.
REPORTED_BY = {"2025-03-31": "2025-06-30"}
# Too small to compare: City of London and Isles of Scilly. The other 150 councils fall into five groups of 30.
TINY = ("E09000001", "E06000053")
TWO_FIFTHS = 60
LAIT_COUNCILS = 151


@cache
def first_sif() -> pd.DataFrame:
    table = fundgap.inspections()
    return table[(table["framework"] == "SIF") & ~table["is_reinspection"]]


def published_by(day: str) -> pd.DataFrame:
    return first_sif()[first_sif()["publication_date"] <= pd.Timestamp(day)]


def ilacs_position(day: str) -> pd.DataFrame:
    """Return the latest ILACS judgement of each council that exists today, of inspections up to a day."""
    register = fundgap.councils()
    there = register.loc[register["last_year"].isna(), "council"]
    table = fundgap.inspections().query("framework == 'ILACS'")
    known = (table["inspection_date"] <= pd.Timestamp(day)) & (table["publication_date"] <= pd.Timestamp(REPORTED_BY[day]))
    return table[known & table["council"].isin(there)].sort_values("publication_date").drop_duplicates("council", keep="last")


def england(column: str, year: str) -> float:
    years = fundgap.council_years()
    return years.loc[years["financial_year"] == year, column].sum()


def looked_after_share(year: str) -> float:
    return 100 * england("looked_after_spend_gbp", year) / england("gross_spend_gbp", year)


def good_or_better_by_deprivation() -> pd.Series:
    """Return whether each council was good or better at its first SIF, the most deprived by IMD 2015 first."""
    table = first_sif()[~first_sif()["council"].isin(TINY)].sort_values("imd_score", ascending=False)
    assert set(table["deprivation_vintage"]) == {"IoD2015"}
    assert len(table) == 150
    return table["rating"] >= "Good"


def printed_by_lait(year: str) -> float:
    totals = pd.read_csv(RAW / "published_totals.csv").set_index(["source", "figure", "area", "period"])["value"]
    return totals["lait-2026-01", "gross_spend", ENGLAND, year]


def _count(table: pd.DataFrame, grade: str) -> int:
    return int((table["rating"] == grade).sum())


COMPUTED: dict[str, Callable[[str], float]] = {
    "england_gross_spend_gbp": lambda year: england("gross_spend_gbp", year),
    "england_gross_spend_as_lait_prints_it_gbp": printed_by_lait,
    "england_children": lambda year: england("children", f"{year}-{int(year) % 100 + 1}"),
    "looked_after_share_of_gross_spend_pct": looked_after_share,
    "first_sif_judgements": lambda day: len(published_by(day)),
    "first_sif_earliest_report": lambda day: int(published_by(day)["publication_date"].min().strftime("%Y%m%d")),
    "first_sif_latest_report": lambda day: int(published_by(day)["publication_date"].max().strftime("%Y%m%d")),
    "ilacs_position_councils": lambda day: len(ilacs_position(day)),
    "good_or_better_at_first_sif_least_deprived_pct": lambda _: 100 * good_or_better_by_deprivation().tail(TWO_FIFTHS).mean(),
    "good_or_better_at_first_sif_most_deprived_pct": lambda _: 100 * good_or_better_by_deprivation().head(TWO_FIFTHS).mean(),
    **{f"first_sif_{name}": lambda day, grade=grade: _count(published_by(day), grade) for name, grade in GRADES.items()},
    **{f"ilacs_position_{name}": lambda day, grade=grade: _count(ilacs_position(day), grade) for name, grade in GRADES.items()},
}


def figures() -> list[dict[str, str]]:
    with (HERE / "figures.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def as_printed(value: float, printed: str) -> Decimal:
    """Round to as many decimals as were printed."""
    return Decimal(repr(float(value))).quantize(Decimal(printed), ROUND_HALF_UP)


def rounding_of(row: dict[str, str]) -> float:
    """Return how far a sum may be from its printed total: LAIT, the source from 2019-20 on, rounds each council to a pound."""
    is_from_lait = row["figure"] == "england_gross_spend_gbp" and row["period"] >= "2019-20"
    return 0.5 * LAIT_COUNCILS if is_from_lait else 0


@pytest.mark.parametrize("row", figures(), ids=lambda row: f"{row['figure']} {row['period']}")
def test_the_committed_tables_give_the_published_figure(row: dict[str, str]) -> None:
    computed = as_printed(COMPUTED[row["figure"]](row["period"]), row["value"])
    assert abs(computed - Decimal(row["value"])) <= rounding_of(row)


def test_every_published_figure_names_where_it_was_printed() -> None:
    rows = figures()
    assert all(row["source"] for row in rows)
    assert len({(row["figure"], row["period"]) for row in rows}) == len(rows)
    assert {row["figure"] for row in rows} == set(COMPUTED)


def test_first_sif_grades_add_up_to_one_judgement_a_council() -> None:
    assert first_sif()["council"].is_unique
    assert first_sif()["rating"].notna().all()


@cache
def gross_spend_2017_18() -> pd.DataFrame:
    spend = pd.read_csv(RAW / "spend.csv")
    spend = spend[(spend["financial_year"] == "2017-18") & (spend["category"] == "gross_spend")]
    return spend.pivot(index="council", columns="source", values="gross_gbp")


def test_lait_s_england_row_of_2017_18_is_sixty_million_above_lait_s_own_councils() -> None:
    assert printed_by_lait("2017-18") == 9_419_007_972
    assert printed_by_lait("2017-18") - gross_spend_2017_18()["lait-2026-01"].sum() == 60_000_000


def test_the_release_of_2017_18_is_above_lait_s_councils_by_slough_alone() -> None:
    difference = gross_spend_2017_18()["s251ye2018"] - gross_spend_2017_18()["lait-2026-01"]
    assert round(gross_spend_2017_18()["s251ye2018"].sum()) == 9_359_863_288
    assert round(difference["E06000039"]) == 855_316
    # LAIT rounds every figure to a pound.
    assert difference.drop("E06000039").abs().max() <= 1


def test_the_sixty_million_stand_in_looked_after_children_of_the_north_east() -> None:
    totals = pd.read_csv(RAW / "published_totals.csv").query("source == 'lait-2026-01' and period == '2017-18'")
    printed = totals[totals["figure"] == "looked_after"].set_index("area")["value"]
    regions = fundgap.councils().set_index("council")["region"]
    spend = pd.read_csv(RAW / "spend.csv").query("source == 'lait-2026-01' and financial_year == '2017-18' and category == 'looked_after'")
    councils = spend.set_index("council")["gross_gbp"]
    north_east = councils[councils.index.map(regions) == "North East"]
    assert printed["E12000001"] - north_east.sum() == 60_000_000
    assert printed[ENGLAND] - councils.sum() == 60_000_000


def test_the_two_returns_that_the_gap_s_limit_names_are_those_furthest_from_the_other_return() -> None:
    # Salford 2019-20: £137.3m between £60.1m and £63.8m, RO3 £61.1m. Liverpool 2024-25: £95.8m after £165.9m, RO3 £227.4m.
    years = fundgap.council_years()
    odd = years[years["is_spend_out_of_line"]]
    apart = (odd["ro3_gross_spend_gbp"] - odd["gross_spend_gbp"]).set_axis(odd["council_name"] + " " + odd["financial_year"])
    assert set(apart.abs().nlargest(2).index) == {"Salford 2019-20", "Liverpool 2024-25"}
    own = years.set_index(["council_name", "financial_year"])["gross_spend_gbp"]
    beside = (own["Salford", "2018-19"] + own["Salford", "2020-21"]) / 2
    assert own["Salford", "2019-20"] - beside == pytest.approx(75e6, abs=2e6)
    assert apart["Liverpool 2024-25"] > 100e6
