"""The pages of preferences: folders, keys, plugins, this computer; general and methods have files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QProcess, QUrl
from PySide6.QtGui import QDesktopServices, QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QHBoxLayout,
    QKeySequenceEdit,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.app.command import Command
from sefd_viewer.app.commands import commands_of, groups_of, plugin_commands
from sefd_viewer.app.controller import Controller
from sefd_viewer.app.feature import plugin_features
from sefd_viewer.app.places import Place, places
from sefd_viewer.app.plugins import Plugin
from sefd_viewer.app.settings import Preferences
from sefd_viewer.gui.action_table import shortcut_text
from sefd_viewer.gui.controls import push_button, quiet_label, set_mark
from sefd_viewer.gui.general_page import general_page
from sefd_viewer.gui.method_page import method_page
from sefd_viewer.gui.preferences import LABEL_WIDTH, Form, PageOfSettings, small
from sefd_viewer.gui.screen_fit import Aside


class Pages:
    """Makes the pages; `run` runs a command, `aside` does work on another thread."""

    def __init__(
        self, controller: Controller, plugins: Sequence[Plugin], run: Callable[[str], None], aside: Aside
    ) -> None:
        self._controller, self._plugins, self._run, self._aside = controller, plugins, run, aside

    def make(self, name: str) -> PageOfSettings:
        """The page of a name."""
        makers = {
            "general": lambda: general_page(self._controller, self._run, self._aside),
            "methods": lambda: method_page(self._controller),
            "folders": self._folders,
            "keys": self._keys,
            "plugins": self._plugin_page,
            "about": self._about,
        }
        return makers[name]()

    # ---- folders

    def _folders(self) -> PageOfSettings:
        form = Form()
        for place in places():
            form.add(place.title, *_place(place), below=small(place.words), words=str(place.path))
        form.end()
        return PageOfSettings(form.widget, form.rows)

    # ---- keys

    def _keys(self) -> PageOfSettings:
        form, editors, state = Form(title_width=2 * LABEL_WIDTH), [], self._controller.state
        commands = commands_of(state)
        for title, ids in groups_of(state):
            for command in (commands[id] for id in ids if id in commands):
                editor = KeyEditor(self._controller, command)
                editors.append(editor)
                form.add(command.title.rstrip("…"), editor, words=f"{title} {command.tip}")
        form.end()

        def refresh(now: Preferences) -> None:
            for editor in editors:
                editor.refresh(now)

        return PageOfSettings(form.widget, form.rows, refresh)

    # ---- plugins

    def _plugin_page(self) -> PageOfSettings:
        form, boxes = Form(), {}
        for plugin in self._plugins:
            box = QCheckBox("Use it")
            box.clicked.connect(lambda on, name=plugin.name: self._use(name, on))
            box.setAccessibleName(f"Use {plugin.title}")
            boxes[plugin.name] = box
            about = small(plugin_words(plugin))
            set_mark(about, "problem", bool(plugin_problems(plugin)))
            title = f"{plugin.title} {plugin.version}".strip()
            form.add(title, box, below=about, words=f"plugin {plugin.name}")
        if not self._plugins:
            form.add_wide(small("There are none. A plugin is a folder with a plugin.toml."), "plugin")
        form.end()

        def refresh(now: Preferences) -> None:
            known = {one.name: one for one in self._plugins}
            for name, box in boxes.items():
                box.setChecked(known[name].is_used(now))

        return PageOfSettings(form.widget, form.rows, refresh)

    def _use(self, name: str, on: bool) -> None:
        chosen, plugin = self._controller.settings, next(one for one in self._plugins if one.name == name)
        listed = chosen.plugins_on if plugin.begins_off else chosen.plugins_off
        rest = [one for one in listed if one != name]
        names = tuple((*rest, name) if on == plugin.begins_off else rest)
        if plugin.begins_off:
            self._controller.change_settings(plugins_on=names)
        else:
            self._controller.change_settings(plugins_off=names)

    # ---- about

    def _about(self) -> PageOfSettings:
        report = Report()
        return PageOfSettings(report, opened=report.begin, closed=report.stop)


class KeyEditor(QWidget):
    """One command's key: pressing another changes it; keys that are taken are told and not given."""

    def __init__(self, controller: Controller, command: Command) -> None:
        super().__init__()
        self._controller, self._command, self._id = controller, command, command.id
        self.edit = QKeySequenceEdit()
        self.edit.setMaximumSequenceLength(1)
        self.edit.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)  # it grows with the text
        self.edit.setAccessibleName(f"Key of {command.title}")
        self.more, self.words = quiet_label(), small("")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        set_mark(self.words, "problem", True)
        self.back = push_button("Back")
        self.back.setAccessibleName(f"Reset the key of {command.title}")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for widget in (self.edit, self.more, self.back):
            row.addWidget(widget)
        row.addWidget(self.words, 1)
        self.edit.editingFinished.connect(self._give)
        self.back.clicked.connect(self._forget)

    def refresh(self, now: Preferences) -> None:
        """Show the keys as they are."""
        keys = self._command.keys(now.keys)
        self.edit.setKeySequence(QKeySequence(keys[0]) if keys else QKeySequence())
        self.more.setText(f"or {', '.join(map(shortcut_text, keys[1:]))}" if keys[1:] else "")
        self.back.setVisible(self._id in now.keys)

    def _give(self) -> None:
        key = self.edit.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        chosen = self._controller.settings.keys
        own = self._command.keys(chosen)
        if key == (own[0] if own else ""):
            return
        if other := who_has(key, commands_of(self._controller.state), chosen, but=self._id):
            self.words.setText(f"{shortcut_text(key)} is the key of “{other.title.rstrip('…')}”")
            self.refresh(self._controller.settings.preferences)
            return
        self.words.setText("")
        self._controller.change_settings(keys={**chosen, self._id: tuple(filter(None, (key, *own[1:])))})

    def _forget(self) -> None:
        self.words.setText("")
        keys = {id: keys for id, keys in self._controller.settings.keys.items() if id != self._id}
        self._controller.change_settings(keys=keys)


