"""The room in 3D: cameras with their pictures on their image planes, bodies and joints in the world."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QWidget

from sefd_viewer.app.frame import same
from sefd_viewer.app.methods import Method
from sefd_viewer.app.photo_titles import camera_title
from sefd_viewer.errors import SefdError
from sefd_viewer.features.cameras.frame import WorldFrame
from sefd_viewer.features.cameras.views.grid import LINE, RING
from sefd_viewer.gui import words
from sefd_viewer.gui.canvas import WHEEL_STEP, ImageCanvas
from sefd_viewer.gui.panes import say
from sefd_viewer.gui.view_colors import view_color
from sefd_viewer.scene.cameras import Bounds, OrbitPose, SceneCamera, bounds_of, orbit_camera
from sefd_viewer.scene.floor import Frustum, Skeleton, frustum_corners, frustum_depth
from sefd_viewer.scene.meshes import BodyMesh, Color, body_at

if TYPE_CHECKING:
    from sefd_viewer.scene.world_scene import WorldScene

CHOSEN: Color = (255, 214, 10)
"""The chosen joint, as on the photos."""
BEGIN = OrbitPose(azimuth=25.0, elevation=22.0, zoom=1.45)
DEGREES_PER_PIXEL = 0.45
_BETWEEN = "\n"
REST_MS = 300
SMOOTH_SAMPLES, SMOOTH_PIXELS = 2, 8_000_000
QUICK_S = 0.008
"""A machine that draws a smooth picture within this time draws no other."""


class WorldView(ImageCanvas):
    """Bodies, cameras and joints of the world, around which one orbits.

    Left drag turns, middle or Shift drag moves, the wheel zooms; `view_clicked(name)` tells whose picture was
    clicked, `person_clicked(key)` which body.
    """

    view_clicked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Cameras and bodies in space")
        self._frame = WorldFrame()
        self._content = WorldContent()
        self._pose = BEGIN
        self._selected: str | None = None
        self._point: NDArray[np.float64] | None = None
        self._picture = WorldPicture()
        self._smooth = False
        self._rest = QTimer(self, interval=REST_MS, singleShot=True)
        self._rest.timeout.connect(self._refine)
        self._soon = QTimer(self, interval=0, singleShot=True)
        self._soon.timeout.connect(self._place)

    # ---- what is shown

    def show_frame(self, new: WorldFrame) -> None:
        """Show a room; the eye stays where it is."""
        old, self._frame = self._frame, new
        if not same(old.words, new.words):
            say(self, new.words)
        if new.words is not None and new.words.busy:
            return  # the room of the moment before stays until the next one is known
        if not same(old, new):
            self._place()

    def set_selected(self, key: str | None) -> None:
        """Draw an outline around one body, where there are several."""
        if key != self._selected:
            self._selected = key
            self._soon.start()  # once, when other events had their turn

    def set_pointer(self, point_world: NDArray[np.float64] | None) -> None:
        """Draw a ring around a point (3,) of the world, or none."""
        if point_world is not self._point:
            self._point = point_world
            self.update()

    # ---- the eye

    @property
    def pose(self) -> OrbitPose:
        """From where the room is seen."""
        return self._pose

    def set_pose(self, pose: OrbitPose) -> None:
        """Look from elsewhere."""
        if pose != self._pose:
            self._pose = pose
            self.update()

    def fit(self) -> None:
        """Show the whole room from the side where the eye is."""
        self.set_pose(replace(self._pose, zoom=1.0, pan=(0.0, 0.0)))

    def scene_camera(self) -> SceneCamera | None:
        """The eye; None where there is nothing to look at."""
        bounds = self._content.bounds
        return None if bounds is None else orbit_camera(self._pose, bounds, bounds.radius, self._room())

    # ---- Qt

    def paint_content(self, painter: QPainter) -> None:
        """Draw the room, the cameras' names and the pointer."""
        camera = self.scene_camera()
        if self._picture.failure is not None:
            failure = self._picture.failure
            words.paint_message(painter, self.rect(), failure.what, failure.remedy or "", self.palette())
        if camera is None:
            return
        self._paint_picture(painter, camera)
        for frustum in self._content.frustums:
            self._paint_name(painter, camera, frustum)
        for point, color, radius in (
            (self._frame.joint_world, QColor(*CHOSEN), RING / 2),
            (self._point, QColor(*LINE), RING),
        ):
            if point is not None:
                x, y, _depth = camera.project(point, self._room())
                _paint_ring(painter, QPointF(x, y), color, radius)

    def person_under(self, position: QPointF) -> str | None:
        """The key of the foremost body at a position."""
        camera = self.scene_camera()
        if camera is None:
            return None
        body = body_at(self._content.bodies, camera, self._room(), (position.x(), position.y()))
        return None if body is None else _person(body)

    def view_under(self, position: QPointF) -> str | None:
        """The name of a camera whose picture is at a position."""
        camera = self.scene_camera()
        if camera is None:
            return None
        covering = (one.key for one in self._content.frustums if self._covers(camera, one, position))
        return next(covering, None)

    def click(self, position: QPointF) -> None:
        """Report the body at a position, else the camera whose picture is there."""
        view = self.view_under(position) if self.person_under(position) is None else None
        if view is None:
            super().click(position)
        else:
            self.view_clicked.emit(view)

    def drag(self, step: QPointF, event: QMouseEvent) -> None:
        """Turn or move the eye."""
        shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if shifted or event.buttons() & Qt.MouseButton.MiddleButton:
            visible = 2.0 / self._pose.zoom / min(self._room())
            self.set_pose(self._pose.panned(-step.x() * visible, step.y() * visible))
        else:
            self.set_pose(self._pose.turned(step.x() * DEGREES_PER_PIXEL, step.y() * DEGREES_PER_PIXEL))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom."""
        self.set_pose(self._pose.zoomed(WHEEL_STEP ** event.angleDelta().y()))
        event.accept()

    def changeEvent(self, event: QEvent) -> None:
        """Draw the room in the theme's colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._content.bounds is not None:
            self._place()

    # ---- inside

    def _place(self) -> None:
        """Put the frame's cameras, bodies and joints where they belong."""
        self._soon.stop()
        self._content = content_of(self._frame, self._selected, dark=self.is_dark())
        self.update()

    def _refine(self) -> None:
        self._smooth = True
        self.repaint()

    def _room(self) -> tuple[float, float]:
        return float(max(self.width(), 1)), float(max(self.height(), 1))

    def _paint_picture(self, painter: QPainter, camera: SceneCamera) -> None:
        ratio = self.devicePixelRatioF()
        size = QSize(self.size() * ratio).expandedTo(QSize(1, 1))
        pixels = (size.width(), size.height())
        picture = self._picture.image(self._content, camera, pixels, pose=self._pose, smooth=self._smooth)
        self._smooth = False
        if picture is not None:
            picture.setDevicePixelRatio(ratio)
            painter.drawImage(QPointF(0, 0), picture)
            if not self._picture.is_smooth:
                self._rest.start()

    def _paint_name(self, painter: QPainter, camera: SceneCamera, frustum: Frustum) -> None:
        x, y, depth = camera.project(frustum.corners[0], self._room())
        if np.isfinite(depth):
            name = camera_title(frustum.key, [one.key for one in self._content.frustums]).partition(" (")[0]
            words.paint_tag(painter, self.rect(), QPointF(x + 4, y - 4), name, frustum.color)

    def _covers(self, camera: SceneCamera, frustum: Frustum, position: QPointF) -> bool:
        seen = camera.project(frustum.corners[1:], self._room())
        if not np.isfinite(seen).all():
            return False
        shape = QPolygonF([QPointF(x, y) for x, y in seen[:, :2].tolist()])
        return shape.containsPoint(position, Qt.FillRule.OddEvenFill)


