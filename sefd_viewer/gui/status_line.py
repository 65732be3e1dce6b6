"""The status line: what goes on and a Stop button; device, times and queue."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QProgressBar, QStatusBar, QToolButton, QWidget

from sefd_viewer.app.feature import workspaces
from sefd_viewer.gui.icons import icon
from sefd_viewer.gui.labels import ElidedLabel, PlainLabel, plain_tip

if TYPE_CHECKING:
    from sefd_viewer.app.frame import Frame, StatusFrame

BETWEEN = "   ·   "
PATIENCE_MS = 500
"""Work that is over sooner is not mentioned."""


class StatusLine(QStatusBar):
    """Signals out: `stop_clicked`; `apply` shows a frame's status."""

    stop_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self.setContentsMargins(10, 0, 6, 0)
        self._status: StatusFrame | None = None
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setMaximumWidth(140)
        self.stop = QToolButton()
        self.stop.setText("Stop")
        self.stop.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.stop.setToolTip("Stop what goes on (Ctrl+.)")
        self.activity, self.words = PlainLabel(), ElidedLabel()
        self.right = ElidedLabel(wants=True)
        for widget in (self.progress, self.stop, self.activity):
            self.addWidget(widget)
            widget.hide()
        self.addWidget(self.words, 1)
        self.addPermanentWidget(self.right)
        self.words.setText("Starting…")
        self._patience = QTimer(self, interval=PATIENCE_MS, singleShot=True)
        self._patience.timeout.connect(self._show_activity)
        self.stop.clicked.connect(self.stop_clicked)
        self.refresh_icon()

    def minimumSizeHint(self) -> QSize:
        """Words give way on a narrow screen."""
        return QSize(0, super().minimumSizeHint().height())

    def refresh_icon(self) -> None:
        """Draw the button's sign in the palette's colours."""
        self.stop.setIcon(icon("stop"))

    def apply(self, old: Frame, new: Frame) -> None:
        """Show a frame's status."""
        words = new.status.problem or new.status.notice or _hints(new)
        same = old.status == new.status and words == self.words.text()
        if same and self._status == new.status:
            return
        self._status = new.status
        self.right.setText(right_text(new.status))
        self.words.setText(words)
        self.words.setToolTip(plain_tip(words))
        if self.words.property("problem") != bool(new.status.problem):
            self.words.setProperty("problem", bool(new.status.problem))
            self.words.style().polish(self.words)
        self._follow_activity(bool(new.status.activity))

    def _follow_activity(self, active: bool) -> None:
        if not active:
            self._patience.stop()
            if not self.progress.isHidden():
                self._show_activity()
        elif self.progress.isVisible():
            self._show_activity()
        elif not self._patience.isActive():
            self._patience.start()

    def _show_activity(self) -> None:
        if self._status is None:
            return
        active = bool(self._status.activity)
        share = self._status.share
        self.progress.setRange(0, 0 if share is None else 100)
        self.progress.setValue(round((share or 0.0) * 100))
        self.activity.setText(self._status.activity)
        for widget in (self.progress, self.stop, self.activity):
            widget.setVisible(active)


def _hints(frame: Frame) -> str:
    """What hands can do in the workspace in view, once something is open."""
    if frame.dataset is None:
        return "Ready"
    found = (one.workspace for one in workspaces() if one.id == frame.workspace and one.workspace)
    return BETWEEN.join(chain.from_iterable(workspace.hints(frame) for workspace in found))


def right_text(status: StatusFrame) -> str:
    """Device, milliseconds and queue in one line."""
    parts = [status.device, *(f"{name} {_duration(milliseconds)}" for name, milliseconds in status.times)]
    if status.waiting:
        parts.append(f"{status.waiting} waiting")
    return BETWEEN.join(parts)


def _duration(milliseconds: float) -> str:
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"
