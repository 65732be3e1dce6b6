"""The three shipped ONNX models: several people's poses, one person's pose, boxes of people."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

import cv2
import numpy as np

from sefd_viewer.resources import resource_path

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_SINGLE_SIZE = 256
_BOX_SIZE = 416
_STRIDE = 32
_MARGIN = 1.25  # of a person's box within the single-person model's square input
_lock = Lock()


@dataclass(frozen=True, eq=False)
class Candidate:
    """A pose that a model proposes: `keypoints` (17, 3) x, y, score in image pixels, COCO order."""

    keypoints: np.ndarray
    score: float
    source: str


def several_people(image: np.ndarray, *, side: int) -> list[Candidate]:
    """Up to six people by MoveNet multipose, with the image's longer side brought to `side` pixels."""
    fed, factor = _letterbox(image, side)
    height, width = fed.shape[1:3]
    people = _run("movenet_multipose", fed)[0][0]
    found = people[:, :51].reshape(-1, 17, 3)
    points = found[..., [1, 0]] * [width, height] / factor
    keypoints = np.concatenate([points, found[..., 2:]], axis=-1).astype(np.float32)
    return [
        Candidate(pose, float(row[55]), "MoveNet multipose")
        for pose, row in zip(keypoints, people, strict=True)
    ]


def one_person(image: np.ndarray, box_xywh: np.ndarray, *, source: str) -> Candidate:
    """The person in a box by MoveNet Thunder; the score is the mean over its joints."""
    centre, side = box_xywh[:2] + box_xywh[2:] / 2, float(max(box_xywh[2:].max(), 1.0)) * _MARGIN
    factor = _SINGLE_SIZE / side
    to_input = np.column_stack([factor * np.eye(2), (_SINGLE_SIZE - 1) / 2 - factor * centre])
    fed = cv2.warpAffine(image, to_input, (_SINGLE_SIZE, _SINGLE_SIZE), flags=_interpolation(factor))
    found = _run("movenet_thunder", fed[None].astype(np.int32))[0][0, 0]
    points = (found[:, [1, 0]] * _SINGLE_SIZE - (_SINGLE_SIZE - 1) / 2) / factor + centre
    keypoints = np.concatenate([points, found[:, 2:]], axis=-1).astype(np.float32)
    return Candidate(keypoints, float(found[:, 2].mean()), source)


def person_boxes(image: np.ndarray, *, threshold: float = 0.35, overlap: float = 0.5) -> np.ndarray:
    """Boxes (N, 5) x, y, width, height, score of people by NanoDet, best first, overlapping ones removed."""
    fed, factor = _letterbox(image, _BOX_SIZE, square=True)
    corners, scores = _run("nanodet_person", fed)
    boxes = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1) / factor
    kept = cv2.dnn.NMSBoxes(boxes.tolist(), scores.tolist(), threshold, overlap)
    order = np.asarray(kept, dtype=np.int64).ravel()
    return np.concatenate([boxes[order], scores[order, None]], axis=1)


def _letterbox(image: np.ndarray, side: int, *, square: bool = False) -> tuple[np.ndarray, float]:
    """The image in the top left corner of a black (1, H, W, 3) int32 input, and its scale factor."""
    height, width = image.shape[:2]
    factor = side / max(height, width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    resized = cv2.resize(image, size, interpolation=_interpolation(factor))
    padded = (side, side) if square else (_whole_strides(size[1]), _whole_strides(size[0]))
    fed = np.zeros((1, *padded, 3), dtype=np.int32)
    fed[0, : size[1], : size[0]] = resized
    return fed, factor


def _whole_strides(pixels: int) -> int:
    return -(-pixels // _STRIDE) * _STRIDE


def _interpolation(factor: float) -> int:
    return cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR


def _run(name: str, fed: np.ndarray) -> list[np.ndarray]:
    with _lock:
        session = _session(name)
    return session.run(None, {"image": fed})


@cache
def _session(name: str) -> InferenceSession:
    """The model's session; few threads and no busy waiting, since networks and drawing run beside it.

    Its own allocator would keep what one large picture needed (160 MB) for good; glibc's is as fast here.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = min(2, os.cpu_count() or 1)
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(
        str(resource_path(f"onnx/{name}.onnx")), options, providers=["CPUExecutionProvider"]
    )
