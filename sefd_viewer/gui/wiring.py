"""Which signal of a panel changes what in the state: all in one place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.controller import Controller
from sefd_viewer.features.inspect.pose_edits_effects import with_editing, with_start
from sefd_viewer.gui.layers_panel import LayersPanel

if TYPE_CHECKING:
    from sefd_viewer.features.inspect.views.pose_editing import PoseEditor
    from sefd_viewer.features.inspect.views.pose_editing_bar import EditButton, PoseEditingBar


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


def connect_pose_editing(
    editor: PoseEditor, bar: PoseEditingBar, button: EditButton, controller: Controller
) -> None:
    """Joints that are dragged, people who are added and taken away."""
    poses = controller.poses

    def toggle() -> None:
        controller.store.set(
            with_editing(controller.state, not controller.state.pose_editing.on), remember=False
        )

    def with_selected(change: Callable[[str], None]) -> Callable[[], None]:
        def run() -> None:
            if controller.state.person is not None:
                change(controller.state.person)

        return run

    button.clicked.connect(toggle)
    editor.left.connect(toggle)
    editor.grabbed.connect(poses.hold)
    editor.dragged.connect(lambda x, y, whole: poses.drag((x, y), whole=whole))
    editor.dropped.connect(poses.drop)
    editor.cancelled.connect(poses.cancel)
    editor.toggled.connect(poses.toggle)
    editor.box_drawn.connect(lambda x, y, width, height: poses.add((x, y, width, height)))
    bar.start_chosen.connect(
        lambda start: controller.store.set(with_start(controller.state, start), remember=False)
    )
    bar.swap_clicked.connect(with_selected(poses.swap_sides))
    bar.delete_clicked.connect(with_selected(poses.delete))
    bar.forget_clicked.connect(poses.forget)
