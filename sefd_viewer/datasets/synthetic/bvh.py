"""BVH motion to SMPL's 24 joints: each bone's direction is kept, whatever pose the skeleton rests in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.errors import DatasetError
from sefd_viewer.geometry import SMPL24, axis_angle_to_matrix, matrix_to_axis_angle

Array = NDArray[np.float64]

_SIDED = {
    "Hip": ("upleg", "thigh", "hip"),
    "Knee": ("leg", "knee", "shin", "lowleg", "calf"),
    "Ankle": ("foot", "ankle"),
    "Toe": ("toebase", "toe", "toes"),
    "Thorax": ("collar", "clavicle", "shoulder"),
    "Shoulder": ("arm", "uparm", "upperarm", "shldr", "shoulder"),
    "Elbow": ("forearm", "elbow", "lowarm"),
    "Wrist": ("hand", "wrist"),
}
"""What rigs call a joint after its side; a name belongs to the first that is still free."""
_MIDDLE = {
    "Pelvis": ("hips", "pelvis", "root", "hip"),
    "Torso": ("spine", "abdomen", "lowerback"),
    "Spine": ("spine1", "spine"),
    "Chest": ("spine2", "spine3", "chest", "chest2", "upperchest"),
    "Neck": ("neck", "neck1"),
    "Head": ("head",),
}
_NEEDED = ("Pelvis", "L_Hip", "R_Hip", "L_Knee", "R_Knee", "L_Shoulder", "R_Shoulder", "L_Elbow", "R_Elbow")
_CHILD = {
    "Hip": "Knee", "Knee": "Ankle", "Thorax": "Shoulder", "Shoulder": "Elbow", "Elbow": "Wrist",
}  # fmt: skip
"""The joint at the other end of the bone whose direction is kept."""
_PARENTS = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21)
_ARMS = ("Thorax", "Shoulder", "Elbow")


@dataclass
class _Joint:
    name: str
    parent: int
    offset: Array
    channels: list[str] = field(default_factory=list)


def read_bvh(path: Path, *, per_second: float) -> Array:
    """The poses (N, 72) of a BVH file, axis-angle, Y up, facing +Z at rest, about `per_second` a second.

    The skeleton stands with Y up; joints are known by the names that common rigs give them. Raises
    DatasetError for a file that is none, or whose joints are not known.
    """
    try:
        words = path.read_text(encoding="utf-8", errors="replace").split()
    except OSError as error:
        raise DatasetError.unreadable(path, error) from error
    try:
        joints, motion, seconds = _parse(words)
    except (IndexError, ValueError) as error:
        raise DatasetError("this is not a complete BVH file", where=path, remedy="Export it again") from error
    where = _known(joints)
    missing = [name for name in _NEEDED if name not in where]
    if missing:
        words_found = ", ".join(joint.name for joint in joints[:8])
        raise DatasetError(
            f"joints of a person are not found by name: {', '.join(missing)}; there are {words_found}, ...",
            where=path,
            remedy="Rename the joints, such as Hips, LeftUpLeg, LeftLeg, LeftArm, LeftForeArm",
        )
    step = max(round(1 / (seconds * per_second)), 1) if seconds > 0 else 1
    turned = _turned(joints, motion[::step])
    return _to_smpl(joints, where, turned)


def _parse(words: Sequence[str]) -> tuple[list[_Joint], Array, float]:
    """Joints in file order, their channels' values (frames, channels), and the seconds between frames."""
    joints: list[_Joint] = []
    stack: list[int] = []
    i, end = 0, list(words).index("MOTION")
    while i < end:
        word = words[i]
        if word in ("ROOT", "JOINT", "End"):
            name = words[i + 1] if word != "End" else f"{joints[stack[-1]].name} end"
            joints.append(_Joint(name, stack[-1] if stack else -1, np.zeros(3)))
            stack.append(len(joints) - 1)
            i += 2
        elif word == "OFFSET":
            joints[stack[-1]].offset = np.array([float(v) for v in words[i + 1 : i + 4]])
            i += 4
        elif word == "CHANNELS":
            count = int(words[i + 1])
            joints[stack[-1]].channels = [name.lower() for name in words[i + 2 : i + 2 + count]]
            i += 2 + count
        else:
            if word == "}":
                stack.pop()
            i += 1
    frames, start = int(words[end + 2]), list(words).index("Time:", end) + 1
    channels = sum(len(joint.channels) for joint in joints)
    values = np.array([float(v) for v in words[start + 1 : start + 1 + frames * channels]])
    return joints, values.reshape(frames, channels), float(words[start])


