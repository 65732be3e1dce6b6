"""MeshView: bodies in 3D, around which one orbits, or exactly on the photo; groups of views turn together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QWidget

from sefd_viewer.errors import SefdError
from sefd_viewer.gui import words
from sefd_viewer.gui.canvas import WHEEL_STEP, ImageCanvas
from sefd_viewer.gui.layers import Pixels, ScreenLayer, photo_layer
from sefd_viewer.scene.cameras import (
    UP,
    OrbitPose,
    SceneCamera,
    bounds_of,
    orbit_camera,
    photo_camera,
    through_lens,
)
from sefd_viewer.scene.meshes import BodyMesh
from sefd_viewer.scene.picking import body_at

if TYPE_CHECKING:
    from sefd_viewer.geometry.cameras import PinholeCamera
    from sefd_viewer.scene.mesh_scene import MeshScene

__all__ = ["BodyMesh", "MeshView", "MeshViewGroup"]

Mode = Literal["orbit", "photo"]
DEGREES_PER_PIXEL = 0.45
REST_MS = 120
FLOOR_COLORS = {True: (140, 143, 150), False: (120, 124, 132)}


class MeshViewGroup(QObject):
    """Views that share one orbit: turning one turns all, at one scale in metres."""

    changed = Signal()

    def __init__(self, views: Sequence[MeshView] = (), parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pose = OrbitPose()
        self._radii: dict[int, float] = {}
        for view in views:
            view.join(self)

    @property
    def pose(self) -> OrbitPose:
        """The shared view."""
        return self._pose

    @property
    def radius(self) -> float:
        """The radius in metres of the largest member's bodies."""
        return max(self._radii.values(), default=1.0)

    def set_pose(self, pose: OrbitPose) -> None:
        """Turn all views."""
        if pose != self._pose:
            self._pose = pose
            self.changed.emit()

    def set_radius(self, member: int, radius: float | None) -> None:
        """Say how large one member's bodies are; None when it has none."""
        before = self.radius
        if radius is None:
            self._radii.pop(member, None)
        else:
            self._radii[member] = radius
        if self.radius != before:
            self.changed.emit()


