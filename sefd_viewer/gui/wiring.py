"""Which signal of a panel changes what in the state: all in one place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sefd_viewer.app.controller import Controller
from sefd_viewer.gui.layers_panel import LayersPanel


def connect_layers(panel: LayersPanel, controller: Controller) -> None:
    """Eyes, opacities, colours, and whose meshes."""

    def change(key: str, word: str = "", **changes: Any) -> None:
        controller.store.set(controller.state.with_layer(key, **changes), merge=word or None)

    def choose(name: str) -> Callable[[str], None]:
        def set_to(value: Any) -> None:
            controller.store.set(replace(controller.state, **{name: value}))

        return set_to

    panel.eye_changed.connect(lambda key, on: _show_layer(controller, key, on))
    panel.opacity_changed.connect(lambda key, opacity: change(key, f"opacity {key}", opacity=opacity))
    panel.color_changed.connect(lambda key, color: change(key, color=tuple(color)))
    panel.layer_selected.connect(choose("layer"))
    panel.overlay_chosen.connect(choose("overlay"))
    panel.kind_chosen.connect(choose("mesh_edge_kind"))
    panel.detector_chosen.connect(choose("plugin_edges"))


def _show_layer(controller: Controller, key: str, on: bool) -> None:
    """Show or hide a layer; the plugin layer begins with the first detector."""
    state = controller.state.with_layer(key, visible=on)
    detectors = controller.content.detectors
    if key == "plugin" and state.plugin_edges is None and detectors:
        state = replace(state, plugin_edges=detectors[0].id)
    controller.store.set(state)
