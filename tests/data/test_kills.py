"""Processes killed outright, at every step of an ingest and of a build and at random moments: the figures are the old or the new.

What a killed process leaves is what was on disk at that moment, and the disk changes only where a file is opened, written, moved
or cleared away. So the work is done once, each of those states is kept on the way, and all are judged. Some processes are killed
in earnest as well, because only then does the operating system drop what they held.
"""

import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import layouts
import pytest

from fundgap.data.ingest import ingest
from fundgap.data.panel import build, council_years
from fundgap.data.store import Store
from fundgap.errors import BadFigures

KILLS_OF_INGEST, KILLS_OF_BUILD = 30, 10
SEED = 20190401
# What Python tells of before it changes a folder; a file opened for reading changes nothing.
CHANGES = ("open", "os.rename", "os.mkdir", "os.rmdir", "os.remove", "os.chmod", "os.truncate", "os.link", "os.symlink")
FOR_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system: a process cannot be killed at a chosen moment")


def everything(folder: Path) -> dict[str, bytes | None]:
    """Every file and folder, hidden ones included."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def contents(folder: Path) -> dict[str, bytes]:
    """The figures; hidden files are an unfinished write's own, which the next one clears away."""
    files = {name: content for name, content in everything(folder).items() if content is not None}
    return {name: content for name, content in files.items() if not any(part.startswith(".") for part in Path(name).parts)}


def child(work: Callable[[], object]) -> int:
    """Begin the work in a process of its own, and return its number."""
    number = os.fork()
    if number == 0:
        try:
            work()
        except BaseException as error:
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
            os._exit(1)
        os._exit(0)
    return number


def finished(work: Callable[[], object]) -> None:
    assert os.waitpid(child(work), 0)[1] == 0


