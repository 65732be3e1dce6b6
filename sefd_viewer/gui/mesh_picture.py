"""A rendered 3D picture as a QImage: coarse while things move, smooth at rest, kept until they change."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from sefd_viewer.errors import SefdError
from sefd_viewer.scene.cameras import Bounds, SceneCamera
from sefd_viewer.scene.meshes import BodyMesh, Color

if TYPE_CHECKING:
    from sefd_viewer.scene.mesh_scene import MeshScene

SMOOTH_SAMPLES = 2
SMOOTH_PIXELS = 8_000_000
QUICK_S = 0.008


@dataclass(frozen=True, eq=False)
class MeshContent:
    """What a picture shows, but not from where: bodies, the chosen one, and the floor where there is one."""

    bodies: tuple[BodyMesh, ...] = ()
    selected: str | None = None
    outline_color: Color = (255, 255, 255)
    floor: Bounds | None = None
    floor_color: Color = (128, 128, 128)


class MeshPicture:
    """Render a MeshContent on demand; VTK is loaded with the first body."""

    def __init__(self) -> None:
        self.failure: SefdError | None = None
        self._scene: MeshScene | None = None
        self._content: MeshContent | None = None
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
        content: MeshContent,
        camera: SceneCamera,
        size: tuple[int, int],
        *,
        view: object,
        smooth: bool,
    ) -> QImage | None:
        """Return the picture at `size` device pixels with premultiplied alpha, None when it cannot be drawn.

        `view` identifies camera and size: the same `content` (by identity)
        and an equal `view` are not rendered again, except to become smooth.
        """
        same = content is self._content and view == self._view
        if not same or (smooth and not self._smooth):
            quick = self._smooth_s < QUICK_S
            self._image = self._render(content, camera, size, smooth=smooth or quick)
            self._content, self._view = content, view
        return self._image

    def last(self, view: object) -> QImage | None:
        """The picture as it was, whatever it showed, if it was seen like this."""
        return self._image if view == self._view else None

    def make_scene(self) -> MeshScene:
        """Make what renders; raises SefdError where this machine cannot draw."""
        from sefd_viewer.scene.mesh_scene import MeshScene

        return MeshScene()

    def fill(self, scene: MeshScene, content: MeshContent) -> None:
        """Put the content into the scene."""
        scene.set_bodies(content.bodies)
        scene.set_selected(content.selected, content.outline_color)
        scene.set_floor(content.floor, content.floor_color)

    def _render(
        self,
        content: MeshContent,
        camera: SceneCamera,
        size: tuple[int, int],
        *,
        smooth: bool,
    ) -> QImage | None:
        scene = self._open_scene()
        if scene is None:
            return None
        if content is not self._content:
            self.fill(scene, content)
        affordable = size[0] * size[1] * SMOOTH_SAMPLES**2 <= SMOOTH_PIXELS
        start = time.perf_counter()
        pixels = scene.render(camera, size, samples=SMOOTH_SAMPLES if smooth and affordable else 1)
        if smooth:
            self._smooth_s = time.perf_counter() - start
        self._smooth = smooth
        return QImage(pixels.data, *size, 4 * size[0], QImage.Format.Format_ARGB32_Premultiplied)

    def _open_scene(self) -> MeshScene | None:
        if self._scene is None and self.failure is None:
            try:
                self._scene = self.make_scene()
            except SefdError as error:
                self.failure = error
        return self._scene
