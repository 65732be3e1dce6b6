"""From a request to bodies: the networks of the wanted roles, one after the other, results as they come."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

import torch

from sefd_viewer.body.catalog import BodyCatalog, catalog_at
from sefd_viewer.edges.settings import EdgeMap
from sefd_viewer.inference.device import choose_device, spare_threads
from sefd_viewer.inference.edge_channels import estimated_edges
from sefd_viewer.inference.forward import Estimates, estimate, interruptible
from sefd_viewer.inference.messages import (
    ROLES,
    EdgesRequest,
    EdgesResult,
    Failed,
    Message,
    PredictRequest,
    Progress,
    Ready,
    Role,
    RoleResult,
    TrialRequest,
)
from sefd_viewer.inference.network_catalog import NetworkCatalog
from sefd_viewer.inference.photo_run import Edges, PhotoRun, RecentBaseline
from sefd_viewer.inference.trials import TrialRun
from sefd_viewer.inference.worker import Stop, failure, poisons_process
from sefd_viewer.networks.checkpoints import LoadedNetwork


class Predictor:
    """Holds the networks on one device and answers requests; not to be used from two threads at once.

    `weights` maps roles to weights files, as a request's own `weights` do, which come first; `bodies` are
    files of licensed bodies, or folders of them. Nothing is loaded before the first request that needs it.
    """

    def __init__(
        self,
        device: str = "auto",
        *,
        weights: Mapping[str, str] | None = None,
        bodies: Sequence[str] = (),
    ) -> None:
        self.device = choose_device(device)
        self.networks = NetworkCatalog(self.device.torch, weights or {})
        self._places = tuple(bodies)
        self._recent = RecentBaseline()

    @property
    def bodies(self) -> BodyCatalog:
        """The bodies that are here without those of a request."""
        return catalog_at(self._places)

    def bodies_for(self, places: Sequence[str]) -> BodyCatalog:
        """The bodies that are here together with those of a request."""
        return catalog_at(tuple(dict.fromkeys((*self._places, *places))))

    def require_bodies(self, roles: Iterable[Role], weights: Mapping[str, str] | None = None) -> None:
        """Load the networks of `roles`; raise SefdError for one that, or whose body, is not here."""
        for role in roles:
            self.bodies.get(self.networks.get(role, weights).card.body_id)

    def ready(self) -> Ready:
        """The device in use, with words where it is not the one that was asked for."""
        device = self.device
        return Ready(str(device.torch), device.label, torch.get_num_threads(), device.note)

    def predict(self, request: PredictRequest, stop: Stop | None = None) -> Iterator[Message]:
        """Progress, and for each role a RoleResult or a Failed; before the teacher's its MeshEdgeResult.

        Roles come in the order baseline, student, teacher. A role that fails does not stop the others.
        Raises Cancelled where `stop` ends the request early.
        """
        bodies = self.bodies_for(request.bodies)
        run = PhotoRun(request, stop or Stop(), self.device.torch, self.networks, bodies, self._recent)
        yield from run.messages()

    def try_out(self, request: TrialRequest, stop: Stop | None = None) -> Iterator[Message]:
        """Progress by network, then one TrialResult; raises Cancelled where `stop` says so."""
        bodies = self.bodies_for(request.bodies)
        yield from TrialRun(request, stop or Stop(), self.device.torch, self.networks, bodies).messages()

    def edges(self, request: EdgesRequest, stop: Stop | None = None) -> Iterator[Message]:
        """The edges of the whole image as one network finds them.

        Raises WeightsError where it is not here, Cancelled where `stop` says so.
        """
        from sefd_viewer.networks.hed import detect

        yield Progress(request.number, request.network.upper(), 0, 1)
        started, side = time.perf_counter(), request.max_side
        crops: dict[str, EdgeMap] = {}
        with interruptible(stop or Stop()):
            if request.network == "hed":
                values = detect(request.image, side, device=self.device.torch)
                edge = EdgeMap(values, f"HED {side}", "the photo")
            else:
                estimator = self.networks.estimator(request.network, request.weights)
                edge, crops = estimated_edges(request.image, request.people, estimator, max_side=side)
        spent = 1e3 * (time.perf_counter() - started)
        yield EdgesResult(request.number, request.network, edge, spent, crops)


def open_predictor(device: str) -> Predictor:
    """The predictor of a background process: leaves one core to whoever watches."""
    torch.set_num_threads(spare_threads())
    return Predictor(device)


Answers = Mapping[Role, RoleResult | Failed]


def predict_many(
    predictor: Predictor, requests: Sequence[PredictRequest], *, stop: Stop | None = None
) -> list[Answers]:
    """What `Predictor.predict` says of each request, role by role, with the forward passes shared.

    All requests name the same roles and weights. A role that fails for one photo fails for that one alone,
    a network that cannot be loaded fails for all. Raises Cancelled where `stop` says so.
    """
    stop = stop or Stop()
    runs = [
        PhotoRun(
            request,
            stop,
            predictor.device.torch,
            predictor.networks,
            predictor.bodies_for(request.bodies),
            RecentBaseline(),
        )
        for request in requests
    ]
    answers: list[dict[Role, RoleResult | Failed]] = [{} for _ in requests]
    for role in (role for role in ROLES if requests and role in requests[0].roles):
        for place, answer in enumerate(_role(predictor, role, requests, runs, stop)):
            answers[place][role] = answer
    return list(answers)


def _role(
    predictor: Predictor,
    role: Role,
    requests: Sequence[PredictRequest],
    runs: Sequence[PhotoRun],
    stop: Stop,
) -> list[RoleResult | Failed]:
    try:
        loaded = predictor.networks.get(role, requests[0].weights)
        predictor.bodies_for(requests[0].bodies).get(loaded.card.body_id)
    except Exception as error:
        if poisons_process(error):
            raise
        return [failure(error, number=request.number, role=role) for request in requests]
    edges = [_edges(run, request, role, loaded) for run, request in zip(runs, requests, strict=True)]
    ready = [place for place, own in enumerate(edges) if not isinstance(own, Failed)]
    estimates = _estimates(predictor, loaded, [(runs[place], edges[place]) for place in ready], stop)
    answers: list[RoleResult | Failed] = []
    for run, own in zip(runs, edges, strict=True):
        if isinstance(own, Failed):
            answers.append(own)
        else:
            bodies = run.predictions(role, loaded, own, estimates.pop(0)) if run.samples(loaded) else ()
            answers.append(run.result(role, loaded, bodies))
    return answers


def _edges(run: PhotoRun, request: PredictRequest, role: Role, loaded: LoadedNetwork) -> Edges | Failed:
    if not run.samples(loaded):
        return ()
    try:
        return run.edges(role, loaded)[0]
    except Exception as error:
        if poisons_process(error):
            raise
        return failure(error, number=request.number, role=role)


def _estimates(
    predictor: Predictor,
    loaded: LoadedNetwork,
    ready: Sequence[tuple[PhotoRun, Edges | Failed]],
    stop: Stop,
) -> list[Estimates]:
    """Estimates of each photo that has anybody, from batches that hold people of several photos."""
    samples = [sample for run, _ in ready for sample in run.samples(loaded)]
    maps = [edge for _, own in ready if not isinstance(own, Failed) for edge in own]
    if not samples:
        return []
    everyone = estimate(loaded.network, samples, maps, predictor.device.torch, stop=stop)
    parts, start = [], 0
    for run, _ in ready:
        if people := len(run.samples(loaded)):
            part = slice(start, start + people)
            parts.append(Estimates(*(values[part] for values in everyone)))
            start = part.stop
    return parts
