"""One body through all moments: betas that stay, poses and places that move smoothly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from sefd_viewer.fitting.motion import Motion
from sefd_viewer.fitting.objective import Objective, Weights

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
