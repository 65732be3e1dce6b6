"""One panel for each camera: its photo with bodies, edges, 2D joints and where the 3D joints are seen."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.app.frame import MarkFrame, OverlayFrame, PhotoFrame, Side, Words
from sefd_viewer.app.methods import person_color
from sefd_viewer.app.photo_titles import photo_name
from sefd_viewer.app.sentences import Tone
from sefd_viewer.app.state import Color, LayerState
from sefd_viewer.cameras.views.tracks import CONFIDENT
from sefd_viewer.features.cameras.account import ALIKE_PX, Rows, beside_boxes, rows_of, shift_px
from sefd_viewer.features.cameras.frame import BoardViewFrame
from sefd_viewer.features.cameras.in_view import InView, ViewKeys
from sefd_viewer.features.cameras.model import CamerasState
from sefd_viewer.features.cameras.pages import outline_marks
from sefd_viewer.features.cameras.residuals import chosen_table, height_px, joint_title, shades
from sefd_viewer.features.cameras.scene import BoardPerson, BoardScene, Drawn
from sefd_viewer.features.cameras.work import PictureOf
from sefd_viewer.geometry.joints import as_joint_set

if TYPE_CHECKING:
    from sefd_viewer.geometry.joints import Pose2D

Array = NDArray[np.float64]
ARRIVING = 0.45
"""Opacity of the moment before, while a photo is on its way."""
BODIES = LayerState(opacity=0.85)
"""How bodies lie on a photo."""
REPROJECTED: Color = (255, 255, 255)
CALM, LOUD = np.array([250.0, 250.0, 250.0]), np.array([0xD5, 0x5E, 0x00], float)
"""Colours of joints without error and of those with a large one."""


def view_frames(found: InView, person: BoardPerson | None) -> tuple[BoardViewFrame, ...]:
    """The panels in order; `person` is the one whose errors count."""
    rows = rows_of(found, person)
    return tuple(_view(found, one, person, rows) for one in found.views)


def _view(found: InView, one: ViewKeys, person: BoardPerson | None, rows: Rows) -> BoardViewFrame:
    outcome, before = found.computed.get(one.picture), found.computed.newest(PictureOf, one.view)
    arriving = outcome is None
    image = before.value.image if before is not None and before.value is not None else None
    words = None
    if outcome is not None and outcome.problem is not None:
        words, image = Words("This picture cannot be shown", outcome.problem), None
    elif image is None:
        words = Words("Loading", busy=True)
    about, outlier = _about(found, one.view, person)
    shift = _shift(found, one.view, rows)
    tone: Tone = "plain"
    if shift is not None:
        about, tone = shift
    elif person is not None and one.view in beside_boxes(found, person):
        about, tone = " · ".join(filter(None, (about, "off the box"))), "worse"
    if outcome is not None and outcome.value is not None and outcome.value.missing:
        about = f"no picture · {about}" if about else "no picture"
    photo = PhotoFrame(
        image=image,
        image_opacity=ARRIVING if arriving else 1.0,
        overlays={} if arriving else _overlays(found, one),
        marks=() if arriving or image is None else (*outline_marks(found, one), *_marks(found, one, person)),
        selected=person.key if person is not None and found.board.person is not None else None,
        bare=found.state.bare,
        words=words,
        wipe=found.board.wipe if found.exact_bodies(one) is not None else None,
        sides=(found.board.mode.capitalize(), "Exact"),
    )
    name = photo_name(one.record, found.content.dataset.views if found.content.dataset is not None else ())
    current = one.record.key == found.state.record
    return BoardViewFrame(
        name=one.view,
        record=one.record.key,
        photo=photo,
        title=f"Camera {name.camera}" if name.camera else one.view,
        serial=name.serial,
        hue=hue_of(found, one.view),
        about=about,
        tone=tone,
        outlier=outlier,
        current=current,
        arriving=arriving,
    )


def _shift(found: InView, view: str, rows: Rows) -> tuple[str, Tone] | None:
    """How far the drawn body lies from the exact one, where another way is drawn."""
    row = rows.get(view, {}).get(found.seen.mode)
    if row is None or found.seen.mode == "exact":
        return None
    off = shift_px(row)
    if not math.isfinite(off):
        return "not in it", "worse"
    return f"{off:.1f} px off" if off < 10 else f"{off:.0f} px off", "worse" if off > ALIKE_PX else "better"


def _about(found: InView, view: str, person: BoardPerson | None) -> tuple[str, bool]:
    """How large the view's error is, in words, and whether it stands out."""
    scene, board = found.scene, found.board
    if scene is None:
        return "", False
    if view not in scene.cameras:
        return "no camera", False
    if person is None or view not in person.seen.members:
        return "not seen here" if person is not None else "", False
    table = chosen_table(person, board.against, board.unit)
    error = table.by_view.get(view, float("nan")) if table is not None else float("nan")
    if table is None or not np.isfinite(error):
        return "", False
    amount = f"{error:.1f}" if error < 99.95 else f"{error:.0f}"
    return f"{amount} {board.unit}", view in table.outlier_views


