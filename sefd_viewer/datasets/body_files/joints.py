"""3D joints without bodies: lifters of 2D poses (VideoPose3D, MHFormer ...), MMPose in 3D, EasyMocap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.joints_alone import AT_THE_ROOT_M, joints_id, joints_vertices
from sefd_viewer.datasets.body_files.people import (
    IN_A_WORLD,
    FoundFile,
    FoundPerson,
    PredictionFormat,
    numbers,
)
from sefd_viewer.errors import SefdError
from sefd_viewer.geometry.joint_order import ImpossibleOrderError, fitting_order
from sefd_viewer.geometry.skeletons import Skeleton, of_length, published

_NAMES = (
    "reconstruction",
    "keypoints_3d",
    "keypoints3d",
    "joints_3d",
    "joints3d",
    "poses_3d",
    "pred_3d",
    "pred_joints",
    "pred_keypoints_3d",
    "predictions_3d",
    "kpts3d",
    "X3D",
)
"""What programs call the joints of frames in their archives."""
_USUAL = {17: "human36m17", 32: "human36m32", 24: "smpl24"}
"""Of joints in space these are the usual orders; of others those of 2D poses."""
_UNITS = ((1.0, "metres"), (0.01, "centimetres"), (0.001, "millimetres"))
_LEAST_M, _MOST_M = 0.5, 3.0
"""Metres that people are large, from end to end."""
_ALONE = (17, 32)
"""Counts of joints that no array of a body's poses has."""


Entry = tuple[str, dict[str, Any], NDArray[np.floating]]
"""Who, of which frame or picture, and the joints (K, 3) in the file's unit."""


def _frames(content: Any) -> NDArray[np.float64] | None:
    """The joints (F, P, K, 3) in a file that holds such of frames and nothing else; None for another."""
    array = content
    if isinstance(content, dict):
        name = next((name for name in _NAMES if name in content), None)
        array = None if name is None else content[name]
    alone = isinstance(content, np.ndarray)
    if not isinstance(array, np.ndarray) or array.dtype.kind != "f" or array.ndim not in (3, 4):
        return None
    if array.shape[-1] != 3 or not array.size or (alone and array.shape[-2] not in _ALONE):
        return None
    if not (of_length(array.shape[-2]) or array.shape[-2] in _USUAL) or _are_pixels(array):
        return None
    return np.asarray(array if array.ndim == 4 else array[:, None], np.float64)


def _are_pixels(array: NDArray[np.floating]) -> bool:
    """Whether the third numbers are confidences of points in a picture."""
    third, others = array[..., 2], np.abs(array[..., :2])
    return bool(third.min() >= 0 and third.max() <= 1.001 and others.max() > 20)


def _is_lifted(content: Any) -> bool:
    return _frames(content) is not None


def _read_lifted(content: Any, path: Path) -> FoundFile:
    """A row for each frame, maybe an axis of people behind it."""
    joints = _frames(content)
    assert joints is not None
    entries: list[Entry] = [
        (f"track {person}", {"frame": frame}, one)
        for frame, people in enumerate(joints)
        for person, one in enumerate(people)
    ]
    return _found("joints", entries, path)


# ---- MMPose's inferencer and demos of 3D poses


def _mmpose_entries(content: Any) -> list[Any]:
    frames = content.get("instance_info") if isinstance(content, dict) else content
    return frames if isinstance(frames, list) else []


def _is_mmpose(content: Any) -> bool:
    return any(len(one["keypoints"][0]) == 3 for _, _, one in _mmpose_people(content))


def _mmpose_people(content: Any) -> Iterator[tuple[int | None, str, Mapping[str, Any]]]:
    """Everybody with the number of the frame, None in a file about a picture, and a name there."""
    for entry in _mmpose_entries(content):
        if not isinstance(entry, dict):
            return
        frame = entry.get("frame_id")
        for number, one in enumerate(entry.get("instances", ()) if frame is not None else (entry,)):
            if isinstance(one, dict) and "keypoint_scores" in one and np.ndim(one.get("keypoints", 0)) == 2:
                yield frame, f"track {one['track_id']}" if "track_id" in one else f"person {number}", one


def _read_mmpose(content: Any, path: Path) -> FoundFile:
    counted_from_1 = isinstance(content, dict)
    entries = list[Entry]()
    for frame, name, one in _mmpose_people(content):
        where: dict[str, Any] = {"picture": path.stem}
        if frame is not None:
            where = {"frame": int(frame) - counted_from_1}
        entries.append((name, where, numbers(one["keypoints"], -1, 3, name="keypoints")))
    return _found("MMPose in 3D", entries, path)


# ---- EasyMocap: joints in the world of a calibration, a file for each frame


