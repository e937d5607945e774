"""Need: what is stored from the official files is what they hold, read a second way; and what the data notes say of them."""

import math
from pathlib import Path

import layouts
import pandas as pd
import pytest
from openpyxl import load_workbook

from fundgap.data.store import Store

SFR = {2011: "SFR21_CLA.csv", 2012: "SFR20_CLA2012.csv", 2013: "SFR36_CLA2013.csv", 2014: "SFR36_CLA2014.csv", 2015: "SFR34_CLA2015.csv"}
# The interactive tool's name, ours, and the financial year that "2016" is: the one that ends in it, the one that begins in it.
ENDS_IN = {
    "LAC": "published_looked_after_per_10k",
    "CIN": "children_in_need_per_10k",
    "CPP_rate": "protection_plans_per_10k",
    "Section_47": "section_47_per_10k",
    "ChildPov": "low_income_dwp_revised_under_16_pct",
}
BEGINS_IN = {
    "Work_Force_NoSW": "social_workers_fte",
    "Work_Force_Num_CaseHeld": "cases_held",
    "Work_Force_AvgNumCase_SW": "caseload",
    "Work_Force_Agecy_Rate": "agency_workers_pct",
    "Work_Force_AgencyCover": "agency_covering_vacancies_pct",
    "Work_Force_Vac_Rate": "vacancies_pct",
    "Work_Force_TO_Rate": "turnover_pct",
    "Work_Force_SWAbsence": "absence_pct",
}
IS_YEAR = {
    "LACFinance": "looked_after_weekly_gbp",
    "RescareFinance": "residential_weekly_gbp",
    "FosteringFinance": "fostering_weekly_gbp",
    "LeaveCareSupServTotExp": "leaving_care_gbp",
}
COUNTS = ("Work_Force_NoSW", "Work_Force_Num_CaseHeld")
TOGETHER = {(314, 318): "2016", (940, 941): "2021"}


@pytest.fixture(scope="module")
def taken() -> Store:
    """Return the committed figures, which are held to the official files here."""
    return Store(layouts.DATA)


@pytest.fixture(scope="module")
def tool(official: Path) -> pd.DataFrame:
    table = pd.read_parquet(official / "lait" / "bds_long_0.parquet")
    numbers = table["LA Number"].astype(int)
    return pd.DataFrame({"measure": table["Short Desc"], "years": table["Years"], "text": table["Values"], "number": numbers})


def stored(store: Store, table: str) -> pd.DataFrame:
    return pd.read_csv(store.raw / f"{table}.csv")


def by_number() -> dict[int, str]:
    return {int(row["council_number"]): row["council"] for row in layouts.register()}


def by_code() -> dict[str, str]:
    return {code: row["council"] for row in layouts.register() for code in [row["council"], *row["other_codes"].split()]}


def year_of(measure: str, years: str) -> str:
    if measure in IS_YEAR:
        return years[:7]
    start = int(years) - (measure in ENDS_IN)
    return f"{start}-{str(start + 1)[2:]}"


def test_every_indicator_of_the_tool_stands_in_the_table_as_published_and_no_other(taken: Store, tool: pd.DataFrame) -> None:
    names, councils, expected = ENDS_IN | BEGINS_IN | IS_YEAR, by_number(), {}
    for row in tool[tool["measure"].isin(names) & (tool["text"] != "-") & tool["number"].isin(councils)].itertuples():
        is_joint = row.measure in COUNTS and any(row.number in pair and row.years >= since for pair, since in TOGETHER.items())
        if not is_joint and (row.measure, row.years) != ("Work_Force_AvgNumCase_SW", "2016"):
            expected[names[row.measure], councils[row.number], year_of(row.measure, row.years)] = float(row.text)
    table = stored(taken, "indicators").query("source == 'lait-2026-01'").dropna(subset="value")
    found = table.set_index(["indicator", "council", "financial_year"])["value"].to_dict()
    assert found.keys() == expected.keys()
    # The file writes 18.6 as 18.600000000000001.
    assert max(abs(found[key] - expected[key]) for key in found) < 1e-9
    assert len(found) > 23_000


