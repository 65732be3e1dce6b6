"""A capture whose people file is known: one person who obeys the cameras and one who has own ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from sefd_viewer.body.files import open_body
from sefd_viewer.datasets.fitted_people import (
    PEOPLE_FILE,
    FittedPeople,
    FittedPerson,
    FoundPose,
    people_document,
)
from sefd_viewer.geometry import PinholeCamera
from tests.fitting.fit_rig import Actor, actor, cameras, key, other_cameras, pose2d, write_capture

MOMENTS = 2


def fitted_person(
    name: str, one: Actor, seen_by: Mapping[str, PinholeCamera], *, own: bool = False
) -> FittedPerson:
    output = one.bodies()
    boxes = {}
    for view, camera in seen_by.items():
        pixels = camera.project(output.vertices)
        boxes[view] = np.concatenate([pixels.min(axis=1), np.ptp(pixels, axis=1)], axis=1)
    return FittedPerson(
        name,
        open_body().id,
        one.betas,
        open_body().root_joint(one.betas),
        tuple(f"{i:06d}" for i in range(len(one.transl))),
        one.global_orient,
        one.body_pose,
        one.transl,
        one.joints(),
        boxes,
        {view: np.array([1.25] * (len(one.transl) - 1) + [np.nan]) for view in seen_by},
        dict(seen_by) if own else {},
    )


def two_people() -> FittedPeople:
    """The person `a` obeys the given cameras, `b` has own ones; `a` and two others have 2D poses."""
    given = cameras()
    a, b = actor(moments=MOMENTS), actor(turn=2.0, place=(0.6, 0.5, 1.0), moments=MOMENTS)
    poses = {
        key(view, moment): (
            FoundPose(None, pose2d(camera.project(a.joints()[moment]) + 60)),
            FoundPose("bystander", pose2d(camera.project(a.joints()[moment]) - 90)),
            FoundPose("a", pose2d(camera.project(a.joints()[moment]))),
        )
        for view, camera in given.items()
        for moment in range(MOMENTS)
    }
    people = (fitted_person("a", a, given), fitted_person("b", b, other_cameras(given), own=True))
    return FittedPeople(people, poses)


def capture_with_people(folder: Path) -> Path:
    write_capture(folder, cameras(), moments=MOMENTS)
    (folder / PEOPLE_FILE).write_bytes(people_document(two_people()))
    return folder
