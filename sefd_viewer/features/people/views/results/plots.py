"""The plots beside the table: quadrants, scatter, histogram, error against what is hidden, joints."""

from __future__ import annotations

from html import escape

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainterPath
from PySide6.QtWidgets import QGraphicsPathItem, QWidget

from sefd_viewer.app.methods import COLORS, METHODS
from sefd_viewer.app.run_table import RunTable
from sefd_viewer.evaluation.metrics import EVALUATED_NAMES
from sefd_viewer.features.people.results.frame import ResultsFrame
from sefd_viewer.features.people.review.rows import Lines
from sefd_viewer.features.people.views.results.dot_cloud import DotCloud
from sefd_viewer.gui.plot_colors import color_plot
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.theme import current_colors

QUADRANTS = ("fine", "suspicious edge", "distillation failure", "hard or mislabelled")
"""Both small; the teacher's large alone; the student's large alone; both large."""
DOT, SMALL_DOT, MANY = 6, 3, 5_000
BINS = 40
NEAR = 12.0
_BAND = 60
_OTHERS = ((204, 121, 167), (213, 94, 0), (240, 228, 66))


class ResultsPlot(SafeOverrides, pg.PlotWidget):
    """Signals out: `lassoed(polygon)` in plot coordinates, `dot_clicked(row)`, `limits_changed(x, y)`.

    Dragging with the left button draws a lasso; the wheel zooms; double click shows everything.
    """

    lassoed = Signal(tuple)
    dot_clicked = Signal(int)
    limits_changed = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        self._made = False  # Qt tells about the palette while the parts are being made
        super().__init__(parent)
        self._frame = ResultsFrame()
        self._points: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
        self._path: list[QPointF] = []
        self._mark: pg.ScatterPlotItem | None = None
        self._lines: list[pg.InfiniteLine] = []
        self._names: list[pg.TextItem] = []
        plot = self.getPlotItem()
        plot.setMenuEnabled(False)
        plot.hideButtons()
        self.setMouseEnabled(True, True)
        self._lasso = QGraphicsPathItem()
        self._lasso.setZValue(20)
        self.addItem(self._lasso, ignoreBounds=True)
        plot.vb.sigRangeChanged.connect(self._place_names)
        self.setAccessibleName("Plot of the run")
        self._made = True
        self.refresh_colors()

    def apply(self, old: ResultsFrame, new: ResultsFrame) -> None:
        """Show a frame's plot."""
        self._frame = new
        moving = any(line.moving for line in self._lines)
        same = old.table is new.table and old.joints is new.joints and _same_rows(old.lines, new.lines)
        if same and (old.plot.x, old.plot.y) == (new.plot.x, new.plot.y) and old.state.plot == new.state.plot:
            if not moving and old.plot.limits != new.plot.limits:
                self._place_limits()
            if old.plot.quadrants != new.plot.quadrants:
                self._name_quadrants()
            if old.state.row != new.state.row:
                self._mark_case()
            return
        self._draw(fit=old.table is not new.table or old.state.plot != new.state.plot or not same)

    def refresh_colors(self) -> None:
        """Take the colours of the theme."""
        color_plot(self)
        for side in ("bottom", "left"):
            self.getPlotItem().getAxis(side).enableAutoSIPrefix(False)
        self._lasso.setPen(pg.mkPen(current_colors().accent, width=1.5))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's palette."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._made:
            self.refresh_colors()
            self._draw(fit=False)

    # ---- drawing

    def _draw(self, *, fit: bool) -> None:
        plot = self.getPlotItem()
        plot.clear()
        self._lines, self._names, self._points, self._mark = [], [], None, None
        self.addItem(self._lasso, ignoreBounds=True)
        table, kind = self._frame.table, self._frame.state.plot
        plot.getAxis("bottom").setTicks(None)
        if table is None or not len(table):
            return
        if kind == "histogram":
            self._draw_histogram(table)
        elif kind == "joints":
            self._draw_joints()
        else:
            self._draw_dots(table)
        if fit:
            plot.autoRange(padding=0.04)

    def _draw_dots(self, table: RunTable) -> None:
        frame = self._frame
        x, y = table.numbers(frame.plot.x), table.numbers(frame.plot.y)
        self._points = x, y
        shown = np.zeros(len(table), bool)
        if frame.lines is not None:
            shown[frame.lines.rows] = True
        known = np.isfinite(x) & np.isfinite(y)
        colors = current_colors()
        self._add_dots(x, y, known & ~shown, QColor(colors.faint), alpha=60)
        self._add_dots(x, y, known & shown, QColor(colors.accent), alpha=150)
        self._mark = pg.ScatterPlotItem(size=14, pen=pg.mkPen(colors.text, width=2), brush=None)
        self.addItem(self._mark, ignoreBounds=True)
        self._mark_case()
        self._label(table, frame.plot.x, frame.plot.y)
        if frame.state.plot == "quadrants":
            low, high = np.nanmin([x, y]), np.nanmax([x, y])
            diagonal = pg.PlotDataItem(
                [low, high], [low, high], pen=pg.mkPen(colors.line, style=Qt.PenStyle.DashLine)
            )
            self.addItem(diagonal)
            self._place_limits()
            self._name_quadrants()
        elif frame.state.plot == "hidden":
            self._draw_bands(table)

    def _mark_case(self) -> None:
        """Put a ring around the dot of the case in view."""
        row = self._frame.state.row
        if self._mark is None or self._points is None:
            return
        chosen = [np.empty(0) if row is None else axis[row : row + 1] for axis in self._points]
        place = np.array(chosen)
        self._mark.setData(*place[:, np.isfinite(place).all(axis=0)])

    def _add_dots(
        self,
        x: NDArray[np.float64],
        y: NDArray[np.float64],
        which: NDArray[np.bool_],
        color: QColor,
        *,
        alpha: int,
    ) -> None:
        color.setAlpha(alpha)
        if which.sum() > MANY:
            self.addItem(DotCloud(x[which], y[which], color, SMALL_DOT))
        elif which.any():
            brush = pg.mkBrush(color)
            self.addItem(pg.ScatterPlotItem(x[which], y[which], size=DOT, pen=None, brush=brush, pxMode=True))

    def _draw_bands(self, table: RunTable) -> None:
        """Mean error in each part of the hidden share, with its interval, for each method."""
        for place, summary in enumerate(table.summaries):
            parts = [(low, high, mean) for low, high, mean in summary.by_hidden if mean.count > 1]
            if not parts:
                continue
            middle = np.array([(low + high) / 2 for low, high, _ in parts])
            means = np.array([mean.mean for _, _, mean in parts])
            low, high = (np.array([getattr(mean, end) for _, _, mean in parts]) for end in ("low", "high"))
            color = method_color(summary.method, place)
            pen = pg.mkPen(color, width=2)
            curves = [pg.PlotDataItem(middle, edge, pen=None) for edge in (low, high)]
            band = QColor(color)
            band.setAlpha(_BAND)
            self.addItem(pg.FillBetweenItem(*curves, brush=pg.mkBrush(band)))
            self.addItem(pg.PlotDataItem(middle, means, pen=pen, symbol="o", symbolBrush=color, symbolSize=6))

    def _draw_histogram(self, table: RunTable) -> None:
        values = table.numbers(self._frame.plot.y)
        shown = values[self._frame.lines.rows] if self._frame.lines is not None else values
        known = values[np.isfinite(values)]
        if not known.size:
            return
        counts, edges = np.histogram(known, BINS)
        chosen, _ = np.histogram(shown[np.isfinite(shown)], edges)
        colors = current_colors()
        for heights, color in ((counts, colors.line), (chosen, colors.accent)):
            self.addItem(
                pg.BarGraphItem(x0=edges[:-1], x1=edges[1:], height=heights, brush=color, pen=colors.base)
            )
        self._label(table, self._frame.plot.y, None)

    def _draw_joints(self) -> None:
        joints = self._frame.joints
        means = joints.means if joints is not None else {}
        width = 0.8 / max(len(means), 1)
        for place, (method, heights) in enumerate(means.items()):
            x = np.arange(len(EVALUATED_NAMES)) + (place - (len(means) - 1) / 2) * width
            known, color = np.isfinite(heights), method_color(method, place)
            bars = {"x": x[known], "height": heights[known], "width": width, "brush": color}
            self.addItem(pg.BarGraphItem(**bars, pen=current_colors().base))
        short = [_short(name) for name in EVALUATED_NAMES]
        self.getPlotItem().getAxis("bottom").setTicks([list(enumerate(short))])
        self.setLabel("bottom", "Means of the people listed")
        self.setLabel("left", "MPJPE of the joint, mm")

    def _label(self, table: RunTable, x: str, y: str | None) -> None:
        for side, id in (("bottom", x), ("left", y)):
            column = table.column(id) if id is not None else None
            words = "People" if column is None else f"{column.title}, {column.unit}".rstrip(", ")
            self.setLabel(side, escape(words))  # which takes HTML

    # ---- the quadrants

    def _place_limits(self) -> None:
        limits = self._frame.plot.limits
        if limits is None:
            return
        while len(self._lines) < 2:
            line = pg.InfiniteLine(angle=90 if not self._lines else 0, movable=True)
            line.setPen(pg.mkPen(current_colors().quiet, width=1.5))
            line.setHoverPen(pg.mkPen(current_colors().accent, width=3))
            line.sigPositionChanged.connect(self._limits_moved)
            self._lines.append(line)
            self.addItem(line, ignoreBounds=True)
        for line, value in zip(self._lines, limits, strict=True):
            line.blockSignals(True)
            line.setValue(value)
            line.blockSignals(False)

    def _limits_moved(self) -> None:
        if any(line.moving for line in self._lines):
            self.limits_changed.emit(*(float(line.value()) for line in self._lines))

    def _name_quadrants(self) -> None:
        """Write each quadrant's name and number into its corner of the plot."""
        for item in self._names:
            self.removeItem(item)
        counts = self._frame.plot.quadrants if self._frame.state.plot == "quadrants" else None
        self._names = []
        for place, (words, count) in enumerate(zip(QUADRANTS, counts or (), strict=counts is not None)):
            right, above = place in (1, 3), place in (2, 3)
            anchor = (1 if right else 0, 0 if above else 1)
            text = pg.TextItem(f"{words}: {count}", current_colors().quiet, anchor=anchor)
            self.addItem(text, ignoreBounds=True)
            self._names.append(text)
        self._place_names()

    def _place_names(self) -> None:
        (left, right), (low, high) = self.getPlotItem().vb.viewRange()
        corners = ((left, low), (right, low), (left, high), (right, high))
        for text, corner in zip(self._names, corners, strict=False):
            text.setPos(*corner)

    # ---- the lasso

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a lasso, unless a line is under the pointer."""
        on_line = any(line.mouseHovering for line in self._lines)
        if event.button() == Qt.MouseButton.LeftButton and self._points is not None and not on_line:
            self._path = [event.position()]
            event.accept()
            return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw the lasso."""
        if not self._path:
            super().mouseMoveEvent(event)
            return
        self._path.append(event.position())
        path = QPainterPath(self._to_plot(self._path[0]))
        for point in self._path[1:]:
            path.lineTo(self._to_plot(point))
        self._lasso.setPath(path)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A short movement is a click on a dot, a long one a lasso."""
        if not self._path:
            super().mouseReleaseEvent(event)
            return
        path, self._path = self._path, []
        self._lasso.setPath(QPainterPath())
        if len(path) < 4 or ((path[-1] - path[0]).manhattanLength() < 4 and len(path) < 8):
            self._click(path[0])
        else:
            points = [self._to_plot(point) for point in path]
            self.lassoed.emit(tuple((point.x(), point.y()) for point in points))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show everything."""
        self._path = []
        self.getPlotItem().autoRange(padding=0.04)
        event.accept()

    def _click(self, position: QPointF) -> None:
        row = self.row_near(position)
        if row is not None:
            self.dot_clicked.emit(row)

    def row_near(self, position: QPointF) -> int | None:
        """The row whose dot is nearest to a position of the widget, within a few pixels."""
        if self._points is None:
            return None
        x, y = self._points
        pixel = self.getPlotItem().vb.viewPixelSize()
        place = self._to_plot(position)
        apart = np.hypot((x - place.x()) / pixel[0], (y - place.y()) / pixel[1])
        if not np.isfinite(apart).any():
            return None
        row = int(np.nanargmin(apart))
        return row if apart[row] <= NEAR else None

    def _to_plot(self, position: QPointF) -> QPointF:
        return self.getPlotItem().vb.mapSceneToView(self.mapToScene(position.toPoint()))


def _same_rows(old: Lines | None, new: Lines | None) -> bool:
    """Whether the same rows are shown, in whatever order."""
    if old is None or new is None:
        return old is new
    return old is new or np.array_equal(old.lines < 0, new.lines < 0)


def _short(joint: str) -> str:
    """A joint's name that fits below its bars: side and the first letters."""
    side, _, name = joint.rpartition("_") if joint[:2] in ("L_", "R_") else ("", "", joint.split("_")[0])
    return f"{side} {name[:3].lower()}" if side else name[:4]


def method_color(name: str, place: int) -> QColor:
    """A network's own colour; others get one by their place."""
    known = next((method for method in METHODS if method == name), None)
    return QColor(*(COLORS[known] if known is not None else _OTHERS[place % len(_OTHERS)]))
