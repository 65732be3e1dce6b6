"""Tracks of a video: PHALP (4D-Humans, TokenHMR), WHAM, VIBE, PARE, TRAM, SLAHMR, PromptHMR."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.stored_values import read_stored
from sefd_viewer.datasets.body_files.people import (
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
from sefd_viewer.errors import DAMAGED, SefdError
from sefd_viewer.geometry.cameras import PinholeCamera

_SMPL, _SMPLX = "smpl-neutral", "smplx-neutral"
_HMR2_FOCAL = 5000 / 256


def _each(content: Any) -> list[Any]:
    return list(content.values()) if isinstance(content, dict) else []


def _by_number(content: Any) -> bool:
    """Whether people go by numbers, which are words in JSON."""
    return isinstance(content, dict) and bool(content) and all(str(key).isdecimal() for key in content)


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
    root = numbers(np.reshape(smpl["global_orient"], (-1, 3, 3)), 1, 3, 3, name="global_orient")
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
                    pose=_wham_pose(one, row) if "pose" in one else None,
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
                    pose=BodyPose(rotations[row], numbers(one["betas"][row], -1, name="betas")),
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


# ---- TRAM


def _is_tram(content: Any) -> bool:
    return of_names(content, "pred_rotmat", "pred_shape", "pred_trans", "frame")


def _read_tram(content: Mapping[str, Any], path: Path) -> FoundFile:
    beside = path.parent.parent / "camera.npy"
    try:
        about = read_stored(beside)
        focal = float(np.asarray(about["img_focal"]).ravel()[0])
        centre = numbers(np.asarray(about["img_center"]).ravel(), 2, name="img_center")
    except (SefdError, *DAMAGED) as error:
        raise SefdError(
            f"the camera of this track is not beside the file ({error})",
            where=path,
            remedy=f"Keep TRAM's folder as it is; looked for is {beside}",
        ) from error
    rotations, betas = (
        bends(content["pred_rotmat"]),
        numbers(content["pred_shape"], -1, -1, name="pred_shape"),
    )
    places = np.asarray(content["pred_trans"]).reshape(-1, 3)
    track = path.stem.rpartition("_")[2]
    people = [
        FoundPerson(
            f"track {track}",
            _SMPL,
            frame=int(frame),
            pose=BodyPose(rotations[row], betas[row], numbers(places[row], 3, name="pred_trans")),
            camera=focal_camera(focal, centre),
        )
        for row, frame in enumerate(content["frame"])
    ]
    return FoundFile("TRAM", people)


# ---- SLAHMR


def _is_slahmr(content: Any) -> bool:
    return of_names(content, "trans", "root_orient", "pose_body", "betas", "cam_R", "cam_t", "intrins")


def _read_slahmr(content: Mapping[str, Any], _path: Path) -> FoundFile:
    """People of a world (B, T, ...) and the camera's way through it; the hands are flat."""
    pose = np.concatenate([content["root_orient"], content["pose_body"]], axis=-1)
    places = numbers(content["trans"], -1, -1, 3, name="trans")
    R = numbers(np.reshape(content["cam_R"], (-1, *np.shape(content["cam_R"])[-3:]))[0], -1, 3, 3)
    t = numbers(np.reshape(content["cam_t"], (-1, *np.shape(content["cam_t"])[-2:]))[0], -1, 3)
    fx, fy, cx, cy = numbers(np.reshape(content["intrins"], (-1, 4))[0], 4, name="intrins")
    people = []
    for track in range(len(pose)):
        rotations, betas = bends(pose[track]), numbers(content["betas"][track], -1, name="betas")
        for frame in range(len(rotations)):
            people.append(
                FoundPerson(
                    f"track {track}",
                    "smplh-neutral",
                    frame=frame,
                    pose=BodyPose(rotations[frame], betas, places[track, frame], flat_hands=True),
                    turn=R[frame],
                    shift=t[frame],
                    camera=focal_camera((fx, fy), (cx, cy)),
                )
            )
    words = "frames in which somebody is not seen are filled in by the method"
    return FoundFile("SLAHMR", people, [words], world=True)


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
        "TRAM",
        "TRAM",
        "`hps/hps_track_*.npy` with `camera.npy`",
        "SMPL neutral",
        "frame numbers",
        "its own calibration",
        _is_tram,
        _read_tram,
    ),
    PredictionFormat(
        "SLAHMR",
        "SLAHMR",
        "`*_world_results.npz`",
        "SMPL-H neutral",
        "frame numbers",
        "in the file, moving",
        _is_slahmr,
        _read_slahmr,
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
