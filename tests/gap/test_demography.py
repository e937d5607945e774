"""Children ahead: the official projection put to today's councils, and which way of looking ahead came nearer."""

from math import log

import frames
import numpy as np
import pandas as pd
import pytest
from frames import panel

from fundgap.data.panel import council_years
from fundgap.data.projected import projected_children
from fundgap.data.store import default_store
from fundgap.errors import NoData
from fundgap.gap.demography import compare_demography, projected_index
from fundgap.gap.projection import project_gap
from fundgap.gap.scenario import scenario

# Stored to a hundredth of a child; sums of three.
CHILD = 0.02
TREND = scenario("trend")
BY_PROJECTION = TREND.replace(demography_growth="projection", years=2)


def projection(people: dict[str, list[float]], first: int = 2019, published: str = "2020-03-24") -> pd.DataFrame:
    """Return projected children by council and year from `first` on."""
    rows = [
        {
            "council": code,
            "area": code,
            "is_joined": False,
            "year": first + step,
            "area_children": value,
            "published": published,
            "source": "s",
        }
        for code, values in people.items()
        for step, value in enumerate(values)
    ]
    return pd.DataFrame(rows)


def as_projected(code: str, year: int) -> float:
    """Return a council's projected children as the raw table has them."""
    raw = pd.read_csv(default_store().raw / "projected_children.csv")
    return float(raw.loc[(raw["council"] == code) & (raw["year"] == year), "children"].iloc[0])


# Of today's councils only these six have no projection of their own.
JOINED = {
    "E06000058": ("E06000028", "E06000029", "E10000009"),
    "E06000059": ("E06000028", "E06000029", "E10000009"),
    "E06000061": ("E10000021",),
    "E06000062": ("E10000021",),
    "E06000063": ("E10000006",),
    "E06000064": ("E10000006",),
}


def test_a_council_since_changed_has_the_whole_area_and_says_so() -> None:
    table = projected_children()
    joined = table[table["is_joined"]]
    assert set(joined["council"]) == set(JOINED)
    at = joined[joined["year"] == 2030].set_index("council")
    for code, parts in JOINED.items():
        assert at.loc[code, "area"] == " ".join(parts)
        assert at.loc[code, "area_children"] == pytest.approx(sum(as_projected(part, 2030) for part in parts), abs=CHILD)


def test_every_council_of_today_has_a_projection_and_a_council_of_its_own_its_own() -> None:
    table = projected_children()
    latest = panel()[panel()["financial_year"] == panel()["financial_year"].max()]
    assert set(latest["council"]) <= set(table["council"])
    hackney = table[(table["council"] == "E09000012") & (table["year"] == 2024)]
    assert hackney["area_children"].item() == pytest.approx(as_projected("E09000012", 2024))
    assert not hackney["is_joined"].item()


def test_growth_is_the_projections_and_the_level_the_estimates() -> None:
    # Aston 3,887 children in 2019 as estimated, whatever the projection said of that year.
    people = {"E10000001": [1000, 1100, 1210], "E10000002": [500, 400, 300], "E10000004": [80, 80, 100]}
    gap = project_gap(frames.small(), BY_PROJECTION.replace(window_years=2), projected=projection(people))
    children = gap.councils.pivot(index="council_name", columns="financial_year", values="children")
    assert children.loc["Aston"].tolist() == pytest.approx([3887, 3887 * 1.1, 3887 * 1.21])
    assert children.loc["Brook"].tolist() == pytest.approx([3025, 3025 * 0.8, 3025 * 0.6])
    assert children.loc["Newby"].tolist() == pytest.approx([1000, 1000, 1250])
    assert gap.rates.set_index("assumption").loc["demography_growth", "basis"] == "official projection, s"


def test_both_halves_of_a_split_council_grow_as_their_whole() -> None:
    codes = ["E06000061", "E06000062"]
    index = projected_index(projected_children(), codes, ["2024-25", "2029-30"])
    assert index[0] == pytest.approx(index[1])
    assert index[0, 1] == pytest.approx(as_projected("E10000021", 2029) / as_projected("E10000021", 2024))


@pytest.mark.parametrize(
    ("table", "span", "word"),
    [
        pytest.param(projection({"A": [1, 1, 1]}), ["2019-20", "2020-21"], "no B", id="a council it has not"),
        pytest.param(projection({"A": [1, 1], "B": [1, 1]}), ["2019-20", "2022-23"], "2022.*2019 to 2020", id="a year it has not"),
        pytest.param(projection({"A": [1, 1], "B": [1, 1]}, 2018), ["2018-19", "2019-20"], "published on 2020-03-24", id="not known then"),
    ],
)
def test_what_a_projection_does_not_give_is_said(table: pd.DataFrame, span: list[str], word: str) -> None:
    with pytest.raises(NoData, match=word):
        projected_index(table, ["A", "B"], span)


def test_the_errors_of_each_way_by_hand() -> None:
    # One council: 1,000 in 2013, 1,100 in 2018, 1,210 in 2019; five years of trend grow by 1.1 ** (1 / 5); projected 500 → 525.
    years = pd.DataFrame(
        {"council": "E10000001", "financial_year": ["2013-14", "2018-19", "2019-20"], "children": [1000.0, 1100.0, 1210.0]}
    )
    table = compare_demography(years, projection({"E10000001": [500, 525]}, 2018)).set_index("method")
    expected = {"none": log(1.1), "projection": log(1.1 / 1.05), "panel": log(1.1) - log(1.1) / 5}
    for method, error in expected.items():
        row = table.loc[method, ["rms_error", "median_error", "england_error", "england_bias"]]
        assert row.astype(float).to_numpy() == pytest.approx(error, rel=1e-12)
    assert table["origins"].tolist() == [1, 1, 1]


def test_the_panels_growth_came_nearer_than_the_projections_and_is_the_default() -> None:
    table = compare_demography(council_years())
    error = table.pivot(index="years_ahead", columns="method", values="rms_error")
    assert (error["panel"] < error["projection"]).all()
    assert TREND.demography_growth is not None
    assert TREND.demography_growth.estimate == "panel"


def test_nothing_after_the_base_year_changes_a_projection_by_the_official_one() -> None:
    later = panel().copy()
    rows = later["financial_year"] > "2020-21"
    later.loc[rows, ["children", "looked_after", *frames.SPEND, "gross_spend_gbp"]] *= 3
    run = BY_PROJECTION.replace(base_year="2020-21", years=5)
    before, after = (project_gap(frame, run).councils for frame in (panel(), later))
    pd.testing.assert_frame_equal(before, after, check_exact=True)
    assert np.isfinite(before["need_gbp"]).all()
