"""The report as a person meets it: opened from disk in a browser, with no network, at desk and phone width."""

import itertools
import shutil
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from fundgap.story.site import report

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]
PAGES = ("index.html", "01_data.html", "03_ratings.html", "04_gap.html", "05_funds.html", "06_journeys.html", "07_claims.html")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: the pages cannot be opened as a reader would")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return report(tmp_path_factory.mktemp("site") / "report").parent


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator[tuple[Page, list[str], list[str]]]:
    page = browser.new_page()
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    yield page, complaints, asked
    page.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_from_disk_whole_and_without_the_network(site: Path, opened: tuple[Page, list[str], list[str]], name: str) -> None:
    page, complaints, asked = opened
    page.goto((site / name).as_uri())
    assert complaints == []
    assert all(url.startswith(("file:", "data:")) for url in asked)
    broken = page.eval_on_selector_all("img", "images => images.filter(image => !image.naturalWidth || !image.alt.trim()).length")
    assert broken == 0
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang") == "en-GB"
    levels = page.eval_on_selector_all("h1, h2, h3", "headings => headings.map(heading => +heading.tagName[1])")
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_phone(site: Path, opened: tuple[Page, Any, Any], name: str) -> None:
    page = opened[0]
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto((site / name).as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_links_lead_to_pages_that_are_there(site: Path, opened: tuple[Page, Any, Any]) -> None:
    page = opened[0]
    page.goto((site / "index.html").as_uri())
    links = page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))")
    local = {link for link in links if not link.startswith(("http", "#"))}
    assert set(PAGES) <= local
    assert all((site / link).is_file() for link in local)


def test_the_front_page_answers_three_questions_before_the_first_chart(site: Path, opened: tuple[Page, Any, Any]) -> None:
    page = opened[0]
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto((site / "index.html").as_uri())
    assert page.locator(".summary dt").count() == 3
    assert page.locator(".summary").bounding_box()["y"] + page.locator(".summary").bounding_box()["height"] < 900
    assert page.locator("figure img").count() >= 4


def test_a_keyboard_reaches_the_content_and_opens_the_figures_behind_a_chart(site: Path, opened: tuple[Page, Any, Any]) -> None:
    page = opened[0]
    page.goto((site / "index.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    fold = page.locator("figcaption summary").first
    fold.focus()
    page.keyboard.press("Enter")
    assert page.locator("figcaption table").first.is_visible()


def test_the_manifest_names_inputs_by_hash_and_the_software(site: Path) -> None:
    manifest = tomllib.loads((site / "manifest.toml").read_text("utf-8"))
    assert len(manifest["inputs"]["council_years.csv"]) == 64
    assert manifest["versions"]["python"] == ".".join(map(str, sys.version_info[:3]))
