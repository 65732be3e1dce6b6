"""What the tab "Image plane" shows, and what its controls change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sefd_viewer.app.depth_order import Order, with_order
from sefd_viewer.app.methods import METHODS, TITLES, Method, person_color, person_title
from sefd_viewer.features.cameras.image_plane import PlaneRow, Unified, plane_in_view

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.frame import OverlayFrame, Words
    from sefd_viewer.app.state import Color, ViewerState


@dataclass(frozen=True)
class PlanePersonFrame:
    """One line of the depth list: a person's name, colour and numbers."""

    key: str
    title: str
    color: Color
    row: PlaneRow


@dataclass(frozen=True, eq=False)
class ImagePlaneFrame:
    """Everybody of one method in one image plane, nearest first.

    `implied` is the order that cameras and capture imply, `chosen` whether somebody chose another; `shared`
    says in words which camera all are brought before, `record` which photo this is about.
    """

    people: tuple[PlanePersonFrame, ...] = ()
    implied: Order = ()
    chosen: bool = False
    own_cameras: bool = False
    deviation_px: float = 0.0
    shared: str = ""
    record: str = ""
    method: Method = "student"
    methods: tuple[Method, ...] = ()
    words: Words | None = None

    @property
    def order(self) -> Order:
        """The people's keys, nearest first."""
        return tuple(person.key for person in self.people)


def image_plane_frame(state: ViewerState, content: Content) -> ImagePlaneFrame:
    """Decide what the tab shows; an empty frame outside the workspace "Cameras"."""
    if state.workspace != "cameras" or content.scene is None:
        return ImagePlaneFrame()
    found: Unified | None = content.value("image_plane") if state.overlay in content.stages else None
    methods = tuple(method for method in METHODS if method != "truth" or "truth" in content.stages)
    if found is None:
        return ImagePlaneFrame(method=state.overlay, methods=methods, words=_words(state, content))
    keys = [person.key for person in content.scene.people]
    return ImagePlaneFrame(
        people=tuple(_person(row, keys) for row in found.rows),
        implied=found.implied,
        chosen=content.scene.record.key in state.depth_orders,
        own_cameras=found.own_cameras,
        deviation_px=found.deviation_px,
        shared=_shared(found, has_camera=content.scene.record.camera is not None),
        record=content.scene.record.title,
        method=state.overlay,
        methods=methods,
    )


def plane_overlays(state: ViewerState, content: Content, record: str) -> dict[str, OverlayFrame] | None:
    """What lies over the photo of the record in view: everybody in one picture; None for other photos."""
    from sefd_viewer.app.frame import OverlayFrame

    if not plane_in_view(state) or record != state.record or state.overlay not in content.stages:
        return None
    overlays = {}
    for height, (layer, shown) in enumerate(
        (("mesh", state.board.show_mesh), ("mesh_edge", state.board.show_edges)), start=1
    ):
        data, look = content.value(layer), state.layers[layer]
        if shown and data is not None:
            overlays[layer] = OverlayFrame(data, look.color or (255, 255, 255), look.opacity, height)
    return overlays


def with_depth_order(
    state: ViewerState, record: str, order: Sequence[str], implied: Sequence[str]
) -> ViewerState:
    """Put the people of a record into this order in depth, nearest first."""
    orders: Mapping[str, Order] = with_order(state.depth_orders, record, order, implied)
    return replace(state, depth_orders=orders)


def _person(row: PlaneRow, keys: Sequence[str]) -> PlanePersonFrame:
    index = keys.index(row.person) if row.person in keys else len(keys)
    return PlanePersonFrame(row.person, person_title(row.person, index), person_color(index), row)


_OTHER_PLANES = (
    "Edge maps and the teacher's edges take the first person's camera, the release that of the last one "
    "drawn: pixels are the same, depths have another scale."
)


def _shared(found: Unified, *, has_camera: bool) -> str:
    camera = found.camera
    (fx, fy), (cx, cy) = camera.focal.tolist(), camera.principal_point.tolist()
    focal = f"{fx:.0f}" if round(fx) == round(fy) else f"{fx:.0f} × {fy:.0f}"
    numbers = f"f {focal} px, centre ({cx:.0f}, {cy:.0f})"
    whose = "the record's own" if has_camera else "assumed, because the record states none"
    painted = f"; painted in front, as the capture says: {', '.join(found.painted)}" if found.painted else ""
    maps = f" {_OTHER_PLANES}" if found.own_cameras else ""
    return f"Shared camera: {whose} ({numbers}){painted}.{maps}"


def _words(state: ViewerState, content: Content) -> Words:
    from sefd_viewer.app.absence import method_words
    from sefd_viewer.app.frame import Words

    outcome = content.outcome("image_plane")
    if outcome is not None and outcome.problem is not None:
        return Words("These people cannot be compared", outcome.problem)
    if state.overlay in content.stages:
        return Words("Bringing everybody into one image plane", "", busy=True)
    missing = method_words(state.overlay, content)
    return missing or Words(f"{TITLES[state.overlay]} has no bodies here")
