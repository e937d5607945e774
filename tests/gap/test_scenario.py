"""Scenarios: what a file must hold, and that whatever it lacks is said at once."""

import datetime
from functools import reduce
from pathlib import Path
from typing import Any

import frames
import pytest
import tomli_w

from fundgap.errors import BadScenario
from fundgap.gap.projection import project_gap
from fundgap.gap.scenario import Scenario, assumptions, scenario, scenarios
from fundgap.story.assumptions_page import PAGE, page

NAN, INFINITY = float("nan"), float("inf")
YEARS = ("2019-20", "2020-21", "2021-22")
PATH = dict.fromkeys(YEARS, 1e9)
RATE = frames.assumed(frames.REAL, value=0.01)
POUNDS = frames.assumed(frames.POUNDS, values=PATH)
REMOVED = "(removed)"
Spoiling = tuple[str, object]


def spoilt(content: dict[str, Any], *spoilings: Spoiling) -> dict[str, Any]:
    """Return the content with values set, or removed, at dotted places."""
    for place, value in spoilings:
        *above, last = place.split(".")
        table = reduce(dict.__getitem__, above, content)
        if value is REMOVED:
            del table[last]
        else:
            table[last] = value
    return content


def load(content: dict[str, Any], folder: Path) -> Scenario:
    """Return the scenario read from a file with this content."""
    path = folder / "own.toml"
    path.write_text(tomli_w.dumps(content), "utf-8")
    return scenario(path)


def kinds() -> dict[str, dict[str, Any]]:
    """Return a good file's content of either kind, fresh."""
    return {"growth": frames.growth_content(), "path": frames.path_content(PATH, PATH)}


@pytest.mark.parametrize("kind", ["growth", "path"])
def test_a_file_is_read_as_it_stands(kind: str, tmp_path: Path) -> None:
    content = kinds()[kind]
    read = load(content, tmp_path)
    assert (read.id, read.base_year, read.years, read.window_years) == ("own", "2019-20", 2, 5)
    assert set(read.assumptions()) == {name for name, item in content.items() if isinstance(item, dict)}
    for name, item in read.assumptions().items():
        assert item.date == datetime.date(2020, 1, 31)
        assert item.in_year("2020-21") == (1e9 if name.endswith("gbp") else 0.0)
    assert read.projected_years("2019-20") == list(YEARS)


@pytest.mark.parametrize(
    ("kind", "spoiling", "word"),
    [
        ("growth", ("inflation", 0.02), "inflation"),
        ("growth", ("demand_growth.confidence", "high"), "demand_growth.confidence"),
        ("growth", ("title", REMOVED), "title"),
        ("growth", ("id", "My scenario"), "id"),
        ("growth", ("base_year", "2019"), "base_year"),
        ("growth", ("years", 0), "years"),
        ("growth", ("years", 31), "years"),
        ("growth", ("window_years", 0), "window_years"),
        ("growth", ("demand_growth.quality", "blue"), "demand_growth.quality"),
        ("growth", ("demand_growth.impact", REMOVED), "demand_growth.impact"),
        ("growth", ("demand_growth.source", REMOVED), "demand_growth.source"),
        ("growth", ("demand_growth.source", "  "), "demand_growth.source"),
        ("growth", ("demand_growth.date", "last year"), "demand_growth.date"),
        ("growth", ("demand_growth.unit", "per cent"), "demand_growth.unit"),
        ("growth", ("demand_growth.unit", frames.NOMINAL), "demand_growth"),
        ("growth", ("general_price_growth.unit", frames.REAL), "general_price_growth"),
        ("growth", ("demand_growth", POUNDS), "demand_growth"),
        ("growth", ("demand_growth.value", 5.0), "demand_growth"),
        ("growth", ("demand_growth.value", NAN), "demand_growth"),
        ("growth", ("demand_growth.value", INFINITY), "demand_growth"),
        ("growth", ("demand_growth.value", REMOVED), "demand_growth"),
        ("growth", ("demand_growth.estimate", "panel"), "demand_growth"),
        ("growth", ("demand_growth.values", {"2020-21": 0.01}), "demand_growth"),
        ("growth", ("demand_growth", REMOVED), "need"),
        ("growth", ("need_gbp", POUNDS), "need"),
        ("growth", ("funding_growth", REMOVED), "funding"),
        ("growth", ("funding_gbp", POUNDS), "funding"),
        ("growth", ("general_price_growth", REMOVED), "general_price_growth"),
        ("path", ("price_growth", RATE), "need"),
        ("path", ("need_gbp", REMOVED), "need"),
        ("path", ("funding_growth", RATE), "funding"),
        ("path", ("funding_gbp", REMOVED), "funding"),
        ("path", ("base_year", "latest"), "base_year"),
        ("path", ("need_gbp.value", 1.0), "need_gbp"),
        ("path", ("need_gbp", frames.assumed(frames.POUNDS, value=1e9)), "need_gbp"),
        ("path", ("need_gbp", frames.assumed(frames.REAL, values=dict.fromkeys(YEARS, 0.02))), "need_gbp"),
        ("path", ("need_gbp.values", PATH | {"2020-21": NAN}), "need_gbp"),
        ("path", ("need_gbp.values", PATH | {"2020-21": INFINITY}), "need_gbp"),
        ("path", ("need_gbp.values", PATH | {"2020": 1e9}), "need_gbp.values"),
    ],
    ids=lambda item: f"{item[0]} {item[1]}"[:60] if isinstance(item, tuple) else None,
)
def test_a_fault_is_refused_and_its_place_named(kind: str, spoiling: Spoiling, word: str, tmp_path: Path) -> None:
    with pytest.raises(BadScenario) as refusal:
        load(spoilt(kinds()[kind], spoiling), tmp_path)
    first, *faults = str(refusal.value).splitlines()
    assert "own.toml" in first
    assert any(word in fault for fault in faults)


