"""What is computed for workspace Cameras, and when it is wanted."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial

from sefd_viewer.app.content import Content
from sefd_viewer.app.derivations import Derivation, Tools, overlay_stage, scene_of
from sefd_viewer.app.methods import as_role
from sefd_viewer.app.state import ViewerState
from sefd_viewer.features.cameras.board.ahead import AHEAD_JOB
from sefd_viewer.features.cameras.board.derive import BOARD_JOBS
from sefd_viewer.features.cameras.board.timeline_job import TIMELINE_JOB
from sefd_viewer.features.cameras.conventions import inspector
from sefd_viewer.features.cameras.extrinsics import record_in_view, record_token
from sefd_viewer.features.cameras.image_plane import plane_in_view, unified
from sefd_viewer.jobs.runner import Job

# ---- people of own cameras in one image plane


def _plane_key(state: ViewerState, content: Content) -> Hashable | None:
    stage = overlay_stage(state, content)
    if stage is None or not plane_in_view(state):
        return None
    return scene_of(content).token, "plane", stage.number


def _plane_job(state: ViewerState, content: Content, tools: Tools) -> Job:
    stage, role = overlay_stage(state, content), as_role(state.overlay)
    assert stage is not None
    result = content.inference.result(role) if role is not None else None
    return partial(unified, stage, scene_of(content), result, tools.find_body)


# ---- three ways from the world into the camera


def _modes_key(state: ViewerState, content: Content) -> Hashable | None:
    from sefd_viewer.features.cameras.extrinsics import has_world_bodies

    wanted = state.workspace == "cameras" and state.board.tab == "extrinsics"
    record = record_in_view(state, content) if wanted else None
    if record is None or not has_world_bodies(record):
        return None
    return record_token(state, content), "modes"


def _modes_job(state: ViewerState, content: Content, tools: Tools) -> Job:
    from sefd_viewer.features.cameras.extrinsics import extrinsic_modes

    record = record_in_view(state, content)
    assert record is not None
    return partial(extrinsic_modes, record, tools.find_body)


def _outlines_key(state: ViewerState, content: Content) -> Hashable | None:
    wanted = state.workspace == "cameras" and state.outlined_modes and content.dataset is not None
    if not wanted or record_in_view(state, content) is None:
        return None
    return record_token(state, content), "outlines"


def _outlines_job(state: ViewerState, content: Content, tools: Tools) -> Job:
    from sefd_viewer.features.cameras.extrinsics_outlines import moment_outlines

    record = record_in_view(state, content)
    assert content.dataset is not None
    assert record is not None
    return partial(moment_outlines, content.dataset, record, tools.find_body)


DERIVATIONS = (
    Derivation("image_plane", _plane_key, _plane_job),
    Derivation("extrinsics", _modes_key, _modes_job),
    Derivation("outlines", _outlines_key, _outlines_job),
    Derivation(inspector.INSPECTOR, inspector.inspector_key, inspector.inspector_job),
    *(Derivation(one.name, one.key, one.job) for one in (*BOARD_JOBS, TIMELINE_JOB, AHEAD_JOB)),
)
