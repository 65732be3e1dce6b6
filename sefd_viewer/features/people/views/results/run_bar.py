"""The line above the results: what is run, how far it is, and which run is in view."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QProgressBar, QPushButton, QWidget

from sefd_viewer.app.methods import COLORS, TITLES
from sefd_viewer.evaluation.runs.methods import Method
from sefd_viewer.evaluation.runs.pose_sources import SOURCES
from sefd_viewer.features.people.results.frame import KnownRun, ResultsFrame
from sefd_viewer.gui.controls import Dot, ElidedLabel
from sefd_viewer.gui.plain_text import PlainLabel
from sefd_viewer.inference.messages import ROLES

ALL = "All records"
LIMITS = (("First 20 records", 20), ("First 200 records", 200), ("First 2,000 records", 2000), (ALL, None))


POSES = {
    "annotation": "Annotated poses",
    "detector": "Detected poses",
    "estimated": "Estimated poses",
    "openpose": "The set's OpenPose",
    "higherhrnet": "The set's HigherHRNet",
}
"""What sources of 2D poses are called; others go by their names."""

_FILE = "A file of poses…"


class RunBar(QWidget):
    """Signals out: `started(methods, limit, poses)`, `paused`, `stopped`, `run_chosen(folder)`.

    `file_wanted` asks for a file of predictions, `poses_wanted` for one of 2D poses.
    """

    started = Signal(object, object, str)
    poses_wanted = Signal()
    paused = Signal()
    stopped = Signal()
    run_chosen = Signal(str)
    file_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._files: list[Method] = []
        self.runs = QComboBox()
        self.runs.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.runs.setMinimumContentsLength(16)
        self.runs.setToolTip("Runs over this data set that were made earlier")
        self.roles = {role: QCheckBox(TITLES[role]) for role in ROLES}
        self.file = QPushButton("Add predictions…")
        self.file.setToolTip(
            "Compare with predictions from a file: our JSON folder, .npz or a 3DPW-style .pkl"
        )
        self.limit = QComboBox()
        for words, limit in LIMITS:
            self.limit.addItem(words, limit)
        self.limit.setCurrentText(ALL)
        self.poses = QComboBox()
        self.poses.setToolTip("Which 2D poses the networks get")
        for source in SOURCES:
            self.poses.addItem(POSES.get(source, source), source)
        self.poses.addItem(_FILE, None)
        self.start, self.pause = QPushButton("Run"), QPushButton("Pause")
        self.start.setProperty("primary", True)
        self.progress = QProgressBar(textVisible=False)
        self.progress.setFixedWidth(120)
        self.stage = ElidedLabel()
        self._running = False
        self._list_runs(ResultsFrame())
        self._lay_out()
        self.start.clicked.connect(self._start_or_stop)
        self.pause.clicked.connect(self.paused)
        self.file.clicked.connect(self.file_wanted)
        self.poses.activated.connect(self._choose_poses)
        self.runs.activated.connect(lambda _i: self.run_chosen.emit(self.runs.currentData() or ""))

    def apply(self, old: ResultsFrame, new: ResultsFrame) -> None:
        """Show a frame's runs and progress."""
        if old.runs != new.runs or old.state.run != new.state.run:
            self._list_runs(new)
        report = new.report
        self._running = report is not None
        self.start.setText("Stop" if self._running else "Run")
        self.start.setEnabled(self._running or new.can_run)
        self.pause.setText("Go on" if new.paused else "Pause")
        self.pause.setVisible(self._running)
        self.progress.setVisible(self._running)
        for choice in (*self.roles.values(), self.file, self.poses, self.limit):
            choice.setEnabled(not self._running)
        if report is None:
            self.stage.setText("")
            return
        self.progress.setRange(0, report.total)
        self.progress.setValue(report.done)
        done = f"{report.done} of {report.total} records" if report.total else report.stage
        self.stage.setText(f"{done}, paused" if new.paused else done)

    def add_file(self, path: str, name: str) -> None:
        """Compare with the predictions of a file from the next run on."""
        self._files.append(Method(name, predictions=path))
        self.file.setText(f"{len(self._files)} file{'s' if len(self._files) > 1 else ''} added…")

    def add_poses(self, path: str) -> None:
        """Run the networks on the 2D poses of a file; nothing for no file goes back to the annotated ones."""
        place = self.poses.findData(path) if path else 0
        if place < 0:
            place = self.poses.count() - 1
            self.poses.insertItem(place, Path(path).name, path)
            self.poses.setItemData(place, path, Qt.ItemDataRole.ToolTipRole)
        self.poses.setCurrentIndex(place)

    def methods(self) -> tuple[Method, ...]:
        """What is to be run."""
        chosen = [Method(role, role) for role, box in self.roles.items() if box.isChecked()]
        return (*chosen, *self._files)

    def _list_runs(self, new: ResultsFrame) -> None:
        self.runs.clear()
        self.runs.addItem("Earlier runs" if new.runs else "No earlier runs", "")
        for run in new.runs:
            self.runs.addItem(run.title, run.folder)
        place = self.runs.findData(new.state.run) if new.state.run else 0
        self.runs.setCurrentIndex(max(place, 0))
        self._take_poses_of(next((run for run in new.runs if run.folder == new.state.run), None))
        self.runs.setEnabled(bool(new.runs))

    def _take_poses_of(self, run: KnownRun | None) -> None:
        """What is run next gets 2D poses as the run in view, where their source is listed."""
        place = -1 if run is None else self.poses.findData(run.poses)
        if place >= 0:
            self.poses.setCurrentIndex(place)

    def _start_or_stop(self) -> None:
        if self._running:
            self.stopped.emit()
        elif self.methods():
            self.started.emit(self.methods(), self.limit.currentData(), self.poses.currentData())

    def _choose_poses(self, place: int) -> None:
        if self.poses.itemData(place) is None:
            self.poses_wanted.emit()

    def _lay_out(self) -> None:
        line = QHBoxLayout(self)
        line.setContentsMargins(10, 8, 10, 8)
        line.setSpacing(8)
        for role, box in self.roles.items():
            box.setChecked(True)
            line.addWidget(Dot(COLORS[role]))
            line.addWidget(box)
        for widget in (self.file, self.poses, self.limit, self.start, self.pause, self.progress):
            line.addWidget(widget)
        line.addWidget(self.stage, 1)
        line.addWidget(PlainLabel("Run in view"))
        line.addWidget(self.runs, 1)
