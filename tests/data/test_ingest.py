"""Ingest: a published file becomes rows with their provenance, whole or not at all."""

import csv
import itertools
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

import layouts
import pandas as pd
import pytest

from fundgap.data import transaction
from fundgap.data.ingest import Ingested, ingest
from fundgap.data.panel import build, council_years
from fundgap.data.sources import read_register, register_text
from fundgap.data.store import Store, sha256
from fundgap.errors import BadFigures, Doubt, NoData

TABLES = {
    "section251": {"spend": 32},
    "section251-open-data": {"spend": 72, "published_totals": 80},
    "lait": {"spend": 64, "looked_after": 8, "indicators": 144, "published_totals": 120},
    "revenue-outturn": {"revenue_outturn": 1989, "published_totals": 52},
    "ofsted-history": {"inspections": 9, "visits": 2},
    "ofsted-ilacs": {"inspections": 4, "visits": 2},
    "deprivation": {"deprivation": 1510},
    "deprivation-scores": {"deprivation": 1530},
    "population": {"children": 8, "published_totals": 10},
    "population-0-16": {"children_0_16": 1976},
    "projection": {"projected_children": 3952, "published_totals": 260},
    "deflator": {"deflator": 2},
    "looked-after": {"looked_after": 151, "published_totals": 12},
    "low-income": {"indicators": 2 * (152 + 125)},
    "neighbours": {"neighbours": 10 * (153 + 2)},
}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != ".lock"}


def rows_of(store: Store, table: str) -> list[dict[str, str]]:
    with (store.raw / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True)
class Taken:
    """One draft taken in: what was there before the dry run, after it, and after the ingest proper."""

    store: Store
    draft: layouts.Draft
    path: Path
    before: dict[str, bytes]
    planned: Ingested
    between: dict[str, bytes]
    done: Ingested


