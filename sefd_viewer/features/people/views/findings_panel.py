"""Beside the people under check: what the detectors found, the chosen one's histogram, and how far one is."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.app.findings import DetectorFrame
from sefd_viewer.app.frame import same
from sefd_viewer.app.people import ScanProgress
from sefd_viewer.features.people.model import PeopleFrame
from sefd_viewer.features.people.views.threshold_bar import ThresholdBar
from sefd_viewer.gui.controls import ClickableRow, quiet_label
from sefd_viewer.gui.labels import ElidedLabel, PlainLabel, plain_tip, time_left

SCANS = (
    ("start", "Scan all photos"),
    ("start_quick", "Scan all annotations, no pictures"),
    ("start_shown", "Scan whom the filter shows"),
    ("start_picked", "Scan whom is picked"),
)


class DetectorRow(ClickableRow):
    """One detector: whether it is asked, its title, how many people it found something about."""

    def __init__(self, detector: DetectorFrame) -> None:
        super().__init__("person_row")
        self.on, self.title, self.count = QCheckBox(), QLabel(detector.title, wordWrap=True), PlainLabel()
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.on.setAccessibleName(f"Ask: {detector.title}")
        self.on.setToolTip("Whether this detector is asked")
        self.setToolTip(plain_tip(detector.description))
        self.count.setProperty("heading", True)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 5, 10, 5)
        row.setSpacing(8)
        row.addWidget(self.on)
        row.addWidget(self.title, 1)
        row.addWidget(self.count)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def apply(self, detector: DetectorFrame, *, chosen: bool) -> None:
        """Show a detector's numbers."""
        self.on.blockSignals(True)
        self.on.setChecked(detector.on)
        self.on.blockSignals(False)
        self.count.setText(f"{detector.found if detector.on else 0:,}" if detector.measured else "–")
        quiet = not detector.on or not detector.found
        for label in (self.title, self.count):
            if label.property("faint") != quiet:
                label.setProperty("faint", quiet)
                label.style().unpolish(label)
                label.style().polish(label)
        self.set_selected(chosen)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the detector."""
        super().mousePressEvent(event)


class FindingsPanel(QWidget):
    """Signals out: `chosen(detector)`, `asked(detector, on)`, `limit_moved(detector, value)`,
    `limit_reset(detector)`, `scan_wanted(which)` or "stop".
    """

    chosen = Signal(str)
    asked = Signal(str, bool)
    limit_moved = Signal(str, float)
    limit_reset = Signal(str)
    scan_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frame = PeopleFrame()
        self.rows: dict[str, DetectorRow] = {}
        self.scan = QPushButton("Scan")
        self._menu = QMenu(self.scan)
        for which, title in SCANS:
            self._menu.addAction(title).triggered.connect(
                lambda _on, which=which: self.scan_wanted.emit(which)
            )
        self.scan.clicked.connect(self._scan_or_stop)
        self.bar, self.note = QProgressBar(textVisible=False), ElidedLabel()
        self.title, self.limit = PlainLabel(wordWrap=True), quiet_label("", wrap=True)
        self.title.setProperty("heading", True)
        self.histogram = ThresholdBar()
        self.histogram.setToolTip("Drag the limit; a double click puts it back")
        self.histogram.moved.connect(lambda value: self.limit_moved.emit(self._chosen_id(), value))
        self.histogram.reset.connect(lambda: self.limit_reset.emit(self._chosen_id()))
        self.reviewed, self.share = PlainLabel(), QProgressBar(textVisible=False)
        self.reviewed.setProperty("heading", True)
        self.verdicts = quiet_label("", wrap=True)
        self._list = QVBoxLayout()
        self._lay_out()

    def apply(self, old: PeopleFrame, new: PeopleFrame) -> None:
        """Show a frame's findings."""
        self._frame = new
        order = _ordered(new.detectors)
        if list(self.rows) != [one.id for one in order]:
            self._rebuild(order)
            old = PeopleFrame()
        before = {one.id: one for one in old.detectors}
        for one in order:
            chosen = one.id == new.state.detector
            if not same(before.get(one.id), one) or chosen != (one.id == old.state.detector):
                self.rows[one.id].apply(one, chosen=chosen)
        self._show_histogram(new)
        self._show_scan(new)
        self._show_progress(new)

    # ---- inside

    def _chosen_id(self) -> str:
        return self._frame.state.detector

    def _show_histogram(self, new: PeopleFrame) -> None:
        found = next((one for one in new.detectors if one.id == new.state.detector), None)
        for widget in (self.title, self.histogram, self.limit):
            widget.setVisible(found is not None)
        if found is not None:
            self.title.setText(found.title)
            self.histogram.show_detector(found)
            side = "above" if found.above else "below"
            self.limit.setText(
                f"flag {side} {found.threshold:.4g} {found.unit}".rstrip() + " · drag the limit"
            )

    def _show_scan(self, new: PeopleFrame) -> None:
        running = new.scan is not None
        measured = new.table is not None and new.table.measured
        self.scan.setText("Stop" if running else "Scan again" if measured else "Scan")
        self.scan.setProperty("primary", not measured and not running)
        self.scan.setEnabled(running or (new.table is not None and bool(new.detectors)))
        self.bar.setVisible(running)
        if new.scan is not None:
            self.bar.setRange(0, max(new.scan.total, 1))
            self.bar.setValue(new.scan.done)
            self.note.setText(scan_words(new.scan))
        else:
            self.note.setText(new.scan_note or "Nothing has been measured yet")
        self.note.setToolTip(plain_tip(new.scan_note))

    def _show_progress(self, new: PeopleFrame) -> None:
        total = len(new.table) if new.table is not None else 0
        self.reviewed.setText(f"{new.judged:,} of {total:,}")
        self.share.setRange(0, max(total, 1))
        self.share.setValue(new.judged)
        counts = dict(new.counts)
        words = [f"{counts[s]:,} {s}" for s in ("good", "bad", "unsure", "fixed", "old") if counts.get(s)]
        self.verdicts.setText(" · ".join(words))
        self.verdicts.setVisible(bool(words))

    def _scan_or_stop(self) -> None:
        if self._frame.scan is not None:
            self.scan_wanted.emit("stop")
        else:
            self._menu.popup(self.scan.mapToGlobal(self.scan.rect().bottomLeft()))

    def _rebuild(self, detectors: list[DetectorFrame]) -> None:
        for row in self.rows.values():
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = {}
        for detector in detectors:
            self.rows[detector.id] = row = DetectorRow(detector)
            self._list.addWidget(row)
            row.clicked.connect(lambda id=detector.id: self.chosen.emit(id))
            row.on.toggled.connect(lambda on, id=detector.id: self.asked.emit(id, on))

    def _lay_out(self) -> None:
        heading, top = PlainLabel("Findings"), QHBoxLayout()
        heading.setProperty("heading", True)
        heading.setProperty("type", "lead")
        top.addWidget(heading, 1)
        top.addWidget(self.scan)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(0)
        column.addLayout(self._list)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        below = QHBoxLayout()
        below.addWidget(quiet_label("Reviewed"), 1)
        below.addWidget(self.reviewed)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(12, 10, 8, 10)
        whole.setSpacing(7)
        whole.addLayout(top)
        whole.addWidget(self.bar)
        whole.addWidget(self.note)
        whole.addWidget(area, 1)
        for widget in (self.title, self.histogram, self.limit):
            whole.addWidget(widget)
        whole.addLayout(below)
        whole.addWidget(self.share)
        whole.addWidget(self.verdicts)
        self.setMinimumSize(220, 240)


def _ordered(detectors: tuple[DetectorFrame, ...]) -> list[DetectorFrame]:
    """Those that found something first, most first; then those that measured; each in their order."""
    return sorted(detectors, key=lambda one: (-one.found if one.on else 0, not one.measured))


def scan_words(scan: ScanProgress) -> str:
    """How far a scan is, and how long it goes on."""
    words = f"{scan.done:,} of {scan.total:,} photos"
    return " · ".join(filter(None, (words, time_left(scan.left_s))))
