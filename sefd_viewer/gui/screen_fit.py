"""A window that fits its screen, however small that is, and what scrolls where there is too little room."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

FIRST, LEAST, SHARE = QSize(1440, 900), QSize(1100, 640), 0.92
"""Sizes in pixels of a window at its first start and at the least, where the screen has room for them."""


def first_size(room: QSize) -> QSize:
    """How large a window is at its first start on a screen with `room`."""
    return FIRST.boundedTo(QSize(int(room.width() * SHARE), int(room.height() * SHARE)))


def least_size(room: QSize) -> QSize:
    """How small a window can be made: on a small screen it must fit."""
    return LEAST.boundedTo(room)


def fit_to_screen(window: QWidget) -> None:
    """Make a window no larger than the room on its screen, and move it to where all of it is seen."""
    room = window.screen().availableGeometry()
    border = window.frameGeometry().size() - window.size()
    window.setMinimumSize(least_size(room.size() - border))
    if window.isMaximized() or window.isFullScreen():
        return
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
