"""A council's brief and the page that leads to all of them, as a person meets them: on a desk, on a phone, on two sheets of paper."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

import fundgap
from fundgap.data.store import default_store
from fundgap.story.brief_files import write_briefs
from fundgap.story.brief_index import index_page
from fundgap.story.brief_inputs import shared_inputs
from fundgap.story.brief_page import brief_page

axe_playwright = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core comes with fundgap[dev]")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# The councils of which there is most to say, and one without a return.
LONG, SHORT = "Cumberland", "Middlesbrough"
HOSTILE = """<img src=x onerror="window.hurt = 1">'"</script><script>window.hurt = 1</script> & Co"""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: the page cannot be opened as a reader would")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    written = tmp_path_factory.mktemp("briefs")
    write_briefs(written, [LONG, SHORT], index=True)
    return written


@pytest.fixture
def opened(browser: Browser) -> Iterator[Page]:
    """A page that complains when the console does, or when anything is asked of the network."""
    one = browser.new_page(viewport={"width": 1280, "height": 900})
    complaints: list[str] = []
    one.on("console", lambda message: complaints.append(message.text))
    one.on("pageerror", lambda error: complaints.append(str(error)))
    one.on("request", lambda request: complaints.append(request.url) if not request.url.startswith(("file:", "data:")) else None)
    yield one
    one.close()
    assert complaints == []


@pytest.mark.parametrize("name", [LONG, SHORT])
def test_a_brief_takes_two_sheets_of_paper(opened: Page, folder: Path, name: str) -> None:
    opened.goto((folder / f"brief-{name.lower()}.html").as_uri())
    printed = opened.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 2


@pytest.mark.parametrize("name", [f"brief-{LONG.lower()}", "index"])
def test_axe_finds_no_serious_fault_and_nothing_scrolls_sideways(opened: Page, folder: Path, name: str) -> None:
    opened.goto((folder / f"{name}.html").as_uri())
    opened.add_style_tag(content=".scroll { background: none !important }")
    opened.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = axe_playwright.Axe().run(opened, options={"resultTypes": ["violations"], "preload": False}).response
    assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found["violations"] if one["impact"] in ("serious", "critical")] == []
    for width in (390, 320):
        opened.set_viewport_size({"width": width, "height": 640})
        assert opened.evaluate("document.documentElement.scrollWidth") <= width


def test_the_index_leads_to_each_brief_by_keyboard(opened: Page, folder: Path) -> None:
    opened.goto((folder / "index.html").as_uri())
    there_now = fundgap.councils().query("last_year.isna()")
    assert opened.locator("main .further a").count() == len(there_now)
    opened.get_by_role("link", name=LONG, exact=True).first.focus()
    opened.keyboard.press("Enter")
    opened.wait_for_url(f"**/brief-{LONG.lower()}.html")
    assert opened.locator("h1").inner_text() == LONG


def test_a_hostile_name_is_shown_as_text_and_nothing_of_it_runs(opened: Page, tmp_path: Path) -> None:
    inputs = shared_inputs(default_store())
    brief = fundgap.council(LONG)
    figures = brief.figures.map(lambda value: value.replace(LONG, HOSTILE) if isinstance(value, str) else value)
    (tmp_path / "brief.html").write_text(brief_page(replace(brief, council_name=HOSTILE, figures=figures), None, {}, "brief-x"), "utf-8")
    register = inputs.register.assign(council_name=inputs.register["council_name"].replace(LONG, HOSTILE))
    (tmp_path / "index.html").write_text(index_page(register, lambda name: "brief", inputs.latest), "utf-8")
    for name, shown in (("brief", "h1"), ("index", f"a:has-text('{HOSTILE[:8]}')")):
        opened.goto((tmp_path / f"{name}.html").as_uri())
        assert opened.locator(shown).first.inner_text() == HOSTILE
        assert opened.locator("img, script").count() == 0
        assert opened.evaluate("window.hurt") is None
