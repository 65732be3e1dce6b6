"""From the state and what is known to the photo with its layers and marks: pure."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from sefd_viewer.app.absence import photo_words
from sefd_viewer.app.content import Content
from sefd_viewer.app.derivations import newer_draft
from sefd_viewer.app.frame import MarkFrame, OverlayFrame, PhotoFrame, Side
from sefd_viewer.app.layers import height_of
from sefd_viewer.app.methods import TITLES, person_color
from sefd_viewer.app.photo_titles import photo_title
from sefd_viewer.app.state import ViewerState
from sefd_viewer.app.story import PRESENT
from sefd_viewer.inference.messages import PersonInput

FAINT = 0.4
"""How much of their opacity bodies keep while poses are edited: the picture beneath decides about joints."""

OVERLAYS = ("mesh", "mesh_edge", "hed", "canny", "plugin")


def photo_frame(state: ViewerState, content: Content) -> PhotoFrame:
    """The photo with its layers and marks, or why there is none."""
    scene = content.scene
    if scene is None:
        return PhotoFrame(words=photo_words(state, content))
    image = state.layers["image"]
    return PhotoFrame(
        image=scene.image,
        image_opacity=image.opacity if image.visible else 0.0,
        overlays=_overlays(state, content),
        marks=_marks(state, scene.people),
        selected=state.person,
        bare=state.bare,
        words=None,
        caption=photo_title(scene.record, content.dataset)
        + (" · poses edited" if scene.edits is not None else ""),
        wipe=state.wipe if _compares(state, content) else None,
        sides=(TITLES[state.overlay], TITLES[state.compare] if state.compare is not None else ""),
    )


def _overlays(state: ViewerState, content: Content) -> dict[str, OverlayFrame]:
    overlays = {}
    for key in OVERLAYS:
        layer, draft = state.layers[key], newer_draft(key, state, content)
        data, extent = (content.value(key), None) if draft is None else (draft.mask, draft.extent)
        if layer.visible and data is not None and belongs(key, state, content):
            divided = key == "mesh" and _compares(state, content)
            side: Side | None = "left" if divided else None
            overlays[key] = replace(_overlay(key, data, state), extent=extent, side=side)
    if state.compare is not None and _compares(state, content):
        opacity, other = state.layers["mesh"].opacity, content.value("compare")
        overlays["compare"] = OverlayFrame(other, (255, 255, 255), opacity, height_of("mesh"), None, "right")
    return overlays


def _overlay(key: str, data: Any, state: ViewerState) -> OverlayFrame:
    """A layer's pixels as the state wants them drawn."""
    layer = state.layers[key]
    faint = FAINT if key == "mesh" and state.pose_editing.on else 1.0
    return OverlayFrame(data, layer.color or (255, 255, 255), layer.opacity * faint, height_of(key))


def _compares(state: ViewerState, content: Content) -> bool:
    """Whether two methods' meshes stand side by side on the photo."""
    made = content.value("compare") is not None and not _gives_away("compare", state, content)
    return state.layers["mesh"].visible and state.compare is not None and made


def _gives_away(key: str, state: ViewerState, content: Content) -> bool:
    """Whether bodies were drawn in their method's colour where nothing may tell which method they are of."""
    outcome = content.outcome(key)
    drawn_as: Any = outcome.key if outcome is not None else ("truth",)
    return PRESENT.of(state).disguised and drawn_as[-1] != "truth"


def belongs(key: str, state: ViewerState, content: Content) -> bool:
    """Whether a layer made of bodies is of the method in view: another method's is not shown meanwhile."""
    if key not in ("mesh", "mesh_edge"):
        return True
    if key == "mesh" and _gives_away(key, state, content):
        return False
    stage = content.stages.get(state.overlay)
    made = content.outcome(key) is not None or newer_draft(key, state, content) is not None
    return stage is not None and made and stage.method == state.overlay and bool(stage.bodies)


def _marks(state: ViewerState, people: tuple[PersonInput, ...]) -> tuple[MarkFrame, ...]:
    marks: list[MarkFrame] = []
    for index, person in enumerate(people):
        if person.key not in state.hidden_people:
            if state.layers["boxes"].visible:
                marks.append(_box(person, index))
            if state.layers["poses"].visible or state.pose_editing.on:
                marks.append(_skeleton(person, index))
    return tuple(marks)


def _box(person: PersonInput, index: int) -> MarkFrame:
    x, y, width, height = (float(value) for value in person.pose2d.bbox_xywh)
    label = f"{index + 1}  {person.pose2d.score:.2f}"
    return MarkFrame(person.key, person_color(index), box_xywh=(x, y, width, height), label=label)


def _skeleton(person: PersonInput, index: int) -> MarkFrame:
    from sefd_viewer.geometry.joints import as_joint_set

    points = person.pose2d.keypoints[:, :2].astype(float)
    # weaker ones are not drawn: the networks do not see them either
    points[person.pose2d.keypoints[:, 2] < person.pose2d.joint_threshold] = math.nan
    bones = as_joint_set(person.pose2d.joint_set).skeleton
    return MarkFrame(person.key, person_color(index), points, tuple(bones))
