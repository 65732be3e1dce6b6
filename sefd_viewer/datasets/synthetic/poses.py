"""Body poses for synthetic scenes: captured poses, recombined, mirrored, bent and turned."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.safe_npz import read_npz
from sefd_viewer.datasets.synthetic.bvh import read_bvh
from sefd_viewer.errors import DAMAGED, BodyError, DatasetError
from sefd_viewer.geometry import SMPL24, axis_angle_to_matrix, matrix_to_axis_angle
from sefd_viewer.resources import resource_path

_RATES = ("mocap_framerate", "mocap_frame_rate")
_KEPT_PER_SECOND = 6.0
_BODY = 66
"""Numbers of the root and the 21 body joints, with which every SMPL family's poses begin."""
_Y_UP = axis_angle_to_matrix(np.array([-np.pi / 2, 0.0, 0.0]))


def read_poses(path: Path) -> NDArray[np.float64]:
    """The poses (N, 72) of a motion file, axis-angle of SMPL's 24 joints, Y up, hands at rest.

    An npz holds `poses` (N, 66 or more), or `root_orient` and `pose_body` as AMASS's second stage has them.
    Files with a frame rate are AMASS's: Z up, and about six frames a second are kept. Raises DatasetError for
    anything else.
    """
    if not path.exists():
        raise DatasetError("this pose file does not exist", where=path, remedy="Check the path")
    if path.suffix.lower() == ".bvh":
        return read_bvh(path, per_second=_KEPT_PER_SECOND)
    try:
        data = read_npz(path)
        poses, rate = _smpl(data), next((float(data[n]) for n in _RATES if n in data), None)
    except (BodyError, *DAMAGED) as error:
        raise _no_poses(path) from error
    if poses is None or not len(poses) or not np.isfinite(poses).all():
        raise _no_poses(path)
    if rate is None:
        return poses
    kept = poses[:: max(round(rate / _KEPT_PER_SECOND), 1)].copy()
    kept[:, :3] = matrix_to_axis_angle(_Y_UP @ axis_angle_to_matrix(kept[:, :3]))
    return kept


def _smpl(data: Mapping[str, NDArray[np.generic]]) -> NDArray[np.float64] | None:
    if "poses" in data:
        body = np.asarray(data["poses"], np.float64)
    elif "root_orient" in data and "pose_body" in data:
        body = np.concatenate([data["root_orient"], data["pose_body"]], axis=-1).astype(np.float64)
    else:
        return None
    if body.ndim != 2 or body.shape[1] < _BODY:
        return None
    return np.concatenate([body[:, :_BODY], np.zeros((len(body), 72 - _BODY))], axis=1)


def _no_poses(path: Path) -> DatasetError:
    return DatasetError(
        "this holds no SMPL poses",
        where=path,
        remedy="Give an npz with `poses` (N, 72), one of AMASS (N, 156), or a BVH file",
    )


CLIP_WEIGHTS = {
    "backflip": 0.2, "cartwheel": 0.4, "crawl": 0.3, "dance_a": 2.5, "dance_b": 2.5,
    "getup_facedown": 0.25, "getup_faceup": 0.25, "jump": 1.5, "kick": 1.5, "punch": 2.0,
    "roll": 0.15, "run": 2.0, "spin": 1.5, "spinkick": 0.8, "walk": 3.0,
}  # fmt: skip

_ARMS = tuple(
    SMPL24.index(n) for n in SMPL24.names if n[2:] in {"Thorax", "Shoulder", "Elbow", "Wrist", "Hand"}
)
_LEFT_LEG = tuple(SMPL24.index(n) for n in ("L_Hip", "L_Knee", "L_Ankle", "L_Toe"))
_RIGHT_LEG = tuple(SMPL24.index(n) for n in ("R_Hip", "R_Knee", "R_Ankle", "R_Toe"))

# Standard deviation of the added joint rotation, in radians.
_BEND = {
    "Hip": 0.22, "Torso": 0.12, "Knee": 0.12, "Spine": 0.12, "Ankle": 0.15, "Chest": 0.08, "Neck": 0.2,
    "Thorax": 0.06, "Head": 0.15, "Shoulder": 0.3, "Elbow": 0.2, "Wrist": 0.15,
}  # fmt: skip
_BEND_SIGMA = np.array([_BEND.get(n.removeprefix("L_").removeprefix("R_"), 0.0) for n in SMPL24.names])


def mirror_pose(pose: np.ndarray) -> np.ndarray:
    """Left-right mirror image of axis-angle `pose` (..., 72) in the plane x = 0."""
    rotations = pose.reshape(*pose.shape[:-1], 24, 3)[..., list(SMPL24.flip_order), :]
    return (rotations * np.array([1.0, -1.0, -1.0])).reshape(pose.shape)


PosePart = Literal["all", "training", "held_out"]
_RUN, _RUNS = 20, 10


