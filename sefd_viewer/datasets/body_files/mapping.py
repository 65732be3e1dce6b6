"""Files of bodies that no reader knows, read by a mapping: a small TOML file that says where what lies.

    format = "sefd-viewer mapping 1"
    body = "smpl-neutral"
    pose = "out/theta"            # axis-angle, matrices or 6D, the root's first; or root = and pose =
    betas = "out/beta"
    transl = "out/trans"          # or vertices = "out/verts", or joints = "out/joints" and joint_set
    unit = "mm"
    pictures = "names"            # or frames = "frame_ids"; else rows are frames from 0
    K = "cam/K"                   # or focal = 1000, or camera = "diagonal" or "world"; else the data set's

A `*` stands for all entries of a list or dictionary: "*/pose" of {"a.jpg": {"pose": ...}}; `pictures = "*"`
are then the names of the entries themselves.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.joints_alone import joints_id, joints_vertices
from sefd_viewer.datasets.body_files.people import (
    BodyPose,
    CameraOf,
    FoundFile,
    FoundPerson,
    Place,
    diagonal_camera,
    focal_camera,
    matrix_camera,
    numbers,
)
from sefd_viewer.errors import DAMAGED, SefdError
from sefd_viewer.geometry.joints import JOINT_SETS
from sefd_viewer.geometry.rotations import matrix_to_axis_angle

FORMAT = "sefd-viewer mapping 1"
ENDING = ".map.toml"
_NEEDS = "a mapping of an unknown file needs body, and pose or vertices; or joints"
"""A mapping beside a file is called after it, with this ending; or it is named behind #."""
UNITS = {"m": 1.0, "cm": 0.01, "mm": 0.001}
SIX_NUMBERS = ("6d", "6d-rows", "6d-columns")
"""Two columns of a rotation side by side; two rows (PyTorch3D); two columns in a row (Zhou et al.)."""
ROTATIONS = ("axis-angle", "matrix", *SIX_NUMBERS, "quaternion")
Rows = list[NDArray[Any]]
AXES = {"OpenCV": np.eye(3), "OpenGL": np.diag([1.0, -1.0, -1.0])}
_WIDTHS = {9: "matrix", 6: "6d", 4: "quaternion", 3: "axis-angle"}
_JOINTS = (24, 22, 52, 55, 21, 23)
_REMEDY = "docs/formats.md lists what a mapping may say; `sefd-viewer what FILE` proposes one"


