"""The workspace "Edges": what a person chose, what must be computed for that, and what is shown. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sefd_viewer.app.absence import edges_words, method_words, outcome_words, photo_words
from sefd_viewer.app.frame import MarkFrame, Words
from sefd_viewer.app.layers import without_dilation
from sefd_viewer.app.memo import look
from sefd_viewer.app.method_weights import networks_shown
from sefd_viewer.app.methods import CHOICE, TRUTH, Method
from sefd_viewer.app.resolve import person_in_view
from sefd_viewer.app.slices import Slice
from sefd_viewer.app.stages import PANES_SEEN
from sefd_viewer.app.state import Color
from sefd_viewer.edges.settings import EdgeSettings, WantedKind
from sefd_viewer.features.edges.work import (
    Agreement,
    AuditProgress,
    BodiesPicture,
    BodyEdges,
    BothDilations,
    BoxSizes,
    DetectorEdges,
    MapFolder,
    MapKind,
    Sized,
    Sizes,
    StoredMap,
    StoredPair,
    ThinCanny,
    stored_stamps,
)
from sefd_viewer.inference.messages import EDGE_NETWORKS, EdgeNetwork

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.content import Content
    from sefd_viewer.app.keys import Key
    from sefd_viewer.app.scene import Scene
    from sefd_viewer.app.stages import Stage
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.edges.agreement import EdgeAgreement, EdgeLikeness
    from sefd_viewer.features.edges.pictures import Compared, SizedBox

    Image = NDArray[np.uint8]
    Wanted = Iterator[Key[Any] | None]

LabPage = Literal["student", "detectors", "dilation", "audit"]
Dilated = Literal["mesh", "canny"]
"""Which edges the page about dilation thickens: those of the bodies, or Canny's."""

PAGES: dict[LabPage, str] = {
    "student": "What networks are given",
    "detectors": "Detectors",
    "dilation": "Adaptive dilation",
    "audit": "Audit of stored maps",
}
ROOM = 0.1
"""Around the person whom detectors are compared on, as a share of the box's longer side."""
CLASS_COLORS: tuple[Color, ...] = ((240, 228, 66), (86, 180, 233), (77, 208, 165), (230, 130, 180))
"""Of the size classes, from the smallest people to the largest: yellow, sky blue, mint, purple."""


@dataclass(frozen=True)
class EdgeLabState:
    """Everything a person chose in the workspace.

    `wanted` is the method whose bodies say where edges should be (None: the truth where there is any, else
    the one compared), `wanted_kind` which of their edges; `tolerance` in pixels; `areas` are the smallest and
    largest box area (px²) of the people who are listed. `audit_folder` holds stored maps that were made of
    `audit_kind` with `audit_dilation` (as the command line writes it).
    """

    page: LabPage = "student"
    wanted: Method | None = None
    wanted_kind: WantedKind = "overlap"
    tolerance: float = 2.0
    show_missed: bool = True
    dilated: Dilated = "mesh"
    areas: tuple[float, float] | None = None
    audit_folder: str | None = None
    audit_kind: MapKind = "overlap"
    audit_dilation: str = "adaptive"

    @property
    def maps(self) -> MapFolder | None:
        """The stored maps to look at."""
        if not self.audit_folder:
            return None
        return MapFolder(Path(self.audit_folder), self.audit_kind, self.audit_dilation)


EDGES: Slice[EdgeLabState] = Slice("edges", EdgeLabState())
AUDIT: Slice[AuditProgress | None] = Slice("audit", None)


# ---- what is wanted


def wants(state: ViewerState, content: Content) -> Wanted:
    """The keys of the page in view."""
    page = EDGES.of(state).page
    if page == "dilation" and content.dataset is not None and content.opening is None:
        yield Sizes(content.dataset)
    if content.scene is not None:
        wanted = {
            "student": _wants_nothing,
            "detectors": _wants_detectors,
            "dilation": _wants_dilation,
            "audit": _wants_pair,
        }
        yield from wanted[page](state, content, content.scene)


def edge_networks(state: ViewerState) -> tuple[EdgeNetwork, ...]:
    """Those that are compared."""
    return EDGE_NETWORKS if EDGES.of(state).page == "detectors" else ()


def settle(state: ViewerState, _content: Content) -> ViewerState:
    """The stage's panes are on one page."""
    seen = EDGES.of(state).page == "student"
    return state if PANES_SEEN.of(state) == seen else PANES_SEEN.put(state, seen)


def wanted_method(state: ViewerState, content: Content) -> Method | None:
    """Whose bodies say where edges should be; None while there are none."""
    chosen, here = EDGES.of(state).wanted, content.stages
    if chosen in here:
        return chosen
    choice = CHOICE.of(state)
    first = (TRUTH, choice.pair(here)[1], *(info.id for info in choice.ordered()))
    return next((method for method in first if method in here), None)


def _stage(state: ViewerState, content: Content) -> Stage | None:
    method = wanted_method(state, content)
    return None if method is None else content.stages[method]


