"""The door: every command says what it does, what it will change, and how to go on when it cannot."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from fundgap import __version__, cli_figures, cli_gap
from fundgap.cli_output import AsCsv, AsJson, print_table
from fundgap.errors import FundgapError

app = typer.Typer(
    name="fundgap",
    help="Children's services in England: what goes with a better judgement, how large the funding gap is, what a fund does about it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(cli_figures.app)
app.add_typer(cli_gap.app)

# The exit code that Typer turns Ctrl-C into, without a word.
_INTERRUPTED = 130


def main() -> None:
    """Run the command line; faults of the user's or the data's are told in words, with exit code 1."""
    try:
        app()
    except FundgapError as error:
        typer.echo(f"fundgap: {error}", err=True)
        sys.exit(1)
    except SystemExit as end:
        if end.code == _INTERRUPTED:
            typer.echo("fundgap: interrupted; nothing half-written is left.", err=True)
        raise


@app.callback(invoke_without_command=True)
def _root(show_version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False) -> None:
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
    """
    import fundgap as fg

    model = fg.fit_ratings(formula, fg.in_real_terms(fg.inspections()), frameworks=framework)
    if as_csv or as_json:
        print_table(model.odds_ratios().reset_index(), model.to_frame(), as_csv, as_json)
    else:
        typer.echo(model)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="Where to write it; an earlier report there is replaced.")] = Path("report"),
) -> None:
    """Run the notebooks and write the report; print the path of its front page.

    Example: fundgap report report
    """
    from fundgap.story.site import report as run

    typer.echo(run(folder, tell=lambda text: typer.echo(f"… {text}", err=True)))


if __name__ == "__main__":
    main()
