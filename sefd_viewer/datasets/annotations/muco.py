"""MuCo-3DHP: composed crowds with 3D joints in millimetres and fitted SMPL bodies.

`MuCo-3DHP.json` (images carry f and c), `smpl_param.json` {annotation id: pose, shape, trans} in the camera's
frame, metres; pictures beside them under their `file_name`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sefd_viewer.datasets.annotations import person_rows as columns
from sefd_viewer.datasets.annotations.cameras import intrinsics
from sefd_viewer.datasets.annotations.coco_file import CocoFile, read_coco_file
from sefd_viewer.datasets.annotations.coco_people import picture_part
from sefd_viewer.datasets.annotations.columns import faults_by_row
from sefd_viewer.datasets.annotations.locating import find_files, find_pictures
from sefd_viewer.datasets.annotations.neural_annot import read_parameters
from sefd_viewer.datasets.annotations.part_reading import PartReading
from sefd_viewer.datasets.annotations.part_rows import PartRows
from sefd_viewer.datasets.annotations.person_rows import PersonRows
from sefd_viewer.datasets.annotations.reading import AnnotationReader
from sefd_viewer.datasets.records import SkipReason
from sefd_viewer.geometry.joints import MUCO21

_FILE, _FITS = "MuCo-3DHP.json", "smpl_param.json"


class MucoReader(AnnotationReader):
    """MuCo-3DHP: MuCo-3DHP.json and smpl_param.json."""

    name = "muco"

    def files(self, path: Path) -> Sequence[Path]:
        """MuCo's file."""
        return find_files(path, [_FILE])

    def inputs(self, file: Path) -> Sequence[Path]:
        """The file and its fits."""
        return (file, file.with_name(_FITS))

    def read(self, file: Path, reading: PartReading) -> PartRows:
        """The composed pictures."""
        coco = read_coco_file(
            file,
            reading,
            image_keys=("f", "c"),
            annotation_keys=("keypoints_img", "keypoints_vis", "keypoints_cam"),
        )
        folder, names = find_pictures(file, [""], coco.image_names, reading.probe)
        lenses = intrinsics(coco.images.numbers("f", (2,)), coco.images.numbers("c", (2,)), "f")
        return picture_part(
            coco, folder, reading, _person_rows(coco, reading), names=names, intrinsics=lenses
        )


def _person_rows(coco: CocoFile, reading: PartReading) -> PersonRows:
    boxes = columns.boxes(coco.annotations)
    poses, keypoints = columns.image_keypoints(coco.annotations, MUCO21)
    joints, in_3d = columns.joints_mm(coco.annotations, MUCO21)
    fits = coco.path.with_name(_FITS)
    return PersonRows(
        coco.annotation_ids,
        boxes.values.astype(np.float32),
        (poses,),
        joints,
        bodies=read_parameters(fits, coco.annotation_ids, reading),
        left_out={SkipReason.DUPLICATE: coco.repeated},
        faults=faults_by_row(boxes, keypoints, in_3d),
    )
