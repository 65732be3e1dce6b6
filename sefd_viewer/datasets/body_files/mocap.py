"""Motions in a world: GLAMR's before a moving camera, AIST++, Motion-X, MoSh, aitviewer without pictures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.body_files.people import (
    IN_A_WORLD,
    BodyPose,
    FoundFile,
    FoundPerson,
    PredictionFormat,
    bends,
    matrix_camera,
    numbers,
    of_names,
    row_of,
)

_SMPL, _SMPLX = "smpl-neutral", "smplx-neutral"
_Z_UP, _Y_UP = (0.0, 0.0, 1.0), (0.0, 1.0, 0.0)


# ---- GLAMR


def _is_glamr(content: Any) -> bool:
    return of_names(content, "person_data", "cam_pose")


def _read_glamr(content: Mapping[str, Any], _path: Path) -> FoundFile:
    """People of a world and the camera's way through it; a place is that of the root joint."""
    poses = numbers(content["cam_pose"], -1, 4, 4, name="cam_pose")
    people: list[FoundPerson] = []
    data = content["person_data"]
    for track, one in data.items() if isinstance(data, dict) else enumerate(data):
        pose = bends(np.concatenate([one["smpl_orient_world"], one["smpl_pose"]], axis=1))
        for row, frame in enumerate(np.ravel(one.get("frames", np.arange(len(pose)))).astype(int)):
            own = BodyPose(
                pose[row],
                row_of(one["smpl_beta"], row, len(pose), "smpl_beta"),
                numbers(one["root_trans_world"][row], 3, name="root_trans_world"),
                place="root",
            )
            people.append(
                FoundPerson(
                    f"track {track}",
                    _SMPL,
                    frame=int(frame),
                    pose=own,
                    turn=poses[frame, :3, :3],
                    shift=poses[frame, :3, 3],
                    camera=matrix_camera(np.asarray(one["cam_K"])[row]),
                )
            )
    return FoundFile("GLAMR", people, world=True, up=_Z_UP)


# ---- motions without pictures


def _is_aist(content: Any) -> bool:
    return of_names(content, "smpl_poses", "smpl_trans", "smpl_scaling")


def _read_aist(content: Mapping[str, Any], _path: Path) -> FoundFile:
    """The scale makes metres of the cameras' centimetres."""
    scale = float(np.ravel(content["smpl_scaling"])[0])
    rotations = bends(content["smpl_poses"])
    places = numbers(content["smpl_trans"], -1, 3, name="smpl_trans") / scale
    people = _motion(rotations, np.zeros(10), places, "smpl-male")
    words = "its dancers are of SMPL's male body, as its demos have them: name another after #"
    return FoundFile("AIST++", people, [IN_A_WORLD, words], up=_Y_UP)


def _is_aitviewer(content: Any) -> bool:
    return of_names(content, "poses_body", "poses_root", "betas", "trans")


def _read_aitviewer(content: Mapping[str, Any], _path: Path) -> FoundFile:
    rotations = bends(np.concatenate([content["poses_root"], content["poses_body"]], axis=1))
    body = "smplh-neutral" if rotations.shape[1] == 22 else _SMPL
    places = numbers(content["trans"], -1, 3, name="trans")
    words = f"it does not say whose body it is: {body} is taken, as aitviewer does; name another after #"
    asks = ("smplh", "smplx") if rotations.shape[1] == 22 else ()
    people = _motion(rotations, content["betas"], places, body, flat_hands=True)
    return FoundFile("aitviewer", people, [words], up=_Y_UP, asks=asks)


def _is_motion_x(content: Any) -> bool:
    return isinstance(content, np.ndarray) and content.ndim == 2 and content.shape[1] == 322


def _read_motion_x(content: NDArray[Any], _path: Path) -> FoundFile:
    """Root, body, hands, jaw, face, place, shape, in this order."""
    rows = numbers(content, -1, 322)
    people = [
        FoundPerson(
            "track 0",
            _SMPLX,
            frame=frame,
            pose=BodyPose(
                row[:66].reshape(-1, 3),
                row[312:],
                row[309:312],
                (row[66:111], row[111:156]),
                flat_hands=True,
                face=np.concatenate([row[156:159], np.zeros(6)]),
            ),
            in_world=True,
        )
        for frame, row in enumerate(rows)
    ]
    return FoundFile("Motion-X", people, [IN_A_WORLD], up=_Y_UP)


def _is_mosh(content: Any) -> bool:
    return of_names(content, "fullpose", "trans", "betas")


def _read_mosh(content: Mapping[str, Any], _path: Path) -> FoundFile:
    rotations = bends(content["fullpose"])
    body = {55: "smplx", 52: "smplh", 24: "smpl"}[rotations.shape[1]]
    people = _motion(rotations, content["betas"], numbers(content["trans"], -1, 3), f"{body}-neutral")
    return FoundFile("MoSh", people, [IN_A_WORLD], up=_Z_UP)


def _motion(
    rotations: NDArray[np.float64],
    betas: Any,
    places: NDArray[np.float64],
    body: str,
    *,
    flat_hands: bool = False,
) -> list[FoundPerson]:
    count = len(rotations)
    return [
        FoundPerson(
            "track 0",
            body,
            frame=row,
            pose=BodyPose(
                rotations[row], row_of(betas, row, count, "betas"), places[row], flat_hands=flat_hands
            ),
            in_world=True,
        )
        for row in range(count)
    ]


_WORLD = "the set's, in one world"
FORMATS = (
    PredictionFormat(
        "GLAMR",
        "GLAMR",
        "`*_seed*.pkl`",
        "SMPL neutral",
        "frame numbers",
        "in the file, moving",
        _is_glamr,
        _read_glamr,
    ),
    PredictionFormat(
        "AIST++",
        "AIST++",
        "`motions/*.pkl`",
        "SMPL male",
        "frame numbers",
        _WORLD,
        _is_aist,
        _read_aist,
    ),
    PredictionFormat(
        "aitviewer",
        "aitviewer's export",
        "`*.npz`",
        "SMPL neutral, or asked",
        "frame numbers",
        _WORLD,
        _is_aitviewer,
        _read_aitviewer,
    ),
    PredictionFormat(
        "Motion-X",
        "Motion-X",
        "`smplx_322/*.npy`",
        "SMPL-X neutral",
        "frame numbers",
        _WORLD,
        _is_motion_x,
        _read_motion_x,
    ),
    PredictionFormat(
        "MoSh",
        "MoYo, MoSh++",
        "`*_stageii.pkl`",
        "SMPL-X, SMPL-H, SMPL",
        "frame numbers",
        _WORLD,
        _is_mosh,
        _read_mosh,
    ),
)
