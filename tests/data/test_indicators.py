"""Indicators: each figure filed under the financial year it is of, and held to what can be known about it."""

from pathlib import Path

import layouts
import pandas as pd
import pytest

from fundgap.data import schemas
from fundgap.data.councils import council_index
from fundgap.data.indicators import INDICATORS
from fundgap.data.ingest import ingest
from fundgap.data.raw_tables import RAW
from fundgap.data.readers import READERS
from fundgap.data.readers.periods import financial_years
from fundgap.data.readers.sheets import Faults, Sheet
from fundgap.data.sources import read_register
from fundgap.data.store import Store
from fundgap.errors import BadFigures

BARKING, BARNSLEY, ST_HELENS, OLD_DORSET, NEW_DORSET = "E09000002", "E08000016", "E08000013", "E10000009", "E06000059"
KINGSTON, RICHMOND = "E09000021", "E09000027"


def read(draft: layouts.Draft, folder: Path) -> dict[str, pd.DataFrame]:
    store = Store(layouts.DATA)
    release = read_register(store)[draft.source]
    return READERS[release.reader](draft.save(folder), release, council_index(store))


def refusal(draft: layouts.Draft, folder: Path, *says: str) -> BadFigures:
    with pytest.raises(BadFigures) as caught:
        read(draft, folder)
    assert [part for part in says if part not in str(caught.value)] == [], caught.value
    return caught.value


def line(draft: layouts.Draft, measure: str, period: str, number: int) -> int:
    """Return the row of a measure, counted from 1."""
    return next(row for row, cells in enumerate(draft.rows, 1) if (cells[0], cells[2], cells[5]) == (measure, period, float(number)))


@pytest.fixture
def values(tmp_path: Path) -> dict[tuple[str, str, str], float]:
    """Return the indicators of the interactive tool's draft by indicator, council and year."""
    table = read(layouts.lait(), tmp_path)["indicators"]
    return table.set_index(["indicator", "council", "financial_year"])["value"].to_dict()


# 30.1 is a tenth of Barking's number, 301, as the draft has it.
@pytest.mark.parametrize(
    ("indicator", "times"),
    [(name, 100) for name in layouts.LAIT_UNIT_COSTS.values()]
    + [(name, 1) for name in (*layouts.LAIT_NEED.values(), *layouts.LAIT_WORKFORCE.values())],
)
def test_every_rate_is_filed_under_the_year_that_its_day_falls_in(values: dict, indicator: str, times: int) -> None:
    found = {(council, year): value for (name, council, year), value in values.items() if name == indicator}
    missing = {key for key, value in found.items() if pd.isna(value)}
    assert missing == {(ST_HELENS, "2019-20")}
    assert {key: value for key, value in found.items() if key not in missing} == pytest.approx(
        {
            (BARKING, "2018-19"): 30.1 * times,
            (ST_HELENS, "2018-19"): 34.2 * times,
            (BARNSLEY, "2018-19"): 37.0 * times,
            (OLD_DORSET, "2018-19"): 83.5 * times,
            (BARKING, "2019-20"): 30.1 * times,
            (BARNSLEY, "2019-20"): 37.0 * times,
            (NEW_DORSET, "2019-20"): 83.8 * times,
        }
    )


def test_a_measure_worked_back_to_later_councils_stands_for_these_in_every_year(values: dict) -> None:
    name = "low_income_dwp_revised_under_16_pct"
    found = {(council, year): value for (indicator, council, year), value in values.items() if indicator == name}
    assert found == {
        (council, year): rate
        for year in ("2018-19", "2019-20")
        for council, rate in ((BARKING, 30.1), (ST_HELENS, 34.2), (BARNSLEY, 37.0), (NEW_DORSET, 83.8))
    }


def test_a_count_of_two_councils_together_is_of_neither(values: dict) -> None:
    for name in layouts.LAIT_COUNTS.values():
        assert pd.isna(values[name, KINGSTON, "2018-19"])
        assert pd.isna(values[name, RICHMOND, "2018-19"])
        assert values[name, BARNSLEY, "2018-19"] == 370


