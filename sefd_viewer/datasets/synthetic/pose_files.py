"""Poses out of motion files: AMASS and other SMPL npz, BVH."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.safe_npz import read_npz
from sefd_viewer.datasets.synthetic.bvh import read_bvh
from sefd_viewer.errors import DAMAGED, BodyError, DatasetError
from sefd_viewer.geometry import axis_angle_to_matrix, matrix_to_axis_angle

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
