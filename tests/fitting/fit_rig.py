"""A capture of known bodies: four cameras, some moments, 2D joints with noise, pictures on request."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.files import open_body
from sefd_viewer.body.model import BodyOutput
from sefd_viewer.geometry import COCO17, PinholeCamera, Pose2D, axis_angle_to_matrix, matrix_to_axis_angle
from sefd_viewer.geometry.joints import SMPL24
from tests.cameras.review_rig import SIZE, rig

MOMENTS = 4
BETAS = np.array([0.8, -0.5, 0.6, 0.4, 0, 0, 0, 0, 0, 0])
_Z_UP = axis_angle_to_matrix(np.array([np.pi / 2, 0, 0]))


@dataclass(frozen=True, eq=False)
class Actor:
    """A body that moves: parameters over M moments in a world whose Z is up, metres."""

    global_orient: NDArray[np.float64]
    body_pose: NDArray[np.float64]
    betas: NDArray[np.float64]
    transl: NDArray[np.float64]

    def bodies(self) -> BodyOutput:
        betas = np.tile(self.betas, (len(self.transl), 1))
        return open_body().forward_batch(self.global_orient, self.body_pose, betas, self.transl)

    def joints(self) -> NDArray[np.float64]:
        output = self.bodies()
        return open_body().joints(output.vertices, output.joints, COCO17)


def actor(*, turn: float = 0.3, place: Sequence[float] = (0.0, 0.0, 1.0), moments: int = MOMENTS) -> Actor:
    """Somebody who swings arms and legs, and turns a little."""
    pose = np.zeros((moments, 24, 3))
    swing = np.linspace(-1, 1, moments)
    for name, rotation in {
        "L_Shoulder": (0.1, -0.3, -1.1),
        "R_Shoulder": (0.1, 0.4, 1.0),
        "L_Elbow": (0, -0.6, 0),
        "R_Elbow": (0, 0.9, 0),
        "L_Knee": (0.5, 0, 0),
        "R_Knee": (0.2, 0, 0),
    }.items():
        pose[:, SMPL24.index(name)] = rotation
    for name, amount in {"L_Hip": 0.4, "R_Hip": -0.35, "L_Shoulder": 0.5, "R_Elbow": 0.3}.items():
        axis = 0 if name.endswith("Hip") else 1
        pose[:, SMPL24.index(name), axis] += amount * swing
    turns = [axis_angle_to_matrix(np.array([0, 0, turn + 0.1 * i])) @ _Z_UP for i in range(moments)]
    transl = np.array(place) + 0.06 * np.arange(moments)[:, None] * np.array([1.0, 0.5, 0])
    return Actor(matrix_to_axis_angle(np.stack(turns)), pose[:, 1:].reshape(moments, 69), BETAS, transl)


def poses_of(
    cameras: Mapping[str, PinholeCamera], actors: Sequence[tuple[Actor, Mapping[str, PinholeCamera]]]
) -> dict[str, list[Pose2D]]:
    """2D poses by picture key of actors, each seen by cameras of its own, with 1 px of noise."""
    rng = np.random.default_rng(3)
    found: dict[str, list[Pose2D]] = {}
    for view in cameras:
        for moment in range(len(actors[0][0].transl)):
            found[key(view, moment)] = [
                pose2d(own[view].project(one.joints()[moment]) + rng.normal(size=(17, 2)))
                for one, own in actors
            ]
    return found


def pose2d(points: NDArray[np.floating]) -> Pose2D:
    keypoints = np.column_stack([points, np.full(len(points), 0.9)])
    return Pose2D(COCO17.name, keypoints, np.array([*points.min(0), *np.ptp(points, axis=0)]), 0.9, "test")


def key(view: str, moment: int) -> str:
    return f"{view}/{moment:06d}.png"


def write_capture(
    folder: Path, cameras: Mapping[str, PinholeCamera], shown: Sequence[Actor] = (), *, moments: int = MOMENTS
) -> Path:
    """A capture folder; its pictures are grey, with the actors shown as flat white shapes."""
    content = {"size": list(SIZE), "cameras": {view: camera.to_dict() for view, camera in cameras.items()}}
    (folder / "cameras.json").write_text(json.dumps(content | {"up": [0, 0, 1]}))
    for view, camera in cameras.items():
        (folder / view).mkdir()
        for moment in range(moments):
            image = np.full((SIZE[1], SIZE[0], 3), 60, np.uint8)
            for one in shown:
                _paint(image, one.bodies().vertices[moment], camera)
            cv2.imwrite(str(folder / key(view, moment)), image)
    return folder


def _paint(image: NDArray[np.uint8], vertices: NDArray[np.float32], camera: PinholeCamera) -> None:
    from sefd_viewer.fitting.refining import silhouette

    image[silhouette(vertices, open_body().faces, camera, SIZE)] = 220


def other_cameras(cameras: Mapping[str, PinholeCamera]) -> dict[str, PinholeCamera]:
    """The same with all but the first turned by some degrees and moved by some centimetres."""
    rng = np.random.default_rng(8)
    changed = dict(cameras)
    for view in list(cameras)[1:]:
        turn = axis_angle_to_matrix(rng.normal(scale=0.04, size=3))
        camera = cameras[view]
        changed[view] = replace(camera, R=turn @ camera.R, t=camera.t + rng.normal(scale=0.05, size=3))
    return changed


def cameras() -> dict[str, PinholeCamera]:
    return rig()
