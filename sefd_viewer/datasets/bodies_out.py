"""Bodies of a set as files for other programs: AMASS's, animated GLB, OBJ sequences, COCO results.

Motions are those of the world, where everybody has one, else those before the camera; in both y is up in the
files, as glTF and most viewers have it.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from sefd_viewer.atomic import new_folder, write_file
from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.datasets.records import Dataset, Person, Record
from sefd_viewer.errors import DatasetError, SefdError
from sefd_viewer.geometry.joints import COCO17
from sefd_viewer.geometry.rotations import axis_angle_to_matrix

FindBody = Callable[[str], BodyModel]
Progress = Callable[[int, int], None]
Array = NDArray[np.float64]

_UPRIGHT = np.diag([1.0, -1.0, -1.0])
_SMPLH, _SMPLX = 156, 165
_WEIGHTS = 4
"""Joints that move a vertex in glTF; SMPL's files have as many."""
_FLOAT, _UINT, _BYTE = 5126, 5125, 5121
_VERTICES, _INDICES = 34962, 34963


@dataclass
class Track:
    """One person's motion: `frames` are record numbers of the sequence, `parameters` those of each."""

    sequence: str
    person: str
    body: BodyModel
    frames: list[int] = field(default_factory=list)
    parameters: list[SmplParameters] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The sequence and the person, as a file may be called."""
        words = "_".join(filter(None, (self.sequence, self.person)))
        return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in words)


@dataclass(frozen=True, eq=False)
class Motions:
    """Everybody's tracks in one frame, and what turns that so that y is up (3, 3)."""

    tracks: Sequence[Track]
    turn: Array
    in_world: bool
    left_out: int


def motions(dataset: Dataset, find_body: FindBody, progress: Progress = lambda _d, _t: None) -> Motions:
    """The tracks of a set; people without a body that is here are counted. DatasetError where all are."""
    seen = list(_people(dataset, progress))
    in_world = bool(seen) and all(person.smpl_world is not None for _, _, _, person in seen)
    tracks: dict[tuple[str, str], Track] = {}
    lost, up = 0, np.array([0.0, 1.0, 0.0])
    for frame, sequence, record, person in seen:
        smpl = person.smpl_world if in_world else person.smpl
        try:
            body = None if smpl is None else find_body(smpl.body_id)
        except SefdError:
            body = None
        if smpl is None or body is None:
            lost += 1
            continue
        up = np.array(record.world_up, float) if record.world_up is not None else up
        key = sequence, person.key
        track = tracks.setdefault(key, Track(sequence, person.key, body))
        if track.body is body:
            track.frames.append(frame)
            track.parameters.append(smpl)
    if not tracks:
        raise DatasetError(
            "nobody here has a body that could be written",
            where=dataset.root,
            remedy="Choose a set with true bodies, or name a file of predictions",
        )
    return Motions(list(tracks.values()), _to_y_up(up) if in_world else _UPRIGHT, in_world, lost)


def _people(dataset: Dataset, progress: Progress) -> Iterator[tuple[int, str, Record, Person]]:
    frames: dict[str, int] = {}
    for position in range(len(dataset.records)):
        progress(position + 1, len(dataset.records))
        with suppress(SefdError):
            record = dataset.records[position]
            sequence = record.key.rpartition("/")[0]
            frame = frames.get(sequence, 0)
            frames[sequence] = frame + 1
            for person in record.people:
                if person.smpl is not None or person.smpl_world is not None:
                    yield frame, sequence, record, person


def _to_y_up(up: Array) -> Array:
    """The rotation (3, 3) that brings `up` to y, by a quarter turn where it is an axis."""
    y = np.array([0.0, 1.0, 0.0])
    axis, cosine = np.cross(up, y), float(up @ y)
    if np.linalg.norm(axis) < 1e-9:
        return np.eye(3) if cosine > 0 else _UPRIGHT
    angle = np.arctan2(np.linalg.norm(axis), cosine)
    return np.asarray(axis_angle_to_matrix(axis / np.linalg.norm(axis) * angle), np.float64)


# ---- AMASS


