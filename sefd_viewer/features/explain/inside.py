"""What each network gets and has inside, as pictures of the crop side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.features.explain.pictures import (
    SIDE,
    crop_picture,
    dimmed,
    enlarged,
    grey,
    heat_over,
    points_over,
    to_picture,
)
from sefd_viewer.geometry.joints import GRAPH15, SMPL30

if TYPE_CHECKING:
    from sefd_viewer.app.methods import Method
    from sefd_viewer.features.explain.case import Case
    from sefd_viewer.inference.messages import Inside, Tried

    Image = NDArray[np.uint8]

VOXELS = 8
NEAR, FAR = np.array((255, 214, 102)), np.array((70, 120, 220))
"""Colours of the nearest and of the farthest joint."""


@dataclass(frozen=True, eq=False)
class SeenBy:
    """One network's pictures, (side, side, 3) each; `edge` is None for a network that has none.

    `front` is the volume seen along the camera's axis, `above` from above (the camera is below the picture).
    """

    method: Method
    crop: Image
    heatmaps: Image
    edge: Image | None
    front: Image
    above: Image


def seen(
    case: Case, answers: Mapping[str, Tried], *, joint: str | None, depth: int | None
) -> tuple[SeenBy, ...]:
    """Every network that has answered; one `joint` (a graph joint) and one slice of the volume, or all."""
    found = [answers[method] for method in case.normal if method in answers]
    return tuple(_seen_by(case, one, joint, depth) for one in found)


def _seen_by(case: Case, answer: Tried, joint: str | None, depth: int | None) -> SeenBy:
    inside, edge = answer.inside, answer.prediction.edge
    assert inside is not None
    photo = crop_picture(case.scene.image, answer.prediction.crop)
    return SeenBy(
        answer.key,
        enlarged_picture(inside.crop_rgb),
        heat_over(photo, enlarged(_heat(inside, joint)), (0.0, 1.0)),
        None if edge is None else grey(enlarged(edge.values)),
        _front(photo, inside, joint, depth),
        _above(inside, joint, depth),
    )


def enlarged_picture(picture: Image) -> Image:
    """A picture (256,256,3) at the size of the others, its pixels as they are."""
    import cv2

    return np.asarray(cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST), np.uint8)


def _heat(inside: Inside, joint: str | None) -> NDArray[np.float32]:
    """The 2D joints' heatmaps, the strongest at each place, (64,64)."""
    maps = inside.heatmaps.astype(np.float32)
    return maps.max(axis=0) if joint is None else maps[SMPL30.index(joint)]


def _chosen(inside: Inside, joint: str | None) -> NDArray[np.float32]:
    """The probability of a voxel (8,8,8), for all joints the highest of any."""
    return inside.volume.max(axis=0) if joint is None else inside.volume[GRAPH15.index(joint)]


def _front(photo: Image, inside: Inside, joint: str | None, depth: int | None) -> Image:
    volume = _chosen(inside, joint)
    layer = volume.max(axis=0) if depth is None else volume[depth]
    picture = heat_over(photo, enlarged(layer, smooth=False), (0.0, _most(inside, joint)))
    return _with_joints(_grid(picture), inside, joint, depth, axes=(0, 1))


def _above(inside: Inside, joint: str | None, depth: int | None) -> Image:
    """Columns from left to right, depth from the camera (below) upwards."""
    layer = _chosen(inside, joint).max(axis=1)
    if depth is not None:
        layer = np.where(np.arange(VOXELS)[:, None] == depth, layer, layer * 0.25)
    empty = np.full((SIDE, SIDE, 3), 40, np.uint8)
    picture = heat_over(empty, enlarged(layer[::-1], smooth=False), (0.0, _most(inside, joint)))
    return _with_joints(_grid(picture), inside, joint, depth, axes=(0, 2))


def _most(inside: Inside, joint: str | None) -> float:
    """The scale of the colours, the same for every slice."""
    return float(_chosen(inside, joint).max())


def _grid(picture: Image) -> Image:
    """Thin lines between voxels."""
    lines = np.ascontiguousarray(picture)
    step = SIDE // VOXELS
    for place in range(step, SIDE, step):
        lines[place] = dimmed(lines[place][None], light=0.8)[0] // 2 + 45
        lines[:, place] = dimmed(lines[:, place][None], light=0.8)[0] // 2 + 45
    return lines


def _with_joints(
    picture: Image, inside: Inside, joint: str | None, depth: int | None, *, axes: tuple[int, int]
) -> Image:
    """The joints' mean places, near ones yellow and far ones blue; a chosen joint alone."""
    places = inside.joints_volume[:, axes].astype(float)
    if axes[1] == 2:
        places[:, 1] = VOXELS - 1 - places[:, 1]
    depths = inside.joints_volume[:, 2:]
    far = (depths - depths.min()) / max(float(np.ptp(depths)), 1e-6)
    colors = (NEAR * (1 - far) + FAR * far).astype(np.uint8)
    points, segments = to_picture(places, VOXELS), GRAPH15.skeleton
    if joint is not None:
        place = GRAPH15.index(joint)
        points, colors, segments = points[place : place + 1], colors[place : place + 1], ()
    elif depth is not None:
        colors[np.abs(inside.joints_volume[:, 2] - depth) > 0.5] = (110, 110, 110)
    return points_over(picture, points, segments, colors)
