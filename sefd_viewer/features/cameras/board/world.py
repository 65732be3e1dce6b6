"""The board's room: cameras with their pictures, bodies and joints in the world."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.app.frame import Words
from sefd_viewer.app.layers import body_color
from sefd_viewer.app.methods import person_color
from sefd_viewer.features.cameras.board.derive import PICTURES, hue_of, picture_key, value_of
from sefd_viewer.features.cameras.board.frame import FrustumFrame, SkeletonFrame, WorldBodyFrame, WorldFrame
from sefd_viewer.geometry.joints import as_joint_set

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.features.cameras.board.moment import Moment
    from sefd_viewer.features.cameras.board.scene import BoardPerson, BoardScene

Up = tuple[float, float, float]


def world_frame(
    state: ViewerState, content: Content, moment: Moment, scene: BoardScene | None, person: BoardPerson | None
) -> WorldFrame:
    """What stands in the room; `person` is the one whose joint is chosen."""
    if scene is None:
        return WorldFrame(words=Words("Comparing the views", busy=True))
    if not scene.cameras:
        return WorldFrame(words=Words("No cameras", "None of these records says where its camera stands."))
    return WorldFrame(
        frustums=_frustums(state, content, moment, scene),
        bodies=_bodies(scene) if state.board.show_mesh else (),
        skeletons=_skeletons(scene) if state.board.show_joints else (),
        up=_up(moment, scene),
        joint_world=_joint(state, person),
    )


def _joint(state: ViewerState, person: BoardPerson | None) -> NDArray[np.float64] | None:
    """Where the chosen joint is, triangulated."""
    if person is None or person.triangulated is None or state.board.joint not in person.seen.joints:
        return None
    point = person.triangulated.points_world[person.seen.joints.index(state.board.joint)]
    return point if np.isfinite(point).all() else None


def _frustums(
    state: ViewerState, content: Content, moment: Moment, scene: BoardScene
) -> tuple[FrustumFrame, ...]:
    frustums = []
    for slot, (view, record) in enumerate(moment.records.items()):
        camera = scene.cameras.get(view)
        picture = value_of(content, f"{PICTURES} {slot}", picture_key(state, content, slot))
        size = picture.size if picture is not None else record.size
        if camera is not None and size is not None:
            frustums.append(
                FrustumFrame(
                    view,
                    hue_of(state, content, view),
                    camera,
                    size,
                    None if picture is None else picture.small,
                )
            )
    return tuple(frustums)


def _bodies(scene: BoardScene) -> tuple[WorldBodyFrame, ...]:
    return tuple(
        WorldBodyFrame(person.key, person.body_world, person.faces, body_color("truth", index))
        for index, person in enumerate(scene.people)
        if person.body_world is not None and person.faces is not None
    )


def _skeletons(scene: BoardScene) -> tuple[SkeletonFrame, ...]:
    return tuple(
        SkeletonFrame(
            person.key,
            person.triangulated.points_world,
            as_joint_set(person.seen.joint_set).skeleton,
            person_color(index),
        )
        for index, person in enumerate(scene.people)
        if person.triangulated is not None
    )


def _up(moment: Moment, scene: BoardScene) -> Up:
    """Away from the ground: as a record says, else what is up for most cameras."""
    for record in moment.records.values():
        if record.world_up is not None:
            return record.world_up
    total = np.sum([-camera.R[1] for camera in scene.cameras.values()], axis=0)
    length = float(np.linalg.norm(total))
    x, y, z = total / length if length > 1e-6 else (0.0, -1.0, 0.0)
    return float(x), float(y), float(z)
