"""What is open: the data set, files of 2D poses, licensed bodies; and what is reset for another data set."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from sefd_viewer.app.absence import problem_words
from sefd_viewer.app.actions import with_choice
from sefd_viewer.app.depth_order import KeptOrders
from sefd_viewer.app.feature import Found, features
from sefd_viewer.app.methods import CHOICE, file_title
from sefd_viewer.app.opening import Begin, Opening, checked_bodies, open_inputs, read_pose_file
from sefd_viewer.app.people import for_another_set
from sefd_viewer.app.sequence import PLAYBACK
from sefd_viewer.app.settings import SAMPLE
from sefd_viewer.app.story import PRESENT
from sefd_viewer.jobs.runner import Outcome, Post, Runner

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from sefd_viewer.app.crowd import Brought
    from sefd_viewer.app.host import FilesHost
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.geometry.joints import Pose2D


_log = logging.getLogger(__name__)
_OPEN, _POSES, _BODY = "Opening", "Reading 2D poses", "Reading the body model"
"""What goes on, in words: one of each at a time."""


class OpenFiles:
    """Opens on the thread pool, one data set at a time.

    `inputs` are the paths of the data set in view (none: the sample), `poses` what was read from files of 2D
    poses, by path.
    """

    def __init__(self, controller: FilesHost, executor: Executor, post: Post) -> None:
        self._controller, self._post = controller, post
        self._runner = Runner(executor, post, self._take)
        self._opening = Opening((), ())
        self._orders = KeptOrders()
        self.inputs: tuple[str, ...] = ()
        self.poses: dict[str, Mapping[str, Sequence[Pose2D]]] = {}

    def cancel(self) -> None:
        """Give up what is being opened: what was open stays."""
        self._opening.cancel()

    def keep(self) -> str | None:
        """Save the people's order in depth; words when one cannot be written."""
        state = self._controller.state
        return self._orders.keep(state.depth_orders)

    @property
    def running(self) -> tuple[str, ...]:
        """What goes on, in words."""
        return self._runner.running

    @property
    def waiting(self) -> int:
        """How many wait for others."""
        return self._runner.waiting

    def close(self) -> None:
        """Report nothing any more."""
        self._opening.cancel()
        self._runner.close()

    def _take(self, slot: str, outcome: Outcome) -> None:
        if outcome.detail is not None:
            _log.error("%s: %s", slot, outcome.detail)
        takers = {_OPEN: self._take_dataset, _POSES: self._take_poses, _BODY: self._take_body}
        takers[slot](outcome)
        self._controller.refresh(soon=True)

    def open(self, inputs: Sequence[str], begin: Begin = lambda state: state) -> None:
        """Open images, folders, videos or data sets; nothing opens the shipped sample."""
        name = ", ".join(Path(path).name for path in inputs) or "the sample"
        self._opening.cancel()
        self._opening = opening = Opening(tuple(inputs), self._controller.bodies.paths, begin)
        self._controller.know(opening=name, reached=("", None), problem=None, notice=None)
        opening.tell = lambda *reached: self._post(lambda: self._tell(opening, reached))
        self._runner.want(_OPEN, opening, lambda: opening.run(open_inputs))
        self._controller.refresh()

    def _tell(self, opening: Opening, reached: tuple[str, float | None]) -> None:
        if opening is self._opening and self._controller.content.opening is not None:
            self._controller.know(reached=reached)
            self._controller.refresh(soon=True)

    def use_poses(self, path: str | None) -> None:
        """Take the 2D poses of records from a file; None goes back to annotations and the detector."""
        controller = self._controller
        if path is None:
            controller.store.set(replace(controller.state, poses=None, person=None))
        else:
            dataset = controller.content.dataset
            self._runner.want(_POSES, ("poses", path), lambda: read_pose_file(path, dataset))
            controller.refresh()

    def use_bodies(self, paths: Sequence[str]) -> None:
        """Use licensed body files, or folders of them, before those in use; none: the open body alone.

        Words in the status line when one cannot be read.
        """
        wanted = (*paths, *self._controller.bodies.paths) if paths else ()
        self._runner.want(_BODY, ("body", wanted), lambda: checked_bodies(wanted))
        self._controller.refresh()

    def _take_dataset(self, outcome: Outcome) -> None:
        controller = self._controller
        if outcome.key is not self._opening:
            return  # another one is being opened meanwhile
        dataset: Dataset | None = outcome.value
        if outcome.problem is None and self._opening.brought_bodies:
            self._keep_bodies(self._opening.bodies)
            if not self._opening.inputs:
                self.open(self.inputs)  # the same again, with these bodies
                return
        if dataset is None:
            stopped = None if outcome.problem else f"Opening {controller.content.opening} was stopped"
            controller.know(opening=None, problem=outcome.problem, notice=stopped)
            return
        inputs, state = self._opening.inputs, controller.state
        for path in reversed(inputs or (SAMPLE,)):
            controller.settings = controller.settings.with_recent(path)
        controller.know(dataset=dataset, opened=controller.content.opened + 1, opening=None)
        first, person = dataset.keys[dataset.first] if len(dataset.keys) else None, None
        if inputs == self.inputs and controller.position(state.record) is not None:
            first = state.record  # the same data again: stay where one is
        elif self._opening.brought.show is not None:
            case = self._opening.brought.show.cases[0]
            first, person = case.record, case.person or None
        self.inputs = inputs
        controller.forget_set()
        for service in controller.services.values():
            service.forget()
        orders, problems = self._orders.begin(dataset)
        beside = self._beside(dataset)
        brought = self._opening.brought
        of_features = chain.from_iterable(found.problems for found in beside)
        found = (*dataset.problems, *problems, *of_features, *brought.problems)
        state = PLAYBACK.change(state, playing=False, first=None, last=None)
        fresh = replace(
            self._with_brought(for_another_set(state, brought.run), brought),
            record=first,
            person=person,
            hidden_people=frozenset(),
            poses=None if brought.poses is None else brought.poses[0],
            depth_orders=orders,
        )
        for one in beside:
            fresh = one.begin(fresh)
        for feature in features():
            fresh = feature.opened(fresh, dataset)
        fresh = self._opening.begin(_with_methods(fresh, self._opening.methods))
        if fresh.record is None or dataset.find(fresh.record) is None:
            fresh = replace(fresh, record=first, person=None)  # a photo that this set has not
        controller.store.reset(fresh)
        controller.know(notice=problem_words(found, dataset.name) or _told(beside))

    def _beside(self, source: Dataset | str) -> list[Found]:
        """What features find beside a data set or a file of 2D poses."""
        asked = (feature.found for feature in features() if feature.found is not None)
        return [find(self._controller, source) for find in asked]

    def _with_brought(self, state: ViewerState, brought: Brought) -> ViewerState:
        """The state with a sample's cases to present; its poses are kept as those of any file."""
        if brought.poses is not None:
            file, poses = brought.poses
            self.poses[file] = poses
        return state if brought.show is None else PRESENT.change(state, show=brought.show, file=None)

    def _take_poses(self, outcome: Outcome) -> None:
        controller, state = self._controller, self._controller.state
        if outcome.problem is not None:
            controller.know(notice=outcome.problem)
            return
        path: str = outcome.key[1]  # type: ignore[index]
        self.poses[path] = outcome.value
        beside = self._beside(path)
        person = state.person if state.poses == path else None  # a session named the file and the person
        state = replace(state, poses=path, person=person)
        for one in beside:
            state = one.begin(state)
        controller.store.set(state)
        found = (*outcome.value.problems, *chain.from_iterable(one.problems for one in beside))
        controller.know(notice=problem_words(found, Path(path).name) or _told(beside))

    def _take_body(self, outcome: Outcome) -> None:
        controller = self._controller
        if outcome.problem is not None:
            controller.know(notice=outcome.problem)
            return
        self._keep_bodies(outcome.value)
        if self.inputs:  # its annotations may need these bodies
            self.open(self.inputs)

    def _keep_bodies(self, places: tuple[str, ...]) -> None:
        controller = self._controller
        controller.bodies.paths = places
        controller.change_settings(bodies=places)


def _with_methods(state: ViewerState, files: Sequence[str]) -> ViewerState:
    """The state with the methods of files that were named beside a set."""
    choice = CHOICE.of(state)
    for file in files:
        choice = choice.added(file_title(file), "file", source=file)
    return with_choice(state, choice) if files else state


def _told(beside: Sequence[Found]) -> str | None:
    return next((found.told for found in beside if found.told is not None), None)
