"""The case in view: the photo with one method's bodies, and buttons for the others'."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QToolButton

from sefd_viewer.app.frame import Frame
from sefd_viewer.app.methods import METHODS, TITLES
from sefd_viewer.gui.controls import ElidedLabel
from sefd_viewer.gui.panes import Pane, header
from sefd_viewer.gui.photo_frames import show_photo
from sefd_viewer.gui.photo_view import PhotoView
from sefd_viewer.gui.plain_text import PlainLabel


class CasePane(Pane):
    """Signals out: `overlay_chosen(method)`, `opened` by the button that shows the case in Inspect."""

    overlay_chosen = Signal(str)
    opened = Signal()

    def __init__(self) -> None:
        self.view = PhotoView()
        self.about = ElidedLabel()
        self._buttons = QButtonGroup()
        buttons = [self._button(method) for method in METHODS]
        self._open = QToolButton()
        self._open.setText("Inspect")
        self._open.setToolTip("Show this case with all methods in 3D (double click on a row)")
        line = header(PlainLabel("Case"), self.about, *buttons, self._open)
        super().__init__(line, self.view)
        self._buttons.buttonClicked.connect(lambda one: self.overlay_chosen.emit(one.property("method")))
        self._open.clicked.connect(self.opened)

    def apply(self, old: Frame, new: Frame) -> None:
        """Show a frame's photo."""
        show_photo(self.view, old.photo, new.photo)
        self.about.setText("   ".join((new.photo.caption, *new.results.case_tags)))
        for button in self._buttons.buttons():
            method = button.property("method")
            button.setVisible(method in new.layers.methods)
            button.setChecked(method == new.layers.overlay)

    def _button(self, method: str) -> QToolButton:
        button = QToolButton()
        button.setText(TITLES[method])
        button.setCheckable(True)
        button.setProperty("method", method)
        self._buttons.addButton(button)
        return button
