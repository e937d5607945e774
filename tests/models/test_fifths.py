"""Change of spend by deprivation: by hand on the panel, and no window that a changed definition cuts unless asked for."""

import pandas as pd
import pytest

import fundgap
from fundgap.errors import BadFormula, NoData

WINDOW = ("2012-13", "2015-16")


@pytest.fixture(scope="module")
def years() -> pd.DataFrame:
    return fundgap.council_years()


def by_hand(years: pd.DataFrame, first: str, last: str, column: str) -> pd.DataFrame:
    """Return councils of both years, least deprived first, with real spend of both: no council changed in between."""
    tables = [years[years["financial_year"] == year].set_index("council") for year in (first, last)]
    wide = pd.DataFrame({"score": tables[0]["imd_score"]})
    for name, table in zip(("before", "after"), tables, strict=True):
        wide[f"children_{name}"] = table["children"]
        wide[name] = table[column] / table["price_index"] * tables[1]["price_index"].iloc[0]
    return wide.drop(["E09000001", "E06000053"]).dropna().sort_values("score")


@pytest.mark.parametrize("category", ["gross_spend", "preventative", "looked_after"])
def test_the_outer_fifths_and_all_are_those_counted_by_hand(years: pd.DataFrame, category: str) -> None:
    column = "gross_spend_gbp" if category == "gross_spend" else f"{category}_spend_gbp"
    rows = by_hand(years, *WINDOW, column)
    table = fundgap.spend_change_by_deprivation(years, *WINDOW, category).groups.set_index("group")
    assert table["areas"].tolist() == [30, 29, 30, 29, 29, 147]
    for group, part in (("1", rows.head(int(table.loc["1", "areas"]))), ("5", rows.tail(int(table.loc["5", "areas"]))), ("all", rows)):
        before, after = part["before"].sum() / part["children_before"].sum(), part["after"].sum() / part["children_after"].sum()
        assert table.loc[group, "before"] == pytest.approx(before, rel=1e-9)
        assert table.loc[group, "change"] == pytest.approx(after / before - 1, abs=1e-9)


def test_councils_alike_is_the_mean_of_their_own_spend_a_child(years: pd.DataFrame) -> None:
    rows = by_hand(years, *WINDOW, "gross_spend_gbp")
    table = fundgap.spend_change_by_deprivation(years, *WINDOW, average="councils").groups.set_index("group")
    assert table.loc["all", "before"] == pytest.approx((rows["before"] / rows["children_before"]).mean(), rel=1e-9)
    assert table.loc["all", "after"] == pytest.approx((rows["after"] / rows["children_after"]).mean(), rel=1e-9)


def test_groups_differ_by_one_council_at_the_most(years: pd.DataFrame) -> None:
    sizes = fundgap.spend_change_by_deprivation(years, "2012-13", "2024-25", groups=7).groups.set_index("group")["areas"]
    assert sizes.drop("all").max() - sizes.drop("all").min() <= 1
    assert sizes["all"] == sizes.drop("all").sum()


def test_a_changed_definition_in_between_is_refused_and_named(years: pd.DataFrame) -> None:
    with pytest.raises(NoData, match="gross_spend in 2011-12, gross_spend in 2012-13"):
        fundgap.spend_change_by_deprivation(years, "2010-11", "2014-15")
    with pytest.raises(NoData, match="sure_start in 2012-13"):
        fundgap.spend_change_by_deprivation(years, "2010-11", "2014-15", "preventative")
    asked = fundgap.spend_change_by_deprivation(years, "2010-11", "2014-15", across_breaks=True)
    assert set(asked.breaks["first_year_after"]) == {"2011-12", "2012-13"}
    # Looked-after spend is defined alike all along; the total from 2012-13 on.
    fundgap.spend_change_by_deprivation(years, "2009-10", "2024-25", "looked_after")
    assert fundgap.spend_change_by_deprivation(years).breaks.empty


def test_who_is_left_out_is_named(years: pd.DataFrame) -> None:
    left_out = fundgap.spend_change_by_deprivation(years).left_out.set_index("area_name")["reason"]
    assert left_out["Middlesbrough"] == "no usable spend return, 2024-25"
    assert left_out["Bournemouth, Christchurch and Poole, Dorset"] == "children not published, 2012-13"
    assert left_out["City of London"] == "tiny council"


def test_a_category_that_there_is_not_is_refused(years: pd.DataFrame) -> None:
    with pytest.raises(BadFormula, match="category 'youth'"):
        fundgap.spend_change_by_deprivation(years, category="youth")


@pytest.mark.parametrize("groups", [-1, 0, 1, 146])
def test_groups_that_cannot_be_made_of_the_councils_are_refused(years: pd.DataFrame, groups: int) -> None:
    with pytest.raises(NoData, match=f"145 areas .*: 2 groups or more can be made of them, not {groups}"):
        fundgap.spend_change_by_deprivation(years, groups=groups)
