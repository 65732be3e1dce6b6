"""Batches of training crops: augmented inputs and targets, with 2D poses as a detector finds them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import cv2
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
from sefd_viewer.geometry.joints import JOINT_THRESHOLD
from sefd_viewer.pose2d.detector_errors import estimated_keypoints
from sefd_viewer.pose2d.posefix_errors import posefix_keypoints
from sefd_viewer.training.crop_channels import IMAGE_EDGE_UNIT, MESH_EDGE_UNIT
from sefd_viewer.training.crops import CropSet

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
border hide. Of annotated sets also `measured_crop` (N, 30, 3) and `measured_joints` (N, 30, 4), whose last
number is 1 where a joint is annotated.
"""
NUMBERS = ("points", "states", "rivals", "picture", "extent", "pose", "betas", "joints", "joints_crop")
MEASURED = ("measured_crop", "measured_joints")
PoseErrors = Literal["detector", "posefix"]


class Moves(NamedTuple):
    """How N crops are turned about their centre and resized: radians and factors (N,)."""

    angles: NDArray[np.float64]
    scales: NDArray[np.float64]

    @classmethod
    def drawn(cls, count: int, rng: np.random.Generator, degrees: float, resize: float) -> Moves:
        """As the release does: six in ten are turned, normally, at most twice `degrees`; all are resized."""
        angles = np.clip(rng.normal(size=count), -2, 2) * np.deg2rad(degrees) * (rng.random(count) < 0.6)
        return cls(angles, 1 + np.clip(rng.normal(size=count), -1, 1) * resize)

    def turns(self) -> NDArray[np.float64]:
        """Rotations (N, 3, 3) about the axis of the crop's camera."""
        return axis_angle_to_matrix(self.angles[:, None] * np.array([0.0, 0.0, 1.0]))

    def points(self, points_crop: NDArray[np.floating]) -> NDArray[np.floating]:
        """Crop pixels (N, J, 2) where they come to lie."""
        centre, turns = (CROP_SIZE - 1) / 2, self.turns()[:, :2, :2] * self.scales[:, None, None]
        return (points_crop - centre) @ turns.transpose(0, 2, 1) + centre

    def pictures(self, pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The crops (N, S, S, ...); black where nothing is known."""
        centre, size = (pictures.shape[1] - 1) / 2, pictures.shape[2:0:-1]
        moved = np.empty_like(pictures)
        for i, (angle, scale) in enumerate(zip(self.angles, self.scales, strict=True)):
            affine = cv2.getRotationMatrix2D((centre, centre), -np.rad2deg(angle), scale)
            moved[i] = cv2.warpAffine(pictures[i], affine, size)
        return moved


@dataclass(frozen=True)
class Augmentation:
    """How batches are made to differ: mirrored and recoloured always, turned and resized where asked for.

    The 2D poses get the errors of a detector, or PoseFix's.
    """

    turn_degrees: float = 0.0
    resize: float = 0.0
    pose_errors: PoseErrors = "detector"

    def moves(self, count: int, rng: np.random.Generator) -> Moves | None:
        """Those of a batch, None where nothing moves."""
        moves = self.turn_degrees or self.resize
        return Moves.drawn(count, rng, self.turn_degrees, self.resize) if moves else None


@dataclass(frozen=True)
class Mixture:
    """Several sets of crops; each of the `halves` makes the same share of a batch.

    In its half, a set counts by its people times its weight.
    """

    sets: Sequence[CropSet]
    halves: Sequence[str]
    weights: Sequence[float]

    def __len__(self) -> int:
        """People in an epoch, in which the largest half is seen once."""
        names = set(self.halves)
        return len(names) * max(sum(len(self.sets[i]) for i in self._of(name)) for name in names)

    def _of(self, half: str) -> list[int]:
        return [i for i, name in enumerate(self.halves) if name == half]

    def counts(self, rng: np.random.Generator, size: int) -> NDArray[np.int64]:
        """How many people of each set are in a batch."""
        counts = np.zeros(len(self.sets), np.int64)
        names = sorted(set(self.halves))
        whole = np.arange(len(names), dtype=np.int64)
        shares = size // len(names) + (rng.permutation(whole) < size % len(names))
        for name, share in zip(names, shares, strict=True):
            members = self._of(name)
            heights = np.array([self.weights[i] * len(self.sets[i]) for i in members], float)
            counts[members] = rng.multinomial(share, heights / heights.sum())
        return counts

    def draw(self, rng: np.random.Generator, size: int) -> list[NDArray[np.void]]:
        """The rows of a batch, set by set."""
        if len(self.sets) == 1:
            return self.sets[0].draw(rng, size)
        pairs = zip(self.sets, self.counts(rng, size), strict=True)
        return [rows for crops, count in pairs if count for rows in crops.draw(rng, int(count))]


@dataclass(frozen=True)
class RandomBatches(IterableDataset[Batch]):
    """Random batches for the steps from `start` to `stop`; the same seed and step give the same batch.

    So a run that goes on from a checkpoint sees what it would have seen. Of several `ranks` that train
    together, each makes its part of a batch of `size`.
    """

    crops: CropSet | Mixture
    size: int
    seed: int
    start: int
    stop: int
    weighs_joints: bool = True
    augmentation: Augmentation = Augmentation()
    rank: int = 0
    ranks: int = 1

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        first, stride = (worker.id, worker.num_workers) if worker else (0, 1)
        for step in range(self.start + first, self.stop, stride):
            own = [self.rank] if self.ranks > 1 else []
            rng = np.random.default_rng([self.seed, step, *own])
            parts = self.crops.draw(rng, self.size // self.ranks)
            yield joined(
                [
                    make_batch(rows, rng, augment=self.augmentation, weighs_joints=self.weighs_joints)
                    for rows in parts
                ]
            )


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
            yield make_batch(self.crops.rows(chosen), rng, augment=None, weighs_joints=self.weighs_joints)


def joined(parts: Sequence[Batch]) -> Batch:
    """Several batches as one; what a part does not have is zero in it."""
    if len(parts) == 1:
        return parts[0]
    shapes = {name: values.shape[1:] for part in parts for name, values in part.items()}
    return {
        name: torch.cat([part.get(name, torch.zeros(len(part["crop"]), *shape)) for part in parts])
        for name, shape in shapes.items()
    }


def make_batch(
    rows: NDArray[np.void],
    rng: np.random.Generator,
    *,
    augment: Augmentation | None,
    weighs_joints: bool = True,
) -> Batch:
    """Crops as a network takes them; where they are augmented half of them mirrored, and recoloured."""
    count = len(rows)
    flip = rng.random(count) < 0.5 if augment is not None else np.zeros(count, bool)
    moves = augment.moves(count, rng) if augment is not None else None
    held = [name for name in (*NUMBERS, *MEASURED) if name in (rows.dtype.names or ())]
    errors: PoseErrors = "detector" if augment is None else augment.pose_errors
    batch = numbers_batch(
        {name: rows[name] for name in held},
        flip,
        rng,
        weighs_joints=weighs_joints,
        moves=moves,
        errors=errors,
    )
    colour = rng.uniform(0.8, 1.2, (count, 3, 1, 1)) if augment is not None else np.ones((count, 3, 1, 1))
    shine = torch.from_numpy(colour.astype(np.float32))
    image, image_edge, mesh_edge = (_moved(rows[name], flip, moves) for name in _PICTURES)
    batch["crop"] = (_scaled(image.transpose(0, 3, 1, 2), 1 / 255) * shine).clamp(max=1)
    batch["image_edge"] = _scaled(image_edge[:, None], IMAGE_EDGE_UNIT) * shine.mean(1, keepdim=True)
    batch["mesh_edge"] = _scaled(mesh_edge[:, None], MESH_EDGE_UNIT)
    return batch


_PICTURES = ("image", "image_edge", "mesh_edge")


def _moved(pictures: NDArray[np.uint8], flip: NDArray[np.bool_], moves: Moves | None) -> NDArray[np.uint8]:
    turned = np.where(flip.reshape(-1, *[1] * (pictures.ndim - 1)), pictures[:, :, ::-1], pictures)
    return turned if moves is None else moves.pictures(turned)


def numbers_batch(
    numbers: Numbers,
    flip: NDArray[np.bool_],
    rng: np.random.Generator,
    *,
    weighs_joints: bool = True,
    moves: Moves | None = None,
    errors: PoseErrors = "detector",
) -> Batch:
    """All that needs no picture, mirrored where `flip` says so, then moved."""
    other = mirrored(numbers)
    chosen = {
        name: np.where(flip.reshape(-1, *[1] * (values.ndim - 1)), other[name], values)
        for name, values in numbers.items()
    }
    item = pose_input(chosen, rng, weighs_joints=weighs_joints, moves=moves, errors=errors)
    item |= {name: chosen[name] for name in ("betas", "joints", "joints_crop", *MEASURED) if name in chosen}
    item["rotations"] = axis_angle_to_matrix(chosen["pose"].reshape(-1, 24, 3))
    if moves is not None:
        _move(item, moves)
    item["hidden"] = (chosen["states"] >= 2).mean(-1)
    return {name: torch.from_numpy(np.asarray(values, np.float32)) for name, values in item.items()}


def _move(item: Numbers, moves: Moves) -> None:
    """Turn what is in the crop's frame, and move what is in its pixels."""
    turns = moves.turns()
    item["rotations"][:, 0] = turns @ item["rotations"][:, 0]
    item["joints"] = item["joints"] @ turns.transpose(0, 2, 1)
    item["joints_crop"] = moves.points(item["joints_crop"])
    if MEASURED[0] in item:
        places, joints = (item[name].copy() for name in MEASURED)
        places[..., :2] = moves.points(places[..., :2])
        joints[..., :3] = joints[..., :3] @ turns.transpose(0, 2, 1)
        item |= {MEASURED[0]: places, MEASURED[1]: joints}


def _scaled(values: NDArray[np.uint8], unit: float) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values)).float() * unit


