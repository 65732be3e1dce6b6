"""The rendered room: a MeshPicture with cameras and skeletons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sefd_viewer.gui.mesh_picture import MeshContent, MeshPicture
from sefd_viewer.scene.frustums import Frustum, Skeleton

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
