"""Notebooks run afresh, some at a time, each in a kernel of its own."""

import asyncio
import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundgap.errors import FundgapError, NoData

if TYPE_CHECKING:
    from fundgap.story.chart import Chart

# How many kernels work side by side.
_AT_ONCE = 2
_TIMEOUT_SECONDS = 600
_PAUSE_SECONDS = 0.2
# Run before a notebook's own cells: charts come out with their words and figures, for the page to set.
_FIRST = "from fundgap.story.execution import hand_charts_on\nhand_charts_on()"

Tell = Callable[[str], None]


class FailedNotebook(FundgapError):
    """A notebook that stopped with an error while it was run."""


@contextmanager
def executing(paths: Sequence[Path], tell: Tell = lambda text: None) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Run notebooks from the top beside what the body does meanwhile; what is yielded waits for them and returns them.

    They come back in the order of `paths`; the files themselves are left as they are. Where the body ends by an error, or by Ctrl-C,
    the kernels are stopped.

    Parameters
    ----------
    tell
        Called with a line when a notebook is begun and when it is done.

    Raises
    ------
    NoData
        When the packages that run notebooks are not installed.
    FailedNotebook
        With the cell's error, when they are waited for; the other notebooks are stopped.
    """
    try:
        import nbclient  # noqa: F401
    except ImportError:
        raise NoData("Running notebooks needs more packages: pip install 'fundgap[notebooks]'.") from None
    run = _Run(paths, tell)
    # A thread with an event loop of its own: also inside a running notebook, and Ctrl-C stays with the main thread.
    with ThreadPoolExecutor(1) as thread:
        future = thread.submit(asyncio.run, run.all())
        try:
            yield future.result
        except BaseException:
            if not future.done():
                run.stop()
            raise


def hand_charts_on() -> None:
    """Let the running notebook hand its charts on as data for the report's pages; drawing is imported with the first chart."""
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    formatter = shell.display_formatter
    formatter.mimebundle_formatter.for_type_by_name("fundgap.story.chart", "Chart", _handed_on)
    # The picture is in what is handed on.
    formatter.formatters["image/png"].for_type_by_name("fundgap.story.chart", "Chart", lambda _: None)


def _handed_on(chart: "Chart", **_: object) -> dict[str, dict[str, str]]:
    from fundgap.story.figure_page import KIND, bundle

    return {KIND: bundle(chart)}


def _read(path: Path) -> Any:
    import nbformat

    return nbformat.reads(path.read_text("utf-8"), as_version=4)


class _Run:
    """One run of several notebooks, which can be stopped from another thread."""

    def __init__(self, paths: Sequence[Path], tell: Tell) -> None:
        self._paths, self._tell = paths, tell
        self._places = asyncio.Semaphore(_AT_ONCE)
        # Kernels share the processors; more threads than processors only wait for one another.
        self._environment = {"OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 1) // _AT_ONCE))} | os.environ
        self._clients: list[Any] = []
        self._stopping = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None

    async def all(self) -> list[dict[str, Any]]:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        # The longest first: begun last, it would go on alone when the others are done. That of most cells takes longest as a rule.
        notebooks = [_read(path) for path in self._paths]
        order = sorted(range(len(notebooks)), key=lambda place: -len(notebooks[place].cells))
        begun = {place: asyncio.create_task(self._one(self._paths[place], notebooks[place])) for place in order}
        tasks = [begun[place] for place in range(len(notebooks))]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            await self._end(tasks)
        failed = next((task for task in done if task.exception()), None)
        return [task.result() for task in ([failed] if failed else tasks)]

    def stop(self) -> None:
        self._stopping = True
        if self._loop is not None and self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)

    async def _end(self, tasks: Sequence[asyncio.Task[Any]]) -> None:
        """Kill the kernels of notebooks still running, and let each clean up behind itself: cancelled, it might leave its kernel."""
        self._stopping = True
        while pending := [task for task in tasks if not task.done()]:
            for client in self._clients:
                if client.km is not None and client.km.has_kernel:
                    await client.km.shutdown_kernel(now=True)
            await asyncio.wait(pending, timeout=_PAUSE_SECONDS)
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _one(self, path: Path, notebook: Any) -> dict[str, Any]:
        import nbformat
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError

        notebook.cells.insert(0, nbformat.v4.new_code_cell(_FIRST))
        client = NotebookClient(
            notebook,
            timeout=_TIMEOUT_SECONDS,
            kernel_name="python3",
            extra_arguments=["--log-level=ERROR"],
            resources={"metadata": {"path": str(path.parent)}},
        )
        async with self._places:
            if self._stopping:
                raise FailedNotebook(f"{path.name} was not run.")
            self._clients.append(client)
            self._tell(f"running {path.name}")
            try:
                await client.async_execute(env=self._environment)
            except CellExecutionError as error:
                raise FailedNotebook(f"{path.name} stopped: {error}") from None
            self._tell(f"{path.name} is done")
        del notebook.cells[0]
        result: dict[str, Any] = json.loads(nbformat.writes(notebook))
        return result