@pytest.mark.parametrize(
    ("spoilings", "words"),
    [
        pytest.param(
            [
                ("inflation", 0.02),
                ("years", 0),
                ("demand_growth.quality", "blue"),
                ("demand_growth.source", REMOVED),
                ("price_growth.value", 5.0),
                ("funding_growth.colour", "red"),
            ],
            ["inflation", "years", "demand_growth.quality", "demand_growth.source", "price_growth", "funding_growth.colour"],
            id="in fields",
        ),
        pytest.param(
            [("demand_growth", REMOVED), ("funding_growth", REMOVED)], ["need wants", "funding wants"], id="in what goes together"
        ),
        pytest.param([("years", 0), ("funding_growth", REMOVED)], ["years", "funding wants"], id="in both"),
    ],
)
def test_all_faults_of_a_file_are_told_at_once(spoilings: list[Spoiling], words: list[str], tmp_path: Path) -> None:
    with pytest.raises(BadScenario) as refusal:
        load(spoilt(kinds()["growth"], *spoilings), tmp_path)
    assert [word for word in words if word not in str(refusal.value)] == []


@pytest.mark.parametrize(
    ("spoiling", "words"),
    [
        # As a number true is 1, which is growth of 100% a year.
        (("price_growth.value", True), "price_growth.value: found True; expected a number, without quotes"),
        (("price_growth.value", "0.02"), "price_growth.value: found '0.02'; expected a number, without quotes"),
        (("years", "3"), "years: found '3'; expected a whole number, without quotes"),
        (("years", 31), "years: found 31; expected at most 30"),
        (("base_year", "2024/25"), "base_year: found '2024/25'; expected a financial year in quotes, such as '2024-25'"),
        (("colour", "red"), "colour: there is no such key; is it spelt right?"),
        (("title", REMOVED), "title: it is not there, and is needed"),
        (("price_growth.date", "yesterday"), "price_growth.date: found 'yesterday'; expected a date, such as 2026-11-22"),
        (("price_growth.quality", "b" * 100), f"found '{'b' * 59}…; expected 'red', 'amber' or 'green'"),
    ],
)
def test_a_fault_says_what_was_found_and_what_was_expected(spoiling: Spoiling, words: str, tmp_path: Path) -> None:
    with pytest.raises(BadScenario) as refusal:
        load(spoilt(frames.growth_content(), spoiling), tmp_path)
    assert words in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 2


