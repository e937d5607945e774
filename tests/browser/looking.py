"""What the tests of the report's pages share: which pages there are, the screens they are seen on, and how axe-core looks at one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, ViewportSize

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = [f"{path.stem}.html" for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))]
PAGES = ["index.html", *CHAPTERS, "assumptions.html", "data-notes.html", "methods.html", "sources.html"]
DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
# The narrowest screen on which text has to flow without scrolling to the side (WCAG 2.2, 1.4.10).
NARROW: ViewportSize = {"width": 320, "height": 640}
# A4 less its margins, at 96 dots an inch.
PAPER: ViewportSize = {"width": 680, "height": 1009}
_FOLD = "open => document.querySelectorAll('details').forEach(one => one.open = open)"

# Of the figures behind a chart the first rows stand for the rest, which are made alike. Rows that axe is only told to leave out cost it
# as much time as the others.
_OUT = """() => { window.kept = [...document.querySelectorAll('.data tbody')].map(body => [body, [...body.rows].slice(3)]);
                  window.kept.forEach(([, rows]) => rows.forEach(row => row.remove())); }"""
_BACK = "() => window.kept.forEach(([body, rows]) => body.append(...rows))"
# Words that look alike, and stand in what looks alike all the way up, have the same contrast: it is measured for the first two of each
# look that can be seen, and for every field and button. For each of the thousands it takes most of axe's time.
_LOOKS = """() => {
    const parts = ['color', 'backgroundColor', 'backgroundImage', 'opacity', 'filter', 'mixBlendMode', 'fontSize', 'fontWeight',
                   'textShadow', 'position', 'zIndex', 'overflow'];
    const looks = new Map([[null, '']]), seen = {};
    for (const one of document.querySelectorAll('*')) {
        const style = getComputedStyle(one);
        const look = looks.get(one.parentElement) + '/' + parts.map(part => style[part]).join();
        looks.set(one, look);
        one.removeAttribute('data-look');
        const words = [...one.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
        const field = one.matches('input, select, textarea, button');
        if (!field && !(words && one.checkVisibility({visibilityProperty: true}))) continue;
        seen[look] = (seen[look] || 0) + 1;
        if (field || seen[look] <= 2) one.setAttribute('data-look', '');
    }
    return document.querySelectorAll('[data-look]').length;
}"""
_FOR_LOOKS = "\naxe.configure({rules: [{id: 'color-contrast', selector: '[data-look]'}]});"


@dataclass
class Opened:
    """A page that tests share, and what happened since it was opened."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    _stands: tuple[object, ...] = (DESK, "screen", False)

    def __post_init__(self) -> None:
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def at(self, size: ViewportSize = DESK, media: Literal["screen", "print"] = "screen", folds: bool = False) -> Page:
        """Return the page on such a screen or sheet, its folds open or closed, whatever the test before wanted."""
        if self._stands != (size, media, folds):
            self.page.emulate_media(media=media)
            self.page.set_viewport_size(size)
            self.page.evaluate(_FOLD, folds)
            self._stands = (size, media, folds)
        return self.page


Look = Callable[[str], Opened]


def axe_faults(page: Page) -> list[tuple[str, str]]:
    """Return what axe-core calls serious or critical on a page as it stands; the page is left as it was but for backgrounds."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core comes with fundgap[dev]").Axe()
    axe.axe_script += _FOR_LOOKS
    # The shadows at the edges of wide tables are gradients, over which axe would not judge the contrast of words.
    page.add_style_tag(content=".scroll { background: none !important }")
    page.evaluate(_OUT)
    assert page.evaluate(_LOOKS) > 0
    found = axe.run(page, options={"resultTypes": ["violations"], "preload": False}).response
    page.evaluate(_BACK)
    assert found["testEngine"]["name"] == "axe-core"
    return [(one["id"], one["nodes"][0]["html"][:120]) for one in found["violations"] if one["impact"] in ("serious", "critical")]
