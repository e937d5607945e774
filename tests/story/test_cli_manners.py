"""Manners of the command line: examples that parse, one place for output, quiet on pipes, exit codes, no colour unasked."""

import os
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

import fundgap
from fundgap import cli, cli_output
from fundgap.cli_output import CODES, Code, Commands, complain, counting, examples, print_table, tell, working, wrapped
from fundgap.errors import NoData

GROUP = typer.main.get_command(cli.app)
COMMANDS = sorted(GROUP.commands)
# Commands that print no figures: they write files, and say which.
WITHOUT_FIGURES = {"build", "ingest", "report"}


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fundgap.cli", *arguments], capture_output=True, text=True, check=False, env=os.environ | environment
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_examples_that_it_accepts(name: str) -> None:
    import shlex

    command = GROUP.commands[name]
    assert examples(command), f"the docstring of '{name}' has no line 'Example: fundgap {name} …'"
    for example in examples(command):
        program, said, *arguments = shlex.split(example)
        assert (program, said) == ("fundgap", name), example
        command.make_context(name, arguments)  # Parses, and runs nothing.


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - WITHOUT_FIGURES))
def test_every_command_that_gives_figures_gives_them_to_machines_too(name: str) -> None:
    options = {option for parameter in GROUP.commands[name].params for option in parameter.opts}
    assert options >= {"--csv", "--json"}


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - WITHOUT_FIGURES))
def test_csv_and_json_exclude_each_other_before_any_work_is_done(name: str) -> None:
    needed = ["rating ~ deprivation_decile"] if name == "ratings" else []
    done = CliRunner().invoke(cli.app, [name, *needed, "--csv", "--json"])
    assert done.exit_code == Code.USAGE, done.output
    assert done.stdout == ""


def test_examples_stand_at_the_end_of_the_help_one_a_line() -> None:
    text = CliRunner().invoke(cli.app, ["sources", "--help"]).output
    assert text.index("--json") < text.index("Example: fundgap sources")
    assert "Example: fundgap sources --csv" in text


def test_help_says_what_every_exit_code_means() -> None:
    text = " ".join(CliRunner().invoke(cli.app, ["--help"]).output.split())
    assert set(CODES) == set(Code)
    for code, meaning in CODES.items():
        assert f"{code:d} {meaning}".split(".")[0] in text


def test_a_fault_has_one_message_and_a_traceback_only_where_asked_for() -> None:
    plain, debugging = run("gap", "--council", "Kirkles"), run("gap", "--council", "Kirkles", "--debug")
    assert (plain.returncode, debugging.returncode) == (Code.FAULT, Code.FAULT)
    assert len(plain.stderr.splitlines()) == 1
    assert plain.stderr.startswith("fundgap: ")
    assert "Traceback" in debugging.stderr
    assert debugging.stderr.endswith(plain.stderr)


def ending(monkeypatch: pytest.MonkeyPatch, error: BaseException, *arguments: str) -> int | str | None:
    """Return the exit code of a command that ends with an error."""

    def fails(*args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr(sys, "argv", ["fundgap", *arguments])
    monkeypatch.setattr(cli, "app", fails)
    with pytest.raises(SystemExit) as end:
        cli.main()
    return end.value.code


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (NoData("no such year"), Code.FAULT, "fundgap: no such year"),
        (PermissionError(13, "Permission denied", "report"), Code.FAULT, "fundgap: report: permission denied."),
        (ZeroDivisionError("division by zero"), Code.UNEXPECTED, "unexpected ZeroDivisionError: division by zero"),
        (SystemExit(130), Code.INTERRUPTED, "interrupted"),
        (SystemExit(2), Code.USAGE, ""),
    ],
)
def test_each_kind_of_end_has_its_code_and_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException, code: Code, says: str
) -> None:
    monkeypatch.delenv("FUNDGAP_DEBUG", raising=False)
    assert ending(monkeypatch, error) == code
    said = capsys.readouterr()
    assert says in said.err
    assert "Traceback" not in said.err
    assert said.out == ""


