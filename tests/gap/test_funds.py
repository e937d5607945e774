"""What a fund covers of a gap, by hand from the pledge, the published gap and the deflator."""

from functools import cache
from pathlib import Path
from typing import Any

import frames
import pandas as pd
import pytest
import tomli_w
from frames import PENNY

import fundgap
from fundgap.data.store import Store
from fundgap.errors import BadArgument, BadFigures, BadScenario, NoData
from fundgap.gap.fund_coverage import coverage
from fundgap.gap.intervals import interval_of_quantiles, interval_of_windows
from fundgap.gap.projection import Gap, project_gap
from fundgap.gap.scenario import Scenario, scenario

PLEDGE = "sector-led-20m"
PLEDGE_YEARS = ["2017-18", "2018-19", "2019-20"]
CHILDREN_2019 = 11_790_492  # ONS, mid-2019, England
CHILDREN_2024 = 12_183_016  # ONS, mid-2024, England
# GDP deflator, ONS YBGB: the mean of the pledge's three years, and two years outside them.
PRICES_OF_THE_PLEDGE = (87.0 + 88.825 + 90.95) / 3
PRICES_2020, PRICES_2024 = 95.825, 112.375
CLOSE = 1e-12


def by_year(gap: Gap, fund: str = PLEDGE, **options: Any) -> pd.DataFrame:
    """Return the coverage with the year as index."""
    return coverage(gap, fund, **({"judgements": frames.judgements()} | options)).set_index("financial_year")


@cache
def lga(year: str) -> Gap:
    """Return the gap of the Local Government Association's figures of a year."""
    return project_gap(frames.panel(), scenario(f"lga-{year}"))


def from_now(**rates: float) -> Gap:
    """Return a gap from the latest outturn, prices rising by 2% a year unless told otherwise."""
    return project_gap(frames.panel(), frames.growth(**({"general_price_growth": 0.02, "years": 2} | rates)))


def write_register(store: Store, register: dict[str, Any]) -> None:
    """Put another register of funds into a store."""
    (store.raw / "funds.toml").write_text(tomli_w.dumps(register), "utf-8")


def fund_entry(**changes: object) -> dict[str, Any]:
    """Return a fund as the register holds it."""
    return frames.fund_content(years=PLEDGE_YEARS) | changes


@pytest.mark.parametrize(("spread", "a_year", "share"), [("even", 20_000_000 / 3, 1 / 300), ("at_once", 20_000_000, 1 / 100)])
def test_the_pledge_against_the_two_billion(spread: str, a_year: float, share: float) -> None:
    table = by_year(lga("2017"), spread=spread)
    assert table["fund_gbp"].tolist() == pytest.approx([a_year] * 3, abs=PENNY)
    assert not table["is_hypothetical"].any()
    assert table["councils"].tolist() == [152, 152, 151]
    assert table["fund_per_council_gbp"].tolist() == pytest.approx([a_year / 152, a_year / 152, a_year / 151], abs=PENNY)
    last = table.loc["2019-20"]
    assert last["gap_gbp"] == pytest.approx(2_000_000_000, abs=PENNY)
    assert last["share_of_gap"] == pytest.approx(share, rel=CLOSE)
    assert last["days_of_gap"] == pytest.approx(365 * share, rel=CLOSE)
    assert last["fund_per_child_gbp"] == pytest.approx(a_year / CHILDREN_2019, rel=CLOSE)
    assert last["gap_per_child_gbp"] == pytest.approx(2_000_000_000 / CHILDREN_2019, rel=CLOSE)


def test_an_even_spread_adds_up_to_the_fund() -> None:
    assert by_year(lga("2016"))["fund_gbp"].sum() == pytest.approx(20_000_000, abs=PENNY)


def test_a_past_year_outside_the_fund_is_met_at_its_published_prices() -> None:
    years = ("2016-17", *PLEDGE_YEARS, "2020-21")
    content = frames.path_content(dict(zip(years, (11e9, 12e9, 13e9, 14e9, 15e9), strict=True)), dict.fromkeys(years, 11e9))
    table = by_year(project_gap(frames.panel(), Scenario.model_validate(content)))
    assert table["is_hypothetical"].tolist() == [False, False, False, True]
    fund = 20_000_000 / 3 * PRICES_2020 / PRICES_OF_THE_PLEDGE
    assert table.loc["2020-21", "fund_gbp"] == pytest.approx(fund, abs=PENNY)
    assert table.loc["2020-21", "share_of_gap"] == pytest.approx(fund / 4e9, rel=CLOSE)


