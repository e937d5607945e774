"""Sharing a fund out: to the penny, by weights worked out by hand, and nobody dropped in silence."""

from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import frames
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundgap.errors import BadFigures, BadScenario, NoData
from fundgap.gap.allocation import Allocation, allocate
from fundgap.gap.allocation_weights import RULES
from fundgap.gap.pence import apportion, in_pence

RAW = Path(__file__).parents[2] / "data" / "raw"
WEIGHTS = st.lists(st.floats(0, 1e9, allow_nan=False), min_size=1, max_size=12).filter(lambda weights: any(weights))
PENCE = st.integers(0, 10**12)
QUICK = settings(max_examples=50, deadline=None)
CLOSE = 1e-9


@cache
def shared(rule: str = "children", fund: Any = 1_000_000, year: str = "2024-25", **options: Any) -> Allocation:
    return allocate(fund, rule, year, years=frames.panel(), judgements=frames.judgements(), **options)  # type: ignore[arg-type]


def names(count: int) -> list[str]:
    return [f"E{number:03d}" for number in range(count)]


def test_the_largest_remainder_by_hand() -> None:
    # 100 pence by 3, 3, 1: 42.857, 42.857, 14.286; the two pence over go to the two largest remainders.
    assert apportion(100, [3, 3, 1], names(3)).tolist() == [43, 43, 14]
    # 10 among three alike: the odd penny to the name that sorts first, wherever it stands.
    assert apportion(10, [1, 1, 1], ["c", "a", "b"]).tolist() == [3, 4, 3]
    assert apportion(5, [0, 2, 0], names(3)).tolist() == [0, 5, 0]


@QUICK
@given(PENCE, WEIGHTS)
def test_parts_add_up_are_not_negative_and_lie_within_a_penny_of_their_share(pence: int, weights: list[float]) -> None:
    parts = apportion(pence, weights, names(len(weights))).tolist()
    assert sum(parts) == pence
    exact = [Fraction(weight) * pence / sum(map(Fraction, weights)) for weight in weights]
    assert all(part >= 0 and abs(part - share) < 1 for part, share in zip(parts, exact, strict=True))


@QUICK
@given(PENCE, WEIGHTS, st.integers(0, 2**32 - 1))
def test_the_order_of_the_rows_moves_no_penny(pence: int, weights: list[float], seed: int) -> None:
    labels = names(len(weights))
    before = dict(zip(labels, apportion(pence, weights, labels).tolist(), strict=True))
    order = np.random.default_rng(seed).permutation(len(weights)).tolist()
    after = apportion(pence, [weights[place] for place in order], [labels[place] for place in order]).tolist()
    assert {labels[place]: part for place, part in zip(order, after, strict=True)} == before


@QUICK
@given(PENCE, WEIGHTS)
def test_who_weighs_more_never_gets_less(pence: int, weights: list[float]) -> None:
    parts = apportion(pence, weights, names(len(weights)))
    order = np.argsort(weights, kind="stable")
    bigger = np.diff(np.array(weights)[order]) > 0
    assert (np.diff(parts[order])[bigger] >= 0).all()


@QUICK
@given(PENCE, WEIGHTS, st.data())
def test_more_weight_never_brings_less(pence: int, weights: list[float], data: Any) -> None:
    place = data.draw(st.integers(0, len(weights) - 1))
    heavier = [*weights[:place], weights[place] + data.draw(st.floats(0, 1e9)), *weights[place + 1 :]]
    labels = names(len(weights))
    assert apportion(pence, heavier, labels)[place] >= apportion(pence, weights, labels)[place]


@pytest.mark.parametrize("weights", [[-1.0, 2.0], [0.0, 0.0], [float("nan"), 1.0], [float("inf"), 1.0]])
def test_weights_that_cannot_be_used_are_refused(weights: list[float]) -> None:
    with pytest.raises(BadScenario, match="not negative and not all 0"):
        apportion(100, weights, names(2))


@pytest.mark.parametrize(("pounds", "pence"), [(0.1, 10), ("1000000.01", 100_000_001), (20_000_000, 2_000_000_000)])
def test_pounds_are_whole_pence(pounds: Any, pence: int) -> None:
    assert in_pence(pounds) == pence


@pytest.mark.parametrize("pounds", [0, -5, 0.001, "ten", float("nan"), float("inf")])
def test_an_amount_that_is_none_is_refused(pounds: Any) -> None:
    with pytest.raises(BadScenario, match="amount"):
        in_pence(pounds)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule != "table"])
