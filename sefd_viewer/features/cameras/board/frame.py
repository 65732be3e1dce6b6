"""What the camera board shows: frozen values, compared field by field by its views."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sefd_viewer.app.frame import PhotoFrame, Words
from sefd_viewer.app.state import Color
from sefd_viewer.features.cameras.board.state import BoardState, Unit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.cameras.views.residuals import ResidualTable
    from sefd_viewer.features.cameras.board.scene import BoardScene
    from sefd_viewer.features.cameras.board.timeline import TimelineValues
    from sefd_viewer.geometry.cameras import PinholeCamera

    Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class BoardViewFrame:
    """One camera's panel: `name`, the `record` behind it, its photo with everything drawn on it.

    `hue` is the number of the camera's colour, the same over moments.

    `about` says how large its error is; `outlier` that it is far above the others'; `current` that its
    record is the one in view elsewhere; `arriving` that the photo is still that of the moment before.
    """

    name: str
    record: str
    photo: PhotoFrame
    hue: int = 0
    about: str = ""
    outlier: bool = False
    current: bool = False
    arriving: bool = False


@dataclass(frozen=True, eq=False)
class BoardPersonFrame:
    """One person of the moment; `about` says who sees them and how well the cameras agree."""

    key: str
    title: str
    color: Color
    about: str


@dataclass(frozen=True, eq=False)
class ResidualFrame:
    """The table joint x camera of one person in `unit`; `apart_mm` (J,) body against triangulated point.

    `height_px` is the person's height in the pictures, by which errors are large or small.

    `words` say why there is no table, `note` what the numbers are.
    """

    table: ResidualTable | None = None
    unit: Unit = "px"
    height_px: float = float("nan")
    apart_mm: Array | None = None
    joint: str | None = None
    note: str = ""
    words: Words | None = None


@dataclass(frozen=True, eq=False)
class TimelineFrame:
    """Errors over moments: `keys` are the records to go to, `values` what is known, by `views` and person.

    `person` is the key of the one whose errors are shown, `index` the moment in view.
    """

    keys: tuple[str, ...] = ()
    moments: tuple[str, ...] = ()
    values: TimelineValues | None = None
    views: tuple[str, ...] = ()
    person: str | None = None
    index: int | None = None
    paused: bool = False
    words: Words | None = None


@dataclass(frozen=True, eq=False)
class FrustumFrame:
    """One camera in the world, for pictures of `size`, and a small copy of the one on its image plane."""

    view: str
    hue: int
    camera: PinholeCamera
    size: tuple[int, int]
    image: NDArray[np.uint8] | None = None


@dataclass(frozen=True, eq=False)
class WorldBodyFrame:
    """A body in the world: `vertices_world` (V, 3) metres."""

    person: str
    vertices_world: NDArray[np.float32]
    faces: NDArray[np.int32]
    color: Color


@dataclass(frozen=True, eq=False)
class SkeletonFrame:
    """Joints in the world: `points_world` (J, 3) metres, nan where unknown."""

    person: str
    points_world: Array
    segments: tuple[tuple[int, int], ...]
    color: Color


@dataclass(frozen=True, eq=False)
class WorldFrame:
    """Cameras, bodies and joints in the world; `up` points away from the ground.

    `joint_world` (3,) metres is where the chosen joint is, None where that is not known.
    """

    frustums: tuple[FrustumFrame, ...] = ()
    bodies: tuple[WorldBodyFrame, ...] = ()
    skeletons: tuple[SkeletonFrame, ...] = ()
    up: tuple[float, float, float] = (0.0, -1.0, 0.0)
    joint_world: Array | None = None
    words: Words | None = None


@dataclass(frozen=True, eq=False)
class BoardFrame:
    """Everything the camera board shows; `scene` are the numbers behind it, for pointing at things."""

    moment: str = ""
    views: tuple[BoardViewFrame, ...] = ()
    people: tuple[BoardPersonFrame, ...] = ()
    person: str | None = None
    chosen: BoardState = field(default_factory=BoardState)
    residuals: ResidualFrame = field(default_factory=ResidualFrame)
    timeline: TimelineFrame = field(default_factory=TimelineFrame)
    world: WorldFrame = field(default_factory=WorldFrame)
    scene: BoardScene | None = None
    notes: tuple[str, ...] = ()
    words: Words | None = None
