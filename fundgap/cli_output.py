"""What the commands share: tables for readers, or CSV and JSON for machines."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import pandas as pd

AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV for machines: unrounded, pounds.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines: unrounded, pounds.")]


def print_table(frame: "pd.DataFrame", shown: "pd.DataFrame", as_csv: bool, as_json: bool) -> None:
    """Print the frame for machines, or what is shown to readers."""
    if as_csv and as_json:
        raise typer.BadParameter("give one of --csv and --json")
    if as_csv:
        typer.echo(frame.to_csv(index=False), nl=False)
    elif as_json:
        typer.echo(json.dumps(json.loads(frame.to_json(orient="records", date_format="iso")), indent=1, ensure_ascii=False))
    else:
        typer.echo(shown.to_string(index=False))
