"""Where files are dropped on the start page, and where it is said why something could not be opened."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout

from sefd_viewer.app.start import FORMATS, StartView, did_you_mean
from sefd_viewer.gui.controls import push_button, quiet_label, set_mark, text_label

OPENERS = {
    "Open photos…": "open_images",
    "Open folder or data set…": "open_folder",
    "Add predictions…": "add_method",
}
"""What its buttons say, and the commands that they run."""


class DropZone(QFrame):
    """Where files are dropped, and what opens them; what could not be opened is said here."""

    command = Signal(str)
    folder_chosen = Signal(str)
    stopped = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("drop")
        self.setMinimumHeight(170)
        self.title = text_label("", "lead", wrap=True)
        self.title.setProperty("heading", True)
        self.words = quiet_label(wrap=True)
        self.words.setProperty("type", "small")
        self.bar = QProgressBar(textVisible=False)
        self.stop = push_button("Stop")
        self.instead = push_button("", primary=True)
        self._folder = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 18, 16, 18)
        column.setSpacing(10)
        column.addStretch(1)
        for label in (self.title, self.words):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.title)
        column.addLayout(self._button_row())
        column.addWidget(self.words)
        column.addWidget(self.bar)
        column.addStretch(1)
        self.stop.clicked.connect(self.stopped)
        self.instead.clicked.connect(lambda: self.folder_chosen.emit(self._folder))
        self.apply(StartView())

    def apply(self, view: StartView) -> None:
        """Invite, tell how far the opening is, or why it failed."""
        title, words = "Drop photos, a folder, a video or a data set here", FORMATS
        if view.opening:
            title, words = f"Opening {view.opening}", view.stage or "Looking at what it is"
        elif view.problem:
            title, words = "This cannot be opened", view.problem
        self._folder = "" if view.opening else did_you_mean(view.problem)
        self.title.setText(title)
        self.words.setText(words)
        set_mark(self.title, "problem", bool(view.problem) and not view.opening)
        self.instead.setText(f"Open {self._folder}")
        self.instead.setVisible(bool(self._folder))
        self.bar.setVisible(bool(view.opening))
        self.stop.setVisible(bool(view.opening))
        self.bar.setRange(0, 0 if view.share is None else 100)
        self.bar.setValue(round(100 * (view.share or 0.0)))

    def set_over(self, over: bool) -> None:
        """Light up while something is held over the window."""
        set_mark(self, "over", over)

    def _button_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        for words, id in OPENERS.items():
            button = push_button(words)
            button.clicked.connect(lambda _on=False, id=id: self.command.emit(id))
            row.addWidget(button)
        row.addWidget(self.instead)
        row.addWidget(self.stop)
        row.addStretch(1)
        return row
