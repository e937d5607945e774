"""The door: every command says what it does, what it will change, and how to go on when it cannot."""

import datetime
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fundgap import __version__
from fundgap.errors import FundgapError, NoData

if TYPE_CHECKING:
    import pandas as pd

    from fundgap.data.download import Progress
    from fundgap.data.ingest import Ingested

app = typer.Typer(
    name="fundgap",
    help="Children's services in England: what goes with a better judgement, how large the funding gap is, what a fund does about it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

# How many figures a list for readers shows before it refers to the one for machines.
_LINES = 20
# The exit code that Typer turns Ctrl-C into, without a word.
_INTERRUPTED = 130

AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV for machines: unrounded, pounds.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines: unrounded, pounds.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check and report, write nothing.")]
Published = Annotated[
    datetime.datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="The day it was published; needed where the register does not say, and for a revision."),
]


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
def build() -> None:
    """Rebuild data/processed from data/raw. The same raw figures give the same bytes.

    Example: fundgap build
    """
    from fundgap.data.panel import build as run

    for path in run().values():
        typer.echo(path)


@app.command()
def ingest(
    file: Annotated[Path, typer.Argument(help="The official file as published.")],
    source: Annotated[str | None, typer.Option(help="Its id in data/raw/sources.toml; needed when the file is not on record yet.")] = None,
    accept: Annotated[
        list[str] | None, typer.Option(help="A figure in doubt that you have looked at, by its name; may be given more than once.")
    ] = None,
    published: Published = None,
    dry_run: DryRun = False,
) -> None:
    """Take an official file into data/raw and rebuild data/processed, or name every fault in it and change nothing.

    Figures that are possible but unlike their neighbours stop it too, until each is accepted by name.

    Example: fundgap ingest s251ye2019.xlsx --source s251ye2019 --dry-run
    """
    from fundgap.data.ingest import ingest as run

    done = run(file, source, accept=accept or (), published=published.date() if published else None, dry_run=dry_run)
    _tell(file.name, done)


@app.command()
def fetch(
    source: Annotated[str | None, typer.Argument(help="Its id in data/raw/sources.toml; lists what can be fetched where left out.")] = None,
    published: Published = None,
    dry_run: DryRun = False,
) -> None:
    """Download a release from its publisher and take it in. A download that breaks off goes on when run again.

    Example: fundgap fetch iod2019 --dry-run
    """
    from fundgap.data.fetch import fetch as run
    from fundgap.data.fetch import fetchable

    if source is None:
        typer.echo(fetchable().to_string(index=False))
        return
    with _progress(source) as progress:
        done = run(source, published=published.date() if published else None, dry_run=dry_run, progress=progress)
    _tell(source, done)


def _tell(name: str, done: "Ingested") -> None:
    typer.echo(done)
    # A store that is still being filled is no fault; one that cannot be built from is.
    if done.unbuilt and not isinstance(done.unbuilt, NoData):
        raise FundgapError(f"{name} was taken in, but data/processed could not be rebuilt. {done.unbuilt}")


@app.command()
def check() -> None:
    """Compare every published total on record with the sum of the councils, and explain known differences.

    Example: fundgap check
    """
    from fundgap.data.reconcile import check_totals

    totals = check_totals()
    explained = totals[totals["why"] != ""]
    wrong = totals[~totals["agrees"]]
    typer.echo(f"{len(totals)} published totals; {len(totals) - len(wrong)} agree, {len(explained)} of them with a known difference.")
    # One reason often explains many totals of a release: they are counted, and the first is shown.
    for _, group in explained.groupby(["source", "why"], sort=False):
        typer.echo(_said(next(group.itertuples())) + (f" (and {len(group) - 1} more)" if len(group) > 1 else ""))
    for row in wrong.itertuples():
        typer.echo(_said(row))
    if len(wrong):
        raise FundgapError(f"{len(wrong)} totals differ and nothing on record says why.")


def _said(row: Any) -> str:
    return f"  {row.figure} {row.period} {row.area}: published {row.published:,.0f}, councils {row.councils_sum:,.0f}. {row.why}"


@app.command()
def sources(as_csv: AsCsv = False, as_json: AsJson = False) -> None:
    """List the releases the figures come from.

    Example: fundgap sources --csv
    """
    from fundgap.data.sources import sources as run

    frame = run()
    _print(frame, frame[["id", "publisher", "title", "rows"]], as_csv, as_json)


