"""Where the 2D poses come from that the networks get: sources by name, in a list that can grow, or a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.records import Dataset, Person, Record
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.estimated_poses import stored_file
from sefd_viewer.evaluation.runs.methods import hash_of
from sefd_viewer.geometry.joints import COCO17, OPENPOSE18, JointSet, Pose2D
from sefd_viewer.pose2d.merging import box_overlap
from sefd_viewer.pose2d.pose_file import ESTIMATED, PoseFile

FindPoses = Callable[[Record, NDArray[np.uint8]], Mapping[str, Pose2D]]
"""The 2D poses in a record's picture (H,W,3) by person: annotated keys, else new 1, new 2 ..."""

Tell = Callable[[str], None]
"""Called with what is wrong with single entries of a file, a sentence each."""

ANNOTATION = "annotation"
"""The source that is taken if nobody says, and what annotated poses say of their source."""

_SAME = 0.5
"""Overlap (IoU) from which a found person is the annotated one."""

_LOOKED_AT = 500
"""Records in which a source must have somebody, or be refused."""


def pose_finder(
    words: str, dataset: Dataset, *, joints: str | None = None, tell: Tell = lambda _problem: None
) -> FindPoses:
    """The source called `words`, else the poses in the file or folder of that name.

    `joints` names the order of the joints in a file (`read_poses`). Raises SefdError for neither, for a file
    without poses of this data set, for poses that the set lacks, and for an order where there is no file.
    """
    if words in SOURCES:
        if joints is not None:
            remedy = "Leave --joints out, or name a file with --poses"
            raise SefdError(f"the order of joints {joints!r} is for a file, not for {words!r}", remedy=remedy)
        return SOURCES[words](dataset, tell)
    path = Path(words).expanduser()
    if path.exists():
        return _of_file(path, dataset, joints, tell)
    remedy = f"Give {', '.join(SOURCES)} or a file of 2D poses"
    raise SefdError(f"{words!r} names no source of 2D poses", remedy=remedy)


def pose_settings(words: str, joints: str | None = None) -> dict[str, str]:
    """What tells the results of a source from another's: its name; of a file place, hash and joint order."""
    path = Path(words).expanduser()
    if words in SOURCES or not path.exists():
        return {"poses": words}
    order = {} if joints is None else {"joints": joints}
    return {"poses": str(path.absolute()), "poses_hash": hash_of(path)} | order


def files_of_source(words: str, dataset: Dataset) -> tuple[Path, ...]:
    """The file beside the set that a source reads, where it reads one."""
    path = stored_file(dataset) if words == ESTIMATED else None
    return () if path is None else (path,)


def score_of(pose: Pose2D) -> float:
    """How sure whoever found a pose was of it; an annotated one has no score, all count the same."""
    return 1.0 if pose.source == ANNOTATION else float(pose.score)


# ---- the sources


def annotated_poses(record: Record, _image: NDArray[np.uint8]) -> Mapping[str, Pose2D]:
    """The poses that the set puts first: the annotated ones, in 3DPW those of OpenPose."""
    return {person.key: person.pose2d for person in record.people if person.pose2d is not None}


def _detected(_dataset: Dataset, _tell: Tell) -> FindPoses:
    """Those of the shipped detector."""
    from sefd_viewer.pose2d.detector import detect_people

    return lambda record, image: dict(_named(detect_people(image), record))


def _published(dataset: Dataset, _tell: Tell, *, source: str, joint_set: JointSet) -> FindPoses:
    """Those that a detector found for annotated people and that the set holds (MuPoTS, 3DPW).

    Who was not found has the annotated box and no joint, as in 3DCrowdNet's evaluation.
    """
    people = [person for record in dataset.beginning(_LOOKED_AT) for person in record.people]
    if not any(_from(person, source) for person in people):
        held = sorted({pose.source for person in people for pose in _poses(person)})
        has = f"it has those of {', '.join(held)}" if held else "it has none"
        words = f"this set holds no 2D poses of {source}: {has}"
        raise SefdError(words, where=dataset.root, remedy="Give another source, or a file with --poses FILE")
    nothing = np.zeros((joint_set.count, 3), np.float32)

    def find(record: Record, _image: NDArray[np.uint8]) -> Mapping[str, Pose2D]:
        return {
            person.key: _from(person, source)
            or Pose2D(joint_set.name, nothing, person.bbox_xywh, 0.0, source)
            for person in record.people
            if person.bbox_xywh is not None
        }

    return find