def test_a_file_that_an_editor_marked_as_utf_8_is_read_and_a_folder_is_none(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(tomli_w.dumps(frames.growth_content()), "utf-8-sig")
    assert scenario(path).id == "own"
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(BadScenario, match="is a folder"):
        scenario(tmp_path / "folder.toml")


@pytest.mark.parametrize("content", [b"title = ", "unit = '£, cash'".encode("cp1252")], ids=["not TOML", "not UTF-8"])
def test_a_file_that_cannot_be_read_is_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_bytes(content)
    with pytest.raises(BadScenario, match=r"own\.toml"):
        scenario(path)


@pytest.mark.parametrize(
    ("name", "words"), [("lga-1999", ["lga-1999", "lga-2016", "lga-2017", "trend"]), ("nowhere.toml", ["nowhere.toml"])]
)
def test_an_unknown_scenario_is_refused_with_those_there_are(name: str, words: list[str]) -> None:
    with pytest.raises(BadScenario) as refusal:
        scenario(name)
    assert [word for word in words if word not in str(refusal.value)] == []


def test_the_scenarios_of_the_first_release_ship() -> None:
    assert {"lga-2016", "lga-2017", "trend"} <= set(scenarios()["id"])
    assert scenario() == scenario("trend")


@pytest.mark.parametrize("name", scenarios()["id"])
def test_a_shipped_scenario_says_where_each_assumption_comes_from(name: str) -> None:
    shipped = scenario(name)
    table = shipped.to_frame()
    assert shipped.id == name
    assert table["assumption"].tolist() == list(shipped.assumptions())
    for column in ("label", "unit", "value", "source", "date", "quality", "impact"):
        assert table[column].str.strip().ne("").all()
    assert table["date"].between("2010-01-01", "2026-12-31").all()
    for name_of, item in shipped.assumptions().items():
        in_cash = name_of.startswith("general") or (name, name_of) == ("flat-cash", "funding_growth")
        assert item.unit == {"gbp": frames.POUNDS}.get(name_of[-3:], frames.NOMINAL if in_cash else frames.REAL)


@pytest.mark.parametrize("name", ["demography_growth", "demand_growth", "price_growth", "funding_growth", "general_price_growth"])
def test_a_replaced_value_is_marked_as_the_users_and_nothing_else_changes(name: str) -> None:
    trend = scenario("trend")
    before = trend.assumptions()
    changed = trend.replace(**{name: 0.0125})
    after = changed.assumptions()
    assert (after[name].value, after[name].estimate, after[name].source, after[name].quality) == (0.0125, None, "set by the user", "red")
    for kept in ("label", "unit", "date", "impact"):
        assert getattr(after[name], kept) == getattr(before[name], kept)
    assert {key: item for key, item in after.items() if key != name} == {key: item for key, item in before.items() if key != name}
    assert trend == scenario("trend")
    assert changed.to_frame().set_index("assumption")["value"][name] == "0.0125"


def test_the_title_says_what_is_no_longer_as_it_tells() -> None:
    trend = scenario("trend")
    changed = trend.replace(funding_growth=0.01)
    assert changed.title == f"{trend.title} (changed: funding growth 0.01)"
    again = changed.replace(demography_growth="projection", years=3)
    assert again.title == f"{trend.title} (changed: demography growth projection, funding growth 0.01)"
    assert trend.replace(years=3).title == trend.title
    assert changed.replace(title="Ours").title == "Ours"


def test_settings_can_be_replaced() -> None:
    changed = scenario("trend").replace(title="Ten years", years=10, window_years=3, base_year="2018-19")
    assert (changed.title, changed.years, changed.window_years, changed.base_year) == ("Ten years", 10, 3, "2018-19")


def test_no_date_comes_from_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stopped(datetime.date):
        @classmethod
        def today(cls) -> "Stopped":
            raise AssertionError("the machine's date was asked for")

    today = scenario("trend").replace(price_growth=0.01)
    monkeypatch.setattr("fundgap.gap.assumption.datetime.date", Stopped)
    assert scenario("trend").replace(price_growth=0.01) == today
    assert today.price_growth is not None
    assert today.price_growth.date == datetime.date(2026, 1, 6)


@pytest.mark.parametrize(
    ("name", "changes", "word"),
    [
        ("trend", {"inflation": 0.02}, "inflation"),
        ("trend", {"need_gbp": 1e9}, "need_gbp"),
        ("trend", {"funding_gbp": 1e9}, "funding_gbp"),
        ("trend", {"price_growth": 5}, "price_growth"),
        ("trend", {"price_growth": NAN}, "price_growth"),
        ("trend", {"price_growth": "fast"}, "price_growth"),
        ("trend", {"years": 0}, "years"),
        ("trend", {"base_year": "soon"}, "base_year"),
        ("lga-2016", {"price_growth": 0.01}, "price_growth"),
        ("lga-2016", {"funding_growth": 0.01}, "funding_growth"),
        ("lga-2016", {"need_gbp": 1e9}, "need_gbp"),
        ("lga-2016", {"base_year": "latest"}, "base_year"),
    ],
)
def test_a_change_that_the_scenario_cannot_take_is_refused(name: str, changes: dict[str, Any], word: str) -> None:
    with pytest.raises(BadScenario, match=word):
        scenario(name).replace(**changes)


@pytest.mark.parametrize("kind", ["growth", "path"])
def test_values_by_year_are_never_carried_beyond_their_last(kind: str, tmp_path: Path) -> None:
    rate = frames.assumed(frames.REAL, values=dict.fromkeys(YEARS, 0.01))
    content = {"growth": frames.growth_content(demand_growth=rate), "path": frames.path_content(PATH, PATH)}[kind]
    longer = load(content, tmp_path).replace(years=3)
    with pytest.raises(BadScenario, match="no value for 2022-23"):
        project_gap(frames.panel(), longer)


# Estimates, cash, categories ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoiling", "word"),
    [
        (("funding_growth", frames.assumed(frames.REAL, estimate="panel")), "funding_growth cannot be estimated.*give a value"),
        (("demand_growth", frames.assumed(frames.REAL, estimate="projection")), "demand_growth cannot be estimated.*panel"),
        (("demography_growth", frames.assumed(frames.REAL, estimate="panel_high")), "there is panel or projection"),
        (("price_growth", frames.assumed(frames.REAL, estimate="guess")), "price_growth.estimate"),
        (("demand_growth", frames.assumed(frames.REAL, value=0.1, applies_to=["schools"])), "applies_to"),
        (("demand_growth", frames.assumed(frames.REAL, value=0.1, applies_to=[])), "applies_to"),
        (("demand_growth", frames.assumed(frames.REAL, estimate="panel", applies_to=["looked_after"])), "applies_to goes with a value"),
        (("funding_growth", frames.assumed(frames.REAL, value=0.1, applies_to=["looked_after"])), "funding_growth is for all categories"),
        (("demand_growth", frames.assumed(frames.NOMINAL, value=0.1)), "demand_growth wants the unit"),
    ],
    ids=lambda item: str(item)[:60],
)
def test_an_estimate_or_category_that_makes_no_sense_is_refused(spoiling: Spoiling, word: str, tmp_path: Path) -> None:
    with pytest.raises(BadScenario, match=word):
        load(spoilt(kinds()["growth"], spoiling), tmp_path)


