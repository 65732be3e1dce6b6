"""The workspace "Explain": what a person chose there, and what its pages show. Frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from sefd_viewer.app.slices import Slice

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.frame import Words
    from sefd_viewer.features.explain.bench import BenchRow
    from sefd_viewer.features.explain.case import CaseKey
    from sefd_viewer.features.explain.gap import GapCurves, NetworkGap
    from sefd_viewer.features.explain.heat import HeatMaps
    from sefd_viewer.features.explain.inside import SeenBy
    from sefd_viewer.features.explain.occlusion import Reaction
    from sefd_viewer.features.explain.sweep import SweepProgress

    Image = NDArray[np.uint8]

ExplainPage = Literal["inside", "bench", "occlusion", "distillation"]
OccluderKind = Literal["box", "blob", "person"]
OccludedArea = Literal["crop", "photo"]
Covered = Literal["kept", "lost"]
"""What becomes of 2D joints behind the occluder: told to the networks anyway, or lost as a detector would."""
BodiesShown = Literal["onion", "side"]
PaintFrom = Literal["nothing", "own"]
HeatOf = Literal["displacement", "error"]

PAGES: dict[ExplainPage, str] = {
    "inside": "What the networks see",
    "bench": "Edge bench",
    "occlusion": "Occlusion lab",
    "distillation": "Distillation gap",
}


# ---- what a person chose


@dataclass(frozen=True)
class Stroke:
    """One stroke over the crop: points (x, y) in pixels of the 256x256 crop, `width` pixels wide."""

    points: tuple[tuple[float, float], ...]
    width: float
    erases: bool = False


@dataclass(frozen=True)
class Painting:
    """An edge map painted by hand: strokes over nothing, or over the student's own edges."""

    begins: PaintFrom = "nothing"
    strokes: tuple[Stroke, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was painted yet."""
        return not self.strokes and self.begins == "nothing"


@dataclass(frozen=True)
class Occluder:
    """Something in front of the person in view, or of everybody in the photo.

    Its middle and height are in pixels of the `area` when that is 256 pixels high, as the crop is.
    """

    kind: OccluderKind = "box"
    area: OccludedArea = "crop"
    x: float = 127.5
    y: float = 150.0
    size: float = 70.0
    joints: Covered = "kept"


@dataclass(frozen=True)
class ExplainState:
    """Everything a person chose in the workspace.

    `joint` is the name of a graph joint (None: all of them) and `depth` a slice of the volume (None: all);
    `donor` is the photo whose edges are borrowed (None: the next one). `paintings` are kept by case.
    `sweep_joint` is an SMPL 30 joint (None: the mean of all), `sweep_size` the side of the sliding box in
    pixels of the crop. `marked` is the row of the bench that is looked at, by its edge map.
    """

    page: ExplainPage = "inside"
    joint: str | None = None
    depth: int | None = None
    donor: str | None = None
    paintings: Mapping[CaseKey, Painting] = field(default_factory=dict)
    erases: bool = False
    brush: float = 5.0
    marked: str | None = None
    occluder: Occluder = field(default_factory=Occluder)
    bodies: BodiesShown = "onion"
    sweep_joint: str | None = None
    sweep_size: float = 48.0
    heat_of: HeatOf = "displacement"

    def painting(self, case: CaseKey | None) -> Painting:
        """What was painted for a case."""
        return self.paintings.get(case, Painting()) if case is not None else Painting()

    def with_painting(self, case: CaseKey, painting: Painting) -> ExplainState:
        """Return the state with another painting for a case."""
        return replace(self, paintings={**self.paintings, case: painting})


EXPLAIN: Slice[ExplainState] = Slice("explain", ExplainState())


# ---- what is shown


@dataclass(frozen=True, eq=False)
class InsideFrame:
    """The page with what each network sees."""

    networks: tuple[SeenBy, ...] = ()
    words: Words | None = None


@dataclass(frozen=True, eq=False)
class BenchFrame:
    """The edge bench: rows in the order of the edge maps, `sentence` about what the edge bought.

    `canvas` (H,W,3) is the crop to paint on, `painted` (256,256,3) what was painted; `notes` say why an edge
    map is missing.
    """

    rows: tuple[BenchRow, ...] = ()
    sentence: str = ""
    truth: bool = False
    canvas: Image | None = None
    painting: Painting = field(default_factory=Painting)
    painted: Image | None = None
    donors: tuple[tuple[str, str], ...] = ()
    donor: str | None = None
    notes: tuple[str, ...] = ()
    words: Words | None = None
    busy: bool = False


@dataclass(frozen=True, eq=False)
class OcclusionFrame:
    """The occlusion lab: `picture` has the occluder in it; `sweep` and `heat` where there are any.

    `covered` of the `joints` that the person's 2D pose has are behind the occluder.
    """

    picture: Image | None = None
    reactions: tuple[Reaction, ...] = ()
    covered: int = 0
    joints: int = 0
    sweep: SweepProgress | None = None
    heat: HeatMaps | None = None
    words: Words | None = None
    busy: bool = False


@dataclass(frozen=True, eq=False)
class GapFrame:
    """The distillation gap of each network; `notes` say which checkpoints cannot be compared.

    `curves` show two or more checkpoints over training.
    """

    networks: tuple[NetworkGap, ...] = ()
    curves: GapCurves | None = None
    notes: str = ""
    checkpoints: tuple[str, ...] = ()
    words: Words | None = None


@dataclass(frozen=True, eq=False)
class ExplainFrame:
    """Everything the workspace shows; `case` is whom it is about."""

    state: ExplainState = field(default_factory=ExplainState)
    case: CaseKey | None = None
    inside: InsideFrame = field(default_factory=InsideFrame)
    bench: BenchFrame = field(default_factory=BenchFrame)
    occlusion: OcclusionFrame = field(default_factory=OcclusionFrame)
    gap: GapFrame = field(default_factory=GapFrame)


EXPLAIN_FRAME: Slice[ExplainFrame] = Slice("explain", ExplainFrame())
