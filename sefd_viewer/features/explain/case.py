"""The person who is explained: the networks' normal answers, and how far others are from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.absence import method_words, outcome_words, photo_words
from sefd_viewer.app.frame import Words
from sefd_viewer.app.in_view import person_in_view
from sefd_viewer.app.method_weights import edge_network, networks_shown, normal_answer, weights_words
from sefd_viewer.app.methods import STRANGER, Method, MethodInfo, weights_file
from sefd_viewer.app.photo_titles import photo_title
from sefd_viewer.errors import SefdError
from sefd_viewer.features.explain.model import EXPLAIN, CaseKey
from sefd_viewer.inference.messages import Prediction, Role, Trial

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.content import Content
    from sefd_viewer.app.keys import Key
    from sefd_viewer.app.scene import Scene
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.body.model import BodyModel
    from sefd_viewer.datasets.records import Record
    from sefd_viewer.evaluation.person_metrics import PersonMetrics
    from sefd_viewer.geometry.cameras import PinholeCamera
    from sefd_viewer.inference.messages import PersonInput
    from sefd_viewer.jobs.runner import Outcome

    Joints = NDArray[np.floating]
    FindBody = Callable[[str], BodyModel]

MOST_DONORS = 200
"""Photos that are offered as another image."""
_SIDES = {"L_": "Left ", "R_": "Right "}


@dataclass(frozen=True)
class Asked:
    """A network and what it normally says; `weights` is its own file, None for the one in its role's use."""

    method: Method
    role: Role
    normal: Prediction
    weights: str | None = None

    def trial(
        self,
        key: str,
        crop_rgb: NDArray[np.uint8] | None = None,
        edge: NDArray[np.float32] | None = None,
        hidden: NDArray[np.bool_] | None = None,
    ) -> Trial:
        """The same network with something changed; a teacher keeps its edges, which come from bodies."""
        kept = self.normal.edge if self.role == "teacher" else None
        given = kept.values if edge is None and kept is not None else edge
        return Trial(key, self.role, crop_rgb, given, self.weights, hidden)


@dataclass(frozen=True)
class Case:
    """One person of the scene in view, with the networks' normal answers."""

    scene: Scene
    person: PersonInput
    answers: tuple[Asked, ...]

    @cached_property
    def normal(self) -> dict[Method, Prediction]:
        """The answers by network."""
        return {asked.method: asked.normal for asked in self.answers}

    @property
    def own(self) -> Prediction:
        """What the first network says: of a case of the edge bench there is no other."""
        return self.answers[0].normal

    @property
    def key(self) -> CaseKey:
        """Record and person."""
        return self.scene.record.key, self.person.key

    @property
    def number(self) -> int:
        """The person's place among all of the photo, from 1 on."""
        return [person.key for person in self.scene.people].index(self.person.key) + 1

    @property
    def camera(self) -> PinholeCamera | None:
        """The camera that the ground truth belongs to."""
        return self.person.camera or self.scene.record.camera

    def crop_rgb(self, method: Method) -> NDArray[np.uint8]:
        """The part (256,256,3) of the photo that a network normally sees, cut as its card says."""
        from sefd_viewer.datasets.sample import warp

        return warp(self.scene.image, self.normal[method].crop)

    @property
    def about(self) -> tuple[object, ...]:
        """Equal while the same person of the same picture is meant, with the same 2D pose."""
        return self.scene.token, self.scene.edits, self.person.key


def bench_case(state: ViewerState, content: Content) -> Case | None:
    """The person in view with the answer of the network whose edges are changed, no others'."""
    own = edge_network(state)
    return case_of(state, content, () if own is None else (own,))


def case_of(
    state: ViewerState, content: Content, networks: Sequence[MethodInfo] | None = None
) -> Case | None:
    """The person in view with what these networks say (None: all that are shown).

    None while there is nobody, and of somebody whom nobody annotated.
    """
    scene = content.scene
    if scene is None:
        return None
    person = scene.person(person_in_view(state, content))
    if person is None:
        return None
    found = []
    for info in networks_shown(state) if networks is None else networks:
        normal = normal_answer(info, person.key, state, content)
        if normal is not None and info.role is not None:
            own = weights_file(info, content.asking.weights) if info.kind == "weights" else None
            found.append(Asked(info.id, info.role, normal, own))
    return Case(scene, person, tuple(found))


def joint_title(name: str) -> str:
    """A joint's name for people: Left hip for L_Hip, Head top for Head_top."""
    side = _SIDES.get(name[:2], "")
    rest = name[2:] if side else name
    return (side + rest.replace("_", " ").lower()).capitalize()


