"""What was seen of frames so far: errors and joints from the answers that came in while they were shown."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.errors_in_mm import MetricsKey, metrics_of
from sefd_viewer.app.in_view import person_in_view
from sefd_viewer.app.memo import memo
from sefd_viewer.app.method_files import measure_of
from sefd_viewer.app.methods import CHOICE, TRUTH, Method, as_role
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
    notes, topic = NOTES.of(content), (content.opened, state.poses, content.asking.key)
    if notes.topic != topic:
        notes = Notes(topic)
    scene = content.scene
    if scene is None or content.inference.pending or (here := _note(state, content)) is None:
        return notes  # what stands there meanwhile may be about other edges
    known = notes.frames.get(scene.record.key)
    if known is not None and known.stamp == here.stamp:
        return notes
    return Notes(topic, {**notes.frames, scene.record.key: here})


@memo
def _note(state: ViewerState, content: Content) -> FrameNote | None:
    """What is known of the record in view now; None while nothing is."""
    brought, joints = dict(_brought(state, content)), _joints(content)
    if not (joints or brought):
        return None
    metrics = content.newest(MetricsKey)
    numbers = tuple([(role, answer.number) for role, answer in content.inference.answers])
    stamp = numbers, None if metrics is None else metrics.key, tuple(brought.items())
    return FrameNote(stamp, _errors({**metrics_of(content), **brought}), joints)


@memo
def _brought(state: ViewerState, content: Content) -> tuple[tuple[tuple[str, Method], Errors], ...]:
    """The errors of the person in view by methods that are no network in its role, where there is truth."""
    person = person_in_view(state, content)
    if person is None or body_of(content.stages.get(TRUTH), person) is None:
        return ()
    others = [info for info in CHOICE.of(state).shown() if info.id != TRUTH and as_role(info.id) is None]
    found = {info.id: content.computed.value(measure_of(info, person, state, content)) for info in others}
    return tuple([((person, id), errors) for id, errors in found.items() if errors is not None])


def _errors(metrics: Mapping[tuple[str, Method], Any]) -> dict[Method, dict[str, float]]:
    errors: dict[Method, dict[str, float]] = {}
    for (person, method), values in metrics.items():
        errors.setdefault(method, {})[person] = values.mpjpe_mm
    return errors


@memo
def _joints(content: Content) -> Mapping[Method, Mapping[str, SeenJoints]]:
    """What the networks said of the photo in view."""
    scene, inference = content.scene, content.inference
    if scene is None or inference.token != scene.token:
        return {}
    return {
        role: {one.person: _seen(one) for one in answer.predictions} for role, answer in inference.answers
    }


def _seen(prediction: Prediction) -> SeenJoints:
    import numpy as np

    joints, points = prediction.joints_camera, prediction.joints_image
    low, high = points.min(axis=0), points.max(axis=0)
    return SeenJoints(joints - joints[0], np.concatenate([low, high - low]))
