"""The view "Edges" of the stage: what the student is given, what it says then, what it said before."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sefd_viewer.app.frame import shown
from sefd_viewer.app.keys import Key
from sefd_viewer.app.memo import memo
from sefd_viewer.app.resolve import person_in_view
from sefd_viewer.app.slices import Slice
from sefd_viewer.app.stages import Measured
from sefd_viewer.app.trials import Answer, Wish
from sefd_viewer.edges.edge_map import EdgeMap
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.features.inspect.edge_work import (
    CropEdges,
    CropOfEdges,
    NoEdges,
    TriedBody,
    TriedError,
    between,
)
from sefd_viewer.inference.messages import EDGE_NETWORKS, EdgeNetwork, Trial, Tried
from sefd_viewer.resources import resource_path

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.stages import PlacedBody
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.features.inspect.cast import Cast
    from sefd_viewer.inference.messages import Prediction

EdgeSource = Literal["canny", "hed", "see", "sesd", "none"]
SOURCES: dict[str, str] = {
    "canny": "Canny",
    "hed": "HED",
    "see": "SEE",
    "sesd": "SESD",
    "none": "None",
    "paint": "Paint",
}
"""What the student can be given; painting is done on the bench of the workspace "Explain"."""
WIDTHS = (1, 3, 5, 7, 9)
"""For which the student's error is computed; 1 is not dilated."""
EDGE_LAYERS = ("canny", "mesh_edge", *EDGE_NETWORKS, "plugin")
"""Edges that can lie over the photo."""
SHOWN_IN = ("inspect", "edges")
"""The workspaces that show the photo with its layers."""
GIVEN = "given"
LITTLE_MM = 5.0
"""A spread of errors below this is little."""


@dataclass(frozen=True)
class Before:
    """What the student said `of` somebody before the edges changed, and with which edges in `words`."""

    of: tuple[str | None, str | None]
    body: PlacedBody
    words: str


@dataclass(frozen=True)
class EdgeView:
    """What the student is given; `auto`: the view, which is `seen`, brought Canny's edges over the photo."""

    source: EdgeSource = "canny"
    auto: bool = False
    seen: bool = False


@dataclass(frozen=True)
class Morph:
    """The answer `before` the last change; `share` goes from 0 to 1 while the body moves to the new one."""

    before: Before | None = None
    share: float = 1.0


EDGE_VIEW: Slice[EdgeView] = Slice("edge_view", EdgeView())
MORPH: Slice[Morph] = Slice("edge_morph", Morph())


@dataclass(frozen=True, eq=False)
class EdgePanelFrame:
    """The panel beside the panes; `answer` is the student's newest body, which `moves` there from another.

    `widths` are (width, mm) that were computed, `mm` is of the present one.
    """

    source: EdgeSource = "canny"
    edges: EdgeSettings = field(default_factory=EdgeSettings)
    size_words: str = ""
    widths: tuple[tuple[int, float], ...] = ()
    width: int | None = None
    mm: float = math.nan
    sentence: str = ""
    trained: bool = True
    answer: PlacedBody | None = None
    moves: bool = False


def with_canny(state: ViewerState, _content: Content) -> ViewerState:
    """When the view comes it brings Canny's edges over the photo where no others are, and takes them away."""
    seen, view = in_edges(state), EDGE_VIEW.of(state)
    if seen == view.seen or state.workspace not in SHOWN_IN:
        return state
    visible = any(state.layers[key].visible for key in EDGE_LAYERS)
    if seen and not visible:
        return EDGE_VIEW.change(state.with_layer("canny", visible=True), auto=True, seen=True)
    if not seen and view.auto:
        return EDGE_VIEW.change(state.with_layer("canny", visible=False), auto=False, seen=False)
    return EDGE_VIEW.change(state, seen=seen)


# ---- what the student is asked


def asks(state: ViewerState, content: Content) -> Iterator[Wish]:
    """The student with other edges, and with Canny of every width."""
    if not in_edges(state) or content.scene is None or content.inference.pending:
        return
    given = given_wish(state, content)
    if given is not None:
        yield given
    yield from width_wishes(state, content).values()


def edge_networks(state: ViewerState) -> tuple[EdgeNetwork, ...]:
    """The network whose edges the student is given."""
    source = EDGE_VIEW.of(state).source
    return tuple(one for one in EDGE_NETWORKS if one == source and in_edges(state))


def in_edges(state: ViewerState) -> bool:
    """Whether the view is in sight: chosen for all panes, or in the workspace that shows no other."""
    from sefd_viewer.features.inspect.model import EDGE_ROOM, STAGE

    if state.workspace == EDGE_ROOM:
        return True
    return STAGE.of(state).view == "edges" and state.workspace == "inspect"


@memo
def student_of(state: ViewerState, content: Content) -> Prediction | None:
    """The student's normal answer about the person in view."""
    result, person = content.inference.result("student"), person_in_view(state, content)
    found = result.predictions if result is not None else ()
    return next((one for one in found if one.person == person), None)


