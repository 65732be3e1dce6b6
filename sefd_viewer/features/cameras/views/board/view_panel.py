"""One camera on the board: its name, its error, and its photo."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from sefd_viewer.app.frame import PhotoFrame
from sefd_viewer.features.cameras.board.frame import BoardViewFrame
from sefd_viewer.features.cameras.views.board.board_photo import BoardPhoto
from sefd_viewer.gui.controls import ElidedLabel
from sefd_viewer.gui.photo_frames import show_photo
from sefd_viewer.gui.plain_text import PlainLabel, plain_tip
from sefd_viewer.gui.view_colors import ViewDot

HEADER = 26


class ViewPanel(QWidget):
    """Signals out: `hovered(x, y)` image pixels, `hover_left`, `person_clicked(key)`, `enlarge_asked`."""

    hovered = Signal(float, float)
    hover_left = Signal()
    person_clicked = Signal(str)
    background_clicked = Signal()
    enlarge_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.photo = BoardPhoto()
        self.frame: BoardViewFrame | None = None
        self.dot, self.name, self.about = ViewDot(), PlainLabel(), ElidedLabel()
        self.name.setProperty("heading", True)
        header = QHBoxLayout()
        header.setContentsMargins(8, 0, 8, 0)
        header.setSpacing(8)
        header.addWidget(self.dot)
        header.addWidget(self.name)
        header.addWidget(self.about, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        bar = QWidget()
        bar.setFixedHeight(HEADER)
        bar.setLayout(header)
        layout.addWidget(bar)
        layout.addWidget(self.photo, 1)
        for signal in ("hovered", "hover_left", "person_clicked", "background_clicked", "enlarge_asked"):
            getattr(self.photo, signal).connect(getattr(self, signal))

    def show_frame(self, new: BoardViewFrame) -> None:
        """Show a camera; only what differs from the frame before changes."""
        old, self.frame = self.frame, new
        show_photo(self.photo, PhotoFrame() if old is None else old.photo, new.photo)
        self.dot.show_hue(new.hue)
        self.name.setText(new.name)
        self.about.setText(new.about)
        tip = "Far above the other cameras" if new.outlier else ""
        self.about.setToolTip(plain_tip(tip))
        if old is None or old.outlier != new.outlier:
            for label in (self.name, self.about):
                label.setProperty("problem", new.outlier)
                label.style().unpolish(label)
                label.style().polish(label)

    @property
    def image_size(self) -> tuple[int, int] | None:
        """(width, height) of the photo in view."""
        image = None if self.frame is None else self.frame.photo.image
        return None if image is None else (image.shape[1], image.shape[0])
