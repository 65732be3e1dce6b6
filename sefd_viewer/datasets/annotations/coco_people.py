"""What MSCOCO, MPII and CrowdPose share: COCO's keypoints, and a fit with an own camera for each person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.annotations import person_rows as columns
from sefd_viewer.datasets.annotations.cameras import camera_of, image_sizes
from sefd_viewer.datasets.annotations.coco_file import CocoFile, read_coco_file
from sefd_viewer.datasets.annotations.columns import Column, flags
from sefd_viewer.datasets.annotations.locating import find_folder
from sefd_viewer.datasets.annotations.neural_annot import read_fits
from sefd_viewer.datasets.annotations.person_rows import PersonRows
from sefd_viewer.datasets.annotations.picture_part import CameraOf, PicturePart, unique_keys
from sefd_viewer.datasets.annotations.reading import Reading
from sefd_viewer.datasets.records import SkipReason
from sefd_viewer.geometry.joints import JointSet


def read_coco_people(
    file: Path,
    fits_file: Path,
    folders: Sequence[str],
    joint_set: JointSet,
    reading: Reading,
    *,
    prefix: str,
    only_labelled: bool,
) -> PicturePart:
    """The pictures of one file, people with keypoints of `joint_set` and fits from `fits_file`.

    Pictures are in one of the `folders`; keys are file names behind `prefix`; `only_labelled` leaves out
    people without labelled keypoints. Raises DatasetError when the file cannot be used.
    """
    coco = read_coco_file(file, reading.problems)
    folder = find_folder(file, folders, coco.image_names)
    rows = person_rows(coco, fits_file, joint_set, reading, only_labelled=only_labelled)
    return picture_part(coco, folder, reading, rows, prefix=prefix)


def picture_part(
    coco: CocoFile,
    folder: Path,
    reading: Reading,
    rows: PersonRows,
    *,
    sizes: Column | None = None,
    intrinsics: Column | None = None,
    prefix: str = "",
) -> PicturePart:
    """The pictures of a file with these people; faults are noted.

    `sizes` (N, 2) are those of the file if not given, `intrinsics` (N, 4) the pictures' cameras.
    """
    sizes = image_sizes(coco.images) if sizes is None else sizes
    faults = columns.faults_by_row(sizes, *([] if intrinsics is None else [intrinsics]))
    reading.note(coco.path, faults, lambda row: f"image {coco.images[row]['id']}")
    return PicturePart(
        folder,
        coco.image_names,
        unique_keys(coco.image_names, prefix),
        sizes.values,
        coco.offsets,
        reading.builder(rows, coco.path),
        camera_of=_camera_getter(intrinsics),
        faults=faults,
    )


def _camera_getter(intrinsics: Column | None) -> CameraOf:
    """What gives a picture's camera: none at all, or that of its row of fx fy cx cy."""
    if intrinsics is None:
        return lambda _position: None
    return lambda position: camera_of(intrinsics.values[position])


def person_rows(
    coco: CocoFile, fits_file: Path, joint_set: JointSet, reading: Reading, *, only_labelled: bool
) -> PersonRows:
    """The people of a file, with the fits of another."""
    boxes = columns.boxes(coco.annotations)
    poses, keypoints = columns.flat_keypoints(coco.annotations, joint_set)
    fits = read_fits(fits_file, coco.annotation_ids, reading)
    left_out = {
        SkipReason.DUPLICATE: coco.repeated,
        SkipReason.CROWD: columns.marked(coco.annotations, "iscrowd"),
    }
    if only_labelled:
        left_out[SkipReason.NO_KEYPOINTS] = _unlabelled(coco.annotations, keypoints)
    return PersonRows(
        coco.annotation_ids,
        boxes.values.astype(np.float32),
        (poses,),
        bodies=fits.bodies,
        own_cameras=fits.cameras,
        scores=columns.scores(coco.annotations),
        left_out=left_out,
        faults=columns.faults_by_row(boxes, keypoints),
    )


def _unlabelled(entries: Sequence[Mapping[str, Any]], keypoints: Column) -> NDArray[np.bool_]:
    """Where `num_keypoints` is 0 or, without it, no sound keypoint is labelled."""
    counts = [entry.get("num_keypoints") for entry in entries]
    labelled = np.isnan(keypoints.values[..., 2]) | (keypoints.values[..., 2] > 0)
    none = np.asarray(~labelled.any(axis=1))
    pairs = zip(counts, none, strict=True)
    return flags(count == 0 if isinstance(count, int) else empty for count, empty in pairs)