def donor_record(state: ViewerState, content: Content) -> Record | None:
    """The photo whose edges are borrowed: the chosen one, else the next one; None without another."""
    dataset, scene, donor = content.dataset, content.scene, EXPLAIN.of(state).donor
    if dataset is None or scene is None or len(dataset.records) < 2:
        return None
    chosen = dataset.find(donor) if donor is not None else None
    here = dataset.find(scene.record.key) or 0
    place = chosen if chosen is not None and chosen != here else (here + 1) % len(dataset.records)
    return dataset.records[place]


def donors(content: Content) -> tuple[tuple[str, str], ...]:
    """Photos whose edges can be borrowed: their keys and titles."""
    dataset, scene = content.dataset, content.scene
    if dataset is None or scene is None:
        return ()
    here = dataset.find(scene.record.key) or 0
    count = len(dataset.records)
    places = [(here + step) % count for step in range(1, min(count, MOST_DONORS + 1))]
    found = [dataset.records[place] for place in places]
    return tuple((record.key, photo_title(record, dataset)) for record in found)


# ---- how far


@dataclass(frozen=True, eq=False)
class Moved:
    """How far the 30 joints went: (30,) in millimetres relative to the pelvis, and in pixels of the photo."""

    millimetres: Joints
    pixels: Joints

    @property
    def mean_mm(self) -> float:
        """Over all joints but the pelvis, which cannot move against itself."""
        return float(self.millimetres[1:].mean())

    @property
    def mean_px(self) -> float:
        """Over all joints."""
        return float(self.pixels.mean())


def moved(normal: Prediction, changed: Prediction) -> Moved:
    """From one answer to another about the same crop."""
    import numpy as np

    before, after = about_pelvis(normal.joints_camera), about_pelvis(changed.joints_camera)
    pixels = np.linalg.norm(changed.joints_image - normal.joints_image, axis=-1)
    return Moved(np.linalg.norm(after - before, axis=-1) * 1000, pixels)


def about_pelvis(joints_camera: Joints) -> Joints:
    """Joints (...,30,3) relative to the first of them."""
    return joints_camera - joints_camera[..., :1, :]


def errors_of(case: Case, prediction: Prediction, find_body: FindBody) -> PersonMetrics | None:
    """Errors against ground truth; None where there is none, or a body is not here."""
    from sefd_viewer.evaluation.person_metrics import prediction_metrics

    if case.person.truth is None:
        return None
    try:
        body, own = find_body(case.person.truth.body_id), find_body(prediction.parameters.body_id)
        return prediction_metrics(prediction, case.person.truth, body, camera=case.camera, own=own)
    except SefdError:
        return None


def true_joints(case: Case, prediction: Prediction, find_body: FindBody) -> Joints | None:
    """The true joints (30,3) relative to the pelvis in the frame of a network's answer, metres; or None."""
    from sefd_viewer.geometry.crops import crop_rotation
    from sefd_viewer.geometry.joints import SMPL30

    if case.person.truth is None:
        return None
    try:
        body = find_body(case.person.truth.body_id)
        output = body.forward(case.person.truth)
        joints = about_pelvis(body.joints(output.vertices, output.joints, SMPL30))
    except SefdError:
        return None
    if case.camera is not None and prediction.orientation == "crop":
        joints = joints @ crop_rotation(prediction.crop, case.camera)
    return joints


# ---- what was computed and asked about somebody


def newest(content: Content, kind: type[Key[Any]], case: Case | None, *more: object) -> Outcome[Any] | None:
    """What was computed last of a kind about a case."""
    return None if case is None else content.computed.newest(kind, (*case.about, *more))


def request(content: Content, case: Case, trials: Sequence[Trial]) -> Callable[[int], Any]:
    """What asks networks about a case, given the number of the question."""
    asking = content.asking
    return lambda number: asking.request(number, case.scene, case.person, trials)


# ---- why there is nothing


def why(
    state: ViewerState, content: Content, case: Case | None, purpose: str, *outcomes: Outcome[Any] | None
) -> Words:
    """Why a page is empty."""
    if content.scene is None:
        return photo_words(state, content)
    if case is None or not case.normal:
        return _no_answer(state, content)
    answer = content.trials.answer(purpose)
    if answer is not None and answer.problem is not None and purpose not in content.trials.waiting:
        return Words("The networks cannot try this", answer.problem)
    if failed := outcome_words(*outcomes):
        return failed
    if content.inference.stopped:
        return Words("Stopped", "Press R to run the networks.")
    return Words("Asking the networks", content.trials.stage or content.inference.stage, busy=True)


def _no_answer(state: ViewerState, content: Content) -> Words:
    """Why no network has said anything of the person in view."""
    if (person_in_view(state, content) or "").startswith(STRANGER):
        return Words("Nobody annotated this person", "Networks are asked about people who have a 2D pose.")
    first = networks_shown(state)[0]
    own = weights_words(first, state, content) if first.kind == "weights" else method_words(first.id, content)
    return own or Words("Nothing to explain")
