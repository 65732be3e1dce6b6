"""A small capture made up in memory: people who stand between cameras and are seen exactly where they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.files import open_body
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.datasets.records import Dataset, Person, Record
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import Pose2D

SIZE = (160, 120)
HEIGHT = 1.6


def look_from(angle: float, *, distance: float = 4.0, k1: float = 0.0) -> PinholeCamera:
    """A camera at `angle` degrees around the origin, which it looks at; the world's z points up."""
    turn = np.radians(angle)
    eye = distance * np.array([np.cos(turn), np.sin(turn), 0.2])
    forward = -eye / np.linalg.norm(eye)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    R = np.stack([right, np.cross(forward, right), forward])
    return PinholeCamera(
        np.full(2, 150.0), (np.array(SIZE) - 1) / 2, R, -R @ eye, np.array([k1, 0.0, 0.0, 0.0, 0.0])
    )


RIG = {f"cam{i + 1}": look_from(angle, k1=0.05) for i, angle in enumerate((0.0, 75.0, 160.0, 250.0))}


def joints_of(place: Sequence[float], seed: int = 0) -> NDArray[np.float64]:
    """COCO's 17 joints (17, 3) of somebody at `place` (x, y) metres."""
    spread = np.random.default_rng(seed).uniform((-0.35, -0.35, -0.8), (0.35, 0.35, 0.8), (17, 3))
    return spread + np.array([*place, 0.0])


def seen(camera: PinholeCamera, joints: NDArray[np.float64]) -> Pose2D:
    """The 2D pose that a camera sees."""
    points = camera.project(joints)
    keypoints = np.column_stack([points, np.full(len(points), 0.9)]).astype(np.float32)
    low, high = points.min(axis=0), points.max(axis=0)
    return Pose2D("coco17", keypoints, np.array([*low, *(high - low)], np.float32), 0.9, "annotation")


def standing(x: float = 0.0, y: float = 0.0) -> SmplParameters:
    """A body that stands in the world, upright along z."""
    pose = np.zeros(72, np.float32)
    pose[:3] = (np.pi / 2, 0.0, 0.0)
    betas = np.linspace(2.0, -2.0, 10)  # a body whose root joint is not its origin
    return SmplParameters.from_pose("open-body-1", pose, betas, np.array([x, y, 0.0]))


def embodied(camera: PinholeCamera, key: str = "1") -> Person:
    """A person with a body of the world, before a camera, with the 2D joints that it has there."""
    from sefd_viewer.cameras.extrinsic_modes import into_camera

    body = open_body()
    placed = into_camera(standing(), camera, body, mode="exact")
    output = body.forward(placed)
    points = camera.project_camera(body.joints(output.vertices, output.joints, "coco17"))
    keypoints = np.column_stack([points, np.ones(17)]).astype(np.float32)
    low, high = points.min(axis=0), points.max(axis=0)
    box = np.array([*low, *(high - low)], np.float32)
    pose = Pose2D("coco17", keypoints, box, 1.0, "annotation")
    return Person(key, box, pose, smpl=placed, smpl_world=standing())


def view_record(
    view: str, camera: PinholeCamera | None, people: Sequence[Pose2D | Person], moment: str = "000000"
) -> Record:
    """A record of one view; poses are people called by their number."""
    persons = tuple(
        one if isinstance(one, Person) else Person(str(number), one.bbox_xywh, one)
        for number, one in enumerate(people, start=1)
    )
    image = np.full((SIZE[1], SIZE[0], 3), 40 + 30 * len(view), np.uint8)
    return Record(
        f"{view}/{moment}",
        f"{view} · {moment}",
        image=image,
        size=SIZE,
        camera=camera,
        people=persons,
        moment=moment,
        view=view,
    )


def capture(moments: int = 3, *, cameras: Mapping[str, PinholeCamera] = RIG, people: int = 1) -> Dataset:
    """Moments seen by all cameras; each person walks along x. Views list their people in turned order."""
    records = []
    for moment in range(moments):
        for number, (view, camera) in enumerate(cameras.items()):
            everybody = [joints_of((0.1 * moment + 0.9 * p, 0.8 * p), seed=p) for p in range(people)]
            order = everybody[number % people :] + everybody[: number % people]
            records.append(view_record(view, camera, [seen(camera, one) for one in order], f"{moment:06d}"))
    return Dataset("seen by several", None, "test", records)


def with_record(dataset: Dataset, changed: Record) -> Dataset:
    """The data set with one record in place of the one of the same key."""
    return replace(dataset, records=[changed if one.key == changed.key else one for one in dataset.records])


def without_record(dataset: Dataset, key: str) -> Dataset:
    """The data set without one record."""
    return replace(dataset, records=[one for one in dataset.records if one.key != key])