def given_key(state: ViewerState, content: Content) -> CropOfEdges | NoEdges | None:
    """The key of the edges that stand for the student's own; None while those are Canny's."""
    source, normal = EDGE_VIEW.of(state).source, student_of(state, content)
    if source == "none":
        return NoEdges()
    found = content.inference.found_edges(source)
    if found is not None and content.scene and normal:
        return CropOfEdges(content.scene, found, normal.crop, normal.person)
    return None


@memo
def given_wish(state: ViewerState, content: Content) -> Wish | None:
    """The question with those edges."""
    key = given_key(state, content)
    edge = content.computed.value(key) if key is not None else None
    return None if edge is None else _wish(GIVEN, content.asking.edges, edge, state, content, key)


def student_edge(state: ViewerState, content: Content) -> CropEdges | CropOfEdges | NoEdges | None:
    """The key of what the student is about to be given; None where it was given that already."""
    normal, waits = student_of(state, content), "student" in content.inference.pending
    if EDGE_VIEW.of(state).source != "canny":
        return given_key(state, content)
    if not waits or normal is None or content.scene is None:
        return None
    file = content.asking.weights.get("student") or resource_path("weights/student.safetensors")
    return CropEdges(content.scene, normal, state.edges, Path(file))


@memo
def width_wishes(state: ViewerState, content: Content) -> Mapping[int, Wish]:
    """The question for every width."""
    found = {}
    for width in WIDTHS:
        edges = of_width(state.edges, width)
        wish = _wish(f"width {width}", edges, None, state, content, edges)
        if wish is not None:
            found[width] = wish
    return found


def of_width(edges: EdgeSettings, width: int) -> EdgeSettings:
    """The settings with a fixed width; 1 is none."""
    return replace(edges, dilation="none" if width == 1 else "fixed", kernel=width)


def _wish(
    purpose: str,
    edges: EdgeSettings,
    edge: EdgeMap | None,
    state: ViewerState,
    content: Content,
    depends: Hashable,
) -> Wish | None:
    scene = content.scene
    person = scene.person(person_in_view(state, content)) if scene is not None else None
    if scene is None or person is None or student_of(state, content) is None:
        return None
    asking = replace(content.asking, edges=edges)
    trial = Trial(GIVEN, "student", edge=None if edge is None else edge.values)
    key = scene.token, scene.edits, person.key, depends, asking.files
    return Wish(purpose, key, lambda number: asking.request(number, scene, person, [trial]))


def tried_body(wish: Wish | None, content: Content) -> TriedBody | None:
    """The key of the body that answers a question, once it was answered."""
    tried = _tried(wish, content)
    if wish is None or tried is None or content.scene is None:
        return None
    return TriedBody(wish.purpose, content.scene, tried.prediction, content.bodies)


def _tried_error(wish: Wish | None, content: Content, cast: Cast) -> TriedError | Measured | None:
    """The key of an answer's error, once answered; without a truth, of its distance from the baseline."""
    tried = _tried(wish, content)
    if wish is None or tried is None or content.scene is None:
        return None
    if cast.truth is not None:
        return TriedError(wish.purpose, content.scene, tried.prediction, content.bodies)
    body, baseline = content.computed.value(tried_body(wish, content)), cast.bodies.get(cast.choice.baseline)
    return None if body is None or baseline is None else Measured(wish.purpose, body, baseline)


def _error_mm(key: TriedError | Measured | None, content: Content) -> float:
    if isinstance(key, TriedError):
        mm = content.computed.value(key)
        return math.nan if mm is None else mm
    errors = content.computed.value(key)
    return math.nan if errors is None else errors.mpjpe_mm


def _tried(wish: Wish | None, content: Content) -> Tried | None:
    """The answer to a question, where that was the last one of its kind."""
    answer: Answer | None = None if wish is None else content.trials.answer(wish.purpose)
    return None if wish is None or answer is None or answer.key != wish.key else answer.tried.get(GIVEN)


# ---- bodies and numbers


def wants(state: ViewerState, content: Content, cast: Cast | None) -> Iterator[Key[Any] | None]:
    """The keys of the view besides those of its panes."""
    if not in_edges(state):
        return
    yield given_key(state, content)
    yield student_edge(state, content)
    yield tried_body(given_wish(state, content), content)
    if cast is not None:
        yield moved_key(state, cast)
        yield _tried_error(given_wish(state, content), content, cast)
        for wish in width_wishes(state, content).values():
            if cast.truth is None:
                yield tried_body(wish, content)
            yield _tried_error(wish, content, cast)


def with_given(cast: Cast, state: ViewerState, content: Content) -> Cast:
    """The cast with what the student says to the edges that it is given, on its way from its last answer."""
    view, bodies = EDGE_VIEW.of(state), dict(cast.bodies)
    wish, given_mm = given_wish(state, content), None
    body = content.computed.value(tried_body(wish, content))
    if view.source != "canny" and body is not None:
        bodies["student"] = body
        given_mm = _error_mm(_tried_error(wish, content, cast), content)
    before = _before(state, cast)
    share = MORPH.of(state).share
    if before is not None and share < 1.0 and "student" in bodies:
        bodies["student"] = between(before.body, bodies["student"], share)
    return replace(cast, bodies=bodies, given_mm=given_mm)