def test_a_growth_can_be_set_to_an_estimate() -> None:
    changed = scenario("trend").replace(demography_growth="projection").demography_growth
    assert changed is not None
    assert (changed.estimate, changed.value, changed.source) == ("projection", None, "set by the user")
    with pytest.raises(BadScenario, match="estimated"):
        changed.in_year("2030-31")


SHIPPED = {"lga-2016", "lga-2017", "lga-2018", "lga-2021", "trend", "flat-cash", "flat-real", "high-price", "reform"}


def test_the_whole_set_ships() -> None:
    assert set(scenarios()["id"]) == SHIPPED


@pytest.mark.parametrize(
    ("name", "differs"),
    [("flat-cash", {"funding_growth"}), ("flat-real", set()), ("high-price", {"price_growth"}), ("reform", {"demand_growth"})],
)
def test_a_scenario_differs_from_the_trend_in_what_it_is_named_for_alone(name: str, differs: set[str]) -> None:
    own, trend = scenario(name), scenario("trend")
    assert {key for key, item in own.assumptions().items() if item != trend.assumptions()[key]} == differs
    assert (own.base_year, own.years, own.window_years) == (trend.base_year, trend.years, trend.window_years)


def test_the_trend_runs_to_2034_35() -> None:
    assert scenario("trend").projected_years("2024-25")[-1] == "2034-35"


def test_every_assumption_of_every_scenario_is_in_one_table() -> None:
    table = assumptions()
    assert set(table["scenario"]) == SHIPPED
    assert len(table) == sum(len(scenario(name).assumptions()) for name in SHIPPED)
    assert list(table) == ["scenario", "assumption", "label", "unit", "value", "source", "date", "quality", "impact"]
    assert table.set_index(["scenario", "assumption"]).index.is_unique
    # What nobody published is ours, and red.
    ours = table[table["source"].str.startswith(("Not published", "Our assumption"))]
    assert set(ours["scenario"]) == {"lga-2018", "reform"}
    assert set(ours["quality"]) == {"red"}


def test_the_page_of_assumptions_says_what_the_scenarios_say() -> None:
    text = (Path(__file__).parents[2] / PAGE).read_text("utf-8")
    assert text == page(), "The scenarios have changed: run `make readme` and read what changed."
    for row in assumptions().to_dict("records"):
        assert row["label"] in text
        assert row["source"] in text
