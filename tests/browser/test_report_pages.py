"""Every page of the report as a person meets it: from disk in a browser, at a desk, on a phone and on paper, and as axe-core sees it."""

import csv
import itertools
import re
import sys
import tomllib
from pathlib import Path

import pytest
from looking import CHAPTERS, NARROW, PAGES, PAPER, PHONE, ROOT, Look, Opened, axe_faults
from playwright.sync_api import Page

import fundgap

# Rows of a chart's figures that a page shows; the file beside it has all.
SHOWN_ROWS = 200
# What stands for nothing in a program, nought with a sign, a name of a column's pounds, and thousands not set apart.
MACHINE_WORDS = re.compile(r"(?<![\w.])(?:[Nn]a[nN]|None|NaT|[-−]0(?:\.0+)?%?)(?![\w.])| gbp\b|(?<![\w.])\d{7,}(?!\w)")


@pytest.fixture(scope="module", params=PAGES)
def each(request: pytest.FixtureRequest, shared: Look) -> Opened:
    """One page after the other: all tests of a page come together."""
    return shared(request.param)


def test_every_page_of_the_report_is_known_here(site: Path) -> None:
    assert {path.name for path in site.glob("*.html")} == {*PAGES, "explorer.html"}  # test_explorer.py opens that one
    assert len(CHAPTERS) >= 5


def test_every_link_and_anchor_leads_somewhere(site: Path, shared: Look) -> None:
    anchors: dict[str, set[str]] = {}
    links: list[tuple[str, str]] = []
    for name in PAGES:
        page = shared(name).at()
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


def test_tables_have_words_to_the_left_figures_to_the_right_and_a_caption(shared: Look) -> None:
    sides = {"number": "right", "": "left", "short": "left", "long": "left"}
    columns = """all => all.flatMap(table => [...table.tHead.rows[0].cells].map((_, place) => {
        const cells = [...table.tBodies[0].rows].map(row => row.cells[place]).filter(cell => cell && cell.textContent.trim());
        return {look: cells.length ? cells[0].className : '', side: cells.length ? getComputedStyle(cells[0]).textAlign : 'left',
                texts: cells.map(cell => cell.textContent.trim())}}))"""
    seen = dict.fromkeys(sides, 0)
    for name in PAGES:
        page = shared(name).at()
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


def test_the_manifest_names_inputs_by_hash_software_scenarios_and_seeds(site: Path, shared: Look) -> None:
    manifest = tomllib.loads((site / "manifest.toml").read_text("utf-8"))
    assert len(manifest["inputs"]["council_years.csv"]) == 64
    assert manifest["versions"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert manifest["scenarios"] == list(fundgap.scenarios()["id"])
    notebook = (ROOT / "notebooks/03_ratings.ipynb").read_text("utf-8")
    assert set(manifest["seeds"]["03_ratings"]) == {int(seed) for seed in re.findall(r"seed=(\d+)", notebook)}
    for name in PAGES:
        told = shared(name).at().locator(".manifest").text_content() or ""
        assert all(known in told for known in ("council_years.csv", *manifest["scenarios"], manifest["versions"]["pandas"]))


def test_axe_finds_no_serious_fault_on_a_phone_with_its_contents_open(site: Path, page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.goto((site / CHAPTERS[-1]).as_uri())
    page.locator(".contents summary").click()
    assert axe_faults(page) == []


def test_a_page_opens_from_disk_whole_and_without_the_network(each: Opened) -> None:
    page = each.at()
    assert each.complaints == []
    assert len(each.asked) >= 2
    assert all(url.startswith(("file:", "data:")) for url in each.asked)
    assert page.eval_on_selector_all("img", "all => all.filter(one => !one.naturalWidth || !one.alt.trim()).length") == 0
    assert page.locator("script, iframe, link[rel=preconnect]").count() == 0
    assert page.locator("html").get_attribute("lang") == "en-GB"
    assert page.locator("a[aria-current=page]").get_attribute("href") == page.url.rpartition("/")[2]
    assert "fundgap" in page.title() or page.url.endswith("/index.html")


def test_headings_go_down_by_one_and_names_are_given_once(each: Opened) -> None:
    page = each.at()
    levels = page.eval_on_selector_all("h1, h2, h3, h4, h5, h6", "all => all.map(one => +one.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert page.evaluate("(ids => ids.length - new Set(ids).size)([...document.querySelectorAll('[id]')].map(one => one.id))") == 0


def test_every_chart_says_its_finding_and_has_its_figures_as_a_table_and_a_file(site: Path, each: Opened) -> None:
    page = each.at()
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


def test_axe_finds_no_serious_fault(each: Opened) -> None:
    assert axe_faults(each.at(folds=True)) == []


def test_print_hides_nothing_without_saying_so(each: Opened) -> None:
    page = each.at(PAPER, "print")
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


def test_nothing_scrolls_sideways_on_a_phone_and_no_picture_is_missing_there(each: Opened) -> None:
    for size in (PHONE, NARROW):
        page = each.at(size, folds=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], size
    page.wait_for_function("[...document.images].every(one => one.complete)")
    assert page.eval_on_selector_all("img", "all => all.filter(one => !one.naturalWidth).map(one => one.currentSrc)") == []
    assert each.complaints == []
    assert all(url.startswith(("file:", "data:")) for url in each.asked)
