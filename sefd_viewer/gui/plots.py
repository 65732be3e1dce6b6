"""Plots in the theme's colours, and the time line of values by frame. Import late: it loads pyqtgraph."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pyqtgraph
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPen
from PySide6.QtWidgets import QWidget

from sefd_viewer.app.photo_titles import beginnings, moment_title
from sefd_viewer.gui.labels import USUAL_LINE
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.theme import DARK, current_colors
from sefd_viewer.gui.view_colors import view_color


def color_plot(plot: pyqtgraph.PlotWidget) -> None:
    """Give a plot's background and axes the colours of the present theme."""
    colors = current_colors()
    plot.setBackground(colors.base)
    for side in ("bottom", "left"):
        axis = plot.getPlotItem().getAxis(side)
        axis.setPen(colors.line)
        axis.setTextPen(colors.quiet)


Array = NDArray[np.floating]
HEADROOM = 1.25
LEAST_PX = 5.0
DOTS_UP_TO = 120
"""Each moment has a dot of its own when there are no more than this."""
MOST_BEGINNINGS = 200
NAME_PX = 110
"""Room for the name of a sequence."""


class TimelinePlot(SafeOverrides, pyqtgraph.PlotWidget):
    """Signals out: `clicked(index)` of a moment, and `pointed(index)`, -1 when the pointer leaves."""

    clicked = Signal(int)
    pointed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        self._made = False  # Qt tells about the palette while the parts are being made
        self._axis = _MomentAxis(orientation="bottom")
        super().__init__(parent, axisItems={"bottom": self._axis}, background=None)
        self._count = 0
        self._lines: list[pyqtgraph.PlotDataItem] = []
        self._beginnings: list[pyqtgraph.InfiniteLine] = []
        self._mean = self._line()
        self._mean.setZValue(10)
        self._here = pyqtgraph.InfiniteLine(angle=90, movable=False)
        self._pointer = pyqtgraph.InfiniteLine(angle=90, movable=False)
        self._pointer.hide()
        item = self.getPlotItem()
        for line in (self._here, self._pointer):
            item.addItem(line, ignoreBounds=True)
        item.hideButtons()
        item.setMenuEnabled(False)
        item.setMouseEnabled(x=True, y=False)
        item.showGrid(x=False, y=True, alpha=0.15)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # arrow keys step through moments
        self.setFrameShape(self.Shape.NoFrame)
        self.scene().sigMouseClicked.connect(self._mouse_clicked)
        self.scene().sigMouseMoved.connect(self._mouse_moved)
        self._made = True
        self.follow_theme()

    def show_values(
        self, values: Array, moments: Sequence[str], sequences: Sequence[tuple[int, str]] = ()
    ) -> None:
        """Show V curves (N, V), nan unknown, over N moments of these names.

        `sequences`: with which moment each begins, and its name.
        """
        if self._axis.moments != moments:
            self._axis.show_names(moments, sequences)
            self._mark_beginnings(beginnings(moments)[:MOST_BEGINNINGS])
        self._set_lines(values)
        if len(moments) != self._count:
            self._count = len(moments)
            self.setLimits(xMin=-1, xMax=self._count)  # first: they hold for the range
            self.setXRange(-0.5, self._count - 0.5, padding=0.01)
        self.setYRange(0.0, top_of(values), padding=0)

    def show_mean(self, mean: Array) -> None:
        """Show one curve (N,) over all others."""
        _draw(self._mean, mean, symbol="o" if len(mean) <= DOTS_UP_TO else None)

    def curve_pen(self, index: int, *, dark: bool) -> QPen:
        """How the curve of a number is drawn."""
        return _pen(view_color(index, dark=dark), 1.0)

    def show_index(self, index: int | None) -> None:
        """Move the line of the moment in view."""
        self._here.setVisible(index is not None)
        self._here.setValue(index or 0)

    def follow_theme(self) -> None:
        """Take the colours of the present theme."""
        colors = current_colors()
        color_plot(self)
        for axis in (self._axis, self.getPlotItem().getAxis("left")):
            axis.setStyle(tickLength=4, maxTickLevel=0)
            axis.setTickDensity(USUAL_LINE / self.fontMetrics().height())
        self._mean.setPen(_pen(QColor(colors.text), 2.0))
        self._mean.setSymbolBrush(QColor(colors.text))
        self._mean.setSymbolPen(None)
        self._mean.setSymbolSize(4)
        self._here.setPen(_pen(QColor(colors.accent), 2.0))
        self._pointer.setPen(_pen(QColor(colors.faint), 1.0))
        for beginning in self._beginnings:
            beginning.setPen(_pen(QColor(colors.line), 1.5))
        for index, line in enumerate(self._lines):
            line.setPen(self.curve_pen(index, dark=colors is DARK))

    # ---- Qt

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's palette."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._made:
            self.follow_theme()

    def leaveEvent(self, event: QEvent) -> None:
        """Take the pointer's line away."""
        super().leaveEvent(event)
        self._pointer.hide()
        self.pointed.emit(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave all keys to the window."""
        event.ignore()

    # ---- inside

    def _line(self) -> pyqtgraph.PlotDataItem:
        line = pyqtgraph.PlotDataItem(antialias=True)
        self.getPlotItem().addItem(line)
        return line

    def _set_lines(self, values: Array) -> None:
        while len(self._lines) < values.shape[1]:
            self._lines.append(self._line())
            self.follow_theme()
        for column, line in enumerate(self._lines):
            _draw(line, values[:, column] if column < values.shape[1] else np.zeros(0))

    def _mark_beginnings(self, places: Sequence[int]) -> None:
        """Draw a faint line where another sequence begins."""
        for line in self._beginnings:
            self.getPlotItem().removeItem(line)
        self._beginnings = [pyqtgraph.InfiniteLine(place - 0.5, angle=90) for place in places]
        for line in self._beginnings:
            self.getPlotItem().addItem(line, ignoreBounds=True)
        self.follow_theme()

    def _index_at(self, position: QPointF) -> int | None:
        box = self.getPlotItem().getViewBox()
        if not self._count or not box.sceneBoundingRect().contains(position):
            return None
        return min(max(round(box.mapSceneToView(position).x()), 0), self._count - 1)

    def _mouse_clicked(self, event: pyqtgraph.GraphicsScene.mouseEvents.MouseClickEvent) -> None:
        index = self._index_at(event.scenePos())
        if event.button() != Qt.MouseButton.LeftButton or index is None:
            return
        if event.double():
            self.setXRange(-0.5, self._count - 0.5, padding=0.01)
        else:
            self.clicked.emit(index)

    def _mouse_moved(self, position: QPointF) -> None:
        index = self._index_at(position)
        self._pointer.setVisible(index is not None)
        self._pointer.setValue(index or 0)
        self.pointed.emit(-1 if index is None else index)


class _MomentAxis(pyqtgraph.AxisItem):
    """Writes the moments' names, and where several sequences are in view theirs."""

    moments: Sequence[str] = ()
    _names: Mapping[int, str] = MappingProxyType({})

    def show_names(self, moments: Sequence[str], sequences: Sequence[tuple[int, str]]) -> None:
        """Take other names."""
        self.moments, self._names = moments, dict(sequences)

    def tickValues(self, low: float, high: float, pixels: float) -> list[tuple[float, list[float]]]:
        """Where sequences begin, as many as there is room for their names; else pyqtgraph's choice."""
        here = [place for place in self._names if low <= place <= high]
        if len(here) < 2:
            ticks: list[tuple[float, list[float]]] = super().tickValues(low, high, pixels)
            return ticks
        room, last = NAME_PX * (high - low) / max(pixels, 1), -math.inf
        chosen: list[float] = []
        for place in here:
            if place - last >= room:
                chosen.append(place)
                last = place
        return [(1.0, chosen)]

    def tickStrings(self, values: Sequence[float], _scale: float, _spacing: float) -> list[str]:
        """A name for each whole number within."""
        count = len(self.moments)
        whole = [round(v) if abs(v - round(v)) < 1e-6 and 0 <= round(v) < count else None for v in values]
        several = len(values) > 1 and all(index in self._names for index in whole)
        return ["" if index is None else self._name(index, sequence=several) for index in whole]

    def _name(self, index: int, *, sequence: bool) -> str:
        return self._names[index] if sequence else moment_title(self.moments[index])


def _draw(line: pyqtgraph.PlotDataItem, values: Array, **look: str | None) -> None:
    """Show values by number; pyqtgraph warns about lines of which nothing is known."""
    known = np.isfinite(values).any() if len(values) else False
    shown = values if known else np.zeros(0)
    line.setData(np.arange(len(shown)), shown, connect="finite", **look)


def top_of(errors: Array) -> float:
    """The upper end of the axis: a few extreme moments may leave it."""
    known = errors[np.isfinite(errors)]
    return max(HEADROOM * float(np.percentile(known, 99)), LEAST_PX) if known.size else LEAST_PX


def _pen(color: QColor, width: float) -> QPen:
    return pyqtgraph.mkPen(color, width=width)