def write_amass(found: Motions, out: Path, rate: float) -> int:
    """An .npz with AMASS's names for each track, SMPL-X's as its stage II has it; returns how many.

    SMPL's bodies get resting fingers; `surface_model_type` says whose betas these are, which AMASS leaves to
    the number of joints. Rows that are apart in time are told by `frame_idx`.
    """
    with new_folder(out) as folder:
        for track in found.tracks:
            poses = np.stack([one.pose for one in track.parameters]).astype(np.float64)
            whole = poses.shape[1] == _SMPLX
            if poses.shape[1] < _SMPLH:
                poses = np.concatenate([poses[:, :66], np.zeros((len(poses), _SMPLH - 66))], axis=1)
            genders = (word for word in ("female", "male") if word in track.body.id.split("-"))
            content: dict[str, Any] = {
                "poses": poses,
                "trans": np.stack([one.transl for one in track.parameters]).astype(np.float64),
                "betas": np.mean([one.betas for one in track.parameters], axis=0),
                "gender": np.array(next(genders, "neutral")),
                "surface_model_type": np.array(_family(track.body.id)),
                "frame_idx": np.array(track.frames),
                "mocap_frame_rate" if whole else "mocap_framerate": np.array(rate),
            }
            if whole:
                content |= {"root_orient": poses[:, :3], "pose_body": poses[:, 3:66]}
                content |= {"pose_hand": poses[:, 75:]}
            name = f"{track.name}_{'stageii' if whole else 'poses'}.npz"
            np.savez_compressed(folder / name, **content)
    return len(found.tracks)


def _family(body_id: str) -> str:
    """smpl, smplh or smplx; another body's whole id."""
    family = body_id.partition("-")[0]
    return family if family in ("smpl", "smplh", "smplx") else body_id


# ---- OBJ


def write_obj(found: Motions, out: Path) -> int:
    """A folder for each track with an OBJ file per frame; returns how many."""
    count = 0
    with new_folder(out) as folder:
        for track in found.tracks:
            place = folder / track.name
            place.mkdir(parents=True)
            faces = "".join(f"f {a} {b} {c}\n" for a, b, c in (track.body.faces + 1).tolist())
            for frame, smpl in zip(track.frames, track.parameters, strict=True):
                vertices = track.body.forward(smpl).vertices @ found.turn.T
                text = "".join(f"v {x:.6f} {y:.6f} {z:.6f}\n" for x, y, z in vertices.tolist())
                (place / f"{frame:06d}.obj").write_text(text + faces)
                count += 1
    return count


# ---- COCO


def write_coco(dataset: Dataset, out: Path, find_body: FindBody) -> int:
    """Everybody's seventeen joints as COCO results: of the body before the camera, else the 2D pose.

    Pictures have the ids of the set's own file; those to which it gives none are numbered after all others.
    """
    entries, numbers = [], {key: number for number, key in dataset.pictures_by_id.items()}
    fresh = max(numbers.values(), default=-1) + 1
    paths = map(dataset.image_path, range(len(dataset.records)))
    names = Counter(path.name for path in paths if path is not None)
    for position in range(len(dataset.records)):
        record = dataset.records[position]
        for person in record.people:
            keypoints = _keypoints(record, person, find_body)
            if keypoints is None:
                continue
            path = record.image_path
            name = record.key if path is None else _picture(path, shared=names[path.name] > 1)
            seen = keypoints[keypoints[:, 2] > 0, :2]
            low, high = seen.min(axis=0), seen.max(axis=0)
            entries.append(
                {
                    "image_id": numbers.get(record.key, fresh + position),
                    "file_name": name,
                    "category_id": 1,
                    "keypoints": np.round(keypoints, 2).ravel().tolist(),
                    "bbox": np.round([*low, *(high - low)], 2).tolist(),
                    "score": float(keypoints[:, 2].mean()),
                    "person": person.key,
                }
            )
    if not entries:
        raise DatasetError(
            "nobody here has joints that could be written",
            where=dataset.root,
            remedy="Choose a set whose people have bodies or 2D poses",
        )
    write_file(out, orjson.dumps(entries))
    return len(entries)