def _wants_nothing(_state: ViewerState, _content: Content, _scene: Scene) -> Wanted:
    """What networks are given is the stage's, which wants for itself."""
    yield from ()


def _wants_detectors(state: ViewerState, content: Content, scene: Scene) -> Wanted:
    lab, stage, computed = EDGES.of(state), _stage(state, content), content.computed
    settings = replace(without_dilation(state.edges), variant="soft")
    edges = DetectorEdges(scene, settings, content.detectors)
    bodies = None if stage is None else BodyEdges(scene, stage, state.hidden_people, lab.wanted_kind)
    yield edges
    yield bodies
    found, wanted = computed.value(edges), computed.value(bodies)
    if wanted is not None:
        yield BodiesPicture(scene, wanted)
    if found is not None and wanted is not None:
        results = map(content.inference.found_edges, EDGE_NETWORKS)
        learned = tuple(one for one in results if one is not None)
        yield Agreement(scene, wanted, found, learned, state.edges, lab.tolerance, lab.show_missed)


def _wants_dilation(state: ViewerState, content: Content, scene: Scene) -> Wanted:
    if EDGES.of(state).dilated == "mesh":
        stage = _stage(state, content)
        if stage is not None:
            yield BothDilations(scene, state.edges, state.hidden_people, stage=stage)
        return
    canny = ThinCanny(scene, without_dilation(state.edges))
    yield canny
    thin = content.computed.value(canny)
    if thin is not None:
        yield BothDilations(scene, state.edges, frozenset(), thin=thin)


def _wants_pair(state: ViewerState, content: Content, scene: Scene) -> Wanted:
    folder, dataset = EDGES.of(state).maps, content.dataset
    if folder is not None and dataset is not None:
        stamps = look(content, stored_stamps, dataset, scene.record, folder)
        yield StoredMap(dataset, scene, folder, content.bodies, stamps)


# ---- what is shown


@dataclass(frozen=True, eq=False)
class DetectorFrame:
    """One detector's panel: its edges over the dimmed photo, and the numbers.

    The last panel shows the edges of the bodies themselves, without numbers.
    """

    key: str
    title: str
    picture: Image | None = None
    agreement: EdgeAgreement | None = None
    likeness: EdgeLikeness | None = None
    words: Words | None = None


@dataclass(frozen=True, eq=False)
class DetectorsFrame:
    """The page that compares detectors; `words` say why nothing can be compared.

    `box` (left, top, right, bottom; image pixels) is the person in view with some room.
    """

    panels: tuple[DetectorFrame, ...] = ()
    wanted: Method | None = None
    methods: tuple[tuple[Method, str], ...] = ()
    words: Words | None = None
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, eq=False)
class DilationFrame:
    """The page about dilation: two pictures (H,W,3), the people's boxes in the colours of their classes.

    `sizes` are the box areas of the whole data set, `people` those inside the chosen range.
    """

    fixed: Image | None = None
    adaptive: Image | None = None
    marks: tuple[MarkFrame, ...] = ()
    sizes: BoxSizes | None = None
    people: tuple[Sized, ...] = ()
    words: Words | None = None
    sizes_words: Words | None = None


@dataclass(frozen=True, eq=False)
class AuditFrame:
    """The page that audits stored maps; `pair` are the maps of the photo in view."""

    progress: AuditProgress | None = None
    pair: StoredPair | None = None
    words: Words | None = None
    pair_words: Words | None = None


@dataclass(frozen=True, eq=False)
class EdgeLabFrame:
    """Everything the workspace shows: the page in view alone."""

    state: EdgeLabState = field(default_factory=EdgeLabState)
    edges: EdgeSettings = field(default_factory=EdgeSettings)
    detectors: DetectorsFrame = field(default_factory=DetectorsFrame)
    dilation: DilationFrame = field(default_factory=DilationFrame)
    audit: AuditFrame = field(default_factory=AuditFrame)


EDGES_FRAME: Slice[EdgeLabFrame] = Slice("edges", EdgeLabFrame())


def resolve(state: ViewerState, content: Content) -> EdgeLabFrame:
    """Decide what the workspace shows."""
    lab = EDGES.of(state)
    frame = EdgeLabFrame(lab, state.edges)
    if lab.page == "detectors":
        return replace(frame, detectors=_detectors(state, content))
    if lab.page == "dilation":
        return replace(frame, dilation=_dilation(state, content))
    return replace(frame, audit=_audit(state, content)) if lab.page == "audit" else frame


def class_color(kernel: int, settings: EdgeSettings) -> Color:
    """The colour of the size class that gets this kernel."""
    place = settings.area_kernels.index(kernel) if kernel in settings.area_kernels else 0
    return CLASS_COLORS[place % len(CLASS_COLORS)]


