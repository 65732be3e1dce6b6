"""A window as its parts know it; it fits its screen, however small that is, and scrolls where room lacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtWidgets import QFrame, QMainWindow, QScrollArea, QWidget

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.app.host import Page, Shell
    from sefd_viewer.gui.action_table import ActionTable
    from sefd_viewer.gui.header import Header
    from sefd_viewer.gui.status_line import StatusLine
    from sefd_viewer.gui.workspaces import WorkspaceStack

Aside = Callable[[Callable[[], Any], Callable[[Any], None]], None]
"""Runs a job on another thread and hands its result to a function on the window's."""
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


class ShellWindow(QMainWindow):
    """The window as the shell and the start page know it."""

    controller: Controller
    header: Header
    status: StatusLine
    actions_table: ActionTable
    stack: WorkspaceStack | None
    shell: Shell
    aside: Aside

    def toggle_card(self, page: Page) -> None:
        """Open a page over the window, alone, or close it."""
        raise NotImplementedError

    def arrange(self, geometry: str) -> None:
        """Be as large, and where, as Qt's words (base64) say."""
        raise NotImplementedError

    def remember(self) -> None:
        """Put the size among the settings."""
        raise NotImplementedError

    def refresh_icons(self) -> None:
        """Draw all signs in the palette's colours."""
        raise NotImplementedError
