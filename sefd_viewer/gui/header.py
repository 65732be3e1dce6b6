"""The top of the window: menus, workspaces as tabs, the way to everything else, Present and preferences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QMenuBar,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from sefd_viewer.gui.icons import icon
from sefd_viewer.gui.labels import PlainLabel
from sefd_viewer.gui.safe_overrides import SafeOverrides

HEIGHT = 42
SEARCH_WIDTH = 214
GAP = 6


class Header(SafeOverrides, QWidget):
    """The actions of the workspaces are tabs, in order; the other buttons are the actions of their names.

    What does not fit becomes smaller: the field and Present become signs, then the tabs one button.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("header")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.menu_bar = QMenuBar(self)
        self.menu_bar.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._filled = False
        self._follow_text()

    def fill(self, tabs: Sequence[QAction], actions: Mapping[str, QAction]) -> None:
        """Put tabs and buttons in, once there are commands; until then it is an empty bar."""
        self.tabs = Tabs(tabs)
        self.one_tab = _one_button(tabs)
        self._palette, self._key = actions["palette"], PlainLabel()
        self.search = _search(self._palette, self._key)
        self.look = _sign(actions["palette"], "Find or run anything")
        self.present = _present(actions["present"])
        self.play = _sign(actions["present"], "Present")
        self.gear = _sign(actions["preferences"], "Preferences")
        self._signs = {"palette": self.look, "play": self.play, "gear": self.gear}
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(GAP)
        row.addWidget(self.menu_bar, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        row.addWidget(self.tabs, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.one_tab)
        row.addStretch(1)
        for widget in (self.search, self.look, self.present, self.play, self.gear):
            row.addWidget(widget)
        self.say_keys()
        self.refresh_icons()
        self._filled = True
        self._follow_text()

    def refresh_icons(self) -> None:
        """Draw the signs in the palette's colours."""
        for name, button in self._signs.items():
            button.setIcon(icon(name))
        self.present.setIcon(icon("play", size=14))

    def say_keys(self) -> None:
        """Name the keys as they are now."""
        self._key.setText(self._palette.shortcut().toString().replace("+", " "))

    def minimumSizeHint(self) -> QSize:
        """Whatever the window has: parts give way."""
        return QSize(0, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show what fits."""
        super().resizeEvent(event)
        if self._filled:
            self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Grow with the text."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._follow_text()

    def _follow_text(self) -> None:
        line = self.fontMetrics().height()
        self.setFixedHeight(max(HEIGHT, line + 24))
        if not self._filled:
            return
        self.search.setFixedSize(max(SEARCH_WIDTH, 13 * line), max(28, line + 10))
        self._fit()

    def _fit(self) -> None:
        menus, tabs = self.menu_bar.sizeHint().width(), self.tabs.sizeHint().width()
        large = self.search.width() + self.present.sizeHint().width()
        small = self.look.sizeHint().width() + self.play.sizeHint().width()
        rest = self.gear.sizeHint().width() + 24 + 7 * GAP
        room = self.width() - menus - rest
        self._show(large=tabs + large <= room, tabs=tabs + small <= room)

    def _show(self, *, large: bool, tabs: bool) -> None:
        self.search.setVisible(large)
        self.present.setVisible(large)
        self.look.setVisible(not large)
        self.play.setVisible(not large)
        self.tabs.setVisible(tabs)
        self.one_tab.setVisible(not tabs)


class Tabs(QFrame):
    """The workspaces side by side, the one in view lit."""

    def __init__(self, actions: Sequence[QAction]) -> None:
        super().__init__()
        self.setObjectName("tabs")
        row = QHBoxLayout(self)
        row.setContentsMargins(3, 3, 3, 3)
        row.setSpacing(2)
        for action in actions:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(f"Workspace {action.text()}")
            row.addWidget(button)


def _one_button(actions: Sequence[QAction]) -> QToolButton:
    """All workspaces behind one button that names the one in view."""
    button = QToolButton()
    button.setObjectName("outlined")
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    menu = QMenu(button)
    menu.addActions(list(actions))
    button.setMenu(menu)

    def name() -> None:
        shown = next((action.text() for action in actions if action.isChecked()), "Workspace")
        button.setText(shown)
        button.setAccessibleName(f"Workspace: {shown}")
        button.setEnabled(any(action.isEnabled() for action in actions))

    for action in actions:
        action.changed.connect(name)
    name()
    return button


def _search(action: QAction, key: QLabel) -> QPushButton:
    """What looks like a field and opens the palette, with its key."""
    button = QPushButton("Find or run anything")
    button.setObjectName("search")
    button.setAccessibleName("Find or run anything")
    button.clicked.connect(action.trigger)
    key.setProperty("key", True)
    row = QHBoxLayout(button)
    row.setContentsMargins(9, 0, 7, 0)
    row.addStretch(1)
    row.addWidget(key, 0, Qt.AlignmentFlag.AlignVCenter)
    return button


def _present(action: QAction) -> QPushButton:
    button = QPushButton("Present")
    button.setProperty("kind", "ghost")
    button.clicked.connect(action.trigger)

    def follow() -> None:
        button.setEnabled(action.isEnabled())
        button.setToolTip(action.toolTip())

    action.changed.connect(follow)
    follow()
    return button


def _sign(action: QAction, name: str) -> QToolButton:
    button = QToolButton()
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setAccessibleName(name)
    button.clicked.connect(action.trigger)

    def follow() -> None:
        button.setEnabled(action.isEnabled())
        button.setToolTip(action.toolTip())

    action.changed.connect(follow)
    follow()
    return button