def test_every_rule_shares_out_the_fund_to_the_penny_among_all_councils(rule: str) -> None:
    done = shared(rule)
    assert done.councils["allocation_pence"].sum() == 100_000_000
    assert (done.councils["allocation_pence"] >= 0).all()
    assert len(done.councils) == 153
    assert done.left_out.empty
    assert done.to_frame().columns.tolist() == ["council", "council_name", "allocation_gbp"]
    assert done.figures_year in done.basis or rule == "equal"


def test_equal_and_children_by_hand() -> None:
    # 100,000,000 pence among 153: 653,594 each, and 118 pence over, to the codes that sort first.
    equal = shared("equal").councils.sort_values("council")["allocation_pence"]
    assert equal.tolist() == [653_595] * 118 + [653_594] * 35
    raw = pd.read_csv(RAW / "children.csv")
    children = raw[raw["year"] == 2024].set_index("council")["children"]
    own = shared("children").councils.set_index("council")
    expected = 100_000_000 * children / children.sum()
    assert (own["allocation_pence"] - expected.reindex(own.index)).abs().max() < 1


def test_deprivation_counts_children_in_income_deprived_families() -> None:
    panel = frames.panel()
    rows = panel[panel["financial_year"] == "2024-25"].set_index("council")
    poor = rows["children"] * rows["idaci_score"]
    own = shared("deprivation").councils.set_index("council")
    assert (own["allocation_pence"] - 100_000_000 * poor.reindex(own.index) / poor.sum()).abs().max() < 1
    # Blackpool's children are more deprived than Wokingham's, by the factor of their scores.
    a_child = own.set_index("council_name")["per_child_gbp"]
    scores = rows.set_index("council_name")["idaci_score"]
    assert a_child["Blackpool"] / a_child["Wokingham"] == pytest.approx(scores["Blackpool"] / scores["Wokingham"], rel=1e-3)


def test_need_follows_expected_spend_and_holds_councils_without_a_return() -> None:
    import fundgap as fg

    expected = fg.expected_spend(fg.in_real_terms(frames.panel()))
    weight = (expected.councils["expected"] * expected.councils["children"]).set_axis(expected.councils["council"])
    own = shared("need").councils.set_index("council")
    fitted = own.loc[weight.index, "weight"]
    assert fitted.to_numpy() == pytest.approx(weight.to_numpy(), rel=CLOSE)
    # By hand from the coefficients, for a council whose own spend is not in the fit.
    rows = frames.panel()[frames.panel()["financial_year"] == "2024-25"].set_index("council_name")
    inside = rows[rows["council"].isin(weight.index)]
    wandsworth, beta = rows.loc["Wandsworth"], dict(zip(expected.terms, expected.estimates, strict=True))
    score = (wandsworth["imd_score"] - inside["imd_score"].mean()) / inside["imd_score"].std(ddof=0)
    log = beta["constant"] + beta["deprivation"] * score + beta["C(region)[T.London]"]
    log += beta["low_income"] * wandsworth["low_income_dwp_revised_under_16_pct"]
    by_hand = np.exp(log) * expected.smearing * wandsworth["children"]
    assert own.loc["E09000032", "weight"] == pytest.approx(by_hand, rel=CLOSE)


def test_inadequate_councils_come_first_and_what_a_cap_leaves_goes_to_the_others() -> None:
    all_theirs = shared("inadequate_first").councils
    assert all_theirs.loc[~all_theirs["is_first"], "allocation_pence"].eq(0).all()
    assert all_theirs["is_first"].sum() == 19
    capped = shared("inadequate_first", cap_per_child_gbp=0.5)
    first = capped.councils[capped.councils["is_first"]]
    others = capped.councils[~capped.councils["is_first"]]
    assert first["allocation_pence"].sum() == int(50 * first["children"].sum())
    assert others["allocation_pence"].sum() == 100_000_000 - int(50 * first["children"].sum())
    assert others["per_child_gbp"].max() - others["per_child_gbp"].min() < 0.01 / others["children"].min()
    assert "reports published until 2025-03-31" in capped.basis


def test_a_year_s_part_of_a_fund_of_the_register_is_shared() -> None:
    pledge = shared("equal", "sector-led-20m", "2019-20")
    assert pledge.total_pence == 666_666_666
    assert len(pledge.councils) == 151
    with pytest.raises(NoData, match="runs in 2017-18, 2018-19, 2019-20"):
        shared("equal", "sector-led-20m", "2020-21")
    with pytest.raises(NoData, match="not known"):
        shared("equal", "social-care-grant", "2023-24")