class MeshView(ImageCanvas):
    """Show bodies given in the photo camera's frame.

    Mode "orbit": left drag turns, middle or Shift drag moves, the wheel zooms. Mode "photo": the photo's
    camera with the photo behind, zoomed and panned like a PhotoView and linked to one by `link_to`.
    """

    camera_changed = Signal(object)  # OrbitPose

    def __init__(self, parent: QWidget | None = None, *, title: str = "") -> None:
        super().__init__(parent, caption=title)
        self._scene: MeshScene | None = None
        self._failure: SefdError | None = None
        self._bodies: tuple[BodyMesh, ...] = ()
        self._bounds = bounds_of([])
        self._up = UP
        self._mode: Mode = "orbit"
        self._photo: ScreenLayer | None = None
        self._camera: PinholeCamera | None = None
        self._photo_opacity = 1.0
        self._selected: str | None = None
        self._picture: QImage | None = None
        self._drawn_key: object = None
        self._scene_key: object = None
        self._version = 0
        self._moving = False
        self._rest = QTimer(self, interval=REST_MS, singleShot=True)
        self._rest.timeout.connect(self._come_to_rest)
        self._group = MeshViewGroup()
        self._group.changed.connect(self._group_changed)

    # ---- what is shown

    def set_bodies(self, bodies: Sequence[BodyMesh]) -> None:
        """Show these bodies and no others."""
        self._bodies = tuple(bodies)
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
        """Emphasise one body."""
        if key != self._selected:
            self._selected = key
            self._touch()

    def set_title(self, title: str) -> None:
        """Name the view in a corner."""
        self.set_caption(title)

    def set_up(self, up: tuple[float, float, float]) -> None:
        """Say which way is up in the camera's frame, where the camera's attitude is known."""
        self._up = up
        self._measure()

    def join(self, group: MeshViewGroup) -> None:
        """Turn together with a group's views from now on."""
        self._group.changed.disconnect(self._group_changed)
        self._group.set_radius(id(self), None)
        self._group = group
        group.changed.connect(self._group_changed)
        self._measure()

    @property
    def pose(self) -> OrbitPose:
        """The orbit's present view."""
        return self._group.pose

    def set_view_rect(self, xyxy: tuple[float, float, float, float]) -> None:
        """Show a rectangle of the photo (left, top, right, bottom, pixels) in "photo" mode."""
        self.show_rect(xyxy)

    def fit(self) -> None:
        """Show the whole photo, or all bodies from where the view is."""
        if self._mode == "photo":
            super().fit()
        else:
            self._group.set_pose(replace(self.pose, zoom=1.0, pan=(0.0, 0.0)))

    def screenshot(self) -> QImage:
        """Return what the panel shows."""
        return self.grab().toImage()

    # ---- Qt

    def paint_content(self, painter: QPainter) -> None:
        """Draw the photo, and the bodies over it."""
        if self._mode == "photo" and self._photo is not None:
            shown = self._photo.on_screen(self._viewport, self.devicePixelRatioF())
            painter.setOpacity(self._photo_opacity)
            if shown is not None:
                painter.drawImage(QPointF(*shown[1]), shown[0])
            painter.setOpacity(1.0)
        picture = self._rendered()
        if picture is not None:
            painter.drawImage(QPointF(0, 0), picture)
        if self._failure is not None:
            words.paint_message(
                painter, self.rect(), self._failure.what, self._failure.remedy or "", self.palette()
            )
        if self._probe is not None and self._mode == "photo":
            words.paint_cross_hair(painter, self.rect(), QPointF(*self._viewport.to_view(self._probe)))

    def person_under(self, position: QPointF) -> str | None:
        """Return the key of the foremost body at a position."""
        camera = self._scene_camera()
        if camera is None:
            return None
        size = (float(self.width()), float(self.height()))
        return body_at(self._seen_bodies(), camera, size, (position.x(), position.y()))

    def drag(self, step: QPointF, event: QMouseEvent) -> None:
        """Turn or move the eye, or pan the photo."""
        self._move()
        shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if self._mode == "photo":
            super().drag(step, event)
        elif shifted or event.buttons() & Qt.MouseButton.MiddleButton:
            self._pan(step)
        else:
            self._set_pose(self.pose.turned(step.x() * DEGREES_PER_PIXEL, step.y() * DEGREES_PER_PIXEL))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom."""
        self._move()
        if self._mode == "photo":
            super().wheelEvent(event)
            return
        self._set_pose(self.pose.zoomed(WHEEL_STEP ** event.angleDelta().y()))
        event.accept()

    # ---- inside

    def _set_pose(self, pose: OrbitPose) -> None:
        self._group.set_pose(pose)
        self.camera_changed.emit(pose)

    def _pan(self, step: QPointF) -> None:
        visible = 2.0 / self.pose.zoom / min(self.width(), self.height())
        self._set_pose(self.pose.panned(-step.x() * visible, step.y() * visible))

    def _move(self) -> None:
        self._moving = True
        self._rest.start()

    def _come_to_rest(self) -> None:
        self._moving = False
        self.update()

    def _group_changed(self) -> None:
        self.update()

    def _measure(self) -> None:
        drawable = [body.vertices_camera for body in self._bodies if body.is_drawable]
        self._bounds = bounds_of(drawable, self._up)
        self._group.set_radius(id(self), self._bounds.radius if drawable else None)
        self._touch()

    def _touch(self) -> None:
        self._version += 1
        self.update()

    def _seen_bodies(self) -> tuple[BodyMesh, ...]:
        if self._mode == "orbit" or self._camera is None or not self._camera.is_distorted:
            return self._bodies
        camera = self._camera
        return tuple(
            replace(body, vertices_camera=through_lens(body.vertices_camera, camera)) for body in self._bodies
        )

    def _scene_camera(self) -> SceneCamera | None:
        size = (float(self.width()), float(self.height()))
        if self._mode == "orbit":
            return orbit_camera(self.pose, self._bounds, self._group.radius, size)
        if self._camera is None or not self._bodies:
            return None
        depths = [body.vertices_camera[:, 2] for body in self._bodies if body.is_drawable]
        if not depths:
            return None
        span = min(float(z.min()) for z in depths), max(float(z.max()) for z in depths)
        return photo_camera(self._camera, self._viewport.visible_xyxy, span)

    def _rendered(self) -> QImage | None:
        ratio = self.devicePixelRatioF()
        samples = 1 if self._moving else 2
        key = (self._version, self.size(), ratio, samples, self.is_dark(), self._view_key())
        if key != self._drawn_key:
            self._drawn_key = key
            self._picture = self._render(ratio, samples)
        return self._picture

    def _view_key(self) -> object:
        return (self.pose, self._group.radius) if self._mode == "orbit" else self._viewport

    def _render(self, ratio: float, samples: int) -> QImage | None:
        camera = self._scene_camera()
        scene = self._open_scene()
        if camera is None or scene is None:
            return None
        size = (max(round(self.width() * ratio), 1), max(round(self.height() * ratio), 1))
        self._bring_up_to_date(scene)
        pixels = scene.render(camera, size, samples=samples)
        image = QImage(pixels.data, *size, 4 * size[0], QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(ratio)
        return image

    def _bring_up_to_date(self, scene: MeshScene) -> None:
        key = (self._version, self.is_dark())
        if key == self._scene_key:
            return
        self._scene_key = key
        scene.set_bodies(self._seen_bodies())
        scene.set_selected(self._selected, self._outline_color())
        scene.set_floor(self._bounds if self._mode == "orbit" else None, FLOOR_COLORS[self.is_dark()])

    def _outline_color(self) -> tuple[int, int, int]:
        light = self._mode == "photo" or self.is_dark()
        return (255, 255, 255) if light else (40, 42, 46)

    def _open_scene(self) -> MeshScene | None:
        if self._scene is None and self._failure is None:
            try:
                from sefd_viewer.scene.mesh_scene import MeshScene

                self._scene = MeshScene()
            except SefdError as error:
                self._failure = error
        return self._scene
