"""The pictures of training crops: colours, a map of the picture, and one of the true meshes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.sample import CROP_SIZE, T, away_from_border, warp
from sefd_viewer.edges.image_edges import canny, dilate
from sefd_viewer.edges.mesh_edges import MeshEdges
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.errors import SefdError
from sefd_viewer.geometry import COCO17, Crop
from sefd_viewer.networks.cards import StructuralMap
from sefd_viewer.networks.state_files import file_hash

STUDENT_EDGES = EdgeSettings(variant="soft", dilation="fixed", kernel=5)
TEACHER_EDGES = EdgeSettings(variant="soft", dilation="adaptive")
IMAGE_EDGE_UNIT, MESH_EDGE_UNIT = 0.01, 1 / 255
"""What one step of the stored edges means."""


@dataclass(frozen=True)
class Channels:
    """What crops hold for a fourth channel: a map of the picture, and one of the true meshes.

    `estimator` is the weights file of SEE or SESD, where the picture's map is theirs.
    """

    image_map: StructuralMap = "canny"
    image_edges: EdgeSettings = STUDENT_EDGES
    mesh_map: StructuralMap = "overlap"
    mesh_edges: EdgeSettings = TEACHER_EDGES
    estimator: Path | None = None

    def manifest(self) -> dict[str, object]:
        """What tells these from the usual ones, for a folder's manifest."""
        if self == CHANNELS:
            return {}
        hashed = {} if self.estimator is None else {"estimator": file_hash(self.estimator)}
        return {"channels": asdict(self) | hashed}


CHANNELS = Channels()
"""Those of the paper's student and teacher."""


def mesh_map(edges: MeshEdges, channels: Channels) -> NDArray[np.float32]:
    """The map of everyone's true meshes (H, W) that the crops hold."""
    found: NDArray[np.float32] = getattr(edges, channels.mesh_map)
    return found


def put_pictures(
    row: NDArray[np.void],
    image: NDArray[np.uint8],
    crop: Crop,
    edges: NDArray[np.float32],
    channels: Channels,
    kernel: int,
    others: Sequence[NDArray[np.floating]] = (),
) -> None:
    """Put a person's picture, its map, and the part of the map of the meshes (H, W) into a row.

    The picture's own map does not show its border; Canny is dilated by `kernel`, other maps stay as they are.
    `others` are the COCO joints (17, 2) of everyone else in the image, whose bodies may hide edges.
    """
    size, picture = row["image"].shape[0], warp(image, crop)
    inside = away_from_border(crop, image.shape[1::-1])
    if channels.image_map == "canny":
        found = dilate(np.where(inside, canny(picture, channels.image_edges), np.float32(0)), kernel)
    else:
        found = np.where(inside, _learned_map(picture, crop, channels, others), np.float32(0))
    row["image"] = _smaller(picture, size)
    row["image_edge"] = _steps(found, size, IMAGE_EDGE_UNIT)
    row["mesh_edge"] = _steps(warp(edges, crop), size, MESH_EDGE_UNIT)


def _learned_map(
    picture: NDArray[np.uint8], crop: Crop, channels: Channels, others: Sequence[NDArray[np.floating]]
) -> NDArray[np.float32]:
    from sefd_viewer.networks.edge_estimators import load_estimator
    from sefd_viewer.networks.hed import detect
    from sefd_viewer.pose2d.body_mask import bodies_mask

    if channels.image_map == "hed":
        return detect(picture)
    if channels.estimator is None:
        name = channels.image_map.upper()
        raise SefdError(f"{name}'s edges need its weights", remedy="Give --estimator FILE")
    estimator = load_estimator(channels.estimator)
    moved = [crop.points_to_crop(points) for points in others]
    return estimator.detect(picture, bodies_mask(moved, COCO17, (crop.size, crop.size)))


def _smaller(picture: NDArray[T], size: int) -> NDArray[T]:
    if size >= CROP_SIZE:
        return picture
    return cast("NDArray[T]", cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA))


def _steps(edge: NDArray[np.float32], size: int, unit: float) -> NDArray[np.uint8]:
    return np.clip(_smaller(edge, size) / unit + 0.5, 0, 255).astype(np.uint8)
