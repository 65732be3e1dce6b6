"""The divider between two methods on a picture: a line with a handle that can be dragged."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from sefd_viewer.gui.canvas import ImageCanvas
from sefd_viewer.gui.labels import plain_tip
from sefd_viewer.gui.safe_overrides import SafeOverrides

HANDLE = 26
WIDTH = 30
_DARK = QColor(0, 0, 0, 150)


class Divider(SafeOverrides, QWidget):
    """Lies over a view; signal out: `moved(share)`, the share of the picture's width left of it."""

    moved = Signal(float)

    def __init__(self, view: ImageCanvas) -> None:
        super().__init__(view)
        self._view, self._share, self._names = view, 0.5, ("", "")
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setAccessibleName("Divider between two methods")
        view.installEventFilter(self)
        view.view_changed.connect(lambda _viewport: self._place())
        self.hide()

    def show_at(self, share: float | None, names: tuple[str, str]) -> None:
        """Divide at a share of the picture's width, between methods so named; None hides the divider."""
        self.setVisible(share is not None)
        if share is not None:
            self._share, self._names = share, names
            self.setToolTip(
                plain_tip(f"{names[0]} to the left, {names[1]} to the right; drag to compare, I swaps them")
            )
            self._place()
            self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the view's size."""
        if watched is self._view and event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            place = self._view.mapFromGlobal(event.globalPosition())
            self.moved.emit(self._view.share_at(place.x()))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw line and handle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle, centre = self.width() / 2, self.height() / 2
        for color, width in ((_DARK, 4.0), (QColor("white"), 1.6)):
            painter.setPen(QPen(color, width))
            painter.drawLine(QPointF(middle, 0), QPointF(middle, self.height()))
        handle = QRectF(middle - HANDLE / 2, centre - HANDLE / 2, HANDLE, HANDLE)
        painter.setPen(QPen(QColor("white"), 1.6))
        painter.setBrush(_DARK)
        painter.drawEllipse(handle)
        for sign in (-1, 1):
            tip = QPointF(middle + 8 * sign, centre)
            painter.drawLine(tip, tip - QPointF(4 * sign, 4))
            painter.drawLine(tip, tip - QPointF(4 * sign, -4))

    def _place(self) -> None:
        left = round(self._view.x_of(self._share) - WIDTH / 2)
        self.setGeometry(left, 0, WIDTH, self._view.height())
        self.raise_()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the press, so that the photo does not pan."""
        event.accept()
