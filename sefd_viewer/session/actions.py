"""Small changes of the state that commands and panels share: pure, from a state to a state."""

from __future__ import annotations

from dataclasses import replace

from sefd_viewer.session.frame import Frame
from sefd_viewer.session.methods import Method
from sefd_viewer.session.state import ViewerState

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


def set_person_visible(state: ViewerState, key: str, visible: bool) -> ViewerState:
    """Show or hide one person's marks and bodies."""
    hidden = state.hidden_people - {key} if visible else state.hidden_people | {key}
    return replace(state, hidden_people=hidden)


def show_overlay_of(state: ViewerState, method: Method) -> ViewerState:
    """Draw the meshes of `method` on the photo."""
    return replace(state, overlay=method)


def turn_camera(state: ViewerState) -> ViewerState:
    """Change between the photo's camera and the orbit."""
    return replace(state, camera_mode="orbit" if state.camera_mode == "photo" else "photo")


def toggle_comparison(state: ViewerState) -> ViewerState:
    """Put another method's meshes beside those on the photo, or take them away again."""
    if state.compare is not None:
        return replace(state, compare=None)
    return replace(state.with_layer("mesh", visible=True), compare=_other(state))


def toggle_onion_skin(state: ViewerState) -> ViewerState:
    """Let the other method's meshes show through those on the photo, or divide the two again."""
    if state.compare is None:
        return replace(toggle_comparison(state), onion_skin=True)
    return replace(state, onion_skin=not state.onion_skin)


def toggle_ghost(state: ViewerState) -> ViewerState:
    """Put the ground truth around the predictions in 3D, or take it away."""
    return replace(state, ghost=not state.ghost)


def swap_methods(state: ViewerState) -> ViewerState:
    """Exchange the method on the photo with the one beside it, or with the baseline: a flicker by hand."""
    beside = state.overlay if state.compare is not None else None
    return replace(state, overlay=state.compare or _other(state), compare=beside)


def _other(state: ViewerState) -> Method:
    """The method that the one on the photo is usually compared with."""
    return "baseline" if state.overlay != "baseline" else "student"
