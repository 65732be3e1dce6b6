"""The computed layers over the photo: from what each is made, and when it is wanted."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from sefd_viewer.app.drafts import WORTH_A_DRAFT, Draft, Drafts, Sight
from sefd_viewer.app.keys import Key
from sefd_viewer.app.layers import (
    CannyLayer,
    fitted,
    layer_pixels,
    mesh_edge_mask,
    plugin_mask,
    to_mask,
    without_haze,
)
from sefd_viewer.app.state import MeshEdgeKind
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.inference.messages import EDGE_NETWORKS
from sefd_viewer.plugin_code import Offer, offered

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.content import Content
    from sefd_viewer.app.scene import Scene
    from sefd_viewer.app.stages import Stage
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.inference.messages import EdgesResult
    from sefd_viewer.jobs.runner import Outcome
    from sefd_viewer.pose2d.editing_file import EditedPicture

    Mask = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class LayerTools:
    """What remembers parts of layers while a slider moves."""

    canny: CannyLayer = field(default_factory=CannyLayer)
    drafts: Drafts = field(default_factory=Drafts)


@dataclass(frozen=True)
class LayerKey(Key["Mask"]):
    """What a layer over the photo known as `token` is made from."""

    kept: ClassVar[int] = 2
    token: int
    scene: Scene = field(compare=False, repr=False)

    @property
    def about(self) -> Hashable:
        """The photo."""
        return self.token

    @property
    def remembered(self) -> Self:
        """Without the picture."""
        return replace(self, scene=None)  # type: ignore[arg-type]  # it works no more


@dataclass(frozen=True)
class CannyEdges(LayerKey):
    """Dilated Canny edges of the whole photo; `edits` of 2D poses count where people's sizes do."""

    title: ClassVar[str] = "Canny edges"
    edges: EdgeSettings
    edits: EditedPicture | None
    tools: LayerTools = field(compare=False, repr=False)

    def work(self) -> Mask:
        """Find them; what Canny itself found is remembered."""
        return self.tools.canny.mask(self.token, self.scene.image, self.edges, self.scene.boxes)


@dataclass(frozen=True)
class NetworkEdges(LayerKey):
    """The edges that HED, SEE or SESD found, brought to the photo's size."""

    title: ClassVar[str] = "Edges of networks"
    kept: ClassVar[int] = 2 * len(EDGE_NETWORKS)
    found: EdgesResult

    @property
    def slot(self) -> Hashable:
        """One for each network."""
        return NetworkEdges, self.found.network

    @property
    def about(self) -> Hashable:
        """The photo and the network."""
        return self.token, self.found.network

    def work(self) -> Mask:
        """Enlarge them."""
        return fitted(without_haze(to_mask(self.found.edge.values)), self.scene.size)


@dataclass(frozen=True)
class PluginEdges(LayerKey):
    """What a plugin's detector of edges finds."""

    title: ClassVar[str] = "Plugin edges"
    detector: str
    offer: Offer | None = field(compare=False, repr=False)

    def work(self) -> Mask:
        """Call it. Raises ValueError where there is none, or it answers something else."""
        if self.offer is None:
            raise ValueError(f"there is no edge detector {self.detector}")
        return plugin_mask(self.offer.load(), self.scene.image)


@dataclass(frozen=True)
class PluginLayer(LayerKey):
    """What a plugin draws over the photo and the people in it."""

    title: ClassVar[str] = "A plugin’s overlay"
    kept: ClassVar[int] = 8
    layer: str
    edits: EditedPicture | None
    offer: Offer = field(compare=False, repr=False)

    @property
    def slot(self) -> Hashable:
        """One for each layer."""
        return PluginLayer, self.layer

    @property
    def about(self) -> Hashable:
        """The photo and the layer."""
        return self.token, self.layer

    def work(self) -> Mask:
        """Let it draw."""
        return layer_pixels(self.offer.load(), self.scene)


@dataclass(frozen=True)
class MeshEdges(LayerKey):
    """Edges of a method's rendered bodies, without `hidden` people."""

    title: ClassVar[str] = "Mesh edges"
    stage: Stage
    edges: EdgeSettings
    kind: MeshEdgeKind
    hidden: frozenset[str]

    def work(self) -> Mask:
        """Draw the bodies and find their edges."""
        bodies, size = self.stage.without(self.hidden), self.scene.size
        return mesh_edge_mask(bodies, self.stage.camera, size, self.edges, self.kind)


# ---- drafts: what is seen of a layer, at the resolution of the screen


@dataclass(frozen=True)
class CannyDraft(Key[Draft]):
    """Canny edges as far as they are in sight."""

    title: ClassVar[str] = "Canny edges"
    kept: ClassVar[int] = 1
    whole: CannyEdges
    sight: Sight

    @property
    def about(self) -> Hashable:
        """The photo."""
        return self.whole.token

    @property
    def remembered(self) -> CannyDraft:
        """Without the picture."""
        return replace(self, whole=self.whole.remembered)

    def work(self) -> Draft:
        """Find them in a part of the photo, reduced."""
        whole = self.whole
        return whole.tools.drafts.canny(
            whole.token, whole.scene.image, whole.edges, whole.scene.boxes, self.sight
        )


@dataclass(frozen=True)
class MeshEdgesDraft(Key[Draft]):
    """Edges of bodies at the resolution of the screen."""

    title: ClassVar[str] = "Mesh edges"
    kept: ClassVar[int] = 1
    whole: MeshEdges
    sight: Sight
    tools: LayerTools = field(compare=False, repr=False)

    @property
    def about(self) -> Hashable:
        """The photo."""
        return self.whole.token

    @property
    def remembered(self) -> MeshEdgesDraft:
        """Without the picture."""
        return replace(self, whole=self.whole.remembered)

    def work(self) -> Draft:
        """Draw the bodies small."""
        whole = self.whole
        bodies, camera = whole.stage.without(whole.hidden), whole.stage.camera
        return self.tools.drafts.mesh_edges(
            bodies, camera, whole.scene.size, whole.edges, whole.kind, self.sight
        )


# ---- what is wanted for the state in view


def layer_keys(state: ViewerState, content: Content) -> Iterator[Key[Any] | None]:
    """The layers that are visible; the board of cameras draws on its photos itself."""
    if content.scene is None or state.workspace == "cameras":
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
    sight = content.sight
    is_new = isinstance(key, MeshEdges) and content.computed.get(key) is None
    if sight is not None and (content.drafting or (is_new and sight.scale < WORTH_A_DRAFT)):
        yield _draft(key, sight, content.tools)
    if not content.drafting:
        yield key


def _draft(key: CannyEdges | MeshEdges, sight: Sight, tools: LayerTools) -> CannyDraft | MeshEdgesDraft:
    return CannyDraft(key, sight) if isinstance(key, CannyEdges) else MeshEdgesDraft(key, sight, tools)


# ---- what is there


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
