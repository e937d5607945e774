"""Files for others: read back equal, byte for byte the same again, and nobody else's file touched."""

import hashlib
import io
import tomllib
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

import fundgap as fg
from fundgap.cli import app
from fundgap.errors import FundgapError
from fundgap.gap.result import Gap
from fundgap.story.exports import Sheet, export
from fundgap.story.fund_exports import export_allocation, export_funds, export_gap
from fundgap.story.open_data import TIME_AND_PLACE, as_csv, explained, label_of, with_time_and_place

ROOT = Path(__file__).resolve().parents[2]
# What a spreadsheet keeps of a number.
SIXTEEN_DIGITS = 1e-15
TABLE = pd.DataFrame(
    {
        "council": ["E08000034", "E09000002"],
        "financial_year": ["2017-18", "2019-20"],
        "gap_gbp": [1 / 3, np.nan],
        "fund_needed_gbp": [np.inf, 2.5e9],
        "councils": [1, 2],
        "is_closed": [True, False],
        "why": ["=1+1", 'a, "b" and [c](d)'],
    }
)
PLAIN = Sheet("one", "A table", TABLE, "A test", ("A note.", "Another, with $$a mark$$."))


def invoke(*arguments: str) -> list[Path]:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return [Path(line) for line in result.output.splitlines()]


