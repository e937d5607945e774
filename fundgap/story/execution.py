"""Notebooks run afresh, some at a time, each in a kernel of its own."""

import asyncio
import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from fundgap.errors import FundgapError, NoData

AT_ONCE = 2
_TIMEOUT_SECONDS = 600
# Run before a notebook's own cells: charts come out with their words and figures, for the page to set.
_FIRST = "from fundgap.story.figure_page import hand_charts_on\nhand_charts_on()"

Tell = Callable[[str], None]


class FailedNotebook(FundgapError):
    """A notebook that stopped with an error while it was run."""


def execute(paths: Sequence[Path], tell: Tell = lambda text: None, at_once: int = AT_ONCE) -> list[dict[str, Any]]:
    """Return the notebooks run from the top, in the order of `paths`; the files themselves are left as they are.

    Parameters
    ----------
    tell
        Called with a line when a notebook is begun and when it is done.
    at_once
        How many kernels work side by side.

    Raises
    ------
    NoData
        When the packages that run notebooks are not installed.
    FailedNotebook
        With the cell's error; the other notebooks are stopped.
    """
    try:
        import nbclient  # noqa: F401
    except ImportError:
        raise NoData("Running notebooks needs more packages: pip install 'fundgap[notebooks]'.") from None
    run = _Run(paths, tell, at_once)
    # A thread with an event loop of its own: also inside a running notebook, and Ctrl-C stays with the main thread.
    with ThreadPoolExecutor(1) as thread:
        future = thread.submit(asyncio.run, run.all())
        try:
            return future.result()
        except KeyboardInterrupt:
            run.stop()
            raise


class _Run:
    """One run of several notebooks, which can be stopped from another thread."""

    def __init__(self, paths: Sequence[Path], tell: Tell, at_once: int) -> None:
        self._paths, self._tell = paths, tell
        self._places = asyncio.Semaphore(at_once)
        # Kernels share the processors; more threads than processors only wait for one another.
        self._environment = {"OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 1) // at_once))} | os.environ
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None

    async def all(self) -> list[dict[str, Any]]:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        tasks = [asyncio.create_task(self._one(path)) for path in self._paths]
        try:
            return list(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def stop(self) -> None:
        if self._loop is not None and self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)

    async def _one(self, path: Path) -> dict[str, Any]:
        import nbformat
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError

        notebook = nbformat.reads(path.read_text("utf-8"), as_version=4)
        notebook.cells.insert(0, nbformat.v4.new_code_cell(_FIRST))
        client = NotebookClient(
            notebook,
            timeout=_TIMEOUT_SECONDS,
            kernel_name="python3",
            extra_arguments=["--log-level=ERROR"],
            resources={"metadata": {"path": str(path.parent)}},
        )
        async with self._places:
            self._tell(f"running {path.name}")
            try:
                await client.async_execute(env=self._environment)
            except CellExecutionError as error:
                raise FailedNotebook(f"{path.name} stopped: {error}") from None
            self._tell(f"{path.name} is done")
        del notebook.cells[0]
        result: dict[str, Any] = json.loads(nbformat.writes(notebook))
        return result
