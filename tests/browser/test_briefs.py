"""A council's brief and the page that leads to all of them, as a person meets them: on a desk, on a phone, on two sheets of paper."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from looking import NARROW, PHONE, axe_faults
from playwright.sync_api import Page

import fundgap
from fundgap.data.store import default_store
from fundgap.story.brief_files import write_briefs
from fundgap.story.brief_index import index_page
from fundgap.story.brief_inputs import shared_inputs
from fundgap.story.brief_page import brief_page

# The councils of which there is most to say, and one without a return.
LONG, SHORT = "Cumberland", "Middlesbrough"
HOSTILE = """<img src=x onerror="window.hurt = 1">'"</script><script>window.hurt = 1</script> & Co"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    written = tmp_path_factory.mktemp("briefs")
    write_briefs(written, [LONG, SHORT], index=True)
    return written


@pytest.mark.parametrize("name", [LONG, SHORT])
def test_a_brief_takes_two_sheets_of_paper(page: Page, folder: Path, name: str) -> None:
    page.goto((folder / f"brief-{name.lower()}.html").as_uri())
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 2


@pytest.mark.parametrize("name", [f"brief-{LONG.lower()}", "index"])
def test_axe_finds_no_serious_fault_and_nothing_scrolls_sideways(page: Page, folder: Path, name: str) -> None:
    page.goto((folder / f"{name}.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert axe_faults(page) == []
    for size in (PHONE, NARROW):
        page.set_viewport_size(size)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_the_index_leads_to_each_brief_by_keyboard(page: Page, folder: Path) -> None:
    page.goto((folder / "index.html").as_uri())
    there_now = fundgap.councils().query("last_year.isna()")
    assert page.locator("main .further a").count() == len(there_now)
    page.get_by_role("link", name=LONG, exact=True).first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/brief-{LONG.lower()}.html")
    assert page.locator("h1").inner_text() == LONG


def test_a_hostile_name_is_shown_as_text_and_nothing_of_it_runs(page: Page, tmp_path: Path) -> None:
    inputs = shared_inputs(default_store())
    brief = fundgap.council(LONG)
    figures = brief.figures.map(lambda value: value.replace(LONG, HOSTILE) if isinstance(value, str) else value)
    (tmp_path / "brief.html").write_text(brief_page(replace(brief, council_name=HOSTILE, figures=figures), None, {}, "brief-x"), "utf-8")
    register = inputs.register.assign(council_name=inputs.register["council_name"].replace(LONG, HOSTILE))
    (tmp_path / "index.html").write_text(index_page(register, lambda name: "brief", inputs.latest), "utf-8")
    for name, shown in (("brief", "h1"), ("index", f"a:has-text('{HOSTILE[:8]}')")):
        page.goto((tmp_path / f"{name}.html").as_uri())
        assert page.locator(shown).first.inner_text() == HOSTILE
        assert page.locator("img, script").count() == 0
        assert page.evaluate("window.hurt") is None
