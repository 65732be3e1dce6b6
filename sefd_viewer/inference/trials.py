"""One person through the networks with a changed input: other edges, other pixels, other weights."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from sefd_viewer.body.catalog import BodyCatalog
from sefd_viewer.datasets.sample import HEATMAP_SIZE, Sample, make_sample
from sefd_viewer.edges.settings import EdgeMap
from sefd_viewer.errors import SefdError
from sefd_viewer.inference.edge_channels import student_edge
from sefd_viewer.inference.forward import CHUNK, estimates_of, given_joints, run_network
from sefd_viewer.inference.messages import (
    Inside,
    Message,
    Progress,
    Role,
    Trial,
    TrialRequest,
    TrialResult,
    Tried,
)
from sefd_viewer.inference.network_catalog import NetworkCatalog
from sefd_viewer.inference.photo_run import assemble
from sefd_viewer.inference.worker import Cancelled, Stop, failure
from sefd_viewer.networks.backbone import gaussian_heatmaps
from sefd_viewer.networks.checkpoints import LoadedNetwork
from sefd_viewer.networks.mesh_network import MeshNetwork, MeshOutput

GIVEN = "given"
"""The source of an edge map that came with the trial."""


class TrialRun:
    """The state of one request while it is answered."""

    def __init__(
        self,
        request: TrialRequest,
        stop: Stop,
        device: torch.device,
        networks: NetworkCatalog,
        bodies: BodyCatalog,
    ) -> None:
        self._request, self._stop, self._device = request, stop, device
        self._networks, self._bodies = networks, bodies

    def messages(self) -> Iterator[Message]:
        """Progress by batch, a Failed for each network that cannot answer, then the answers of the others."""
        started = time.perf_counter()
        tried: dict[str, Tried] = {}
        batches = list(_batches(self._request.trials))
        for done, batch in enumerate(batches):
            if self._stop.superseded():
                raise Cancelled
            yield Progress(self._request.number, f"trying the {batch[0].role}", done, len(batches))
            try:
                tried.update({one.key: one for one in self._batch(batch)})
            except SefdError as error:
                yield failure(error, number=self._request.number, role=batch[0].role)
        spent = 1e3 * (time.perf_counter() - started)
        yield TrialResult(
            self._request.number,
            tuple(tried[trial.key] for trial in self._request.trials if trial.key in tried),
            spent,
        )

    def _batch(self, trials: Sequence[Trial]) -> list[Tried]:
        """Trials of one network."""
        role, loaded = trials[0].role, self._loaded(trials[0])
        body = self._bodies.get(loaded.card.body_id)
        pose, convention = self._request.person.pose2d, loaded.card.crop_convention
        sample = make_sample(self._request.image, pose, convention=convention)
        samples = [_changed(sample, trial) for trial in trials]
        edges = [self._edge(trial, own, loaded) for trial, own in zip(trials, samples, strict=True)]
        output = run_network(loaded.network, samples, edges, self._device, stop=self._stop)
        names = [self._request.person.key] * len(trials)
        predictions = assemble(names, samples, edges, role, loaded, body, estimates_of(output))
        insides = self._insides(loaded.network, samples, output)
        rows = zip(trials, predictions, insides, strict=True)
        return [Tried(trial.key, prediction, inside) for trial, prediction, inside in rows]

    def _loaded(self, trial: Trial) -> LoadedNetwork:
        weights = dict(self._request.weights or {})
        if trial.weights is not None:
            weights[trial.role] = trial.weights
        return self._networks.get(trial.role, weights)

    def _edge(self, trial: Trial, sample: Sample, loaded: LoadedNetwork) -> EdgeMap | None:
        if trial.role == "baseline":
            return None
        if trial.edge is not None:
            return EdgeMap(np.asarray(trial.edge, np.float32), trial.key, GIVEN)
        if trial.role == "student":
            others = self._request.others
            return student_edge(sample, self._request.person, self._request.edges, loaded, others)
        raise SefdError("the teacher's edges cannot be made from a crop", remedy="Give them with the trial")

    def _insides(
        self, network: MeshNetwork, samples: Sequence[Sample], output: MeshOutput
    ) -> Sequence[Inside | None]:
        if not self._request.inside:
            return [None] * len(samples)
        with torch.inference_mode():
            joints, weights = given_joints(samples, network, self._device)
            volumes = _numbers(network.volumes(output.features, joints, weights), np.float32)
        features = [_numbers(stage, np.float16) for stage in output.features]
        places = _numbers(output.joints_volume, np.float32)
        return [
            Inside(
                sample.crop_rgb,
                _heatmaps(sample, network),
                volumes[i],
                places[i],
                tuple(layer[i] for layer in features),
            )
            for i, sample in enumerate(samples)
        ]


def _batches(trials: Sequence[Trial]) -> Iterator[Sequence[Trial]]:
    """Trials of the same network, at most CHUNK at once."""
    networks: dict[tuple[Role, str | None], list[Trial]] = {}
    for trial in trials:
        networks.setdefault((trial.role, trial.weights), []).append(trial)
    for alike in networks.values():
        yield from (alike[start : start + CHUNK] for start in range(0, len(alike), CHUNK))


def _changed(sample: Sample, trial: Trial) -> Sample:
    changed = sample if trial.crop_rgb is None else replace(sample, crop_rgb=trial.crop_rgb)
    return changed if trial.hidden is None else _without(changed, trial.hidden)


def _without(sample: Sample, hidden: np.ndarray) -> Sample:
    """The sample without the 2D joints at hidden places (256,256) of the crop."""
    shift = 0.0 if sample.crop.convention == "release" else 0.5
    places = (sample.joints_heatmap + shift) * (len(hidden) / HEATMAP_SIZE) - shift
    columns, rows = np.clip(np.rint(places).astype(int), 0, len(hidden) - 1).T
    kept = np.where(hidden[rows, columns], 0.0, sample.joint_mask).astype(np.float32)
    return replace(
        sample,
        joints_heatmap=sample.joints_heatmap * kept[:, None],
        joint_mask=kept,
        joint_scores=sample.joint_scores * kept,
    )


def _heatmaps(sample: Sample, network: MeshNetwork) -> np.ndarray:
    return _numbers(gaussian_heatmaps(*given_joints([sample], network, torch.device("cpu"))), np.float16)[0]


def _numbers(tensor: Tensor, kind: type[np.floating]) -> np.ndarray:
    return np.ascontiguousarray(tensor.float().cpu().numpy(), kind)
