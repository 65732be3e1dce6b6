"""The photos of a moment in a grid that adapts to their number and shape and to the room there is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from sefd_viewer.app.frame import PhotoFrame
from sefd_viewer.features.cameras.frame import BoardViewFrame
from sefd_viewer.gui import words
from sefd_viewer.gui.controls import quiet_label
from sefd_viewer.gui.divider import Divider
from sefd_viewer.gui.labels import ElidedLabel, PlainLabel, TextLine, plain_tip
from sefd_viewer.gui.photo_view import PhotoView, show_photo
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.view_colors import ViewDot
from sefd_viewer.gui.viewport import Viewport

Array = NDArray[np.float64]
LINE = (0, 229, 255)
RING = 8.0


class BoardPhoto(PhotoView):
    """Shows an epipolar line and a ring; `enlarge_asked` comes with a double click."""

    enlarge_asked = Signal()
    resized = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._curve: Array | None = None
        self._ring: Array | None = None
        self._label = ""

    def set_pointer(self, curve: Array | None, ring: Array | None, label: str = "") -> None:
        """Draw a curve (N, 2) and a ring at a point (2,), image pixels, with a label; None draws nothing."""
        if curve is not None or ring is not None or self._curve is not None or self._ring is not None:
            self._curve, self._ring, self._label = curve, ring, label
            self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell that the photo has another place now."""
        super().resizeEvent(event)
        self.resized.emit()

    def paint_content(self, painter: QPainter) -> None:
        """Draw the pointer over the photo."""
        super().paint_content(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._curve is not None and len(self._curve) > 1:
            painter.setClipRect(self._picture_area())
            self._paint_curve(painter, self._viewport.to_view(self._curve))
            painter.setClipping(False)
        if self._ring is not None:
            self._paint_ring(painter, QPointF(*self._viewport.to_view(self._ring)))

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """Ask to be large, or to go back."""
        self._pressed = None
        self.enlarge_asked.emit()

    def _picture_area(self) -> QRectF:
        """Where the photo is on the screen."""
        corners = self._viewport.to_view(self._viewport.from_fraction(((0, 0), (1, 1))))
        return QRectF(QPointF(*corners[0]), QPointF(*corners[1]))

    def _paint_curve(self, painter: QPainter, points: Array) -> None:
        line = QPolygonF([QPointF(x, y) for x, y in points.tolist()])
        for color, width in ((QColor(0, 0, 0, 120), 3.0), (QColor(*LINE), 1.3)):
            painter.setPen(QPen(color, width))
            painter.drawPolyline(line)

    def _paint_ring(self, painter: QPainter, center: QPointF) -> None:
        for color, width in ((QColor(0, 0, 0, 140), 4.0), (QColor(*LINE), 2.0)):
            painter.setPen(QPen(color, width))
            painter.drawEllipse(center, RING, RING)
        if self._label:
            area = QRect(0, 0, self.width(), self.height())
            words.paint_tag(painter, area, center + QPointF(RING + 2, -RING), self._label, LINE)


HEADER, MARGIN, SPACING = 26, 8, 8


class ViewPanel(QWidget):
    """Signals out: `hovered(x, y)` image pixels, `hover_left`, `person_clicked(key)`, `enlarge_asked`."""

    hovered = Signal(float, float)
    hover_left = Signal()
    person_clicked = Signal(str)
    background_clicked = Signal()
    enlarge_asked = Signal()
    wiped = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.photo = BoardPhoto()
        self.frame: BoardViewFrame | None = None
        self.dot, self.name, self.about = ViewDot(), ElidedLabel(wants=True), PlainLabel()
        self.serial, self.divider = quiet_label(), Divider(self.photo)
        self.name.setProperty("heading", True)
        header = QHBoxLayout()
        header.setContentsMargins(MARGIN, 0, MARGIN, 0)
        header.setSpacing(SPACING)
        header.addWidget(self.dot)
        header.addWidget(self.name)
        header.addWidget(self.serial)
        header.addStretch(1)
        header.addWidget(self.about)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        bar = TextLine(HEADER)
        bar.setLayout(header)
        layout.addWidget(bar)
        layout.addWidget(self.photo, 1)
        self.divider.moved.connect(self.wiped)
        self.photo.resized.connect(self._place_divider)
        for signal in ("hovered", "hover_left", "person_clicked", "background_clicked", "enlarge_asked"):
            getattr(self.photo, signal).connect(getattr(self, signal))

    def show_frame(self, new: BoardViewFrame) -> None:
        """Show a camera; only what differs from the frame before changes."""
        old, self.frame = self.frame, new
        self.photo.setAccessibleName(f"Photo of {new.title}")
        show_photo(self.photo, PhotoFrame() if old is None else old.photo, new.photo)
        self.dot.show_hue(new.hue)
        self._place_divider()
        self.serial.setText(new.serial)
        self.about.setText(new.about)
        tip = "Far above the other cameras" if new.outlier else "Median over the joints; below, their mean"
        self.about.setToolTip(plain_tip(tip))
        if old is None or (old.outlier, old.tone) != (new.outlier, new.tone):
            for label in (self.name, self.about):
                label.setProperty("problem", new.outlier)
                label.setProperty("worse", label is self.about and new.tone == "worse")
                label.setProperty("better", label is self.about and new.tone == "better")
                label.style().unpolish(label)
                label.style().polish(label)
        self.name.setToolTip(plain_tip(" ".join(part for part in (new.title, new.serial) if part)))
        self._show_serial()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the camera's name and its error whole."""
        super().resizeEvent(event)
        self._show_serial()

    def _show_serial(self) -> None:
        """The serial number stands where there is room for it, else the number alone: "2" of "Camera 2".

        What is left out is told over the name.
        """
        title = "" if self.frame is None else self.frame.title
        self.name.setText(title)
        parts = (self.dot, self.name, self.about)
        needed = sum(part.sizeHint().width() for part in parts) + 2 * MARGIN + 4 * SPACING
        serial = bool(self.serial.text()) and needed + self.serial.sizeHint().width() <= self.width()
        self.serial.setVisible(serial)
        if needed > self.width():
            self.name.setText(title.removeprefix("Camera "))

    def _place_divider(self) -> None:
        if self.frame is not None:
            self.divider.show_at(self.frame.photo.wipe, self.frame.photo.sides)

    @property
    def image_size(self) -> tuple[int, int] | None:
        """(width, height) of the photo in view."""
        image = None if self.frame is None else self.frame.photo.image
        return None if image is None else (image.shape[1], image.shape[0])


GAP = 1


class ViewGrid(SafeOverrides, QWidget):
    """Panels by the name of their view; signals name the view."""

    hovered = Signal(str, float, float)
    hover_left = Signal()
    person_clicked = Signal(str, str)
    background_clicked = Signal()
    enlarge_asked = Signal(str)
    wiped = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._panels: list[ViewPanel] = []
        self._shown: list[ViewPanel] = []
        self._linked = False
        self.setMinimumSize(320, 220)

    @property
    def panels(self) -> Mapping[str, ViewPanel]:
        """The panels in use by view."""
        return {panel.frame.name: panel for panel in self._panels if panel.frame and not panel.isHidden()}

    def show_views(self, views: Sequence[BoardViewFrame], large: str | None, *, linked: bool = False) -> None:
        """Show these views; `large` fills the grid alone; `linked` photos zoom together."""
        self._linked = linked
        while len(self._panels) < len(views):
            self._panels.append(self._make())
        for panel, view in zip(self._panels, views, strict=False):
            panel.show_frame(view)
        used = self._panels[: len(views)]
        alone = [panel for panel in used if panel.frame is not None and panel.frame.name == large]
        self._shown = alone or used
        for panel in self._panels:
            panel.setVisible(panel in self._shown)
        self._place()

    def fit(self) -> None:
        """Show every photo whole."""
        for panel in self._panels:
            panel.photo.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the panels anew."""
        super().resizeEvent(event)
        self._place()

    def _make(self) -> ViewPanel:
        panel = ViewPanel(self)
        panel.photo.view_changed.connect(self._follow)
        panel.hovered.connect(lambda x, y: self.hovered.emit(_name(panel), x, y))
        panel.hover_left.connect(self.hover_left)
        panel.person_clicked.connect(lambda key: self.person_clicked.emit(_name(panel), key))
        panel.background_clicked.connect(self.background_clicked)
        panel.wiped.connect(self.wiped)
        panel.enlarge_asked.connect(lambda: self.enlarge_asked.emit(_name(panel)))
        return panel

    def _follow(self, viewport: Viewport) -> None:
        """Let the other photos show the same part as the one that was moved."""
        if self._linked:
            for panel in self._shown:
                panel.photo.follow(viewport)

    def _place(self) -> None:
        count = len(self._shown)
        if not count:
            return
        columns = best_columns(count, (self.width(), self.height()), self._aspect())
        rows = math.ceil(count / columns)
        for index, panel in enumerate(self._shown):
            row, column = divmod(index, columns)
            panel.setGeometry(_cell(self.rect(), row, column, rows, columns))

    def _aspect(self) -> float:
        """Width by height of the photos, a mean over those that are known."""
        known = [size[0] / size[1] for size in (panel.image_size for panel in self._shown) if size]
        return math.exp(math.fsum(map(math.log, known)) / len(known)) if known else 1.0


def best_columns(count: int, area: tuple[int, int], aspect: float) -> int:
    """The number of columns with which photos of this aspect are largest in `area` (width, height)."""

    def scale(columns: int) -> float:
        rows = math.ceil(count / columns)
        return min(area[0] / columns / aspect, area[1] / rows - HEADER)

    return max(range(1, count + 1), key=scale)


def _cell(area: QRect, row: int, column: int, rows: int, columns: int) -> QRect:
    left, right = (round(area.width() * edge / columns) for edge in (column, column + 1))
    top, bottom = (round(area.height() * edge / rows) for edge in (row, row + 1))
    return QRect(left, top, right - left - GAP, bottom - top - GAP)


def _name(panel: ViewPanel) -> str:
    return panel.frame.name if panel.frame is not None else ""
