"""Reconciliation: councils add up to what was published, or the difference is known and explained."""

import pandas as pd
import pytest

import fundgap
from fundgap.data.reconcile import reconcile
from fundgap.data.store import Store

# Two councils of the South West and one of London.
BRISTOL, CORNWALL, CAMDEN = "E06000023", "E06000052", "E09000007"
ENGLAND, SOUTH_WEST, LONDON = "E92000001", "E12000009", "E12000007"


def spend(*values: float | None, category: str = "other", year: str = "2018-19") -> pd.DataFrame:
    rows = zip((BRISTOL, CORNWALL, CAMDEN), values, strict=True)
    return pd.DataFrame(
        [{"council": council, "financial_year": year, "category": category, "gross_gbp": value, "source": "x"} for council, value in rows]
    )


def counts(name: str, *values: float | None) -> pd.DataFrame:
    rows = zip((BRISTOL, CORNWALL, CAMDEN), values, strict=True)
    return pd.DataFrame([{"council": council, "year": "2019", name: value, "rounded_to": 1, "source": "x"} for council, value in rows])


def total(figure: str, area: str, value: float, period: str = "2018-19", source: str = "x") -> pd.DataFrame:
    return pd.DataFrame([{"figure": figure, "area": area, "period": period, "value": value, "source": source}])


@pytest.mark.parametrize(
    ("area", "published", "held", "agrees"),
    [
        (ENGLAND, 600.0, 3, True),
        (SOUTH_WEST, 300.0, 2, True),
        (LONDON, 300.0, 1, True),
        # Each council is rounded by up to half a pound.
        (ENGLAND, 601.5, 3, True),
        (ENGLAND, 598.5, 3, True),
        (ENGLAND, 602.0, 3, False),
        (SOUTH_WEST, 301.5, 2, False),
        (LONDON, 299.0, 1, False),
    ],
)
def test_a_total_agrees_to_the_rounding_of_its_councils(store: Store, area: str, published: float, held: int, agrees: bool) -> None:
    (row,) = reconcile({"spend": spend(100.0, 200.0, 300.0), "published_totals": total("other", area, published)}, store).to_dict("records")
    assert (row["councils_held"], row["agrees"], row["why"]) == (held, agrees, "")
    assert row["difference"] == published - {ENGLAND: 600.0, SOUTH_WEST: 300.0, LONDON: 300.0}[area]


def test_a_missing_return_is_counted_and_left_out_of_the_sum(store: Store) -> None:
    tables = {"spend": spend(100.0, None, 300.0), "published_totals": total("other", ENGLAND, 400.0)}
    (row,) = reconcile(tables, store).to_dict("records")
    assert (row["councils_sum"], row["councils_held"], row["councils_missing"], row["agrees"]) == (400.0, 2, 1, True)


@pytest.mark.parametrize(("extra", "agrees"), [(60_000_000.0, True), (60_000_002.0, False), (0.0, False)])
def test_a_known_difference_must_be_met_exactly(store: Store, extra: float, agrees: bool) -> None:
    tables = {
        "spend": spend(100.0, 200.0, 300.0, category="gross_spend", year="2017-18"),
        "published_totals": total("gross_spend", ENGLAND, 600 + extra, "2017-18"),
    }
    (row,) = reconcile(tables, store).to_dict("records")
    assert row["agrees"] == agrees
    assert "£60,000,000" in row["why"]


# The total is rounded to 10 and holds a few children of councils too small to publish; each council by half of what it is rounded to.
@pytest.mark.parametrize(
    ("rounded_to", "published", "agrees"),
    [
        (1, 600, True),
        (1, 610, True),
        (1, 611, False),
        (1, 589, False),
        (5, 617, True),
        (5, 618, False),
        (10, 625, True),
        (10, 626, False),
    ],
)
def test_looked_after_children_agree_to_the_rounding_of_each_count_and_of_the_total(
    store: Store, rounded_to: int, published: float, agrees: bool
) -> None:
    tables = {
        "looked_after": counts("looked_after", 100.0, 200.0, 300.0).assign(rounded_to=rounded_to),
        "published_totals": total("looked_after_children", ENGLAND, published, "2019"),
    }
    (row,) = reconcile(tables, store).to_dict("records")
    assert row["agrees"] == agrees


