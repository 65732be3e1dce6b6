"""Fixed against adaptive dilation of the photo in view, and the box sizes that the classes divide."""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QRadioButton,
    QSizePolicy,
    QSplitter,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.app.frame import same
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.features.edges.model import DilationFrame, EdgeLabFrame, class_color
from sefd_viewer.features.edges.views.histogram import SizeHistogram
from sefd_viewer.features.edges.work import LISTED, BoxSizes, Sized
from sefd_viewer.gui.controls import Dot, NumberSlider, quiet_label
from sefd_viewer.gui.labels import ElidedLabel, PlainLabel, plain_tip
from sefd_viewer.gui.panes import Pane, header, row_of, say
from sefd_viewer.gui.photo_view import Mark, PhotoView
from sefd_viewer.gui.rgb_images import rgb_image

SIDE = 23
"""Image pixels across the magnifier; odd, so that the pointer's pixel is in its middle."""
ROOM, LARGEST = 0.42, 230
"""Share of the panel's smaller side that the magnifier takes, and at most so many logical pixels."""
_CASE = Qt.ItemDataRole.UserRole
_SIZES = attrgetter(
    *(f"dilation.{name}" for name in ("sizes", "sizes_words", "people")),
    *("state.areas", "edges.area_thresholds", "edges.area_kernels"),
)
_SOURCES = {"mesh": "Edges of the bodies", "canny": "Canny"}


class DilationPage(QWidget):
    """Signals out: `edges_changed(settings, word)`, `source_chosen(key)`, `bar_clicked(low, high)`,
    `person_chosen(record, person)`."""

    edges_changed = Signal(EdgeSettings, str)
    source_chosen = Signal(str)
    bar_clicked = Signal(float, float)
    person_chosen = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = EdgeSettings()
        self._people: tuple[Sized, ...] = ()
        self.fixed, self.adaptive = LensView(), LensView()
        self.kernel = NumberSlider(1, 15, 2, decimals=0)
        self.kernel.setMinimumWidth(150)
        self.kernel.name("Width of the fixed dilation")
        self._rule = ElidedLabel()
        self.histogram = SizeHistogram()
        self._no_sizes = PhotoView()
        self.classes = ClassCounts()
        self.people = QListWidget()
        self.people.setAccessibleName("People of the chosen size")
        self.people.setMinimumHeight(40)  # a few are seen in low windows, where Qt's own 70 pixels overlap
        self.people.hide()
        self._listed = ElidedLabel()
        self._listed.setProperty("quiet", True)
        self.sources = QButtonGroup(self)
        self._lay_out()
        self._connect()

    def apply(self, old: EdgeLabFrame, new: EdgeLabFrame) -> None:
        """Show a frame."""
        self._settings = new.edges
        self.kernel.set_value(new.edges.kernel)
        for button in self.sources.buttons():
            button.setChecked(button.property("source") == new.state.dilated)
        if not same(old.dilation, new.dilation):
            self._show_photos(new.dilation)
        if not all(map(same, _SIZES(old), _SIZES(new))):
            self._show_sizes(new)

    def fit(self) -> None:
        """Show both photos whole."""
        self.fixed.fit()

    def _show_photos(self, frame: DilationFrame) -> None:
        marks = [
            Mark(None, box_xywh=m.box_xywh, label=m.label, color=m.color, width=1.5) for m in frame.marks
        ]
        for view, picture, shown in ((self.fixed, frame.fixed, ()), (self.adaptive, frame.adaptive, marks)):
            fresh = view.viewport.is_fit
            view.set_image(picture)
            if fresh:
                view.fit()
            view.set_marks(shown)
            say(view, frame.words)

    def _show_sizes(self, frame: EdgeLabFrame) -> None:
        dilation, areas = frame.dilation, frame.state.areas
        self._places.setCurrentWidget(self._no_sizes if dilation.sizes_words else self.histogram)
        say(self._no_sizes, dilation.sizes_words)
        self.histogram.show_sizes(dilation.sizes, frame.edges, areas)
        self.classes.show_counts(dilation.sizes, frame.edges)
        self._list(dilation, areas)
        self._rule.setText("by the box of each person: the classes are below")

    def _list(self, dilation: DilationFrame, areas: tuple[float, float] | None) -> None:
        self._listed.setText(_listed_words(dilation, areas))
        if dilation.people == self._people:
            return
        self._people = dilation.people
        self.people.clear()
        for one in dilation.people:
            item = QListWidgetItem(f"{one.record}   ·   {one.area:,.0f} px²")
            item.setData(_CASE, (one.record, one.person))
            item.setToolTip(plain_tip(f"Person {one.person}"))
            self.people.addItem(item)
        self.people.setVisible(bool(dilation.people))

    def _lay_out(self) -> None:
        left = Pane(header(PlainLabel("Fixed"), self.kernel), self.fixed)
        right = Pane(header(PlainLabel("Adaptive"), self._rule), self.adaptive)
        top = QWidget()
        column = QVBoxLayout(top)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._source_line())
        column.addWidget(row_of(left, right), 1)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setHandleWidth(1)
        split.setChildrenCollapsible(False)
        split.addWidget(top)
        split.addWidget(self._bottom())
        split.setSizes([620, 300])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(split)

    def _source_line(self) -> QWidget:
        bar = QWidget()
        line = QHBoxLayout(bar)
        line.setContentsMargins(10, 6, 10, 6)
        line.setSpacing(12)
        for key, title in _SOURCES.items():
            button = QRadioButton(title)
            button.setProperty("source", key)
            self.sources.addButton(button)
            line.addWidget(button)
        line.addStretch(1)
        line.addWidget(quiet_label("Point at a photo to magnify it in both"))
        return bar

    def _bottom(self) -> QWidget:
        plot = QWidget()
        self._places = QStackedLayout(plot)
        self._places.addWidget(self.histogram)
        self._places.addWidget(self._no_sizes)
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(8)
        column.addWidget(self.classes)
        column.addWidget(self._listed)
        column.addWidget(self.people, 1)
        column.addStretch(0)
        reset = QToolButton()
        reset.setText("Thresholds of the paper")
        reset.clicked.connect(self._reset)
        column.addWidget(reset, 0, Qt.AlignmentFlag.AlignLeft)
        row = row_of(plot, side)
        row.setSizes([720, 330])
        return row

    def _connect(self) -> None:
        self.fixed.link_to(self.adaptive)
        self.kernel.changed.connect(lambda value: self._change("kernel", kernel=int(value)))
        self.histogram.thresholds_changed.connect(
            lambda areas: self._change("area thresholds", area_thresholds=areas)
        )
        self.histogram.bar_clicked.connect(self.bar_clicked)
        self.people.itemActivated.connect(lambda item: self.person_chosen.emit(*item.data(_CASE)))
        self.people.itemClicked.connect(lambda item: self.person_chosen.emit(*item.data(_CASE)))
        self.sources.buttonClicked.connect(lambda button: self.source_chosen.emit(button.property("source")))

    def _change(self, word: str, **changes: object) -> None:
        self.edges_changed.emit(replace(self._settings, **changes), word)  # type: ignore[arg-type]

    def _reset(self) -> None:
        plain = EdgeSettings()
        self._change("", area_thresholds=plain.area_thresholds, area_kernels=plain.area_kernels)


