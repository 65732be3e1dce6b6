"""Scenes as MuPoTS-3D: joints in millimetres, and 2D poses as of detectors."""

from __future__ import annotations

from pathlib import Path

from sefd_viewer.datasets.synthetic.scene import generate_scene
from sefd_viewer.datasets.synthetic.writers.entries import Entry, image_entry, openpose_keypoints
from sefd_viewer.datasets.synthetic.writers.muco import joints_annotation
from sefd_viewer.datasets.synthetic.writers.output import write_json, write_picture
from sefd_viewer.datasets.synthetic.writers.plan import Plan
from sefd_viewer.geometry.joints import MUPOTS17

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
