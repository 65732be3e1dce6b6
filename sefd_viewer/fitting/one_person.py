"""One person's fit: evidence from several views, the motion that explains it, the values handed on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sefd_viewer.body.model import BodyModel
from sefd_viewer.datasets.fitted_people import FittedPerson
from sefd_viewer.fitting.ground import find_ground
from sefd_viewer.fitting.measured_body import MeasuredBody
from sefd_viewer.fitting.motion import Motion, start_motion
from sefd_viewer.fitting.objective import Evidence, Objective
from sefd_viewer.fitting.pose_prior import PosePrior
from sefd_viewer.fitting.refining import Pictures, Round, refine
from sefd_viewer.fitting.solve import Progress, Stage, solve
from sefd_viewer.fitting.torch_cameras import TorchCameras
from sefd_viewer.fitting.views import PersonViews, joint_trust
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import COCO17
from sefd_viewer.geometry.rotations import matrix_to_axis_angle

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PersonFit:
    """A person in work: what was seen, the triangulated joints `points` (M, 17, 3), and the motion so far.

    `own` says whether the cameras were found for this person alone.
    """

    person: PersonViews
    body: BodyModel
    evidence: Evidence
    points: Array
    motion: Motion
    own: bool

    @classmethod
    def start(
        cls, person: PersonViews, body: BodyModel, *, own: bool, up: Sequence[float] | None
    ) -> PersonFit:
        """The likeliest pose where the torso is. `up` (3,) points away from the ground, if that is known."""
        points, trust = _points(person)
        evidence = Evidence(
            TorchCameras.of(person.cameras),
            _tensor(person.pixels),
            _tensor(person.confidence * joint_trust()),
            _tensor(np.nan_to_num(points)),
            _tensor(trust),
            find_ground(points, up, body),
            person.scale,
        )
        return cls(person, body, evidence, points, start_motion(points, body, PosePrior()), own)

    def fit_joints(self, stages: Sequence[Stage], progress: Progress) -> None:
        """Move the motion to the joints."""
        objective = Objective(self.evidence, MeasuredBody(self.body), PosePrior())
        solve(objective, self.motion, stages=stages, progress=progress)

    def fit_outlines(self, pictures: Pictures, rounds: Sequence[Round], progress: Progress) -> None:
        """Move the motion to joints and outlines."""
        cameras = self.person.cameras
        refine(self.motion, self.evidence, cameras, self.body, pictures, rounds=rounds, progress=progress)

    def result(self, moments: Sequence[str]) -> FittedPerson:
        """The values at those of the moments (M) at which somebody saw the person."""
        kept = np.flatnonzero((self.person.confidence > 0).any(axis=(0, 2)))
        values = {
            name: tensor.detach().numpy().astype(np.float64) for name, tensor in self.motion.values().items()
        }
        cameras = dict(zip(self.person.views, self.person.cameras, strict=True))
        fitted = FittedPerson(
            self.person.key,
            self.body.id,
            values["betas"],
            self.body.root_joint(values["betas"]).astype(np.float64),
            tuple(moments[row] for row in kept.tolist()),
            matrix_to_axis_angle(values["root"][kept]),
            values["pose"][kept].reshape(len(kept), 69),
            values["transl"][kept],
            self.points[kept],
            {},
            {},
            cameras if self.own else {},
        )
        return _measured(fitted, self.person, kept, self.body)


def _points(person: PersonViews) -> tuple[Array, Array]:
    """Triangulated joints (M, 17, 3), nan where unknown, and how far they are trusted (M, 17)."""
    found = person.triangulated()
    points = found.points_world.reshape(person.moments, COCO17.count, 3)
    used = found.used.reshape(person.confidence.shape) * person.confidence
    return points, used.sum(axis=0) * np.isfinite(points).all(axis=-1) * joint_trust()


def _tensor(values: Array) -> Tensor:
    return torch.tensor(values, dtype=torch.float32)


def _measured(
    fitted: FittedPerson, person: PersonViews, kept: NDArray[np.intp], body: BodyModel
) -> FittedPerson:
    """The same with the boxes and the residuals of every view."""
    betas = np.tile(fitted.betas, (len(kept), 1))
    output = body.forward_batch(fitted.global_orient, fitted.body_pose, betas, fitted.transl)
    joints = body.joints(output.vertices, output.joints, COCO17)
    boxes, residuals = {}, {}
    for row, (view, camera) in enumerate(zip(person.views, person.cameras, strict=True)):
        boxes[view] = _boxes(camera, output.vertices)
        offsets = np.linalg.norm(camera.project(joints) - person.pixels[row, kept], axis=-1)
        residuals[view] = _medians(np.where(person.confidence[row, kept] > 0, offsets, np.nan))
    return replace(fitted, boxes=boxes, residual_px=residuals)


def _boxes(camera: PinholeCamera, vertices: NDArray[np.float32]) -> Array:
    """Boxes x y w h (M, 4) of vertices (M, V, 3) in the image."""
    pixels = camera.project(vertices)
    low, high = np.nanmin(pixels, axis=1), np.nanmax(pixels, axis=1)
    return np.concatenate([low, high - low], axis=1)


def _medians(values: Array) -> Array:
    """Medians (M,) of rows, nan of rows without a number."""
    medians = np.full(len(values), np.nan)
    known = np.isfinite(values).any(axis=1)
    medians[known] = np.nanmedian(values[known], axis=1)
    return medians
