"""The window: bars around the views, menus from the command table; it passes frames on and nothing else.

It is painted before the program is loaded: this module imports nothing of `app` or `features` but what stands
in no need of them. `greet` shows the start page, `furnish` brings commands and the header's buttons,
`add_views` the workspaces.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QByteArray, QEvent, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeyEvent,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLineEdit,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.app.feature import features, fills_screen, made_of, steering_of, workspaces
from sefd_viewer.errors import SefdError
from sefd_viewer.gui.header import Header
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.screen_fit import FIRST, Aside, ShellWindow, scrolling
from sefd_viewer.gui.start import Start
from sefd_viewer.gui.status_line import StatusLine

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.app.frame import Frame
    from sefd_viewer.app.host import Page
    from sefd_viewer.app.plugins import Plugin
    from sefd_viewer.app.settings import Preferences, Settings
    from sefd_viewer.gui.cards import Card
    from sefd_viewer.gui.preferences import PreferencesCard
    from sefd_viewer.gui.window_shell import WindowShell
    from sefd_viewer.gui.workspaces import PaneColumn, SurroundingBars, WorkspaceStack

NAME = "SEFD viewer"
PREFERENCE_PAGES: dict[Page, str] = {"plugins": "plugins", "keys": "keys", "about": "about"}
"""Pages of the window that are pages of the preferences."""
LEAST_ROOM = (240, 120)
"""Pixels (width, height) of the views on the smallest screen; there they scroll."""


class MainWindow(SafeOverrides, ShellWindow):
    """Shows the controller's frames. `painted` comes once, after the first paint; `closed` when it closes.

    At first it is an empty frame or, when it greets, the start page in it; until it is furnished it hears
    only that it closes.
    """

    painted = Signal()
    closed = Signal()
    shell: WindowShell

    def __init__(self) -> None:
        super().__init__()
        self.stack: WorkspaceStack | None = None
        self.bars: SurroundingBars | None = None
        self.panes: PaneColumn | None = None
        self._plugins: tuple[Plugin, ...] = ()
        self._cards: dict[Page, Card] = {}
        self._was_painted = self._furnished = False
        self._before_filling: Qt.WindowState | None = None
        self.setObjectName("main")
        self.setWindowTitle(NAME)
        self.setEnabled(False)
        room = _room()
        self._room = QVBoxLayout(room)
        self._room.setContentsMargins(0, 0, 0, 0)
        self._room.setSpacing(0)
        self.setCentralWidget(room)
        self.header, self.status, self.start = Header(), StatusLine(), Start(self)
        self.setMenuWidget(self.header)
        self.setStatusBar(self.status)
        self.resize(FIRST)

    def greet(self, settings: Settings) -> None:
        """Show the start page before the program is loaded."""
        self.setEnabled(True)
        self.start.greet(settings)

    def furnish(self, controller: Controller, plugins: Sequence[Plugin], aside: Aside) -> None:
        """Put in commands and what they stand behind, and hear keys and the mouse from now on."""
        from sefd_viewer.app.commands import CommandContext
        from sefd_viewer.app.frame import Frame
        from sefd_viewer.gui.action_table import ActionTable
        from sefd_viewer.gui.window_shell import WindowShell

        self.controller, self._plugins, self.aside = controller, tuple(plugins), aside
        self.shell = WindowShell(self)
        tabs = [f"workspace_{feature.id}" for feature in workspaces()]
        context = CommandContext(controller, self.shell)
        self.actions_table = ActionTable(self, context, in_sight=(*tabs, "palette", "present", "preferences"))
        actions = self.actions_table.actions
        self.actions_table.fill_menus(self.header.menu_bar, lambda: controller.settings.recent)
        self.header.fill([actions[tab] for tab in tabs], actions)
        self.start.follow(controller, aside)
        self.status.stop_clicked.connect(lambda: self.actions_table.run("stop"))
        self.setAcceptDrops(True)
        self.setEnabled(True)
        self._furnished = True
        controller.listen(self.apply)
        controller.store.connect(lambda old, new: self._follow(old.preferences, new.preferences))
        self.apply(Frame(), controller.frame)

    # ---- frames

    def apply(self, old: Frame, new: Frame) -> None:
        """Show a frame."""
        fills, moves = fills_screen(self.controller.state), old.workspace != new.workspace
        stays = self.header.isAncestorOf(self.focusWidget() or self)
        if (fills and self._before_filling is None) or (moves and not stays):
            self.setFocus(Qt.FocusReason.OtherFocusReason)  # from what hides, Qt would lead it to a pane
        self.status.apply(old, new)
        if self.stack is not None:
            self.stack.apply(new)
        if self.bars is not None:
            self.bars.apply(new, self.controller.state)
        if self.panes is not None:
            self.panes.apply(new)
        self._fill_screen(fills)
        if moves and self.bars is not None and self.hasFocus():
            self.bars.take_keyboard()
        self.setWindowTitle(f"{new.title} — {NAME}" if new.title else NAME)
        self.actions_table.refresh()
        self.start.apply()

    def add_views(self) -> None:
        """Put the photo, edge and 3D views in; apart, because they need heavier libraries than the window."""
        from sefd_viewer.gui.panes import row_of
        from sefd_viewer.gui.workspaces import PaneColumn, SurroundingBars, WorkspaceStack

        self.stack = WorkspaceStack(self.controller, self.actions_table.run)
        self.controller.visible_part = self.stack.visible_part
        self.bars = SurroundingBars(self.controller, self.actions_table.run, self.stack.pan)
        self.panes = PaneColumn(self.controller)
        middle = row_of(self.stack, self.panes) if self.panes.titles else self.stack
        self.bars.place(self._room, scrolling(middle, LEAST_ROOM))
        self.bars.set_height(self.height())
        self.stack.apply(self.controller.frame)
        self.panes.apply(self.controller.frame)
        self.bars.apply(self.controller.frame, self.controller.state)
        if not self.start.is_shown:
            self.bars.take_keyboard()

    def toggle_card(self, page: Page) -> None:
        """Open a page over the window, alone, or close it."""
        if page == "start":
            self.start.toggle()
            return
        if page in PREFERENCE_PAGES:
            cast("PreferencesCard", self.card("preferences")).open_at(PREFERENCE_PAGES[page])
            return
        for other, card in self._cards.items():
            if other != page and card.isVisible():
                card.close_card()
        self.card(page).toggle()

    def card(self, page: Page) -> Card:
        """The page that lies over the window, made at first use."""
        if page not in self._cards:
            self._cards[page] = self._make_card(page)
        return self._cards[page]

    def refresh_icons(self) -> None:
        """Draw all signs in the palette's colours."""
        from sefd_viewer.gui.controls import EyeButton

        self.header.refresh_icons()
        self.status.refresh_icon()
        for eye in self.findChildren(EyeButton):
            eye.refresh()

    # ---- what is remembered

    def restore(self, settings: Settings) -> None:
        """Be as large as last time."""
        self.arrange(settings.geometry)

    def arrange(self, geometry: str) -> None:
        """Be as large, and where, as Qt's words (base64) say."""
        if geometry:
            self.restoreGeometry(QByteArray.fromBase64(geometry.encode("ascii")))

    def remember(self) -> None:
        """Put the size among the settings."""
        geometry = bytes(self.saveGeometry().toBase64().data()).decode("ascii")
        self.controller.change_settings(geometry=geometry)

    # ---- Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Bars are lower in a low window."""
        super().resizeEvent(event)
        if self.bars is not None:
            self.bars.set_height(self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tell about the first paint."""
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            self.painted.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Tell that the window closes."""
        if self._furnished:
            self.start.note_state()
            self.remember()
        for card in self._cards.values():
            if card.isVisible():
                card.close_card()  # what goes on behind a page ends with it
        self.closed.emit()
        super().closeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and folders."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()
            self.start.set_over(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """What was held over the window is gone."""
        self.start.set_over(False)
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped: a JSON file beside an open picture holds 2D poses."""
        self.start.set_over(False)
        self.open_dropped([url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()])
        event.acceptProposedAction()

    def open_dropped(self, paths: list[str]) -> None:
        """Open files and folders that were dropped on the window."""
        from sefd_viewer.app.sessions import ENDING as SESSION_ENDING

        if len(paths) == 1 and paths[0].lower().endswith(SESSION_ENDING):
            self.open_session(paths[0])
        elif (
            len(paths) == 1
            and paths[0].lower().endswith(".json")
            and self.controller.content.scene is not None
        ):
            self.controller.use_poses(paths[0])
        elif paths:
            self.controller.open(paths)

    def open_session(self, path: str) -> None:
        """Open what was saved in a file; words in the status line where that is none."""
        from sefd_viewer.app.effects import CommandContext
        from sefd_viewer.app.sessions import open_file

        try:
            open_file(CommandContext(self.controller, self.shell), path)
        except SefdError as error:
            self.controller.know(problem=str(error))
            self.controller.refresh()

    def event(self, event: QEvent) -> bool:
        """Leave the space bar to a button that has the keyboard, and arrows to a choice of several.

        Qt says here that it will look for a key among the actions.
        """
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and self._furnished:
            self.actions_table.catch_up()
            self.actions_table.held = event.isAutoRepeat()
            focused = self.focusWidget()
            presses = isinstance(focused, QAbstractButton | QComboBox)
            chooses = isinstance(focused, QAbstractButton) and focused.group() is not None
            keys = {Qt.Key.Key_Space: presses, Qt.Key.Key_Left: chooses, Qt.Key.Key_Right: chooses}
            if keys.get(Qt.Key(event.key())) and not event.modifiers():
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Shift shows the bare photo while it is held."""
        if event.key() == Qt.Key.Key_Shift and not isinstance(self.focusWidget(), QLineEdit | QSpinBox):
            self._set_bare(True)
        self._hold(event, on=True)
        super().keyPressEvent(event)

    def _hold(self, event: QKeyEvent, *, on: bool) -> None:
        """The space bar is held where the workspace has a use for that."""
        steering = steering_of(self.controller.state)
        if steering is not None and event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            steering.hold(self.controller, on)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Layers come back; what lasts while its key is held ends."""
        if event.key() == Qt.Key.Key_Shift:
            self._set_bare(False)
        self._hold(event, on=False)
        if not event.isAutoRepeat():
            self.actions_table.let_go(event.key())
        super().keyReleaseEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Layers come back when another window takes the keyboard."""
        left = event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow()
        if left and self._furnished:
            self._set_bare(False)
            self.actions_table.let_go()
        super().changeEvent(event)

    # ---- inside

    def _follow(self, old: Preferences, new: Preferences) -> None:
        """Look as was chosen, with the keys that were chosen."""
        from sefd_viewer.app.plugins import switch, used_detectors

        if (old.theme, old.text) != (new.theme, new.text):
            self.shell.apply_theme(new.theme, new.text)
        if old.keys != new.keys:
            self.actions_table.give_keys()
            self.header.say_keys()
        if (old.plugins_off, old.plugins_on) != (new.plugins_off, new.plugins_on):
            switch(new.plugins_off, new.plugins_on)
            self.controller.know(detectors=used_detectors(self._plugins, new))

    def _fill_screen(self, filling: bool) -> None:
        """Leave the screen to a feature that wants it for itself, or be a window again."""
        if filling == (self._before_filling is not None):
            return
        for part in (self.header, self.status):
            part.setVisible(not filling)
        if filling:
            self._before_filling = self.windowState()
            self.showFullScreen()
            self.activateWindow()
        else:
            before, self._before_filling = self._before_filling, None
            if before is not None:
                self.setWindowState(before)
            if self.bars is not None:
                self.bars.take_keyboard()

    def _set_bare(self, bare: bool) -> None:
        from dataclasses import replace

        self.controller.store.set(replace(self.controller.state, bare=bare), remember=False)

    def _make_card(self, page: Page) -> Card:
        for feature in features():
            if page in feature.pages:
                made: Card = made_of(feature.pages[page])(self, self.controller)
                return made
        return self._own_card(page)

    def _own_card(self, page: Page) -> Card:
        """A page that no feature brings; none is needed by the first paint."""
        from sefd_viewer.gui.cards import ProblemsPage, ShortcutSheet
        from sefd_viewer.gui.palette import Palette

        makers: dict[Page, Callable[[], Card]] = {
            "palette": lambda: Palette(self, self.controller, self.actions_table.run),
            "shortcuts": lambda: ShortcutSheet(self, self.controller),
            "preferences": self._preferences_page,
            "problems": lambda: ProblemsPage(self, lambda: _problems(self.controller)),
        }
        return makers[page]()

    def _preferences_page(self) -> Card:
        from sefd_viewer.gui.preference_pages import Pages
        from sefd_viewer.gui.preferences import PreferencesCard

        pages = Pages(self.controller, self._plugins, self.actions_table.run, self.aside)
        return PreferencesCard(self, self.controller, pages.make)


def _problems(controller: Controller) -> Sequence[str]:
    dataset = controller.content.dataset
    return dataset.problems if dataset is not None else ()


def _room() -> QWidget:
    """An empty place that takes the room which panels leave."""
    room = QWidget()
    room.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
    room.setMinimumSize(*LEAST_ROOM)  # on a small screen its parts are cut, the window is not
    return room