@cache
def pledge_gap() -> Gap:
    return fg.project_gap(fg.council_years(), fg.scenario("lga-2017"))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a gap, the funds and an allocation."""
    folder = tmp_path_factory.mktemp("out")
    gap = pledge_gap()
    export_gap(folder, gap)
    export_funds(folder, gap, "sector-led-20m", fg.coverage(gap, "sector-led-20m"))
    shared = fg.allocate("sector-led-20m", "children", "2019-20")
    export_allocation(folder, shared, fg.gaps_closed(gap, shared), gap)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.name != ".lock"}


def own_columns(path: Path) -> pd.DataFrame:
    table = pd.read_csv(path, na_values=["x"], keep_default_na=False)
    return table.drop(columns=[name for name in TIME_AND_PLACE if name in table])


def test_csv_reads_back_as_the_library_s_own_table(written: Path) -> None:
    gap = pledge_gap()
    pd.testing.assert_frame_equal(own_columns(written / "gap-england.csv"), gap.england, check_dtype=False, check_exact=True)
    pd.testing.assert_frame_equal(own_columns(written / "gap-councils.csv"), gap.councils, check_dtype=False, check_exact=True)
    covered = own_columns(written / "funds-coverage.csv")
    pd.testing.assert_frame_equal(covered, fg.coverage(gap, "sector-led-20m"), check_dtype=False, check_exact=True)
    assert own_columns(written / "allocation-councils.csv")["allocation_pence"].sum() == 666_666_666


def test_columns_of_time_and_place_are_dfe_s(written: Path) -> None:
    england = pd.read_csv(written / "gap-england.csv", dtype=str, keep_default_na=False)
    assert england.columns[:10].tolist() == TIME_AND_PLACE
    assert england.loc[0, TIME_AND_PLACE].tolist() == ["201617", "Financial year", "National", "E92000001", "England", *[""] * 5]
    councils = pd.read_csv(written / "gap-councils.csv", dtype=str, keep_default_na=False).set_index("new_la_code")
    row = councils.loc["E08000034"].iloc[1]
    assert row[["time_period", "geographic_level", "region_code", "region_name", "old_la_code", "la_name"]].tolist() == [
        "201718",
        "Local authority",
        "E12000003",
        "Yorkshire and the Humber",
        "382",
        "Kirklees",
    ]


def test_every_column_but_time_and_place_is_explained(written: Path) -> None:
    for path in written.glob("*.csv"):
        if path.name.endswith(".meta.csv"):
            continue
        meta = pd.read_csv(path.with_suffix(".meta.csv"), keep_default_na=False)
        assert meta["col_name"].tolist() == [name for name in pd.read_csv(path, nrows=0).columns if name not in TIME_AND_PLACE]
        assert set(meta["col_type"]) <= {"Indicator", "Filter"}
        assert meta["label"].ne("").all()


def test_what_is_missing_is_x_and_what_has_no_end_is_z() -> None:
    text = as_csv(TABLE)
    cells = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    assert cells["gap_gbp"].tolist() == [repr(1 / 3), "x"]
    assert cells["fund_needed_gbp"].tolist() == ["z", "2500000000"]
    assert explained(TABLE, {name: label_of(name) for name in TABLE}).set_index("col_name").loc["gap_gbp", "indicator_unit"] == "£"
    assert label_of("gap_gbp_real", "2024-25") == "Gap (£, 2024-25 prices)"


def test_a_table_of_no_year_is_left_as_it_is() -> None:
    frame = pd.DataFrame({"assumption": ["a"], "value": [1.0]})
    assert with_time_and_place(frame, fg.data.store.default_store()).columns.tolist() == ["assumption", "value"]


def test_the_spreadsheet_is_accessible_and_holds_the_same_figures(written: Path) -> None:
    for path, sheets in ((written / "gap.xlsx", 4), (written / "funds.xlsx", 5), (written / "allocation.xlsx", 2)):
        book = openpyxl.load_workbook(path)
        assert book.sheetnames[:3] == ["Cover", "Contents", "Notes"]
        assert len(book.sheetnames) == 3 + sheets
        for sheet in book:
            assert not sheet.merged_cells.ranges, sheet.title
            assert len(sheet.tables) == (0 if sheet.title == "Cover" else 1), sheet.title
            for table in sheet.tables.values():
                assert all(cell.value not in (None, "") for row in sheet[table.ref] for cell in row), (path.name, sheet.title)
    england = openpyxl.load_workbook(written / "gap.xlsx")["England"]
    rows = list(england[next(iter(england.tables.values())).ref])
    assert [cell.value for cell in rows[0]][:3] == ["Financial year", "Councils", "Children"]
    assert [row[5].value for row in rows[1:]] == pytest.approx(pledge_gap().england["gap_gbp"].tolist(), rel=SIXTEEN_DIGITS)
    notes = openpyxl.load_workbook(written / "gap.xlsx")["Notes"]
    assert [row[0].value for row in notes.iter_rows(min_row=4) if row[0].value] == [1, 2, 3]


def test_the_manifest_holds_true_hashes_the_scenario_in_full_and_no_clock(written: Path) -> None:
    manifest = tomllib.loads((written / "gap.manifest.toml").read_text("utf-8"))
    for file, digest in manifest["outputs"].items():
        assert hashlib.sha256((written / file).read_bytes()).hexdigest() == digest
    for file, digest in manifest["inputs"].items():
        assert hashlib.sha256((ROOT / "data" / file).read_bytes()).hexdigest() == digest
    assert {"raw/funds.toml", "raw/sources.toml", "processed/council_years.csv"} <= set(manifest["inputs"])
    assert set(manifest["outputs"]) == {name for name in contents(written) if name.startswith("gap") and name != "gap.manifest.toml"}
    scenario = manifest["settings"]["scenario"]
    assert (scenario["id"], scenario["base_year_used"]) == ("lga-2017", "2016-17")
    assert scenario["need_gbp"]["values"]["2019-20"] == 12_200_000_000
    assert scenario["funding_gbp"]["source"].startswith("The fall of £0.9bn")
    assert "no chance" in manifest["seed"]
    assert {"fundgap", "python", "numpy", "pandas", "gptables"} <= set(manifest["versions"])


def test_the_same_again_gives_the_same_bytes(tmp_path: Path) -> None:
    export(tmp_path / "a", "test", "Title", [PLAIN], settings={"none": None})
    export(tmp_path / "b", "test", "Title", [PLAIN], settings={"none": None})
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    # Neither the archive nor what it says of itself carries the time of the run.
    archive = zipfile.ZipFile(tmp_path / "a" / "test.xlsx")
    assert {item.date_time for item in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    properties = openpyxl.load_workbook(tmp_path / "a" / "test.xlsx").properties
    assert (properties.created.year, properties.modified.year) == (2000, 2000)
    export(tmp_path / "a", "test", "Title", [PLAIN], settings={"none": None})
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_text_of_a_user_s_is_neither_formula_nor_link_nor_note(tmp_path: Path) -> None:
    export(tmp_path, "test", "Title", [PLAIN])
    sheet = openpyxl.load_workbook(tmp_path / "test.xlsx")["One"]
    values = {cell.value: cell for row in sheet for cell in row}
    assert values["=1+1"].data_type == "s"
    assert 'a, "b" and [c] (d)' in values
    assert not sheet._hyperlinks


def test_a_file_of_somebody_else_s_or_changed_since_is_not_overwritten(tmp_path: Path) -> None:
    theirs = tmp_path / "test.xlsx"
    theirs.write_bytes(b"mine")
    with pytest.raises(FundgapError, match=r"holds test\.xlsx, which fundgap did not write"):
        export(tmp_path, "test", "Title", [PLAIN])
    assert contents(tmp_path) == {"test.xlsx": b"mine"}
    theirs.unlink()
    export(tmp_path, "test", "Title", [PLAIN])
    changed = tmp_path / "test-one.csv"
    changed.write_text("edited", "utf-8")
    before = contents(tmp_path)
    with pytest.raises(FundgapError, match=r"test-one\.csv"):
        export(tmp_path, "test", "Title", [PLAIN])
    assert contents(tmp_path) == before


def test_tables_of_an_earlier_run_that_this_one_has_not_are_taken_away(tmp_path: Path) -> None:
    other = Sheet("two", "Another", TABLE, "A test")
    export(tmp_path, "test", "Title", [PLAIN, other])
    (tmp_path / "test-two.meta.csv").write_text("edited", "utf-8")
    export(tmp_path, "test", "Title", [PLAIN])
    assert "test-two.csv" not in contents(tmp_path)
    assert contents(tmp_path)["test-two.meta.csv"] == b"edited"
    export(tmp_path, "test", "Title", [PLAIN])


@pytest.mark.parametrize("name", ["../out", "a/b", "", "A B", "a.csv"])
def test_no_name_leads_out_of_the_folder(name: str, tmp_path: Path) -> None:
    for folder_name, sheet in ((name, PLAIN), ("test", Sheet(name, "A", TABLE, "A"))):
        with pytest.raises(FundgapError, match="without a path"):
            export(tmp_path / "out", folder_name, "Title", [sheet])
    assert list(tmp_path.iterdir()) == []


def test_a_symbolic_link_in_the_way_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("mine", "utf-8")
    target = tmp_path / "out"
    target.mkdir()
    (target / "test-one.csv").symlink_to(outside)
    with pytest.raises(FundgapError, match=r"test-one\.csv"):
        export(target, "test", "Title", [PLAIN])
    assert outside.read_text("utf-8") == "mine"


@pytest.mark.parametrize("hidden", [".staging", ".staged"])
def test_a_folder_that_another_program_may_be_writing_in_is_left_alone(hidden: str, tmp_path: Path) -> None:
    (tmp_path / hidden).mkdir()
    with pytest.raises(FundgapError, match="another program"):
        export(tmp_path, "test", "Title", [PLAIN])
    assert [path.name for path in tmp_path.iterdir()] == [hidden]


def test_nothing_to_write_and_two_tables_of_one_name_are_refused(tmp_path: Path) -> None:
    for sheets in ([], [PLAIN, PLAIN], [Sheet("none", "Empty", TABLE.iloc[:0], "A test")]):
        with pytest.raises(FundgapError):
            export(tmp_path, "test", "Title", sheets)


def test_the_commands_write_and_say_what(tmp_path: Path) -> None:
    paths = invoke("allocate", "1000000.01", "--year", "2024-25", "--rule", "equal", "--out", str(tmp_path / "made"))
    assert paths[-1].name == "allocation.manifest.toml"
    assert sorted(path.name for path in paths) == sorted(contents(tmp_path / "made"))
    manifest = tomllib.loads(paths[-1].read_text("utf-8"))
    assert manifest["settings"]["amount_gbp"] == "1000000.01"
