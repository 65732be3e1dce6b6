"""The first line of the workspace: which face, what it says, and the run or the reviewer behind it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from sefd_viewer.app.methods import ESTIMATORS, MethodInfo
from sefd_viewer.evaluation.runs.pose_sources import SOURCES
from sefd_viewer.features.people.model import PeopleFrame
from sefd_viewer.gui.controls import Segments, quiet_label
from sefd_viewer.gui.labels import ElidedLabel, PlainLabel, grown, plain_tip, without_entries
from sefd_viewer.gui.safe_overrides import SafeOverrides

FACES = {"compare": "Compare", "check": "Check annotations"}
LIMITS = (
    ("First 20 photos", 20),
    ("First 200 photos", 200),
    ("First 2,000 photos", 2000),
    ("All photos", None),
)
POSES = {
    "annotation": "Annotated 2D poses",
    "detector": "Detected 2D poses",
    "estimated": "Estimated 2D poses",
    "openpose": "The set's OpenPose",
    "higherhrnet": "The set's HigherHRNet",
}
"""What sources of 2D poses are called; others go by their names."""
FILE = "A file of 2D poses…"
HIGH, SENTENCE = 44, 2
"""Pixels of the line, and the place of the sentence in it."""
SHORT, BELOW = 1400, 1000
"""Widths (px of usual text) below which the run is told in short, and the sentence has a line of its own."""


class Sentence(SafeOverrides, PlainLabel):
    """Words in as many lines as they need; the line around it asks how high that is."""

    reshaped = Signal()

    def __init__(self) -> None:
        super().__init__(wordWrap=True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def hasHeightForWidth(self) -> bool:
        """Not to the layout: a page that follows its width would scroll."""
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell that the lines break elsewhere."""
        super().resizeEvent(event)
        self.reshaped.emit()


def ghost(words: str, tip: str = "") -> QPushButton:
    """A quiet button with an outline."""
    button = QPushButton(words)
    button.setProperty("kind", "ghost")
    button.setToolTip(plain_tip(tip))
    return button


