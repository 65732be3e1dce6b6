"""One request through the networks: samples once, then edges, forward pass and bodies role by role."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from sefd_viewer.body.model import BodyModel
from sefd_viewer.datasets.sample import Sample, make_sample
from sefd_viewer.edges.edge_map import EdgeMap
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.errors import SefdError
from sefd_viewer.inference.assembling import assemble
from sefd_viewer.inference.edge_channels import cropped, crowd_meshes, overlap_map, student_edge
from sefd_viewer.inference.engine import Cancelled, Stop
from sefd_viewer.inference.failures import failure, poisons_process
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
from sefd_viewer.inference.shelves import BodyShelf, NetworkShelf
from sefd_viewer.networks.checkpoints import LoadedNetwork

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


class PhotoRun:
    """The state of one request while it is answered."""

    def __init__(
        self,
        request: PredictRequest,
        stop: Stop,
        device: torch.device,
        networks: NetworkShelf,
        bodies: BodyShelf,
        recent: RecentBaseline,
    ) -> None:
        self._request, self._stop, self._device = request, stop, device
        self._networks, self._bodies, self._recent = networks, bodies, recent
        self._people: list[PersonInput] = []
        self._samples: list[Sample] = []
        self._problems: list[str] = []
        self._watch = Stopwatch()

    def messages(self) -> Iterator[Message]:
        """Everything there is to say about the request; see `Predictor.predict`."""
        roles = [role for role in ROLES if role in self._request.roles]
        self.cut_samples()
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

    @property
    def samples(self) -> tuple[Sample, ...]:
        """What the networks see of each person who can be predicted."""
        return tuple(self._samples)

    def cut_samples(self) -> None:
        """Cut everyone's crop; people without one are among the problems."""
        with self._watch.stage("crop"):
            for person in self._request.people:
                try:
                    sample = make_sample(self._request.image, person.pose2d)
                except SefdError as error:
                    self._problems.append(f"person {person.key}: {error}")
                else:
                    self._people.append(person)
                    self._samples.append(sample)

    def _role(self, role: Role) -> Iterator[Message]:
        predictions: tuple[Prediction, ...] = ()
        if self._samples:
            loaded = self._load(role)
            edges, whole = self.edges(role, loaded)
            if whole is not None:
                yield MeshEdgeResult(self._request.number, whole, self._watch.milliseconds["edges"])
            predictions = self._predict(role, loaded, edges)
        yield self.result(role, predictions)

    def edges(self, role: Role, loaded: LoadedNetwork) -> tuple[Edges, EdgeMap | None]:
        """What the network of `role` sees as its fourth channel, and the teacher's map of the whole image."""
        if role == "student":
            return self._student_edges(), None
        if role == "baseline":
            return [None] * len(self._samples), None
        with self._watch.stage("edges"):
            whole = self._overlap(loaded)
            return [cropped(whole, sample.crop) for sample in self._samples], whole

    def result(self, role: Role, predictions: tuple[Prediction, ...]) -> RoleResult:
        """The answer of a role."""
        milliseconds, problems = self._watch.milliseconds, tuple(self._problems)
        return RoleResult(self._request.number, role, predictions, milliseconds, problems)

    def _load(self, role: Role) -> LoadedNetwork:
        with self._watch.stage("load"):
            return self._networks.get(role, self._request.weights)

    def _student_edges(self) -> Edges:
        with self._watch.stage("edges"):
            pairs = zip(self._samples, self._people, strict=True)
            return [student_edge(sample, person, self._request.edges) for sample, person in pairs]

    def _overlap(self, loaded: LoadedNetwork) -> EdgeMap:
        """The full image's overlap edges, made as the teacher's card says."""
        meshes = crowd_meshes(self._request, self._baseline, self._body)
        height, width = self._request.image.shape[:2]
        card = loaded.card.edges
        settings = EdgeSettings.from_dict(card) if card else EdgeSettings(dilation="adaptive")
        return overlap_map(meshes, (width, height), settings)

    def _baseline(self) -> tuple[Prediction, ...]:
        """The baseline's predictions: those just made for the same people, else made now."""
        loaded = self._load("baseline")
        if self._recent.image is self._request.image and self._recent.key == self._key(loaded):
            return self._recent.predictions
        return self._predict("baseline", loaded, [None] * len(self._samples))

    def _predict(self, role: Role, loaded: LoadedNetwork, edges: Edges) -> tuple[Prediction, ...]:
        with self._watch.stage("forward"):
            estimates = estimate(loaded.network, self._samples, edges, self._device, stop=self._stop)
        return self.predictions(role, loaded, edges, estimates)

    def predictions(
        self, role: Role, loaded: LoadedNetwork, edges: Edges, estimates: Estimates
    ) -> tuple[Prediction, ...]:
        """The bodies that a network estimated for `samples`."""
        with self._watch.stage("body"):
            predictions = self._assemble(role, loaded, self._body(loaded.card.body_id), estimates, edges)
        if role == "baseline":
            self._recent.image, self._recent.key = self._request.image, self._key(loaded)
            self._recent.predictions = predictions
        return predictions

    def _assemble(
        self, role: Role, loaded: LoadedNetwork, body: BodyModel, estimates: Estimates, edges: Edges
    ) -> tuple[Prediction, ...]:
        names = [person.key for person in self._people]
        return assemble(names, self._samples, edges, role, loaded, body, estimates)

    def _body(self, body_id: str) -> BodyModel:
        return self._bodies.get(body_id, self._request.bodies)

    def _key(self, loaded: LoadedNetwork) -> object:
        poses = [(p.key, p.pose2d.joint_set, p.pose2d.keypoints.tobytes()) for p in self._people]
        return loaded.weights_hash, poses
