"""The report as a person meets it: opened from disk in a browser, with no network, at desk and phone width, on paper and by keyboard."""

import csv
import itertools
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

import fundgap
from fundgap.story.site import report

axe_playwright = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core comes with fundgap[dev]")

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = [f"{path.stem}.html" for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))]
PAGES = ["index.html", *CHAPTERS, "assumptions.html", "data-notes.html", "methods.html", "sources.html"]
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
# The narrowest screen on which text has to flow without scrolling to the side (WCAG 2.2, 1.4.10).
NARROW = {"width": 320, "height": 640}
# A4 less its margins, at 96 dots an inch.
PAPER = {"width": 680, "height": 1009}
MOST_BYTES = 25_000_000
# Rows of a chart's figures that a page shows; the file beside it has all.
SHOWN_ROWS = 200
# Of the figures behind a chart the first rows stand for the rest, which are made alike.
AXE_CONTEXT = {"exclude": [".data tbody tr:nth-child(n+4)"]}
# What stands for nothing in a program, nought with a sign, a name of a column's pounds, and thousands not set apart.
MACHINE_WORDS = re.compile(r"(?<![\w.])(?:[Nn]a[nN]|None|NaT|[-−]0(?:\.0+)?%?)(?![\w.])| gbp\b|(?<![\w.])\d{7,}(?!\w)")
# A page of prose is read at most this wide.
MOST_LETTERS = 95


Look = Callable[[str], "Opened"]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return report(tmp_path_factory.mktemp("site") / "report").parent


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a test's own, to be changed as it likes."""
    opened = browser.new_page(viewport=DESK)
    yield opened
    opened.close()


@dataclass
class Opened:
    """A page at a desk that tests share, and what happened while it was opened."""

    page: Page
    complaints: list[str]
    asked: list[str]


@pytest.fixture(scope="session")
def shared(site: Path, browser: Browser) -> Callable[[str], Opened]:
    """Return how to have a page open that is only looked at."""

    @cache
    def look(name: str) -> Opened:
        opened = Opened(browser.new_page(viewport=DESK), [], [])
        opened.page.on("console", lambda message: opened.complaints.append(message.text))
        opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        opened.page.on("request", lambda request: opened.asked.append(request.url))
        go(opened.page, site, name)
        return opened

    return look


def go(page: Page, site: Path, name: str) -> None:
    page.goto((site / name).as_uri())


def test_every_page_of_the_report_is_known_here(site: Path) -> None:
    assert {path.name for path in site.glob("*.html")} == {*PAGES, "explorer.html"}  # test_explorer.py opens that one
    assert len(CHAPTERS) >= 5


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_from_disk_whole_and_without_the_network(shared: Look, name: str) -> None:
    opened = shared(name)
    page = opened.page
    assert opened.complaints == []
    assert len(opened.asked) >= 2
    assert all(url.startswith(("file:", "data:")) for url in opened.asked)
    assert page.eval_on_selector_all("img", "all => all.filter(one => !one.naturalWidth || !one.alt.trim()).length") == 0
    assert page.locator("script, iframe, link[rel=preconnect]").count() == 0
    assert page.locator("html").get_attribute("lang") == "en-GB"
    assert page.locator("a[aria-current=page]").get_attribute("href") == name
    assert "fundgap" in page.title() or name == "index.html"


