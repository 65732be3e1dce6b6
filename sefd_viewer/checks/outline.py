"""A body's outline against the picture: is it on edges more than copies of it that lie beside?

Only the share of the outline on edges would measure how textured a picture is. So the same outline is laid on
the picture again, shifted a little in eight directions; a body that fits is better than all its copies.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.checks.detector import Detector, Measurement
from sefd_viewer.checks.inspection import InspectedPerson, Inspection
from sefd_viewer.checks.silhouettes import (
    BODY_PX,
    EdgeField,
    Outline,
    Piece,
    cut_piece,
    edge_field,
    outline_of,
)
from sefd_viewer.render.zbuffer import projected_box

SMALLEST_PX = 40.0
"""Bodies smaller than this in the picture have no outline to speak of."""

NEAR = 0.03
"""How near an edge must be, as a share of the body's size."""

_MARGIN = 0.25
_SHIFTS = (0.1, 0.2)
"""How far copies are shifted, in sizes of the body."""

_FEWEST_POINTS = 40
_IN_FRONT = 0.05
"""Metres by which another body must be nearer to hide a point of the outline."""


def measure_outline(inspection: Inspection) -> Iterator[Measurement]:
    """The outline's share on edges minus that of the best shifted copy, in percentage points."""
    for number, one in enumerate(inspection.with_bodies, start=1):
        piece = _piece(one, inspection)
        outline = None if piece is None else _seen_outline(one, number, piece, inspection)
        if piece is None or outline is None:
            continue
        body_px = body_side(one, inspection) * piece.scale
        field = edge_field(piece.grey, near=max(1.5, NEAR * body_px))
        own = field.share(outline.points, outline.across)
        best, shift = _best_copy(field, outline, body_px)
        if np.isfinite(own) and np.isfinite(best):
            aside = float(np.linalg.norm(shift)) / piece.scale
            yield Measurement(one.key, 100 * (own - best), f"{aside:.0f} px {_direction(shift)}")


def body_box(one: InspectedPerson, inspection: Inspection) -> NDArray[np.float32] | None:
    """The body's box x y w h in the picture; None where it is outside of it or too small to look at."""
    assert one.output is not None
    assert one.camera is not None
    height, width = inspection.picture.shape[:2]
    box = projected_box(one.output.vertices, one.camera, (width, height))
    if box is None or box[2:].max() < SMALLEST_PX or box[2:].min() < SMALLEST_PX / 4:
        return None
    return box


def body_side(one: InspectedPerson, inspection: Inspection) -> float:
    """The longer side of the body's box in the picture, pixels."""
    box = body_box(one, inspection)
    return 0.0 if box is None else float(box[2:].max())


def _piece(one: InspectedPerson, inspection: Inspection) -> Piece | None:
    box = body_box(one, inspection)
    if box is None or inspection.plane is None:
        return None
    side = float(box[2:].max())
    scale = min(1.0, BODY_PX / side)
    return cut_piece(inspection.picture, inspection.plane[0], box, margin=_MARGIN * side, scale=scale)


def _seen_outline(one: InspectedPerson, number: int, piece: Piece, inspection: Inspection) -> Outline | None:
    """The body's outline where no other body hides it; None where too little is left."""
    assert one.body is not None
    buffers = piece.render(inspection.placed(one), one.body.faces)
    outline = outline_of(buffers)
    if inspection.depth is not None and len(inspection.with_bodies) > 1:
        owner, surface = inspection.depth.at(piece.in_picture(outline.points))
        nearer = surface < buffers.depth[outline.pixels] - _IN_FRONT
        outline = outline.only(~((owner > 0) & (owner != number) & nearer))
    return outline if len(outline.points) >= _FEWEST_POINTS else None


def _best_copy(field: EdgeField, outline: Outline, body_px: float) -> tuple[float, NDArray[np.float64]]:
    """The largest share on edges among the shifted copies, and that copy's shift (2,) in the piece."""
    angles = np.arange(8) * np.pi / 4
    steps = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    shifts = np.concatenate([share * body_px * steps for share in _SHIFTS])
    shares = np.array([field.share(outline.points + shift, outline.across) for shift in shifts])
    best = int(np.argmax(np.nan_to_num(shares, nan=-1)))
    return float(shares[best]), shifts[best]


def _direction(shift: NDArray[np.float64]) -> str:
    x, y = np.round(shift / max(float(np.linalg.norm(shift)), 1e-9)).astype(int).tolist()
    words = [{-1: "up", 1: "down"}.get(y), {-1: "to the left", 1: "to the right"}.get(x)]
    return " and ".join(word for word in words if word)


OUTLINE = Detector(
    id="outline",
    title="Outline off the picture's edges",
    description="Share of the body's outline on edges of the picture, less that of the best shifted copy.",
    sentence="The body's outline fits the picture's edges better {detail} ({value:.0f} points): "
    "the body is off the person, or is not like the person.",
    unit="points",
    threshold=-4.5,
    range=(-40.0, 20.0),
    measure=measure_outline,
    needs_bodies=True,
    direction="below",
    reads="picture",
)
