"""What has been loaded and computed for the state in view; replaced as a whole, never changed in place."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from sefd_viewer.app.bodies import BodyFiles
from sefd_viewer.app.inference_state import InferenceState
from sefd_viewer.app.keys import Computed, Key, NothingComputed
from sefd_viewer.app.methods import METHODS, Method, as_role
from sefd_viewer.app.photos import Photos
from sefd_viewer.app.scene import Scene
from sefd_viewer.app.slices import Slices
from sefd_viewer.app.stages import BROUGHT_STAGES, Stage
from sefd_viewer.app.trials import Asking, TrialState
from sefd_viewer.jobs.runner import Outcome

if TYPE_CHECKING:
    from sefd_viewer.app.drafts import Sight
    from sefd_viewer.app.photos import Photos
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.evaluation.person_metrics import PersonMetrics
    from sefd_viewer.inference.messages import Role
    from sefd_viewer.plugin_code import Offer


T = TypeVar("T")


class Metrics(dict[tuple[str, Method], "PersonMetrics"]):
    """Errors in millimetres by person and method, where ground truth exists.

    `notes` say how they were measured where prediction and truth are different bodies.
    """

    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Content:
    """Everything known besides what a person chose.

    `opened` numbers the opening of data sets; `outcomes` holds what the thread pool computed, by name;
    `opening` is what is being opened, `reached` what goes on with it and its share (0..1) that is done;
    `notice` is a sentence for the status line; `sight` what is seen of the photo, `drafting` that an edge
    slider moves; `bodies` are the licensed files in
    use, `photos` loads and remembers pictures and who is in them; `trials` is what the networks were asked to
    try, `asking` what all of that depends on; `computed` holds the values of keys,
    `slices` the parts of features.
    """

    dataset: Dataset | None = None
    opened: int = 0
    opening: str | None = None
    reached: tuple[str, float | None] = ("", None)
    problem: str | None = None
    notice: str | None = None
    scene: Scene | None = None
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    inference: InferenceState = field(default_factory=InferenceState)
    detectors: tuple[Offer, ...] = ()
    sight: Sight | None = None
    drafting: bool = False
    running: tuple[str, ...] = ()
    waiting: int = 0
    trials: TrialState = field(default_factory=TrialState)
    asking: Asking = field(default_factory=Asking)
    bodies: BodyFiles = field(default_factory=BodyFiles)
    photos: Photos = field(default_factory=Photos)
    computed: Computed = field(default_factory=NothingComputed)
    slices: Slices = field(default_factory=dict)

    def outcome(self, name: str) -> Outcome | None:
        """The newest outcome `name` of the scene in view, None while there is none.

        Keys of such outcomes are tuples that begin with the scene's token.
        """
        found = self.outcomes.get(name)
        if found is None or self.scene is None:
            return None
        key: Any = found.key
        return found if key[0] == self.scene.token else None

    def value(self, name: str) -> Any:
        """The value of `outcome(name)`, None without one."""
        outcome = self.outcome(name)
        return None if outcome is None else outcome.value

    def newest(self, kind: type[Key[T]], *more: Hashable) -> Outcome[T] | None:
        """What was computed last of a kind about the scene in view (and `more`), None while there is none.

        Keys of such kinds are about the scene's token, or a tuple that begins with it.
        """
        if self.scene is None:
            return None
        return self.computed.newest(kind, (self.scene.token, *more) if more else self.scene.token)

    @cached_property
    def stages(self) -> Mapping[Method, Stage]:
        """The bodies of each method that has any, brought into one image plane."""
        found = {method: self._stage(method) for method in METHODS}
        token, brought = BROUGHT_STAGES.of(self)
        here = brought if self.scene is not None and token == self.scene.token else {}
        return {**{method: stage for method, stage in found.items() if stage is not None}, **here}

    def _stage(self, method: Method) -> Stage | None:
        role = as_role(method)
        if role is None:
            return self.value(method)
        return self.value(placed(role)) if self.inference.result(role) is not None else None


def placed(role: Role) -> str:
    """What the outcome is called that holds a role's bodies in one image plane."""
    return f"placed {role}"
