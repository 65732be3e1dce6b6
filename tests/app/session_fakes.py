"""Threads, clock, networks and window that answer at once, or only when a test says so."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import replace
from typing import Any

import numpy as np

from sefd_viewer.body.files import open_body
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.datasets.records import Dataset, Person, Record
from sefd_viewer.edges.settings import EdgeMap
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.crops import Crop, bbox_from_points, image_camera
from sefd_viewer.geometry.joints import Pose2D
from sefd_viewer.inference.messages import (
    EdgesRequest,
    EdgesResult,
    Failed,
    Finished,
    Inside,
    Job,
    MeshEdgeResult,
    Message,
    PersonInput,
    Prediction,
    PredictRequest,
    Progress,
    Ready,
    Role,
    RoleResult,
    Trial,
    TrialRequest,
    TrialResult,
    Tried,
)

SIZE = (96, 72)
CAMERA = PinholeCamera(np.array([90.0, 90.0]), np.array([47.5, 35.5]))
SEEN_WELL = tuple(range(17))


class AtOnce(Executor):
    """Runs a job when it is submitted."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


class WhenTold(Executor):
    """Keeps jobs until `run_next` or `run_all`."""

    def __init__(self) -> None:
        self.jobs: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.jobs.append((future, lambda: fn(*args, **kwargs)))
        return future

    def run_next(self) -> None:
        future, job = self.jobs.pop(0)
        future.set_result(job())

    def run_all(self) -> None:
        while self.jobs:
            self.run_next()


class HandClock:
    """A timer that fires when a test says that time has passed."""

    def __init__(self) -> None:
        self.action: Callable[[], None] | None = None
        self.milliseconds = 0

    def start(self, milliseconds: int, action: Callable[[], None]) -> None:
        self.action, self.milliseconds = action, milliseconds

    def stop(self) -> None:
        self.action = None

    def pass_time(self) -> None:
        action, self.action = self.action, None
        if action is not None:
            action()


class FakeClient:
    """Keeps requests; `answer` answers the newest like the real networks would, with T-poses."""

    def __init__(self, listen: Callable[[Message], None], *, at_once: bool = True) -> None:
        self.listen, self.at_once = listen, at_once
        self.requests: list[Job] = []
        self.failing: dict[Role, Failed] = {}
        self.cancelled = 0
        self.device = "auto"
        self.closed = self.started = False

    @property
    def predicts(self) -> list[PredictRequest]:
        return [request for request in self.requests if isinstance(request, PredictRequest)]

    def start(self) -> None:
        self.started = True

    def submit(self, job: Job) -> None:
        self.requests.append(job)
        if self.at_once:
            self.answer(job)

    def cancel(self) -> None:
        self.cancelled += 1

    def use_device(self, device: str) -> None:
        self.device = device

    def close(self) -> None:
        self.closed = True

    def answer(self, request: Job | None = None) -> None:
        request = request or self.requests[-1]
        self.listen(Ready("cpu", "processor", 1))
        if isinstance(request, TrialRequest):
            self.listen(TrialResult(request.number, tuple(try_out(t, request) for t in request.trials), 5.0))
            self.listen(Finished(request.number, 5.0))
            return
        if isinstance(request, EdgesRequest):
            edge = EdgeMap(np.full(request.image.shape[:2], 0.5, np.float32), request.network, "photo")
            self.listen(EdgesResult(request.number, request.network, edge, 7.0))
            self.listen(Finished(request.number, 7.0))
            return
        for done, role in enumerate(request.roles):
            self.listen(Progress(request.number, role, done, len(request.roles)))
            self._answer_role(request, role)
        self.listen(Finished(request.number, 30.0))

    def _answer_role(self, request: PredictRequest, role: Role) -> None:
        if role in self.failing:
            self.listen(replace(self.failing[role], number=request.number, role=role))
            return
        if role == "teacher":
            size = request.image.shape[:2]
            edge = EdgeMap(np.zeros(size, np.float32), "overlap", "baseline's meshes (no ground truth here)")
            self.listen(MeshEdgeResult(request.number, edge, 4.0))
        predictions = tuple(predict(person, role, request) for person in request.people)
        self.listen(RoleResult(request.number, role, predictions, {"forward": 10.0}))


def t_pose(depth: float, x: float = 0.0) -> SmplParameters:
    """A body upright before a camera: turned by pi about x, so that its up is the camera's up."""
    pose = np.zeros(72, np.float32)
    pose[0] = np.pi
    return SmplParameters.from_pose("open-body-1", pose, np.zeros(10), np.array([x, 0.0, depth]))


def predict(person: PersonInput, role: Role, request: PredictRequest | TrialRequest) -> Prediction:
    height, width = request.image.shape[:2]
    crop = Crop.from_bbox(person.pose2d.bbox_xywh, (width, height))
    camera = image_camera(crop)
    parameters = t_pose(depth=2.5 * camera.focal[0] / max(crop.bbox_xywh[2], 1.0))
    body = open_body()
    output = body.forward(parameters)
    joints = body.joints(output.vertices, output.joints, "smpl30")
    seen = EdgeMap(np.full((256, 256), 0.25, np.float32), "Canny soft 5x5", "the photo's crop")
    return Prediction(
        person=person.key,
        role=role,
        parameters=parameters,
        camera=camera,
        vertices_camera=output.vertices,
        joints_camera=joints,
        joints_image=camera.project_camera(joints),
        crop=crop,
        edge=None if role == "baseline" else seen,
        weights_hash="0" * 8,
    )


