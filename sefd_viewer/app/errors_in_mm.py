"""Errors in millimetres of every person and method, where ground truth exists."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

from sefd_viewer.app.bodies import BodyFiles
from sefd_viewer.app.keys import Key
from sefd_viewer.app.memo import memo
from sefd_viewer.app.methods import METHODS, TRUTH, Method, as_role
from sefd_viewer.app.stages import PANES

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.scene import Scene
    from sefd_viewer.app.stages import Stage
    from sefd_viewer.body.model import BodyOutput
    from sefd_viewer.evaluation.person_metrics import PersonMetrics
    from sefd_viewer.inference.messages import RoleResult


class Metrics(dict[tuple[str, Method], "PersonMetrics"]):
    """Errors in millimetres by person and method.

    `notes` say how they were measured where prediction and truth are different bodies.
    """

    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class MetricsKey(Key[Metrics]):
    """What the errors of all people in a photo are measured from."""

    title: ClassVar[str] = "Metrics"
    together: ClassVar[str] = PANES
    token: int
    truth: Stage
    answers: tuple[tuple[Method, RoleResult], ...]
    bodies: BodyFiles
    scene: Scene = field(compare=False, repr=False)

    @property
    def about(self) -> Hashable:
        """The photo."""
        return self.token

    @property
    def remembered(self) -> MetricsKey:
        """Without the picture."""
        return replace(self, scene=None)  # type: ignore[arg-type]  # it works no more

    def work(self) -> Metrics:
        """Measure every person of every method: the bodies that are drawn, the truth posed once for all."""
        from sefd_viewer.evaluation.person_metrics import compared_by, posed_metrics

        errors, notes = Metrics(), dict[str, None]()
        posed: dict[str, BodyOutput] = {}
        for method, result in self.answers:
            for prediction in result.predictions:
                person = self.scene.person(prediction.person)
                if person is None or person.smpl is None:
                    continue
                camera = person.camera or self.scene.record.camera
                body = self.bodies.find(person.smpl.body_id)
                own = self.bodies.find(prediction.parameters.body_id)
                if person.key not in posed:
                    posed[person.key] = body.forward(person.smpl)
                bodies = prediction, prediction.vertices_camera, posed[person.key], body
                errors[person.key, method] = posed_metrics(*bodies, camera=camera, own=own)
                notes[compared_by(own, body)] = None
        errors.notes = tuple(filter(None, notes))
        return errors


@memo
def metrics_key(content: Content) -> MetricsKey | None:
    """None without ground truth or answers."""
    scene, truth = content.scene, content.stages.get(TRUTH)
    roles = ((method, as_role(method)) for method in METHODS)
    found = ((method, content.inference.result(role)) for method, role in roles if role is not None)
    answers = tuple((method, answer) for method, answer in found if answer is not None)
    if scene is None or truth is None or not answers:
        return None
    return MetricsKey(scene.token, truth, answers, content.bodies, scene)


@memo
def metrics_of(content: Content) -> Metrics:
    """The newest errors of the photo in view; none while nothing was measured."""
    outcome = content.newest(MetricsKey)
    return Metrics() if outcome is None or outcome.value is None else outcome.value
