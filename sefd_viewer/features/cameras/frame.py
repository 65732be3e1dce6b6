"""What workspace Cameras shows: frozen values, compared field by field by its views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.depth_order import Order
from sefd_viewer.app.frame import PhotoFrame, Words
from sefd_viewer.app.methods import TRUTH, Method
from sefd_viewer.app.sentences import Account, Tone
from sefd_viewer.app.slices import Slice
from sefd_viewer.app.state import Color
from sefd_viewer.features.cameras.diagnosis import DiagnosisState, Scope
from sefd_viewer.features.cameras.model import CamerasState, Unit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.cameras.diagnosis.convention_steps import ConventionStep, Stage
    from sefd_viewer.cameras.diagnosis.conventions import Conventions
    from sefd_viewer.cameras.views.triangulation import ResidualTable
    from sefd_viewer.features.cameras.extrinsics import PersonModes
    from sefd_viewer.features.cameras.image_plane import PlaneRow
    from sefd_viewer.features.cameras.scene import BoardScene
    from sefd_viewer.features.cameras.timeline import TimelineValues
    from sefd_viewer.geometry.cameras import PinholeCamera
    from sefd_viewer.geometry.rotations import ExtrinsicMode

    Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class BoardViewFrame:
    """One camera's panel: `name`, the `record` behind it, its photo with everything drawn on it.

    `title` ("Camera 2") and `serial` are for people; `hue` is the number of the camera's colour, the same
    over moments; `tone` says whether `about` is good.

    `about` says how large its error is; `outlier` that it is far above the others'; `current` that its
    record is the one in view elsewhere; `arriving` that the photo is still that of the moment before.
    """

    name: str
    record: str
    photo: PhotoFrame
    title: str = ""
    serial: str = ""
    hue: int = 0
    about: str = ""
    tone: Tone = "plain"
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


@dataclass(frozen=True)
class MethodFrame:
    """A method whose bodies can be drawn on the photos, and whether they are."""

    id: Method
    title: str
    color: Color
    is_drawn: bool


@dataclass(frozen=True, eq=False)
class ResidualFrame:
    """The table joint x camera of one person in `unit`; `apart_mm` (J,) body against triangulated point.

    `height_px` is the person's height in the pictures, by which errors are large or small.

    `words` say why there is no table, `note` what the numbers are, `views` are the set's, by which cameras
    have their numbers.
    """

    table: ResidualTable | None = None
    unit: Unit = "px"
    height_px: float = float("nan")
    apart_mm: Array | None = None
    joint: str | None = None
    note: str = ""
    words: Words | None = None
    views: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class TimelineFrame:
    """Errors over moments: `keys` are the records to go to, `values` what is known, by `views` and person.

    `person` is the key of the one whose errors are shown, `index` the moment in view; `sequences` are as in
    `Stretch`.
    """

    keys: tuple[str, ...] = ()
    moments: tuple[str, ...] = ()
    sequences: tuple[tuple[int, str], ...] = ()
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
    """A body in the world as a method has it: `vertices_world` (V, 3) metres."""

    person: str
    vertices_world: NDArray[np.float32]
    faces: NDArray[np.int32]
    color: Color
    method: Method = TRUTH


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


@dataclass(frozen=True)
class PersonModesFrame:
    """One person's table under the person's name."""

    title: str
    color: Color
    modes: PersonModes


@dataclass(frozen=True)
class WayFrame:
    """One way into the camera: how far bodies are from exact ones, on average over the views.

    `joints_mm` is how far their joints are from the measured ones, nan where none were; whether that `fits`.
    """

    mode: ExtrinsicMode
    px: float
    mm: float
    joints_mm: float
    fits: bool


@dataclass(frozen=True, eq=False)
class ExtrinsicsFrame:
    """The tables of everybody in view; `drawn` is the mode of the bodies on the board.

    `outlined` are the modes whose outlines lie over the photos, `record` says which photo the tables are of.
    `ways` are raw, paper and exact over all views, `about` says what the paper's form does to this body and
    why; the set has so many `photos`.
    """

    people: tuple[PersonModesFrame, ...] = ()
    drawn: ExtrinsicMode = "exact"
    outlined: frozenset[str] = frozenset()
    record: str = ""
    ways: tuple[WayFrame, ...] = ()
    about: tuple[str, str] = ("", "")
    photos: int = 0
    words: Words | None = None


@dataclass(frozen=True)
class PlanePersonFrame:
    """One line of the depth list: a person's name, colour and numbers."""

    key: str
    title: str
    color: Color
    row: PlaneRow


