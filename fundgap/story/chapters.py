"""Notebooks as readable chapters: code folded away, tables and figures numbered, with their words and the figures behind them."""

import ast
import html
import itertools
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fundgap.errors import NoData
from fundgap.story.figure_page import KIND, figure, files
from fundgap.story.markup import table_caption, tidy_tables, without_anchors

_HEADING = re.compile(r'<h2 id="([^"]*)">(.*?)</h2>', re.DOTALL)
_GIVEN_ANCHOR = re.compile(r'<a id="([^"]+)')
_TOP = re.compile(r"(<h1.*?</h1>)(.*)", re.DOTALL)


@dataclass
class Chapter:
    """A page made of a notebook or a document.

    Parameters
    ----------
    name
        The page without its ending: "03_ratings".
    sections
        The anchor and the HTML of each heading of the second level.
    files
        What stands beside the page, by path.
    seeds
        The seeds its code gives to chance.
    """

    name: str
    title: str
    body: str = ""
    sections: list[tuple[str, str]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    seeds: list[int] = field(default_factory=list)

    @property
    def page(self) -> str:
        """The page's file name."""
        return f"{self.name}.html"


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


def chapter(name: str, notebook: dict[str, Any]) -> Chapter:
    """Return a notebook that has been run as a chapter."""
    made = Chapter(name, title_of(notebook), seeds=seeds_of(notebook))
    made.body = "\n".join(_Writer(made).cells(notebook["cells"]))
    made.sections = sections_of(made.body)
    return made


def from_markdown(name: str, text: str) -> Chapter:
    """Return a document as a page."""
    return chapter(name, {"cells": [{"cell_type": "markdown", "source": [text]}]})


def title_of(notebook: dict[str, Any]) -> str:
    """Return the first heading of a notebook."""
    lines = (line for cell in notebook["cells"] if cell["cell_type"] == "markdown" for line in "".join(cell["source"]).splitlines())
    return next((line.removeprefix("# ").strip() for line in lines if line.startswith("# ")), "Untitled")


def sections_of(body: str) -> list[tuple[str, str]]:
    """Return the anchor and the words of each heading of the second level."""
    return [(found[1], found[2]) for found in _HEADING.finditer(body)]


def seeds_of(notebook: dict[str, Any]) -> list[int]:
    """Return every number that the code gives as `seed=`, in order, once each."""
    given = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            calls = (node for node in ast.walk(ast.parse("".join(cell["source"]))) if isinstance(node, ast.Call))
            words = (word for call in calls for word in call.keywords if word.arg == "seed")
            given += [word.value.value for word in words if isinstance(word.value, ast.Constant) and isinstance(word.value.value, int)]
    return list(dict.fromkeys(given))


class _Writer:
    """Writes cells as HTML, counting tables and figures, and knows under which heading it is."""

    def __init__(self, made: Chapter) -> None:
        self._made = made
        number = re.match(r"\d+", made.title)
        self._prefix = f"{number[0]}." if number else ""
        self._tables, self._figures = itertools.count(1), itertools.count(1)
        self._heading = html.escape(re.sub(r"^\d+\.\s*", "", made.title))
        self._taken: set[str] = set()
        self._captions: set[str] = set()

    def cells(self, cells: list[dict[str, Any]]) -> Iterator[str]:
        # Anchors that the author set are kept; a heading of the same words gets another name.
        self._taken |= {name for cell in cells for name in _GIVEN_ANCHOR.findall("".join(cell["source"]))}
        for place, cell in enumerate(cells):
            source = "".join(cell["source"])
            if cell["cell_type"] == "markdown":
                yield _opening(self._prose(source)) if place == 0 else self._prose(source)
            elif cell["cell_type"] == "code" and source.strip():
                shown = "".join(self._output(output) for output in cell["outputs"])
                code = f'<details class="code"><summary>Code</summary><pre tabindex="0"><code>{html.escape(source)}</code></pre></details>'
                yield f'<div class="cell">{shown}{code}</div>'

    def _prose(self, source: str) -> str:
        from nbconvert.filters import markdown2html

        parts = re.split(r"(<h[1-6].*?</h[1-6]>)", self._with_ids_once(without_anchors(str(markdown2html(source)))), flags=re.DOTALL)
        # Part by part, so that a table in prose is captioned with the heading above it.
        return "".join(self._part(part) for part in parts)

    def _part(self, part: str) -> str:
        heading = re.match(r"<h[2-6][^>]*>(.*)</h", part, flags=re.DOTALL)
        if heading:
            self._heading = re.sub(r"<[^>]+>", "", heading[1])
        return tidy_tables(part, self._caption)

    def _with_ids_once(self, markup: str) -> str:
        """Return the HTML with the anchors of headings in a form that a link may name, and none of them twice."""

        def led(found: re.Match[str]) -> str:
            plain = re.sub(r"[^a-z0-9]+", "-", html.unescape(found[2]).lower()).strip("-") or "section"
            name = next(name for name in self._names(plain) if name not in self._taken)
            self._taken.add(name)
            return f'{found[1]}id="{name}"'

        return re.sub(r'(<h[1-6] )id="([^"]*)"', led, markup)

    @staticmethod
    def _names(plain: str) -> Iterator[str]:
        yield plain
        yield from (f"{plain}-{number}" for number in itertools.count(2))

    def _caption(self, own: str, heads: Sequence[str]) -> str:
        words = own or self._heading
        if words in self._captions:
            # A frame without words of its own, not the first under its heading: its columns tell it apart.
            words = f"{words.rstrip('?')}: {', '.join(html.escape(head) for head in heads if head)}"
        self._captions.add(words)
        return table_caption(f"{self._prefix}{next(self._tables)}", words)

    def _output(self, output: dict[str, Any]) -> str:
        if output["output_type"] == "stream":
            return f'<pre tabindex="0">{html.escape("".join(output["text"]))}</pre>'
        data: dict[str, Any] = {
            kind: "".join(value) if isinstance(value, list) else value for kind, value in output.get("data", {}).items()
        }
        if KIND in data:
            shown = json.loads(data[KIND]) if isinstance(data[KIND], str) else data[KIND]
            number = next(self._figures)
            name = f"{self._made.name}-{number}"
            self._made.files |= files(shown, name)
            return figure(shown, name, f"Figure {self._prefix}{number}")
        if "image/png" in data:
            alt = html.escape(data.get("text/plain", ""), quote=True)
            return f'<figure><img src="data:image/png;base64,{data["image/png"].strip()}" alt="{alt}"></figure>'
        if "text/html" in data:
            return tidy_tables(data["text/html"], self._caption)
        return f'<pre tabindex="0">{html.escape(data.get("text/plain", ""))}</pre>'


def _opening(prose: str) -> str:
    """Return the first cell with what follows its title, question and answer, set apart; headings in it end the opening."""
    found = _TOP.match(prose)
    if not found:
        return prose
    lead, *rest = re.split(r"(?=<h2)", found[2], maxsplit=1)
    return f'{found[1]}<div class="opening">{lead}</div>{"".join(rest)}' if lead.strip() else prose