def _picture(path: Path, *, shared: bool) -> str:
    """A picture's name, behind its folder's where cameras call their pictures alike."""
    return f"{path.parent.name}/{path.name}" if shared else path.name


def _keypoints(record: Record, person: Person, find_body: FindBody) -> Array | None:
    camera = person.camera or record.camera
    if person.smpl is not None and camera is not None:
        with suppress(SefdError):
            body = find_body(person.smpl.body_id)
            vertices, chain = body.forward(person.smpl)
            known = np.ones(COCO17.count, bool)
            if COCO17.name in body.regressors:
                joints = body.joints(vertices, chain, COCO17)
            else:
                joints, known = body.known_joints(vertices, chain, COCO17)
            pixels = camera.project_camera(joints)
            known = known & np.isfinite(pixels).all(axis=1)
            if known.any():
                return np.column_stack([np.where(known[:, None], pixels, 0), known]).astype(float)
    pose = person.pose2d
    if pose is None or pose.joint_set != COCO17.name or not (pose.keypoints[:, 2] > 0).any():
        return None
    return pose.keypoints.astype(float)


# ---- GLB


def write_glb(found: Motions, out: Path, rate: float) -> None:
    """All tracks as skinned meshes that move, in one GLB file; one shape for each, its frames' mean.

    Corrections of the surface by pose, which glTF's skins do not know, are left out.
    """
    glb = _Glb(found.turn)
    for track in found.tracks:
        glb.add(track, rate)
    write_file(out, glb.packed())


