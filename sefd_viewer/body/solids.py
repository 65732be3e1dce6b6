"""Bodies as solids: how deep two go into each other, where they touch, how far apart they are, girths.

All of it is VTK's, by pyvista's core, which is imported at the first question, never before the first paint.
Meshes are closed, of vertices (V, 3) in metres and triangles (F, 3) that turn left seen from outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sefd_viewer.body.model import BodyModel
from sefd_viewer.errors import BodyError
from sefd_viewer.geometry.joints import SMPL24

if TYPE_CHECKING:
    import pyvista

Array = NDArray[np.float64]
TOUCHING_M = 0.01
"""Metres from another surface within which skin touches it."""
_TRIMMED = 0.1
"""Share of the farthest places that a trimmed mean leaves out: a hand that has no counterpart."""


@dataclass(frozen=True, eq=False)
class Solid:
    """A closed surface: `vertices` (V, 3) in metres, `faces` (F, 3) whose corners run counter-clockwise."""

    vertices: NDArray[np.floating]
    faces: NDArray[np.integer]

    @property
    def mesh(self) -> pyvista.PolyData:
        """The same for VTK; raises BodyError for what is no surface."""
        import pyvista

        if not len(self.vertices) or not len(self.faces) or not np.isfinite(self.vertices).all():
            raise BodyError("this body has no surface to measure", remedy="Choose a body with faces")
        corners = np.concatenate([np.full((len(self.faces), 1), 3), self.faces], axis=1)
        return pyvista.PolyData(np.asarray(self.vertices, np.float64), corners.ravel())

    @property
    def litres(self) -> float:
        """The space inside; BodyError for what is no surface."""
        if not len(self.vertices) or not len(self.faces) or not np.isfinite(self.vertices).all():
            raise BodyError("this body has no surface to measure", remedy="Choose a body with faces")
        a, b, c = (np.asarray(self.vertices, np.float64)[self.faces[:, corner]] for corner in range(3))
        return float(np.einsum("fi,fi->", a, np.cross(b, c))) / 6 * 1000

    @property
    def square_metres(self) -> float:
        """The area of the surface."""
        return float(self.mesh.area)


class Overlap(NamedTuple):
    """How one body lies in another: its deepest place (3,), how deep, which vertices are inside or touch."""

    depth_m: float
    place: Array
    inside: NDArray[np.intp]
    touching: NDArray[np.intp]


class Apart(NamedTuple):
    """Distances between two surfaces, both ways: mean without the farthest tenth, 95 %, largest."""

    mean_m: float
    p95_m: float
    largest_m: float


def signed_distances(points: ArrayLike, solid: Solid) -> Array:
    """How far points (N, 3) are outside a body (N,), metres; inside it is below zero."""
    import pyvista

    cloud = pyvista.PolyData(np.asarray(points, np.float64).reshape(-1, 3))
    found = cloud.compute_implicit_distance(solid.mesh)
    return np.asarray(found["implicit_distance"], np.float64)


def overlap(one: Solid, other: Solid) -> Overlap:
    """How deep `one` is inside the other, in metres, and which of its vertices are inside or touch it.

    Raises BodyError for what is no surface.
    """
    distances = signed_distances(one.vertices, other)
    deepest = int(distances.argmin())
    inside = np.flatnonzero(distances < 0)
    touching = np.flatnonzero(np.abs(distances) <= TOUCHING_M)
    place = np.asarray(one.vertices[deepest], np.float64)
    return Overlap(max(-float(distances[deepest]), 0.0), place, inside, touching)


def depth_m(one: Solid, other: Solid) -> float:
    """How deep the skin of `one` lies in the other at most, metres; looks only where their boxes meet."""
    low, high = other.vertices.min(axis=0), other.vertices.max(axis=0)
    near = one.vertices[((one.vertices > low) & (one.vertices < high)).all(axis=1)]
    return max(-float(signed_distances(near, other).min()), 0.0) if len(near) else 0.0


def closest_point(points: ArrayLike, solid: Solid) -> Array:
    """The points (N, 3) of a surface nearest to points (N, 3), metres; BodyError for what is no surface."""
    near: Any = np.asarray(points, np.float64).reshape(-1, 3)
    found: Any = solid.mesh.find_closest_cell(near, return_closest_point=True)
    return np.asarray(found[1], np.float64).reshape(-1, 3)


def surfaces_apart(one: Solid, other: Solid) -> Apart:
    """How far two surfaces are apart, in metres, from each vertex of one to the other surface and back.

    The meshes may differ. Raises BodyError for what is no surface.
    """
    ways = [
        np.linalg.norm(a.vertices - closest_point(a.vertices, b), axis=1)
        for a, b in ((one, other), (other, one))
    ]
    means = [np.sort(way)[: max(int(len(way) * (1 - _TRIMMED)), 1)].mean() for way in ways]
    together = np.concatenate(ways)
    return Apart(float(np.mean(means)), float(np.percentile(together, 95)), float(together.max()))


def girth_m(solid: Solid, place: ArrayLike, normal: ArrayLike) -> float:
    """The length of the closed cut around `place` (3,) by the plane through it at right angles to `normal`.

    Of several (two legs, a trunk and an arm) the one whose middle is nearest to `place` counts; 0 where the
    plane meets nothing.
    """
    at = np.asarray(place, np.float64)
    cut = solid.mesh.slice(normal=tuple(np.asarray(normal, float)), origin=tuple(at))
    if cut.n_points == 0:
        return 0.0
    parts = cut.connectivity("all")
    owner = np.asarray(parts.point_data["RegionId"])
    ends = parts.lines.reshape(-1, 3)[:, 1:]
    lengths = np.linalg.norm(parts.points[ends[:, 0]] - parts.points[ends[:, 1]], axis=1)
    middles = [parts.points[owner == part].mean(axis=0) for part in range(int(owner.max()) + 1)]
    nearest = int(np.argmin([np.linalg.norm(middle - at) for middle in middles]))
    return float(lengths[owner[ends[:, 0]] == nearest].sum())


# ---- how large somebody is without a pose

_PELVIS, _NECK = SMPL24.index("Pelvis"), SMPL24.index("Neck")
_WAIST = 1 / 3
"""The waist's share of the way from the pelvis to the neck."""


