"""Scenes as MuCo-3DHP and MuPoTS-3D: one camera per picture, joints in millimetres."""

from __future__ import annotations

from pathlib import Path

from sefd_viewer.datasets.synthetic.scene import Scene, ScenePerson, generate_scene
from sefd_viewer.datasets.synthetic.writers.entries import (
    Entry,
    Plan,
    box,
    image_entry,
    joints_of,
    openpose_keypoints,
    pixels_of,
    smpl_entry,
    visibility_of,
    write_json,
    write_picture,
)
from sefd_viewer.geometry.joints import MUCO21, MUPOTS17, JointSet


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


_LEAST_VISIBLE = 0.25


def write_mupots(folder: Path, plan: Plan) -> None:
    """One test sequence; people of whom hardly anything is visible are marked as not valid."""
    images: list[Entry] = []
    annotations: list[Entry] = []
    openpose: dict[str, Entry] = {}
    hhrnet: dict[str, Entry] = {}
    for index in plan.indices():
        scene = plan.scene(index, generate_scene)
        name = f"TS1/img_{index:06d}.jpg"
        write_picture(folder / "MultiPersonTestSet" / name, scene.image, quality=plan.quality)
        intrinsic = [*scene.camera.focal.tolist(), *scene.camera.principal_point.tolist()]
        images.append(image_entry(index, name, scene, intrinsic=intrinsic))
        for person in scene.people:
            key = len(annotations)
            entry = joints_annotation(key, index, person, scene, MUPOTS17)
            annotations.append({**entry, "is_valid": int(person.visible_share >= _LEAST_VISIBLE)})
            openpose[str(key)] = {"coco_joints": openpose_keypoints(person).tolist()}
            hhrnet[str(key)] = {"coco_joints": person.keypoints.tolist()}
    write_json(folder / "MuPoTS-3D.json", {"images": images, "annotations": annotations})
    write_json(folder / "MuPoTs_test_openpose_result.json", openpose)
    write_json(folder / "MuPoTs_test_hhrnet_result.json", hhrnet)
