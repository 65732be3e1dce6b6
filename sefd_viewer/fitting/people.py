"""From 2D poses of a sequence to fitted people: who is who, which cameras they obey, their bodies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from sefd_viewer.body.model import BodyModel
from sefd_viewer.cameras.diagnosis.diagnosing import EXPLAINED
from sefd_viewer.cameras.views.matching import MatchedPerson, match_people
from sefd_viewer.cameras.views.tracks import follow
from sefd_viewer.datasets.found_poses import FoundPose
from sefd_viewer.fitting.body_scale import body_scale
from sefd_viewer.fitting.moments import MomentSequence
from sefd_viewer.fitting.motion import missing_torso
from sefd_viewer.fitting.one_person import PersonFit
from sefd_viewer.fitting.own_cameras import own_cameras, scaled
from sefd_viewer.fitting.refining import ROUNDS, Round
from sefd_viewer.fitting.solve import STAGES, Stage
from sefd_viewer.fitting.views import PersonViews, Poses, person_views
from sefd_viewer.geometry.joints import COCO17

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
