"""What the stage has computed on other threads: bodies as panes show them, outlines, errors, dim photos."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from sefd_viewer.app.cache import about_the_set
from sefd_viewer.app.keys import Key
from sefd_viewer.app.stages import PANES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.errors_in_mm import Errors
    from sefd_viewer.app.scene import Scene
    from sefd_viewer.app.stages import PlacedBody
    from sefd_viewer.edges.settings import EdgeMap
    from sefd_viewer.features.inspect.model import Box
    from sefd_viewer.geometry.cameras import PinholeCamera
    from sefd_viewer.geometry.crops import Crop
    from sefd_viewer.geometry.turning import Turn
    from sefd_viewer.render.bodies import BodyLayer

Color = tuple[int, int, int]

LEAVES_PHOTO = 3.0
"""Degrees of a turn within which bodies leave their places on the photo and meet at the pelvis."""
OUTLINES = (1200, 500)
"""The longer side of the picture in which an outline is found, and the same while frames are played."""
MUTED, GREYED = 0.62, 0.35
"""How bright the photo is behind bodies, and how much of its colour it loses."""


@dataclass(frozen=True)
class Eye:
    """From where bodies are seen: the photo's `camera`, or turned about the pelvis of `anchor`."""

    camera: PinholeCamera
    turn: Turn | None = None
    anchor: PlacedBody | None = None
    up: tuple[float, float, float] = (0.0, -1.0, 0.0)

    @property
    def from_photo(self) -> bool:
        """Whether it sees what the photo shows."""
        return self.turn is None or self.anchor is None


@about_the_set(64)
def camera_of(eye: Eye) -> PinholeCamera:
    """The camera of an eye, in pixels of the photo."""
    from sefd_viewer.geometry.turning import turned_camera

    if eye.turn is None or eye.anchor is None:
        return eye.camera
    return turned_camera(eye.camera, eye.turn, eye.anchor.pelvis_space, eye.up)


@about_the_set(64)
def vertices_of(body: PlacedBody, eye: Eye) -> NDArray[np.float32]:
    """(V,3) metres of a body before an eye's camera: on the photo, or in shape with all pelvises together."""
    return _placed(eye, body.vertices_camera, body.vertices_space, body)


@about_the_set(256)
def joints_of(body: PlacedBody, eye: Eye) -> NDArray[np.float64] | None:
    """(17,2) pixels of the photo: the Human3.6M joints of a body as an eye sees them; None without any."""
    if body.joints_camera is None or body.joints_space is None:
        return None
    return camera_of(eye).project(_placed(eye, body.joints_camera, body.joints_space, body))


@about_the_set(64)
def box_of(body: PlacedBody, eye: Eye) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """The lowest and the highest pixel (2,) at which an eye sees a body; None for one behind it."""
    import numpy as np

    pixels = camera_of(eye).project(vertices_of(body, eye))
    seen = pixels[np.isfinite(pixels).all(axis=1)]
    return (seen.min(axis=0), seen.max(axis=0)) if len(seen) else None


def _placed(
    eye: Eye, on_photo: NDArray[np.float32], in_space: NDArray[np.float32], body: PlacedBody
) -> NDArray[np.float32]:
    if eye.turn is None or eye.anchor is None:
        return on_photo
    together = in_space + (eye.anchor.pelvis_space - body.pelvis_space)
    share = min(eye.turn.angle / LEAVES_PHOTO, 1.0)
    mixed = together if share == 1.0 else on_photo * (1.0 - share) + together * share
    return mixed.astype("float32", copy=False)


@dataclass(frozen=True)
class Dressed:
    """Bodies that are drawn alike: in one `color`, or one body by its `errors` up to `scale_mm`."""

    bodies: tuple[PlacedBody, ...]
    color: Color
    opacity: float = 1.0
    behind: bool = False
    errors: Errors | None = None
    scale_mm: float = 300.0


@dataclass(frozen=True, eq=False)
class Drawing:
    """Bodies on a clear picture `rgba` (H,W,4), alpha premultiplied, that lies at `extent` of the photo.

    `floor` are lines (N,2,2) below it, in pixels of the photo, each with its strength (N,).
    """

    rgba: NDArray[np.uint8]
    extent: Box
    floor: NDArray[np.float32] | None = None
    strength: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class PaneDrawing(Key[Drawing]):
    """The bodies of one pane at the size of its pixels: what is `of` names whom and how they are seen."""

    title: ClassVar[str] = "Drawing the bodies"
    awaited: ClassVar[bool] = True
    kept: ClassVar[int] = 48
    together: ClassVar[str] = PANES
    pane: str
    of: Hashable
    dressed: tuple[Dressed, ...]
    eye: Eye
    extent: Box
    size: tuple[int, int]
    samples: int

    @property
    def slot(self) -> Hashable:
        """One for each pane: the newest wins."""
        return PaneDrawing, self.pane

    @property
    def about(self) -> Hashable:
        """An older drawing of the same stands in until this is there."""
        return self.pane, self.of

    def work(self) -> Drawing:
        """Draw."""
        from sefd_viewer.render.bodies import draw_layers

        scale = self.size[0] / (self.extent[2] - self.extent[0])
        corner = (self.extent[0] + 0.5) * scale, (self.extent[1] + 0.5) * scale
        camera = camera_of(self.eye).resized(scale).shifted(-corner[0], -corner[1])
        layers = [_layer(one, self.eye) for one in self.dressed]
        rgba = draw_layers(layers, camera, self.size, samples=self.samples)
        lines = None if self.eye.from_photo else _floor(self.eye)
        return Drawing(rgba, self.extent, *(lines or (None, None)))


