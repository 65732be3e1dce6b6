"""What the tabs "Extrinsics" and "One image plane" show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sefd_viewer.app.absence import method_words
from sefd_viewer.app.depth_order import Order, with_order
from sefd_viewer.app.frame import MarkFrame, Words
from sefd_viewer.app.method_files import BROUGHT, file_words
from sefd_viewer.app.methods import CHOICE, TRUTH, person_color, person_title
from sefd_viewer.app.photo_titles import photo_title
from sefd_viewer.features.cameras.account import paper_words, rows_of, ways_of
from sefd_viewer.features.cameras.extrinsics import STYLES, PersonModes
from sefd_viewer.features.cameras.frame import (
    ExtrinsicsFrame,
    ImagePlaneFrame,
    PersonModesFrame,
    PlanePersonFrame,
)
from sefd_viewer.features.cameras.image_plane import PlaneRow, Unified
from sefd_viewer.features.cameras.in_view import InView, ViewKeys
from sefd_viewer.features.cameras.model import has_world_bodies

if TYPE_CHECKING:
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.datasets.records import Record
    from sefd_viewer.features.cameras.scene import BoardPerson
    from sefd_viewer.jobs.runner import Outcome


def extrinsics_frame(found: InView, person: BoardPerson | None) -> ExtrinsicsFrame:
    """Decide what the tab "Extrinsics" shows."""
    record, board = found.record, found.board
    outcome = found.computed.get(found.modes_key) if found.modes_key is not None else None
    view = next((one.view for one in found.views if record is not None and one.record is record), "")
    people, rows = found.modes.get(view, ()), rows_of(found, person)
    dataset = found.content.dataset
    return ExtrinsicsFrame(
        people=tuple(_person(one, record) for one in people),
        drawn=board.mode,
        outlined=board.outlined,
        record=photo_title(record, dataset) if record is not None else "",
        ways=ways_of(rows),
        about=paper_words(rows),
        photos=len(dataset.keys) if dataset is not None else 0,
        words=None if people else _words(record, outcome),
    )


def outline_marks(found: InView, one: ViewKeys) -> tuple[MarkFrame, ...]:
    """The wanted outlines on the photo of a view."""
    return tuple(
        MarkFrame("", STYLES[each.mode].color, contours=each.contours, pattern=STYLES[each.mode].line)
        for each in reversed(found.outlines.get(one.record.key, ()))  # solid lines first: dashes show both
        if each.mode in found.board.outlined and each.contours
    )


def _person(one: PersonModes, record: Record | None) -> PersonModesFrame:
    keys = [person.key for person in record.people] if record is not None else []
    index = keys.index(one.person) if one.person in keys else len(keys)
    return PersonModesFrame(person_title(one.person, index), person_color(index), one)


def _words(record: Record | None, outcome: Outcome | None) -> Words:
    if record is None:
        return Words("No photo is in view")
    if outcome is not None and outcome.problem is not None:
        return Words("The bodies cannot be compared", outcome.problem)
    if has_world_bodies(record):
        return Words("Comparing the three ways into the camera", "", busy=True)
    return _missing(record)


def _missing(record: Record) -> Words:
    has_bodies = any(person.smpl is not None for person in record.people)
    what = (
        "This photo's bodies are in the camera's frame already: there is nothing to convert."
        if has_bodies
        else "This photo has no SMPL parameters."
    )
    return Words(
        "No bodies in the world here",
        f"{what} Human3.6M keeps its bodies in the world of four cameras: open its folder, with "
        "Human36M_subject*_smpl_param.json and *_camera.json, or make scenes in its layout with\n"
        "sefd-viewer synthesize --format human36m --count 20 FOLDER",
    )


def image_plane_frame(found: InView) -> ImagePlaneFrame:
    """Decide what the tab "One image plane" shows."""
    state, content = found.state, found.content
    if content.scene is None:
        return ImagePlaneFrame()
    unified = found.computed.value(found.plane_key)
    shown = CHOICE.of(state).shown()
    methods = tuple((info.id, info.title) for info in shown if info.id != TRUTH or TRUTH in content.stages)
    if unified is None:
        return ImagePlaneFrame(method=state.overlay, methods=methods, words=_plane_words(found))
    keys = [person.key for person in content.scene.people]
    return ImagePlaneFrame(
        people=tuple(_plane_person(row, keys) for row in unified.rows),
        implied=unified.implied,
        chosen=content.scene.record.key in state.depth_orders,
        own_cameras=unified.own_cameras,
        deviation_px=unified.deviation_px,
        shared=_shared(unified, has_camera=content.scene.record.camera is not None),
        record=photo_title(content.scene.record, content.dataset),
        method=state.overlay,
        methods=methods,
    )


def with_depth_order(
    state: ViewerState, record: str, order: Sequence[str], implied: Sequence[str]
) -> ViewerState:
    """Put the people of a record into this order in depth, nearest first."""
    orders: Mapping[str, Order] = with_order(state.depth_orders, record, order, implied)
    return replace(state, depth_orders=orders)


def _plane_person(row: PlaneRow, keys: Sequence[str]) -> PlanePersonFrame:
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
    whose = "the photo's own" if has_camera else "assumed, because the photo comes without one"
    painted = f"; painted in front, as the capture says: {', '.join(found.painted)}" if found.painted else ""
    maps = f" {_OTHER_PLANES}" if found.own_cameras else ""
    return f"Shared camera: {whose} ({numbers}){painted}.{maps}"


def _plane_words(found: InView) -> Words:
    outcome = found.computed.get(found.plane_key) if found.plane_key is not None else None
    method = found.state.overlay
    info = CHOICE.of(found.state).info(method)
    if outcome is not None and outcome.problem is not None:
        return Words("These people cannot be compared", outcome.problem)
    if method in found.content.stages:
        return Words("Bringing everybody into one image plane", "", busy=True)
    if info.kind in (*BROUGHT, "weights"):
        return file_words(info, found.state, found.content)
    return method_words(method, found.content) or Words(f"{info.title} has no bodies here")
