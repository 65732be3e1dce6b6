"""Keeps content and frame in step with the state: loads, computes and asks for what is missing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sefd_viewer.app.answers import DiskAnswers
from sefd_viewer.app.bodies import Bodies
from sefd_viewer.app.cache import LruCache, file_stamp
from sefd_viewer.app.content import Content
from sefd_viewer.app.derivations import Tools, derivations
from sefd_viewer.app.detections import Detections
from sefd_viewer.app.drafts import DRAFT_MS, Drafts, Sight
from sefd_viewer.app.feature import Feature, Service, features
from sefd_viewer.app.frame import Frame, same
from sefd_viewer.app.keys import Computed
from sefd_viewer.app.layers import CannyLayer
from sefd_viewer.app.methods import CHOICE
from sefd_viewer.app.open_files import OpenFiles
from sefd_viewer.app.opening import Begin
from sefd_viewer.app.photos import Photos
from sefd_viewer.app.pose_edits import edited_scene, edits_of
from sefd_viewer.app.predictions import Client, Predictions, Question, Timer
from sefd_viewer.app.record_search import Searches
from sefd_viewer.app.resolve import resolve
from sefd_viewer.app.scene import Scene, Tokens, known_as, load_scene, nobody
from sefd_viewer.app.selection import selection_of, with_selection
from sefd_viewer.app.settings import PREFERENCES, Preferences, Settings
from sefd_viewer.app.slices import Slice, V
from sefd_viewer.app.stages import Stage
from sefd_viewer.app.state import ViewerState
from sefd_viewer.app.store import Store
from sefd_viewer.app.trials import Asking, Trials
from sefd_viewer.inference.messages import EDGE_NETWORKS, EdgeNetwork, Message
from sefd_viewer.jobs.runner import Outcome, Post, Runner
from sefd_viewer.plugin_code import Offer

if TYPE_CHECKING:
    from sefd_viewer.app.scene import Detect
    from sefd_viewer.datasets.records import Record
    from sefd_viewer.geometry.poses import Pose2D

S = TypeVar("S")
ClientFactory = Callable[[Callable[[Message], None]], Client]
FrameListener = Callable[[Frame, Frame], None]
SCENES_REMEMBERED = 6
REMEMBERED_BYTES = 100_000_000
"""Pictures that need more are loaded again instead of being remembered."""
STAGES_BYTES = 32_000_000
"""What the bodies of remembered photos may need: a crowd's need ten times those of two people."""
_log = logging.getLogger(__name__)


def detect_people(image: Any) -> list[Pose2D]:
    """The shipped detector of 2D poses."""
    from sefd_viewer.pose2d.detector import detect_people

    return detect_people(image)


def _looking(then: ViewerState, now: ViewerState) -> ViewerState:
    """The state `then` with photo, person and workspace as they are now: looking is not undone."""
    looks = {id for feature in features() for id in feature.looks}
    slices = {key: value for key, value in then.slices.items() if key not in looks}
    slices |= {key: value for key, value in now.slices.items() if key in looks}
    moved = with_selection(then, selection_of(now))
    return replace(moved, workspace=now.workspace, slices=slices)


