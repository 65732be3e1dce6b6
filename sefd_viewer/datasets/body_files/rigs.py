"""Bodies of other rigs: SAM 3D Body's of MHR as surfaces with joints, HSMR's of SKEL, Anny's by its bones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.anny import ANNY
from sefd_viewer.body.mhr import MHR, MHR_JOINTS, MHR_VERTICES
from sefd_viewer.body.skel import ANGLES
from sefd_viewer.datasets.body_files.people import (
    IN_A_WORLD,
    AnnyPose,
    CameraOf,
    FoundFile,
    FoundPerson,
    PredictionFormat,
    RigPose,
    Size,
    fitted_camera,
    focal_camera,
    numbers,
    of_names,
)
from sefd_viewer.errors import SefdError
from sefd_viewer.geometry.cameras import PinholeCamera


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
        vertices = numbers(one["pred_vertices"], MHR_VERTICES, 3, name="pred_vertices")
        joints = numbers(one["pred_keypoints_3d"], MHR_JOINTS, 3, name="pred_keypoints_3d")
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
            joints_camera, numbers(one["pred_keypoints_2d"], MHR_JOINTS, 2, name="pred_keypoints_2d")
        )
    return focal_camera(float(np.asarray(one["focal_length"]).ravel()[0]))


# ---- HSMR


def _is_hsmr(content: Any) -> bool:
    return of_names(content, "full_cam_t", "poses", "betas") and np.shape(content["poses"])[-1:] == (ANGLES,)


def _is_hsmr_video(content: Any) -> bool:
    return isinstance(content, list) and bool(content) and all(_is_hsmr(one) for one in content)


def _read_hsmr(content: Any, path: Path) -> FoundFile:
    """People of a picture, or a list of frames; without boxes a video's people, of which nobody says when."""
    picture = path.stem.rpartition("HSMR-")[2]
    if isinstance(content, list):
        frames = [one for frame, found in enumerate(content) for one in _hsmr_people(found, frame=frame)]
        return FoundFile("HSMR", frames, [_HSMR_GENDER])
    if "bbx_cs" in content:
        return FoundFile("HSMR", list(_hsmr_people(content, picture=picture)), [_HSMR_GENDER])
    people = list(_hsmr_people(content))
    alone = [replace(one, person="track 0", frame=row) for row, one in enumerate(people)]
    words = "it does not say whose frame is whose: they are taken for one person, frame after frame"
    return FoundFile("HSMR", alone, [_HSMR_GENDER, words])


def _hsmr_people(found: Mapping[str, Any], **where: Any) -> Iterator[FoundPerson]:
    count = len(found["poses"])
    angles = numbers(found["poses"], -1, ANGLES, name="poses")
    places = numbers(found["full_cam_t"], count, 3, name="full_cam_t")
    betas = numbers(found["betas"], count, -1, name="betas")
    for row in range(count):
        pose = RigPose(angles[row], betas[row])
        yield FoundPerson(
            f"person {row}", "skel-male", pose=pose, shift=places[row], camera=_hsmr_camera, **where
        )


def _hsmr_camera(size: Size) -> PinholeCamera:
    """5000 pixels of the picture that HSMR looked at, which is at most 1080 high and 1920 wide."""
    scale = min(1.0, _HSMR_HIGHEST / size[1])
    scale *= min(1.0, _HSMR_WIDEST / (size[0] * scale))
    return focal_camera(5000.0 / scale)(size)


_HSMR_HIGHEST, _HSMR_WIDEST = 1080, 1920
_HSMR_GENDER = "HSMR poses SKEL's male body; name another one after #"

# ---- Anny, as people save what they hand to it


_PHENOTYPES = ("gender", "age", "muscle", "weight", "height", "proportions")
_LOCAL = "local-ref"


def _is_anny(content: Any) -> bool:
    return of_names(content, "pose_parameters") and np.shape(content["pose_parameters"])[-2:] == (4, 4)


def _read_anny(content: Mapping[str, Any], path: Path) -> FoundFile:
    """A row for each frame: `pose_parameters` (F, 104, 4, 4), and phenotypes by name or (F, 6)."""
    moves = numbers(content["pose_parameters"], -1, -1, 4, 4, name="pose_parameters")
    said = str(content.get("pose_parameterization", _LOCAL))
    if said != _LOCAL:
        words = f"Anny's pose is counted as {said} here, and read as {_LOCAL}, its usual way"
        raise SefdError(words, where=path, remedy=f"Save it with pose_parameterization={_LOCAL!r}")
    given = content.get("phenotype_kwargs", content.get("phenotypes", content))
    if isinstance(given, Mapping):
        columns = [np.ravel(np.asarray(given.get(name, 0.5), np.float64)) for name in _PHENOTYPES]
        values = np.stack([np.broadcast_to(one, len(moves)) for one in columns], axis=1)
    else:
        values = np.broadcast_to(numbers(given, -1, 6, name="phenotypes"), (len(moves), 6))
    people = [
        FoundPerson("track 0", ANNY, frame=frame, pose=AnnyPose(values[frame], moves[frame]), in_world=True)
        for frame in range(len(moves))
    ]
    return FoundFile("Anny", people, [IN_A_WORLD], up=(0.0, 0.0, 1.0))


FORMATS = (
    PredictionFormat(
        "Anny",
        "whoever saves Anny's arguments",
        "`.npz`, `.pt`, `.pkl` of `pose_parameters`",
        "Anny",
        "frame numbers",
        "the set's, in one world",
        _is_anny,
        _read_anny,
    ),
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
    PredictionFormat(
        "HSMR",
        "HSMR",
        "`HSMR-<picture>.npz`, `HSMR-<video>.npz`",
        "SKEL male",
        "file names, frame numbers",
        "5000 px",
        lambda content: _is_hsmr(content) or _is_hsmr_video(content),
        _read_hsmr,
    ),
)
