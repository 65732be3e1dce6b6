"""Several photos at once: everybody in one batch for each network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sefd_viewer.inference.forward import Estimates, estimate
from sefd_viewer.inference.messages import ROLES, Failed, PredictRequest, Role, RoleResult
from sefd_viewer.inference.photo_run import Edges, PhotoRun, RecentBaseline
from sefd_viewer.inference.predictor import Predictor
from sefd_viewer.inference.worker import Stop, failure, poisons_process
from sefd_viewer.networks.checkpoints import LoadedNetwork

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
