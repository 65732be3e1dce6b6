"""The order in depth against the picture: where two bodies overlap, whose outline can be seen?

Inside the overlap only the outline of the person in front is an edge of the picture. If the outline of the
body that lies behind is on edges, and that of the body in front is not, the order is false.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.checks.detector import Detector, Measurement
from sefd_viewer.checks.inspection import InspectedPerson, Inspection
from sefd_viewer.checks.outline import NEAR, body_box
from sefd_viewer.checks.silhouettes import BODY_PX, Outline, Piece, cut_piece, edge_field, outline_of
from sefd_viewer.render.zbuffer import Buffers

_FEWEST_POINTS = 25
_RIM = 0.03
"""Share of the body's size that an outline must lie inside the other body: its own outline is an edge too."""

_MARGIN = 0.1
_MIXED = 0.15
"""Bodies of which each is in front in more than this part of the overlap have no order."""


def measure_picture_order(inspection: Inspection) -> Iterator[Measurement]:
    """How much more of the hidden outline is on edges than of the one in front, in percentage points.

    The number is of the person behind; of several that hide a person the worst counts. People with cameras of
    their own are brought into one image plane first.
    """
    if len(inspection.with_bodies) < 2:
        return
    worst: dict[str, tuple[float, str]] = {}
    for one, other in combinations(inspection.with_bodies, 2):
        found = _pair(one, other, inspection)
        if found is not None:
            value, behind, front = found
            worst[behind.key] = max(worst.get(behind.key, (-np.inf, "")), (value, f"person {front.key}"))
    for key, (value, words) in worst.items():
        yield Measurement(key, value, words)


def _pair(
    one: InspectedPerson, other: InspectedPerson, inspection: Inspection
) -> tuple[float, InspectedPerson, InspectedPerson] | None:
    """The value, who is behind and who in front; None where the two hardly overlap."""
    boxes = body_box(one, inspection), body_box(other, inspection)
    if boxes[0] is None or boxes[1] is None or not _meet(boxes[0], boxes[1]):
        return None
    piece, side = _piece(boxes[0], boxes[1], inspection)
    buffers = [_render(person, piece, inspection) for person in (one, other)]
    both = (buffers[0].person_id > 0) & (buffers[1].person_id > 0)
    if not both.any():
        return None
    nearer = float((buffers[0].depth[both] < buffers[1].depth[both]).mean())
    if _MIXED < nearer < 1 - _MIXED:
        return None
    front, behind = (0, 1) if nearer > 0.5 else (1, 0)
    rim = max(2, round(_RIM * side * piece.scale))
    number = inspection.with_bodies.index((one, other)[front]) + 1
    seen, hidden = (
        _before_all(_inside(outline_of(buffers[a]), buffers[b], rim), number, piece, inspection)
        for a, b in ((front, behind), (behind, front))
    )
    if min(len(seen.points), len(hidden.points)) < _FEWEST_POINTS:
        return None
    field = edge_field(piece.grey, near=max(1.5, NEAR * side * piece.scale))
    value = field.share(hidden.points, hidden.across) - field.share(seen.points, seen.across)
    return 100 * value, (one, other)[behind], (one, other)[front]


def _piece(a: NDArray[np.float32], b: NDArray[np.float32], inspection: Inspection) -> tuple[Piece, float]:
    """The picture around what both boxes share, and the size in pixels of the smaller body."""
    assert inspection.plane is not None
    low = np.maximum(a[:2], b[:2])
    high = np.minimum(a[:2] + a[2:], b[:2] + b[2:])
    side = float(min(a[2:].max(), b[2:].max()))
    box = np.concatenate([low, high - low])
    scale = min(1.0, BODY_PX / side)
    return cut_piece(inspection.picture, inspection.plane[0], box, margin=_MARGIN * side, scale=scale), side


def _meet(a: NDArray[np.float32], b: NDArray[np.float32]) -> bool:
    return bool((np.minimum(a[:2] + a[2:], b[:2] + b[2:]) - np.maximum(a[:2], b[:2]) > 2).all())


def _render(one: InspectedPerson, piece: Piece, inspection: Inspection) -> Buffers:
    assert one.body is not None
    return piece.render(inspection.placed(one), one.body.faces)


def _before_all(outline: Outline, number: int, piece: Piece, inspection: Inspection) -> Outline:
    """The points where the body of this number is seen: a third body there would hide both outlines."""
    if inspection.depth is None:
        return outline
    owner, _ = inspection.depth.at(piece.in_picture(outline.points))
    return outline.only(np.asarray(owner == number))


def _inside(outline: Outline, other: Buffers, rim: int) -> Outline:
    """The part of an outline that lies well inside another body's silhouette."""
    kernel = np.ones((2 * rim + 1, 2 * rim + 1), np.uint8)
    inner = np.asarray(cv2.erode((other.person_id > 0).astype(np.uint8), kernel, borderValue=1))
    return outline.only(inner[outline.pixels] > 0)


PICTURE_ORDER = Detector(
    id="picture_order",
    title="In front in the picture, behind in depth",
    description="Where bodies overlap: how much more the hidden outline is on edges than the front one.",
    sentence="The picture shows this person in front of {detail}, the bodies stand the other way round "
    "(the hidden outline is on edges by {value:.0f} points more).",
    unit="points",
    threshold=15.0,
    range=(-20.0, 50.0),
    measure=measure_picture_order,
    needs_bodies=True,
    reads="picture",
)
