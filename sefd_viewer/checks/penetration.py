"""Bodies through each other: the columns of space that two bodies of one picture share."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.solids import Solid, depth_m
from sefd_viewer.checks.detector import Detector, Measurement
from sefd_viewer.checks.inspection import InspectedPerson, Inspection
from sefd_viewer.errors import BodyError
from sefd_viewer.render.rasterise import kernel


@kernel
def crossings(
    vertices: np.ndarray, faces: np.ndarray, low: np.ndarray, cell: float, nx: int, ny: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where the grid's lines (parallel to z) cross a mesh: starts (nx ny + 1,), depths z and signs (K,).

    The sign is +1 where a line enters the mesh and -1 where it leaves.
    """
    counts = np.zeros(nx * ny + 1, np.int64)
    for stage in range(2):
        if stage == 1:
            starts = np.zeros(nx * ny + 1, np.int64)
            for i in range(nx * ny):
                starts[i + 1] = starts[i] + counts[i]
            depths, signs = np.zeros(starts[-1]), np.zeros(starts[-1], np.int8)
            counts[:] = 0
        for f in range(faces.shape[0]):
            a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
            ax, ay = (vertices[a, 0] - low[0]) / cell, (vertices[a, 1] - low[1]) / cell
            bx, by = (vertices[b, 0] - low[0]) / cell, (vertices[b, 1] - low[1]) / cell
            cx, cy = (vertices[c, 0] - low[0]) / cell, (vertices[c, 1] - low[1]) / cell
            left, right = max(0, int(np.ceil(min(ax, bx, cx)))), min(nx - 1, int(np.floor(max(ax, bx, cx))))
            top, bottom = max(0, int(np.ceil(min(ay, by, cy)))), min(ny - 1, int(np.floor(max(ay, by, cy))))
            if left > right or top > bottom:
                continue
            area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
            if area == 0.0:
                continue
            for y in range(top, bottom + 1):
                for x in range(left, right + 1):
                    wa = ((bx - x) * (cy - y) - (cx - x) * (by - y)) / area
                    wb = ((cx - x) * (ay - y) - (ax - x) * (cy - y)) / area
                    wc = 1.0 - wa - wb
                    if wa < 0.0 or wb < 0.0 or wc < 0.0:
                        continue
                    line = y * nx + x
                    if stage == 1:
                        place = starts[line] + counts[line]
                        depths[place] = wa * vertices[a, 2] + wb * vertices[b, 2] + wc * vertices[c, 2]
                        signs[place] = -1 if area > 0 else 1
                    counts[line] += 1
    return starts, depths, signs


@kernel
def shared_length(
    starts_a: np.ndarray,
    depths_a: np.ndarray,
    signs_a: np.ndarray,
    starts_b: np.ndarray,
    depths_b: np.ndarray,
    signs_b: np.ndarray,
) -> float:
    """The length of all lines inside both meshes, in the unit of the depths."""
    total = 0.0
    for line in range(starts_a.shape[0] - 1):
        in_a = depths_a[starts_a[line] : starts_a[line + 1]]
        in_b = depths_b[starts_b[line] : starts_b[line + 1]]
        if in_a.size == 0 or in_b.size == 0:
            continue
        order_a, order_b = np.argsort(in_a), np.argsort(in_b)
        i = j = 0
        inside_a = inside_b = 0
        before = 0.0
        while i < in_a.size or j < in_b.size:
            from_a = j >= in_b.size or (i < in_a.size and in_a[order_a[i]] <= in_b[order_b[j]])
            depth = in_a[order_a[i]] if from_a else in_b[order_b[j]]
            if inside_a > 0 and inside_b > 0:
                total += depth - before
            if from_a:
                inside_a += signs_a[starts_a[line] + order_a[i]]
                i += 1
            else:
                inside_b += signs_b[starts_b[line] + order_b[j]]
                j += 1
            before = depth
    return total


_CELL = 0.015
"""Metres between the lines along which space is counted."""


def measure_penetration(inspection: Inspection) -> Iterator[Measurement]:
    """The most litres that each person's body shares with another's; only where all are in one frame."""
    people = inspection.with_bodies
    if len(people) < 2 or not inspection.one_camera:
        return
    shared: dict[str, tuple[float, str]] = {one.key: (0.0, "") for one in people}
    for one, other in combinations(people, 2):
        litres = shared_litres(_mesh(one), _mesh(other))
        for person, partner in ((one, other), (other, one)):
            shared[person.key] = max(shared[person.key], (litres, f"person {partner.key}"))
    for key, (litres, words) in shared.items():
        yield Measurement(key, litres, words)


def measure_depth(inspection: Inspection) -> Iterator[Measurement]:
    """How deep (mm) each person and another go into each other; only where all are in one frame."""
    people = inspection.with_bodies
    if len(people) < 2 or not inspection.one_camera:
        return
    solids = {one.key: Solid(*_mesh(one)) for one in people}
    deepest: dict[str, tuple[float, str]] = {one.key: (0.0, "") for one in people}
    for one, other in combinations(people, 2):
        try:
            own, others = solids[one.key], solids[other.key]
            depth = 1000 * max(depth_m(own, others), depth_m(others, own))
        except BodyError:  # points without a surface
            continue
        for person, partner in ((one, other), (other, one)):
            deepest[person.key] = max(deepest[person.key], (depth, f"person {partner.key}"))
    for key, (depth, words) in deepest.items():
        yield Measurement(key, depth, words)


def shared_litres(
    one: tuple[NDArray[np.float32], NDArray[np.int32]], other: tuple[NDArray[np.float32], NDArray[np.int32]]
) -> float:
    """The space inside both of two closed meshes (vertices (V, 3) in metres, faces (F, 3)), in litres."""
    low = np.maximum(one[0].min(axis=0), other[0].min(axis=0)).astype(np.float64)
    high = np.minimum(one[0].max(axis=0), other[0].max(axis=0)).astype(np.float64)
    if not (high > low).all():
        return 0.0
    nx, ny = (np.ceil((high - low)[:2] / _CELL).astype(int) + 1).tolist()
    lines = [crossings(mesh.astype(np.float64), faces, low, _CELL, nx, ny) for mesh, faces in (one, other)]
    return 1000 * float(shared_length(*lines[0], *lines[1])) * _CELL**2


def _mesh(one: InspectedPerson) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    assert one.output is not None
    assert one.body is not None
    return one.output.vertices, one.body.faces


PENETRATION = Detector(
    id="penetration",
    title="Bodies through each other",
    description="Space that two people's bodies share; people with cameras of their own are not compared.",
    sentence="The body goes through that of {detail}: they share {value:.1f} litres; "
    "depth or place of one of them is wrong.",
    unit="L",
    threshold=1.0,
    range=(0.1, 20.0),
    measure=measure_penetration,
    needs_bodies=True,
)

DEPTH = Detector(
    id="penetration_depth",
    title="Bodies deep in each other",
    description="How deep two people's bodies go into each other at most; people with cameras of their own "
    "are not compared.",
    sentence="The body goes {value:.0f} mm deep into that of {detail}: people who touch dent by less; depth "
    "or place of one of them is wrong.",
    unit="mm",
    threshold=60.0,
    range=(5.0, 300.0),
    measure=measure_depth,
    needs_bodies=True,
)
