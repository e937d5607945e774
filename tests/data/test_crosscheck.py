"""Section 251 against Revenue Outturn: like with like in every year, and each difference with what is known about it."""

from pathlib import Path

import pandas as pd
import pytest

from fundgap.data.crosscheck import compare_spend, compare_spend_by_year
from fundgap.data.store import Store

BARKING, ST_HELENS, BARNSLEY, HAVERING = "E09000002", "E08000013", "E08000016", "E09000016"
ALL_FOUR = (BARKING, ST_HELENS, BARNSLEY, HAVERING)
# Years with a release of each return in the register.
YEARS = {
    "2013-14": ("s251ye2014", "ro3-2013-14"),
    "2014-15": ("s251ye2015", "ro3-2014-15"),
    "2015-16": ("s251ye2016", "ro3-2015-16"),
    "2016-17": ("s251ye2017", "ro3-2016-17"),
    "2017-18": ("s251ye2018", "ro3-2017-18"),
}
PARTS = ("looked_after", "safeguarding", "family_support", "sure_start", "young_people", "youth_justice", "other")
_ROW = ["council", "financial_year", "what", "gross_gbp", "income_gbp", "net_gbp", "source"]


@pytest.fixture
def filled(bare_store: Store) -> Store:
    """Return a store in which the two returns of four councils agree to the pound in five years."""
    for name, column, position in (("spend", "category", 0), ("revenue_outturn", "line", 1)):
        rows = []
        for year, sources in YEARS.items():
            for council in ALL_FOUR:
                gross = dict.fromkeys(PARTS, 1000000.0)
                if name == "spend":
                    gross["gross_spend"] = 7_000_000.0
                else:
                    # Until 2013-14 RO3 has neither Sure Start nor services for young people.
                    gross["total"] = 7_000_000.0 if year >= "2014-15" else 5_000_000.0
                rows += [(council, year, what, value, 100_000.0, value - 100_000, sources[position]) for what, value in gross.items()]
        pd.DataFrame(rows, columns=_ROW).rename(columns={"what": column}).to_csv(bare_store.raw / f"{name}.csv", index=False)
    return bare_store


def change(store: Store, table: str, council: str, year: str, what: str, gross: float | None) -> None:
    """Overwrite one gross figure; None leaves it blank."""
    path = store.raw / f"{table}.csv"
    frame = pd.read_csv(path)
    column = "category" if table == "spend" else "line"
    frame.loc[(frame["council"] == council) & (frame["financial_year"] == year) & (frame[column] == what), "gross_gbp"] = gross
    frame.to_csv(path, index=False)


def row(table: pd.DataFrame, council: str, year: str, figure: str = "total") -> pd.Series:
    picked = table[(table["council"] == council) & (table["financial_year"] == year) & (table["figure"] == figure)]
    return picked[picked["measure"] == "gross"].iloc[0]


def test_returns_that_agree_differ_by_nothing_and_need_no_reason(filled: Store) -> None:
    table = compare_spend(filled)
    gross = table[table["measure"] == "gross"]
    # Five years of totals and four of six lines, for four councils.
    assert len(gross) == 4 * (5 + 4 * 6)
    assert (gross["difference_gbp"] == 0).all()
    assert (gross["why"] == "").all()


def test_sure_start_and_young_people_are_taken_off_section_251_until_2013_14_and_not_after(filled: Store) -> None:
    table = compare_spend(filled)
    assert row(table, BARKING, "2013-14")["section251_gbp"] == 5_000_000
    assert row(table, BARKING, "2014-15")["section251_gbp"] == 7_000_000


def test_lines_are_compared_only_from_2014_15_and_other_services_never(filled: Store) -> None:
    lines = compare_spend(filled).groupby("figure")["financial_year"].min()
    assert lines.drop("total").eq("2014-15").all()
    assert set(lines.index) == {"total", *PARTS} - {"other"}


def test_until_2010_11_the_three_lines_that_there_are_make_up_the_total(filled: Store) -> None:
    lines = {"strategy_until_2010": 1e6, "asylum_seekers": 2e6, "all_other_until_2010": 4e6}
    new = [(BARKING, "2009-10", line, gross, 0.0, gross, "ro3-2009-10") for line, gross in lines.items()]
    outturn = pd.read_csv(filled.raw / "revenue_outturn.csv")
    both = pd.concat([outturn, pd.DataFrame(new, columns=[name if name != "what" else "line" for name in _ROW])])
    both.to_csv(filled.raw / "revenue_outturn.csv", index=False)
    spend = pd.read_csv(filled.raw / "spend.csv")
    spend.loc[len(spend)] = [BARKING, "2009-10", "gross_spend", 8e6, 0.0, 8e6, "s251ye2014"]
    spend.to_csv(filled.raw / "spend.csv", index=False)
    found = row(compare_spend(filled), BARKING, "2009-10")
    # No council has Sure Start in that year, so nothing is taken off.
    assert (found["section251_gbp"], found["revenue_outturn_gbp"], found["difference_share"]) == (8e6, 7e6, -0.125)


