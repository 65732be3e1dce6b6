"""Scenes as OCHuman: everyone below their picture, with 19 joints and a mask, without a body."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sefd_viewer.datasets.annotations.ochuman import KEYPOINT_NAMES, WHOLE
from sefd_viewer.datasets.synthetic.scene import Scene, ScenePerson, generate_scene
from sefd_viewer.datasets.synthetic.writers.entries import Entry, box, pixels_of, polygons
from sefd_viewer.datasets.synthetic.writers.output import write_json, write_picture
from sefd_viewer.datasets.synthetic.writers.plan import Plan
from sefd_viewer.geometry.joints import COCO17, SMPL30
from sefd_viewer.render.visibility import Visibility

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
