"""From the state and what is known to what is shown: pure, and the only place that decides it."""

from __future__ import annotations

from sefd_viewer.app.absence import layer_words
from sefd_viewer.app.content import Content
from sefd_viewer.app.errors_in_mm import MetricsKey, metrics_of
from sefd_viewer.app.feature import features
from sefd_viewer.app.frame import (
    Frame,
    LayerFrame,
    LayersFrame,
    PersonFrame,
    StatusFrame,
    shown,
)
from sefd_viewer.app.in_view import person_in_view
from sefd_viewer.app.layer_keys import CannyEdges, MeshEdges
from sefd_viewer.app.layers import layers
from sefd_viewer.app.memo import memo
from sefd_viewer.app.methods import CHOICE, Method, person_color
from sefd_viewer.app.photo_frame import belongs, overlay_keys, photo_frame
from sefd_viewer.app.photo_titles import dataset_title, photo_title
from sefd_viewer.app.photos import SceneKey
from sefd_viewer.app.state import ViewerState
from sefd_viewer.app.wanted import layer_outcome
from sefd_viewer.inference.messages import PersonInput, Ready


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


def _skipped(content: Content) -> tuple[str, ...]:
    """Who is annotated but not shown, or shown without a body, and why."""
    return tuple(str(person) for person in content.scene.record.skipped) if content.scene is not None else ()


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