def _known(joints: Sequence[_Joint]) -> dict[str, int]:
    """Which joint of the file each SMPL joint is."""
    names = {_plain(joint.name): i for i, joint in reversed(list(enumerate(joints)))}
    where: dict[str, int] = {}
    for name, found in _wanted():
        place = next((names[f] for f in found if f in names and names[f] not in where.values()), None)
        if place is not None:
            where[name] = place
    for side in ("L", "R"):
        if f"{side}_Shoulder" not in where and f"{side}_Thorax" in where:  # a rig without collar bones
            where[f"{side}_Shoulder"] = where.pop(f"{side}_Thorax")
    return where


def _wanted() -> Iterator[tuple[str, list[str]]]:
    for name, endings in _MIDDLE.items():
        yield name, list(endings)
    for short, long in (("L", "left"), ("R", "right")):
        for name, endings in _SIDED.items():
            spelt = [f"{side}{ending}" for ending in endings for side in (long, short.lower())]
            spelt += [f"{ending}{side}" for ending in endings for side in (long, short.lower())]
            yield f"{short}_{name}", spelt


def _plain(name: str) -> str:
    return "".join(c for c in name.split(":")[-1].lower() if c.isalnum())


def _turned(joints: Sequence[_Joint], motion: Array) -> Array:
    """Rotations (frames, joints, 3, 3) of every joint against its rest, in the world."""
    world = np.tile(np.eye(3), (len(motion), len(joints), 1, 1))
    column = 0
    for i, joint in enumerate(joints):
        own = np.tile(np.eye(3), (len(motion), 1, 1))
        for channel in joint.channels:
            if channel.endswith("rotation"):
                axis = np.eye(3)["xyz".index(channel[0])]
                own = own @ axis_angle_to_matrix(np.radians(motion[:, column, None]) * axis)
            column += 1
        world[:, i] = own if joint.parent < 0 else world[:, joint.parent] @ own
    return world


def _to_smpl(joints: Sequence[_Joint], where: dict[str, int], turned: Array) -> Array:
    rest = np.zeros((len(joints), 3))
    for i, joint in enumerate(joints):
        rest[i] = joint.offset + (rest[joint.parent] if joint.parent >= 0 else 0)
    facing = _facing(rest[where["L_Hip"]] - rest[where["R_Hip"]])
    rest = rest @ facing.T
    turned = facing @ turned @ facing.T
    world = np.empty((len(turned), SMPL24.count, 3, 3))
    local = np.empty_like(world)
    for i, name in enumerate(SMPL24.names):
        parent = _PARENTS[i]
        above = np.eye(3) if parent < 0 else world[:, parent]
        world[:, i] = turned[:, where[name]] @ _straighten(name, rest, where) if name in where else above
        local[:, i] = np.swapaxes(np.broadcast_to(above, world[:, i].shape), -1, -2) @ world[:, i]
    return matrix_to_axis_angle(local).reshape(len(turned), 72)


def _facing(left: Array) -> Array:
    """The turn about Y that brings the skeleton's left to +X."""
    return axis_angle_to_matrix(np.array([0.0, np.arctan2(left[2], left[0]), 0.0]))


def _straighten(name: str, rest: Array, where: dict[str, int]) -> Array:
    """The rotation from SMPL's resting bone (a T-pose) to this skeleton's."""
    side, _, kind = name.partition("_")
    child = f"{side}_{_CHILD.get(kind, '')}"
    if child not in where:
        return np.eye(3)
    bone = rest[where[child]] - rest[where[name]]
    outwards = 1.0 if side == "L" else -1.0
    ours = np.array([outwards, 0.0, 0.0] if kind in _ARMS else [0.0, -1.0, 0.0])
    length = float(np.linalg.norm(bone))
    return _between(ours, bone / length) if length > 0 else np.eye(3)


def _between(one: Array, other: Array) -> Array:
    """The smallest rotation from one unit vector to another."""
    axis, cosine = np.cross(one, other), float(np.clip(one @ other, -1, 1))
    sine = float(np.linalg.norm(axis))
    if sine < 1e-8:
        return np.eye(3) if cosine > 0 else np.asarray(axis_angle_to_matrix(np.array([0.0, 0.0, np.pi])))
    return np.asarray(axis_angle_to_matrix(axis / sine * np.arctan2(sine, cosine)))
