"""The register of funds: what was published, what is refused, and that no pound is counted twice."""

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from frames import fund_content
from hypothesis import given, settings
from hypothesis import strategies as st

from fundgap.data.store import Store
from fundgap.errors import BadScenario, NoData
from fundgap.gap.fund_timeline import fund_timeline
from fundgap.gap.fund_totals import fund_total, low_sum
from fundgap.gap.funds import fund_years, funds

# As the register's sources give them, £m: one sum over the financial years that begin in these years.
PUBLISHED = {
    "innovation-1": (100, 2014, 2015),
    "innovation-2": (200, 2016, 2019),
    "whatworks": (20, 2016, 2019),
    "fast-track": (100, 2016, 2020),
    "sector-led-20m": (20, 2017, 2019),
    "strengthening": (84, 2019, 2023),
    "social-care-support": (410, 2019, 2019),
    "troubled-1": (448, 2012, 2014),
    "troubled-2": (920, 2015, 2019),
    "supporting-families": (695, 2022, 2024),
    "family-hubs": (300, 2022, 2024),
    "stable-homes": (200, 2023, 2024),
    "prevention-grant": (270, 2025, 2025),
    "families-first": (523.5 + 18, 2025, 2025),
    "families-first-2629": (2400, 2026, 2028),
    "transformation": (555, 2025, 2027),
}
GRANT = {"2021-22": 1_700_000_000, "2022-23": 2_300_000_000, "2025-26": 5_900_000_000}
M = 1_000_000


def write_register(store: Store, register: dict[str, Any]) -> Store:
    (store.raw / "funds.toml").write_text(tomli_w.dumps(register), "utf-8")
    return store


def by_year(**amounts: int) -> dict[str, Any]:
    content = fund_content(amounts_gbp={year.replace("_", "-").removeprefix("y"): pounds for year, pounds in amounts.items()})
    del content["amount_gbp"]
    return content | {"years": sorted(content["amounts_gbp"])}


def test_the_register_holds_what_was_published() -> None:
    table = funds().set_index("id")
    assert set(table.index) == {*PUBLISHED, "social-care-grant"}
    for name, (millions, first, last) in PUBLISHED.items():
        years = table.loc[name, "years"].split("; ")
        assert (table.loc[name, "amount_gbp"], int(years[0][:4]), int(years[-1][:4])) == (millions * M, first, last), name
        assert len(years) == last - first + 1, name


def test_every_fund_says_where_it_was_read_and_what_is_assumed() -> None:
    table = funds().set_index("id")
    assert table[["department", "purpose", "source"]].ne("").all(axis=None)
    assert "not stated" in table.loc["sector-led-20m", "assumption"]
    assert table.index[table["is_upper_limit"]].tolist() == ["sector-led-20m"]
    assert set(table.index[table["services"] == "adults and children"]) == {"social-care-support", "social-care-grant"}
    assert set(table.index[~table["is_spread_assumed"]]) == {
        "social-care-support",
        "social-care-grant",
        "prevention-grant",
        "families-first",
    }


def test_years_of_the_grant_that_were_not_read_stay_blank() -> None:
    table = fund_years()
    grant = table[table["fund"] == "social-care-grant"].set_index("financial_year")["amount_gbp"]
    assert grant.dropna().to_dict() == GRANT
    assert grant.index[grant.isna()].tolist() == ["2023-24", "2024-25"]
    whole = funds().set_index("id").loc["social-care-grant"]
    assert whole["amount_gbp"] != whole["amount_gbp"]
    assert whole["years_not_known"] == "2023-24; 2024-25"


def test_an_even_spread_adds_up_to_the_fund_to_the_penny() -> None:
    table = fund_years()
    pledge = table[table["fund"] == "sector-led-20m"]["amount_gbp"]
    assert pledge.tolist() == [6_666_666.67, 6_666_666.67, 6_666_666.66]
    pence = (100 * table["amount_gbp"]).round().groupby(table["fund"]).sum()
    for name, (millions, _, _) in PUBLISHED.items():
        assert pence[name] == 100 * millions * M


def test_the_prevention_grant_is_not_counted_beside_what_contains_it() -> None:
    total = fund_total(["prevention-grant", "families-first"])
    assert (total.low_gbp, total.high_gbp) == (541_500_000, 541_500_000)
    assert total.counted["fund"].tolist() == ["families-first"]
    assert total.not_counted[["fund", "reason"]].to_numpy().tolist() == [["prevention-grant", "contained in families-first"]]
    assert fund_total(["prevention-grant"]).high_gbp == 270_000_000


def test_funds_that_overlap_in_part_add_up_to_a_range() -> None:
    total = fund_total(["transformation", "families-first-2629"])
    assert total.is_range
    assert (total.low_gbp, total.high_gbp) == (2_400_000_000, 2_955_000_000)
    assert "£2,400.0m to £2,955.0m" in str(total)
    one_year = fund_total(["transformation", "families-first-2629"], "2026-27")
    assert (one_year.low_gbp, one_year.high_gbp) == (800_000_000, 985_000_000)
    # At most the £18m that came out of the Spending Review stand in both.
    both = fund_total(["transformation", "families-first"], "2025-26")
    assert (both.low_gbp, both.high_gbp) == ((541.5 + 185 - 18) * M, (541.5 + 185) * M)


