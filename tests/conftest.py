"""What tests share: the official files where they are at hand, and figures that a test may change."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import layouts
import pytest
from mutations import Tally

from fundgap.data.store import Store

if TYPE_CHECKING:
    from fundgap.story.findings import Findings

_FOLDER = "FUNDGAP_OFFICIAL"
# Under this name a test reports how its spoilt files came out, from whichever process runs it.
_SPOILT = "spoilt files"
_TALLY = pytest.StashKey[Tally]()
# Files of tests, and notebooks, that take more than about fifteen seconds, the longest first.
_LONG = (
    *("test_report_pages", "04_gap", "test_refusals", "test_mutations", "test_explorer", "test_official", "test_ingest", "test_together"),
    *("test_projection", "02_spend", "07_claims", "test_briefs", "test_fetch", "test_indicators", "06_journeys", "05_funds", "03_ratings"),
    *("test_claims", "test_revenue_outturn", "test_story", "test_kills", "test_docstrings", "test_panel"),
)


@pytest.fixture(scope="session")
def official() -> Path:
    """Return the folder of official files; skip the test where nobody has said where it is."""
    if not os.environ.get(_FOLDER):
        pytest.skip(f"the official files are not here: set {_FOLDER} to their folder")
    return Path(os.environ[_FOLDER])


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return a fresh copy of the committed figures."""
    return Store(shutil.copytree(layouts.DATA, tmp_path / "data"))


@pytest.fixture
def bare_store(tmp_path: Path) -> Store:
    """Return a store with the registers and without a single figure."""
    return layouts.registers_only(tmp_path / "bare")


@pytest.fixture(scope="session")
def findings() -> "Findings":
    """Return what the story tells of the figures in use, computed once a process: nothing in it may be changed in place."""
    # Statistics and drawing are imported where they are wanted: most tests of the data need neither.
    from fundgap.story.findings import Findings

    return Findings()


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Iterator[Tally]:
    """Return a count of spoilt files; those of all tests are added up at the end of the run."""
    tally = Tally()
    yield tally
    request.node.user_properties.append((_SPOILT, [(kind, outcome, count) for (kind, outcome), count in tally.counts.items()]))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take long first: where two processes share the tests, neither waits for the other at the end."""
    items.sort(key=lambda item: next((place for place, stem in enumerate(_LONG) if item.path.stem == stem), len(_LONG)))


def pytest_configure(config: pytest.Config) -> None:
    # A shell that starts the tests in the background has them ignore Ctrl-C, and every process they start inherits that: tests of it would
    # wait in vain.
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    config.stash[_TALLY] = Tally()
    config.pluginmanager.register(_Counter(config.stash[_TALLY]))


class _Counter:
    """Adds up what the tests report."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "teardown":
            for kind, outcome, count in dict(report.user_properties).get(_SPOILT, ()):
                self.tally.counts[kind, outcome] += count


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.stash[_TALLY].counts:
        terminalreporter.section(_SPOILT)
        for line in config.stash[_TALLY].lines():
            terminalreporter.write_line(line)
