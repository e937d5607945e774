"""Deprivation, children and prices as published: read a second way, and held to each other."""

import csv
from pathlib import Path

import layouts
import pandas as pd
import pytest

from fundgap.data.store import Store

FILES = {
    "iod2015": "deprivation/File_11_ID_2015_Upper-tier_Local_Authority_Summaries.xlsx",
    "iod2019": "deprivation/File_11_IoD2019_Local_Authority_District_Summaries_upper-tier.xlsx",
    "iod2025": "deprivation/utla_iod2025_file11_average_scores.csv",
    "iod2019-new-unitaries": "deprivation/derived_iod2019_for_2021_2023_new_unitaries.csv",
    "children-2012-2024": "population/ons_mid-year_population_estimates_2012_to_2024.csv",
    "children-0-16-2009-2021": "population/nomis_child_population_0_16_by_utla_2009_2021.csv",
    "snpp-2018": "population/ons_snpp_2018based_persons_5yr_age_by_la.csv",
    "deflator-2025-06": "prices/ons_ybgb_gdp_deflator_release_2025-06-30.csv",
}
SHEETS = {
    "IMD": "IMD",
    "Income": "income",
    "Employment": "employment",
    "Education": "education",
    "Health": "health",
    "Crime": "crime",
    "Barriers": "barriers",
    "Living": "living_environment",
    "IDACI": "IDACI",
    "IDAOPI": "IDAOPI",
}
COLUMNS_2025 = {index.lower(): index for index in SHEETS.values() if index != "living_environment"} | {"living_env": "living_environment"}
DISTRICTS = {
    "North Northamptonshire": ("Corby", "East Northamptonshire", "Kettering", "Wellingborough"),
    "West Northamptonshire": ("Daventry", "Northampton", "South Northamptonshire"),
    "Cumberland": ("Allerdale", "Carlisle", "Copeland"),
    "Westmorland and Furness": ("Barrow-in-Furness", "Eden", "South Lakeland"),
}
TINY = ("E09000001", "E06000053")


@pytest.fixture(scope="module")
def taken() -> Store:
    """Return the committed figures, which test_official.py holds to what the readers make of the files, byte for byte."""
    return Store(layouts.DATA)


def table(store: Store, name: str) -> pd.DataFrame:
    return pd.read_csv(store.raw / f"{name}.csv")


def codes_in_use() -> dict[str, str]:
    return {code: row["council"] for row in layouts.register() for code in [row["council"], *row["other_codes"].split()]}


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def by_council_and_year(store: Store, name: str, column: str) -> pd.DataFrame:
    return table(store, name).pivot(index="council", columns="year", values=column)


# Deprivation ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("source", "count"), [("iod2015", 152), ("iod2019", 151)])
def test_every_score_rank_and_share_stands_in_the_raw_table_as_published(official: Path, taken: Store, source: str, count: int) -> None:
    expected = {}
    for sheet, frame in pd.read_excel(official / FILES[source], sheet_name=list(SHEETS), engine="openpyxl").items():
        # Score, rank of score and share are the fifth to seventh column of every sheet.
        assert [word in str(frame.columns[at]) for at, word in ((4, "Average score"), (5, "Rank of average score"), (6, "10%"))] == [
            True
        ] * 3
        for row in frame.itertuples(index=False):
            expected[codes_in_use()[row[0]], SHEETS[sheet]] = row[4:7]
    held = table(taken, "deprivation").query("source == @source").set_index(["council", "index_name"])
    figures = held[["average_score", "rank_of_average_score", "share_in_most_deprived_tenth"]]
    assert {place: tuple(values) for place, values in zip(figures.index, figures.to_numpy().tolist(), strict=True)} == expected
    assert len(expected) == 10 * count


