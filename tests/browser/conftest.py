"""One Chromium for every test of a page, looked for here alone: Playwright's own loop runs once a process. One report for all processes."""

import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from filelock import FileLock
from handed_on import already_run, kept
from looking import DESK, Look, Opened
from playwright.sync_api import BrowserContext, Page, sync_playwright

from fundgap.story import site as pages

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests of pages where there is no Chromium, before a report is made for them."""
    if CHROMIUM is None:
        skip = pytest.mark.skip(reason="no Chromium on this machine: the pages cannot be opened as a reader would")
        for item in items:
            if HERE in item.path.parents:
                item.add_marker(skip)


@pytest.fixture(scope="session")
def browser() -> Iterator[BrowserContext]:
    """One window for all pages: a new one for each takes Chromium longer than the page."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running.new_context(viewport=DESK)
        running.close()


@pytest.fixture
def page(browser: BrowserContext) -> Iterator[Page]:
    """A page of a test's own, that complains when the console does, or when anything is asked of the network."""
    opened = Opened(browser.new_page())
    yield opened.page
    opened.page.close()
    assert opened.complaints == []
    assert [url for url in opened.asked if not url.startswith(("file:", "data:", "blob:"))] == []


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return the folder of the report, made once for all processes: nothing in it may be changed.

    Notebooks that nbval has just run, as in `make test`, are not run again.
    """
    folder = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        folder = folder.parent
    with FileLock(folder / "site.lock"), pytest.MonkeyPatch.context() as patch:
        if kept():
            patch.setattr(pages, "executing", already_run)
        made = folder / "site" / "index.html"
        return (made if made.is_file() else pages.report(made.parent)).parent


@pytest.fixture(scope="session")
def shared(site: Path, browser: BrowserContext) -> Look:
    """Return how to have a page of the report open that is only looked at."""

    @cache
    def look(name: str) -> Opened:
        opened = Opened(browser.new_page())
        opened.page.goto((site / name).as_uri())
        return opened

    return look
