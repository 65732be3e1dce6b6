"""Feet on the ground, where it is known which way is up: how high the ground is, and who stands when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.model import BodyModel
from sefd_viewer.geometry.joints import COCO17, SMPL24

Array = NDArray[np.float64]

_ANKLES = [COCO17.index("L_Ankle"), COCO17.index("R_Ankle")]
_STANDING_M = 0.04
"""An ankle so much higher than when standing is half believed to stand."""

_SOLE_M = 0.012
_SOLE_VERTICES = 12


@dataclass(frozen=True, eq=False)
class Ground:
    """`up` (3,) away from the ground in the world, its `height` along that at first sight, metres, and
    `contact` (M, 2): how surely the left and the right foot stand on it.
    """

    up: Array
    height: float
    contact: Array


def find_ground(points_world: Array, up: Sequence[float] | None, body: BodyModel) -> Ground | None:
    """The ground below the ankles of `points_world` (M, 17, 3); None when up or the ankles are unknown."""
    if up is None:
        return None
    direction = np.asarray(up, np.float64)
    heights = points_world[:, _ANKLES] @ direction
    if not np.isfinite(heights).any():
        return None
    lowest = float(np.nanpercentile(heights, 10))
    contact = np.exp(-(((heights - lowest) / _STANDING_M) ** 2))
    return Ground(direction, lowest - _ankle_height(body), np.nan_to_num(contact))


def soles(body: BodyModel) -> NDArray[np.int64]:
    """Vertices (2, 12) below the left and the right foot, spread from heel to toes."""
    return np.stack([_sole(body, side) for side in "LR"])


def _sole(body: BodyModel, side: str) -> NDArray[np.int64]:
    parts = [SMPL24.index(f"{side}_Ankle"), SMPL24.index(f"{side}_Toe")]
    foot = np.flatnonzero(np.isin(body.part_ids, parts))
    height = body.v_template[foot, 1]
    low = foot[height < height.min() + _SOLE_M]
    ordered = low[np.argsort(body.v_template[low, 2])]
    return ordered[np.linspace(0, len(ordered) - 1, _SOLE_VERTICES).round().astype(int)].astype(np.int64)


def _ankle_height(body: BodyModel) -> float:
    """How high the detected ankles of a standing mean body are above its soles."""
    rest = body.forward_batch(*(np.zeros((1, size)) for size in (3, 69, 10, 3)))
    ankles = body.joints(rest.vertices, rest.joints, COCO17)[0, _ANKLES, 1]
    return float(ankles.mean() - rest.vertices[0, :, 1].min())
