"""The store: where figures lie, and files that are whole or not there."""

from pathlib import Path

import pandas as pd
import pytest

from fundgap.data.raw_tables import RAW
from fundgap.data.schemas import load_checked, typed_text
from fundgap.data.store import Store, default_store, read_table, read_toml, sha256, table_text
from fundgap.data.tables import Column, Table
from fundgap.errors import BadFigures, NoData


def test_the_figures_of_the_checkout_are_used_unless_another_folder_is_named(monkeypatch: pytest.MonkeyPatch, store: Store) -> None:
    monkeypatch.delenv("FUNDGAP_DATA", raising=False)
    assert default_store().root == Path(__file__).parents[2] / "data"
    monkeypatch.setenv("FUNDGAP_DATA", str(store.root))
    assert default_store() == store


def test_a_named_folder_without_figures_is_refused_and_never_replaced_by_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FUNDGAP_DATA", str(tmp_path))
    with pytest.raises(NoData) as caught:
        default_store()
    assert str(tmp_path) in str(caught.value)
    assert "FUNDGAP_DATA" in str(caught.value)


def test_raw_and_processed_figures_lie_side_by_side(tmp_path: Path) -> None:
    assert (Store(tmp_path).raw, Store(tmp_path).processed) == (tmp_path / "raw", tmp_path / "processed")


def test_a_hash_is_the_sha_256_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    # The test vector of FIPS 180-2, appendix B.1.
    assert sha256(tmp_path / "file") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_table_is_written_with_plain_line_ends_iso_dates_and_no_index() -> None:
    frame = pd.DataFrame({"day": pd.to_datetime(["2017-03-31", None]), "share": [1 / 3, 1e6], "whole": [20312.0, None]}, index=[7, 3])
    assert table_text(frame) == "day,share,whole\n2017-03-31,0.333333333333333,20312\n,1000000,\n"


def test_a_table_comes_back_as_the_text_it_was_written_as(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text('code,name,value\n007,NA,1.50\n008,,nan\n"0,9",null,\n', "utf-8")
    table = read_table(path)
    assert table["code"].tolist() == ["007", "008", "0,9"]
    assert table["name"].tolist()[::2] == ["NA", "null"]
    assert table["value"].tolist()[:2] == ["1.50", "nan"]
    assert table.isna().to_numpy().tolist() == [[False, False, False], [False, True, False], [False, False, True]]


def test_what_a_reader_does_to_a_table_is_not_seen_by_the_next_one_nor_what_a_file_held_before_it_changed(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("code,share\n1,2\n", "utf-8")
    table = read_table(path)
    table.loc[0, "share"] = "9"
    table["more"] = "x"
    assert read_table(path).to_dict("list") == {"code": ["1"], "share": ["2"]}
    path.write_text("code,share\n1,3\n", "utf-8")
    assert read_table(path)["share"].tolist() == ["3"]


def test_a_blank_that_should_be_yes_or_no_is_refused_and_never_taken_for_yes() -> None:
    table = Table("t", ("is_derived",), (Column("is_derived", "flag", "Worked out"),))
    assert typed_text("is_derived\nFalse\nTrue\n", table, "t.csv")["is_derived"].tolist() == [False, True]
    with pytest.raises(BadFigures, match=r"t\.csv, line 3, column 'is_derived'.*a flag"):
        typed_text('is_derived\nFalse\n""\n', table, "t.csv")


def test_a_table_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoData, match=r"spend\.csv is not there"):
        read_table(tmp_path / "spend.csv")


def test_every_committed_table_is_plain_text_that_can_be_compared_line_by_line() -> None:
    for path in (Path(__file__).parents[2] / "data").rglob("[a-z]*.*"):
        text = path.read_bytes()
        assert b"\r" not in text, path.name
        assert text.endswith(b"\n"), path.name
        assert text.decode("utf-8"), path.name


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("E08000016,2016,12,500,children-2012-2024", "children.csv, line 2: found more cells than headings"),
        ("E08000016,2016,12,a\nE08000035,2016,1,500,a", "children.csv: found .*line 3"),
        ("E08000016,2016,12,a\nE08000035,2016,-5,a", "children.csv, row 3, column 'children': found -5.0"),
        ("E08000016,2016,12,a\nE08000035,2016,12 000,a", "children.csv, line 3, column 'children': found '12 000'"),
    ],
)
def test_a_table_spoilt_by_hand_is_refused_with_the_line_that_an_editor_shows(rows: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "children.csv"
    path.write_text(f"council,year,children,source\n{rows}\n", "utf-8")
    with pytest.raises(BadFigures, match=words):
        load_checked(path, RAW["children"])


def test_an_emptied_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "children.csv").touch()
    with pytest.raises(BadFigures, match=r"children.csv cannot be read"):
        read_table(tmp_path / "children.csv")


# Tables from other people's machines ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"council,weight,weight\nLeeds,1,2\n", "line 1: found 2 columns 'weight'; expected one"),
        (b"council,weight,weight \nLeeds,1,2\n", "line 1: found 2 columns 'weight'; expected one"),
        (b"council;weight\nLeeds;1\n", "line 1: found cells separated by semicolons; expected by commas"),
        (b"council\tweight\nLeeds\t1\n", "line 1: found cells separated by tabs; expected by commas"),
        # A dash as Windows-1252 has it.
        (b"council,note\nLeeds,a\nYork,1 \x96 2\n", "line 3: found the byte 0x96, which is no UTF-8; Windows-1252.*save it as 'CSV UTF-8'"),
        (b"council,weight\nLeeds,1,2\n", "line 2: found more cells than headings"),
        (b"", "No columns to parse"),
        (b"\n\ncouncil,weight\nLeeds,1\n", "cannot be read"),
    ],
)
def test_a_table_that_would_be_read_as_another_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "own.csv").write_bytes(content)
    with pytest.raises(BadFigures, match=says):
        read_table(tmp_path / "own.csv")


@pytest.mark.parametrize(
    "content", [b"\xef\xbb\xbfcouncil,weight\r\nLeeds,1\r\n", b" council ,weight \nLeeds,1\n", b"council,weight,,\nLeeds,1,,\n"]
)
def test_what_a_spreadsheet_adds_to_a_table_does_not_change_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "own.csv").write_bytes(content)
    read = read_table(tmp_path / "own.csv")
    assert read[["council", "weight"]].to_dict("list") == {"council": ["Leeds"], "weight": ["1"]}


def test_a_table_of_ours_with_a_column_twice_is_refused_where_the_first_was_taken(store: Store) -> None:
    path = store.raw / "deflator.csv"
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([f"{lines[0]},deflator", *(f"{line},1" for line in lines[1:])]) + "\n", "utf-8")
    with pytest.raises(BadFigures, match="2 columns 'deflator'"):
        load_checked(path, RAW["deflator"])


def test_toml_with_the_mark_of_utf_8_is_read(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_bytes(b"\xef\xbb\xbfid = 'mine'\n")
    assert read_toml(tmp_path / "own.toml") == {"id": "mine"}