class Head(SafeOverrides, QWidget):
    """Signals out: `face_chosen(id)`, `started(methods, limit, poses)`, `paused`, `stopped`,
    `run_chosen(folder)`, `without_bad(on)`, `methods_wanted` and `poses_wanted` for files,
    `reviewer_changed(name)`, `merge_wanted`, `export_wanted`, `page_wanted`.
    """

    face_chosen = Signal(str)
    started = Signal(object, object, str)
    paused = Signal()
    stopped = Signal()
    run_chosen = Signal(str)
    without_bad = Signal(bool)
    methods_wanted = Signal()
    poses_wanted = Signal()
    reviewer_changed = Signal(str)
    merge_wanted = Signal()
    export_wanted = Signal()
    page_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frame = PeopleFrame()
        self.faces = Segments(FACES, name="What about the people")
        self.sentence = Sentence()
        # Queued: another height amid the layout of this line would leave the rest where it stood before.
        self.sentence.reshaped.connect(self._fit, Qt.ConnectionType.QueuedConnection)
        self.progress, self.stage = QProgressBar(textVisible=False), ElidedLabel()
        self.sentence.setProperty("heading", True)
        self.progress.setFixedWidth(110)
        self.run, self.add = (
            ghost("Run", "Runs over this data set, and what the next one measures"),
            ghost("+ Method"),
        )
        self.start, self.pause = QPushButton("Measure"), ghost("Pause")
        self.start.setProperty("primary", True)
        self.reviewer = QLineEdit(placeholderText="Reviewer")
        self.reviewer.setAccessibleName("Reviewer")
        self.reviewer.setToolTip("Who judges; remembered for the next time")
        self.judge = quiet_label("Reviewer")
        self.others = ghost(
            "Other reviewers…", "Merge another reviewer's verdicts and list where you disagree"
        )
        self.export = QPushButton("Export the good ones…")
        self.export.setToolTip("Write the list of what is bad, which training and evaluation leave out")
        self.choices: dict[str, QAction] = {}
        self.limits, self.sources = QActionGroup(self), QActionGroup(self)
        self.skip = self._checkable("Leave out bad and flagged", on=False)
        self._make_choices()
        self._lay_out()
        self._connect()

    def apply(self, old: PeopleFrame, new: PeopleFrame) -> None:
        """Show a frame's sentence, run and progress."""
        self._frame = new
        compare, running = new.state.face == "compare", new.report is not None
        self.faces.set_chosen(new.state.face)
        self.sentence.setText(new.sentence)
        self._fit()
        self.sentence.setToolTip(plain_tip(new.sentence))
        for widget in (self.run, self.add, self.start):
            widget.setVisible(compare)
        for other in (self.judge, self.reviewer, self.others, self.export):
            other.setVisible(not compare)
        self.pause.setVisible(compare and running)
        self.progress.setVisible(compare and running)
        self.stage.setVisible(compare and running)
        others = old.runs != new.runs or old.state.run != new.state.run or old.known != new.known
        if others or not self.run.menu().actions():
            self._list_methods(new)
            self._fill_menu()
        if old.state.run != new.state.run or old.runs != new.runs:
            self._take_poses_of(new)
        self.skip.setChecked(new.state.without_bad)
        self.run.setText(_short_run(new, short=self.width() < grown(self, SHORT)) + "  ▾")
        self.start.setText("Stop" if running else _start_words(new, len(self.methods())))
        self.start.setEnabled(running or (new.can_run and bool(self.methods())))
        self.pause.setText("Go on" if new.paused else "Pause")
        self.add.setEnabled(not running)
        if new.report is not None:
            self.progress.setRange(0, new.report.total)
            self.progress.setValue(new.report.done)
            done = f"{new.report.done} of {new.report.total}" if new.report.total else new.report.stage
            self.stage.setText(f"{done}, paused" if new.paused else done)
        if not self.reviewer.hasFocus():
            self.reviewer.setText(new.reviewer)

    def add_poses(self, path: str) -> None:
        """Measure on the 2D poses of a file; nothing for no file goes back to the annotated ones."""
        known = {action.data(): action for action in self.sources.actions()}
        if path and path not in known:
            known[path] = self._choice(self.sources, Path(path).name, path)
            self._fill_menu()
        known[path or "annotation"].setChecked(True)

    def methods(self) -> tuple[MethodInfo, ...]:
        """What is measured next."""
        chosen = {id for id, action in self.choices.items() if action.isChecked()}
        return tuple(info for info in self._frame.known if info.id in chosen)

    @property
    def poses(self) -> str:
        """The source of 2D poses of what is measured next."""
        action = self.sources.checkedAction()
        return str(action.data()) if action is not None and action.data() else "annotation"

    # ---- inside

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the sentence a line of its own where there is little room."""
        super().resizeEvent(event)
        self._place_sentence()

    def changeEvent(self, event: QEvent) -> None:
        """Grow with the text."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "_above"):
            self._place_sentence()
            self._fit()

    def _place_sentence(self) -> None:
        self.reviewer.setFixedWidth(grown(self, 110))
        below = self.width() < grown(self, BELOW)
        self.others.setText("Others…" if below else "Other reviewers…")
        self.export.setText("Export…" if below else "Export the good ones…")
        if below != (self._above.indexOf(self.sentence) < 0):
            if below:
                self._lines.addWidget(self.sentence)
            else:
                self._above.insertWidget(SENTENCE, self.sentence, 5)
            QTimer.singleShot(0, self, self._fit)

    def _fit(self) -> None:
        """As high as the lines of the sentence."""
        words = self.sentence.heightForWidth(max(self.sentence.width(), 1))
        buttons = max(HIGH, self.faces.sizeHint().height() + 14)
        below = self._above.indexOf(self.sentence) < 0
        self.setFixedHeight(buttons + words + 4 if below else max(buttons, words + 14))

    def _make_choices(self) -> None:
        for words, limit in LIMITS:
            self._choice(self.limits, words, limit).setChecked(limit is None)
        for source in SOURCES:
            self._choice(self.sources, POSES.get(source, source), source).setChecked(source == "annotation")
        self.run.setMenu(QMenu(self.run))
        self.run.setStyleSheet("QPushButton::menu-indicator { image: none; width: 0; }")

    def _list_methods(self, new: PeopleFrame) -> None:
        """Every method can be measured; one that is new is, but for those that the program brings hidden."""
        for info in new.known:
            if info.id not in self.choices:
                action = self.choices[info.id] = self._checkable(info.title, on=info.id not in ESTIMATORS)
                action.toggled.connect(lambda _on: self.apply(self._frame, self._frame))
            self.choices[info.id].setText(info.title)

    def _fill_menu(self) -> None:
        """Earlier runs, what is left out, and what the next run measures."""
        menu = without_entries(self.run.menu())
        self._title(menu, "Runs over this data set" if self._frame.runs else "No run yet")
        for known in self._frame.runs:
            action = menu.addAction(known.title)
            action.setCheckable(True)
            action.setChecked(known.folder == self._frame.state.run)
            action.triggered.connect(lambda _on, folder=known.folder: self.run_chosen.emit(folder))
        menu.addSeparator()
        menu.addAction(self.skip)
        menu.addAction("Page about the people shown…").triggered.connect(self.page_wanted)
        menu.addSeparator()
        self._title(menu, "The next run measures")
        for info in self._frame.known:
            menu.addAction(self.choices[info.id])
        for title, group in (("2D poses", self.sources), ("How many", self.limits)):
            part = menu.addMenu(title)
            part.addActions(group.actions())
            if group is self.sources:
                part.addAction(FILE).triggered.connect(self.poses_wanted)

    def _take_poses_of(self, new: PeopleFrame) -> None:
        """What is measured next gets 2D poses as the run in view, where their source is listed."""
        run = next((one for one in new.runs if one.folder == new.state.run), None)
        for action in self.sources.actions():
            if run is not None and action.data() == run.poses:
                action.setChecked(True)

    def _title(self, menu: QMenu, words: str) -> None:
        label = ElidedLabel(words)
        label.setContentsMargins(12, 4, 12, 2)
        label.setFixedHeight(label.fontMetrics().height() + 8)
        label.setMinimumWidth(220)
        action = QWidgetAction(menu)
        action.setDefaultWidget(label)
        menu.addAction(action)

    def _start_or_stop(self) -> None:
        if self._frame.report is not None:
            self.stopped.emit()
        elif self.methods():
            self.started.emit(self.methods(), self.limits.checkedAction().data(), self.poses)

    def _checkable(self, words: str, *, on: bool) -> QAction:
        action = QAction(words, self)
        action.setCheckable(True)
        action.setChecked(on)
        return action

    def _choice(self, group: QActionGroup, words: str, data: object) -> QAction:
        action = self._checkable(words, on=False)
        action.setData(data)
        group.addAction(action)
        return action

    def _connect(self) -> None:
        self.faces.chosen.connect(self.face_chosen)
        self.start.clicked.connect(self._start_or_stop)
        self.pause.clicked.connect(self.paused)
        self.add.clicked.connect(self.methods_wanted)
        self.skip.triggered.connect(self.without_bad)
        self.others.clicked.connect(self.merge_wanted)
        self.export.clicked.connect(self.export_wanted)
        self.reviewer.editingFinished.connect(lambda: self.reviewer_changed.emit(self.reviewer.text()))
        self.reviewer.returnPressed.connect(self.reviewer.clearFocus)

    def _lay_out(self) -> None:
        self._lines, self._above = QVBoxLayout(self), QHBoxLayout()
        self._lines.setContentsMargins(14, 7, 14, 7)
        self._lines.setSpacing(4)
        self._lines.addLayout(self._above)
        line = self._above
        line.setSpacing(8)
        line.addWidget(self.faces, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addSpacing(8)
        line.addWidget(self.sentence, 5)
        line.addWidget(self.progress)
        line.addWidget(self.stage, 1)
        line.addStretch(0)
        parts: Sequence[QWidget] = (
            *(self.run, self.add, self.pause, self.start),
            *(self.judge, self.reviewer, self.others, self.export),
        )
        for widget in parts:
            line.addWidget(widget)
        self._fit()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)


def _short_run(frame: PeopleFrame, *, short: bool) -> str:
    run = next((one for one in frame.runs if one.folder == frame.state.run), None)
    if run is None and frame.state.run and frame.compare is not None:  # from another folder
        count = _methods(len(frame.compare.rows))
        return count if short else f"Run: {count}"
    if run is None:
        return "No run" if short else "Run: none chosen"
    return _methods(run.methods) if short else f"Run: {run.title}"


def _methods(count: int) -> str:
    return f"{count} method" if count == 1 else f"{count} methods"


def _start_words(frame: PeopleFrame, methods: int) -> str:
    """Run again, or what a first run would do."""
    if frame.state.run is not None:
        return "Run again"
    noun = "method" if methods == 1 else "methods"
    return f"Measure {frame.photos:,} photos with {methods} {noun}" if frame.photos else "Measure"
