"""What the thread pool computes where ground truth exists: errors in millimetres, by person and by vertex."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from sefd_viewer.app.content import Content, Metrics
from sefd_viewer.app.methods import METHODS, Method, as_role
from sefd_viewer.app.scene import Scene
from sefd_viewer.app.state import ViewerState
from sefd_viewer.jobs.runner import Job

if TYPE_CHECKING:
    from sefd_viewer.app.scene import FindBody
    from sefd_viewer.inference.messages import RoleResult


def metrics_key(_state: ViewerState, content: Content) -> Hashable | None:
    """What the errors of people depend on; None without ground truth or answers."""
    truth = content.stages.get("truth")
    results = _results(content)
    if content.scene is None or truth is None or not results:
        return None
    return content.scene.token, truth.number, tuple((method, result.number) for method, result in results)


def metrics_job(content: Content, find_body: FindBody) -> Job:
    """Measure every person of every method."""
    scene, results = content.scene, _results(content)
    assert scene is not None
    return lambda: _metrics(scene, results, find_body)


def _results(content: Content) -> list[tuple[Method, RoleResult]]:
    roles = [(method, as_role(method)) for method in METHODS]
    found = [(method, content.inference.result(role)) for method, role in roles if role is not None]
    return [(method, result) for method, result in found if result is not None]


def _metrics(scene: Scene, results: list[tuple[Method, RoleResult]], find_body: FindBody) -> Metrics:
    from sefd_viewer.evaluation.person_metrics import compared_by, prediction_metrics

    errors, notes = Metrics(), dict[str, None]()
    for method, result in results:
        for prediction in result.predictions:
            person = scene.person(prediction.person)
            if person is None or person.smpl is None:
                continue
            camera = person.camera or scene.record.camera
            body, own = find_body(person.smpl.body_id), find_body(prediction.parameters.body_id)
            measured = prediction_metrics(prediction, person.smpl, body, camera=camera, own=own)
            errors[person.key, method] = measured
            notes[compared_by(own, body)] = None
    errors.notes = tuple(filter(None, notes))
    return errors