def test_caseloads_of_2016_are_another_measure_and_are_left_out(values: dict) -> None:
    assert {year for name, _, year in values if name == "caseload"} == {"2018-19", "2019-20"}


def test_a_sum_of_money_keeps_its_totals_and_a_rate_of_england_is_no_total(tmp_path: Path) -> None:
    totals = read(layouts.lait(), tmp_path)["published_totals"]
    leaving_care = totals[totals["figure"] == "leaving_care_gbp"].set_index(["area", "period"])["value"]
    # Barking, St Helens, Barnsley and old Dorset: 1000 times 301 + 342 + 370 + 835.
    assert leaving_care["E92000001", "2018-19"] == 1_848_000
    assert set(totals["figure"]) == {*layouts.LAIT_SPEND.values(), "looked_after_children", "leaving_care_gbp"}


@pytest.mark.parametrize(
    ("measure", "period", "number", "cell", "says"),
    [
        ("CIN", "2019", 970, "3000", "England within its councils' range, 30.1 to 83.5"),
        ("LACFinance", "2018-19 (OT)", 970, "50000", "England within its councils' range"),
        ("Work_Force_TO_Rate", "2018", 301, "100.5", "0 to 100: Social workers who left, %"),
        ("Section_47", "2019", 301, "10001", "0 to 10,000"),
        ("FosteringFinance", "2018-19 (OT)", 301, "-5", "100 to 100,000: Fostering, unit cost, £ a week, cash"),
        ("LeaveCareSupServTotExp", "2018-19", 301, "-5", "0 or more"),
        ("CPP_rate", "2019", 301, "c", "a number or one of ['-']"),
        ("CIN", "2019", 970, "-", "no value for England, children_in_need_per_10k 2018-19"),
        ("Work_Force_NoSW", "2018", 370, "381", "social_workers_fte 2018-19"),
        ("Work_Force_Num_CaseHeld", "2018", 970, "2359", "England's 2,359"),
        ("Work_Force_NoSW", "2018", 318, "499", "500, as in the council it makes one return with"),
        ("Work_Force_Vac_Rate", "2018", 838, "5", "did not exist in 2018-19"),
        ("CIN", "2020", 835, "5", "did not exist in 2019-20"),
        ("ChildPov", "2019", 835, "5", "did not exist in 2023-24"),
    ],
)
def test_a_figure_that_cannot_be_is_refused(tmp_path: Path, measure: str, period: str, number: int, cell: str, says: str) -> None:
    draft = layouts.lait()
    row = line(draft, measure, period, number)
    draft.put(row, "Values", cell)
    error = refusal(draft, tmp_path, says)
    assert len(error.faults) == 1


@pytest.mark.parametrize(("measure", "number"), [("CIN", 370), ("CIN", 970), ("LACnum", 987), ("ChildPov", 835)])
def test_a_row_that_is_lost_is_missed_where_other_years_have_it(tmp_path: Path, measure: str, number: int) -> None:
    draft = layouts.lait()
    del draft.rows[line(draft, measure, "2019", number) - 1]
    refusal(draft, tmp_path, f"no row for area {number}", f"'{measure}' of '2019'")


@pytest.mark.parametrize(
    ("measure", "period", "other"),
    [
        ("CIN", "2019", "2018-19"),
        ("CIN", "2019", "2019 (OT)"),
        ("LACFinance", "2018-19 (OT)", "2018-19"),
        ("LACFinance", "2018-19 (OT)", "2018-20 (OT)"),
        ("LeaveCareSupServTotExp", "2018-19", "2018-19 (OT)"),
        ("Work_Force_NoSW", "2018", "Sept 2018"),
    ],
)
def test_a_period_in_another_form_is_refused(tmp_path: Path, measure: str, period: str, other: str) -> None:
    draft = layouts.lait()
    row = line(draft, measure, period, 301)
    draft.put(row, "Years", other)
    refusal(draft, tmp_path, f"row {row}, column 'Years'", "a period written as")


