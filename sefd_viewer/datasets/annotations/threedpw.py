"""3DPW as 3DCrowdNet's release has it: camera-frame SMPL parameters with genders, and OpenPose poses.

`3DPW_latest_<split>.json` (images carry `sequence` and `cam_param`; annotations smpl_param, openpose_result,
joint_img in pixels and joint_cam in metres), perhaps `3DPW_<split>_crowd_hhrnet_result.json`; where no
annotation has SMPL's parameters `3DPW_<split>_SMPLX_NeuralAnnot.json` {annotation id: SMPL-X's}; pictures in
`imageFiles/<sequence>`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sefd_viewer.datasets.annotations import rows as columns
from sefd_viewer.datasets.annotations.cameras import focal_and_centre
from sefd_viewer.datasets.annotations.coco_file import CocoFile, read_coco_file
from sefd_viewer.datasets.annotations.coco_people import picture_part
from sefd_viewer.datasets.annotations.columns import faults_by_row
from sefd_viewer.datasets.annotations.locating import find_files, find_pictures
from sefd_viewer.datasets.annotations.neural_annot import read_parameters
from sefd_viewer.datasets.annotations.reading import AnnotationReader, split_of
from sefd_viewer.datasets.annotations.rows import (
    BodyColumn,
    JointsColumn,
    PartRows,
    PersonRows,
    PoseColumn,
    detected_poses,
)
from sefd_viewer.datasets.annotations.smpl_table import smpl_table
from sefd_viewer.datasets.progress import PartReading
from sefd_viewer.datasets.records import SkipReason
from sefd_viewer.geometry.joints import COCO17, OPENPOSE18, SMPL24

_FILES = ("3DPW_latest_*.json", "3DPW_train.json", "3DPW_validation.json", "3DPW_test.json")
_ANNOTATION_KEYS = ("openpose_result", "joint_img", "keypoints_vis", "joint_cam", "smpl_param")


class ThreedpwReader(AnnotationReader):
    """3DPW: 3DPW_latest_*.json."""

    name = "3dpw"

    def files(self, path: Path) -> Sequence[Path]:
        """The release's files of the splits."""
        return find_files(path, _FILES)

    def inputs(self, file: Path) -> Sequence[Path]:
        """The file, the detected 2D poses, and SMPL-X's parameters where they are there."""
        whole = _whole_file(file)
        return (file, _crowd_file(file), *((whole,) if whole.is_file() else ()))

    def read(self, file: Path, reading: PartReading) -> PartRows:
        """The pictures of a split."""
        coco = read_coco_file(
            file, reading, image_keys=("sequence", "cam_param"), annotation_keys=_ANNOTATION_KEYS
        )
        folder, names = find_pictures(file, ["imageFiles"], _in_sequences(coco), reading.probe)
        lenses = focal_and_centre(coco.images.cells("cam_param"), "focal", "princpt", where="cam_param.")
        rows = _person_rows(coco, reading)
        return picture_part(coco, folder, reading, rows, names=names, intrinsics=lenses)


def _crowd_file(file: Path) -> Path:
    split = split_of(file, "3DPW_").removeprefix("latest_")
    return file.with_name(f"3DPW_{split}_crowd_hhrnet_result.json")


def _whole_file(file: Path) -> Path:
    """NeuralAnnot's SMPL-X parameters of a split."""
    split = split_of(file, "3DPW_").removeprefix("latest_")
    return file.with_name(f"3DPW_{split}_SMPLX_NeuralAnnot.json")


def _in_sequences(coco: CocoFile) -> list[str]:
    """The pictures' paths below the folder of sequences."""
    pairs = zip(coco.images.cells("sequence"), coco.image_names, strict=True)
    return [name if sequence is None else f"{sequence}/{name}" for sequence, name in pairs]


def _person_rows(coco: CocoFile, reading: PartReading) -> PersonRows:
    entries, ids = coco.annotations, coco.annotation_ids
    boxes = columns.boxes(entries)
    openpose = entries.numbers("openpose_result", (18, 3), required=False)
    annotated, in_image = columns.image_keypoints(entries, SMPL24, key="joint_img", required=False)
    in_3d = entries.numbers("joint_cam", (24, 3), required=False)
    crowd = detected_poses(_crowd_file(coco.path), ids, COCO17, "HigherHRNet", reading)
    found = PoseColumn(OPENPOSE18, openpose.values.astype(np.float32), "OpenPose")
    return PersonRows(
        ids,
        boxes.values.astype(np.float32),
        (found, annotated, *(() if crowd is None else (crowd,))),
        JointsColumn(SMPL24, in_3d.values.astype(np.float32)),
        bodies=_bodies(coco, reading),
        left_out={SkipReason.DUPLICATE: coco.repeated},
        faults=faults_by_row(boxes, openpose, in_image, in_3d),
    )


def _bodies(coco: CocoFile, reading: PartReading) -> BodyColumn:
    entries = coco.annotations.cells("smpl_param")
    held = [row for row, entry in enumerate(entries) if entry is not None]
    whole = _whole_file(coco.path)
    if not held and whole.is_file():
        return read_parameters(whole, coco.annotation_ids, reading)
    table = smpl_table([entries[row] for row in held], where="smpl_param.")
    ids = coco.annotation_ids
    reading.note(coco.path, table.faults, lambda row: f"annotation {ids[held[row]]}")
    table.note_dropped(coco.path, reading)
    rows = np.full(len(entries), -1)
    rows[held] = np.arange(len(held))
    return BodyColumn(table, rows, "no smpl_param")