class _Glb:
    """A glTF document as it grows."""

    def __init__(self, turn: Array) -> None:
        self._binary = bytearray()
        self._views: list[dict[str, Any]] = []
        self._accessors: list[dict[str, Any]] = []
        world = {"name": "y_up", "rotation": _quaternions(turn[None])[0].tolist(), "children": []}
        self._nodes: list[dict[str, Any]] = [world]
        self._meshes: list[dict[str, Any]] = []
        self._skins: list[dict[str, Any]] = []
        self._channels: list[dict[str, Any]] = []
        self._samplers: list[dict[str, Any]] = []

    def add(self, track: Track, rate: float) -> None:
        """Add a person: mesh, skeleton, motion."""
        body = track.body
        betas = np.mean([one.betas for one in track.parameters], axis=0)
        rest = _rest(body, betas)
        joints = body.J_regressor.astype(np.float64) @ rest
        first = len(self._nodes)
        for joint, parent in enumerate(body.parents.tolist()):
            place = joints[joint] - (joints[parent] if parent >= 0 else 0)
            node: dict[str, Any] = {"name": body.joint_set.names[joint], "translation": place.tolist()}
            self._nodes.append(node)
            owner = self._nodes[first + parent] if parent >= 0 else self._nodes[0]
            owner.setdefault("children", []).append(first + joint)
        self._skin(joints, first)
        self._mesh(track, rest)
        self._motion(track, joints, first, rate)

    def _skin(self, joints: Array, first: int) -> None:
        inverse = np.tile(np.eye(4), (len(joints), 1, 1))
        inverse[:, 3, :3] = -joints  # columns one after the other
        matrices = self._accessor(inverse.reshape(-1, 16).astype(np.float32), "MAT4")
        nodes = list(range(first, first + len(joints)))
        self._skins.append({"joints": nodes, "inverseBindMatrices": matrices, "skeleton": first})

    def _mesh(self, track: Track, rest: Array) -> None:
        weights = track.body.weights
        chosen = np.argsort(-weights, axis=1)[:, :_WEIGHTS]
        shares = np.take_along_axis(weights, chosen, axis=1)
        shares = shares / shares.sum(axis=1, keepdims=True)
        attributes = {
            "POSITION": self._accessor(rest.astype(np.float32), "VEC3", _VERTICES, bounds=True),
            "JOINTS_0": self._accessor(chosen.astype(np.uint8), "VEC4", _VERTICES),
            "WEIGHTS_0": self._accessor(shares.astype(np.float32), "VEC4", _VERTICES),
        }
        faces = self._accessor(track.body.faces.astype(np.uint32).reshape(-1), "SCALAR", _INDICES)
        self._meshes.append(
            {"name": track.name, "primitives": [{"attributes": attributes, "indices": faces}]}
        )
        node = {"name": track.name, "mesh": len(self._meshes) - 1, "skin": len(self._skins) - 1}
        self._nodes.append(node)

    def _motion(self, track: Track, joints: Array, first: int, rate: float) -> None:
        times = self._accessor(np.array(track.frames, np.float32) / np.float32(rate), "SCALAR", bounds=True)
        poses = np.stack([one.pose for one in track.parameters]).reshape(len(track.frames), -1, 3)
        places = np.stack([one.transl for one in track.parameters]) + joints[0]
        self._channel(first, "translation", times, self._accessor(places.astype(np.float32), "VEC3"))
        for joint in range(len(joints)):
            turned = _quaternions(np.asarray(axis_angle_to_matrix(poses[:, joint].astype(np.float64))))
            self._channel(first + joint, "rotation", times, self._accessor(turned.astype(np.float32), "VEC4"))

    def _channel(self, node: int, path: str, times: int, values: int) -> None:
        self._samplers.append({"input": times, "output": values, "interpolation": "LINEAR"})
        target = {"node": node, "path": path}
        self._channels.append({"sampler": len(self._samplers) - 1, "target": target})

    def _accessor(
        self, values: NDArray[Any], kind: str, target: int | None = None, *, bounds: bool = False
    ) -> int:
        data = np.ascontiguousarray(values).tobytes()
        view: dict[str, Any] = {"buffer": 0, "byteOffset": len(self._binary), "byteLength": len(data)}
        self._views.append(view | ({} if target is None else {"target": target}))
        self._binary += data + bytes(-len(data) % 4)
        types = {np.dtype(np.float32): _FLOAT, np.dtype(np.uint32): _UINT, np.dtype(np.uint8): _BYTE}
        entry: dict[str, Any] = {
            "bufferView": len(self._views) - 1,
            "componentType": types[values.dtype],
            "count": len(values),
            "type": kind,
        }
        if bounds:
            entry |= {
                "min": np.atleast_1d(values.min(0)).tolist(),
                "max": np.atleast_1d(values.max(0)).tolist(),
            }
        self._accessors.append(entry)
        return len(self._accessors) - 1

    def packed(self) -> bytes:
        """The file's bytes."""
        meshes = [place for place, node in enumerate(self._nodes) if "mesh" in node]
        document: Mapping[str, Any] = {
            "asset": {"version": "2.0", "generator": "sefd-viewer"},
            "scene": 0,
            "scenes": [{"nodes": [0, *meshes]}],
            "nodes": self._nodes,
            "meshes": self._meshes,
            "skins": self._skins,
            "animations": [{"channels": self._channels, "samplers": self._samplers}],
            "accessors": self._accessors,
            "bufferViews": self._views,
            "buffers": [{"byteLength": len(self._binary)}],
        }
        text = orjson.dumps(document)
        text += b" " * (-len(text) % 4)
        parts = struct.pack("<II", len(text), 0x4E4F534A) + text
        parts += struct.pack("<II", len(self._binary), 0x004E4942) + bytes(self._binary)
        return struct.pack("<III", 0x46546C67, 2, 12 + len(parts)) + parts


def _rest(body: BodyModel, betas: NDArray[np.floating]) -> Array:
    """The shaped body in its rest pose (V, 3)."""
    shapes = body.shapedirs[..., : len(betas)].astype(np.float64)
    return np.asarray(body.v_template + shapes @ betas[: shapes.shape[-1]], np.float64)


def _quaternions(matrices: Array) -> Array:
    """Unit quaternions x, y, z, w (N, 4) of rotations (N, 3, 3), each on the side of the one before."""
    from scipy.spatial.transform import Rotation

    found = Rotation.from_matrix(matrices).as_quat()
    for row in range(1, len(found)):
        if found[row] @ found[row - 1] < 0:
            found[row] = -found[row]
    return np.asarray(found, np.float64)