# England's number of 2019-20 is 301 + 370 + 838 and 500 once; St Helens has no figure, and had 342 the year before.
@pytest.mark.parametrize(("more", "fits"), [(0, True), (342, True), (352, True), (353, False), (-10, True), (-11, False)])
def test_england_may_hold_what_a_council_without_a_figure_had_and_no_more(tmp_path: Path, more: int, fits: bool) -> None:
    draft = layouts.lait()
    draft.put(line(draft, "Work_Force_NoSW", "2019", 970), "Values", str(301 + 370 + 838 + layouts.JOINT_COUNT + more))
    if fits:
        read(draft, tmp_path)
    else:
        refusal(draft, tmp_path, "social_workers_fte 2019-20", "1 without a figure")


def test_rates_a_hundred_times_those_on_record_are_refused(bare_store: Store, tmp_path: Path) -> None:
    draft = layouts.lait()
    ingest(draft.save(tmp_path), draft.source, bare_store)
    for row in draft.rows:
        if row[0] == "CIN" and row[4] != "-":
            row[4] = str(100 * float(str(row[4])))
    with pytest.raises(BadFigures, match=r"children_in_need_per_10k 2018-19.*are the units right"):
        ingest(draft.save(tmp_path), draft.source, bare_store)


@pytest.mark.parametrize(
    ("form", "day", "text", "year"),
    [
        ("{year}", "03-31", "2016", "2015-16"),
        ("{year}", "04-01", "2016", "2016-17"),
        ("{year}", "09-30", "2016", "2016-17"),
        ("{year}", "08-31", "2011", "2011-12"),
        ("{start}-{end} (OT)", "", "2016-17 (OT)", "2016-17"),
        ("{start}/{end}", "", "2014/15", "2014-15"),
        ("{start}-{end}", "", "1999-00", "1999-00"),
        ("{start}-{end}", "", "2016-18", ""),
        ("{start}-{end}", "", "2016-17 ", ""),
        ("{year}", "03-31", "2016-17", ""),
        ("{year}", "03-31", "20160", ""),
    ],
)
def test_a_period_is_read_in_the_form_of_its_layout_and_in_no_other(form: str, day: str, text: str, year: str) -> None:
    sheet = Sheet("", {"period": "Years"}, pd.DataFrame({"period": [text]}, index=[2]), Faults("x.csv"))
    assert financial_years(sheet, "period", sheet.cells.index, form, day).tolist() == [year]
    assert len(sheet.faults.found) == (year == "")


def test_the_table_of_indicators_takes_no_name_that_is_not_defined() -> None:
    row = {"council": BARNSLEY, "financial_year": "2018-19", "value": 1.0, "source": "x"}
    schemas.check(pd.DataFrame([row | {"indicator": "caseload"}]), RAW["indicators"], "x.csv")
    with pytest.raises(BadFigures, match="'case_load'"):
        schemas.check(pd.DataFrame([row | {"indicator": "case_load"}]), RAW["indicators"], "x.csv")


def test_each_measure_of_low_income_is_an_indicator_of_its_own_with_its_publisher() -> None:
    low_income = {name: indicator.publisher for name, indicator in INDICATORS.items() if name.startswith("low_income")}
    assert {name for name, publisher in low_income.items() if publisher == "HM Revenue & Customs"} == {
        "low_income_hmrc_under_16_share",
        "low_income_hmrc_all_share",
    }
    assert {name for name, publisher in low_income.items() if publisher == "Department for Work and Pensions"} == {
        "low_income_dwp_0_15",
        "low_income_dwp_0_19",
        "low_income_dwp_revised_under_16_pct",
    }
    assert len({indicator.label for indicator in INDICATORS.values()}) == len(INDICATORS)
