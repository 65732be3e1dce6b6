"""What lies in a file that nothing knows: its arrays by path, and a mapping that could read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any, get_args

import numpy as np

from sefd_viewer.body.model import BodyModel
from sefd_viewer.datasets.body_files.mapping import (
    AXES,
    ENDING,
    SIX_NUMBERS,
    UNITS,
    Mapping,
    mapped_people,
    values_at,
)
from sefd_viewer.datasets.body_files.people import BY_VERTICES, Place
from sefd_viewer.datasets.body_files.reading import stored_content
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.errors import DAMAGED, SefdError
from sefd_viewer.evaluation.case_measures import PredictedBody
from sefd_viewer.evaluation.photo_truth import FindBody
from sefd_viewer.evaluation.runs.matching import matched
from sefd_viewer.evaluation.runs.naming import placed
from sefd_viewer.evaluation.runs.photos import Photo
from sefd_viewer.geometry.joints import Pose2D, as_joint_set

FITS = 0.08
"""Share of a person's size below which bodies lie on people; a wrong reading misses by several times that."""
_PEOPLE = 12
_LEAST = 5
"""Joints that have to be seen."""
_FAR_OFF = 10.0


@dataclass(frozen=True)
class Trial:
    """A reading of a file, and how far its bodies lie from people: the median share of a person's size."""

    mapping: Mapping
    apart: float


def tried(
    content: Any, path: Path, mapping: Mapping, dataset: Dataset, find_body: Callable[[str], BodyModel]
) -> list[Trial]:
    """Every reading, the one that lies best on the set's 2D poses first.

    Raises SefdError where the file is of other pictures, no body is here, or nobody of the set has joints.
    """
    found = matched(mapped_people(content, path, mapping), dataset)
    positions = [
        (position, place)
        for position, people in found.by_position.items()
        for place in range(len(people))
        if any(person.pose2d is not None for person in dataset.records[position].people)
    ][:_PEOPLE]
    if not positions:
        raise SefdError(
            "none of its pictures has people with 2D poses in this set",
            where=dataset.root,
            remedy="Open the set that the file is of, with its 2D poses",
        )
    find_body(mapping.body)
    trials = []
    for one in _readings(mapping):
        try:
            people = matched(mapped_people(content, path, one), dataset).by_position
        except SefdError:
            continue
        apart = [
            _apart(people[position][place], dataset.records[position], find_body)
            for position, place in positions
        ]
        trials.append(Trial(one, float(np.median(apart))))
    return sorted(trials, key=lambda trial: trial.apart)


def _readings(mapping: Mapping) -> Iterator[Mapping]:
    """The mapping first, then all others that differ in what files do not say."""
    cameras = [mapping.camera] if mapping.K or mapping.focal else ["", "diagonal", "world"]
    places: tuple[Place, ...] = get_args(Place) if mapping.pose and mapping.transl else ("smplx",)
    kinds = (
        [mapping.rotations, *SIX_NUMBERS[1:]]
        if mapping.pose and not mapping.rotations
        else [mapping.rotations]
    )
    for unit, axes, place, camera, kind in product(UNITS, AXES, places, cameras, kinds):
        yield replace(mapping, unit=unit, axes=axes, place=place, camera=camera, rotations=kind)


def _apart(one: Any, record: Record, find_body: Callable[[str], BodyModel]) -> float:
    """How far a body's joints lie from the nearest person's, as a share of that person's size."""
    try:
        body = placed(one, find_body, Photo(0, record))
    except SefdError:
        return _FAR_OFF
    if body.camera is None:
        return _FAR_OFF
    poses = [person.pose2d for person in record.people if person.pose2d is not None]
    return min((_distance(body, pose) for pose in poses), default=_FAR_OFF)


def _distance(body: PredictedBody, pose: Pose2D) -> float:
    vertices = np.asarray(body.vertices_camera, np.float64)
    chain = body.body.J_regressor @ vertices
    points, known = body.body.known_joints(vertices, chain, as_joint_set(pose.joint_set))
    seen = known & (pose.keypoints[:, 2] >= pose.joint_threshold)
    assert body.camera is not None
    if seen.sum() < _LEAST or (points[seen, 2] <= 0).any():
        return _FAR_OFF
    away = np.linalg.norm(body.camera.project_camera(points[seen]) - pose.keypoints[seen, :2], axis=1)
    return float(min(np.median(away) / np.hypot(*pose.bbox_xywh[2:]), _FAR_OFF))


