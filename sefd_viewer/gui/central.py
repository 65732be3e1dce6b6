"""The middle of the window: photo and edges above, one 3D view for each method below."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QSplitter, QWidget

from sefd_viewer.app.commands import EDGE_SOURCES
from sefd_viewer.app.frame import (
    EdgeFrame,
    Frame,
    MeshFrame,
    same,
)
from sefd_viewer.app.ghosts import OPACITY as GHOST_OPACITY
from sefd_viewer.app.methods import COLORS, METHODS, TITLES, Method
from sefd_viewer.features.playback.views.bar import PlaybackBar
from sefd_viewer.gui.canvas import ImageCanvas
from sefd_viewer.gui.controls import Dot, ElidedLabel
from sefd_viewer.gui.divider import Divider
from sefd_viewer.gui.mesh_view import BodyMesh, MeshView, MeshViewGroup
from sefd_viewer.gui.panes import Pane, header, row_of, say
from sefd_viewer.gui.photo_panes import PhotoPanes
from sefd_viewer.gui.photo_view import PhotoView
from sefd_viewer.gui.plain_text import PlainLabel, plain_tip

if TYPE_CHECKING:
    from sefd_viewer.geometry.crops import Crop
    from sefd_viewer.scene.cameras import OrbitPose

BEHIND_MESHES = 0.55
"""Opacity of the photo behind the bodies in the 3D views."""


class EdgePane(Pane):
    """The edge map: a person's crop as a network saw it, or the whole photo's."""

    source_chosen = Signal(str)

    def __init__(self, photo: PhotoView) -> None:
        self.view = PhotoView()
        self.source = QComboBox()
        for key, title in EDGE_SOURCES.items():
            self.source.addItem(title, key)
        self.source.setToolTip("What this panel shows")
        super().__init__(header(PlainLabel("Edges"), self.source), self.view)
        self._photo = photo
        self._whole = False
        self._crop: Crop | None = None
        self.source.activated.connect(lambda _i: self.source_chosen.emit(self.source.currentData()))
        photo.view_changed.connect(self._follow_photo)
        self.point_with(photo)
        self.view.view_changed.connect(self._lead_photo)

    def apply(self, old: EdgeFrame, new: EdgeFrame) -> None:
        """Show a frame's edge map."""
        self.source.setCurrentIndex(self.source.findData(new.source))
        self.view.set_caption(new.caption)
        self._crop = new.crop
        if old.values is not new.values:
            self.view.set_image(None if new.values is None else _grey(new.values))
        if old.whole_image != new.whole_image or (new.values is not None and old.values is None):
            self._whole = new.whole_image
            self.view.follow(self._photo.viewport) if new.whole_image else self.view.fit()
        say(self.view, new.words)

    def point_with(self, photo: PhotoView) -> None:
        """Show where the pointer on a photo is."""
        photo.hovered.connect(self._probe)
        photo.hover_left.connect(self.view.clear_probe)

    def _follow_photo(self) -> None:
        if self._whole:
            self.view.follow(self._photo.viewport)

    def _probe(self, x: float, y: float) -> None:
        """Show where the pointer on the photo is, in the crop too."""
        if self._crop is not None:
            x, y = (float(v) for v in self._crop.points_to_crop(np.array([[x, y]]))[0])
        self.view.set_probe(x, y)

    def _lead_photo(self) -> None:
        if self._whole:
            self._photo.follow(self.view.viewport)


class MeshPane(Pane):
    """One method's bodies."""

    def __init__(self, method: Method, group: MeshViewGroup, photo: PhotoView) -> None:
        self.view = MeshView()
        self.divider = Divider(self.view)
        self._note = ElidedLabel()
        self._note.setToolTip("Mean error of the people in view against the ground truth; People tells more")
        title = PlainLabel(TITLES[method])
        super().__init__(header(Dot(COLORS[method]), title, self._note), self.view)
        self.view.join(group)
        self.view.link_to(photo)
        self.view.set_photo_opacity(BEHIND_MESHES)

    def apply(self, old: Frame, new: Frame, before: MeshFrame | None, mesh: MeshFrame) -> None:
        """Show a frame's bodies of this method."""
        if before is None or old.photo.image is not new.photo.image or before.camera is not mesh.camera:
            self.view.set_photo(new.photo.image, mesh.camera)
        if before is None or before.up != mesh.up:
            self.view.set_up(mesh.up)
        if before is None or not same(before.bodies, mesh.bodies):
            self.view.set_bodies(body_meshes(mesh))
        self.view.set_mode(new.camera_mode)
        self.view.set_divider(mesh.wipe)
        self.divider.show_at(mesh.wipe, mesh.sides)
        self.view.set_selected(new.photo.selected)
        if before is None or not same(before, mesh):
            self._show_words(mesh)

    def _show_words(self, mesh: MeshFrame) -> None:
        self._note.setText(mesh.errors)
        self.view.set_caption(mesh.note)
        self.view.setToolTip(plain_tip(mesh.note))
        say(self.view, mesh.words)
        self.view.set_busy(mesh.busy)


