"""The store: where figures lie, and files that are whole or not there."""

import os
import stat
from pathlib import Path

import pandas as pd
import pytest

from fundgap.data import store as store_module
from fundgap.data.store import Store, default_store, read_table, sha256, table_text, write_text
from fundgap.errors import NoData


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


def test_text_is_written_as_it_is_in_utf_8_with_plain_line_ends(tmp_path: Path) -> None:
    write_text(tmp_path / "new" / "table.csv", "a\n£\n")
    assert (tmp_path / "new" / "table.csv").read_bytes() == b"a\n\xc2\xa3\n"
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["table.csv"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, step: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text("old")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(store_module.os, step, fail)
    with pytest.raises(OSError, match="disk full"):
        write_text(path, "new")
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"table.csv": "old"}


def test_an_interrupted_write_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(store_module.os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_text(tmp_path / "table.csv", "new")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")
def test_a_written_file_keeps_its_permissions_and_a_new_one_is_for_everyone_to_read(tmp_path: Path) -> None:
    shared, new = tmp_path / "shared.csv", tmp_path / "new.csv"
    shared.write_text("old")
    shared.chmod(0o660)
    write_text(shared, "new")
    write_text(new, "new")
    assert stat.S_IMODE(shared.stat().st_mode) == 0o660
    assert stat.S_IMODE(new.stat().st_mode) == 0o644


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


def test_a_table_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoData, match=r"spend\.csv is not there"):
        read_table(tmp_path / "spend.csv")


def test_every_committed_table_is_plain_text_that_can_be_compared_line_by_line() -> None:
    for path in (Path(__file__).parents[2] / "data").rglob("*.*"):
        text = path.read_bytes()
        assert b"\r" not in text, path.name
        assert text.endswith(b"\n"), path.name
        assert text.decode("utf-8"), path.name
