"""Solving, and a second pass: the body's outline on the pictures' edges, which joints alone leave open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from sefd_viewer.body.model import BodyModel
from sefd_viewer.fitting.differentiable import MeasuredBody
from sefd_viewer.fitting.objective import Evidence, Motion, Objective, Outlines, PosePrior, Weights
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.render.zbuffer import render_buffers

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Stage:
    """Some steps of L-BFGS with these weights; the pose stays as it is unless `pose`."""

    name: str
    steps: int
    weights: Weights
    pose: bool = True


STAGES = (
    Stage("place", 40, Weights(reprojection=0, points=1, robust_m=0.5), pose=False),
    Stage("pose", 150, Weights(reprojection=0, points=1, prior=0.3, robust_m=0.3)),
    Stage("pictures", 250, Weights(robust_px=25, prior=0.1, ground=0.3)),
    Stage("detail", 400, Weights(robust_px=10, ground=1.0)),
)
"""From coarse to fine."""


def solve(
    objective: Objective, motion: Motion, *, stages: Sequence[Stage] = STAGES, progress: Progress
) -> None:
    """Run the stages one after the other; the motion is changed in place."""
    done, total = 0, sum(stage.steps for stage in stages)
    for stage in stages:
        _run(objective, motion, stage, _told(progress, stage, done, total))
        done += stage.steps
    progress(stages[-1].name, total, total)


def _told(progress: Progress, stage: Stage, done: int, total: int) -> Callable[[int], None]:
    """Who is told the step within a stage that starts after `done` steps."""
    return lambda step: progress(stage.name, done + step, total)


def _run(objective: Objective, motion: Motion, stage: Stage, told: Callable[[int], None]) -> None:
    free = [motion.turn, motion.transl, motion.betas, motion.ground, *([motion.pose] if stage.pose else [])]
    optimizer = torch.optim.LBFGS(
        free, max_iter=stage.steps, max_eval=2 * stage.steps, history_size=20, line_search_fn="strong_wolfe"
    )
    calls = 0

    def closure() -> torch.Tensor:
        nonlocal calls
        calls += 1
        told(min(calls, stage.steps))
        optimizer.zero_grad()
        loss = objective(motion, stage.weights)
        loss.backward()
        return loss

    optimizer.step(closure)


Array = NDArray[np.float64]
Image = NDArray[np.uint8]
Mask = NDArray[np.bool_]

_RIM_PX = 1.5
_LEAST_EDGE = 0.03
"""Grey values in [0, 1] per pixel, below which there is no edge."""


@dataclass(frozen=True, eq=False)
class Outline:
    """N points of one body's rim in one picture: `rows` (N,) of the points asked for and, in pixels, the
    places `targets` (N, 2) of the edges that they belong on and the `normals` (N, 2), of length one, across.
    """

    rows: NDArray[np.int64]
    targets: Array
    normals: Array


def silhouette(
    vertices_world: NDArray[np.floating],
    faces: NDArray[np.int32],
    camera: PinholeCamera,
    size: tuple[int, int],
) -> Mask:
    """Where a body (V, 3) covers the picture of (width, height)."""
    vertices = camera.to_camera(vertices_world).astype(np.float32)
    buffers = render_buffers([vertices], faces, camera.without_extrinsics(), size)
    return np.asarray(buffers.person_id > 0)


def outline(
    image: Image,
    covered: Mask,
    pixels: Array,
    *,
    reach_px: int,
    hidden: Mask | None = None,
) -> Outline:
    """The rim points among those at `pixels` (K, 2), each with its edge.

    `image` (H, W, 3) is searched up to `reach_px` across the border of `covered` (H, W); rim points where
    `hidden` (H, W) is true, outside the picture, or without an edge are left out.
    """
    rows = _on_rim(covered, pixels, hidden, reach_px)
    smooth = cv2.GaussianBlur(covered.astype(np.float32), (0, 0), 2.0)
    inward = np.stack([_at(cv2.Sobel(smooth, cv2.CV_32F, *by), pixels[rows]) for by in ((1, 0), (0, 1))], -1)
    length = np.linalg.norm(inward, axis=-1)
    rows, normals = rows[length > 1e-3], -inward[length > 1e-3] / length[length > 1e-3, None]
    offsets, strength = _strongest_edge(image, pixels[rows], normals, reach_px)
    kept = strength > _LEAST_EDGE
    targets = pixels[rows] + offsets[:, None] * normals
    return Outline(rows[kept], targets[kept], normals[kept])


def _on_rim(covered: Mask, pixels: Array, hidden: Mask | None, margin: int) -> NDArray[np.int64]:
    """Rows of `pixels` within 1.5 px of the border of `covered`, well inside the picture and not hidden."""
    height, width = covered.shape
    inside = ((pixels >= margin) & (pixels < np.array([width, height]) - margin)).all(axis=-1)
    rows = np.flatnonzero(inside)
    x, y = np.round(pixels[rows]).astype(int).T
    depth = cv2.distanceTransform(covered.astype(np.uint8), cv2.DIST_L2, 3)
    rim = (depth[y, x] <= _RIM_PX) & (hidden is None or ~hidden[y, x])
    return rows[rim]


def _strongest_edge(image: Image, points: Array, normals: Array, reach_px: int) -> tuple[Array, Array]:
    """For points (N, 2) the offset (N,) px along the normals of the strongest near edge, and its strength."""
    steps = np.arange(-reach_px, reach_px + 1)
    places = points[:, None] + steps[:, None] * normals[:, None]
    strength = _strength_across(image, places, normals)
    near = np.exp(-0.5 * (steps / (0.6 * reach_px)) ** 2)
    best = np.argmax(strength * near, axis=1)
    return steps[best].astype(np.float64), strength[np.arange(len(points)), best]


def _strength_across(image: Image, places: Array, normals: Array) -> Array:
    """Change of colour per pixel across the normals (N, 2) at places (N, S, 2): the strongest channel."""
    smooth = cv2.GaussianBlur(image, (0, 0), 1.0).astype(np.float32) / 255
    x, y = places.astype(np.float32).transpose(2, 0, 1)
    step = normals.astype(np.float32)
    ahead, behind = (
        cv2.remap(smooth, x + sign * step[:, :1], y + sign * step[:, 1:], cv2.INTER_LINEAR)
        for sign in (1, -1)
    )
    change: Array = np.abs(ahead - behind).max(axis=-1) / 2
    return change


def _at(picture: NDArray[Any], pixels: Array) -> Array:
    x, y = pixels.astype(np.float32).T[:, :, None]
    return cv2.remap(picture, x, y, cv2.INTER_LINEAR)[:, 0].astype(np.float64)


def union(masks: Sequence[Mask], grown_px: int) -> Mask | None:
    """Where any of the masks is, some pixels wider; None without any."""
    if not masks:
        return None
    together = np.any(masks, axis=0).astype(np.uint8)
    size = 2 * grown_px + 1
    return np.asarray(cv2.dilate(together, np.ones((size, size), np.uint8)) > 0)


Vertices = NDArray[np.float32]

_EVERY = 3
"""One vertex in so many may lie on the rim: neighbours say the same."""

_BORDER_PX = 4
_USUAL_PX = 400.0


@dataclass(frozen=True)
class Round:
    """Edges are looked for up to `reach_px` away (for a body 400 px high, else in proportion); then the body
    is fitted to them for some steps.
    """

    reach_px: int
    steps: int
    weights: Weights


ROUNDS = tuple(
    Round(reach, 40, Weights(robust_px=10, outlines=1.0, betas=0.2, ground=1.0))
    for reach in (20, 16, 13, 11, 9, 8, 8)
)


@dataclass(frozen=True, eq=False)
class Pictures:
    """What the views show: `load` gives the picture of a view and moment, None where there is none; `others`
    the silhouettes of other people in it, (H, W) each, in a picture of (width, height).
    """

    load: Callable[[int, int], Image | None]
    others: Callable[[int, int, tuple[int, int]], Sequence[Mask]]


def refine(
    motion: Motion,
    evidence: Evidence,
    cameras: Sequence[PinholeCamera],
    body: BodyModel,
    pictures: Pictures,
    *,
    rounds: Sequence[Round] = ROUNDS,
    progress: Progress,
) -> None:
    """Fit the motion to joints and outlines together; it is changed in place."""
    candidates = rim_candidates(body)
    measured, prior = MeasuredBody(body, more=candidates), PosePrior()
    done, total = 0, sum(one.steps for one in rounds)
    for one in rounds:
        found = find_outlines(motion.vertices(body), cameras, body, pictures, one.reach_px)
        objective = Objective(evidence, measured, prior, _tensors(found))
        stage = Stage("outlines", one.steps, one.weights)
        solve(objective, motion, stages=(stage,), progress=_shifted(progress, done, total))
        done += one.steps


def rim_candidates(body: BodyModel) -> NDArray[np.int64]:
    """The vertices that may lie on the rim."""
    return np.arange(0, body.vertex_count, _EVERY)


def find_outlines(
    vertices: Vertices,
    cameras: Sequence[PinholeCamera],
    body: BodyModel,
    pictures: Pictures,
    reach_px: int,
) -> dict[tuple[int, int], Outline]:
    """By view and moment the rim points among the candidates of vertices (M, V, 3), with their edges."""
    found = {}
    candidates = rim_candidates(body)
    for moment, of_moment in enumerate(vertices):
        for view, camera in enumerate(cameras):
            image = pictures.load(view, moment)
            if image is not None:
                size = (image.shape[1], image.shape[0])
                covered = silhouette(of_moment, body.faces, camera, size)
                hidden = union(pictures.others(view, moment, size), _BORDER_PX)
                pixels = camera.project(of_moment[candidates])
                reach = max(2, round(reach_px * _height(covered) / _USUAL_PX))
                found[view, moment] = outline(image, covered, pixels, reach_px=reach, hidden=hidden)
    return found


def _height(mask: Mask) -> int:
    """How many rows of a mask are not empty."""
    return int(mask.any(axis=1).sum())


def _tensors(found: dict[tuple[int, int], Outline]) -> Outlines:
    views, moments, rows = (
        torch.from_numpy(np.concatenate(parts)) if parts else torch.zeros(0, dtype=torch.int64)
        for parts in (
            [np.full(len(one.rows), view) for (view, _), one in found.items()],
            [np.full(len(one.rows), moment) for (_, moment), one in found.items()],
            [one.rows for one in found.values()],
        )
    )
    targets, normals = (
        torch.tensor(np.concatenate([np.zeros((0, 2)), *parts]), dtype=torch.float32)
        for parts in ([one.targets for one in found.values()], [one.normals for one in found.values()])
    )
    return Outlines(moments, views, rows, targets, normals)


def _shifted(progress: Progress, done: int, total: int) -> Progress:
    """Progress of a part that starts after `done` of `total` steps."""
    return lambda name, step, _of_part: progress(name, done + step, total)
