"""One colour for each camera, the same on its panel, in the room and in the timeline."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QWidget

from sefd_viewer.gui.safe_overrides import SafeOverrides

_HUES = (
    (0x66, 0xA6, 0xD9),
    (0xEE, 0x88, 0x66),
    (0x44, 0xBB, 0x99),
    (0xDD, 0xC4, 0x55),
    (0xC3, 0x8F, 0xD9),
    (0xBB, 0xCC, 0x33),
    (0xFF, 0x99, 0xBB),
    (0x77, 0xCC, 0xDD),
    (0xB0, 0x9A, 0x80),
    (0x99, 0xB8, 0x88),
    (0xAA, 0xAA, 0xEE),
    (0xCC, 0xCC, 0xCC),
)
"""Paul Tol's light colours and tones near them: apart from the people's, and from each other."""
DARKER = 135


class ViewDot(SafeOverrides, QWidget):
    """A bar in a camera's colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hue = 0
        self.setFixedSize(4, 14)

    def show_hue(self, hue: int) -> None:
        """Take the colour of this number."""
        if hue != self._hue:
            self._hue = hue
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the bar in the theme's colours."""
        dark = self.palette().color(QPalette.ColorRole.Window).lightness() < 128
        painter = QPainter(self)
        painter.fillRect(self.rect(), view_color(self._hue, dark=dark))
        painter.end()


def view_color(hue: int, *, dark: bool) -> QColor:
    """The colour of this number, deeper where the window is light."""
    color = QColor(*_HUES[hue % len(_HUES)])
    return color if dark else color.darker(DARKER)