class Poses(NamedTuple):
    """Poses to draw from: (N, 72) axis-angle, Y up; how likely each is; whether limbs are mixed freely."""

    poses: np.ndarray
    probability: np.ndarray
    mixed: bool


@cache
def captured_poses() -> Poses:
    """The shipped poses: fifteen lively clips, to be recombined."""
    with np.load(resource_path("poses.npz")) as data:
        poses = data["poses"].astype(np.float64)
        names, lengths = data["clip_names"], np.diff(data["clip_offsets"])
    weight = np.concatenate(
        [np.full(n, CLIP_WEIGHTS[str(c)] / n) for c, n in zip(names, lengths, strict=True)]
    )
    return Poses(poses, weight / weight.sum(), mixed=True)


@cache
def open_poses(files: tuple[Path, ...] = (), part: PosePart = "all") -> Poses:
    """The poses of motion files (`pose_files`), each file equally likely; without files the shipped ones.

    Every tenth run of twenty poses is `held_out` of training. Raises DatasetError for a file without poses.
    """
    whole = _read(files) if files else captured_poses()
    if part == "all":
        return whole
    held_out = np.arange(len(whole.poses)) // _RUN % _RUNS == _RUNS - 1
    chosen = held_out if part == "held_out" else ~held_out
    weight = whole.probability[chosen]
    return Poses(whole.poses[chosen], weight / weight.sum(), whole.mixed)


def _read(files: tuple[Path, ...]) -> Poses:
    read = [read_poses(path) for path in files]
    weight = np.concatenate([np.full(len(poses), 1 / len(poses)) for poses in read])
    return Poses(np.concatenate(read), weight / weight.sum(), mixed=False)


def _draw(rng: np.random.Generator, poses: Poses) -> np.ndarray:
    pose = poses.poses[rng.choice(len(poses.poses), p=poses.probability)]
    return (mirror_pose(pose) if rng.random() < 0.5 else pose).reshape(24, 3).copy()


def _sit(pose: np.ndarray, rng: np.random.Generator) -> None:
    """Bend hips and knees as on a chair and set the trunk upright; in place."""
    for hip, knee in ((1, 4), (2, 5)):
        pose[hip] = [-rng.normal(1.4, 0.2), 0.0, rng.normal(0.0, 0.15)]
        pose[knee] = [rng.normal(1.4, 0.35), 0.0, 0.0]
    pose[0] = [rng.normal(0.0, 0.15), 0.0, 0.0]


def _balance(pose: np.ndarray, rng: np.random.Generator) -> None:
    """Lift one leg sideways, back or forward and lean the trunk against it; in place."""
    side = rng.choice((1, 2))
    outward = 1.0 if side == 1 else -1.0
    pose[side] = [rng.normal(0.0, 0.5), rng.normal(0.0, 0.2), outward * rng.uniform(0.3, 1.3)]
    pose[side + 3] = [abs(rng.normal(0.3, 0.4)), 0.0, 0.0]
    pose[0] = [rng.normal(0.1, 0.25), 0.0, -outward * rng.uniform(0.0, 0.7)]


def _bent(pose: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Rotate every joint a little; compose rotations instead of adding vectors."""
    noise = axis_angle_to_matrix(rng.normal(size=(24, 3)) * _BEND_SIGMA[:, None] * rng.uniform(0.3, 1.3))
    return matrix_to_axis_angle(noise @ axis_angle_to_matrix(pose))


_MIX = {True: (0.5, 0.2, 0.2), False: (0.15, 0.05, 0.05)}
"""How often arms, left leg, right leg come from another pose: where limbs are mixed freely, where not."""
_SPECIAL = {True: (0.1, 0.18), False: (0.08, 0.1)}
"""How often somebody sits, and balances."""


def random_pose(rng: np.random.Generator, poses: Poses | None = None) -> np.ndarray:
    """One plausible pose (72,) axis-angle, Y up, turned to a random side, of `poses` or the shipped."""
    poses = poses or captured_poses()
    pose = _draw(rng, poses)
    for joints, chance in zip((_ARMS, _LEFT_LEG, _RIGHT_LEG), _MIX[poses.mixed], strict=True):
        if rng.random() < chance:
            pose[list(joints)] = _draw(rng, poses)[list(joints)]
    special, (sits, balances) = rng.random(), _SPECIAL[poses.mixed]
    if special < sits:
        _sit(pose, rng)
    elif special < sits + balances:
        _balance(pose, rng)
    pose = _bent(pose, rng)
    turn = axis_angle_to_matrix(np.array([0.0, rng.uniform(-np.pi, np.pi), 0.0]))
    pose[0] = matrix_to_axis_angle(turn @ axis_angle_to_matrix(pose[0]))
    return pose.reshape(72)


def random_betas(rng: np.random.Generator) -> np.ndarray:
    """Shape (10,) of the open body, standard normal, within 2.5 deviations."""
    return np.clip(rng.normal(size=10), -2.5, 2.5)
