"""MuCo-3DHP: composed crowds with 3D joints in millimetres and fitted SMPL bodies.

`MuCo-3DHP.json` (images carry f and c), `smpl_param.json` {annotation id: pose, shape, trans} in the camera's
frame, metres; pictures beside them under their `file_name`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sefd_viewer.datasets.annotations import person_rows as columns
from sefd_viewer.datasets.annotations.cameras import focal_and_centre
from sefd_viewer.datasets.annotations.coco_file import CocoFile, read_coco_file
from sefd_viewer.datasets.annotations.coco_people import picture_part
from sefd_viewer.datasets.annotations.locating import find_files, find_folder
from sefd_viewer.datasets.annotations.neural_annot import read_parameters
from sefd_viewer.datasets.annotations.options import ReadOptions
from sefd_viewer.datasets.annotations.person_rows import PersonRows
from sefd_viewer.datasets.annotations.picture_part import PicturePart
from sefd_viewer.datasets.annotations.reading import Reading
from sefd_viewer.datasets.records import Dataset, SkipReason
from sefd_viewer.geometry.joints import MUCO21

_FILE = "MuCo-3DHP.json"


@dataclass(frozen=True)
class MucoReader:
    """MuCo-3DHP: MuCo-3DHP.json and smpl_param.json."""

    options: ReadOptions = field(default_factory=ReadOptions)
    name = "muco"

    def recognises(self, path: Path) -> bool:
        """Whether MuCo's file is there."""
        return bool(find_files(path, [_FILE]))

    def open(self, path: Path) -> Dataset:
        """The composed pictures. Raises DatasetError when the file cannot be read."""
        reading = Reading.with_options(self.options)
        return reading.dataset(self.name, path, find_files(path, [_FILE]), lambda file: _part(file, reading))


def _part(file: Path, reading: Reading) -> PicturePart:
    coco = read_coco_file(file, reading.problems)
    folder = find_folder(file, [""], coco.image_names)
    intrinsics = focal_and_centre(coco.images, "f", "c")
    return picture_part(coco, folder, reading, _person_rows(coco, reading), intrinsics=intrinsics)


def _person_rows(coco: CocoFile, reading: Reading) -> PersonRows:
    boxes = columns.boxes(coco.annotations)
    poses, keypoints = columns.image_keypoints(coco.annotations, MUCO21)
    joints, in_3d = columns.joints_mm(coco.annotations, MUCO21)
    fits = coco.path.with_name("smpl_param.json")
    return PersonRows(
        coco.annotation_ids,
        boxes.values.astype(np.float32),
        (poses,),
        joints,
        read_parameters(fits, coco.annotation_ids, reading),
        left_out={SkipReason.DUPLICATE: coco.repeated},
        faults=columns.faults_by_row(boxes, keypoints, in_3d),
    )
