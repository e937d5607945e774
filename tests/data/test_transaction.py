"""Several files written as one: whatever happens in between, a folder is the old or the new."""

import contextlib
import os
import stat
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from fundgap.data import transaction
from fundgap.data.store import Store
from fundgap.data.transaction import settle, write_all
from fundgap.errors import Overtaken

OLD = {"a.csv": "old a", "b.csv": "old b"}
NEW = {"a.csv": "new a\n£\n", "b.csv": "new b", "c.csv": "new c"}


def contents(folder: Path) -> dict[str, str]:
    """The folder's files; the lock that the operating system holds is none of ours."""
    return {path.name: path.read_text("utf-8") for path in folder.iterdir() if path.name != ".lock"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in OLD.items():
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def test_all_files_are_written_in_utf_8_with_plain_line_ends(folder: Path) -> None:
    write_all(folder, NEW)
    assert contents(folder) == NEW
    assert (folder / "a.csv").read_bytes() == b"new a\n\xc2\xa3\n"


def test_a_new_folder_is_made(tmp_path: Path) -> None:
    write_all(tmp_path / "new" / "processed", NEW)
    assert contents(tmp_path / "new" / "processed") == NEW


class Killed(BaseException):
    """Stands for the end of the process: nothing after it runs."""


def steps_before(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Let `count` file operations happen, and none after."""
    left = [count]

    def counted(real):  # type: ignore[no-untyped-def]
        def step(*arguments, **options):  # type: ignore[no-untyped-def]
            if left[0] <= 0:
                raise Killed
            left[0] -= 1
            return real(*arguments, **options)

        return step

    for owner, name in ((Path, "replace"), (Path, "rename"), (Path, "mkdir"), (os, "fsync"), (transaction.shutil, "rmtree")):
        monkeypatch.setattr(owner, name, counted(getattr(owner, name)))


@pytest.mark.parametrize("count", range(16))
def test_a_process_killed_at_any_step_leaves_the_old_or_the_new(folder: Path, count: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        steps_before(patch, count)
        with contextlib.suppress(Killed):
            write_all(folder, NEW)
    settle(folder)
    left = {name: text for name, text in contents_below(folder).items() if not name.startswith(".staging")}
    assert left in (OLD, NEW)
    write_all(folder, NEW)
    assert contents(folder) == NEW


def contents_below(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != ".lock"]
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in files}


def test_the_steps_above_reach_from_the_old_to_the_new(tmp_path: Path) -> None:
    outcomes = []
    for count in range(16):
        folder = tmp_path / str(count)
        folder.mkdir()
        for name, text in OLD.items():
            (folder / name).write_text(text, "utf-8")
        with pytest.MonkeyPatch.context() as patch:
            steps_before(patch, count)
            with contextlib.suppress(Killed):
                write_all(folder, NEW)
        settle(folder)
        outcomes.append((folder / "a.csv").read_text("utf-8") == NEW["a.csv"])
    assert outcomes == sorted(outcomes)
    assert set(outcomes) == {False, True}


def test_opening_a_store_finishes_what_an_interrupted_write_had_decided(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    (raw / ".staged").mkdir(parents=True)
    (raw / "a.csv").write_text("old a", "utf-8")
    (raw / ".staged" / "0").write_text("new a", "utf-8")
    (raw / ".staged" / "plan.json").write_text('["a.csv"]', "utf-8")
    Store(tmp_path)
    assert contents(raw) == {"a.csv": "new a"}


def test_work_based_on_a_file_that_has_changed_meanwhile_is_not_written(folder: Path) -> None:
    def changed() -> list[str]:
        return [] if (folder / "a.csv").read_text("utf-8") == "old a" else ["a.csv"]

    write_all(folder, {"b.csv": "mine"}, changed=changed)
    (folder / "a.csv").write_text("theirs", "utf-8")
    with pytest.raises(Overtaken, match=r"a\.csv"):
        write_all(folder, {"b.csv": "mine again"}, changed=changed)
    assert contents(folder) == {"a.csv": "theirs", "b.csv": "mine"}


def test_whether_work_is_overtaken_is_asked_while_no_other_writer_can_come_between(folder: Path) -> None:
    def changed() -> list[str]:
        with pytest.raises(Timeout):
            FileLock(folder / ".lock", timeout=0).acquire()
        return []

    write_all(folder, NEW, changed=changed)
    assert contents(folder) == NEW


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")
def test_a_written_file_keeps_its_permissions_and_a_new_one_is_for_everyone_to_read(folder: Path) -> None:
    (folder / "a.csv").chmod(0o660)
    write_all(folder, NEW)
    assert stat.S_IMODE((folder / "a.csv").stat().st_mode) == 0o660
    assert stat.S_IMODE((folder / "c.csv").stat().st_mode) & 0o444 == 0o444
