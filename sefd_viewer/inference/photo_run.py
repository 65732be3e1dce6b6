"""One request through the networks: samples once, then edges, forward pass and bodies role by role."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from sefd_viewer.body.catalog import BodyCatalog
from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.datasets.sample import Sample, make_sample
from sefd_viewer.edges.settings import EdgeMap, EdgeSettings
from sefd_viewer.errors import SefdError
from sefd_viewer.geometry.crops import CropConvention, image_camera
from sefd_viewer.geometry.joints import SMPL30
from sefd_viewer.inference.edge_channels import cropped, crowd_meshes, mesh_edge_map, student_edge
from sefd_viewer.inference.forward import Estimates, estimate
from sefd_viewer.inference.messages import (
    ROLES,
    MeshEdgeResult,
    Message,
    PersonInput,
    Prediction,
    PredictRequest,
    Progress,
    Role,
    RoleResult,
)
from sefd_viewer.inference.network_catalog import NetworkCatalog
from sefd_viewer.inference.worker import Cancelled, Stop, failure, poisons_process
from sefd_viewer.networks.checkpoints import LoadedNetwork


def assemble(
    people: Sequence[str],
    samples: Sequence[Sample],
    edges: Sequence[EdgeMap | None],
    role: Role,
    loaded: LoadedNetwork,
    body: BodyModel,
    estimates: Estimates,
) -> tuple[Prediction, ...]:
    """The predictions of a batch: one name, sample and edge map each, in the order of `estimates`."""
    vertices, joints24 = body.forward_batch(*estimates)
    joints = body.joints(vertices, joints24, SMPL30)
    predictions = []
    for i, (person, sample) in enumerate(zip(people, samples, strict=True)):
        camera = image_camera(sample.crop)
        predictions.append(
            Prediction(
                person=person,
                role=role,
                parameters=SmplParameters(body.id, *(values[i] for values in estimates)),
                camera=camera,
                vertices_camera=vertices[i],
                joints_camera=joints[i],
                joints_image=camera.project_camera(joints[i]).astype(np.float32),
                crop=sample.crop,
                edge=edges[i],
                weights_hash=loaded.weights_hash,
                orientation=loaded.card.orientation,
            )
        )
    return tuple(predictions)


Edges = Sequence[EdgeMap | None]


class Stopwatch:
    """Milliseconds by stage."""

    def __init__(self) -> None:
        self.milliseconds: dict[str, float] = {}

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time spent inside to stage `name`."""
        started = time.perf_counter()
        try:
            yield
        finally:
            spent = 1e3 * (time.perf_counter() - started)
            self.milliseconds[name] = self.milliseconds.get(name, 0.0) + spent


@dataclass
class RecentBaseline:
    """The last baseline predictions: the teacher may need them again when only edge settings changed."""

    image: np.ndarray | None = None
    key: object = None
    predictions: tuple[Prediction, ...] = ()


@dataclass(frozen=True, eq=False)
class _Cut:
    """The people of a photo who could be cut out, what of them is seen, and why others could not be."""

    people: tuple[PersonInput, ...]
    samples: tuple[Sample, ...]
    problems: tuple[str, ...]


def _cut(request: PredictRequest, convention: CropConvention) -> _Cut:
    people: list[PersonInput] = []
    samples: list[Sample] = []
    problems: list[str] = []
    for person in request.people:
        try:
            samples.append(make_sample(request.image, person.pose2d, convention=convention))
            people.append(person)
        except SefdError as error:
            problems.append(f"person {person.key}: {error}")
    return _Cut(tuple(people), tuple(samples), tuple(problems))


