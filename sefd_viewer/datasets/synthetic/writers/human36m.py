"""Scenes as Human3.6M: one person, four cameras, everything in the world's frame (Z up), in millimetres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from sefd_viewer.body import BodyModel, SmplParameters, open_body
from sefd_viewer.datasets.synthetic.scene import ScenePerson
from sefd_viewer.datasets.synthetic.views import Views, camera_rig, generate_views
from sefd_viewer.datasets.synthetic.writers.entries import Entry, box, image_entry, smpl_entry
from sefd_viewer.datasets.synthetic.writers.output import write_json, write_picture
from sefd_viewer.datasets.synthetic.writers.plan import Plan
from sefd_viewer.geometry import PinholeCamera, axis_angle_to_matrix, smpl_to_camera
from sefd_viewer.geometry.joints import HUMAN36M17

_SUBJECT, _ACTION, _SUBACTION = 1, 2, 1
_ACTION_NAME = "Directions"
_FRAME_STEP = 320
"""A multiple of 5 and of 64: loaders that thin frames out keep every one."""

_Z_UP = axis_angle_to_matrix(np.array([np.pi / 2, 0.0, 0.0]))
"""From the scenes' world (Y up) to Human3.6M's (Z up)."""


@dataclass
class _Files:
    """What goes into a subject's files, as moments are added."""

    images: list[Entry] = field(default_factory=list)
    annotations: list[Entry] = field(default_factory=list)
    joints: dict[str, Any] = field(default_factory=dict)
    smpl: dict[str, Any] = field(default_factory=dict)


def write_human36m(folder: Path, plan: Plan) -> None:
    """One subject and action, `count` moments with four pictures each."""
    settings = replace(
        plan.settings, people=(1, 1), things=1, tilted=0.0, truncated=0.0, person_height=(0.4, 0.7)
    )
    rig = camera_rig(plan.seed, settings)
    files = _Files()
    for index in plan.indices():
        views = generate_views(plan.seed, index, rig, settings)
        _add_moment(files, views, index * _FRAME_STEP, folder)
    _write(files, rig, folder / "annotations")


def _add_moment(files: _Files, views: Views, frame: int, folder: Path) -> None:
    body = open_body()
    person = _z_up(body, views.people_world[0])
    output = body.forward(person)
    joints = body.joints(output.vertices, output.joints, HUMAN36M17)
    files.joints[str(frame)] = (joints * 1000).tolist()
    files.smpl[str(frame)] = smpl_entry(person)
    for camera, scene in enumerate(views.scenes, start=1):
        stem = f"s_{_SUBJECT:02d}_act_{_ACTION:02d}_subact_{_SUBACTION:02d}_ca_{camera:02d}"
        name = f"{stem}/{stem}_{frame + 1:06d}.jpg"
        write_picture(folder / "images" / name, scene.image)
        number = len(files.images)
        files.images.append(image_entry(number, name, scene, **_where(camera, frame)))
        files.annotations.append(_annotation(number, scene.people[0], box(scene.people[0], scene)))


def _where(camera: int, frame: int) -> Entry:
    """What tells an image's place in the set."""
    return {
        "subject": _SUBJECT,
        "action_name": _ACTION_NAME,
        "action_idx": _ACTION,
        "subaction_idx": _SUBACTION,
        "cam_idx": camera,
        "frame_idx": frame,
    }


def _annotation(number: int, person: ScenePerson, bbox: list[float]) -> Entry:
    seen = (person.keypoints[:, 2] > 0).tolist()
    return {"id": number, "image_id": number, "bbox": bbox, "keypoints_vis": seen}


def _z_up(body: BodyModel, person: SmplParameters) -> SmplParameters:
    """The same body in a world whose Z is up."""
    root = body.root_joint(person.betas)
    orient, transl = smpl_to_camera(
        person.global_orient, person.transl, _Z_UP, np.zeros(3), mode="exact", root_joint=root
    )
    return replace(person, global_orient=orient, transl=transl)


def _write(files: _Files, rig: Sequence[PinholeCamera], folder: Path) -> None:
    stem = f"Human36M_subject{_SUBJECT}"
    cameras = {
        str(number): {
            "R": (camera.R @ _Z_UP.T).tolist(),
            "t": (camera.t * 1000).tolist(),
            "f": camera.focal.tolist(),
            "c": camera.principal_point.tolist(),
        }
        for number, camera in enumerate(rig, start=1)
    }
    write_json(folder / f"{stem}_data.json", {"images": files.images, "annotations": files.annotations})
    write_json(folder / f"{stem}_camera.json", cameras)
    for name, frames in (("joint_3d", files.joints), ("smpl_param", files.smpl)):
        write_json(folder / f"{stem}_{name}.json", {str(_ACTION): {str(_SUBACTION): frames}})
