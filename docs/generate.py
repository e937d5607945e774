"""Write the pages that are made from the code and the register (api.md, cli.md, data-log.md), and the outputs in those that show commands.

`make docs` runs it; tests/test_docs.py fails where a page is not what it would write.
"""

import inspect
import re
import textwrap
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

import typer
from run_page import run_page

import fundgap
from fundgap.cli import app
from fundgap.cli_output import CODES, examples
from fundgap.data.sources import Release, read_register
from fundgap.data.store import default_store

DOCS = Path(__file__).resolve().parent
_GROUPS = {
    "data": "Figures",
    "models": "Models of ratings and of spend",
    "gap": "The gap, and funds",
    "story": "The report",
    "errors": "Errors",
}
_LOG_HEAD = """\
Each release that figures are taken from, rated for the use made of it here, in the manner of the AQuA Book (HM Treasury, 2015).
**Green**: official statistics or a published return, complete for our use, held to published totals or to a second source.
**Amber**: usable with the limits named. **Red**: used only where nothing better is held, and flagged there, or kept as a record alone.
Ratings and reasons are judgements and stand in `docs/data-quality.toml`, everything else in `data/raw/sources.toml`. What surprised us in
each file stands in [data-notes.md](data-notes.md), what we assume in [assumptions.md](assumptions.md)."""
_WRITTEN = "<!-- written by docs/generate.py: change the code, then run `make docs` -->"


# The library -----------------------------------------------------------------------------------------------------------


def api() -> str:
    """Return the reference of every public name, by layer, and of the results they give."""
    parts = [
        "# Reference",
        _WRITTEN,
        "Every name below is there as `fundgap.name`, by custom `import fundgap as fg`. Money is in cash pounds unless a name ends in "
        "`_real`. Every table is a pandas DataFrame. Examples are run by `make test`.",
    ]
    names = [name for name in fundgap.__all__ if not name.startswith("__")]
    kinds: dict[str, type] = {}
    for layer, title in _GROUPS.items():
        inside = [name for name in names if inspect.unwrap(getattr(fundgap, name)).__module__.split(".")[1] == layer]
        if inside:
            parts += [f"## {title}", ", ".join(f"[`{name}`](#{name.lower()})" for name in inside)]
        for name in inside:
            # Past the door that checks what it is given, to the function itself.
            item = inspect.unwrap(getattr(fundgap, name))
            parts += [f"### {name}", _signature(name, item), *_docstring(item)]
            kinds |= {kind.__name__: kind for kind in results_of(item)}
    parts += ["## Results", "What the functions above return where that is no table."]
    while unseen := [kind for name, kind in sorted(kinds.items()) if f"### {name}" not in parts]:
        for kind in unseen:
            parts += [f"### {kind.__name__}", *_docstring(kind), *_methods(kind)]
            for method in _public_methods(kind).values():
                kinds |= {found.__name__: found for found in results_of(method)}
    return "\n\n".join(parts) + "\n"


def results_of(item: object) -> set[type]:
    """Return the classes of the library in what a function is annotated to return."""
    said = inspect.get_annotations(item).get("return", "") if isinstance(item, FunctionType) else ""
    names = re.findall(r"[A-Z]\w+", said) if isinstance(said, str) else [getattr(said, "__name__", "")]
    kinds = [getattr(inspect.getmodule(item), name, None) for name in names]
    return {kind for kind in kinds if isinstance(kind, type) and kind.__module__.startswith("fundgap.")}


def _public_methods(kind: type) -> dict[str, FunctionType]:
    return {name: value for name, value in vars(kind).items() if isinstance(value, FunctionType) and not name.startswith("_")}


def _methods(kind: type) -> Iterator[str]:
    for name, method in _public_methods(kind).items():
        yield f"#### {kind.__name__}.{name}"
        yield _signature(name, method)
        yield from _docstring(method)


def _signature(name: str, item: object) -> str:
    if not isinstance(item, FunctionType):
        return f"```python\nfundgap.{name}\n```"
    parameters = [one if isinstance(one, str) else _shown(one) for one in _visible(item)]
    return f"```python\n{name}({', '.join(parameters)})\n```"


def _shown(one: inspect.Parameter) -> str:
    if callable(one.default) and one.default is not one.empty:
        return f"{one.name}=…"
    return str(one.replace(annotation=one.empty))


def _visible(item: FunctionType) -> Iterator[inspect.Parameter | str]:
    """Yield the parameters, the store left out (tests give one), with a star where only names are taken from there on."""
    is_named_only = False
    for one in inspect.signature(item).parameters.values():
        if one.name in ("self", "store"):
            continue
        if one.kind is one.KEYWORD_ONLY and not is_named_only:
            is_named_only = True
            yield "*"
        yield one


