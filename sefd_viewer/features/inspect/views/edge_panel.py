"""The panel of the view "Edges": what a network is given, its error by width, edges on the photo."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.app.frame import LayersFrame
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.features.inspect.edge_frame import EdgePanelFrame
from sefd_viewer.features.inspect.edge_view import EDGE_LAYERS, SOURCES
from sefd_viewer.gui.controls import NumberSlider, Segments, offer, quiet_label
from sefd_viewer.gui.labels import ElidedLabel, PlainLabel
from sefd_viewer.gui.layers_panel import LayersPanel
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.theme import current_colors

LINES = {"soft": "Soft", "binary": "Binary"}
DILATIONS = {"fixed": "Fixed", "adaptive": "By size", "none": "None"}
REACH = 14.0
"""Logical pixels within which a click is at a point of the curve."""


class WidthCurve(SafeOverrides, QWidget):
    """A network's error by width, as computed; the present one is ringed. Signal out: `chosen(width)`."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frame = EdgePanelFrame()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Error as the width changes")
        self.setToolTip("Points were computed; click one to set its width")

    def show_frame(self, frame: EdgePanelFrame) -> None:
        """Show a frame's points."""
        self._frame = frame
        told = ", ".join(f"{_title(width)} {mm:.1f} mm" for width, mm in frame.widths)
        self.setAccessibleDescription(told)
        self.update()

    def sizeHint(self) -> QSize:
        """Room for the curve and its words."""
        return QSize(220, 104)

    def minimumSizeHint(self) -> QSize:
        """The same height at any width."""
        return QSize(140, 104)

    def places(self) -> dict[int, QPointF]:
        """Where each computed width is."""
        points = self._points()
        if not points:
            return {}
        area, (low, high) = self._area(), self._limits()
        span = max(points[-1][0] - points[0][0], 1)

        def place(width: int, mm: float) -> QPointF:
            across = 0.5 if len(points) == 1 else (width - points[0][0]) / span
            up = (mm - low) / (high - low)
            return QPointF(area.left() + across * area.width(), area.bottom() - up * area.height())

        return {width: place(width, mm) for width, mm in points}

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the curve."""
        painter, colors = QPainter(self), current_colors()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        places, area = self.places(), self._area()
        if not places:
            painter.setPen(QColor(colors.faint))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "Not computed yet")
            return
        self._paint_scale(painter, area)
        accent = QPen(self._color(), 1.6)
        painter.setPen(accent)
        painter.drawPolyline(list(places.values()))
        for width, place in places.items():
            present = width == self._frame.width
            painter.setPen(accent if not present else QPen(self._color(), 2.2))
            painter.setBrush(QColor(colors.base) if present else self._color())
            painter.drawEllipse(place, 5.0 if present else 3.0, 5.0 if present else 3.0)
            painter.setPen(QColor(colors.text if present else colors.faint))
            box = QRectF(place.x() - 30, area.bottom() + 6, 60, 18)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, _title(width))
        if self.hasFocus():
            painter.setPen(QPen(QColor(colors.accent), 1.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _color(self) -> QColor:
        network = self._frame.network
        return QColor(current_colors().accent) if network is None else QColor(*network.color)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Set the width of the point that was clicked."""
        near = [(abs(place.x() - event.position().x()), width) for width, place in self.places().items()]
        if near and min(near)[0] <= REACH:
            self.chosen.emit(min(near)[1])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys go from point to point."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        widths = [width for width, _ in self._points()]
        if step is None or self._frame.width not in widths:
            super().keyPressEvent(event)
            return
        place = widths.index(self._frame.width) + step
        if 0 <= place < len(widths):
            self.chosen.emit(widths[place])

    def _points(self) -> Sequence[tuple[int, float]]:
        """What was computed, and the present width where it is another one."""
        known = dict(self._frame.widths)
        if self._frame.width is not None and not math.isnan(self._frame.mm):
            known[self._frame.width] = self._frame.mm
        return sorted((width, mm) for width, mm in known.items() if not math.isnan(mm))

    def _limits(self) -> tuple[float, float]:
        values = [mm for _, mm in self._points()]
        low, high = math.floor(min(values)), math.ceil(max(values))
        return float(low), float(max(high, low + 1))

    def _area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(40, 12, -26, -28)

    def _paint_scale(self, painter: QPainter, area: QRectF) -> None:
        colors, (low, high) = current_colors(), self._limits()
        for value, y in ((high, area.top()), (low, area.bottom())):
            painter.setPen(QPen(QColor(colors.line), 1.0))
            painter.drawLine(QPointF(area.left() - 8, y), QPointF(area.right() + 8, y))
            painter.setPen(QColor(colors.faint))
            box = QRectF(0, y - 9, area.left() - 12, 18)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{value:.0f}")