def _estimated(dataset: Dataset, tell: Tell) -> FindPoses:
    """Those that are kept beside the set: its true joints with a detector's errors."""
    from sefd_viewer.datasets.attaching import in_set
    from sefd_viewer.pose2d.files import read_poses

    path = stored_file(dataset)
    if path is None or not path.exists():
        remedy = f"Write them with: sefd-viewer estimate-poses {dataset.root or ''}".rstrip()
        raise SefdError("this set keeps no estimated 2D poses", where=path or dataset.root, remedy=remedy)
    return _by_key(_told(in_set(read_poses(path, images=dataset.pictures_by_id), dataset), tell))


SOURCES: dict[str, Callable[[Dataset, Tell], FindPoses]] = {
    ANNOTATION: lambda _dataset, _tell: annotated_poses,
    "detector": _detected,
    ESTIMATED: _estimated,
    "openpose": partial(_published, source="OpenPose", joint_set=OPENPOSE18),
    "higherhrnet": partial(_published, source="HigherHRNet", joint_set=COCO17),
}
"""Every source by its name; each is made for a data set, and may refuse it."""


def _of_file(path: Path, dataset: Dataset, joints: str | None, tell: Tell) -> FindPoses:
    """The poses in a file or folder, found by the names pictures go by."""
    from sefd_viewer.datasets.attaching import in_set, picture_names
    from sefd_viewer.pose2d.files import read_poses

    poses = in_set(read_poses(path, images=dataset.pictures_by_id, joints=joints), dataset)
    poses = _told(poses, tell)
    if not poses.by_key and not any(
        name in poses for record in dataset.beginning(_LOOKED_AT) for name in picture_names(record)
    ):
        some = ", ".join(islice(poses, 3))
        words = f"this file speaks of none of the first {min(_LOOKED_AT, len(dataset.records))} pictures"
        raise SefdError(f"{words}, but of {some}", where=path, remedy="Name a file about this data set")

    return _by_key(poses)


def _told(poses: PoseFile, tell: Tell) -> PoseFile:
    for problem in poses.problems:
        tell(problem)
    return poses


def _by_key(poses: PoseFile) -> FindPoses:
    """The poses of a file; where it does not say whose they are, boxes do."""
    from sefd_viewer.datasets.attaching import poses_in

    def find(record: Record, _image: NDArray[np.uint8]) -> Mapping[str, Pose2D]:
        name, found = poses_in(record, poses)
        keys = None if name is None else poses.keys_in(name)
        return dict(_named(found, record) if keys is None else zip(keys, found, strict=True))

    return find


def _poses(person: Person) -> Iterator[Pose2D]:
    yield from (pose for pose in (person.pose2d, *person.other_poses) if pose is not None)


def _from(person: Person, source: str) -> Pose2D | None:
    return next((pose for pose in _poses(person) if pose.source == source), None)


def _named(found: Sequence[Pose2D], record: Record) -> Iterator[tuple[str, Pose2D]]:
    """Found people with keys, the largest overlap first; strangers are called new 1, new 2 ..."""
    free = {p.key: p.bbox_xywh for p in record.people if p.bbox_xywh is not None}
    pairs = sorted(
        (
            (box_overlap(np.asarray(box), pose.bbox_xywh), number, key)
            for number, pose in enumerate(found)
            for key, box in free.items()
        ),
        reverse=True,
    )
    names: dict[int, str] = {}
    for overlap, number, key in pairs:
        if overlap >= _SAME and number not in names and key not in names.values():
            names[number] = key
    for number, pose in enumerate(found):
        yield names.get(number, f"new {number + 1}"), pose
