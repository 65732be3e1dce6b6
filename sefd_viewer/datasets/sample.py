"""From a picture and a 2D pose to what a network takes in (3DCrowdNet's input convention)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.geometry.crops import Crop, CropConvention, bbox_from_points
from sefd_viewer.geometry.joints import JOINT_SETS, SMPL30, Pose2D, remap

if TYPE_CHECKING:
    from sefd_viewer.edges.settings import EdgeMap

CROP_SIZE = 256
HEATMAP_SIZE = 64

T = TypeVar("T", np.uint8, np.float32)

_MINIMUM_JOINTS: dict[CropConvention, int] = {"centred": 4, "release": 1}
"""Valid joints from which their extent is the person's box; with fewer the pose's own box is."""
_DERIVED = {"Pelvis": ("L_Hip", "R_Hip"), "Neck": ("L_Shoulder", "R_Shoulder")}


@dataclass(frozen=True, eq=False)
class Sample:
    """One person, ready for a network.

    `crop_rgb` (256, 256, 3) uint8, `joints_heatmap` (30, 2) float32 SMPL30 joints in pixels of the 64 x 64
    heatmap, `joint_mask` (30,) float32 of 0 and 1, `joint_scores` (30,) float32 the confidence of the joints
    that count, `crop` where it was taken in a picture of `image_size` (width, height), `edge` the crop's edge
    map.
    """

    crop_rgb: NDArray[np.uint8]
    joints_heatmap: NDArray[np.float32]
    joint_mask: NDArray[np.float32]
    joint_scores: NDArray[np.float32]
    crop: Crop
    image_size: tuple[int, int]
    edge: EdgeMap | None = None


def make_sample(
    image: NDArray[np.uint8],
    pose2d: Pose2D,
    *,
    joint_threshold: float | None = None,
    convention: CropConvention = "centred",
    edge: EdgeMap | None = None,
) -> Sample:
    """Cut the person out of `image` (H, W, 3) and put the 2D joints into SMPL30 slots.

    A joint counts when its confidence exceeds the threshold, by default that of the pose's source, and it
    lies inside the crop; others are zero. `convention` is what the network's card says. Raises SefdError when
    the person's box is empty or outside the image.
    """
    threshold = pose2d.joint_threshold if joint_threshold is None else joint_threshold
    size = (image.shape[1], image.shape[0])
    crop = crop_for(pose2d, size, joint_threshold=threshold, convention=convention)
    joints = smpl30_joints(pose2d)
    points = _to_heatmap(crop.points_to_crop(joints[:, :2]), crop)
    border = 0.0 if convention == "release" else -0.5
    inside = ((points >= border) & (points < border + HEATMAP_SIZE)).all(axis=-1)
    used = inside & (joints[:, 2] > threshold)
    heatmap = np.where(used[:, None], points, 0.0).astype(np.float32)
    mask = used.astype(np.float32)
    scores = mask * np.clip(joints[:, 2], 0, 1)
    return Sample(warp(image, crop), heatmap, mask, scores, crop, image.shape[1::-1], edge)


def crop_for(
    pose2d: Pose2D,
    image_size: tuple[int, int],
    *,
    joint_threshold: float | None = None,
    convention: CropConvention = "centred",
) -> Crop:
    """The network's crop of a person: 1.2 times the extent of the valid joints, else the pose's own box."""
    threshold = pose2d.joint_threshold if joint_threshold is None else joint_threshold
    points, scores = pose2d.keypoints[:, :2], pose2d.keypoints[:, 2]
    valid = (scores > threshold) & np.isfinite(points).all(axis=-1)
    box = bbox_from_points(points, valid) if valid.sum() >= _MINIMUM_JOINTS[convention] else None
    tight = pose2d.bbox_xywh if box is None else box
    return Crop.from_bbox(tight, image_size, size=CROP_SIZE, convention=convention)


def smpl30_joints(pose2d: Pose2D) -> NDArray[np.float32]:
    """The pose's joints in SMPL30 slots, (30, 3) x, y, score in image pixels.

    Absent and non-finite joints are zero.
    Pelvis and neck are added as the middle of hips and shoulders, with the product of the two scores.
    """
    finite = np.isfinite(pose2d.keypoints).all(axis=-1, keepdims=True)
    known = np.where(finite, pose2d.keypoints, 0.0).astype(np.float32)
    joints, present = remap(known, JOINT_SETS[pose2d.joint_set], SMPL30)
    for name, (left, right) in _DERIVED.items():
        slot, pair = SMPL30.index(name), [SMPL30.index(left), SMPL30.index(right)]
        if not present[slot] and present[pair].all():
            joints[slot, :2] = joints[pair, :2].mean(axis=0)
            joints[slot, 2] = joints[pair, 2].prod()
    return joints.astype(np.float32)


def warp(image: NDArray[T], crop: Crop) -> NDArray[T]:
    """Cut the crop out of an image (H, W) or (H, W, C), any depth OpenCV knows; bilinear, black outside."""
    affine, size = np.asarray(crop.to_crop, dtype=np.float64), (crop.size, crop.size)
    cut = cv2.warpAffine(image, affine, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return cast("NDArray[T]", cut)


def unwarp(
    values: NDArray[np.float32], crop: Crop, size: tuple[int, int], scale: float
) -> NDArray[np.float32]:
    """The reverse for a picture of `size` (w, h) that is `scale` times the image; 0 outside the crop."""
    shrinks = crop.size / (float(crop.bbox_xywh[2]) * scale)
    if shrinks > 1:  # so that thin lines do not break
        values = cast("NDArray[np.float32]", cv2.GaussianBlur(values, (0, 0), shrinks / 2))
    shift = 0.5 / scale - 0.5
    to_image = np.array([[1 / scale, 0, shift], [0, 1 / scale, shift], [0, 0, 1]])
    affine, how = np.asarray(crop.to_crop, np.float64) @ to_image, cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cast("NDArray[np.float32]", cv2.warpAffine(values, affine, size, flags=how))


def away_from_border(crop: Crop, image_size: tuple[int, int], *, reach: float = 4.0) -> NDArray[np.bool_]:
    """Which pixels of the crop (S, S) show the picture and lie at least `reach` crop pixels from its border.

    Canny with its 5x5 blur sees the border from nearer.
    """
    low = crop.points_to_crop((-0.5, -0.5)) + reach
    high = crop.points_to_crop((image_size[0] - 0.5, image_size[1] - 0.5)) - reach
    pixels = np.arange(crop.size)[:, None]
    columns, rows = ((pixels >= low) & (pixels <= high)).T
    return rows[:, None] & columns


def _to_heatmap(points_crop: NDArray[np.floating], crop: Crop) -> NDArray[np.floating]:
    """Crop pixels to heatmap pixels: pixel areas onto pixel areas, or, as in the release, a plain quarter."""
    shift = 0.0 if crop.convention == "release" else 0.5
    return (points_crop + shift) * (HEATMAP_SIZE / crop.size) - shift
