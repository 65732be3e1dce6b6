"""The case in view: its photo with the annotation drawn on it, its verdict, and what is known about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from sefd_viewer.app.frame import Frame
from sefd_viewer.features.people.review.state import CASE_LAYERS
from sefd_viewer.features.people.views.review.areas import scrolled
from sefd_viewer.features.people.views.review.buttons import word_button
from sefd_viewer.features.people.views.review.case_notes import CaseNotes
from sefd_viewer.features.people.views.review.verdict_form import VerdictBar, VerdictForm
from sefd_viewer.gui.controls import ElidedLabel
from sefd_viewer.gui.panes import Pane
from sefd_viewer.gui.photo_frames import show_photo
from sefd_viewer.gui.photo_view import PhotoView
from sefd_viewer.gui.plain_text import PlainLabel, plain_tip

AROUND = 0.35
"""How much of the photo is shown around the person, as a share of the box."""


class CasePhoto(Pane):
    """The photo under the case's name, with switches for what is drawn on it."""

    layer_switched = Signal(str, bool)
    close_switched = Signal(bool)

    def __init__(self) -> None:
        self.view = PhotoView()
        self.title = PlainLabel()
        self.title.setProperty("heading", True)
        self.title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._about = ElidedLabel()
        self.layers = {key: word_button(title, checkable=True) for key, title in CASE_LAYERS.items()}
        self.near = word_button("Close-up", checkable=True, tip="The person, or the whole photo")
        super().__init__(self._header(), self.view)
        for key, button in self.layers.items():
            button.clicked.connect(lambda on, key=key: self.layer_switched.emit(key, on))
        self.near.clicked.connect(self.close_switched)

    def apply(self, old: Frame, new: Frame) -> None:
        """Show a frame's photo and name, near the person when it is another case."""
        show_photo(self.view, old.photo, new.photo)
        case, state = new.review.case, new.review.state
        self.title.setText(_short(case.title) if case is not None else "")
        self.title.setToolTip(plain_tip(case.title if case is not None else ""))
        self._about.setText(case.about if case is not None else "")
        for key, button in self.layers.items():
            button.setChecked(key in state.layers)
        self.near.setChecked(state.close)
        if _place(old) != _place(new) or old.photo.image is not new.photo.image:
            self.frame_person(new)

    def frame_person(self, frame: Frame) -> None:
        """Bring the person near, or show the whole photo."""
        case = frame.review.case
        box = case.box_xywh if case is not None and frame.review.state.close else None
        if frame.photo.image is None:
            return
        if box is None:
            self.view.fit()
            return
        height, width = frame.photo.image.shape[:2]
        view = (self.view.width(), self.view.height())
        self.view.show_rect(around(box, (width, height), view))

    def _header(self) -> QWidget:
        header = QWidget()
        layout = QHBoxLayout(header)
        layout.setContentsMargins(10, 0, 8, 0)
        layout.setSpacing(4)
        layout.addWidget(self.title)
        layout.addSpacing(4)
        layout.addWidget(self._about, 1)
        for button in self.layers.values():
            layout.addWidget(button)
        layout.addWidget(self.near)
        return header


class CaseView(QSplitter):
    """Photo above; below it the verdict and what is known."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.photo, self.bar, self.form, self.notes = CasePhoto(), VerdictBar(), VerdictForm(), CaseNotes()
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        self.addWidget(self.photo)
        self.addWidget(self._below())
        self.setStretchFactor(0, 1)
        self.setSizes([470, 330])

    def apply(self, old: Frame, new: Frame) -> None:
        """Show a frame's case."""
        self.photo.apply(old, new)
        if old.review is not new.review:
            self.bar.apply(new.review)
            self.form.apply(old.review, new.review)
            self.notes.apply(new.review)

    def _below(self) -> QWidget:
        """The verdict's buttons over the form and the notes, side by side."""
        form = scrolled(self.form)
        halves = QSplitter(Qt.Orientation.Horizontal)
        halves.setHandleWidth(1)
        halves.setChildrenCollapsible(False)
        halves.addWidget(form)
        halves.addWidget(self.notes)
        halves.setSizes([360, 240])
        below = QWidget()
        layout = QVBoxLayout(below)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.bar)
        layout.addWidget(halves, 1)
        return below


def _place(frame: Frame) -> object:
    """What decides which part of the photo is shown."""
    case = frame.review.case
    return frame.review.state.close, case.box_xywh if case is not None else None


def around(
    box_xywh: tuple[float, float, float, float], image: tuple[int, int], view: tuple[int, int]
) -> tuple[float, float, float, float]:
    """The part of an image (left, top, right, bottom) that shows a box in a view, without its surroundings.

    It has the view's shape and lies inside the image as far as it can; sizes are (width, height).
    """
    x, y, width, height = box_xywh
    margin = AROUND * max(width, height)
    wanted = width + 2 * margin, height + 2 * margin
    scale = min(view[0] / wanted[0], view[1] / wanted[1])
    edges = []
    for middle, size, room in ((x + width / 2, image[0], view[0]), (y + height / 2, image[1], view[1])):
        half = room / scale / 2
        centre = size / 2 if 2 * half >= size else min(max(middle, half), size - half)
        edges.append((centre - half - 0.5, centre + half - 0.5))
    return edges[0][0], edges[1][0], edges[0][1], edges[1][1]


def _short(title: str, *, letters: int = 44) -> str:
    """A long name with its middle left out."""
    half = (letters - 1) // 2
    return title if len(title) <= letters else f"{title[:half]}…{title[-half:]}"
