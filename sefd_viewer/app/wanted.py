"""What of the photo in view is wanted, and what there is of it: scene, bodies and layers by their keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.cache import file_stamp
from sefd_viewer.app.content import Content
from sefd_viewer.app.drafts import WORTH_A_DRAFT, Draft, VisiblePart
from sefd_viewer.app.keys import Key
from sefd_viewer.app.layer_keys import (
    CannyDraft,
    CannyEdges,
    LayerKey,
    LayerTools,
    MeshEdges,
    MeshEdgesDraft,
    NetworkEdges,
    PluginEdges,
    PluginLayer,
)
from sefd_viewer.app.photos import SceneKey
from sefd_viewer.app.stages import PlacedStage, StageKey, TruthStage
from sefd_viewer.inference.messages import EDGE_NETWORKS, ROLES
from sefd_viewer.plugin_code import offered

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.jobs.runner import Outcome

    Mask = NDArray[np.uint8]


def scene_key(state: ViewerState, content: Content, *, read: int, rests: bool) -> SceneKey | None:
    """What the record in view is made ready from; `read` tells readings of its file of 2D poses apart."""
    dataset = content.dataset
    position = dataset.find(state.record) if dataset is not None and state.record is not None else None
    if dataset is None or position is None:
        return None
    record = dataset.records[position]
    return SceneKey(
        record=record.key,
        stamp=file_stamp(dataset.image_path(position)),
        poses=state.poses,
        read=read,
        found=state.preferences.found_poses,
        opened=content.opened,
        bodies=content.bodies.stamp,
        rests=rests,
        of=record,
        photos=content.photos,
        photos_kept=state.preferences.photos_kept,
    )


def stage_keys(state: ViewerState, content: Content) -> Iterator[StageKey]:
    """The bodies of every method that has any in the photo in view."""
    scene = content.scene
    if scene is None:
        return
    order, photos = state.depth_orders.get(scene.record.key), state.preferences.photos_kept
    about = scene.token, tuple(person.key for person in scene.people), order, content.bodies, scene, photos
    if any(person.truth is not None for person in scene.people):
        yield TruthStage(*about)
    answers = (content.inference.result(role) for role in ROLES)
    yield from (PlacedStage(*about, answer=answer) for answer in answers if answer is not None)


def layer_keys(state: ViewerState, content: Content) -> Iterator[Key[Any] | None]:
    """The layers that are visible."""
    if content.scene is None:
        return
    visible = {layer for layer, one in state.layers.items() if one.visible}
    if "canny" in visible:
        yield from _whole_or_draft(canny_key(state, content), content)
    for network in EDGE_NETWORKS:
        found = content.inference.found_edges(network) if network in visible else None
        if found is not None:
            yield NetworkEdges(content.scene.token, content.scene, found)
    if "plugin" in visible:
        yield _plugin_key(state, content)
    for offer in offered("layers"):
        if offer.id in visible:
            scene = content.scene
            yield PluginLayer(scene.token, scene, offer.id, scene.edits, offer)
    if "mesh_edge" in visible:
        yield from _whole_or_draft(mesh_edges_key(state, content), content)


def canny_key(state: ViewerState, content: Content) -> CannyEdges | None:
    """Canny's edges of the photo in view, whether they are visible or not."""
    scene = content.scene
    if scene is None:
        return None
    edits = scene.edits if state.edges.dilation == "adaptive" else None
    return CannyEdges(scene.token, scene, state.edges, edits, content.tools)


def mesh_edges_key(state: ViewerState, content: Content) -> MeshEdges | None:
    """The edges of the bodies of the method that is drawn on the photo; None without bodies."""
    scene, stage = content.scene, content.stages.get(state.overlay)
    if scene is None or stage is None or not stage.bodies:
        return None
    return MeshEdges(scene.token, scene, stage, state.edges, state.mesh_edge_kind, state.hidden_people)


def _plugin_key(state: ViewerState, content: Content) -> PluginEdges | None:
    scene, detector = content.scene, state.plugin_edges
    if scene is None or detector is None:
        return None
    offer = next((one for one in content.detectors if one.id == detector), None)
    return PluginEdges(scene.token, scene, detector, offer)


def _whole_or_draft(key: CannyEdges | MeshEdges | None, content: Content) -> Iterator[Key[Any]]:
    """A draft while a slider moves; edges of new bodies have one until they are there as a whole."""
    if key is None:
        return
    visible_part = content.visible_part
    is_new = isinstance(key, MeshEdges) and content.computed.get(key) is None
    if visible_part is not None and (content.drafting or (is_new and visible_part.scale < WORTH_A_DRAFT)):
        yield _draft(key, visible_part, content.tools)
    if visible_part is None or not content.drafting:
        yield key


def _draft(
    key: CannyEdges | MeshEdges, visible_part: VisiblePart, tools: LayerTools
) -> CannyDraft | MeshEdgesDraft:
    return (
        CannyDraft(key, visible_part)
        if isinstance(key, CannyEdges)
        else MeshEdgesDraft(key, visible_part, tools)
    )


KINDS: dict[str, type[LayerKey]] = {
    "canny": CannyEdges,
    "plugin": PluginEdges,
    "mesh_edge": MeshEdges,
}
"""The program's own layers that are computed, by their names; networks and plugins have several."""


def layer_outcome(layer: str, content: Content) -> Outcome[Mask] | None:
    """The newest that is known of a layer of the photo in view, possibly for older settings."""
    if layer in EDGE_NETWORKS:
        return content.newest(NetworkEdges, layer)
    kind = KINDS.get(layer)
    return content.newest(PluginLayer, layer) if kind is None else content.newest(kind)


def newer_draft(layer: str, state: ViewerState, content: Content) -> Draft | None:
    """The draft of what a layer shows now, while that is not there at full resolution."""
    key: CannyEdges | MeshEdges | None
    draft: Outcome[Draft] | None
    if layer == "canny":
        key, draft = canny_key(state, content), content.newest(CannyDraft)
    elif layer == "mesh_edge":
        key, draft = mesh_edges_key(state, content), content.newest(MeshEdgesDraft)
    else:
        return None
    if key is None or draft is None or content.computed.get(key) is not None:
        return None
    made: Any = draft.key
    return draft.value if made.whole == key else None
