"""The square network crop around a person, and the cameras that belong to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from sefd_viewer.errors import SefdError
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.rotations import axis_angle_to_matrix

NETWORK_FOCAL = 5000.0

CropConvention = Literal["centred", "release"]
"""How a network's crop is cut.

- `centred`: a box is clipped to the picture's pixel areas, -0.5 to size - 0.5, and its middle lies between
  the crop's two middle pixels, at (size - 1) / 2.
- `release` (3DCrowdNet and SEFD): its middle lies at size / 2. A box loses one pixel of its width and height;
  one that begins left of or above the picture is pushed in whole, one that ends beyond it is cut off.
"""


def bbox_from_points(points_image: ArrayLike, valid: ArrayLike, *, scale: float = 1.2) -> np.ndarray | None:
    """Box (4,) x y w h of the valid points (J, 2) in pixels, enlarged about its centre.

    None without a valid point, or when they span no width or no height.
    """
    points = np.asarray(points_image, dtype=np.float64)[np.asarray(valid, dtype=bool)]
    if len(points) == 0:
        return None
    low, high = points.min(axis=0), points.max(axis=0)
    if not np.all(high > low):
        return None
    size = (high - low) * scale
    return np.concatenate([(low + high - size) / 2, size])


@dataclass(frozen=True, eq=False)
class Crop:
    """A square part of an image and the affine maps to and from its `size` x `size` picture.

    `bbox_xywh` (4,) is the expanded square in image pixels; its centre is x + w/2 in the coordinates of
    points (pixel centres at integers); in the convention `centred` its border lies at -0.5 and size - 0.5 of
    the crop, in `release` at 0 and size. The affine matrices are (2, 3) and act on (x, y, 1).
    """

    bbox_xywh: np.ndarray
    to_crop: np.ndarray
    to_image: np.ndarray
    size: int = 256
    convention: CropConvention = "centred"

    @classmethod
    def from_bbox(
        cls,
        bbox_xywh: ArrayLike,
        image_size: tuple[int, int],
        *,
        size: int = 256,
        scale: float = 1.25,
        convention: CropConvention = "centred",
    ) -> Crop:
        """The crop of a tight box: clipped to the image (width, height), widened to a square, enlarged.

        Raises SefdError for a box that has no part in the image.
        """
        box = np.asarray(bbox_xywh, dtype=np.float64)
        low, high = _clipped(box, image_size)
        if convention == "release":
            low, high = _clipped_as_released(box, image_size)
        side = float(np.max(high - low)) * scale
        return cls._from_square((low + high) / 2, side, size, convention)

    @classmethod
    def from_square(
        cls, bbox_xywh: ArrayLike, *, size: int = 256, convention: CropConvention = "centred"
    ) -> Crop:
        """The crop of a square box that is enlarged already, as `bbox_xywh` of another crop is."""
        box = np.asarray(bbox_xywh, dtype=np.float64)
        return cls._from_square(box[:2] + box[2:] / 2, float(box[2]), size, convention)

    @classmethod
    def _from_square(cls, centre: np.ndarray, side: float, size: int, convention: CropConvention) -> Crop:
        middle = _middle(size, convention)
        factor = size / side
        to_crop = np.column_stack([factor * np.eye(2), middle - factor * centre])
        to_image = np.column_stack([np.eye(2) / factor, centre - middle / factor])
        box = np.array([*(centre - side / 2), side, side])
        return cls(box, to_crop, to_image, size, convention)

    @property
    def middle(self) -> float:
        """The crop pixel, in x and in y, where the middle of the box lies."""
        return _middle(self.size, self.convention)

    @property
    def pixels_per_crop_pixel(self) -> float:
        """Image pixels along one crop pixel."""
        return float(self.bbox_xywh[2]) / self.size

    def points_to_crop(self, points_image: ArrayLike) -> np.ndarray:
        """Crop pixels (..., 2) of image pixels (..., 2)."""
        return _affine(self.to_crop, points_image)

    def points_to_image(self, points_crop: ArrayLike) -> np.ndarray:
        """Image pixels (..., 2) of crop pixels (..., 2)."""
        return _affine(self.to_image, points_crop)


def network_camera(crop: Crop) -> PinholeCamera:
    """The networks' own camera in crop pixels: focal 5000, principal point in the middle of the crop."""
    return PinholeCamera(np.full(2, NETWORK_FOCAL), np.full(2, crop.middle))


def image_camera(crop: Crop) -> PinholeCamera:
    """The camera in full-image pixels that sees camera-space points exactly where `network_camera` does.

    The focal length becomes 5000 * box side / crop size and the principal point the box's centre. (The
    release keeps 5000 and rescales the depth instead, which moves pixels a little; here every network
    pixel stays where it is.)
    """
    centre = crop.bbox_xywh[:2] + crop.bbox_xywh[2:] / 2
    return PinholeCamera(np.full(2, NETWORK_FOCAL * crop.pixels_per_crop_pixel), centre)


def _affine(matrix: np.ndarray, points: ArrayLike) -> np.ndarray:
    return np.asarray(points, dtype=np.float64) @ matrix[:, :2].T + matrix[:, 2]


def _middle(size: int, convention: CropConvention) -> float:
    return size / 2 if convention == "release" else (size - 1) / 2


def _clipped_as_released(bbox_xywh: np.ndarray, image_size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Low and high corner as the release's preprocessing makes them (3DCrowdNet, `process_bbox`)."""
    low = np.maximum(bbox_xywh[:2], 0)
    high = np.minimum(low + np.maximum(bbox_xywh[2:] - 1, 0), np.asarray(image_size) - 1.0)
    if np.all(high >= low) and np.any(high > low):
        return low, high
    raise SefdError(
        f"the box {np.round(bbox_xywh, 1).tolist()} (x, y, width, height) is smaller than a pixel",
        remedy="Correct the person's box or 2D pose",
    )


def _clipped(bbox_xywh: np.ndarray, image_size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Low and high corner of the box's part inside the image, whose pixels span -0.5 to size - 0.5."""
    limit = np.asarray(image_size, dtype=np.float64) - 0.5
    low = np.clip(bbox_xywh[:2], -0.5, limit)
    high = np.clip(bbox_xywh[:2] + bbox_xywh[2:], -0.5, limit)
    if not np.all(high > low):
        width, height = image_size
        raise SefdError(
            f"the box {np.round(bbox_xywh, 1).tolist()} (x, y, width, height) has no part in the "
            f"{width}x{height} image",
            remedy="Correct the person's box or 2D pose",
        )
    return low, high


def crop_rotation(crop: Crop, camera: PinholeCamera) -> np.ndarray:
    """Rotation (3, 3) from the crop's frame to the frame of `camera`, whose R and t do not matter.

    A crop shows a person as if the camera looked straight at them, although they may stand far from the
    picture's middle. The crop's frame is the camera's, turned by the shortest way until its z axis meets
    the crop's centre.
    """
    centre = crop.bbox_xywh[:2] + crop.bbox_xywh[2:] / 2
    ray = camera.rays(centre)
    ray = ray / np.linalg.norm(ray)
    axis = np.array([-ray[1], ray[0], 0.0])
    sine = float(np.linalg.norm(axis))
    if sine < 1e-12:
        return np.eye(3)
    return axis_angle_to_matrix(axis / sine * np.arctan2(sine, ray[2]))
