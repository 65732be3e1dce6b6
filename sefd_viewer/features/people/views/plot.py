"""Everybody as dots: any number by any number, quadrants, histogram, error against what is hidden, joints."""

from __future__ import annotations

from html import escape

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtWidgets import QGraphicsRectItem, QWidget

from sefd_viewer.app.filtering import Lines, values
from sefd_viewer.app.people_table import PeopleTable
from sefd_viewer.evaluation.metrics import EVALUATED_NAMES
from sefd_viewer.features.people.model import PAIRED, PeopleFrame
from sefd_viewer.features.people.views.dot_cloud import DotCloud
from sefd_viewer.gui.plots import color_plot
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.theme import current_colors

"""Both small; the teacher's large alone; the student's large alone; both large."""
DOT, LARGE_DOT, SMALL_DOT, MANY = 7, 16, 3, 5_000
BINS = 40
NEAR, SHORTEST = 12.0, 5
"""Pixels within which a dot is hit, and from which on a drag is one."""
SAME = 0.5
_BAND = 60


class PeoplePlot(SafeOverrides, pg.PlotWidget):
    """Signals out: `selected(left, right, low, high)` in plot coordinates, `dot_clicked(row)`,
    `limits_changed(x, y)`.

    Dragging with the left button selects; the wheel zooms; double click shows everything.
    """

    selected = Signal(float, float, float, float)
    dot_clicked = Signal(int)
    limits_changed = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        self._made = False  # Qt tells about the palette while the parts are being made
        super().__init__(parent)
        self._frame = PeopleFrame()
        self._points: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
        self._from: QPointF | None = None
        self._mark: pg.ScatterPlotItem | None = None
        self._lines: list[pg.InfiniteLine] = []
        self._names: list[pg.TextItem] = []
        plot = self.getPlotItem()
        plot.setMenuEnabled(False)
        plot.hideButtons()
        self.setMouseEnabled(True, True)
        self._area = QGraphicsRectItem()
        self._area.setZValue(20)
        plot.vb.sigRangeChanged.connect(self._place_names)
        self.setAccessibleName("Plot of the people")
        self._made = True
        self.refresh_colors()

    def apply(self, old: PeopleFrame, new: PeopleFrame) -> None:
        """Show a frame's plot."""
        self._frame = new
        moving = any(line.moving for line in self._lines)
        same = old.joints is new.joints and _same_rows(old.lines, new.lines) and self._same_dots(old, new)
        kind = old.state.plot == new.state.plot and old.state.middle == new.state.middle
        if same and kind and (old.plot.x, old.plot.y) == (new.plot.x, new.plot.y):
            if not moving and old.plot.limits != new.plot.limits:
                self._place_limits()
            if old.plot.quadrants != new.plot.quadrants:
                self._name_quadrants()
            if old.case is None or new.case is None or old.case.row != new.case.row:
                self._mark_case()
            return
        axes = (old.plot.x, old.plot.y) != (new.plot.x, new.plot.y)
        run = (old.table.run if old.table else None) is not (new.table.run if new.table else None)
        self._draw(fit=axes or not kind or run or self._points is None)

    def refresh_colors(self) -> None:
        """Take the colours of the theme."""
        color_plot(self)
        for side in ("bottom", "left"):
            self.getPlotItem().getAxis(side).enableAutoSIPrefix(False)
        self._area.setPen(pg.mkPen(current_colors().accent, width=1.5))
        color = QColor(current_colors().accent)
        color.setAlpha(40)
        self._area.setBrush(color)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's palette."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._made:
            self.refresh_colors()
            self._draw(fit=False)

    # ---- drawing

    def _same_dots(self, old: PeopleFrame, new: PeopleFrame) -> bool:
        """Whether another table has the numbers that are drawn: verdicts and tags are no part of them."""
        before, table = old.table, new.table
        if before is table:
            return True
        if before is None or table is None or before.run is not table.run or self._points is None:
            return False
        axes = zip((new.plot.x, new.plot.y), self._points, strict=True)
        return all(np.array_equal(values(table, axis), drawn, equal_nan=True) for axis, drawn in axes)

    def _draw(self, *, fit: bool) -> None:
        plot = self.getPlotItem()
        before = plot.vb.viewRange()
        plot.clear()
        self._lines, self._names, self._points, self._mark = [], [], None, None
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
            plot.autoRange(padding=0.06)
        else:
            plot.vb.setRange(xRange=before[0], yRange=before[1], padding=0)

    def _draw_dots(self, table: PeopleTable) -> None:
        frame = self._frame
        x, y = values(table, frame.plot.x), values(table, frame.plot.y)
        self._points = x, y
        shown = np.zeros(len(table), bool)
        if frame.lines is not None:
            shown[frame.lines.rows] = True
        known = np.isfinite(x) & np.isfinite(y)
        colors = current_colors()
        sizes = _sizes(table)
        self._add_dots(known & ~shown, QColor(colors.faint), sizes, alpha=60)
        change = " - " in frame.plot.y
        for color, which in _parts(
            y, colors.worse, colors.better, colors.quiet, colors.accent, change=change
        ):
            self._add_dots(known & shown & which, QColor(color), sizes, alpha=170)
        if change and known.any():
            ground = pg.InfiniteLine(0, angle=0, pen=pg.mkPen(colors.quiet, width=1))
            self.addItem(ground, ignoreBounds=True)
        self._mark = pg.ScatterPlotItem(size=LARGE_DOT, pen=pg.mkPen(colors.text, width=2), brush=None)
        self.addItem(self._mark, ignoreBounds=True)
        self._mark_case()
        self._label("bottom", frame.plot.titles[0])
        self._label("left", frame.plot.titles[1])
        if frame.state.plot == "quadrants" and known.any():
            low, high = np.nanmin([x, y]), np.nanmax([x, y])
            pen = pg.mkPen(colors.line, style=Qt.PenStyle.DashLine)
            self.addItem(pg.PlotDataItem([low, high], [low, high], pen=pen))
            self._place_limits()
            self._name_quadrants()
        elif frame.state.plot == "hidden":
            self._draw_bands(table)

    def _mark_case(self) -> None:
        """Put a ring around the dot of the person in view."""
        row = self._frame.case.row if self._frame.case is not None else None
        if self._mark is None or self._points is None:
            return
        chosen = [np.empty(0) if row is None else axis[row : row + 1] for axis in self._points]
        place = np.array(chosen)
        self._mark.setData(*place[:, np.isfinite(place).all(axis=0)])

    def _add_dots(
        self, which: NDArray[np.bool_], color: QColor, sizes: NDArray[np.float64] | int, *, alpha: int
    ) -> None:
        assert self._points is not None
        x, y = self._points
        color.setAlpha(alpha)
        if which.sum() > MANY:
            self.addItem(DotCloud(x[which], y[which], color, SMALL_DOT))
        elif which.any():
            own = sizes[which] if isinstance(sizes, np.ndarray) else sizes
            brush = pg.mkBrush(color)
            self.addItem(pg.ScatterPlotItem(x[which], y[which], size=own, pen=None, brush=brush, pxMode=True))

    def _draw_bands(self, table: PeopleTable) -> None:
        """Mean error in each part of the hidden share, with its interval, for each method."""
        summaries = table.run.summaries if table.run is not None else ()
        for summary in summaries:
            parts = [(low, high, mean) for low, high, mean in summary.by_hidden if mean.count > 1]
            if not parts:
                continue
            middle = np.array([(low + high) / 2 for low, high, _ in parts])
            means = np.array([mean.mean for _, _, mean in parts])
            low, high = (np.array([getattr(mean, end) for _, _, mean in parts]) for end in ("low", "high"))
            color = QColor(*self._frame.look(summary.method).color)
            curves = [pg.PlotDataItem(middle, edge, pen=None) for edge in (low, high)]
            band = QColor(color)
            band.setAlpha(_BAND)
            pen = pg.mkPen(color, width=2)
            self.addItem(pg.FillBetweenItem(*curves, brush=pg.mkBrush(band)))
            self.addItem(pg.PlotDataItem(middle, means, pen=pen, symbol="o", symbolBrush=color, symbolSize=6))

    def _draw_histogram(self, table: PeopleTable) -> None:
        numbers = values(table, self._frame.plot.y)
        shown = numbers[self._frame.lines.rows] if self._frame.lines is not None else numbers
        known = numbers[np.isfinite(numbers)]
        if not known.size:
            return
        counts, edges = np.histogram(known, BINS)
        chosen, _ = np.histogram(shown[np.isfinite(shown)], edges)
        colors = current_colors()
        for heights, color in ((counts, colors.line), (chosen, colors.accent)):
            bars = {"x0": edges[:-1], "x1": edges[1:], "height": heights}
            self.addItem(pg.BarGraphItem(**bars, brush=color, pen=colors.base))
        self._label("bottom", self._frame.plot.titles[1])
        self._label("left", "People")

    def _draw_joints(self) -> None:
        joints = self._frame.joints
        means = joints.means if joints is not None else {}
        width = 0.8 / max(len(means), 1)
        for place, (method, heights) in enumerate(means.items()):
            x = np.arange(len(EVALUATED_NAMES)) + (place - (len(means) - 1) / 2) * width
            known, color = np.isfinite(heights), QColor(*self._frame.look(method).color)
            bars = {"x": x[known], "height": heights[known], "width": width, "brush": color}
            self.addItem(pg.BarGraphItem(**bars, pen=current_colors().base))
        self.getPlotItem().getAxis("bottom").setTicks(
            [list(enumerate(_short(name) for name in EVALUATED_NAMES))]
        )
        self._label("bottom", "Means of the people listed")
        self._label("left", "MPJPE of the joint, mm")

    def _label(self, side: str, words: str) -> None:
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
        names = zip(self._frame.plot.names, counts or (), strict=counts is not None)
        for place, (words, count) in enumerate(names):
            anchor = (1 if place in (1, 3) else 0, 0 if place in (2, 3) else 1)
            text = pg.TextItem(f"{words}: {count}", current_colors().quiet, anchor=anchor)
            self.addItem(text, ignoreBounds=True)
            self._names.append(text)
        self._place_names()

    def _place_names(self) -> None:
        (left, right), (low, high) = self.getPlotItem().vb.viewRange()
        corners = ((left, low), (right, low), (left, high), (right, high))
        for text, corner in zip(self._names, corners, strict=False):
            text.setPos(*corner)

    # ---- selecting

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to select, unless a line is under the pointer."""
        on_line = any(line.mouseHovering for line in self._lines)
        paired = self._points is not None and self._frame.state.plot in PAIRED
        if event.button() == Qt.MouseButton.LeftButton and paired and not on_line:
            self._from = event.position()
            event.accept()
            return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw what is selected."""
        if self._from is None:
            super().mouseMoveEvent(event)
            return
        if self._area.scene() is None:
            self.addItem(self._area, ignoreBounds=True)
        self._area.setRect(QRectF(self._to_plot(self._from), self._to_plot(event.position())).normalized())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A short movement is a click on a dot, a long one selects."""
        if self._from is None:
            super().mouseReleaseEvent(event)
            return
        start, self._from = self._from, None
        if self._area.scene() is not None:
            self.removeItem(self._area)
        if (event.position() - start).manhattanLength() < SHORTEST:
            row = self.row_near(start)
            if row is not None:
                self.dot_clicked.emit(row)
            return
        area = QRectF(self._to_plot(start), self._to_plot(event.position())).normalized()
        self.selected.emit(area.left(), area.right(), area.top(), area.bottom())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show everything."""
        self._from = None
        self.getPlotItem().autoRange(padding=0.06)
        event.accept()

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