@pytest.mark.parametrize(
    ("table", "what", "why"),
    [("revenue_outturn", "total", "no figure in Revenue Outturn"), ("spend", "gross_spend", "no figure in Section 251")],
)
def test_a_missing_return_is_a_blank_difference_and_never_a_hundred_per_cent(filled: Store, table: str, what: str, why: str) -> None:
    change(filled, table, BARNSLEY, "2016-17", what, None)
    found = row(compare_spend(filled), BARNSLEY, "2016-17")
    assert pd.isna(found["difference_gbp"])
    assert found["why"] == why


def test_a_figure_out_of_line_with_the_council_s_other_years_is_told_by_the_return_it_stands_in(filled: Store) -> None:
    change(filled, "spend", BARKING, "2016-17", "gross_spend", 3_500_000.0)
    change(filled, "revenue_outturn", ST_HELENS, "2016-17", "total", 14_000_000.0)
    table = compare_spend(filled)
    assert row(table, BARKING, "2016-17")["why"] == "Section 251 is out of line with the council's other years"
    assert row(table, BARKING, "2016-17")["difference_share"] == 1.0
    assert row(table, ST_HELENS, "2016-17")["why"] == "Revenue Outturn is out of line with the council's other years"
    assert row(table, BARKING, "2015-16")["why"] == ""


def test_a_difference_in_most_years_is_the_council_s_practice(filled: Store) -> None:
    for year in YEARS:
        change(filled, "revenue_outturn", HAVERING, year, "total", 8_000_000.0)
    table = compare_spend(filled)
    assert {row(table, HAVERING, year)["why"] for year in YEARS} >= {"the same way in most years: the council's own practice"}
    assert row(table, BARKING, "2016-17")["why"] == ""


def test_a_line_that_differs_within_equal_totals_is_a_matter_of_filing(filled: Store) -> None:
    change(filled, "revenue_outturn", BARKING, "2016-17", "safeguarding", 800_000.0)
    assert row(compare_spend(filled), BARKING, "2016-17", "safeguarding")["why"] == (
        "on other lines of the return: the totals agree within 5%"
    )
    change(filled, "revenue_outturn", BARKING, "2016-17", "safeguarding", 0.0)
    assert row(compare_spend(filled), BARKING, "2016-17", "safeguarding")["why"] == "Revenue Outturn has nothing on this line"


def test_england_is_summed_over_the_councils_with_both_figures(filled: Store) -> None:
    change(filled, "revenue_outturn", BARKING, "2016-17", "total", None)
    change(filled, "revenue_outturn", BARNSLEY, "2016-17", "total", 7_350_000.0)
    change(filled, "revenue_outturn", HAVERING, "2016-17", "total", 7_070_000.0)
    by_year = compare_spend_by_year(compare_spend(filled)).set_index(["financial_year", "figure", "measure"])
    found = by_year.loc["2016-17", "total", "gross"]
    assert (found["councils"], found["section251_gbp"], found["revenue_outturn_gbp"]) == (3, 21_000_000, 21_420_000)
    assert found["ratio"] == pytest.approx(21.42 / 21)
    assert found["median_ratio"] == pytest.approx(1.01)
    assert found["within_1_percent"] == pytest.approx(2 / 3)
    assert found["within_5_percent"] == pytest.approx(1.0)


def test_the_later_of_two_releases_of_a_year_is_compared(filled: Store) -> None:
    outturn = pd.read_csv(filled.raw / "revenue_outturn.csv")
    new = [(BARKING, "2024-25", "total", gross, 0.0, gross, source) for gross, source in ((5e6, "ro3-2024-25-first"), (6e6, "ro3-2024-25"))]
    pd.concat([outturn, pd.DataFrame(new, columns=outturn.columns)]).to_csv(filled.raw / "revenue_outturn.csv", index=False)
    spend = pd.read_csv(filled.raw / "spend.csv")
    spend.loc[len(spend)] = [BARKING, "2024-25", "gross_spend", 6e6, None, None, "lait-2026-01"]
    spend.to_csv(filled.raw / "spend.csv", index=False)
    assert row(compare_spend(filled), BARKING, "2024-25")["revenue_outturn_gbp"] == 6e6


def test_the_store_is_left_as_it_was(filled: Store, tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in filled.raw.iterdir()}
    compare_spend(filled)
    assert {path.name: path.read_bytes() for path in filled.raw.iterdir()} == before