@dataclass(frozen=True, eq=False)
class WorldContent:
    """What a picture of the room shows, but not from where; `bounds` is None where nothing stands in it."""

    bodies: tuple[BodyMesh, ...] = ()
    frustums: tuple[Frustum, ...] = ()
    skeletons: tuple[Skeleton, ...] = ()
    selected: str | None = None
    bounds: Bounds | None = None
    outline_color: Color = (255, 255, 255)
    floor_color: Color = (128, 128, 128)


def content_of(frame: WorldFrame, selected: str | None, *, dark: bool) -> WorldContent:
    """The room of a frame in a theme's colours; bodies that cannot be drawn are left out."""
    bodies = [BodyMesh(_key(b.person, b.method), b.vertices_world, b.faces, b.color) for b in frame.bodies]
    bodies = [body for body in bodies if body.is_drawable]
    joints = [one.points_world[np.isfinite(one.points_world).all(axis=1)] for one in frame.skeletons]
    standing = [body.vertices for body in bodies]
    known = [points for points in (*standing, *joints) if len(points)]
    middle = np.concatenate(known).mean(axis=0) if known else np.zeros(3)
    depth = frustum_depth([one.camera for one in frame.frustums], middle)
    frustums = tuple(
        Frustum(
            one.view,
            frustum_corners(one.camera, one.size, depth),
            _rgb(view_color(one.hue, dark=dark)),
            one.image,
        )
        for one in frame.frustums
    )
    bounds = None
    if bodies or frustums:
        bounds = bounds_of([*known, *(one.corners for one in frustums)], frame.up)
        if standing:
            bounds = replace(bounds, floor=bounds_of(standing, frame.up).floor)
    return WorldContent(
        bodies=tuple(bodies),
        frustums=frustums,
        skeletons=tuple(Skeleton(s.points_world, s.segments, s.color) for s in frame.skeletons),
        selected=next((body.key for body in bodies if _person(body.key) == selected), None),
        bounds=bounds,
        outline_color=(255, 255, 255) if dark else (40, 42, 46),
        floor_color=(140, 143, 150) if dark else (120, 124, 132),
    )