@pytest.mark.parametrize("year", ["2024", "2026-28", "2024-2025", "banana", ""])
def test_a_year_that_there_is_not_is_refused(year: str) -> None:
    with pytest.raises(BadScenario, match="is no financial year"):
        allocate(100, "equal", year)


def test_councils_without_the_figure_are_refused_by_name_or_left_out_by_name() -> None:
    with pytest.raises(NoData, match=r"Bournemouth, Poole, Dorset.*leave_out"):
        shared("children", 100, "2017-18")
    done = shared("children", 100, "2017-18", leave_out=True)
    assert done.left_out["council_name"].tolist() == ["Bournemouth", "Poole", "Dorset"]
    assert done.councils["allocation_pence"].sum() == 10_000
    assert "left out: Bournemouth, Poole, Dorset" in str(done)


def test_a_year_to_come_takes_the_latest_figures_and_says_so() -> None:
    done = shared("children", 100, "2027-28")
    assert done.figures_year == "2024-25"
    assert "figures of 2024-25" in done.basis


def every_council() -> dict[str, float]:
    return dict.fromkeys(shared("equal").councils["council"], 0.0)


def test_a_table_of_the_user_s_is_followed() -> None:
    weights = every_council() | {"E08000034": 3.0, "E08000035": 1.0}
    own = allocate(1, "table", "2024-25", weights=weights, years=frames.panel()).councils.set_index("council_name")["allocation_pence"]
    assert (own["Kirklees"], own["Leeds"], own.sum()) == (75, 25, 100)
    table = pd.DataFrame({"council": list(weights), "weight": list(weights.values())})
    again = allocate(1, "table", "2024-25", weights=table.sample(frac=1, random_state=1), years=frames.panel()).councils
    assert again.set_index("council_name")["allocation_pence"].to_dict() == own.to_dict()


def test_every_fault_of_a_table_is_told_at_once() -> None:
    rows = [(code, 1.0) for code in every_council() if code not in ("E08000036", "E06000001")]
    rows += [("Kirkles", 1.0), ("Leeds", 1.0), ("E06000001", -2.0), ("Northamptonshire", 1.0)]
    rows[0] = (rows[0][0], float("nan"))
    with pytest.raises(BadFigures) as refusal:
        allocate(1, "table", "2024-25", weights=pd.DataFrame(rows, columns=["council", "weight"]), years=frames.panel())
    words = ["Did you mean Kirklees?", "Leeds again", "the weight '-2.0'", "the weight 'nan'", "no row for Wakefield", "Northamptonshire"]
    assert [word for word in words if word not in str(refusal.value)] == []
    assert len(refusal.value.faults) == 6
    with pytest.raises(BadFigures, match="every weight 0"):
        allocate(1, "table", "2024-25", weights=every_council(), years=frames.panel())
    with pytest.raises(BadFigures, match="council and weight"):
        allocate(1, "table", "2024-25", weights=pd.DataFrame({"name": ["Leeds"]}), years=frames.panel())


@pytest.mark.parametrize(
    ("fund", "year", "words"),
    [
        ("£20m", "2024-25", "'£20m' is no amount: write whole pounds in digits alone"),
        ("20,000,000", "2024-25", "is no amount"),
        ("sector-led", "2024-25", "No fund 'sector-led'; the register holds"),
        (1e30, "2024-25", "at most £10,000,000,000,000, not 1e.30"),
        (1e13 + 1, "2024-25", "at most"),
        # As texts both are later than 2024-25, the last year with figures.
        (20e6, "2026", "'2026' is no financial year; they are written like 2024-25"),
        (20e6, "2024-99", "'2024-99' is no financial year"),
        (20e6, "", "'' is no financial year"),
        (20e6, None, "'None' is no financial year"),
    ],
)
def test_what_is_no_amount_or_no_year_is_said_to_be_none(fund: str | float, year: str, words: str) -> None:
    with pytest.raises((BadScenario, NoData), match=words):
        allocate(fund, "children", year, years=frames.panel())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"rule": "table"}, "weights go with"),
        ({"rule": "children", "weights": {}}, "weights go with"),
        ({"rule": "children", "cap_per_child_gbp": 1.0}, "cap_per_child_gbp .--cap-per-child. with"),
        ({"rule": "inadequate_first", "cap_per_child_gbp": -1.0}, "above £0"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(BadScenario, match=words):
        allocate(1, year="2024-25", **options)
