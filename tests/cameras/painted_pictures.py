"""Pictures for sets that only state numbers, and a detector that sees in each what was measured then.

A picture is one colour, which says whose it is: subject and sequence, camera, frame. The detector answers
with the joints that were measured, brought into the picture by hand, and a pixel of noise.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from sefd_viewer.cameras.sequences.picture_check import Detect
from sefd_viewer.geometry.joints import Pose2D

_COCO_OF_HUMAN36M = {5: 11, 6: 14, 7: 12, 8: 15, 9: 13, 10: 16, 11: 4, 12: 1, 13: 5, 14: 2, 15: 6, 16: 3}
_STEP = 8


class PaintedPictures:
    """Paints the pictures of a set; `shown(image)` tells which frame of which camera a picture is to show."""

    def __init__(
        self, root: Path, subjects: tuple[int, ...], shown: Callable[[dict[str, Any]], int] | None = None
    ) -> None:
        self._joints: dict[tuple[int, int, int], np.ndarray] = {}
        self._rng = np.random.default_rng(0)
        sequences: list[tuple[int, int, int]] = []
        for subject in subjects:
            images, cameras, joints = (_read(root, subject, what) for what in ("data", "camera", "joint_3d"))
            for image in images["images"]:
                sequence = (subject, image["action_idx"], image["subaction_idx"])
                if sequence not in sequences:
                    sequences.append(sequence)
                frame = image["frame_idx"] if shown is None else shown(image)
                colour = (sequences.index(sequence), image["cam_idx"], frame)
                path = root / "images" / image["file_name"]
                path.parent.mkdir(parents=True, exist_ok=True)
                size = (image["height"], image["width"], 3)
                cv2.imwrite(str(path), np.full(size, [_STEP * one for one in colour[::-1]], np.uint8))
                measured = np.array(joints[str(sequence[1])][str(sequence[2])][str(frame)])
                self._joints[colour] = _pixels(measured, cameras[str(image["cam_idx"])])

    @property
    def detect(self) -> Detect:
        """Sees in every picture the person as measured at that moment."""
        return Detect(lambda image, _box: self._pose(image), lambda image: [self._pose(image)])

    def _pose(self, image: np.ndarray) -> Pose2D:
        colour = np.round(image.reshape(-1, 3).mean(axis=0) / _STEP).astype(int)
        pixels, points = self._joints[tuple(colour.tolist())], np.zeros((17, 3), np.float32)
        for coco, human36m in _COCO_OF_HUMAN36M.items():
            points[coco] = [*(pixels[human36m] + self._rng.normal(0, 1, 2)), 1]
        return Pose2D("coco17", points, np.zeros(4), 1.0, "painted")


def _pixels(millimetres: np.ndarray, camera: dict[str, Any]) -> np.ndarray:
    seen = millimetres @ np.array(camera["R"]).T + np.array(camera["t"])
    return seen[:, :2] / seen[:, 2:] * camera["f"] + np.array(camera["c"])


def _read(root: Path, subject: int, what: str) -> dict[str, Any]:
    return json.loads((root / "annotations" / f"Human36M_subject{subject}_{what}.json").read_text())
