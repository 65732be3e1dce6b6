"""SAM 3D Body: people as MHR's surface and joints, which need no body file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.model import BodyModel
from sefd_viewer.datasets.body_files.people import (
    CameraOf,
    FoundFile,
    FoundPerson,
    PredictionFormat,
    fitted_camera,
    focal_camera,
    numbers,
    of_names,
)
from sefd_viewer.geometry.joints import COCO17, JointSet

MHR = "mhr"
_VERTICES, _JOINTS = 18439, 70


def _sam_people(content: Any) -> list[Any]:
    while isinstance(content, dict) and len(content) == 1:
        content = next(iter(content.values()))
    return content if isinstance(content, list) else [content]


def _is_sam(content: Any) -> bool:
    people = _sam_people(content)
    return bool(people) and all(
        of_names(one, "pred_vertices", "pred_cam_t", "pred_keypoints_3d") for one in people
    )


def _read_sam(content: Any, path: Path) -> FoundFile:
    people = []
    for row, one in enumerate(_sam_people(content)):
        vertices = numbers(one["pred_vertices"], _VERTICES, 3, name="pred_vertices")
        joints = numbers(one["pred_keypoints_3d"], _JOINTS, 3, name="pred_keypoints_3d")
        place = numbers(one["pred_cam_t"], 3, name="pred_cam_t")
        people.append(
            FoundPerson(
                f"person {row}",
                MHR,
                picture=path.stem,
                vertices=vertices,
                joints=joints,
                shift=place,
                camera=_sam_camera(one, joints + place),
            )
        )
    return FoundFile("SAM 3D Body", people)


def _sam_camera(one: Mapping[str, Any], joints_camera: NDArray[np.float64]) -> CameraOf:
    """The camera by which its own 2D points were made, which also knows the centre."""
    if one.get("pred_keypoints_2d") is not None:
        return fitted_camera(
            joints_camera, numbers(one["pred_keypoints_2d"], _JOINTS, 2, name="pred_keypoints_2d")
        )
    return focal_camera(float(np.asarray(one["focal_length"]).ravel()[0]))


@lru_cache(maxsize=1)
def mhr_body() -> BodyModel:
    """MHR as a file of SAM 3D Body shows it: its vertices, and behind them its 70 joints as points.

    There is no surface without MHR's own file, and no skinning: bodies come as they were predicted.
    """
    surface, count = _VERTICES, _JOINTS
    regressor = np.zeros((count, surface + count), np.float32)
    regressor[np.arange(count), surface + np.arange(count)] = 1
    return BodyModel(
        id=MHR,
        name="MHR",
        v_template=np.zeros((surface + count, 3), np.float32),
        shapedirs=np.zeros((surface + count, 3, 0), np.float32),
        posedirs=None,
        J_regressor=regressor,
        weights=np.zeros((surface + count, 0), np.float32),
        parents=np.full(count, -1),
        faces=np.zeros((0, 3), np.int32),
        extra_regressor=np.zeros((0, surface + count), np.float32),
        joint_set=JointSet("mhr70", _MHR70, (), ()),
    )


_MHR_NAMES = dict(enumerate(COCO17.names[:9])) | dict(enumerate(COCO17.names[11:], start=9))
_MHR_NAMES |= {41: "R_Wrist", 62: "L_Wrist", 69: "Neck"}
_MHR70 = tuple(_MHR_NAMES.get(joint, f"MHR_{joint}") for joint in range(_JOINTS))
"""SAM 3D Body's joints; those of feet and hands have no names here."""


FORMATS = (
    PredictionFormat(
        "SAM 3D Body",
        "SAM 3D Body",
        "`<picture>.npz`, `.pkl` or `.pt` of its outputs",
        "MHR (70 joints, no file needed)",
        "file names",
        "by its own 2D points",
        _is_sam,
        _read_sam,
    ),
)
