"""What the pages of Explain show. Frozen values."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sefd_viewer.app.slices import Slice
from sefd_viewer.features.explain.commanded import Commanded
from sefd_viewer.features.explain.model import EXACT, ExplainState, OccludedArea, Occluder, Painting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.frame import Words
    from sefd_viewer.app.methods import Method, MethodInfo
    from sefd_viewer.features.explain.bench import BenchRow
    from sefd_viewer.features.explain.gap import GapCurves, NetworkGap
    from sefd_viewer.features.explain.heat import HeatMaps
    from sefd_viewer.features.explain.hiding import HidingCurves
    from sefd_viewer.features.explain.inside import SeenBy
    from sefd_viewer.features.explain.model import CaseKey
    from sefd_viewer.features.explain.occlusion import Reaction
    from sefd_viewer.features.explain.sweep import SweepProgress

    Image = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class InsideFrame:
    """The page with what each network sees."""

    networks: tuple[SeenBy, ...] = ()
    words: Words | None = None


@dataclass(frozen=True, eq=False)
class BenchFrame:
    """The edge bench: rows in the order of the edge maps, `sentence` about what the edge bought.

    `canvas` (H,W,3) is the crop to paint on, `painted` (256,256,3) what was painted; `notes` say why an edge
    map is missing. `network` is the one that is asked, of the `networks` that take edges.
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
    network: Method | None = None
    networks: tuple[MethodInfo, ...] = ()


@dataclass(frozen=True, eq=False)
class OcclusionFrame:
    """The occlusion lab: `picture` has the occluder in it; `sweep` and `heat` where there are any.

    `covered` of the `joints` that the person's 2D pose has are behind the occluder. Of one that hides an
    exact `share` of the body `curves` are the errors by share, also of the `commands` that ran; `commanded`
    says how they stand.
    """

    picture: Image | None = None
    reactions: tuple[Reaction, ...] = ()
    covered: int = 0
    joints: int = 0
    sweep: SweepProgress | None = None
    heat: HeatMaps | None = None
    words: Words | None = None
    busy: bool = False
    share: float = math.nan
    curves: HidingCurves | None = None
    commands: tuple[MethodInfo, ...] = ()
    commanded: Commanded = field(default_factory=Commanded)


@dataclass(frozen=True, eq=False)
class GapFrame:
    """The distillation gap of each network; `notes` say which checkpoints cannot be compared.

    `teacher` is what the network is called that they are compared with.

    `curves` show two or more checkpoints over training.
    """

    networks: tuple[NetworkGap, ...] = ()
    curves: GapCurves | None = None
    notes: str = ""
    checkpoints: tuple[str, ...] = ()
    words: Words | None = None
    teacher: str = "the teacher"


@dataclass(frozen=True, eq=False)
class ExplainFrame:
    """Everything the workspace shows; `case` is whom it is about, `networks` are those that are asked.

    `left_out` says which of the methods that are shown have nothing here.
    """

    state: ExplainState = field(default_factory=ExplainState)
    case: CaseKey | None = None
    networks: tuple[MethodInfo, ...] = ()
    left_out: str = ""
    inside: InsideFrame = field(default_factory=InsideFrame)
    bench: BenchFrame = field(default_factory=BenchFrame)
    occlusion: OcclusionFrame = field(default_factory=OcclusionFrame)
    gap: GapFrame = field(default_factory=GapFrame)


EXPLAIN_FRAME: Slice[ExplainFrame] = Slice("explain", ExplainFrame())


_HINTS: dict[OccludedArea, str] = {
    "crop": "Drag it over the person; arrow keys move it a little.",
    "photo": "Drag it; the networks answer for each person.",
}


def covered_words(frame: OcclusionFrame, occluder: Occluder) -> str:
    """What becomes of the 2D joints behind the occluder; what can be done while there are none."""
    if occluder.kind in EXACT:
        fate = "lost" if occluder.joints == "lost" else "told anyway"
        hidden = "" if math.isnan(frame.share) else f"{100 * frame.share:.0f} % of the body hidden; "
        return f"{hidden}{frame.covered} of {frame.joints} joints covered: {fate}"
    if not frame.covered or occluder.area == "photo":
        return _HINTS[occluder.area]
    fate = "lost" if occluder.joints == "lost" else "told anyway"
    return f"{frame.covered} of {frame.joints} joints covered: {fate}"


def sweep_words(frame: OcclusionFrame) -> str:
    """What the heat maps are, or how far they are."""
    sweep = frame.sweep
    if sweep is None:
        return "A grey box slides over the crop"
    if sweep.problem is not None:
        return sweep.problem
    what = "Error against the truth" if frame.heat is not None and frame.heat.errors else "Displacement"
    if sweep.finished:
        return f"{what} with the box there"
    state = "stopped" if sweep.stopped else "going on"
    return f"{what}, {sweep.done} of {sweep.total} ({state})"