@dataclass(frozen=True)
class Mapping:
    """Where in a file what lies, and what it means; paths are names with / between, `*` for all entries."""

    body: str = ""
    pose: str = ""
    root: str = ""
    betas: str = ""
    transl: str = ""
    vertices: str = ""
    faces: str = ""
    joints: str = ""
    joint_set: str = "human36m17"
    pictures: str = ""
    frames: str = ""
    people: str = ""
    K: str = ""
    focal: str | float = ""
    camera: str = ""
    rotations: str = ""
    unit: str = "m"
    axes: str = "OpenCV"
    place: Place = "smplx"
    name: str = "a mapped file"
    flat_hands: bool = False

    @property
    def says_body_alone(self) -> bool:
        """Whether it reads nothing, and only says which body the people of a known format are of."""
        return bool(self.body) and not (self.pose or self.vertices or self.joints)

    def text(self) -> str:
        """The mapping as its file."""
        entries = {one.name: getattr(self, one.name) for one in fields(self)}
        changed = {one.name: entries[one.name] for one in fields(self) if entries[one.name] != one.default}
        lines = [f"{key} = {_toml(value)}" for key, value in changed.items()]
        return "\n".join([f'format = "{FORMAT}"', *lines, ""])


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def read_mapping(path: Path) -> Mapping:
    """The mapping in a file; raises SefdError that names what is wrong with it."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SefdError(f"this mapping cannot be read ({error})", where=path, remedy=_REMEDY) from error
    if content.pop("format", None) != FORMAT:
        raise SefdError(f'this is not a mapping: it lacks format = "{FORMAT}"', where=path, remedy=_REMEDY)
    kinds = {
        one.name: float | int | str if one.name == "focal" else type(one.default) for one in fields(Mapping)
    }
    for key, value in content.items():
        if key not in kinds:
            raise SefdError(f"a mapping knows no {key!r}", where=path, remedy=f"It knows {', '.join(kinds)}")
        if not isinstance(value, kinds[key]):
            raise SefdError(f"{key} = {value!r} is of a wrong kind", where=path, remedy=_REMEDY)
    reads = content.get("pose") or content.get("vertices") or set(content) == {"body"}
    if not (content.get("body") and reads) and not content.get("joints"):
        raise SefdError(_NEEDS, where=path, remedy=_REMEDY)
    known: dict[str, Iterable[str]] = {
        "joint_set": ("human36m17", *JOINT_SETS),
        "camera": ("", "diagonal", "world"),
        "unit": UNITS,
        "axes": AXES,
        "rotations": ("", *ROTATIONS),
        "place": ("smplx", "root", "origin"),
    }
    for key, choices in known.items():
        if content.get(key, next(iter(choices))) not in tuple(choices):
            told = ", ".join(word for word in choices if word)
            raise SefdError(f"{key} = {content[key]!r} is unknown", where=path, remedy=f"Known are {told}")
    return Mapping(**content)


def mapping_beside(path: Path) -> Path | None:
    """The mapping that lies beside a file, or in its folder for all files there; None where there is none."""
    for one in (path.with_name(path.name + ENDING), path.parent / f"bodies{ENDING}"):
        if one.is_file():
            return one
    return None


def mapped_people(content: Any, path: Path, mapping: Mapping) -> FoundFile:
    """Everybody in a file as its mapping says. Raises SefdError that names the path that leads nowhere."""
    if mapping.says_body_alone:
        raise SefdError(_NEEDS, where=path, remedy=_REMEDY)
    try:
        return FoundFile(mapping.name, list(_people(content, mapping)))
    except DAMAGED as error:
        words = f"the mapping does not fit this file ({error})"
        raise SefdError(words, where=path, remedy=_REMEDY) from error


def _people(content: Any, mapping: Mapping) -> Iterator[FoundPerson]:
    rows = _rows(content, mapping.pose or mapping.vertices or mapping.joints)
    bends = None if not mapping.pose else _bends(rows, content, mapping)
    count = len(rows)
    betas = _per_row(content, mapping.betas, count)
    places = _per_row(content, mapping.transl, count, 3)
    unit, turn = UNITS[mapping.unit], AXES[mapping.axes]
    meshes = _meshes(content, mapping, unit)
    faces = _faces(content, mapping)
    pictures = _names(content, mapping.pictures, rows) if mapping.pictures else None
    frames = _names(content, mapping.frames, rows) if mapping.frames else None
    people = _names(content, mapping.people, rows) if mapping.people else None
    matrices = _per_row(content, mapping.K, count, 9)
    focals = _per_row(content, mapping.focal, count) if isinstance(mapping.focal, str) else None
    if isinstance(mapping.focal, (int, float)):
        focals = [np.array([float(mapping.focal)])] * count
    for row in range(count):
        place = np.zeros(3) if places is None else numbers(places[row].ravel(), 3, name="transl") * unit
        own = np.zeros(10) if betas is None else numbers(betas[row].ravel(), -1, name="betas")
        pose = None
        if bends is not None:
            pose = BodyPose(bends[row], own, place, flat_hands=mapping.flat_hands, place=mapping.place)
        named = pictures is not None
        yield FoundPerson(
            f"person {row}" if people is None else str(people[row]),
            mapping.body or joints_id(mapping.joint_set),
            picture=str(pictures[row]) if pictures is not None else "",
            frame=None if named else (row if frames is None else int(frames[row])),
            pose=pose,
            vertices=None if meshes is None else meshes[row],
            faces=faces,
            turn=turn,
            shift=place @ turn.T if bends is None else np.zeros(3),
            camera=_camera(mapping, matrices, focals, row),
            in_world=mapping.camera == "world",
            before_set=not (mapping.K or mapping.focal or mapping.camera),
        )


def _meshes(content: Any, mapping: Mapping, unit: float) -> Rows | None:
    """The surfaces in a file, or bones between its joints where it has these alone: metres."""
    if mapping.vertices:
        return [numbers(one, -1, 3, name="vertices") * unit for _, one in _rows(content, mapping.vertices)]
    if mapping.pose or not mapping.joints:
        return None
    points = (numbers(one, -1, 3, name="joints") * unit for _, one in _rows(content, mapping.joints))
    return [joints_vertices(one, mapping.joint_set) for one in points]


def _faces(content: Any, mapping: Mapping) -> NDArray[np.int64] | None:
    """The triangles (F, 3) that all surfaces of a file share."""
    if not mapping.faces:
        return None
    found = values_at(content, mapping.faces)[0][1]
    return numbers(found, -1, 3, name="faces").astype(np.int64)


def _camera(mapping: Mapping, matrices: Rows | None, focals: Rows | None, row: int) -> CameraOf | None:
    if matrices is not None:
        return matrix_camera(matrices[row].reshape(3, 3))
    if focals is not None:
        return focal_camera(focals[row].ravel()[:2])
    return diagonal_camera if mapping.camera == "diagonal" else None


# ---- arrays in a file


def values_at(content: Any, where: str) -> list[tuple[tuple[Any, ...], Any]]:
    """What a path leads to, and the names of the entries that its stars stand for.

    Raises KeyError with the path up to what is not there.
    """
    found: list[tuple[tuple[Any, ...], Any]] = [((), content)]
    for depth, part in enumerate(where.split("/"), start=1):
        below: list[tuple[tuple[Any, ...], Any]] = []
        for names, value in found:
            if part == "*" and isinstance(value, dict):
                below += [((*names, key), one) for key, one in value.items()]
            elif part == "*" and isinstance(value, (list, tuple)):
                below += [((*names, key), one) for key, one in enumerate(value)]
            elif isinstance(value, dict) and _key(value, part) is not None:
                below.append((names, value[_key(value, part)]))
            elif isinstance(value, (list, tuple)) and part.isdecimal() and int(part) < len(value):
                below.append((names, value[int(part)]))
            else:
                raise KeyError(f"{'/'.join(where.split('/')[:depth])} is not in the file")
        found = below
    if not found:
        raise KeyError(f"{where} leads to nothing")
    return found


def _key(value: dict[Any, Any], part: str) -> Any:
    return next((key for key in value if str(key) == part), None)


def _rows(content: Any, where: str) -> list[tuple[tuple[Any, ...], NDArray[np.float64]]]:
    """The rows of the array that a path leads to: one per body, with the names that stars stand for.

    An entry under a star is a body, or has one per row.
    """
    found = values_at(content, where)
    rows: list[tuple[tuple[Any, ...], NDArray[np.float64]]] = []
    for names, value in found:
        array = np.asarray(value, dtype=np.float64)
        alone = array.ndim == 1 or (bool(names) and _is_one(array))
        rows += [(names, one) for one in (array[None] if alone else array)]
    return rows


def _is_one(array: NDArray[np.float64]) -> bool:
    """Whether an array is one body's: joints (J, 3) or (J, 3, 3), vertices (V, 3)."""
    return (array.ndim == 2 and array.shape[1] in (3, 6) and len(array) > 15) or (
        array.ndim == 3 and array.shape[1:] == (3, 3) and len(array) in _JOINTS
    )


