"""The sidebar: how far the review is, and the detectors with their thresholds over what they measured."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.gui.controls import ElidedLabel, quiet_label
from sefd_viewer.gui.review.areas import scrolled
from sefd_viewer.gui.review.buttons import word_button
from sefd_viewer.gui.review.threshold_bar import ThresholdBar
from sefd_viewer.gui.review.verdict_signs import COLORS, TITLES
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.theme import current_colors
from sefd_viewer.session.frame import same
from sefd_viewer.session.review.content import ScanProgress
from sefd_viewer.session.review.findings import DetectorFrame
from sefd_viewer.session.review.frame import ReviewFrame


class DetectorRow(QWidget):
    """One detector: on or off, how many findings, the threshold over the histogram."""

    def __init__(self, detector: DetectorFrame, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.on = QCheckBox()
        self.on.setAccessibleName(detector.title)
        title = ElidedLabel(detector.title)
        title.setProperty("quiet", False)
        for widget in (self.on, title):
            widget.setToolTip(f"{detector.title}\n{detector.description}")
        self.count = word_button("", tip="Show these findings alone")
        self.count.setObjectName("count")
        self.bar = ThresholdBar()
        self.bar.setToolTip(f"{detector.description}\nDrag the threshold; double click puts it back.")
        self.limit, self.share = quiet_label(), quiet_label()
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 5, 8, 6)
        column.setSpacing(1)
        column.addLayout(_beside(self.on, title, self.count, stretched=title))
        column.addWidget(self.bar)
        column.addLayout(_beside(self.limit, self.share, stretched=self.limit))

    def apply(self, detector: DetectorFrame) -> None:
        """Show a detector's numbers."""
        self.on.blockSignals(True)
        self.on.setChecked(detector.on)
        self.on.blockSignals(False)
        self.bar.show_detector(detector)
        self.count.setText(f"{detector.found:,}" if detector.on and detector.measured else "")
        self.count.setEnabled(detector.on and detector.found > 0)
        self.limit.setText(limit_words(detector))
        self.share.setText(share_words(detector))
        self.limit.setEnabled(detector.on)
        self.share.setEnabled(detector.on)


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
        self.note.setToolTip(new.scan_note)
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
        title = QLabel("Findings")
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


class ReviewProgress(QWidget):
    """How many rows are reviewed, as a bar of the verdicts' colours and in words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = QLabel("Reviewed")
        self._title.setProperty("heading", True)
        self._words = quiet_label()
        self._bar = _Shares()
        top = QHBoxLayout()
        top.addWidget(self._title)
        top.addStretch(1)
        top.addWidget(self._words)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 9, 10, 9)
        layout.setSpacing(6)
        layout.addLayout(top)
        layout.addWidget(self._bar)
        self._legend = quiet_label("", wrap=True)
        layout.addWidget(self._legend)

    def show_counts(self, counts: dict[str, int]) -> None:
        """Show how many rows have each state."""
        total = sum(number for state, number in counts.items() if state != "old")
        done = total - counts.get("unreviewed", 0)
        self._words.setText(f"{done:,} of {total:,}")
        self._bar.show_shares([(COLORS[s], counts.get(s, 0) / max(total, 1)) for s in COLORS])
        parts = [f"{counts[s]:,} {TITLES[s].lower()}" for s in (*COLORS, "old") if counts.get(s)]
        self._legend.setText(" · ".join(parts))
        self._legend.setVisible(bool(parts))


class _Shares(SafeOverrides, QWidget):
    """A thin bar of coloured shares."""

    def __init__(self) -> None:
        super().__init__()
        self._shares: list[tuple[str, float]] = []
        self.setFixedHeight(6)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_shares(self, shares: list[tuple[str, float]]) -> None:
        """Show colours (#rrggbb) and their shares of the whole."""
        self._shares = shares
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the shares one after the other."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(current_colors().raised))
        painter.drawRoundedRect(self.rect(), 3, 3)
        left = 0.0
        for color, share in self._shares:
            width = max(share * self.width(), 2.0) if share else 0.0
            painter.setBrush(QColor(color))
            painter.drawRoundedRect(QRectF(left, 0, width, self.height()), 2, 2)
            left += width
        painter.end()


def limit_words(detector: DetectorFrame) -> str:
    """The threshold in words."""
    sign = "above" if detector.above else "below"
    return f"{sign} {detector.threshold:.4g} {detector.unit}".rstrip()


def scan_words(scan: ScanProgress) -> str:
    """How far a scan is, and how long it goes on."""
    words = f"{scan.done:,} of {scan.total:,} records"
    if scan.left_s is None or scan.left_s < 5:
        return words
    if scan.left_s < 90:
        return f"{words} · {scan.left_s:.0f} s left"
    minutes = scan.left_s / 60
    return f"{words} · {minutes:.0f} min left" if minutes < 90 else f"{words} · {minutes / 60:.1f} h left"


def share_words(detector: DetectorFrame) -> str:
    """Which share of the measured values is a finding."""
    if not detector.measured:
        return "not measured"
    share = 100 * detector.found / detector.measured
    return f"{share:.0f} %" if share >= 9.5 or share == 0 else f"{share:.1f} %"


def _beside(*widgets: QWidget, stretched: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(6)
    for widget in widgets:
        row.addWidget(widget, int(widget is stretched))
    return row


def _line() -> QFrame:
    line = QFrame()
    line.setFrameShape(QFrame.Shape.HLine)
    line.setObjectName("thin_line")
    line.setFixedHeight(1)
    return line
