"""Small changes of the state that commands and panels share: pure, from a state to a state."""

from __future__ import annotations

from dataclasses import replace

from sefd_viewer.app.frame import Frame
from sefd_viewer.app.methods import CHOICE, Method, MethodChoice
from sefd_viewer.app.state import ViewerState

POINTER_REACH = 4
"""How far from the pointer, in pixels of the photo, a layer still counts as under it."""


def toggle_layer(state: ViewerState, key: str) -> ViewerState:
    """Show or hide a layer, and select it."""
    return state.with_layer(key, visible=not state.layers[key].visible)


def layer_at(frame: Frame, x: float, y: float) -> str | None:
    """The topmost image layer with something at pixel (x, y) of the photo, None where only the photo is."""
    overlays = sorted(frame.photo.overlays.items(), key=lambda item: -item[1].z)
    for key, overlay in overlays:
        height, width = overlay.data.shape[:2]
        left, top = max(int(x) - POINTER_REACH, 0), max(int(y) - POINTER_REACH, 0)
        inside = x < width and y < height
        part = overlay.data[top : int(y) + POINTER_REACH + 1, left : int(x) + POINTER_REACH + 1]
        strength = part[..., 3] if part.ndim == 3 else part
        if inside and strength.size and strength.max() > 0:
            return key
    return None


def toggle_layer_at(state: ViewerState, frame: Frame, pointer: tuple[float, float] | None) -> ViewerState:
    """Hide the layer under the pointer; show the selected one again when it is hidden or nothing is there."""
    if not state.layers[state.layer].visible:
        return toggle_layer(state, state.layer)
    found = layer_at(frame, *pointer) if pointer is not None else None
    return toggle_layer(state, found or state.layer)


def select_person(state: ViewerState, key: str | None) -> ViewerState:
    """Select a person; the one who is selected already is let go."""
    return replace(state, person=None if key == state.person else key)


def show_overlay_of(state: ViewerState, method: Method) -> ViewerState:
    """Draw the meshes of `method` on the photo."""
    return replace(state, overlay=method)


def with_choice(state: ViewerState, choice: MethodChoice) -> ViewerState:
    """The state with other methods: what of it holds anywhere is remembered for the next start."""
    own, before = state.preferences.methods, CHOICE.of(state)
    choice = own.welcomed(before, choice)
    habits = own.after(before, choice)
    return replace(CHOICE.put(state, choice), preferences=replace(state.preferences, methods=habits))
