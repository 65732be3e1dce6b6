"""Scenes as Human3.6M: one person, four cameras, everything in the world's frame (Z up), in millimetres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from sefd_viewer.body import BodyModel, SmplParameters, open_body
from sefd_viewer.datasets.synthetic.views import Views, camera_rig, generate_views
from sefd_viewer.datasets.synthetic.writers.entries import (
    Entry,
    Plan,
    box,
    smpl_entry,
    write_json,
    write_picture,
)
from sefd_viewer.geometry import PinholeCamera, axis_angle_to_matrix, smpl_to_camera
from sefd_viewer.geometry.joints import HUMAN36M17


@dataclass
class SubjectFiles:
    """One subject's images, boxes, joints and bodies, in the layout that 3DCrowdNet and SEFD read.

    Cameras are numbered from 1, and frames as they are told; picture names count them from 1.
    """

    subject: int
    action: int
    subaction: int
    action_name: str
    images: list[Entry] = field(default_factory=list)
    annotations: list[Entry] = field(default_factory=list)
    joints: dict[str, Any] = field(default_factory=dict)
    smpl: dict[str, Any] = field(default_factory=dict)

    def add_body(self, frame: int, person_world: SmplParameters, body: BodyModel) -> None:
        """The body at a frame: parameters in metres of the world and joints in millimetres of it."""
        output = body.forward(person_world)
        joints = body.joints(output.vertices, output.joints, HUMAN36M17)
        self.joints[str(frame)] = (joints * 1000).tolist()
        self.smpl[str(frame)] = smpl_entry(person_world)

    def picture_name(self, camera: int, frame: int) -> str:
        """Where in `images` the picture of a camera and frame is."""
        where = (self.subject, self.action, self.subaction, camera)
        stem = "s_{:02d}_act_{:02d}_subact_{:02d}_ca_{:02d}".format(*where)
        return f"{stem}/{stem}_{frame + 1:06d}.jpg"

    def add_picture(
        self, camera: int, frame: int, size: tuple[int, int], bbox: list[float], seen: list[bool]
    ) -> None:
        """A picture of (width, height) with the person's box x y w h and which joints it shows."""
        number = len(self.images)
        self.images.append(
            {
                "id": number,
                "file_name": self.picture_name(camera, frame),
                "width": size[0],
                "height": size[1],
                "subject": self.subject,
                "action_name": self.action_name,
                "action_idx": self.action,
                "subaction_idx": self.subaction,
                "cam_idx": camera,
                "frame_idx": frame,
            }
        )
        self.annotations.append({"id": number, "image_id": number, "bbox": bbox, "keypoints_vis": seen})

    def write(self, folder: Path, cameras: Sequence[PinholeCamera]) -> None:
        """Write the subject's four files into `folder`; R and t of the cameras are from the world."""
        stem = f"Human36M_subject{self.subject}"
        content = {"images": self.images, "annotations": self.annotations}
        write_json(folder / f"{stem}_data.json", content)
        named = {str(number): _camera_entry(camera) for number, camera in enumerate(cameras, start=1)}
        write_json(folder / f"{stem}_camera.json", named)
        for name, frames in (("joint_3d", self.joints), ("smpl_param", self.smpl)):
            write_json(folder / f"{stem}_{name}.json", {str(self.action): {str(self.subaction): frames}})


def _camera_entry(camera: PinholeCamera) -> Entry:
    return {
        "R": camera.R.tolist(),
        "t": (camera.t * 1000).tolist(),
        "f": camera.focal.tolist(),
        "c": camera.principal_point.tolist(),
    }


_SUBJECT, _ACTION, _SUBACTION = 1, 2, 1
_ACTION_NAME = "Directions"
_FRAME_STEP = 320
"""A multiple of 5 and of 64: loaders that thin frames out keep every one."""

_Z_UP = axis_angle_to_matrix(np.array([np.pi / 2, 0.0, 0.0]))
"""From the scenes' world (Y up) to Human3.6M's (Z up)."""


def write_human36m(folder: Path, plan: Plan) -> None:
    """One subject and action, `count` moments with four pictures each."""
    settings = replace(
        plan.settings, people=(1, 1), things=1, tilted=0.0, truncated=0.0, person_height=(0.4, 0.7)
    )
    rig = camera_rig(plan.seed, settings)
    files = SubjectFiles(_SUBJECT, _ACTION, _SUBACTION, _ACTION_NAME)
    for index in plan.indices():
        views = generate_views(plan.seed, index, rig, settings)
        _add_moment(files, views, index * _FRAME_STEP, folder)
    files.write(folder / "annotations", [replace(camera, R=camera.R @ _Z_UP.T) for camera in rig])


def _add_moment(files: SubjectFiles, views: Views, frame: int, folder: Path) -> None:
    body = open_body()
    files.add_body(frame, _z_up(body, views.people_world[0]), body)
    for camera, scene in enumerate(views.scenes, start=1):
        person = scene.people[0]
        height, width = scene.image.shape[:2]
        write_picture(folder / "images" / files.picture_name(camera, frame), scene.image)
        seen = (person.keypoints[:, 2] > 0).tolist()
        files.add_picture(camera, frame, (width, height), box(person, scene), seen)


def _z_up(body: BodyModel, person: SmplParameters) -> SmplParameters:
    """The same body in a world whose Z is up."""
    root = body.root_joint(person.betas)
    orient, transl = smpl_to_camera(
        person.global_orient, person.transl, _Z_UP, np.zeros(3), mode="exact", root_joint=root
    )
    return replace(person, global_orient=orient, transl=transl)
