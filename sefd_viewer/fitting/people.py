"""From 2D poses of a sequence to fitted people: who is who, which cameras they obey, each one fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sefd_viewer.body.model import BodyModel
from sefd_viewer.cameras.diagnosis.diagnosing import EXPLAINED
from sefd_viewer.cameras.views.matching import MatchedPerson, match_people
from sefd_viewer.cameras.views.tracks import follow
from sefd_viewer.datasets.fitted_people import FittedPerson, FoundPose
from sefd_viewer.fitting.differentiable import MeasuredBody, TorchCameras, body_scale, find_ground
from sefd_viewer.fitting.objective import Evidence, Motion, Objective, PosePrior, missing_torso, start_motion
from sefd_viewer.fitting.refining import ROUNDS, STAGES, Pictures, Progress, Round, Stage, refine, solve
from sefd_viewer.fitting.views import (
    MomentSequence,
    PersonViews,
    Poses,
    joint_trust,
    own_cameras,
    person_views,
    scaled,
)
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


OwnCameras = Literal["auto", "never", "always"]


@dataclass(frozen=True)
class FitOptions:
    """How people are fitted.

    `least_views` must see a person; `own_cameras` says whether people may obey other cameras than the given
    ones (`auto`: those about whom the given ones disagree); `names` in the order of the people found, the
    best explained first; `most` people are looked for; of the moments one in `every` is used; `outlines`
    says whether the bodies are fitted to the pictures' edges after the joints.
    """

    least_views: int = 3
    own_cameras: OwnCameras = "auto"
    names: tuple[str, ...] = ()
    most: int = 6
    every: int = 1
    outlines: bool = True
    stages: tuple[Stage, ...] = STAGES
    rounds: tuple[Round, ...] = ROUNDS


@dataclass(frozen=True, eq=False)
class Seen:
    """A person found in several views; `problem` says why no body can be fitted, if so."""

    views: PersonViews
    matched: MatchedPerson
    problem: str | None

    @property
    def disagreement(self) -> str | None:
        """Which given cameras disagree about this person, in words; None when they agree."""
        (a, b), worst = self.matched.worst_pair
        limit = EXPLAINED * self.matched.height
        if worst <= limit:
            return None
        return f"{a} and {b} disagree by {worst:.1f} px (up to {limit:.1f} px is usual)"


def people_in(sequence: MomentSequence, poses: Poses, options: FitOptions, *, prefix: str = "") -> list[Seen]:
    """The people whom at least two views saw, the best explained first; `prefix` begins their names."""
    matched = match_people(sequence.cameras, follow(poses), most=options.most)
    numbers = map(str, range(len(options.names) + 1, len(options.names) + len(matched) + 1))
    return [
        _seen(person_views(f"{prefix}{name}", person, sequence.cameras, poses), person, options)
        for name, person in zip([*options.names, *numbers], matched, strict=False)
    ]


def _seen(views: PersonViews, matched: MatchedPerson, options: FitOptions) -> Seen:
    count = len(views.views)
    if count < options.least_views:
        return Seen(views, matched, f"seen by {count} of at least {options.least_views} views")
    missing = missing_torso(_joints(views))
    return Seen(views, matched, f"never seen in 3D: {', '.join(missing)}" if missing else None)


def start_fit(
    seen: Seen, body: BodyModel, options: FitOptions, up: Sequence[float] | None = None
) -> PersonFit:
    """Begin one person's fit, with own cameras where the given ones do not hold."""
    wanted = options.own_cameras
    own = wanted == "always" or (wanted == "auto" and seen.disagreement is not None)
    views = with_own_cameras(seen.views, body) if own else seen.views
    return PersonFit.start(views, body, own=own, up=up)


def with_own_cameras(views: PersonViews, body: BodyModel) -> PersonViews:
    """The person with cameras found from the person's own joints, as large as the mean body."""
    found = replace(views, cameras=own_cameras(views))
    return replace(found, cameras=scaled(found.cameras, body_scale(_joints(found), body)))


def _joints(views: PersonViews) -> np.ndarray:
    return views.triangulated().points_world.reshape(-1, COCO17.count, 3)


def found_poses(
    sequence: MomentSequence, poses: Poses, people: Sequence[Seen]
) -> dict[str, tuple[FoundPose, ...]]:
    """The 2D poses by picture with the names of those who were found in several views."""
    names = {id(pose): seen.views.key for seen in people for pose in seen.views.poses.values()}
    found = {}
    for view, moments in poses.items():
        for moment, of_moment in zip(sequence.moments, moments, strict=True):
            record = sequence.records.get((view, moment))
            if record is not None:
                found[record.key] = tuple(FoundPose(names.get(id(pose)), pose) for pose in of_moment)
    return found