def _is_easymocap(content: Any) -> bool:
    many = isinstance(content, list) and bool(content) and isinstance(content[0], dict)
    return many and "id" in content[0] and np.ndim(content[0].get("keypoints3d", 0)) == 2


def _read_easymocap(content: Any, path: Path) -> FoundFile:
    digits = "".join(filter(str.isdecimal, path.stem))
    where: dict[str, Any] = {"frame": int(digits)} if digits else {"picture": path.stem}
    entries: list[Entry] = [
        (f"track {one['id']}", where, np.asarray(one["keypoints3d"], np.float64)[:, :3]) for one in content
    ]
    return _found("EasyMocap's joints", entries, path, world=True)


# ---- joints as people


def _found(name: str, entries: list[Entry], path: Path, *, world: bool = False) -> FoundFile:
    """Everybody as a body of joints alone: metres, before the set's camera where they stand before one."""
    counts = {len(joints) for _, _, joints in entries}
    if len(counts) != 1:
        raise ValueError(f"its people have {', '.join(map(str, sorted(counts)))} joints")
    everyone = np.stack([joints for _, _, joints in entries])
    if not np.isfinite(everyone).all():
        raise ValueError("its joints are not finite")
    skeleton, words = _order(everyone)
    factor, unit = _unit(everyone, path)
    joints = skeleton.keypoints(everyone) * factor
    seen = not world and bool((joints[..., 2] > AT_THE_ROOT_M).all())
    notes = [f"joints in the order of {skeleton.title}, {unit}", *words]
    if world:
        notes.append(IN_A_WORLD)
    elif not seen:
        notes.append("its joints lie around the root, without a camera: they are not seen in the photo")
    body = joints_id(skeleton.joint_set)
    people = [
        FoundPerson(
            who,
            body,
            vertices=joints_vertices(one, skeleton.joint_set),
            before_set=seen,
            in_world=world,
            **where,
        )
        for (who, where, _), one in zip(entries, joints, strict=True)
    ]
    return FoundFile(name, people, notes)


def _order(people: NDArray[np.floating]) -> tuple[Skeleton, list[str]]:
    """The order of the joints (N, K, 3): the usual one, or another that alone makes people of them."""
    count = people.shape[1]
    usual = published(_USUAL[count]) if count in _USUAL else of_length(count)[0]
    flat = np.concatenate([_upright(people), np.ones((*people.shape[:2], 1))], axis=2)
    fitting = []
    for up in (1, -1):  # down is +y before a camera, and -y or -z in a world
        with suppress(ImpossibleOrderError):
            fitting.append(fitting_order(flat * [1, up, 1], usual))
    if usual in fitting:
        return usual, []
    if fitting:
        return fitting[0], [f"read in the order of {usual.title} they would not be people"]
    return usual, [f"read in the order of {usual.title} its joints are hardly people: is it another one?"]


def _upright(people: NDArray[np.floating]) -> NDArray[np.floating]:
    """The joints (N, K, 2) as seen from the front: across, and along the axis in which people are longest."""
    spans = np.ptp(people, axis=1).mean(axis=0)
    tall = int(spans.argmax())
    across = max((axis for axis in range(3) if axis != tall), key=lambda axis: spans[axis])
    return people[..., [across, tall]] * 100


def _unit(people: NDArray[np.floating], path: Path) -> tuple[float, str]:
    """What makes metres of the file's numbers, and in words why; SefdError where nothing does."""
    size = float(np.median(np.linalg.norm(np.ptp(people, axis=1), axis=1)))
    for factor, unit in _UNITS:
        if _LEAST_M <= size * factor <= _MOST_M:
            return factor, f"in {unit} (people measure {size * factor:.2f} m from end to end)"
    raise SefdError(
        f"its people measure {size:.3g} from end to end: neither metres nor centimetres nor millimetres",
        where=path,
        remedy='Scale them to metres, or say the unit in a mapping (joints = "...", unit = "mm")',
    )


FORMATS = (
    PredictionFormat(
        "joints",
        "VideoPose3D, MHFormer, MotionBERT and other lifters",
        "`X3D.npy`, `output_keypoints_3d.npz`",
        "joints alone",
        "frame numbers",
        "none, or the set's",
        _is_lifted,
        _read_lifted,
    ),
    PredictionFormat(
        "MMPose in 3D",
        "MMPose's 3D inferencer and demos",
        "`predictions/<video>.json`, `results_<video>.json`",
        "joints alone",
        "frame numbers, file names",
        "none, or the set's",
        _is_mmpose,
        _read_mmpose,
    ),
    PredictionFormat(
        "EasyMocap's joints",
        "EasyMocap",
        "`keypoints3d/*.json`",
        "joints alone",
        "frame numbers",
        "the set's, in one world",
        _is_easymocap,
        _read_easymocap,
    ),
)
