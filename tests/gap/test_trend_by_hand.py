"""The scenarios' gaps worked out again from the raw tables, line by line, with nothing of the library's but the reading of CSV."""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import frames
import pytest

from fundgap.gap.projection import project_gap
from fundgap.gap.scenario import scenario
from fundgap.gap.sensitivity import gap_without_odd_returns, odd_returns_at_ends

RAW = Path(__file__).resolve().parents[2] / "data/raw"
# LAIT has every year that the trend stands on.
RELEASE = "lait-2026-01"
BASE, WINDOW = 2024, 5
PLACES = ("Kirklees", "Camden", "Essex", "Cumberland", "Isles of Scilly")
# Sums of £20bn as floats, raised to the tenth power.
POUND = 1.0
Rates = Mapping[str, float]


@cache
def rows(name: str) -> list[dict[str, str]]:
    with (RAW / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def year(start: int) -> str:
    return f"{start}-{(start + 1) % 100:02d}"


@cache
def prices() -> dict[str, float]:
    return {row["financial_year"]: float(row["deflator"]) for row in rows("deflator")}


@cache
def figures(start: int) -> dict[str, dict[str, float]]:
    """Return spend on looked-after children, safeguarding and the rest, children, and children looked after at the year's end."""
    found: dict[str, dict[str, float]] = {}
    for row in rows("spend"):
        if row["financial_year"] == year(start) and row["source"] == RELEASE and row["gross_gbp"]:
            found.setdefault(row["council"], {})[row["category"]] = float(row["gross_gbp"])
    for row in rows("children"):
        if int(row["year"]) == start and row["children"]:
            found.setdefault(row["council"], {})["children"] = float(row["children"])
    for row in rows("looked_after"):
        if int(row["year"]) == start + 1 and row["looked_after"]:
            found.setdefault(row["council"], {})["in_care"] = float(row["looked_after"])
    for council in found.values():
        if {"gross_spend", "looked_after", "safeguarding"} <= set(council):
            council["rest"] = council["gross_spend"] - council["looked_after"] - council["safeguarding"]
    return found


def rates(last: int, length: int, without: tuple[str, ...] = ()) -> dict[str, float]:
    """Return England's yearly growth in the rate looked after and in the three real costs, over councils with every figure twice."""
    needed = {"looked_after", "safeguarding", "rest", "children", "in_care"}
    first, then = figures(last - length), figures(last)
    both = [code for code in first if needed <= set(first[code]) and needed <= set(then.get(code, {})) and code not in without]

    def level(end: dict[str, dict[str, float]], start: int, top: str, bottom: str) -> float:
        real = 1.0 if top == "in_care" else prices()[year(start)]
        return sum(end[code][top] for code in both) / sum(end[code][bottom] for code in both) / real

    pairs = {"demand": ("in_care", "children"), "looked_after": ("looked_after", "in_care")}
    pairs |= {name: (name, "children") for name in ("safeguarding", "rest")}
    return {name: (level(then, last, *pair) / level(first, last - length, *pair)) ** (1 / length) - 1 for name, pair in pairs.items()}


def need(ahead: int, grown: Rates) -> dict[str, float]:
    """Return each council's need so many years after the base year, in its prices."""
    first, now = figures(BASE - WINDOW), figures(BASE)
    known = [code for code in now if "children" in now[code] and "children" in first.get(code, {})]
    england = sum(now[code]["children"] for code in known) / sum(first[code]["children"] for code in known)
    table = {}
    for code, own in now.items():
        if "rest" not in own:
            continue
        children = (own["children"] / first[code]["children"] if code in known else england) ** (ahead / WINDOW)
        looked_after = own["looked_after"] * ((1 + grown["demand"]) * (1 + grown["looked_after"])) ** ahead
        others = sum(own[name] * (1 + grown[name]) ** ahead for name in ("safeguarding", "rest"))
        table[code] = children * (looked_after + others)
    return table


def fastest() -> dict[str, float]:
    """Return growth in which costs are those of the fastest window of three to five years, weighted by spend of the base year."""
    spend = {
        name: sum(own.get(name, 0.0) for own in figures(BASE).values() if "rest" in own)
        for name in ("looked_after", "safeguarding", "rest")
    }
    windows = [rates(last, length) for length in (3, 4, 5) for last in range(2016 + length, BASE + 1)]
    best = max(windows, key=lambda found: sum(found[name] * weight for name, weight in spend.items()))
    return best | {"demand": rates(BASE, WINDOW)["demand"]}


def grown_as(name: str) -> dict[str, float]:
    if name == "high-price":
        return fastest()
    return rates(BASE, WINDOW) | ({"demand": -0.02} if name == "reform" else {})


@pytest.mark.parametrize("name", ["trend", "flat-real", "flat-cash", "high-price", "reform"])
def test_gaps_are_those_of_arithmetic_on_the_raw_tables(name: str) -> None:
    run = project_gap(frames.panel(), scenario(name))
    england = run.england.set_index("financial_year")
    councils = run.councils.set_index(["council_name", "financial_year"])["gap_gbp"]
    codes = {row["council_name"]: row["council"] for row in rows("councils") if not row["last_year"]}
    grown = grown_as(name)
    for ahead in (1, 5, 10):
        now, then = need(0, grown), need(ahead, grown)
        inflation = 1.02**ahead
        kept = 1.0 if name == "flat-cash" else inflation
        gaps = {code: then[code] * inflation - now[code] * kept for code in then}
        found = england.loc[year(BASE + ahead)]
        assert found["councils"] == len(gaps) == 151
        assert (found["gap_gbp"], found["gap_gbp_real"]) == pytest.approx(
            (sum(gaps.values()), sum(gaps.values()) / inflation), abs=POUND, rel=0
        )
        for place in PLACES:
            assert councils[place, year(BASE + ahead)] == pytest.approx(gaps[codes[place]], abs=POUND, rel=0)


def test_without_the_returns_that_look_wrong_growth_is_that_of_the_other_councils() -> None:
    odd = odd_returns_at_ends(frames.panel(), "2024-25", WINDOW)
    told = [f"{row['council_name']} {row['financial_year']}" for row in odd.to_dict("records")]
    assert {"Salford 2019-20", "Liverpool 2024-25"} <= set(told)
    run = gap_without_odd_returns(frames.panel(), scenario("trend"))
    then = need(5, rates(BASE, WINDOW, tuple(odd["council"])))
    expected = (sum(then.values()) - sum(need(0, rates(BASE, WINDOW)).values())) * 1.02**5
    assert run.england["gap_gbp"].iloc[5] == pytest.approx(expected, abs=POUND, rel=0)
    # Both slips make growth look smaller than it was.
    assert expected > project_gap(frames.panel(), scenario("trend")).england["gap_gbp"].iloc[5]


@pytest.mark.parametrize(
    ("name", "base", "years", "gap"),
    [("lga-2016", 2016, 3, 1.9e9), ("lga-2017", 2016, 3, 2.0e9), ("lga-2018", 2016, 8, 3.1e9), ("lga-2021", 2021, 3, 1.7e9)],
)
def test_a_published_gap_falls_on_councils_by_their_spend_and_is_deflated_by_the_published_deflator(
    name: str, base: int, years: int, gap: float
) -> None:
    run = project_gap(frames.panel(), scenario(name))
    last = year(base + years)
    real = gap * prices()[year(base)] / prices()[last]
    assert (run.england["financial_year"].iloc[-1], run.england["gap_gbp_real"].iloc[-1]) == (last, pytest.approx(real, abs=POUND, rel=0))
    # Of releases that hold the year the councils' own rows agree to the pound, but for 2017-18.
    spend = {code: own["gross_spend"] for code, own in figures(base).items() if "gross_spend" in own}
    councils = run.councils.set_index(["council", "financial_year"])["gap_gbp"]
    assert [councils[code, last] for code in spend] == pytest.approx(
        [gap * own / sum(spend.values()) for own in spend.values()], abs=POUND, rel=0
    )
