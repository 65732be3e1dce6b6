"""MeshView: bodies in 3D, around which one orbits, or exactly on the photo; groups of views turn together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from PySide6.QtCore import QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QWidget

from sefd_viewer.gui import words
from sefd_viewer.gui.canvas import WHEEL_STEP, ImageCanvas
from sefd_viewer.gui.layers import Pixels, ScreenLayer, photo_layer
from sefd_viewer.gui.mesh_group import TURN_MS, MeshViewGroup
from sefd_viewer.gui.mesh_picture import MeshContent, MeshPicture
from sefd_viewer.scene.cameras import (
    UP,
    OrbitPose,
    SceneCamera,
    bounds_of,
    orbit_camera,
    photo_camera,
    through_lens,
)
from sefd_viewer.scene.meshes import BodyMesh, Color
from sefd_viewer.scene.picking import body_at

if TYPE_CHECKING:
    from sefd_viewer.geometry.cameras import PinholeCamera

__all__ = ["BodyMesh", "MeshView", "MeshViewGroup"]

Mode = Literal["orbit", "photo"]
DEGREES_PER_PIXEL = 0.45
REST_MS = 300
STAGGER_MS = 80
"""Members of a group refine their pictures one after the other, this far apart."""


class MeshView(ImageCanvas):
    """Show bodies given in the photo camera's frame.

    Mode "orbit": left drag turns, middle or Shift drag moves, the wheel zooms. Mode "photo": the photo's
    camera with the photo behind, zoomed and panned like a PhotoView and linked to one by `link_to`.
    """

    camera_changed = Signal(object)  # OrbitPose, when this view is turned by hand

    def __init__(self, parent: QWidget | None = None, *, title: str = "") -> None:
        super().__init__(parent, caption=title)
        self._bodies: tuple[BodyMesh, ...] = ()
        self._bounds = bounds_of([])
        self._up = UP
        self._mode: Mode = "orbit"
        self._photo: ScreenLayer | None = None
        self._camera: PinholeCamera | None = None
        self._photo_opacity = 1.0
        self._selected: str | None = None
        self._content: MeshContent | None = None
        self._picture = MeshPicture()
        self._smooth = False
        self._rest = QTimer(self, interval=REST_MS, singleShot=True)
        self._rest.timeout.connect(self._refine)
        self._soon = QTimer(self, interval=0, singleShot=True)
        self._soon.timeout.connect(self.update)
        self._turn_comes = QTimer(self, interval=TURN_MS, singleShot=True)
        self._turn_comes.timeout.connect(self.update)
        self._group = MeshViewGroup(self)
        self._group.changed.connect(self.update)

    # ---- what is shown

    def set_bodies(self, bodies: Sequence[BodyMesh]) -> None:
        """Show these bodies and no others; those that cannot be drawn are left out."""
        self._bodies = tuple(body for body in bodies if body.is_drawable)
        self._measure()

    def set_photo(self, image: Pixels | None, camera: PinholeCamera | None) -> None:
        """Give the photo (H, W, 3) RGB and its camera, which "photo" mode needs."""
        self._photo = None if image is None else photo_layer(image)
        self._camera = camera
        if image is not None:
            self._set_image_size((image.shape[1], image.shape[0]))
        self._touch()

    def set_mode(self, mode: Mode) -> None:
        """Look around the bodies ("orbit") or through the photo's camera ("photo")."""
        if mode != self._mode:
            self._mode = mode
            self._touch()

    @property
    def mode(self) -> Mode:
        """How the view looks at the bodies."""
        return self._mode

    def set_photo_opacity(self, opacity: float) -> None:
        """Dim the photo behind the bodies: 1 shows it in full, 0 not at all."""
        self._photo_opacity = opacity
        self.update()

    def set_selected(self, key: str | None) -> None:
        """Draw an outline around one body, where there are several."""
        if key != self._selected:
            self._selected = key
            self._touch()

    def set_title(self, title: str) -> None:
        """Name the view in a corner."""
        self.set_caption(title)

    def set_up(self, up: tuple[float, float, float] | None) -> None:
        """Say which way is up in the camera's frame; None assumes a camera that is held upright."""
        self._up = UP if up is None else up
        self._measure()

    def set_view_rect(self, xyxy: tuple[float, float, float, float]) -> None:
        """Show a rectangle of the photo (left, top, right, bottom, pixels) in "photo" mode."""
        self.show_rect(xyxy)

    # ---- the orbit

    def join(self, group: MeshViewGroup) -> None:
        """Turn together with a group's views from now on."""
        self._group.changed.disconnect(self.update)
        self._group.set_radius(id(self), None)
        self._group = group
        self._rest.setInterval(REST_MS + STAGGER_MS * group.add_member())
        group.changed.connect(self.update)
        self._measure()

    @property
    def pose(self) -> OrbitPose:
        """The orbit's present view."""
        return self._group.pose

    def set_pose(self, pose: OrbitPose) -> None:
        """Turn this view and its group."""
        self._group.set_pose(pose)

    def fit(self) -> None:
        """Show the whole photo, or all bodies from where the view is."""
        if self._mode == "photo":
            super().fit()
        else:
            self._turn(replace(self.pose, zoom=1.0, pan=(0.0, 0.0)))

    # ---- pictures

    def settle(self) -> None:
        """Draw at full quality now, without waiting for things to rest."""
        self._smooth = True
        self.update()

    def screenshot(self) -> QImage:
        """Return what the panel shows, at full quality."""
        self.settle()
        return self.grab().toImage()

    # ---- Qt

    def paint_content(self, painter: QPainter) -> None:
        """Draw the photo, and the bodies over it."""
        if self._mode == "photo":
            self._paint_photo(painter)
        camera = self._scene_camera()
        if camera is not None:
            self._paint_bodies(painter, camera)
        failure = self._picture.failure
        if failure is not None:
            words.paint_message(painter, self.rect(), failure.what, failure.remedy or "", self.palette())
        if self._probe is not None and self._mode == "photo":
            words.paint_cross_hair(painter, self.rect(), QPointF(*self._viewport.to_view(self._probe)))

    def person_under(self, position: QPointF) -> str | None:
        """Return the key of the foremost body at a position."""
        camera = self._scene_camera()
        if camera is None:
            return None
        clickable = [body for body in self._seen_bodies() if body.opacity == 1.0]  # a ghost is not
        return body_at(clickable, camera, self._logical_size(), (position.x(), position.y()))

    def drag(self, step: QPointF, event: QMouseEvent) -> None:
        """Turn or move the eye, or pan the photo."""
        shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if self._mode == "photo":
            super().drag(step, event)
        elif shifted or event.buttons() & Qt.MouseButton.MiddleButton:
            visible = 2.0 / self.pose.zoom / min(self._logical_size())
            self._turn(self.pose.panned(-step.x() * visible, step.y() * visible))
        else:
            self._turn(self.pose.turned(step.x() * DEGREES_PER_PIXEL, step.y() * DEGREES_PER_PIXEL))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom."""
        if self._mode == "photo":
            super().wheelEvent(event)
            return
        self._turn(self.pose.zoomed(WHEEL_STEP ** event.angleDelta().y()))
        event.accept()

    # ---- inside

    def _refine(self) -> None:
        """Draw this view alone at full quality, once all bodies are there: the window must not wait."""
        if self._group.waiting:
            self._rest.start()
            return
        self._smooth = True
        self.repaint()

    def _turn(self, pose: OrbitPose) -> None:
        self._group.set_pose(pose)
        self.camera_changed.emit(pose)

    def _measure(self) -> None:
        self._bounds = bounds_of([body.vertices_camera for body in self._bodies], self._up)
        self._group.set_radius(id(self), self._bounds.radius if self._bodies else None)
        self._touch()

    def _touch(self) -> None:
        """Forget what was derived from bodies, mode and selection; draw once other events had their turn."""
        self._content = None
        self._soon.start()

    def _logical_size(self) -> tuple[float, float]:
        return float(max(self.width(), 1)), float(max(self.height(), 1))

    def _seen_bodies(self) -> tuple[BodyMesh, ...]:
        camera = self._camera
        if self._mode == "orbit" or camera is None or not camera.is_distorted:
            return self._bodies
        return tuple(
            replace(body, vertices_camera=through_lens(body.vertices_camera, camera)) for body in self._bodies
        )

    def _scene_camera(self) -> SceneCamera | None:
        if not self._bodies:
            return None
        if self._mode == "orbit":
            return orbit_camera(self.pose, self._bounds, self._group.radius, self._logical_size())
        if self._camera is None:
            return None
        depths = np.concatenate([body.vertices_camera[:, 2] for body in self._bodies])
        return photo_camera(
            self._camera, self._viewport.visible_xyxy, (float(depths.min()), float(depths.max()))
        )

    def _made_content(self) -> MeshContent:
        """What is to be rendered, with the colours of the present theme."""
        dark, orbit = self.is_dark(), self._mode == "orbit"
        outline: Color = (255, 255, 255) if dark or not orbit else (40, 42, 46)
        if self._content is None or self._content.outline_color != outline:
            self._content = MeshContent(
                bodies=self._seen_bodies(),
                selected=self._selected,
                outline_color=outline,
                floor=self._bounds if orbit else None,
                floor_color=(140, 143, 150) if dark else (120, 124, 132),
            )
        return self._content

    def _paint_photo(self, painter: QPainter) -> None:
        shown = None
        if self._photo is not None:
            shown = self._photo.on_screen(self._viewport, self.devicePixelRatioF())
        if shown is not None:
            painter.setOpacity(self._photo_opacity)
            painter.drawImage(QPointF(*shown[1]), shown[0])
            painter.setOpacity(1.0)

    def _paint_bodies(self, painter: QPainter, camera: SceneCamera) -> None:
        ratio = self.devicePixelRatioF()
        size = QSize(self.size() * ratio).expandedTo(QSize(1, 1))
        around = (self.pose, self._group.radius) if self._mode == "orbit" else self._viewport
        view = (size.width(), size.height(), around)
        picture = self._picture.last(view)
        if (
            picture is not None
            and self._content is None
            and not self._smooth
            and not self._group.takes_turn()
        ):
            self._turn_comes.start()
        else:
            picture = self._picture.image(
                self._made_content(),
                camera,
                (size.width(), size.height()),
                view=view,
                smooth=self._smooth,
            )
            self._smooth = False
            if not self._picture.is_smooth:
                self._rest.start()
        if picture is not None:
            picture.setDevicePixelRatio(ratio)
            painter.drawImage(QPointF(0, 0), picture)
            self._paint_labels(painter, camera)

    def _paint_labels(self, painter: QPainter, camera: SceneCamera) -> None:
        for body in self._bodies:
            if body.label:
                seen = camera.project(body.vertices_camera, self._logical_size())
                top = seen[np.argmin(np.nan_to_num(seen[:, 1], nan=np.inf))]
                words.paint_tag(painter, self.rect(), QPointF(top[0], top[1] - 4), body.label, body.color)

    def _report_hover(self, position: QPointF) -> None:
        if self._mode == "photo":
            super()._report_hover(position)
