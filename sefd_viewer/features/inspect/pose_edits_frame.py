"""What the photo shows while poses are edited: a handle for each joint, and what can be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sefd_viewer.app.methods import person_color
from sefd_viewer.app.pose_edits import POSE_EDITING, NewPose
from sefd_viewer.app.slices import Slice

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.content import Content
    from sefd_viewer.app.scene import Scene
    from sefd_viewer.app.state import Color, ViewerState
    from sefd_viewer.inference.messages import PersonInput
    from sefd_viewer.pose2d.editing import JointKind


@dataclass(frozen=True, eq=False)
class HandlesFrame:
    """The joints of one person that can be taken hold of: `points` (J, 2) image pixels, nan for none."""

    person: str
    color: Color
    points: NDArray[np.float64]
    kinds: tuple[JointKind, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class PoseEditingFrame:
    """Whether poses are edited and how; `edited` says that something was changed by hand in this record."""

    on: bool = False
    start: NewPose = "detector"
    handles: tuple[HandlesFrame, ...] = ()
    selected: str | None = None
    held: tuple[str, int] | None = None
    edited: bool = False


POSE_EDITING_FRAME: Slice[PoseEditingFrame] = Slice("pose_editing", PoseEditingFrame())


def pose_editing_frame(state: ViewerState, content: Content) -> PoseEditingFrame:
    """Decide what can be taken hold of: all joints of the selected person, else everybody's seen ones."""
    scene, editing = content.scene, POSE_EDITING.of(state)
    if scene is None:
        return PoseEditingFrame(editing.on, editing.start)
    selected = scene.person(state.person)
    return PoseEditingFrame(
        editing.on,
        editing.start,
        handles=_handles(state, scene) if editing.on else (),
        selected=selected.key if selected is not None else None,
        held=editing.held,
        edited=scene.edits is not None,
    )


def _handles(state: ViewerState, scene: Scene) -> tuple[HandlesFrame, ...]:
    chosen = state.person if scene.person(state.person) is not None else None
    alone = len(scene.people) == 1
    return tuple(
        _of_person(person, index, everything=alone or person.key == chosen)
        for index, person in enumerate(scene.people)
        if person.key not in state.hidden_people and chosen in (None, person.key)
    )


def _of_person(person: PersonInput, index: int, *, everything: bool) -> HandlesFrame:
    from sefd_viewer.geometry.joints import as_joint_set
    from sefd_viewer.pose2d.editing import joint_kinds, joint_places

    kinds = joint_kinds(person.pose2d)
    points = joint_places(person.pose2d)
    if not everything:
        points[[kind != "seen" for kind in kinds]] = float("nan")
    names = as_joint_set(person.pose2d.joint_set).names
    return HandlesFrame(person.key, person_color(index), points, kinds, tuple(map(joint_words, names)))


def joint_words(name: str) -> str:
    """A joint's name for people: `L_Wrist` is the left wrist."""
    side, _, rest = name.partition("_")
    words = {"L": "left ", "R": "right "}.get(side)
    return (words + rest if words else name.replace("_", " ")).lower()
