"""2D poses changed by hand, as values of the state, and how a record looks with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sefd_viewer.app.slices import Slice
from sefd_viewer.inference.messages import PersonInput

if TYPE_CHECKING:
    from sefd_viewer.app.scene import Scene
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.geometry.joints import Pose2D
    from sefd_viewer.pose2d.editing_file import EditedPicture

People = tuple[PersonInput, ...]
EditKey = tuple[str | None, str]
"""The file of 2D poses in use (None: annotations and the detector) and the record's key."""
NewPose = Literal["detector", "upright"]
"""What a new person begins as: what the detector finds in the box, or somebody upright who fills it."""

EVERYBODY_DELETED = (
    "Everybody's pose was deleted here. Undo, or Edit > Forget edited poses here, brings them back."
)
_SAME_PLACE = 0.5


@dataclass(frozen=True)
class PoseEditing:
    """How poses are edited: whether at all (`on`), how new ones begin, and the joint that is held."""

    on: bool = False
    start: NewPose = "detector"
    held: tuple[str, int] | None = None


POSE_EDITING: Slice[PoseEditing] = Slice("pose_editing", PoseEditing())
POSE_EDITS: Slice[Mapping[EditKey, EditedPicture]] = Slice("pose_edits", {})
"""The 2D poses that were changed by hand."""


def edits_of(state: ViewerState, record: str | None) -> EditedPicture | None:
    """What was changed by hand in a record, None where nothing was."""
    return None if record is None else POSE_EDITS.of(state).get((state.poses, record))


def edited_people(people: People, edits: EditedPicture | None, *, annotated: bool) -> People:
    """The people of a record with what was changed by hand.

    Found people have no names of their own: one who was not edited counts as the same when found in the
    same place, else as he was when the record was edited. New `annotated` people appear, found ones do not.
    """
    if edits is None:
        return people
    known = {person.key: person for person in people}
    kept = tuple(_person(key, pose, known.get(key), edits) for key, pose in edits.people.items())
    if not annotated:
        return kept
    return kept + tuple(p for p in people if p.key not in edits.people and p.key not in edits.deleted)


def edited_scene(scene: Scene, edits: EditedPicture | None) -> Scene:
    """A scene with what was changed by hand; the same scene where nothing was."""
    if edits is None:
        return scene
    people = edited_people(scene.people, edits, annotated=bool(scene.record.people))
    return replace(scene, people=people, edits=edits, note=None if people else EVERYBODY_DELETED)


def _person(key: str, pose: Pose2D, own: PersonInput | None, edits: EditedPicture) -> PersonInput:
    from sefd_viewer.app.scene import overlap

    if own is None:
        return PersonInput(key, pose)
    if key in edits.edited or overlap(own.pose2d.bbox_xywh, pose.bbox_xywh) < _SAME_PLACE:
        return replace(own, pose2d=pose)
    return own


# ---- their files


def edits_path(dataset: Dataset) -> Path:
    """`<folder>.edited-poses.json` (or `<video>...`) in the data set's folder where one may write there."""
    from sefd_viewer.judgements.store import VERDICTS_FILE, verdict_path
    from sefd_viewer.pose2d.editing_file import ENDING

    verdicts = verdict_path(dataset)
    if verdicts.name == VERDICTS_FILE:
        return verdicts.with_name((verdicts.resolve().parent.name or "poses") + ENDING)
    name = verdicts.name.removesuffix(f".{VERDICTS_FILE}").removesuffix(".sqlite")
    return verdicts.with_name(name + ENDING)


def edits_path_of_file(poses: str) -> Path:
    """`<file of 2D poses>.edited-poses.json` beside it."""
    from sefd_viewer.pose2d.editing_file import ENDING

    path = Path(poses)
    return path.with_name(path.name.removesuffix(".json").removesuffix(".edited-poses") + ENDING)


# ---- changes of the state


def with_pose(state: ViewerState, scene: Scene, person: str, pose: Pose2D) -> ViewerState:
    """Give a person of the scene, who may be new, this pose."""
    from sefd_viewer.pose2d.editing_file import EditedPicture

    edits = scene.edits
    people = {one.key: one.pose2d for one in scene.people} | {person: pose}
    edited = {person, *(edits.edited if edits is not None else ())}
    deleted = (edits.deleted if edits is not None else frozenset()) - {person}
    return _with_edits(state, scene, EditedPicture(people, frozenset(edited), deleted))


def without_pose(state: ViewerState, scene: Scene, person: str) -> ViewerState:
    """Take a person's pose away, and with it the person."""
    from sefd_viewer.pose2d.editing_file import EditedPicture

    edits = scene.edits
    people = {one.key: one.pose2d for one in scene.people if one.key != person}
    edited = (edits.edited if edits is not None else frozenset()) - {person}
    deleted = {person, *(edits.deleted if edits is not None else ())}
    changed = _with_edits(state, scene, EditedPicture(people, edited, frozenset(deleted)))
    return replace(changed, person=None if state.person == person else state.person)


def unedited(state: ViewerState, scene: Scene) -> ViewerState:
    """Forget everything that was changed by hand in the scene."""
    return _with_edits(state, scene, None)


def new_key(scene: Scene) -> str:
    """A free number for a new person."""
    edits = scene.edits
    taken = {
        *(person.key for person in scene.people),
        *(person.key for person in scene.record.people),
        *(edits.deleted if edits is not None else ()),
    }
    return next(number for number in _numbers(len(scene.people) + 1) if number not in taken)


def _numbers(first: int) -> Iterator[str]:
    while True:
        yield str(first)
        first += 1


def _with_edits(state: ViewerState, scene: Scene, edits: EditedPicture | None) -> ViewerState:
    key: EditKey = (state.poses, scene.record.key)
    others: Mapping[EditKey, EditedPicture] = {k: v for k, v in POSE_EDITS.of(state).items() if k != key}
    return POSE_EDITS.put(state, others if edits is None else {**others, key: edits})
