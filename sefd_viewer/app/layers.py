"""The layers over the photo: what there is, and pure functions that compute their pixels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, cast

from sefd_viewer.app.cache import LruCache
from sefd_viewer.app.state import Color, MeshEdgeKind
from sefd_viewer.edges.settings import EdgeSettings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.scene import Scene
    from sefd_viewer.app.stages import PlacedBody
    from sefd_viewer.edges.settings import EdgeMap
    from sefd_viewer.geometry.cameras import PinholeCamera
    from sefd_viewer.geometry.crops import Crop
    from sefd_viewer.inference.messages import EdgesResult

    Mask = NDArray[np.uint8]
    EdgeDetector = Callable[[NDArray[np.uint8]], NDArray[np.generic]]


@dataclass(frozen=True)
class LayerInfo:
    """What a layer is called and whether it has one colour to choose."""

    key: str
    title: str
    tip: str
    colored: bool = False


LAYERS: tuple[LayerInfo, ...] = (
    LayerInfo("poses", "2D poses", "Keypoints and bones that the networks start from"),
    LayerInfo("boxes", "Boxes", "The box of each person"),
    LayerInfo("mesh_edge", "Body edges", "Edges of the rendered bodies of one method", colored=True),
    LayerInfo("hed", "HED edges", "Edges that the HED network finds in the photo", colored=True),
    LayerInfo(
        "canny", "Canny edges", "Canny edges of the photo, dilated as the edge panel says", colored=True
    ),
    LayerInfo("see", "SEE’s edges", "Overlap edges as SEE guesses them in each person's crop", colored=True),
    LayerInfo("sesd", "SESD’s edges", "SEE’s edges, completed where others hide somebody", colored=True),
    LayerInfo("plugin", "Plugin edges", "Edges from a plugin's detector", colored=True),
    LayerInfo("image", "Photo", "The picture itself"),
)
"""From top to bottom, as they lie over each other; plugins' lie right on the photo."""


@cache
def layers() -> tuple[LayerInfo, ...]:
    """All layers, plugins' too."""
    from sefd_viewer.plugin_code import offered

    own = [
        LayerInfo(one.id, one.title, str(one.more.get("tip", "")), colored=True) for one in offered("layers")
    ]
    return (*LAYERS[:-1], *own, LAYERS[-1])


def height_of(key: str) -> int:
    """How high a layer lies: larger numbers cover smaller ones."""
    return len(layers()) - next(i for i, info in enumerate(layers()) if info.key == key)


HAZE = 26
"""A tenth of full strength: HED is hardly ever quite 0."""


def without_haze(mask: Mask) -> Mask:
    """The strength of edges (H,W) uint8 without what HED says of every pixel, which would tint the photo.

    Nothing below `HAZE`, all from twice that on; between them it rises.
    """
    import numpy as np

    table = np.arange(256, dtype=np.float32)
    table *= np.clip((table - HAZE) / HAZE, 0, 1)
    return table.astype(np.uint8)[mask]


def to_mask(values: NDArray[np.generic]) -> Mask:
    """(H,W) edge strength, float in [0,1] or uint8, as uint8; what is stronger than 1 is cut."""
    import cv2
    import numpy as np

    if values.dtype == np.uint8:
        return cast("Mask", values)
    return cast("Mask", cv2.convertScaleAbs(np.ascontiguousarray(values, np.float32), alpha=255.0))


class CannyLayer:
    """Dilated Canny masks of pictures; the Canny part is remembered, so moving a dilation slider is cheap."""

    def __init__(self) -> None:
        self._thin: LruCache[Mask] = LruCache(4)

    def mask(
        self,
        token: int,
        image: NDArray[np.uint8],
        settings: EdgeSettings,
        boxes: Sequence[NDArray[np.float32]],
    ) -> Mask:
        """(H,W) uint8 mask of the picture known as `token`, dilated as `settings` say (boxes: bbox_xywh)."""
        from sefd_viewer.edges.image_edges import dilate_for_people

        return dilate_for_people(self.thin(token, image, settings), boxes, settings)

    def thin(self, token: int, image: NDArray[np.uint8], settings: EdgeSettings) -> Mask:
        """The mask before dilation."""
        from sefd_viewer.edges.image_edges import canny

        key = (token, without_dilation(settings))
        mask = self._thin.get(key)
        if mask is None:
            mask = to_mask(canny(image, settings))
            self._thin.put(key, mask)
        return mask


