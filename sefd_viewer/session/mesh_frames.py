"""From the state and what is known to a 3D view's bodies: pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sefd_viewer.session.absence import method_words
from sefd_viewer.session.content import Content
from sefd_viewer.session.error_colors import RANGES_MM, scalars_of
from sefd_viewer.session.frame import BodyFrame, MeshFrame
from sefd_viewer.session.ghosts import COLOR as GHOST_COLOR
from sefd_viewer.session.ghosts import ghosts_of
from sefd_viewer.session.layers import body_color
from sefd_viewer.session.methods import Method, as_role
from sefd_viewer.session.state import ViewerState

if TYPE_CHECKING:
    from sefd_viewer.session.stages import Stage


def mesh_frame(method: Method, state: ViewerState, content: Content) -> MeshFrame:
    """A method's bodies, or why there are none."""
    stage = content.stages.get(method)
    busy = as_role(method) in content.inference.pending
    bodies: tuple[BodyFrame, ...] = ()
    if stage is not None and content.scene is not None:
        order = {person.key: index for index, person in enumerate(content.scene.people)}
        errors = content.value("vertex errors") or {}
        bodies = tuple(
            BodyFrame(
                b.person,
                b.vertices_camera if state.camera_mode == "photo" else b.vertices_space,
                b.faces,
                body_color("truth" if state.presentation.disguised else method, order.get(b.person, 0)),
                scalars_of(state.color_by, b.person, method, errors),
                RANGES_MM.get(state.color_by),
                diverging=state.color_by == "gain",
            )
            for b in stage.without(state.hidden_people)
        ) + _ghosts(stage, state, content)
    words = None if stage is not None and stage.bodies else method_words(method, content)
    return MeshFrame(
        method,
        bodies,
        stage.camera if stage is not None else None,
        words,
        note=_note(method, content),
        errors=_errors(method, content),
        busy=busy,
        up=stage.up if stage is not None else None,
    )


def _ghosts(stage: Stage, state: ViewerState, content: Content) -> tuple[BodyFrame, ...]:
    """The faint ground truth around a stage's predictions, where it is wanted and known."""
    truth = content.stages.get("truth")
    if not state.ghost or truth is None or stage.method == "truth":
        return ()
    shown = ghosts_of(truth, stage, state.camera_mode == "photo")
    return tuple(
        BodyFrame(ghost.person, ghost.vertices_camera, ghost.faces, GHOST_COLOR, ghost=True)
        for ghost in shown
        if ghost.person not in state.hidden_people
    )


def _note(method: Method, content: Content) -> str:
    if method == "teacher" and content.inference.mesh_edges is not None:
        return f"edges: {content.inference.mesh_edges.source}"
    return ""


def _errors(method: Method, content: Content) -> str:
    """The mean error of the method's people, where ground truth exists."""
    known = [errors.mpjpe_mm for (_, of), errors in (content.value("metrics") or {}).items() if of == method]
    if not known:
        return ""
    return f"MPJPE {math.fsum(known) / len(known):.0f} mm"
