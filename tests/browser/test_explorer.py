"""The explorer as a person meets it: opened from disk in a browser, by keyboard, by its address, on a phone; and what it hands on."""

import csv
import io
import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

import fundgap
from fundgap.story.chapters import Chapter
from fundgap.story.explorer import explorer, script
from fundgap.story.explorer_view import LATEST
from fundgap.story.findings import MOST, PLEDGE, Findings
from fundgap.story.page import footer, page

axe_playwright = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core comes with fundgap[dev]")

DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
NARROW: ViewportSize = {"width": 320, "height": 640}
KIRKLEES, WESTMINSTER, MIDDLESBROUGH = "E08000034", "E09000033", "E06000002"
# A file of figures keeps pounds a child to the penny and other pounds whole.
PENNY, POUND = 0.005, 0.5
# A4 less its margins, at 96 dots an inch.
PAPER: ViewportSize = {"width": 680, "height": 1009}
HOSTILE = """<img src=x onerror="window.hurt = 1">'"</script><script>window.hurt = 1</script> & Co"""
PNG = b"\x89PNG\r\n\x1a\n"
# The labels of charts that reach beyond their picture.
CLIPPED = """all => all.filter(one => { const box = one.getBBox(), svg = one.ownerSVGElement.viewBox.baseVal;
    return box.x < 0 || box.x + box.width > svg.width }).map(one => one.textContent)"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, findings: Findings) -> str:
    """Write the one page with what stands beside it, and return its address."""
    return write(tmp_path_factory.mktemp("explorer"), explorer(findings))


def write(folder: Path, made: Chapter) -> str:
    for name, content in made.files.items():
        (folder / name).write_bytes(content)
    (folder / "page.css").write_bytes(files("fundgap.story").joinpath("assets", "page.css").read_bytes())
    (folder / made.page).write_text(page(made, {"": [Chapter("index", "Overview"), made]}, footer(["DfE"], "")), "utf-8")
    return Path(folder / made.page).as_uri()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Page]:
    """A page that complains when the console does, or when anything is asked of the network."""
    one = browser.new_page(viewport=DESK)
    complaints: list[str] = []
    one.on("console", lambda message: complaints.append(message.text))
    one.on("pageerror", lambda error: complaints.append(str(error)))
    one.on("request", lambda request: complaints.append(request.url) if not request.url.startswith(("file:", "data:", "blob:")) else None)
    yield one
    one.close()
    assert complaints == []


def shown(one: Page) -> list[str]:
    """Return the names over the figures of the first view."""
    return one.locator("section[data-view=ratings] h3").all_inner_texts()


def test_a_keyboard_finds_a_council_by_part_of_its_name(opened: Page, address: str) -> None:
    opened.goto(address)
    assert opened.locator("#views").is_hidden()
    opened.locator("#one").focus()
    opened.keyboard.type("upon h")
    options = opened.locator("#one-list [role=option]")
    assert options.all_inner_texts() == ["Kingston upon Hull, City of"]
    opened.keyboard.press("ControlOrMeta+a")
    opened.keyboard.type("kirk")
    assert opened.locator("#one").get_attribute("aria-expanded") == "true"
    opened.keyboard.press("ArrowDown")
    active = opened.locator("#one").get_attribute("aria-activedescendant")
    assert opened.locator(f"[id='{active}']").get_attribute("aria-selected") == "true"
    opened.keyboard.press("Enter")
    opened.wait_for_function(f"location.hash === '#{KIRKLEES}'")
    opened.wait_for_selector("section[data-view=gap] svg")
    assert shown(opened) == ["Kirklees"]
    assert opened.locator("#one").get_attribute("aria-expanded") == "false"
    opened.keyboard.press("ArrowDown")
    assert options.count() == len(fundgap.councils())
    opened.keyboard.press("Escape")
    assert opened.locator("#one-list").is_hidden()


def test_the_address_carries_the_choice_back_and_forth(opened: Page, address: str) -> None:
    opened.goto(f"{address}#{KIRKLEES}")
    assert shown(opened) == ["Kirklees"]
    opened.locator("#two").fill("westminster")
    opened.locator("#two").press("Enter")
    opened.wait_for_function(f"location.hash === '#{KIRKLEES}+{WESTMINSTER}'")
    opened.wait_for_function("document.querySelectorAll('section[data-view=ratings] h3').length === 2")
    assert shown(opened) == ["Kirklees", "Westminster"]
    left, right = (opened.locator("section[data-view=spend] figure").nth(place).bounding_box() for place in (0, 1))
    assert left is not None
    assert right is not None
    assert left["y"] == right["y"]
    opened.go_back()
    opened.wait_for_function("document.querySelectorAll('section[data-view=ratings] h3').length === 1")
    opened.go_forward()
    opened.wait_for_function("document.querySelectorAll('section[data-view=ratings] h3').length === 2")
    opened.locator(".skip").focus()
    opened.keyboard.press("Enter")
    assert opened.evaluate("document.activeElement.id") == "main"
    assert opened.evaluate("location.hash") == f"#{KIRKLEES}+{WESTMINSTER}"


def renamed(value: Any, before: str, after: str) -> Any:
    """Return figures with a name changed wherever it stands."""
    if isinstance(value, dict):
        return {key: renamed(item, before, after) for key, item in value.items()}
    if isinstance(value, list):
        return [renamed(item, before, after) for item in value]
    return value.replace(before, after) if isinstance(value, str) else value


def test_a_hostile_name_is_shown_as_text_and_nothing_of_it_runs(opened: Page, address: str, tmp_path: Path) -> None:
    made = Chapter("explorer", "Explore a council")
    beside = Path(address.removeprefix("file://")).parent
    made.files = {name: (beside / name).read_bytes() for name in ("explorer.js", "explorer.css")}
    told = (beside / "explorer-data.js").read_text("ascii").removeprefix("window.fundgapExplorer=").removesuffix(";\n")
    made.files["explorer-data.js"] = script(renamed(json.loads(told), "Kirklees", HOSTILE)).encode("ascii")
    page_of_it = (beside / "explorer.html").read_text("utf-8")
    made.body = page_of_it[page_of_it.index("<link", page_of_it.index("<main")) : page_of_it.index('<nav class="onward"')]
    opened.goto(f"{write(tmp_path, made)}#{KIRKLEES}+{WESTMINSTER}")
    opened.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert shown(opened) == [HOSTILE, "Westminster"]
    assert HOSTILE in opened.title()
    assert all(HOSTILE in words for words in opened.locator("figure:first-child .title").all_inner_texts())
    opened.locator("#one").fill("img src")
    assert opened.locator("#one-list [role=option]").all_inner_texts() == [HOSTILE]
    opened.locator("#one").press("Escape")
    with opened.expect_download() as waiting:
        opened.locator("#csv").click()
    rows = list(csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text("utf-8-sig"))))
    assert {row["council_name"] for row in rows} == {HOSTILE, "Westminster"}
    with opened.expect_download() as waiting:
        opened.locator("section[data-view=gap] button").first.click()
    assert Path(waiting.value.path()).read_bytes().startswith(PNG)
    assert opened.evaluate("window.hurt") is None
    assert opened.locator("main img, main script:not([src])").count() == 0


def test_on_paper_both_councils_stand_side_by_side_without_the_controls(opened: Page, address: str) -> None:
    opened.set_viewport_size(PAPER)
    opened.goto(f"{address}#{KIRKLEES}+{WESTMINSTER}")
    opened.emulate_media(media="print")
    assert opened.locator("#choose:visible, button:visible, .tools:visible, .contents:visible, details.data:visible").count() == 0
    assert "Shown: Kirklees and Westminster" in opened.locator("#told").inner_text()
    for view in ("ratings", "spend", "change", "gap", "shares"):
        left, right = (opened.locator(f"section[data-view={view}] figure").nth(place).bounding_box() for place in (0, 1))
        assert left is not None
        assert right is not None
        assert left["y"] == right["y"]
        assert left["height"] < PAPER["height"]
    assert opened.evaluate("getComputedStyle(document.querySelector('.pair figure')).breakInside") == "avoid"
    assert opened.evaluate("document.documentElement.scrollWidth") <= PAPER["width"]
    assert opened.locator("p.printed:visible").count() >= 1


def test_an_address_of_no_council_and_figures_that_are_missing_say_why(opened: Page, address: str) -> None:
    opened.goto(f"{address}#E99999999")
    assert "No council has the code E99999999" in opened.locator("#told").inner_text()
    opened.goto(f"{address}#%E0%A4%A")
    opened.wait_for_function("document.querySelector('#told').textContent.startsWith('The address names no council')")
    opened.goto(f"{address}#{MIDDLESBROUGH}")
    opened.wait_for_function("document.querySelectorAll('section[data-view=ratings] h3').length === 1")
    for view in ("spend", "change", "gap"):
        assert LATEST in opened.locator(f"section[data-view={view}] .missing").inner_text()
    assert opened.locator("section[data-view=ratings] svg").count() == 1


def test_the_file_of_figures_holds_what_the_library_says(opened: Page, address: str, findings: Findings) -> None:
    opened.goto(f"{address}#{KIRKLEES}")
    with opened.expect_download() as waiting:
        opened.locator("#csv").click()
    assert waiting.value.suggested_filename == f"fundgap-{KIRKLEES}.csv"
    rows = list(csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text("utf-8-sig"))))
    assert {row["view"] for row in rows} == {"ratings", "spend", "change", "gap", "shares", "partners"}

    def told(view: str, item: str, measure: str) -> float:
        (found,) = (row for row in rows if (row["view"], row["item"], row["measure"]) == (view, item, measure))
        return float(found["value"])

    fitted = (
        fundgap.expected_spend(fundgap.in_real_terms(findings.years), LATEST, "safeguarding").councils.set_index("council").loc[KIRKLEES]
    )
    for measure, column in {"Spent": "spend", "Expected": "expected", "Lower end of 95% interval": "lower"}.items():
        assert told("spend", "Safeguarding", measure) == pytest.approx(fitted[column], abs=PENNY)
    split = fundgap.decompose_spend(findings.years).areas.set_index("area").loc[KIRKLEES]
    unit = "Spend per looked-after child, £ a looked-after child"
    assert told("change", unit, "Added to yearly spend") == pytest.approx(split["unit_cost_gbp"], abs=POUND)
    drawn = findings.simulation.council(KIRKLEES, *MOST)
    fan = drawn[drawn["financial_year"] == "2029-30"].set_index("quantile")["gap_gbp_real"]
    for level, percent in zip(MOST, ("10%", "90%"), strict=True):
        assert told("gap", "2029-30", f"Gap, {percent} of draws below") == pytest.approx(fan[level], abs=POUND)
    part = fundgap.allocate(PLEDGE, "need", "2019-20", years=findings.years, leave_out=True).councils.set_index("council").loc[KIRKLEES]
    assert told("shares", "Sector-led improvement pledge, 2019-20, by expected spend", "Allocation") == part["allocation_gbp"]
    steps = fundgap.journeys(findings.judgements).of(KIRKLEES)
    assert [row["value"] for row in rows if row["view"] == "ratings"] == list(steps["rating"])
    first = fundgap.partners(KIRKLEES).first(3)
    told_partners = dict.fromkeys(row["item"] for row in rows if row["view"] == "partners")
    assert list(told_partners) == [f"{row.rank}. {row.council} {row.council_name}" for row in first.itertuples()]


def test_every_chart_is_handed_on_as_a_picture(opened: Page, address: str) -> None:
    opened.goto(f"{address}#{KIRKLEES}")
    for view in ("ratings", "spend", "change", "gap", "shares"):
        with opened.expect_download() as waiting:
            opened.locator(f"section[data-view={view}] button").click()
        assert waiting.value.suggested_filename == f"fundgap-{KIRKLEES}-{view}.png"
        content = Path(waiting.value.path()).read_bytes()
        assert content.startswith(PNG)
        assert len(content) > 10_000


def test_every_chart_has_its_words_and_its_table(opened: Page, address: str) -> None:
    opened.goto(f"{address}#{KIRKLEES}+{WESTMINSTER}")
    charts = opened.locator("#views svg")
    assert charts.count() == 2 * 5
    assert all(len(words or "") > 80 for words in charts.evaluate_all("all => all.map(one => one.getAttribute('aria-label'))"))
    assert opened.locator("#views table").count() == 2 * 6
    assert opened.locator("#views svg text").evaluate_all(CLIPPED) == []


@pytest.mark.parametrize("size", [PHONE, NARROW], ids=lambda size: f"{size['width']}px")
def test_nothing_scrolls_the_page_sideways_on_a_phone(opened: Page, address: str, size: ViewportSize) -> None:
    opened.set_viewport_size(size)
    opened.goto(f"{address}#{KIRKLEES}+{WESTMINSTER}")
    opened.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert opened.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert opened.locator("#views svg text").evaluate_all(CLIPPED) == []


def test_axe_finds_no_serious_fault(opened: Page, address: str) -> None:
    opened.goto(f"{address}#{KIRKLEES}+{MIDDLESBROUGH}")
    opened.add_style_tag(content=".scroll { background: none !important }")
    opened.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
    opened.locator("#one").click()
    assert opened.locator("#one-list").is_visible()
    found = axe_playwright.Axe().run(opened, options={"resultTypes": ["violations"], "preload": False}).response
    assert found["testEngine"]["name"] == "axe-core"
    faults = [(one["id"], one["nodes"][0]["html"][:120]) for one in found["violations"] if one["impact"] in ("serious", "critical")]
    assert faults == []


def test_it_is_ready_to_use_and_says_in_how_many_milliseconds(opened: Page, address: str, record_property: object) -> None:
    opened.goto(f"{address}#{KIRKLEES}")
    milliseconds = int(opened.evaluate("document.documentElement.dataset.ready"))
    # Reported, not held to a limit: what else the machine does decides it.
    record_property("milliseconds to interactive", milliseconds)  # type: ignore[operator]
    assert milliseconds > 0
