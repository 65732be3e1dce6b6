"""Bodies through each other: the space that two bodies of one picture share."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.checks.detector import Detector, Measurement
from sefd_viewer.checks.inspection import InspectedPerson, Inspection

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


def shared_litres(
    one: tuple[NDArray[np.float32], NDArray[np.int32]], other: tuple[NDArray[np.float32], NDArray[np.int32]]
) -> float:
    """The space inside both of two closed meshes (vertices (V, 3) in metres, faces (F, 3)), in litres."""
    low = np.maximum(one[0].min(axis=0), other[0].min(axis=0)).astype(np.float64)
    high = np.minimum(one[0].max(axis=0), other[0].max(axis=0)).astype(np.float64)
    if not (high > low).all():
        return 0.0
    from sefd_viewer.checks.columns_of_space import crossings, shared_length

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
    unit="l",
    threshold=1.0,
    range=(0.1, 20.0),
    measure=measure_penetration,
    needs_bodies=True,
)