def test_a_missing_count_widens_nothing(store: Store) -> None:
    tables = {
        "looked_after": counts("looked_after", 100.0, None, 300.0).assign(rounded_to=10),
        "published_totals": total("looked_after_children", ENGLAND, 421, "2019"),
    }
    (row,) = reconcile(tables, store).to_dict("records")
    # 400 held by two councils: 2 times 5 and 10 of the total itself.
    assert (row["councils_held"], row["agrees"]) == (2, False)


@pytest.mark.parametrize(("published", "agrees"), [(600.0, True), (601.5, True), (602.0, False)])
def test_an_indicator_that_is_a_sum_of_money_is_held_to_its_total(store: Store, published: float, agrees: bool) -> None:
    values = spend(100.0, 200.0, 300.0).rename(columns={"category": "indicator", "gross_gbp": "value"}).assign(indicator="leaving_care_gbp")
    tables = {"indicators": values, "published_totals": total("leaving_care_gbp", ENGLAND, published)}
    (row,) = reconcile(tables, store).to_dict("records")
    assert row["agrees"] == agrees


@pytest.mark.parametrize(
    ("values", "published", "agrees", "explained"),
    [
        ((100.0, 200.0, 300.0), 600, True, False),
        ((100.0, None, 300.0), 600, True, True),
        ((100.0, None, 300.0), 300, False, True),
        ((100.0, 200.0, 300.0), 700, False, False),
    ],
)
def test_a_suppressed_estimate_may_be_inside_the_total_but_never_below_nothing(
    store: Store, values: tuple[float | None, ...], published: float, agrees: bool, explained: bool
) -> None:
    tables = {"children": counts("children", *values), "published_totals": total("children", ENGLAND, published, "2019")}
    (row,) = reconcile(tables, store).to_dict("records")
    assert (row["agrees"], row["why"] != "") == (agrees, explained)


def test_the_totals_of_one_release_are_never_held_to_the_councils_of_another(store: Store) -> None:
    tables = {"spend": spend(100.0, 200.0, 300.0), "published_totals": total("other", ENGLAND, 600.0, source="another")}
    (row,) = reconcile(tables, store).to_dict("records")
    assert pd.isna(row["councils_sum"])


def test_every_total_on_record_agrees_and_only_four_need_the_sixty_million_explained() -> None:
    totals = fundgap.check_totals()
    assert totals["agrees"].all()
    # England totals: a category and year in LAIT (8 x 9) and its leaving care (9), looked-after children of 2011 to 2025 (15), children
    # of 2012 to 2024 (13), projections of 2018 to 2043 (26); and those of the Revenue Outturn, which has no regions.
    is_outturn = totals["source"].str.startswith("ro3")
    assert len(totals[(totals["area"] == ENGLAND) & ~is_outturn]) == 8 * 9 + 9 + 15 + 13 + 26
    assert set(totals.loc[is_outturn, "area"]) == {ENGLAND}
    assert totals.loc[is_outturn, "source"].nunique() == 17
    explained = totals[totals["why"].str.contains("60,000,000|above|round sum")]
    assert set(zip(explained["figure"], explained["area"], explained["difference"], strict=True)) == {
        (figure, area, 60_000_000.0) for figure in ("gross_spend", "looked_after") for area in (ENGLAND, "E12000001")
    }


@pytest.mark.parametrize("category", ["gross_spend", "young_people"])
def test_one_changed_council_on_record_is_noticed_in_its_region_and_in_england(store: Store, category: str) -> None:
    path = store.raw / "spend.csv"
    table = pd.read_csv(path, dtype=str)
    spot = (table["council"] == CAMDEN) & (table["financial_year"] == "2020-21") & (table["category"] == category)
    table.loc[spot, "gross_gbp"] = "1"
    table.to_csv(path, index=False)
    wrong = fundgap.check_totals(store).query("not agrees")
    assert set(zip(wrong["figure"], wrong["area"], wrong["period"], strict=True)) == {
        (category, ENGLAND, "2020-21"),
        (category, LONDON, "2020-21"),
    }
