"""The view "Edges" of the stage: what a network is given, what it says then, what it said before."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sefd_viewer.app.errors_in_mm import Measured
from sefd_viewer.app.in_view import person_in_view
from sefd_viewer.app.keys import Key
from sefd_viewer.app.memo import memo
from sefd_viewer.app.method_weights import (
    edge_network,
    normal_answer,
    waits_for_answer,
)
from sefd_viewer.app.methods import weights_file
from sefd_viewer.app.slices import Slice
from sefd_viewer.app.trials import Answer, Asking, Query
from sefd_viewer.edges.settings import EdgeMap, EdgeSettings
from sefd_viewer.features.inspect.edge_work import (
    CropEdges,
    CropOfEdges,
    NoEdges,
    TriedBody,
    TriedError,
    between,
)
from sefd_viewer.features.inspect.model import EDGE_ROOM, STAGE
from sefd_viewer.inference.messages import EDGE_NETWORKS, EdgeNetwork, Trial, Tried

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.methods import MethodInfo
    from sefd_viewer.app.scene import Scene
    from sefd_viewer.app.stages import PlacedBody
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.features.inspect.cast import Cast
    from sefd_viewer.inference.messages import PersonInput, Prediction

EdgeSource = Literal["canny", "hed", "see", "sesd", "none"]
SOURCES: dict[str, str] = {
    "canny": "Canny",
    "hed": "HED",
    "see": "SEE",
    "sesd": "SESD",
    "none": "None",
    "paint": "Paint",
}
"""What the network can be given; painting is done on the bench of the workspace "Explain"."""
WIDTHS = (1, 3, 5, 7, 9)
"""For which its error is computed; 1 is not dilated."""
EDGE_LAYERS = ("canny", "mesh_edge", *EDGE_NETWORKS, "plugin")
"""Edges that can lie over the photo."""
SHOWN_IN = ("inspect", "edges")
"""The workspaces that show the photo with its layers."""
GIVEN = "given"


@dataclass(frozen=True)
class Before:
    """What a network said before the edges changed, and with which edges in `words`; `of` names all three:
    photo, person and network."""

    of: tuple[str | None, str | None, str]
    body: PlacedBody
    words: str


@dataclass(frozen=True)
class EdgeView:
    """What the network is given; `auto`: the view, which is `seen`, brought Canny's edges over the photo."""

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


# ---- what the network is asked


def asks(state: ViewerState, content: Content) -> Iterator[Query]:
    """The network with other edges, and with Canny of every width."""
    if not in_edges(state) or content.scene is None or content.inference.pending:
        return
    given = given_query(state, content)
    if given is not None:
        yield given
    yield from width_queries(state, content).values()


def edge_networks(state: ViewerState) -> tuple[EdgeNetwork, ...]:
    """The network that finds the edges which another one is given."""
    source = EDGE_VIEW.of(state).source
    return tuple(one for one in EDGE_NETWORKS if one == source and in_edges(state))


def in_edges(state: ViewerState) -> bool:
    """Whether the view is in sight: chosen for all panes, or in the workspace that shows no other."""
    if state.workspace == EDGE_ROOM:
        return True
    return STAGE.of(state).view == "edges" and state.workspace == "inspect"


@memo
def own_answer(state: ViewerState, content: Content) -> Prediction | None:
    """What the network normally says of the person in view."""
    own, person = edge_network(state), person_in_view(state, content)
    return None if own is None or person is None else normal_answer(own, person, state, content)


def given_key(state: ViewerState, content: Content) -> CropOfEdges | NoEdges | None:
    """The key of the edges that stand for the network's own; None while those are Canny's."""
    source, normal = EDGE_VIEW.of(state).source, own_answer(state, content)
    if source == "none":
        return NoEdges()
    found = content.inference.found_edges(source)
    if found is not None and content.scene and normal:
        return CropOfEdges(content.scene, found, normal.crop, normal.person)
    return None


