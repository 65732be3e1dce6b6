"""What was seen of frames so far: errors and joints from the answers that came in while they were shown."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.errors_in_mm import MetricsKey, metrics_of
from sefd_viewer.app.in_view import person_in_view
from sefd_viewer.app.memo import memo
from sefd_viewer.app.method_files import measure_of
from sefd_viewer.app.methods import CHOICE, METHODS, TRUTH, Method, as_role
from sefd_viewer.app.slices import Slice, Whole
from sefd_viewer.app.stages import body_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.content import Content
    from sefd_viewer.app.errors_in_mm import Errors
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.inference.messages import Prediction

    Array = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class SeenJoints:
    """A predicted person: joints (J,3) metres about the pelvis, and the box around them in the picture."""

    joints: Array
    box_xywh: Array


@dataclass(frozen=True, eq=False)
class FrameNote:
    """One frame: errors (mm) and joints by method and person; `stamp` tells newer answers from older."""

    stamp: Hashable
    errors_mm: Mapping[Method, Mapping[str, float]]
    joints: Mapping[Method, Mapping[str, SeenJoints]]


@dataclass(frozen=True, eq=False)
class Notes(Whole):
    """Notes by record's key, as long as the `topic` (data, weights, edges, poses) is the same."""

    topic: Hashable = None
    frames: Mapping[str, FrameNote] = field(default_factory=dict)


NOTES: Slice[Notes] = Slice("notes", Notes())


def note(state: ViewerState, content: Content) -> Content:
    """The content with notes of what is known of the record in view now."""
    known = _noted(state, content)
    return content if known is NOTES.of(content) else NOTES.put(content, known)


@memo
def _noted(state: ViewerState, content: Content) -> Notes:
    topic = content.opened, state.poses, content.asking.key
    return noted(NOTES.of(content), topic, content, dict(_brought(state, content)))


def noted(
    notes: Notes,
    topic: Hashable,
    content: Content,
    brought: Mapping[tuple[str, Method], Errors] = MappingProxyType({}),
) -> Notes:
    """The notes with what is known of the record in view now, as long as the `topic` stays the same.

    `brought` are errors of methods that are no network in its role, by person and method.
    """
    if notes.topic != topic:
        notes = Notes(topic)
    scene = content.scene
    here = bool(content.inference.results) and scene is not None and content.inference.token == scene.token
    if scene is None or not (here or brought):
        return notes
    metrics = content.newest(MetricsKey)
    stamp = (_numbers(content), metrics.key if metrics is not None else None, tuple(brought.items()))
    known = notes.frames.get(scene.record.key)
    if known is not None and known.stamp == stamp:
        return notes
    errors = {**metrics_of(content), **brought}
    note = FrameNote(stamp, _errors(errors), _joints(content) if here else {})
    return Notes(topic, {**notes.frames, scene.record.key: note})


def _brought(state: ViewerState, content: Content) -> Iterator[tuple[tuple[str, Method], Errors]]:
    """The errors of the person in view by methods that are no network in its role, where there is truth."""
    person = person_in_view(state, content)
    if person is None or body_of(content.stages.get(TRUTH), person) is None:
        return
    for info in CHOICE.of(state).shown():
        measure = None if as_role(info.id) is not None else measure_of(info, person, state, content)
        found = content.computed.value(measure)
        if found is not None:
            yield (person, info.id), found


def _numbers(content: Content) -> tuple[Hashable, ...]:
    found = [content.inference.result(role) for role in map(as_role, METHODS) if role is not None]
    return tuple((result.role, result.number) for result in found if result is not None)


def _errors(metrics: Mapping[tuple[str, Method], Any]) -> dict[Method, dict[str, float]]:
    errors: dict[Method, dict[str, float]] = {}
    for (person, method), values in metrics.items():
        errors.setdefault(method, {})[person] = values.mpjpe_mm
    return errors


def _joints(content: Content) -> dict[Method, dict[str, SeenJoints]]:
    joints: dict[Method, dict[str, SeenJoints]] = {}
    for method in METHODS:
        role = as_role(method)
        result = content.inference.result(role) if role is not None else None
        if result is not None:
            joints[method] = {one.person: _seen(one) for one in result.predictions}
    return joints


def _seen(prediction: Prediction) -> SeenJoints:
    import numpy as np

    joints, points = prediction.joints_camera, prediction.joints_image
    low, high = points.min(axis=0), points.max(axis=0)
    return SeenJoints(joints - joints[0], np.concatenate([low, high - low]))
