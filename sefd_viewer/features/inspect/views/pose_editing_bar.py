"""The line under the photo's name while poses are edited: how new people begin, and buttons."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QToolButton, QWidget

from sefd_viewer.app.pose_edits import NewPose
from sefd_viewer.features.inspect.pose_edits_frame import PoseEditingFrame
from sefd_viewer.gui.controls import quiet_label
from sefd_viewer.gui.plain_text import plain_tip

_STARTS: tuple[tuple[NewPose, str], ...] = (("detector", "as detected"), ("upright", "upright"))


class EditButton(QToolButton):
    """Begins and ends the editing of poses; it only shows what a frame says."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText("Edit")
        self.setAccessibleName("Edit 2D poses")
        self.setToolTip("Drag joints, add and delete people (E)")
        self.setCheckable(True)

    def nextCheckState(self) -> None:
        """Stay as one is: the frame that follows the click decides."""

    def apply(self, new: PoseEditingFrame, *, possible: bool) -> None:
        """Show whether poses are edited, and whether they can be."""
        self.setChecked(new.on)
        self.setEnabled(possible)


class PoseEditingBar(QWidget):
    """Signals out: `start_chosen(word)` and one for each button; `apply` shows a frame."""

    start_chosen = Signal(str)
    swap_clicked = Signal()
    delete_clicked = Signal()
    forget_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.start = QComboBox()
        for word, title in _STARTS:
            self.start.addItem(title, word)
        self.start.setToolTip("How people begin whose box is drawn: as the detector finds them, or upright")
        self.start.setAccessibleName("New people")
        self.swap = _button("Swap sides", "Exchange the selected person's left and right joints (S)")
        self.delete = _button("Delete person", "Take the selected person away (Del)")
        self.forget = _button("Forget edits", "Show this record's poses as they were before the edits")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 0, 8, 4)
        layout.setSpacing(6)
        layout.addWidget(quiet_label("New people"))
        layout.addWidget(self.start)
        layout.addStretch(1)
        for button in (self.swap, self.delete, self.forget):
            layout.addWidget(button)
        self.start.activated.connect(lambda _i: self.start_chosen.emit(self.start.currentData()))
        self.swap.clicked.connect(self.swap_clicked)
        self.delete.clicked.connect(self.delete_clicked)
        self.forget.clicked.connect(self.forget_clicked)
        self.hide()

    def apply(self, new: PoseEditingFrame) -> None:
        """Show a frame's choices; the bar is there only while poses are edited."""
        self.setVisible(new.on)
        self.start.setCurrentIndex(self.start.findData(new.start))
        for button in (self.swap, self.delete):
            button.setEnabled(new.selected is not None)
        self.forget.setEnabled(new.edited)


def _button(title: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(title)
    button.setToolTip(plain_tip(tip))
    return button
