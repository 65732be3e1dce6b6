"""Outlines of a person's body through each extrinsic mode, for the photos of a moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sefd_viewer.features.cameras.extrinsics import MODES, has_world_bodies, mode_results

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.scene import FindBody
    from sefd_viewer.app.state import Color
    from sefd_viewer.datasets.records import Dataset, Record
    from sefd_viewer.geometry.cameras import PinholeCamera
    from sefd_viewer.geometry.extrinsics import ExtrinsicMode

    Contour = NDArray[np.float32]

Line = Literal["solid", "dashed", "dotted"]
_SMOOTH_PX = 0.6
_SPECK_PX = 12.0
"""Borders around less than so many square pixels are not drawn."""


@dataclass(frozen=True)
class LineStyle:
    """How an outline is drawn."""

    color: Color
    line: Line


STYLES: dict[ExtrinsicMode, LineStyle] = {
    "raw": LineStyle((0xFF, 0x6E, 0x40), "dotted"),
    "paper": LineStyle((0xF0, 0xE4, 0x42), "dashed"),
    "exact": LineStyle((0x4D, 0xD0, 0xA5), "solid"),
}
"""Vermilion dots, yellow dashes, a mint line: distinct by their pattern alone."""


@dataclass(frozen=True, eq=False)
class Outline:
    """Where one person's body ends in one photo: closed `contours`, each (N, 2) image pixels."""

    person: str
    mode: ExtrinsicMode
    contours: tuple[Contour, ...]


def moment_outlines(dataset: Dataset, record: Record, find_body: FindBody) -> dict[str, tuple[Outline, ...]]:
    """The outlines in every photo of the record's moment, by the key of the photo's record."""
    from sefd_viewer.cameras.diagnosis.camera_reading import picture_size

    found: dict[str, tuple[Outline, ...]] = {}
    for one in dataset.same_moment(record):
        if has_world_bodies(one):
            found[one.key] = outlines(one, picture_size(one), find_body)
    return found


def outlines(record: Record, size: tuple[int, int], find_body: FindBody) -> tuple[Outline, ...]:
    """Everybody of the record through every mode; a body outside the picture has no contours."""
    found: list[Outline] = []
    for person in record.people:
        camera = person.camera if person.camera is not None else record.camera
        results = mode_results(person, camera, find_body) if camera is not None else None
        if camera is None or results is None or person.smpl_world is None:
            continue
        faces = find_body(person.smpl_world.body_id).faces
        for mode in MODES:
            contours = contours_of(results[mode].vertices_camera, faces, camera, size)
            found.append(Outline(person.key, mode, contours))
    return tuple(found)


def contours_of(
    vertices_camera: NDArray[np.float32],
    faces: NDArray[np.int32],
    camera: PinholeCamera,
    size: tuple[int, int],
) -> tuple[Contour, ...]:
    """The borders (N, 2) of the area that a body (V, 3) covers in a picture of (width, height)."""
    import cv2
    import numpy as np

    from sefd_viewer.render.zbuffer import render_buffers

    buffers = render_buffers([vertices_camera], faces, camera, size, front_only=True)
    seen = (buffers.person_id > 0).astype(np.uint8)
    borders = cv2.findContours(seen, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)[0]
    large = [border for border in borders if cv2.contourArea(border) >= _SPECK_PX]
    return tuple(
        cv2.approxPolyDP(border, _SMOOTH_PX, closed=True)[:, 0].astype(np.float32) for border in large
    )
