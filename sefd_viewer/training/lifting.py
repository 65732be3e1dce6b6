"""Pre-training of the compact networks' lifter: from 2D poses to bodies, without pictures.

Poses are cheap where pictures are not: a few minutes show the lifter millions of corrupted 2D poses. All
three roles start from the same lifter, so that they differ only in what they see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from sefd_viewer.atomic import new_file
from sefd_viewer.body import SmplParameters, open_body
from sefd_viewer.datasets.sample import crop_for
from sefd_viewer.datasets.synthetic import SceneSettings, place_people, pose_people
from sefd_viewer.errors import SefdError
from sefd_viewer.geometry import (
    COCO17,
    SMPL30,
    PinholeCamera,
    Pose2D,
    axis_angle_to_matrix,
    bbox_from_points,
    crop_rotation,
    matrix_to_axis_angle,
)
from sefd_viewer.networks.backbone import Stages
from sefd_viewer.networks.cards import PresetName
from sefd_viewer.networks.mesh_network import MeshNetwork, MeshOutput, build_network
from sefd_viewer.networks.position_net import DenseJoints
from sefd_viewer.networks.rotation_net import CompactRotationNet, DenseRotationNet, normalised_pose
from sefd_viewer.pose2d.detector_errors import estimated_keypoints
from sefd_viewer.render.visibility import Visibility
from sefd_viewer.training.batches import Batch, Numbers, numbers_batch
from sefd_viewer.training.criterion import LossWeights, mesh_losses, weighted_sum
from sefd_viewer.training.crops import pose_extent
from sefd_viewer.training.module import Joints30, cosine_rate

_CHUNK = 500
_LOSSES = ("rotation", "shape", "joint_camera", "joint_projection")


def make_views(seed: int, scenes: int, *, settings: SceneSettings | None = None, workers: int = 1) -> Numbers:
    """Everyone in the first `scenes` random crowds as a crop would show them, with parts hidden at random."""
    starts = range(0, scenes, _CHUNK)
    stops = [min(start + _CHUNK, scenes) for start in starts]
    with ProcessPoolExecutor(workers) as pool:
        chunks = pool.map(_some_views, repeat(seed), starts, stops, repeat(settings or SceneSettings()))
        parts = [view for chunk in chunks for view in chunk]
    return {name: np.stack([part[name] for part in parts]) for name in parts[0]}


def _some_views(seed: int, start: int, stop: int, settings: SceneSettings) -> list[Numbers]:
    body = open_body()
    views = []
    for index in range(start, stop):
        rng = np.random.default_rng([seed, index, 2])
        camera, people = place_people(body, settings, rng)
        vertices, joints24 = pose_people(body, people)
        coco, joints = body.joints(vertices, joints24, COCO17), body.joints(vertices, joints24, SMPL30)
        pixels = np.nan_to_num(camera.project_camera(coco), nan=-1e4)
        rivals = [
            pixels[(i + 1) % len(people)] if len(people) > 1 else np.nan * pixels[0]
            for i in range(len(people))
        ]
        seen = (
            _view(p, pixels[i], rivals[i], joints[i], camera, settings.size, rng)
            for i, p in enumerate(people)
        )
        views += [view for view in seen if view is not None]
    return views


def _view(
    person: SmplParameters,
    pixels: NDArray[np.floating],
    rivals: NDArray[np.floating],
    joints: NDArray[np.floating],
    camera: PinholeCamera,
    size: tuple[int, int],
    rng: np.random.Generator,
) -> Numbers | None:
    picture = np.array([(-0.5, -0.5), (size[0] - 0.5, size[1] - 0.5)])
    inside = ((pixels >= picture[0]) & (pixels < picture[1])).all(-1)
    box = bbox_from_points(pixels, inside)
    if inside.sum() < 6 or box is None:
        return None
    states, extent = _states(pixels, inside, rng), pose_extent(pixels, inside)
    found = estimated_keypoints(pixels, states, extent, rng, rivals=rivals, picture=(picture[0], picture[1]))
    try:
        crop = crop_for(Pose2D(COCO17.name, found, box, 1.0, "synthetic"), size)
    except SefdError:
        return None
    turn = crop_rotation(crop, camera).T
    turned = person.pose.astype(np.float64)
    turned[:3] = matrix_to_axis_angle(turn @ axis_angle_to_matrix(turned[:3]))
    places = {"points": pixels, "rivals": rivals, "picture": picture}
    view = {name: crop.points_to_crop(values) for name, values in places.items()} | {
        "extent": np.array(extent / crop.pixels_per_crop_pixel),
        "pose": turned,
        "betas": person.betas,
        "joints": (joints - joints[0]) @ turn.T,
        "joints_crop": crop.points_to_crop(np.nan_to_num(camera.project_camera(joints), nan=-1e3)),
    }
    return {name: np.asarray(values, np.float32) for name, values in view.items()} | {"states": states}


def _states(
    pixels: NDArray[np.floating], inside: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.uint8]:
    """What might hide the joints: a person or a thing in a random box before them, or the body itself."""
    low, high = pixels[inside].min(0), pixels[inside].max(0)
    corner, extent = rng.uniform(low, high), (high - low) * rng.uniform(0.1, 1.1, 2)
    covered = ((pixels > corner - extent / 2) & (pixels < corner + extent / 2)).all(-1) & (
        rng.random() < 0.85
    )
    states = np.where(rng.random(len(pixels)) < 0.35, Visibility.SELF_OCCLUDED, Visibility.VISIBLE)
    states[covered] = Visibility.OTHER_PERSON if rng.random() < 0.6 else Visibility.OBJECT
    states[~inside] = Visibility.OUTSIDE
    return states.astype(np.uint8)


def batches(views: Numbers, size: int, seed: int) -> Iterator[Batch]:
    """Endless random batches, half of each mirrored, with new errors of the 2D poses every time."""
    rng = np.random.default_rng([seed, 3])
    while True:
        chosen = rng.integers(len(views["pose"]), size=size)
        yield numbers_batch(
            {name: values[chosen] for name, values in views.items()}, rng.random(size) < 0.5, rng
        )


def pretrain(
    path: Path,
    *,
    preset: PresetName = "compact-2",
    settings: SceneSettings | None = None,
    seed: int = 1,
    scenes: int = 16_000,
    steps: int = 8000,
    batch_size: int = 512,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Train what lifts 2D poses and write its weights to `path`; `progress` hears of steps done and all."""
    torch.manual_seed(seed)
    network = build_network(preset, "baseline")
    parts, joints30 = _lifting_parts(network), Joints30(open_body())
    optimizer = torch.optim.AdamW(parts.parameters(), lr=2e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: cosine_rate(step, steps, 150))
    views = make_views(seed, scenes, settings=settings, workers=workers)
    for step, batch in zip(range(steps), batches(views, batch_size, seed), strict=False):
        losses = _losses(network, joints30, batch)
        weighted_sum(losses, LossWeights()).backward()
        torch.nn.utils.clip_grad_norm_(parts.parameters(), 5.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        if progress is not None:
            progress(step + 1, steps)
    path.parent.mkdir(parents=True, exist_ok=True)
    with new_file(path) as part:
        save_file(parts.state_dict(), part)


def take_lifter(network: MeshNetwork, path: Path) -> None:
    """Put the pre-trained lifter into a compact network."""
    _lifting_parts(network).load_state_dict(load_file(path))


def _lifting_parts(network: MeshNetwork) -> nn.ModuleDict:
    """The lifter, and the depths that a dense network reads off its features."""
    parts: dict[str, nn.Module] = {"lifter": _rotation_net(network).lifter}
    if isinstance(network.position_net, DenseJoints):
        parts["prior"] = network.position_net.prior
    return nn.ModuleDict(parts)


def _losses(network: MeshNetwork, joints30: Joints30, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    pose2d = normalised_pose(batch["joints_heatmap"], batch["joint_scores"])
    codes, features = _rotation_net(network).lifter(pose2d)
    rotations, transl = network.decode(codes)
    nothing = codes.betas.new_zeros(len(codes.betas), 15, 3)
    output = MeshOutput(
        joints_volume=nothing,
        scores=nothing[..., 0],
        global_orient_6d=codes.global_orient_6d,
        rotations=rotations,
        betas=codes.betas,
        cam_transl=transl,
        features=Stages(*[nothing] * 4),
        pose_code=codes.pose_code,
    )
    losses = mesh_losses(output, joints30(rotations, codes.betas), batch)
    chosen = {name: losses[name] for name in _LOSSES}
    if isinstance(network.position_net, DenseJoints):
        depths = network.position_net.prior(features)
        chosen["joint_depth"] = (depths - batch["joints"][..., 2]).abs().mean()
    return chosen


def _rotation_net(network: MeshNetwork) -> CompactRotationNet | DenseRotationNet:
    assert isinstance(network.rotation_net, CompactRotationNet | DenseRotationNet)
    return network.rotation_net
