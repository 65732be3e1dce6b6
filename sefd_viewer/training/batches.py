"""Training crops as augmented network inputs and targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from sefd_viewer.datasets.sample import CROP_SIZE, HEATMAP_SIZE, smpl30_joints
from sefd_viewer.datasets.synthetic import mirror_pose
from sefd_viewer.edges.canny import canny
from sefd_viewer.edges.dilation import dilate
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.geometry import COCO17, SMPL30, Pose2D, axis_angle_to_matrix
from sefd_viewer.networks.roles import Role
from sefd_viewer.training.corruption import corrupt_keypoints
from sefd_viewer.training.crops import TrainingCrop

_MIRROR = np.array([-1.0, 1.0, 1.0], np.float32)


class Batch(TypedDict):
    """Inputs and targets of N people; units as in TrainingCrop.

    `crop` (N, 3, 256, 256) in [0, 1]; `image_edge`, `mesh_edge` (N, 1, 256, 256); `joints_heatmap`
    (N, 30, 2); `joint_mask` (N, 30); `rotations` (N, 24, 3, 3); `betas` (N, 10); `joints` (N, 30, 3);
    `joints_crop` (N, 30, 2).
    """

    crop: Tensor
    image_edge: Tensor
    mesh_edge: Tensor
    joints_heatmap: Tensor
    joint_mask: Tensor
    rotations: Tensor
    betas: Tensor
    joints: Tensor
    joints_crop: Tensor


class CropDataset(Dataset[dict[str, NDArray[np.float32]]]):
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

    def __getitem__(self, index: int) -> dict[str, NDArray[np.float32]]:
        """Item `index` of the current epoch; the same seed, epoch and index give the same item."""
        rng = np.random.default_rng([self.seed, self.epoch if self.augment else 0, index])
        crop = self.crops[index]
        picture = cv2.imdecode(crop.image, cv2.IMREAD_COLOR)[..., ::-1]
        numbers = {n: getattr(crop, n) for n in ("keypoints", "pose", "betas", "joints", "joints_crop")}
        flip = self.augment and rng.random() < 0.5
        if self.augment:
            picture = _recolour(picture, rng)
        if flip:
            picture, numbers = picture[:, ::-1], _mirrored(numbers)
        item = _pose_input(numbers["keypoints"], rng)
        item |= {n: np.asarray(numbers[n], np.float32) for n in ("betas", "joints", "joints_crop")}
        item["rotations"] = axis_angle_to_matrix(numbers["pose"].reshape(24, 3)).astype(np.float32)
        picture = np.ascontiguousarray(picture)
        item["crop"] = picture.transpose(2, 0, 1).astype(np.float32) / 255
        if "student" in self.roles:
            edge = dilate(canny(picture, self.image_edges), self.image_edges.kernel)
            item["image_edge"] = edge[None]
        if "teacher" in self.roles:
            edge = cv2.imdecode(crop.edge, cv2.IMREAD_GRAYSCALE)
            item["mesh_edge"] = (
                np.ascontiguousarray(edge[:, ::-1] if flip else edge)[None].astype(np.float32) / 255
            )
        return item


def collate(items: Sequence[dict[str, NDArray[np.float32]]]) -> dict[str, Tensor]:
    """Stack items into tensors; pictures in channels-last memory."""
    batch = {n: torch.from_numpy(np.stack([item[n] for item in items])) for n in items[0]}
    batch["crop"] = batch["crop"].contiguous(memory_format=torch.channels_last)
    return batch


def _recolour(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Each channel times 0.8 to 1.2 (method.md section 7)."""
    return np.clip(picture * rng.uniform(0.8, 1.2, 3), 0, 255).astype(np.uint8)


def _mirrored(numbers: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    keypoints, joints = (
        numbers["keypoints"][list(COCO17.flip_order)],
        numbers["joints"][list(SMPL30.flip_order)],
    )
    pixels = numbers["joints_crop"][list(SMPL30.flip_order)]
    return {
        "keypoints": np.column_stack([CROP_SIZE - 1 - keypoints[:, 0], keypoints[:, 1:]]),
        "pose": mirror_pose(numbers["pose"]),
        "betas": numbers["betas"],
        "joints": joints * _MIRROR,
        "joints_crop": np.column_stack([CROP_SIZE - 1 - pixels[:, 0], pixels[:, 1]]),
    }


def _pose_input(keypoints: NDArray[np.float32], rng: np.random.Generator) -> dict[str, NDArray[np.float32]]:
    """The corrupted 2D pose in SMPL30 slots, as datasets.sample puts it before a network."""
    known = keypoints[keypoints[:, 2] > 0, :2]
    extent = float(np.sqrt(np.prod(np.ptp(known, axis=0) + 1.0)))
    found = corrupt_keypoints(keypoints, extent, rng)
    pose = Pose2D(COCO17.name, found, np.array([0.0, 0.0, CROP_SIZE, CROP_SIZE]), 1.0, "synthetic")
    joints = smpl30_joints(pose)
    points = (joints[:, :2] + 0.5) * (HEATMAP_SIZE / CROP_SIZE) - 0.5
    used = ((points >= -0.5) & (points < HEATMAP_SIZE - 0.5)).all(1) & (joints[:, 2] > 0)
    heatmap = np.where(used[:, None], points, 0.0).astype(np.float32)
    return {"joints_heatmap": heatmap, "joint_mask": used.astype(np.float32)}
