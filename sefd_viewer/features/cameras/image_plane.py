"""People of own cameras in one image plane: what it does to each, and their order in depth (Eq. 1-4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sefd_viewer.app.stages import Stage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.scene import FindBody, Scene
    from sefd_viewer.app.stages import PlacedBody
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.geometry.cameras import PinholeCamera
    from sefd_viewer.inference.messages import RoleResult

Order = tuple[str, ...]
"""Keys of people, nearest first."""


@dataclass(frozen=True)
class PlaneRow:
    """One person before the own and before the shared camera.

    `focal` and `principal_point` (px) are the own camera's, `depth_own_m` the middle's depth before it;
    `depth_implied_m` is what equation 2 makes of that, `depth_m` where the person stands now. `equation_px`
    and `drawn_px` are the largest distances of a vertex from its own camera's pixel: after equations 1 to 4,
    and as the body is drawn.
    """

    person: str
    focal: tuple[float, float]
    principal_point: tuple[float, float]
    depth_own_m: float
    depth_implied_m: float
    depth_m: float
    equation_px: float
    drawn_px: float

    @property
    def moved(self) -> bool:
        """Whether somebody's choice of an order, or the painting, moved this person."""
        return abs(self.depth_m - self.depth_implied_m) > 1e-6


@dataclass(frozen=True, eq=False)
class Unified:
    """Everybody of a stage in one image plane, nearest first; `camera` is the shared one.

    `implied` is the order without anybody's choice: as the cameras say, people `painted` in front first.
    """

    rows: tuple[PlaneRow, ...]
    implied: Order
    camera: PinholeCamera
    painted: Order = ()

    @property
    def own_cameras(self) -> bool:
        """Whether people have cameras of their own, so that there was something to unify."""
        return len({(row.focal, row.principal_point) for row in self.rows}) > 1

    @property
    def deviation_px(self) -> float:
        """The largest distance of any vertex from the pixel of its own camera."""
        return max((max(row.equation_px, row.drawn_px) for row in self.rows), default=0.0)

    @property
    def order(self) -> Order:
        """Everybody, nearest first."""
        return tuple(row.person for row in self.rows)


def plane_in_view(state: ViewerState) -> bool:
    """Whether the tab "Image plane" is looked at."""
    return state.workspace == "cameras" and state.board.tab == "image_plane"


def unified(stage: Stage, scene: Scene, result: RoleResult | None, find_body: FindBody) -> Unified:
    """Measure a stage against each person's own camera; `result` holds the predictions it is made of."""
    own = dict(_truth_bodies(scene, find_body) if result is None else _predicted_bodies(result))
    rows = [_row(body, *own[body.person], stage.camera) for body in stage.bodies if body.person in own]
    by_cameras = [row.person for row in sorted(rows, key=lambda row: row.depth_implied_m)]
    ranked = sorted(rows, key=lambda row: row.depth_m)
    painted = tuple(key for key in stage.painted if key in by_cameras)
    implied = (*painted, *(key for key in by_cameras if key not in painted))
    return Unified(tuple(ranked), implied, stage.camera, painted)


def in_order(stage: Stage | None, order: Order | None) -> Stage | None:
    """The stage with its people in the chosen order in depth; every vertex keeps its pixel.

    People whom `order` does not name stay where their depth puts them. Without an order those who were
    painted over the photo stand in front there.
    """
    if stage is None:
        return None
    if not order:
        return _painted(stage)
    factors = order_factors({body.person: body.vertices_camera for body in stage.bodies}, order)
    return replace(stage, bodies=tuple(_scaled(body, factors[body.person]) for body in stage.bodies))


def _painted(stage: Stage) -> Stage:
    """The stage as the photo shows it; in space everybody stays where the camera says."""
    factors = paint_factors({body.person: body.vertices_camera for body in stage.bodies}, stage.painted)
    bodies = (
        body
        if factors[body.person] == 1.0
        else replace(
            body,
            vertices_camera=body.vertices_camera * body.vertices_camera.dtype.type(factors[body.person]),
            factor=factors[body.person],
        )
        for body in stage.bodies
    )
    return replace(stage, bodies=tuple(bodies))


