"""What keeps a stored notebook honest: nbval compares outputs, these compare how they came to be."""

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SKIPPING = re.compile(r"NBVAL_|PYTEST_VALIDATE_IGNORE|raises-exception|nbval-")


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> Any:
    return nbformat.reads(request.param.read_text("utf-8"), as_version=4)


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_the_chapters_of_this_release_are_there() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["01_data", "02_spend", "03_ratings", "04_gap", "05_funds", "06_journeys", "07_claims"]


def test_cells_were_run_in_order_and_none_is_stripped(notebook: Any) -> None:
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))


def test_no_cell_is_skipped_or_allowed_to_fail(notebook: Any) -> None:
    for cell in code_cells(notebook):
        assert not SKIPPING.search(cell.source + str(cell.metadata))
        assert "outputs_hidden" not in cell.metadata


def test_no_error_and_nothing_on_stderr_is_stored(notebook: Any) -> None:
    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    assert [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"] == []


def test_every_expression_shows_a_stored_output(notebook: Any) -> None:
    for cell in code_cells(notebook):
        last = cell.source.splitlines()[-1]
        shows = not re.match(r"(\w+ = |import |from |assert |\s|[)\]}])", last)
        assert bool(cell.outputs) == shows, last


def test_the_kernel_is_python3(notebook: Any) -> None:
    assert notebook.metadata.kernelspec.name == "python3"


def test_the_last_cell_asserts_the_headline(notebook: Any) -> None:
    last = code_cells(notebook)[-1]
    assert notebook.cells[-1] == last
    assert len(re.findall(r"^assert ", last.source, flags=re.MULTILINE)) >= 3
    assert not last.outputs


def test_the_story_stands_without_the_code(notebook: Any) -> None:
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert prose.startswith("# ")
    assert "**Question.**" in prose
    assert "not be concluded" in prose


def test_a_notebook_tells_and_the_library_computes(notebook: Any) -> None:
    source = "\n".join(cell.source for cell in code_cells(notebook))
    assert not re.search(r"^\s*(def|class|for|while) |lambda|matplotlib|plt\.|rcParams", source, flags=re.MULTILINE)
    assert not re.search(r"(?:/[\w.-]+){2,}|[A-Z]:\\", source), "a path"


def test_every_picture_has_an_alternative_text(notebook: Any) -> None:
    for cell in code_cells(notebook):
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                assert output.data["text/plain"].startswith("Chart: ")
