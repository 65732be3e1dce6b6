"""A run: every method over every record, measured and stored; it can be stopped and gone on with."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sefd_viewer.body.catalog import catalog_at
from sefd_viewer.body.model import BodyModel
from sefd_viewer.datasets.annotations import ReadOptions
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.errors import SefdError, WeightsError
from sefd_viewer.evaluation.case_measures import PredictedBody
from sefd_viewer.evaluation.runs.external import Commands
from sefd_viewer.evaluation.runs.file_predictions import FilePredictions
from sefd_viewer.evaluation.runs.keypoint_precision import judged_joints
from sefd_viewer.evaluation.runs.methods import Method, Predict, RunOrder, RunReport, plugin_predictor
from sefd_viewer.evaluation.runs.naming import why_alone
from sefd_viewer.evaluation.runs.photos import Photo, PhotoLoader, loaded_ahead
from sefd_viewer.evaluation.runs.pose_sources import ANNOTATION, pose_finder, pose_settings, score_of
from sefd_viewer.evaluation.runs.rows import rows_of
from sefd_viewer.evaluation.runs.store import Row, RunPlan, RunStore, default_folder
from sefd_viewer.geometry.crops import crop_rotation
from sefd_viewer.geometry.joints import HUMAN36M17
from sefd_viewer.inference.kept_answers import AnswerFolders, picture_file, question_key
from sefd_viewer.inference.messages import Failed, Prediction, PredictRequest, RoleResult
from sefd_viewer.inference.predictor import Answers, Predictor, predict_many
from sefd_viewer.jobs.background import Task

Progress = Callable[[int, int], None]

MEASURES = 4
"""Rises when the same networks and files are measured to other numbers: such a run is not gone on with."""

TOGETHER = 12
"""Photos whose people share the forward passes."""
_STORED_TOGETHER = 5
"""Batches that are written as one part: what a killed run loses at most."""


class Measured(NamedTuple):
    """The rows of so many records."""

    records: int
    rows: list[Row]


def go_on(
    store: RunStore,
    positions: Iterable[int],
    measure_all: Callable[[Sequence[int]], Generator[Measured, None, None]],
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> None:
    """Store what `measure_all` measures of the records at `positions` that the store does not have yet.

    What was measured before an interruption or an error is stored, too.
    """
    wanted = list(positions)
    done = store.done()
    missing = [position for position in wanted if position not in done]
    finished = len(wanted) - len(missing)
    rows: list[Row] = []
    try:
        with closing(measure_all(missing)) as batches:
            for number, batch in enumerate(batches, start=1):
                rows += batch.rows
                finished += batch.records
                if number % _STORED_TOGETHER == 0:
                    store.add(rows)
                    rows = []
                if progress is not None:
                    progress(finished, len(wanted))
                if cancelled():
                    break
    finally:
        store.add(rows)


@dataclass(frozen=True, eq=False)
class RunOptions:
    """How methods are run: with 2D poses of which source (`pose_finder`), where, with which edges.

    `answers` is the folder in which what the networks say is kept for the window, None: nowhere.
    `joints` is the order of the joints in a file of 2D poses, None where the file tells.
    """

    edges: EdgeSettings = field(default_factory=EdgeSettings)
    poses: str = ANNOTATION
    joints: str | None = None
    device: str = "auto"
    bodies: tuple[str, ...] = ()
    threads: int = 2
    answers: Path | None = None


class Runner:
    """Runs the methods of a plan; networks are loaded once, files of predictions are read once.

    `pose_problems` says in a sentence each what is wrong with single entries of a file of 2D poses.
    """

    def __init__(self, dataset: Dataset, methods: Sequence[Method], options: RunOptions) -> None:
        """Read predictions and poses; raises SefdError for a file that cannot be used."""
        self._dataset, self._options = dataset, options
        self.pose_problems: list[str] = []
        self._find_poses = pose_finder(
            options.poses, dataset, joints=options.joints, tell=self.pose_problems.append
        )
        self._joint_set = judged_joints(dataset)
        self._predictor = Predictor(options.device, bodies=options.bodies)
        self._networks = [method for method in methods if method.is_network]
        self._files = {
            method.name: FilePredictions(method, self.find_body, dataset)
            for method in methods
            if method.predictions is not None
        }
        self._plugins = {
            method.name: plugin_predictor(method.plugin) for method in methods if method.plugin is not None
        }

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know about the files of predictions: how they were matched with the set."""
        return tuple(f"{name}: {words}" for name, file in self._files.items() for words in file.notes)

    def run(
        self,
        store: RunStore,
        positions: Iterable[int],
        *,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        """Evaluate the records at `positions` that the store does not have yet."""
        go_on(store, positions, self.measured, progress=progress, cancelled=cancelled)

    def measured(self, positions: Sequence[int]) -> Generator[Measured, None, None]:
        """The rows of the records at `positions`, a batch of them at a time."""
        self._require_bodies()
        with closing(loaded_ahead(self._loader, positions, threads=self._options.threads)) as photos:
            for batch in _batches(photos):
                yield Measured(len(batch), list(self._evaluate(batch)))

    def _require_bodies(self) -> None:
        """Raise BodyError before anything is measured; weights that cannot be read are told row by row."""
        for method in self._networks:
            assert method.role is not None
            weights: dict[str, str] = {method.role: method.weights} if method.weights else {}
            with suppress(WeightsError):
                self._predictor.require_bodies([method.role], weights)

    def predictions(self, photos: Sequence[Photo]) -> list[dict[str, dict[str, PredictedBody]]]:
        """For each photo what every method predicts, by method and person; failures are left out."""
        answers = self._answers(photos)
        found = []
        for place, photo in enumerate(photos):
            bodies: dict[str, dict[str, PredictedBody]] = {}
            for method in self._networks:
                answer = answers[method.name][place].get(method.role) if method.role else None
                if isinstance(answer, RoleResult):
                    bodies[method.name] = {p.person: self._predicted(p, photo) for p in answer.predictions}
            for name, predictions in self._files.items():
                bodies[name] = predictions.named(photo).bodies
            bodies |= {name: _by_plugin(predict, photo)[0] for name, predict in self._plugins.items()}
            found.append(bodies)
        return found

    def load(self, position: int) -> Photo:
        """One photo of the data set, as `run` loads them."""
        return self._loader.load(position)

    @property
    def _loader(self) -> PhotoLoader:
        return PhotoLoader(self._dataset, self.find_body, self._find_poses, self._joint_set)

    def find_body(self, body_id: str) -> BodyModel:
        """A body by its id; raises BodyError."""
        return self._predictor.bodies.get(body_id)

    def _evaluate(self, photos: Sequence[Photo]) -> Iterator[Row]:
        answers = self._answers(photos)
        for place, photo in enumerate(photos):
            for method in self._networks:
                assert method.role is not None
                answer = answers[method.name][place].get(method.role)
                yield from self._network_rows(method, photo, answer)
            for name, predictions in self._files.items():
                yield from _file_rows(name, photo, predictions)
            for name, predict in self._plugins.items():
                yield from rows_of(name, photo, *_by_plugin(predict, photo))

    def _answers(self, photos: Sequence[Photo]) -> dict[str, list[Answers]]:
        """The networks' answers by method, a list over the photos."""
        answers: dict[str, list[Answers]] = {}
        for group in _groups(self._networks):
            requests = [self._request(photo, group) for photo in photos]
            shared = predict_many(self._predictor, requests)
            self._keep(photos, requests, shared)
            for method in group:
                answers[method.name] = shared
        return answers

    def _keep(
        self, photos: Sequence[Photo], requests: Sequence[PredictRequest], answers: Sequence[Answers]
    ) -> None:
        """Keep the answers: the window shows bodies of a measured set without asking again."""
        if self._options.answers is None:
            return
        folders = AnswerFolders(self._options.answers)
        for photo, request, found in zip(photos, requests, answers, strict=True):
            for role, answer in found.items():
                if isinstance(answer, RoleResult) and answer.predictions:
                    path = picture_file(photo.record)
                    folders.keep(question_key(request, role, image_path=path), answer)
        folders.shrink()

    def _request(self, photo: Photo, methods: Sequence[Method]) -> PredictRequest:
        image = photo.image if photo.image is not None else np.zeros((1, 1, 3), np.uint8)
        return PredictRequest(
            number=photo.position,
            image=image,
            people=photo.people,
            roles=tuple(method.role for method in methods if method.role is not None),
            edges=self._options.edges,
            scene_camera=photo.camera,
            weights={method.role: method.weights for method in methods if method.role and method.weights},
            bodies=self._options.bodies,
        )

    def _network_rows(self, method: Method, photo: Photo, answer: Any) -> Iterator[Row]:
        if isinstance(answer, Failed):
            yield from rows_of(method.name, photo, {}, str(answer))
            return
        bodies = {p.person: self._predicted(p, photo) for p in answer.predictions}
        yield from rows_of(method.name, photo, bodies, "; ".join(answer.problems))

    def _predicted(self, prediction: Prediction, photo: Photo) -> PredictedBody:
        body = self.find_body(prediction.parameters.body_id)
        person = next((p for p in photo.people if p.key == prediction.person), None)
        camera = (person.camera if person is not None else None) or photo.camera
        turned = prediction.orientation == "crop" and camera is not None
        turn = crop_rotation(prediction.crop, camera).T if turned and camera is not None else None
        score = 1.0 if person is None else score_of(person.pose2d)
        return PredictedBody(
            prediction.person, prediction.vertices_camera, body, prediction.camera, turn, score
        )


def _file_rows(name: str, photo: Photo, predictions: FilePredictions) -> Iterator[Row]:
    bodies, refused = predictions.named(photo)
    problem = "" if bodies or refused else "no predictions for this photo"
    yield from rows_of(name, photo, bodies, problem, refused | why_alone(bodies, photo, predictions.nearness))


def _by_plugin(predict: Predict, photo: Photo) -> tuple[dict[str, PredictedBody], str]:
    """A plugin's bodies of a photo, or why there are none: its faults stop nothing else."""
    if photo.image is None or not photo.people:
        return {}, ""
    try:
        return dict(predict(photo.image, photo.people)), ""
    except SefdError as error:
        return {}, str(error)
    except Exception as error:
        return {}, f"the plugin failed: {type(error).__name__}: {error}"


def _groups(methods: Sequence[Method]) -> list[list[Method]]:
    """Networks that can share a request: each role once."""
    groups: list[list[Method]] = []
    for method in methods:
        fitting = (g for g in groups if method.role not in [other.role for other in g])
        group = next(fitting, None)
        if group is None:
            groups.append([method])
        else:
            group.append(method)
    return groups


def _batches(photos: Iterator[Photo]) -> Iterator[list[Photo]]:
    while batch := list(islice(photos, TOGETHER)):
        yield batch


def settings_of(options: RunOptions) -> dict[str, Any]:
    """The settings that results depend on, for the run's plan: of bodies also which ones they are."""
    settings: dict[str, Any] = {"measures": MEASURES, "edges": options.edges.to_dict()}
    settings["bodies"] = list(options.bodies)
    if options.bodies:
        licensed = catalog_at(options.bodies).models[1:]
        settings["models"] = [f"{one.id}, joints: {one.joints_from(HUMAN36M17)}" for one in licensed]
    return settings | pose_settings(options.poses, options.joints)


def work(order: RunOrder, task: Task) -> str:
    """Do a run and tell RunReports; returns what is wrong with its 2D poses, "" for nothing."""
    root = None if order.root is None else Path(order.root)
    dataset = open_dataset(root, format=order.format, options=ReadOptions(bodies=order.bodies))
    edges = EdgeSettings.from_dict(dict(order.edges))
    answers = None if order.answers is None else Path(order.answers)
    options = RunOptions(edges, order.poses, device=order.device, bodies=order.bodies, answers=answers)
    plan = RunPlan.of(dataset, order.methods, settings_of(options))
    folder = Path(order.folder) if order.folder is not None else default_folder(plan)
    store = RunStore(folder, plan)
    task.tell(RunReport(folder=str(folder), stage="loading the networks"))

    def tell(done: int, total: int) -> None:
        task.tell(RunReport(str(folder), "", done, total))

    positions = order.positions if order.positions is not None else range(len(dataset.records))
    poses = pose_finder(options.poses, dataset, joints=options.joints)
    commands = Commands(dataset, list(positions), folder, poses, cancelled=lambda: task.stopped)
    runner = Runner(dataset, [commands.carried_out(method) for method in order.methods], options)
    runner.run(store, positions, progress=tell, cancelled=lambda: task.stopped)
    return _left_out(runner.pose_problems)


def _left_out(problems: Sequence[str]) -> str:
    """What is wrong with a file of 2D poses, in one line."""
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"2D poses: {problems[0]}{more}" if problems else ""
