"""Files of edited 2D poses: everybody in each edited picture, who was edited, and who was taken away.

`{"format": ..., "pictures": {name: {"people": [{"person", "edited", "joint_set", "keypoints", "bbox_xywh",
"score", "source"}], "deleted": [person]}}}`. `read_poses` reads them too, so that every command takes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from sefd_viewer.errors import DAMAGED, PoseFileError
from sefd_viewer.geometry.joints import Pose2D, as_joint_set

FORMAT = "sefd-viewer edited 2D poses 1"
ENDING = ".edited-poses.json"

_REMEDY = "Move the file away to begin a new one; nothing is written over it"


@dataclass(frozen=True, eq=False)
class EditedPicture:
    """Everybody in an edited picture by key, in order; which of them were edited, and who was taken away."""

    people: Mapping[str, Pose2D]
    edited: frozenset[str] = frozenset()
    deleted: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class EditedPoses:
    """What a file holds: pictures by name, and what is wrong with single people, in words."""

    pictures: Mapping[str, EditedPicture] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


Pictures = Mapping[str, EditedPicture]


def is_edited_poses(content: object) -> bool:
    """Whether the content of a JSON file is of this format."""
    return isinstance(content, dict) and content.get("format") == FORMAT


def read_edited_poses(path: Path) -> EditedPoses:
    """Read a file; raises PoseFileError when it cannot be read or holds something else."""
    try:
        content = orjson.loads(path.read_bytes())
    except OSError as error:
        raise PoseFileError.unreadable(path, error, "the edited poses") from error
    except orjson.JSONDecodeError as error:
        raise PoseFileError(f"this is not valid JSON ({error})", where=path, remedy=_REMEDY) from error
    if not is_edited_poses(content):
        raise PoseFileError(f"this does not hold {FORMAT}", where=path, remedy=_REMEDY)
    return edited_poses(content)


def edited_poses(content: Mapping[str, Any]) -> EditedPoses:
    """What the content of such a file says; people who are unusable become problems."""
    problems: list[str] = []
    pictures = content.get("pictures")
    named = pictures if isinstance(pictures, dict) else {}
    return EditedPoses(
        {name: _picture(name, entry, problems) for name, entry in named.items()}, tuple(problems)
    )


def edited_poses_json(pictures: Mapping[str, EditedPicture]) -> bytes:
    """The file's bytes."""
    named = {name: _picture_values(picture) for name, picture in pictures.items()}
    return orjson.dumps({"format": FORMAT, "pictures": named}, option=orjson.OPT_INDENT_2)


def merged_pictures(before: Pictures, mine: Pictures, there: Pictures) -> tuple[Pictures, list[str]]:
    """The pictures `there` with what was edited between `before` and `mine`, and whom both edited, in words.

    These stay as they are there.
    """
    pictures, both = dict(there), []
    for name in {**before, **mine}:
        picture, people = _merged(before.get(name), mine.get(name), there.get(name))
        pictures.pop(name, None)
        if picture is not None:
            pictures[name] = picture
        both += [f"person {person} of {name}" for person in people]
    return pictures, both


def _merged(
    before: EditedPicture | None, mine: EditedPicture | None, there: EditedPicture | None
) -> tuple[EditedPicture | None, list[str]]:
    was, here, others = _changes(before), _changes(mine), _changes(there)
    changed = [person for person in {**was, **here} if was.get(person) != here.get(person)]
    if not changed or here == others:
        return there, []
    both = [person for person in changed if others.get(person) not in (was.get(person), here.get(person))]
    ours = set(changed) - set(both)
    theirs = {*was, *others} - ours
    own, of_others = mine or EditedPicture({}), there or EditedPicture({})
    sources = {key: of_others if key in theirs else own for key in own.people}
    sources |= {key: own if key in ours else of_others for key in of_others.people}
    merged = EditedPicture(
        {key: source.people[key] for key, source in sources.items() if key in source.people},
        of_others.edited - ours | own.edited & ours,
        of_others.deleted - ours | own.deleted & ours,
    )
    return (merged if merged.edited or merged.deleted else None), both


def _changes(picture: EditedPicture | None) -> dict[str, Any]:
    """What was done to whom: the values of who was edited, False for who was taken away."""
    if picture is None:
        return {}
    people = _picture_values(picture)["people"]
    return {one["person"]: one for one in people if one["edited"]} | dict.fromkeys(picture.deleted, False)


def _picture(name: str, entry: Any, problems: list[str]) -> EditedPicture:
    entry = entry if isinstance(entry, dict) else {}
    people: dict[str, Pose2D] = {}
    edited: set[str] = set()
    listed, gone = (_listed(name, entry.get(key), problems) for key in ("people", "deleted"))
    for number, values in enumerate(listed, start=1):
        try:
            key = str(values["person"])
            people[key] = _pose(values)
        except DAMAGED as error:
            problems.append(f"{name}, person {number}: unusable ({error}); left out")
            continue
        edited |= {key} if values.get("edited", True) else set()
    return EditedPicture(people, frozenset(edited), frozenset(map(str, gone)))


def _listed(name: str, value: Any, problems: list[str]) -> list[Any]:
    if isinstance(value, list):
        return value
    if value is not None:
        problems.append(f"{name}: {type(value).__name__} in place of a list; left out")
    return []


def _pose(values: Mapping[str, Any]) -> Pose2D:
    keypoints = np.array(values["keypoints"], dtype=np.float32)
    box = np.array(values["bbox_xywh"], dtype=np.float32)
    as_joint_set(values["joint_set"])
    if not (np.isfinite(keypoints).all() and np.isfinite(box).all()):
        raise ValueError("numbers that are not finite")
    return Pose2D(values["joint_set"], keypoints, box, float(values["score"]), str(values["source"]))


def _picture_values(picture: EditedPicture) -> dict[str, Any]:
    people = [
        {
            "person": key,
            "edited": key in picture.edited,
            "joint_set": pose.joint_set,
            "keypoints": [[_short(value) for value in row] for row in pose.keypoints.tolist()],
            "bbox_xywh": [_short(value) for value in pose.bbox_xywh.tolist()],
            "score": _short(pose.score),
            "source": pose.source,
        }
        for key, pose in picture.people.items()
    ]
    return {"people": people, "deleted": sorted(picture.deleted)}


def _short(value: float) -> float:
    """A number with as many digits as a file needs: a thousandth of a pixel."""
    return round(value, 3)
