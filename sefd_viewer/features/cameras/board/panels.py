"""One panel for each camera: its photo with bodies, edges, 2D joints and where the 3D joints are seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.app.frame import MarkFrame, OverlayFrame, PhotoFrame, Words
from sefd_viewer.app.methods import person_color
from sefd_viewer.app.state import Color
from sefd_viewer.cameras.views.tracks import CONFIDENT
from sefd_viewer.features.cameras.board.derive import (
    EDGES,
    MESHES,
    PEOPLE,
    PICTURES,
    drawn_key,
    found,
    hue_of,
    people_key,
    picture_key,
    value_of,
)
from sefd_viewer.features.cameras.board.frame import BoardViewFrame
from sefd_viewer.features.cameras.board.judging import chosen_table, height_px, shades
from sefd_viewer.features.cameras.board.naming import joint_title
from sefd_viewer.features.cameras.extrinsics_frame import outline_marks
from sefd_viewer.features.cameras.image_plane_frame import plane_overlays
from sefd_viewer.geometry.joints import as_joint_set

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.features.cameras.board.moment import Moment
    from sefd_viewer.features.cameras.board.scene import BoardPerson, BoardScene
    from sefd_viewer.geometry.poses import Pose2D

Array = NDArray[np.float64]
ARRIVING = 0.45
"""Opacity of the moment before, while a photo is on its way."""
REPROJECTED: Color = (255, 255, 255)
CALM, LOUD = np.array([250.0, 250.0, 250.0]), np.array([0xD5, 0x5E, 0x00], float)
"""Colours of joints without error and of those with a large one."""


def view_frames(
    state: ViewerState,
    content: Content,
    moment: Moment,
    scene: BoardScene | None,
    person: BoardPerson | None,
) -> tuple[BoardViewFrame, ...]:
    """The panels in order; `person` is the one whose errors count."""
    return tuple(_view(state, content, slot, name, scene, person) for slot, name in enumerate(moment.records))


def _view(
    state: ViewerState,
    content: Content,
    slot: int,
    name: str,
    scene: BoardScene | None,
    person: BoardPerson | None,
) -> BoardViewFrame:
    key = picture_key(state, content, slot)
    outcome, before = found(content, f"{PICTURES} {slot}", key), content.outcomes.get(f"{PICTURES} {slot}")
    record = key[2] if isinstance(key, tuple) else ""
    arriving = outcome is None
    image = before.value.image if before is not None and before.value is not None else None
    words = None
    if outcome is not None and outcome.problem is not None:
        words = Words("This picture cannot be shown", outcome.problem)
    elif image is None:
        words = Words("Loading", busy=True)
    about, outlier = _about(scene, person, name, state)
    if outcome is not None and outcome.value is not None and outcome.value.missing:
        about = f"no picture · {about}" if about else "no picture"
    marks = _marks(state, content, slot, name, scene, person)
    photo = PhotoFrame(
        image=image,
        image_opacity=ARRIVING if arriving else 1.0,
        overlays={} if arriving else _overlays(state, content, slot, record),
        marks=() if arriving or image is None else (*outline_marks(state, content, record), *marks),
        selected=person.key if person is not None and state.board.person is not None else None,
        bare=state.bare,
        words=words,
    )
    return BoardViewFrame(
        name, record, photo, hue_of(state, content, name), about, outlier, record == state.record, arriving
    )


def _about(
    scene: BoardScene | None, person: BoardPerson | None, view: str, state: ViewerState
) -> tuple[str, bool]:
    """How large the view's error is, in words, and whether it stands out."""
    if scene is None:
        return "", False
    if view not in scene.cameras:
        return "no camera", False
    if person is None or view not in person.seen.members:
        return "not seen here" if person is not None else "", False
    table = chosen_table(person, state.board.against, state.board.unit)
    error = table.by_view.get(view, float("nan")) if table is not None else float("nan")
    if table is None or not np.isfinite(error):
        return "", False
    return f"{error:.1f} {state.board.unit}", view in table.outlier_views


