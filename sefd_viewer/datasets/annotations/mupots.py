"""MuPoTS-3D: 3D joints of crowds in millimetres, and 2D poses that detectors found.

`MuPoTS-3D.json` (images carry `intrinsic` fx fy cx cy, annotations is_valid, keypoints_img, keypoints_cam),
`MuPoTs_test_openpose_result.json` and `MuPoTs_test_hhrnet_result.json` {annotation id: coco_joints};
pictures in `MultiPersonTestSet`. There are no SMPL parameters.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sefd_viewer.datasets.annotations import person_rows as columns
from sefd_viewer.datasets.annotations.cameras import with_positive_focal
from sefd_viewer.datasets.annotations.coco_file import CocoFile, read_coco_file
from sefd_viewer.datasets.annotations.coco_people import picture_part
from sefd_viewer.datasets.annotations.columns import numbers
from sefd_viewer.datasets.annotations.detected_poses import detected_poses
from sefd_viewer.datasets.annotations.locating import find_files, find_folder
from sefd_viewer.datasets.annotations.options import ReadOptions
from sefd_viewer.datasets.annotations.person_rows import PersonRows
from sefd_viewer.datasets.annotations.picture_part import PicturePart
from sefd_viewer.datasets.annotations.reading import Reading
from sefd_viewer.datasets.records import Dataset, SkipReason
from sefd_viewer.geometry.joints import COCO17, MUPOTS17, OPENPOSE18

_FILE = "MuPoTS-3D.json"
_DETECTIONS = (
    ("MuPoTs_test_openpose_result.json", OPENPOSE18, "OpenPose"),
    ("MuPoTs_test_hhrnet_result.json", COCO17, "HigherHRNet"),
)


@dataclass(frozen=True)
class MupotsReader:
    """MuPoTS-3D: MuPoTS-3D.json and detected 2D poses."""

    options: ReadOptions = field(default_factory=ReadOptions)
    name = "mupots"

    def recognises(self, path: Path) -> bool:
        """Whether MuPoTS's file is there."""
        return bool(find_files(path, [_FILE]))

    def open(self, path: Path) -> Dataset:
        """The test pictures. Raises DatasetError when the file cannot be read."""
        reading = Reading.with_options(self.options)
        return reading.dataset(self.name, path, find_files(path, [_FILE]), lambda file: _part(file, reading))


def _part(file: Path, reading: Reading) -> PicturePart:
    coco = read_coco_file(file, reading.problems)
    folder = find_folder(file, ["MultiPersonTestSet", ""], coco.image_names)
    cells = numbers([entry.get("intrinsic") for entry in coco.images], "intrinsic", (4,))
    intrinsics = with_positive_focal(cells, "intrinsic")
    return picture_part(coco, folder, reading, _person_rows(coco, reading), intrinsics=intrinsics)


def _person_rows(coco: CocoFile, reading: Reading) -> PersonRows:
    boxes = columns.boxes(coco.annotations)
    annotated, keypoints = columns.image_keypoints(coco.annotations, MUPOTS17)
    joints, in_3d = columns.joints_mm(coco.annotations, MUPOTS17)
    detected = [
        detected_poses(coco.path.with_name(name), coco.annotation_ids, joint_set, source, reading)
        for name, joint_set, source in _DETECTIONS
    ]
    valid = np.array([entry.get("is_valid", 1) not in (0, False) for entry in coco.annotations], dtype=bool)
    return PersonRows(
        coco.annotation_ids,
        boxes.values.astype(np.float32),
        (annotated, *(column for column in detected if column is not None)),
        joints,
        left_out={SkipReason.DUPLICATE: coco.repeated, SkipReason.MARKED_INVALID: ~valid},
        faults=columns.faults_by_row(boxes, keypoints, in_3d),
    )