class ClassCounts(QWidget):
    """How many people are in each size class."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(2, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._grid.setSizeConstraint(QGridLayout.SizeConstraint.SetMinimumSize)
        self._rows: list[tuple[QLabel, QLabel, QLabel]] = []

    def show_counts(self, sizes: BoxSizes | None, settings: EdgeSettings) -> None:
        """Show the classes of these settings."""
        limits = (0.0, *settings.area_thresholds, float("inf"))
        for place, kernel in enumerate(settings.area_kernels):
            low, high = limits[place], limits[place + 1]
            kernel_words, range_words, count_words = self._row(place, kernel, settings)
            kernel_words.setText("not dilated" if kernel == 1 else f"{kernel}×{kernel}")
            range_words.setText(_range_words(low, high))
            count_words.setText(_share_words(sizes, low, high))

    def _row(self, place: int, kernel: int, settings: EdgeSettings) -> tuple[QLabel, QLabel, QLabel]:
        while place >= len(self._rows):
            labels = (PlainLabel(), quiet_label(), PlainLabel())
            labels[2].setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._grid.addWidget(Dot(class_color(kernel, settings)), place, 0)
            for column, label in enumerate(labels, start=1):
                self._grid.addWidget(label, place, column)
            self._rows.append(labels)
        return self._rows[place]


def _range_words(low: float, high: float) -> str:
    if low == 0:
        return f"up to {high:,.0f} px²"
    return f"above {low:,.0f} px²" if high == float("inf") else f"{low:,.0f} to {high:,.0f} px²"


def _share_words(sizes: BoxSizes | None, low: float, high: float) -> str:
    if sizes is None or not sizes.areas.size:
        return ""
    count = sizes.count_between(low, high)
    return f"{count:,}  ({100 * count / sizes.areas.size:.0f} %)"


def _listed_words(dilation: DilationFrame, areas: tuple[float, float] | None) -> str:
    if dilation.sizes is None or not dilation.sizes.areas.size:
        return ""
    if areas is None:
        return "Drag a line to move a class; a bar shows its people."
    first = (
        f"The first {LISTED} people" if len(dilation.people) == LISTED else f"{len(dilation.people)} people"
    )
    return f"{first} of {areas[0]:,.0f} to {areas[1]:,.0f} px²"


class LensView(PhotoView):
    """Shows the pixels around the probe while there is one, every one a square."""

    def __init__(self, parent: QWidget | None = None, *, caption: str = "") -> None:
        super().__init__(parent, caption=caption)
        self.hovered.connect(self.set_probe)

    def paint_content(self, painter: QPainter) -> None:
        """Draw the photo and the magnifier over it."""
        super().paint_content(painter)
        if self._probe is not None and self._image is not None:
            self._paint_lens(painter, *self._probe)

    def _paint_lens(self, painter: QPainter, x: float, y: float) -> None:
        assert self._image is not None
        picture = rgb_image(magnified(self._image, x, y))
        side = min(int(ROOM * min(self.width(), self.height())), LARGEST)
        corner = QRect(self.width() - side - 10, self.height() - side - 10, side, side)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=False)
        painter.drawImage(corner, picture)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(255, 255, 255, 170), 1.5))
        painter.drawRect(corner)


def magnified(image: NDArray[np.uint8], x: float, y: float) -> NDArray[np.uint8]:
    """The SIDE x SIDE pixels around an image point, black outside the image."""
    part = np.zeros((SIDE, SIDE, 3), np.uint8)
    left, top = round(x) - SIDE // 2, round(y) - SIDE // 2
    columns = slice(max(left, 0), min(left + SIDE, image.shape[1]))
    rows = slice(max(top, 0), min(top + SIDE, image.shape[0]))
    if rows.start < rows.stop and columns.start < columns.stop:
        part[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left] = image[
            rows, columns
        ]
    return part
