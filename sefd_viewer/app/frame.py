"""What the views show: frozen values made by `resolve`, compared field by field by the views."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from itertools import repeat
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar

from sefd_viewer.app.memo import memo
from sefd_viewer.app.methods import Method
from sefd_viewer.app.slices import Slices, Whole
from sefd_viewer.app.state import Color, MeshEdgeKind, Workspace
from sefd_viewer.edges.settings import EdgeSettings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.evaluation.person_metrics import PersonMetrics

    Image = NDArray[np.uint8]

T = TypeVar("T")
P = ParamSpec("P")
Pattern = Literal["solid", "dashed", "dotted"]
_OURS = ("sefd_viewer.app.", "sefd_viewer.features.")
Side = Literal["left", "right"]
_PLAIN = (str, int, float, bool)
SMALL = 1024
"""Arrays up to this many numbers (the joints of a person) are compared by content."""


@dataclass(frozen=True, eq=False)
class Words:
    """Why there is nothing to see and what to do about it; `busy` when it is on its way."""

    title: str
    hint: str = ""
    busy: bool = False


@dataclass(frozen=True, eq=False)
class OverlayFrame:
    """One image layer: `data` is a mask (H,W) uint8 shown in `color`, or (H,W,4) uint8, straight alpha.

    It lies over the whole photo, or over `extent` (left, top, right, bottom edges, image pixels); with `side`
    only on that side of the divider.
    """

    data: Image
    color: Color
    opacity: float
    z: int
    extent: tuple[float, float, float, float] | None = None
    side: Side | None = None


@dataclass(frozen=True, eq=False)
class MarkFrame:
    """One person's skeleton (points (J,2) image pixels, nan = not drawn) or box, with a label.

    `point_colors` (J,3) uint8 overrides `color` joint by joint; `point_radius` is in pixels of the screen.
    `contours` are closed lines, each (N,2) image pixels, drawn in the `pattern`.
    """

    person: str
    color: Color
    points: NDArray[np.float64] | None = None
    segments: tuple[tuple[int, int], ...] = ()
    box_xywh: tuple[float, float, float, float] | None = None
    label: str = ""
    point_colors: Image | None = None
    point_radius: float = 3.0
    dashed: bool = False
    contours: tuple[NDArray[np.float32], ...] = ()
    pattern: Pattern = "solid"


@dataclass(frozen=True, eq=False)
class PhotoFrame:
    """The photo with its layers; `image_opacity` 0 hides the picture itself.

    `wipe` is where a divider stands, as a share of the width, and `sides` what is left and right of it; None
    without one.
    """

    image: Image | None = None
    image_opacity: float = 1.0
    overlays: Mapping[str, OverlayFrame] = field(default_factory=dict)
    marks: tuple[MarkFrame, ...] = ()
    selected: str | None = None
    bare: bool = False
    words: Words | None = None
    caption: str = ""
    wipe: float | None = None
    sides: tuple[str, str] = ("", "")


@dataclass(frozen=True, eq=False)
class PersonFrame:
    """One row of the person list; `metrics` by method where ground truth exists."""

    key: str
    title: str
    color: Color
    source: str
    score: float
    visible: bool
    metrics: Mapping[Method, PersonMetrics] = field(default_factory=dict)


@dataclass(frozen=True)
class LayerFrame:
    """One row of the layer list; `note` says why a visible layer shows nothing."""

    key: str
    title: str
    tip: str
    visible: bool
    opacity: float
    color: Color | None
    note: str = ""


@dataclass(frozen=True)
class LayersFrame:
    """The layer list and what belongs to it."""

    rows: tuple[LayerFrame, ...] = ()
    selected: str = "poses"
    overlay: Method = "student"
    methods: tuple[tuple[Method, str], ...] = ()
    mesh_edge_kind: MeshEdgeKind = "overlap"
    detector: str | None = None
    detectors: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class StatusFrame:
    """The status line; `activity` is what goes on (with `share` 0..1 done, None unknown)."""

    device: str = ""
    times: tuple[tuple[str, float], ...] = ()
    waiting: int = 0
    activity: str = ""
    share: float | None = None
    notice: str = ""
    problem: str = ""


@dataclass(frozen=True, eq=False)
class Frame:
    """Everything the window shows; `slices` are the parts of the features in view."""

    dataset: Dataset | None = None
    record: str | None = None
    title: str = ""
    workspace: Workspace = "inspect"
    photo: PhotoFrame = field(default_factory=PhotoFrame)
    people: tuple[PersonFrame, ...] = ()
    people_note: str = ""
    skipped: tuple[str, ...] = ()
    person: str | None = None
    layers: LayersFrame = field(default_factory=LayersFrame)
    edges: EdgeSettings = field(default_factory=EdgeSettings)
    status: StatusFrame = field(default_factory=StatusFrame)
    slices: Slices = field(default_factory=dict)


def shown(work: Callable[P, T]) -> Callable[P, T]:
    """Make a part of a frame anew only when what it is made of changed; one that looks the same stays."""
    return memo(work, alike=same)


def same(first: Any, second: Any) -> bool:
    """Whether two values of frames look alike: large arrays by identity, small ones and frames by content."""
    if first is second:
        return True
    kind = type(first)
    if kind is not type(second):
        return False
    if kind in _PLAIN:
        return bool(first == second) or (first != first and second != second)
    names = _compared(kind)  # type: ignore[arg-type]  # classes have a hash
    pairs: Iterable[tuple[Any, Any]]
    if names is not None:
        pairs = zip(map(getattr, repeat(first), names), map(getattr, repeat(second), names), strict=False)
    elif isinstance(first, tuple) and len(first) == len(second):
        pairs = zip(first, second, strict=True)
    elif isinstance(first, Mapping) and first.keys() == second.keys():
        pairs = zip(first.values(), map(second.__getitem__, first), strict=True)
    elif hasattr(first, "dtype"):
        return _same_numbers(first, second)
    else:
        return not isinstance(first, Whole | tuple | Mapping) and bool(first == second)
    for one, other in pairs:  # in one loop: it is asked most
        plain = type(one) in _PLAIN and type(one) is type(other)
        if one is not other and not (plain and one == other) and not same(one, other):
            return False
    return True


@cache
def _compared(kind: type) -> tuple[str, ...] | None:
    """The fields by which values of a kind are compared; None where it is no frame."""
    ours = kind.__module__.startswith(_OURS) and not issubclass(kind, Whole) and is_dataclass(kind)
    return tuple(field.name for field in fields(kind)) if ours else None


def _same_numbers(first: NDArray[Any], second: NDArray[Any]) -> bool:
    """Whether small arrays hold the same, nan where the other has nan, at the price of one call."""
    alike = first.size <= SMALL and first.dtype == second.dtype and first.shape == second.shape
    return alike and first.tobytes() == second.tobytes()