@pytest.mark.parametrize(("spread", "a_year"), [("even", 20_000_000 / 3), ("at_once", 20_000_000)])
@pytest.mark.parametrize(
    ("rates", "prices"),
    [
        pytest.param({"price_growth": 0.05}, 1.02, id="a gap"),
        pytest.param({"price_growth": -0.05}, 1.02, id="a surplus"),
        pytest.param({"general_price_growth": 0.0}, 1.0, id="no gap at all"),
    ],
)
def test_a_year_to_come_is_met_at_the_prices_assumed_for_it(rates: dict[str, float], prices: float, spread: str, a_year: float) -> None:
    table = by_year(from_now(**rates), spread=spread)
    now = a_year * PRICES_2024 / PRICES_OF_THE_PLEDGE
    assert table["is_hypothetical"].all()
    assert table["fund_gbp"].tolist() == pytest.approx([now * prices, now * prices**2], abs=PENNY)


def test_children_to_come_are_the_last_count_grown() -> None:
    table = by_year(from_now(demography_growth=0.01))
    children = pd.Series({"2025-26": CHILDREN_2024 * 1.01, "2026-27": CHILDREN_2024 * 1.01**2})
    assert (table["fund_gbp"] / table["fund_per_child_gbp"]).tolist() == pytest.approx(children.tolist(), rel=CLOSE)
    # The gap is without Middlesbrough and Wandsworth, so it is divided by the children of the others.
    raw = pd.read_csv(Path(__file__).parents[2] / "data" / "raw" / "children.csv")
    held = raw[(raw["year"] == 2024) & ~raw["council"].isin(["E06000002", "E09000032"])]["children"].sum()
    gap_children = (table["gap_gbp"] / table["gap_per_child_gbp"]).tolist()
    assert gap_children == pytest.approx([held * 1.01, held * 1.01**2], rel=CLOSE)


def test_a_surplus_has_no_share() -> None:
    table = by_year(from_now(funding_growth=0.05))
    assert (table["gap_gbp"] < 0).all()
    assert table[["share_of_gap", "days_of_gap"]].isna().all(axis=None)


def test_a_fund_is_told_without_the_newest_count_of_children(store: Store) -> None:
    path = store.raw / "published_totals.csv"
    rows = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(row for row in rows if not row.startswith("children,E92000001,2024,")), "utf-8")
    table = by_year(from_now(price_growth=0.05), store=store)
    assert table["fund_gbp"].iloc[0] == pytest.approx(20_000_000 / 3 * 1.02 * PRICES_2024 / PRICES_OF_THE_PLEDGE, abs=PENNY)


def test_an_unknown_fund_is_refused_with_those_there_are() -> None:
    with pytest.raises(NoData, match=f"sector-led-2bn.*{PLEDGE}"):
        coverage(lga("2017"), "sector-led-2bn")


def test_an_unknown_spread_is_refused() -> None:
    with pytest.raises(BadArgument, match="spread is 'monthly'; expected 'even' or 'at_once'"):
        fundgap.coverage(lga("2017"), PLEDGE, spread="monthly")  # type: ignore[arg-type]


def test_a_fund_without_prices_for_its_years_is_refused(store: Store) -> None:
    write_register(store, {"later": fund_entry(years=["2031-32", "2032-33"])})
    with pytest.raises(NoData, match="2031-32, 2032-33"):
        coverage(lga("2017"), "later", store=store)


def test_an_interval_of_the_gap_turns_into_one_of_the_share() -> None:
    interval = pd.DataFrame(
        {
            "financial_year": ["2019-20", *PLEDGE_YEARS[:2]],
            "low_gbp": [1_000_000_000.0, 500_000_000.0, -1.0],
            "high_gbp": [4_000_000_000.0, 1_000_000_000.0, 2_000_000_000.0],
        }
    )
    table = by_year(lga("2017"), interval=interval)
    last = table.loc["2019-20"]
    assert (last["share_low"], last["share_high"]) == pytest.approx((20 / 3 / 4000, 20 / 3 / 1000), rel=CLOSE)
    assert (last["days_low"], last["days_high"]) == pytest.approx((365 * 20 / 3 / 4000, 365 * 20 / 3 / 1000), rel=CLOSE)
    # The low end of the gap is no gap at all: there is no highest share.
    assert pd.isna(table.loc["2018-19", "share_high"])
    assert table.loc["2018-19", "share_low"] == pytest.approx(20 / 3 / 2000, rel=CLOSE)


