"""The occlusion lab's commands: run when somebody says so, over the person hidden at every level at once."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.method_commands import CommandOrder, Printed, run_command, share_in
from sefd_viewer.app.methods import CHOICE, MethodInfo
from sefd_viewer.app.slices import Slice
from sefd_viewer.errors import SefdError
from sefd_viewer.features.explain.case import Case, case_of
from sefd_viewer.features.explain.model import EXACT, EXPLAIN, LEVELS, Occluder
from sefd_viewer.jobs.background import Background, Stage, Task

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.datasets.records import Dataset, Record
    from sefd_viewer.evaluation.occluding import OccludedRecords
    from sefd_viewer.features.explain.case import FindBody
    from sefd_viewer.geometry.joints import Pose2D
    from sefd_viewer.jobs.runner import Outcome

KEPT = 30
"""Curves of commands that are remembered."""


@dataclass(frozen=True)
class Commanded:
    """Errors (mm) of commands by share, by what was asked; `words` and `share` of the one that runs now.

    `problem` is why the last one has none.
    """

    errors: Mapping[Hashable, Mapping[float, float]] = field(default_factory=dict)
    busy: bool = False
    words: str = ""
    share: float | None = None
    problem: str = ""


COMMANDED: Slice[Commanded] = Slice("explain commands", Commanded())


def commands_shown(state: ViewerState) -> tuple[MethodInfo, ...]:
    """The commands among the methods that are shown; none before what hides no exact share."""
    if EXPLAIN.of(state).occluder.kind not in EXACT:
        return ()
    return tuple(info for info in CHOICE.of(state).shown() if info.kind == "command")


def curves_of_commands(state: ViewerState, content: Content, case: Case | None) -> dict[str, Any]:
    """The errors by share of each command that ran over this person, hidden so."""
    known, occluder = COMMANDED.of(content).errors, EXPLAIN.of(state).occluder
    asked = {} if case is None else {one.id: _asked(one, case, occluder) for one in commands_shown(state)}
    return {method: known[key] for method, key in asked.items() if key in known}


def _asked(info: MethodInfo, case: Case, occluder: Occluder) -> Hashable:
    return info.id, info.source, info.said, case.about, occluder.kind, occluder.joints


class LabCommands:
    """Runs the commands that are shown over the person in view, one after the other; `end` ends them.

    What a command that failed was given and wrote can be looked at until the next one runs.
    """

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self._failed: list[TemporaryDirectory[str]] = []
        self._job = Background(controller.surroundings.post, news=self._take, done=self._take_end)

    @property
    def busy(self) -> bool:
        """Whether a command runs."""
        return self._job.busy

    @property
    def settling(self) -> bool:
        """A command that runs is told as busy."""
        return False

    def run(self) -> None:
        """Run all that are shown; anew if they ran before."""
        controller = self._controller
        state, dataset = controller.state, controller.content.dataset
        case, occluder, infos = (
            case_of(state, controller.content),
            EXPLAIN.of(state).occluder,
            commands_shown(state),
        )
        if case is not None and dataset is not None and infos and not self._job.busy:
            find_body, failed = controller.bodies.files.find, self._failed
            self._remove_failed()
            self._change(busy=True, words="The command starts", share=None, problem="")
            self._job.start(lambda task: _work(infos, case, occluder, dataset, find_body, failed, task))

    def end(self) -> None:
        """End the command that runs."""
        self._job.stop()

    stop = end

    def forget(self) -> None:
        """Another set was opened."""
        self._job.drop()
        self._controller.learn(COMMANDED, Commanded())

    def close(self) -> None:
        """End it for good."""
        self._job.close()
        self._remove_failed()

    def _remove_failed(self) -> None:
        while self._failed:
            self._failed.pop().cleanup()

    def _take(self, news: Any) -> None:
        if isinstance(news, Stage):
            self._change(words=news.words, share=news.share)
        elif isinstance(news, Printed):
            self._change(
                words=news.lines[-1] if news.lines else "The command runs", share=share_in(news.lines)
            )
        else:
            known = {**COMMANDED.of(self._controller.content).errors, **news}
            self._change(errors=dict(list(known.items())[-KEPT:]))

    def _take_end(self, outcome: Outcome[None]) -> None:
        self._change(busy=False, words="", share=None, problem=outcome.problem or "")

    def _change(self, **changes: Any) -> None:
        known = COMMANDED.of(self._controller.content)
        self._controller.learn(COMMANDED, replace(known, **changes))


def _work(
    infos: tuple[MethodInfo, ...],
    case: Case,
    occluder: Occluder,
    dataset: Dataset,
    find_body: FindBody,
    failed: list[TemporaryDirectory[str]],
    task: Task,
) -> None:
    """Run each and tell its errors by share; the folder of one that fails is added to `failed`.

    Raises SefdError where one fails or is ended.
    """
    from sefd_viewer.evaluation.occluding import occluded
    from sefd_viewer.features.explain.hiding import KINDS, records_of

    records = records_of(case, occluder, LEVELS, dataset, find_body)
    shown = [records[index] for index in range(len(LEVELS))]
    changed = replace(occluded(dataset, records, KINDS[occluder.kind]), records=shown)
    poses = {one.key: _pose(case, records, index, occluder) for index, one in enumerate(shown)}

    def find(record: Record, _image: Any) -> dict[str, Pose2D]:
        pose = poses[record.key]
        return {} if pose is None else {case.person.key: pose}

    for info in infos:
        order = CommandOrder(info.id, info.source, tuple(range(len(LEVELS))))
        folder = TemporaryDirectory(prefix="sefd-lab-")
        try:
            method = run_command(order, changed, find, Path(folder.name), task)
            errors = _errors(info, method, changed, poses, case, find_body)
        except SefdError:
            if not task.stopped:
                failed.append(folder)
            raise
        finally:
            if folder not in failed:
                folder.cleanup()
        task.tell({_asked(info, case, occluder): errors})


def _pose(case: Case, records: OccludedRecords, index: int, occluder: Occluder) -> Pose2D | None:
    """The person's 2D pose in one of the pictures; covered joints are lost where that is wanted."""
    import numpy as np

    own = records[index].people[0].pose2d
    moved = own is not None and occluder.kind == "truncation"
    pose = own if own is not None and moved else case.person.pose2d
    if occluder.joints != "lost" or moved:
        return pose
    _picture, covered, _share = records.in_place(index)
    columns, rows = np.rint(pose.keypoints[:, :2]).astype(int).T
    inside = (columns >= 0) & (rows >= 0) & (columns < covered.shape[1]) & (rows < covered.shape[0])
    keypoints = pose.keypoints.copy()
    keypoints[np.flatnonzero(inside)[covered[rows[inside], columns[inside]]], 2] = 0
    return replace(pose, keypoints=keypoints)