_MOST = 40
_ALIKE = 3
"""So many entries with equal parts are told as one, under a star."""
_DEPTH = 6
_LEAST_FOCAL = 50
"""Pixels, below which no picture of people has a focal length."""
_POSES = {
    72: "smpl",
    69: "smpl",
    216: "smpl",
    144: "smpl",
    156: "smplh",
    165: "smplx",
    63: "smplx",
    66: "smplx",
}
_POSES |= {132: "smplx", 207: "smpl"}
_WITHOUT_ROOT = (69, 63, 207)
_WORDS = {
    "pose": ("pose", "theta", "rotmat", "full_pose", "body_pose"),
    "root": ("global_orient", "root_orient", "root_pose", "orient", "rh"),
    "betas": ("beta", "shape"),
    "transl": ("transl", "trans", "translation", "cam_t", "position", "th"),
    "vertices": ("vert", "mesh"),
    "joints": ("joint", "keypoint", "pose", "kp"),
    "pictures": ("imgname", "img_path", "image", "file", "name", "picture"),
    "frames": ("frame",),
    "people": ("track", "person", "subject", "id"),
    "K": ("intrinsic", "cam_int", "k"),
    "focal": ("focal",),
}


def arrays_in(content: Any) -> dict[str, tuple[int, ...] | str]:
    """The shape of every array in a file, and what else there is, by path; many alike entries as one, `*`."""
    return dict(_walk(content, "", _DEPTH))


def _walk(content: Any, path: str, depth: int) -> Iterator[tuple[str, tuple[int, ...] | str]]:
    if isinstance(content, dict) and depth:
        yield from _entries({str(key): one for key, one in content.items()}, path, depth)
    elif (
        isinstance(content, (list, tuple))
        and depth
        and content
        and isinstance(content[0], (dict, list, tuple))
        and not _is_array(content)
    ):
        least = 1 if isinstance(content[0], dict) else _ALIKE  # a list of one person is one of several
        yield from _entries({str(key): one for key, one in enumerate(content)}, path, depth, least)
    else:
        yield path.removesuffix("/"), _told(content)


def _is_array(rows: Any) -> bool:
    """Whether lists of lists are numbers of one shape, as JSON has arrays."""
    if isinstance(rows[0], dict):
        return False
    try:
        return np.asarray(rows).dtype.kind in "fiub"
    except ValueError:  # rows of different lengths
        return False


def _entries(
    entries: dict[str, Any], path: str, depth: int, least: int = _ALIKE
) -> Iterator[tuple[str, tuple[int, ...] | str]]:
    if len(entries) >= least and _alike(list(entries.values())):
        first = next(iter(entries.values()))
        yield from _walk(first, f"{path}*/", depth - 1)
        return
    for key, one in entries.items():
        yield from _walk(one, f"{path}{key}/", depth - 1)


def _alike(values: list[Any]) -> bool:
    first = values[0]
    if isinstance(first, dict):
        return bool(first) and all(isinstance(one, dict) and one.keys() == first.keys() for one in values)
    if isinstance(first, np.ndarray):
        return all(isinstance(one, np.ndarray) and one.shape[-1:] == first.shape[-1:] for one in values)
    return isinstance(first, (list, tuple)) and all(isinstance(one, type(first)) for one in values)


def _told(value: Any) -> tuple[int, ...] | str:
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiub":
        return value.shape
    if isinstance(value, (list, tuple)):
        try:
            array = np.asarray(value)
        except ValueError:
            return f"{len(value)} entries of different sizes"
        return array.shape if array.dtype.kind in "fiub" else f"{len(value)} words"
    if isinstance(value, np.ndarray):
        return f"{value.size} words" if value.dtype.kind in "US" else f"{value.size} objects"
    if isinstance(value, (bool, int, float, np.generic)):
        return ()
    return f"text {value[:30]!r}" if isinstance(value, str) else type(value).__name__


def told_arrays(content: Any) -> list[str]:
    """A line for each array, the first ones."""
    found = arrays_in(content)
    lines = [
        f"{path or '(all)'}  {shape if isinstance(shape, str) else _shape(shape)}"
        for path, shape in found.items()
    ]
    return lines[:_MOST] + ([f"... and {len(lines) - _MOST} more"] if len(lines) > _MOST else [])


def _shape(shape: tuple[int, ...]) -> str:
    return "a number" if shape == () else " x ".join(map(str, shape))