def test_a_fault_of_fundgaps_own_shows_its_place_with_debug(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert ending(monkeypatch, ZeroDivisionError("x"), "gap", "--debug") == Code.UNEXPECTED
    assert "Traceback" in capsys.readouterr().err


def test_a_reader_who_stops_reading_is_no_fault() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "fundgap.cli", "sources", "--csv"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        told = process.stderr.read()
    assert (process.returncode, told) == (Code.CLOSED, "")


@pytest.mark.skipif(sys.platform == "win32", reason="a process there cannot be sent Ctrl-C alone")
def test_ctrl_c_is_one_line_and_130() -> None:
    code = "import time\nfrom fundgap import cli\nfrom fundgap.data import panel\n"
    code += "def wait(*a):\n print('at work', flush=True)\n time.sleep(60)\n"
    code += "panel.build = wait\nimport sys\nsys.argv = ['fundgap', 'build']\ncli.main()"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "at work\n"
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
    assert process.returncode == Code.INTERRUPTED
    assert told == "fundgap: interrupted; nothing half-written is left.\n"


# Terminals and pipes ---------------------------------------------------------------------------------------------------


def looked_at(monkeypatch: pytest.MonkeyPatch, is_terminal: bool) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_terminal, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


def all_that_is_told() -> None:
    tell("reading")
    with working("Fitting"):
        pass
    with counting("Briefs") as done:
        done(3, 153)


def test_nobody_is_told_of_progress_on_a_pipe(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    looked_at(monkeypatch, is_terminal=False)
    all_that_is_told()
    assert capsys.readouterr() == ("", "")


def test_progress_is_told_on_a_terminal_and_never_on_stdout(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    looked_at(monkeypatch, is_terminal=True)
    all_that_is_told()
    said = capsys.readouterr()
    assert said.out == ""
    assert "… reading" in said.err
    assert "3/153" in said.err


@pytest.mark.parametrize(("is_terminal", "no_color", "is_coloured"), [(True, None, True), (True, "1", False), (False, None, False)])
def test_colour_is_for_terminals_and_not_where_no_color_is_set(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], is_terminal: bool, no_color: str | None, is_coloured: bool
) -> None:
    looked_at(monkeypatch, is_terminal)
    if no_color:
        monkeypatch.setenv("NO_COLOR", no_color)
    complain("no [bold]such[/bold] year: " + "x" * 300)
    said = capsys.readouterr().err
    assert ("\x1b[1;31m" in said or "\x1b[31m" in said) == is_coloured
    # Nothing in the text is taken for markup, nor broken over lines.
    assert f"no [bold]such[/bold] year: {'x' * 300}\n" in said


@pytest.mark.parametrize("arguments", [("--help",), ("gap", "--help"), ("sources",), ("gap", "--nope")])
def test_no_escape_code_reaches_a_pipe(arguments: tuple[str, ...]) -> None:
    done = CliRunner().invoke(cli.app, list(arguments))
    assert "\x1b" not in done.output


def test_json_has_null_for_what_is_missing_and_csv_an_empty_cell(capsys: pytest.CaptureFixture[str]) -> None:
    import pandas as pd

    frame = pd.DataFrame({"council": ["A é"], "gap_gbp": [float("nan")]})
    print_table(frame, frame, as_csv=True, as_json=False)
    print_table(frame, frame, as_csv=False, as_json=True)
    csv, _, shown = capsys.readouterr().out.partition("[")
    assert csv == "council,gap_gbp\nA é,\n"
    assert '"gap_gbp": null' in shown
    assert '"council": "A é"' in shown


def test_the_group_of_commands_shows_examples_of_whatever_command_is_added() -> None:
    """A command added by one decorator and one docstring line has its example at the end of its help."""
    app = typer.Typer(cls=Commands)

    @app.command()
    def one() -> None:
        """Do a thing.

        Example: fundgap one
        Example: fundgap one --more
        """

    @app.command()
    def two() -> None:
        """Do another."""

    group = typer.main.get_command(app)
    assert examples(group.commands["one"]) == ["fundgap one", "fundgap one --more"]
    assert group.commands["one"].help == "Do a thing."
    assert examples(group.commands["two"]) == []


def test_the_command_line_stays_light() -> None:
    code = "import sys, fundgap.cli; print(sorted({'pandas', 'numpy', 'rich', 'matplotlib'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]", done.stdout
    assert fundgap.__name__ == cli_output.__name__.split(".")[0]


def test_a_table_wider_than_the_terminal_folds_within_its_columns_and_loses_no_word() -> None:
    words = "a claim of many words that no terminal holds in one line [bold]whatever[/bold] they say"
    told = wrapped(pd.DataFrame({"id": ["nineteen"], "claim": [words]}), width=40)
    assert max(map(len, told.splitlines())) <= 40
    assert told.split() == ["id", "claim", "nineteen", *words.split()]
