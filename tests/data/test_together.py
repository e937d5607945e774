"""Processes that ingest and build at the same time: what is left is what they leave one after the other."""

import os
import shutil
import traceback
from collections.abc import Callable
from pathlib import Path

import layouts
import pytest

from fundgap.data.ingest import ingest
from fundgap.data.panel import build, council_years
from fundgap.data.store import Store
from fundgap.errors import Overtaken

ROUNDS = 3

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("[a-z]*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def started(work: Callable[[], object]) -> int:
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return child


def until_taken_in(path: Path, source: str, folder: Path) -> None:
    while True:
        try:
            ingest(path, source, Store(folder))
        except Overtaken:
            continue
        return


def built_often(folder: Path) -> None:
    for _ in range(3):
        build(folder / "raw", folder / "processed")


def test_two_ingests_and_a_build_at_once_leave_what_they_leave_one_after_the_other(tmp_path: Path) -> None:
    old = layouts.two_councils(tmp_path / "old")
    drafts = [layouts.section251(year, councils=layouts.TWO_COUNCILS) for year in ("2012-13", "2013-14")]
    paths = [(draft.save(tmp_path), draft.source) for draft in drafts]
    expected = []
    for number, order in enumerate((paths, paths[::-1])):
        folder = Path(shutil.copytree(old.root, tmp_path / f"in turn {number}"))
        for path, source in order:
            until_taken_in(path, source, folder)
        expected.append(contents(folder))
    assert expected[0] == expected[1] != contents(old.root)
    for number in range(ROUNDS):
        folder = Path(shutil.copytree(old.root, tmp_path / str(number)))
        children = [started(lambda path=path, source=source, folder=folder: until_taken_in(path, source, folder)) for path, source in paths]  # type: ignore[misc]
        children.append(started(lambda folder=folder: built_often(folder)))  # type: ignore[misc]
        assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
        assert contents(folder) == expected[0]
        council_years(Store(folder))
        shutil.rmtree(folder)
