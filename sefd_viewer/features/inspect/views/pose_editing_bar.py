"""The line under the photo's name while poses are edited: how new people begin, and buttons."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QToolButton, QWidget

from sefd_viewer.app.pose_edits import POSE_EDITING, NewPose
from sefd_viewer.features.inspect.pose_edits_actions import with_editing, with_start
from sefd_viewer.features.inspect.pose_edits_frame import PoseEditingFrame
from sefd_viewer.features.inspect.pose_edits_service import poses_of
from sefd_viewer.gui.controls import quiet_label
from sefd_viewer.gui.flow_layout import FlowLayout
from sefd_viewer.gui.labels import plain_tip

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.features.inspect.views.pose_editing import PoseEditor

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
        self.delete = _button("Delete", "Take the selected person away (Del)")
        self.forget = _button("Forget edits", "Show this photo's poses as they were before the edits")
        layout = FlowLayout(self)  # the photo's pane is one of five: words go on in the next line
        layout.setContentsMargins(10, 0, 8, 4)
        words = quiet_label("New people")
        words.setMinimumHeight(self.start.sizeHint().height())
        for part in (words, self.start, self.swap, self.delete, self.forget):
            layout.addWidget(part)
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


def connect_pose_editing(
    editor: PoseEditor, bar: PoseEditingBar, button: EditButton, controller: Controller
) -> None:
    """Joints that are dragged, people who are added and taken away."""
    poses = poses_of(controller)

    def toggle() -> None:
        controller.store.set(
            with_editing(controller.state, not POSE_EDITING.of(controller.state).on), remember=False
        )

    def with_selected(change: Callable[[str], None]) -> Callable[[], None]:
        def run() -> None:
            if controller.state.person is not None:
                change(controller.state.person)

        return run

    button.clicked.connect(toggle)
    editor.left.connect(toggle)
    editor.grabbed.connect(poses.hold)
    editor.dragged.connect(lambda x, y, whole: poses.drag((x, y), whole=whole))
    editor.dropped.connect(poses.drop)
    editor.cancelled.connect(poses.cancel)
    editor.toggled.connect(poses.toggle)
    editor.box_drawn.connect(lambda x, y, width, height: poses.add((x, y, width, height)))
    bar.start_chosen.connect(
        lambda start: controller.store.set(with_start(controller.state, start), remember=False)
    )
    bar.swap_clicked.connect(with_selected(poses.swap_sides))
    bar.delete_clicked.connect(with_selected(poses.delete))
    bar.forget_clicked.connect(poses.forget_edits)
