"""Changes of a 2D pose by hand, pure, to a pose whose source is "hand edit"; and a pose for a drawn box."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sefd_viewer.errors import SefdError
from sefd_viewer.geometry.crops import bbox_from_points
from sefd_viewer.geometry.joints import Pose2D, as_joint_set
from sefd_viewer.pose2d.merging import box_overlap

_MIDDLE = {
    "Head_top": 0.0,
    "Head": 0.06,
    "Nose": 0.075,
    "Jaw": 0.09,
    "Neck": 0.165,
    "Thorax": 0.185,
    "Chest": 0.27,
    "Spine": 0.36,
    "Torso": 0.42,
    "Pelvis": 0.5,
}
"""Joints in the middle: height below the top of the head, as a share of the person's height."""

_LEFT = {
    "Eye": (0.018, 0.055),
    "Eyeball": (0.018, 0.055),
    "Ear": (0.042, 0.065),
    "Thorax": (0.05, 0.19),
    "Shoulder": (0.105, 0.195),
    "Elbow": (0.145, 0.345),
    "Wrist": (0.165, 0.48),
    "Hand": (0.17, 0.525),
    "Hip": (0.055, 0.52),
    "Knee": (0.065, 0.745),
    "Ankle": (0.07, 0.95),
    "Toe": (0.09, 1.0),
}
"""Joints on the left, which is right in the picture of somebody who looks at the camera."""

_FINGERS = ("Thumb", "Index", "Middle", "Ring", "Pinky")
"""Joints of fingers lie on the hand."""

_NATURAL_WIDTH = 0.34
_STRETCH = 1.6
_LYING = 1.25
"""From this width on, as a multiple of the height, a box holds somebody who lies."""


def pattern(names: Sequence[str]) -> NDArray[np.float64]:
    """The joints (J, 2) of a person one unit high, from the top of the head down; x is 0 in the middle."""
    return np.array([_place(name) for name in names])


def fitted_to_box(names: Sequence[str], bbox_xywh: ArrayLike) -> NDArray[np.float64]:
    """The pattern (J, 2) filling a box (4,) in image pixels; lying in a wide one, the head to the left."""
    x, y, width, height = np.asarray(bbox_xywh, np.float64)
    points = pattern(names)
    if width > _LYING * height:
        points = np.column_stack([points[:, 1], -points[:, 0]])
        across = _stretched(height, width)
        return np.array([x, y + height / 2]) + points * (width, across)
    return np.array([x + width / 2, y]) + points * (_stretched(width, height), height)


def fitted_to_joints(
    names: Sequence[str], places: NDArray[np.float64], known: NDArray[np.bool_]
) -> NDArray[np.float64] | None:
    """The pattern (J, 2) turned, scaled, moved and perhaps mirrored to lie over the known of `places` (J, 2).

    None where the known joints lie on one spot.
    """
    upright = pattern(names)
    fits = [_similarity(upright * (side, 1), places, known) for side in (1, -1)]
    found = [fit for fit in fits if fit is not None]
    errors = [float(np.square(fit - places)[known].sum()) for fit in found]
    return found[int(np.argmin(errors))] if found else None


def _place(name: str) -> tuple[float, float]:
    side, _, joint = name.partition("_")
    joint = "Hand" if joint.startswith(_FINGERS) else joint
    if side in ("L", "R") and joint in _LEFT:
        across, down = _LEFT[joint]
        return across if side == "L" else -across, down
    return 0.0, _MIDDLE[name]


def _stretched(width: float, height: float) -> float:
    """The unit of width that fills a box without making the person stouter than `_STRETCH` allows."""
    return min(width / _NATURAL_WIDTH, _STRETCH * height)


def _similarity(
    source: NDArray[np.float64], target: NDArray[np.float64], known: NDArray[np.bool_]
) -> NDArray[np.float64] | None:
    """All of `source` (J, 2) under the similarity that brings its known points nearest to the target's.

    As complex numbers the similarity is a factor and a summand, and least squares has a closed form.
    """
    a, b = source @ (1, 1j), target @ (1, 1j)
    a0, b0 = a[known] - a[known].mean(), b[known] - b[known].mean()
    norm = float(np.vdot(a0, a0).real)
    if norm < 1e-12 or float(np.vdot(b0, b0).real) < 1e-12:
        return None
    fitted = np.vdot(a0, b0) / norm * (a - a[known].mean()) + b[known].mean()
    return np.column_stack([fitted.real, fitted.imag])


HAND_EDIT = "hand edit"
"""The source of a pose that a person changed."""

SEEN = 0.1
"""Joints below this score are not given to the networks."""

JointKind = Literal["seen", "hidden", "unplaced"]
"""A joint that the networks see, one that is switched off, one that was never placed."""

_SCALES = (1.0, 1.2)
_SAME_BOX_PX = 0.75


def joint_kinds(pose: Pose2D) -> tuple[JointKind, ...]:
    """What each joint of a pose is; files hold unplaced ones as zeros."""
    seen, placed = pose.keypoints[:, 2] >= SEEN, np.any(pose.keypoints[:, :2] != 0, axis=1)
    return tuple("seen" if s else "hidden" if p else "unplaced" for s, p in zip(seen, placed, strict=True))


