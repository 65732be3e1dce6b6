"""Hands that do anything in the window, by seed: menus, pages, dialogs, keys, mouse; for `soak.py`."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QColor, QContextMenuEvent, QKeySequence, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QColorDialog,
    QComboBox,
    QDialog,
    QFileDialog,
    QInputDialog,
    QLineEdit,
    QMenu,
    QMessageBox,
    QWidget,
)

from sefd_viewer.app.commands import COMMANDS
from sefd_viewer.app.settings import THEMES
from sefd_viewer.gui.cards import Card
from sefd_viewer.gui.session import WindowSession

LOOK_MS = 40
"""How often somebody looks whether a menu or a dialog waits for an answer."""
PATIENCE = 6
"""Answers to one menu or dialog until it is closed."""
FORBIDDEN = frozenset({"quit"})
PAGES = ("palette", "preferences", "shortcuts", "edit_keys", "plugins", "about_computer", "problems", "cases")
ASKING = tuple(id for id, command in COMMANDS.items() if command.title.endswith("…") and id not in FORBIDDEN)
WORDS = ("student", "hid", "ev", "dark", "camera 3", "frame 12", "zzz", "edge", "export", "undo", "<b>&", "")
FILTERS = ("hidden > 0.2", "student - baseline > 10", "camera = 3 and", "verdict = bad", "(", "nose", "")


class Hands:
    """Acts on a session's window; every act is drawn from `random.Random(seed)`.

    `pool` are files and folders to open, some of them broken; `folder` takes what is saved. `said` keeps the
    last acts in words. While a menu or a modal dialog is open somebody answers it.
    """

    def __init__(self, session: WindowSession, seed: int, pool: list[Path], folder: Path) -> None:
        self.session, self.window = session, session.window
        self.random = random.Random(seed)
        self.pool, self.folder = pool, folder
        self.said: deque[str] = deque(maxlen=12)
        self.in_dialogs = self.done = self.looks = 0
        self._answers: dict[int, int] = {}
        self._written = 0
        self._live = True
        self._look_again()

    def act(self) -> None:
        """Do one thing; more than half of all things are in menus, pages and dialogs."""
        dialogs: tuple[Callable[[], None], ...] = (
            self._menu,
            self._menu,
            self._context_menu,
            self._palette,
            self._page,
            self._page,
            self._asking_command,
        )
        plain: tuple[Callable[[], None], ...] = (
            self._command,
            self._key,
            self._mouse,
            self._mouse,
            self._wheel,
            self._type,
            self._undo,
            self._resize,
            self._drop,
        )
        inside = self.random.random() < 0.58
        self.in_dialogs += inside
        self.done += 1
        self.random.choice(dialogs if inside else plain)()

    def stop(self) -> None:
        """Answer nothing more."""
        self._live = False

    # ---- menus, pages and dialogs

    def _menu(self) -> None:
        bar = self.window.header.menu_bar
        menu = self.random.choice(bar.findChildren(QMenu))
        self._say(f"menu {menu.title()}")
        menu.popup(bar.mapToGlobal(QPoint(0, bar.height())))

    def _context_menu(self) -> None:
        widget = self._some(QWidget)
        if widget is None:
            return
        at = self._place(widget)
        self._say(f"right click on {_name(widget)}")
        QTest.mouseClick(widget, Qt.MouseButton.RightButton, pos=at)
        reason = QContextMenuEvent.Reason.Mouse
        QApplication.postEvent(widget, QContextMenuEvent(reason, at, widget.mapToGlobal(at)))

    def _palette(self) -> None:
        self._run("palette")
        field = self._focus()
        words = self.random.choice(WORDS)
        self._say(f"palette {words!r}")
        if not isinstance(field, QLineEdit):
            return
        field.setText(words)
        for _ in range(self.random.randrange(5)):
            QTest.keyClick(field, Qt.Key.Key_Down)
        chosen = self.window.card("palette").list.currentItem()  # type: ignore[attr-defined]
        named = "" if chosen is None else chosen.text()
        leaves = any(COMMANDS[id].title == named for id in FORBIDDEN)
        QTest.keyClick(field, Qt.Key.Key_Escape if leaves else Qt.Key.Key_Return)

    def _page(self) -> None:
        self._run(self.random.choice(PAGES))
        for _ in range(self.random.randrange(1, 5)):
            pages = [card for card in self.window.findChildren(Card) if card.isVisible()]
            if not pages:
                return
            self._touch(self._some(QWidget, pages[-1]))
        for card in self.window.findChildren(Card):
            if card.isVisible() and self.random.random() < 0.8:
                QTest.keyClick(card, Qt.Key.Key_Escape)

    def _asking_command(self) -> None:
        self._run(self.random.choice(ASKING))

    def _look_again(self) -> None:
        if self._live:
            QTimer.singleShot(LOOK_MS, lambda: self._look())  # PySide keeps a weak reference to each method

    def _look(self) -> None:
        """Answer what is open; a timer of its own each time goes on where an answer opens another dialog."""
        self._look_again()
        self.looks += 1
        waiting = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        if not self._live or waiting is None:
            self._answers.clear()
            return
        key = id(waiting)
        self._answers[key] = self._answers.get(key, 0) + 1
        if self._answers[key] > PATIENCE:
            self._say(f"closes {_name(waiting)}")
            waiting.close()
        elif isinstance(waiting, QMenu):
            self._answer_menu(waiting)
        elif isinstance(waiting, QDialog):
            self._answer_dialog(waiting)
        else:
            waiting.close()

    def _answer_menu(self, menu: QMenu) -> None:
        entries = [one for one in menu.actions() if one.isEnabled() and not one.isSeparator()]
        entries = [one for one in entries if one.text() != COMMANDS["quit"].title]
        if not entries or self.random.random() < 0.2:
            self._say("leaves the menu")
            QTest.keyClick(menu, Qt.Key.Key_Escape)
            return
        entry = self.random.choice(entries)
        self._say(f"takes {entry.text()!r}")
        menu.setActiveAction(entry)
        QTest.keyClick(menu, Qt.Key.Key_Return)

    def _answer_dialog(self, dialog: QDialog) -> None:
        self._say(f"answers {type(dialog).__name__} {dialog.windowTitle()!r}")
        if self.random.random() < 0.25:
            dialog.reject()
        elif isinstance(dialog, QFileDialog):
            self._name_file(dialog)
        elif isinstance(dialog, QMessageBox):
            self.random.choice(dialog.buttons()).click()
        elif isinstance(dialog, QColorDialog):
            dialog.setCurrentColor(QColor.fromHsv(self.random.randrange(360), 200, 200))
            dialog.accept()
        elif isinstance(dialog, QInputDialog):
            dialog.setTextValue(self.random.choice(WORDS))
            dialog.accept()
        else:
            self._touch(self._some(QWidget, dialog))

    def _name_file(self, dialog: QFileDialog) -> None:
        field = dialog.findChild(QLineEdit, "fileNameEdit")
        if dialog.acceptMode() == QFileDialog.AcceptMode.AcceptSave:
            self._written += 1
            dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
            path = self.folder / f"written {self._written % 20}"
        else:
            path = self.random.choice(self.pool)
        self._say(f"names {path.name!r}")
        if field is not None:
            field.setText(str(path))
            QTest.keyClick(field, Qt.Key.Key_Return)

    # ---- everything else

    def _command(self) -> None:
        self._run(self.random.choice([id for id in COMMANDS if id not in FORBIDDEN]))

    def _undo(self) -> None:
        self._run(self.random.choice(("undo", "undo", "redo")))

    def _key(self) -> None:
        keys = [key for id, command in COMMANDS.items() if id not in FORBIDDEN for key in command.shortcuts]
        words = self.random.choice(keys)
        self._say(f"key {words}")
        key: Any = QKeySequence(words)
        QTest.keyClick(self._focus() or self.window, key[0].key(), key[0].keyboardModifiers())

    def _mouse(self) -> None:
        self._touch(self._some(QWidget))

    def _wheel(self) -> None:
        widget = self._some(QWidget)
        if widget is None:
            return
        self._say(f"wheel over {_name(widget)}")
        at = QPointF(self._place(widget))
        turn = QPoint(0, self.random.choice((120, -120, 480, -480)))
        held = self.random.choice((Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier))
        phase = Qt.ScrollPhase.NoScrollPhase
        event = QWheelEvent(
            at,
            QPointF(widget.mapToGlobal(at.toPoint())),
            QPoint(),
            turn,
            Qt.MouseButton.NoButton,
            held,
            phase,
            False,
        )
        QApplication.postEvent(widget, event)

    def _type(self) -> None:
        field = self._some(QLineEdit)
        if isinstance(field, QLineEdit):
            words = self.random.choice(FILTERS)
            self._say(f"types {words!r} into {_name(field)}")
            field.setFocus()
            field.setText(words)
            QTest.keyClick(field, Qt.Key.Key_Return)

    def _resize(self) -> None:
        size = self.random.choice(((1440, 900), (1366, 768), (1280, 720), (1100, 640), (1920, 1080)))
        self._say(f"size {size}")
        self.window.resize(*size)
        if self.random.random() < 0.3:
            self.session.controller.change_settings(theme=self.random.choice(THEMES))

    def _drop(self) -> None:
        paths = [str(self.random.choice(self.pool)) for _ in range(self.random.choice((1, 1, 2)))]
        self._say(f"drops {[Path(path).name for path in paths]}")
        self.window.open_dropped(paths)

    def _run(self, id: str) -> None:
        self._say(f"runs {id}")
        self.window.actions_table.run(id)

    def _touch(self, widget: QWidget | None) -> None:
        """Use a widget as it is meant to be used, or drag over it."""
        if widget is None:
            return
        self._say(f"touches {_name(widget)}")
        at, left = self._place(widget), Qt.MouseButton.LeftButton
        if isinstance(widget, QComboBox):
            widget.setCurrentIndex(self.random.randrange(max(widget.count(), 1)))
            widget.activated.emit(widget.currentIndex())
        elif isinstance(widget, QAbstractSlider):
            widget.setValue(self.random.randint(widget.minimum(), widget.maximum()))
        elif isinstance(widget, QAbstractSpinBox):
            widget.stepBy(self.random.choice((-3, -1, 1, 3)))
        elif isinstance(widget, QLineEdit):
            widget.setText(self.random.choice(WORDS))
        elif isinstance(widget, QAbstractButton | QAbstractItemView) or self.random.random() < 0.5:
            QTest.mouseClick(widget, left, pos=at)
        elif self.random.random() < 0.3:
            QTest.mouseDClick(widget, left, pos=at)
        else:
            QTest.mousePress(widget, left, pos=at)
            for _ in range(self.random.randrange(1, 6)):
                QTest.mouseMove(widget, self._place(widget))
            QTest.mouseRelease(widget, left, pos=self._place(widget))

    # ---- finding

    def _some(self, kind: type[QWidget], parent: QWidget | None = None) -> QWidget | None:
        """A widget of this kind that a person could use now."""
        found = [one for one in (parent or self.window).findChildren(kind) if _usable(one)]
        return self.random.choice(found) if found else None

    def _place(self, widget: QWidget) -> QPoint:
        across, down = max(widget.width(), 1), max(widget.height(), 1)
        return QPoint(self.random.randrange(across), self.random.randrange(down))

    def _focus(self) -> QWidget | None:
        return QApplication.focusWidget()

    def _say(self, words: str) -> None:
        self.said.append(words)


def _usable(widget: QWidget) -> bool:
    return widget.isVisible() and widget.isEnabled() and widget.width() > 1 and widget.height() > 1


def _name(widget: QWidget) -> str:
    return f"{type(widget).__name__} {widget.accessibleName() or widget.objectName()}".strip()
