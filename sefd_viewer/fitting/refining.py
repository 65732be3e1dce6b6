"""A second pass: the body's outline on the edges of the pictures, which joints alone leave open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from sefd_viewer.body.model import BodyModel
from sefd_viewer.fitting.contours import Mask, Outline, outline, silhouette, union
from sefd_viewer.fitting.measured_body import MeasuredBody
from sefd_viewer.fitting.motion import Motion
from sefd_viewer.fitting.objective import Evidence, Objective, Outlines, Weights
from sefd_viewer.fitting.pose_prior import PosePrior
from sefd_viewer.fitting.solve import Progress, Stage, solve
from sefd_viewer.geometry.cameras import PinholeCamera

Image = NDArray[np.uint8]
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
