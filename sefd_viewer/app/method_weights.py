"""Methods that are networks; those with weights of one's own are asked about the person in view."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, cast

from sefd_viewer.app.cache import file_stamp
from sefd_viewer.app.frame import Words
from sefd_viewer.app.in_view import person_in_view
from sefd_viewer.app.keys import Key
from sefd_viewer.app.memo import look, memo
from sefd_viewer.app.methods import CHOICE, STUDENT, TEACHER, Method, MethodInfo, weights_file
from sefd_viewer.app.sequence import PLAYBACK
from sefd_viewer.app.slices import Slice
from sefd_viewer.app.stages import PlacedStage
from sefd_viewer.app.trials import Query

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.scene import FindBody, Scene
    from sefd_viewer.app.stages import Stage
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.edges.settings import EdgeMap
    from sefd_viewer.inference.messages import Prediction, Role, Tried


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What is needed besides choices and values: how bodies are found, which weights are in use."""

    find_body: FindBody | None = None
    weights: Mapping[str, str] = field(default_factory=dict)


SURROUNDINGS: Slice[Surroundings] = Slice("person", Surroundings())


@dataclass(frozen=True)
class WeightsBody(Key["Stage | None"]):
    """What a network said when it was asked apart about people of a photo, before the photo's camera."""

    title: ClassVar[str] = "Placing the bodies of other weights"
    kept: ClassVar[int] = 32
    method: str
    role: Role
    tried: tuple[Tried, ...]
    scene: Scene
    find_body: FindBody
    view: str = ""

    @property
    def slot(self) -> Hashable:
        """Methods side by side, and the cameras of a moment."""
        return WeightsBody, self.method, self.view

    def work(self) -> Stage | None:
        """Place it."""
        from sefd_viewer.app.stages import predicted_stage
        from sefd_viewer.inference.messages import RoleResult

        result = RoleResult(0, self.role, tuple(one.prediction for one in self.tried))
        stage = predicted_stage(result, self.scene, self.find_body)
        return None if stage is None else replace(stage, method=self.method)


EDGE_NETWORK: Slice[Method] = Slice("edge network", "")
"""The network whose edges are looked at and changed; "": the one compared, else the shipped student."""


def networks_shown(state: ViewerState) -> tuple[MethodInfo, ...]:
    """The networks that are shown; while none is, those that the program brings."""
    return CHOICE.of(state).networks


def edge_networks_shown(state: ViewerState) -> tuple[MethodInfo, ...]:
    """Those of them that find their edges in the photo, so that they can be given others."""
    return CHOICE.of(state).edge_networks


def edge_network(state: ViewerState) -> MethodInfo | None:
    """The one whose edges are looked at; None where no network here has such edges."""
    offered = {info.id: info for info in edge_networks_shown(state)}
    wanted = EDGE_NETWORK.of(state), CHOICE.of(state).compared, STUDENT, *offered
    return next((offered[method] for method in wanted if method in offered), None)


def normal_answer(info: MethodInfo, person: str, state: ViewerState, content: Content) -> Prediction | None:
    """What a network says of somebody as things are; one of one's own is asked about the person in view."""
    if info.kind == "weights":
        tried = _tried(info, state, content) if person == person_in_view(state, content) else None
        return None if tried is None else tried.prediction
    result = None if info.role is None else content.inference.result(info.role)
    found = () if result is None else result.predictions
    return next((one for one in found if one.person == person), None)


def waits_for_answer(info: MethodInfo, content: Content) -> bool:
    """Whether a network is asked about what is in view; what it said before may still be shown."""
    if info.kind == "weights":
        return f"method {info.id}" in content.trials.waiting
    return info.role in roles_awaited(content)


@memo
def roles_awaited(content: Content) -> frozenset[Role]:
    """The networks asked again about the photo in view, until their new bodies stand before its camera."""
    late = set()
    for role, answer in content.inference.answers:
        standing = content.newest(PlacedStage, role)
        if standing is not None and cast("PlacedStage", standing.key).answer is not answer:
            late.add(role)
    return content.inference.pending | late


def weights_of(state: ViewerState) -> tuple[MethodInfo, ...]:
    """The methods that are networks with weights of one's own, and shown."""
    return tuple(info for info in CHOICE.of(state).shown() if info.kind == "weights")


def weights_query(info: MethodInfo, state: ViewerState, content: Content) -> Query | None:
    """What asks such a network about the person in view: `said` is the role that it has."""
    from sefd_viewer.inference.messages import Trial

    scene, role = content.scene, info.role
    person = None if scene is None else scene.person(person_in_view(state, content))
    if scene is None or person is None or role is None:
        return None
    file, asking = weights_file(info, content.asking.weights), content.asking
    seen = _shown_to_teacher(person.key, content) if role == TEACHER else None
    if role == TEACHER and seen is None:
        return None
    trial = Trial(info.id, role, edge=None if seen is None else seen.values, weights=file)
    about = scene.token, scene.edits, person.key
    return Query(
        f"method {info.id}",
        (about, role, file, look(content, file_stamp, file), asking.key, seen),
        lambda number: asking.request(number, scene, person, [trial]),
    )


def _shown_to_teacher(person: str, content: Content) -> EdgeMap | None:
    """The edges of bodies that the teacher in use was shown of somebody; others are shown the same."""
    result = content.inference.result(TEACHER)
    found = () if result is None else result.predictions
    return next((one.edge for one in found if one.person == person), None)


def shows_teachers(state: ViewerState) -> bool:
    """Whether a teacher of one's own is shown, which needs the edges that the one in use was shown."""
    return any(info.role == TEACHER for info in weights_of(state))


def weights_queries(state: ViewerState, content: Content) -> Iterator[Query]:
    """All of them, as soon as the networks in their roles have answered."""
    if content.inference.pending or PLAYBACK.of(state).playing:
        return
    for info in weights_of(state):
        query = weights_query(info, state, content)
        if query is not None:
            yield query


def weights_key(info: MethodInfo, state: ViewerState, content: Content) -> WeightsBody | None:
    """What places the answer; None until there is one about the person in view."""
    tried, find_body = _tried(info, state, content), SURROUNDINGS.of(content).find_body
    if tried is None or find_body is None or info.role is None or content.scene is None:
        return None
    return WeightsBody(info.id, info.role, (tried,), content.scene, find_body)


def _tried(info: MethodInfo, state: ViewerState, content: Content) -> Tried | None:
    """What such a network said of the person in view, perhaps before the last change of the choices."""
    query = weights_query(info, state, content)
    answer = None if query is None else content.trials.answer(query.purpose)
    if (
        query is None
        or answer is None
        or not isinstance(answer.key, tuple)
        or not isinstance(query.key, tuple)
    ):
        return None
    return answer.tried.get(info.id) if answer.key[0] == query.key[0] else None


def weights_words(info: MethodInfo, state: ViewerState, content: Content) -> Words:
    """Why there is no body of such a network."""
    query = weights_query(info, state, content)
    answer = None if query is None else content.trials.answer(query.purpose)
    if query is None and info.role == TEACHER and content.inference.pending:
        return Words("Waiting for the teacher in use", "It is shown the same edges of bodies.", busy=True)
    if query is None and info.role == TEACHER:
        return Words("No edges of bodies to show it", "It is shown those that the teacher in use was shown.")
    if query is None:
        return Words("Nobody to ask about", "It is asked about somebody with a 2D pose.")
    if answer is None or answer.key != query.key:
        return Words("Asking the network", info.title, busy=True)
    return Words("These weights cannot be used", answer.problem or "The network gave no body.")