@dataclass(frozen=True, eq=False)
class ImagePlaneFrame:
    """Everybody of one method in one image plane, nearest first.

    `implied` is the order that cameras and capture imply, `chosen` whether somebody chose another; `shared`
    says in words which camera all are brought before, `record` which photo this is about.
    """

    people: tuple[PlanePersonFrame, ...] = ()
    implied: Order = ()
    chosen: bool = False
    own_cameras: bool = False
    deviation_px: float = 0.0
    shared: str = ""
    record: str = ""
    method: Method = "student"
    methods: tuple[tuple[Method, str], ...] = ()
    words: Words | None = None

    @property
    def order(self) -> Order:
        """The people's keys, nearest first."""
        return tuple(person.key for person in self.people)


@dataclass(frozen=True)
class CardFrame:
    """One card: the steps of one stage of the chain."""

    stage: Stage
    title: str
    steps: tuple[ConventionStep, ...]


@dataclass(frozen=True, eq=False)
class InspectorFrame:
    """Everything the tab shows.

    `errors` by name: before, after (nan: on its way) and unit. `differences` says what is read otherwise than
    stated; `calibration` names the file whose cameras are read in place of the records'; `scopes` are what a
    diagnosis can rest on.
    """

    cards: tuple[CardFrame, ...] = ()
    views: tuple[str, ...] = ()
    conventions: Conventions | None = None
    errors: Mapping[str, tuple[float, float, str]] = field(default_factory=dict)
    differences: tuple[str, ...] = ()
    calibration: str | None = None
    diagnosis: DiagnosisState = field(default_factory=DiagnosisState)
    scopes: tuple[Scope, ...] = ("moment", "around", "set")
    words: Words | None = None


@dataclass(frozen=True, eq=False)
class CamerasFrame:
    """Everything the workspace shows; `scene` are the numbers behind it, for pointing at things.

    `title` names the moment, `place` says which of how many it is; `account` answers whether the cameras are
    right. `has_modes`: bodies of the world are known, so that there are three ways to draw them.
    """

    moment: str = ""
    title: str = ""
    place: str = ""
    account: Account = field(default_factory=Account)
    has_modes: bool = False
    views: tuple[BoardViewFrame, ...] = ()
    people: tuple[BoardPersonFrame, ...] = ()
    methods: tuple[MethodFrame, ...] = ()
    person: str | None = None
    chosen: CamerasState = field(default_factory=CamerasState)
    residuals: ResidualFrame = field(default_factory=ResidualFrame)
    timeline: TimelineFrame = field(default_factory=TimelineFrame)
    world: WorldFrame = field(default_factory=WorldFrame)
    scene: BoardScene | None = None
    notes: tuple[str, ...] = ()
    words: Words | None = None
    extrinsics: ExtrinsicsFrame = field(default_factory=ExtrinsicsFrame)
    image_plane: ImagePlaneFrame = field(default_factory=ImagePlaneFrame)
    inspector: InspectorFrame | None = None


FRAME = Slice("cameras", CamerasFrame())


def residual_rows(frame: ResidualFrame) -> list[dict[str, Any]]:
    """For a file, a row for each joint: errors in the unit that is shown, unrounded; nan where not seen."""
    table = frame.table
    if table is None:
        return []
    rows = []
    for place, (joint, median) in enumerate(table.by_joint.items()):
        errors = dict(zip(table.views, table.errors_px[place].tolist(), strict=True))
        row = {"joint": joint, "unit": frame.unit, **errors, "median": median}
        if frame.apart_mm is not None:
            row["body_from_triangulated_mm"] = float(frame.apart_mm[place])
        rows.append(row)
    return rows


def residual_text(frame: ResidualFrame) -> str:
    """For the clipboard: joints down, cameras across, columns apart by tabs; empty without a table."""
    table = frame.table
    if table is None:
        return ""
    rows = ["\t".join((f"joint ({frame.unit})", *table.views))]
    for joint, errors in zip(table.joints, table.errors_px.tolist(), strict=True):
        rows.append("\t".join((joint, *("" if e != e else f"{e:.2f}" for e in errors))))
    return "\n".join(rows)
