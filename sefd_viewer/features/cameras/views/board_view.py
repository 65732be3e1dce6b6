"""The workspace "Cameras": photos of all views, pages with numbers beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from sefd_viewer.app.controller import Controller
from sefd_viewer.app.frame import Frame, same
from sefd_viewer.features.cameras.actions import step_moment
from sefd_viewer.features.cameras.frame import FRAME, CamerasFrame
from sefd_viewer.features.cameras.model import (
    CAMERAS,
    Layout,
    choose_joint,
    choose_person,
    enlarge,
    with_board,
    with_bodies_of,
    with_layout,
    with_mode,
)
from sefd_viewer.features.cameras.views.grid import ViewGrid
from sefd_viewer.features.cameras.views.moment_bar import ModeBar, MomentBar
from sefd_viewer.features.cameras.views.tabs import BoardTabs
from sefd_viewer.features.cameras.views.timeline import TimelinePane
from sefd_viewer.features.cameras.views.world import WorldView
from sefd_viewer.gui.labels import ElidedLabel

if TYPE_CHECKING:
    from sefd_viewer.features.cameras.pointing import Pointed


REACH = 12.0
"""How far from the pointer a joint still counts, in pixels of the screen."""


class BoardView(QWidget):
    """Signals out say what a person did; `apply` shows a frame."""

    stepped = Signal(int)
    mode_chosen = Signal(str)
    layout_chosen = Signal(str)
    wiped = Signal(float)
    layer_toggled = Signal(str, bool)
    method_toggled = Signal(str)
    person_clicked = Signal(str)
    joint_clicked = Signal(str, str)
    nobody_clicked = Signal()
    enlarge_asked = Signal(str, str)
    tab_chosen = Signal(str)
    record_chosen = Signal(str)
    measuring_changed = Signal(bool)

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.moment, self.bar, self.grid = MomentBar(), ModeBar(), ViewGrid()
        self.note, self.tabs = ElidedLabel(), BoardTabs(controller)
        self.note.setContentsMargins(12, 0, 12, 3)
        self._board = CamerasFrame()
        self._pointed: Pointed | None = None
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.grid, 1)
        column.addWidget(self.note)
        self.timeline = TimelinePane()
        self._photos = _splitter(Qt.Orientation.Vertical, left, self.timeline)
        self._photos.setSizes([640, 150])
        self.world = WorldView()
        self._side = _splitter(Qt.Orientation.Vertical, self.tabs, self.world)
        self._side.setSizes([520, 300])
        self._split = _splitter(Qt.Orientation.Horizontal, self._photos, self._side)
        self._split.setSizes([1000, 440])
        self._split.setStretchFactor(0, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.moment)
        layout.addWidget(self.bar)
        layout.addWidget(self._split, 1)
        self._connect()

    def apply(self, old: Frame, new: Frame) -> None:
        """Show a frame: each part changes only what differs."""
        before, now = FRAME.of(old), FRAME.of(new)
        self._board = now
        if not same(before, now):
            self.moment.apply(now)
            self.bar.apply(now)
            self.note.setText(" · ".join(now.notes))
            self.note.setToolTip("\n".join(now.notes))
            self.note.setVisible(bool(now.notes))
            self.grid.show_views(now.views, now.chosen.large_view, linked=now.chosen.linked)
        if not same(before.timeline, now.timeline):
            self.timeline.show_frame(now.timeline)
        self.world.show_frame(now.world)
        self.world.set_selected(now.chosen.person)
        self.tabs.apply(now)
        if before.scene is not now.scene:
            self._forget_pointer()

    def fit(self) -> None:
        """Show everything in every view."""
        self.grid.fit()
        self.world.fit()

    # ---- pointing

    def _point(self, view: str, x: float, y: float) -> None:
        """Show what is under the pointer in every view."""
        from sefd_viewer.features.cameras.pointing import point_at

        panels = self.grid.panels
        if self._board.scene is None or view not in panels:
            return
        sizes = {name: size for name, size in ((n, p.image_size) for n, p in panels.items()) if size}
        reach = REACH / panels[view].photo.viewport.scale
        self._pointed = point_at(self._board.scene, view, (x, y), reach=reach, sizes=sizes)
        self.world.set_pointer(self._pointed.point_world)
        for name, panel in panels.items():
            label = self._pointed.label if name == view else ""
            panel.photo.set_pointer(self._pointed.curves.get(name), self._pointed.points.get(name), label)

    def _forget_pointer(self) -> None:
        self._pointed = None
        self.world.set_pointer(None)
        for panel in self.grid.panels.values():
            panel.photo.set_pointer(None, None)

    def _clicked(self, _view: str, person: str) -> None:
        """A joint under the pointer is chosen, else the person."""
        pointed = self._pointed
        if pointed is not None and pointed.joint is not None and pointed.person is not None:
            self.joint_clicked.emit(pointed.joint, pointed.person)
        else:
            self.person_clicked.emit(person)

    def _enlarge(self, view: str) -> None:
        panel = self.grid.panels.get(view)
        if panel is not None and panel.frame is not None:
            self.enlarge_asked.emit(view, panel.frame.record)

    def _connect(self) -> None:
        self.bar.layer_toggled.connect(self.layer_toggled)
        self.bar.mode_chosen.connect(self.mode_chosen)
        self.bar.method_toggled.connect(self.method_toggled)
        self.bar.layout_chosen.connect(self.layout_chosen)
        self.grid.wiped.connect(self.wiped)
        self.moment.person_clicked.connect(self.person_clicked)
        self.moment.stepped.connect(self.stepped)
        self.grid.hovered.connect(self._point)
        self.grid.hover_left.connect(self._forget_pointer)
        self.grid.person_clicked.connect(self._clicked)
        self.grid.background_clicked.connect(self.nobody_clicked)
        self.grid.enlarge_asked.connect(self._enlarge)
        self.tabs.chosen.connect(self.tab_chosen)
        self.world.person_clicked.connect(self.person_clicked)
        self.world.view_clicked.connect(self._enlarge)
        self.timeline.record_chosen.connect(self.record_chosen)
        self.timeline.measuring_changed.connect(self.measuring_changed)


def _splitter(orientation: Qt.Orientation, *parts: QWidget) -> QSplitter:
    splitter = QSplitter(orientation)
    splitter.setChildrenCollapsible(False)
    splitter.setHandleWidth(1)
    for part in parts:
        splitter.addWidget(part)
    return splitter


def make_board(controller: Controller) -> BoardView:
    """The widget of workspace Cameras, connected with the state."""
    board = BoardView(controller)
    connect_board(board, controller)
    return board


def connect_board(board: BoardView, controller: Controller) -> None:
    """Layers, people, joints, the large view, the page on the right side."""

    def change(**changes: Any) -> None:
        controller.store.set(with_board(controller.state, **changes), remember=False)

    def large(view: str, record: str) -> None:
        controller.store.set(enlarge(controller.state, view, record), remember=False)

    def layer(field: str, on: bool) -> None:
        outlined = CAMERAS.of(controller.state).outlined
        if field == "outline":
            change(outlined=outlined | {"exact"} if on else outlined - {"exact"})
        else:
            change(**{field: on})

    def lay_out(layout: Layout) -> None:
        views = FRAME.of(controller.frame).views
        view = next((one.name for one in views if one.current), None)
        controller.store.set(with_layout(controller.state, layout, view), remember=False)

    board.layer_toggled.connect(layer)
    board.layout_chosen.connect(lay_out)
    board.method_toggled.connect(
        lambda method: controller.store.set(with_bodies_of(controller.state, method), remember=False)
    )
    board.wiped.connect(lambda share: change(wipe=share))
    board.mode_chosen.connect(lambda mode: controller.store.set(with_mode(controller.state, mode)))
    board.stepped.connect(lambda step: step_moment(controller, step))
    board.person_clicked.connect(
        lambda key: controller.store.set(choose_person(controller.state, key), remember=False)
    )
    board.joint_clicked.connect(
        lambda joint, key: controller.store.set(choose_joint(controller.state, joint, key), remember=False)
    )
    board.nobody_clicked.connect(lambda: change(person=None, joint=None))
    board.enlarge_asked.connect(large)
    board.tab_chosen.connect(lambda tab: change(tab=tab))
    board.measuring_changed.connect(lambda on: change(measure_moments=on))
    board.record_chosen.connect(lambda record: controller.store.set(controller.state.with_record(record)))
