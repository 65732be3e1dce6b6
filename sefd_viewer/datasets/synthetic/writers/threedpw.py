"""Scenes as 3DPW: the release's JSON with OpenPose's keypoints, and its sequence files."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sefd_viewer.body import SmplParameters, open_body
from sefd_viewer.datasets.synthetic.scene import Scene, ScenePerson, generate_scene, pose_people
from sefd_viewer.datasets.synthetic.views import camera_path, generate_views
from sefd_viewer.datasets.synthetic.writers.entries import (
    Entry,
    Plan,
    box,
    camera_entry,
    image_entry,
    openpose_keypoints,
    pixels_of,
    smpl_entry,
    write_json,
    write_picture,
)
from sefd_viewer.geometry import SMPL24, PinholeCamera

_FRAMES = 10


def write_threedpw_sequences(folder: Path, plan: Plan) -> None:
    """The test split in sequences of ten frames; `count` is the number of frames in all."""
    for number, start in enumerate(range(0, plan.count, _FRAMES)):
        frames = min(_FRAMES, plan.count - start)
        name = f"synthetic_{number:02d}"
        cameras = camera_path(plan.seed + number, plan.settings, count=frames)
        views = generate_views(plan.seed, number, cameras, plan.settings)
        for frame, scene in enumerate(views.scenes):
            write_picture(folder / "imageFiles" / name / f"image_{frame:05d}.jpg", scene.image)
            plan.progress(start + frame + 1)
        path = folder / "sequenceFiles" / "test" / f"{name}.pkl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pickle.dumps(_values(name, views.people_world, views.scenes, cameras), protocol=2))


def _values(
    name: str, people: Sequence[SmplParameters], scenes: Sequence[Scene], cameras: Sequence[PinholeCamera]
) -> dict[str, Any]:
    """The pickle's values: lists by person of arrays by frame, and the camera's pose of each frame."""
    frames = len(scenes)
    _, joints = pose_people(open_body(), people)
    return {
        "sequence": name,
        "img_frame_ids": np.arange(frames),
        "cam_intrinsics": cameras[0].matrix,
        "cam_poses": np.stack([_pose_matrix(camera) for camera in cameras]),
        "campose_valid": [np.ones(frames, bool) for _ in people],
        "genders": ["fm"[number % 2] for number in range(len(people))],
        "bodies": [person.body_id for person in people],
        "betas": [person.betas.astype(np.float64) for person in people],
        "poses": [np.tile(person.pose.astype(np.float64), (frames, 1)) for person in people],
        "trans": [np.tile(person.transl.astype(np.float64), (frames, 1)) for person in people],
        "jointPositions": [np.tile(one.astype(np.float64).ravel(), (frames, 1)) for one in joints],
        "poses2d": [
            np.stack([openpose_keypoints(scene.people[number]).T for scene in scenes])
            for number in range(len(people))
        ],
    }


def _pose_matrix(camera: PinholeCamera) -> np.ndarray:
    """World to camera as one matrix (4, 4)."""
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = camera.R, camera.t
    return matrix


_SEQUENCE = "synthetic_00"
GENDERS = ("female", "male")


def write_threedpw(folder: Path, plan: Plan) -> None:
    """The test split, one sequence."""
    images: list[Entry] = []
    annotations: list[Entry] = []
    for index in plan.indices():
        scene = plan.scene(index, generate_scene)
        name = f"image_{index:05d}.jpg"
        write_picture(folder / "imageFiles" / _SEQUENCE / name, scene.image, quality=plan.quality)
        camera = camera_entry(scene.camera)
        images.append(image_entry(index, name, scene, sequence=_SEQUENCE, cam_param=camera))
        for number, person in enumerate(scene.people):
            annotations.append(_annotation(len(annotations), index, number, person, scene))
    write_json(folder / "3DPW_latest_test.json", {"images": images, "annotations": annotations})


def _annotation(key: int, image: int, number: int, person: ScenePerson, scene: Scene) -> Entry:
    return {
        "id": key,
        "image_id": image,
        "person_id": number,
        "bbox": box(person, scene),
        "joint_cam": person.joints[:24].tolist(),
        "joint_img": pixels_of(person, scene, SMPL24).tolist(),
        "openpose_result": openpose_keypoints(person).tolist(),
        "smpl_param": {**smpl_entry(person.smpl), "gender": GENDERS[number % 2]},
    }