def _docstring(item: object) -> Iterator[str]:
    """Yield a numpy-style docstring as Markdown."""
    text = inspect.getdoc(item) or ""
    head, *sections = re.split(r"^(\w+)\n-{3,}\n", text, flags=re.MULTILINE)
    yield head.strip()
    for title, body in zip(sections[::2], sections[1::2], strict=True):
        if title == "Examples":
            yield f"```pycon\n{body.strip()}\n```"
        elif title in ("Parameters", "Returns", "Raises"):
            yield f"*{title}*"
            yield "\n".join(_items(body))
        else:
            yield f"*{title}*\n\n{body.strip()}"


def _items(body: str) -> Iterator[str]:
    """Yield one list item a name, its description behind it."""
    for entry in re.split(r"\n(?=\S)", body.strip()):
        name, _, rest = entry.partition("\n")
        if "\n" in entry or re.fullmatch(r"[\w.`*, ]+( : .*)?", name):
            yield f"- `{name.strip()}`" + (f": {' '.join(textwrap.dedent(rest).split())}" if rest.strip() else "")
        else:
            yield f"- {' '.join(entry.split())}"


# The command line ------------------------------------------------------------------------------------------------------


def command_line() -> str:
    """Return the reference of the commands: what each does, its arguments and options, examples; and the exit codes."""
    group = typer.main.get_command(app)
    parts = [
        "# Command line",
        _WRITTEN,
        f"{group.help}",
        "Answers are printed on stdout, everything else (progress, complaints) on stderr; progress only where stderr is a terminal, colour "
        "only there and where `NO_COLOR` is not set. `--csv` and `--json` print unrounded figures, in pounds. `--debug`, anywhere in the "
        "line, shows the traceback of what goes wrong.",
        "## Exit codes",
        _table(("code", "meaning"), [(f"{code:d}", meaning.replace("|", "\\|")) for code, meaning in CODES.items()]),
    ]
    for name, command in sorted(group.commands.items()):
        parts += [f"## fundgap {name}", _paragraphs(command.help)]
        rows = [_parameter(parameter) for parameter in command.params if not parameter.hidden]
        parts += [_table(("argument or option", "what it is", "default"), rows)] if rows else []
        parts += ["```\n" + "\n".join(examples(command)) + "\n```"]
    return "\n\n".join(parts) + "\n"


def _paragraphs(text: str) -> str:
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def _parameter(parameter: Any) -> tuple[str, str, str]:
    is_option = parameter.param_type_name == "option"
    name = ", ".join(parameter.opts) if is_option else parameter.name.upper()
    has_default = parameter.default not in (None, False, "") and not callable(parameter.default)
    needed = "needed" if parameter.required else ""
    return f"`{name}`", parameter.help or "", f"`{parameter.default}`" if has_default else needed


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


# The data log ----------------------------------------------------------------------------------------------------------


def data_log() -> str:
    """Return the data log in the manner of the AQuA Book: each release, its period, how good it is for our use, and its limits."""
    register = read_register(default_store())
    entries = ratings()
    missing = {release.id for release in register.values() if release.sha256} - set(entries)
    if missing or set(entries) - set(register):
        strange = sorted(set(entries) - set(register))
        raise ValueError(f"docs/data-quality.toml: not rated {sorted(missing)}; rated and not on record {strange}")
    counts = Counter(entry["rating"] for entry in entries.values())
    head = ("release", "publisher", "period", "published", "rows", "quality", "why, and known limits")
    counted = ", ".join(f"{counts[rating]} {rating}" for rating in ("green", "amber", "red")) + "."
    table = _table(head, [_log_row(register[name], entry) for name, entry in entries.items()])
    return "\n\n".join(["# Data log", _WRITTEN, _LOG_HEAD, counted, table]) + "\n"


def ratings() -> dict[str, dict[str, str]]:
    """Return rating and reason by release, in the order of the file."""
    groups = tomllib.loads((DOCS / "data-quality.toml").read_text("utf-8"))["group"]
    return {name: {"rating": group["rating"], "why": group["why"]} for group in groups for name in group["releases"]}


def _log_row(release: Release, entry: dict[str, str]) -> tuple[str, ...]:
    accepted = f" {len(release.accepted)} figures unlike their neighbours are accepted as published." if release.accepted else ""
    cells = (f"[{release.id}]({release.url})", release.publisher, release.period, release.published or "not on record", f"{release.rows:,}")
    return (*cells, f"**{entry['rating']}**", f"{release.title}. {entry['why']}{accepted}")


PAGES = {"api.md": api, "cli.md": command_line, "data-log.md": data_log}
# Pages written by hand, in which what commands print is put by running them.
RUN = ("first-ten-minutes.md", "cookbook.md")


def main() -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), "utf-8", newline="\n")
    for name in RUN:
        (DOCS / name).write_text(run_page((DOCS / name).read_text("utf-8")), "utf-8", newline="\n")


if __name__ == "__main__":
    main()
