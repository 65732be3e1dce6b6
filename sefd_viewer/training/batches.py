"""Batches of training crops: augmented inputs and targets, with 2D poses as a detector finds them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from sefd_viewer.datasets.sample import CROP_SIZE, HEATMAP_SIZE
from sefd_viewer.datasets.synthetic import mirror_pose
from sefd_viewer.geometry import (
    COCO17,
    COCO19,
    SMPL30,
    axis_angle_to_matrix,
    remap,
    with_pelvis_and_neck,
)
from sefd_viewer.geometry.poses import JOINT_THRESHOLD
from sefd_viewer.pose2d.detector_errors import estimated_keypoints
from sefd_viewer.training.crops import IMAGE_EDGE_UNIT, MESH_EDGE_UNIT, CropSet

_MIRROR = np.array([-1.0, 1.0, 1.0], np.float32)
_PLAIN_SCORES = 0.1
"""Share of 2D poses whose joints all have full scores, as poses of other origin than a detector have."""

Numbers = dict[str, NDArray[Any]]
"""What `crops.crop_type` names, of N people, without pictures."""
Batch = dict[str, Tensor]
"""N people's inputs and targets by name.

`crop` (N, 3, S, S) in [0, 1]; `image_edge`, `mesh_edge` (N, 1, S, S); `joints_heatmap` (N, 30, 2);
`joint_scores` (N, 30), 0 where a joint is not used; `rotations` (N, 24, 3, 3); `betas` (N, 10); `joints` (N,
30, 3); `joints_crop` (N, 30, 2); `hidden` (N,) the share of the given joints that others, things or the
border hide.
"""
NUMBERS = ("points", "states", "rivals", "picture", "extent", "pose", "betas", "joints", "joints_crop")


@dataclass(frozen=True)
class RandomBatches(IterableDataset[Batch]):
    """Random batches for the steps from `start` to `stop`; the same seed and step give the same batch.

    So a run that goes on from a checkpoint sees what it would have seen.
    """

    crops: CropSet
    size: int
    seed: int
    start: int
    stop: int
    weighs_joints: bool = True

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        first, stride = (worker.id, worker.num_workers) if worker else (0, 1)
        for step in range(self.start + first, self.stop, stride):
            rng = np.random.default_rng([self.seed, step])
            chosen = np.sort(rng.integers(len(self.crops), size=self.size))
            yield make_batch(self.crops.rows(chosen), rng, augment=True, weighs_joints=self.weighs_joints)


@dataclass(frozen=True)
class OrderedBatches(IterableDataset[Batch]):
    """Everyone once, with the same errors of the 2D pose each time; to be read by one process."""

    crops: CropSet
    size: int
    weighs_joints: bool = True

    def __iter__(self) -> Iterator[Batch]:
        for start in range(0, len(self.crops), self.size):
            chosen = np.arange(start, min(start + self.size, len(self.crops)))
            rng = np.random.default_rng([0, start])
            yield make_batch(self.crops.rows(chosen), rng, augment=False, weighs_joints=self.weighs_joints)


def make_batch(
    rows: NDArray[np.void], rng: np.random.Generator, *, augment: bool, weighs_joints: bool = True
) -> Batch:
    """Crops as a network takes them; with `augment` half of them mirrored, and recoloured."""
    count = len(rows)
    flip = rng.random(count) < 0.5 if augment else np.zeros(count, bool)
    batch = numbers_batch({name: rows[name] for name in NUMBERS}, flip, rng, weighs_joints=weighs_joints)
    colour = rng.uniform(0.8, 1.2, (count, 3, 1, 1)) if augment else np.ones((count, 3, 1, 1))
    shine = torch.from_numpy(colour.astype(np.float32))
    pictures = {
        "crop": (_scaled(rows["image"].transpose(0, 3, 1, 2), 1 / 255) * shine).clamp(max=1),
        "image_edge": _scaled(rows["image_edge"][:, None], IMAGE_EDGE_UNIT) * shine.mean(1, keepdim=True),
        "mesh_edge": _scaled(rows["mesh_edge"][:, None], MESH_EDGE_UNIT),
    }
    turned = torch.from_numpy(flip)[:, None, None, None]
    for name, picture in pictures.items():
        batch[name] = torch.where(turned, picture.flip(-1), picture)
    return batch


def numbers_batch(
    numbers: Numbers, flip: NDArray[np.bool_], rng: np.random.Generator, *, weighs_joints: bool = True
) -> Batch:
    """All that needs no picture, mirrored where `flip` says so."""
    other = mirrored(numbers)
    chosen = {
        name: np.where(flip.reshape(-1, *[1] * (values.ndim - 1)), other[name], values)
        for name, values in numbers.items()
    }
    item = pose_input(chosen, rng, weighs_joints=weighs_joints)
    item |= {name: chosen[name] for name in ("betas", "joints", "joints_crop")}
    item["rotations"] = axis_angle_to_matrix(chosen["pose"].reshape(-1, 24, 3))
    item["hidden"] = (chosen["states"] >= 2).mean(-1)
    return {name: torch.from_numpy(np.asarray(values, np.float32)) for name, values in item.items()}


def _scaled(values: NDArray[np.uint8], unit: float) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values)).float() * unit


def mirrored(numbers: Mapping[str, NDArray[Any]]) -> Numbers:
    """The numbers of several people as in the mirrored picture."""
    coco, smpl = list(COCO17.flip_order), list(SMPL30.flip_order)
    return {
        **numbers,
        "points": _mirror_pixels(numbers["points"])[:, coco],
        "states": numbers["states"][:, coco],
        "rivals": _mirror_pixels(numbers["rivals"])[:, coco],
        "picture": np.stack(
            [_mirror_pixels(numbers["picture"][:, ::-1])[..., 0], numbers["picture"][..., 1]], -1
        ),
        "pose": mirror_pose(numbers["pose"]),
        "joints": numbers["joints"][:, smpl] * _MIRROR,
        "joints_crop": _mirror_pixels(numbers["joints_crop"])[:, smpl],
    }


def _mirror_pixels(points_crop: NDArray[np.float32]) -> NDArray[np.float32]:
    turned = points_crop.copy()
    turned[..., 0] = CROP_SIZE - 1 - turned[..., 0]
    return turned


def pose_input(
    numbers: Mapping[str, NDArray[Any]], rng: np.random.Generator, *, weighs_joints: bool
) -> Numbers:
    """2D poses as a detector finds them, in SMPL30 slots, as datasets.sample puts them before a network."""
    found = estimated_keypoints(
        numbers["points"],
        numbers["states"],
        numbers["extent"],
        rng,
        rivals=numbers["rivals"],
        picture=(numbers["picture"][:, 0], numbers["picture"][:, 1]),
    )
    plain = (rng.random(len(found)) < _PLAIN_SCORES)[:, None] & (found[..., 2] > JOINT_THRESHOLD)
    found[..., 2] = np.where(plain, 1.0, found[..., 2])
    joints, _ = remap(with_pelvis_and_neck(found), COCO19, SMPL30)
    points = (joints[..., :2] + 0.5) * (HEATMAP_SIZE / CROP_SIZE) - 0.5
    inside = ((points >= -0.5) & (points < HEATMAP_SIZE - 0.5)).all(-1)
    used = inside & (joints[..., 2] > JOINT_THRESHOLD)
    heatmap = np.where(used[..., None], points, 0.0)
    return {"joints_heatmap": heatmap, "joint_scores": used * (joints[..., 2] if weighs_joints else 1.0)}
