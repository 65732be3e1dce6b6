"""Tracks of a video: PHALP (4D-Humans, TokenHMR), WHAM, VIBE, PARE, PromptHMR."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.predictions.people import (
    FAR,
    BodyPose,
    FoundFile,
    FoundPerson,
    PredictionFormat,
    Size,
    bends,
    diagonal_camera,
    focal_camera,
    longer_side_camera,
    numbers,
    of_names,
    weak_camera,
)
from sefd_viewer.geometry.cameras import PinholeCamera

_SMPL, _SMPLX = "smpl-neutral", "smplx-neutral"
_HMR2_FOCAL = 5000 / 256


def _each(content: Any) -> list[Any]:
    return list(content.values()) if isinstance(content, dict) else []


def _by_number(content: Any) -> bool:
    return isinstance(content, dict) and bool(content) and all(isinstance(key, int) for key in content)


# ---- PHALP


def _is_phalp(content: Any) -> bool:
    values = _each(content)
    return bool(values) and all(of_names(one, "smpl", "camera") for one in values)


def _is_phalp_without_bodies(content: Any) -> bool:
    values = _each(content)
    return bool(values) and all(of_names(one, "gt_bbox") for one in values)


def _read_phalp(content: Mapping[str, Mapping[str, Any]], _path: Path) -> FoundFile:
    people: list[FoundPerson] = []
    ghosts = 0
    for picture, frame in content.items():
        bodies = frame["smpl"]
        for row, smpl in enumerate(bodies):
            if _listed(frame, "tracked_time", row, len(bodies), 0) != 0:
                ghosts += 1
            else:
                people.append(_of_phalp(str(picture), frame, row, smpl))
    words = f"{ghosts} bodies of people not seen in the picture (their last pose, repeated) are left out"
    return FoundFile("PHALP", people, [words] if ghosts else [])


def _of_phalp(picture: str, frame: Mapping[str, Any], row: int, smpl: Mapping[str, Any]) -> FoundPerson:
    count = len(frame["smpl"])
    root = numbers(smpl["global_orient"], 1, 3, 3, name="global_orient")
    body = numbers(smpl["body_pose"], 23, 3, 3, name="body_pose")
    track = _listed(frame, "tid", row, count, _listed(frame, "tracked_ids", row, count, row))
    size = _listed(frame, "size", row, count, None)
    pose = BodyPose(bends(np.concatenate([root, body])[None])[0], numbers(smpl["betas"], -1, name="betas"))
    return FoundPerson(
        f"track {track}",
        _SMPL,
        picture=picture,
        frame=int(frame["time"]) if "time" in frame else None,
        pose=pose,
        shift=numbers(frame["camera"][row], 3, name="camera"),
        camera=partial(_of_size, None if size is None else (int(size[1]), int(size[0]))),
        score=float(_listed(frame, "conf", row, count, 1.0)),
    )


def _listed(frame: Mapping[str, Any], name: str, row: int, count: int, default: Any) -> Any:
    """The entry of somebody in a list with as many as there are bodies; else the default."""
    values = frame.get(name)
    return values[row] if isinstance(values, list | np.ndarray) and len(values) == count else default


def _of_size(stored: Size | None, size: Size) -> PinholeCamera:
    """HMR2's camera of a picture that was `stored` large when it was looked at."""
    own = size if stored is None else stored
    return longer_side_camera(_HMR2_FOCAL)(own).resized(size[0] / own[0], size[1] / own[1])


def _refuse_tracks(_content: Any, path: Path) -> FoundFile:
    raise SefdError(
        "this file of PHALP holds boxes and no bodies",
        where=path,
        remedy="Choose the file in `results/` that the tracker wrote",
    )


# ---- WHAM


def _is_wham(content: Any) -> bool:
    return _by_number(content) and all(
        of_names(one, "pose", "trans", "betas", "frame_ids") or of_names(one, "poses_body", "verts_cam")
        for one in _each(content)
    )


def _read_wham(content: Mapping[int, Mapping[str, Any]], _path: Path) -> FoundFile:
    people: list[FoundPerson] = []
    for track, one in content.items():
        vertices = one.get("verts", one.get("verts_cam"))
        for row, frame in enumerate(one["frame_ids"] if "frame_ids" in one else one["frame_id"]):
            own = None if vertices is None else numbers(vertices[row], 6890, 3, name="verts")
            people.append(
                FoundPerson(
                    f"track {track}",
                    _SMPL,
                    frame=int(frame),
                    pose=_wham_pose(one, row) if own is None else None,
                    vertices=own,
                    camera=diagonal_camera,
                )
            )
    return FoundFile("WHAM", people)


def _wham_pose(one: Mapping[str, Any], row: int) -> BodyPose:
    rotations = bends(one["pose"][row : row + 1])[0]
    return BodyPose(
        rotations, numbers(one["betas"][row], -1, name="betas"), numbers(one["trans"][row], 3, name="trans")
    )


