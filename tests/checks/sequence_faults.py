"""Sequences of a moving person, right or with faults that only neighbouring frames show.

The motions are the shipped captured clips; the records have no pictures, only a size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.files import open_body
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.datasets.records import Person, Record
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.crops import bbox_from_points
from sefd_viewer.geometry.joints import COCO17, Pose2D
from sefd_viewer.geometry.rotations import axis_angle_to_matrix, smpl_to_camera
from sefd_viewer.resources import resource_path

SIZE = (640, 480)
_FOCAL = 600.0
_AWAY = 4.5


def clip_names() -> tuple[str, ...]:
    """The motions that there are."""
    with np.load(resource_path("poses.npz")) as data:
        return tuple(str(name) for name in data["clip_names"])


def moving(clip: str, *, view: str = "camera 1", turn: float = 0.0, most: int = 60) -> list[Record]:
    """One person who moves, frame by frame, before a camera that is `turn` radians around the person."""
    body, camera = open_body(), _camera(turn)
    poses, places = _motion(clip, most)
    records = []
    for frame, (pose, place) in enumerate(zip(poses, places, strict=True)):
        world = SmplParameters.from_pose(body.id, pose, np.zeros(10), place)
        orient, transl = smpl_to_camera(
            world.global_orient,
            place,
            camera.R,
            camera.t,
            mode="exact",
            root_joint=body.root_joint(world.betas),
        )
        smpl = replace(world, global_orient=orient, transl=transl)
        records.append(_record(f"{clip} {view}/{frame:06d}", frame, view, clip, camera, smpl))
    return records


def out_of_step(records: Sequence[Record], frames: int) -> list[Record]:
    """Every record with the body that is right `frames` later; the last ones keep theirs."""
    bodies = [one.people[0].smpl for one in records]
    later = [bodies[min(max(i + frames, 0), len(bodies) - 1)] for i in range(len(bodies))]
    return [_with_body(record, smpl) for record, smpl in zip(records, later, strict=True)]


def jumping(
    records: Sequence[Record], rng: np.random.Generator, *, every: int = 12
) -> tuple[list[Record], list[int]]:
    """Some frames whose body stands 20 to 40 cm aside or is turned, and the places of these frames."""
    wrong = list(records)
    places = list(range(int(rng.integers(3, every)), len(wrong) - 1, every))
    for place in places:
        smpl = wrong[place].people[0].smpl
        assert smpl is not None
        aside = rng.choice([-1, 1]) * rng.uniform(0.2, 0.4)
        wrong[place] = _with_body(wrong[place], replace(smpl, transl=smpl.transl + np.array([aside, 0, 0])))
    return wrong, places


def reshaped(
    records: Sequence[Record], rng: np.random.Generator, *, every: int = 12
) -> tuple[list[Record], list[int]]:
    """Some frames whose body has somebody else's shape, and the places of these frames."""
    wrong = list(records)
    places = list(range(int(rng.integers(3, every)), len(wrong), every))
    for place in places:
        smpl = wrong[place].people[0].smpl
        assert smpl is not None
        wrong[place] = _with_body(wrong[place], replace(smpl, betas=rng.normal(size=len(smpl.betas))))
    return wrong, places


def _with_body(record: Record, smpl: SmplParameters | None) -> Record:
    return replace(record, people=(replace(record.people[0], smpl=smpl),))


def _motion(clip: str, most: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Poses (T, 72) and places (T, 3) of the root in a world with Y up, metres, around its origin."""
    with np.load(resource_path("poses.npz")) as data:
        number = [str(name) for name in data["clip_names"]].index(clip)
        rows = slice(*data["clip_offsets"][number : number + 2].tolist())
        poses, places = data["poses"][rows].astype(np.float64), data["transl"][rows].astype(np.float64)
    return poses[:most], (places - places.mean(axis=0))[:most]


def _camera(turn: float) -> PinholeCamera:
    """A camera that looks at the world's origin (Y up) from `turn` radians around it."""
    R = np.diag([1.0, -1.0, -1.0]) @ axis_angle_to_matrix(np.array([0.0, turn, 0.0]))
    centre = (np.array(SIZE) - 1) / 2
    return PinholeCamera(np.full(2, _FOCAL), centre, R, np.array([0.0, 0.0, _AWAY]))


def _record(
    key: str, frame: int, view: str, clip: str, camera: PinholeCamera, smpl: SmplParameters
) -> Record:
    body = open_body()
    output = body.forward(smpl)
    pixels = camera.project_camera(body.joints(output.vertices, output.joints, COCO17))
    keypoints = np.column_stack([pixels, np.ones(len(pixels))]).astype(np.float32)
    box = bbox_from_points(keypoints[:, :2], np.ones(len(keypoints), bool))
    assert box is not None
    pose = Pose2D(COCO17.name, keypoints, box, 1.0, "annotation")
    person = Person("1", box, pose, smpl)
    title, moment = f"{clip} · {view} · frame {frame}", f"{clip} {frame:06d}"
    return Record(key, title, size=SIZE, camera=camera, people=(person,), moment=moment, view=view)
