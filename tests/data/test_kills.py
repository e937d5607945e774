"""Processes killed outright, at random moments of an ingest and of a build: the figures are the old or the new, every time."""

import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import layouts
import pytest

from fundgap.data.ingest import ingest
from fundgap.data.panel import build, council_years
from fundgap.data.store import Store
from fundgap.errors import BadFigures

KILLS_OF_INGEST, KILLS_OF_BUILD, KILLS_OF_BOTH = 140, 45, 20
SEED = 20190401

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system: a process cannot be killed at a chosen moment")


def contents(folder: Path) -> dict[str, bytes]:
    """The figures; hidden files are an unfinished write's own, which the next one clears away."""
    files = [
        path for path in folder.rglob("*") if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def killed_after(seconds: float | None, work: Callable[[], object]) -> None:
    """Run the work in a process of its own and kill it after a while, if it still runs; let it finish where no time is given."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def survivors(old: Path, work: Callable[[Path], object], tmp_path: Path, kills: int) -> dict[str, int]:
    """Kill the work on copies of a folder at random moments; count what was left, and fail on anything between.

    How many kills come before and how many after the change depends on the machine, so only what is left is judged; that work
    left alone does change the folder is seen first.
    """
    finished = Path(shutil.copytree(old, tmp_path / "finished"))
    start = time.perf_counter()
    killed_after(None, lambda: work(finished))
    whole = time.perf_counter() - start
    before, after = contents(old), contents(finished)
    assert before != after
    chance, counts = random.Random(SEED), {"old": 0, "new": 0}  # noqa: S311
    for number in range(kills):
        folder = Path(shutil.copytree(old, tmp_path / str(number)))
        # Half of the kills over the whole run, half around its end, where the writing is.
        moment = chance.uniform(0, 1.2) if number % 2 else chance.uniform(0.7, 1.6)
        killed_after(moment * whole, lambda folder=folder: work(folder))  # type: ignore[misc]
        Store(folder)
        left = contents(folder)
        assert left in (before, after), f"between the old and the new after {moment * whole:.4f} s"
        counts["new" if left == after else "old"] += 1
        shutil.rmtree(folder)
    return counts


def test_an_ingest_killed_at_any_moment_leaves_the_old_or_the_new_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = layouts.registers_only(tmp_path / "old")
    first = layouts.deflator()
    ingest(first.save(tmp_path), first.source, store)
    revised = layouts.deflator()
    revised.put(12, revised.rows[0][1], "100.5")
    path = revised.save(tmp_path)
    counts = survivors(store.root, lambda folder: ingest(path, revised.source, Store(folder)), tmp_path, KILLS_OF_INGEST)
    with capsys.disabled():
        print(f"\n{KILLS_OF_INGEST} kills of an ingest: {counts}")
    assert counts["old"] > 0


def test_a_build_killed_at_any_moment_leaves_the_old_or_the_new_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # A small panel builds fast: the figures of two councils. What a build imports is imported here, once, and not in each child.
    old = layouts.two_councils(tmp_path / "old").root
    build(old / "raw", tmp_path / "imported")
    shutil.rmtree(old / "processed", ignore_errors=True)
    (old / "processed").mkdir()
    counts = survivors(old, lambda folder: build(folder / "raw", folder / "processed"), tmp_path, KILLS_OF_BUILD)
    with capsys.disabled():
        print(f"\n{KILLS_OF_BUILD} kills of a build: {counts}")
    assert counts["old"] > 0


def test_an_ingest_killed_before_its_build_leaves_tables_that_are_refused_and_mended_by_the_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, draft = layouts.two_councils(tmp_path / "old"), layouts.section251("2012-13", councils=layouts.TWO_COUNCILS)
    build(old.raw, old.processed)
    path = draft.save(tmp_path)
    finished = Path(shutil.copytree(old.root, tmp_path / "finished"))
    start = time.perf_counter()
    killed_after(None, lambda: ingest(path, draft.source, Store(finished)))
    whole = time.perf_counter() - start
    before, after = contents(old.root), contents(finished)
    between = {name: (after if name.startswith("raw") else before)[name] for name in before}
    assert before["processed/council_years.csv"] != after["processed/council_years.csv"]
    chance, counts = random.Random(SEED), {"old": 0, "between": 0, "new": 0}  # noqa: S311
    for number in range(KILLS_OF_BOTH):
        folder = Path(shutil.copytree(old.root, tmp_path / str(number)))
        killed_after(chance.uniform(0.2, 1.2) * whole, lambda folder=folder: ingest(path, draft.source, Store(folder)))  # type: ignore[misc]
        store, left = Store(folder), contents(folder)
        state = "old" if left == before else "new" if left == after else "between"
        counts[state] += 1
        if state == "between":
            assert left == between
            with pytest.raises(BadFigures, match="changed since the build"):
                council_years(store)
            build(store.raw, store.processed)
            assert contents(folder) == after
        council_years(store)
        shutil.rmtree(folder)
    with capsys.disabled():
        print(f"\n{KILLS_OF_BOTH} kills of an ingest with its build: {counts}")
    assert counts["between"] > 0
