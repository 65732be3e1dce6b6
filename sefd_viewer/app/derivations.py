"""What the thread pool computes from the state: for each thing, when it is wanted, from what, and how."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from sefd_viewer.app import errors_in_mm as errors
from sefd_viewer.app.content import Content, placed
from sefd_viewer.app.depth_order import Order, in_order
from sefd_viewer.app.drafts import WORTH_A_DRAFT, Draft, Drafts
from sefd_viewer.app.layers import (
    CannyLayer,
    fitted,
    layer_pixels,
    mesh_edge_mask,
    plugin_mask,
    to_mask,
    without_haze,
)
from sefd_viewer.app.photos import Photos
from sefd_viewer.app.scene import Scene
from sefd_viewer.app.stages import Stage, predicted_stage, truth_stage
from sefd_viewer.app.state import ViewerState
from sefd_viewer.inference.messages import EDGE_NETWORKS, ROLES, EdgeNetwork, Role
from sefd_viewer.jobs.runner import Job
from sefd_viewer.plugin_code import offered

if TYPE_CHECKING:
    from sefd_viewer.app.scene import FindBody
    from sefd_viewer.plugin_code import Offer


@dataclass(frozen=True)
class Tools:
    """What the computations need besides state and content."""

    canny: CannyLayer
    drafts: Drafts
    find_body: FindBody
    photos: Photos
    body_files: Callable[[], tuple[str, ...]]


MakeJob = Callable[[ViewerState, Content, Tools], Job]


@dataclass(frozen=True)
class Derivation:
    """One thing that is computed: `key` is None while it is not wanted or an input is missing."""

    name: str
    key: Callable[[ViewerState, Content], Hashable | None]
    job: MakeJob


def _shows(state: ViewerState, layer: str) -> bool:
    return state.layers[layer].visible and not _board_draws(state)


def _board_draws(state: ViewerState) -> bool:
    """Whether workspace Cameras is in view, which draws on its photos itself."""
    return state.workspace == "cameras"


def scene_of(content: Content) -> Scene:
    """The scene in view."""
    assert content.scene is not None
    return content.scene


# ---- Canny


def _canny_key(state: ViewerState, content: Content) -> Hashable | None:
    wanted = _shows(state, "canny")
    if not wanted or content.scene is None or _board_draws(state):
        return None
    return None if content.drafting else _canny_inputs(state, content)


def _canny_draft_key(state: ViewerState, content: Content) -> Hashable | None:
    """Wanted while a slider moves, where it is seen: the photo may have been left within that moment."""
    seen = content.scene is not None and content.sight is not None
    wanted = _shows(state, "canny") and content.drafting and seen
    return (*_canny_inputs(state, content), content.sight) if wanted else None


def _canny_inputs(state: ViewerState, content: Content) -> tuple[Hashable, ...]:
    scene = scene_of(content)
    return scene.token, state.edges, scene.edits if state.edges.dilation == "adaptive" else None


def _canny_draft_job(state: ViewerState, content: Content, tools: Tools) -> Job:
    scene = scene_of(content)
    boxes = [person.pose2d.bbox_xywh for person in scene.people]
    assert content.sight is not None
    return partial(tools.drafts.canny, scene.token, scene.image, state.edges, boxes, content.sight)


def _canny_job(state: ViewerState, content: Content, tools: Tools) -> Job:
    scene = scene_of(content)
    boxes = [person.pose2d.bbox_xywh for person in scene.people]
    return partial(tools.canny.mask, scene.token, scene.image, state.edges, boxes)


# ---- edges that networks find, brought to the photo's size


def _network_edges(network: EdgeNetwork) -> Derivation:
    def key(state: ViewerState, content: Content) -> Hashable | None:
        found = content.inference.found_edges(network)
        here = _shows(state, network) and content.scene is not None
        return (scene_of(content).token, network, found.number) if here and found is not None else None

    def job(_state: ViewerState, content: Content, _tools: Tools) -> Job:
        scene, found = scene_of(content), content.inference.found_edges(network)
        assert found is not None
        return lambda: fitted(without_haze(to_mask(found.edge.values)), scene.size)

    return Derivation(network, key, job)


# ---- a plugin's edges


def _plugin_key(state: ViewerState, content: Content) -> Hashable | None:
    wanted = _shows(state, "plugin") and state.plugin_edges is not None and content.scene is not None
    return (scene_of(content).token, state.plugin_edges) if wanted else None


def _plugin_job(state: ViewerState, content: Content, _tools: Tools) -> Job:
    scene = scene_of(content)
    detector = next((d for d in content.detectors if d.id == state.plugin_edges), None)

    def job() -> Any:
        if detector is None:
            raise ValueError(f"there is no edge detector {state.plugin_edges}")
        return plugin_mask(detector.load(), scene.image)

    return job


# ---- layers of plugins


@cache
def derivations() -> tuple[Derivation, ...]:
    """All of them, for plugins' layers too."""
    return (*DERIVATIONS, *map(_layer_derivation, offered("layers")))


