"""The official files themselves: reading them again gives the committed figures, byte for byte."""

import csv
import random
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import layouts
import pandas as pd
import pytest

from fundgap.data import ingest as ingesting
from fundgap.data.ingest import Ingested, ingest
from fundgap.data.panel import build
from fundgap.data.sources import Release, read_register
from fundgap.data.store import Store
from fundgap.errors import UnknownRelease

RELEASES = {name: release for name, release in read_register(Store(layouts.DATA)).items() if release.sha256}
# What was written by hand; every other table comes from the official files.
BY_HAND = ("councils", "definition_breaks", "helpers", "interventions", "known_differences", "published_gaps", "published_overspends")
TABLES = tuple(sorted(path.stem for path in (layouts.DATA / "raw").glob("*.csv") if path.stem not in BY_HAND))


@dataclass(frozen=True)
class Rebuilt:
    """A store filled from the official files alone, and what each ingest said."""

    store: Store
    said: dict[str, Ingested]


def find(official: Path, release: Release) -> Path:
    (path,) = official.rglob(release.file)
    return path


def without_release(store: Store, source: str) -> None:
    """Take a release's rows out of every table, and hash, size and row count out of its entry in the register."""
    for path in store.raw.glob("*.csv"):
        header, *lines = path.read_text("utf-8").splitlines(keepends=True)
        if header.rstrip("\n").endswith(",source"):
            path.write_text(header + "".join(line for line in lines if not line.rstrip("\n").endswith(f",{source}")), "utf-8")
    register = store.raw / "sources.toml"
    top, name, rest = register.read_text("utf-8").partition(f"[{source}]\n")
    entry, gap, others = rest.partition("\n\n")
    register.write_text(top + name + re.sub(r"(sha256|size_bytes|rows) = .*\n?", "", entry + "\n").rstrip("\n") + gap + others, "utf-8")


@pytest.fixture(scope="session")
def rebuilt(official: Path, tmp_path_factory: pytest.TempPathFactory) -> Rebuilt:
    """Ingest every release of the register into a store without a figure, in an order of chance; a test builds on it once."""
    store = layouts.registers_only(tmp_path_factory.mktemp("official") / "data")
    for source in RELEASES:
        without_release(store, source)
    order = random.Random(7).sample(list(RELEASES), len(RELEASES))  # noqa: S311
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ingesting, "build", lambda *_: None)
        return Rebuilt(store, {source: ingest(find(official, RELEASES[source]), source, store) for source in order})


def committed(name: str) -> bytes:
    return (layouts.DATA / "raw" / name).read_bytes()


@pytest.mark.parametrize("name", [*(f"{table}.csv" for table in TABLES), "sources.toml"])
def test_the_official_files_give_the_committed_raw_tables_byte_for_byte(rebuilt: Rebuilt, name: str) -> None:
    assert (rebuilt.store.raw / name).read_bytes() == committed(name)


def test_no_committed_row_comes_from_anywhere_but_an_official_file(rebuilt: Rebuilt) -> None:
    assert {path.name for path in rebuilt.store.raw.glob("[a-z]*")} <= {path.name for path in (layouts.DATA / "raw").glob("[a-z]*")}
    for table in TABLES:
        assert set(pd.read_csv(layouts.DATA / "raw" / f"{table}.csv")["source"]) <= set(RELEASES)


@pytest.mark.parametrize("source", RELEASES)
def test_every_official_file_is_read_whole_and_its_rows_are_counted(rebuilt: Rebuilt, source: str) -> None:
    said = rebuilt.said[source]
    assert said.is_written
    assert said.changes["added"].sum() == RELEASES[source].rows
    assert said.changes[["changed", "removed"]].to_numpy().sum() == 0
    assert (said.release.sha256, said.release.size_bytes) == (RELEASES[source].sha256, RELEASES[source].size_bytes)


