"""What MSCOCO, MPII and CrowdPose share: COCO's keypoints, and a fit with an own camera for each person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.annotations import rows as columns
from sefd_viewer.datasets.annotations.cameras import image_sizes
from sefd_viewer.datasets.annotations.coco_file import CocoFile, read_coco_file
from sefd_viewer.datasets.annotations.columns import Column, faults_by_row
from sefd_viewer.datasets.annotations.entries import Entries
from sefd_viewer.datasets.annotations.locating import find_pictures
from sefd_viewer.datasets.annotations.neural_annot import read_fits
from sefd_viewer.datasets.annotations.rows import (
    MISSING_BOX,
    CameraRows,
    PartRows,
    PersonRows,
    PictureRows,
    PoseColumn,
    unique_keys,
)
from sefd_viewer.datasets.progress import PartReading
from sefd_viewer.datasets.records import SkipReason
from sefd_viewer.geometry.crops import bbox_from_points
from sefd_viewer.geometry.joints import JointSet
from sefd_viewer.geometry.skeletons import Skeleton, UnknownSkeletonError, of_length, published
from sefd_viewer.pose2d.keypoints import are_fractions, likely_order, seen_scores, stated_order
from sefd_viewer.pose2d.pose_file import as_id

_FRACTIONS = "keypoints are fractions of the picture's size, not pixels"


def coco_keypoints(coco: CocoFile, usual: JointSet, reading: PartReading) -> tuple[PoseColumn, Column]:
    """The people's keypoints x y score, and what is wrong with which row.

    v = 2 is visible (score 1), 1 hidden (0.5), 0 not labelled. They are joints of `usual` where the file has
    all of these, else of the set that takes most of them. People in an order that cannot be theirs get none,
    which is noted.
    """
    count = _count(coco, usual)
    column = _without_fractions(coco.annotations.numbers("keypoints", (count, 3)))
    groups = ((rows, names, column.values[rows]) for names, rows in _groups(coco))
    orders = [(rows, _order(coco, names, people, usual, reading)) for rows, names, people in groups]
    known = [order for _, order in orders if order is not None]
    joint_set = usual if not known or _has_all(known[0], usual) else known[0].joint_set
    values = np.full((len(column.values), joint_set.count, 3), np.nan, dtype=np.float32)
    for rows, order in orders:
        if order is not None:
            people = order.keypoints(column.values[rows], joint_set).astype(np.float32)
            people[..., 2] = seen_scores(people[..., 2], order, annotated=True)
            values[rows] = people
    return PoseColumn(joint_set, values), column


def _count(coco: CocoFile, usual: JointSet) -> int:
    """How many keypoints most people have, if these are so many as are named, or as a known order has."""
    count, rest = divmod(coco.annotations.usual_length("keypoints"), 3)
    named = {len(names) for names in coco.joint_names.values()}
    return count if rest == 0 and (count in named or of_length(count)) else usual.count


def _groups(coco: CocoFile) -> Iterator[tuple[tuple[str, ...], NDArray[np.int64]]]:
    """The rows of annotations whose categories name the same joints."""
    names = dict.fromkeys(coco.joint_names.values())
    if len(names) < 2:
        yield next(iter(names), ()), np.arange(len(coco.annotations))
        return
    own = [coco.joint_names.get(key, ()) for key in coco.category_ids]
    for one in dict.fromkeys(own):
        yield one, np.flatnonzero([other == one for other in own])


def _order(
    coco: CocoFile,
    names: tuple[str, ...],
    people: NDArray[np.floating],
    usual: JointSet,
    reading: PartReading,
) -> Skeleton | None:
    """The order of people (P, K, 3) with these joint names; None, and a problem, when they have none."""
    try:
        stated = stated_order(people, names)
        if stated is not None:
            return stated
        assumed = published(usual.name) if people.shape[1] == usual.count else None
        likely, words = likely_order(people, assumed)
        if words is None:
            return likely
        raise UnknownSkeletonError(f"{words}. Name the joints in categories, keypoints")
    except UnknownSkeletonError as error:
        reading.problems.add(coco.path, f"{error}; the 2D poses of {len(people)} people are not read")
        return None


def _has_all(order: Skeleton, joint_set: JointSet) -> bool:
    return set(joint_set.names) <= set(order.joints)


def _without_fractions(column: Column) -> Column:
    """The same keypoints (P, K, 3); people whose joints all lie in the picture's first pixel get none."""
    rows = np.flatnonzero(are_fractions(column.values))
    if not len(rows):
        return column
    values = column.values.copy()
    values[rows] = np.nan
    return Column(values, column.faults | dict.fromkeys(rows.tolist(), _FRACTIONS))


PERSON_KEYS = ("keypoints", "iscrowd", "num_keypoints", "area")
"""What `person_rows` reads of annotations besides the usual keys."""


