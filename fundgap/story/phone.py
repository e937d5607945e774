"""A chart fitted to a phone: drawn narrower, so that its words stay as large as the text around it and nothing scrolls sideways."""

import copy
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure

# Inches. On the 24 rem of a phone a label of 9 points is then as large as small print.
_WIDTH = 4.8
# More panels, or taller charts, hold too much for a phone: they scroll sideways at their own width.
_MOST_PANELS, _MOST_HEIGHT = 1, 6.5
# Dots between two labels of an axis, and between an axis and the legend that is put below it.
_APART, _BELOW = 5.0, 6.0


def for_a_phone(figure: Figure) -> Figure | None:
    """Return a narrow copy of a figure, labels thinned where they would touch, legends below; None where it holds too much."""
    if len(figure.axes) > _MOST_PANELS or figure.get_figheight() > _MOST_HEIGHT:
        return None
    narrow = copy.deepcopy(figure)
    narrow.set_size_inches(_WIDTH, figure.get_figheight())
    renderer = FigureCanvasAgg(narrow).get_renderer()  # type: ignore[no-untyped-call]
    for axes in narrow.axes:
        _thin(axes, renderer)
        _put_legend_below(axes, renderer)
    return narrow


def _thin(axes: Axes, renderer: RendererAgg) -> None:
    """Hide every second label of the lower axis, again and again, until no two touch."""
    shown = [label for label in axes.get_xticklabels() if label.get_text()]
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