def test_blank_indicators_are_those_the_tool_marks_as_not_available_or_that_two_councils_share(taken: Store, tool: pd.DataFrame) -> None:
    table = stored(taken, "indicators").query("source == 'lait-2026-01'")
    blanks = table[table["value"].isna()].groupby("indicator").size()
    # In 2016 Kingston alone has the number of social workers; then nine years of two councils and five of two more.
    shared = {"social_workers_fte": 1 + 2 * 9 + 2 * 5, "cases_held": 2 * 9 + 2 * 5}
    existed = {(row["council"], row["first_year"], row["last_year"] or "9999") for row in layouts.register()}
    spans, councils = {code: (first, last) for code, first, last in existed}, by_number()
    names = ENDS_IN | BEGINS_IN | IS_YEAR
    marked: dict[str, int] = {}
    for row in tool[tool["measure"].isin(names) & (tool["text"] == "-") & tool["number"].isin(councils)].itertuples():
        first, last = spans[councils[row.number]]
        year = "2023-24" if row.measure == "ChildPov" else year_of(row.measure, row.years)
        if first <= year <= last and (row.measure, row.years) != ("Work_Force_AvgNumCase_SW", "2016"):
            marked[names[row.measure]] = marked.get(names[row.measure], 0) + 1
    assert blanks.to_dict() == {name: count for name in names.values() if (count := marked.get(name, 0) + shared.get(name, 0))}


# Kingston upon Thames and Richmond upon Thames, North and West Northamptonshire.
@pytest.mark.parametrize(("pair", "since"), TOGETHER.items())
def test_councils_that_make_one_return_have_the_same_figures_in_every_measure(
    tool: pd.DataFrame, pair: tuple[int, int], since: str
) -> None:
    rows = tool[tool["measure"].isin(BEGINS_IN) & (tool["years"] >= max(since, "2017"))]
    first, second = (rows[rows["number"] == number].set_index(["measure", "years"])["text"] for number in pair)
    pd.testing.assert_series_equal(first.sort_index(), second.sort_index())


def test_social_workers_add_up_to_england_only_with_each_joint_return_counted_once(tool: pd.DataFrame) -> None:
    rows = tool[(tool["measure"] == "Work_Force_NoSW") & (tool["years"] == "2024") & (tool["text"] != "-")]
    value = rows.set_index("number")["text"].astype(float)
    councils = value[value.index < 970]
    assert councils.sum() - value[970] == pytest.approx(148.8 + 379.5, abs=0.2)
    assert (value[318], value[941]) == (148.8, 379.5)


def test_no_two_other_councils_share_a_count_of_social_workers_and_of_cases(tool: pd.DataFrame) -> None:
    rows = tool[tool["measure"].isin(COUNTS) & (tool["text"] != "-") & (tool["number"] < 970)]
    both = rows.pivot(index=["years", "number"], columns="measure", values="text").dropna().reset_index()
    same = both[both.duplicated(["years", *COUNTS], keep=False)]
    assert set(same["number"]) == {314, 318, 940, 941}


@pytest.mark.parametrize("year", SFR)
def test_every_count_of_looked_after_children_stands_in_the_table_as_published(official: Path, taken: Store, year: int) -> None:
    sheet = pd.read_csv(official / "looked_after" / SFR[year])
    published = sheet[sheet["geog_l"] == "LA"].set_index("New_geog_code")[f"CLA_Mar{year}"].astype(float)
    ours = stored(taken, "looked_after").query("year == @year").set_index("council")
    assert ours["looked_after"].to_dict() == published.rename(index=by_code()).to_dict()
    # Councils are exact (no common divisor); England and the regions are rounded to 10.
    assert math.gcd(*published.astype(int)) == 1
    assert set(ours["rounded_to"]) == {1}
    totals = sheet.loc[sheet["geog_l"] != "LA", f"CLA_Mar{year}"].astype(int)
    assert math.gcd(*totals) == 10
    assert abs(published.sum() - sheet.loc[sheet["geog_l"] == "NATIONAL", f"CLA_Mar{year}"].astype(float).iloc[0]) <= 5