def _layer(dressed: Dressed, eye: Eye) -> BodyLayer:
    import numpy as np

    from sefd_viewer.app.errors_in_mm import error_rgb
    from sefd_viewer.render.bodies import BodyLayer, DrawnBody

    color = np.array(dressed.color, np.uint8)
    if dressed.errors is not None and dressed.errors.vertices_mm is not None:
        color = error_rgb(dressed.errors.vertices_mm, dressed.scale_mm)
    drawn = [DrawnBody(vertices_of(body, eye), body.faces, color) for body in dressed.bodies]
    return BodyLayer(drawn, dressed.opacity, dressed.behind)


@about_the_set(8)
def _floor(eye: Eye) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
    """Lines (N,2,2) of the floor below the anchor as an eye sees them, and their strengths (N,)."""
    import numpy as np

    from sefd_viewer.scene.cameras import bounds_of
    from sefd_viewer.scene.floor import floor_grid

    assert eye.anchor is not None
    points, segments, strength = floor_grid(bounds_of([eye.anchor.vertices_space], eye.up))
    pixels = camera_of(eye).project(points)
    seen = np.isfinite(pixels[segments]).all(axis=(1, 2))
    kept = segments[seen]
    return pixels[kept].astype(np.float32), strength[kept].mean(axis=1)


@dataclass(frozen=True)
class SeenEdges(Key[Drawing]):
    """The very edges that a network was given, where its crop lies on the photo."""

    title: ClassVar[str] = "Drawing the edges"
    together: ClassVar[str] = PANES
    kept: ClassVar[int] = 16
    pane: str
    edge: EdgeMap
    crop: Crop

    @property
    def slot(self) -> Hashable:
        """One for each pane."""
        return SeenEdges, self.pane

    @property
    def about(self) -> Hashable:
        """The pane: what it showed before stands until the next is there."""
        return self.pane

    def work(self) -> Drawing:
        """Edges white on black."""
        import numpy as np

        from sefd_viewer.app.layers import to_mask

        grey = to_mask(self.edge.values)
        rgba = np.dstack([grey, grey, grey, np.full_like(grey, 255)])
        height, width = grey.shape
        corners = np.array([[-0.5, -0.5, 1.0], [width - 0.5, height - 0.5, 1.0]]) @ self.crop.to_image.T
        left, top, right, bottom = (float(value) for value in corners.ravel())
        return Drawing(rgba, (left, top, right, bottom))


@dataclass(frozen=True)
class Outline(Key[tuple["NDArray[np.float32]", ...]]):
    """Closed lines (N,2), pixels of the photo, around a body as an eye sees it."""

    title: ClassVar[str] = "Drawing outlines"
    awaited: ClassVar[bool] = True
    kept: ClassVar[int] = 16
    together: ClassVar[str] = PANES
    body: PlacedBody
    eye: Eye
    pixels: int = OUTLINES[0]

    @property
    def slot(self) -> Hashable:
        """On the photo and turned side by side."""
        return Outline, self.eye.from_photo

    @property
    def about(self) -> Hashable:
        """The line of an older turn stands in."""
        return self.body, self.eye.from_photo

    def work(self) -> tuple[NDArray[np.float32], ...]:
        """Find the rim in a picture as fine as is worth it."""
        import numpy as np

        from sefd_viewer.render.bodies import DrawnBody, outline

        box = box_of(self.body, self.eye)
        if box is None:
            return ()
        low, high = box
        scale = self.pixels / max(float((high - low).max()), 1.0)
        width, height = (int(side) + 4 for side in (high - low) * scale)
        corner = (low + 0.5) * scale - 2
        camera = camera_of(self.eye).resized(scale).shifted(-corner[0], -corner[1])
        body = DrawnBody(vertices_of(self.body, self.eye), self.body.faces, np.zeros(3, np.uint8))
        lines = outline(body, camera, (width, height), samples=1)
        return tuple(((line + 0.5 + corner) / scale - 0.5).astype(np.float32) for line in lines)


@dataclass(frozen=True)
class MutedPhoto(Key["NDArray[np.uint8]"]):
    """The photo as it stands behind bodies: dimmed and a little greyed, (H,W,3)."""

    title: ClassVar[str] = "Dimming the photo"
    awaited: ClassVar[bool] = True
    kept: ClassVar[int] = 4
    together: ClassVar[str] = PANES
    scene: Scene

    @property
    def about(self) -> Hashable:
        """The photo itself."""
        return self.scene.token

    def work(self) -> NDArray[np.uint8]:
        """Mix the photo with its grey."""
        import cv2
        import numpy as np

        image = self.scene.image
        grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        mixed = cv2.addWeighted(image, MUTED * (1 - GREYED), grey, MUTED * GREYED, 0)
        return np.asarray(mixed, np.uint8)
