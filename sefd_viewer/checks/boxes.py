"""The annotated box against the keypoints and against the body."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.checks.detector import Detector, Measurement
from sefd_viewer.checks.inspection import InspectedPerson, Inspection
from sefd_viewer.render.zbuffer import projected_box

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
