"""What MSCOCO, MPII and CrowdPose share: one file of keypoints and one of fits with own cameras."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sefd_viewer.datasets.synthetic.scene import Scene, ScenePerson
from sefd_viewer.datasets.synthetic.views import generate_own_cameras
from sefd_viewer.datasets.synthetic.writers.entries import (
    Entry,
    box,
    camera_entry,
    image_entry,
    own_camera,
    polygons,
    smpl_entry,
)
from sefd_viewer.datasets.synthetic.writers.output import write_json, write_picture
from sefd_viewer.datasets.synthetic.writers.plan import Plan

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
            annotations.append(entry | ({"segmentation": polygons(number, scene)} if layout.masks else {}))
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
