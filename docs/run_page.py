"""Run what a page shows: its commands and code, section by section, and put what they print into the blocks that follow them.

A block is run by its language: `sh` (fundgap's own commands in this process, all others by a shell), `python` (one namespace a section)
and `r`. `toml FILE` is written to that file; a `text` block right behind one that was run holds what it printed. What cannot be run in a
test (a clone, a whole `make report`) is marked `not-run`. Each section works in a fresh folder that looks like a checkout.
"""

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from typer.testing import CliRunner

from fundgap.cli import app

ROOT = Path(__file__).resolve().parents[1]
_LOOKED_AT = ("docs", "fundgap", "notebooks", "tests")
_BLOCK = re.compile(r"^```(?P<kind>\w+)(?P<rest>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


class PageError(Exception):
    """A block of a page that failed."""


def run_page(text: str) -> str:
    """Return the page with every output block as its commands now print it; where a language is not installed, as it stands."""
    return "".join(_run_section(section) for section in re.split(r"(?m)^(?=## )", text))


def _run_section(section: str) -> str:
    if not any(is_run(block["kind"], block["rest"]) for block in _BLOCK.finditer(section)):
        return section
    with _checkout() as folder:
        parts, place, printed = [], 0, None
        space: dict[str, object] = {"__name__": "page"}
        for block in _BLOCK.finditer(section):
            parts.append(section[place : block.start()])
            is_answer = block["kind"] == "text" and printed is not None and not section[place : block.start()].strip()
            parts.append(f"```text\n{printed}```" if is_answer else block[0])
            place = block.end()
            printed = None if is_answer else _run(block["kind"], block["rest"].strip(), block["body"], space, folder)
        return "".join([*parts, section[place:]])


def is_run(kind: str, rest: str) -> bool:
    """Return whether a block of this kind is run, or written to a file, on this machine."""
    return "not-run" not in rest and (kind in ("sh", "python", "toml") or (kind == "r" and shutil.which("Rscript") is not None))


def _run(kind: str, rest: str, body: str, space: dict[str, object], folder: Path) -> str | None:
    """Return what a block prints; None where it is not run."""
    if not is_run(kind, rest):
        return None
    if kind == "sh":
        return "".join(_command(line) for line in body.replace("\\\n", " ").splitlines() if line.strip() and not line.startswith("#"))
    if kind == "toml":
        if rest:
            (folder / rest).write_text(body, "utf-8")
        return None
    if kind == "r":
        (folder / "page.R").write_text(body, "utf-8")
        return _shell("Rscript page.R")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(body, "page", "exec"), space)  # noqa: S102  # Code of this repository's own pages.
    return printed.getvalue()


def _command(line: str) -> str:
    words = shlex.split(line, comments=True)
    if words[0] != "fundgap" or "|" in words:
        return _shell(line)
    target = Path(words.pop()) if words[-2:-1] == [">"] else None
    done = CliRunner().invoke(app, [word for word in words[1:] if word != ">"])
    if done.exit_code:
        raise PageError(f"{line}: exit code {done.exit_code}. {done.output} {done.exception or ''}")
    if target:
        target.write_text(done.stdout, "utf-8")
    return "" if target else done.stdout


def _shell(line: str) -> str:
    # The interpreter that runs this is the one that a reader's environment has as `python`.
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(line, shell=True, capture_output=True, text=True, check=False, env=environment)  # noqa: S602
    if done.returncode:
        raise PageError(f"{line}: exit code {done.returncode}. {done.stdout} {done.stderr}")
    return done.stdout


@contextlib.contextmanager
def _checkout() -> Iterator[Path]:
    """Work in a folder that looks like a checkout and whose figures may be changed."""
    before, named = Path.cwd(), os.environ.get("FUNDGAP_DATA")
    with tempfile.TemporaryDirectory(prefix="fundgap-page-") as name:
        folder = Path(name)
        shutil.copytree(ROOT / "data", folder / "data")
        for item in _LOOKED_AT:
            (folder / item).symlink_to(ROOT / item)
        os.environ["FUNDGAP_DATA"] = str(folder / "data")
        os.chdir(folder)
        try:
            yield folder
        finally:
            os.chdir(before)
            if named is None:
                del os.environ["FUNDGAP_DATA"]
            else:
                os.environ["FUNDGAP_DATA"] = named
