"""The command line: words for people, unrounded figures for machines, exit codes, never a traceback for a fault of the input."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import fundgap as fg
from fundgap import cli
from fundgap.cli import app

COMMANDS = (
    *("build", "ingest", "fetch", "check", "sources", "revisions", "ratings", "gap", "funds"),
    *("allocate", "claims", "partners", "council", "report"),
)


@dataclass
class Ended:
    """What a command that stops leaves behind."""

    returncode: object
    stdout: str
    stderr: str


Run = Callable[..., Ended]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return how to run a command from its entry point on, in this process: test_cli_manners.py starts processes."""
    monkeypatch.delenv("FUNDGAP_DEBUG", raising=False)

    def to_its_end(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["fundgap", *arguments])
        with pytest.raises(SystemExit) as end:
            cli.main()
        said = capsys.readouterr()
        return Ended(end.value.code, said.out, said.err)

    return to_its_end


def invoke(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    assert f"Example: fundgap {command}" in " ".join(invoke(command, "--help").split())


def test_help_lists_every_command() -> None:
    text = invoke("--help")
    assert all(command in text for command in COMMANDS)


def test_version_is_printed() -> None:
    assert invoke("--version").strip() == f"fundgap {fg.__version__}"


def test_gap_prints_the_published_gap_for_readers_and_machines() -> None:
    assert "2,000.0" in invoke("gap", "--scenario", "lga-2017").replace("2000.0", "2,000.0")
    rows = json.loads(invoke("gap", "--scenario", "lga-2017", "--json"))
    assert round(rows[-1]["gap_gbp"]) == 2_000_000_000
    frame = pd.read_csv(io.StringIO(invoke("gap", "--scenario", "lga-2016", "--csv")))
    assert frame["gap_gbp"].round().tolist() == [0, 600_000_000, 1_200_000_000, 1_900_000_000]


def test_partners_are_told_in_words_and_given_to_machines_whole() -> None:
    text = invoke("partners", "Kirklees", "--as-at", "2017-09-14", "--count", "3")
    assert "judged inadequate as at 14 Sep 2017" in text
    assert "Leeds" in text
    assert "4." not in [line[:2] for line in text.splitlines()]
    frame = pd.read_csv(io.StringIO(invoke("partners", "382", "--as-at", "2017-09-14", "--csv")))
    assert len(frame) == 50
    assert frame["rank"].tolist() == list(range(1, 51))


def test_a_council_is_found_by_any_of_its_names() -> None:
    assert invoke("gap", "--council", "Kirklees", "--csv") == invoke("gap", "--council", "382", "--csv")


def test_the_pledge_is_one_three_hundredth_of_two_billion() -> None:
    frame = pd.read_csv(io.StringIO(invoke("funds", "sector-led-20m", "--scenario", "lga-2017", "--csv")))
    assert frame["share_of_gap"].iloc[-1] == pytest.approx(1 / 300)


def test_ratings_prints_odds_ratios() -> None:
    text = invoke("ratings", "rating ~ deprivation_decile", "--framework", "SIF")
    assert "150 judgements" in text
    assert "deprivation_decile: odds ratio 0.91" in text


def test_revisions_name_the_one_figure_of_spend_that_two_releases_give_differently() -> None:
    assert "Slough" in invoke("revisions", "spend")
    csv = pd.read_csv(io.StringIO(invoke("revisions", "spend", "--csv")))
    slough = csv[(csv["release_before"] == "lait-2026-01") & (csv["kind"] == "changed") & (csv["period"] == "2017-18")]
    assert slough[["council_name", "figure", "before", "after", "change"]].to_numpy().tolist() == [
        ["Slough", "gross_spend", 36177772, 37033088, 855316]
    ]
    assert len(json.loads(invoke("revisions", "spend", "--json"))) == len(csv)


def test_check_and_sources_and_funds_list_what_is_held() -> None:
    assert "published totals" in invoke("check")
    assert "s251ye2019" in invoke("sources")
    assert "sector-led-20m" in invoke("funds")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("gap", "--council", "Kirkles"), "Did you mean Kirklees?"),
        (("gap", "--council", "Wandsworth"), "no spend published for 2024-25"),
        (("gap", "--scenario", "nope"), "Shipped are"),
        (("gap", "--scenario", "missing.toml"), "is not there"),
        (("funds", "nope"), "the register holds troubled-1"),
        (("allocate", "whatworks", "--year", "2024-25"), "it runs in 2016-17"),
        (("allocate", "100", "--year", "2024-25", "--rule", "table", "--weights", "none.csv"), "none.csv is not there"),
        (("allocate", "100", "--year", "2024"), "'2024' is no financial year"),
        (("ratings", "rating ~ __import__('os')"), "A formula is"),
        (("ingest", "nowhere.xlsx"), "no such file"),
        (("fetch", "nope"), "'nope' is not in sources.toml. It holds: "),
        (("fetch", "s251ye2019"), "sources.toml gives no address"),
    ],
)
def test_a_wrong_input_gets_one_clear_message_and_exit_code_one(run: Run, arguments: tuple[str, ...], expected: str) -> None:
    done = run(*arguments)
    assert done.returncode == 1
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("funds", "--csv", "--json"),
        ("funds", "--scenario", "trend"),
        ("gap", "--out", "made", "--csv"),
        ("funds", "--out", "made", "--json"),
        ("allocate", "100", "--year", "2024-25", "--out", "made", "--csv"),
    ],
)
def test_options_that_exclude_each_other_are_refused_before_anything_is_written(arguments: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == 2
    assert not Path("made").exists()


def test_a_file_that_the_machine_refuses_is_named_in_words(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run("funds", "--out", str(tmp_path / "file" / "sub"))
    assert (done.returncode, done.stderr) == (1, f"fundgap: {tmp_path / 'file' / 'sub'}: not a directory.\n")


def test_a_table_of_weights_is_told_by_its_file_and_the_rows_that_a_spreadsheet_shows(tmp_path: Path) -> None:
    path = tmp_path / "weights.csv"
    path.write_text("council,weight\nLeeds,1\nKirkles,2\n", "utf-8")
    done = CliRunner().invoke(app, ["allocate", "100", "--year", "2024-25", "--rule", "table", "--weights", str(path)])
    assert f"weights in {path} cannot be used" in str(done.exception)
    assert "row 3, Kirkles" in str(done.exception)


@pytest.mark.parametrize("weight", ["£5", "5%", '"1,234"', "1_000", "five", "", "-1", "inf"])
def test_a_weight_that_is_no_plain_number_is_refused_as_it_stands(tmp_path: Path, weight: str) -> None:
    path = tmp_path / "weights.csv"
    path.write_text(f"council,weight\nLeeds,{weight}\n,\n", "utf-8")
    done = CliRunner().invoke(app, ["allocate", "100", "--year", "2024-25", "--rule", "table", "--weights", str(path)])
    shown = weight.strip('"')
    assert f"row 2, Leeds: found the weight '{shown}'; expected a number from 0 up, in figures alone" in str(done.exception)
    # The line of commas alone below the last row is none of a council.
    assert "row 3" not in str(done.exception)


@pytest.mark.parametrize("line", [("gap", "--out", ""), ("gap", "--out="), ("report", ""), ("council", "")])
def test_an_empty_argument_is_refused_and_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, line)
    assert done.exit_code == 2
    assert "an argument is empty" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_revisions_of_a_table_with_one_release_say_that_there_are_none() -> None:
    assert invoke("revisions", "deflator") == "No figure of it is held from two releases.\n"


def test_report_refuses_a_folder_with_other_files(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", "utf-8")
    done = run("report", str(tmp_path))
    assert done.returncode == 1
    assert "other files than a report" in done.stderr


def test_output_is_utf_8_whatever_the_machine_s_own_encoding_lacks() -> None:
    # The code page of Windows in the west has a pound, but no minus.
    done = subprocess.run(
        [sys.executable, "-m", "fundgap.cli", "council", "Kirkle−s£"],
        capture_output=True,
        check=False,
        env=os.environ | {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"},
    )
    assert done.returncode == 1
    assert "'Kirkle−s£' is no upper-tier council" in done.stderr.decode("utf-8")