def test_every_score_of_2025_stands_in_the_raw_table_as_published(official: Path, taken: Store) -> None:
    expected = {
        (row["area_code"], index): float(row[column])
        for row in lines(official / FILES["iod2025"])
        for column, index in COLUMNS_2025.items()
    }
    held = table(taken, "deprivation").query("vintage == 'IoD2025'")
    assert held.set_index(["council", "index_name"])["average_score"].to_dict() == expected
    assert len(expected) == 1530


def test_child_poverty_measured_after_housing_costs_is_about_double(taken: Store) -> None:
    published = table(taken, "deprivation").query("index_name == 'IDACI' and not is_derived")
    means = published.groupby("vintage")["average_score"].mean().round(3)
    assert (means["IoD2025"], means["IoD2019"]) == (0.375, 0.178)


@pytest.mark.parametrize(
    ("county", "halves"),
    [
        ("E10000021", {"E06000061": "North Northamptonshire", "E06000062": "West Northamptonshire"}),
        ("E10000006", {"E06000063": "Cumberland", "E06000064": "Westmorland and Furness"}),
    ],
)
@pytest.mark.parametrize(
    # The overall index is weighted by people, that of children by children; scores have three decimals, ours four.
    ("index", "ages", "within"),
    [("IMD", ("All ages",), 0.005), ("IDACI", ("0-4", "5-9", "10-14"), 0.001)],
)
def test_scores_worked_out_for_the_halves_of_a_county_weigh_out_at_the_county_s_own(
    official: Path, taken: Store, county: str, halves: dict[str, str], index: str, ages: tuple[str, ...], within: float
) -> None:
    people = {(row["AREA"], row["AGE GROUP"]): float(row["2018"]) for row in lines(official / FILES["snpp-2018"])}
    weights = {code: sum(people[district, age] for district in DISTRICTS[name] for age in ages) for code, name in halves.items()}
    scores = table(taken, "deprivation").query("vintage == 'IoD2019' and index_name == @index").set_index("council")["average_score"]
    assert sum(scores[code] * weight for code, weight in weights.items()) / sum(weights.values()) == pytest.approx(
        scores[county], abs=within
    )


# Children ---------------------------------------------------------------------------------------------------------------


def test_every_estimate_of_younger_children_stands_in_the_raw_table_as_published(official: Path, taken: Store) -> None:
    expected = {
        (codes_in_use()[row["code"]], year): int(row[str(year)])
        for row in lines(official / FILES["children-0-16-2009-2021"])
        for year in range(2009, 2022)
    }
    held = table(taken, "children_0_16").set_index(["council", "year"])["children_0_16"]
    assert held.to_dict() == expected
    assert len(expected) == 152 * 13


def test_the_two_series_of_children_drift_apart_between_censuses_and_meet_again_in_2021(taken: Store) -> None:
    younger, all_ages = by_council_and_year(taken, "children_0_16", "children_0_16"), by_council_and_year(taken, "children", "children")
    ratio = (younger[range(2012, 2022)] / all_ages[range(2012, 2022)]).drop(index=list(TINY))
    assert (round(ratio[2012].min(), 3), round(ratio[2012].max(), 3)) == (0.910, 0.993)
    assert (round(ratio[2020].min(), 2), round(ratio[2020].max(), 2)) == (0.90, 1.51)
    assert (round(ratio[2021].min(), 3), round(ratio[2021].max(), 3)) == (0.918, 0.954)
    assert ratio[2021].count() == 152 - 2
    # Seventeen of eighteen years of age.
    assert ratio[2021].median() == pytest.approx(17 / 18, abs=0.002)


def test_north_and_west_add_up_to_northamptonshire_before_they_were_made(taken: Store) -> None:
    younger, all_ages = by_council_and_year(taken, "children_0_16", "children_0_16"), by_council_and_year(taken, "children", "children")
    halves = younger.loc[["E06000061", "E06000062"], 2012].sum()
    assert 0.94 < halves / all_ages.loc["E10000021", 2012] < 0.95