class PhotoRun:
    """The state of one request while it is answered."""

    def __init__(
        self,
        request: PredictRequest,
        stop: Stop,
        device: torch.device,
        networks: NetworkCatalog,
        bodies: BodyCatalog,
        recent: RecentBaseline,
    ) -> None:
        self._request, self._stop, self._device = request, stop, device
        self._networks, self._bodies, self._recent = networks, bodies, recent
        self._cut: dict[CropConvention, _Cut] = {}
        self._watch = Stopwatch()

    def messages(self) -> Iterator[Message]:
        """Everything there is to say about the request; see `Predictor.predict`."""
        roles = [role for role in ROLES if role in self._request.roles]
        for done, role in enumerate(roles):
            if self._stop.superseded():
                raise Cancelled
            yield Progress(self._request.number, self._stage_name(role), done, len(roles))
            try:
                yield from self._role(role)
            except Cancelled:
                raise
            except Exception as error:
                if poisons_process(error):
                    raise
                yield failure(error, number=self._request.number, role=role)
            self._watch = Stopwatch()

    def _stage_name(self, role: Role) -> str:
        return role if self._networks.holds(role, self._request.weights) else f"load {role}"

    def samples(self, loaded: LoadedNetwork) -> tuple[Sample, ...]:
        """What a network sees of each person who can be predicted, cut as its card says."""
        return self._cut_for(loaded).samples

    def _cut_for(self, loaded: LoadedNetwork) -> _Cut:
        convention = loaded.card.crop_convention
        if convention not in self._cut:
            with self._watch.stage("crop"):
                self._cut[convention] = _cut(self._request, convention)
        return self._cut[convention]

    def _role(self, role: Role) -> Iterator[Message]:
        if not self._request.people:
            yield RoleResult(self._request.number, role, ())
            return
        loaded = self._load(role)
        predictions: tuple[Prediction, ...] = ()
        if self.samples(loaded):
            edges, whole = self.edges(role, loaded)
            if whole is not None:
                yield MeshEdgeResult(self._request.number, whole, self._watch.milliseconds["edges"])
            predictions = self._predict(role, loaded, edges)
        yield self.result(role, loaded, predictions)

    def edges(self, role: Role, loaded: LoadedNetwork) -> tuple[Edges, EdgeMap | None]:
        """What the network of `role` sees as its fourth channel, and the teacher's map of the whole image."""
        if role == "student":
            return self._student_edges(loaded), None
        if role == "baseline":
            return [None] * len(self.samples(loaded)), None
        if loaded.card.map == "empty":
            nothing = np.zeros(self._request.image.shape[:2], np.float32)
            empty = EdgeMap(nothing, "empty", "nothing")
            return [cropped(empty, sample.crop) for sample in self.samples(loaded)], None
        with self._watch.stage("edges"):
            whole = self._mesh_edges(loaded)
            return [cropped(whole, sample.crop) for sample in self.samples(loaded)], whole

    def result(self, role: Role, loaded: LoadedNetwork, predictions: tuple[Prediction, ...]) -> RoleResult:
        """The answer of a role; people who could not be cut out are among its problems."""
        problems = self._cut_for(loaded).problems
        return RoleResult(self._request.number, role, predictions, self._watch.milliseconds, problems)

    def _load(self, role: Role) -> LoadedNetwork:
        """The network, once its body is known to be here: nothing runs that could give no bodies."""
        with self._watch.stage("load"):
            loaded = self._networks.get(role, self._request.weights)
            self._body(loaded.card.body_id)
            return loaded

    def _student_edges(self, loaded: LoadedNetwork) -> Edges:
        settings = self._request.edges
        with self._watch.stage("edges"):
            cut = self._cut_for(loaded)
            pairs = zip(cut.samples, cut.people, strict=True)
            return [student_edge(sample, person, settings, loaded, cut.people) for sample, person in pairs]

    def _mesh_edges(self, loaded: LoadedNetwork) -> EdgeMap:
        """The full image's edges of meshes, made as the teacher's card says."""
        meshes = crowd_meshes(self._request, self._baseline, self._body)
        height, width = self._request.image.shape[:2]
        card = loaded.card
        settings = EdgeSettings.from_dict(card.edges) if card.edges else EdgeSettings(dilation="adaptive")
        return mesh_edge_map(
            meshes,
            (width, height),
            settings,
            kind=card.map or "overlap",
            dilation_box=card.dilation_box,
        )

    def _baseline(self) -> tuple[Prediction, ...]:
        """The baseline's predictions: those just made for the same people, else made now."""
        loaded = self._load("baseline")
        if self._recent.image is self._request.image and self._recent.key == self._key(loaded):
            return self._recent.predictions
        return self._predict("baseline", loaded, [None] * len(self.samples(loaded)))

    def _predict(self, role: Role, loaded: LoadedNetwork, edges: Edges) -> tuple[Prediction, ...]:
        with self._watch.stage("forward"):
            estimates = estimate(loaded.network, self.samples(loaded), edges, self._device, stop=self._stop)
        return self.predictions(role, loaded, edges, estimates)

    def predictions(
        self, role: Role, loaded: LoadedNetwork, edges: Edges, estimates: Estimates
    ) -> tuple[Prediction, ...]:
        """The bodies that a network estimated for `samples`."""
        with self._watch.stage("body"):
            cut, body = self._cut_for(loaded), self._body(loaded.card.body_id)
            names = [person.key for person in cut.people]
            predictions = assemble(names, cut.samples, edges, role, loaded, body, estimates)
        if role == "baseline":
            self._recent.image, self._recent.key = self._request.image, self._key(loaded)
            self._recent.predictions = predictions
        return predictions

    def _body(self, body_id: str) -> BodyModel:
        return self._bodies.get(body_id)

    def _key(self, loaded: LoadedNetwork) -> object:
        poses = [(p.key, p.pose2d.joint_set, p.pose2d.keypoints.tobytes()) for p in self._request.people]
        return loaded.weights_hash, poses
