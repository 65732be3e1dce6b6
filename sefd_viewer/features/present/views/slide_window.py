"""A slide that fills the screen: the photo with a divider, two 3D views, and one number in words."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEasingCurve, Qt, QVariantAnimation
from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from sefd_viewer.app.controller import Controller
from sefd_viewer.app.frame import Frame, MeshFrame, PhotoFrame, same
from sefd_viewer.app.methods import COLORS
from sefd_viewer.features.present import effects
from sefd_viewer.features.present.ballot import Choice
from sefd_viewer.features.present.frame import SlideFrame
from sefd_viewer.features.present.views.results_table import ResultsTable
from sefd_viewer.gui.controls import Dot, quiet_label
from sefd_viewer.gui.divider import Divider
from sefd_viewer.gui.mesh_view import MeshView, MeshViewGroup, body_meshes
from sefd_viewer.gui.panes import say
from sefd_viewer.gui.photo_frames import show_photo
from sefd_viewer.gui.photo_view import PhotoView
from sefd_viewer.gui.plain_text import PlainLabel
from sefd_viewer.gui.safe_overrides import SafeOverrides

SWEEP_MS = 2600
TURN_MS = 500
KEYS = "←  →  cases     Space  before / after     W  wipe     Esc  leave"
BLIND_KEYS = f"1  A is better     2  B is better     0  no difference     {KEYS.partition('     ')[2]}"
END_KEYS = "Esc  leave"
VOTES: dict[Qt.Key, Choice] = {Qt.Key.Key_1: "left", Qt.Key.Key_2: "right", Qt.Key.Key_0: "neither"}
STEPS = {
    **dict.fromkeys((Qt.Key.Key_Right, Qt.Key.Key_PageDown, Qt.Key.Key_D), 1),
    **dict.fromkeys((Qt.Key.Key_Left, Qt.Key.Key_PageUp, Qt.Key.Key_A), -1),
}


class SidePane(QWidget):
    """One side's bodies in 3D under its name."""

    def __init__(self, group: MeshViewGroup) -> None:
        super().__init__()
        self.dot, self.name, self.view = Dot((128, 128, 128), diameter=16), PlainLabel(), MeshView()
        self.view.join(group)
        line = QHBoxLayout()
        line.setSpacing(10)
        line.addWidget(self.dot)
        line.addWidget(self.name, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(line)
        layout.addWidget(self.view, 1)
        self._mesh: MeshFrame | None = None

    def apply(self, new: Frame, name: str, mesh: MeshFrame | None, *, disguised: bool) -> None:
        """Show a method's bodies; without its colour where it is disguised."""
        self.name.setText(name)
        self.dot.setVisible(not disguised)
        if mesh is None:
            self._mesh = None
            self.view.set_bodies([])
            return
        self.dot.set_color(COLORS[mesh.method])
        before, self._mesh = self._mesh, mesh
        if before is None or before.camera is not mesh.camera:
            self.view.set_photo(new.photo.image, mesh.camera)
        if before is None or before.up != mesh.up:
            self.view.set_up(mesh.up)
        if before is None or not same(before.bodies, mesh.bodies):
            self.view.set_bodies(body_meshes(mesh))
        self.view.set_mode("orbit")
        say(self.view, mesh.words)


class SlideWindow(SafeOverrides, QWidget):
    """Follows the controller's slide; keys go on, vote and leave."""

    def __init__(self, controller: Controller, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self._controller, self._frame = controller, Frame()
        self._pictured = PhotoFrame()
        self.setWindowTitle("Presentation")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.title, self.number, self.sentence = PlainLabel(), PlainLabel(), PlainLabel()
        self.note, self.keys = quiet_label("", wrap=True), quiet_label()
        self.photo = PhotoView()
        self.divider = Divider(self.photo)
        self._group = MeshViewGroup(parent=self)
        self.sides = (SidePane(self._group), SidePane(self._group))
        self.results = ResultsTable()
        self._body = QStackedWidget()
        self._lay_out()
        self.divider.moved.connect(self._wipe)
        self._sweep = QVariantAnimation(self)
        self._sweep.setEasingCurve(QEasingCurve.Type.InOutSine)
        self._sweep.valueChanged.connect(self._show_wipe)
        self._sweep.finished.connect(lambda: self._wipe(float(self._sweep.endValue())))

    def apply(self, _old: Frame, new: Frame) -> None:
        """Show a frame's slide; without one the window goes away."""
        old, self._frame = self._frame, new
        if new.slide is None:
            self._sweep.stop()
            self.hide()
            return
        if not self.isVisible():
            self.showFullScreen()
            self.activateWindow()
        if old.slide is None or old.slide.number != new.slide.number:
            self._sweep.stop()
        if new.slide.revealed:
            self.results.show_results(new.slide, self._size())
            self._body.setCurrentWidget(self.results)
        else:
            self._show_pictures(new, new.slide)
        self._show_words(new.slide)

    # ---- Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go on, vote, wipe or leave."""
        slide, key = self._frame.slide, Qt.Key(event.key())
        if slide is None:
            return
        if key == Qt.Key.Key_Escape:
            effects.leave(self._controller)
        elif slide.revealed:
            return
        elif key in VOTES and slide.blind:
            effects.vote(self._controller, VOTES[key])
        elif key in STEPS:
            effects.go(self._controller, STEPS[key])
        elif key == Qt.Key.Key_Space:
            self._run_sweep(0.0 if self._frame.photo.wipe else 1.0, TURN_MS)
        elif key == Qt.Key.Key_W:
            self._run_sweep(0.5, SWEEP_MS, by=(1.0, 0.0))
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Letters grow with the screen."""
        super().resizeEvent(event)
        size = self._size()
        for label, share in ((self.title, 1.0), (self.number, 0.6), (self.sentence, 1.0), (self.note, 0.62)):
            weight = 600 if label in (self.title, self.sentence) else 400
            label.setStyleSheet(f"font-size: {round(size * share)}px; font-weight: {weight};")
        self.keys.setStyleSheet(f"font-size: {max(round(size * 0.42), 12)}px;")
        for side in self.sides:
            side.name.setStyleSheet(f"font-size: {round(size * 0.8)}px; font-weight: 600;")
        if self._frame.slide is not None and self._frame.slide.revealed:
            self.results.show_results(self._frame.slide, size)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing the window leaves the slides."""
        effects.leave(self._controller)
        super().closeEvent(event)

    # ---- inside

    def _size(self) -> int:
        """The height of large letters in pixels."""
        return max(round(self.height() / 32), 18)

    def _show_pictures(self, new: Frame, slide: SlideFrame) -> None:
        self._body.setCurrentIndex(0)
        show_photo(self.photo, self._pictured, new.photo)
        self._pictured = new.photo
        self.divider.show_at(new.photo.wipe, slide.names)
        meshes = {mesh.method: mesh for mesh in new.meshes}
        for side, name, method in zip(self.sides, slide.names, slide.methods, strict=True):
            side.apply(new, name, meshes.get(method), disguised=slide.blind)

    def _show_words(self, slide: SlideFrame) -> None:
        self.title.setText("The result" if slide.revealed else slide.case.title or slide.case.record)
        self.number.setText("" if slide.revealed else f"{slide.number} / {slide.count}")
        self.sentence.setText("" if slide.revealed else slide.sentence)
        self.note.setText("" if slide.revealed else slide.case.note)
        self.note.setVisible(bool(self.note.text()))
        self.keys.setText(END_KEYS if slide.revealed else BLIND_KEYS if slide.blind else KEYS)

    def _run_sweep(self, end: float, milliseconds: int, *, by: tuple[float, ...] = ()) -> None:
        """Move the divider to `end`, by way of other places."""
        if self._frame.photo.wipe is None:
            return
        self._sweep.stop()
        self._sweep.setKeyValues([])
        self._sweep.setStartValue(float(self._frame.photo.wipe))
        self._sweep.setEndValue(end)
        for number, place in enumerate(by, start=1):
            self._sweep.setKeyValueAt(number / (len(by) + 1), place)
        self._sweep.setDuration(milliseconds)
        self._sweep.start()

    def _show_wipe(self, share: float) -> None:
        if self._frame.slide is not None and self._frame.photo.wipe is not None:
            self.photo.set_divider(share)
            self.divider.show_at(share, self._frame.slide.names)

    def _wipe(self, share: float) -> None:
        state = self._controller.state
        if state.presentation.slide is not None:
            self._controller.store.set(replace(state, wipe=share), remember=False)

    def _lay_out(self) -> None:
        pictures = QWidget()
        across = QHBoxLayout(pictures)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(18)
        across.addWidget(self.photo, 5)
        down = QVBoxLayout()
        down.setSpacing(14)
        for side in self.sides:
            down.addWidget(side, 1)
        across.addLayout(down, 3)
        self._body.addWidget(pictures)
        self._body.addWidget(self.results)
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.number)
        foot.addWidget(self.sentence, 1)
        self.sentence.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(40, 26, 40, 20)
        layout.setSpacing(14)
        layout.addLayout(head)
        layout.addWidget(self._body, 1)
        layout.addLayout(foot)
        layout.addWidget(self.note)
        layout.addWidget(self.keys)