def paint_factors(
    vertices_camera: Mapping[str, NDArray[np.floating]], painted: Sequence[str]
) -> dict[str, float]:
    """By person the factor that puts bodies (V, 3) of those `painted` over a photo before all others."""
    from sefd_viewer.geometry.depth_order import painted_factors

    if not vertices_camera:
        return {}
    keys = list(vertices_camera)
    depths = [(nearest, farthest) for nearest, _, farthest in map(_depths, vertices_camera.values())]
    factors = painted_factors(depths, [keys.index(key) for key in painted if key in keys])
    return dict(zip(keys, factors.tolist(), strict=True))


def order_factors(
    vertices_camera: Mapping[str, NDArray[np.floating]], order: Sequence[str]
) -> dict[str, float]:
    """By person the factor that puts the body (V, 3) into its place of the order; 1 behind the camera."""
    from sefd_viewer.geometry.depth_order import depth_factors

    every = {person: _depths(vertices) for person, vertices in vertices_camera.items()}
    depths = {person: depth for person, depth in every.items() if depth[0] > 0}
    if not depths:
        return dict.fromkeys(every, 1.0)
    wanted = completed(order, sorted(depths, key=lambda person: depths[person][1]))
    positions = {person: index for index, person in enumerate(depths)}
    factors = depth_factors(list(depths.values()), [positions[person] for person in wanted]).tolist()
    return {**dict.fromkeys(every, 1.0), **dict(zip(depths, factors, strict=True))}


def completed(order: Sequence[str], implied: Sequence[str]) -> list[str]:
    """`order` for exactly the people of `implied`; unnamed ones come after whom they should follow."""
    found = [person for person in order if person in implied]
    for index, person in enumerate(implied):
        if person not in found:
            before = [found.index(other) for other in implied[:index] if other in found]
            found.insert(max(before) + 1 if before else 0, person)
    return found


def moved_to(order: Sequence[str], person: str, place: int) -> Order:
    """The order with one person at another place."""
    others = [other for other in order if other != person]
    place = min(max(place, 0), len(others))
    return (*others[:place], person, *others[place:])


def with_order(
    orders: Mapping[str, Order], record: str, order: Sequence[str], implied: Sequence[str]
) -> dict[str, Order]:
    """All orders with this one for `record`; what the cameras imply anyway need not be kept."""
    changed = {key: value for key, value in orders.items() if key != record}
    if list(order) != list(implied):
        changed[record] = tuple(order)
    return changed


def _predicted_bodies(
    result: RoleResult,
) -> Iterable[tuple[str, tuple[NDArray[np.float32], PinholeCamera]]]:
    return ((one.person, (one.vertices_camera, one.camera)) for one in result.predictions)


def _truth_bodies(
    scene: Scene, find_body: FindBody
) -> Iterable[tuple[str, tuple[NDArray[np.float32], PinholeCamera]]]:
    for person in scene.people:
        camera = person.camera or scene.record.camera
        if person.smpl is not None and camera is not None:
            yield person.key, (find_body(person.smpl.body_id).forward(person.smpl).vertices, camera)


def _row(
    body: PlacedBody, vertices: NDArray[np.float32], own: PinholeCamera, shared: PinholeCamera
) -> PlaneRow:
    from sefd_viewer.geometry.image_plane import largest_shift_px, to_image_plane

    ideal = own.without_distortion()
    by_equations = to_image_plane(vertices, ideal, shared)
    depth = float(body.vertices_camera[:, 2].mean(dtype=float))
    (fx, fy), (cx, cy) = own.focal.tolist(), own.principal_point.tolist()
    return PlaneRow(
        body.person,
        (fx, fy),
        (cx, cy),
        float(vertices[:, 2].mean(dtype=float)),
        depth / body.factor,
        depth,
        largest_shift_px(ideal.project_camera(vertices), shared.project_camera(by_equations)),
        largest_shift_px(own.project_camera(vertices), shared.project_camera(body.vertices_camera)),
    )


def _depths(vertices_camera: NDArray[np.floating]) -> tuple[float, float, float]:
    """The nearest, middle and farthest depth of a body, metres."""
    depth = vertices_camera[:, 2]
    return float(depth.min()), float(depth.mean(dtype=float)), float(depth.max())


def _scaled(body: PlacedBody, factor: float) -> PlacedBody:
    if factor == 1.0:
        return body
    return replace(
        body,
        vertices_camera=body.vertices_camera * body.vertices_camera.dtype.type(factor),
        vertices_space=body.vertices_space * body.vertices_space.dtype.type(factor),
        factor=factor,
    )