def _detectors(state: ViewerState, content: Content) -> DetectorsFrame:
    shown = CHOICE.of(state).ordered()
    methods = tuple((info.id, info.title) for info in shown if info.id in content.stages)
    frame = DetectorsFrame((), wanted_method(state, content), methods)
    if words := _no_photo(state, content) or _no_bodies(state, content):
        return replace(frame, words=words)
    agreement = content.newest(Agreement)
    compared = (agreement.value if agreement is not None else None) or ()
    panels = {one.found.key: _panel(one) for one in compared}
    for network in EDGE_NETWORKS:
        if content.inference.found_edges(network) is None:
            why = edges_words(network, content) or Words("Looking for edges", busy=True)
            panels[network] = DetectorFrame(network, network.upper(), words=why)
    bodies = content.newest(BodiesPicture)
    if compared and bodies is not None:
        whose = CHOICE.of(state).title(frame.wanted or "")
        panels["bodies"] = DetectorFrame("bodies", f"Overlap edge: {whose}", bodies.value)
    if not compared:
        outcomes = agreement, content.newest(DetectorEdges), content.newest(BodyEdges)
        words = outcome_words(*outcomes) or Words("Comparing", "the detectors", busy=True)
    return replace(frame, panels=_in_order(panels), words=words, box=_around_person(state, content))


def _around_person(state: ViewerState, content: Content) -> tuple[float, float, float, float] | None:
    """The person in view with some room, as far as the photo goes, in its pixels; None where nobody is."""
    scene = content.scene
    person = scene.person(person_in_view(state, content)) if scene is not None else None
    if scene is None or person is None:
        return None
    left, top, width, height = (float(value) for value in person.pose2d.bbox_xywh)
    room = ROOM * max(width, height)
    ends = scene.image.shape[1] - 0.5, scene.image.shape[0] - 0.5
    right, bottom = left + width + room, top + height + room
    return max(left - room, -0.5), max(top - room, -0.5), min(right, ends[0]), min(bottom, ends[1])


def _in_order(panels: Mapping[str, DetectorFrame]) -> tuple[DetectorFrame, ...]:
    """Both Cannys, what networks find, plugins', the bodies': the same whatever comes first."""
    order = ("soft", "binary", *EDGE_NETWORKS)
    known = [panels[key] for key in order if key in panels]
    others = [panel for key, panel in panels.items() if key not in (*order, "bodies")]
    return (*known, *others, *(panel for key, panel in panels.items() if key == "bodies"))


def _panel(compared: Compared) -> DetectorFrame:
    found = compared.found
    words = Words("This detector failed", found.problem) if found.problem else None
    return DetectorFrame(
        found.key, found.title, compared.picture, compared.agreement, compared.likeness, words
    )


def _dilation(state: ViewerState, content: Content) -> DilationFrame:
    lab = EDGES.of(state)
    newest = content.newest(BothDilations, lab.dilated == "canny")
    dilations = None if newest is None else newest.value
    outcome = content.computed.get(Sizes(content.dataset)) if content.dataset is not None else None
    sizes = None if outcome is None else outcome.value
    words = _no_photo(state, content) or (_no_bodies(state, content) if lab.dilated == "mesh" else None)
    if words is None and dilations is None:
        words = outcome_words(newest) or Words("Dilating", busy=True)
    sizes_words = None
    if sizes is None:
        failed = "The boxes cannot be read"
        sizes_words = outcome_words(outcome, title=failed) or Words(
            "Reading", "the boxes of the data set", busy=True
        )
    elif not sizes.areas.size:
        hint = "Open an annotated set to see how large its people are."
        sizes_words = Words("Nobody here has an annotated box", hint)
    return DilationFrame(
        fixed=dilations.fixed if dilations is not None else None,
        adaptive=dilations.adaptive if dilations is not None else None,
        marks=tuple(_box(box, state.edges) for box in dilations.boxes) if dilations is not None else (),
        sizes=sizes,
        people=sizes.between(*lab.areas) if sizes is not None and lab.areas is not None else (),
        words=words,
        sizes_words=sizes_words,
    )


def _box(box: SizedBox, settings: EdgeSettings) -> MarkFrame:
    label = f"{box.kernel}×{box.kernel}" if box.kernel > 1 else "not dilated"
    color = class_color(box.kernel, settings)
    return MarkFrame(box.person, color, box_xywh=box.bbox_xywh, label=label)


def _audit(state: ViewerState, content: Content) -> AuditFrame:
    if EDGES.of(state).maps is None:
        words = Words(
            "No folder of stored maps",
            "Choose the folder with the maps of all sets (MSCOCO, 3dpw … below it), as the public release "
            "or `sefd-viewer edges --out` laid them out.",
        )
        return AuditFrame(AUDIT.of(content), words=words)
    outcome = content.newest(StoredMap)
    pair, pair_words = None if outcome is None else outcome.value, _no_photo(state, content)
    if pair_words is None and pair is None:
        pair_words = outcome_words(outcome) or Words("Drawing the map anew", busy=True)
    return AuditFrame(AUDIT.of(content), pair, pair_words=pair_words)


def _no_photo(state: ViewerState, content: Content) -> Words | None:
    return photo_words(state, content) if content.scene is None else None


def _no_bodies(state: ViewerState, content: Content) -> Words | None:
    first = networks_shown(state)[0].role
    return method_words(first, content) if first is not None and not content.stages else None