@dataclass(frozen=True)
class Surroundings:
    """What the controller is given: threads, clock and networks; tests give others.

    `post` brings a call from any thread to the one that owns the controller. `rest` tells when an edge slider
    rests; without it edges are computed at full resolution all the time.
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
        self.store = Store(begin, settle=self._settled, looking=_looking)
        self.bodies = Bodies(self.settings.bodies)
        self.computed = Computed(
            surroundings.executor,
            surroundings.post,
            lambda: self.refresh(soon=True),
            calm_s=surroundings.calm_s,
        )
        self._detections = Detections(surroundings.detect)
        self.photos = Photos(self._detections, self.bodies.find, lambda: self._files.poses)
        self.content = Content(detectors=tuple(detectors), computed=self.computed, photos=self.photos)
        self.frame = Frame()
        self.surroundings = surroundings
        self._tools = Tools(CannyLayer(), Drafts(), self.bodies.find, self.photos, lambda: self.bodies.paths)
        self._runner = Runner(
            surroundings.executor,
            surroundings.post,
            self._take_outcome,
            calm_s=surroundings.calm_s,
        )
        client = surroundings.client(lambda message: surroundings.post(lambda: self._receive(message)))
        self.answers = kept = surroundings.answers
        disk = (
            DiskAnswers(kept, surroundings.executor, surroundings.post, self.bodies.find)
            if kept is not None
            else None
        )
        self.kept_answers = disk
        soon = partial(self.refresh, soon=True)
        self.predictions = Predictions(client, surroundings.timer, soon, kept=disk)
        self.trials = Trials(client, self.predictions.numbers, soon)
        self._scenes: LruCache[Scene] = LruCache(SCENES_REMEMBERED, 2 * REMEMBERED_BYTES)
        self._placed: LruCache[Outcome] = LruCache(8 * SCENES_REMEMBERED, STAGES_BYTES)
        self._tokens = Tokens()
        self.sight: Callable[[], Sight | None] = lambda: None
        self._files = OpenFiles(self, self._runner, surroundings.post)
        self._listeners: list[FrameListener] = []
        self._asked_for: ViewerState | None = None
        self._stopped_in: ViewerState | None = None
        self._features: tuple[Feature, ...] = ()
        self._refreshing = self._again = self._closed = self._comes_soon = False
        self.store.connect(self._state_changed)
        self.searches = Searches(surroundings.executor, surroundings.post)
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
        desks: tuple[Any, ...] = (*self.services.values(), self.trials)
        working = content.inference.busy or self.searches.busy or any(desk.busy for desk in desks)
        return bool(content.opening or content.running or content.waiting or working or self._comes_soon)

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

    def record_at(self, position: int) -> Record | None:
        """The record at `position`, None beyond the ends."""
        records = self.content.dataset.records if self.content.dataset is not None else ()
        return records[position] if 0 <= position < len(records) else None

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

    def use_device(self, device: str) -> None:
        """Run the networks on "auto", "cpu", "cuda" or "mps", now and at the next start."""
        self.change_settings(device=device)

    def _follow_preferences(self, old: Preferences, new: Preferences) -> None:
        """Let what was changed hold at once."""
        self.settings = self.settings.with_preferences(new)
        if old.device != new.device:
            self.device = new.device
            self.predictions.use_device(new.device)
            self.trials.again()
        if new.bodies != self.bodies.paths:  # undone, or forgotten
            self.bodies.paths = new.bodies
            self.forget("truth")
            if self.inputs:  # its annotations may need these bodies
                self.open(self.inputs)
        if old.photos_kept != new.photos_kept:
            self._keep_photos(new.photos_kept)

    def _keep_photos(self, count: int) -> None:
        self._scenes.resize(count)
        self._placed.resize(8 * count)
        self.predictions.keep(16 * count)

    def empty_memory(self) -> None:
        """Forget photos and answers that are not in view; they are read and asked again when they are."""
        self._keep_photos(0)
        self._keep_photos(self.state.preferences.photos_kept)

    def run_again(self) -> None:
        """Ask the networks again, and try again what failed."""
        failed = [name for name, outcome in self.content.outcomes.items() if outcome.problem is not None]
        for name in failed:
            self.forget(name)
        self.computed.forget_failures()
        self._stopped_in = None
        self.predictions.again()
        self.trials.again()
        self.refresh()

    def stop(self) -> None:
        """Stop the networks and the opening of data, and drop what waits; it rests until somebody acts."""
        self._stopped_in = self.state
        self._files.cancel()
        for derivation in derivations():
            self._runner.forget(derivation.name)
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
        self._files.cancel()
        self.searches.close()
        self._closed = True
        self._listeners.clear()
        for service in self.services.values():
            service.close()
        self._runner.close()
        self.computed.close()
        self.predictions.close()

    # ---- keeping in step

    def _settled(self, new: ViewerState) -> ViewerState:
        for feature in features():
            new = feature.settle(new, self.content)
        return new

    def _state_changed(self, old: ViewerState, new: ViewerState) -> None:
        if old.record != new.record:
            self.know(notice=None)
        if old.preferences != new.preferences:
            self._follow_preferences(old.preferences, new.preferences)
        if old.edges != new.edges:
            self._draft_edges()
        if refused := self._files.keep():
            self.know(notice=refused)
        self.refresh()

    def _draft_edges(self) -> None:
        """Compute edges as they are seen until the slider rests."""
        rest = self.surroundings.rest
        if self.sight() is not None and rest is not None:
            self.know(drafting=True)
            rest.start(DRAFT_MS, self._finish_edges)

    def _finish_edges(self) -> None:
        self.know(drafting=False)
        self.refresh()

    def refresh(self, *, soon: bool = False) -> None:
        """Start what is missing and show what is there; nested calls are one more round of the outer one.

        With `soon` it happens when all answers that wait have been taken: many come at once. Where nothing
        is shown before all of them, also those that are on their way.
        """
        if soon:
            more = bool(self._runner.running or self.computed.running) and self._withheld()
            if not self._comes_soon and not more:
                self._comes_soon = True
                self.surroundings.post(self.refresh)
            return
        self._again, self._comes_soon = True, False
        if self._refreshing or self._closed:
            return
        self._refreshing = True
        try:
            while self._again:
                self._again = False
                self._load_scene()
                self._edit_scene()
                self._ask_networks()
                self.know(sight=self.sight(), bodies=self.bodies.files)
                for feature in self._in_view():
                    self.content = feature.note(self.state, self.content)
                self._derive()
        finally:
            self._refreshing = False
        self._show()

    def _show(self) -> None:
        running, computed = self._runner, self.computed
        self.know(running=(*running.running, *computed.running), waiting=running.waiting + computed.waiting)
        old, state = self.frame, self.state
        if self._withheld():
            return
        new = replace(resolve(state, self.content), slices=self._parts(state))
        for feature in self._in_view():
            new = feature.hold(old, new)
        self.frame = new
        if not same(old, new):
            for listener in tuple(self._listeners):
                listener(old, new)

    def _in_view(self) -> tuple[Feature, ...]:
        if self._asked_for is not self.state:
            self._asked_for = self.state
            self._features = tuple(feature for feature in features() if feature.in_view(self.state))
        return self._features

    def _uses_networks(self) -> bool:
        in_view, state = self._in_view(), self.state
        return not self._rests() and any(feature.uses_networks(state) for feature in in_view)

    def _withheld(self) -> bool:
        return any(feature.withholds(self.state, self.content) for feature in self._in_view())

    def _rests(self) -> bool:
        return any(feature.rests(self.state) for feature in self._in_view())

    def _edge_networks(self) -> list[EdgeNetwork]:
        """The networks whose edges are shown: over the photo, or by what is in view."""
        used = {network for feature in self._in_view() for network in feature.edge_networks(self.state)}
        return [one for one in EDGE_NETWORKS if one in used or self.state.layers[one].visible]

    def _parts(self, state: ViewerState) -> dict[str, Any]:
        """What the features in view show."""
        return {
            feature.frame.id: feature.resolve(state, self.content)
            for feature in self._in_view()
            if feature.frame is not None and feature.resolve is not None
        }

    def know(self, **changes: Any) -> None:
        """Replace fields of the content; `refresh` shows it."""
        self.content = replace(self.content, **changes)

    def learn(self, part: Slice[V], value: V) -> None:
        """Replace what a feature knows, and show it."""
        self.content = part.put(self.content, value)
        self.refresh()

    def forget(self, name: str) -> None:
        """Drop what was computed under this name: it is computed again when it is wanted."""
        outcomes = {key: outcome for key, outcome in self.content.outcomes.items() if key != name}
        self.know(outcomes=outcomes)

    # ---- the record in view

    def _scene_key(self) -> Hashable:
        """All that a scene is made from: the record, its picture's file, the 2D poses as read, the bodies."""
        state, opened, dataset = self.state, self.content.opened, self.content.dataset
        position = self.position(state.record)
        path = dataset.image_path(position) if dataset is not None and position is not None else None
        poses = state.poses, id(self._files.poses.get(state.poses or ""))
        found = state.preferences.found_poses
        return "scene", state.record, file_stamp(path), poses, found, opened, self.bodies.stamp, self._rests()

    def _load_scene(self) -> None:
        key = self._scene_key()
        if self.content.outcomes.get("scene") is not None and self.content.outcomes["scene"].key == key:
            return
        remembered = self._scenes.get(key)
        if remembered is not None:
            self._put("scene", Outcome(key, remembered))
            return
        self.know(scene=None)
        position = self.position(self.state.record)
        record = self.record_at(position) if position is not None else None
        if record is None:
            return
        poses = self._files.poses.get(self.state.poses) if self.state.poses is not None else None
        known = known_as(self.content.opened, record)
        detect = nobody if self._rests() else self._detections.of(known)
        tokens, find_body, opened = self._tokens, self.bodies.find, self.content.opened
        photos = self.photos if record.moment is not None else None
        found = self.state.preferences.found_poses

        def load() -> Scene:
            shown = None if photos is None else partial(photos.picture, opened, record)
            token = tokens.of(key, record)
            find = partial(load_scene, token, record, detect=detect, find_body=find_body, load=shown)
            return find(poses=poses, always_find=found)

        self._runner.want("scene", key, load)

    def _edit_scene(self) -> None:
        """Bring what was changed by hand into the scene."""
        outcome, scene = self.content.outcomes.get("scene"), self.content.scene
        edits = edits_of(self.state, self.state.record)
        if outcome is not None and scene is not None and scene.edits is not edits:
            self.know(scene=edited_scene(outcome.value, edits))

    def _ask_networks(self) -> None:
        scene = self.content.scene
        if scene is None or not self._uses_networks():
            self.predictions.want(None)
        else:
            weights = dict(self.settings.weights)
            with_edges = any(feature.shows_edges(self.state) for feature in self._in_view())
            question = Question(scene, self.state.edges, weights, self.bodies.paths, with_edges)
            self.predictions.want(question, ask=self.state.preferences.run_at_once)
            self.predictions.want_edges(scene, self._edge_networks(), weights)
        weights, checkpoints = dict(self.settings.weights), self.settings.checkpoints
        asking = Asking(self.state.edges, weights, self.bodies.paths, checkpoints)
        self.know(inference=self.predictions.now, asking=asking)
        asked = (feature.asks(self.state, self.content) for feature in self._in_view())
        begins = self.state is not self._stopped_in  # what was stopped makes nothing else begin
        self.trials.want(list(chain.from_iterable(asked)), ask=begins)
        self.know(trials=self.trials.now)

    def _derive(self) -> None:
        state = self.state
        for derivation in derivations():
            key = derivation.key(state, self.content)
            outcome = self.content.outcomes.get(derivation.name)
            if key is None or (outcome is not None and outcome.key == key):
                continue
            remembered = self._placed.get((derivation.name, key))
            if remembered is not None:
                self._put(derivation.name, remembered)
            else:
                job = derivation.job(state, self.content, self._tools)
                self._runner.want(derivation.name, key, job)
        wanted = (feature.wants(state, self.content) for feature in self._in_view())
        self.computed.want(chain.from_iterable(wanted))

    # ---- answers

    def _take_outcome(self, name: str, outcome: Outcome) -> None:
        if outcome.detail is not None:
            _log.error("%s: %s", name, outcome.detail)
        if name in ("open", "poses", "body"):
            self._files.take(name, outcome)
        elif name == "scene":
            if outcome.key == self._scene_key():
                self._put(name, outcome)
                if outcome.value is not None and outcome.value.image.nbytes <= REMEMBERED_BYTES:
                    self._scenes.put(outcome.key, outcome.value)
        else:
            if isinstance(outcome.value, Stage):
                self._placed.put((name, outcome.key), outcome)
            self._put(name, outcome)
        self.refresh(soon=True)

    def _put(self, name: str, outcome: Outcome) -> None:
        self.know(outcomes={**self.content.outcomes, name: outcome})
        if name == "scene":
            self.know(scene=outcome.value)

    def _receive(self, message: Message) -> None:
        if not self._closed:
            self.predictions.receive(message)
            self.trials.receive(message)
