"""People as a 2D detector might have found them: their true joints with calibrated errors, seeded."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.person_masks import PersonMasks, masks_of
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.photo_truth import FindBody, TrueBody, true_bodies
from sefd_viewer.geometry.crops import bbox_from_points
from sefd_viewer.geometry.joints import COCO17, Pose2D
from sefd_viewer.pose2d.detector_errors import estimated_keypoints
from sefd_viewer.pose2d.pose_file import ESTIMATED, FILE_NAME
from sefd_viewer.render.visibility import DEPTH_INSIDE_BODY, Visibility

LEAST_JOINTS = 4
"""People with fewer joints in the picture are not found."""

People = Mapping[str, Mapping[str, Pose2D]]
"""2D poses by record and by person."""


def estimate_poses(
    dataset: Dataset,
    find_body: FindBody,
    *,
    seed: int = 1,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> People:
    """The 2D poses that a detector might have found of everyone with a true body.

    Who hides whom is seen in the bodies, what objects hide in the set's masks. The same seed gives the same
    poses, whatever other records there are. Raises SefdError when nobody in the set has a true body.
    """
    masks, found = masks_of(dataset), dict[str, Mapping[str, Pose2D]]()
    for position in range(len(dataset.records)):
        record = dataset.records[position]
        found[record.key] = estimated_people(record, find_body, seed=seed, masks=masks)
        progress(position + 1, len(dataset.records))
    if not any(found.values()):
        words = "nobody in this set has a true body, from which poses could be estimated"
        raise SefdError(words, where=dataset.root, remedy="Name a set with SMPL parameters and cameras")
    return found


def estimated_people(
    record: Record, find_body: FindBody, *, seed: int, masks: PersonMasks | None = None
) -> Mapping[str, Pose2D]:
    """The estimated poses (COCO17) of everyone with a true body in one record, by person."""
    size = record.size or _size_of(record)
    bodies, _ = true_bodies(record, size, find_body, masks, joint_set=COCO17, tolerance=DEPTH_INSIDE_BODY)
    points = {key: _pixels(body) for key, body in bodies.items()}
    people = {}
    for key, body in bodies.items():
        others = [points[other] for other in bodies if other != key]
        rng = np.random.default_rng([seed, zlib.crc32(f"{record.key}\0{key}".encode())])
        pose = _found(points[key], body.visibility, others, size, rng)
        if pose is not None:
            people[key] = pose
    return people


def stored_file(dataset: Dataset) -> Path | None:
    """Where the set's estimated poses are kept, there or not; None for a set without a place of its own."""
    if dataset.root is None:
        return None
    return (dataset.root if dataset.root.is_dir() else dataset.root.parent) / FILE_NAME


def _found(
    points: NDArray[np.float64],
    states: NDArray[np.uint8],
    others: Sequence[NDArray[np.float64]],
    size: tuple[int, int],
    rng: np.random.Generator,
) -> Pose2D | None:
    inside = states != Visibility.OUTSIDE
    if inside.sum() < LEAST_JOINTS:
        return None
    box = bbox_from_points(points, inside)
    spans = np.ptp(points[inside], axis=0) + 1.0
    rivals = min(others, key=lambda one: float(np.linalg.norm(one - points, axis=1).mean()), default=None)
    keypoints = estimated_keypoints(
        points,
        states,
        float(np.sqrt(spans[0] * spans[1])),
        rng,
        rivals=np.full_like(points, np.nan) if rivals is None else rivals,
        picture=((-0.5, -0.5), (size[0] - 0.5, size[1] - 0.5)),
    )
    score = float(keypoints[:, 2].mean())
    return None if box is None else Pose2D(COCO17.name, keypoints, box, score, ESTIMATED)


def _pixels(body: TrueBody) -> NDArray[np.float64]:
    """The joints (17, 2) in the picture; those behind the camera far outside."""
    return np.nan_to_num(body.camera.project_camera(body.joints_camera.astype(np.float64)), nan=-1e4)


def _size_of(record: Record) -> tuple[int, int]:
    height, width = record.load().shape[:2]
    return width, height
