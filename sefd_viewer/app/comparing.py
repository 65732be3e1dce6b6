"""Which methods are compared on the photo: pure, from the state alone."""

from __future__ import annotations

from sefd_viewer.app.methods import METHODS, Method
from sefd_viewer.app.state import ViewerState


def usual_other(state: ViewerState) -> Method:
    """The method that the one on the photo is usually compared with."""
    return "baseline" if state.overlay != "baseline" else "student"


def flickers_to(state: ViewerState) -> Method | None:
    """The method that is shown while the key of the flicker is held."""
    return (state.compare or usual_other(state)) if state.flicker else None


def own_photos(state: ViewerState) -> tuple[Method, ...]:
    """The methods that have a photo of their own beside the one of the method on the photo."""
    if state.compare is not None or state.presentation.disguised:
        return ()
    return tuple(method for method in METHODS if method in state.photos and method != state.overlay)


def methods_beside(state: ViewerState) -> tuple[Method, ...]:
    """All methods whose bodies are drawn besides those of the method on the photo."""
    wanted = {state.compare, flickers_to(state), *own_photos(state)} - {state.overlay}
    return tuple(method for method in METHODS if method in wanted)