def proposed_mapping(content: Any) -> Mapping | None:
    """What arrays could be a body's, by their names and shapes; None where none has the shape of poses."""
    arrays = {path: shape for path, shape in arrays_in(content).items() if isinstance(shape, tuple)}
    words = {
        path for path, shape in arrays_in(content).items() if isinstance(shape, str) and "words" in shape
    }
    vertices = next(
        (path for path, shape in arrays.items() if shape[-1:] == (3,) and shape[-2:-1] in _surface_sizes()),
        "",
    )
    poses = {path: _width(shape) for path, shape in arrays.items() if _width(shape) in _POSES}
    pose = _named(poses, "pose") or next(iter(poses), "")
    if not pose and not vertices:
        joints = [path for path, shape in arrays.items() if len(shape) > 2 and shape[-2:] == (17, 3)]
        best = _named(joints, "joints") or next(iter(joints), "")
        return Mapping(joints=best, unit=_unit(content, best)) if best else None
    body = BY_VERTICES[arrays[vertices][-2]] if vertices else f"{_POSES[poses[pose]]}-neutral"
    free = [path for path in arrays if path not in (pose, vertices)]
    roots = [path for path in free if _width(arrays[path]) in (3, 6, 9)]
    root = _named(roots, "root") if pose and poses[pose] in _WITHOUT_ROOT else ""
    places = [path for path in free if _width(arrays[path]) == 3 and path != root]
    shapes = [path for path in free if _width(arrays[path]) in (10, 11, 16, 300)]
    transl = _named(places, "transl")
    stars = pose.split("/")[0] == "*" if pose else vertices.split("/")[0] == "*"
    named = _named(words, "pictures") or (
        "*" if stars and isinstance(content, dict) and _are_names(content) else ""
    )
    matrices = [path for path in free if arrays[path][-2:] == (3, 3)]
    K = next((path for path in matrices if _is_lens(content, path)), "") or _named(matrices, "K")
    numbers = [path for path in free if len(arrays[path]) <= 1]
    return Mapping(
        body,
        pose=pose,
        root=root,
        betas=_named(shapes, "betas") or next(iter(shapes), ""),
        transl=transl,
        vertices=vertices,
        pictures=named,
        frames="" if named else _named(numbers, "frames"),
        K=K,
        focal="" if K else _named(numbers, "focal"),
        unit=_unit(content, transl or vertices),
    )


def _is_lens(content: Any, path: str) -> bool:
    """Whether matrices (3, 3) are of lenses, whatever they are called: pixels, zeros, a one."""
    try:
        first = np.asarray(values_at(content, path)[0][1], np.float64).reshape(-1, 3, 3)[0]
    except DAMAGED:
        return False
    rest = [first[1, 0], first[2, 0], first[2, 1], first[2, 2] - 1]
    return bool(np.allclose(rest, 0) and first[0, 0] > _LEAST_FOCAL and first[1, 1] > _LEAST_FOCAL)


def _surface_sizes() -> list[tuple[int]]:
    return [(size,) for size in BY_VERTICES]


def _width(shape: tuple[int, ...]) -> int:
    """Numbers per body of an array: of all axes but the first, or of all where it is one body's."""
    if len(shape) == 1:
        return shape[0]
    if len(shape) in (2, 3) and shape[-1] in (3, 6) and shape[0] in (21, 22, 23, 24, 52, 55):
        return int(np.prod(shape))
    return int(np.prod(shape[1:]))


def _named(paths: Any, kind: str) -> str:
    """The path whose last name says best that it is of a kind; "" where none does."""
    best = ""
    for word in _WORDS[kind]:
        for path in paths:
            last = path.rpartition("/")[2].lower()
            if last == word or (len(word) > 2 and word in last):
                return path
    return best


def _are_names(content: dict[Any, Any]) -> bool:
    return all(isinstance(key, str) and not key.isdecimal() for key in content)


def _unit(content: Any, where: str) -> str:
    """Metres, centimetres or millimetres: what makes people some metres away or about two tall."""
    if not where:
        return "m"
    try:
        first = np.asarray(values_at(content, where)[0][1], dtype=np.float64).reshape(-1, 3)
    except DAMAGED:
        return "m"
    surface = len(first) >= 1000
    size = np.ptp(first, axis=0).max() if surface else np.median(np.abs(first).max(axis=-1))
    return "mm" if size > 300 else "cm" if size > 60 else "m"


def proposal(path: Path, on: Dataset | None, find_body: FindBody) -> tuple[list[str], str, str]:
    """The arrays of a file, a mapping for it as a file's text (or ""), and what a try of it says.

    With a data set that the file is about (`on`) the reading is taken that lies best on its people.

    Raises SefdError for a file that cannot be read at all.
    """
    content = stored_content(path)
    mapping = proposed_mapping(content)
    if mapping is None:
        return told_arrays(content), "", ""
    try:
        if on is not None:
            trials = tried(content, path, mapping, on, find_body)
            return told_arrays(content), trials[0].mapping.text(), _words(trials)
        found = mapped_people(content, path, mapping)
    except SefdError as error:
        return told_arrays(content), mapping.text(), f"tried: {error.what}"
    bodies = len(found.people)
    words = f"it makes {bodies} {'body' if bodies == 1 else 'bodies'}; --on SET tries units, axes and cameras"
    return told_arrays(content), mapping.text(), words


def _words(trials: list[Trial]) -> str:
    """How well the best of several readings lies on people."""
    best = trials[0].apart
    if best > FITS:
        return f"none of {len(trials)} readings lies on people; the nearest is {best:.0%} of their size off"
    alike = sum(trial.apart <= max(2 * best, 0.02) for trial in trials) - 1
    also = f"; {alike} others do as well" if alike else ""
    return f"of {len(trials)} readings this lies on the people, {best:.1%} of their size off{also}"


def mapping_name(path: Path) -> Path:
    """Where a mapping for a file is looked for."""
    return path.with_name(path.name + ENDING)
