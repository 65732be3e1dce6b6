"""Keeps content and frame in step with the state: loads, computes and asks for what is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

from sefd_viewer.app.bodies import Bodies
from sefd_viewer.app.cache import forget_the_set
from sefd_viewer.app.content import Content
from sefd_viewer.app.drafts import DRAFT_MS, VisiblePart
from sefd_viewer.app.feature import Service, features
from sefd_viewer.app.frame import Frame, same, shown
from sefd_viewer.app.keys import Computed
from sefd_viewer.app.memo import equal as alike
from sefd_viewer.app.methods import CHOICE
from sefd_viewer.app.open_files import OpenFiles
from sefd_viewer.app.opening import Begin
from sefd_viewer.app.photos import Photos, SceneKey
from sefd_viewer.app.pose_edits import edited_scene, edits_of
from sefd_viewer.app.predictions import Client, Predictions, Timer
from sefd_viewer.app.questions import DiskAnswers, Question
from sefd_viewer.app.record_search import Searches
from sefd_viewer.app.resolve import resolve
from sefd_viewer.app.rooms import Rooms
from sefd_viewer.app.scene import Detections, Scene, detect_people
from sefd_viewer.app.selection import looking_on
from sefd_viewer.app.settings import PREFERENCES, Preferences, Settings
from sefd_viewer.app.slices import Slice, V
from sefd_viewer.app.stages import PlacedStage, TruthStage
from sefd_viewer.app.state import ViewerState
from sefd_viewer.app.store import Store
from sefd_viewer.app.trials import Asking, Trials
from sefd_viewer.app.wanted import scene_key
from sefd_viewer.inference.messages import Message
from sefd_viewer.jobs.runner import Post
from sefd_viewer.plugin_code import Offer

if TYPE_CHECKING:
    from sefd_viewer.app.scene import Detect
    from sefd_viewer.edges.settings import EdgeSettings

S = TypeVar("S")
ClientFactory = Callable[[Callable[[Message], None]], Client]
FrameListener = Callable[[Frame, Frame], None]
SHORT_S, ANSWERS_EACH = 0.004, 16
"""How long a look takes that is shown in the same turn; how many answers are remembered for each photo."""


@dataclass(frozen=True)
class Surroundings:
    """What the controller is given: threads, clock and networks; tests give others.

    `post` brings a call from any thread to the one that owns the controller. `rest` tells when an edge slider
    rests; without it edges are computed at full resolution all the time.
    `later` brings a call to that thread, too, behind what waits there; without it `post` does.
    `scan_workers` processes look for bad annotations; without any a thread does. Work that nobody waits for
    begins `calm_s` seconds later than what is seen. `pictures` makes small pictures, without it `executor`.
    `answers` is the folder in which the networks' answers are kept; without one they are forgotten at
    the end.
    """

    executor: Executor
    post: Post
    timer: Timer
    client: ClientFactory
    detect: Detect = detect_people
    rest: Timer | None = None
    later: Post | None = None
    scan_workers: int = 0
    calm_s: float = 0.0
    pictures: Executor | None = None
    answers: Path | None = None


class Controller:
    """The application's heart, without a screen: `store` in, `frame` out; `listen` for changed frames."""

    def __init__(
        self,
        surroundings: Surroundings,
        *,
        settings: Settings | None = None,
        detectors: Sequence[Offer] = (),
        device: str | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.device = device or self.settings.device
        begin = ViewerState(preferences=self.settings.preferences)
        begin = CHOICE.put(begin, self.settings.methods.choice())
        self.store = Store(begin, settle=self._settled, looking=looking_on)
        self.bodies = Bodies(self.settings.bodies)
        executor, post, soon = surroundings.executor, surroundings.post, partial(self.refresh, soon=True)
        self.computed = Computed(executor, post, soon, calm_s=surroundings.calm_s)
        self._later = surroundings.later or post
        self._detections = Detections(surroundings.detect)
        self.photos = Photos(self._detections, self.bodies.find, lambda: self._files.poses)
        self.content = Content(detectors=tuple(detectors), computed=self.computed, photos=self.photos)
        self.frame = Frame()
        self.surroundings = surroundings
        client = surroundings.client(lambda message: post(lambda: self._receive(message)))
        self.answers = kept = surroundings.answers
        disk = None if kept is None else DiskAnswers(kept, executor, post, self.bodies.find)
        self.kept_answers = disk
        self.predictions = Predictions(client, surroundings.timer, soon, kept=disk)
        self.know(answers=self.predictions.known)
        self.trials = Trials(client, self.predictions.numbers, soon)
        self._edited: tuple[Scene | None, object, Scene | None] = None, None, None
        self.visible_part: Callable[[], VisiblePart | None] = lambda: None
        self._files = OpenFiles(self, executor, post)
        self._listeners: list[FrameListener] = []
        self._stopped_in: ViewerState | None = None
        self._rooms = Rooms()
        self._base = shown(resolve)
        self._shown: tuple[Any, dict[str, Any], Any] = None, {}, None
        self._refreshing = self._again = self._closed = self._comes_soon = self._shows_soon = False
        self.store.connect(self._state_changed)
        self.searches = Searches(executor, post)
        self.services: dict[str, Service] = {
            feature.id: feature.service(self) for feature in features() if feature.service is not None
        }
        self.refresh()

    # ---- for views

    @property
    def state(self) -> ViewerState:
        """The current state."""
        return self.store.state

    @property
    def busy(self) -> bool:
        """Whether something that is shown is still on its way."""
        content = self.content
        services: tuple[Any, ...] = (*self.services.values(), self.trials)
        working = content.inference.busy or self.searches.busy or any(service.busy for service in services)
        looks = self._comes_soon or self._shows_soon
        return bool(content.opening or content.running or content.waiting or working or looks)

    @property
    def settling(self) -> bool:
        """Whether something goes on that nobody waits for: small pictures are made, verdicts written."""
        return any(service.settling for service in self.services.values())

    def listen(self, listener: FrameListener) -> None:
        """Call `listener(old, new)` after each change of the frame."""
        self._listeners.append(listener)

    def service(self, kind: type[S]) -> S:
        """The one service of this kind."""
        return next(service for service in self.services.values() if isinstance(service, kind))

    def position(self, key: str | None) -> int | None:
        """Where the record `key` is in the data set, None when it is not there."""
        dataset = self.content.dataset
        return dataset.find(key) if dataset is not None and key is not None else None

    # ---- what a person asks for

    def open(self, inputs: Sequence[str], *, begin: Begin = lambda state: state) -> None:
        """Open images, folders, videos or data sets; nothing opens the shipped sample.

        `begin` makes of the state that follows the one that is wanted: a person selected, a workspace.
        """
        self._files.open(inputs, begin)

    def use_poses(self, path: str | None) -> None:
        """Take the 2D poses of records from a file; None goes back to annotations and the detector."""
        self._files.use_poses(path)

    def use_bodies(self, paths: Sequence[str]) -> None:
        """Use licensed body files, or folders of them; none: the open body alone."""
        self._files.use_bodies(paths)

    def change_settings(self, *, merge: str | None = None, **changes: Any) -> None:
        """Change remembered choices; preferences among them hold at once and are a step of undo.

        Steps with the same `merge` word are one: a slider that moves.
        """
        chosen = {name: value for name, value in changes.items() if name in PREFERENCES}
        self.settings = replace(self.settings, **{k: v for k, v in changes.items() if k not in chosen})
        if chosen:
            preferences = replace(self.state.preferences, **chosen)
            self.store.set(replace(self.state, preferences=preferences), merge=merge)
        self.refresh()

    def _follow_preferences(self, old: Preferences, new: Preferences) -> None:
        """Let what was changed hold at once."""
        self.settings = self.settings.with_preferences(new)
        if old.device != new.device:
            self.device = new.device
            self.predictions.use_device(new.device)
            self.trials.again()
        if new.bodies != self.bodies.paths:  # undone, or forgotten
            self.bodies.paths = new.bodies
            if self.inputs:  # its annotations may need these bodies
                self.open(self.inputs)
        if old.photos_kept != new.photos_kept:
            self.predictions.keep(ANSWERS_EACH * new.photos_kept)

    def empty_memory(self) -> None:
        """Forget photos and answers that are not in view; they are read and asked again when they are."""
        self.computed.empty(SceneKey, TruthStage, PlacedStage)
        self.predictions.keep(0)
        self.predictions.keep(ANSWERS_EACH * self.state.preferences.photos_kept)

    def forget_set(self) -> None:
        """Forget all that was made from the data set that was open."""
        self.computed.clear()
        self.empty_memory()
        forget_the_set()

    def run_again(self) -> None:
        """Ask the networks again, and try again what failed."""
        self.computed.forget_failures()
        self._stopped_in = None
        self.predictions.again()
        self.trials.again()
        self.refresh()

    def stop(self) -> None:
        """Stop the networks and the opening of data, and drop what waits; it rests until somebody acts."""
        self._stopped_in = self.state
        self._files.cancel()
        self.computed.stop()
        for service in self.services.values():
            service.stop()
        self.trials.stop()
        self.predictions.stop()

    @property
    def inputs(self) -> tuple[str, ...]:
        """What was opened; nothing is the sample."""
        return self._files.inputs

    def say(self, words: str) -> None:
        """Show a sentence in the status line."""
        self.know(notice=words)
        self.refresh()

    def close(self) -> None:
        """Stop everything; nothing is reported afterwards."""
        self._files.close()
        self.searches.close()
        self._closed = True
        self._listeners.clear()
        for service in self.services.values():
            service.close()
        self.computed.close()
        self.predictions.close()

    # ---- keeping in step

    def _settled(self, new: ViewerState) -> ViewerState:
        return self._rooms.settled(new, self.content)

    def _state_changed(self, old: ViewerState, new: ViewerState) -> None:
        if old.record != new.record:
            self.know(notice=None)
        if old.preferences != new.preferences:
            self._follow_preferences(old.preferences, new.preferences)
        if old.edges != new.edges:
            self._draft_edges(old.edges)
        if refused := self._files.keep():
            self.know(notice=refused)
        self.refresh()

    def _draft_edges(self, before: EdgeSettings) -> None:
        """Compute edges as they are seen, and no small pictures, until the slider rests."""
        rest = self.surroundings.rest
        if rest is not None:
            self.know(drafting=self.content.drafting or before)
            rest.start(DRAFT_MS, self._finish_edges)

    def _finish_edges(self) -> None:
        self.know(drafting=None)
        self.refresh()

    def refresh(self, *, soon: bool = False) -> None:
        """Start what is missing and show what is there; nested calls are one more round of the outer one.

        With `soon` it happens when all answers that wait have been taken: many come at once; what
        took long to look at is shown in a turn of its own. Where nothing is shown before all are there, also
        those on their way.
        """
        if soon:
            running = (*self._files.running, *self.computed.running)
            if running:
                self.know(running=running, drawing=self.computed.drawing)
            more = bool(running) and self._rooms.withhold(self.state, self.content)
            if not self._comes_soon and not more:
                self._comes_soon = True
                self._later(self._look)
        elif self._look_around():
            self._show()

    def _look(self) -> None:
        begun = perf_counter()
        self._shows_soon = self._look_around()
        if self._shows_soon:
            self._later(self._show) if perf_counter() - begun > SHORT_S else self._show()

    def _look_around(self) -> bool:
        """Start what is missing; False where that is going on, or over for good."""
        self._again, self._comes_soon = True, False
        if self._refreshing or self._closed:
            return False
        self._refreshing, recalled = True, False
        try:
            while self._again:
                self._again = False
                self._look_outside()
                self._load_scene()
                self._ask_networks()
                self.content = self._rooms.note(self.state, self.content)
                wanted = self._rooms.wants(self.state, self.content)
                if self.computed.awaits(self.state.record):
                    pass  # it was begun before somebody came here: nothing is worked out twice
                elif not recalled and self.computed.recall(wanted):
                    recalled = self._again = True  # more is wanted, or other things
                else:
                    self.computed.want(wanted)
        finally:
            self._refreshing = False
        return True

    def _show(self) -> None:
        self._shows_soon, files, computed = False, self._files, self.computed
        running, waiting = (*files.running, *computed.running), files.waiting + computed.waiting
        self.know(running=running, drawing=computed.drawing, waiting=waiting)
        old, state = self.frame, self.state
        if self._rooms.withhold(state, self.content):
            return
        base, parts = self._base(state, self.content), self._rooms.parts(state, self.content)
        known, before, last = self._shown
        if base is known and old is last and [*map(id, parts.values())] == [*map(id, before.values())]:
            return
        new = self._rooms.held(state, old, replace(base, slices=parts))
        self.frame, self._shown = new, (base, parts, new)
        if not same(old, new):
            for listener in tuple(self._listeners):
                listener(old, new)

    def know(self, **changes: Any) -> None:
        """Replace fields of the content by other values; `refresh` shows it."""
        content = self.content
        others = {name: value for name, value in changes.items() if not alike(getattr(content, name), value)}
        if others:
            self.content = replace(content, **others)

    def learn(self, part: Slice[V], value: V) -> None:
        """Replace what a feature knows, and show it."""
        self.content = part.put(self.content, value)
        self.refresh()

    # ---- the record in view

    def _look_outside(self) -> None:
        """What is outside as it is now; a new content, so that all who read files look at them again."""
        files, seen, known = self.bodies.files, self.visible_part(), self.content
        bodies = known.bodies if known.bodies == files else files
        seen = known.visible_part if known.visible_part == seen else seen
        self.content = replace(known, bodies=bodies, visible_part=seen)

    def _load_scene(self) -> None:
        """Bring the record in view, with what was changed by hand, into the content once it is loaded."""
        state = self.state
        read = id(self._files.poses.get(state.poses or ""))
        key = scene_key(state, self.content, read=read, rests=self._rooms.rests(state))
        loaded, edits = self.computed.value(key), edits_of(state, state.record)
        if loaded is not self._edited[0] or edits is not self._edited[1]:
            self._edited = loaded, edits, None if loaded is None else edited_scene(loaded, edits)
        self.know(scene_key=key, scene=self._edited[2])

    def _ask_networks(self) -> None:
        scene, state, rooms = self.content.scene, self.state, self._rooms
        weights, bodies = dict(self.settings.weights), self.bodies.paths
        if scene is None or not rooms.uses_networks(state):
            self.predictions.want(None)
        else:
            question = Question(scene, state.edges, weights, bodies, rooms.shows_edges(state))
            self.predictions.want(question, ask=state.preferences.run_at_once)
            self.predictions.want_edges(scene, rooms.edge_networks(state), weights)
        asking = Asking.now(state.edges, weights, bodies, self.settings.checkpoints)
        self.know(inference=self.predictions.now, asking=asking)
        begins = state is not self._stopped_in  # what was stopped makes nothing else begin
        self.trials.want(rooms.asks(state, self.content), ask=begins)
        self.know(trials=self.trials.now)

    # ---- answers

    def _receive(self, message: Message) -> None:
        if not self._closed:
            self.predictions.receive(message)
            self.trials.receive(message)