def without_dilation(settings: EdgeSettings) -> EdgeSettings:
    """Return the settings with everything about dilation at its default: what Canny itself depends on."""
    plain = EdgeSettings()
    return replace(
        settings,
        dilation=plain.dilation,
        kernel=plain.kernel,
        area_thresholds=plain.area_thresholds,
        area_kernels=plain.area_kernels,
    )


def fitted(mask: Mask, size: tuple[int, int]) -> Mask:
    """The mask at `size` (width, height)."""
    import cv2

    if (mask.shape[1], mask.shape[0]) == size:
        return mask
    return cast(Mask, cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR))


def crop_of_edges(found: EdgesResult, person: str, crop: Crop, size: tuple[int, int]) -> EdgeMap:
    """What a network found around one person of a photo of `size`, as a mesh network would be given it."""
    import cv2
    import numpy as np

    from sefd_viewer.datasets.sample import warp
    from sefd_viewer.edges.settings import EdgeMap

    own = found.crops.get(person)
    if own is not None and crop.convention == "centred":
        return own
    whole = cv2.resize(found.edge.values.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    return EdgeMap(warp(np.asarray(whole, np.float32), crop), found.network.upper(), "the photo")


def mesh_edge_mask(
    bodies: Sequence[PlacedBody],
    camera: PinholeCamera,
    size: tuple[int, int],
    settings: EdgeSettings,
    kind: MeshEdgeKind,
) -> Mask:
    """(H,W) uint8 mask of the bodies' edges, each person dilated by the size of its own box."""
    from sefd_viewer.edges.mesh_edges import mesh_edges

    vertices = [body.vertices_camera for body in bodies]
    maps = mesh_edges(
        vertices, [body.faces for body in bodies], camera, size, replace(settings, dilation="adaptive")
    )
    return to_mask(getattr(maps, kind))


def mesh_overlay(
    bodies: Sequence[PlacedBody], colors: Sequence[Color], camera: PinholeCamera, size: tuple[int, int]
) -> NDArray[np.uint8]:
    """(H,W,4) straight-alpha picture of shaded bodies in `colors`, depth-tested together."""
    import numpy as np

    from sefd_viewer.render.overlay import shaded_overlay

    meshes = [body.vertices_camera for body in bodies]
    faces = [body.faces for body in bodies]
    return shaded_overlay(meshes, faces, np.asarray(colors, np.uint8), camera, size)


_SHADES = (0.0, 0.38, -0.30, 0.60, -0.48, 0.20)


def body_color(own: Color, index: int) -> Color:
    """A method's `own` colour for its first person, lighter and darker tones of it for the others."""
    shade = _SHADES[index % len(_SHADES)]
    target = 255 if shade > 0 else 0
    red, green, blue = (round(c + (target - c) * abs(shade)) for c in own)
    return red, green, blue


def plugin_mask(detect: EdgeDetector, image: NDArray[np.uint8]) -> Mask:
    """(H,W) uint8 mask from a plugin's detector; ValueError when its answer has another shape."""
    import numpy as np

    values = np.asarray(detect(image))
    if values.shape != image.shape[:2]:
        raise ValueError(f"the detector returned {values.shape}, not {image.shape[:2]}")
    return to_mask(values)


def layer_pixels(draw: Callable[..., NDArray[np.generic]], scene: Scene) -> Mask:
    """What a plugin's layer draws: strength (H,W), float in [0,1] or uint8, or RGBA (H,W,4) uint8.

    `draw` is called with the photo (H,W,3) uint8 RGB and who is in it (`PersonInput`s). Raises ValueError for
    another answer.
    """
    import numpy as np

    values = np.asarray(draw(scene.image, scene.people))
    size = scene.image.shape[:2]
    if values.shape == (*size, 4) and values.dtype == np.uint8:
        return values
    if values.shape != size:
        raise ValueError(f"the overlay is {values.shape} {values.dtype}, not {size} or RGBA")
    return to_mask(values)
