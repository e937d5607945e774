"""Councils that changed: which were joined or split, and series over areas that stayed the same."""

import pandas as pd
import pytest

from fundgap.data.boundaries import boundary_changes, joined_areas

BOURNEMOUTH, POOLE, OLD_DORSET = "E06000028", "E06000029", "E10000009"
BCP, NEW_DORSET = "E06000058", "E06000059"
NORTHAMPTONSHIRE, NORTH, WEST = "E10000021", "E06000061", "E06000062"
DERBY = "E06000015"


# As the Orders that changed the councils have it.
@pytest.mark.parametrize(
    ("first_year", "before", "after", "kind"),
    [
        ("2009-10", ["E10000001"], ["E06000055", "E06000056"], "split"),
        ("2009-10", ["E10000004"], ["E06000049", "E06000050"], "split"),
        ("2019-20", [BOURNEMOUTH, POOLE, OLD_DORSET], [BCP, NEW_DORSET], "redrawn"),
        ("2021-22", [NORTHAMPTONSHIRE], [NORTH, WEST], "split"),
        ("2023-24", ["E10000006"], ["E06000063", "E06000064"], "split"),
        ("", ["E10000002"], ["E06000060"], "recoded"),
        ("", ["E10000023"], ["E06000065"], "recoded"),
        ("", ["E10000027"], ["E06000066"], "recoded"),
        ("", ["E08000020"], ["E08000037"], "recoded"),
        ("", ["E06000048"], ["E06000057"], "recoded"),
    ],
)
def test_every_change_of_councils_is_on_record(first_year: str, before: list[str], after: list[str], kind: str) -> None:
    changes = boundary_changes()
    (row,) = [row for row in changes.itertuples() if row.before == before]
    assert (row.first_year, row.after, row.kind) == (first_year, after, kind)


def test_no_change_is_on_record_twice() -> None:
    changes = boundary_changes()
    councils = [code for codes in [*changes["before"], *changes["after"]] for code in codes]
    assert len(councils) == len(set(councils))
    assert len(changes[changes["kind"] != "recoded"]) == 5


def years_of(*rows: tuple[str, str, str, float, float]) -> pd.DataFrame:
    columns = ["council", "council_name", "financial_year", "children", "gross_spend_gbp"]
    others = ("looked_after", "safeguarding", "preventative", "family_support", "sure_start", "young_people", "youth_justice", "other")
    empty = {f"{name}_spend_gbp": float("nan") for name in others} | {"looked_after": 10.0, "net_spend_gbp": 1.0}
    return pd.DataFrame(rows, columns=columns).assign(**empty)


def test_an_area_is_the_sum_of_its_councils_before_and_after_a_change() -> None:
    years = years_of(
        (BOURNEMOUTH, "Bournemouth", "2018-19", 30, 300),
        (POOLE, "Poole", "2018-19", 20, 100),
        (OLD_DORSET, "Dorset", "2018-19", 50, 600),
        (BCP, "Bournemouth, Christchurch and Poole", "2019-20", 60, 700),
        (NEW_DORSET, "Dorset", "2019-20", 40, 500),
        (DERBY, "Derby", "2018-19", 8, 80),
    )
    areas = joined_areas(years).set_index(["area", "financial_year"])
    joined = f"{BCP} {NEW_DORSET}"
    assert areas.loc[(joined, "2018-19"), ["councils", "children", "gross_spend_gbp", "gross_spend_per_child"]].tolist() == [
        3,
        100,
        1000,
        10,
    ]
    assert areas.loc[(joined, "2019-20"), ["councils", "children", "gross_spend_gbp", "gross_spend_per_child"]].tolist() == [
        2,
        100,
        1200,
        12,
    ]
    # 30 looked after among 100 children.
    assert areas.at[(joined, "2018-19"), "looked_after_per_10k"] == 3000
    assert areas.loc[(DERBY, "2018-19"), ["councils", "children", "area_name"]].tolist() == [1, 8, "Derby"]
    assert len(areas) == 3


def test_an_area_lacks_a_figure_that_one_of_its_councils_lacks() -> None:
    years = years_of((NORTH, "North Northamptonshire", "2021-22", 10, 100), (WEST, "West Northamptonshire", "2021-22", 10, float("nan")))
    (row,) = joined_areas(years).to_dict("records")
    assert pd.isna(row["gross_spend_gbp"])
    assert pd.isna(row["gross_spend_per_child"])
    assert row["children"] == 20
