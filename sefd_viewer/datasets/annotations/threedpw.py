"""3DPW as 3DCrowdNet's release has it: camera-frame SMPL parameters with genders, and OpenPose poses.

`3DPW_latest_<split>.json` (images carry `sequence` and `cam_param`; annotations smpl_param, openpose_result,
joint_img in pixels and joint_cam in metres), perhaps `3DPW_<split>_crowd_hhrnet_result.json`; pictures in
`imageFiles/<sequence>`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from sefd_viewer.datasets.annotations import person_rows as columns
from sefd_viewer.datasets.annotations.cameras import focal_and_centre
from sefd_viewer.datasets.annotations.coco_file import CocoFile, read_coco_file
from sefd_viewer.datasets.annotations.coco_people import picture_part
from sefd_viewer.datasets.annotations.columns import numbers
from sefd_viewer.datasets.annotations.detected_poses import detected_poses
from sefd_viewer.datasets.annotations.locating import find_files, find_folder
from sefd_viewer.datasets.annotations.options import ReadOptions
from sefd_viewer.datasets.annotations.person_rows import BodyColumn, JointsColumn, PersonRows, PoseColumn
from sefd_viewer.datasets.annotations.picture_part import PicturePart
from sefd_viewer.datasets.annotations.reading import Reading, split_of
from sefd_viewer.datasets.annotations.smpl_table import smpl_table
from sefd_viewer.datasets.records import Dataset, SkipReason
from sefd_viewer.geometry.joints import COCO17, OPENPOSE18, SMPL24

_FILES = ("3DPW_latest_*.json", "3DPW_train.json", "3DPW_validation.json", "3DPW_test.json")


@dataclass(frozen=True)
class ThreedpwReader:
    """3DPW: 3DPW_latest_*.json."""

    options: ReadOptions = field(default_factory=ReadOptions)
    name = "3dpw"

    def recognises(self, path: Path) -> bool:
        """Whether there are the release's files."""
        return bool(find_files(path, _FILES))

    def open(self, path: Path) -> Dataset:
        """All splits that are there. Raises DatasetError when none can be read."""
        reading = Reading.with_options(self.options)
        return reading.dataset(self.name, path, find_files(path, _FILES), lambda file: _part(file, reading))


def _part(file: Path, reading: Reading) -> PicturePart:
    coco = _in_sequences(read_coco_file(file, reading.problems))
    folder = find_folder(file, ["imageFiles"], coco.image_names)
    cells = [image.get("cam_param") for image in coco.images]
    intrinsics = focal_and_centre(cells, "focal", "princpt", where="cam_param.")
    return picture_part(coco, folder, reading, _person_rows(coco, reading), intrinsics=intrinsics)


def _in_sequences(coco: CocoFile) -> CocoFile:
    """The same file with pictures named by their path below the folder of sequences."""
    named = [
        {**image, "file_name": f"{image['sequence']}/{image['file_name']}"} if "sequence" in image else image
        for image in coco.images
    ]
    return replace(coco, images=named)


def _person_rows(coco: CocoFile, reading: Reading) -> PersonRows:
    entries, ids = coco.annotations, coco.annotation_ids
    boxes = columns.boxes(entries)
    cells = [entry.get("openpose_result") for entry in entries]
    openpose = numbers(cells, "openpose_result", (18, 3), required=False)
    annotated, in_image = columns.image_keypoints(entries, SMPL24, key="joint_img", required=False)
    in_3d = numbers([entry.get("joint_cam") for entry in entries], "joint_cam", (24, 3), required=False)
    split = split_of(coco.path, "3DPW_").removeprefix("latest_")
    crowd_file = coco.path.with_name(f"3DPW_{split}_crowd_hhrnet_result.json")
    crowd = detected_poses(crowd_file, ids, COCO17, "HigherHRNet", reading)
    found = PoseColumn(OPENPOSE18, openpose.values.astype(np.float32), "OpenPose")
    return PersonRows(
        ids,
        boxes.values.astype(np.float32),
        (found, annotated, *(() if crowd is None else (crowd,))),
        JointsColumn(SMPL24, in_3d.values.astype(np.float32)),
        _bodies(coco, reading),
        left_out={SkipReason.DUPLICATE: coco.repeated},
        faults=columns.faults_by_row(boxes, openpose, in_image, in_3d),
    )


def _bodies(coco: CocoFile, reading: Reading) -> BodyColumn:
    entries = [entry.get("smpl_param") for entry in coco.annotations]
    held = [row for row, entry in enumerate(entries) if entry is not None]
    table = smpl_table([entries[row] for row in held], where="smpl_param.")
    for row, fault in table.faults.items():
        reading.problems.add(coco.path, fault, f"annotation {coco.annotation_ids[held[row]]}")
    rows = np.full(len(entries), -1)
    rows[held] = np.arange(len(held))
    return BodyColumn(table, rows, "no smpl_param")