def read_coco_people(
    file: Path,
    fits_file: Path,
    folders: Sequence[str],
    joint_set: JointSet,
    reading: PartReading,
    *,
    prefix: str,
    only_labelled: bool,
) -> PartRows:
    """The pictures of one file, people with keypoints of `joint_set` and fits from `fits_file`.

    Pictures are in one of the `folders`; keys are file names behind `prefix`; `only_labelled` leaves out
    people without labelled keypoints. Raises DatasetError when the file cannot be used.
    """
    coco = read_coco_file(file, reading, annotation_keys=PERSON_KEYS)
    folder, names = find_pictures(file, folders, coco.image_names, reading.probe)
    rows = person_rows(coco, fits_file, joint_set, reading, only_labelled=only_labelled)
    return picture_part(coco, folder, reading, rows, names=names, prefix=prefix)


def picture_part(
    coco: CocoFile,
    folder: Path,
    reading: PartReading,
    people: PersonRows,
    *,
    names: Sequence[str] | None = None,
    sizes: Column | None = None,
    intrinsics: Column | None = None,
    crowding: Column | None = None,
    prefix: str = "",
) -> PartRows:
    """The pictures of a file with these people; faults are noted.

    `names` and `sizes` (N, 2) are those of the file if not given, `intrinsics` (N, 4) the pictures' cameras,
    `crowding` (N, 1) how crowded they are (CrowdPose's crowd index), nan where nobody says.
    """
    names = coco.image_names if names is None else names
    sizes = image_sizes(coco.images) if sizes is None else sizes
    faults = faults_by_row(*(one for one in (sizes, intrinsics, crowding) if one is not None))
    reading.note(coco.path, faults, lambda row: f"image {coco.image_ids[row]}")
    note_people(coco, people, reading)
    pictures = PictureRows(
        names,
        unique_keys(names, prefix),
        np.asarray(sizes.values, dtype=np.float64),
        coco.offsets,
        cameras=None if intrinsics is None else CameraRows.plain(intrinsics.values),
        crowding=None if crowding is None else np.asarray(crowding.values, np.float64)[:, 0],
        ids=coco.image_numbers,
        faults=faults,
    )
    return PartRows(folder, pictures, people)


def note_people(coco: CocoFile, people: PersonRows, reading: PartReading) -> None:
    """Note what is wrong with the annotations of a file."""
    reading.note(coco.path, people.faults, lambda row: f"annotation {people.ids[row]}")


def person_rows(
    coco: CocoFile, fits_file: Path | None, joint_set: JointSet, reading: PartReading, *, only_labelled: bool
) -> PersonRows:
    """The people of a file, with the fits of another, if there are any."""
    boxes = columns.boxes(coco.annotations)
    poses, keypoints = coco_keypoints(coco, joint_set, reading)
    derived = bool(len(boxes.values)) and list(boxes.faults.values()) == [MISSING_BOX] * len(boxes.values)
    if derived:
        reading.problems.add(coco.path, "nobody has a bbox: boxes are made of the keypoints")
        boxes = Column(_around(poses), {})
    fits = None if fits_file is None else read_fits(fits_file, coco.annotation_ids, reading)
    left_out = {
        SkipReason.DUPLICATE: coco.repeated,
        SkipReason.CROWD: coco.annotations.flags("iscrowd"),
    }
    if only_labelled:
        left_out[SkipReason.NO_KEYPOINTS] = _unlabelled(coco.annotations, keypoints)
    return PersonRows(
        coco.annotation_ids,
        boxes.values.astype(np.float32),
        (poses,),
        bodies=None if fits is None else fits.bodies,
        own_cameras=None if fits is None else fits.cameras,
        scores=columns.scores(coco.annotations),
        left_out=left_out,
        faults=faults_by_row(boxes, keypoints),
        areas=columns.scores(coco.annotations, key="area"),
        derived_boxes=derived,
    )


def _around(poses: PoseColumn) -> NDArray[np.float64]:
    """Boxes (P, 4) around people's labelled joints, nan where there are none."""
    found = (bbox_from_points(joints[:, :2], joints[:, 2] > 0) for joints in poses.keypoints)
    return np.array([np.full(4, np.nan) if box is None else box for box in found]).reshape(-1, 4)


def _unlabelled(annotations: Entries, keypoints: Column) -> NDArray[np.bool_]:
    """Where `num_keypoints` is 0 or, without it, no sound keypoint is labelled."""
    labelled = np.isnan(keypoints.values[..., 2]) | (keypoints.values[..., 2] > 0)
    none = ~labelled.any(axis=1)
    counts = map(as_id, annotations.cells("num_keypoints"))
    pairs = zip(counts, none.tolist(), strict=True)
    return np.array([count == 0 if isinstance(count, int) else empty for count, empty in pairs], dtype=bool)