def body_meshes(mesh: MeshFrame) -> list[BodyMesh]:
    """A frame's bodies as a 3D view takes them."""
    return [
        BodyMesh(
            f"ghost {number} of {b.person}" if b.ghost else b.person,
            b.vertices_camera,
            b.faces,
            b.color,
            GHOST_OPACITY if b.ghost else 1.0,
            scalars=b.scalars,
            scalar_range=b.scalar_range,
            color_map="diverging" if b.diverging else "inferno",
            side=b.side,
        )
        for number, b in enumerate(mesh.bodies)
    ]


class CentralArea(QSplitter):
    """All views; signals out: `person_clicked`, `nobody_clicked`, `edge_source_chosen`, `pointer_moved`."""

    person_clicked = Signal(str)
    nobody_clicked = Signal()
    edge_source_chosen = Signal(str)
    pointer_moved = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.photos = PhotoPanes()
        self.photo = self.photos.first
        self.edge = EdgePane(self.photo.view)
        self._group = MeshViewGroup(parent=self)
        self.meshes = {method: MeshPane(method, self._group, self.photo.view) for method in METHODS}
        self.meshes["truth"].hide()
        self._top = row_of(self.photos, self.edge)
        self._bottom = row_of(*self.meshes.values())
        self._top.setSizes([620, 420])
        for row, share in ((self._top, 54), (self._bottom, 46)):
            self.addWidget(row)
            self.setStretchFactor(self.indexOf(row), share)
        self.playback = PlaybackBar()
        self.addWidget(self.playback)
        self.setStretchFactor(2, 0)
        self.setSizes([540, 460, 150])
        self.setChildrenCollapsible(False)
        self.setHandleWidth(1)
        self._connect()

    def apply(self, old: Frame, new: Frame) -> None:
        """Show a frame: each view changes only what differs."""
        self.photos.apply(old, new)
        if not same(old.playback, new.playback):
            self.playback.apply(new.playback)
        if not same(old.pose_editing, new.pose_editing) or old.photo.image is not new.photo.image:
            self.photo.apply_editing(new.pose_editing, possible=new.photo.image is not None)
        if not same(old.edge, new.edge):
            self.edge.apply(old.edge, new.edge)
        before = {mesh.method: mesh for mesh in old.meshes}
        shown = {mesh.method: mesh for mesh in new.meshes}
        self._group.waiting = any(mesh.busy for mesh in new.meshes)
        for method, pane in self.meshes.items():
            pane.setVisible(method in shown)
            if method in shown:
                pane.apply(old, new, before.get(method), shown[method])

    @property
    def pose(self) -> OrbitPose:
        """From where one looks at the bodies."""
        return self._group.pose

    def fit(self) -> None:
        """Show everything in every view."""
        for view in (self.photo.view, self.edge.view, *(pane.view for pane in self.meshes.values())):
            view.fit()

    def _connect(self) -> None:
        for pane in self.meshes.values():
            self._connect_people(pane.view)
        self._connect_photo(self.photo.view)
        self.photos.added.connect(self._connect_photo)
        self.photos.added.connect(self.edge.point_with)
        self.edge.source_chosen.connect(self.edge_source_chosen)

    def _connect_photo(self, view: PhotoView) -> None:
        self._connect_people(view)
        view.hovered.connect(lambda x, y: self.pointer_moved.emit((x, y)))
        view.hover_left.connect(lambda: self.pointer_moved.emit(None))

    def _connect_people(self, view: ImageCanvas) -> None:
        view.person_clicked.connect(self.person_clicked)
        view.background_clicked.connect(self.nobody_clicked)


def _grey(values: np.ndarray) -> np.ndarray:
    """(H,W) edge strength as a grey picture (H,W,3)."""
    from sefd_viewer.app.layers import to_mask

    return np.repeat(to_mask(values)[..., None], 3, axis=2)