def mirrored(numbers: Mapping[str, NDArray[Any]]) -> Numbers:
    """The numbers of several people as in the mirrored picture."""
    coco, smpl = list(COCO17.flip_order), list(SMPL30.flip_order)
    measured = {}
    if MEASURED[0] in numbers:
        places, joints = (numbers[name][:, smpl] for name in MEASURED)
        measured = {MEASURED[0]: _mirror_pixels(places), MEASURED[1]: joints * np.append(_MIRROR, 1)}
    return {
        **numbers,
        **measured,
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
    numbers: Mapping[str, NDArray[Any]],
    rng: np.random.Generator,
    *,
    weighs_joints: bool,
    moves: Moves | None = None,
    errors: PoseErrors = "detector",
) -> Numbers:
    """2D poses as a detector finds them, in SMPL30 slots, as datasets.sample puts them before a network."""
    found = _found_poses(numbers, rng, errors)
    if moves is not None:
        found[..., :2] = moves.points(found[..., :2])
    joints, _ = remap(with_pelvis_and_neck(found), COCO19, SMPL30)
    points = (joints[..., :2] + 0.5) * (HEATMAP_SIZE / CROP_SIZE) - 0.5
    inside = ((points >= -0.5) & (points < HEATMAP_SIZE - 0.5)).all(-1)
    used = inside & (joints[..., 2] > JOINT_THRESHOLD)
    heatmap = np.where(used[..., None], points, 0.0)
    return {"joints_heatmap": heatmap, "joint_scores": used * (joints[..., 2] if weighs_joints else 1.0)}


def _found_poses(
    numbers: Mapping[str, NDArray[Any]], rng: np.random.Generator, errors: PoseErrors
) -> NDArray[np.float32]:
    """COCO joints (N, 17, 3) with errors; every tenth pose of a detector without graded scores."""
    points, states, extent, rivals = (numbers[name] for name in ("points", "states", "extent", "rivals"))
    if errors == "posefix":
        return posefix_keypoints(points, states, extent, rng, rivals=rivals)
    picture = (numbers["picture"][:, 0], numbers["picture"][:, 1])
    found = estimated_keypoints(points, states, extent, rng, rivals=rivals, picture=picture)
    plain = (rng.random(len(found)) < _PLAIN_SCORES)[:, None] & (found[..., 2] > JOINT_THRESHOLD)
    found[..., 2] = np.where(plain, 1.0, found[..., 2])
    return found
