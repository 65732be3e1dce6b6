"""What lies over a panel's picture: caption, words about what is missing, a bar while work goes on."""

from __future__ import annotations

from PySide6.QtCore import QRect, QTimer
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from sefd_viewer.gui import words

BAR_HEIGHT = 3
BAR_STEP_MS = 40


class Cover:
    """The words and the bar of one panel; it repaints the panel when they change."""

    def __init__(self, panel: QWidget, caption: str) -> None:
        self._panel = panel
        self._caption, self._title, self._hint = caption, "", ""
        self._progress: float | None = None
        self.timer = QTimer(panel, interval=BAR_STEP_MS)
        self.timer.timeout.connect(self._repaint_bar)

    @property
    def message(self) -> str:
        """Title and hint, a line each; empty without a message."""
        return "\n".join(part for part in (self._title, self._hint) if part)

    def set_caption(self, caption: str) -> None:
        """Name the picture; an empty text hides the caption."""
        if caption != self._caption:
            self._caption = caption
            self._panel.update()

    def set_message(self, title: str, hint: str = "") -> None:
        """Say why there is nothing to see, and what to do about it; an empty title hides the words."""
        if (title, hint) != (self._title, self._hint):
            self._title, self._hint = title, hint
            self._panel.update()

    def set_busy(self, busy: bool) -> None:
        """Show or hide a moving bar at the upper edge."""
        self.set_progress(-1.0 if busy else None)

    def set_progress(self, done: float | None) -> None:
        """Show a share done, a moving bar for a negative one, no bar for None."""
        if done != self._progress:
            self._progress = done
            self.follow_visibility()
            self._repaint_bar()

    def follow_visibility(self) -> None:
        """Move the bar only while somebody can see it."""
        moving = self._progress is not None and self._progress < 0 and self._panel.isVisible()
        self.timer.start() if moving else self.timer.stop()

    def paint(self, painter: QPainter) -> None:
        """Draw everything over the picture."""
        area, palette = self._panel.rect(), self._panel.palette()
        if self._caption:
            words.paint_caption(painter, area, self._caption)
        if self._title:
            words.paint_message(painter, area, self._title, self._hint, palette)
        if self._progress is not None:
            words.paint_progress(painter, self._bar(), self._progress, palette)

    def _bar(self) -> QRect:
        return QRect(0, 0, self._panel.width(), BAR_HEIGHT)

    def _repaint_bar(self) -> None:
        self._panel.update(self._bar())
