"""Answers of the networks kept on disk: what was asked once is there at once, at the next start, and offline.

An answer is kept under everything that it depends on (`question_key`), never under a record's name, so that a
changed picture, pose, setting or weights file never finds an old answer. Files come from the user's cache or
ship with a data set; they are JSON and arrays in an NPZ file, and nothing in them is run.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from sefd_viewer.atomic import write_file
from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.body.safe_npz import read_npz
from sefd_viewer.datasets.records import Record
from sefd_viewer.edges.settings import EdgeMap
from sefd_viewer.errors import DAMAGED, SefdError
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.crops import Crop
from sefd_viewer.inference.messages import PersonInput, Prediction, PredictRequest, Role, RoleResult
from sefd_viewer.resources import resource_path

FindBody = Callable[[str], BodyModel]
LAYOUT = 1
"""Rises when the same networks answer otherwise, or files are laid out otherwise."""
MOST_BYTES = 400_000_000
"""What the user's folder may hold; the answers used longest ago go first."""
_SUFFIX = ".answer.npz"


# ---- what an answer depends on


def question_key(request: PredictRequest, role: Role, *, image_path: Path | None = None) -> str:
    """What the answer of `role` depends on, as a hexadecimal digest.

    The picture counts by its file where there is one, else by its pixels. The baseline sees no edges; the
    teacher's are drawn from the truth of everybody, and from the baseline's bodies of those without. Raises
    SefdError where a weights file cannot be read.
    """
    roles: tuple[Role, ...] = ("baseline", "teacher") if role == "teacher" else (role,)
    parts: dict[str, Any] = {
        "layout": LAYOUT,
        "role": role,
        "picture": file_hash(image_path) if image_path is not None else _hash(request.image),
        "weights": [_weights_hash(each, request.weights or {}) for each in roles],
        "camera": _camera(request.scene_camera),
        "people": [_person(person, truth=role == "teacher") for person in request.people],
        "bodies": [[place, *_stamp(Path(place))] for place in request.bodies],
    }
    if role != "baseline":
        parts["edges"] = request.edges.to_dict()
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def picture_file(record: Record) -> Path | None:
    """The file that a record's picture is, None where it comes otherwise (a frame of a video)."""
    path = record.image_path
    if path is None or record.read is not None or record.image is not None or not path.is_file():
        return None
    return path


def file_hash(path: Path) -> str:
    """The SHA-256 of a file, read once until it changes; SefdError when it cannot be read."""
    try:
        return _file_hash(path, _stamp(path))
    except OSError as error:
        raise SefdError("the file cannot be read", where=path, remedy="Check that it exists") from error


@lru_cache(4096)
def _file_hash(path: Path, _changed: tuple[int, int]) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _stamp(path: Path) -> tuple[int, int]:
    try:
        about = path.expanduser().stat()
    except OSError:
        return 0, 0
    return about.st_mtime_ns, about.st_size


def _weights_hash(role: Role, weights: Mapping[str, str]) -> str:
    path = Path(weights[role]) if role in weights else resource_path(f"weights/{role}.safetensors")
    return file_hash(path)