def _layer_derivation(offer: Offer) -> Derivation:
    def key(state: ViewerState, content: Content) -> Hashable | None:
        scene = content.scene
        return (scene.token, scene.edits, offer.id) if scene is not None and _shows(state, offer.id) else None

    def job(_state: ViewerState, content: Content, _tools: Tools) -> Job:
        scene = scene_of(content)
        return lambda: layer_pixels(offer.load(), scene)

    return Derivation(offer.id, key, job)


# ---- ground truth bodies


def _order(state: ViewerState, content: Content) -> Order | None:
    """The order in depth that somebody chose for the record in view."""
    return state.depth_orders.get(scene_of(content).record.key)


def _names(scene: Scene) -> tuple[str, ...]:
    """Who is there."""
    return tuple(person.key for person in scene.people)


def _truth_key(state: ViewerState, content: Content) -> Hashable | None:
    if content.scene is None or not any(person.smpl is not None for person in content.scene.people):
        return None
    return content.scene.token, "truth", _order(state, content), _names(content.scene)


def _truth_job(state: ViewerState, content: Content, tools: Tools) -> Job:
    scene, order = scene_of(content), _order(state, content)
    return lambda: in_order(truth_stage(scene, tools.find_body), order)


# ---- predicted bodies


def _placing(role: Role) -> Derivation:
    """A role's newest predictions, brought into one image plane."""

    def key(state: ViewerState, content: Content) -> Hashable | None:
        result = content.inference.result(role)
        if content.scene is None or result is None:
            return None
        return content.scene.token, role, result.number, _order(state, content), _names(content.scene)

    def job(state: ViewerState, content: Content, tools: Tools) -> Job:
        result, scene, order = content.inference.result(role), scene_of(content), _order(state, content)
        assert result is not None
        return lambda: in_order(predicted_stage(result, scene, tools.find_body), order)

    return Derivation(placed(role), key, job)


# ---- edges of the bodies


def overlay_stage(state: ViewerState, content: Content) -> Stage | None:
    """The bodies of the method that is drawn on the photo."""
    return content.stages.get(state.overlay) if content.scene is not None else None


def _mesh_edge_key(state: ViewerState, content: Content) -> Hashable | None:
    stage = overlay_stage(state, content)
    wanted = _shows(state, "mesh_edge")
    if not wanted or stage is None or not stage.bodies or _board_draws(state):
        return None
    return None if content.drafting else _mesh_edge_inputs(state, content, stage)


def _mesh_edge_draft_key(state: ViewerState, content: Content) -> Hashable | None:
    """Wanted while a slider moves, and while edges of new bodies at full resolution are on their way."""
    stage, sight = overlay_stage(state, content), content.sight
    if not _shows(state, "mesh_edge") or stage is None or not stage.bodies or sight is None:
        return None
    inputs, whole = _mesh_edge_inputs(state, content, stage), content.outcome("mesh_edge")
    is_new = sight.scale < WORTH_A_DRAFT and (whole is None or whole.key != inputs)
    return (*inputs, sight) if content.drafting or is_new else None


def _mesh_edge_inputs(state: ViewerState, content: Content, stage: Stage) -> tuple[Hashable, ...]:
    return scene_of(content).token, stage.number, state.edges, state.mesh_edge_kind, state.hidden_people


def _mesh_edge_draft_job(state: ViewerState, content: Content, tools: Tools) -> Job:
    stage, sight = overlay_stage(state, content), content.sight
    assert stage is not None
    assert sight is not None
    bodies, size = stage.without(state.hidden_people), scene_of(content).size
    kind = state.mesh_edge_kind
    return lambda: tools.drafts.mesh_edges(bodies, stage.camera, size, state.edges, kind, sight)


def _mesh_edge_job(state: ViewerState, content: Content, _tools: Tools) -> Job:
    stage = overlay_stage(state, content)
    assert stage is not None
    bodies = stage.without(state.hidden_people)
    size = scene_of(content).size
    return lambda: mesh_edge_mask(bodies, stage.camera, size, state.edges, state.mesh_edge_kind)


def newer_draft(layer: str, state: ViewerState, content: Content) -> Draft | None:
    """The draft of what a layer shows now, while that is not there at full resolution."""
    whole, draft = content.outcome(layer), content.outcome(f"{layer} draft")
    stage = overlay_stage(state, content)
    if draft is None or draft.value is None or content.scene is None:
        return None
    if layer == "canny":
        inputs = _canny_inputs(state, content)
    elif stage is not None:
        inputs = _mesh_edge_inputs(state, content, stage)
    else:
        return None
    made_with: Any = draft.key
    return draft.value if made_with[:-1] == inputs and (whole is None or whole.key != inputs) else None


DERIVATIONS: tuple[Derivation, ...] = (
    Derivation("truth", _truth_key, _truth_job),
    *(_placing(role) for role in ROLES),
    Derivation("canny draft", _canny_draft_key, _canny_draft_job),
    Derivation("canny", _canny_key, _canny_job),
    *map(_network_edges, EDGE_NETWORKS),
    Derivation("plugin", _plugin_key, _plugin_job),
    Derivation("mesh_edge draft", _mesh_edge_draft_key, _mesh_edge_draft_job),
    Derivation("mesh_edge", _mesh_edge_key, _mesh_edge_job),
    Derivation(
        "metrics",
        errors.metrics_key,
        lambda _state, content, tools: errors.metrics_job(content, tools.find_body),
    ),
)
