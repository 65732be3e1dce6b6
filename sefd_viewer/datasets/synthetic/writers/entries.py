"""What scenes become in annotation files, what every writer is given, and where its files go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import orjson

from sefd_viewer.body import SmplParameters
from sefd_viewer.datasets.synthetic.scene import Scene, ScenePerson, SceneSettings
from sefd_viewer.geometry import COCO19, SMPL30, JointSet, PinholeCamera, remap, with_pelvis_and_neck
from sefd_viewer.geometry.joints import OPENPOSE18
from sefd_viewer.render.visibility import Visibility

MakeScene = Callable[[int, int, SceneSettings], Scene]
"""A scene by seed, number and settings."""


@dataclass(frozen=True)
class Plan:
    """`count` scenes of `seed` with these settings; `progress` is told how many are done.

    Single pictures may be those of another `make` than the layout's own, of chosen `numbers` in its series,
    and of another JPEG quality.
    """

    count: int
    seed: int
    settings: SceneSettings
    progress: Callable[[int], None] = lambda _done: None
    make: MakeScene | None = None
    numbers: tuple[int, ...] = ()
    quality: int = 95

    def indices(self) -> Iterator[int]:
        """The scenes' numbers, told as done one after the other."""
        for index in range(self.count):
            yield index
            self.progress(index + 1)

    def scene(self, index: int, make: MakeScene) -> Scene:
        """The scene at a place of the plan, by `make` unless the plan has another."""
        number = self.numbers[index] if self.numbers else index
        return (self.make or make)(self.seed, number, self.settings)


Writer = Callable[[Path, Plan], None]
"""Fills an empty folder with the scenes of a plan in one published layout."""


def write_json(path: Path, content: Any) -> None:
    """A JSON file, its folder made; NumPy values are welcome."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS))


def write_picture(path: Path, image: np.ndarray, *, quality: int = 95) -> None:
    """A JPEG of an RGB picture (H, W, 3) uint8, its folder made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    path.write_bytes(data.tobytes())


Entry = dict[str, Any]

_SHOULDERS = [SMPL30.index("L_Shoulder"), SMPL30.index("R_Shoulder")]


def image_entry(number: int, file_name: str, scene: Scene, **more: Any) -> Entry:
    """An image's id, name and size."""
    height, width = scene.image.shape[:2]
    return {"id": number, "file_name": file_name, "width": width, "height": height, **more}


def smpl_entry(person: SmplParameters) -> Entry:
    """Parameters as the files name them, and the body that they are for."""
    return {
        "pose": person.pose.tolist(),
        "shape": person.betas.tolist(),
        "trans": person.transl.tolist(),
        "body": person.body_id,
    }


def camera_entry(camera: PinholeCamera) -> Entry:
    """Intrinsics as most files name them."""
    return {"focal": camera.focal.tolist(), "princpt": camera.principal_point.tolist()}


def own_camera(person: ScenePerson, scene: Scene) -> PinholeCamera:
    """The camera in whose frame the person is."""
    return person.camera or scene.camera


def box(person: ScenePerson, scene: Scene) -> list[float]:
    """The box x y w h around the body's part inside the picture; of no size where none is."""
    height, width = scene.image.shape[:2]
    pixels = own_camera(person, scene).project_camera(person.vertices)
    pixels = pixels[np.isfinite(pixels).all(axis=1)]
    if not len(pixels):
        return [0.0, 0.0, 0.0, 0.0]
    low, high = (np.clip(corner, 0, (width, height)) for corner in (pixels.min(axis=0), pixels.max(axis=0)))
    return [*low.tolist(), *(high - low).tolist()]


def joints_of(person: ScenePerson, joint_set: JointSet) -> np.ndarray:
    """Joints (J, 3) in the person's camera frame, metres; the thorax lies between the shoulders."""
    thorax = person.joints[_SHOULDERS].mean(axis=0)
    joints, present = remap(person.joints, SMPL30, joint_set)
    joints[~present] = thorax
    return joints


def pixels_of(person: ScenePerson, scene: Scene, joint_set: JointSet) -> np.ndarray:
    """The joints' pixels (J, 2), far outside the picture where a joint is behind the camera."""
    pixels = own_camera(person, scene).project_camera(joints_of(person, joint_set))
    return np.nan_to_num(pixels, nan=-1e4)


def visibility_of(person: ScenePerson, joint_set: JointSet) -> np.ndarray:
    """COCO's flag (J,) of each joint: 2 visible, 1 hidden, 0 outside the picture."""
    flag = np.where(person.visibility == Visibility.VISIBLE, 2, 1)
    flag[person.visibility == Visibility.OUTSIDE] = 0
    flags, present = remap(flag[:, None], SMPL30, joint_set)
    flags[~present] = flag[_SHOULDERS].min()
    return flags[:, 0]


def flat_keypoints(person: ScenePerson, scene: Scene, joint_set: JointSet) -> list[float]:
    """COCO's x y v of every joint in one list; zeros where a joint is outside the picture."""
    flags = visibility_of(person, joint_set)
    table = np.column_stack([pixels_of(person, scene, joint_set), flags])
    table[flags == 0] = 0
    return table.ravel().tolist()


def coco_keypoints(person: ScenePerson) -> list[float]:
    """The same for the COCO joints that scenes hold themselves."""
    table = person.keypoints.astype(np.float64) * (1, 1, 2)
    table[table[:, 2] == 0] = 0
    return table.ravel().tolist()


def seen_of(number: int, scene: Scene) -> np.ndarray:
    """Where (H, W) person `number` (from 1) is seen: 1 or 0."""
    return ((scene.buffers.person_id == number) & ~scene.thing_mask).astype(np.uint8)


def polygons(number: int, scene: Scene) -> list[list[float]]:
    """COCO's polygons x y x y ... around what is seen of person `number` (from 1)."""
    contours, _ = cv2.findContours(seen_of(number, scene), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return [contour.ravel().astype(float).tolist() for contour in contours if len(contour) >= 3]


def openpose_keypoints(person: ScenePerson) -> np.ndarray:
    """OpenPose's 18 joints (18, 3) x y score, as a detector that misses nothing inside the picture."""
    table = person.keypoints.copy()
    table[table[:, 2] == 0] = 0
    values, _ = remap(with_pelvis_and_neck(table), COCO19, OPENPOSE18)
    return values
