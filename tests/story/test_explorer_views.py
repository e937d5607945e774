"""The explorer's figures are the public library's, and no name can become markup."""

import json

import pytest

import fundgap
from fundgap.story.explorer import _councils, script
from fundgap.story.explorer_judgements import ratings
from fundgap.story.explorer_spend import change, spend
from fundgap.story.explorer_view import LATEST, View
from fundgap.story.findings import Findings

COUNCILS = ("E08000034", "E09000033")
# Pounds a child are kept to the penny, pounds to the pound.
PENNY, POUND = 0.005, 0.5
HOSTILE = "</script><img src=x onerror=alert(1)>\u2028'\""


@pytest.mark.parametrize("code", COUNCILS)
def test_spend_and_its_interval_are_those_of_expected_spend(findings: Findings, code: str) -> None:
    years = fundgap.in_real_terms(fundgap.council_years())
    shown = spend(findings).councils[code]["rows"]
    for row, category in zip(shown, ("gross_spend", "looked_after", "safeguarding", "preventative"), strict=True):
        own = fundgap.expected_spend(years, LATEST, category).councils.set_index("council").loc[code]  # type: ignore[arg-type]
        assert row[1:5] == pytest.approx([own[name] for name in ("spend", "expected", "lower", "upper")], abs=PENNY)


@pytest.mark.parametrize("code", COUNCILS)
def test_volume_and_price_are_those_of_decompose_spend(findings: Findings, code: str) -> None:
    own = fundgap.decompose_spend(fundgap.council_years()).areas.set_index("area").loc[code]
    shown = [row[4] for row in change(findings).councils[code]["rows"]]
    assert shown == pytest.approx([own[f"{name}_gbp"] for name in ("children", "rate", "unit_cost", "change")], abs=POUND)


def test_a_council_joined_with_another_says_whose_figures_they_are(findings: Findings) -> None:
    view = change(findings)
    assert view.councils["E06000063"]["rows"] == view.councils["E06000064"]["rows"]
    assert "Cumberland, Westmorland and Furness" in view.councils["E06000063"]["note"]


@pytest.mark.parametrize("make", [ratings, spend, change])
def test_every_council_of_the_register_has_figures_or_a_reason(findings: Findings, make: object) -> None:
    view: View = make(findings)  # type: ignore[operator]
    assert set(view.councils) == set(fundgap.councils()["council"])
    for shown in view.councils.values():
        assert len(shown.get("missing", "")) > 15 or all(len(row) == len(view.columns) for row in shown["rows"])
    if make is spend:
        assert "no usable spend return, 2024-25" in view.councils["E06000002"]["missing"]
        assert "tiny council" in view.councils["E09000001"]["missing"]
        assert "out of line" in view.councils["E08000012"]["note"]


def test_councils_stand_in_order_of_names_with_the_other_names_they_are_found_by(findings: Findings) -> None:
    listed = _councils(findings)
    assert [one["name"] for one in listed] == sorted(one["name"] for one in listed)
    assert {one["code"]: one["also"] for one in listed}["E06000002"] == "Middlesborough"


def test_a_hostile_name_stays_text() -> None:
    text = script({"councils": [{"name": HOSTILE}]})
    assert text.isascii()
    assert "<" not in text
    assert json.loads(text.removeprefix("window.fundgapExplorer=").removesuffix(";\n"))["councils"][0]["name"] == HOSTILE


def test_the_same_figures_give_the_same_bytes_whatever_their_order() -> None:
    assert script({"b": 1, "a": [2.5, None]}) == script({"a": [2.5, None], "b": 1}) == 'window.fundgapExplorer={"a":[2.5,null],"b":1};\n'
