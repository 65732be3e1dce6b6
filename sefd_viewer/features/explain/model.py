"""The workspace "Explain": what a person chose there. Frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from sefd_viewer.app.slices import Slice

CaseKey = tuple[str, str]
"""The keys of a record and of a person in it."""
ExplainPage = Literal["inside", "bench", "occlusion", "distillation"]
OccluderKind = Literal["box", "blob", "person", "object", "somebody", "truncation"]
EXACT: tuple[OccluderKind, ...] = ("object", "somebody", "truncation")
"""Those that hide an exact share of the person's true body, wherever that takes them."""
LEVELS = tuple(round(step / 10, 1) for step in range(7))
"""Shares at which errors are asked for, as `occlude` does unless told otherwise."""
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
    """An edge map painted by hand: strokes over nothing, or over the network's own edges."""

    begins: PaintFrom = "nothing"
    strokes: tuple[Stroke, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was painted yet."""
        return not self.strokes and self.begins == "nothing"


@dataclass(frozen=True)
class Occluder:
    """Something in front of the person in view, or of everybody in the photo.

    Its middle and height are in pixels of the `area` when that is 256 pixels high, as the crop is; of the
    EXACT kinds `level` is the share that is hidden.
    """

    kind: OccluderKind = "box"
    area: OccludedArea = "crop"
    x: float = 127.5
    y: float = 150.0
    size: float = 70.0
    joints: Covered = "kept"
    level: float = 0.3


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
