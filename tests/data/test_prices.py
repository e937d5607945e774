"""Prices: financial years, and pounds of one year in the prices of another."""

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundgap.data.prices import financial_year, financial_year_of, in_real_terms, price_index, years_after
from fundgap.data.sources import read_register, register_text
from fundgap.data.store import Store
from fundgap.errors import NoData

HELD, LATER = "deflator-2025-06", "deflator-2026-06"


@pytest.fixture
def prices(bare_store: Store) -> Store:
    """Return a store in which prices rise by a quarter from 2022-23 to 2023-24 and by a fifth in the year after."""
    (bare_store.raw / "deflator.csv").write_text(
        "financial_year,deflator,source\n2022-23,80,{id}\n2023-24,100,{id}\n2024-25,120,{id}\n".replace("{id}", HELD)
    )
    return bare_store


@pytest.mark.parametrize(("start", "year"), [(2016, "2016-17"), (1999, "1999-00"), (2008, "2008-09"), (2009, "2009-10")])
def test_a_financial_year_is_written_with_both_its_years(start: int, year: str) -> None:
    assert financial_year(start) == year


@pytest.mark.parametrize(
    ("date", "year"), [("2017-03-31", "2016-17"), ("2017-04-01", "2017-18"), ("2000-01-01", "1999-00"), ("2016-12-31", "2016-17")]
)
def test_the_financial_year_turns_on_the_first_of_april(date: str, year: str) -> None:
    assert financial_year_of(date) == year


@given(st.dates())
def test_a_date_lies_in_the_year_that_opened_on_the_last_first_of_april(date) -> None:
    # January of 1000 lies in a year of three digits.
    if date.year > 1000:
        opened = int(financial_year_of(date.isoformat())[:4])
        assert (opened, 4, 1) <= (date.year, date.month, date.day) < (opened + 1, 4, 1)


@given(st.integers(1950, 2100), st.integers(-100, 100))
def test_going_forward_and_back_returns_to_the_same_year(start: int, count: int) -> None:
    year = financial_year(start)
    assert years_after(years_after(year, count), -count) == year
    assert int(years_after(year, count)[:4]) == start + count


@pytest.mark.parametrize(("base", "index"), [("2024-25", [200 / 3, 250 / 3, 100.0]), ("2022-23", [100.0, 125.0, 150.0])])
def test_the_price_index_is_a_hundred_in_its_base_year(prices: Store, base: str, index: list[float]) -> None:
    assert price_index(base, prices).tolist() == pytest.approx(index, rel=1e-12)


def test_of_two_deflators_the_later_counts_throughout_for_each_has_a_base_of_its_own(prices: Store) -> None:
    entry = read_register(prices)[HELD]
    later = {LATER: replace(entry, id=LATER, published="2026-06-30")}
    (prices.raw / "sources.toml").write_text(register_text(read_register(prices) | later), "utf-8")
    rows = f"2022-23,40,{LATER}\n2023-24,48,{LATER}\n2024-25,60,{LATER}\n2025-26,66,{LATER}\n"
    with (prices.raw / "deflator.csv").open("a", encoding="utf-8") as file:
        file.write(rows)
    assert price_index("2024-25", prices).tolist() == pytest.approx([100 * 40 / 60, 80.0, 100.0, 110.0], rel=1e-12)
    assert price_index("2024-25", prices, prefer=HELD).tolist() == pytest.approx([200 / 3, 250 / 3, 100.0], rel=1e-12)


def test_a_base_year_without_prices_is_refused_with_the_years_there_are(prices: Store) -> None:
    with pytest.raises(NoData, match="2030-31: the series runs from 2022-23 to 2024-25"):
        price_index("2030-31", prices)


@pytest.mark.parametrize("year_column", ["financial_year", "figures_year"])
def test_cash_becomes_real_by_the_prices_of_its_own_year_and_other_columns_stay(prices: Store, year_column: str) -> None:
    cash = pd.DataFrame(
        {year_column: ["2022-23", "2024-25"], "gross_spend_gbp": [80.0, 120.0], "gross_spend_per_child": [8.0, 6.0], "children": [10, 20]}
    )
    real = in_real_terms(cash, "2023-24", prices)
    assert real["gross_spend_gbp_real"].tolist() == pytest.approx([100.0, 100.0])
    assert real["gross_spend_per_child_real"].tolist() == pytest.approx([10.0, 5.0])
    assert real.columns.tolist() == [*cash.columns, "gross_spend_gbp_real", "gross_spend_per_child_real"]
    pd.testing.assert_frame_equal(real[cash.columns.tolist()], cash, check_flags=False)
    assert real.attrs["price_base"] == "2023-24"
    assert "price_base" not in cash.attrs


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"net_spend_gbp": [1.0]}, "no column financial_year"),
        ({"financial_year": ["20/21"], "net_spend_gbp": [1.0]}, "holds 20/21: write a financial year as in 2016-17"),
        ({"financial_year": ["2024-26"], "net_spend_gbp": [1.0]}, "holds 2024-26"),
        ({"figures_year": [2024], "net_spend_gbp": [1.0]}, "holds 2024"),
    ],
)
def test_cash_of_what_is_no_financial_year_is_refused(prices: Store, columns: dict[str, list[object]], words: str) -> None:
    with pytest.raises(NoData, match=words):
        in_real_terms(pd.DataFrame(columns), store=prices)


def test_the_base_year_in_its_own_prices_is_unchanged(prices: Store) -> None:
    cash = pd.DataFrame({"financial_year": ["2024-25"], "net_spend_gbp": [123.45]})
    assert in_real_terms(cash, store=prices)["net_spend_gbp_real"].tolist() == pytest.approx([123.45], rel=1e-15)
