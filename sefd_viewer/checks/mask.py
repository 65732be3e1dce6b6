"""The body's silhouette against the person's annotated mask."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.checks.detector import Detector, Measurement
from sefd_viewer.checks.inspection import InspectedPerson, Inspection

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
    from sefd_viewer.render.zbuffer import render_buffers

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
