"""A Human3.6M set in plain JSON, with numbers from NumPy alone: nothing here is written by the program.

Bodies keep SMPL's rest pose, so that a posed vertex is R (v - J0) + J0 + T by hand; J0, the root joint, lies
22 cm below the origin as in SMPL, and joints are measured on the vertices.
"""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.resources import resource_path

ROOT_JOINT = np.array([0.0, -0.22, 0.03])
FRAMES = 6
SEQUENCES = ((2, 1), (14, 2))
SIZE = (320, 240)
NAMES = {2: "Directions", 14: "Walking"}


def body_arrays() -> dict[str, NDArray[np.generic]]:
    """A file of licensed SMPL's layout: the open body, moved so that its root joint lies at ROOT_JOINT."""
    with np.load(resource_path("open_body.npz")) as data:
        regressor = _dense(data, "J_regressor", 24)
        template = data["v_template"].astype(float)
        weights = np.zeros((6890, 24))
        np.add.at(
            weights,
            (np.arange(6890)[:, None], data["weights_index"].astype(int)),
            data["weights_value"].astype(float),
        )
        parents = data["parents"].astype(np.int64)
        return {
            "v_template": template + (ROOT_JOINT - regressor[0] @ template),
            "shapedirs": data["shapedirs"].astype(float),
            "posedirs": np.zeros((6890, 3, 207), np.float32),
            "J_regressor": regressor,
            "weights": weights / weights.sum(axis=1, keepdims=True),
            "kintree_table": np.array([[4294967295, *parents[1:]], np.arange(24)], np.int64),
            "f": data["faces"].astype(np.uint32),
            "h36m": _dense(data, "h36m17_regressor", 17),
        }


def rotation(axis_angle: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.asarray(cv2.Rodrigues(np.asarray(axis_angle, float))[0])


def axis_angle(matrix: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.asarray(cv2.Rodrigues(np.asarray(matrix, float))[0]).ravel()


def cameras(subject: int) -> dict[str, dict[str, list[float]]]:
    """Three cameras 4 m around the place, looking at it, Z up in the world; t in millimetres."""
    made = {}
    for number, turn in enumerate((0.3, 2.2, 4.4), start=1):
        turn += 0.05 * subject
        centre = np.array([4 * np.cos(turn), 4 * np.sin(turn), 1.4])
        forward = np.array([0, 0, 0.9]) - centre
        forward /= np.linalg.norm(forward)
        right = np.cross(forward, [0, 0, 1.0])
        right /= np.linalg.norm(right)
        R = np.array([right, np.cross(forward, right), forward])
        t = -R @ centre * 1000
        made[str(number)] = {"R": R.tolist(), "t": t.tolist(), "f": [300.0, 302.0], "c": [158.0, 121.0]}
    return made


class Rig:
    """A set below `root`; `body` is the file of its body, `vertices` (V,3) of a frame are by hand."""

    def __init__(
        self, root: Path, subjects: tuple[int, ...] = (1, 5), *, pictures: bool = True, frames: int = FRAMES
    ) -> None:
        self.frames = frames
        self.root, self.body = root, root / "smpl" / "SMPL_NEUTRAL.npz"
        self.body.parent.mkdir(parents=True)
        (root / "annotations").mkdir()
        arrays = body_arrays()
        self.template, self.regressor = np.asarray(arrays["v_template"], float), arrays.pop("h36m")
        np.savez(self.body, **arrays)  # type: ignore[arg-type]
        np.save(self.body.with_name("J_regressor_h36m_correct.npy"), self.regressor)
        for subject in subjects:
            self._write(subject, pictures=pictures)

    def vertices(self, parameters: dict[str, list[float]]) -> NDArray[np.float64]:
        turned = (self.template - ROOT_JOINT) @ rotation(np.array(parameters["pose"][:3])).T
        return turned + ROOT_JOINT + np.array(parameters["trans"])

    def path(self, subject: int, what: str) -> Path:
        return self.root / "annotations" / f"Human36M_subject{subject}_{what}.json"

    def load(self, subject: int, what: str) -> dict:  # type: ignore[type-arg]
        return json.loads(self.path(subject, what).read_text())

    def store(self, subject: int, what: str, content: object) -> None:
        self.path(subject, what).write_text(json.dumps(content))

    def _write(self, subject: int, *, pictures: bool) -> None:
        rng = np.random.default_rng(subject)
        joints: dict[str, dict[str, dict[str, list[list[float]]]]] = {}
        bodies: dict[str, dict[str, dict[str, dict[str, list[float]]]]] = {}
        images, annotations = [], []
        for action, part in SEQUENCES:
            motion = _motion(rng, self.frames)
            bodies.setdefault(str(action), {})[str(part)] = motion
            measured = {i: self.regressor @ self.vertices(one) for i, one in motion.items()}
            noisy = {i: 1000 * (one + rng.normal(0, 0.004, (17, 3))) for i, one in measured.items()}
            joints.setdefault(str(action), {})[str(part)] = {i: one.tolist() for i, one in noisy.items()}
            for camera, values in cameras(subject).items():
                stem = f"s_{subject:02d}_act_{action:02d}_subact_{part:02d}_ca_{int(camera):02d}"
                for i, points in noisy.items():
                    seen = points @ np.array(values["R"]).T + np.array(values["t"])
                    pixels = seen[:, :2] / seen[:, 2:] * values["f"] + np.array(values["c"])
                    low, high = pixels.min(axis=0) - 5, pixels.max(axis=0) + 5
                    name = f"{stem}/{stem}_{int(i) + 1:06d}.jpg"
                    number = len(images)
                    images.append(
                        {
                            "id": number,
                            "file_name": name,
                            "width": SIZE[0],
                            "height": SIZE[1],
                            "subject": subject,
                            "action_name": NAMES[action],
                            "action_idx": action,
                            "subaction_idx": part,
                            "cam_idx": int(camera),
                            "frame_idx": int(i),
                        }
                    )
                    box = [*low.tolist(), *(high - low).tolist()]
                    annotations.append(
                        {"id": number, "image_id": number, "bbox": box, "keypoints_vis": [True] * 17}
                    )
                    if pictures:
                        path = self.root / "images" / name
                        path.parent.mkdir(parents=True, exist_ok=True)
                        cv2.imwrite(str(path), np.full((SIZE[1], SIZE[0], 3), 120, np.uint8))
        self.store(subject, "data", {"images": images, "annotations": annotations})
        self.store(subject, "camera", cameras(subject))
        self.store(subject, "joint_3d", joints)
        self.store(subject, "smpl_param", bodies)


def _motion(rng: np.random.Generator, frames: int) -> dict[str, dict[str, list[float]]]:
    """Somebody who turns and walks through the middle, upright."""
    start, made = rng.uniform(0, 6), {}
    for frame in range(frames):
        upright = rotation(np.array([np.pi / 2, 0, 0]))
        turned = rotation(np.array([0, 0, start + 0.2 * frame])) @ upright
        place = np.array([0.3 - 0.03 * frame, 0.02 * frame, 0.95])
        pose = [*axis_angle(turned).tolist(), *[0.0] * 69]
        made[str(frame)] = {"pose": pose, "shape": [0.0] * 10, "trans": (place - ROOT_JOINT).tolist()}
    return made


def _dense(data: object, name: str, rows: int) -> NDArray[np.float64]:
    values = np.zeros((rows, 6890))
    np.add.at(
        values,
        (data[f"{name}_row"].astype(int), data[f"{name}_col"].astype(int)),  # type: ignore[index]
        data[f"{name}_val"],  # type: ignore[index]
    )
    return values / values.sum(axis=1, keepdims=True)
