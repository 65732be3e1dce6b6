"""Training crops as augmented network inputs and targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from sefd_viewer.datasets.sample import CROP_SIZE, HEATMAP_SIZE, JOINT_THRESHOLD
from sefd_viewer.datasets.synthetic import mirror_pose
from sefd_viewer.edges.canny import canny
from sefd_viewer.edges.dilation import dilate
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.geometry import (
    COCO17,
    COCO19,
    SMPL30,
    axis_angle_to_matrix,
    remap,
    with_pelvis_and_neck,
)
from sefd_viewer.networks.roles import Role
from sefd_viewer.training.corruption import corrupt_keypoints
from sefd_viewer.training.crops import TrainingCrop

_MIRROR = np.array([-1.0, 1.0, 1.0], np.float32)


Item = dict[str, NDArray[np.float32]]
"""One person's inputs and targets by name; `collate` puts N people into a batch of tensors.

`crop` (3, 256, 256) in [0, 1]; `image_edge`, `mesh_edge` (1, 256, 256); `joints_heatmap` (30, 2);
`joint_mask` (30,); `rotations` (24, 3, 3); `betas` (10,); `joints` (30, 3); `joints_crop` (30, 2). Units are
those of TrainingCrop.
"""


class CropDataset(Dataset[Item]):
    """Crops with augmentation (training) or with one fixed corruption of the 2D pose each (validation).

    Only the edge channels that the trained roles need are computed; the others are left out of the items.
    """

    def __init__(
        self,
        crops: Sequence[TrainingCrop],
        *,
        roles: Sequence[Role],
        image_edges: EdgeSettings,
        seed: int,
        augment: bool,
    ) -> None:
        self.crops, self.roles, self.image_edges = crops, roles, image_edges
        self.seed, self.augment, self.epoch = seed, augment, 0

    def __len__(self) -> int:
        return len(self.crops)

    def __getitem__(self, index: int) -> Item:
        """Item `index` of the current epoch; the same seed, epoch and index give the same item."""
        rng = np.random.default_rng([self.seed, self.epoch if self.augment else 0, index])
        crop = self.crops[index]
        flip = self.augment and rng.random() < 0.5
        numbers = {n: getattr(crop, n) for n in ("keypoints", "pose", "betas", "joints", "joints_crop")}
        if flip:
            numbers = mirrored(numbers)
        item = pose_input(numbers["keypoints"], rng)
        item |= {n: np.asarray(numbers[n], np.float32) for n in ("betas", "joints", "joints_crop")}
        item["rotations"] = axis_angle_to_matrix(numbers["pose"].reshape(24, 3)).astype(np.float32)
        return item | self._pictures(crop, flip, rng)

    def _pictures(self, crop: TrainingCrop, flip: bool, rng: np.random.Generator) -> Item:
        picture = _decoded(crop.image, cv2.IMREAD_COLOR_RGB, flip)
        if self.augment:
            picture = _recolour(picture, rng)
        pictures: Item = {"crop": picture.transpose(2, 0, 1).astype(np.float32) / np.float32(255)}
        if "student" in self.roles:
            pictures["image_edge"] = dilate(canny(picture, self.image_edges), self.image_edges.kernel)[None]
        if "teacher" in self.roles:
            edge = _decoded(crop.edge, cv2.IMREAD_GRAYSCALE, flip)
            pictures["mesh_edge"] = edge[None].astype(np.float32) / np.float32(255)
        return pictures


def _decoded(data: NDArray[np.uint8], flags: int, flip: bool) -> NDArray[np.uint8]:
    picture = np.asarray(cv2.imdecode(data, flags), np.uint8)
    return np.ascontiguousarray(picture[:, ::-1]) if flip else picture


def collate(items: Sequence[Item]) -> dict[str, Tensor]:
    """Stack items into tensors; pictures in channels-last memory."""
    batch = {n: torch.from_numpy(np.stack([item[n] for item in items])) for n in items[0]}
    batch["crop"] = batch["crop"].contiguous(memory_format=torch.channels_last)
    return batch


def _recolour(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Each channel times 0.8 to 1.2 (method.md section 7)."""
    return np.clip(picture * rng.uniform(0.8, 1.2, 3), 0, 255).astype(np.uint8)


def mirrored(numbers: Mapping[str, NDArray[np.float32]]) -> Item:
    """The numbers of TrainingCrop, of one person or several (..., J, C), as in the mirrored picture."""
    keypoints = _mirror_pixels(numbers["keypoints"])[..., list(COCO17.flip_order), :]
    return {
        "keypoints": keypoints,
        "pose": mirror_pose(numbers["pose"]),
        "betas": numbers["betas"],
        "joints": numbers["joints"][..., list(SMPL30.flip_order), :] * _MIRROR,
        "joints_crop": _mirror_pixels(numbers["joints_crop"])[..., list(SMPL30.flip_order), :],
    }


def _mirror_pixels(points_crop: NDArray[np.float32]) -> NDArray[np.float32]:
    turned = points_crop.copy()
    turned[..., 0] = CROP_SIZE - 1 - turned[..., 0]
    return turned


def pose_input(keypoints: NDArray[np.float32], rng: np.random.Generator) -> Item:
    """Corrupted 2D poses (..., 17, 3) in SMPL30 slots, as datasets.sample puts them before a network."""
    known = keypoints[..., 2:] > 0
    low = np.where(known, keypoints[..., :2], np.inf).min(-2)
    high = np.where(known, keypoints[..., :2], -np.inf).max(-2)
    found = corrupt_keypoints(keypoints, np.sqrt(np.prod(high - low + 1.0, axis=-1)), rng)
    joints, _ = remap(with_pelvis_and_neck(found), COCO19, SMPL30)
    points = (joints[..., :2] + 0.5) * (HEATMAP_SIZE / CROP_SIZE) - 0.5
    inside = ((points >= -0.5) & (points < HEATMAP_SIZE - 0.5)).all(-1)
    used = inside & (joints[..., 2] > JOINT_THRESHOLD)
    heatmap = np.where(used[..., None], points, 0.0).astype(np.float32)
    return {"joints_heatmap": heatmap, "joint_mask": used.astype(np.float32)}