@pytest.mark.parametrize("name", PAGES)
def test_headings_go_down_by_one_and_names_are_given_once(shared: Look, name: str) -> None:
    page = shared(name).page
    levels = page.eval_on_selector_all("h1, h2, h3, h4, h5, h6", "all => all.map(one => +one.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert page.evaluate("(ids => ids.length - new Set(ids).size)([...document.querySelectorAll('[id]')].map(one => one.id))") == 0


@pytest.mark.parametrize("width", [PHONE, NARROW], ids=lambda size: f"{size['width']}px")
def test_no_page_scrolls_sideways_on_a_phone(site: Path, page: Page, width: Any) -> None:
    page.set_viewport_size(width)
    for name in PAGES:
        go(page, site, name)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= width["width"], name


def test_no_chart_of_the_front_page_is_wider_than_a_phone(site: Path, page: Page) -> None:
    page.set_viewport_size(PHONE)
    go(page, site, "index.html")
    wider = "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.getAttribute('aria-label'))"
    assert page.locator(".picture").count() >= 4
    assert page.eval_on_selector_all(".picture", wider) == []
    assert page.locator(".sideways:visible").count() == 0


def test_every_link_and_anchor_leads_somewhere(site: Path, shared: Look) -> None:
    anchors: dict[str, set[str]] = {}
    links: list[tuple[str, str]] = []
    for name in PAGES:
        page = shared(name).page
        anchors[name] = set(page.eval_on_selector_all("[id]", "all => all.map(one => one.id)"))
        links += [(name, link) for link in page.eval_on_selector_all("a[href]", "all => all.map(one => one.getAttribute('href'))")]
    assert len(links) > 20 * len(PAGES)
    for name, link in links:
        if link.startswith("https://"):
            continue
        target, _, anchor = link.partition("#")
        assert (site / (target or name)).is_file(), (name, link)
        assert not anchor or anchor in anchors[target or name], (name, link)
    assert set(PAGES) <= {link for name, link in links if name == "index.html"}


@pytest.mark.parametrize("name", PAGES)
def test_every_chart_says_its_finding_and_has_its_figures_as_a_table_and_a_file(site: Path, shared: Look, name: str) -> None:
    page = shared(name).page
    charts = page.eval_on_selector_all(
        "figure.chart",
        """all => all.map(one => ({
            words: ['.title', '.measure', '.source'].map(part => one.querySelector(part).textContent),
            alt: one.querySelector('img').alt, file: one.querySelector('a[download]').getAttribute('href'),
            rows: one.querySelectorAll('tbody tr').length, columns: one.querySelectorAll('thead th').length}))""",
    )
    assert page.locator("img").count() == len(charts)
    for chart in charts:
        assert re.match(r"Figure (\d+\.)?\d+", chart["words"][0])
        assert all(len(text) > 15 for text in chart["words"])
        assert len(chart["alt"]) > 40
        with (site / chart["file"]).open(encoding="utf-8", newline="") as lines:
            rows = list(csv.reader(lines))
        assert len(rows) >= 3
        assert chart["rows"] == min(len(rows) - 1, SHOWN_ROWS)
        assert chart["columns"] == len(rows[0])


def test_the_front_page_answers_three_questions_before_the_first_chart(shared: Look) -> None:
    page = shared("index.html").page
    assert page.locator(".summary dt").count() == 3
    box = page.locator(".summary").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < DESK["height"]
    assert 4 <= page.locator("figure.chart").count() <= 6


def test_each_figure_of_the_front_page_says_when_in_which_prices_and_how_sure(shared: Look) -> None:
    told = "all => all.map(one => ['.title', '.measure', '.source'].map(part => one.querySelector(part).innerText).join(' '))"
    for words in shared("index.html").page.eval_on_selector_all("figure.chart", told):
        assert re.search(r"20\d\d", words), words
        assert re.search(r"20\d\d-\d\d prices|cash", words), words
        assert re.search(r"95% intervals|bands: 50% and 80% of draws|without (a range|sampling)|gave no range", words), words


def test_tables_have_words_to_the_left_figures_to_the_right_and_a_caption(shared: Look) -> None:
    sides = {"number": "right", "": "left", "short": "left", "long": "left"}
    columns = """all => all.flatMap(table => [...table.tHead.rows[0].cells].map((_, place) => {
        const cells = [...table.tBodies[0].rows].map(row => row.cells[place]).filter(cell => cell && cell.textContent.trim());
        return {look: cells.length ? cells[0].className : '', side: cells.length ? getComputedStyle(cells[0]).textAlign : 'left',
                texts: cells.map(cell => cell.textContent.trim())}}))"""
    seen = dict.fromkeys(sides, 0)
    for name in PAGES:
        page = shared(name).page
        assert page.locator("table").count() == page.locator(".scroll > table > caption").count(), name
        for column in page.eval_on_selector_all("table", columns):
            assert column["side"].replace("start", "left") == sides[column["look"]], (name, column)
            seen[column["look"]] += 1
            if column["texts"] and all(re.fullmatch(r"[-+]?£?[\d,]+\.\d+%?", text) for text in column["texts"]):
                assert column["look"] == "number", (name, column)
            if column["texts"] and all(re.fullmatch(r"[A-Za-z ]+", text) for text in column["texts"]):
                assert column["look"] != "number", (name, column)
    assert min(seen.values()) > 10


@pytest.mark.parametrize("name", PAGES)
def test_each_table_has_a_caption_that_no_other_has(site: Path, name: str) -> None:
    captions = re.findall(r"<caption>(.*?)</caption>", (site / name).read_text("utf-8"), flags=re.DOTALL)
    # Without its number: "Table 3.1".
    words = [re.sub(r'<span class="label">.*?</span>|<[^>]+>', "", caption).strip() for caption in captions]
    assert [one for one in words if not one or words.count(one) > 1 or one.endswith((".", ":"))] == []


@pytest.mark.parametrize("name", PAGES)
def test_no_cell_shows_what_a_program_says_for_nothing_or_a_number_unset(site: Path, name: str) -> None:
    cells = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", (site / name).read_text("utf-8"), flags=re.DOTALL)
    texts = [re.sub(r"<[^>]+>", "", cell) for cell in cells]
    assert [text for text in texts if MACHINE_WORDS.search(text)] == []


def test_text_is_no_wider_than_can_be_read(shared: Look) -> None:
    page = shared("methods.html").page
    widest = page.eval_on_selector_all("main p, main li", "all => Math.max(...all.map(one => one.getBoundingClientRect().width))")
    letter = """() => { const ink = document.createElement('canvas').getContext('2d');
                        ink.font = getComputedStyle(document.body).font; return ink.measureText('0').width }"""
    assert widest / page.evaluate(letter) < MOST_LETTERS


def test_a_keyboard_skips_to_the_content(site: Path, page: Page) -> None:
    go(page, site, "index.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert page.locator(".skip").bounding_box()["x"] >= 0  # type: ignore[index]
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_a_keyboard_walks_the_contents_and_sees_where_it_is(site: Path, page: Page) -> None:
    go(page, site, CHAPTERS[0])
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
    go(page, site, "index.html")
    assert not page.locator(".listed a").last.is_visible()
    page.locator(".contents summary").focus()
    page.keyboard.press("Enter")
    page.locator(".listed a").last.focus()
    assert page.locator(".listed a").last.is_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/sources.html")


def test_a_keyboard_opens_the_figures_behind_a_chart_and_scrolls_a_wide_table(site: Path, page: Page) -> None:
    page.set_viewport_size(PHONE)
    go(page, site, "index.html")
    page.locator(".data summary").first.focus()
    page.keyboard.press("Enter")
    wide = page.locator(".data .scroll").first
    assert wide.is_visible()
    wide.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.activeElement.scrollLeft > 0")


@pytest.mark.parametrize("name", PAGES)
def test_print_hides_nothing_without_saying_so(shared: Look, name: str) -> None:
    page = shared(name).page
    page.emulate_media(media="print")
    page.set_viewport_size(PAPER)
    assert page.evaluate("document.documentElement.scrollWidth") <= PAPER["width"]
    hidden = page.eval_on_selector_all(
        "main :is(h1, h2, h3, p, li, dt, dd, td, th, caption, img, pre), footer :is(p, dd, td)",
        """all => all.filter(one => !one.closest('.code, .lengthy, .onward, .sideways') && !one.querySelector(':scope > a[download]')
                                 && !one.getClientRects().length).map(one => one.outerHTML.slice(0, 100))""",
    )
    assert hidden == []
    assert page.locator("details.lengthy:visible").count() == 0
    assert page.locator("figure p.printed:visible").count() == page.locator("details.lengthy").count()
    assert page.locator("footer p.printed").is_visible()
    clipped = "all => all.filter(one => getComputedStyle(one).overflowX !== 'visible').length"
    assert page.eval_on_selector_all("main .scroll", clipped) == 0
    page.emulate_media(media="screen")
    page.set_viewport_size(DESK)


def test_nothing_moves_where_a_reader_wants_less_motion(site: Path, page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    go(page, site, "index.html")
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_serious_fault(shared: Look, name: str) -> None:
    page = shared(name).page
    folds = page.locator("details")
    folds.evaluate_all("all => all.forEach(one => one.open = true)")
    faults = axe_faults(page)
    folds.evaluate_all("all => all.forEach(one => one.open = false)")
    assert faults == []


def test_axe_finds_no_serious_fault_on_a_phone_with_its_contents_open(site: Path, page: Page) -> None:
    page.set_viewport_size(PHONE)
    go(page, site, CHAPTERS[-1])
    page.locator(".contents summary").click()
    assert axe_faults(page) == []


def axe_faults(page: Page) -> list[tuple[str, str]]:
    """Return what axe-core calls serious or critical."""
    # The shadows at the edges of wide tables are gradients, over which axe would not judge the contrast of words.
    page.add_style_tag(content=".scroll { background: none !important }")
    found = axe_playwright.Axe().run(page, context=AXE_CONTEXT, options={"resultTypes": ["violations"]}).response
    assert found["testEngine"]["name"] == "axe-core"
    return [(one["id"], one["nodes"][0]["html"][:120]) for one in found["violations"] if one["impact"] in ("serious", "critical")]


def test_the_assumptions_are_rated_in_words_beside_the_colour(shared: Look) -> None:
    page = shared("assumptions.html").page
    assumed = sum(len(fundgap.scenario(name).to_frame()) for name in fundgap.scenarios()["id"])
    assert page.locator("tbody tr").count() - page.locator("footer tbody tr").count() == assumed
    assert set(page.locator(".rag").all_inner_texts()) <= {"red", "amber", "green"}
    assert page.locator(".rag").count() == 2 * assumed


def test_the_sources_have_an_address_each(shared: Look) -> None:
    addresses = shared("sources.html").page.eval_on_selector_all("main td a, main tbody th a", "all => all.map(one => one.href)")
    assert len(addresses) == len(fundgap.sources())
    assert all(address.startswith("https://") for address in addresses)


def test_the_manifest_names_inputs_by_hash_software_scenarios_and_seeds(site: Path, shared: Look) -> None:
    manifest = tomllib.loads((site / "manifest.toml").read_text("utf-8"))
    assert len(manifest["inputs"]["council_years.csv"]) == 64
    assert manifest["versions"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert manifest["scenarios"] == list(fundgap.scenarios()["id"])
    notebook = (ROOT / "notebooks/03_ratings.ipynb").read_text("utf-8")
    assert set(manifest["seeds"]["03_ratings"]) == {int(seed) for seed in re.findall(r"seed=(\d+)", notebook)}
    for name in PAGES:
        told = shared(name).page.locator(".manifest").text_content() or ""
        assert all(known in told for known in ("council_years.csv", *manifest["scenarios"], manifest["versions"]["pandas"]))


def test_the_report_is_small_enough_to_send(site: Path) -> None:
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) < MOST_BYTES
