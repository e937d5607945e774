"""The door: every command says what it does, what it will change, and how to go on when it cannot."""

import os
import sys
import traceback
import warnings
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from fundgap import __version__, cli_figures, cli_gap
from fundgap.cli_output import CODES, AsCsv, AsJson, Code, Commands, complain, counting, print_table, tell, working, write_or_print
from fundgap.errors import FundgapError

app = typer.Typer(
    name="fundgap",
    cls=Commands,
    help="Children's services in England: what goes with a better judgement, how large the funding gap is, what a fund does about it.",
    epilog="\n\n".join(["Exit codes:", *(f"{code:d}  {meaning}" for code, meaning in CODES.items())]),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(cli_figures.app)
app.add_typer(cli_gap.app)

_DEBUG = "--debug"
_DEBUG_VARIABLE = "FUNDGAP_DEBUG"


def main() -> None:
    """Run the command line; whatever goes wrong is told in words, with an exit code that says of which kind it is."""
    for stream in (sys.stdout, sys.stderr):
        # Where the machine's own encoding lacks a sign, a minus for one, a figure would be lost or turn into another.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8")
    # What joblib adds to an interrupt, which is told in one line.
    warnings.filterwarnings("ignore", r".*tasks .*(been cancelled|but not used)", UserWarning, "joblib")
    arguments = sys.argv[1:]
    is_debugging = _DEBUG in arguments or bool(os.environ.get(_DEBUG_VARIABLE))
    try:
        # Wherever it stands: it belongs to no command.
        app([argument for argument in arguments if argument != _DEBUG], prog_name="fundgap")
    except (FundgapError, OSError) as error:
        _end(error, _in_words(error), Code.FAULT, is_debugging)
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):
            sys.exit(Code.CLOSED)
        if end.code == Code.INTERRUPTED:
            complain("interrupted; nothing half-written is left.")
        raise
    except Exception as error:
        text = f"unexpected {type(error).__name__}: {error}\nThis is a fault of fundgap's own. The same command with {_DEBUG} shows where."
        _end(error, text, Code.UNEXPECTED, is_debugging)


def _in_words(error: FundgapError | OSError) -> str:
    """Return what is wrong; of a file that the machine refuses, which one and why, without the number of its error."""
    if isinstance(error, FundgapError) or not error.strerror:
        return str(error)
    return f"{error.filename}: {error.strerror.lower()}." if error.filename else f"{error.strerror}."


def _end(error: Exception, text: object, code: Code, is_debugging: bool) -> NoReturn:
    if is_debugging:
        traceback.print_exception(error)
    complain(text)
    sys.exit(code)


@app.callback(invoke_without_command=True)
def _root(
    show_version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
    _debug: Annotated[
        bool, typer.Option(_DEBUG, help=f"Show the traceback of what goes wrong; anywhere in the line, or set {_DEBUG_VARIABLE}.")
    ] = False,
) -> None:
    if show_version:
        typer.echo(f"fundgap {__version__}")
        raise typer.Exit


@app.command()
def ratings(
    formula: Annotated[str, typer.Argument(help="Such as 'rating ~ deprivation_decile + preventative_per_child_real'.")],
    framework: Annotated[list[str] | None, typer.Option(help="SIF, ILACS …; may be given more than once.")] = None,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """Fit an ordered logit of a grade and print its odds ratios.

    Example: fundgap ratings "rating ~ deprivation_decile + preventative_per_child_real" --framework SIF

    Example: fundgap ratings "rating ~ deprivation_decile" --framework SIF --framework ILACS --json
    """
    import fundgap as fg

    with working("Fitting"):
        model = fg.fit_ratings(formula, fg.in_real_terms(fg.inspections()), frameworks=framework)
    if as_csv or as_json:
        print_table(model.odds_ratios().reset_index(), model.to_frame(), as_csv, as_json)
    else:
        typer.echo(model)


@app.command()
def claims(
    name: Annotated[str | None, typer.Argument(help="A claim's id; the whole ledger where left out.")] = None,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """List what was claimed with its verdict; or one claim with rule, figures, and the rows of the releases behind them.

    With an id, --csv and --json print those rows.

    Example: fundgap claims

    Example: fundgap claims nineteen

    Example: fundgap claims nineteen --csv
    """
    import fundgap as fg
    from fundgap.story import claims_tables as tables

    if name is None:
        with working("Working out every claim"):
            frame = fg.claims()
        print_table(frame, tables.verdicts(frame).to_frame(), as_csv, as_json)
        return
    with working("Working out the claim"):
        one = fg.claim(name)
    if as_csv or as_json:
        print_table(one.rows, one.rows, as_csv, as_json)
    else:
        typer.echo(f"{one}\n\n{tables.trail(one)}\n\nAll {len(one.rows)} rows: fundgap claims {name} --csv")


@app.command()
def partners(
    council: Annotated[str, typer.Argument(help="A council by name, code or number.")],
    as_at: Annotated[str | None, typer.Option(help="A day of the past, such as 2017-09-14: grades and figures of that time.")] = None,
    count: Annotated[int, typer.Option(min=1, help="How many to tell of.")] = 5,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """List the good and outstanding councils most like a council, how alike and on what, and whom they are known to have helped.

    With --csv or --json: all of them.

    Example: fundgap partners Kirklees

    Example: fundgap partners Kirklees --as-at 2017-09-14 --count 3
    """
    import fundgap as fg

    with working("Comparing councils"):
        found = fg.partners(council, as_at)
    if as_csv or as_json:
        print_table(found.table, found.table, as_csv, as_json)
    else:
        typer.echo(found.told(count))


@app.command()
def council(
    name: Annotated[str | None, typer.Argument(help="A council by name, code or number.")] = None,
    everyone: Annotated[
        bool, typer.Option("--all", help="Write the briefs of all councils there are now, and a page that leads to them; with --out.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Write a printable page, its figures and a manifest for each council there.")] = None,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """Print a council's brief on a screen: judgements, spend, gap, share of a fund, partners; or write it as two printable pages.

    Example: fundgap council Kirklees

    Example: fundgap council --all --out briefs
    """
    import fundgap as fg
    from fundgap.story.brief_files import names_of_all, write_briefs

    if (name is None) != everyone:
        raise typer.BadParameter("give a council or --all, and one of them")
    if everyone and out is None:
        raise typer.BadParameter("--all writes: give --out and a folder")
    write_or_print(out, as_csv, as_json)
    if out is not None:
        codes = names_of_all() if name is None else [fg.resolve(name)]
        with counting("Briefs") as done:
            paths = write_briefs(out, codes, index=everyone, n_jobs=-1, done=done)
        for path in paths:
            typer.echo(path)
        return
    with working("Working out the figures"):
        brief = fg.council(str(name))
    if as_csv or as_json:
        print_table(brief.to_frame(), brief.to_frame(), as_csv, as_json)
    else:
        typer.echo(brief)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="Where to write it; an earlier report there is replaced.")] = Path("report"),
) -> None:
    """Run the notebooks and write the report; print the path of its front page.

    Example: fundgap report report
    """
    from fundgap.story.site import report as run

    typer.echo(run(folder, tell=tell))


if __name__ == "__main__":
    main()
