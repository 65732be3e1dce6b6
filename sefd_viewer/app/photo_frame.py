"""From the state and what is known to the photo with its layers and marks: pure."""

from __future__ import annotations

import math
from functools import lru_cache

from sefd_viewer.app.absence import photo_words
from sefd_viewer.app.content import Content
from sefd_viewer.app.frame import MarkFrame, OverlayFrame, PhotoFrame, shown
from sefd_viewer.app.in_view import STRANGER_COLOR, person_in_view, strangers_in_view
from sefd_viewer.app.layers import height_of
from sefd_viewer.app.methods import person_color
from sefd_viewer.app.photo_titles import photo_title
from sefd_viewer.app.pose_edits import POSE_EDITING
from sefd_viewer.app.state import ViewerState
from sefd_viewer.app.wanted import layer_outcome, newer_draft
from sefd_viewer.inference.messages import PersonInput
from sefd_viewer.plugin_code import offered

OVERLAYS = ("mesh_edge", "see", "sesd", "hed", "canny", "plugin")


def overlay_keys() -> tuple[str, ...]:
    """The layers that are pictures over the photo."""
    return (*OVERLAYS, *(one.id for one in offered("layers")))


@shown
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
        marks=_marks(state, content),
        selected=state.person,
        bare=state.bare,
        words=None,
        caption=photo_title(scene.record, content.dataset)
        + (" · poses edited" if scene.edits is not None else ""),
    )


def _overlays(state: ViewerState, content: Content) -> dict[str, OverlayFrame]:
    overlays = {}
    for key in overlay_keys():
        layer = state.layers[key]
        if not layer.visible:
            continue
        draft, whole = newer_draft(key, state, content), layer_outcome(key, content)
        data = draft.mask if draft is not None else None if whole is None else whole.value
        extent = None if draft is None else draft.extent
        if data is not None and belongs(key, state, content):
            color = layer.color or (255, 255, 255)
            overlays[key] = OverlayFrame(data, color, layer.opacity, height_of(key), extent)
    return overlays


def belongs(key: str, state: ViewerState, content: Content) -> bool:
    """Whether a layer made of bodies is of the method in view: another method's is not shown meanwhile."""
    if key != "mesh_edge":
        return True
    stage = content.stages.get(state.overlay)
    made = layer_outcome(key, content) is not None or newer_draft(key, state, content) is not None
    return stage is not None and made and stage.method == state.overlay and bool(stage.bodies)


@shown
def _marks(state: ViewerState, content: Content) -> tuple[MarkFrame, ...]:
    marks: list[MarkFrame] = []
    for index, person in enumerate(content.scene.people if content.scene is not None else ()):
        if person.key not in state.hidden_people:
            if state.layers["boxes"].visible:
                marks.append(_box(person, index))
            if state.layers["poses"].visible or POSE_EDITING.of(state).on:
                marks.append(_skeleton(person, index))
    key = person_in_view(state, content) or ""
    if (stranger := strangers_in_view(content).get(key)) is not None:
        marks.append(MarkFrame(key, STRANGER_COLOR, box_xywh=stranger.box, label="not annotated"))
    return tuple(marks)


def _box(person: PersonInput, index: int) -> MarkFrame:
    x, y, width, height = (float(value) for value in person.pose2d.bbox_xywh)
    label = f"{index + 1}  {person.pose2d.score:.2f}"
    return MarkFrame(person.key, person_color(index), box_xywh=(x, y, width, height), label=label)


@lru_cache(maxsize=64)
def _skeleton(person: PersonInput, index: int) -> MarkFrame:
    from sefd_viewer.geometry.joints import as_joint_set

    points = person.pose2d.keypoints[:, :2].astype(float)
    # weaker ones are not drawn: the networks do not see them either
    points[person.pose2d.keypoints[:, 2] < person.pose2d.joint_threshold] = math.nan
    bones = as_joint_set(person.pose2d.joint_set).skeleton
    return MarkFrame(person.key, person_color(index), points, tuple(bones))
