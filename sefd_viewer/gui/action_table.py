"""Qt's side of the command table: one action for each command, and menus built from lists of ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QMenuBar

from sefd_viewer.app.ahead import is_drawn
from sefd_viewer.app.commands import COMMANDS, MENUS, RECENT, SEPARATOR, CommandContext
from sefd_viewer.app.settings import SAMPLE
from sefd_viewer.errors import SefdError
from sefd_viewer.gui.labels import plain_tip


class ActionTable(QObject):
    """Holds the actions. `refresh` follows what can be done now where actions are always in sight.

    The others are asked when somebody is about to use them: a menu opens, a key is pressed (`catch_up`);
    `held` says whether that key repeats itself.
    """

    held = False

    def __init__(self, window: QMainWindow, context: CommandContext, in_sight: Sequence[str] = ()) -> None:
        super().__init__(window)
        self._context, self._in_sight = context, tuple(in_sight)
        self.actions: dict[str, QAction] = {}
        for command in COMMANDS.values():
            action = QAction(command.title, window)
            action.setStatusTip("")
            action.setCheckable(command.checked is not None)
            action.setAutoRepeat(command.let_go is None)
            action.triggered.connect(lambda _on, id=command.id: self._use(id))
            window.addAction(action)
            self.actions[command.id] = action
        self.give_keys()
        self.catch_up()

    def give_keys(self) -> None:
        """Give every action its keys: its own, or those that a person chose."""
        chosen = self._context.controller.settings.keys
        for id, action in self.actions.items():
            command = COMMANDS[id]
            keys = command.keys(chosen)
            action.setShortcuts([QKeySequence(key) for key in keys])
            said = f" ({shortcut_text(keys[0])})" if keys else ""
            action.setToolTip(plain_tip(f"{command.tip or command.title.rstrip('…')}{said}"))

    def run(self, id: str) -> None:
        """Do what the command says, if it can be done now; an error with words goes to the status line."""
        command = COMMANDS[id]
        if command.enabled(self._context.controller):
            try:
                command.run(self._context)
            except SefdError as error:
                self._context.controller.say(str(error))
        self._follow(id)
        self.refresh()

    def _use(self, id: str) -> None:
        """Do it; a held key waits until what it did before is drawn."""
        controller = self._context.controller
        waits = self.held and COMMANDS[id].paced
        if not waits or is_drawn(controller.state, controller.content):
            self.run(id)

    def open(self, path: str) -> None:
        """Open a file or folder that was open before."""
        self._context.controller.open([path])

    def let_go(self, key: int | None = None) -> None:
        """End what lasts while this key of Qt.Key is held; without a key, everything that lasts."""
        for id, action in self.actions.items():
            end = COMMANDS[id].let_go
            if end is not None and (key is None or QKeySequence(key) in action.shortcuts()):
                end(self._context)

    def refresh(self) -> None:
        """Enable and check the actions in sight as the controller is now."""
        for id in self._in_sight:
            self._follow(id)

    def catch_up(self) -> None:
        """Enable and check all actions as the controller is now."""
        for id in self.actions:
            self._follow(id)

    def _follow(self, id: str) -> None:
        command, action = COMMANDS[id], self.actions[id]
        action.setEnabled(command.enabled(self._context.controller))
        if command.checked is not None:
            action.setChecked(command.checked(self._context.controller))

    def fill_menus(self, bar: QMenuBar, recent: Callable[[], Sequence[str]]) -> None:
        """Fill a menu bar; `recent` gives the recent files when their menu opens."""
        for title, ids in MENUS:
            menu = QMenu(title, bar)
            bar.addMenu(menu)
            menu.aboutToShow.connect(self.catch_up)
            for id in ids:
                if id == SEPARATOR:
                    menu.addSeparator()
                elif id == RECENT:
                    menu.addMenu(_RecentMenu(menu, self, recent))
                else:
                    menu.addAction(self.actions[id])


class _RecentMenu(QMenu):
    """The files that were opened last; a class of its own, since PySide may lose a menu that Qt has made."""

    def __init__(self, parent: QMenu, table: ActionTable, recent: Callable[[], Sequence[str]]) -> None:
        super().__init__("Open recent", parent)
        self._table, self._recent = table, recent
        self.aboutToShow.connect(self._fill)

    def _fill(self) -> None:
        self.clear()
        for path in self._recent():
            if path == SAMPLE:
                self.addAction(self._table.actions["open_sample"])
                continue
            action = self.addAction(f"{Path(path).name}    {Path(path).parent}")
            action.triggered.connect(lambda _on, path=path: self._table.open(path))
        if self.isEmpty():
            self.addAction("Nothing yet").setEnabled(False)


def shortcut_text(key: str) -> str:
    """A key as this platform writes it."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
