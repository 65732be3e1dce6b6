"""The occlusion lab: something put before a person, and how the networks react."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.features.explain.case import Case, errors_of, joint_title, moved
from sefd_viewer.features.explain.pictures import (
    CROP,
    SIDE,
    body_over,
    crop_camera,
    crop_picture,
    outline_over,
)
from sefd_viewer.geometry.joints import SMPL30

if TYPE_CHECKING:
    from sefd_viewer.app.methods import Color, Method
    from sefd_viewer.features.explain.case import FindBody
    from sefd_viewer.features.explain.model import BodiesShown, OccludedArea, Occluder
    from sefd_viewer.inference.messages import Prediction, Trial, Tried

    Image = NDArray[np.uint8]
    Pair = tuple[Case, Prediction]

GREY = 127
SIZES = (16.0, 200.0)
"""Heights that an occluder may have."""
SHOWN_SIDE = 640
"""Pixels along the picture in which the occluder is dragged."""


@dataclass(frozen=True, eq=False)
class CutOut:
    """A person (H,W,4) cut out of a photo; None where the outline is empty."""

    rgba: Image | None


@dataclass(frozen=True, eq=False)
class Occluded:
    """The crop, or the whole photo, with something in it.

    `crops` (256,256,3) are for the networks, by person and network; `picture` is to look at. `hidden`
    (256,256) is where something covers a crop, given where covered 2D joints are lost; `covered` says for
    each person how many 2D joints are behind it, and how many the pose has. `share` of the person's body is
    hidden, where that is known.
    """

    crops: Mapping[str, Mapping[Method, Image]]
    picture: Image
    area: OccludedArea
    hidden: Mapping[str, Mapping[Method, NDArray[np.bool_]]]
    covered: Mapping[str, tuple[int, int]]
    share: float = math.nan

    def trials(self, case: Case) -> list[Trial]:
        """What the networks are asked about a person."""
        crops, hidden = self.crops[case.person.key], self.hidden.get(case.person.key, {})
        return [
            one.trial(one.method, crops[one.method], hidden=hidden.get(one.method)) for one in case.answers
        ]


@dataclass(frozen=True)
class PersonMoved:
    """What a network makes of one person: joints moved, errors (nan without ground truth)."""

    person: str
    moved_mm: float
    moved_px: float
    worst: str
    worst_mm: float
    mpjpe_before_mm: float
    mpjpe_after_mm: float


@dataclass(frozen=True, eq=False)
class Reaction:
    """What a network does: pictures of the bodies before and after, and numbers for each person."""

    method: Method
    before: Image
    after: Image
    people: tuple[PersonMoved, ...]

    @property
    def moved_mm(self) -> float:
        """The mean over the people."""
        return math.fsum(one.moved_mm for one in self.people) / len(self.people)


def moved_over(occluder: Occluder, area: OccludedArea, case: Case) -> Occluder:
    """The occluder at the same place of another area, as far as that is inside it."""
    from sefd_viewer.datasets.sample import crop_for

    if occluder.area == area:
        return occluder
    crop, (width, height) = crop_for(case.person.pose2d, case.scene.size), case.scene.size
    unit, middle = height / CROP, np.array([[occluder.x, occluder.y]])
    larger = crop.pixels_per_crop_pixel / unit
    if area == "photo":
        place, size, end = crop.points_to_image(middle) / unit, occluder.size * larger, width / unit - 1
    else:
        place, size, end = crop.points_to_crop(middle * unit), occluder.size / larger, CROP - 1
    x, y = (round(float(value), 1) for value in np.clip(place[0], 0, (end, CROP - 1)))
    return replace(occluder, area=area, x=x, y=y, size=round(float(np.clip(size, *SIZES))))


def occluded(cases: Sequence[Case], occluder: Occluder, cutout: CutOut | None) -> Occluded:
    """Put the occluder before these people of a scene; `cutout` is the person to be put there."""
    from sefd_viewer.datasets.sample import crop_for, warp

    scene, person = cases[0].scene, None if cutout is None else cutout.rgba
    if occluder.area == "photo":
        picture = covered(scene.image, occluder, person)
        behind = _cover(scene.image.shape, occluder, person)
        crops = {
            one.person.key: {m: warp(picture, said.crop) for m, said in one.normal.items()} for one in cases
        }
        hidden = {
            one.person.key: {m: warp(behind, said.crop)[..., 0] > 127 for m, said in one.normal.items()}
            for one in cases
        }
    else:
        (case,) = cases
        shown = crop_for(case.person.pose2d, scene.size)
        picture = covered(crop_picture(scene.image, shown, side=SHOWN_SIDE), occluder, person)
        behind = _cover((CROP, CROP, 3), occluder, person)
        crops = {case.person.key: {m: covered(case.crop_rgb(m), occluder, person) for m in case.normal}}
        hidden = {case.person.key: dict.fromkeys(case.normal, behind[..., 0] > 127)}
    counts = {one.person.key: count_covered(one, behind, occluder.area) for one in cases}
    return Occluded(crops, picture, occluder.area, hidden if occluder.joints == "lost" else {}, counts)


def _cover(shape: Sequence[int], occluder: Occluder, person: NDArray[np.uint8] | None) -> Image:
    """How much (H,W,3) uint8 of a picture of the occluder's area is behind it."""
    black, white = (covered(np.full(shape, level, np.uint8), occluder, person) for level in (0, 255))
    return 255 - (white - black)