# ---- VIBE and PARE


def _is_vibe(content: Any) -> bool:
    return _by_number(content) and all(
        of_names(one, "orig_cam", "frame_ids", "pose") for one in _each(content)
    )


def _is_pare_picture(content: Any) -> bool:
    return of_names(content, "orig_cam", "pred_pose", "smpl_vertices")


def _read_vibe(content: Mapping[int, Mapping[str, Any]], _path: Path) -> FoundFile:
    people: list[FoundPerson] = []
    for track, one in content.items():
        rotations = bends(one["pose"])
        for row, frame in enumerate(one["frame_ids"]):
            own = "verts" in one and one["verts"] is not None
            people.append(
                FoundPerson(
                    f"track {track}",
                    _SMPL,
                    frame=int(frame),
                    pose=None if own else BodyPose(rotations[row], numbers(one["betas"][row], -1)),
                    vertices=numbers(one["verts"][row], 6890, 3, name="verts") if own else None,
                    shift=np.array([0, 0, FAR]),
                    camera=partial(_vibe_camera, numbers(one["orig_cam"][row], 4, name="orig_cam")),
                )
            )
    return FoundFile("VIBE", people)


def _read_pare_picture(content: Mapping[str, Any], path: Path) -> FoundFile:
    people = [
        FoundPerson(
            f"person {row}",
            _SMPL,
            picture=path.stem,
            vertices=numbers(vertices, 6890, 3, name="smpl_vertices"),
            shift=np.array([0, 0, FAR]),
            camera=partial(_vibe_camera, numbers(content["orig_cam"][row], 4, name="orig_cam")),
        )
        for row, vertices in enumerate(content["smpl_vertices"])
    ]
    return FoundFile("PARE", people)


def _vibe_camera(orig_cam: NDArray[np.float64], size: Size) -> PinholeCamera:
    """u = (sx (X + tx) + 1) W / 2, and v likewise."""
    half = np.array(size) / 2
    scale, shift = orig_cam[:2], orig_cam[2:]
    return weak_camera(scale * half, (scale * shift + 1) * half)


# ---- PromptHMR on a video


def _is_prompt_hmr(content: Any) -> bool:
    return of_names(content, "people", "camera") and all(
        of_names(one, "frames", "smplx_cam") for one in _each(content["people"])
    )


def _read_prompt_hmr(content: Mapping[str, Any], _path: Path) -> FoundFile:
    return FoundFile("PromptHMR video", list(_prompt_hmr_people(content)))


def _prompt_hmr_people(content: Mapping[str, Any]) -> Iterator[FoundPerson]:
    focal, centre = content["camera"]["img_focal"], content["camera"]["img_center"]
    camera = focal_camera(float(np.asarray(focal).ravel()[0]), numbers(centre, 2, name="img_center"))
    for track, one in content["people"].items():
        smplx = one["smplx_cam"]
        rotations = bends(numbers(smplx["rotmat"], -1, -1, 3, 3, name="rotmat")[:, :22])
        for row, frame in enumerate(one["frames"]):
            betas = numbers(smplx["shape"][row], -1, name="shape")
            pose = BodyPose(rotations[row], betas, numbers(smplx["trans"][row], 3, name="trans"))
            yield FoundPerson(f"track {track}", _SMPLX, frame=int(frame), pose=pose, camera=camera)


FORMATS = (
    PredictionFormat(
        "PHALP",
        "4D-Humans, TokenHMR, LART",
        "`results/*.pkl`",
        "SMPL neutral",
        "picture names",
        "5000/256 of the longer side",
        _is_phalp,
        _read_phalp,
    ),
    PredictionFormat(
        "WHAM",
        "WHAM",
        "`wham_output.pkl`",
        "SMPL neutral",
        "frame numbers",
        "the picture's diagonal",
        _is_wham,
        _read_wham,
    ),
    PredictionFormat(
        "VIBE",
        "VIBE, PARE, TCMR, MEVA",
        "`vibe_output.pkl`, `pare_output.pkl`",
        "SMPL neutral",
        "frame numbers",
        "weak perspective",
        _is_vibe,
        _read_vibe,
    ),
    PredictionFormat(
        "PARE",
        "PARE on pictures",
        "`pare_results/*.pkl`",
        "SMPL neutral",
        "file names",
        "weak perspective",
        _is_pare_picture,
        _read_pare_picture,
    ),
    PredictionFormat(
        "PromptHMR video",
        "PromptHMR",
        "`results.pkl`",
        "SMPL-X neutral",
        "frame numbers",
        "its own calibration",
        _is_prompt_hmr,
        _read_prompt_hmr,
    ),
)
REFUSED = ((_is_phalp_without_bodies, _refuse_tracks),)
"""Files that are known and hold no bodies."""
