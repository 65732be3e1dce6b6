"""Scenes as MuCo-3DHP: one camera per picture, joints in millimetres."""

from __future__ import annotations

from pathlib import Path

from sefd_viewer.datasets.synthetic.scene import Scene, ScenePerson, generate_scene
from sefd_viewer.datasets.synthetic.writers.entries import (
    Entry,
    box,
    image_entry,
    joints_of,
    pixels_of,
    smpl_entry,
    visibility_of,
)
from sefd_viewer.datasets.synthetic.writers.output import write_json, write_picture
from sefd_viewer.datasets.synthetic.writers.plan import Plan
from sefd_viewer.geometry.joints import MUCO21, JointSet


def write_muco(folder: Path, plan: Plan) -> None:
    """The augmented pictures."""
    images: list[Entry] = []
    annotations: list[Entry] = []
    fits: dict[str, Entry] = {}
    for index in plan.indices():
        scene = plan.scene(index, generate_scene)
        name = f"augmented_set/{index:06d}.jpg"
        write_picture(folder / name, scene.image, quality=plan.quality)
        camera = {"f": scene.camera.focal.tolist(), "c": scene.camera.principal_point.tolist()}
        images.append(image_entry(index, name, scene, **camera))
        for person in scene.people:
            key = len(annotations)
            annotations.append(joints_annotation(key, index, person, scene, MUCO21))
            fits[str(key)] = smpl_entry(person.smpl)
    write_json(folder / "MuCo-3DHP.json", {"images": images, "annotations": annotations})
    write_json(folder / "smpl_param.json", fits)


def joints_annotation(key: int, image: int, person: ScenePerson, scene: Scene, joint_set: JointSet) -> Entry:
    """A person as MuCo and MuPoTS have them: joints in pixels, and in millimetres of the camera's frame."""
    return {
        "id": key,
        "image_id": image,
        "bbox": box(person, scene),
        "keypoints_img": pixels_of(person, scene, joint_set).tolist(),
        "keypoints_cam": (joints_of(person, joint_set) * 1000).tolist(),
        "keypoints_vis": (visibility_of(person, joint_set) == 2).tolist(),
    }