@dataclass(frozen=True, eq=False)
class RestSize:
    """A shaped body in its rest pose, arms to the sides: `solid`, and `trunk` (2, 3) from pelvis to neck.

    The trunk of a body without these joints is nan.
    """

    solid: Solid
    trunk: Array

    @cached_property
    def height_m(self) -> float:
        """From sole to crown, along the body's own y."""
        return float(np.ptp(self.solid.vertices[:, 1]))

    @cached_property
    def litres(self) -> float:
        """The space inside."""
        return abs(self.solid.litres)

    @cached_property
    def waist_cm(self) -> float:
        """Around the trunk at a third of the way from the pelvis to the neck; 0 where nothing is there."""
        if not np.isfinite(self.trunk).all():
            return 0.0
        axis = self.trunk[1] - self.trunk[0]
        return 100 * girth_m(self.solid, self.trunk[0] + _WAIST * axis, axis)

    @property
    def build(self) -> float:
        """Litres per square metre of height: about what the body mass index is."""
        return self.litres / max(self.height_m, 1e-6) ** 2


def rest_size(body: BodyModel, betas: ArrayLike) -> RestSize:
    """How large a body with these betas (B,) is; one with the same betas is measured once."""
    return _rest_size(body, np.asarray(betas, np.float32).tobytes())


@lru_cache(maxsize=64)
def _rest_size(body: BodyModel, betas: bytes) -> RestSize:
    shape, turns = np.frombuffer(betas, np.float32)[None], np.zeros((1, 3 * body.joint_set.count))
    vertices, joints = body.forward_batch(turns[:, :3], turns[:, 3:], shape, np.zeros((1, 3)))
    named, known = body.known_joints(vertices[0], joints[0], SMPL24)
    trunk = np.where(known[:, None], named, np.nan)[[_PELVIS, _NECK]]
    return RestSize(Solid(vertices[0], body.faces), trunk.astype(np.float64))