@memo
def given_query(state: ViewerState, content: Content) -> Query | None:
    """The question with those edges."""
    key, asked = given_key(state, content), _asked(state, content)
    edge = content.computed.value(key) if key is not None else None
    return None if edge is None or asked is None else asked.query(GIVEN, content.asking, key, edge)


def coming_edge(state: ViewerState, content: Content) -> CropEdges | CropOfEdges | NoEdges | None:
    """The key of what the network is about to be given; None where it was given that already."""
    normal, own = own_answer(state, content), edge_network(state)
    if EDGE_VIEW.of(state).source != "canny":
        return given_key(state, content)
    if own is None or not waits_for_answer(own, content) or normal is None or content.scene is None:
        return None
    file = weights_file(own, content.asking.weights)
    return CropEdges(content.scene, normal, state.edges, Path(file))


@memo
def width_queries(state: ViewerState, content: Content) -> Mapping[int, Query]:
    """The question for every width."""
    asked, asking = _asked(state, content), content.asking
    if asked is None:
        return {}
    widths = _widths_of(replace(state.edges, dilation="none", kernel=1)).items()
    return {
        width: asked.query(f"width {width}", replace(asking, edges=edges), edges) for width, edges in widths
    }


@lru_cache(maxsize=8)
def _widths_of(undilated: EdgeSettings) -> Mapping[int, EdgeSettings]:
    """The settings with each width."""
    return {width: of_width(undilated, width) for width in WIDTHS}


def of_width(edges: EdgeSettings, width: int) -> EdgeSettings:
    """The settings with a fixed width; 1 is none."""
    return replace(edges, dilation="none" if width == 1 else "fixed", kernel=width)


@dataclass(frozen=True, eq=False)
class _Asked:
    """The network whose edges are looked at, and whom it is asked about."""

    scene: Scene
    person: PersonInput
    own: MethodInfo

    def query(self, purpose: str, asking: Asking, depends: Hashable, edge: EdgeMap | None = None) -> Query:
        """The question with other edge settings, or with an edge map itself."""
        scene, person, own = self.scene, self.person, self.own
        assert own.role is not None
        file = weights_file(own, asking.weights) if own.kind == "weights" else None
        trial = Trial(GIVEN, own.role, edge=None if edge is None else edge.values, weights=file)
        key = scene.token, scene.edits, person.key, own.id, file, depends, asking.files
        return Query(purpose, key, lambda number: asking.request(number, scene, person, [trial]))


@memo
def _asked(state: ViewerState, content: Content) -> _Asked | None:
    """None where nobody is in view about whom a network that takes edges has answered."""
    scene, own = content.scene, edge_network(state)
    person = scene.person(person_in_view(state, content)) if scene is not None else None
    if scene is None or person is None or own is None or own_answer(state, content) is None:
        return None
    return _Asked(scene, person, own)


def tried_body(query: Query | None, content: Content) -> TriedBody | None:
    """The key of the body that answers a question, once it was answered."""
    tried = _tried(query, content)
    if query is None or tried is None or content.scene is None:
        return None
    return TriedBody(query.purpose, content.scene, tried.prediction, content.bodies)


def tried_error(query: Query | None, content: Content, cast: Cast) -> TriedError | Measured | None:
    """The key of an answer's error, once answered; without a truth, of its distance from the baseline."""
    tried = _tried(query, content)
    if query is None or tried is None or content.scene is None:
        return None
    if cast.truth is not None:
        return TriedError(query.purpose, content.scene, tried.prediction, content.bodies)
    body, baseline = content.computed.value(tried_body(query, content)), cast.bodies.get(cast.choice.baseline)
    return None if body is None or baseline is None else Measured(query.purpose, body, baseline)


def error_of(key: TriedError | Measured | None, content: Content) -> float:
    """The error that a key tells, mm; nan while it is not known."""
    if isinstance(key, TriedError):
        mm = content.computed.value(key)
        return math.nan if mm is None else mm
    errors = content.computed.value(key)
    return math.nan if errors is None else errors.mpjpe_mm


