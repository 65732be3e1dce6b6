"""What the view "Edges" has computed on other threads: edge maps for a network, bodies of its answers."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from sefd_viewer.app.bodies import BodyFiles
from sefd_viewer.app.cache import about_the_set
from sefd_viewer.app.keys import Key
from sefd_viewer.edges.settings import EdgeMap, EdgeSettings
from sefd_viewer.inference.messages import EdgesResult, RoleResult

if TYPE_CHECKING:
    from sefd_viewer.app.scene import Scene
    from sefd_viewer.app.stages import PlacedBody
    from sefd_viewer.geometry.crops import Crop
    from sefd_viewer.inference.messages import Prediction


@dataclass(frozen=True)
class CropOfEdges(Key[EdgeMap]):
    """What HED, SEE or SESD found, cut out for a network."""

    title: ClassVar[str] = "The edges of one person"
    scene: Scene
    found: EdgesResult
    crop: Crop = field(compare=False)
    person: str = ""

    def work(self) -> EdgeMap:
        """Cut them out."""
        from sefd_viewer.app.layers import crop_of_edges

        return crop_of_edges(self.found, self.person, self.crop, self.scene.size)


@dataclass(frozen=True)
class CropEdges(Key[EdgeMap]):
    """Canny's edges of a network's crop, as it will be given them: seen while a slider moves.

    `weights` is the network's file; its card says whether the picture's border draws an edge.
    """

    title: ClassVar[str] = "Canny edges"
    kept: ClassVar[int] = 4
    scene: Scene
    prediction: Prediction
    settings: EdgeSettings
    weights: Path

    def work(self) -> EdgeMap:
        """Find and dilate them."""
        import numpy as np

        from sefd_viewer.datasets.sample import away_from_border, warp
        from sefd_viewer.edges.image_edges import canny, dilate, kernel_for_box
        from sefd_viewer.networks.cards import card_of

        person = self.scene.person(self.prediction.person)
        box = None if person is None else person.pose2d.bbox_xywh
        kernel = 1 if box is None else kernel_for_box(box, self.settings)
        crop = self.prediction.crop
        found = canny(warp(self.scene.image, crop), self.settings)
        if card_of(self.weights).get("picture_border") == "masked":
            found = np.where(away_from_border(crop, self.scene.size), found, np.float32(0))
        return EdgeMap(dilate(found, kernel), "Canny", "the photo's crop")


@dataclass(frozen=True)
class NoEdges(Key[EdgeMap]):
    """An empty map."""

    def work(self) -> EdgeMap:
        """Nothing anywhere."""
        import numpy as np

        return EdgeMap(np.zeros((256, 256), np.float32), "no edges", "nothing")


@dataclass(frozen=True)
class TriedBody(Key["PlacedBody | None"]):
    """The body of one answer, brought before the photo's camera."""

    title: ClassVar[str] = "Placing the new answer"
    kept: ClassVar[int] = 32
    purpose: str
    scene: Scene
    prediction: Prediction
    bodies: BodyFiles

    @property
    def slot(self) -> Hashable:
        """One for each question."""
        return TriedBody, self.purpose

    def work(self) -> PlacedBody | None:
        """Place it."""
        from sefd_viewer.app.stages import predicted_stage

        result = RoleResult(0, self.prediction.role, (self.prediction,))
        stage = predicted_stage(result, self.scene, self.bodies.find)
        return stage.bodies[0] if stage is not None and stage.bodies else None


@dataclass(frozen=True)
class TriedError(Key[float]):
    """The MPJPE (mm) of one answer against the truth, as every table has it; nan where nobody knows that."""

    title: ClassVar[str] = "Measuring the answers"
    kept: ClassVar[int] = 64
    purpose: str
    scene: Scene
    prediction: Prediction
    bodies: BodyFiles

    @property
    def slot(self) -> Hashable:
        """One for each question."""
        return TriedError, self.purpose

    def work(self) -> float:
        """Measure it."""
        from sefd_viewer.evaluation.person_metrics import prediction_metrics

        person = self.scene.person(self.prediction.person)
        if person is None or person.truth is None:
            return math.nan
        camera = person.camera or self.scene.record.camera
        true = self.bodies.find(person.truth.body_id)
        own = self.bodies.find(self.prediction.parameters.body_id)
        return prediction_metrics(self.prediction, person.truth, true, camera=camera, own=own).mpjpe_mm


@about_the_set(16)
def between(first: PlacedBody, second: PlacedBody, share: float) -> PlacedBody:
    """A body on its way from one answer to another of the same mesh."""

    here, there = 1.0 - share, share
    return replace(
        second,
        vertices_camera=first.vertices_camera * here + second.vertices_camera * there,
        vertices_space=first.vertices_space * here + second.vertices_space * there,
    )
