"""Which words of a chart run out of its figure, as a reader would see it."""

from itertools import chain

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from fundgap.story.chart import _DPI, Chart

# Half a pixel is rounding.
SLACK = 0.5


def words_outside(chart: Chart) -> list[str]:
    """Return the words that are drawn beyond the figure's edges, at the resolution of its PNG."""
    chart.figure.set_dpi(_DPI)
    canvas = FigureCanvasAgg(chart.figure)
    canvas.draw()
    width, height = canvas.get_width_height()
    texts = chain(chart.figure.texts, *(_of(axes) for axes in chart.figure.axes))
    boxes = [(text.get_text(), text.get_window_extent(canvas.get_renderer())) for text in texts if text.get_visible() and text.get_text()]
    return [word for word, box in boxes if box.x0 < -SLACK or box.y0 < -SLACK or box.x1 > width + SLACK or box.y1 > height + SLACK]


def _of(axes: Axes) -> list[Text]:
    """Return the words of an axis: those written on it, its labels and title, and the ticks within its limits."""
    ticks = [
        tick.label1
        for axis in (axes.xaxis, axes.yaxis)
        for tick in axis.get_major_ticks()
        if min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
    ]
    return [*axes.texts, axes.xaxis.label, axes.yaxis.label, axes.title, *ticks]
