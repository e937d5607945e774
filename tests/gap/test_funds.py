"""What a fund covers of a gap, by hand from the pledge, the published gap and the deflator."""

from pathlib import Path
from typing import Any

import frames
import pandas as pd
import pytest
import tomli_w
from frames import PENNY

from fundgap.data.store import Store
from fundgap.errors import BadScenario, FundgapError, NoData
from fundgap.gap.funds import coverage, funds
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
    return coverage(gap, fund, **options).set_index("financial_year")


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
    entry = {
        "title": "A fund",
        "amount_gbp": 30_000_000,
        "years": PLEDGE_YEARS,
        "department": "DfE",
        "purpose": "Help",
        "evidence": "A test",
    }
    return entry | changes


def test_the_register_holds_the_pledge() -> None:
    row = funds().set_index("id").loc[PLEDGE]
    assert row["amount_gbp"] == 20_000_000
    assert row["years"] == "2017-18; 2018-19; 2019-20"
    assert "not stated" in row["assumption"]


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
    with pytest.raises((FundgapError, ValueError), match="monthly"):
        coverage(lga("2017"), PLEDGE, spread="monthly")


def test_a_fund_without_prices_for_its_years_is_refused(store: Store) -> None:
    write_register(store, {"later": fund_entry(years=["2031-32", "2032-33"])})
    with pytest.raises(NoData, match="2031-32, 2032-33"):
        coverage(lga("2017"), "later", store=store)


def test_all_faults_of_the_register_are_told_at_once(store: Store) -> None:
    first = fund_entry(amount_gbp=-1, years=[], colour="red")
    second = fund_entry(years=["2019"])
    del second["evidence"]
    write_register(store, {"first": first, "sound": fund_entry(), "second": second})
    for reader in (lambda: funds(store), lambda: coverage(lga("2017"), "sound", store=store)):
        with pytest.raises(BadScenario) as refusal:
            reader()
        words = ["funds.toml", "first.amount_gbp", "first.years", "first.colour", "second.years", "second.evidence"]
        assert [word for word in words if word not in str(refusal.value)] == []
        assert "sound" not in str(refusal.value).split("\n", 1)[1]


@pytest.mark.parametrize(("content", "error"), [("[fund", BadScenario), (None, NoData)], ids=["not TOML", "not there"])
def test_a_register_that_cannot_be_read_is_named(content: str | None, error: type[Exception], store: Store) -> None:
    path: Path = store.raw / "funds.toml"
    if content is None:
        path.unlink()
    else:
        path.write_text(content, "utf-8")
    with pytest.raises(error, match=r"funds\.toml"):
        funds(store)
