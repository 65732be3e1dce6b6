"""Who is in front where: all bodies of a picture rendered together, as small as tells enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.render.zbuffer import Buffers, render_buffers

LONGEST_SIDE = 512
"""Pixels; larger pictures are rendered smaller."""


@dataclass(frozen=True, eq=False)
class DepthView:
    """Buffers of a picture that was resized by `scale`, and the camera for that size."""

    buffers: Buffers
    camera: PinholeCamera
    scale: float

    def at(self, points_image: NDArray[np.floating]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """The body's number (N,) seen at pixels (N, 2) of the picture (0: none), and its depth in metres."""
        small = (np.asarray(points_image, np.float64) + 0.5) * self.scale - 0.5
        width, height = self.buffers.size
        inside = np.asarray(((small >= -0.5) & (small < np.array([width, height]) - 0.5)).all(axis=1))
        column, row = np.where(inside[:, None], np.rint(small), 0).astype(np.intp).T
        owner = np.where(inside, self.buffers.person_id[row, column], 0).astype(np.uint8)
        depth = np.where(inside, self.buffers.depth[row, column], np.inf).astype(np.float32)
        return owner, depth


def depth_view(
    meshes: Sequence[NDArray[np.floating]],
    faces: Sequence[NDArray[np.integer]],
    camera: PinholeCamera,
    size: tuple[int, int],
) -> DepthView:
    """Render meshes, each (V, 3) camera metres, of a picture of `size` (width, height)."""
    scale = min(1.0, LONGEST_SIDE / max(size))
    small = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    resized = camera.resized(scale)
    return DepthView(render_buffers(meshes, faces, resized, small, front_only=True), resized, scale)
