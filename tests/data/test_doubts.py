"""Figures unlike their neighbours: asked about by name, accepted by name, and never by a name that is not in doubt."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import layouts
import pandas as pd
import pytest

from fundgap.data import schemas
from fundgap.data.doubts import RULES, in_doubt
from fundgap.data.ingest import ingest
from fundgap.data.raw_tables import RAW
from fundgap.data.scale import out_of_scale
from fundgap.data.series import figures_of
from fundgap.data.sources import read_register, sources
from fundgap.data.store import Store
from fundgap.errors import BadFigures, Doubt

A, B = "E08000016", "E08000013"
TOTAL = 60e6

Rows = dict[tuple[str, str, str], float]


def spend(rows: Rows, source: str = "new", total: float = TOTAL) -> pd.DataFrame:
    """Return gross spend by (council, year, category), with a total beside it where none is given."""
    full = {(council, year, "gross_spend"): total for council, year, _ in rows} | rows
    records = [
        {"council": c, "financial_year": y, "category": k, "gross_gbp": v, "income_gbp": None, "net_gbp": None, "source": source}
        for (c, y, k), v in full.items()
    ]
    return figures_of(pd.DataFrame(records), RAW["spend"])


def series(values: dict[str, float], category: str = "family_support", council: str = A) -> Rows:
    return {(council, year, category): value for year, value in values.items()}


def doubted(
    new: pd.DataFrame, stored: pd.DataFrame | None = None, accepted: dict[str, set[str]] | None = None, table: str = "spend"
) -> list[str]:
    stored = new.iloc[:0] if stored is None else stored
    return [doubt.name for doubt in in_doubt(table, new, stored, "f.csv", accepted or {}, {A: "Barnsley"})]


def named(*years: str, category: str = "family_support") -> list[str]:
    return [f"spend:{A}:{year}:{category}" for year in years]


# What is a jump, a slip, a change of sign --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "is_odd"),
    [
        # Four times, and a step of 15 million of a total of 60 is a quarter of it.
        (5e6, 20e6, True),
        (5e6, 19.9e6, False),
        (20e6, 5e6, True),
        (19.9e6, 5e6, False),
        # Nought is a fourth of anything, but a step of 9 million is 15% of 60 and not more.
        (0, 9e6, False),
        (0, 9.1e6, True),
        # Five times, of no weight.
        (1e6, 5e6, False),
        # A hundred times, and 1.98 million is more than a fiftieth of 60 million.
        (20e3, 2.0e6, True),
        (20.3e3, 2.0e6, False),
        # The other sign.
        (1.5e6, -0.5e6, True),
        (0.4e6, -0.5e6, False),
    ],
)
def test_a_step_is_odd_by_how_many_times_and_by_its_weight_in_the_total(before: float, after: float, is_odd: bool) -> None:
    new, stored = spend(series({"2013-14": after})), spend(series({"2012-13": before}), "old")
    assert doubted(new, stored) == (named("2013-14") if is_odd else [])


@pytest.mark.parametrize("category", ["gross_spend", "looked_after"])
def test_totals_and_looked_after_children_may_not_double(category: str) -> None:
    stored = spend(series({"2012-13": 40e6}, category), "old")
    assert doubted(spend(series({"2013-14": 80e6}, category), total=80e6), stored) == sorted({*named("2013-14", category=category)})
    assert doubted(spend(series({"2013-14": 79e6}, category), total=79e6), stored) == []


@pytest.mark.parametrize(
    ("table", "columns", "before", "odd", "fine"),
    [
        ("looked_after", {"looked_after": 0, "rounded_to": 1}, 300, 450, 449),
        ("looked_after", {"looked_after": 0, "rounded_to": 1}, 20, 71, 70),
        ("children", {"children": 0}, 40_000, 50_000, 49_999),
        ("children", {"children": 0}, 300, 801, 800),
        ("children_0_16", {"children_0_16": 0}, 40_000, 32_000, 32_001),
        ("projected_children", {"children": 0}, 40_000, 50_000, 49_999),
    ],
)
def test_counts_of_children_move_little(table: str, columns: dict[str, int], before: int, odd: int, fine: int) -> None:
    def of(year: int, value: int) -> pd.DataFrame:
        main = next(iter(columns))
        return figures_of(pd.DataFrame([{"council": A, "year": year, **columns, main: value, "source": "s"}]), RAW[table])

    assert doubted(of(2019, odd), of(2018, before), table=table) == [f"{table}:{A}:2019"]
    assert doubted(of(2019, fine), of(2018, before), table=table) == []


def test_an_indicator_is_held_to_the_middle_of_all_councils() -> None:
    def of(year: str, values: list[float]) -> pd.DataFrame:
        rows = [
            {"council": council, "indicator": "agency", "financial_year": year, "value": value, "source": "s"}
            for council, value in zip((A, B, "E08000017"), values, strict=True)
        ]
        return figures_of(pd.DataFrame(rows), RAW["indicators"])

    before = of("2018-19", [5, 16, 15])
    # Barnsley's 5 to 36 is sevenfold and more than twice the middle, 15; to 34 it is sevenfold and less.
    assert doubted(of("2019-20", [36, 15, 14]), before, table="indicators") == [f"indicators:{A}:agency:2019-20"]
    assert doubted(of("2019-20", [34, 15, 14]), before, table="indicators") == []
    assert doubted(of("2019-20", [0.05, 15, 14]), before, table="indicators") == []
    # A hundredth, and a step of more than half of the middle.
    assert doubted(of("2019-20", [5, 0.15, 14]), before, table="indicators") == [f"indicators:{B}:agency:2019-20"]


def test_a_line_of_the_revenue_outturn_is_held_to_its_council_s_largest() -> None:
    def of(year: str, line: float) -> pd.DataFrame:
        rows = [
            {"council": A, "financial_year": year, "line": name, "gross_gbp": None, "income_gbp": None, "net_gbp": value, "source": "s"}
            for name, value in (("total", 50e6), ("asylum", line))
        ]
        return figures_of(pd.DataFrame(rows), RAW["revenue_outturn"])

    # Its total is 50 million: 11 million and the other sign are more than a fifth, 19 million and twentyfold more than a fourth.
    for odd, fine in ((-10e6, -8e6), (20e6, 19.9e6)):
        assert doubted(of("2019-20", odd), of("2018-19", 1e6), table="revenue_outturn") == [f"revenue_outturn:{A}:2019-20:asylum"]
        assert doubted(of("2019-20", fine), of("2018-19", 1e6), table="revenue_outturn") == []


def test_swapped_figures_of_two_councils_of_different_size_are_noticed() -> None:
    years = ("2012-13", "2013-14", "2014-15")
    right = {(council, year, "gross_spend"): size for year in years for council, size in ((A, 40e6), (B, 90e6))}
    swapped = right | {(A, "2013-14", "gross_spend"): 90e6, (B, "2013-14", "gross_spend"): 40e6}
    assert doubted(spend(right)) == []
    assert doubted(spend(swapped)) == [f"spend:{council}:2013-14:gross_spend" for council in (B, A)]


# Which figure is named ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "odd"),
    [
        # One odd year is named, not the years beside it; at an end it cannot be told from its neighbour.
        ([5, 5, 500, 5, 5], ["2014-15"]),
        ([500, 5, 5], ["2013-14"]),
        ([5, 5, 500], ["2014-15"]),
        # A lasting change of level is named by the year from which it holds.
        ([5, 5, 50, 50], ["2014-15"]),
        ([5, 500, 5, 500, 5], ["2013-14", "2014-15", "2015-16"]),
        # Over a year without a figure sixteen times is what four times is over one.
        ([5, None, 30, 30], []),
        ([5, None, 80, 80], ["2014-15"]),
        # Two years without one: too far off to say.
        ([5, None, None, 500], []),
    ],
)
def test_of_each_step_one_figure_is_named(values: list[float | None], odd: list[str]) -> None:
    years = [f"{start}-{start % 100 + 1}" for start in range(2012, 2012 + len(values))]
    known = {year: value * 1e6 for year, value in zip(years, values, strict=True) if value is not None}
    assert doubted(spend(series(known), total=500e6 if 500 in values else 60e6)) == named(*odd)


def test_a_figure_is_held_to_the_years_on_record_before_and_after_it_in_whatever_order_they_came() -> None:
    new = spend(series({"2014-15": 50e6}))
    for year in ("2012-13", "2013-14", "2015-16", "2016-17"):
        stored = spend(series({year: 2e6}), "old")
        assert doubted(new, stored) == named("2014-15"), year
    assert doubted(new, spend(series({"2011-12": 2e6, "2017-18": 2e6}), "old")) == []


def test_the_same_year_in_another_release_must_be_alike() -> None:
    assert doubted(spend(series({"2014-15": 50e6})), spend(series({"2014-15": 5e6}), "old")) == named("2014-15")


def test_the_words_say_what_is_compared_with_which_year_of_which_release() -> None:
    stored = spend(series({"2012-13": 5e6}), "s251ye2013")
    (doubt,) = in_doubt("spend", spend(series({"2013-14": 20e6, "2014-15": 4e6})), stored, "f.csv", {}, {A: "Barnsley"})
    assert doubt.where == f"f.csv, spend:{A}:2013-14:family_support (Barnsley)"
    assert doubt.found == "20,000,000 (gross_gbp)"
    assert doubt.expected == "a figure like 5,000,000 in 2012-13 (s251ye2013) and 4,000,000 in 2014-15 (this file)"


def test_what_was_accepted_says_nothing_against_the_figures_beside_it() -> None:
    stored = spend(series({"2012-13": 5e6, "2013-14": 50e6}), "old")
    after, accepted = spend(series({"2014-15": 5e6})), {"old": set(named("2013-14"))}
    assert doubted(after, stored) == named("2014-15")
    assert doubted(after, stored, accepted) == []
    # Nor is it asked about again in a release that says the same, but in one that says something else.
    both = pd.concat([spend(series({"2012-13": 5e6, "2014-15": 5e6}), "others"), stored[stored["period"] == "2013-14"]])
    assert doubted(spend(series({"2013-14": 50e6})), both) == named("2013-14")
    assert doubted(spend(series({"2013-14": 50e6})), both, accepted) == []
    assert doubted(spend(series({"2013-14": 0.01e6})), both, accepted) == named("2013-14")
    # A figure that is odd beside the year beyond the accepted one is still odd.
    assert doubted(spend(series({"2014-15": 0.01e6})), stored, accepted) == named("2014-15")


# Whole files ---------------------------------------------------------------------------------------------------------------


def test_a_file_in_other_units_is_a_fault_and_one_council_is_not() -> None:
    def of(*values: float, year: str = "2013-14") -> pd.DataFrame:
        codes = (A, B, "E08000017")
        return spend({(code, year, "gross_spend"): value for code, value in zip(codes, values, strict=True)})

    before = of(50e6, 60e6, 70e6, year="2012-13")
    assert list(out_of_scale(of(50e3, 60e3, 70e3), before, "f.csv")) == [("gross_spend", "2013-14")]
    assert list(out_of_scale(of(50e3, 60e6, 70e6), before, "f.csv")) == []
    assert list(out_of_scale(pd.concat([before, of(50e3, 60e3, 70e3)]), before.iloc[:0], "f.csv")) == [("gross_spend", "2013-14")]


# Through the door ------------------------------------------------------------------------------------------------------------

BARKING = "E09000002"
MONEY = ("TotalExpenditure", "Income", "NetCurrentExpenditure")
CATEGORIES = ("family_support", "gross_spend", "looked_after", "other", "safeguarding", "sure_start", "young_people", "youth_justice")
EIGHT = [f"spend:{BARKING}:2013-14:{category}" for category in CATEGORIES]


def slipped(tmp_path: Path, by: float = 1000.0) -> Path:
    """Return the workbook of 2013-14 with every figure of Barking in pence, or the like."""
    return times(layouts.section251(), by, "Barking and Dagenham").save(tmp_path)


def times(draft: layouts.Draft, by: float, council: str = "") -> layouts.Draft:
    """Return the workbook with all money of one council, or of every one, multiplied."""
    for row in range(2, len(draft.rows) + 1):
        for heading in MONEY if draft.get(row, "LA Name") == council or not council else ():
            draft.put(row, heading, draft.get(row, heading) * by)
    return draft


@pytest.fixture
def two_years(bare_store: Store, tmp_path: Path) -> Store:
    """Return a store with the year before, in which every council has the figures that it has in 2013-14."""
    draft = layouts.section251("2012-13")
    ingest(draft.save(tmp_path), draft.source, bare_store)
    return bare_store


def refused(path: Path, store: Store, accept: list[str], source: str = "s251ye2014") -> BadFigures:
    before = {file.name: file.read_bytes() for file in store.raw.iterdir()}
    with pytest.raises(BadFigures) as caught:
        ingest(path, source, store, accept=accept)
    assert {file.name: file.read_bytes() for file in store.raw.iterdir()} == before
    return caught.value


@pytest.mark.parametrize("by", [1000.0, 0.001, -1.0])
def test_a_council_a_thousandfold_or_with_the_wrong_sign_stops_the_ingest_with_all_names_at_once(
    two_years: Store, tmp_path: Path, by: float
) -> None:
    error = refused(slipped(tmp_path, by), two_years, [])
    # A thousandth of one million is a step of less than a million.
    expected = [name for name in EIGHT if by != 0.001 or not name.endswith(":other")]
    assert [fault.name for fault in error.faults] == expected
    assert all("Barking and Dagenham" in fault.where and "2012-13 (s251ye2013)" in fault.expected for fault in error.faults)


def test_the_message_ends_with_the_command_that_accepts_them(two_years: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "my files"
    folder.mkdir()
    path = slipped(folder)
    command = str(refused(path, two_years, [])).splitlines()[-1]
    words = shlex.split(command)
    assert words[:5] == ["fundgap", "ingest", str(path), "--source", "s251ye2014"]
    monkeypatch.setenv("FUNDGAP_DATA", str(two_years.root))
    done = subprocess.run([sys.executable, "-m", "fundgap.cli", *words[1:]], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("accepted as published: spend:") == 8
    assert read_register(two_years)["s251ye2014"].accepted == EIGHT


def test_all_must_be_accepted_and_what_is_left_is_named(two_years: Store, tmp_path: Path) -> None:
    error = refused(slipped(tmp_path), two_years, EIGHT[1:])
    assert [fault.name for fault in error.faults] == EIGHT[:1]
    assert str(error).count("--accept ") == 8


def test_a_name_that_is_not_in_doubt_is_an_error_even_when_all_others_are_accepted(two_years: Store, tmp_path: Path) -> None:
    typo = f"spend:{BARKING}:2013-14:loked_after"
    error = refused(slipped(tmp_path), two_years, [*EIGHT, typo])
    assert [fault.where for fault in error.faults] == [f"--accept {typo}"]
    good = layouts.section251()
    assert "no figure in doubt of this name" in str(refused(good.save(tmp_path), two_years, EIGHT[:1]))


def test_what_was_accepted_is_on_record_and_the_same_file_passes_again(two_years: Store, tmp_path: Path) -> None:
    path = slipped(tmp_path)
    ingest(path, "s251ye2014", two_years, accept=EIGHT[::-1])
    register = (two_years.raw / "sources.toml").read_bytes()
    again = ingest(path, store=two_years)
    assert again.release.accepted == EIGHT
    assert (two_years.raw / "sources.toml").read_bytes() == register
    assert sources(two_years).set_index("id").loc["s251ye2014", "accepted"] == "; ".join(EIGHT)
    # Naming them again is no error, though nothing is asked.
    assert ingest(path, store=two_years, accept=EIGHT[:2]).release.accepted == EIGHT


def test_what_was_accepted_stays_valid_when_nothing_on_record_speaks_against_it_any_more(two_years: Store, tmp_path: Path) -> None:
    path = slipped(tmp_path)
    ingest(path, "s251ye2014", two_years, accept=EIGHT)
    for table in two_years.raw.glob("spend.csv"):
        table.unlink()
    assert ingest(path, store=two_years).release.accepted == EIGHT


def test_a_changed_file_is_asked_about_again(two_years: Store, tmp_path: Path) -> None:
    ingest(slipped(tmp_path), "s251ye2014", two_years, accept=EIGHT)
    (tmp_path / "revised").mkdir()
    path = slipped(tmp_path / "revised", 1001.0)
    assert [fault.name for fault in refused(path, two_years, []).faults] == EIGHT
    # The figures that were on record are not in doubt beside those that put them right.
    right = layouts.section251()
    done = ingest(right.save(tmp_path), "s251ye2014", two_years, accept=[])
    assert done.release.accepted == []


def test_a_fault_beside_a_doubt_is_told_with_it_and_offers_no_way_to_accept(two_years: Store, tmp_path: Path) -> None:
    path = slipped(tmp_path)
    register = two_years.raw / "sources.toml"
    text = register.read_text("utf-8")
    register.write_text(text.replace("[s251ye2014]\n", "[s251ye2014]\nchecks = {gross_spend = 5}\n"), "utf-8")
    error = refused(path, two_years, EIGHT)
    assert [isinstance(fault, Doubt) for fault in error.faults] == [False]
    assert "--accept" not in str(error)


def test_a_whole_file_in_thousands_cannot_be_accepted(two_years: Store, tmp_path: Path) -> None:
    error = refused(times(layouts.section251(), 0.001).save(tmp_path), two_years, [])
    assert len(error.faults) == 8
    assert not any(isinstance(fault, Doubt) for fault in error.faults)
    assert "--accept" not in str(error)


# The figures on record -------------------------------------------------------------------------------------------------------


def figures_on_record() -> dict[str, pd.DataFrame]:
    paths = {table: layouts.DATA / "raw" / f"{table}.csv" for table in RULES}
    return {table: figures_of(schemas.load(path, RAW[table]), RAW[table]) for table, path in paths.items() if path.is_file()}


@pytest.mark.parametrize("order", ["as listed", "the other way round"])
def test_every_odd_figure_on_record_is_accepted_in_the_register_in_whatever_order_the_releases_come(order: str) -> None:
    register = read_register(Store(layouts.DATA))
    accepted = {name: set(release.accepted) for name, release in register.items()}
    missing: list[str] = []
    for table, figures in figures_on_record().items():
        sources_of_table = set(figures["source"].unique())
        known = [name for name in register if name in sources_of_table]
        known = known if order == "as listed" else known[::-1]
        rank = figures["source"].map({name: number for number, name in enumerate(known)})
        for number, name in enumerate(known):
            new, stored = figures[rank == number], figures[rank < number]
            assert out_of_scale(new, stored, name) == {}
            odd = [doubt for doubt in in_doubt(table, new, stored, name, accepted, {}) if doubt.name not in accepted[name]]
            missing += [f"{name}: {doubt}" for doubt in odd]
    assert missing == []


def test_every_accepted_name_is_that_of_a_figure_of_its_release() -> None:
    held = pd.concat(figures_on_record().values()).groupby("source")["name"].agg(set)
    for release in read_register(Store(layouts.DATA)).values():
        assert set(release.accepted) <= held.get(release.id, set()), release.id


def test_genuine_figures_are_seldom_in_doubt() -> None:
    """At most a few in a thousand may be asked about, or nobody would look at them."""
    register = read_register(Store(layouts.DATA))
    accepted = sum(len(release.accepted) for release in register.values())
    assert 0 < accepted < 0.005 * sum(len(figures) for figures in figures_on_record().values())


def test_data_notes_say_how_many_are_accepted() -> None:
    text = (layouts.DATA.parent / "docs" / "data-notes.md").read_text("utf-8")
    accepted = sum(len(release.accepted) for release in read_register(Store(layouts.DATA)).values())
    assert re.search(rf"\b{accepted} as accepted", " ".join(text.split()))


def test_a_list_that_holds_anything_but_names_is_refused_in_the_register(tmp_path: Path) -> None:
    store = layouts.registers_only(tmp_path / "data")
    path = store.raw / "sources.toml"
    path.write_text(path.read_text("utf-8").replace("rows = 70\n", "rows = 70\naccepted = [5]\n"), "utf-8")
    with pytest.raises(BadFigures, match="accepted"):
        read_register(store)