def _before(state: ViewerState, cast: Cast) -> Before | None:
    before = MORPH.of(state).before
    return before if before is not None and before.of == (state.record, cast.person) else None


def remembered(state: ViewerState, content: Content, cast: Cast | None) -> ViewerState:
    """The state that knows what the student says before its edges change; its last answer while it runs."""
    waits = "student" in content.inference.pending or GIVEN in content.trials.waiting
    body = None if cast is None else cast.bodies.get("student")
    if cast is None or body is None or waits:
        return state
    words = edge_words(state.edges, EDGE_VIEW.of(state).source)
    return MORPH.put(state, Morph(Before((state.record, cast.person), body, words)))


def before_body(state: ViewerState, cast: Cast) -> PlacedBody | None:
    """What the student said before the edges changed, where that was another body."""
    before = _before(state, cast)
    return None if before is None or before.body is cast.bodies.get("student") else before.body


def moved_key(state: ViewerState, cast: Cast) -> Measured | None:
    """How far the student's answer is from the one before."""
    before, now = before_body(state, cast), cast.bodies.get("student")
    moving = MORPH.of(state).share < 1.0
    return None if moving or before is None or now is None else Measured("before", now, before)


def before_words(state: ViewerState, content: Content, cast: Cast) -> str:
    """What the yellow outline is, and how far the student moved from there."""
    before, key = _before(state, cast), moved_key(state, cast)
    if before is None or key is None:
        return ""
    moved = content.computed.value(key)
    return f"before: {before.words}" + ("" if moved is None else f" · moved {moved.mpjpe_mm:.1f} mm")


def edge_words(edges: EdgeSettings, source: EdgeSource) -> str:
    """Edges in two words: "Canny 9×9", "HED", "undilated"."""
    if source != "canny":
        return SOURCES[source] if source != "none" else "no edges"
    if edges.dilation == "adaptive":
        return "by size"
    width = edges.kernel if edges.dilation == "fixed" else 1
    return "undilated" if width == 1 else f"{width}×{width}"


@shown
def panel_frame(state: ViewerState, content: Content) -> EdgePanelFrame:
    """What the panel shows."""
    from sefd_viewer.features.inspect.plans import cast_of, error_mm

    edges, view, cast = state.edges, EDGE_VIEW.of(state), cast_of(state, content)
    widths, own = [], math.nan
    if cast is not None:
        for width, wish in width_wishes(state, content).items():
            mm = _error_mm(_tried_error(wish, content, cast), content)
            if not math.isnan(mm):
                widths.append((width, mm))
        own = error_mm(cast, "student", content)
    fixed = edges.kernel if edges.dilation == "fixed" else 1 if edges.dilation == "none" else None
    plain = EdgeSettings()
    return EdgePanelFrame(
        view.source,
        edges,
        _size_words(state, content),
        tuple(widths),
        fixed if view.source == "canny" else None,
        own,
        _sentence(widths, own, truth=cast is not None and cast.truth is not None),
        trained=edges == plain and view.source == "canny",
        answer=_answer(state, content),
        moves=cast is not None and before_body(state, cast) is not None,
    )


def _answer(state: ViewerState, content: Content) -> PlacedBody | None:
    """The student's newest body of the person in view, as it will stand."""
    if EDGE_VIEW.of(state).source != "canny":
        return content.computed.value(tried_body(given_wish(state, content), content))
    stage, person = content.stages.get("student"), person_in_view(state, content)
    return None if stage is None else next((b for b in stage.bodies if b.person == person), None)


def _size_words(state: ViewerState, content: Content) -> str:
    """Which width the rule of sizes gives this person, and why."""
    from sefd_viewer.edges.dilation import adaptive_kernel

    scene = content.scene
    person = scene.person(person_in_view(state, content)) if scene is not None else None
    if person is None:
        return ""
    _, _, width, height = (float(value) for value in person.pose2d.bbox_xywh)
    kernel = adaptive_kernel(width * height, state.edges)
    found = "not dilated" if kernel == 1 else f"{kernel}×{kernel}"
    return f"This person gets {found}: the box is {width:.0f} × {height:.0f} px."


def _sentence(widths: list[tuple[int, float]], own: float, *, truth: bool) -> str:
    values = [mm for _, mm in widths if not math.isnan(mm)] + ([] if math.isnan(own) else [own])
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    whole = f"{low:.0f} to {high:.0f} mm" if round(low) != round(high) else f"{low:.0f} mm"
    if not truth:
        return f"{whole} from the baseline, as the width changes."
    if high - low < LITTLE_MM:
        return f"Edges matter little here: {whole}, whatever the student sees."
    return f"The width matters here: {whole}."
