"""Human3.6M sets of a person who moves, in plain JSON with numbers from NumPy alone, to put faults into.

The body is the one of `human36m_rig`, whose root joint lies 22 cm below the origin; it is posed here by hand.
Joints have a constant offset of a centimetre each, in the body's frame, and 4 mm of noise.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.cameras.human36m_rig import axis_angle, body_arrays, rotation

FRAMES = 30
SEQUENCES = ((2, 1, "Directions"), (2, 2, "Directions"), (14, 1, "Walking"))
SUBJECTS = (1, 8)
BETAS = {1: [0.8, -0.4, 0.2, 0, 0, 0.1, 0, 0, 0, 0], 8: [1.5, 0.2, 0, 0.2, 0, 0, 0, 0, 0, 0]}
SIZE = (320, 240)
Frame = dict[str, list[float]]


def cameras_of(subject: int) -> dict[str, dict[str, list[float]]]:
    """Three cameras 4 m around the place, each of its own lens, for every subject a little elsewhere; mm."""
    made = {}
    for number, turn in enumerate((0.3, 2.2, 4.4), start=1):
        centre = np.array([4 * np.cos(turn), 4 * np.sin(turn), 1.4])
        forward = np.array([0, 0, 0.9]) - centre
        forward /= np.linalg.norm(forward)
        right = np.cross(forward, [0, 0, 1.0])
        right /= np.linalg.norm(right)
        R = np.array([right, np.cross(forward, right), forward])
        t = -R @ centre * 1000 + 40 * subject
        focal, middle = [300.0 + 7 * number, 302.0 + 7 * number], [158.0 - 4 * number, 121.0 - 4 * number]
        made[str(number)] = {"R": R.tolist(), "t": t.tolist(), "f": focal, "c": middle}
    return made


class Skeleton:
    """Joints of posed bodies, for the mean shape and its changes."""

    def __init__(self) -> None:
        arrays = body_arrays()
        self.template, self.shapes = (np.asarray(arrays[name], float) for name in ("v_template", "shapedirs"))
        self.regressor = np.asarray(arrays["J_regressor"], float)
        self.weights, self.h36m = (np.asarray(arrays[name], float) for name in ("weights", "h36m"))
        self.parents = np.asarray(arrays["kintree_table"])[0].astype(np.int64)
        self.arrays = {name: value for name, value in arrays.items() if name != "h36m"}

    def root(self, betas: list[float]) -> NDArray[np.float64]:
        return self.regressor[0] @ (self.template + self.shapes @ np.array(betas))

    def joints(self, frame: Frame) -> NDArray[np.float64]:
        """The 17 joints, metres of the world."""
        rest = self.template + self.shapes @ np.array(frame["shape"])
        places = self.regressor @ rest
        turned, moved = [np.eye(3)] * 24, places.copy()
        for joint, vector in enumerate(np.array(frame["pose"]).reshape(24, 3)):
            own, parent = rotation(vector), self.parents[joint]
            turned[joint] = own if joint == 0 else turned[parent] @ own
            if joint:
                moved[joint] = moved[parent] + turned[parent] @ (places[joint] - places[parent])
        skinned = np.zeros_like(rest)
        for joint in range(24):
            at = (rest - places[joint]) @ turned[joint].T + moved[joint]
            skinned += self.weights[:, joint : joint + 1] * at
        return self.h36m @ skinned + np.array(frame["trans"])


class MovingRig:
    """A right set below `root`; `change` puts faults into one of its files."""

    def __init__(self, root: Path, skeleton: Skeleton) -> None:
        self.root, self.skeleton = root, skeleton
        (root / "annotations").mkdir(parents=True)
        (root / "smpl").mkdir()
        np.savez(root / "smpl" / "SMPL_NEUTRAL.npz", **skeleton.arrays)  # type: ignore[arg-type]
        np.save(root / "smpl" / "J_regressor_h36m_correct.npy", skeleton.h36m)
        for subject in SUBJECTS:
            self._write(subject)

    def path(self, subject: int, what: str) -> Path:
        return self.root / "annotations" / f"Human36M_subject{subject}_{what}.json"

    def change(self, subject: int, what: str, edit: Callable[[dict], object]) -> None:  # type: ignore[type-arg]
        content = json.loads(self.path(subject, what).read_text())
        edit(content)
        self.path(subject, what).write_text(json.dumps(content))

    def _write(self, subject: int) -> None:
        rng = np.random.default_rng(subject)
        bias = rng.normal(0, 0.010, (17, 3))
        joints: dict = {}  # type: ignore[type-arg]
        bodies: dict = {}  # type: ignore[type-arg]
        images, boxes = [], []
        for action, part, name in SEQUENCES:
            frames = _motion(rng, BETAS[subject], self.skeleton.root(BETAS[subject]))
            bodies.setdefault(str(action), {})[str(part)] = {str(i): one for i, one in enumerate(frames)}
            measured = [
                self.skeleton.joints(one)
                + bias @ rotation(np.array(one["pose"][:3])).T
                + rng.normal(0, 0.004, (17, 3))
                for one in frames
            ]
            listed = {str(i): (1000 * one).tolist() for i, one in enumerate(measured)}
            joints.setdefault(str(action), {})[str(part)] = listed
            for camera, values in cameras_of(subject).items():
                stem = f"s_{subject:02d}_act_{action:02d}_subact_{part:02d}_ca_{int(camera):02d}"
                for i, points in enumerate(measured):
                    seen = 1000 * points @ np.array(values["R"]).T + np.array(values["t"])
                    pixels = seen[:, :2] / seen[:, 2:] * values["f"] + np.array(values["c"])
                    low, high = pixels.min(axis=0) - 5, pixels.max(axis=0) + 5
                    number = len(images)
                    images.append(
                        {
                            "id": number,
                            "file_name": f"{stem}/{stem}_{i + 1:06d}.jpg",
                            "width": SIZE[0],
                            "height": SIZE[1],
                            "subject": subject,
                            "action_name": name,
                            "action_idx": action,
                            "subaction_idx": part,
                            "cam_idx": int(camera),
                            "frame_idx": i,
                        }
                    )
                    box = [*low.tolist(), *(high - low).tolist()]
                    boxes.append({"id": number, "image_id": number, "bbox": box})
        contents = {"camera": cameras_of(subject), "joint_3d": joints, "smpl_param": bodies}
        contents["data"] = {"images": images, "annotations": boxes}
        for what, content in contents.items():
            self.path(subject, what).write_text(json.dumps(content))


def _motion(rng: np.random.Generator, betas: list[float], root: NDArray[np.float64]) -> list[Frame]:
    """Somebody who turns, walks and waves."""
    speed, phase = rng.uniform(0.15, 0.7, (24, 3)), rng.uniform(0, 6.28, (24, 3))
    reach = np.full((24, 3), 0.06)
    reach[[1, 2, 16, 17, 18, 19]] = 0.35
    start, made = rng.uniform(0, 6), []
    for i in range(FRAMES):
        pose = reach * np.sin(6.28 * speed * i / 10 + phase)
        upright = rotation(np.array([0, 0, start + 0.05 * i])) @ rotation(np.array([np.pi / 2, 0, 0]))
        pose[0] = axis_angle(upright)
        place = np.array([0.3 * np.cos(start + 0.08 * i), 0.3 * np.sin(start + 0.08 * i), 0.95])
        made.append({"pose": pose.ravel().tolist(), "shape": list(betas), "trans": (place - root).tolist()})
    return made


def frames_of(content: dict, action: int, part: int) -> dict[str, Frame]:  # type: ignore[type-arg]
    """The frames of one sequence in a file's content."""
    return content[str(action)][str(part)]


def every_frame(content: dict) -> list[Frame]:  # type: ignore[type-arg]
    """All frames of a file of parameters."""
    return [one for parts in content.values() for frames in parts.values() for one in frames.values()]


def turn_into(
    camera: dict[str, list[float]], frame: Frame, root: NDArray[np.float64], *, exact: bool
) -> None:
    """Bring a body into a camera's frame, with or without compensation for the root joint."""
    R, t = np.array(camera["R"]), np.array(camera["t"]) / 1000
    pivot = root if exact else np.zeros(3)
    frame["pose"][:3] = axis_angle(R @ rotation(np.array(frame["pose"][:3]))).tolist()
    frame["trans"] = (R @ (np.array(frame["trans"]) + pivot) + t - pivot).tolist()
