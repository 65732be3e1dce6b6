"""The histogram of box sizes, with the thresholds of the size classes as lines that can be dragged."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from sefd_viewer.edges.image_edges import adaptive_kernel
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.features.edges.model import class_color
from sefd_viewer.gui.own_keys import claimed
from sefd_viewer.gui.plots import color_plot
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.theme import current_colors

if TYPE_CHECKING:
    from sefd_viewer.features.edges.work import BoxSizes

AIR = 14.0
"""Pixels between two numbers of the axis."""
CLOSEST = 0.02
"""Decades that two thresholds keep apart."""
_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class AreaAxis(pg.AxisItem):
    """Areas on a logarithmic scale: every number has room, whatever the width and the text's size."""

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """The decades, with 2 and 5 between them where their numbers have room."""
        decades = range(math.floor(low), math.ceil(high) + 1)
        room = size / max(high - low, 1e-9)
        for steps in ((1, 2, 5), (1, 3), (1,)):
            marks = [decade + math.log10(step) for decade in decades for step in steps]
            shown = [mark for mark in marks if low <= mark <= high]
            widest = max((self._width(mark) for mark in shown), default=0.0)
            if all((b - a) * room >= widest + AIR for a, b in pairwise(shown)) or steps == (1,):
                return [(1.0, shown)]
        return []

    def tickStrings(self, values: list[float], _scale: float, _spacing: float) -> list[str]:
        """Whole numbers with separators."""
        return [f"{10.0**value:,.0f}" for value in values]

    def _width(self, mark: float) -> float:
        font = self.style["tickFont"] or QFont()
        return float(QFontMetricsF(font).horizontalAdvance(self.tickStrings([mark], 1.0, 1.0)[0]))


class SizeHistogram(SafeOverrides, pg.PlotWidget):
    """Signals out: `thresholds_changed(tuple)` while a line is dragged, `bar_clicked(low, high)` in px²."""

    thresholds_changed = Signal(tuple)
    bar_clicked = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        self._made = False  # Qt tells about the palette while the parts are being made
        super().__init__(parent, axisItems={"bottom": AreaAxis("bottom")})
        self._sizes: BoxSizes | None = None
        self._settings = EdgeSettings()
        self._chosen: tuple[float, float] | None = None
        self._lines: list[pg.InfiniteLine] = []
        self._bars = pg.BarGraphItem(x=[], height=[], width=0.1)
        self.addItem(self._bars)
        plot = self.getPlotItem()
        plot.setLabel("bottom", "Area of the box (px²)")
        plot.setLabel("left", "People")
        plot.hideButtons()
        plot.setMenuEnabled(False)
        plot.setMouseEnabled(False, False)
        self.setAccessibleName("Histogram of box sizes; arrow keys go through the bars")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._made = True
        self.refresh_colors()

    def show_sizes(
        self, sizes: BoxSizes | None, settings: EdgeSettings, chosen: tuple[float, float] | None
    ) -> None:
        """Show a histogram; `chosen` is the bar whose people are listed."""
        self._settings, self._chosen = settings, chosen
        if sizes is not self._sizes:
            self._sizes = sizes
            self._place_range()
        self._draw_bars()
        self._place_lines()

    def refresh_colors(self) -> None:
        """Take the colours of the theme."""
        color_plot(self)
        self._draw_bars()
        for line in self._lines:
            _color(line)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's palette."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._made:
            self.refresh_colors()

    def event(self, event: QEvent) -> bool:
        """Claim the keys that go through the bars from the window's own."""
        return claimed(event, _STEPS) or bool(super().event(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys go to the next bar that has people."""
        bars = (
            [] if self._sizes is None else [one for one in self._ranges() if self._sizes.count_between(*one)]
        )
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None or not bars:
            super().keyPressEvent(event)
            return
        place = bars.index(self._chosen) + step if self._chosen in bars else 0
        self.bar_clicked.emit(*bars[min(max(place, 0), len(bars) - 1)])

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on a bar chooses it."""
        super().mouseReleaseEvent(event)
        moved = any(line.moving for line in self._lines)
        if event.button() != Qt.MouseButton.LeftButton or self._sizes is None or moved:
            return
        x = self.getPlotItem().vb.mapSceneToView(self.mapToScene(event.position().toPoint())).x()
        bar = int(np.searchsorted(np.log10(self._sizes.limits), x)) - 1
        if 0 <= bar < len(self._sizes.counts) and self._sizes.counts[bar]:
            self.bar_clicked.emit(float(self._sizes.limits[bar]), float(self._sizes.limits[bar + 1]))

    def _place_range(self) -> None:
        if self._sizes is None:
            return
        decades = np.log10(self._sizes.limits)
        marks = np.log10(self._settings.area_thresholds)
        low, high = min(decades[0], marks[0] - 0.2), max(decades[-1], marks[-1] + 0.2)
        self.setXRange(float(low), float(high), padding=0.02)
        self.setYRange(0, max(float(self._sizes.counts.max(initial=1)), 1.0), padding=0.05)

    def _draw_bars(self) -> None:
        if self._sizes is None:
            self._bars.setOpts(x=[], height=[])
            return
        decades = np.log10(self._sizes.limits)
        self._bars.setOpts(
            x0=decades[:-1],
            x1=decades[1:],
            height=self._sizes.counts,
            brushes=[self._brush(low, high) for low, high in self._ranges()],
            pen=pg.mkPen(current_colors().base),
        )

    def _ranges(self) -> list[tuple[float, float]]:
        assert self._sizes is not None
        limits = [float(limit) for limit in self._sizes.limits]
        return list(pairwise(limits))

    def _brush(self, low: float, high: float) -> QColor:
        kernel = adaptive_kernel(math.sqrt(low * high), self._settings)
        color = QColor(*class_color(kernel, self._settings))
        if self._chosen is not None and self._chosen != (low, high):
            color.setAlpha(110)
        return color

    def _place_lines(self) -> None:
        thresholds = self._settings.area_thresholds
        while len(self._lines) < len(thresholds):
            self._lines.append(self._line(len(self._lines)))
        for line, threshold in zip(self._lines, thresholds, strict=True):
            if not line.moving:
                line.setValue(math.log10(threshold))
            line.label.setText(f"{threshold:,.0f} px²")

    def _line(self, place: int) -> Any:
        line = pg.InfiniteLine(
            angle=90, movable=True, label="", labelOpts={"position": 0.92 - 0.1 * place, "movable": False}
        )
        _color(line)
        line.setCursor(Qt.CursorShape.SplitHCursor)
        line.sigPositionChanged.connect(lambda _line: self._dragged(place))
        self.addItem(line)
        return line

    def _dragged(self, place: int) -> None:
        """Tell the thresholds while a line moves; it stops at its neighbours."""
        if not self._lines[place].moving:
            return
        decades = [math.log10(threshold) for threshold in self._settings.area_thresholds]
        low = decades[place - 1] + CLOSEST if place else -math.inf
        high = decades[place + 1] - CLOSEST if place + 1 < len(decades) else math.inf
        decades[place] = min(max(float(self._lines[place].value()), low), high)
        self.thresholds_changed.emit(tuple(round(10.0**decade) * 1.0 for decade in decades))


def _color(line: Any) -> None:
    """Give a threshold's line and number the colours of the theme."""
    colors = current_colors()
    line.setPen(pg.mkPen(colors.text, width=1.5))
    line.setHoverPen(pg.mkPen(colors.accent, width=3))
    line.label.setColor(colors.text)