def _per_row(content: Any, where: str, count: int, size: int = 0) -> Rows | None:
    """A value of `size` numbers (0: any) per body; one for all is repeated. None without a path."""
    if not where:
        return None
    found = [np.asarray(value, dtype=np.float64) for _, value in values_at(content, where)]
    rows = [row for one in found for row in ([one] if one.ndim < 2 or one.size == size else one)]
    if len(rows) not in (1, count):
        raise ValueError(f"{where} has {len(rows)} values for {count} bodies")
    return rows * (count // len(rows))


def _names(content: Any, where: str, rows: list[tuple[tuple[Any, ...], Any]]) -> list[Any]:
    """A word or number per body; `*` alone is the name under which an entry lies."""
    if set(where.split("/")) == {"*"}:
        return [names[where.count("*") - 1] for names, _ in rows]
    found: list[Any] = []
    for _, value in values_at(content, where):
        found += np.asarray(value).ravel().tolist()
    if len(found) != len(rows):
        raise ValueError(f"{where} has {len(found)} values for {len(rows)} bodies")
    return found


def _bends(
    rows: list[tuple[Any, NDArray[np.float64]]], content: Any, mapping: Mapping
) -> NDArray[np.float64]:
    """Axis-angle (N, J, 3) of the poses, the root's first."""
    body = _as_bends(np.stack([one for _, one in rows]), mapping.rotations)
    if not mapping.root:
        return body
    root = np.stack([one for _, one in _rows(content, mapping.root)])
    return np.concatenate([_as_bends(root, mapping.rotations), body], axis=1)


def _as_bends(values: NDArray[np.float64], kind: str) -> NDArray[np.float64]:
    """Rotations (N, J, 3) from what is stored; the kind is told by the shape unless it is named."""
    flat = values.reshape(len(values), -1)
    kind = kind or _kind(values)
    width = {name: size for size, name in _WIDTHS.items()} | dict.fromkeys(SIX_NUMBERS, 6)
    if flat.shape[1] % width[kind]:
        raise ValueError(f"poses of {flat.shape[1]} numbers are no {kind}")
    joints = flat.reshape(len(flat), -1, width[kind])
    if kind == "axis-angle":
        return joints
    if kind == "quaternion":
        return _of_quaternions(joints)
    if kind == "matrix":
        return matrix_to_axis_angle(joints.reshape(*joints.shape[:2], 3, 3))
    first, second = (
        (joints[..., ::2], joints[..., 1::2]) if kind == "6d" else (joints[..., :3], joints[..., 3:])
    )
    first = first / np.linalg.norm(first, axis=-1, keepdims=True)
    second = second - (first * second).sum(axis=-1, keepdims=True) * first
    second = second / np.linalg.norm(second, axis=-1, keepdims=True)
    axes = np.stack([first, second, np.cross(first, second)], axis=-2 if kind == "6d-rows" else -1)
    return matrix_to_axis_angle(axes)


def _of_quaternions(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rotations of quaternions w, x, y, z (N, J, 4)."""
    unit = values / np.linalg.norm(values, axis=-1, keepdims=True)
    unit = np.where(unit[..., :1] < 0, -unit, unit)
    sine = np.linalg.norm(unit[..., 1:], axis=-1, keepdims=True)
    angle = 2 * np.arctan2(sine, unit[..., :1])
    return unit[..., 1:] / np.maximum(sine, 1e-12) * angle


def _kind(values: NDArray[np.float64]) -> str:
    """How rotations are stored, by the shape: (N, J, 3, 3), (N, J, 6), (N, 72) ..."""
    if values.ndim > 2 and values.shape[-1] in _WIDTHS and values.shape[-2:] != (3, 3):
        return _WIDTHS[values.shape[-1]]
    if values.shape[-2:] == (3, 3) and values.ndim > 2:
        return "matrix"
    width = values.shape[1]
    kinds = (kind for size, kind in sorted(_WIDTHS.items()) if width % size == 0 and width // size in _JOINTS)
    return next(kinds, "axis-angle")