@app.command()
def revisions(
    table: Annotated[str | None, typer.Argument(help="A raw table, such as spend or inspections; all where left out.")] = None,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """List the figures that two releases give differently: changed, added, withdrawn.

    Example: fundgap revisions spend --csv
    """
    from fundgap.data.revisions import revision_summary
    from fundgap.data.revisions import revisions as run

    frame = run(table)
    pairs = revision_summary(table).groupby(["table", "release_before", "release_after"], sort=False, as_index=False)
    _print(frame, pairs[["both", "equal", "changed", "added", "withdrawn"]].sum(), as_csv, as_json)
    changed = frame[frame["kind"] == "changed"].drop(columns=["table", "council", "kind", "change_percent"])
    if len(changed) and not (as_csv or as_json):
        first = f", of which the first {_LINES}; --csv prints all" if len(changed) > _LINES else ""
        typer.echo(f"\nChanged figures: {len(changed)}{first}.\n{changed.head(_LINES).to_string(index=False, na_rep='')}")


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
        _print(model.odds_ratios().reset_index(), model.to_frame(), as_csv, as_json)
    else:
        typer.echo(model)


@app.command()
def gap(
    scenario: Annotated[str, typer.Option(help="A shipped scenario's id, or a TOML file of yours.")] = "trend",
    council: Annotated[str | None, typer.Option(help="A council by name, code or number; England where left out.")] = None,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """Project need, funding and the gap for England or one council.

    Example: fundgap gap --scenario lga-2017
    """
    import fundgap as fg

    projected = fg.project_gap(fg.council_years(), fg.scenario(scenario))
    frame = projected.england
    if council is not None:
        code = fg.resolve(council)
        frame = projected.councils[projected.councils["council"] == code]
        if frame.empty:
            reasons = projected.left_out.set_index("council")["reason"]
            raise FundgapError(f"{council} is in no figure of this scenario: {reasons.get(code, 'it did not exist in the base year')}.")
    money = {name: frame[name] / 1e6 for name in frame.columns if "_gbp" in name}
    shown = frame.assign(**money).rename(columns=lambda name: name.replace("_gbp", " £m").replace("_", " ")).round(1)
    _print(frame, shown, as_csv, as_json)
    if not (as_csv or as_json):
        typer.echo(f"Cash, but 'real' in {projected.price_base} prices. {projected.scenario.title}.")


@app.command()
def funds(
    fund: Annotated[str | None, typer.Argument(help="A fund's id; all funds are listed where left out.")] = None,
    scenario: Annotated[str, typer.Option(help="The gap to set it against.")] = "lga-2017",
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """List the funds, or set one against a gap: share, days, per child, per council.

    Example: fundgap funds sector-led-20m --scenario trend
    """
    import fundgap as fg
    from fundgap.story.tables import fund_coverage

    if fund is None:
        frame = fg.funds()
        _print(frame, frame[["id", "title", "amount_gbp", "years"]], as_csv, as_json)
        return
    frame = fg.coverage(fg.project_gap(fg.council_years(), fg.scenario(scenario)), fund)
    _print(frame, fund_coverage(frame).to_frame(), as_csv, as_json)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="Where to write it; an earlier report there is replaced.")] = Path("report"),
) -> None:
    """Run the notebooks and write the report; print the path of its front page.

    Example: fundgap report report
    """
    from fundgap.story.site import report as run

    typer.echo(run(folder, tell=lambda text: typer.echo(f"… {text}", err=True)))


@contextmanager
def _progress(name: str) -> "Iterator[Progress]":
    """Show how much of a download has come, on stderr where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    console = Console(stderr=True)
    columns = (TextColumn(name), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda held, total: bar.update(task, completed=held, total=total)


def _print(frame: "pd.DataFrame", shown: "pd.DataFrame", as_csv: bool, as_json: bool) -> None:
    """Print the frame for machines, or what is shown to readers."""
    if as_csv and as_json:
        raise typer.BadParameter("give one of --csv and --json")
    if as_csv:
        typer.echo(frame.to_csv(index=False), nl=False)
    elif as_json:
        typer.echo(json.dumps(json.loads(frame.to_json(orient="records", date_format="iso")), indent=1, ensure_ascii=False))
    else:
        typer.echo(shown.to_string(index=False))


if __name__ == "__main__":
    main()
