"""From the state and what is known to what is shown, the photo's frame among it: pure, decided here alone."""

from __future__ import annotations

import math
from functools import lru_cache

from sefd_viewer.app.absence import layer_words, photo_words
from sefd_viewer.app.content import Content
from sefd_viewer.app.errors_in_mm import MetricsKey, metrics_of
from sefd_viewer.app.feature import features
from sefd_viewer.app.frame import (
    Frame,
    LayerFrame,
    LayersFrame,
    MarkFrame,
    OverlayFrame,
    PersonFrame,
    PhotoFrame,
    StatusFrame,
    shown,
)
from sefd_viewer.app.in_view import STRANGER_COLOR, person_in_view, strangers_in_view
from sefd_viewer.app.layer_keys import CannyEdges, MeshEdges
from sefd_viewer.app.layers import height_of, layers
from sefd_viewer.app.memo import memo
from sefd_viewer.app.methods import CHOICE, Method, person_color
from sefd_viewer.app.photo_titles import dataset_title, photo_title
from sefd_viewer.app.photos import SceneKey
from sefd_viewer.app.pose_edits import POSE_EDITING
from sefd_viewer.app.state import ViewerState
from sefd_viewer.app.wanted import layer_outcome, newer_draft
from sefd_viewer.inference.messages import PersonInput, Ready
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


def resolve(state: ViewerState, content: Content) -> Frame:
    """Decide what every view shows."""
    return Frame(
        dataset=content.dataset,
        record=state.record,
        title=_title(content),
        workspace=state.workspace,
        photo=photo_frame(state, content),
        people=_people(state, content),
        people_note=_people_note(content),
        skipped=_skipped(content),
        person=person_in_view(state, content),
        layers=_layers(state, content),
        edges=state.edges,
        status=_status(content),
    )


def _methods(state: ViewerState, content: Content) -> tuple[tuple[Method, str], ...]:
    """The methods that have bodies here, and what they are called: the truth only where there is any."""
    shown = CHOICE.of(state).shown()
    return tuple((info.id, info.title) for info in shown if info.kind != "truth" or content.has_truth)


@memo
def _title(content: Content) -> str:
    dataset, scene = content.dataset, content.scene
    parts = [
        photo_title(scene.record, dataset) if scene is not None else "",
        dataset_title(dataset) if dataset is not None else "",
    ]
    return " — ".join(part for part in parts if part)


# ---- lists


@shown
def _people(state: ViewerState, content: Content) -> tuple[PersonFrame, ...]:
    if content.scene is None:
        return ()
    metrics = metrics_of(content)
    return tuple(
        PersonFrame(
            key=person.key,
            title=f"Person {index + 1}",
            color=person_color(index),
            source=_source_words(person, index),
            score=person.pose2d.score,
            visible=person.key not in state.hidden_people,
            metrics={method: found for (key, method), found in metrics.items() if key == person.key},
        )
        for index, person in enumerate(content.scene.people)
    )


def _source_words(person: PersonInput, index: int) -> str:
    """Where the 2D pose comes from, and the person's name in the data set where it has one."""
    name = "" if person.key == str(index + 1) else f" · {person.key}"
    return person.pose2d.source + name


@memo
def _skipped(content: Content) -> tuple[str, ...]:
    """Who is annotated but not shown, or shown without a body, and why."""
    return tuple(str(person) for person in content.scene.record.skipped) if content.scene is not None else ()


@memo
def _people_note(content: Content) -> str:
    if content.scene is None:
        return ""
    if content.scene.note:
        return content.scene.note
    outcome = content.newest(MetricsKey)
    if outcome is not None and outcome.problem:
        return outcome.problem
    return "\n".join(metrics_of(content).notes)


@shown
def _layers(state: ViewerState, content: Content) -> LayersFrame:
    rows = []
    for info in layers():
        layer = state.layers[info.key]
        if info.key != "plugin" or content.detectors:
            color = layer.color if info.colored else None
            note = _layer_note(info.key, state, content)
            rows.append(LayerFrame(info.key, info.title, info.tip, layer.visible, layer.opacity, color, note))
    return LayersFrame(
        rows=tuple(rows),
        selected=state.layer,
        overlay=state.overlay,
        methods=_methods(state, content),
        mesh_edge_kind=state.mesh_edge_kind,
        detector=state.plugin_edges,
        detectors=tuple((detector.id, detector.title) for detector in content.detectors),
    )


def _layer_note(key: str, state: ViewerState, content: Content) -> str:
    if key not in overlay_keys() or not state.layers[key].visible or content.scene is None:
        return ""
    made = layer_outcome(key, content)
    if made is not None and made.value is not None and belongs(key, state, content):
        return ""
    words = layer_words(key, state, content)
    return "" if words is None or words.busy else f"{words.title}. {words.hint}"


# ---- status line


@shown
def _status(content: Content) -> StatusFrame:
    inference = content.inference
    device = inference.device
    times = dict(inference.milliseconds)
    for kind in (CannyEdges, MeshEdges):
        outcome = content.newest(kind)
        if outcome is not None:
            times[kind.title] = outcome.milliseconds
    problem = content.problem or (str(inference.problem) if inference.problem else "")
    activity, share = _activity(content)
    return StatusFrame(
        device=_device_words(device),
        times=tuple(times.items()),
        waiting=content.waiting,
        activity=activity,
        share=share,
        notice=content.notice or (device.note if device is not None else None) or "",
        problem=problem,
    )


def _device_words(device: Ready | None) -> str:
    if device is None:
        return "networks not started"
    threads = f"{device.threads} thread{'s' if device.threads > 1 else ''}"
    return f"CPU, {threads}" if device.device == "cpu" else f"{device.device}, {device.device_name}"


@memo
def _of_features(content: Content) -> tuple[str, float | None] | None:
    """What goes on in features, in view or not."""
    told = (feature.activity(content) for feature in features())
    return next((goes_on for goes_on in told if goes_on is not None), None)


def _activity(content: Content) -> tuple[str, float | None]:
    inference = content.inference
    if content.opening is not None:
        stage, share = content.reached
        return (f"{stage}… {100 * share:.0f} %" if share is not None else f"Opening {content.opening}"), share
    if SceneKey.title in content.running:
        return SceneKey.title, None
    if (goes_on := _of_features(content)) is not None:
        return goes_on
    if inference.busy:
        share = inference.done / inference.total if inference.total else None
        return f"Networks: {inference.stage or 'waiting'}", share
    return (content.running[0], None) if content.running else ("", None)
