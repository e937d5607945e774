"""A chart that says its finding: title, measure and place, source, alternative text, and the data behind it."""

import io
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import matplotlib as mpl
import matplotlib.style
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from fundgap.story.phone import for_a_phone

STYLE = "afcharts.afcharts"
# The Analysis Function palette as afcharts gives it: never the only cue.
BLUE, TURQUOISE, PINK, ORANGE, GREY, PURPLE = "#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1"
# Words in the lighter colours are darker than their marks: 4.5 to 1 on white (WCAG 2.2, 1.4.3).
_INKS = {ORANGE: "#B4450B", TURQUOISE: "#1A7A72", PURPLE: "#6E4BA3"}
_SETTINGS: dict[Any, Any] = {
    "font.size": 11,
    "svg.hashsalt": "fundgap",
    "svg.fonttype": "path",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
}
_SIZE = (8.5, 5.0)
_DPI, _FINE_DPI = 110, 180
# The label by which title, subtitle and source are known among a figure's texts; it is drawn nowhere.
_WORDS = "words"
# The size of subtitle and source, and the characters that mostly fit the width at it.
_SUBTITLE, _SOURCE = (9.5, 112), (8.0, 134)
_MARGIN = 0.02
S251 = "DfE Section 251 outturn (gross, excluding CERA)"


@dataclass(frozen=True)
class Chart:
    """A finished chart.

    Parameters
    ----------
    title
        The finding, in a sentence.
    subtitle
        Measure, place, years, price basis.
    source
        Where the figures come from, and what limits them.
    alt
        What a reader sees who cannot see the picture.
    data
        The plotted figures, one row a mark.
    """

    figure: Figure
    title: str
    subtitle: str
    source: str
    alt: str
    data: pd.DataFrame

    def png(self) -> bytes:
        """Return the chart as PNG; the same chart gives the same bytes."""
        return self._rendered("png", metadata={"Software": None})

    def svg(self) -> bytes:
        """Return the chart as SVG; the same chart gives the same bytes."""
        return self._rendered("svg", metadata={"Date": None, "Creator": None})

    def picture(self, form: str = "svg") -> bytes:
        """Return the picture without title, subtitle and source, cut to its edge, for a page that says those in text of its own.

        Parameters
        ----------
        form
            "svg", or "png" for pictures of very many marks.
        """
        words = [text for text in self.figure.texts if text.get_label() == _WORDS]
        metadata: dict[str, None] = {"Date": None, "Creator": None} if form == "svg" else {"Software": None}
        for text in words:
            text.set_visible(False)
        try:
            return self._rendered(form, metadata, dpi=_FINE_DPI, bbox_inches="tight", pad_inches=0.03)
        finally:
            for text in words:
                text.set_visible(True)

    def phone_picture(self) -> bytes | None:
        """Return the picture (SVG) drawn for a narrow screen; None for a chart that holds too much for one."""
        narrow = for_a_phone(self.figure)
        return None if narrow is None else replace(self, figure=narrow).picture()

    def _rendered(self, form: str, metadata: dict[str, None], **options: Any) -> bytes:
        buffer = io.BytesIO()
        with mpl.rc_context(_SETTINGS):
            self.figure.savefig(buffer, format=form, metadata=metadata, **({"dpi": _DPI} | options))
        return buffer.getvalue()

    def __repr__(self) -> str:
        """Return the alternative text: in a notebook it is what is compared from run to run."""
        return f"Chart: {self.title} {self.alt}"

    def _repr_png_(self) -> bytes:
        return self.png()


def blank(size: tuple[float, float] = _SIZE) -> tuple[Figure, Axes]:
    """Return an empty figure in the house style, with room for title, subtitle and source."""
    with mpl.style.context(STYLE), mpl.rc_context(_SETTINGS):
        figure = Figure(figsize=size)
        axes = figure.add_axes((0.09, 0.19, 0.87, 0.62))
    return figure, axes


def small_multiples(count: int, columns: int, size: tuple[float, float], between: float = 0.25) -> tuple[Figure, list[Axes]]:
    """Return a figure in the house style with `count` small panels in rows of `columns`, `between` them a share of a row's height."""
    with mpl.style.context(STYLE), mpl.rc_context(_SETTINGS):
        figure = Figure(figsize=size)
        grid = figure.add_gridspec(-(-count // columns), columns, left=0.05, right=0.98, bottom=0.1, top=0.83, wspace=0.15, hspace=between)
        panels = [figure.add_subplot(grid[place // columns, place % columns]) for place in range(count)]
    return figure, panels


def words_in(colour: str) -> str:
    """Return a colour of marks as words in it have it: dark enough to be read on white."""
    return _INKS.get(colour, colour)


def label_ends(axes: Axes, x: float, labels: Mapping[str, tuple[float, str]], size: float = 9) -> None:
    """Write labels at the ends of lines, {text: (value, colour)}, moved apart where they would touch."""
    low, high = axes.get_ylim()
    apart = 0.035 * (high - low) * size / 9
    floor = -np.inf
    for text, (value, colour) in sorted(labels.items(), key=lambda item: item[1][0]):
        half = apart * (1 + text.count("\n"))
        place = max(value, floor + half)
        axes.text(x, place, text, color=words_in(colour), va="center", fontsize=size)
        floor = place + half


def finish(figure: Figure, *, title: str, subtitle: str, source: str, alt: str, data: pd.DataFrame) -> Chart:
    """Put title, subtitle and source on a figure and return the chart."""
    with mpl.rc_context(_SETTINGS):
        inches = figure.get_figheight()
        at_top: dict[str, Any] = {"va": "top", "label": _WORDS}
        figure.text(_MARGIN, 1 - 0.12 / inches, title, fontsize=12.5, fontweight="bold", color="black", **at_top)
        folded, below = (_folded(text, *size, figure.get_figwidth()) for text, size in ((subtitle, _SUBTITLE), (source, _SOURCE)))
        figure.text(_MARGIN, 1 - 0.46 / inches, folded, fontsize=_SUBTITLE[0], color=GREY, **at_top)
        figure.text(_MARGIN, 0.1 / inches, below, fontsize=_SOURCE[0], va="bottom", color=GREY, label=_WORDS)
    return Chart(figure, title, subtitle, source, alt, data)


def _folded(text: str, size: float, characters: int, inches: float) -> str:
    """Return a text in lines of so many characters, or of fewer where wide letters would run out of the figure."""
    # As PNG has it, where letters stand on whole pixels and take more room than in SVG.
    renderer, font = RendererAgg(1, 1, _DPI), FontProperties(size=size)  # type: ignore[no-untyped-call]
    room = (1 - 2 * _MARGIN) * inches * _DPI
    for most in range(characters, 0, -2):
        lines = textwrap.wrap(text, most)
        widths = [renderer.get_text_width_height_descent(line, font, ismath=False)[0] for line in lines]  # type: ignore[no-untyped-call]
        if max(widths, default=0) <= room:
            break
    return "\n".join(lines)
