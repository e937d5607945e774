"""What the commands share: answers on stdout, everything else on stderr; what an exit code means; examples at the end of each help."""

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from io import StringIO
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    import pandas as pd

_EXAMPLE = "Example: "


class Code(IntEnum):
    """The exit codes; `CODES` says them in words."""

    DONE = 0
    FAULT = 1
    USAGE = 2
    UNCHECKED = 3
    UNEXPECTED = 70
    INTERRUPTED = 130
    CLOSED = 141


CODES = {
    Code.DONE: "Done, and nothing found wrong.",
    Code.FAULT: "A fault, told in words on stderr: of the input, of a figure, of a file, or a check that failed.",
    Code.USAGE: "The command line was not understood: an unknown option or command, or two that exclude each other.",
    Code.UNCHECKED: "`fetch --check` only: nothing was found changed, but at least one release could not be checked.",
    Code.UNEXPECTED: "A fault of fundgap's own; `--debug` shows where.",
    Code.INTERRUPTED: "Interrupted by Ctrl-C.",
    Code.CLOSED: "Whoever read the output stopped reading (`| head`).",
}


class Commands(TyperGroup):
    """The commands, with the lines `Example: …` of each docstring shown at the end of its help, one a line."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for command in self.commands.values():
            lines = (command.help or "").splitlines()
            examples = [line.strip() for line in lines if line.strip().startswith(_EXAMPLE)]
            command.help = "\n".join(line for line in lines if not line.strip().startswith(_EXAMPLE)).rstrip()
            command.epilog = "\n\n".join(examples)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Refuse an empty argument: a path would be read as the folder one stands in, and whatever is there written to."""
        if "" in args or any(word.startswith("--") and word.endswith("=") for word in args):
            raise typer.BadParameter("an argument is empty: is a variable in it not set? For the folder you are in, give '.'")
        return super().parse_args(ctx, args)


def examples(command: Any) -> list[str]:
    """Return a command's examples as they would be typed."""
    return [line.removeprefix(_EXAMPLE) for line in (command.epilog or "").split("\n\n") if line.startswith(_EXAMPLE)]


def _one_kind(context: typer.Context, wanted: bool) -> bool:
    if wanted and (context.params.get("as_csv") or context.params.get("as_json")):
        raise typer.BadParameter("give one of --csv and --json")
    return wanted


def write_or_print(out: object, as_csv: bool, as_json: bool) -> None:
    """Refuse to write files and print for machines at once."""
    if out is not None and (as_csv or as_json):
        raise typer.BadParameter("--out writes files, --csv and --json print: give one of them")


AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV for machines: unrounded, pounds.", callback=_one_kind)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines: unrounded, pounds.", callback=_one_kind)]


def print_table(frame: "pd.DataFrame", shown: "pd.DataFrame", as_csv: bool, as_json: bool) -> None:
    """Print the frame for machines, or what is shown to readers."""
    if as_csv:
        typer.echo(frame.to_csv(index=False, lineterminator="\n"), nl=False)
    elif as_json:
        typer.echo(json.dumps(json.loads(frame.to_json(orient="records", date_format="iso")), indent=1, ensure_ascii=False))
    else:
        text = shown.to_string(index=False)
        width = shutil.get_terminal_size().columns
        is_too_wide = sys.stdout.isatty() and max(map(len, text.splitlines())) > width
        typer.echo(wrapped(shown, width) if is_too_wide else text)


def wrapped(frame: "pd.DataFrame", width: int) -> str:
    """Return a table whose long words fold within their columns, so that it fits a terminal's width."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*map(str, frame.columns), box=None, pad_edge=False, header_style=None)
    for row in frame.itertuples(index=False):
        table.add_row(*(Text(str(cell)) for cell in row))
    folded = StringIO()
    Console(width=width, file=folded, color_system=None).print(table)
    return "\n".join(line.rstrip() for line in folded.getvalue().splitlines())


def complain(text: object) -> None:
    """Say on stderr what went wrong: with its name in red where that is a terminal and NO_COLOR is not set."""
    from rich.console import Console
    from rich.text import Text

    Console(stderr=True, soft_wrap=True, force_terminal=sys.stderr.isatty()).print(Text.assemble(("fundgap:", "bold red"), f" {text}"))


def tell(text: str) -> None:
    """Say on stderr how far the work has come; nothing where nobody looks on."""
    if sys.stderr.isatty():
        typer.echo(f"… {text}", err=True)


@contextmanager
def working(text: str) -> Iterator[None]:
    """Show on a terminal that something takes its time, for work that may take over two seconds: `with working("Fitting"):`."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(f"{text} …"):
        yield


@contextmanager
def counting(text: str, *, is_bytes: bool = False) -> Iterator[Callable[[int, int | None], None]]:
    """Show on a terminal how much has been done, of how much: `with counting("Briefs") as done: done(3, 153)`."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TransferSpeedColumn

    amounts = (DownloadColumn(), TransferSpeedColumn()) if is_bytes else (MofNCompleteColumn(),)
    with Progress(TextColumn(text), BarColumn(), *amounts, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("", total=None)
        yield lambda held, total: bar.update(task, completed=held, total=total)
