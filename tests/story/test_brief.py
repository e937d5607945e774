"""A council's brief: its figures are those of the public functions, published facts stand, and what is missing says why."""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from click.testing import Result
from typer.testing import CliRunner

import fundgap as fg
from fundgap.cli import app
from fundgap.data.store import default_store
from fundgap.errors import FundgapError, NoData, UnknownCouncil
from fundgap.story import findings
from fundgap.story.brief import LIMITS, SECTIONS, CouncilBrief
from fundgap.story.brief_files import file_name, names_of_all, write_briefs
from fundgap.story.brief_index import index_page
from fundgap.story.brief_inputs import shared_inputs
from fundgap.story.brief_page import brief_page
from fundgap.story.brief_rows import Row, amount, paragraph, written_period

KIRKLEES = "E08000034"
# Sums and quotients of the same numbers in another order.
ROUNDING = 1e-9
PENNY = 0.01
AWKWARD = ("Middlesbrough", "Wandsworth", "Cumberland", "Dorset", "City of London", "Isles of Scilly")


@cache
def brief_of(name: str) -> CouncilBrief:
    """Return a council's brief, made once for all tests."""
    return fg.council(name)


@cache
def years() -> pd.DataFrame:
    return fg.council_years()


def row(brief: CouncilBrief, section: str, figure: str, period: str = "", prices: str = "") -> Row:
    """Return the one row of that section, figure, and where given period and price basis."""
    (found,) = [
        one
        for one in brief.of(section)
        if one.figure == figure and one.period.startswith(period or one.period) and one.prices == (prices or one.prices)
    ]
    return found


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_the_judgements_of_kirklees_are_those_that_ofsted_published() -> None:
    told = [(one.figure.split(",")[0], one.period, one.text) for one in brief_of("Kirklees").of("inspections")]
    assert told == [
        ("SLAC", "2011-11-18", "Good"),
        ("SIF", "2016-11-25", "Inadequate"),
        ("ILACS", "2019-08-05", "Requires improvement"),
        ("ILACS", "2024-08-28", "Good"),
    ]


def test_spend_a_child_is_the_published_return_over_the_published_children() -> None:
    # Section 251 outturn 2024-25, Kirklees: £104,104,549 gross; ONS mid-2024: 99,822 children. 2024-25 prices are cash.
    assert row(brief_of("Kirklees"), "spend", "gross spend", "2024-25").value == pytest.approx(104_104_549 / 99_822, rel=ROUNDING)


def test_change_in_spend_is_in_real_terms() -> None:
    own = years().query("council == @KIRKLEES").set_index("financial_year")
    prices = fg.price_index("2024-25")
    before = own["gross_spend_gbp"]["2016-17"] / own["children"]["2016-17"] * 100 / prices["2016-17"]
    after = own["gross_spend_gbp"]["2024-25"] / own["children"]["2024-25"]
    told = row(brief_of("Kirklees"), "spend", "gross spend, change")
    assert told.value == pytest.approx(100 * (after / before - 1))
    assert told.period == "2016-17 to 2024-25"


def test_figures_are_those_of_the_public_functions() -> None:
    brief = brief_of("Kirklees")
    expected = fg.expected_spend(fg.in_real_terms(years())).councils.query("council == @KIRKLEES").iloc[0]
    told = row(brief, "spend", "expected given need")
    assert (told.value, told.low, told.high) == pytest.approx(tuple(expected[["expected", "lower", "upper"]]), rel=ROUNDING)
    change = fg.decompose_spend(years()).areas.query("area == @KIRKLEES").iloc[0]
    parts = [
        row(brief, "volume and price", f"with the {name}").value for name in ("number of children", "rate looked after", "cost of each")
    ]
    assert parts == pytest.approx(list(change[["children_gbp", "rate_gbp", "unit_cost_gbp"]]), rel=ROUNDING)
    assert sum(parts) == pytest.approx(row(brief, "volume and price", "change in spend").value, abs=PENNY)
    assert [one.text for one in brief.of("partners")] == list(fg.partners("Kirklees").first(3)["council_name"])


def test_the_gap_is_that_of_the_shared_simulation_with_eight_draws_of_ten() -> None:
    drawn = shared_inputs(default_store()).simulation
    assert (drawn.draws, drawn.seed, drawn.run.scenario.id) == (50_000, 1, "trend")
    table = drawn.council("Kirklees", 0.1, 0.5, 0.9)
    ends = table[table["financial_year"] == "2029-30"].set_index("quantile")
    for prices, column in (("cash", "gap_gbp"), ("in 2024-25 prices", "gap_gbp_real")):
        told = row(brief_of("Kirklees"), "gap", "yearly gap", "2029-30", prices)
        assert (told.value, told.low, told.high) == pytest.approx(tuple(ends.loc[[0.5, 0.1, 0.9], column]), rel=ROUNDING)


