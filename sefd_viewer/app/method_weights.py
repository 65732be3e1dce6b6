"""Methods that are networks with weights of one's own: asked about the person in view, and placed."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from sefd_viewer.app.cache import file_stamp
from sefd_viewer.app.frame import Words
from sefd_viewer.app.keys import Key
from sefd_viewer.app.memo import look
from sefd_viewer.app.methods import CHOICE, MethodInfo, as_role, weights_file
from sefd_viewer.app.person_frames import SURROUNDINGS
from sefd_viewer.app.resolve import person_in_view
from sefd_viewer.app.sequence import PLAYBACK
from sefd_viewer.app.trials import Wish

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.scene import FindBody, Scene
    from sefd_viewer.app.stages import Stage
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.inference.messages import Role, Tried


@dataclass(frozen=True)
class WeightsBody(Key["Stage | None"]):
    """What a network with other weights said of the person in view, before the photo's camera."""

    title: ClassVar[str] = "Placing the bodies of other weights"
    kept: ClassVar[int] = 32
    method: str
    role: Role
    tried: Tried
    scene: Scene
    find_body: FindBody

    @property
    def slot(self) -> Hashable:
        """Methods side by side."""
        return WeightsBody, self.method

    def work(self) -> Stage | None:
        """Place it."""
        from sefd_viewer.app.stages import predicted_stage
        from sefd_viewer.inference.messages import RoleResult

        result = RoleResult(0, self.role, (self.tried.prediction,))
        stage = predicted_stage(result, self.scene, self.find_body)
        return None if stage is None else replace(stage, method=self.method)


def weights_of(state: ViewerState) -> tuple[MethodInfo, ...]:
    """The methods that are networks with weights of one's own, and shown."""
    return tuple(info for info in CHOICE.of(state).shown() if info.kind == "weights")


def weights_wish(info: MethodInfo, state: ViewerState, content: Content) -> Wish | None:
    """What asks such a network about the person in view: `said` is the role that it has."""
    from sefd_viewer.inference.messages import Trial

    scene, role = content.scene, as_role(info.said)
    person = None if scene is None else scene.person(person_in_view(state, content))
    if scene is None or person is None or role is None:
        return None
    file, asking = weights_file(info, content.asking.weights), content.asking
    trial = Trial(info.id, role, weights=file)
    about = scene.token, scene.edits, person.key, role, look(content, file_stamp, file)
    return Wish(
        f"method {info.id}",
        (*about, file, asking.key),
        lambda number: asking.request(number, scene, person, [trial]),
    )


def weights_wishes(state: ViewerState, content: Content) -> Iterator[Wish]:
    """All of them, as soon as the networks in their roles have answered."""
    if content.inference.pending or PLAYBACK.of(state).playing:
        return
    for info in weights_of(state):
        wish = weights_wish(info, state, content)
        if wish is not None:
            yield wish


def weights_key(info: MethodInfo, state: ViewerState, content: Content) -> WeightsBody | None:
    """What places the answer; None until there is one about the person in view."""
    wish, find_body = weights_wish(info, state, content), SURROUNDINGS.of(content).find_body
    answer = None if wish is None else content.trials.answer(wish.purpose)
    role, scene = as_role(info.said), content.scene
    if wish is None or answer is None or answer.key != wish.key or info.id not in answer.tried:
        return None
    if find_body is None or role is None or scene is None:
        return None
    return WeightsBody(info.id, role, answer.tried[info.id], scene, find_body)


def weights_words(info: MethodInfo, state: ViewerState, content: Content) -> Words:
    """Why there is no body of such a network."""
    wish = weights_wish(info, state, content)
    answer = None if wish is None else content.trials.answer(wish.purpose)
    if wish is None:
        return Words("Nobody to ask about", "It is asked about somebody with a 2D pose.")
    if answer is None or answer.key != wish.key:
        return Words("Asking the network", info.title, busy=True)
    return Words("These weights cannot be used", answer.problem or "The network gave no body.")
