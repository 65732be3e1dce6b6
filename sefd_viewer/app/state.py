"""What is shown: one frozen value. Nothing else stores it, and every change makes a new one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal

from sefd_viewer.app.methods import Method
from sefd_viewer.app.settings import Preferences
from sefd_viewer.app.slices import Slices
from sefd_viewer.edges.settings import EdgeSettings

MeshEdgeKind = Literal["overlap", "all", "occluded"]
Color = tuple[int, int, int]
Workspace = str
"""An arrangement of views for one kind of work: the name of the feature that has it."""


@dataclass(frozen=True)
class LayerState:
    """How one layer over the photo is drawn; `color` None means that the layer has its own colours."""

    visible: bool = True
    opacity: float = 1.0
    color: Color | None = None


DEFAULT_LAYERS: Mapping[str, LayerState] = MappingProxyType(
    {
        "image": LayerState(),
        "canny": LayerState(visible=False, opacity=0.9, color=(0, 229, 255)),
        "hed": LayerState(visible=False, opacity=0.9, color=(255, 64, 129)),
        "see": LayerState(visible=False, opacity=0.9, color=(255, 213, 79)),
        "sesd": LayerState(visible=False, opacity=0.9, color=(179, 136, 255)),
        "mesh_edge": LayerState(visible=False, opacity=0.9, color=(255, 255, 255)),
        "plugin": LayerState(visible=False, opacity=0.9, color=(174, 234, 0)),
        "boxes": LayerState(visible=False),
        "poses": LayerState(),
    }
)


def default_layers() -> Mapping[str, LayerState]:
    """The layers as a window begins with them, plugins' too, which are not seen yet."""
    from sefd_viewer.plugin_code import offered

    own = {one.id: LayerState(visible=False, opacity=0.9, color=(255, 145, 0)) for one in offered("layers")}
    return MappingProxyType({**DEFAULT_LAYERS, **own}) if own else DEFAULT_LAYERS


@dataclass(frozen=True)
class ViewerState:
    """Everything a person chose: the record, the person, the layers, the edges and how meshes are seen.

    `record` and `person` are keys; `poses` is a file of 2D poses that replaces the detector;
    `overlay` is the method whose body edges are drawn on the photo;
    `plugin_edges` the id of the plugin's edge detector behind the layer "plugin";
    `bare` shows the photo alone while a key is held;
    `slices` are the parts of features, by their names (see `Slice`).
    `depth_orders` are people's keys by record, nearest first, where somebody chose another order than the
    cameras imply.
    """

    preferences: Preferences = field(default_factory=Preferences)
    record: str | None = None
    person: str | None = None
    poses: str | None = None
    workspace: Workspace = "inspect"
    edges: EdgeSettings = field(default_factory=EdgeSettings)
    layers: Mapping[str, LayerState] = field(default_factory=default_layers)
    layer: str = "poses"
    overlay: Method = "student"
    mesh_edge_kind: MeshEdgeKind = "overlap"
    plugin_edges: str | None = None
    hidden_people: frozenset[str] = frozenset()
    bare: bool = False
    depth_orders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    slices: Slices = field(default_factory=dict)

    def with_layer(self, key: str, **changes: Any) -> ViewerState:
        """Return the state with the fields of layer `key` changed."""
        layers = dict(self.layers)
        layers[key] = replace(layers.get(key, LayerState()), **changes)
        return replace(self, layers=MappingProxyType(layers), layer=key)

    def with_record(self, key: str | None) -> ViewerState:
        """Return the state for another record: nobody is selected or hidden there yet."""
        return replace(self, record=key, person=None, hidden_people=frozenset())
