"""Boxes and annotated masks against the bodies in them."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.checks.detector import Detector, Measurement
from sefd_viewer.checks.inspection import InspectedPerson, Inspection
from sefd_viewer.render.zbuffer import projected_box, render_buffers

_MARGIN = 0.05
"""How far outside, as a share of the box's longer side, a keypoint still counts as inside."""


def measure_box_keypoints(inspection: Inspection) -> Iterator[Measurement]:
    """The share of the visible keypoints inside the picture that lie outside the box, in percent.

    Hidden ones may: COCO's boxes go around what is seen. Where nobody in a picture has a visible one the set
    does not tell them apart, and all labelled ones count.
    """
    told_apart = any(one.visible.any() for one in inspection.people)
    word = "visible" if told_apart else "labelled"
    for one in inspection.people:
        counted = one.visible if told_apart else one.labelled
        box, points = one.person.bbox_xywh, _points(one, counted, inspection.size)
        if box is None or not len(points) or not np.isfinite(box).all():
            continue
        margin = _MARGIN * float(box[2:].max())
        outside = ((points < box[:2] - margin) | (points > box[:2] + box[2:] + margin)).any(axis=1)
        yield Measurement(one.key, 100 * float(outside.mean()), f"{outside.sum()} of {len(points)} {word}")


def measure_box_body(inspection: Inspection) -> Iterator[Measurement]:
    """Intersection over union of the annotated box and the body's, both inside the picture."""
    for one in inspection.with_bodies:
        box = _inside(one.person.bbox_xywh, inspection.size)
        if box is None or inspection.size is None:
            continue
        own = _body_box(one, inspection.size)
        yield Measurement(one.key, 0.0 if own is None else overlap(box, own))


def _points(
    one: InspectedPerson, counted: NDArray[np.bool_], size: tuple[int, int] | None
) -> NDArray[np.float32]:
    """The `counted` keypoints (K, 2); boxes end where the picture ends, so those outside it do not count."""
    if one.person.pose2d is None:
        return np.zeros((0, 2), np.float32)
    points = one.person.pose2d.keypoints[counted, :2]
    inside = (points >= -0.5) & (points <= np.inf if size is None else points < size)
    return np.asarray(points[inside.all(axis=1)])


def overlap(one: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    """Intersection over union of two boxes x y w h."""
    low = np.maximum(one[:2], other[:2])
    high = np.minimum(one[:2] + one[2:], other[:2] + other[2:])
    shared = float(np.maximum(high - low, 0).prod())
    whole = float(one[2:].prod() + other[2:].prod()) - shared
    return shared / whole if whole > 0 else 0.0


def _body_box(one: InspectedPerson, size: tuple[int, int]) -> NDArray[np.float32] | None:
    assert one.output is not None
    assert one.camera is not None
    return projected_box(one.output.vertices, one.camera, size)


def _inside(box: NDArray[np.float32] | None, size: tuple[int, int] | None) -> NDArray[np.float64] | None:
    """The box's part inside the picture."""
    if box is None or size is None or not np.isfinite(box).all():
        return None
    low = np.clip(box[:2].astype(np.float64), 0, size)
    high = np.clip((box[:2] + box[2:]).astype(np.float64), 0, size)
    return np.concatenate([low, high - low]) if (high > low).all() else None


BOX_KEYPOINTS = Detector(
    id="box_keypoints",
    title="Keypoints outside the box",
    description="The share of a person's visible keypoints that lie outside the person's own box.",
    sentence="{detail} keypoints lie outside the person's box: box and keypoints belong to different people, "
    "or one of them to another picture size.",
    unit="%",
    threshold=15.0,
    range=(0.0, 95.0),
    measure=measure_box_keypoints,
    version=2,
)

BOX_BODY = Detector(
    id="box_body",
    title="Body off the box",
    description="Overlap (intersection over union) of the annotated box with the body's in the picture.",
    sentence="The body fills another box than the annotated one (their overlap is {value:.0%}); "
    "the body belongs to somebody else, or its place or size is wrong.",
    unit="",
    threshold=0.35,
    range=(0.05, 0.9),
    measure=measure_box_body,
    needs_bodies=True,
    direction="below",
)


_LONGEST_SIDE = 512
_CLOTHES = 0.02
"""Sizes of the person by which clothes and hair may reach beyond the body."""

_FEWEST_PIXELS = 60
_LEAST_SEEN = 0.15
"""The mask's least part of the body: of people who are nearly hidden a sliver decides nothing."""


def measure_mask(inspection: Inspection) -> Iterator[Measurement]:
    """The part of each person's mask that the body covers, in percent.

    Not the overlap of the two: a thing in front of the person takes a part of the mask and none of the body.
    """
    if not inspection.with_bodies or inspection.masks is None or inspection.size is None:
        return
    scale = min(1.0, _LONGEST_SIDE / max(inspection.size))
    small = round(inspection.size[0] * scale), round(inspection.size[1] * scale)
    for one in inspection.with_bodies:
        mask = inspection.masks.mask(one.key, small, scale=scale)
        if mask is None or int(mask.sum()) < _FEWEST_PIXELS:
            continue
        body = _silhouette(one, small, scale)
        if mask.sum() < _LEAST_SEEN * body.sum():
            continue
        covered = float(body[mask > 0].mean())
        both = float((body & mask).sum() / (body | mask).sum())
        yield Measurement(one.key, 100 * covered, f"their overlap is {both:.0%}")


def _silhouette(one: InspectedPerson, size: tuple[int, int], scale: float) -> NDArray[np.uint8]:
    """The body's pixels (H, W), 1 inside, a little thicker, in the picture resized by `scale`."""
    assert one.output is not None
    assert one.body is not None
    assert one.camera is not None
    camera = one.camera.resized(scale)
    drawn = render_buffers([one.output.vertices], one.body.faces, camera, size, front_only=True)
    reach = max(1, round(_CLOTHES * one.size_px * scale))
    around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return np.asarray(cv2.dilate((drawn.person_id > 0).astype(np.uint8), around), np.uint8)


MASK = Detector(
    id="mask",
    title="Body off the person's mask",
    description="The part of the person's annotated mask that the body covers (sets with masks: MSCOCO).",
    sentence="The body covers {value:.0f} % of the person's mask ({detail}): it is off the person, "
    "or has another pose.",
    unit="%",
    threshold=70.0,
    range=(10.0, 98.0),
    measure=measure_mask,
    needs_bodies=True,
    direction="below",
)
