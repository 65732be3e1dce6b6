"""Scenes as MSCOCO, MPII, CrowdPose and OCHuman: files of keypoints, and of fits with own cameras."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sefd_viewer.datasets.annotations.ochuman import KEYPOINT_NAMES, WHOLE
from sefd_viewer.datasets.synthetic.scene import Scene, ScenePerson, generate_scene
from sefd_viewer.datasets.synthetic.views import generate_own_cameras
from sefd_viewer.datasets.synthetic.writers.entries import (
    Entry,
    Plan,
    box,
    camera_entry,
    coco_keypoints,
    flat_keypoints,
    image_entry,
    own_camera,
    pixels_of,
    polygons,
    seen_of,
    smpl_entry,
    write_json,
    write_picture,
)
from sefd_viewer.geometry.joints import COCO17, CROWDPOSE14, MPII16, SMPL30
from sefd_viewer.render.visibility import Visibility

Keypoints = Callable[[ScenePerson, Scene], list[float]]


@dataclass(frozen=True)
class CocoLayout:
    """Where things go: `pictures` folder, names by number, the two files, and how people's keypoints are.

    With `masks` every person has polygons around what is seen of the body.
    """

    pictures: str
    file_name: Callable[[int], str]
    annotations: str
    fits: str
    keypoints: Keypoints
    swapped_size: bool = False
    masks: bool = False


def write_coco_people(folder: Path, plan: Plan, layout: CocoLayout) -> None:
    """Scenes whose people have cameras of their own, in a layout."""
    images: list[Entry] = []
    annotations: list[Entry] = []
    fits: dict[str, Entry] = {}
    for index in plan.indices():
        scene = plan.scene(index, generate_own_cameras)
        name = layout.file_name(index + 1)
        write_picture(folder / layout.pictures / name, scene.image, quality=plan.quality)
        images.append(_image(index + 1, name, scene, layout))
        for number, person in enumerate(scene.people, start=1):
            key = len(annotations) + 1
            entry = _annotation(key, index + 1, person, scene, layout.keypoints)
            if layout.masks:  # COCO's area is that of the mask
                area = float(seen_of(number, scene).sum())
                entry |= {"segmentation": polygons(number, scene), "area": area}
            annotations.append(entry)
            fits[str(key)] = {
                "smpl_param": smpl_entry(person.smpl),
                "cam_param": camera_entry(own_camera(person, scene)),
            }
    categories = [{"id": 1, "name": "person"}]
    content = {"images": images, "annotations": annotations, "categories": categories}
    write_json(folder / layout.annotations, content)
    write_json(folder / layout.fits, fits)


def _image(number: int, name: str, scene: Scene, layout: CocoLayout) -> Entry:
    entry = image_entry(number, name, scene)
    if layout.swapped_size:
        entry["width"], entry["height"] = entry["height"], entry["width"]
    return entry


def _annotation(key: int, image: int, person: ScenePerson, scene: Scene, keypoints: Keypoints) -> Entry:
    values = keypoints(person, scene)
    bbox = box(person, scene)
    return {
        "id": key,
        "image_id": image,
        "category_id": 1,
        "bbox": bbox,
        "area": bbox[2] * bbox[3],
        "iscrowd": 0,
        "keypoints": values,
        "num_keypoints": sum(flag > 0 for flag in values[2::3]),
    }


_MSCOCO = CocoLayout(
    "images/train2017",
    lambda number: f"{number:012d}.jpg",
    "annotations/person_keypoints_train2017.json",
    "annotations/MSCOCO_train_SMPL_NeuralAnnot.json",
    lambda person, _scene: coco_keypoints(person),
    masks=True,
)


def write_mscoco(folder: Path, plan: Plan) -> None:
    """The training split."""
    write_coco_people(folder, plan, _MSCOCO)


_CROWDPOSE = CocoLayout(
    "images",
    lambda number: f"{100_000 + number}.jpg",
    "annotations/crowdpose_train.json",
    "annotations/CrowdPose_train_SMPL_NeuralAnnot.json",
    lambda person, scene: flat_keypoints(person, scene, CROWDPOSE14),
    swapped_size=True,
)


def write_crowdpose(folder: Path, plan: Plan) -> None:
    """The training split."""
    write_coco_people(folder, plan, _CROWDPOSE)


_STATES = {"missing": 0, "vis": 1, "self_occluded": 2, "others_occluded": 3}
_SIDES = {"right": "R_", "left": "L_"}


def write_ochuman(folder: Path, plan: Plan) -> None:
    """The file with everyone."""
    images: list[Entry] = []
    for index in plan.indices():
        scene = plan.scene(index, generate_scene)
        name = f"{index + 1:06d}.jpg"
        write_picture(folder / "images" / name, scene.image, quality=plan.quality)
        height, width = scene.image.shape[:2]
        people = [_person(number, person, scene) for number, person in enumerate(scene.people, start=1)]
        about = {"image_id": f"{index + 1:06d}", "file_name": name, "width": width, "height": height}
        images.append({**about, "annotations": people})
    content = {"images": images, "keypoint_names": KEYPOINT_NAMES, "keypoint_visible": _STATES}
    write_json(folder / WHOLE, content)


def _person(number: int, person: ScenePerson, scene: Scene) -> Entry:
    x, y, width, height = box(person, scene)
    rows, columns = scene.image.shape[:2]
    outer = polygons(number, scene)
    return {
        "bbox": [x, y, x + width, y + height],
        "keypoints": np.concatenate([_joint(name, person, scene) for name in KEYPOINT_NAMES]).tolist(),
        "segms": {"outer": outer, "inner": [], "height": rows, "width": columns} if outer else None,
    }


def _joint(name: str, person: ScenePerson, scene: Scene) -> np.ndarray:
    """x, y and visibility (3,) of a joint; zeros outside the picture."""
    side, _, joint = name.rpartition("_")
    ours = f"{_SIDES.get(side, '')}{joint.capitalize()}"
    place = SMPL30.index(ours)
    state = _state(Visibility(int(person.visibility[place])))
    if ours in COCO17.names:
        pixel = person.keypoints[COCO17.index(ours)]
        state = state if pixel[2] > 0 else _STATES["missing"]
    else:
        pixel = pixels_of(person, scene, SMPL30)[place]
    return np.array([*pixel[:2], state], np.float64) if state else np.zeros(3)


def _state(visibility: Visibility) -> int:
    if visibility is Visibility.OUTSIDE:
        return _STATES["missing"]
    if visibility is Visibility.VISIBLE:
        return _STATES["vis"]
    return _STATES["self_occluded" if visibility is Visibility.SELF_OCCLUDED else "others_occluded"]


_MPII = CocoLayout(
    "",
    lambda number: f"images/{number:09d}.jpg",
    "annotations/train.json",
    "annotations/MPII_train_SMPL_NeuralAnnot.json",
    lambda person, scene: flat_keypoints(person, scene, MPII16),
)


def write_mpii(folder: Path, plan: Plan) -> None:
    """The training split."""
    write_coco_people(folder, plan, _MPII)
