"""The crop to paint an edge map on: strokes that paint or erase, over nothing or the network's own edges."""

from __future__ import annotations

import math
from collections.abc import Container
from dataclasses import replace

from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QButtonGroup, QComboBox, QHBoxLayout, QPushButton, QToolButton, QWidget

from sefd_viewer.app.frame import Words
from sefd_viewer.features.explain.frames import ExplainFrame
from sefd_viewer.features.explain.model import PaintFrom, Stroke
from sefd_viewer.features.explain.views.picture_box import choose
from sefd_viewer.gui.controls import NumberSlider
from sefd_viewer.gui.labels import PlainLabel
from sefd_viewer.gui.panes import Pane, header, say
from sefd_viewer.gui.photo_view import LayerImage, PhotoView

CROP = 256
SHORTEST = 0.7
"""Pixels of the crop between two points of a stroke, at least."""
_BEGINS: dict[PaintFrom, str] = {"nothing": "Start from nothing", "own": "Start from own edges"}


class Brush(QObject):
    """The pointer's tool over the crop: `stroke_drawn(Stroke)` when the button is let go."""

    stroke_drawn = Signal(object)
    keys: Container[int] = ()

    def __init__(self, view: PhotoView) -> None:
        super().__init__(view)
        self._view = view
        self._points: list[tuple[float, float]] = []
        self._pointer: QPointF | None = None
        self.width, self.erases = 5.0, False
        view.hover_left.connect(self._forget_pointer)

    def paint(self, painter: QPainter) -> None:
        """Draw the stroke that is being made, and the size of the brush."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = QColor(255, 96, 96) if self.erases else QColor(255, 255, 255)
        if self._points:
            pen = QPen(color, self._screen(self.width))
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.setPen(pen)
            painter.drawPolyline(QPolygonF([self._place(point) for point in self._points]))
        if self._pointer is not None:
            painter.setPen(QPen(color, 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            radius = self._screen(self.width) / 2
            painter.drawEllipse(self._pointer, radius, radius)

    def press(self, event: QMouseEvent) -> bool:
        """Begin a stroke."""
        if event.button() != Qt.MouseButton.LeftButton:
            return False
        self._points = [self._crop_point(event.position())]
        self._view.update()
        return True

    def move(self, event: QMouseEvent) -> bool:
        """Go on with the stroke."""
        self._pointer = event.position()
        if self._points:
            point = self._crop_point(self._pointer)
            if math.dist(point, self._points[-1]) >= SHORTEST:
                self._points.append(point)
        self._view.update()
        return bool(self._points)

    def release(self, event: QMouseEvent) -> bool:
        """End it."""
        if not self._points or event.button() != Qt.MouseButton.LeftButton:
            return False
        points, self._points = tuple(self._points), []
        self.stroke_drawn.emit(Stroke(points, self.width, self.erases))
        return True

    def double_click(self, _event: QMouseEvent) -> bool:
        """Two quick dots are no wish to fit."""
        return True

    def key_pressed(self, _key: int) -> bool:
        """No keys of its own."""
        return False

    def key_released(self, _key: int) -> bool:
        """No keys of its own."""
        return False

    def stop_panning(self) -> None:
        """The keyboard went elsewhere: nothing to do."""

    def _forget_pointer(self) -> None:
        self._pointer = None
        self._view.update()

    def _scale(self) -> float:
        """Pixels of the picture for one of the crop."""
        return self._view.viewport.image_size[0] / CROP

    def _crop_point(self, position: QPointF) -> tuple[float, float]:
        x, y = self._view.viewport.to_image((position.x(), position.y()))
        return (float(x) + 0.5) / self._scale() - 0.5, (float(y) + 0.5) / self._scale() - 0.5

    def _place(self, point: tuple[float, float]) -> QPointF:
        scale = self._scale()
        picture = ((point[0] + 0.5) * scale - 0.5, (point[1] + 0.5) * scale - 0.5)
        return QPointF(*self._view.viewport.to_view(picture))

    def _screen(self, crop_pixels: float) -> float:
        return crop_pixels * self._scale() * self._view.viewport.zoom


class PaintPane(Pane):
    """Signals out: `changed(Painting)`, `erases_changed(bool)`, `brush_changed(float)`."""

    changed = Signal(object)
    erases_changed = Signal(bool)
    brush_changed = Signal(float)

    def __init__(self) -> None:
        self.view = PhotoView()
        self.view.setAccessibleName("Crop to paint an edge map on")
        self.tool = Brush(self.view)
        self.view.set_tool(self.tool)
        self.paint, self.erase = QToolButton(), QToolButton()
        self.paint.setText("Paint")
        self.erase.setText("Erase")
        self.begins, self.clear = QComboBox(), QPushButton("Clear")
        self.brush = NumberSlider(1, 25, 1, decimals=0, unit=" px")
        self.begins.setAccessibleName("What the painted edges begin with")
        self.brush.name("Width of the brush")
        super().__init__(header(PlainLabel("Paint an edge map"), self.clear), self.view)
        self.add_bar(self._tools())
        self._frame = ExplainFrame()
        self._connect()

    def apply(self, new: ExplainFrame) -> None:
        """Show a frame."""
        self._frame, bench = new, new.bench
        fresh = self.view.viewport.is_fit
        self.view.set_image(bench.canvas)
        if fresh:
            self.view.fit()
        self.view.set_image_opacity(0.55)
        self._show_edges(bench.painted if not bench.painting.is_empty else None)
        self.tool.width, self.tool.erases = new.state.brush, new.state.erases
        (self.erase if new.state.erases else self.paint).setChecked(True)
        self.brush.set_value(new.state.brush)
        choose(self.begins, bench.painting.begins)
        self.clear.setEnabled(not bench.painting.is_empty)
        self.setEnabled(bench.canvas is not None)
        say(self.view, None if bench.canvas is not None else Words(""))
        self.view.cover.set_busy(bench.busy)

    def _show_edges(self, edges: object) -> None:
        if edges is None:
            self.view.remove_layer("edges")
            return
        self.view.set_layer("edges", LayerImage(edges[..., 0], (0, 229, 255)))  # type: ignore[index]

    def _tools(self) -> QWidget:
        group = QButtonGroup(self)
        for button in (self.paint, self.erase):
            button.setCheckable(True)
            group.addButton(button)
        for begins, title in _BEGINS.items():
            self.begins.addItem(title, begins)
        self.brush.setMaximumWidth(130)
        self.brush.setToolTip("Width of the brush in pixels of the crop")
        bar = QWidget()
        line = QHBoxLayout(bar)
        line.setContentsMargins(10, 0, 8, 6)
        line.setSpacing(6)
        for widget in (self.paint, self.erase, self.brush, self.begins):
            line.addWidget(widget)
        line.addStretch(1)
        return bar

    def _connect(self) -> None:
        self.tool.stroke_drawn.connect(self._add)
        self.paint.clicked.connect(lambda: self.erases_changed.emit(False))
        self.erase.clicked.connect(lambda: self.erases_changed.emit(True))
        self.brush.changed.connect(self.brush_changed)
        self.begins.activated.connect(lambda _i: self._begin())
        self.clear.clicked.connect(lambda: self._change(begins="nothing", strokes=()))

    def _add(self, stroke: Stroke) -> None:
        self._change(strokes=(*self._frame.bench.painting.strokes, stroke))

    def _begin(self) -> None:
        self._change(begins=self.begins.currentData())

    def _change(self, **changes: object) -> None:
        self.changed.emit(replace(self._frame.bench.painting, **changes))  # type: ignore[arg-type]