def test_nothing_that_sums_all_funds_counts_a_pound_twice() -> None:
    years = fund_years().dropna(subset="amount_gbp")
    children = years[(years["services"] == "children and families") & (years["fund"] != "prevention-grant")]
    plain = children.groupby("financial_year")["amount_gbp"].sum()
    table = fund_timeline()
    own = table[table["services"] == "children and families"].set_index("financial_year")
    assert own["high_gbp"].to_dict() == pytest.approx(plain.to_dict(), abs=0.01)
    assert own.loc["2025-26", "contained"] == "prevention-grant"
    overlap = own["high_gbp"] - own["low_gbp"]
    assert overlap[overlap > 0].to_dict() == pytest.approx({"2025-26": 18 * M, "2026-27": 185 * M, "2027-28": 185 * M}, abs=0.01)
    everything = fund_total(list(PUBLISHED))
    assert everything.high_gbp == pytest.approx(sum(millions for millions, _, _ in PUBLISHED.values()) * M - 270 * M, abs=0.01)
    assert everything.low_gbp == pytest.approx(everything.high_gbp - 555 * M, abs=0.01)


def test_a_year_that_is_not_known_is_named_and_not_taken_for_nothing() -> None:
    table = fund_timeline()
    unknown = table[(table["financial_year"] == "2023-24") & (table["services"] == "adults and children")].iloc[0]
    assert unknown["not_known"] == "social-care-grant"
    assert unknown[["low_gbp", "high_gbp"]].isna().all()
    with pytest.raises(NoData, match="amount of 2023-24 not known"):
        fund_total(["social-care-grant"], "2023-24")
    total = fund_total(["social-care-grant", "stable-homes"], "2023-24")
    assert total.not_counted["reason"].tolist() == ["amount of 2023-24 not known"]


def test_a_fund_named_twice_or_not_at_all_is_refused() -> None:
    with pytest.raises(BadScenario, match="twice"):
        fund_total(["whatworks", "whatworks"])
    with pytest.raises(NoData, match=r"No fund 'lottery'.*whatworks"):
        fund_total(["lottery"])
    with pytest.raises(NoData, match="Nothing is left"):
        fund_total([])


def test_what_a_fund_contains_overlaps_with_what_the_whole_overlaps_with(store: Store) -> None:
    write_register(
        store,
        {
            "whole": fund_content(amount_gbp=100, overlaps=[{"fund": "inner", "kind": "includes"}]),
            "inner": fund_content(amount_gbp=40),
            "other": fund_content(amount_gbp=30, overlaps=[{"fund": "inner", "kind": "part"}]),
        },
    )
    total = fund_total(["whole", "other"], store=store)
    assert (total.low_gbp, total.high_gbp) == (100, 130)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sets(st.integers(0, 12), max_size=8), min_size=1, max_size=4))
def test_the_low_sum_is_never_above_the_union(sets: list[set[int]]) -> None:
    named = {str(number): item for number, item in enumerate(sets)}
    amounts = {name: len(item) for name, item in named.items()}
    shared = {frozenset({a, b}): len(named[a] & named[b]) for a, b in permutations(named, 2)}
    bound = low_sum(amounts, shared)
    assert max(amounts.values()) <= bound <= len(set().union(*sets))


def test_all_faults_of_the_register_are_told_at_once(store: Store) -> None:
    first = fund_content(amount_gbp=-1, years=[], colour="red")
    second = fund_content(years=["2019-21"], services="pets")
    del second["evidence"]
    both = fund_content(amounts_gbp={"2019-20": 3})
    outside = by_year(y2017_18=5) | {"years": ["2018-19"]}
    pence = fund_content(amount_gbp=1.5)
    strange = fund_content(
        overlaps=[{"fund": "nowhere", "kind": "part"}, {"fund": "strange", "kind": "part"}, {"fund": "sound", "kind": "part"}]
    )
    twice = fund_content(overlaps=[{"fund": "strange", "kind": "near"}])
    small = fund_content(amount_gbp=3, overlaps=[{"fund": "sound", "kind": "includes"}])
    wrong = {
        "first": first,
        "second": second,
        "both": both,
        "outside": outside,
        "pence": pence,
        "strange": strange,
        "twice": twice,
        "small": small,
    }
    write_register(store, wrong | {"sound": fund_content(overlaps=[{"fund": "strange", "kind": "part"}])})
    with pytest.raises(BadScenario) as refusal:
        funds(store)
    words = [
        "funds.toml",
        "first.amount_gbp",
        "first.years",
        "first.colour",
        "second.years.0",
        "'2019-21' is no financial year",
        "second.services",
        "second.evidence",
        "both: give either",
        "outside: amounts_gbp of 2017-18",
        "pence.amount_gbp",
        "'nowhere' is no fund",
        "'strange' is the fund itself",
        "said twice",
        "twice.overlaps.0.kind",
        "includes sound, which is larger in",
    ]
    assert [word for word in words if word not in str(refusal.value)] == []


@pytest.mark.parametrize(("content", "error"), [("[fund", BadScenario), (None, NoData)], ids=["not TOML", "not there"])
def test_a_register_that_cannot_be_read_is_named(content: str | None, error: type[Exception], store: Store) -> None:
    path: Path = store.raw / "funds.toml"
    if content is None:
        path.unlink()
    else:
        path.write_text(content, "utf-8")
    with pytest.raises(error, match=r"funds\.toml"):
        funds(store)
