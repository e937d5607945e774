"""The explorer: how long from opening its address on disk until it can be used, and from a choice until its charts are drawn.

    python benchmarks/explorer.py [TURNS] [REPORT]

REPORT is a folder that `fundgap report` has written; without one the page is made first. Chromium is started once and warmed up with one
page; each turn is a browser context of its own, so nothing is kept from the turn before. Times are the browser's own
(`performance.now()`, milliseconds from the start of the navigation). *Usable*: figures are read, the boxes answer to typing, the views
of the council in the address are drawn. *Processor*: what the page's own thread worked until then, which other work on the machine
hardly moves. *A second council*: from the change of the address until both are drawn and laid out.
"""

import os
import platform
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from datetime import date
from importlib.resources import files
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from fundgap.story.chapters import Chapter
from fundgap.story.explorer import explorer
from fundgap.story.findings import Findings
from fundgap.story.page import footer, page

FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
ONE, TWO = "E08000034", "E09000033"
SECOND = f"""async () => {{
    const start = performance.now();
    location.hash = "#{ONE}+{TWO}";
    while (document.querySelectorAll("section[data-view=partners] figure").length < 2) await new Promise(requestAnimationFrame);
    document.body.getBoundingClientRect();
    return performance.now() - start }}"""


def main(turns: int, report: Path | None) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as made:
        folder = report or written(Path(made))
        weight = sum(
            (folder / name).stat().st_size for name in ("explorer.html", "explorer.js", "explorer.css", "explorer-data.js", "page.css")
        )
        with sync_playwright() as playwright:
            chromium = shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            turn(browser, folder)
            measured = [turn(browser, folder) for _ in range(turns)]
            print(
                f"{date.today()}, {os.cpu_count()} cores, Python {platform.python_version()}, Chromium {browser.version}, "
                f"load {os.getloadavg()[0]:.1f}; {turns} turns; page and figures {weight / 1e6:.2f} MB"
            )
            browser.close()
    print(f"{'milliseconds':28}{'median':>8}{'least':>8}{'most':>8}")
    for label, values in zip(
        ("nothing chosen: usable", "one council: usable", "one council: processor", "a second council"),
        zip(*measured, strict=True),
        strict=True,
    ):
        print(line(label, values))


def written(folder: Path) -> Path:
    """Write the page, with what stands beside it, as the report has it."""
    made = explorer(Findings())
    for name, content in made.files.items():
        (folder / name).write_bytes(content)
    (folder / "page.css").write_bytes(files("fundgap.story").joinpath("assets", "page.css").read_bytes())
    (folder / made.page).write_text(page(made, {"": [Chapter("index", "Overview"), made]}, footer(["DfE"], "")), "utf-8")
    return folder


def turn(browser: Browser, folder: Path) -> list[float]:
    """Open the page twice, without and with a council, and set a second beside it; milliseconds of each."""
    address, times = (folder.resolve() / "explorer.html").as_uri(), list[float]()
    for choice in ("", f"#{ONE}"):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        opened = context.new_page()
        inside = context.new_cdp_session(opened)
        inside.send("Performance.enable", {"timeDomain": "threadTicks"})
        opened.goto(address + choice)
        times.append(float(opened.evaluate("Number(document.documentElement.dataset.ready)")))
        if choice:
            worked = {one["name"]: one["value"] for one in inside.send("Performance.getMetrics")["metrics"]}
            times.append(1000 * float(worked["TaskDuration"]))
            times.append(float(opened.evaluate(SECOND)))
        context.close()
    return times


def line(label: str, values: Sequence[float]) -> str:
    """Return a row of the table."""
    return f"{label:28}{statistics.median(values):8.0f}{min(values):8.0f}{max(values):8.0f}"


if __name__ == "__main__":
    given = sys.argv[1:]
    main(int(given[0]) if given else 15, Path(given[1]) if len(given) > 1 else None)