def _overlays(found: InView, one: ViewKeys) -> dict[str, OverlayFrame]:
    """Bodies and their edges; in "One image plane" everybody of the chosen method on the photo in view."""
    drawn: tuple[Any, ...] = tuple(map(found.computed.value, found.drawn_keys(one)))
    if found.plane_stage is not None and one.record.key == found.state.record:
        drawn = tuple(found.computed.value(key) for key in found.plane_pictures)
    exact = found.computed.value(found.exact_bodies(one))
    overlays = {}
    for height, (layer, picture) in enumerate(zip(("mesh", "mesh_edge"), drawn, strict=True), start=1):
        if picture is not None:
            look = found.state.layers.get(layer, BODIES)
            data, extent = (picture.data, picture.extent) if isinstance(picture, Drawn) else (picture, None)
            side: Side | None = "left" if layer == "mesh" and exact is not None else None
            color = look.color or (255, 255, 255)
            overlays[layer] = OverlayFrame(data, color, look.opacity, height, extent, side)
    if found.plane_stage is None or one.record.key != found.state.record:
        overlays |= _of_methods(found, one, len(overlays))
    if exact is not None:
        overlays["exact"] = OverlayFrame(
            exact.data, (255, 255, 255), BODIES.opacity, 1, exact.extent, "right"
        )
    return overlays


def _of_methods(found: InView, one: ViewKeys, lowest: int) -> dict[str, OverlayFrame]:
    """The bodies of the chosen methods and their edges, one method over the other."""
    overlays: dict[str, OverlayFrame] = {}
    for info in found.on_cameras.chosen:
        pictures = map(found.computed.value, found.on_cameras.drawn_keys(info, one))
        for layer, picture in zip(("mesh", "mesh_edge"), pictures, strict=True):
            if picture is not None:
                look = found.state.layers.get(layer, BODIES)
                height = lowest + len(overlays) + 1
                own = OverlayFrame(picture.data, info.color, look.opacity, height, picture.extent)
                overlays[f"{layer} {info.id}"] = own
    return overlays


# ---- joints


def _marks(found: InView, one: ViewKeys, person: BoardPerson | None) -> tuple[MarkFrame, ...]:
    board, scene = found.board, found.scene
    if not board.show_joints:
        return ()
    if scene is None:
        people = found.computed.value(one.people)
        return tuple(_found(each.pose2d) for each in people.people) if people is not None else ()
    marks: list[MarkFrame] = []
    for index, each in enumerate(scene.people):
        marks += _person_marks(board, scene, one.view, each, person_color(index), chosen=each is person)
    return tuple(marks)


def _found(pose: Pose2D) -> MarkFrame:
    """A pose of which it is not known yet whose it is."""
    points = np.where(pose.keypoints[:, 2:] >= CONFIDENT, pose.keypoints[:, :2], np.nan)
    return MarkFrame("", REPROJECTED, points.astype(np.float64), as_joint_set(pose.joint_set).skeleton)


def _person_marks(
    board: CamerasState, scene: BoardScene, view: str, person: BoardPerson, color: Color, *, chosen: bool
) -> list[MarkFrame]:
    bones, marks = as_joint_set(person.seen.joint_set).skeleton, []
    expected = _expected(board, scene, view, person)
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
                point_colors=_point_colors(board, view, person) if chosen else None,
            )
        )
        if chosen and board.joint in person.seen.joints:
            marks += _joint_mark(board, view, person, observed)
    return marks


def _expected(board: CamerasState, scene: BoardScene, view: str, person: BoardPerson) -> Array | None:
    """Pixels (J, 2) where the view sees the 3D joints that the errors are measured from."""
    camera = scene.cameras.get(view)
    if board.against == "body" or person.triangulated is None:
        body = person.bodies.get(view)
        joints = body.joints_camera(person.seen.joint_set) if body is not None else None
        if body is not None and joints is not None:
            return body.camera.project_camera(joints)
    if camera is None or person.triangulated is None:
        return None
    return camera.project(person.seen.points_world)


def _point_colors(board: CamerasState, view: str, person: BoardPerson) -> NDArray[np.uint8] | None:
    """Joints (J, 3) the redder the larger their error; None without errors in this view."""
    table = chosen_table(person, board.against, board.unit)
    if table is None or view not in table.views:
        return None
    errors = table.errors_px[:, table.views.index(view)]
    share = np.nan_to_num(shades(errors, height_px(person), board.unit))[:, None]
    return (CALM + share * (LOUD - CALM)).astype(np.uint8)


def _joint_mark(board: CamerasState, view: str, person: BoardPerson, observed: Array) -> list[MarkFrame]:
    """The chosen joint, with its error, else its name."""
    joint = str(board.joint)
    index = person.seen.joints.index(joint)
    if not np.isfinite(observed[index]).all():
        return []
    table, label = chosen_table(person, board.against, board.unit), joint_title(joint)
    if table is not None and view in table.views:
        error = table.errors_px[index, table.views.index(view)]
        label = f"{error:.1f} {board.unit}" if np.isfinite(error) else label
    return [MarkFrame(person.key, (255, 214, 10), observed[index][None], label=label, point_radius=5.5)]


def hue_of(found: InView, view: str) -> int:
    """The number of a view's colour, which it keeps while others come and go."""
    sequence = found.over_time.sequence
    names = sequence.views if sequence is not None else ()
    if view not in names:
        names = tuple(found.moment.records if found.moment is not None else ())
    return names.index(view) if view in names else 0
