"""The door to the figures: build them, take new ones in, see where they come from and whether they add up."""

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fundgap.cli_output import AsCsv, AsJson, Code, complain, counting, print_table, working
from fundgap.errors import FundgapError, NoData

if TYPE_CHECKING:
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

    with working("Building"):
        paths = run()
    for path in paths.values():
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

    Example: fundgap ingest s251ye2019.xlsx --accept spend:E08000006:2018-19:sure_start
    """
    from fundgap.data.ingest import ingest as run

    with working(f"Reading {file.name}"):
        done = run(file, source, accept=accept or (), published=published.date() if published else None, dry_run=dry_run)
    _tell(file.name, done)


@app.command()
def fetch(
    source: Annotated[str | None, typer.Argument(help="Its id in data/raw/sources.toml; lists what can be fetched where left out.")] = None,
    is_check: Annotated[
        bool,
        typer.Option("--check", help="Only say whether the publisher still serves the file on record; all releases, or the one named."),
    ] = False,
    published: Published = None,
    dry_run: DryRun = False,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """Download a release from its publisher and take it in. A download that breaks off goes on when run again.

    With --check nothing is taken in: exit code 1 where a publisher serves another file than the one on record, 3 where none does but
    some could not be checked. --csv and --json print the list, or what was checked.

    Example: fundgap fetch

    Example: fundgap fetch iod2019 --dry-run

    Example: fundgap fetch --check --json
    """
    from fundgap.data.fetch import fetch as run
    from fundgap.data.fetch import fetchable

    if is_check and (published or dry_run):
        raise typer.BadParameter("--check takes nothing in: leave out --published and --dry-run")
    if source and not is_check and (as_csv or as_json):
        raise typer.BadParameter("--csv and --json print the list (name no release) or what was checked (--check)")
    if is_check:
        _check_releases(source, as_csv, as_json)
    elif source is None:
        print_table(fetchable(), fetchable(), as_csv, as_json)
    else:
        with counting(source, is_bytes=True) as progress:
            done = run(source, published=published.date() if published else None, dry_run=dry_run, progress=progress)
        _tell(source, done)


def _check_releases(source: str | None, as_csv: bool, as_json: bool) -> None:
    from fundgap.data.published_now import check_releases

    with counting("checking", is_bytes=True) as progress:
        found = check_releases(source, progress=progress)
    listed = found[found["outcome"].ne("no address") | (source is not None)]
    print_table(found, listed[["id", "outcome", "bytes_on_record", "bytes_published"]], as_csv, as_json)
    if not (source or as_csv or as_json):
        typer.echo(f"{len(found) - len(listed)} more releases have no address on record: whether they were revised cannot be asked.")
    for row in found[found["detail"].ne("")].itertuples():
        complain(row.detail)
    if found["outcome"].eq("changed").any():
        raise typer.Exit(Code.FAULT)
    if listed["outcome"].isin(["not checked", "no address"]).any():
        raise typer.Exit(Code.UNCHECKED)


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

    Example: fundgap check --csv
    """
    from fundgap.data.crosscheck import compare_spend, compare_spend_by_year
    from fundgap.data.reconcile import check_totals
    from fundgap.story import data_tables as tables

    with working("Adding up"):
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

    Example: fundgap sources

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

    Example: fundgap revisions

    Example: fundgap revisions spend --csv
    """
    from fundgap.data.revisions import revision_summary
    from fundgap.data.revisions import revisions as run

    with working("Comparing"):
        frame = run(table)
    pairs = revision_summary(table).groupby(["table", "release_before", "release_after"], sort=False, as_index=False)
    if not len(pairs) and not (as_csv or as_json):
        typer.echo("No figure of it is held from two releases." if table else "No figure is held from two releases.")
        return
    print_table(frame, pairs[["both", "equal", "changed", "added", "withdrawn"]].sum(), as_csv, as_json)
    changed = frame[frame["kind"] == "changed"].drop(columns=["table", "council", "kind", "change_percent"])
    if len(changed) and not (as_csv or as_json):
        first = f", of which the first {_LINES}; --csv prints all" if len(changed) > _LINES else ""
        typer.echo(f"\nChanged figures: {len(changed)}{first}.\n{changed.head(_LINES).to_string(index=False, na_rep='')}")