def count_covered(case: Case, behind: Image, area: OccludedArea) -> tuple[int, int]:
    """How many 2D joints are behind the occluder, and how many the pose has."""
    from sefd_viewer.datasets.sample import crop_for

    pose = case.person.pose2d
    known = pose.keypoints[pose.keypoints[:, 2] > pose.joint_threshold][:, :2]
    if area == "crop":
        known = crop_for(pose, case.scene.size).points_to_crop(known)
    columns, rows = np.rint(known).astype(int).T
    inside = (columns >= 0) & (rows >= 0) & (columns < behind.shape[1]) & (rows < behind.shape[0])
    return int((behind[rows[inside], columns[inside], 0] > 127).sum()), len(known)


def covered(picture: Image, occluder: Occluder, cutout: NDArray[np.uint8] | None) -> Image:
    """A picture (H,W,3) of the occluder's area with the occluder in it."""
    scale = len(picture) / CROP
    middle = ((occluder.x + 0.5) * scale - 0.5, (occluder.y + 0.5) * scale - 0.5)
    height = occluder.size * scale
    if occluder.kind == "person" and cutout is not None:
        return _with_cutout(picture, cutout, middle, height)
    mask = _shape(picture.shape[:2], middle, height / 2, round_=occluder.kind == "blob")[..., None]
    return (picture * (1 - mask) + GREY * mask).round().astype(np.uint8)


def _shape(
    shape: Sequence[int], middle: tuple[float, float], half: float, *, round_: bool
) -> NDArray[np.float32]:
    """Cover (H,W) in [0,1] of a box, or of a soft blob."""
    x, y = np.arange(shape[1]) - middle[0], np.arange(shape[0])[:, None] - middle[1]
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


def cut_out(image: Image, prediction: Prediction, find_body: FindBody) -> CutOut:
    """A person cut out of the photo along the outline of a predicted body."""
    import cv2

    from sefd_viewer.render.zbuffer import render_buffers

    picture = crop_picture(image, prediction.crop)
    faces = find_body(prediction.parameters.body_id).faces
    mask = render_buffers([prediction.vertices_camera], faces, crop_camera(SIDE), (SIDE, SIDE)).person_id > 0
    rows, columns = np.nonzero(mask)
    if not rows.size:
        return CutOut(None)
    wide = cv2.GaussianBlur(cv2.dilate(mask.astype(np.uint8) * 255, np.ones((7, 7), np.uint8)), (5, 5), 0)
    person = np.dstack([picture, wide])
    part = person[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    return CutOut(np.ascontiguousarray(part))


def reactions(
    cases: Sequence[Case],
    answers: Mapping[str, Mapping[str, Tried]],
    shown: Occluded,
    bodies: BodiesShown,
    colors: Mapping[Method, Color],
    find_body: FindBody,
) -> tuple[Reaction, ...]:
    """How each network reacts to the occluder; with onion skin the body before is an outline in `after`.

    `answers` are by person and network, `colors` by network.
    """
    draw = _on_photo if shown.area == "photo" else _on_crop
    found = []
    for method in dict.fromkeys(method for case in cases for method in case.normal):
        pairs = [
            (case, answers[case.person.key][method].prediction)
            for case in cases
            if method in answers.get(case.person.key, {}) and method in case.normal
        ]
        if pairs:
            people = tuple(_moved(case, method, after, find_body) for case, after in pairs)
            pictures = draw(method, colors[method], pairs, shown, bodies, find_body)
            found.append(Reaction(method, *pictures, people))
    return tuple(found)


def _moved(case: Case, method: Method, after: Prediction, find_body: FindBody) -> PersonMoved:
    before = case.normal[method]
    change = moved(before, after)
    worst = int(np.argmax(change.millimetres))
    errors = [errors_of(case, prediction, find_body) for prediction in (before, after)]
    return PersonMoved(
        f"Person {case.number}",
        change.mean_mm,
        change.mean_px,
        joint_title(SMPL30.names[worst]),
        float(change.millimetres[worst]),
        *(error.mpjpe_mm if error is not None else math.nan for error in errors),
    )


def _on_crop(
    method: Method,
    color: Color,
    pairs: Sequence[Pair],
    shown: Occluded,
    bodies: BodiesShown,
    find_body: FindBody,
) -> tuple[Image, Image]:
    """The one person's body before and after, in the crop."""
    ((case, after),) = pairs
    before, faces = case.normal[method], find_body(after.parameters.body_id).faces
    untouched = crop_picture(case.scene.image, before.crop, side=SIDE)
    picture = body_over(_smaller(shown.picture), after.vertices_camera, faces, color)
    if bodies == "onion":
        picture = outline_over(picture, before.vertices_camera, faces, (255, 255, 255))
    return body_over(untouched, before.vertices_camera, faces, color), picture


def _on_photo(
    method: Method,
    color: Color,
    pairs: Sequence[Pair],
    shown: Occluded,
    bodies: BodiesShown,
    find_body: FindBody,
) -> tuple[Image, Image]:
    """Everybody's body before and after, on the photo."""
    from sefd_viewer.features.explain.pictures import bodies_over_photo

    scene, normal = pairs[0][0].scene, [case.normal[method] for case, _ in pairs]
    outlines = normal if bodies == "onion" else ()
    before = bodies_over_photo(scene.image, scene, normal, color, find_body)
    after = [prediction for _, prediction in pairs]
    return before, bodies_over_photo(shown.picture, scene, after, color, find_body, outlines=outlines)


def _smaller(picture: Image) -> Image:
    import cv2

    return np.asarray(cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def reactions_table(reactions: Sequence[Reaction]) -> list[dict[str, Any]]:
    """A row for each network and person before whom the occluder was put; unrounded, nan unknown."""
    return [{"network": one.method, **vars(person)} for one in reactions for person in one.people]


# ---- in words
