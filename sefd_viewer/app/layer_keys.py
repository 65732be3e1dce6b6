"""The computed layers over the photo: from what each is made, and when it is wanted."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Self

from sefd_viewer.app.drafts import Draft, Drafts, VisiblePart
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
from sefd_viewer.plugin_code import Offer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.scene import Scene
    from sefd_viewer.app.stages import Stage
    from sefd_viewer.inference.messages import EdgesResult
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
    visible_part: VisiblePart

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
            whole.token, whole.scene.image, whole.edges, whole.scene.boxes, self.visible_part
        )


@dataclass(frozen=True)
class MeshEdgesDraft(Key[Draft]):
    """Edges of bodies at the resolution of the screen."""

    title: ClassVar[str] = "Mesh edges"
    kept: ClassVar[int] = 1
    whole: MeshEdges
    visible_part: VisiblePart
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
            bodies, camera, whole.scene.size, whole.edges, whole.kind, self.visible_part
        )