def _tried(query: Query | None, content: Content) -> Tried | None:
    """The answer to a question, where that was the last one of its kind."""
    answer: Answer | None = None if query is None else content.trials.answer(query.purpose)
    return None if query is None or answer is None or answer.key != query.key else answer.tried.get(GIVEN)


# ---- bodies and numbers


def wants(state: ViewerState, content: Content, cast: Cast | None) -> Iterator[Key[Any] | None]:
    """The keys of the view besides those of its panes."""
    if not in_edges(state):
        return
    yield given_key(state, content)
    yield coming_edge(state, content)
    yield tried_body(given_query(state, content), content)
    if cast is not None:
        yield moved_key(state, cast)
        yield tried_error(given_query(state, content), content, cast)
        for query in width_queries(state, content).values():
            if cast.truth is None:
                yield tried_body(query, content)
            yield tried_error(query, content, cast)


def with_given(cast: Cast, state: ViewerState, content: Content) -> Cast:
    """The cast with what the network says to the edges that it is given, on its way from its last answer."""
    view, bodies, own = EDGE_VIEW.of(state), dict(cast.bodies), network_id(state)
    query, given_mm = given_query(state, content), None
    body = content.computed.value(tried_body(query, content))
    if view.source != "canny" and body is not None:
        bodies[own] = body
        given_mm = error_of(tried_error(query, content, cast), content)
    before = _before(state, cast)
    share = MORPH.of(state).share
    if before is not None and share < 1.0 and own in bodies:
        bodies[own] = between(before.body, bodies[own], share)
    return replace(cast, bodies=bodies, given=own, given_mm=given_mm)


def _before(state: ViewerState, cast: Cast) -> Before | None:
    before = MORPH.of(state).before
    return (
        before if before is not None and before.of == (state.record, cast.person, network_id(state)) else None
    )


def network_id(state: ViewerState) -> str:
    """The network whose edges are looked at, "" where there is none."""
    own = edge_network(state)
    return "" if own is None else own.id


def remembered(state: ViewerState, content: Content, cast: Cast | None) -> ViewerState:
    """The state that knows what the network says before its edges change; its last answer while it runs."""
    own = edge_network(state)
    body = None if cast is None or own is None else cast.bodies.get(own.id)
    if cast is None or own is None or body is None:
        return state
    if waits_for_answer(own, content) or GIVEN in content.trials.waiting:
        return state
    words = edge_words(state.edges, EDGE_VIEW.of(state).source)
    return MORPH.put(state, Morph(Before((state.record, cast.person, own.id), body, words)))


def before_body(state: ViewerState, cast: Cast) -> PlacedBody | None:
    """What the network said before the edges changed, where that was another body."""
    before = _before(state, cast)
    return None if before is None or before.body is cast.bodies.get(network_id(state)) else before.body


def moved_key(state: ViewerState, cast: Cast) -> Measured | None:
    """How far the answer is from the one before."""
    before, now = before_body(state, cast), cast.bodies.get(network_id(state))
    moving = MORPH.of(state).share < 1.0
    return None if moving or before is None or now is None else Measured("before", now, before)


def whose_edges(content: Content) -> str:
    """Whose edges the teacher was given: the true bodies, the baseline's, or both; "" while unknown."""
    result, edges = content.inference.result("teacher"), content.inference.mesh_edges
    if edges is None and result is not None and result.predictions:
        edges = result.predictions[0].edge  # a kept answer knows its own map
    if edges is None:
        return ""
    true, baseline = edges.source.startswith("ground truth"), "baseline" in edges.source
    return (
        "the "
        + " and the ".join((["true"] if true else []) + (["baseline’s"] if baseline else []))
        + " bodies"
    )


def last_words(state: ViewerState, cast: Cast) -> str:
    """With which edges the student gave its last answer but one."""
    before = _before(state, cast)
    return "" if before is None else before.words


def before_words(state: ViewerState, content: Content, cast: Cast) -> str:
    """What the yellow outline is, and how far the network moved from there."""
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
