"""Errors in millimetres: of every person and method where ground truth exists, and of bodies in view."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

from sefd_viewer.app.bodies import BodyFiles
from sefd_viewer.app.keys import Key
from sefd_viewer.app.memo import memo
from sefd_viewer.app.methods import TRUTH, Method
from sefd_viewer.app.stages import PANES, PlacedBody

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.content import Content
    from sefd_viewer.app.scene import Scene
    from sefd_viewer.app.stages import Stage
    from sefd_viewer.body.model import BodyModel, BodyOutput
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
    awaited: ClassVar[bool] = True
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
        from sefd_viewer.evaluation.person_metrics import compared_by, posed_metrics, without_joints

        errors, notes = Metrics(), dict[str, None]()
        posed: dict[str, BodyOutput] = {}
        for method, result in self.answers:
            for prediction in result.predictions:
                person = self.scene.person(prediction.person)
                if person is None or person.truth is None:
                    continue
                camera = person.camera or self.scene.record.camera
                body = self.bodies.find(person.truth.body_id)
                own = self.bodies.find(prediction.parameters.body_id)
                if lacking := without_joints(own) or without_joints(body):
                    notes[lacking] = None
                    continue
                if person.key not in posed:
                    posed[person.key] = body.forward(person.truth)
                bodies = prediction, prediction.vertices_camera, posed[person.key], body
                errors[person.key, method] = posed_metrics(*bodies, camera=camera, own=own)
                notes[compared_by(own, body)] = None
        errors.notes = tuple(filter(None, notes))
        return errors


@memo
def metrics_key(content: Content) -> MetricsKey | None:
    """None without ground truth or answers."""
    scene, truth = content.scene, content.stages.get(TRUTH)
    answers = content.inference.answers
    if scene is None or truth is None or not answers:
        return None
    return MetricsKey(scene.token, truth, answers, content.bodies, scene)


@memo
def metrics_of(content: Content) -> Metrics:
    """The newest errors of the photo in view; none while nothing was measured."""
    outcome = content.newest(MetricsKey)
    return Metrics() if outcome is None or outcome.value is None else outcome.value


@dataclass(frozen=True, eq=False)
class Errors:
    """How far a body is from another, mm: MPJPE, each of 17 joints (17,), each vertex (V,).

    Vertices of like meshes are compared with their own counterparts, of others with the nearest place.
    """

    mpjpe_mm: float
    joints_mm: NDArray[np.float64]
    vertices_mm: NDArray[np.float32] | None


@dataclass(frozen=True)
class Measured(Key[Errors | None]):
    """A body against the truth, or against the baseline's where there is none; both stand at their pelvis."""

    title: ClassVar[str] = "Measuring errors"
    awaited: ClassVar[bool] = True
    together: ClassVar[str] = PANES
    kept: ClassVar[int] = 256
    pane: str
    body: PlacedBody
    against: PlacedBody

    @property
    def slot(self) -> Hashable:
        """One for each pane."""
        return Measured, self.pane

    def work(self) -> Errors | None:
        """Compare joints and, where the meshes are alike, vertices; None without joints."""
        import numpy as np

        from sefd_viewer.evaluation.metrics import mpjpe

        own, other = self.body, self.against
        if own.joints_space is None or other.joints_space is None:
            return None
        first, second = own.joints_space / own.space_factor, other.joints_space / other.space_factor
        apart = np.linalg.norm((first - first[0]) - (second - second[0]), axis=1) * 1000
        vertices = None
        if own.faces is other.faces or np.array_equal(own.faces, other.faces):
            shape = (own.vertices_space - own.pelvis_space) / own.space_factor
            true = (other.vertices_space - other.pelvis_space) / other.space_factor
            vertices = (np.linalg.norm(shape - true, axis=1) * 1000).astype(np.float32)
        else:
            vertices = _to_surface_mm(own, other)
        return Errors(mpjpe(first, second), apart, vertices)


@dataclass(frozen=True)
class FloorKey(Key[float]):
    """What the MPJPE of the same person is between two bodies; nan where nobody can say."""

    title: ClassVar[str] = "Comparing bodies"
    kept: ClassVar[int] = 16
    own: BodyModel
    other: BodyModel

    @property
    def slot(self) -> Hashable:
        """One for each pair."""
        return FloorKey, self.own.id, self.other.id

    def work(self) -> float:
        """Fit people with both bodies, and compare the fits."""
        from sefd_viewer.evaluation.body_ruler import floor_between

        found = floor_between(self.own, self.other)
        return math.nan if found is None else found.mpjpe_mm


def floor_key(own: PlacedBody | None, other: PlacedBody | None) -> FloorKey | None:
    """What measures two bodies against each other; None for those of one model, or without one."""
    if own is None or other is None or own.model is None or other.model is None or own.model is other.model:
        return None
    return FloorKey(own.model, other.model)


def _to_surface_mm(own: PlacedBody, other: PlacedBody) -> NDArray[np.float32] | None:
    """How far each vertex (V,) is from the nearest place of a body of another mesh, pelvises together."""
    import numpy as np

    from sefd_viewer.body.solids import Solid, closest_point
    from sefd_viewer.errors import BodyError

    shape = (own.vertices_space - own.pelvis_space) / own.space_factor
    true = Solid((other.vertices_space - other.pelvis_space) / other.space_factor, other.faces)
    try:
        near = closest_point(shape, true)
    except BodyError:
        return None
    return (np.linalg.norm(shape - near, axis=1) * 1000).astype(np.float32)


ERROR_STOPS: tuple[tuple[float, tuple[int, int, int]], ...] = (
    (0.0, (66, 14, 104)),
    (0.25, (120, 28, 109)),
    (0.45, (165, 44, 96)),
    (0.6, (207, 68, 70)),
    (0.75, (237, 105, 37)),
    (0.88, (251, 155, 6)),
    (1.0, (247, 209, 61)),
)
"""Shares of the scale and their colours, after matplotlib's inferno without its darkest and lightest ends."""


def error_rgb(values_mm: NDArray[np.floating], limit_mm: float) -> NDArray[np.uint8]:
    """(V,3) RGB of errors (V,), from 0 to `limit_mm` and beyond."""
    import numpy as np

    shares, colors = zip(*ERROR_STOPS, strict=True)
    place = np.asarray(values_mm, np.float64) / limit_mm
    channels = [np.interp(place, shares, channel) for channel in zip(*colors, strict=True)]
    return np.rint(np.stack(channels, axis=-1)).astype(np.uint8)