def test_run_0_stands_beside_the_middle_draw_with_why_they_differ() -> None:
    run = fg.project_gap(years(), fg.scenario("trend")).councils.query("council == @KIRKLEES and financial_year == '2029-30'").iloc[0]
    for prices, column in (("cash", "gap_gbp"), ("in 2024-25 prices", "gap_gbp_real")):
        told = row(brief_of("Kirklees"), "gap", "without chance", "2029-30", prices)
        assert told.value == pytest.approx(run[column], rel=ROUNDING)
        assert "run 0" in told.note
        assert "middle draw" in told.note
        assert told.value != pytest.approx(row(brief_of("Kirklees"), "gap", "yearly gap", prices=prices).value, rel=0.01)


def test_what_the_limit_of_the_gap_says_is_assumed_is_what_the_scenario_assumes() -> None:
    trend = fg.scenario("trend").assumptions()
    assert (trend["funding_growth"].value, trend["funding_growth"].is_real) == (0.0, True)
    assert f"prices rise by {trend['general_price_growth'].value:.0%} a year (assumed)" in LIMITS["gap"]
    assert "funding keeps its real value" in LIMITS["gap"]
    assert "gross" in LIMITS["gap"]


def test_one_simulation_serves_all_councils(monkeypatch: pytest.MonkeyPatch) -> None:
    fg.council("Kirklees")
    monkeypatch.setattr(findings, "simulate_gap", None)
    assert row(fg.council("Leeds"), "gap", "yearly gap", prices="cash").has_value


def test_twenty_million_by_children_is_shared_by_children() -> None:
    now = years().query("financial_year == '2024-25'").set_index("council")["children"]
    told = row(brief_of("Kirklees"), "pledge", "by children")
    assert told.value == pytest.approx(20e6 * now[KIRKLEES] / now.sum(), abs=PENNY)
    # Good since 2024: nothing where only inadequate councils are served.
    assert row(brief_of("Kirklees"), "pledge", "to councils judged inadequate alone, by children").value == 0


@pytest.mark.parametrize("name", AWKWARD)
def test_what_a_council_has_no_figure_of_is_said_with_its_reason(name: str) -> None:
    brief = brief_of(name)
    silent = [one for one in brief.figures.itertuples() if pd.isna(one.value) and not one.text and not one.note]
    assert silent == []
    assert all(brief.of(section) for section in SECTIONS)
    assert re.search(r"\bnan\b", str(brief)) is None


@pytest.mark.parametrize("name", ["Middlesbrough", "Wandsworth"])
def test_councils_without_a_return_have_no_spend_and_no_gap_of_the_year(name: str) -> None:
    brief = brief_of(name)
    for told in (row(brief, "spend", "gross spend", "2024-25"), row(brief, "gap", "yearly gap")):
        assert not told.has_value
        assert "no spend published for 2024-25" in told.note
    assert row(brief, "spend", "last gross spend held").period < "2024-25"
    assert row(brief, "flags", "no spend published").period.endswith("2024-25")


def test_a_new_council_has_no_change_of_its_own_and_its_areas_figures_bear_the_areas_name() -> None:
    brief = brief_of("Cumberland")
    assert row(brief, "spend", "gross spend, change").note == "it did not exist in 2016-17"
    assert "Cumberland, Westmorland and Furness" in row(brief, "volume and price", "change in spend").note
    assert row(brief, "flags", "boundary change").text == "split: Cumbria became Cumberland, Westmorland and Furness"


@pytest.mark.parametrize("name", ["City of London", "Isles of Scilly"])
def test_tiny_councils_are_in_no_model_and_are_called_tiny(name: str) -> None:
    brief = brief_of(name)
    assert "tiny council" in row(brief, "spend", "expected given need").note
    assert "tiny council" in row(brief, "gap", "yearly gap", prices="cash").note
    assert row(brief, "flags", "tiny council").text


def test_what_starts_from_an_odd_return_says_so_beside_every_figure() -> None:
    # Liverpool's return of 2024-25: £95.8m after £165.9m the year before (docs/data-notes.md).
    brief = fg.council("Liverpool")
    for told in (row(brief, "spend", "gross spend", "2024-25"), row(brief, "gap", "yearly gap", prices="cash")):
        assert "the return of 2024-25 is out of line" in told.note
    assert "2024-25" in row(brief, "flags", "return out of line with its own years: may be a slip").period


def test_an_abolished_council_leads_to_those_that_came_after_it() -> None:
    with pytest.raises(NoData, match="North Northamptonshire or West Northamptonshire"):
        fg.council("Northamptonshire")


def test_names_are_escaped_on_page_and_in_notebooks() -> None:
    brief = replace(brief_of("Middlesbrough"), council_name="<script>x</script>", region="a & b")
    brief = replace(brief, figures=brief.figures.replace("North East", "<b>region</b>"))
    for markup in (brief_page(brief, None, {}, "brief-x"), brief._repr_html_()):
        assert "<script>" not in markup
        assert "<b>" not in markup
        assert "&lt;script&gt;" in markup


