"""Every public name has an example in its docstring, and every example is true."""

import doctest
import importlib
import inspect
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

import fundgap
from fundgap.shown import Shown

NAMES = [name for name in fundgap.__all__ if not name.startswith("__")]
# Public names that need no example yet. It is empty, and may only become so again.
WITHOUT_EXAMPLE: set[str] = set()
# Examples that are shown and not run: they write files or take long. Tests of their own run them.
NOT_RUN = {"build", "early_warning", "report", "specification_curve"}
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def doctests(name: str) -> doctest.DocTest | None:
    item = getattr(fundgap, name)
    found = doctest.DocTestFinder(recurse=False).find(item, name, globs={})
    return next((test for test in found if test.examples), None)


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_has_an_example(name: str) -> None:
    assert doctests(name) is not None or name in WITHOUT_EXAMPLE, (
        f"fundgap.{name} has no example in its docstring: add a section 'Examples' with lines '>>> …' that show a published figure "
        "or plain arithmetic."
    )


@cache
def held(name: str) -> pd.DataFrame:
    """Return a table of the figures in use, as its own function gives it."""
    table: pd.DataFrame = getattr(importlib.import_module("fundgap.data.panel"), name)()
    return table


def read_once(name: str) -> Callable[..., pd.DataFrame]:
    """Return the function of a table so that examples by the dozen read it once: every one gets a copy of its own."""
    function = getattr(importlib.import_module("fundgap.data.panel"), name)
    return lambda *given, **named: function(*given, **named) if given or named else held(name).copy()


@pytest.mark.parametrize("name", [name for name in NAMES if doctests(name)])
def test_examples_are_true(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    test = doctests(name)
    assert test is not None
    for table in {"council_years", "inspections"} - {name}:
        monkeypatch.setattr(fundgap, table, read_once(table))
    monkeypatch.chdir(tmp_path)
    said: list[str] = []
    found = doctest.DocTestRunner(optionflags=FLAGS).run(test, out=said.append)
    assert not found.failed, "".join(said)
    assert list(tmp_path.iterdir()) == []


def test_only_examples_that_write_or_take_minutes_are_not_run() -> None:
    skipped = {name for name in NAMES if (test := doctests(name)) and any(doctest.SKIP in example.options for example in test.examples)}
    assert skipped <= NOT_RUN


def test_a_name_that_has_an_example_is_not_listed_as_without() -> None:
    assert {name for name in WITHOUT_EXAMPLE if name not in NAMES or doctests(name)} == set()


def test_names_complete_with_tab() -> None:
    assert dir(fundgap) == sorted(fundgap.__all__)
    assert all(hasattr(fundgap, name) for name in dir(fundgap))


# Results ---------------------------------------------------------------------------------------------------------------


def returned(function: object) -> set[type]:
    """Return the classes of this library that a function is annotated to return."""
    hints = inspect.get_annotations(function, eval_str=False) if callable(function) else {}
    said = hints.get("return", "")
    home = inspect.getmodule(function)
    names = re.findall(r"[A-Z]\w+", said if isinstance(said, str) else getattr(said, "__name__", ""))
    classes = {getattr(home, name, None) for name in names} | ({said} if isinstance(said, type) else set())
    return {item for item in classes if isinstance(item, type) and item.__module__.startswith("fundgap.")}


def results() -> list[type]:
    """Return every class of result that a public function gives, and those that their public methods give."""
    found: set[type] = set()
    waiting = [getattr(fundgap, name) for name in NAMES if inspect.isfunction(getattr(fundgap, name))]
    while waiting:
        for kind in returned(waiting.pop()) - found:
            found.add(kind)
            waiting += [value for key, value in vars(kind).items() if not key.startswith("_") and inspect.isfunction(value)]
    return sorted(found, key=lambda kind: kind.__name__)


def test_results_are_found() -> None:
    assert {"Gap", "Scenario", "RatingsModel", "MixedRatings", "ExpectedSpend", "BrantTest", "Replicates"} <= {
        kind.__name__ for kind in results()
    }


@pytest.mark.parametrize("kind", results(), ids=lambda kind: kind.__name__)
def test_every_result_prints_in_words_and_renders_in_a_notebook(kind: type) -> None:
    says_it = kind.__str__ is not object.__str__ or "__repr__" in vars(kind)
    assert says_it, f"{kind.__name__} has no __str__: say in a few lines what came out"
    assert hasattr(kind, "_repr_html_"), f"{kind.__name__} does not render in a notebook: let it inherit from fundgap.shown.Shown"
    assert hasattr(kind, "to_frame"), f"{kind.__name__} has no to_frame()"


class _Marked(Shown):
    """A result that holds markup wherever text can stand."""

    def __str__(self) -> str:
        return "<b>words</b>\n  <i>as in the table</i>"

    def to_frame(self) -> pd.DataFrame:
        return pd.DataFrame({"<u>column</u>": ["<script>alert(1)</script>", "Bath & Wells"]}, index=["<em>row</em>", "other"])


def test_text_in_a_result_is_no_markup() -> None:
    shown = _Marked()._repr_html_()
    assert re.findall(r"<(?:b|i|u|em|script)\b", shown) == []
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "&lt;b&gt;words&lt;/b&gt;" in shown
    assert "as in the table" not in shown


def test_a_result_at_the_prompt_of_ipython_is_its_words() -> None:
    from IPython.lib.pretty import pretty

    assert pretty(_Marked()) == str(_Marked())
