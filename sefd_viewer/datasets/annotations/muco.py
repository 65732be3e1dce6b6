"""MuCo-3DHP and MuPoTS-3D: composed and filmed crowds with 3D joints in millimetres."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sefd_viewer.datasets.annotations import rows as columns
from sefd_viewer.datasets.annotations.cameras import intrinsics, with_positive_focal
from sefd_viewer.datasets.annotations.coco_file import CocoFile, read_coco_file
from sefd_viewer.datasets.annotations.coco_people import picture_part
from sefd_viewer.datasets.annotations.columns import faults_by_row
from sefd_viewer.datasets.annotations.locating import find_files, find_pictures
from sefd_viewer.datasets.annotations.neural_annot import read_parameters
from sefd_viewer.datasets.annotations.reading import AnnotationReader
from sefd_viewer.datasets.annotations.rows import PartRows, PersonRows, detected_poses
from sefd_viewer.datasets.progress import PartReading
from sefd_viewer.datasets.records import SkipReason
from sefd_viewer.geometry.joints import COCO17, MUCO21, MUPOTS17, OPENPOSE18

_MUCO, _FITS = "MuCo-3DHP.json", "smpl_param.json"


class MucoReader(AnnotationReader):
    """MuCo-3DHP: composed crowds with 3D joints in millimetres and fitted SMPL bodies.

    `MuCo-3DHP.json` (images carry f and c), `smpl_param.json` {annotation id: pose, shape, trans} in the
    camera's frame, metres; pictures beside them under their `file_name`.
    """

    name = "muco"

    def files(self, path: Path) -> Sequence[Path]:
        """MuCo's file."""
        return find_files(path, [_MUCO])

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
            coco, folder, reading, _muco_people(coco, reading), names=names, intrinsics=lenses
        )


def _muco_people(coco: CocoFile, reading: PartReading) -> PersonRows:
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


_MUPOTS = "MuPoTS-3D.json"
_DETECTIONS = (
    ("MuPoTs_test_openpose_result.json", OPENPOSE18, "OpenPose"),
    ("MuPoTs_test_hhrnet_result.json", COCO17, "HigherHRNet"),
)


class MupotsReader(AnnotationReader):
    """MuPoTS-3D: 3D joints of crowds in millimetres, and 2D poses that detectors found.

    `MuPoTS-3D.json` (images carry `intrinsic` fx fy cx cy, annotations is_valid, keypoints_img,
    keypoints_cam), `MuPoTs_test_openpose_result.json` and `MuPoTs_test_hhrnet_result.json` {annotation id:
    coco_joints}; pictures in `MultiPersonTestSet`. There are no SMPL parameters.
    """

    name = "mupots"

    def files(self, path: Path) -> Sequence[Path]:
        """MuPoTS's file."""
        return find_files(path, [_MUPOTS])

    def inputs(self, file: Path) -> Sequence[Path]:
        """The file and the detected 2D poses."""
        return (file, *(file.with_name(name) for name, _, _ in _DETECTIONS))

    def read(self, file: Path, reading: PartReading) -> PartRows:
        """The test pictures."""
        coco = read_coco_file(
            file,
            reading,
            image_keys=("intrinsic",),
            annotation_keys=("keypoints_img", "keypoints_vis", "keypoints_cam", "is_valid"),
        )
        folder, names = find_pictures(file, ["MultiPersonTestSet", ""], coco.image_names, reading.probe)
        lenses = with_positive_focal(coco.images.numbers("intrinsic", (4,)), "intrinsic")
        return picture_part(
            coco, folder, reading, _mupots_people(coco, reading), names=names, intrinsics=lenses
        )


def _mupots_people(coco: CocoFile, reading: PartReading) -> PersonRows:
    boxes = columns.boxes(coco.annotations)
    annotated, keypoints = columns.image_keypoints(coco.annotations, MUPOTS17)
    joints, in_3d = columns.joints_mm(coco.annotations, MUPOTS17)
    detected = [
        detected_poses(coco.path.with_name(name), coco.annotation_ids, joint_set, source, reading)
        for name, joint_set, source in _DETECTIONS
    ]
    valid = np.array([cell not in (0, False) for cell in coco.annotations.cells("is_valid")], dtype=bool)
    return PersonRows(
        coco.annotation_ids,
        boxes.values.astype(np.float32),
        (annotated, *(column for column in detected if column is not None)),
        joints,
        left_out={SkipReason.DUPLICATE: coco.repeated, SkipReason.MARKED_INVALID: ~valid},
        faults=faults_by_row(boxes, keypoints, in_3d),
    )
