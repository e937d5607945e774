"""The report in a reader's hands: what the front page answers, what its pages say of themselves, and the way through it by keyboard."""

import re
from pathlib import Path

from looking import CHAPTERS, DESK, PAGES, PHONE, Look
from playwright.sync_api import Page

import fundgap

MOST_BYTES = 25_000_000
# A page of prose is read at most this wide.
MOST_LETTERS = 95


def test_the_front_page_answers_three_questions_before_the_first_chart(shared: Look) -> None:
    page = shared("index.html").at()
    assert page.locator(".summary dt").count() == 3
    box = page.locator(".summary").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < DESK["height"]
    assert 4 <= page.locator("figure.chart").count() <= 6


def test_each_figure_of_the_front_page_says_when_in_which_prices_and_how_sure(shared: Look) -> None:
    told = "all => all.map(one => ['.title', '.measure', '.source'].map(part => one.querySelector(part).innerText).join(' '))"
    for words in shared("index.html").at().eval_on_selector_all("figure.chart", told):
        assert re.search(r"20\d\d", words), words
        assert re.search(r"20\d\d-\d\d prices|cash", words), words
        assert re.search(r"95% intervals|bands: 50% and 80% of draws|without (a range|sampling)|gave no range", words), words


def test_no_chart_of_the_front_page_is_wider_than_a_phone(site: Path, page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.goto((site / "index.html").as_uri())
    wider = "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.getAttribute('aria-label'))"
    assert page.locator(".picture").count() >= 4
    assert page.eval_on_selector_all(".picture", wider) == []
    assert page.locator(".sideways:visible").count() == 0


def test_text_is_no_wider_than_can_be_read(shared: Look) -> None:
    page = shared("methods.html").at()
    widest = page.eval_on_selector_all("main p, main li", "all => Math.max(...all.map(one => one.getBoundingClientRect().width))")
    letter = """() => { const ink = document.createElement('canvas').getContext('2d');
                        ink.font = getComputedStyle(document.body).font; return ink.measureText('0').width }"""
    assert widest / page.evaluate(letter) < MOST_LETTERS


def test_the_assumptions_are_rated_in_words_beside_the_colour(shared: Look) -> None:
    page = shared("assumptions.html").at()
    assumed = sum(len(fundgap.scenario(name).to_frame()) for name in fundgap.scenarios()["id"])
    assert page.locator("tbody tr").count() - page.locator("footer tbody tr").count() == assumed
    assert set(page.locator(".rag").all_inner_texts()) <= {"red", "amber", "green"}
    assert page.locator(".rag").count() == 2 * assumed


def test_the_sources_have_an_address_each(shared: Look) -> None:
    addresses = shared("sources.html").at().eval_on_selector_all("main td a, main tbody th a", "all => all.map(one => one.href)")
    assert len(addresses) == len(fundgap.sources())
    assert all(address.startswith("https://") for address in addresses)


def test_a_keyboard_skips_to_the_content(site: Path, page: Page) -> None:
    page.goto((site / "index.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert page.locator(".skip").bounding_box()["x"] >= 0  # type: ignore[index]
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_a_keyboard_walks_the_contents_and_sees_where_it_is(site: Path, page: Page) -> None:
    page.goto((site / CHAPTERS[0]).as_uri())
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        href, outline = page.evaluate("(one => [one.getAttribute('href'), getComputedStyle(one).outlineStyle])(document.activeElement)")
        assert outline != "none"
        reached.append(href)
        if page.evaluate("document.activeElement.closest('main') !== null"):
            break
    assert set(PAGES) <= set(reached)


def test_a_keyboard_opens_the_contents_of_a_phone_and_goes_to_a_page(site: Path, page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.goto((site / "index.html").as_uri())
    assert not page.locator(".listed a").last.is_visible()
    page.locator(".contents summary").focus()
    page.keyboard.press("Enter")
    page.locator(".listed a").last.focus()
    assert page.locator(".listed a").last.is_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/sources.html")


def test_a_keyboard_opens_the_figures_behind_a_chart_and_scrolls_a_wide_table(site: Path, page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.goto((site / "index.html").as_uri())
    page.locator(".data summary").first.focus()
    page.keyboard.press("Enter")
    wide = page.locator(".data .scroll").first
    assert wide.is_visible()
    wide.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.activeElement.scrollLeft > 0")


def test_nothing_moves_where_a_reader_wants_less_motion(site: Path, page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto((site / "index.html").as_uri())
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


def test_the_report_is_small_enough_to_send(site: Path) -> None:
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) < MOST_BYTES