def test_the_index_has_every_council_there_is_under_its_region_and_leads_from_those_that_are_no_more() -> None:
    register = shared_inputs(default_store()).register
    page = index_page(register, file_name, "2024-25")
    for name in register["council_name"][register["last_year"].isna()]:
        assert page.count(f'<li><a href="{file_name(name)}.html">') == 1
    assert re.search(r'Northamptonshire, abolished after 2020-21: <a href="brief-north-northamptonshire.html">', page)
    yorkshire = page[page.index('<h2 id="region-yorkshire-and-the-humber">') :]
    assert "brief-kirklees.html" in yorkshire[: yorkshire.index("</section>")]


def test_amounts_are_shown_as_a_reader_writes_them() -> None:
    assert [amount(1_234_567, "£"), amount(-5_400, "£"), amount(1042.9, "£ a child"), amount(1.64, "£ a child")] == [
        "£1.2m",
        "−£5,400",
        "£1,043",
        "£1.64",
    ]
    assert [amount(-12.3, "%"), amount(4, "%"), amount(99_822, "children")] == ["−12%", "+4%", "99,822"]


@pytest.mark.parametrize("name", ["Kirklees", "Cumberland", "Isles of Scilly"])
def test_on_a_screen_each_figure_has_its_year_and_each_sum_its_prices(name: str) -> None:
    for section in ("who", "spend", "volume and price", "gap", "pledge"):
        rows = brief_of(name).of(section)
        for one in (row for row in rows if row.has_value):
            assert re.search(r"\d{4}-\d\d", one.period), one.figure
            assert bool(one.prices) == (one.unit.startswith("£") or one.unit == "%"), one.figure
            assert f"{one.figure}, {one.period}: {one.shown}{', ' if one.prices else ''}{one.prices}" in paragraph(rows)


def test_a_day_is_written_as_people_write_it_and_years_stay() -> None:
    assert [written_period(period) for period in ("2016-11-05", "2016-17", "2016-17 to 2024-25", "")] == [
        "5 Nov 2016",
        "2016-17",
        "2016-17 to 2024-25",
        "",
    ]


def test_a_note_that_neighbours_share_is_said_once() -> None:
    rows = [Row("s", "a", "2020-21", 1, note="odd"), Row("s", "b", "2020-21", 2, note="odd"), Row("s", "c", "2021-22", 3)]
    assert paragraph(rows) == "a, 2020-21: 1; b, 2020-21: 2 – odd; c, 2021-22: 3"


def test_the_same_figures_give_the_same_bytes_and_a_file_of_others_stays(tmp_path: Path) -> None:
    first, second = (write_briefs(tmp_path / name, ["Kirklees"], index=True) for name in ("one", "two"))
    own = [f"brief-kirklees{end}" for end in (".html", ".csv", "-gap.csv", ".manifest.toml")]
    assert [path.name for path in first] == [*own, "index.html", "index.manifest.toml"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    page = first[0].read_text("utf-8")
    assert page.count("<h1>") == 1
    assert 'src="data:image/svg+xml' in page
    # The figures behind the chart are a table in the page, and the file beside it.
    drawn = pd.read_csv(first[2])
    behind = page[page.index('<details class="data') : page.index("</details>")]
    assert behind.count("<tr>") == len(drawn) + 1
    assert 'href="brief-kirklees-gap.csv" download' in behind
    assert not any(address in page for address in ('src="http', "url(http", "<script"))
    first[0].write_text("mine now", "utf-8")
    with pytest.raises(FundgapError, match=r"brief-kirklees\.html, which fundgap did not write or which was changed"):
        write_briefs(tmp_path / "one", ["Kirklees"])
    assert first[0].read_text("utf-8") == "mine now"


def test_nothing_is_written_on_a_bad_name(tmp_path: Path) -> None:
    done = call("council", "Kirkles", "--out", str(tmp_path / "briefs"))
    assert isinstance(done.exception, UnknownCouncil)
    assert "Did you mean Kirklees?" in str(done.exception)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments", [(), ("--all",), ("Kirklees", "--all", "--out", "x"), ("Kirklees", "--out", "x", "--csv"), ("Kirklees", "--csv", "--json")]
)
def test_a_command_line_that_does_not_say_what_to_do_is_refused(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call("council", *arguments).exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_machines_get_every_figure_unrounded() -> None:
    done = call("council", "Kirklees", "--csv")
    assert done.exit_code == 0
    assert done.stdout == brief_of("Kirklees").to_frame().to_csv(index=False, lineterminator="\n")


def test_all_means_the_councils_there_are_now_each_with_a_file_of_its_own() -> None:
    codes = names_of_all(default_store())
    names = fg.councils().set_index("council").loc[codes, "council_name"]
    assert len(codes) == len({file_name(name) for name in names}) == 153
    assert file_name("Bristol, City of") == "brief-bristol-city-of"
