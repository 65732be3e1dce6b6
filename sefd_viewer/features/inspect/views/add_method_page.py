"""The page that adds a method: bodies that are there already, a network's weights, or a command to run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.errors import SefdError
from sefd_viewer.features.inspect import actions
from sefd_viewer.gui.cards import Card
from sefd_viewer.gui.controls import push_button, quiet_label
from sefd_viewer.gui.labels import PlainLabel

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller

PREDICTIONS = "Predictions (*.json *.npz *.pkl *.parquet *.h5 *.pt *.pth);;All files (*)"
WEIGHTS = "Weights (*.safetensors *.pth *.pt *.tar);;All files (*)"
ROLES = (
    ("student", "of a student: sees Canny edges"),
    ("baseline", "of a baseline: sees no edges"),
    ("teacher", "of a teacher: is shown what the teacher in use is shown"),
)
BODIES_WORDS = (
    "What a program wrote about the photos (.json .npz .pkl .parquet .h5 .pt), or a folder of such files "
    "or of meshes."
)
COMMAND_WORDS = (
    "{images} becomes a folder of the photos, {poses} their 2D poses as COCO results, {out} the folder that "
    "the program writes into: any file of bodies that opens here. What it does not say itself comes after "
    "a #, such as #smpl-neutral. It runs in a process of its own, only when you press Run on the next page: "
    "never because a session is opened."
)
PHOTOS_NEXT = "Nothing is open: the photos or the data set that it is about are asked for next."
EXAMPLE = "python /models/demo.py --folder {images} --save {out}"


class AddMethodPage(Card):
    """Each of its parts adds a method by the functions that commands and dropped files use."""

    def __init__(self, parent: QWidget, controller: Controller) -> None:
        super().__init__(parent)
        self._controller = controller
        self.least = QSize(660, 0)
        self.title = PlainLabel("One more method")
        self.title.setProperty("type", "page")
        self.file, self.folder = push_button("A file…"), push_button("A folder…")
        self.role, self.weights = QComboBox(), push_button("A checkpoint…")
        for role, words in ROLES:
            self.role.addItem(words, role)
        self.name, self.command = QLineEdit(placeholderText="Its name"), QPlainTextEdit()
        self.command.setPlaceholderText(EXAMPLE)
        self.command.setTabChangesFocus(True)
        self.problem = quiet_label(wrap=True)
        self.add, self.cancel = push_button("Add the command", primary=True), push_button("Cancel")
        for widget, words in (
            (self.role, "What network the weights are of"),
            (self.name, "Name of the command's method"),
            (self.command, "The command"),
        ):
            widget.setAccessibleName(words)
        self._lay_out()
        self.file.clicked.connect(self._ask_file)
        self.folder.clicked.connect(self._ask_folder)
        self.weights.clicked.connect(self._ask_weights)
        self.add.clicked.connect(self._add_command)
        self.cancel.clicked.connect(self.close_card)

    def open(self) -> None:
        """Begin anew; where nothing is open, say that photos are asked for."""
        self.problem.setText(PHOTOS_NEXT)
        self.problem.setVisible(not self._is_open)
        super().open()
        self.file.setFocus()

    # ---- inside

    @property
    def _is_open(self) -> bool:
        content = self._controller.content
        return content.dataset is not None or content.opening is not None

    def _ask_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Predicted bodies", "", PREDICTIONS)
        if path and self._has_photos():
            self.close_card()
            actions.add_file(self._controller, path)

    def _ask_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "A folder of predicted bodies or meshes")
        if path and self._has_photos():
            self.close_card()
            actions.add_file(self._controller, path)

    def _ask_weights(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "A network's weights", "", WEIGHTS)
        if path and self._has_photos():
            self.close_card()
            actions.add_weights(self._controller, path, self.role.currentData())

    def _has_photos(self) -> bool:
        """Whether there are photos that a method is about; where nothing is open, they are asked for."""
        if self._is_open:
            return True
        folder = QFileDialog.getExistingDirectory(self, "The photos or the data set that they are about")
        if folder:
            self._controller.open([folder])
        return bool(folder)

    def _add_command(self) -> None:
        if not self._has_photos():
            return
        try:
            actions.add_command(self._controller, self.name.text().strip(), self.command.toPlainText())
        except SefdError as error:
            self.problem.setText(str(error))
            self.problem.show()
            return
        self.close_card()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 14)
        column.setSpacing(8)
        column.addWidget(self.title)
        _part(column, "Bodies that are there already", BODIES_WORDS)
        column.addLayout(_row(self.file, self.folder))
        _part(column, "A network's weights", "It is asked about whoever is in view.")
        column.addLayout(_row(self.weights, self.role))
        _part(column, "A program that is run", COMMAND_WORDS)
        self.command.setFixedHeight(3 * self.fontMetrics().lineSpacing() + 16)
        column.addWidget(self.name)
        column.addWidget(self.command)
        column.addWidget(self.problem)
        last = _row()
        last.addWidget(self.cancel)
        last.addWidget(self.add)
        column.addLayout(last)


def _part(column: QVBoxLayout, title: str, words: str) -> None:
    heading = PlainLabel(title)
    heading.setProperty("heading", True)
    column.addSpacing(8)
    column.addWidget(heading)
    column.addWidget(quiet_label(words, wrap=True), 0, Qt.AlignmentFlag.AlignTop)


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSizeConstraint(QLayout.SizeConstraint.SetDefaultConstraint)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return row
