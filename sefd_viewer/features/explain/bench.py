"""The edge bench: a network's answers with one edge map after another in its fourth channel."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.features.explain.case import errors_of, moved
from sefd_viewer.features.explain.pictures import CROP, SIDE, body_over, crop_picture, enlarged, grey

if TYPE_CHECKING:
    from sefd_viewer.app.state import Color
    from sefd_viewer.edges.settings import EdgeMap, EdgeSettings
    from sefd_viewer.features.explain.case import Case, FindBody
    from sefd_viewer.features.explain.model import Painting
    from sefd_viewer.geometry.crops import CropConvention
    from sefd_viewer.inference.messages import EdgesResult, PersonInput, Tried

    Image = NDArray[np.uint8]
    Edge = NDArray[np.float32]

KERNELS = (1, 3, 5, 7, 9)
AROUND, SMALLEST = 0.14, 64.0
"""Room around the person in a tile, of the joints' extent; pixels of the crop that a tile shows at least."""
NONE, OWN = "none", "own"
OWN_FAMILY, SOFT, BINARY, OTHER = "Its own edge", "Canny, soft", "Canny, binary", "Other edges"
"""What edge maps are shown under."""


@dataclass(frozen=True, eq=False)
class BenchEdge:
    """One edge map (256,256) float32 in [0,1] to be tried, with its name and the `family` it belongs to."""

    key: str
    title: str
    values: Edge
    family: str = OTHER

    @cached_property
    def picture(self) -> Image:
        """The map to look at, (256,256,3)."""
        return grey(self.values)


@dataclass(frozen=True, eq=False)
class BenchRow:
    """What came of one edge map; errors in millimetres are nan without ground truth."""

    key: str
    title: str
    family: str
    edge: Image
    body: Image
    mpjpe_mm: float
    pa_mpjpe_mm: float
    moved_mm: float
    moved_px: float


# ---- the edge maps


def canny_edges(case: Case, settings: EdgeSettings) -> tuple[BenchEdge, ...]:
    """No edge, the network's own, Canny soft (by the adaptive rule too) and binary in every thickness."""
    return _canny_edges(case.crop_rgb(case.answers[0].method), case.person, settings)


def _canny_edges(crop: Image, person: PersonInput, settings: EdgeSettings) -> tuple[BenchEdge, ...]:
    from sefd_viewer.edges.image_edges import canny, dilate, kernel_for_box

    box = person.pose2d.bbox_xywh
    soft, hard = (canny(crop, replace(settings, variant=variant)) for variant in ("soft", "binary"))
    adaptive = kernel_for_box(box, replace(settings, dilation="adaptive"))
    own = dilate(canny(crop, settings), kernel_for_box(box, settings))
    return (
        BenchEdge(NONE, "No edge", np.zeros_like(own), OWN_FAMILY),
        BenchEdge(OWN, "As set", own, OWN_FAMILY),
        *(BenchEdge(f"soft {k}", f"Canny soft {k}×{k}", dilate(soft, k), SOFT) for k in KERNELS),
        BenchEdge("adaptive", f"Adaptive ({adaptive}×{adaptive})", dilate(soft, adaptive), SOFT),
        *(BenchEdge(f"binary {k}", f"Canny binary {k}×{k}", dilate(hard, k), BINARY) for k in KERNELS),
    )


def network_edges(case: Case, found: EdgesResult) -> tuple[BenchEdge, ...]:
    """What HED, SEE or SESD found, cut out."""
    from sefd_viewer.app.layers import crop_of_edges

    own = crop_of_edges(found, case.person.key, case.own.crop, case.scene.size)
    return (BenchEdge(found.network, found.network.upper(), own.values),)


def overlap_edges(edge: EdgeMap) -> tuple[BenchEdge, ...]:
    """The overlap edges of bodies, as a teacher was given them."""
    truth = edge.source.startswith("ground truth")
    title = "Overlap edge, true" if truth else "Overlap edge, predicted"
    return (BenchEdge("overlap", title, edge.values),)


def donor_edges(
    image: Image, person: PersonInput, settings: EdgeSettings, convention: CropConvention
) -> tuple[BenchEdge, ...]:
    """The same network's edges of somebody else, cut as its crops are."""
    from sefd_viewer.datasets.sample import make_sample

    crop = make_sample(image, person.pose2d, convention=convention).crop_rgb
    own = next(edge for edge in _canny_edges(crop, person, settings) if edge.key == OWN)
    return (BenchEdge("donor", "Another image's edge", own.values),)


def painted_edges(own: Edge, painting: Painting) -> tuple[BenchEdge, ...]:
    """What was painted by hand."""
    return (BenchEdge("painted", "Painted by hand", painted(own, painting)),)