def _parts(
    y: NDArray[np.float64], worse: str, better: str, same: str, plain: str, *, change: bool
) -> list[tuple[str, NDArray[np.bool_]]]:
    """Colours of dots: of a change worse, better and the same, else one."""
    if not change:
        return [(plain, np.ones(len(y), bool))]
    with np.errstate(invalid="ignore"):
        return [(worse, y > SAME), (better, y < -SAME), (same, np.abs(y) <= SAME)]


def _sizes(table: PeopleTable) -> NDArray[np.float64] | int:
    """The size of each dot: the more is hidden, the larger."""
    if "hidden" not in table.frame.columns:
        return DOT
    share = np.clip(np.nan_to_num(table.numbers("hidden"), nan=0.0), 0, 0.5) / 0.5
    return DOT + (LARGE_DOT - DOT) * np.sqrt(share)


def _same_rows(old: Lines | None, new: Lines | None) -> bool:
    """Whether the same rows are shown, in whatever order."""
    if old is None or new is None:
        return old is new
    return old is new or np.array_equal(old.lines < 0, new.lines < 0)


def _short(joint: str) -> str:
    """A joint's name that fits below its bars: side and the first letters."""
    side, _, name = joint.rpartition("_") if joint[:2] in ("L_", "R_") else ("", "", joint.split("_")[0])
    return f"{side} {name[:3].lower()}" if side else name[:4]
