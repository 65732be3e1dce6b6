"""One detector in the sidebar: whether it is asked, what it found, its threshold over what it measured."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from sefd_viewer.app.findings import DetectorFrame
from sefd_viewer.features.people.views.review.buttons import word_button
from sefd_viewer.features.people.views.review.threshold_bar import ThresholdBar
from sefd_viewer.gui.controls import ElidedLabel, quiet_label
from sefd_viewer.gui.plain_text import plain_tip


class DetectorTitle(ElidedLabel):
    """A detector's name; `clicked` when it is pressed."""

    clicked = Signal()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tell that the name was clicked."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()


class DetectorRow(QWidget):
    """On or off, how many findings, the threshold; a click on the name tells what is measured."""

    def __init__(self, detector: DetectorFrame, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.on = QCheckBox()
        self.on.setAccessibleName(detector.title)
        self.on.setAccessibleDescription(detector.description)
        self.on.setToolTip("Whether this detector is asked")
        self.title = DetectorTitle(detector.title)
        self.title.setProperty("quiet", False)
        self.title.setToolTip(plain_tip(f"{detector.title}\n{detector.description}"))
        self.title.setCursor(Qt.CursorShape.PointingHandCursor)
        self.about = quiet_label(detector.description, wrap=True)
        self.about.hide()
        self.title.clicked.connect(lambda: self.about.setVisible(self.about.isHidden()))
        self.count = word_button("", tip="Show these findings alone")
        self.count.setObjectName("count")
        self.bar = ThresholdBar()
        self.bar.setToolTip("Drag the threshold; a double click puts it back")
        self.limit, self.share = quiet_label(), quiet_label()
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 5, 8, 6)
        column.setSpacing(1)
        column.addLayout(_beside(self.on, self.title, self.count, stretched=self.title))
        column.addWidget(self.about)
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


def limit_words(detector: DetectorFrame) -> str:
    """The threshold in words."""
    sign = "above" if detector.above else "below"
    return f"{sign} {detector.threshold:.4g} {detector.unit}".rstrip()


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
