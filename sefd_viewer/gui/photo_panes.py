"""The photo with its layers, and beside it the same photo with other methods' bodies where that is wanted."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from sefd_viewer.app.frame import Frame, PhotoFrame
from sefd_viewer.app.methods import COLORS, METHODS, TITLES, Method
from sefd_viewer.features.inspect.pose_edits_frame import PoseEditingFrame
from sefd_viewer.features.inspect.views.pose_editing import PoseEditor
from sefd_viewer.features.inspect.views.pose_editing_bar import EditButton, PoseEditingBar
from sefd_viewer.gui.controls import Dot, ElidedLabel
from sefd_viewer.gui.divider import Divider
from sefd_viewer.gui.panes import HEADER, Pane, header
from sefd_viewer.gui.photo_frames import show_photo
from sefd_viewer.gui.photo_view import PhotoView
from sefd_viewer.gui.plain_text import PlainLabel
from sefd_viewer.gui.safe_overrides import SafeOverrides


class PhotoPane(Pane):
    """The photo with its layers, and the divider between two methods; `editor` and `bar` edit poses."""

    def __init__(self) -> None:
        self.view = PhotoView()
        self.editor, self.bar = PoseEditor(self.view), PoseEditingBar()
        self.edit, self.divider = EditButton(), Divider(self.view)
        self.title, self._dot, self._about = PlainLabel("Photo"), Dot(COLORS["truth"]), ElidedLabel()
        self._dot.hide()
        super().__init__(header(self._dot, self.title, self._about, self.edit), self.view)
        self.add_bar(self.bar)

    def apply(self, old: Frame, new: Frame) -> None:
        """Show a frame's photo, named after its method where several photos or a flicker show methods."""
        show_photo(self.view, old.photo, new.photo)
        self.divider.show_at(new.photo.wipe, new.photo.sides)
        method = new.photo.method
        self._dot.setVisible(method is not None)
        self._dot.set_color(COLORS[method or "truth"])
        self.title.setText("Photo" if method is None else TITLES[method])
        about = () if new.photo.beside else _about(new.photo)  # several photos leave no room for more
        self._about.setText("   ".join(part for part in (errors_of(method, new), *about) if part))
        self.edit.setVisible(not new.photo.beside or new.pose_editing.on)

    def apply_editing(self, new: PoseEditingFrame, *, possible: bool) -> None:
        """Show what a frame says about the editing of poses."""
        self.edit.apply(new, possible=possible)
        self.bar.apply(new)
        self.editor.apply(new)


class SidePane(Pane):
    """The photo with another method's bodies; it zooms and pans with the first photo."""

    def __init__(self, method: Method, photo: PhotoView) -> None:
        self.view, self.note, self._photo = PhotoView(), ElidedLabel(), photo
        super().__init__(header(Dot(COLORS[method]), PlainLabel(TITLES[method]), self.note), self.view)
        photo.link_to(self.view)

    def apply(self, old: PhotoFrame, new: PhotoFrame, errors: str) -> None:
        """Show a frame's photo of this method."""
        self.view.blockSignals(True)  # a new picture is fitted, which the first photo need not follow
        show_photo(self.view, old, new)
        self.view.blockSignals(False)
        self.view.follow(self._photo.viewport)
        self.note.setText(errors)


class PhotoPanes(SafeOverrides, QWidget):
    """One to four photos in the grid that makes them largest. Signal out: `added(view)`, a further photo."""

    added = Signal(PhotoView)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.first = PhotoPane()
        self.sides: dict[Method, SidePane] = {}
        self._shown: dict[Method, PhotoFrame] = {}
        self._photo_size, self._columns = (1, 1), 1
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(1)
        self._grid.addWidget(self.first, 0, 0)

    def apply(self, old: Frame, new: Frame) -> None:
        """Show a frame's photos."""
        self.first.apply(old, new)
        wanted = {photo.method: photo for photo in new.photo.beside if photo.method is not None}
        image = new.photo.image
        if image is not None:
            self._photo_size = image.shape[1], image.shape[0]
        if list(wanted) != list(self._shown) or self._best_columns(len(wanted) + 1) != self._columns:
            self._place(list(wanted))
        for method, photo in wanted.items():
            self.sides[method].apply(self._shown.get(method, PhotoFrame()), photo, errors_of(method, new))
        self._shown = wanted

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Find the grid anew."""
        super().resizeEvent(event)
        if self._shown and self._best_columns(len(self._shown) + 1) != self._columns:
            self._place(list(self._shown))

    def _best_columns(self, count: int) -> int:
        return columns_of(count, self._photo_size, (self.width(), self.height()))

    def _place(self, methods: list[Method]) -> None:
        count = len(methods) + 1
        columns = self._columns = self._best_columns(count)
        for method in METHODS:
            if method in methods and method not in self.sides:
                self.sides[method] = SidePane(method, self.first.view)
                self.added.emit(self.sides[method].view)
            if method in self.sides and method not in methods:
                self._grid.removeWidget(self.sides[method])
                self.sides[method].hide()
        for place, method in enumerate(methods, start=1):
            self._grid.addWidget(self.sides[method], *divmod(place, columns))
            self.sides[method].show()
        for place in range(len(METHODS)):
            self._grid.setColumnStretch(place, int(place < columns))
            self._grid.setRowStretch(place, int(place * columns < count))


def columns_of(count: int, photo: tuple[int, int], room: tuple[int, int]) -> int:
    """In how many columns `count` photos (w, h) below their names are largest in a room (w, h)."""

    def scale(columns: int) -> float:
        rows = math.ceil(count / columns)
        return min(room[0] / columns / photo[0], (room[1] / rows - HEADER) / photo[1])

    return max(range(1, count + 1), key=scale)


def errors_of(method: Method | None, frame: Frame) -> str:
    """A method's mean error in few words, as there is little room; empty without any."""
    errors = next((mesh.errors for mesh in frame.meshes if mesh.method == method), "")
    return errors.removeprefix("MPJPE ")


def _about(photo: PhotoFrame) -> tuple[str, str]:
    size = "" if photo.image is None else f"{photo.image.shape[1]} × {photo.image.shape[0]}"
    return photo.caption, size
