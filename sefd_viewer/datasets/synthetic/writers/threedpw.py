"""Scenes as 3DPW in the release's JSON: camera-frame parameters and OpenPose's keypoints."""

from __future__ import annotations

from pathlib import Path

from sefd_viewer.datasets.synthetic.scene import Scene, ScenePerson, generate_scene
from sefd_viewer.datasets.synthetic.writers.entries import (
    Entry,
    box,
    camera_entry,
    image_entry,
    openpose_keypoints,
    pixels_of,
    smpl_entry,
)
from sefd_viewer.datasets.synthetic.writers.output import write_json, write_picture
from sefd_viewer.datasets.synthetic.writers.plan import Plan
from sefd_viewer.geometry import SMPL24

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
