"""The door to the figures: build them, take new ones in, see where they come from and whether they add up."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fundgap.cli_output import AsCsv, AsJson, print_table
from fundgap.errors import FundgapError, NoData

if TYPE_CHECKING:
    from fundgap.data.download import Progress
    from fundgap.data.ingest import Ingested

app = typer.Typer()

# How many figures a list for readers shows before it refers to the one for machines.
_LINES = 20

DryRun = Annotated[bool, typer.Option("--dry-run", help="Check and report, write nothing.")]
Published = Annotated[
    datetime.datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="The day it was published; needed where the register does not say, and for a revision."),
]


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
def check(as_csv: AsCsv = False, as_json: AsJson = False) -> None:
    """Compare published totals with the sums of councils, and two returns of the same spending; say why they differ.

    With --csv or --json: every total on record.

    Example: fundgap check
    """
    from fundgap.data.crosscheck import compare_spend, compare_spend_by_year
    from fundgap.data.reconcile import check_totals
    from fundgap.story import data_tables as tables

    totals = check_totals()
    wrong = totals[~totals["agrees"]]
    if as_csv or as_json:
        print_table(totals, totals, as_csv, as_json)
    else:
        explained = (totals["agrees"] & totals["why"].ne("")).sum()
        typer.echo(f"{len(totals)} published totals; {len(totals) - len(wrong)} agree, {explained} of them for a reason on record.\n")
        typer.echo(f"{tables.agreement(totals)}\n\n{tables.known_differences(totals)}\n")
        typer.echo("Section 251 beside Revenue Outturn RO3, the councils with both:\n")
        comparison = compare_spend()
        typer.echo(f"{tables.two_returns(compare_spend_by_year(comparison))}\n\n{tables.furthest_apart(comparison, since='2014-15')}")
    if len(wrong):
        lines = [
            f"  {row.figure} {row.period} {row.area}: published {row.published:,.0f}, councils {row.councils_sum:,.0f}"
            for row in wrong.itertuples()
        ]
        raise FundgapError("\n".join([f"{len(wrong)} totals differ and nothing on record says why.", *lines]))


@app.command()
def sources(as_csv: AsCsv = False, as_json: AsJson = False) -> None:
    """List the releases the figures come from.

    Example: fundgap sources --csv
    """
    from fundgap.data.sources import sources as run

    frame = run()
    print_table(frame, frame[["id", "publisher", "title", "rows"]], as_csv, as_json)


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
    print_table(frame, pairs[["both", "equal", "changed", "added", "withdrawn"]].sum(), as_csv, as_json)
    changed = frame[frame["kind"] == "changed"].drop(columns=["table", "council", "kind", "change_percent"])
    if len(changed) and not (as_csv or as_json):
        first = f", of which the first {_LINES}; --csv prints all" if len(changed) > _LINES else ""
        typer.echo(f"\nChanged figures: {len(changed)}{first}.\n{changed.head(_LINES).to_string(index=False, na_rep='')}")


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