def test_every_fault_of_an_interval_is_told_at_once() -> None:
    wrong = pd.DataFrame({"financial_year": ["2017-18", "2017-18", "2018-19"], "low_gbp": [1.0, 1.0, 3.0], "high_gbp": [2.0, 2.0, 2.0]})
    with pytest.raises(BadFigures) as refusal:
        coverage(lga("2017"), PLEDGE, interval=wrong)
    assert [word for word in ("no 2019-20", "2017-18 twice", "2018-19: found a low end above") if word not in str(refusal.value)] == []
    with pytest.raises(BadFigures, match="high_gbp"):
        coverage(lga("2017"), PLEDGE, interval=wrong[["financial_year"]])


def test_the_span_of_windows_is_their_least_and_largest_gap() -> None:
    windows = pd.DataFrame(
        {"window_years": [3, 4, 5] * 2, "financial_year": ["a"] * 3 + ["b"] * 3, "gap_gbp": [3.0, 1.0, 2.0, 6.0, 4.0, 5.0]}
    )
    assert interval_of_windows(windows).to_numpy().tolist() == [["a", 1.0, 3.0], ["b", 4.0, 6.0]]


def test_two_quantiles_are_an_interval_and_any_other_number_is_not() -> None:
    rows = [(0.9, "E1", "a", 5.0), (0.1, "E1", "a", 1.0), (0.1, "E2", "a", 2.0), (0.9, "E2", "a", 7.0)]
    table = pd.DataFrame(rows, columns=["quantile", "council", "financial_year", "gap_gbp"])
    assert interval_of_quantiles(table).to_numpy().tolist() == [["E1", "a", 1.0, 5.0], ["E2", "a", 2.0, 7.0]]
    england = table[table["council"] == "E1"].drop(columns="council")
    assert interval_of_quantiles(england).columns.tolist() == ["financial_year", "low_gbp", "high_gbp"]
    for wrong in (table.iloc[:3], table.assign(quantile=0.5), pd.concat([table, table])):
        with pytest.raises(BadFigures, match="two, once for each year"):
            interval_of_quantiles(wrong)


def test_inadequate_councils_are_those_of_the_end_of_the_year() -> None:
    table = by_year(lga("2017"))
    # Counted from Ofsted's reports as committed: the last report of each council published by 31 March.
    raw = pd.read_csv(Path(__file__).parents[2] / "data" / "raw" / "inspections.csv")
    for year, day in zip(PLEDGE_YEARS, ("2018-03-31", "2019-03-31", "2020-03-31"), strict=True):
        last = raw[raw["publication_date"] <= day].sort_values("publication_date").groupby("council").tail(1)
        abolished = {"E10000009", "E06000028", "E06000029"} if year >= "2019-20" else set()
        count = int(((last["overall"] == "Inadequate") & ~last["council"].isin(abolished)).sum())
        assert (table.loc[year, "inadequate_councils"], table.loc[year, "inadequate_at"]) == (count, day)
        assert table.loc[year, "fund_per_inadequate_council_gbp"] == pytest.approx(20_000_000 / 3 / count, rel=CLOSE)


def test_ofsted_s_nineteen_inadequate_councils_of_march_2025() -> None:
    table = by_year(project_gap(frames.panel(), frames.growth(years=1)))
    assert (table["inadequate_councils"].iloc[0], table["inadequate_at"].iloc[0]) == (19, "2025-05-14")


def test_a_grant_known_by_year_counts_as_published_and_stays_blank_where_it_is_not_known(store: Store) -> None:
    amounts = {"2017-18": 400_000_000, "2019-20": 1_000_000_000}
    grant = fund_entry(amounts_gbp=amounts, services="adults and children", evidence="read")
    del grant["amount_gbp"]
    write_register(store, {"grant": grant})
    table = by_year(lga("2017"), "grant", store=store)
    assert table["fund_gbp"].isna().tolist() == [False, True, False]
    assert table.loc["2019-20", "share_of_gap"] == pytest.approx(0.5, rel=CLOSE)
    assert table["is_upper_bound"].all()
    assert not table["is_hypothetical"].any()
    with pytest.raises(BadScenario, match="known by year"):
        coverage(lga("2017"), "grant", spread="at_once", store=store)
    later = by_year(from_now(), "grant", store=store)
    assert later["fund_gbp"].iloc[0] == pytest.approx(1_000_000_000 / 90.95 * PRICES_2024 * 1.02, abs=PENNY)


def test_a_fund_of_years_to_come_is_put_in_prices_that_the_gap_assumes(store: Store) -> None:
    write_register(store, {"later": fund_entry(amount_gbp=60_000_000, years=["2026-27", "2027-28"])})
    table = by_year(from_now(years=3), "later", store=store)
    assert table["is_hypothetical"].tolist() == [True, False, False]
    assert table["fund_gbp"].tolist() == pytest.approx([30_000_000 / ((1.02 + 1.02**2) / 2), 30_000_000, 30_000_000], abs=PENNY)
