"""A chart fitted to a phone: drawn narrower, so that its words stay as large as the text around it and nothing scrolls sideways."""

import copy
import textwrap
from itertools import combinations, pairwise

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

# Inches. On the 24 rem of a phone, which take 1.2 dots a point of them, the smallest words are as large as small print.
_WIDTH, _SMALLEST_POINTS = 4.3, 8.5
# More panels, or taller charts, hold too much for a phone: they scroll sideways at their own width.
_MOST_PANELS, _MOST_HEIGHT = 1, 6.5
# Dots between two labels of an axis, between an axis and the legend that is put below it, and from words to the edge.
_APART, _BELOW, _EDGE = 5.0, 6.0, 4.0
# Letters of a name beside or below an axis, before it is written in lines; the least share of the width that the marks keep.
_NAME, _LEAST_SHARE = 16, 0.4


def for_a_phone(figure: Figure) -> Figure | None:
    """Return a narrow copy of a figure, words no smaller than small print, nothing beyond its width; None where it holds too much.

    Names are written in lines, labels of numbers thinned where they would touch, and legends put below. Too much: several panels, or
    words of which more than before would cover each other.
    """
    if len(figure.axes) > _MOST_PANELS or figure.get_figheight() > _MOST_HEIGHT:
        return None
    narrow = copy.deepcopy(figure)
    narrow.set_size_inches(_WIDTH, figure.get_figheight())
    for axes in narrow.axes:
        _enlarge(axes)
        _fold_names(axes)
        _fit(axes)
        renderer = _renderer(narrow)
        _thin(axes, renderer)
        _put_legend_below(axes, renderer)
    return None if _covered(narrow) > _covered(figure) else narrow


def _renderer(figure: Figure) -> RendererAgg:
    return FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call, no-any-return]


def _words(axes: Axes) -> list[Text]:
    legend = axes.get_legend()
    in_legend = [*legend.get_texts(), legend.get_title()] if legend is not None else []
    return [*axes.texts, *axes.get_xticklabels(), *axes.get_yticklabels(), axes.xaxis.label, axes.yaxis.label, *in_legend]


def _enlarge(axes: Axes) -> None:
    for name in ("x", "y"):
        sizes = [text.get_fontsize() for text in getattr(axes, f"get_{name}ticklabels")()]
        if sizes and min(sizes) < _SMALLEST_POINTS:
            axes.tick_params(axis=name, labelsize=_SMALLEST_POINTS)
    for text in _words(axes):
        text.set_fontsize(max(_SMALLEST_POINTS, float(text.get_fontsize())))


def _fold_names(axes: Axes) -> None:
    """Write names along the axes, and what an axis shows, in lines; numbers stay."""
    for axis in (axes.xaxis, axes.yaxis):
        labels = [label.get_text() for label in axis.get_ticklabels()]
        if any(len(label) > _NAME for label in labels) and not all(any(letter.isdigit() for letter in label) for label in labels):
            axis.set_ticks(axis.get_ticklocs(), [textwrap.fill(label.replace("\n", " "), _NAME) for label in labels])
    axes.set_xlabel(textwrap.fill(axes.get_xlabel(), 3 * _NAME))
    axes.set_ylabel(textwrap.fill(axes.get_ylabel(), 2 * _NAME))


def _fit(axes: Axes) -> None:
    """Draw the axes as wide as lets their words, too, stand inside the figure."""
    figure = axes.figure
    for _ in range(2):  # labels in data coordinates move with the axes
        legend = axes.get_legend()
        if legend is not None:
            legend.set_in_layout(False)
        box = axes.get_tightbbox(_renderer(figure))  # type: ignore[arg-type]
        if legend is not None:
            legend.set_in_layout(True)
        if box is None:
            return
        place, width = axes.get_position(), figure.bbox.width
        left = place.x0 + (_EDGE - box.x0) / width
        right = place.x1 - (box.x1 - width + _EDGE) / width
        if right - left < _LEAST_SHARE:
            return
        axes.set_position((left, place.y0, right - left, place.height))


def _covered(figure: Figure) -> int:
    """Return how many pairs of words in a figure lie over each other."""
    renderer = _renderer(figure)
    words = [
        text.get_window_extent(renderer)
        for axes in figure.axes
        for text in (*axes.texts, *axes.get_xticklabels(), *axes.get_yticklabels())
        if text.get_visible() and text.get_text().strip() and not text.get_rotation()
    ]
    return sum(one.padded(-1).overlaps(other.padded(-1)) for one, other in combinations(words, 2))


def _thin(axes: Axes, renderer: RendererAgg) -> None:
    """Hide every second label of the lower axis, again and again, until no two touch; names that are no numbers or years stay."""
    shown = [label for label in axes.get_xticklabels() if label.get_text()]
    if not all(any(letter.isdigit() for letter in label.get_text()) for label in shown):
        return
    while any(
        before.get_window_extent(renderer).x1 + _APART > after.get_window_extent(renderer).x0
        for before, after in pairwise(shown)
        if not before.get_rotation()
    ):
        for label in shown[1::2]:
            label.set_visible(False)
        shown = shown[::2]


def _put_legend_below(axes: Axes, renderer: RendererAgg) -> None:
    legend = axes.get_legend()
    if legend is None:
        return
    legend.set_in_layout(False)
    box = axes.get_tightbbox(renderer)
    legend.set_in_layout(True)
    if box is None:
        return
    _, low = axes.transAxes.inverted().transform((0, box.y0 - _BELOW))
    legend.set_loc("upper left")
    legend.set_bbox_to_anchor((0, float(low)), transform=axes.transAxes)
