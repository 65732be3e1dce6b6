"""People of own cameras in one image plane: what it does to each of them (Eq. 1-4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.depth_order import Order
from sefd_viewer.app.keys import Key
from sefd_viewer.app.stages import Stage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.methods import Color
    from sefd_viewer.app.scene import Scene
    from sefd_viewer.app.stages import PlacedBody
    from sefd_viewer.edges.settings import EdgeSettings
    from sefd_viewer.geometry.cameras import PinholeCamera


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
        """Whether people have cameras of their own, or a virtual one, so that there was much to unify."""
        shared = tuple(self.camera.focal.tolist()), tuple(self.camera.principal_point.tolist())
        return len({shared, *((row.focal, row.principal_point) for row in self.rows)}) > 1

    @property
    def deviation_px(self) -> float:
        """The largest distance of any vertex from the pixel of its own camera."""
        return max((max(row.equation_px, row.drawn_px) for row in self.rows), default=0.0)

    @property
    def order(self) -> Order:
        """Everybody, nearest first."""
        return tuple(row.person for row in self.rows)


def unified(stage: Stage) -> Unified:
    """Measure a stage against each person's own camera."""
    rows = [
        _row(body, body.own_vertices, body.own_camera, stage.camera)
        for body in stage.bodies
        if body.own_vertices is not None and body.own_camera is not None
    ]
    by_cameras = [row.person for row in sorted(rows, key=lambda row: row.depth_implied_m)]
    ranked = sorted(rows, key=lambda row: row.depth_m)
    painted = tuple(key for key in stage.painted if key in by_cameras)
    implied = (*painted, *(key for key in by_cameras if key not in painted))
    return Unified(tuple(ranked), implied, stage.camera, painted)


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


# ---- what is computed


@dataclass(frozen=True)
class PlaneOf(Key[Unified]):
    """Everybody of a stage measured against their own cameras."""

    title = "One image plane"
    token: int
    stage: Stage

    def work(self) -> Unified:
        """Measure them."""
        return unified(self.stage)


@dataclass(frozen=True)
class PlanePicture(Key[Any]):
    """A stage's bodies, or with `settings` their edges, over the whole photo of the scene."""

    title = "Projected meshes"
    token: int
    stage: Stage
    hidden: frozenset[str]
    settings: EdgeSettings | None
    color: Color
    scene: Scene = field(compare=False, repr=False)

    def work(self) -> Any:
        """Draw (H, W, 4) uint8 straight alpha, or a mask (H, W) uint8."""
        from sefd_viewer.app.layers import body_color, mesh_edge_mask, mesh_overlay

        stage, size = self.stage, self.scene.size
        bodies = stage.without(self.hidden)
        if self.settings is not None:
            return mesh_edge_mask(bodies, stage.camera, size, self.settings, "overlap")
        order = {person.key: index for index, person in enumerate(self.scene.people)}
        colors = [body_color(self.color, order.get(body.person, 0)) for body in bodies]
        return mesh_overlay(bodies, colors, stage.camera, size)

    @property
    def slot(self) -> Any:
        """Bodies and edges side by side."""
        return type(self), self.settings is None
