"""Scenes as Human3.6M: one person, four cameras, everything in the world's frame (Z up), in millimetres."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from sefd_viewer.body import BodyModel, SmplParameters, open_body
from sefd_viewer.datasets.synthetic.views import Views, camera_rig, generate_views
from sefd_viewer.datasets.synthetic.writers.entries import box
from sefd_viewer.datasets.synthetic.writers.human36m_files import SubjectFiles
from sefd_viewer.datasets.synthetic.writers.output import write_picture
from sefd_viewer.datasets.synthetic.writers.plan import Plan
from sefd_viewer.geometry import axis_angle_to_matrix, smpl_to_camera

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
