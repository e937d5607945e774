"""Partners: never the council itself, never below good, the same distance both ways; and those that happened, as they stood then."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import fundgap as fg
from fundgap.data.councils import TINY_COUNCILS
from fundgap.errors import NoData, UnknownCouncil
from fundgap.models.likeness import FARTHEST, Likeness, distances, likeness
from fundgap.models.partner_check import PartnerCheck
from fundgap.models.partners import Partners

SAME = 1e-12


@pytest.fixture(scope="module")
def inspections() -> pd.DataFrame:
    return fg.inspections()


@pytest.fixture(scope="module")
def years() -> pd.DataFrame:
    return fg.council_years()


@pytest.fixture(scope="module")
def alike(years: pd.DataFrame) -> Likeness:
    return likeness(years, "2024-25")


@pytest.fixture(scope="module")
def kirklees(inspections: pd.DataFrame, years: pd.DataFrame) -> Partners:
    return fg.partners("Kirklees", inspections=inspections, years=years)


@pytest.fixture(scope="module")
def check(inspections: pd.DataFrame, years: pd.DataFrame) -> PartnerCheck:
    return fg.check_partners(inspections, years)


ROWS = arrays(float, st.tuples(st.integers(1, 12), st.just(4)), elements=st.floats(-8, 8))


@given(ROWS)
def test_distance_is_symmetric_nothing_to_itself_and_bounded(rows: np.ndarray) -> None:
    apart = distances(rows)
    np.testing.assert_array_equal(apart, apart.T)
    assert (np.diag(apart) == 0).all()
    assert ((apart >= 0) & (apart <= FARTHEST)).all()


def test_distance_by_hand() -> None:
    # Differences of 1, 1, 1 and 9; the last counts as 3: root of (1 + 1 + 1 + 9) / 4.
    assert distances(np.array([[0.0, 0, 0, 0], [1, 1, -1, 9]]))[0, 1] == pytest.approx(3**0.5, abs=SAME)


def test_the_scale_has_a_middle_of_nought_and_quartiles_a_normal_spread_apart(alike: Likeness) -> None:
    usual = alike.standardised[~np.isin(alike.councils, TINY_COUNCILS)]
    np.testing.assert_allclose(np.median(usual, axis=0), 0, atol=SAME)
    np.testing.assert_allclose(np.quantile(usual, 0.75, axis=0) - np.quantile(usual, 0.25, axis=0), 1.349, atol=SAME)


def test_half_of_all_pairs_are_farther_apart_than_the_middle_pair(alike: Likeness) -> None:
    pairs = alike.distance[np.triu_indices(len(alike.councils), 1)]
    assert alike.closer_than(np.array([pairs.max(), 0.0])).tolist() == [0.0, 1.0]
    assert alike.closer_than(np.array([np.median(pairs)]))[0] == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(("year", "series"), [("2024-25", "revised"), ("2018-19", "dwp_0_15"), ("2014-15", "hmrc")])
def test_low_income_is_one_series_a_year_in_per_cent(years: pd.DataFrame, year: str, series: str) -> None:
    found = likeness(years, year)
    assert series in found.low_income
    assert found.figures["low_income"].between(1, 60).all()


def test_a_year_that_no_series_of_low_income_covers_is_refused(years: pd.DataFrame) -> None:
    with pytest.raises(NoData, match="low-income families covers 2009-10"):
        likeness(years, "2009-10")
    with pytest.raises(NoData, match="No figures of 2044-45"):
        likeness(years, "2044-45")


def test_no_partner_is_the_council_itself_tiny_or_below_good(kirklees: Partners, inspections: pd.DataFrame) -> None:
    latest = fg.grades_at(inspections, "2025-03-31", counted="inspected").table
    fit = set(latest.loc[latest["rating"].isin(["Good", "Outstanding"]), "council"])
    listed = set(kirklees.table["council"])
    assert kirklees.council not in listed
    assert listed | set(kirklees.left_out["council"]) == fit - {kirklees.council}
    assert not listed & set(TINY_COUNCILS)
    assert kirklees.left_out["reason"].ne("").all()


def test_official_neighbours_stand_first_in_their_order_then_the_others_by_distance(kirklees: Partners) -> None:
    positions = kirklees.table["neighbour_position"]
    neighbours, others = kirklees.table[positions.notna()], kirklees.table[positions.isna()]
    assert kirklees.uses_neighbours
    assert neighbours["rank"].tolist() == list(range(1, len(neighbours) + 1))
    assert neighbours["neighbour_position"].is_monotonic_increasing
    assert others["distance"].is_monotonic_increasing
    official = fg.raw_table("neighbours").query("council == @kirklees.council").set_index("neighbour")["position"]
    assert neighbours.set_index("council")["neighbour_position"].to_dict() == official.reindex(neighbours["council"]).to_dict()


def test_the_same_question_has_the_same_answer_and_the_way_back_is_as_far(
    kirklees: Partners, inspections: pd.DataFrame, years: pd.DataFrame
) -> None:
    again = fg.partners(382, inspections=inspections.sample(frac=1, random_state=2), years=years.sample(frac=1, random_state=3))
    pd.testing.assert_frame_equal(again.table, kirklees.table)
    sheffield = fg.partners("Sheffield", inspections=inspections, years=years).table.set_index("council")
    there = kirklees.table.set_index("council_name").at["Sheffield", "distance"]
    assert sheffield.at[kirklees.council, "distance"] == pytest.approx(there, abs=SAME)


def test_how_long_a_partner_has_been_good_is_its_unbroken_run(kirklees: Partners, inspections: pd.DataFrame) -> None:
    since = kirklees.table.set_index("council_name")["good_since"]
    # Sheffield: good in August 2019 after requires improvement in 2014. Derby: SIF of 2017 good, and child protection of 2013.
    steps = fg.journeys(inspections).steps
    for name in ("Sheffield", "Derby", "Gateshead"):
        path = steps[steps["council_name"] == name].sort_values("publication_date", ascending=False)
        run = path[path["rating"].isin(["Good", "Outstanding"]).cummin()]
        assert since[name] == run["publication_date"].min()


def test_words_name_the_figures_and_the_dimensions_add_up_to_the_distance(kirklees: Partners) -> None:
    text = str(kirklees)
    assert "judged good as at 31 Mar 2025" in text
    assert "Sheffield: official neighbour 1 (very close); same region" in text
    assert "Whether a council has room to help" in text
    assert "<ol>" in kirklees._repr_html_()
    rows = kirklees.dimensions.assign(square=kirklees.dimensions["apart"].abs().clip(upper=FARTHEST) ** 2)
    distance = np.sqrt(rows.groupby("council")["square"].mean())
    pd.testing.assert_series_equal(distance.sort_index(), kirklees.table.set_index("council")["distance"].sort_index(), check_names=False)


def test_a_council_spelt_wrong_and_a_day_that_is_none_are_told_so(inspections: pd.DataFrame, years: pd.DataFrame) -> None:
    with pytest.raises(UnknownCouncil, match="Did you mean Kirklees"):
        fg.partners("Kirkless", inspections=inspections, years=years)
    # The third of April to one, the fourth of March to another.
    with pytest.raises(NoData, match="'03/04/2017' is no day; write it as"):
        fg.partners("Kirklees", "03/04/2017", inspections=inspections, years=years)
    with pytest.raises(NoData, match="'soon' is no day"):
        fg.partners("Kirklees", "soon", inspections=inspections, years=years)
    with pytest.raises(NoData, match="Isles of Scilly cannot be compared in 2024-25: no figure of children looked after"):
        fg.partners("Isles of Scilly", inspections=inspections, years=years)


def test_a_day_of_the_past_uses_nothing_later(inspections: pd.DataFrame, years: pd.DataFrame) -> None:
    day = pd.Timestamp("2017-09-14")
    then = fg.partners("Kirklees", day, inspections=inspections, years=years)
    known = inspections[inspections["publication_date"] <= day]
    spoilt = years.assign(
        **{name: years[name].where(years["financial_year"] <= "2016-17") for name in ("children", "looked_after_per_10k", "imd_score")}
    )
    assert not then.uses_neighbours
    assert then.financial_year == "2016-17"
    assert then.table["judged_on"].max() <= day
    pd.testing.assert_frame_equal(fg.partners("Kirklees", day, inspections=known, years=spoilt).table, then.table)


def test_every_partnership_on_the_register_is_looked_for_and_ranks_are_among_the_candidates(check: PartnerCheck) -> None:
    names = set(zip(check.table["council_name"], check.table["partner_name"], strict=True))
    assert {("Kirklees", "Leeds"), ("Rotherham", "Lincolnshire"), ("Worcestershire", "Essex"), ("Isle of Wight", "Hampshire")} <= names
    assert {("Tower Hamlets", "Islington"), ("Tower Hamlets", "Lincolnshire")} <= names
    ranked = check.table.dropna(subset="rank")
    assert ranked["rank"].between(1, ranked["candidates"]).all()
    assert check.mean_share_ahead == pytest.approx(((ranked["rank"] - 1) / (ranked["candidates"] - 1)).mean(), abs=SAME)


def test_the_range_of_means_is_that_of_partners_drawn_at_random(check: PartnerCheck) -> None:
    candidates = check.table["candidates"].to_numpy()
    rng = np.random.default_rng(5)
    means = np.mean([rng.integers(0, n, size=20_000) / (n - 1) for n in candidates], axis=0)
    # The normal stands in for a mean of seven even draws: within two points.
    assert (check.lower, check.upper) == pytest.approx(np.quantile(means, [0.025, 0.975]), abs=0.02)
