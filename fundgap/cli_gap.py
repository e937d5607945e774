"""The door to the gap and the funds: project it, set funds against it, share them out, and write any of it for others."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fundgap.cli_output import AsCsv, AsJson, print_table, working, write_or_print
from fundgap.errors import FundgapError

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer()

# The £2bn of 2017, which the pledge and the funds after it were asked about.
_FORECAST = "lga-2017"

Out = Annotated[
    Path | None,
    typer.Option(
        help="Write CSV in DfE's column names, an accessible spreadsheet and a manifest to this folder; nothing of others' is overwritten."
    ),
]


@app.command()
def gap(
    scenario: Annotated[str, typer.Option(help="A shipped scenario's id, or a TOML file of yours.")] = "trend",
    council: Annotated[str | None, typer.Option(help="A council by name, code or number; England where left out.")] = None,
    out: Out = None,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """Project need, funding and the gap for England or one council.

    Example: fundgap gap --scenario lga-2017

    Example: fundgap gap --council Kirklees --csv

    Example: fundgap gap --scenario flat-cash --out gap
    """
    import fundgap as fg
    from fundgap.story.fund_exports import export_gap, gap_sheets

    write_or_print(out, as_csv, as_json)
    code = None if council is None else fg.resolve(council)
    with working("Projecting"):
        projected = fg.project_gap(fg.council_years(), fg.scenario(scenario))
    if out is not None:
        _tell(export_gap(out, projected, code))
        return
    frame = projected.england if code is None else next(sheet.frame for sheet in gap_sheets(projected, code) if sheet.name == "councils")
    money = {name: frame[name] / 1e6 for name in frame.columns if "_gbp" in name}
    shown = frame.assign(**money).rename(columns=lambda name: name.replace("_gbp", " £m").replace("_", " ")).round(1)
    print_table(frame, shown, as_csv, as_json)
    if not (as_csv or as_json):
        typer.echo(f"Cash, but 'real' in {projected.price_base} prices. {projected.scenario.title}. This is run 0, without chance.")
        if code is not None and scenario == "trend":
            typer.echo("Draws about it, whose middle is a little off run 0, and their range: fundgap council, with the council's name.")


@app.command()
def funds(
    fund: Annotated[str | None, typer.Argument(help="A fund's id; all funds are listed where left out.")] = None,
    scenario: Annotated[
        str | None,
        typer.Option(help=f"The gap to set it against: a shipped scenario's id, or a TOML file of yours; {_FORECAST} if left out."),
    ] = None,
    out: Out = None,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """List the funds, or set one against a gap: share, days, per child, per council.

    Example: fundgap funds

    Example: fundgap funds sector-led-20m --scenario trend
    """
    import fundgap as fg
    from fundgap.story.fund_exports import export_funds
    from fundgap.story.fund_tables import covered, register

    write_or_print(out, as_csv, as_json)
    if fund is None:
        if scenario is not None:
            raise typer.BadParameter("--scenario goes with a fund: the list has no gap in it")
        if out is not None:
            _tell(export_funds(out))
            return
        frame = fg.funds()
        print_table(frame, register(frame).to_frame(), as_csv, as_json)
        return
    with working("Projecting"):
        projected = fg.project_gap(fg.council_years(), fg.scenario(scenario or _FORECAST))
        frame = fg.coverage(projected, fund)
    if out is not None:
        _tell(export_funds(out, projected, fund, frame))
        return
    print_table(frame, covered(frame).to_frame(), as_csv, as_json)


@app.command()
def allocate(
    fund: Annotated[str, typer.Argument(help="A fund's id, or an amount in pounds.")],
    year: Annotated[str, typer.Option(help="The financial year, such as 2026-27.")],
    rule: Annotated[str, typer.Option(help="equal, children, deprivation, need, inadequate_first, or table.")] = "children",
    weights: Annotated[Path | None, typer.Option(help="For the rule table: a CSV with the columns council and weight.")] = None,
    cap_per_child: Annotated[
        float | None, typer.Option(help="For inadequate_first: at most so many pounds for each child of theirs.")
    ] = None,
    leave_out: Annotated[
        bool, typer.Option("--leave-out", help="Give nothing to councils without the figure that the rule needs.")
    ] = False,
    scenario: Annotated[
        str | None, typer.Option(help="Say whose own gap of that year it closes, under a shipped scenario or a TOML file of yours.")
    ] = None,
    out: Out = None,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """Share a fund out among councils by a rule, exact to the penny.

    Example: fundgap allocate families-first-2629 --year 2026-27 --rule deprivation --scenario trend

    Example: fundgap allocate 20000000 --year 2024-25 --rule inadequate_first --cap-per-child 50
    """
    import fundgap as fg
    from fundgap.story.fund_exports import export_allocation

    write_or_print(out, as_csv, as_json)
    weighed = None if weights is None else _weights(weights)
    with working("Sharing out"):
        years = fg.council_years()
        done = fg.allocate(
            _fund_or_amount(fund),
            rule,  # type: ignore[arg-type]  # checked there
            year,
            weights=weighed,
            cap_per_child_gbp=cap_per_child,
            leave_out=leave_out,
            years=years,
        )
        projected = None if scenario is None else fg.project_gap(years, fg.scenario(scenario))
        closing = None if projected is None else fg.gaps_closed(projected, done)
    if out is not None:
        _tell(export_allocation(out, done, closing, projected))
        return
    frame = done.councils if closing is None else closing.councils
    print_table(frame, done.to_frame() if closing is None else frame, as_csv, as_json)
    if not (as_csv or as_json):
        typer.echo(f"{done}{'' if closing is None else f'{chr(10)}{closing}'}")


def _fund_or_amount(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text


def _weights(path: Path) -> "pd.DataFrame":
    """Return a user's CSV of weights as text columns; what is in them is checked by `allocate`."""
    from fundgap.data.store import read_table

    if not path.is_file():
        raise FundgapError(f"{path} is {'a folder, not a file' if path.is_dir() else 'not there'}.")
    frame = read_table(path).fillna("")
    # Named where a fault is told.
    frame.attrs["file"] = str(path)
    return frame


def _tell(paths: list[Path]) -> None:
    for path in paths:
        typer.echo(path)
