"""What will be wanted next, worked out on another thread while what is in view is looked at."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from sefd_viewer.app.absence import scene_outcome
from sefd_viewer.app.feature import features
from sefd_viewer.app.keys import Computed, Key, NothingComputed
from sefd_viewer.app.memo import apart, plain
from sefd_viewer.app.pose_edits import edited_scene, edits_of
from sefd_viewer.app.questions import InferenceState, Question
from sefd_viewer.app.rooms import of_photo
from sefd_viewer.app.wanted import scene_key
from sefd_viewer.jobs.runner import Outcome, StoppedError, attempt

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.state import ViewerState

T = TypeVar("T")


class KnownAhead(NothingComputed):
    """Values that another thread works with: those that are known, and those that it makes itself."""

    def __init__(self, known: Computed, wanted: Callable[[], bool] = lambda: True) -> None:
        super().__init__()
        self._known, self._still_wanted, self.made = known, wanted, dict[Key[Any], Outcome[Any]]()
        self._seen: dict[tuple[type[Key[Any]], Hashable], Outcome[Any]] = {}

    def get(self, key: Key[T]) -> Outcome[T] | None:
        """The outcome of a key, None while there is none."""
        return self.made.get(key) or self._known.get(key)

    def newest(self, kind: type[Key[T]], about: Hashable = None) -> Outcome[T] | None:
        """What was made, or asked for, here; else what is known."""
        return self._seen.get((kind, about)) or self._known.newest(kind, about)

    def make(self, keys: Iterable[Key[Any] | None]) -> bool:
        """Compute what is missing of these; False where nothing is. StoppedError once nobody wants it."""
        new = False
        for key in keys:
            if key is None:
                continue
            outcome, about = self.get(key), (type(key), key.about)
            if outcome is None:
                if not self._still_wanted():
                    raise StoppedError
                new = True
                kept = key.remembered
                outcome = self.made[kept] = replace(attempt(key, key.work), key=kept)
            if self._seen.get(about) is not outcome:
                self._seen[about] = outcome
                self._changes(type(key))
        return new


@dataclass(frozen=True, eq=False)
class PhotoAhead(Key["Mapping[Key[Any], Outcome[Any]]"]):
    """All that the rooms in view will show of the photo of another `state`, as far as networks answered.

    `place` tells the photos apart that are worked out side by side.
    """

    title: ClassVar[str] = "Making the photo ready"
    awaited: ClassVar[bool] = True
    quiet: ClassVar[bool] = True
    brings: ClassVar[bool] = True
    soon: ClassVar[bool] = True
    kept: ClassVar[int] = 4
    state: ViewerState
    place: int
    on: tuple[Hashable, ...]
    content: Content = field(repr=False)

    def __eq__(self, other: object) -> bool:
        """Equal where the same is chosen on the same grounds: data set, bodies, weights."""
        return isinstance(other, PhotoAhead) and (self.on, self.state) == (other.on, other.state)

    def __hash__(self) -> int:
        return hash((self.state.record, self.on))

    @property
    def slot(self) -> Hashable:
        """One for each place."""
        return PhotoAhead, self.place

    @property
    def about(self) -> Hashable:
        """The photo."""
        return self.state.record

    @property
    def remembered(self) -> PhotoAhead:
        """Without all that was known when it began."""
        return replace(self, content=None)  # type: ignore[arg-type]  # it works no more

    def work(self) -> Mapping[Key[Any], Outcome[Any]]:
        """Work it out, as the window's thread would step by step; StoppedError when nobody goes there."""
        with apart():
            known = self.content.computed
            ahead = KnownAhead(known, lambda: known.still_wants(self))
            content = replace(self.content, computed=ahead, scene=None, inference=InferenceState())
            content = _with_scene(self.state, content, ahead)
            if content.scene is not None:
                seen = [feature for feature in features() if feature.in_view(self.state)]
                while ahead.make(_wanted(seen, self.state, content)):
                    pass
            return ahead.made


def photo_ahead(there: ViewerState, place: int, content: Content) -> PhotoAhead:
    """The photo of another state; `content` is what is known now."""
    return PhotoAhead(there, place, (content.opened, content.bodies, content.asking.key), plain(content))


def is_drawn(state: ViewerState, content: Content) -> bool:
    """Whether all that is known of the photo in view is there, or cannot come; networks may be at work."""
    outcome, scene = scene_outcome(content), content.scene
    if scene is None:
        return outcome is not None and outcome.problem is not None
    return scene.record.key == state.record and not content.drawing


def _with_scene(state: ViewerState, content: Content, ahead: KnownAhead) -> Content:
    """The content with the scene of the state's photo and what networks answered about it."""
    now = content.scene_key
    key = None if now is None else scene_key(state, content, read=now.read, rests=now.rests)
    ahead.make([key])
    loaded = ahead.value(key)
    if loaded is None:
        return content
    scene, asking = edited_scene(loaded, edits_of(state, state.record)), content.asking
    answers = content.answers(Question(scene, asking.edges, asking.weights, asking.bodies))
    inference = InferenceState(scene.token, results=answers)
    return replace(content, scene_key=key, scene=scene, inference=inference)


def _wanted(seen: Iterable[Any], state: ViewerState, content: Content) -> Iterable[Key[Any] | None]:
    """What the features that are `seen` want of the photo and what somebody waits for."""
    for feature in seen:
        content = feature.note(state, content)
    keys = [*of_photo(state, content), *(key for feature in seen for key in feature.wants(state, content))]
    return [key for key in keys if key is not None and not key.quiet]