def joint_places(pose: Pose2D) -> NDArray[np.float64]:
    """Where each joint is (J, 2) in image pixels; where it would be in an upright person if never placed."""
    places = pose.keypoints[:, :2].astype(np.float64)
    unplaced = np.array([kind == "unplaced" for kind in joint_kinds(pose)])
    if unplaced.any():
        names = as_joint_set(pose.joint_set).names
        seen = pose.keypoints[:, 2] >= SEEN
        guess = fitted_to_joints(names, places, seen) if seen.sum() >= 2 else None
        guess = fitted_to_box(names, pose.bbox_xywh) if guess is None else guess
        places[unplaced] = guess[unplaced]
    return places


def with_joint_at(pose: Pose2D, joint: int, point: ArrayLike) -> Pose2D:
    """The pose with one joint at `point` (2,) in image pixels, where it is surely seen."""
    keypoints = pose.keypoints.copy()
    keypoints[joint] = (*np.asarray(point, np.float32), 1.0)
    return _edited(pose, keypoints)


def with_joint_toggled(pose: Pose2D, joint: int) -> Pose2D:
    """The pose with one joint switched off where it was seen, else on; it stays in its place."""
    keypoints = pose.keypoints.copy()
    place = joint_places(pose)[joint]
    keypoints[joint] = (*place, 0.0 if keypoints[joint, 2] >= SEEN else 1.0)
    return _edited(pose, keypoints)


def moved_by(pose: Pose2D, step: ArrayLike) -> Pose2D:
    """The whole pose moved by (dx, dy) pixels."""
    placed = np.array([kind != "unplaced" for kind in joint_kinds(pose)])
    keypoints, box = pose.keypoints.copy(), pose.bbox_xywh.copy()
    keypoints[placed, :2] += np.asarray(step, np.float32)
    box[:2] += np.asarray(step, np.float32)
    return replace(pose, keypoints=keypoints, bbox_xywh=box, source=HAND_EDIT)


def with_sides_swapped(pose: Pose2D) -> Pose2D:
    """The pose with left and right joints exchanged: nothing moves, only names do."""
    order = list(as_joint_set(pose.joint_set).flip_order)
    return replace(pose, keypoints=pose.keypoints[order], source=HAND_EDIT)


def upright_pose(joint_set: str, bbox_xywh: ArrayLike) -> Pose2D:
    """A person who stands, or lies where the box is wider than high, filling the box (4,)."""
    box = np.asarray(bbox_xywh, np.float32)
    points = fitted_to_box(as_joint_set(joint_set).names, box)
    keypoints = np.column_stack([points, np.ones(len(points))])
    return Pose2D(joint_set, keypoints, box, 1.0, HAND_EDIT)


def _edited(pose: Pose2D, keypoints: NDArray[np.float32]) -> Pose2D:
    return replace(pose, keypoints=keypoints, bbox_xywh=_box(pose, keypoints), source=HAND_EDIT)


def _box(before: Pose2D, keypoints: NDArray[np.float32]) -> NDArray[np.float32]:
    """The box after a change: made of the joints where it was made of them, else large enough for them."""
    for scale in _SCALES:
        old, new = (
            bbox_from_points(k[:, :2], k[:, 2] >= SEEN, scale=scale) for k in (before.keypoints, keypoints)
        )
        if old is not None and new is not None and np.abs(old - before.bbox_xywh).max() < _SAME_BOX_PX:
            return new.astype(np.float32)
    seen = keypoints[keypoints[:, 2] >= SEEN, :2]
    corner = before.bbox_xywh[:2]
    low = np.minimum(corner, seen.min(axis=0, initial=np.inf))
    high = np.maximum(corner + before.bbox_xywh[2:], seen.max(axis=0, initial=-np.inf))
    return np.concatenate([low, high - low]).astype(np.float32)


Detect = Callable[[NDArray[np.uint8]], list[Pose2D]]

_MARGIN = 0.25
_LEAST_OVERLAP = 0.3


def detect_in_box(image: NDArray[np.uint8], bbox_xywh: ArrayLike, detect: Detect) -> Pose2D | None:
    """The pose of whoever fills the box (4,) of `image` (H, W, 3) best, None where nobody is found.

    The source stays the detector's.
    """
    box = np.asarray(bbox_xywh, np.float64)
    left, top, right, bottom = _with_margin(box, image.shape[1], image.shape[0])
    try:
        found = detect(np.ascontiguousarray(image[top:bottom, left:right]))
    except SefdError:
        return None
    placed = [replace(moved_by(pose, (left, top)), source=pose.source) for pose in found]
    best = max(placed, key=lambda pose: box_overlap(pose.bbox_xywh, box), default=None)
    return best if best is not None and box_overlap(best.bbox_xywh, box) >= _LEAST_OVERLAP else None


def _with_margin(box: NDArray[np.float64], width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the box with some ground around it, within the picture."""
    low = np.floor(box[:2] - _MARGIN * box[2:]).clip(0, (width, height))
    high = np.ceil(box[:2] + (1 + _MARGIN) * box[2:]).clip(0, (width, height))
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])
