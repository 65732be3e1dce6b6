"""The sidebar: how far the review is, and the detectors with their thresholds over what they measured."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QMenu,
    QProgressBar,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.app.findings import DetectorFrame
from sefd_viewer.app.frame import same
from sefd_viewer.features.people.review.content import ScanProgress
from sefd_viewer.features.people.review.frame import ReviewFrame
from sefd_viewer.features.people.views.review.areas import scrolled
from sefd_viewer.features.people.views.review.buttons import word_button
from sefd_viewer.features.people.views.review.detector_row import DetectorRow
from sefd_viewer.features.people.views.review.progress import ReviewProgress
from sefd_viewer.gui.controls import ElidedLabel
from sefd_viewer.gui.plain_text import PlainLabel, plain_tip
from sefd_viewer.gui.time_left import time_left


class DetectorsPanel(QWidget):
    """Signals out for everything that a person does here; `apply` shows a frame."""

    threshold_moved = Signal(str, float)
    threshold_reset = Signal(str)
    switched = Signal(str, bool)
    findings_wanted = Signal(str)
    scan_wanted = Signal(str)
    """Which records: "all", "quick", "shown", "picked"; or "stop"."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: dict[str, DetectorRow] = {}
        self.progress = ReviewProgress()
        self.scan = self._scan_button()
        self.bar = QProgressBar(textVisible=False)
        self.bar.hide()
        self.note = ElidedLabel()
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        self._list.setContentsMargins(0, 0, 0, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.progress)
        layout.addWidget(_line())
        layout.addWidget(self._heading())
        layout.addWidget(self._scrolled(), 1)
        self.setMinimumWidth(220)

    def apply(self, old: ReviewFrame, new: ReviewFrame) -> None:
        """Show a frame's detectors, progress and scan."""
        if old.counts != new.counts:
            self.progress.show_counts(dict(new.counts))
        if list(self.rows) != [detector.id for detector in new.detectors]:
            self._rebuild(new.detectors)
            old = ReviewFrame()
        before = {detector.id: detector for detector in old.detectors}
        for detector in new.detectors:
            if not same(before.get(detector.id), detector):
                self.rows[detector.id].apply(detector)
        self._show_scan(new)

    def _show_scan(self, new: ReviewFrame) -> None:
        running = new.scan is not None
        self.scan.setText("Stop" if running else "Scan")
        self.scan.setPopupMode(
            QToolButton.ToolButtonPopupMode.DelayedPopup
            if running
            else QToolButton.ToolButtonPopupMode.MenuButtonPopup
        )
        self.scan.setEnabled(running or (new.table is not None and bool(new.detectors)))
        self.bar.setVisible(running)
        if new.scan is not None:
            self.bar.setRange(0, max(new.scan.total, 1))
            self.bar.setValue(new.scan.done)
            self.note.setText(scan_words(new.scan))
        else:
            self.note.setText(new.scan_note or "Nothing was measured yet")
        self.note.setToolTip(plain_tip(new.scan_note))
        self._running = running

    def _rebuild(self, detectors: tuple[DetectorFrame, ...]) -> None:
        for row in self.rows.values():
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = {}
        for detector in detectors:
            self.rows[detector.id] = row = DetectorRow(detector)
            self._list.addWidget(row)
            self._connect(detector.id, row)

    def _connect(self, id: str, row: DetectorRow) -> None:
        row.on.toggled.connect(lambda on: self.switched.emit(id, on))
        row.bar.moved.connect(lambda value: self.threshold_moved.emit(id, value))
        row.bar.reset.connect(lambda: self.threshold_reset.emit(id))
        row.count.clicked.connect(lambda: self.findings_wanted.emit(id))

    def _scan_button(self) -> QToolButton:
        self._running = False
        button = word_button("Scan", tip="Look for bad annotations with the detectors")
        button.setObjectName("outlined")
        menu = QMenu(button)
        menu.addAction("Scan all records").triggered.connect(lambda: self.scan_wanted.emit("all"))
        menu.addAction("Scan all annotations, no pictures").triggered.connect(
            lambda: self.scan_wanted.emit("quick")
        )
        menu.addAction("Scan the rows shown").triggered.connect(lambda: self.scan_wanted.emit("shown"))
        menu.addAction("Scan the rows picked").triggered.connect(lambda: self.scan_wanted.emit("picked"))
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        button.clicked.connect(lambda: self.scan_wanted.emit("stop" if self._running else "all"))
        return button

    def _heading(self) -> QWidget:
        title = PlainLabel("Findings")
        title.setProperty("heading", True)
        heading = QWidget()
        grid = QGridLayout(heading)
        grid.setContentsMargins(10, 8, 8, 6)
        grid.setVerticalSpacing(4)
        grid.addWidget(title, 0, 0)
        grid.addWidget(self.scan, 0, 1)
        grid.addWidget(self.bar, 1, 0, 1, 2)
        grid.addWidget(self.note, 2, 0, 1, 2)
        grid.setColumnStretch(0, 1)
        return heading

    def _scrolled(self) -> QScrollArea:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 8)
        column.addLayout(self._list)
        column.addStretch(1)
        return scrolled(inside)


def scan_words(scan: ScanProgress) -> str:
    """How far a scan is, and how long it goes on."""
    words = f"{scan.done:,} of {scan.total:,} records"
    return " · ".join(filter(None, (words, time_left(scan.left_s))))


def _line() -> QFrame:
    line = QFrame()
    line.setFrameShape(QFrame.Shape.HLine)
    line.setObjectName("thin_line")
    line.setFixedHeight(1)
    return line
