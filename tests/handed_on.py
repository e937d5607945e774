"""What notebooks show while nbval checks them is kept for the tests of the report's pages, so that `make test` runs each of them once.

A plugin of pytest, loaded by `make notebooks`. It acts where FUNDGAP_EXECUTED names an empty folder, as `make test` has it; `already_run`
then takes the place of a run of its own in a report.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

_FOLDER = "FUNDGAP_EXECUTED"
# As a notebook begins that is run for a report: charts come out with their words and figures. nbval has no place for a first cell.
_FIRST = "from fundgap.story.execution import hand_charts_on\nhand_charts_on()\n"


def kept() -> Path | None:
    """Return the folder of notebooks that have been run; None where nobody has run them."""
    return Path(os.environ[_FOLDER]) if os.environ.get(_FOLDER) else None


@contextmanager
def already_run(paths: Sequence[Path], *_: object) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Give notebooks as `fundgap.story.execution.executing` does, from what nbval's run of them has left."""
    folder = kept()
    assert folder is not None
    yield lambda: [json.loads((folder / path.name).read_text("utf-8")) for path in paths]


def _is_cell(item: pytest.Item | None) -> bool:
    return type(item).__name__ == "IPyNbCell"


def pytest_configure() -> None:
    if folder := kept():
        (folder / "first.py").write_text(_FIRST, "utf-8")
        os.environ["PYTHONSTARTUP"] = str(folder / "first.py")


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Have nbval pass over what is handed on, as it does over pictures: the words of a chart are compared."""
    from fundgap.story.figure_page import KIND

    for notebook in {item.parent for item in items if _is_cell(item)}:
        notebook.skip_compare += (KIND,)


def pytest_runtest_teardown(item: Any, nextitem: Any) -> None:
    """Keep what a cell has shown, and the notebook with its last one."""
    import nbformat

    folder = kept()
    if folder is None or not _is_cell(item):
        return
    item.cell.outputs = item.test_outputs or []
    if nextitem is None or nextitem.parent is not item.parent:
        (folder / item.path.name).write_text(nbformat.writes(item.parent.nb), "utf-8")
