"""The occlusion lab: something put before a person, and how the networks react."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.geometry.joints import SMPL30
from sefd_viewer.inference.messages import ROLES, Role
from sefd_viewer.session.explain.joint_names import joint_title
from sefd_viewer.session.explain.measuring import FindBody, errors_of, moved
from sefd_viewer.session.explain.pictures import (
    CROP,
    SIDE,
    body_over,
    crop_camera,
    crop_picture,
    outline_over,
)
from sefd_viewer.session.methods import COLORS

if TYPE_CHECKING:
    from sefd_viewer.inference.messages import Prediction, Tried
    from sefd_viewer.session.explain.case import Case
    from sefd_viewer.session.explain.state import BodiesShown, Occluder

    Image = NDArray[np.uint8]

GREY = 127
SHOWN_SIDE = 640
"""Pixels along the picture in which the occluder is dragged."""


@dataclass(frozen=True, eq=False)
class Occluded:
    """The crop with something in it: `crop_rgb` (256,256,3) for the networks, `picture` to look at."""

    crop_rgb: Image
    picture: Image


@dataclass(frozen=True, eq=False)
class Reaction:
    """What a network does: bodies before and after, joints moved, errors (nan without ground truth)."""

    role: Role
    before: Image
    after: Image
    moved_mm: float
    moved_px: float
    worst: str
    worst_mm: float
    mpjpe_before_mm: float
    mpjpe_after_mm: float


def occluded(case: Case, occluder: Occluder, cutout: NDArray[np.uint8] | None) -> Occluded:
    """Put the occluder before the person; `cutout` (H,W,4) is the person to be put there."""
    from sefd_viewer.datasets.sample import crop_for, warp

    crop = crop_for(case.person.pose2d, case.scene.size)
    pictures = warp(case.scene.image, crop), crop_picture(case.scene.image, crop, side=SHOWN_SIDE)
    return Occluded(*(covered(picture, occluder, cutout) for picture in pictures))


def covered(picture: Image, occluder: Occluder, cutout: NDArray[np.uint8] | None) -> Image:
    """A square picture of the crop with the occluder in it."""
    scale = len(picture) / CROP
    middle = ((occluder.x + 0.5) * scale - 0.5, (occluder.y + 0.5) * scale - 0.5)
    height = occluder.size * scale
    if occluder.kind == "person" and cutout is not None:
        return _with_cutout(picture, cutout, middle, height)
    mask = _shape(len(picture), middle, height / 2, round_=occluder.kind == "blob")[..., None]
    return (picture * (1 - mask) + GREY * mask).round().astype(np.uint8)


def _shape(side: int, middle: tuple[float, float], half: float, *, round_: bool) -> NDArray[np.float32]:
    """Cover (side, side) in [0,1] of a box, or of a soft blob."""
    x, y = np.arange(side) - middle[0], np.arange(side)[:, None] - middle[1]
    if not round_:
        return (np.clip(half - abs(x) + 0.5, 0, 1) * np.clip(half - abs(y) + 0.5, 0, 1)).astype(np.float32)
    angle = np.arctan2(y, x)
    wavy = half * (1 + 0.14 * np.sin(3 * angle + 0.7) + 0.08 * np.sin(5 * angle))
    return np.clip((wavy - np.hypot(x, y)) / max(0.12 * half, 1.0) + 0.5, 0, 1).astype(np.float32)


def _with_cutout(picture: Image, cutout: Image, middle: tuple[float, float], height: float) -> Image:
    import cv2

    scale = height / cutout.shape[0]
    shift = np.array(middle) - scale * (np.array(cutout.shape[1::-1]) - 1) / 2
    affine = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    laid = cv2.warpAffine(cutout, affine, picture.shape[1::-1], flags=cv2.INTER_AREA)
    cover = laid[..., 3:].astype(np.float32) / 255
    return (picture * (1 - cover) + laid[..., :3] * cover).round().astype(np.uint8)


def cut_out(image: Image, prediction: Prediction, find_body: FindBody) -> NDArray[np.uint8] | None:
    """A person (H,W,4) cut out of the photo along the outline of a predicted body; None when it is empty."""
    import cv2

    from sefd_viewer.render.zbuffer import render_buffers

    picture = crop_picture(image, prediction.crop)
    faces = find_body(prediction.parameters.body_id).faces
    mask = render_buffers([prediction.vertices_camera], faces, crop_camera(SIDE), (SIDE, SIDE)).person_id > 0
    rows, columns = np.nonzero(mask)
    if not rows.size:
        return None
    wide = cv2.GaussianBlur(cv2.dilate(mask.astype(np.uint8) * 255, np.ones((7, 7), np.uint8)), (5, 5), 0)
    person = np.dstack([picture, wide])
    return np.ascontiguousarray(person[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1])


def reactions(
    case: Case, answers: Mapping[str, Tried], shown: Occluded, bodies: BodiesShown, find_body: FindBody
) -> tuple[Reaction, ...]:
    """How each network reacts to the occluder; with onion skin the body before is an outline in `after`."""
    found = [role for role in ROLES if role in answers and role in case.normal]
    return tuple(_reaction(case, role, answers[role], shown, bodies, find_body) for role in found)


def _reaction(
    case: Case, role: Role, answer: Tried, shown: Occluded, bodies: BodiesShown, find_body: FindBody
) -> Reaction:
    before, after = case.normal[role], answer.prediction
    change = moved(before, after)
    worst = int(np.argmax(change.millimetres))
    errors = [errors_of(case, prediction, find_body) for prediction in (before, after)]
    faces = find_body(after.parameters.body_id).faces
    untouched = crop_picture(case.scene.image, before.crop, side=SIDE)
    picture = body_over(_smaller(shown.picture), after.vertices_camera, faces, COLORS[role])
    if bodies == "onion":
        picture = outline_over(picture, before.vertices_camera, faces, (255, 255, 255))
    return Reaction(
        role,
        body_over(untouched, before.vertices_camera, faces, COLORS[role]),
        picture,
        change.mean_mm,
        change.mean_px,
        joint_title(SMPL30.names[worst]),
        float(change.millimetres[worst]),
        *(error.mpjpe_mm if error is not None else math.nan for error in errors),
    )


def _smaller(picture: Image) -> Image:
    import cv2

    return np.asarray(cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)
