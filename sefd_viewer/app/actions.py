"""Small changes of the state that commands and panels share: pure, from a state to a state."""

from __future__ import annotations

from dataclasses import replace

from sefd_viewer.app.comparing import own_photos, usual_other
from sefd_viewer.app.frame import Frame
from sefd_viewer.app.methods import METHODS, Method
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
    return compare_with(state.with_layer("mesh", visible=True), usual_other(state))


def compare_with(state: ViewerState, method: Method | None) -> ViewerState:
    """Put the meshes of `method` beside those on the photo; None takes them away."""
    return replace(state, compare=method, photos=frozenset())


def toggle_photos(state: ViewerState) -> ViewerState:
    """Give every method a photo of its own, side by side, or go back to one photo."""
    if own_photos(state):
        return replace(state, photos=frozenset())
    return replace(state.with_layer("mesh", visible=True), photos=frozenset(METHODS), compare=None)


def set_photo_of(state: ViewerState, method: Method, shown: bool) -> ViewerState:
    """Give one more method a photo of its own, or take its photo away."""
    beside = {state.overlay, *own_photos(state)}
    photos = beside | {method} if shown else beside - {method}
    return replace(state, photos=frozenset(photos), compare=None)


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
    return replace(state, overlay=state.compare or usual_other(state), compare=beside)