def _hash(*arrays: Any) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        values = np.ascontiguousarray(array)
        digest.update(f"{values.shape} {values.dtype.str}".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()


def _person(person: PersonInput, *, truth: bool) -> list[Any]:
    pose, box = person.pose2d, person.annotated_box
    found: list[Any] = [person.key, pose.joint_set, pose.joint_threshold]
    found.append(_hash(pose.keypoints, pose.bbox_xywh))
    found.append(None if box is None else _hash(np.asarray(box, np.float64)))
    found.append(_camera(person.camera))
    if truth and person.smpl is not None:
        smpl = person.smpl
        found.append([smpl.body_id, _hash(smpl.pose, smpl.betas, smpl.transl, smpl.expression)])
    elif truth and person.surface is not None:
        found.append([person.surface.body_id, _hash(person.surface.vertices)])
    return found


def _camera(camera: PinholeCamera | None) -> str | None:
    if camera is None:
        return None
    return _hash(camera.focal, camera.principal_point, camera.R, camera.t, camera.distortion)


# ---- an answer as a file


def packed(result: RoleResult, *, with_edges: bool = True) -> bytes:
    """An answer as the bytes of an NPZ file; without its edges it is a tenth as large."""
    people = result.predictions
    words = {
        "layout": LAYOUT,
        "role": result.role,
        "problems": list(result.problems),
        "milliseconds": dict(result.milliseconds),
        "people": [_words(prediction) for prediction in people],
    }
    arrays: dict[str, np.ndarray] = {"answer": np.frombuffer(json.dumps(words).encode(), np.uint8)}
    if people:
        arrays["bodies"] = np.stack([_flat(_body_values(prediction), np.float32) for prediction in people])
        arrays["cameras"] = np.stack([_flat(_camera_values(prediction), np.float64) for prediction in people])
    for number, prediction in enumerate(people):
        if with_edges and prediction.edge is not None:
            arrays[f"edge_{number}"] = prediction.edge.values
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def _body_values(prediction: Prediction) -> list[np.ndarray]:
    """Numbers of one person in single precision: pose, shape, place, joints."""
    one = prediction.parameters
    return [one.pose, one.betas, one.transl, prediction.joints_camera, prediction.joints_image]


_BODY_SHAPES = ((72,), (10,), (3,), (30, 3), (30, 2))


def _camera_values(prediction: Prediction) -> list[np.ndarray]:
    """Numbers of one person in double precision: camera and crop."""
    camera, crop = prediction.camera, prediction.crop
    lens = [camera.focal, camera.principal_point, camera.R, camera.t, camera.distortion]
    return [*lens, crop.bbox_xywh, crop.to_crop, crop.to_image]


_CAMERA_SHAPES = ((2,), (2,), (3, 3), (3,), (5,), (4,), (2, 3), (2, 3))


def _flat(values: Sequence[np.ndarray], kind: type[np.floating[Any]]) -> np.ndarray:
    return np.concatenate([np.asarray(one, kind).ravel() for one in values])


def _apart(values: np.ndarray, shapes: Sequence[tuple[int, ...]]) -> list[np.ndarray]:
    """The reverse of `_flat`; ValueError for another number of values."""
    sizes = [math.prod(shape) for shape in shapes]
    if values.shape != (sum(sizes),):
        raise ValueError(f"{values.shape} numbers instead of {sum(sizes)}")
    parts = np.split(values, np.cumsum(sizes)[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]


def read_answer(path: Path, number: int, find_body: FindBody) -> RoleResult:
    """The answer in a file, for request `number`; SefdError for anything else."""
    values = read_npz(path)
    try:
        words = json.loads(values["answer"].tobytes())
        if words["layout"] != LAYOUT:
            raise ValueError("another layout")
        people = tuple(
            _prediction(person, words["role"], place, values, find_body)
            for place, person in enumerate(words["people"])
        )
        return RoleResult(number, words["role"], people, words["milliseconds"], tuple(words["problems"]))
    except DAMAGED as error:
        raise SefdError(
            f"this is not a kept answer ({error})", where=path, remedy="It is computed again"
        ) from error


def _words(prediction: Prediction) -> dict[str, Any]:
    crop, edge = prediction.crop, prediction.edge
    return {
        "person": prediction.person,
        "body": prediction.parameters.body_id,
        "crop": [crop.size, crop.convention],
        "edge": None if edge is None else [edge.label, edge.source],
        "weights_hash": prediction.weights_hash,
        "orientation": prediction.orientation,
    }


def _prediction(
    words: dict[str, Any], role: Role, place: int, values: Mapping[str, np.ndarray], find_body: FindBody
) -> Prediction:
    pose, betas, transl, joints_camera, joints_image = _apart(values["bodies"][place], _BODY_SHAPES)
    *lens, bbox_xywh, to_crop, to_image = _apart(values["cameras"][place], _CAMERA_SHAPES)
    parameters = SmplParameters.from_pose(words["body"], pose, betas, transl)
    label, edge = words["edge"], values.get(f"edge_{place}")
    return Prediction(
        person=words["person"],
        role=role,
        parameters=parameters,
        camera=PinholeCamera(*lens),
        vertices_camera=find_body(parameters.body_id).forward(parameters).vertices,
        joints_camera=joints_camera,
        joints_image=joints_image,
        crop=Crop(bbox_xywh, to_crop, to_image, *words["crop"]),
        edge=None if label is None or edge is None else EdgeMap(edge, *label),
        weights_hash=words["weights_hash"],
        orientation=words["orientation"],
    )


# ---- where they are kept


@dataclass(frozen=True)
class AnswerFolders:
    """Where answers are looked for: the user's folder, which is written, and those that ship with sets."""

    own: Path | None = None
    shipped: Sequence[Path] = ()

    def find(self, key: str, number: int, find_body: FindBody) -> RoleResult | None:
        """The answer kept under `key`, None where there is none or it is damaged."""
        for folder in (*((self.own,) if self.own is not None else ()), *self.shipped):
            path = _place(folder, key)
            with suppress(OSError, SefdError):
                if not path.is_file():
                    continue
                result = read_answer(path, number, find_body)
                if folder == self.own:
                    os.utime(path)  # used just now
                return result
        return None

    def keep(self, key: str, result: RoleResult) -> None:
        """Keep an answer in the user's folder; nothing happens where that cannot be written."""
        if self.own is not None:
            with suppress(OSError, SefdError):
                path = _place(self.own, key)
                path.parent.mkdir(parents=True, exist_ok=True)
                write_file(path, packed(result), one_of_many=True)

    def size(self) -> int:
        """How many bytes the user's folder holds."""
        return sum(size for _, size, _ in self._files())

    def shrink(self, most_bytes: int = MOST_BYTES) -> None:
        """Remove the answers used longest ago until the user's folder holds no more than `most_bytes`."""
        files = sorted(self._files(), reverse=True)
        held = 0
        for _, size, path in files:
            held += size
            if held > most_bytes:
                with suppress(OSError):
                    path.unlink()

    def _files(self) -> Iterable[tuple[float, int, Path]]:
        if self.own is None:
            return
        for path in self.own.glob(f"*/*{_SUFFIX}"):
            with suppress(OSError):
                about = path.stat()
                yield about.st_mtime, about.st_size, path


def _place(folder: Path, key: str) -> Path:
    return folder / key[:2] / f"{key}{_SUFFIX}"


def write_shipped(folder: Path, key: str, result: RoleResult) -> None:
    """Put an answer, without edges, among those that ship with a data set."""
    path = _place(folder, key)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path, packed(result, with_edges=False))