def _key(person: str, method: Method) -> str:
    """Tells a method's body of somebody from those of others."""
    return f"{method}{_BETWEEN}{person}"


def _person(key: str) -> str:
    return key.partition(_BETWEEN)[2]


class WorldPicture:
    """The rendered room: coarse while things move, smooth at rest, kept until they change.

    VTK is loaded with the first content.
    """

    def __init__(self) -> None:
        self.failure: SefdError | None = None
        self._scene: WorldScene | None = None
        self._content: WorldContent | None = None
        self._view: object = None
        self._image: QImage | None = None
        self._smooth = False
        self._smooth_s = float("inf")

    @property
    def is_smooth(self) -> bool:
        """Whether the last picture has its final quality."""
        return self._smooth

    def image(
        self,
        content: WorldContent,
        camera: SceneCamera,
        size: tuple[int, int],
        *,
        pose: OrbitPose,
        smooth: bool,
    ) -> QImage | None:
        """The picture at `size` device pixels with premultiplied alpha, None when it cannot be drawn.

        The same content seen by the same pose is not rendered again, except to become smooth.
        """
        view = (pose, size)
        kept = content is self._content and view == self._view
        if not kept or (smooth and not self._smooth):
            self._image = self._render(content, camera, size, smooth=smooth or self._smooth_s < QUICK_S)
            self._content, self._view = content, view
        return self._image

    def _render(
        self, content: WorldContent, camera: SceneCamera, size: tuple[int, int], *, smooth: bool
    ) -> QImage | None:
        scene = self._open_scene()
        if scene is None:
            return None
        if content is not self._content:
            scene.set_bodies(content.bodies)
            scene.set_selected(content.selected, content.outline_color)
            scene.set_floor(content.bounds, content.floor_color)
            scene.set_frustums(content.frustums)
            scene.set_skeletons(content.skeletons)
        affordable = size[0] * size[1] * SMOOTH_SAMPLES**2 <= SMOOTH_PIXELS
        start = time.perf_counter()
        pixels = scene.render(camera, size, samples=SMOOTH_SAMPLES if smooth and affordable else 1)
        if smooth:
            self._smooth_s = time.perf_counter() - start
        self._smooth = smooth
        return QImage(pixels.data, *size, 4 * size[0], QImage.Format.Format_ARGB32_Premultiplied).copy()

    def _open_scene(self) -> WorldScene | None:
        if self._scene is None and self.failure is None:
            from sefd_viewer.scene import world_scene

            try:
                self._scene = world_scene.WorldScene()
            except SefdError as error:
                self.failure = error
        return self._scene


def _paint_ring(painter: QPainter, center: QPointF, color: QColor, radius: float) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in (QPen(QColor(0, 0, 0, 140), 4.0), QPen(color, 2.0)):
        painter.setPen(pen)
        painter.drawEllipse(center, radius, radius)


def _rgb(color: QColor) -> Color:
    return color.red(), color.green(), color.blue()