class BoxLimits(QWidget):
    """How large a box may be for 1, 3 and 5 pixels, as sides of squares. Signal out: `changed(areas)`."""

    changed = Signal(tuple)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self.sides = tuple(_side(kernel) for kernel in (1, 3, 5))
        for side in self.sides:
            row.addWidget(side, 1)
            side.valueChanged.connect(lambda _value: self._tell())

    def show_areas(self, areas: Sequence[float]) -> None:
        """Show limits (px²) without telling anybody."""
        for side, area in zip(self.sides, areas, strict=True):
            side.blockSignals(True)
            side.setValue(round(math.sqrt(area)))
            side.blockSignals(False)

    def _tell(self) -> None:
        self.changed.emit(tuple(sorted(float(side.value() ** 2) for side in self.sides)))


def _side(kernel: int) -> QSpinBox:
    box, given = QSpinBox(), "no dilation" if kernel == 1 else f"{kernel}×{kernel}"
    box.setRange(1, 4096)
    box.setSuffix("²")
    box.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
    box.setToolTip(f"Boxes up to this many pixels squared get {given}; larger ones the next width")
    box.setAccessibleName(f"Largest box for {given}")
    box.setKeyboardTracking(False)
    return box


class EdgeSide(QWidget):
    """Signals out: `edges_changed(settings, word)` (the word names a slider), `source_chosen(key)`,
    `network_chosen(method)`.
    """

    network_chosen = Signal(str)
    edges_changed = Signal(EdgeSettings, str)
    source_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = EdgeSettings()
        self._shown: tuple[EdgePanelFrame | None, LayersFrame | None] = None, None
        self.title, self.network = _heading(""), QComboBox()
        self.network.setAccessibleName("Whose edges these are")
        self.network.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.trained = QPushButton("As trained")
        self.trained.setToolTip("The edges that the shipped networks were trained with")
        self.source = _tight(Segments(SOURCES, gap=0))
        self.source.buttons["paint"].setToolTip("Paint an edge map on the bench of Explain")
        self.lines = _tight(Segments(LINES, gap=0))
        self.dilation = _tight(Segments(DILATIONS, gap=0))
        self.kernel = NumberSlider(1, 15, 2, decimals=0)
        self.blur = NumberSlider(0.2, 4.0, 0.1, decimals=1)
        self.low, self.high = NumberSlider(0.02, 1.5, 0.02), NumberSlider(0.02, 1.5, 0.02)
        self.release = QCheckBox("Grey as in the release")
        self.release.setToolTip("Red has the weight of blue in the grey picture, as in the public release")
        self.boxes = BoxLimits()
        self.by_size = quiet_label(wrap=True)
        self.curve = WidthCurve()
        self.layers = LayersPanel(only=EDGE_LAYERS)
        self._rows: dict[str, tuple[QWidget, ...]] = {}
        self._lay_out()
        self._connect()

    def apply(self, frame: EdgePanelFrame, layers: LayersFrame) -> None:
        """Show a frame."""
        before, over = self._shown
        if frame is before and layers is over:
            return
        self._shown = frame, layers
        self._settings = edges = frame.edges
        several = len(frame.networks) > 1
        self.title.setVisible(not several)
        self.network.setVisible(several)
        if frame.network is not None:
            self.title.setText(f"{frame.network.title}’s edges")
            choices = {one.id: f"{one.title}’s edges" for one in frame.networks}
            offer(self.network, choices, frame.network.id)
        self.source.set_chosen(frame.source)
        self.lines.set_chosen(edges.variant)
        self.dilation.set_chosen(edges.dilation)
        for slider, value in (
            (self.kernel, edges.kernel),
            (self.blur, edges.sigma),
            (self.low, edges.low),
            (self.high, edges.high),
        ):
            slider.set_value(value)
        self.release.blockSignals(True)
        self.release.setChecked(edges.channel_order == "bgr_release")
        self.release.blockSignals(False)
        self.trained.setEnabled(not frame.trained)
        canny = frame.source == "canny"
        for name in ("lines", "dilation", "blur", "release"):
            self._show(name, canny)
        self._show("width", canny and edges.dilation == "fixed")
        self._show("size", canny and edges.dilation == "adaptive")
        self._show("low", canny and edges.variant == "binary")
        self._show("high", canny and edges.variant == "binary")
        self._show("boxes", canny and edges.dilation == "adaptive")
        self.boxes.show_areas(edges.area_thresholds)
        self.by_size.setText(frame.size_words)
        self.curve.show_frame(frame)
        self.layers.show_layers(layers)

    def _show(self, name: str, shown: bool) -> None:
        for widget in self._rows[name]:
            widget.setVisible(shown)

    def _lay_out(self) -> None:
        head, lines = QHBoxLayout(), QVBoxLayout(self)
        lines.setContentsMargins(14, 10, 14, 10)
        lines.setSpacing(8)
        head.addWidget(self.title, 1)
        head.addWidget(self.network, 1)
        head.addWidget(self.trained)
        lines.addLayout(head)
        lines.addWidget(self.source)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        for name, words, widget in (
            ("lines", "Lines", self.lines),
            ("dilation", "Dilation", self.dilation),
            ("size", "", self.by_size),
            ("boxes", "Boxes to", self.boxes),
            ("width", "Width", self.kernel),
            ("blur", "Blur σ", self.blur),
            ("low", "Low", self.low),
            ("high", "High", self.high),
            ("release", "", self.release),
        ):
            label, row = PlainLabel(words), grid.rowCount()
            label.setBuddy(widget)
            widget.name(words) if isinstance(widget, NumberSlider) else widget.setAccessibleName(words)
            grid.addWidget(label, row, 0)
            grid.addWidget(widget, row, 1)
            self._rows[name] = (label, widget)
        lines.addLayout(grid)
        lines.addWidget(_line())
        lines.addWidget(_heading("Error as the width changes"))
        lines.addWidget(self.curve)
        lines.addWidget(_line())
        lines.addWidget(_heading("On the photo"))
        lines.addWidget(self.layers)
        lines.addStretch(1)

    def _connect(self) -> None:
        self.trained.clicked.connect(self._as_trained)
        self.network.activated.connect(lambda _i: self.network_chosen.emit(self.network.currentData()))
        self.source.chosen.connect(self.source_chosen)
        self.lines.chosen.connect(lambda variant: self._change(variant=variant))
        self.dilation.chosen.connect(lambda rule: self._change(dilation=rule))
        self.kernel.changed.connect(lambda value: self._change("width", kernel=round(value)))
        self.blur.changed.connect(lambda value: self._change("sigma", sigma=value))
        self.low.changed.connect(
            lambda value: self._change("low", low=value, high=max(value, self._settings.high))
        )
        self.high.changed.connect(
            lambda value: self._change("high", high=value, low=min(value, self._settings.low))
        )
        self.release.toggled.connect(lambda on: self._change(channel_order="bgr_release" if on else "rgb"))
        self.boxes.changed.connect(lambda areas: self._change(area_thresholds=areas))
        self.curve.chosen.connect(self._take_width)

    def _as_trained(self) -> None:
        self.source_chosen.emit("canny")
        self.edges_changed.emit(EdgeSettings(), "")

    def _take_width(self, width: int) -> None:
        self.source_chosen.emit("canny")
        rule = "none" if width == 1 else "fixed"
        self._change(dilation=rule, kernel=width)

    def _change(self, word: str = "", **changes: Any) -> None:
        self._settings = replace(self._settings, **changes)
        self.edges_changed.emit(self._settings, word)


def _title(width: int) -> str:
    return "none" if width == 1 else f"{width}×{width}"


def _heading(words: str) -> ElidedLabel:
    label = ElidedLabel(words)
    label.setProperty("quiet", False)
    label.setProperty("heading", True)
    return label


def _tight(segments: Segments) -> Segments:
    """Segments that fit into a narrow panel."""
    segments.setProperty("tight", True)
    return segments


def _line() -> QFrame:
    line = QFrame()
    line.setFixedHeight(1)
    line.setAutoFillBackground(True)
    line.setBackgroundRole(QPalette.ColorRole.Mid)
    return line
