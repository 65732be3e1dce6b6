"""A window that fits its screen, however small that is, and what scrolls where there is too little room."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


def fit_to_screen(window: QWidget) -> None:
    """Make a window no larger than the room on its screen, and move it to where all of it is seen."""
    if window.isMaximized() or window.isFullScreen():
        return
    room = window.screen().availableGeometry()
    border = window.frameGeometry().size() - window.size()
    size = window.size().boundedTo(room.size() - border)
    if size != window.size():
        window.resize(size)
    frame = window.frameGeometry()
    corner = QPoint(
        max(room.left(), min(frame.left(), room.right() + 1 - frame.width())),
        max(room.top(), min(frame.top(), room.bottom() + 1 - frame.height())),
    )
    if corner != frame.topLeft():
        window.move(corner)


def scrolling(content: QWidget, least: tuple[int, int]) -> QScrollArea:
    """`content` in a frame of `least` (width, height) pixels or more, which scrolls what does not fit."""
    area = QScrollArea(widgetResizable=True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(content)
    area.setMinimumSize(*least)
    return area
