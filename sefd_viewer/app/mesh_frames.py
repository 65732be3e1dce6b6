"""From the state and what is known to a 3D view's bodies: pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sefd_viewer.app.absence import method_words
from sefd_viewer.app.content import Content
from sefd_viewer.app.frame import BodyFrame, MeshFrame
from sefd_viewer.app.layers import body_color
from sefd_viewer.app.methods import Method, as_role
from sefd_viewer.app.state import ViewerState
from sefd_viewer.app.story import PRESENT

if TYPE_CHECKING:
    from sefd_viewer.app.stages import Stage


def mesh_frame(method: Method, state: ViewerState, content: Content) -> MeshFrame:
    """A method's bodies, or why there are none."""
    stage = content.stages.get(method)
    words = None if stage is not None and stage.bodies else method_words(method, content)
    edges = content.inference.mesh_edges
    return MeshFrame(
        method,
        _bodies(stage, state, content) if stage is not None else (),
        stage.camera if stage is not None else None,
        words,
        note=f"edges: {edges.source}" if method == "teacher" and edges is not None else "",
        errors=_errors(method, content),
        busy=as_role(method) in content.inference.pending,
        up=stage.up if stage is not None else None,
    )


def _bodies(stage: Stage, state: ViewerState, content: Content) -> tuple[BodyFrame, ...]:
    """A stage's bodies where they are, in their colours."""
    if content.scene is None:
        return ()
    order = {person.key: index for index, person in enumerate(content.scene.people)}
    shown = "truth" if PRESENT.of(state).disguised else stage.method
    return tuple(
        BodyFrame(
            body.person,
            body.vertices_camera if state.camera_mode == "photo" else body.vertices_space,
            body.faces,
            body_color(shown, order.get(body.person, 0)),
        )
        for body in stage.without(state.hidden_people)
    )


def _errors(method: Method, content: Content) -> str:
    """The mean error of the method's people, where ground truth exists."""
    known = [errors.mpjpe_mm for (_, of), errors in (content.value("metrics") or {}).items() if of == method]
    if not known:
        return ""
    return f"MPJPE {math.fsum(known) / len(known):.0f} mm"