class States:
    """Keeps a folder as it is before each step that changes it: what a kill at that moment would leave."""

    def __init__(self, folder: Path, kept: Path) -> None:
        self.folder, self.kept, self.last, self.opened, self.is_looking = folder, kept, everything(folder), Path(), False

    def watch(self) -> None:
        """Look at every step from here on; nothing makes Python stop, so the process must be one of its own."""
        sys.addaudithook(self.step)
        flush = os.fsync

        def looked_at(file: int) -> None:
            # No event tells that a file has been written: it is looked at when it is to be flushed, whole and half written.
            self.keep()
            self.keep(torn=self.opened)
            flush(file)

        os.fsync = looked_at

    def step(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.is_looking or event not in CHANGES or (event == "open" and not int(str(arguments[2])) & FOR_WRITING):
            return
        self.keep()
        if event == "open":
            self.opened = Path(str(arguments[0]))

    def keep(self, torn: Path | None = None) -> None:
        """Keep a copy, unless nothing has changed; `torn` is a file to be cut in half in it."""
        self.is_looking = True
        now = everything(self.folder)
        if now != self.last or torn:
            copy = Path(shutil.copytree(self.folder, self.kept / f"{len(list(self.kept.iterdir())):03d}"))
            if torn:
                os.truncate(copy / torn.relative_to(self.folder), torn.stat().st_size // 2)
        self.last, self.is_looking = now, False


def states(work: Callable[[Path], object], old: Path, tmp_path: Path) -> tuple[list[Path], dict[str, bytes]]:
    """Do the work once on a copy of a folder; return the copy as it was at every step, and what it holds at the end."""
    folder, kept = Path(shutil.copytree(old, tmp_path / "watched")), tmp_path / "kept"
    kept.mkdir()

    def watched() -> None:
        keeper = States(folder, kept)
        keeper.watch()
        work(folder)
        keeper.keep()

    finished(watched)
    return sorted(kept.iterdir()), contents(folder)


def killed(work: Callable[[Path], object], old: Path, tmp_path: Path, kills: int, after: dict[str, bytes]) -> dict[str, int]:
    """Kill the work in earnest on copies of a folder at random moments; count what was left, and fail on anything between.

    How many kills come before and how many after the change depends on the machine, so only what is left is judged.
    """
    whole_run = Path(shutil.copytree(old, tmp_path / "whole run"))
    start = time.perf_counter()
    finished(lambda: work(whole_run))
    whole = time.perf_counter() - start
    chance, counts = random.Random(SEED), {"old": 0, "new": 0}  # noqa: S311
    for number in range(kills):
        folder = Path(shutil.copytree(old, tmp_path / str(number)))
        # Half of the kills over the whole run, half around its end, where the writing is.
        moment = chance.uniform(0, 1.2) if number % 2 else chance.uniform(0.7, 1.6)
        process = child(lambda folder=folder: work(folder))  # type: ignore[misc]
        time.sleep(moment * whole)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        Store(folder)
        left = contents(folder)
        assert left in (contents(old), after), f"between the old and the new after {moment * whole:.4f} s"
        counts["new" if left == after else "old"] += 1
        # What a killed process held is free again: the next one comes to the end.
        if number == 0:
            work(folder)
            assert contents(folder) == after
        shutil.rmtree(folder)
    return counts


def judged(work: Callable[[Path], object], old: Path, tmp_path: Path, kills: int) -> str:
    """Hold every state of the work to the old and the new figures, and then kill it in earnest; say how it went."""
    before, (kept, after) = contents(old), states(work, old, tmp_path)
    assert before != after
    lefts = []
    for state in kept:
        Store(state)
        left = contents(state)
        assert left in (before, after), f"between the old and the new at step {state.name}"
        lefts.append("new" if left == after else "old")
    # All steps up to one leave the old figures, all from there on the new.
    assert lefts == sorted(lefts, reverse=True)
    assert {"old", "new"} == set(lefts)
    counts = killed(work, old, tmp_path, kills, after)
    assert counts["old"] > 0
    return f"{len(kept)} states: {lefts.count('old')} old, {lefts.count('new')} new; {kills} kills: {counts}"


def test_an_ingest_killed_at_any_moment_leaves_the_old_or_the_new_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = layouts.registers_only(tmp_path / "old")
    first = layouts.deflator()
    ingest(first.save(tmp_path), first.source, store)
    revised = layouts.deflator()
    revised.put(12, revised.rows[0][1], "100.5")
    path = revised.save(tmp_path)
    told = judged(lambda folder: ingest(path, revised.source, Store(folder)), store.root, tmp_path, KILLS_OF_INGEST)
    with capsys.disabled():
        print(f"\nAn ingest, {told}")


def test_a_build_killed_at_any_moment_leaves_the_old_or_the_new_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # A small panel builds fast: the figures of two councils. What a build imports is imported here, once, and not in each child.
    old = layouts.two_councils(tmp_path / "old").root
    build(old / "raw", tmp_path / "imported")
    shutil.rmtree(old / "processed", ignore_errors=True)
    (old / "processed").mkdir()
    told = judged(lambda folder: build(folder / "raw", folder / "processed"), old, tmp_path, KILLS_OF_BUILD)
    with capsys.disabled():
        print(f"\nA build, {told}")


def test_an_ingest_killed_before_its_build_leaves_tables_that_are_refused_and_mended_by_the_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, draft = layouts.two_councils(tmp_path / "old"), layouts.section251("2012-13", councils=layouts.TWO_COUNCILS)
    build(old.raw, old.processed)
    path = draft.save(tmp_path)
    kept, after = states(lambda folder: ingest(path, draft.source, Store(folder)), old.root, tmp_path)
    before = contents(old.root)
    between = {name: (after if name.startswith("raw") else before)[name] for name in before}
    assert before["processed/council_years.csv"] != after["processed/council_years.csv"]
    lefts = []
    for state in kept:
        store, left = Store(state), contents(state)
        lefts.append("1 old" if left == before else "3 new" if left == after else "2 between")
        if lefts[-1] == "2 between":
            assert left == between
            with pytest.raises(BadFigures, match="changed since the build"):
                council_years(store)
            # The next build mends it, whatever the killed one had begun: tried at the first such step and at the last.
            if lefts.count("2 between") == 1 or (state / "processed" / ".staging" / "plan.json").is_file():
                build(store.raw, store.processed)
                assert contents(state) == after
        else:
            council_years(store)
    assert lefts == sorted(lefts)
    counts = {name: lefts.count(name) for name in sorted(set(lefts))}
    assert len(counts) == 3
    with capsys.disabled():
        print(f"\nAn ingest with its build, {len(kept)} states: {counts}")
