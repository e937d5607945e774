"""A chart fitted to a phone: drawn narrower, so that its words stay as large as the text around it and nothing scrolls sideways."""

import copy
import textwrap
from itertools import combinations, pairwise

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

# Inches. On the 24 rem of a phone, which take 1.2 dots a point of them, the smallest words are as large as small print.
_WIDTH = 4.3
# Least points of words and times the height, tried in this order until words do not cover each other.
_ATTEMPTS = ((8.5, 1.0), (8.5, 1.35), (8.0, 1.7))
# More panels, or taller charts, hold too much for a phone: they scroll sideways at their own width.
_MOST_PANELS, _MOST_HEIGHT = 1, 6.5
# Dots between two labels of an axis, between an axis and the legend that is put below it, and from words to the edge.
_APART, _BELOW, _EDGE = 5.0, 6.0, 4.0
# Letters of a name beside an axis before it is written in lines, and of what stands in one line below it; the least share of the width that
# marks keep.
_NAME, _ACROSS, _LEAST_SHARE = 20, 44, 0.4


def for_a_phone(figure: Figure) -> Figure | None:
    """Return a narrow copy of a figure, words no smaller than small print, nothing beyond its width; None where it holds too much.

    Names are written in lines, labels of numbers thinned where they would touch, and legends put below. Too much: several panels, or
    words of which more than before would cover each other.
    """
    if len(figure.axes) > _MOST_PANELS or figure.get_figheight() > _MOST_HEIGHT:
        return None
    covered = _covered(figure)
    made = (_narrow(figure, points, taller) for points, taller in _ATTEMPTS)
    return next((narrow for narrow in made if _covered(narrow) <= covered), None)


def _narrow(figure: Figure, points: float, taller: float) -> Figure:
    """Return the copy with words of at least so many points, so many times as tall."""
    narrow = copy.deepcopy(figure)
    narrow.set_size_inches(_WIDTH, taller * figure.get_figheight())
    for axes in narrow.axes:
        _enlarge(axes, points)
        _fold_names(axes)
        _fit(axes)
        renderer = _renderer(narrow)
        _thin(axes, renderer)
        _put_legend_below(axes, renderer)
    return narrow


def _renderer(figure: Figure) -> RendererAgg:
    return FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call, no-any-return]


def _words(axes: Axes) -> list[Text]:
    legend = axes.get_legend()
    in_legend = [*legend.get_texts(), legend.get_title()] if legend is not None else []
    return [*axes.texts, *axes.get_xticklabels(), *axes.get_yticklabels(), axes.xaxis.label, axes.yaxis.label, *in_legend]


def _enlarge(axes: Axes, points: float) -> None:
    for name in ("x", "y"):
        sizes = [text.get_fontsize() for text in getattr(axes, f"get_{name}ticklabels")()]
        if sizes and min(sizes) < points:
            axes.tick_params(axis=name, labelsize=points)
    for text in _words(axes):
        text.set_fontsize(max(points, float(text.get_fontsize())))


def _fold_names(axes: Axes) -> None:
    """Write names along the axes, and what an axis shows, in lines; numbers stay."""
    for axis, most in ((axes.xaxis, _ACROSS // max(1, len(axes.get_xticks()))), (axes.yaxis, _NAME)):
        labels = [label.get_text() for label in axis.get_ticklabels()]
        if any(len(label) > most for label in labels) and any(label[:1].isalpha() for label in labels):
            folded = [textwrap.fill(label.replace("\n", " "), most, break_long_words=False) for label in labels]
            axis.set_ticks(axis.get_ticklocs(), folded)
    axes.set_xlabel("\n".join(textwrap.fill(line, _ACROSS) for line in axes.get_xlabel().split("\n")))
    axes.set_ylabel(textwrap.fill(axes.get_ylabel(), _ACROSS))


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
    if legend.get_window_extent(renderer).width > axes.figure.bbox.width - 2 * _EDGE:
        handles = [handle for handle in legend.legend_handles if handle is not None]
        labels = [text.get_text() for text in legend.get_texts()]
        legend = axes.legend(handles, labels, fontsize=legend.get_texts()[0].get_fontsize(), title=legend.get_title().get_text() or None)
    legend.set_in_layout(False)
    box = axes.get_tightbbox(renderer)
    legend.set_in_layout(True)
    if box is None:
        return
    _, low = axes.transAxes.inverted().transform((0, box.y0 - _BELOW))
    legend.set_loc("upper left")
    legend.set_bbox_to_anchor((0, float(low)), transform=axes.transAxes)
    # One wider than the marks begins at the figure's left edge.
    beyond = legend.get_window_extent(renderer).x1 - axes.figure.bbox.width
    if beyond > 0:
        left, _ = axes.transAxes.inverted().transform((axes.transAxes.transform((0, 0))[0] - beyond - _EDGE, 0))
        legend.set_bbox_to_anchor((float(left), float(low)), transform=axes.transAxes)
