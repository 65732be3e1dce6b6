"""What a person does to 2D poses: drags, additions and deletions as steps of undo, kept in files."""

from __future__ import annotations

import logging
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sefd_viewer.app.feature import Found
from sefd_viewer.app.host import StateHost
from sefd_viewer.app.pose_edits import (
    POSE_EDITING,
    POSE_EDITS,
    NewPose,
    new_key,
    unedited,
    with_pose,
    without_pose,
)
from sefd_viewer.errors import SefdError
from sefd_viewer.features.inspect.pose_edits_file import KeptEdits, Task
from sefd_viewer.jobs.runner import Outcome, Post, Runner

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.app.scene import Detect, Scene
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.features.inspect.pose_edits_file import PoseEdits
    from sefd_viewer.geometry.joints import Pose2D

Point = tuple[float, float]
Box = tuple[float, float, float, float]

_ADDING, _SAVING = "new_pose", "save_poses"
_log = logging.getLogger(__name__)


class PoseEditsService:
    """Edits the poses of the record in view, and writes them down after each step."""

    def __init__(self, host: StateHost, executor: Executor, post: Post, detect: Detect) -> None:
        self._host, self._detect = host, detect
        self._runner = Runner(executor, post, self._take)
        self._kept = KeptEdits()
        self._before: PoseEdits | None = None
        self._token = 0
        self._tell = False
        host.store.connect(self._state_changed)

    @property
    def busy(self) -> bool:
        """Whether a person is looked for, or something is being written."""
        return bool(self._runner.running)

    @property
    def path(self) -> Path | None:
        """Where the edits of the poses in use are kept."""
        return self._kept.paths.get(self._host.state.poses)

    @property
    def settling(self) -> bool:
        """What goes on is waited for."""
        return False

    def stop(self) -> None:
        """What is being written is written to the end."""

    def forget(self) -> None:
        """The edits of another data set are read by `found`."""

    # ---- keeping in step with files

    def found(self, source: Dataset | str) -> Found:
        """The edits of a data set that was just opened, or of a file of 2D poses that was just read."""
        if isinstance(source, str):
            edits, problems = self._kept.begin_file(source)
            return Found(lambda state: _with_more(state, edits), problems, self._told(len(edits), source))
        self._write_now()
        self._before = None
        edits, problems = self._kept.begin(source)
        return Found(lambda state: POSE_EDITS.put(state, edits), problems, self._told(len(edits), None))

    def close(self) -> None:
        """Write what is not written yet."""
        self._runner.close()
        self._write_now()

    def save(self) -> None:
        """Write now, and say where."""
        self._tell = True
        self._want_written()

    # ---- edits

    def hold(self, person: str, joint: int) -> None:
        """Begin to drag a joint."""
        state, scene = self._host.state, self._host.content.scene
        if scene is None:
            return
        self._before, self._token = POSE_EDITS.of(state), scene.token
        held = POSE_EDITING.change(state, held=(person, joint))
        self._host.store.set(replace(held, person=person), remember=False)

    def drag(self, point: Point, *, whole: bool = False) -> None:
        """Move the held joint, or the `whole` person with it, to a pixel of the photo."""
        from sefd_viewer.pose2d.editing import joint_places, moved_by, with_joint_at

        held = self._held()
        if held is not None:
            scene, pose, person, joint = held
            if whole:
                moved = moved_by(pose, point - joint_places(pose)[joint])
            else:
                moved = with_joint_at(pose, joint, point)
            self._host.store.set(with_pose(self._host.state, scene, person, moved), remember=False)

    def drop(self) -> None:
        """End the drag: all of it is one step of undo."""
        self._let_go(keep=True)

    def cancel(self) -> None:
        """End the drag, and put the joint back."""
        self._let_go(keep=False)

    def toggle(self, person: str, joint: int) -> None:
        """Switch a joint off where it is seen, else on."""
        from sefd_viewer.pose2d.editing import with_joint_toggled

        scene = self._host.content.scene
        shown = scene.person(person) if scene is not None else None
        if scene is not None and shown is not None:
            pose = with_joint_toggled(shown.pose2d, joint)
            self._host.store.set(with_pose(self._host.state, scene, person, pose))

    def swap_sides(self, person: str) -> None:
        """Exchange a person's left and right joints."""
        from sefd_viewer.pose2d.editing import with_sides_swapped

        scene = self._host.content.scene
        shown = scene.person(person) if scene is not None else None
        if scene is not None and shown is not None:
            pose = with_sides_swapped(shown.pose2d)
            self._host.store.set(with_pose(self._host.state, scene, person, pose))

    def delete(self, person: str) -> None:
        """Take a person's pose away."""
        scene = self._host.content.scene
        if scene is not None and scene.person(person) is not None:
            self._host.store.set(without_pose(self._host.state, scene, person))

    def forget_edits(self) -> None:
        """Forget every edit of the record in view."""
        scene = self._host.content.scene
        if scene is not None and scene.edits is not None:
            self._host.store.set(unedited(self._host.state, scene))

    def add(self, bbox_xywh: Box) -> None:
        """Add a person who fills a box in the photo: whom the detector finds there, or somebody upright."""
        scene = self._host.content.scene
        if scene is not None:
            start = POSE_EDITING.of(self._host.state).start
            job = partial(_new_pose, scene, bbox_xywh, start, self._detect)
            if start == "detector":
                self._host.say("Looking for somebody in the box")
            self._runner.want(_ADDING, (scene.token, bbox_xywh), job)

    # ---- inside

    def _held(self) -> tuple[Scene, Pose2D, str, int] | None:
        scene, held = self._host.content.scene, POSE_EDITING.of(self._host.state).held
        person = scene.person(held[0]) if scene is not None and held is not None else None
        if scene is None or scene.token != self._token or held is None or person is None:
            return None
        return scene, person.pose2d, *held

    def _let_go(self, *, keep: bool) -> None:
        state, before = self._host.state, self._before
        self._before = None
        if POSE_EDITING.of(state).held is None:  # undone meanwhile
            return
        free = POSE_EDITING.change(state, held=None)
        if before is None or before is POSE_EDITS.of(state):
            self._host.store.set(free, remember=False)
            return
        self._host.store.set(POSE_EDITS.put(free, before), remember=False)
        if keep:
            self._host.store.set(free)

    def _state_changed(self, old: ViewerState, new: ViewerState) -> None:
        ended = POSE_EDITING.of(old).held is not None or POSE_EDITS.of(old) is not POSE_EDITS.of(new)
        if ended and POSE_EDITING.of(new).held is None:
            self._want_written()

    def _want_written(self) -> None:
        """Have the edits of the source in use written; those of others were when they were made."""
        task = self._task()
        if task is not None:
            job = partial(self._written, task)
            self._runner.want(f"{_SAVING} {task.source}", task.number, job)
        elif self._tell:
            self._say_where()

    def _task(self) -> Task | None:
        state = self._host.state
        return self._kept.task(state.poses, POSE_EDITS.of(state))

    def _written(self, task: Task) -> Task:
        self._kept.write(task)
        return task

    def _write_now(self) -> None:
        task = self._task()
        try:
            if task is not None:
                self._kept.written(self._written(task))
        except SefdError as error:
            _log.error("edited poses: %s", error)

    def _take(self, name: str, outcome: Outcome) -> None:
        if outcome.detail is not None:
            _log.error("%s: %s", name, outcome.detail)
        if outcome.problem is not None:
            self._host.say(outcome.problem)
        elif name == _ADDING:
            self._put_new(outcome)
        else:
            self._kept.written(outcome.value)
            self._say_where()

    def _put_new(self, outcome: Outcome) -> None:
        scene, (pose, words) = self._host.content.scene, outcome.value
        token: int = outcome.key[0]  # type: ignore[index]
        if scene is None or scene.token != token:
            return
        self._host.say(words)
        key = new_key(scene)
        self._host.store.set(replace(with_pose(self._host.state, scene, key, pose), person=key))

    def _say_where(self) -> None:
        if self._tell and self.path is not None:
            there = self.path.exists()
            self._host.say(
                f"Edited poses are in {self.path}" if there else "No pose has been edited here yet"
            )
        self._tell = False

    def _told(self, count: int, source: str | None) -> str | None:
        """Which edits were found, in words."""
        photos = f"{count} photo{'s' if count > 1 else ''}"
        return f"Poses of {photos} were edited by hand: {self._kept.paths[source]}" if count else None


def _with_more(state: ViewerState, edits: PoseEdits) -> ViewerState:
    return POSE_EDITS.put(state, {**POSE_EDITS.of(state), **edits})


def poses_of(controller: Controller) -> PoseEditsService:
    """What edits the 2D poses."""
    return controller.service(PoseEditsService)


def make_service(controller: Controller) -> PoseEditsService:
    """It finds people as the controller does."""
    around = controller.surroundings
    return PoseEditsService(controller, around.executor, around.post, around.detect)


def _new_pose(scene: Scene, box: Box, start: NewPose, detect: Detect) -> tuple[Pose2D, str]:
    """A pose in the box, and words where it is not the one that was asked for."""
    from sefd_viewer.pose2d.editing import HAND_EDIT, detect_in_box, upright_pose

    found = detect_in_box(scene.image, box, detect) if start == "detector" else None
    if found is not None:
        return replace(found, source=f"{HAND_EDIT}, {found.source}"), ""
    joint_set = scene.people[0].pose2d.joint_set if scene.people else "coco17"
    words = "Nobody was found in the box: drag the joints of the upright person to their places"
    return upright_pose(joint_set, box), words if start == "detector" else ""
