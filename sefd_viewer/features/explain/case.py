"""The person who is explained, and what the networks say about him normally."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sefd_viewer.features.explain.state import CaseKey, ExplainPage
from sefd_viewer.inference.messages import ROLES, Role

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.content import Content
    from sefd_viewer.app.scene import Scene
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.geometry.cameras import PinholeCamera
    from sefd_viewer.geometry.crops import Crop
    from sefd_viewer.inference.messages import PersonInput, Prediction


@dataclass(frozen=True, eq=False)
class Case:
    """One person of the scene in view, with the networks' normal answers."""

    scene: Scene
    person: PersonInput
    normal: dict[Role, Prediction]

    @property
    def key(self) -> CaseKey:
        """Record and person."""
        return self.scene.record.key, self.person.key

    @property
    def camera(self) -> PinholeCamera | None:
        """The camera that the ground truth belongs to."""
        return self.person.camera or self.scene.record.camera

    def crop_of(self, role: Role) -> Crop:
        """The part of the photo that a network normally sees, cut as its card says."""
        from sefd_viewer.datasets.sample import crop_for

        shown = self.normal.get(role)
        return crop_for(self.person.pose2d, self.scene.size) if shown is None else shown.crop

    @property
    def conventions(self) -> tuple[tuple[Role, str], ...]:
        """How the crops of the networks that have answered are cut: other weights may have another way."""
        return tuple((role, prediction.crop.convention) for role, prediction in self.normal.items())

    def crop_rgb(self, role: Role) -> NDArray[np.uint8]:
        """That part (256,256,3)."""
        from sefd_viewer.datasets.sample import warp

        return warp(self.scene.image, self.crop_of(role))

    @property
    def token(self) -> tuple[object, ...]:
        """Equal while the same person of the same picture is meant, with the same 2D pose."""
        return self.scene.token, self.scene.edits, self.person.key


def shows(state: ViewerState, page: ExplainPage) -> bool:
    """Whether this page of the workspace is in view."""
    return state.workspace == "explain" and state.explain.page == page


def case_of(state: ViewerState, content: Content) -> Case | None:
    """The person in view, else the first who is predicted; None while there is nobody."""
    scene = content.scene
    if scene is None or not scene.people:
        return None
    person = scene.person(state.person) or scene.people[0]
    results = {role: content.inference.result(role) for role in ROLES}
    normal: dict[Role, Prediction] = {}
    for role, result in results.items():
        for prediction in result.predictions if result is not None else ():
            if prediction.person == person.key:
                normal[role] = prediction
    return Case(scene, person, normal)
