"""Edges while a slider moves: only the part of the photo in sight, at the resolution of the screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sefd_viewer.app.cache import LruCache
from sefd_viewer.app.layers import CannyLayer, mesh_edge_mask
from sefd_viewer.app.state import MeshEdgeKind
from sefd_viewer.edges.settings import EdgeSettings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.stages import PlacedBody
    from sefd_viewer.geometry.cameras import PinholeCamera

    Image = NDArray[np.uint8]

Extent = tuple[float, float, float, float]

DRAFT_MS = 150
"""How long a slider rests before the whole photo is computed at full resolution."""
WORTH_A_DRAFT = 0.8
"""Screen pixels per image pixel up to which a draft of bodies is made before the whole."""
_MARGIN = 12
"""Pixels of the part beyond the view's border: edges near a border depend on what lies behind it."""


@dataclass(frozen=True)
class VisiblePart:
    """What a view shows of a photo: left, top, right, bottom in pixels; screen pixels per image pixel."""

    visible_xyxy: Extent
    scale: float


@dataclass(frozen=True, eq=False)
class Draft:
    """An edge mask (h,w) uint8 of a part of the photo, stretched over `extent` (edges, image pixels)."""

    mask: Image
    extent: Extent


class Drafts:
    """Draws drafts; the reduced part of the photo in sight is remembered while a slider moves."""

    def __init__(self) -> None:
        self._parts: LruCache[tuple[Image, Extent, float]] = LruCache(2)
        self._canny = CannyLayer()

    def canny(
        self,
        token: int,
        image: Image,
        settings: EdgeSettings,
        boxes: Sequence[NDArray[np.float32]],
        visible_part: VisiblePart,
    ) -> Draft:
        """Dilated Canny edges of the photo known as `token`, as far as they are in sight."""
        import numpy as np

        part, extent, scale = self._part(token, image, visible_part)
        corner = np.array([extent[0], extent[1], 0, 0]) + [0.5, 0.5, 0, 0]
        moved = [((np.asarray(box) - corner) * scale).astype(np.float32) for box in boxes]
        own = hash((token, extent, scale))
        return Draft(self._canny.mask(own, part, at_scale(settings, scale), moved), extent)

    def mesh_edges(
        self,
        bodies: Sequence[PlacedBody],
        camera: PinholeCamera,
        size: tuple[int, int],
        settings: EdgeSettings,
        kind: MeshEdgeKind,
        visible_part: VisiblePart,
    ) -> Draft:
        """The edges of bodies in a photo of `size` (w, h), all of them at the resolution of the screen."""
        scale = min(visible_part.scale, 1.0)
        smaller = max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)
        seen = camera.resized(smaller[0] / size[0], smaller[1] / size[1])
        mask = mesh_edge_mask(bodies, seen, smaller, at_scale(settings, scale), kind)
        return Draft(mask, (-0.5, -0.5, size[0] - 0.5, size[1] - 0.5))

    def _part(self, token: int, image: Image, visible_part: VisiblePart) -> tuple[Image, Extent, float]:
        key = token, visible_part
        found = self._parts.get(key)
        if found is None:
            found = _reduced(image, visible_part)
            self._parts.put(key, found)
        return found


def at_scale(settings: EdgeSettings, scale: float) -> EdgeSettings:
    """Settings that do in a picture reduced by `scale` what `settings` do in the whole one, nearly."""
    return replace(
        settings,
        sigma=max(settings.sigma * scale, 0.3),
        kernel=_odd(settings.kernel * scale),
        area_kernels=tuple(_odd(kernel * scale) for kernel in settings.area_kernels),
        area_thresholds=tuple(area * scale**2 for area in settings.area_thresholds),
    )


def _odd(kernel: float) -> int:
    """The nearest odd number, at least 1."""
    return max(2 * round((kernel - 1) / 2) + 1, 1)


def _reduced(image: Image, visible_part: VisiblePart) -> tuple[Image, Extent, float]:
    import cv2
    import numpy as np

    height, width = image.shape[:2]
    left, top, right, bottom = visible_part.visible_xyxy
    x0, x1 = max(int(left) - _MARGIN, 0), min(int(right) + _MARGIN, width)
    y0, y1 = max(int(top) - _MARGIN, 0), min(int(bottom) + _MARGIN, height)
    if x0 >= x1 or y0 >= y1:  # the photo is out of sight
        x0, y0, x1, y1 = 0, 0, width, height
    part, scale = image[y0:y1, x0:x1], min(visible_part.scale, 1.0)
    if scale < 1.0:
        size = max(round((x1 - x0) * scale), 1), max(round((y1 - y0) * scale), 1)
        part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
    return np.ascontiguousarray(part), (x0 - 0.5, y0 - 0.5, x1 - 0.5, y1 - 0.5), scale
