"""From the state and what is known to a 3D view's bodies: pure."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from sefd_viewer.app.absence import method_words
from sefd_viewer.app.comparing import flickers_to
from sefd_viewer.app.content import Content
from sefd_viewer.app.error_colors import RANGES_MM, scalars_of
from sefd_viewer.app.frame import BodyFrame, MeshFrame, Side
from sefd_viewer.app.ghosts import TRUTH_COLOR, vertices_at
from sefd_viewer.app.layers import body_color
from sefd_viewer.app.methods import COLORS, TITLES, Method, as_role
from sefd_viewer.app.state import ViewerState

if TYPE_CHECKING:
    from sefd_viewer.app.stages import Stage


def mesh_frame(method: Method, state: ViewerState, content: Content) -> MeshFrame:
    """A method's bodies, or why there are none."""
    stage = content.stages.get(method)
    beside = _beside(method, state, content)
    held = _held(method, state, content)
    words = None if stage is not None and stage.bodies else method_words(method, content)
    sides = (TITLES[method], TITLES[beside.method]) if beside is not None else ("", "")
    return MeshFrame(
        method,
        _flickered(stage, beside, held, state, content) if stage is not None else (),
        stage.camera if stage is not None else None,
        words,
        note=f"shown: {TITLES[held.method]}" if held is not None else _note(method, beside, state, content),
        errors=_errors(method, content),
        busy=as_role(method) in content.inference.pending,
        up=stage.up if stage is not None else None,
        wipe=state.wipe if beside is not None and not state.onion_skin else None,
        sides=sides[::-1] if state.flicker else sides,
    )


def _held(method: Method, state: ViewerState, content: Content) -> Stage | None:
    """What the 3D view of the method on the photo shows instead, while the key of the flicker is held."""
    other = flickers_to(state) if method == state.overlay and state.compare is None else None
    stage = content.stages.get(other) if other is not None else None
    return stage if stage is not None and stage.bodies else None


def _flickered(
    stage: Stage, beside: Stage | None, held: Stage | None, state: ViewerState, content: Content
) -> tuple[BodyFrame, ...]:
    """A stage's bodies, or those held up instead in their places; a flicker turns a divider's sides round."""
    if held is not None:
        return _in_places_of(stage, held, state, content)
    bodies = _bodies(stage, beside, state, content)
    turned: dict[Side | None, Side | None] = {"left": "right", "right": "left"}
    return tuple(replace(body, side=turned.get(body.side)) for body in bodies) if state.flicker else bodies


def _beside(method: Method, state: ViewerState, content: Content) -> Stage | None:
    """What the method on the photo is compared with, in its 3D view as on the photo; not on slides."""
    if method != state.overlay or state.compare is None or state.presentation.slide is not None:
        return None
    stage = content.stages.get(state.compare)
    return stage if stage is not None and stage.bodies else None


def _bodies(
    stage: Stage, beside: Stage | None, state: ViewerState, content: Content
) -> tuple[BodyFrame, ...]:
    """A stage's bodies; with others `beside` them on the other side of the divider, or faint around them."""
    own = _solid(stage, state, content)
    others: tuple[BodyFrame, ...] = ()
    if beside is not None and state.onion_skin:
        others = _faint(beside, stage, state, COLORS[beside.method])
    elif beside is not None:
        own = tuple(replace(body, side="left") for body in own)
        others = tuple(replace(body, side="right") for body in _in_places_of(stage, beside, state, content))
    return own + others + _truth_around(stage, beside, state, content)


def _in_places_of(stage: Stage, other: Stage, state: ViewerState, content: Content) -> tuple[BodyFrame, ...]:
    """The bodies of another stage where the people of `stage` are."""
    places = vertices_at(other, stage, state.camera_mode == "photo")
    return tuple(
        replace(body, vertices_camera=places[body.person])
        for body in _solid(other, state, content)
        if body.person in places
    )


def _solid(stage: Stage, state: ViewerState, content: Content) -> tuple[BodyFrame, ...]:
    """A stage's bodies where they are, in their colours."""
    if content.scene is None:
        return ()
    order = {person.key: index for index, person in enumerate(content.scene.people)}
    errors = content.value("vertex errors") or {}
    shown = "truth" if state.presentation.disguised else stage.method
    return tuple(
        BodyFrame(
            body.person,
            body.vertices_camera if state.camera_mode == "photo" else body.vertices_space,
            body.faces,
            body_color(shown, order.get(body.person, 0)),
            scalars_of(state.color_by, body.person, stage.method, errors),
            RANGES_MM.get(state.color_by),
            diverging=state.color_by == "gain",
        )
        for body in stage.without(state.hidden_people)
    )


def _truth_around(
    stage: Stage, beside: Stage | None, state: ViewerState, content: Content
) -> tuple[BodyFrame, ...]:
    """The faint ground truth around a stage's predictions, where it is wanted, known and not there anyway."""
    truth = content.stages.get("truth")
    if not state.ghost or truth is None or truth is beside or stage.method == "truth":
        return ()
    return _faint(truth, stage, state, TRUTH_COLOR)


def _faint(
    other: Stage, stage: Stage, state: ViewerState, color: tuple[int, int, int]
) -> tuple[BodyFrame, ...]:
    """The bodies of another stage around those of `stage`."""
    places = vertices_at(other, stage, state.camera_mode == "photo")
    return tuple(
        BodyFrame(body.person, places[body.person], body.faces, color, ghost=True)
        for body in other.without(state.hidden_people)
        if body.person in places
    )


def _note(method: Method, beside: Stage | None, state: ViewerState, content: Content) -> str:
    if beside is not None:
        return f"{'around it' if state.onion_skin else 'on the right'}: {TITLES[beside.method]}"
    if method == "teacher" and content.inference.mesh_edges is not None:
        return f"edges: {content.inference.mesh_edges.source}"
    return ""


def _errors(method: Method, content: Content) -> str:
    """The mean error of the method's people, where ground truth exists."""
    known = [errors.mpjpe_mm for (_, of), errors in (content.value("metrics") or {}).items() if of == method]
    if not known:
        return ""
    return f"MPJPE {math.fsum(known) / len(known):.0f} mm"