class Report(QWidget):
    """The doctor's text as it comes, and a button that copies it."""

    def __init__(self) -> None:
        super().__init__()
        self.text = QPlainTextEdit(readOnly=True)
        self.text.setAccessibleName("What this machine has and lacks")
        copy = push_button("Copy")
        copy.clicked.connect(lambda: QApplication.clipboard().setText(self.text.toPlainText()))
        self._again = push_button("Check again")
        self._again.clicked.connect(self._start)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.text, 1)
        row = QHBoxLayout()
        row.addWidget(small("The same as sefd-viewer doctor: copy it into a question."), 1)
        row.addWidget(self._again)
        row.addWidget(copy)
        column.addLayout(row)
        self.process = QProcess(self)
        self.process.readyReadStandardOutput.connect(self._take)
        self.process.finished.connect(self._ended)

    def _ended(self) -> None:
        self._again.setEnabled(True)

    def begin(self) -> None:
        """Check this machine the first time that the page is looked at."""
        if not self.text.toPlainText():
            self._start()

    def stop(self) -> None:
        """End a check that goes on."""
        if self.process.state() != QProcess.ProcessState.NotRunning:
            self.process.kill()
            self.process.waitForFinished(2000)

    def _start(self) -> None:
        self.text.setPlainText("Checking this computer…\n")
        self._again.setEnabled(False)
        self.process.start(sys.executable, ["-m", "sefd_viewer", "doctor"])

    def _take(self) -> None:
        self.text.appendPlainText(
            bytes(self.process.readAllStandardOutput().data()).decode("utf-8", "replace")
        )


def who_has(
    key: str, commands: Mapping[str, Command], chosen: Mapping[str, tuple[str, ...]], *, but: str
) -> Command | None:
    """The one of these commands that has a key already, None where none has."""
    taken = QKeySequence(key)
    if taken.isEmpty():
        return None
    for id, command in commands.items():
        if id != but and any(QKeySequence(own) == taken for own in command.keys(chosen)):
            return command
    return None


OFFERS = {
    "features": ("Workspaces", "from the next start on"),
    "panes": ("Panes", "from the next start on"),
    "commands": ("Commands", "from the next start on"),
    "layers": ("Overlays on the photo", "from the next start on"),
    "methods": ("Methods", "from the next start on"),
    "edge_detectors": ("Edge detectors", ""),
    "review_detectors": ("Detectors of bad annotations", ""),
    "datasets": ("Reads", ""),
    "bodies": ("Bodies", "from the next start on"),
}
"""What is said of each kind of thing that a plugin offers, and when it follows its switch."""


def plugin_words(plugin: Plugin) -> str:
    """What a plugin offers, where it is, and what is wrong with it."""
    offers = [
        f"{words}: {', '.join(one.title for one in found)}{f' ({after})' if after else ''}"
        for kind, (words, after) in OFFERS.items()
        if (found := plugin.of(kind))
    ]
    parts = (*plugin_problems(plugin), plugin.description, *offers, str(plugin.folder))
    return "\n".join(filter(None, parts))


def plugin_problems(plugin: Plugin) -> list[str]:
    """What is wrong with a plugin's folder, and with what of it was loaded."""
    problems = plugin_features()[1] | plugin_commands()[1]
    failed = (words for id, words in problems.items() if id.startswith(f"{plugin.name}."))
    return [words for words in (plugin.problem, *failed) if words]


def _place(place: Place) -> tuple[QWidget, QWidget]:
    field = QLineEdit(str(place.path), readOnly=True)
    field.setAccessibleName(place.title)
    show = push_button("Show")
    show.setAccessibleName(f"Show {place.title}")
    folder = place.path if place.path.is_dir() else place.path.parent
    show.setEnabled(folder.exists())
    show.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(folder)))))
    return field, show