@pytest.fixture(scope="module", params=layouts.DRAFTS)
def taken(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Taken:
    """Return the outcome of taking in one layout; tests read it and change nothing."""
    draft = layouts.DRAFTS[request.param]()
    folder = tmp_path_factory.mktemp("taken")
    store, path = layouts.registers_only(folder / "store", layouts.OPEN_DATA_ENTRY), draft.save(folder)
    before = contents(store.root)
    planned = ingest(path, draft.source, store, dry_run=True)
    between = contents(store.root)
    return Taken(store, draft, path, before, planned, between, ingest(path, draft.source, store))


def test_every_layout_is_taken_in_with_its_source_beside_every_row(taken: Taken) -> None:
    expected = TABLES[taken.done.release.reader]
    for table, count in expected.items():
        rows = rows_of(taken.store, table)
        assert len(rows) == count
        assert {row["source"] for row in rows} == {taken.draft.source}
    assert taken.done.changes.set_index("table")["added"].to_dict() == expected
    assert taken.done.is_written
    assert {path.stem for path in taken.store.raw.glob("*.csv")} == {*expected, "councils", "known_differences"}


def test_the_register_records_hash_size_and_rows_of_what_was_taken_in(taken: Taken) -> None:
    before = tomllib.loads(taken.before["raw/sources.toml"].decode("utf-8"))
    after = tomllib.loads((taken.store.raw / "sources.toml").read_text("utf-8"))
    recorded = {"file": taken.path.name, "sha256": sha256(taken.path), "size_bytes": taken.path.stat().st_size}
    entry = before[taken.draft.source] | recorded | {"rows": sum(TABLES[taken.done.release.reader].values())}
    # What was accepted of the official file was not accepted of this one.
    entry.pop("accepted", None)
    assert after == before | {taken.draft.source: entry}
    assert list(after) == list(before)


def test_a_dry_run_reports_the_same_and_writes_nothing(taken: Taken) -> None:
    assert taken.between == taken.before
    assert not taken.planned.is_written
    assert str(taken.planned).startswith(f"would take in {taken.draft.source}")
    pd.testing.assert_frame_equal(taken.planned.changes, taken.done.changes)


def test_taking_in_the_same_file_again_changes_nothing(taken: Taken, tmp_path: Path) -> None:
    again = Store(shutil.copytree(taken.store.root, tmp_path / "again"))
    result = ingest(taken.path, store=again)
    assert contents(again.root) == contents(taken.store.root)
    assert result.release.id == taken.draft.source
    assert result.changes[["added", "changed", "removed"]].to_numpy().sum() == 0


def test_a_known_file_is_recognised_by_its_bytes_whatever_it_is_called(bare_store: Store, tmp_path: Path) -> None:
    path = layouts.deflator().save(tmp_path)
    ingest(path, "deflator-2025-06", bare_store)
    assert ingest(path.rename(tmp_path / "download (3).csv"), store=bare_store).release.id == "deflator-2025-06"


def test_the_order_in_which_releases_come_in_does_not_matter(tmp_path: Path) -> None:
    drafts = [
        layouts.section251("2012-13"),
        layouts.section251("2013-14"),
        layouts.ofsted_history(),
        layouts.ofsted_ilacs(),
        layouts.population(),
    ]
    paths = {draft.source: draft.save(tmp_path) for draft in drafts}
    results = []
    for order in (list(paths), list(paths)[::-1]):
        store = layouts.registers_only(tmp_path / order[0])
        for source in order:
            ingest(paths[source], source, store)
        results.append(contents(store.root))
    assert results[0] == results[1]


def test_a_table_that_holds_no_row_yet_is_filled(bare_store: Store, tmp_path: Path) -> None:
    draft = layouts.population()
    ingest(draft.save(tmp_path), draft.source, bare_store)
    filled = contents(bare_store.root)
    path = bare_store.raw / "children.csv"
    path.write_text(path.read_text("utf-8").splitlines(keepends=True)[0], "utf-8")
    ingest(tmp_path / draft.file, draft.source, bare_store)
    assert contents(bare_store.root) == filled


def test_rows_of_other_releases_stay_as_they_are(store: Store, tmp_path: Path) -> None:
    before = [row for row in rows_of(store, "spend") if row["source"] != "s251ye2014"]
    assert len(before) == 24304 - 1216
    path = layouts.section251().save(tmp_path)
    # The invented figures of four real councils are nothing like those of the years around.
    with pytest.raises(BadFigures) as caught:
        ingest(path, "s251ye2014", store)
    ingest(path, "s251ye2014", store, accept=[doubt.name for doubt in caught.value.faults if isinstance(doubt, Doubt)])
    after = rows_of(store, "spend")
    assert [row for row in after if row["source"] != "s251ye2014"] == before
    assert len(after) == len(before) + 32


def test_a_revision_replaces_what_the_release_gave_before_and_counts_what_changed(bare_store: Store, tmp_path: Path) -> None:
    draft = layouts.section251()
    ingest(draft.save(tmp_path), draft.source, bare_store)
    revised = layouts.section251(councils=(*layouts.COUNCILS_OF_2013, (202, "Camden")))
    # Barking's looked-after children, one line of them, and its total.
    lines = [row for row in range(2, len(revised.rows) + 1) if revised.get(row, "CYPServiceDescription") == "6 Residential care"]
    for row in (4, 10, lines[0]):
        gross, net = revised.get(row, "TotalExpenditure"), revised.get(row, "NetCurrentExpenditure")
        revised.put(row, "TotalExpenditure", gross + 500)
        revised.put(row, "NetCurrentExpenditure", net + 500)
    done = ingest(revised.save(tmp_path), draft.source, bare_store)
    # Looked-after children and the total change; Camden is eight new rows.
    counts = {"table": "spend", "added": 8, "changed": 2, "removed": 0, "periods": "2013-14", "councils": 2}
    assert done.changes.to_dict("records") == [counts]
    stored = {(row["council"], row["category"]): float(row["gross_gbp"]) for row in rows_of(bare_store, "spend")}
    assert stored["E09000002", "looked_after"] == 21_301_500.25
    assert len(stored) == 40


def test_raw_tables_are_kept_in_the_order_of_their_key(bare_store: Store, tmp_path: Path) -> None:
    draft = layouts.section251(councils=layouts.COUNCILS_OF_2013[::-1])
    ingest(draft.save(tmp_path), draft.source, bare_store)
    keys = [(row["source"], row["council"], row["financial_year"], row["category"]) for row in rows_of(bare_store, "spend")]
    assert keys == sorted(keys)


def test_totals_that_were_checked_are_reported(bare_store: Store, tmp_path: Path) -> None:
    done = ingest(layouts.lait().save(tmp_path), "lait-2026-01", bare_store)
    # England and four regions, of eight categories, looked-after children and leaving care, in two years; Inner London is no region.
    assert len(done.totals) == 5 * 10 * 2
    assert done.totals["agrees"].all()
    assert "100 published totals agree" in str(done)


def test_an_ingest_says_years_councils_and_totals_in_words(bare_store: Store, tmp_path: Path) -> None:
    words = str(ingest(layouts.lait().save(tmp_path), "lait-2026-01", bare_store))
    # Barking, St Helens, Barnsley and both Dorsets, in the two years.
    assert re.search(r"spend: \d+ rows added, 0 changed, 0 removed; 2018-19 to 2019-20; 5 councils", words)
    assert re.search(r"published totals agree .*: family_support, gross_spend, .*; 2019 to 2020, 2018-19 to 2019-20", words)
    assert "data/processed is not rebuilt" in words
    assert "deprivation.csv is not there" in words


def test_a_revision_says_which_figures_change_the_largest_first_and_how_many_in_all(bare_store: Store, tmp_path: Path) -> None:
    draft = layouts.section251()
    ingest(draft.save(tmp_path), draft.source, bare_store)
    revised = layouts.section251()
    # Of Barking £500 more, of St Helens £900 more income: on a line of looked-after children, on their total and on the grand total.
    lines = [row for row in range(2, len(revised.rows) + 1) if revised.get(row, "CYPServiceDescription") == "6 Residential care"]
    for row in (4, 10, lines[0]):
        for heading in ("TotalExpenditure", "NetCurrentExpenditure"):
            revised.put(row, heading, revised.get(row, heading) + 500)
    for row in (14, 20, lines[1]):
        revised.put(row, "NetCurrentExpenditure", revised.get(row, "NetCurrentExpenditure") - 900)
        revised.put(row, "Income", revised.get(row, "Income") + 900)
    before = contents(bare_store.root)
    done = ingest(revised.save(tmp_path), draft.source, bare_store, dry_run=True)
    assert contents(bare_store.root) == before
    # Two rows each: gross and net of Barking, income and net of St Helens.
    assert len(done.revised) == 8
    first = {
        f"spend:E08000013:2013-14:{category}:{column}"
        for category in ("looked_after", "gross_spend")
        for column in ("income_gbp", "net_gbp")
    }
    assert set(done.revised["name"][:4]) == first
    assert set(done.revised["name"][4:]) == {
        f"spend:E09000002:2013-14:{c}{column}" for c in ("looked_after", "gross_spend") for column in ("", ":net_gbp")
    }
    changed = done.revised.set_index("name").loc["spend:E09000002:2013-14:looked_after"]
    assert (float(changed["before"]), float(changed["after"])) == (21_301_000.25, 21_301_500.25)
    words = str(done)
    assert words.count(" → ") == 5
    assert "… and 3 more figures revised" in words
    assert "2013-14; 2 councils" in words


def test_an_ingest_rebuilds_the_tables_and_a_dry_run_does_not(tmp_path: Path) -> None:
    store = layouts.two_councils(tmp_path / "data")
    build(store.raw, store.processed)
    draft = layouts.section251("2012-13", councils=layouts.TWO_COUNCILS)
    path, before = draft.save(tmp_path), contents(store.root)
    ingest(path, draft.source, store, dry_run=True)
    assert contents(store.root) == before
    done = ingest(path, draft.source, store)
    assert done.unbuilt is None
    assert str(done).endswith("data/processed is rebuilt")
    barnsley = council_years(store).set_index(["council", "financial_year"]).loc[("E08000016", "2012-13")]
    # £21,000,000.25 and £1,000 for each of 370, on looked-after children.
    assert barnsley["looked_after_spend_gbp"] == 21_370_000.25


def test_a_store_that_cannot_be_built_yet_takes_the_file_in_and_says_what_is_missing(bare_store: Store, tmp_path: Path) -> None:
    done = ingest(layouts.deflator().save(tmp_path), "deflator-2025-06", bare_store)
    assert isinstance(done.unbuilt, NoData)
    assert done.is_written
    assert rows_of(bare_store, "deflator")


def test_a_file_that_leaves_the_tables_unbuildable_is_told_on_the_command_line_with_exit_code_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = layouts.two_councils(tmp_path / "data")
    spoilt = store.raw / "children.csv"
    spoilt.write_text(spoilt.read_text("utf-8").replace("E08000016,2019,", "E08000016,2019,many", 1), "utf-8")
    draft = layouts.section251("2012-13", councils=layouts.TWO_COUNCILS)
    monkeypatch.setenv("FUNDGAP_DATA", str(store.root))
    words = [sys.executable, "-m", "fundgap.cli", "ingest", str(draft.save(tmp_path)), "--source", draft.source]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "took in s251ye2013" in done.stdout
    assert "could not be rebuilt" in done.stderr
    assert "children.csv" in done.stderr


@pytest.mark.parametrize("written_before", [0, 1, 3])
def test_a_disk_that_fills_up_half_way_leaves_every_figure_as_it_was(
    monkeypatch: pytest.MonkeyPatch, bare_store: Store, tmp_path: Path, written_before: int
) -> None:
    path, before, count = layouts.lait().save(tmp_path), contents(bare_store.root), itertools.count()
    real = transaction._write

    def write(target: Path, text: str) -> None:
        if next(count) == written_before:
            raise OSError("disk full")
        real(target, text)

    monkeypatch.setattr(transaction, "_write", write)
    with pytest.raises(OSError, match="disk full"):
        ingest(path, "lait-2026-01", bare_store)
    assert contents(bare_store.root) == before


def test_a_later_deflator_that_lacks_years_of_the_one_before_is_refused_for_it_would_take_its_place(
    bare_store: Store, tmp_path: Path
) -> None:
    ingest(layouts.deflator().save(tmp_path), "deflator-2025-06", bare_store)
    register = read_register(bare_store)
    later = replace(register["deflator-2025-06"], id="deflator-2026-06", published="2026-06-30", sha256="", rows=0)
    (bare_store.raw / "sources.toml").write_text(register_text(register | {later.id: later}), "utf-8")
    draft = layouts.deflator()
    draft.file = "later.csv"
    draft.rows[10][1] = "99.5"
    assert ingest(draft.save(tmp_path), later.id, bare_store, dry_run=True).changes["added"].tolist() == [2]
    # The quarters of 2022.
    del draft.rows[10:14]
    with pytest.raises(BadFigures, match="found nothing for 2022-23; expected all years of the releases before it"):
        ingest(draft.save(tmp_path), later.id, bare_store, dry_run=True)
