"""What lies under the pointer in one view, where the others see it, and along which lines they may see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.cameras.views.triangulation import epipolar_line
from sefd_viewer.features.cameras.residuals import joint_title
from sefd_viewer.features.cameras.scene import BoardPerson, BoardScene

Array = NDArray[np.float64]
Size = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Pointed:
    """A pixel of `view` and what it means elsewhere.

    `curves` (N, 2) are epipolar lines in the other views, `points` (2,) the same 3D point in every view that
    sees it; `point_world` (3,) is None where no point is known. `joint` is the joint's name and `person` the
    person's key, None beside them; `label` says what it is.
    """

    view: str
    curves: Mapping[str, Array]
    points: Mapping[str, Array]
    point_world: Array | None = None
    person: str | None = None
    joint: str | None = None
    label: str = ""


def point_at(
    scene: BoardScene, view: str, pixel: tuple[float, float], *, reach: float, sizes: Mapping[str, Size]
) -> Pointed:
    """What is at a pixel of a view: a joint within `reach` px, else a vertex of a body, else the pixel alone.

    `sizes` are (width, height) of the views' pictures.
    """
    here = np.asarray(pixel, np.float64)
    found = _joint(scene, view, here, reach) or _vertex(scene, view, here, reach)
    source, rest = found if found is not None else (here, Pointed(view, {}, {}))
    return Pointed(
        view,
        epipolar_curves(scene, view, source, sizes),
        rest.points,
        rest.point_world,
        rest.person,
        rest.joint,
        rest.label,
    )


def epipolar_curves(
    scene: BoardScene, view: str, pixel: Array, sizes: Mapping[str, Size]
) -> dict[str, Array]:
    """Where a pixel of `view` may lie in the other views, (N, 2) pixels each."""
    first = scene.cameras.get(view)
    if first is None:
        return {}
    return {
        other: epipolar_line(first, camera, pixel, size=sizes[other])
        for other, camera in scene.cameras.items()
        if other != view and other in sizes
    }


def _joint(scene: BoardScene, view: str, pixel: Array, reach: float) -> tuple[Array, Pointed] | None:
    """The nearest observed joint."""
    best: tuple[float, BoardPerson, int, Array] | None = None
    for person in scene.people:
        if view not in person.seen.members:
            continue
        observed = person.seen.observed[list(person.seen.members).index(view)]
        distances = np.nan_to_num(np.linalg.norm(observed - pixel, axis=1), nan=np.inf)
        index = int(np.argmin(distances))
        if distances[index] <= reach and (best is None or distances[index] < best[0]):
            best = (float(distances[index]), person, index, observed[index])
    if best is None:
        return None
    _, person, index, source = best
    name = person.seen.joints[index]
    point = _joint_world(person, index)
    points = {} if point is None else _projected(scene, point)
    return source, Pointed(view, {}, points, point, person.key, name, joint_title(name))


def _joint_world(person: BoardPerson, index: int) -> Array | None:
    """The joint triangulated, else the body's."""
    for deviations in (person.triangulated, person.against_body):
        if deviations is not None and np.isfinite(deviations.points_world[index]).all():
            return np.asarray(deviations.points_world[index], np.float64)
    return None


def _projected(scene: BoardScene, point_world: Array) -> dict[str, Array]:
    seen = {view: camera.project(point_world) for view, camera in scene.cameras.items()}
    return {view: pixel for view, pixel in seen.items() if np.isfinite(pixel).all()}


def _vertex(scene: BoardScene, view: str, pixel: Array, reach: float) -> tuple[Array, Pointed] | None:
    """The foremost vertex near the pixel, and the same vertex of the same body in every view."""
    best: tuple[float, BoardPerson, int] | None = None
    for person in scene.people:
        body = person.bodies.get(view)
        if body is None:
            continue
        near = np.flatnonzero(np.abs(body.pixels - pixel).max(axis=1) <= reach / 2)
        if near.size:
            depths = body.vertices_camera[near, 2]
            index = int(near[np.argmin(depths)])
            if best is None or depths.min() < best[0]:
                best = (float(depths.min()), person, index)
    if best is None:
        return None
    _, person, index = best
    points = {other: body.pixels[index] for other, body in person.bodies.items()}
    known = {other: point for other, point in points.items() if np.isfinite(point).all()}
    body = person.bodies[view]
    world = body.camera.to_world(np.asarray(body.vertices_camera[index], np.float64))
    label = f"vertex {index}"
    return body.pixels[index], Pointed(view, {}, known, world, person.key, None, label)