def _errors(
    info: MethodInfo,
    written: Any,
    changed: Dataset,
    poses: Mapping[str, Pose2D | None],
    case: Case,
    find_body: FindBody,
) -> dict[float, float]:
    """MPJPE (mm) of the person by share, nan where the command found nobody there."""
    from sefd_viewer.evaluation.case_measures import measure
    from sefd_viewer.evaluation.photo_truth import true_bodies
    from sefd_viewer.evaluation.runs.file_predictions import FilePredictions
    from sefd_viewer.evaluation.runs.methods import file_method
    from sefd_viewer.evaluation.runs.photos import Photo

    method = replace(file_method(info.id, written.predictions, info.said), pictures=written.pictures)
    read, key, found = FilePredictions(method, find_body, changed), case.person.key, dict[float, float]()
    for place, (level, record) in enumerate(zip(LEVELS, changed.records, strict=True)):
        image, pose = record.load(), poses[record.key]
        truth, _ = true_bodies(record, (image.shape[1], image.shape[0]), find_body)
        known = {} if pose is None else {key: pose}
        photo = Photo(place, record, image, truth=truth, poses=known)
        body = read.named(photo).bodies.get(key)
        mm = None if body is None else measure(body, truth.get(key), pose)["mpjpe_mm"]
        found[level] = mm if isinstance(mm, float) else math.nan
    return found
