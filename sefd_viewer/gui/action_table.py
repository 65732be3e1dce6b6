"""Qt's side of the command table: one action for each command, and menus built from lists of ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QMenuBar

from sefd_viewer.app.ahead import is_drawn
from sefd_viewer.app.command import Command
from sefd_viewer.app.commands import (
    MENUS,
    METHODS,
    RECENT,
    SEPARATOR,
    CommandContext,
    commands_of,
    commands_with,
)
from sefd_viewer.app.methods import CHOICE, MethodChoice
from sefd_viewer.app.settings import SAMPLE
from sefd_viewer.errors import SefdError
from sefd_viewer.gui.labels import plain_tip, without_entries


class ActionTable(QObject):
    """Holds the actions, those of the methods that are known among them. `refresh` follows what can be done
    now where actions are always in sight.

    The others are asked when somebody is about to use them: a menu opens, a key is pressed (`catch_up`);
    `held` says whether that key repeats itself.
    """

    held = False

    def __init__(self, window: QMainWindow, context: CommandContext, in_sight: Sequence[str] = ()) -> None:
        super().__init__(window)
        self._context, self._in_sight = context, tuple(in_sight)
        self.commands: Mapping[str, Command] = {}
        self.actions: dict[str, QAction] = {}
        self._methods: MethodChoice | None = None
        self._follow_methods()
        self.catch_up()

    def _follow_methods(self) -> None:
        """An action for each command that there is now, and none for those of methods that are gone."""
        state = self._context.controller.state
        if CHOICE.of(state) is self._methods:
            return
        self._methods, before = CHOICE.of(state), self.commands
        self.commands = commands_of(state)
        for id in before.keys() - self.commands.keys():
            self.actions.pop(id).deleteLater()
        for id in self.commands.keys() - before.keys():
            self.actions[id] = self._action(self.commands[id])
        if {id: one.title for id, one in before.items()} != {id: c.title for id, c in self.commands.items()}:
            self.give_keys()

    def _action(self, command: Command) -> QAction:
        window = self.parent()
        action = QAction(command.title, window)
        action.setStatusTip("")
        action.setCheckable(command.checked is not None)
        action.setAutoRepeat(command.let_go is None)
        action.triggered.connect(lambda _on, id=command.id: self._use(id))
        assert isinstance(window, QMainWindow)
        window.addAction(action)
        return action

    def give_keys(self) -> None:
        """Give every action its keys: its own, or those that a person chose."""
        chosen = self._context.controller.settings.keys
        for id, action in self.actions.items():
            command = self.commands[id]
            keys = command.keys(chosen)
            action.setText(command.title)
            action.setShortcuts([QKeySequence(key) for key in keys])
            said = f" ({shortcut_text(keys[0])})" if keys else ""
            action.setToolTip(plain_tip(f"{command.tip or command.title.rstrip('…')}{said}"))

    def run(self, id: str) -> None:
        """Do what the command says, if it can be done now; an error with words goes to the status line."""
        command = self.commands[id]
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
        waits = self.held and self.commands[id].paced
        if not waits or is_drawn(controller.state, controller.content):
            self.run(id)

    def open(self, path: str) -> None:
        """Open a file or folder that was open before."""
        self._context.controller.open([path])

    def let_go(self, key: int | None = None) -> None:
        """End what lasts while this key of Qt.Key is held; without a key, everything that lasts."""
        for id, action in self.actions.items():
            end = self.commands[id].let_go
            if end is not None and (key is None or QKeySequence(key) in action.shortcuts()):
                end(self._context)

    def refresh(self) -> None:
        """Enable and check the actions in sight as the controller is now."""
        self._follow_methods()
        for id in self._in_sight:
            self._follow(id)

    def catch_up(self) -> None:
        """Enable and check all actions as the controller is now."""
        for id in self.actions:
            self._follow(id)

    def _follow(self, id: str) -> None:
        command, action = self.commands[id], self.actions[id]
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
                elif id == METHODS:
                    menu.addMenu(_MethodsMenu(menu, self, self._context))
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


class _MethodsMenu(QMenu):
    """Each method with what can be done with it, whatever kind it is."""

    def __init__(self, parent: QMenu, table: ActionTable, context: CommandContext) -> None:
        super().__init__("Methods", parent)
        self._table, self._context = table, context
        self.aboutToShow.connect(self._fill)

    def _fill(self) -> None:
        without_entries(self)
        for info in CHOICE.of(self._context.controller.state).ordered():
            menu = QMenu(info.title.replace("&", "&&"), self)
            self.addMenu(menu)
            for command in commands_with(info):
                menu.addAction(self._table.actions[command.id])


def shortcut_text(key: str) -> str:
    """A key as this platform writes it."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
