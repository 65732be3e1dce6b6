"""What was seen of frames so far: errors and joints from the answers that came in while they were shown."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.methods import METHODS, Method, as_role
from sefd_viewer.app.slices import Slice, Whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.content import Content
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
    notes = NOTES.of(content)
    known = noted(notes, (content.opened, state.poses, content.asking.key), content)
    return content if known is notes else NOTES.put(content, known)


def noted(notes: Notes, topic: Hashable, content: Content) -> Notes:
    """The notes with what is known of the record in view now, as long as the `topic` stays the same."""
    if notes.topic != topic:
        notes = Notes(topic)
    scene = content.scene
    if scene is None or not content.inference.results or content.inference.token != scene.token:
        return notes
    metrics = content.outcome("metrics")
    stamp = (_numbers(content), metrics.key if metrics is not None else None)
    known = notes.frames.get(scene.record.key)
    if known is not None and known.stamp == stamp:
        return notes
    note = FrameNote(stamp, _errors(content.value("metrics") or {}), _joints(content))
    return Notes(topic, {**notes.frames, scene.record.key: note})


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
