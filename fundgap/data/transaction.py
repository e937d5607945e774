"""Several files written as one: killed at any instant, a folder is the old or the new, never between.

The new files are staged and flushed to disk in a hidden folder, whose renaming is the moment of change; after it, whoever
comes next finishes the moving. A lock that the operating system drops with its process keeps two writers apart.
"""

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from filelock import FileLock

from fundgap.errors import Overtaken

STAGING, STAGED, _LOCK, _PLAN = ".staging", ".staged", ".lock", "plan.json"


def write_all(folder: Path, texts: Mapping[str, str] | Mapping[str, str | bytes], changed: Callable[[], Sequence[str]] = tuple) -> None:
    """Write the texts, by file name within the folder, all or none; bytes are written as they are.

    Parameters
    ----------
    changed
        Asked when no other writer can come between: which files that the texts were made from have changed since. If any has,
        nothing is written.

    Raises
    ------
    OSError
        When the disk refuses; the folder's files are then as they were.
    Overtaken
        When a file that the texts were made from has changed meanwhile.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / _LOCK):
        _settle(folder)
        names = changed()
        if names:
            raise Overtaken(f"{', '.join(names)} changed while this was worked out. Nothing was written; run it again.")
        staging = folder / STAGING
        try:
            staging.mkdir()
            for number, text in enumerate(texts.values()):
                _write(staging / str(number), text)
            _write(staging / _PLAN, json.dumps(list(texts)))
            staging.rename(folder / STAGED)
        except BaseException:
            shutil.rmtree(staging, ignore_errors=True)
            raise
        _settle(folder)


def settle(folder: Path) -> None:
    """Finish what an interrupted `write_all` had decided on, and clear away what it had not."""
    if (folder / STAGED).is_dir():
        with FileLock(folder / _LOCK):
            _settle(folder)


def _settle(folder: Path) -> None:
    shutil.rmtree(folder / STAGING, ignore_errors=True)
    staged = folder / STAGED
    if not staged.is_dir():
        return
    plan = staged / _PLAN
    names = json.loads(plan.read_text("utf-8")) if plan.is_file() else []
    for number, name in enumerate(names):
        new, old = staged / str(number), folder / name
        # A plan names files of this folder; one that names another place is not ours to follow.
        if new.is_file() and Path(name).name == name:
            if old.exists():
                new.chmod(old.stat().st_mode & 0o777)
            new.replace(old)
    # Everything has been moved: the plan is all that is left, and losing it half-way loses nothing.
    shutil.rmtree(staged)


def _write(path: Path, content: str | bytes) -> None:
    with path.open("wb") as file:
        file.write(content.encode("utf-8") if isinstance(content, str) else content)
        file.flush()
        os.fsync(file.fileno())
