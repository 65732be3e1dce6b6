"""The room in 3D: cameras with their pictures on their image planes, bodies and joints in the world."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from sefd_viewer.app.frame import same
from sefd_viewer.features.cameras.frame import WorldFrame
from sefd_viewer.features.cameras.views.grid import LINE, RING
from sefd_viewer.gui import words
from sefd_viewer.gui.mesh_picture import MeshContent, MeshPicture
from sefd_viewer.gui.mesh_view import MeshView
from sefd_viewer.gui.panes import say
from sefd_viewer.gui.view_colors import view_color
from sefd_viewer.scene.cameras import OrbitPose, SceneCamera, bounds_of, orbit_camera
from sefd_viewer.scene.frustums import Frustum, Skeleton, frustum_corners, frustum_depth
from sefd_viewer.scene.meshes import BodyMesh, Color

if TYPE_CHECKING:
    from sefd_viewer.scene.mesh_scene import MeshScene


@dataclass(frozen=True, eq=False)
class WorldContent(MeshContent):
    """Bodies, cameras and joints of the world."""

    frustums: tuple[Frustum, ...] = ()
    skeletons: tuple[Skeleton, ...] = ()


class WorldPicture(MeshPicture):
    """Renders a WorldContent on demand."""

    def make_scene(self) -> MeshScene:
        """Make what renders; raises SefdError where this machine cannot draw."""
        from sefd_viewer.scene.world_scene import WorldScene

        return WorldScene()

    def fill(self, scene: MeshScene, content: MeshContent) -> None:
        """Put the content into the scene."""
        from sefd_viewer.scene.world_scene import WorldScene

        super().fill(scene, content)
        if isinstance(scene, WorldScene) and isinstance(content, WorldContent):
            scene.set_frustums(content.frustums)
            scene.set_skeletons(content.skeletons)


CHOSEN: Color = (255, 214, 10)
"""The chosen joint, as on the photos."""
BEGIN = OrbitPose(azimuth=25.0, elevation=22.0, zoom=1.45)


class WorldView(MeshView):
    """A MeshView whose bodies stand in the world; `view_clicked(name)` tells whose picture was clicked."""

    view_clicked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture = WorldPicture()
        self._frame = WorldFrame()
        self._frustums: tuple[Frustum, ...] = ()
        self._skeletons: tuple[Skeleton, ...] = ()
        self._point: NDArray[np.float64] | None = None
        self.set_pose(BEGIN)

    def show_frame(self, new: WorldFrame) -> None:
        """Show a room; the eye stays where it is."""
        old, self._frame = self._frame, new
        if not same(old.words, new.words):
            say(self, new.words)
        if new.words is not None and new.words.busy:
            return  # the room of the moment before stays until the next one is known
        if same(old, new):
            return
        self._up = new.up
        self._place()

    def set_pointer(self, point_world: NDArray[np.float64] | None) -> None:
        """Draw a ring around a point (3,) of the world, or none."""
        if point_world is not self._point:
            self._point = point_world
            self.update()

    # ---- what MeshView asks

    def paint_content(self, painter: QPainter) -> None:
        """Draw the room, the cameras' names and the pointer."""
        super().paint_content(painter)
        camera = self._scene_camera()
        if camera is None:
            return
        for frustum in self._frustums:
            self._paint_name(painter, camera, frustum)
        for point, color, radius in (
            (self._frame.joint_world, QColor(*CHOSEN), RING / 2),
            (self._point, QColor(*LINE), RING),
        ):
            if point is not None:
                x, y, _depth = camera.project(point, self._logical_size())
                _paint_ring(painter, QPointF(x, y), color, radius)

    def changeEvent(self, event: QEvent) -> None:
        """Draw the cameras in the theme's colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._frame.frustums:
            self._place()

    def _measure(self) -> None:
        points = [body.vertices_camera for body in self._bodies]
        points += [one.corners for one in self._frustums]
        points += [
            p for p in (s.points[np.isfinite(s.points).all(axis=1)] for s in self._skeletons) if len(p)
        ]
        self._bounds = bounds_of(points, self._up)
        standing = [body.vertices_camera for body in self._bodies]
        if standing:
            self._bounds = replace(self._bounds, floor=bounds_of(standing, self._up).floor)
        self._group.set_radius(id(self), self._bounds.radius if points else None)
        self._touch()

    def _scene_camera(self) -> SceneCamera | None:
        if not self._bodies and not self._frustums:
            return None
        return orbit_camera(self.pose, self._bounds, self._group.radius, self._logical_size())

    def _made_content(self) -> MeshContent:
        content = self._content
        made = super()._made_content()
        if made is not content:
            made = self._content = WorldContent(
                made.bodies,
                made.selected,
                made.outline_color,
                made.floor,
                made.floor_color,
                self._frustums,
                self._skeletons,
            )
        return made

    def _report_click(self, position: QPointF) -> None:
        person, camera = self.person_under(position), self._scene_camera()
        under = [f.key for f in self._frustums if camera is not None and self._covers(camera, f, position)]
        if person is not None:
            self.person_clicked.emit(person)
        elif under:
            self.view_clicked.emit(under[0])

    # ---- inside

    def _place(self) -> None:
        """Put the frame's cameras, bodies and joints where they belong."""
        frame, dark = self._frame, self.is_dark()
        points = [one.points_world for one in frame.skeletons] + [one.vertices_world for one in frame.bodies]
        known = [own[np.isfinite(own).all(axis=1)] for own in points]
        center = np.concatenate([np.zeros((0, 3)), *known])
        middle = center.mean(axis=0) if len(center) else np.zeros(3)
        depth = frustum_depth([one.camera for one in frame.frustums], middle)
        self._frustums = tuple(
            Frustum(
                one.view,
                frustum_corners(one.camera, one.size, depth),
                _rgb(view_color(one.hue, dark=dark)),
                one.image,
            )
            for one in frame.frustums
        )
        self._skeletons = tuple(Skeleton(s.points_world, s.segments, s.color) for s in frame.skeletons)
        self.set_bodies([BodyMesh(b.person, b.vertices_world, b.faces, b.color) for b in frame.bodies])

    def _paint_name(self, painter: QPainter, camera: SceneCamera, frustum: Frustum) -> None:
        x, y, depth = camera.project(frustum.corners[0], self._logical_size())
        if np.isfinite(depth):
            words.paint_tag(painter, self.rect(), QPointF(x + 4, y - 4), frustum.key, frustum.color)

    def _covers(self, camera: SceneCamera, frustum: Frustum, position: QPointF) -> bool:
        seen = camera.project(frustum.corners[1:], self._logical_size())
        if not np.isfinite(seen).all():
            return False
        shape = QPolygonF([QPointF(x, y) for x, y in seen[:, :2].tolist()])
        return shape.containsPoint(position, Qt.FillRule.OddEvenFill)


def _paint_ring(painter: QPainter, center: QPointF, color: QColor, radius: float) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in (QPen(QColor(0, 0, 0, 140), 4.0), QPen(color, 2.0)):
        painter.setPen(pen)
        painter.drawEllipse(center, radius, radius)


def _rgb(color: QColor) -> Color:
    return color.red(), color.green(), color.blue()