@pytest.mark.parametrize("source", ["s251ye2017", "ofsted-outcomes-2025", "iod2019", "children-2012-2024", "deflator-2025-06"])
def test_a_release_taken_out_and_read_again_comes_back_byte_for_byte(
    official: Path, store: Store, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # That the raw tables build the committed ones is held elsewhere.
    monkeypatch.setattr(ingesting, "build", lambda *_: None)
    without_release(store, source)
    assert any((store.raw / f"{table}.csv").read_bytes() != committed(f"{table}.csv") for table in TABLES)
    ingest(find(official, RELEASES[source]), source, store)
    for path in store.raw.glob("[a-z]*"):
        assert path.read_bytes() == committed(path.name), path.name


def test_a_file_is_recognised_without_its_name(official: Path, store: Store) -> None:
    done = ingest(find(official, RELEASES["iod2015"]), store=store, dry_run=True)
    assert done.release.id == "iod2015"
    assert done.changes[["added", "changed", "removed"]].to_numpy().sum() == 0


def test_a_build_from_the_official_files_is_the_committed_one_byte_for_byte(rebuilt: Rebuilt, tmp_path: Path) -> None:
    # Registers and texts that no reader writes are taken as they are committed; the figures are those just read.
    raw = Path(shutil.copytree(layouts.DATA / "raw", tmp_path / "raw"))
    for table in TABLES:
        shutil.copyfile(rebuilt.store.raw / f"{table}.csv", raw / f"{table}.csv")
    written = build(raw, tmp_path / "processed")
    assert {path.name for path in (layouts.DATA / "processed").glob("[a-z]*")} == set(written)
    for name, path in written.items():
        assert path.read_bytes() == (layouts.DATA / "processed" / name).read_bytes(), name


@pytest.mark.parametrize("file", ["lait/la_code_list.xlsx", "lookups/la_structure_restructuring.tsv"])
def test_an_official_file_that_the_register_does_not_hold_is_not_guessed(official: Path, file: str) -> None:
    with pytest.raises(UnknownRelease, match="not on record"):
        ingest(official / file, store=Store(layouts.DATA), dry_run=True)


# What follows reads the official files a second way, without the readers.


def numbers_to_codes() -> dict[str, str]:
    return {row["council_number"]: row["council"] for row in layouts.register()}


def test_every_lait_figure_stands_in_the_raw_table_as_published(official: Path) -> None:
    published = pd.read_parquet(find(official, RELEASES["lait-2026-01"]))
    published = published[published["Short Desc"].isin(layouts.LAIT_SPEND) & (published["Values"] != "-")]
    codes, expected = numbers_to_codes(), {}
    for row in published[["Short Desc", "Years", "LA Number", "Values"]].itertuples(index=False, name=None):
        if str(int(row[2])) in codes:
            expected[codes[str(int(row[2]))], row[1].removesuffix(" (OT)"), layouts.LAIT_SPEND[row[0]]] = float(row[3])
    stored = pd.read_csv(layouts.DATA / "raw" / "spend.csv").query("source == 'lait-2026-01'").dropna(subset="gross_gbp")
    assert stored.set_index(["council", "financial_year", "category"])["gross_gbp"].to_dict() == expected
    assert len(expected) > 10_000


def test_every_total_of_2016_17_stands_in_the_raw_table_to_the_penny(official: Path) -> None:
    sheet = pd.read_excel(find(official, RELEASES["s251ye2017"]), sheet_name="Table_A1", engine="openpyxl")
    totals = sheet[sheet["Description"].str.contains(r"\(excluding CERA\)")]
    codes = numbers_to_codes()
    money = totals[["TotalExpenditure", "NetCurrentExpenditure"]].round(2).to_numpy().tolist()
    expected = {codes[str(int(number))]: pounds for number, pounds in zip(totals["LA"], money, strict=True)}
    stored = pd.read_csv(layouts.DATA / "raw" / "spend.csv").query("source == 's251ye2017' and category == 'gross_spend'")
    assert dict(zip(stored["council"], stored[["gross_gbp", "net_gbp"]].to_numpy().tolist(), strict=True)) == expected
    assert len(expected) == 152


def test_every_estimate_of_children_stands_in_the_raw_table_as_published(official: Path) -> None:
    with find(official, RELEASES["children-2012-2024"]).open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["geographic_level"] == "Local authority" and row["population_estimate"] != "x"]
    recoded = {code: row["council"] for row in layouts.register() for code in [row["council"], *row["other_codes"].split()]}
    expected = {(recoded[row["new_la_code"]], int(row["time_period"])): float(row["population_estimate"]) for row in rows}
    stored = pd.read_csv(layouts.DATA / "raw" / "children.csv").dropna(subset="children")
    assert stored.set_index(["council", "year"])["children"].to_dict() == expected


def test_the_price_index_is_the_one_worked_out_by_others(official: Path) -> None:
    table = pd.read_csv(official / "prices" / "gdp_deflator_fy_from_ons_ybgb_june2025.csv")
    theirs = table.set_index("financial_year")["index_2024_25_100"]
    ours = pd.read_csv(layouts.DATA / "raw" / "deflator.csv").set_index("financial_year")["deflator"]
    index = (100 * ours / ours["2024-25"]).reindex(theirs.index)
    # Theirs is printed to three decimals.
    assert (index - theirs).abs().max() <= 0.0006