def painted(own: Edge, painting: Painting) -> Edge:
    """Strokes over nothing or over the network's own edges `own`, (256,256)."""
    import cv2

    canvas = own.copy() if painting.begins == "own" else np.zeros((CROP, CROP), np.float32)
    for stroke in painting.strokes:
        points = np.rint(np.array(stroke.points) * 16).astype(np.int32)[:, None]
        level, width = 0.0 if stroke.erases else 1.0, max(round(stroke.width), 1)
        cv2.polylines(canvas, [points], isClosed=False, color=level, thickness=width, shift=4)
    return canvas


# ---- what came of them


def bench_rows(
    case: Case, edges: Sequence[BenchEdge], answers: Mapping[str, Tried], color: Color, find_body: FindBody
) -> tuple[BenchRow, ...]:
    """Measure and draw the answers in the network's colour; edges without one are left out."""
    tile = tile_of(case)
    picture = crop_picture(case.scene.image, case.own.crop, side=tile.side)
    return tuple(
        _row(case, edge, answers[edge.key], tile, picture, color, find_body)
        for edge in edges
        if edge.key in answers
    )


@dataclass(frozen=True)
class Tile:
    """The square of a crop that a tile shows: SIDE pixels from (x, y) of the crop drawn with this `side`."""

    side: int
    x: int
    y: int

    def cut(self, picture: Image) -> Image:
        """That part of a picture (side,side,3)."""
        return np.ascontiguousarray(picture[self.y : self.y + SIDE, self.x : self.x + SIDE])


def tile_of(case: Case) -> Tile:
    """The person's part of the network's crop: around the joints that it normally says."""
    normal = case.own
    points = np.clip(normal.crop.points_to_crop(normal.joints_image), 0, CROP - 1)
    low, high = points.min(axis=0), points.max(axis=0)
    size = min(float((high - low).max()) * (1 + 2 * AROUND), float(CROP))
    side = round(CROP * SIDE / max(size, SMALLEST))
    corner = (low + high + 1) / 2 * side / CROP - SIDE / 2
    x, y = (int(value) for value in np.clip(np.rint(corner), 0, side - SIDE))
    return Tile(side, x, y)


def _row(
    case: Case,
    edge: BenchEdge,
    answer: Tried,
    tile: Tile,
    picture: Image,
    color: Color,
    find_body: FindBody,
) -> BenchRow:
    prediction = answer.prediction
    change, errors = moved(case.own, prediction), errors_of(case, prediction, find_body)
    faces = find_body(prediction.parameters.body_id).faces
    return BenchRow(
        edge.key,
        edge.title,
        edge.family,
        tile.cut(grey(enlarged(edge.values, side=tile.side))),
        tile.cut(body_over(picture, prediction.vertices_camera, faces, color)),
        errors.mpjpe_mm if errors is not None else math.nan,
        errors.pa_mpjpe_mm if errors is not None else math.nan,
        change.mean_mm,
        change.mean_px,
    )


def bought(rows: Sequence[BenchRow], network: str) -> str:
    """What the edge bought a network here, in a sentence; empty before there is an answer."""
    known = {row.key: row for row in rows}
    if NONE not in known or OWN not in known:
        return ""
    none, own = known[NONE], known[OWN]
    if math.isnan(own.mpjpe_mm):
        return _bought_without_truth(none, rows, network)
    gain = none.mpjpe_mm - own.mpjpe_mm
    verb = "takes" if gain >= 0 else "adds"
    first = (
        f"The edge {verb} {abs(gain):.1f} mm: {network} is {own.mpjpe_mm:.1f} mm from the truth "
        f"with it and {none.mpjpe_mm:.1f} mm without."
    )
    if abs(gain) < 1.0:
        first = (
            f"The edge gains next to nothing: {own.mpjpe_mm:.1f} mm with it, {none.mpjpe_mm:.1f} mm without."
        )
    best = min((row for row in rows if not math.isnan(row.mpjpe_mm)), key=lambda row: row.mpjpe_mm)
    if best.mpjpe_mm > own.mpjpe_mm - 1.0:
        return f"{first} No other edge here does clearly better."
    return f"{first} Best here: {best.title}, {best.mpjpe_mm:.1f} mm."


def _bought_without_truth(none: BenchRow, rows: Sequence[BenchRow], network: str) -> str:
    furthest = max(rows, key=lambda row: row.moved_mm)
    words = (
        f"Without its edge the joints of {network} move {none.moved_mm:.1f} mm ({none.moved_px:.1f} px). "
        "There is no truth to say which is better."
    )
    if furthest.key == NONE:
        return words
    return f"{words} The strongest change comes from {furthest.title}: {furthest.moved_mm:.1f} mm."


def bench_table(rows: Sequence[BenchRow]) -> list[dict[str, Any]]:
    """A row for each edge map, unrounded; nan unknown."""
    return [
        {name: value for name, value in vars(row).items() if name not in ("edge", "body")} for row in rows
    ]