def test_children_under_17_are_more_than_those_under_15_and_fewer_than_those_under_20(official: Path, taken: Store) -> None:
    people: dict[str, dict[str, float]] = {}
    for row in lines(official / FILES["snpp-2018"]):
        people.setdefault(codes_in_use().get(row["CODE"], ""), {})[row["AGE GROUP"]] = float(row["2018"])
    younger = by_council_and_year(taken, "children_0_16", "children_0_16")[2018]
    compared = sorted(set(younger.index) & set(people))
    for council in compared:
        under_15 = sum(people[council][age] for age in ("0-4", "5-9", "10-14"))
        assert under_15 < younger[council] < under_15 + people[council]["15-19"], council
    # 152 of 2018, less Bournemouth, Poole, Dorset and Northamptonshire, which are not in the later file.
    assert len(compared) == 152 - 4


def test_projected_children_are_those_another_hand_worked_out_to_a_whole_child(official: Path, taken: Store) -> None:
    held = by_council_and_year(taken, "projected_children", "children")
    theirs = {codes_in_use().get(row["CODE"], ""): row for row in lines(official / "population" / "snpp2018_approx_0_17_by_la.csv")}
    compared = [abs(held.at[council, year] - float(theirs[council][str(year)])) for council in held.index for year in held]
    assert max(compared) <= 0.5
    assert len(compared) == 152 * 26


def test_projections_start_from_estimates_that_the_census_has_since_revised(taken: Store) -> None:
    projected, estimated = (
        by_council_and_year(taken, "projected_children", "children")[2018],
        by_council_and_year(taken, "children", "children")[2018],
    )
    ratio = (projected / estimated).dropna().drop(index=list(TINY)).sort_values()
    # Less the estimates not published (Bournemouth, Poole, Dorset) and the two tiny councils.
    assert len(ratio) == 152 - 3 - 2
    assert (ratio.index[0], round(ratio.iloc[0], 3)) == ("E06000017", 0.935)
    assert {council: round(value, 2) for council, value in ratio.tail(3).items()} == {
        "E09000020": 1.17,
        "E09000007": 1.33,
        "E09000033": 1.44,
    }
    assert ratio.median() == pytest.approx(1.0135, abs=0.0005)


# Prices -----------------------------------------------------------------------------------------------------------------


def treasury_deflator(official: Path) -> pd.Series:
    rows = lines(official / "prices" / "hmt_gdp_deflator_calendar_year_dec2025_greenbook.csv")
    return pd.Series({int(row["year"]): float(row["value"]) for row in rows})


def test_the_deflator_agrees_with_the_treasury_s_within_seven_in_a_thousand(official: Path) -> None:
    treasury = treasury_deflator(official)
    with (official / FILES["deflator-2025-06"]).open(encoding="utf-8", newline="") as file:
        quarters = pd.Series({row[0]: float(row[1]) for row in csv.reader(file) if " Q" in row[0]})
    years = quarters.groupby(quarters.index.str[:4].astype(int)).mean()
    ours = (100 * years / years[2024]).reindex(treasury.index)
    difference = ours / treasury - 1
    assert len(difference) == 35
    assert difference.abs().max() < 0.007


def test_the_deflator_of_financial_years_agrees_with_the_treasury_s_calendar_years(official: Path, taken: Store) -> None:
    treasury = treasury_deflator(official)
    # Three quarters of a financial year fall into its first calendar year.
    blend = (0.75 * treasury + 0.25 * treasury.shift(-1)).dropna()
    ours = table(taken, "deflator").assign(year=lambda frame: frame["financial_year"].str[:4].astype(int)).set_index("year")["deflator"]
    difference = (ours / ours[2023]).reindex(blend.index) / (blend / blend[2023]) - 1
    # Within 2020-21 prices leapt and fell again, which calendar years show otherwise than financial years.
    since = difference.loc[2008:]
    assert since.drop(index=[2020, 2021]).abs().max() < 0.009
    assert since.abs().max() < 0.013
