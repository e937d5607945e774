"""Notebooks as readable chapters: run afresh, code folded away, figures with their alternative text."""

import html
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fundgap.errors import FundgapError, NoData

_TIMEOUT_SECONDS = 600


class FailedNotebook(FundgapError):
    """A notebook that stopped with an error while it was run."""


def notebooks_in(folder: Path) -> list[Path]:
    """Return the chapters of a folder, in order.

    Raises
    ------
    NoData
        When there are none.
    """
    found = sorted(folder.glob("[0-9][0-9]_*.ipynb"))
    if not found:
        raise NoData(f"No notebooks in {folder}.")
    return found


def execute(path: Path) -> dict[str, Any]:
    """Return the notebook run from the top in a fresh kernel; the file itself is left as it is.

    Raises
    ------
    NoData
        When the packages that run notebooks are not installed.
    FailedNotebook
        With the cell's error.
    """
    try:
        import nbformat
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError
    except ImportError:
        raise NoData("Running notebooks needs more packages: pip install 'fundgap[notebooks]'.") from None
    notebook = nbformat.reads(path.read_text("utf-8"), as_version=4)
    client = NotebookClient(
        notebook,
        timeout=_TIMEOUT_SECONDS,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(path.parent)}},
    )
    try:
        client.execute()
    except CellExecutionError as error:
        raise FailedNotebook(f"{path.name} stopped: {error}") from None
    result: dict[str, Any] = json.loads(nbformat.writes(notebook))
    return result


def title_of(notebook: dict[str, Any]) -> str:
    """Return the first heading of a notebook."""
    lines = (line for cell in notebook["cells"] if cell["cell_type"] == "markdown" for line in "".join(cell["source"]).splitlines())
    return next((line.removeprefix("# ").strip() for line in lines if line.startswith("# ")), "Untitled")


def body_of(notebook: dict[str, Any]) -> str:
    """Return a notebook as HTML: prose as prose, code in folds, tables and figures in the open."""
    return "\n".join(part for cell in notebook["cells"] for part in _cell(cell))


def _cell(cell: dict[str, Any]) -> Iterator[str]:
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        from nbconvert.filters import markdown2html

        yield str(markdown2html(source)).replace("&#182;", "").replace("¶", "")
    elif cell["cell_type"] == "code" and source.strip():
        yield f"<details><summary>Code</summary><pre><code>{html.escape(source)}</code></pre></details>"
        for output in cell["outputs"]:
            yield f'<div class="output">{_output(output)}</div>'


def _output(output: dict[str, Any]) -> str:
    if output["output_type"] == "stream":
        return f"<pre>{html.escape(''.join(output['text']))}</pre>"
    data = {kind: "".join(value) if isinstance(value, list) else value for kind, value in output.get("data", {}).items()}
    if "image/png" in data:
        alt = html.escape(data.get("text/plain", ""), quote=True)
        return f'<figure><img src="data:image/png;base64,{data["image/png"].strip()}" alt="{alt}"></figure>'
    if "text/html" in data:
        return f'<div class="scroll" tabindex="0" role="region" aria-label="Table">{data["text/html"]}</div>'
    return f"<pre>{html.escape(data.get('text/plain', ''))}</pre>"
