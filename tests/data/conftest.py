"""What came of the spoilt files, as a table at the end of a test run."""

import pytest
from mutations import Tally

TALLY = pytest.StashKey[Tally]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[TALLY] = Tally()


@pytest.fixture(scope="session")
def tally(request: pytest.FixtureRequest) -> Tally:
    """Return the count of spoilt files, kept for the whole run."""
    return request.config.stash[TALLY]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.stash[TALLY].counts:
        terminalreporter.section("spoilt files")
        for line in config.stash[TALLY].lines():
            terminalreporter.write_line(line)