def try_out(trial: Trial, request: TrialRequest) -> Tried:
    """A T-pose that is moved by the mean of the edge map and of the crop that came with the trial."""
    usual = predict(request.person, trial.role, request)
    edge = 0.25 if trial.edge is None else float(trial.edge.mean())
    grey = 0.0 if trial.crop_rgb is None else float(trial.crop_rgb.mean()) / 255
    joints = usual.joints_camera + np.linspace(0, edge + grey, 30, dtype=np.float32)[:, None]
    edges = None if usual.edge is None else EdgeMap(np.full((256, 256), edge, np.float32), trial.key, "given")
    answer = replace(usual, joints_camera=joints, edge=edges)
    return Tried(trial.key, answer, inside(len(trial.weights or trial.role)) if request.inside else None)


def inside(seed: int) -> Inside:
    """Made-up numbers of the shapes that networks have inside."""
    numbers = np.random.default_rng(seed)
    volume = numbers.random((15, 8, 16, 16)).astype(np.float32)
    volume /= volume.sum((1, 2, 3), keepdims=True)
    features = tuple(numbers.random((4 * 2**i, 64 // 2**i, 64 // 2**i)).astype(np.float16) for i in range(4))
    places = numbers.uniform(0, 7, (15, 3)).astype(np.float32)
    heatmaps = numbers.random((30, 64, 64)).astype(np.float16)
    return Inside(np.full((256, 256, 3), 90, np.uint8), heatmaps, volume, places, features)


class FakeShell:
    """A window that answers every question with what the test put into `answers`."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.calls: list[tuple[str, Any]] = []
        self.under_pointer: tuple[float, float] | None = None
        self.dark = True

    def ask_images(self) -> list[str]:
        return self.answers.get("images", [])

    def ask(self, file: str, about: str = "") -> str | None:
        return self.answers.get(f"{file} {about}".strip())

    def ask_folder(self) -> str | None:
        return self.answers.get("folder")

    def layout(self) -> dict[str, str]:
        return {"geometry": "as it was"}

    def restore_layout(self, layout: dict[str, str]) -> None:
        self.calls.append(("layout", dict(layout)))

    def size(self) -> tuple[int, int]:
        return 1440, 900

    def ask_moved(self, path: str) -> str | None:
        return self.answers.get(f"moved {path}")

    def ask_bodies(self) -> list[str]:
        return self.answers.get("bodies", [])

    def save_screenshot(self, path: str) -> None:
        self.calls.append(("screenshot", path))

    def call(self, place: str, path: str) -> None:
        self.calls.append((place.rpartition(":")[2], path))

    def copy(self, text: str) -> None:
        self.calls.append(("copy", text))

    def show_page(self, page: str) -> None:
        self.calls.append(("page", page))

    def pointer(self) -> tuple[float, float] | None:
        return self.under_pointer

    def focus_filter(self) -> None:
        self.calls.append(("filter", None))

    def fit(self) -> None:
        self.calls.append(("fit", None))

    def toggle_full_screen(self) -> None:
        self.calls.append(("full screen", None))

    def is_dark(self) -> bool:
        return self.dark

    def tag_people(self) -> None:
        self.calls.append(("tag_people", None))

    def quit(self) -> None:
        self.calls.append(("quit", None))


def pose(x: float, *, score: float = 0.8) -> Pose2D:
    """A COCO pose of a small person whose box begins at `x`."""
    generator = np.random.default_rng(int(x))
    points = generator.uniform((x, 10), (x + 24, 60), (17, 2))
    keypoints = np.column_stack([points, np.full(17, 0.9)]).astype(np.float32)
    box = bbox_from_points(keypoints[:, :2], np.ones(17, bool), scale=1.0)
    assert box is not None
    return Pose2D("coco17", keypoints, box, score, "annotation")


def picture(seed: int = 0) -> np.ndarray:
    """A picture with clear edges."""
    image = np.full((SIZE[1], SIZE[0], 3), 40, np.uint8)
    image[20:50, 20 + seed : 60 + seed] = 220
    return image


def record(key: str, *, people: int = 2, truth: bool = False, problems: tuple[str, ...] = ()) -> Record:
    persons = tuple(
        Person(
            str(index + 1),
            bbox_xywh=pose(10 + 40 * index).bbox_xywh,
            pose2d=pose(10 + 40 * index),
            smpl=t_pose(4.0, 0.5 * index) if truth else None,
        )
        for index in range(people)
    )
    return Record(
        key,
        f"record {key}",
        image=picture(ord(key[-1]) % 7),
        size=SIZE,
        camera=CAMERA if truth else None,
        people=persons,
        problems=problems,
    )


def broken_record(key: str) -> Record:
    def read() -> np.ndarray:
        from sefd_viewer.errors import ImageError

        raise ImageError("this is not a picture", where=f"{key}.jpg", remedy="Take another")

    return Record(key, f"record {key}", read=read)


def dataset(*records: Record, first: int = 0) -> Dataset:
    return Dataset("made up", None, "test", records or (record("a"), record("b")), first=first)


def client_of(controller: Any) -> FakeClient:
    """The fake networks behind a controller."""
    client = controller.predictions._client
    assert isinstance(client, FakeClient)
    return client
