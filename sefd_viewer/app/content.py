"""What has been loaded and computed for the state in view; replaced as a whole, never changed in place."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from operator import eq
from typing import TYPE_CHECKING, TypeVar

from sefd_viewer.app.bodies import BodyFiles
from sefd_viewer.app.keys import Computed, Key, NothingComputed
from sefd_viewer.app.layer_keys import LayerTools
from sefd_viewer.app.memo import memo
from sefd_viewer.app.methods import METHODS, Method, as_role
from sefd_viewer.app.photos import Photos, SceneKey
from sefd_viewer.app.questions import InferenceState
from sefd_viewer.app.scene import Scene
from sefd_viewer.app.slices import Slices
from sefd_viewer.app.stages import BROUGHT_STAGES, PlacedStage, Stage, TruthStage
from sefd_viewer.app.trials import Asking, TrialState
from sefd_viewer.jobs.runner import Outcome

if TYPE_CHECKING:
    from sefd_viewer.app.drafts import VisiblePart
    from sefd_viewer.app.questions import Question
    from sefd_viewer.datasets.records import Dataset, Record
    from sefd_viewer.edges.settings import EdgeSettings
    from sefd_viewer.inference.messages import Role, RoleResult
    from sefd_viewer.plugin_code import Offer


T = TypeVar("T")
Answers = Callable[["Question"], Mapping["Role", "RoleResult"]]


@dataclass(frozen=True, eq=False)
class Content:
    """Everything known besides what a person chose.

    `opened` numbers the opening of data sets; `scene_key` is what the `scene` in view is made from;
    `opening` is what is being opened, `reached` what goes on with it and its share (0..1) that is done;
    `notice` is a sentence for the status line; `visible_part` what is seen of the photo, `drafting` the edges
    from before a slider that moves; `bodies` are the licensed files in use, `photos` loads and remembers
    pictures and who is in them, `tools` parts of layers; `trials` is what the networks were asked to try,
    `asking` what all of that depends on; `answers` finds, also for other threads, what networks answered
    before; `running` tells what is on its way, `drawing` whether the photo in view waits for some of it;
    `computed` holds the values of keys, `slices` the parts of features.
    """

    dataset: Dataset | None = None
    opened: int = 0
    opening: str | None = None
    reached: tuple[str, float | None] = ("", None)
    problem: str | None = None
    notice: str | None = None
    scene_key: SceneKey | None = None
    scene: Scene | None = None
    inference: InferenceState = field(default_factory=InferenceState)
    detectors: tuple[Offer, ...] = ()
    visible_part: VisiblePart | None = None
    drafting: EdgeSettings | None = None
    running: tuple[str, ...] = ()
    drawing: bool = False
    waiting: int = 0
    trials: TrialState = field(default_factory=TrialState)
    asking: Asking = field(default_factory=Asking)
    bodies: BodyFiles = field(default_factory=BodyFiles)
    photos: Photos = field(default_factory=Photos)
    tools: LayerTools = field(default_factory=LayerTools)
    answers: Answers = lambda _question: {}
    computed: Computed = field(default_factory=NothingComputed)
    slices: Slices = field(default_factory=dict)

    def newest(self, kind: type[Key[T]], *more: Hashable) -> Outcome[T] | None:
        """What was computed last of a kind about the scene in view (and `more`), None while there is none.

        Keys of such kinds are about the scene's token, or a tuple that begins with it.
        """
        if self.scene is None:
            return None
        return self.computed.newest(kind, (self.scene.token, *more) if more else self.scene.token)

    @property
    def loading(self) -> Record | None:
        """The record that is being loaded; None once it is there, or known to be broken."""
        key = self.scene_key
        waits = self.scene is None and key is not None and self.computed.get(key) is None
        return key.of if key is not None and waits else None

    @property
    def has_truth(self) -> bool:
        """Whether anybody in view has a true body; annotations tell before the photo is there."""
        seen = self.scene or self.loading
        return seen is not None and any(person.truth is not None for person in seen.people)

    @property
    def stages(self) -> Mapping[Method, Stage]:
        """The bodies of each method that has any, brought into one image plane."""
        return _stages(self)


def _found_stages(content: Content) -> Mapping[Method, Stage]:
    found = {method: _stage(method, content) for method in METHODS}
    token, brought = BROUGHT_STAGES.of(content)
    here = brought if content.scene is not None and token == content.scene.token else {}
    return {**{method: stage for method, stage in found.items() if stage is not None}, **here}


_stages = memo(_found_stages, alike=eq)


def _stage(method: Method, content: Content) -> Stage | None:
    role = as_role(method)
    if role is None:
        outcome = content.newest(TruthStage)
    else:
        outcome = content.newest(PlacedStage, role) if content.inference.result(role) is not None else None
    return None if outcome is None else outcome.value