def _overlays(state: ViewerState, content: Content, slot: int, record: str) -> dict[str, OverlayFrame]:
    overlays = plane_overlays(state, content, record)
    if overlays is not None:
        return overlays
    overlays = {}
    for height, (what, layer) in enumerate(((MESHES, "mesh"), (EDGES, "mesh_edge")), start=1):
        drawn = value_of(content, f"{what} {slot}", drawn_key(what, state, content, slot))
        if drawn is not None:
            look, color = state.layers[layer], state.layers[layer].color or (255, 255, 255)
            overlays[layer] = OverlayFrame(drawn.data, color, look.opacity, height, drawn.extent)
    return overlays


# ---- joints


def _marks(
    state: ViewerState,
    content: Content,
    slot: int,
    view: str,
    scene: BoardScene | None,
    person: BoardPerson | None,
) -> tuple[MarkFrame, ...]:
    if not state.board.show_joints:
        return ()
    if scene is None:
        people = value_of(content, f"{PEOPLE} {slot}", people_key(state, content, slot))
        return tuple(_found(one.pose2d) for one in people.people) if people is not None else ()
    marks: list[MarkFrame] = []
    for index, one in enumerate(scene.people):
        marks += _person_marks(state, scene, view, one, person_color(index), chosen=one is person)
    return tuple(marks)


def _found(pose: Pose2D) -> MarkFrame:
    """A pose of which it is not known yet whose it is."""
    points = np.where(pose.keypoints[:, 2:] >= CONFIDENT, pose.keypoints[:, :2], np.nan)
    return MarkFrame("", REPROJECTED, points.astype(np.float64), as_joint_set(pose.joint_set).skeleton)


def _person_marks(
    state: ViewerState, scene: BoardScene, view: str, person: BoardPerson, color: Color, *, chosen: bool
) -> list[MarkFrame]:
    bones, marks = as_joint_set(person.seen.joint_set).skeleton, []
    expected = _expected(state, scene, view, person)
    if expected is not None:
        marks.append(MarkFrame(person.key, REPROJECTED, expected, bones, dashed=True))
    if view in person.seen.members:
        observed = person.seen.observed[list(person.seen.members).index(view)]
        marks.append(
            MarkFrame(
                person.key,
                color,
                observed,
                bones,
                label=person.key if len(scene.people) > 1 else "",
                point_colors=_point_colors(state, view, person) if chosen else None,
            )
        )
        if chosen and state.board.joint in person.seen.joints:
            marks += _joint_mark(state, view, person, observed)
    return marks


def _expected(state: ViewerState, scene: BoardScene, view: str, person: BoardPerson) -> Array | None:
    """Pixels (J, 2) where the view sees the 3D joints that the errors are measured from."""
    camera = scene.cameras.get(view)
    if state.board.against == "body" or person.triangulated is None:
        body = person.bodies.get(view)
        joints = body.joints_camera(person.seen.joint_set) if body is not None else None
        if body is not None and joints is not None:
            return body.camera.project_camera(joints)
    if camera is None or person.triangulated is None:
        return None
    return camera.project(person.seen.points_world)


def _point_colors(state: ViewerState, view: str, person: BoardPerson) -> NDArray[np.uint8] | None:
    """Joints (J, 3) the redder the larger their error; None without errors in this view."""
    table = chosen_table(person, state.board.against, state.board.unit)
    if table is None or view not in table.views:
        return None
    errors = table.errors_px[:, table.views.index(view)]
    share = np.nan_to_num(shades(errors, height_px(person), state.board.unit))[:, None]
    return (CALM + share * (LOUD - CALM)).astype(np.uint8)


def _joint_mark(state: ViewerState, view: str, person: BoardPerson, observed: Array) -> list[MarkFrame]:
    """The chosen joint, with its error, else its name."""
    joint = str(state.board.joint)
    index = person.seen.joints.index(joint)
    if not np.isfinite(observed[index]).all():
        return []
    table, label = chosen_table(person, state.board.against, state.board.unit), joint_title(joint)
    if table is not None and view in table.views:
        error = table.errors_px[index, table.views.index(view)]
        label = f"{error:.1f} {state.board.unit}" if np.isfinite(error) else label
    return [MarkFrame(person.key, (255, 214, 10), observed[index][None], label=label, point_radius=5.5)]