def test_looked_after_children_run_on_from_2015_to_2016_as_from_any_year_to_the_next(taken: Store) -> None:
    counts = stored(taken, "looked_after").pivot(index="council", columns="year", values="looked_after")
    # City of London has fewer than ten.
    steps = counts.drop(index=["E09000001", "E06000053"]).pct_change(axis="columns", fill_method=None).abs()
    medians = steps.median()
    assert medians[2016] == pytest.approx(medians[[2012, 2013, 2014, 2015]].mean(), abs=0.01)
    assert steps[2016].max() < steps[[2012, 2013, 2014, 2015]].max().max()
    england = counts.sum()
    # England as published: 69,540 in the release of 2015, 70,410 in the interactive tool.
    assert england[2016] / england[2015] == pytest.approx(70_410 / 69_540, abs=0.001)
    both = counts[[2015, 2016]].notna()
    assert set(both.index[both[2015] != both[2016]]) == {"E06000053"}


@pytest.mark.parametrize("file", ["hmrc_clif_2011_2016_pct_by_la.csv", "cilif_relative_bhc_by_la_2014-15_to_2021-22.csv"])
def test_every_low_income_figure_of_a_council_stands_in_the_table_and_every_other_row_is_a_district_or_england(
    official: Path, taken: Store, file: str
) -> None:
    sheet, codes, expected = pd.read_csv(official / "low_income" / file, na_values=["-"]), by_code(), {}
    is_hmrc = file.startswith("hmrc")
    names = (
        {"pct_under16": "low_income_hmrc_under_16_share", "pct_all_children_or_16_19": "low_income_hmrc_all_share"}
        if is_hmrc
        else {"n_0_15": "low_income_dwp_0_15", "n_0_19": "low_income_dwp_0_19"}
    )
    for row in sheet.to_dict("records"):
        start = int(str(row["year"])[:4])
        for column, name in names.items():
            if row["code"] in codes and not math.isnan(row[column]):
                expected[name, codes[row["code"]], f"{start}-{str(start + 1)[2:]}"] = float(row[column])
    table = stored(taken, "indicators").dropna(subset="value")
    ours = table[table["source"] == ("low-income-hmrc" if is_hmrc else "low-income-dwp")]
    assert ours.set_index(["indicator", "council", "financial_year"])["value"].to_dict() == expected
    dropped = sheet[~sheet["code"].isin(codes)]
    kinds = dropped.groupby([dropped["year"].astype(str), dropped["code"].str[:3]]).size().to_dict()
    england = {(str(year), "E92"): 1 for year in range(2011, 2017)}
    assert kinds == (england | {("2016", "E07"): 201} if is_hmrc else {})


def test_the_second_share_of_low_income_is_of_all_children_in_every_year(official: Path) -> None:
    sheet = pd.read_csv(official / "low_income" / "hmrc_clif_2011_2016_pct_by_la.csv", na_values=["-"])
    gap = (sheet["pct_all_children_or_16_19"] - sheet["pct_under16"]).abs()
    # Under-16s are most of all children, so the two shares stay close; a share of 16 to 19 alone would stray by several times as much.
    assert gap.max() < 0.03
    assert gap[sheet["year"] == 2016].std() < 1.5 * gap[sheet["year"] == 2015].std()


def test_low_income_in_the_east_midlands_leaps_with_the_regions_survey_estimate(taken: Store) -> None:
    numbers = stored(taken, "indicators").query("indicator == 'low_income_dwp_0_15'")
    regions = {row["council"]: row["region"] for row in layouts.register()}
    sums = numbers.assign(region=numbers["council"].map(regions)).groupby(["region", "financial_year"])["value"].sum().unstack()
    change = sums["2021-22"] / sums["2020-21"] - 1
    assert change["East Midlands"] == pytest.approx(0.54, abs=0.005)
    assert change["Yorkshire and the Humber"] == pytest.approx(-0.13, abs=0.005)
    assert change.drop("East Midlands").max() < 0.21


def test_every_neighbour_stands_in_the_table_as_published(official: Path, taken: Store) -> None:
    sheet = load_workbook(official / "lait" / "sn_may_2025.xlsx", read_only=True)["LA SN Groups"]
    councils, expected = by_number(), {}
    for row in sheet.iter_rows(min_row=4, values_only=True):
        if isinstance(row[0], int | float):
            for place in range(10):
                number, word = row[5 + 2 * place], str(row[6 + 2 * place])
                expected[councils[int(row[0])], place + 1] = (councils[int(number)], word.capitalize())
    ours = stored(taken, "neighbours").set_index(["council", "position"])[["neighbour", "closeness"]]
    assert {key: tuple(pair) for key, pair in zip(ours.index, ours.to_numpy().tolist(), strict=True)} == expected
    assert len(expected) == 10 * 158
