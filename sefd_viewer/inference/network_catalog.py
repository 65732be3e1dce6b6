"""Networks, loaded once and kept by file and role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import get_args

import torch

from sefd_viewer.errors import WeightsError
from sefd_viewer.inference.messages import Role
from sefd_viewer.networks.checkpoints import LoadedNetwork, load_network, shown_estimated_edges
from sefd_viewer.networks.edge_estimators import EstimatorKind, LoadedEstimator, is_estimator, load_estimator
from sefd_viewer.networks.inference_form import prepare_for_inference
from sefd_viewer.resources import INSTALL_EDGES, resource_path


class NetworkCatalog:
    """Networks in their fast form on one device, read again only when their file has changed.

    `weights` maps roles to files; roles that neither it nor a request names use the shipped weights.
    """

    def __init__(self, device: torch.device, weights: Mapping[str, str]) -> None:
        self._device, self._weights = device, weights
        self._loaded: dict[tuple[Path, Role], tuple[int, LoadedNetwork]] = {}

    def get(self, role: Role, weights: Mapping[str, str] | None) -> LoadedNetwork:
        """The network of `role` in the file that the request's `weights` name; raises WeightsError.

        A student whose file is an edge estimator's alone is another network with the edges that this finds:
        the one that learned with SEE's, or the teacher where somebody chose its weights.
        """
        file = self._existing(role, weights)
        if role == "student" and is_estimator(file):
            estimator = self._on_device(load_estimator(file))
            return shown_estimated_edges(self._of_overlap_edges(weights), estimator)
        changed = file.stat().st_mtime_ns
        known = self._loaded.get((file, role))
        if known is not None and known[0] == changed:
            return known[1]
        loaded = load_network(file, role=role)
        if loaded.estimator is not None:
            self._on_device(loaded.estimator)
        loaded = replace(loaded, network=prepare_for_inference(loaded.network.to(self._device)))
        self._loaded[file, role] = changed, loaded
        return loaded

    def _of_overlap_edges(self, weights: Mapping[str, str] | None) -> LoadedNetwork:
        see = self._estimator_file("see", weights)
        if self._chosen("teacher", weights) is not None or not see.is_file() or is_estimator(see):
            return self.get("teacher", weights)
        return self.get("student", {"student": str(see)})

    def estimator(self, kind: EstimatorKind, weights: Mapping[str, str] | None) -> LoadedEstimator:
        """SEE or SESD, from the file that `weights` name or the shipped one; raises WeightsError."""
        file = self._estimator_file(kind, weights)
        if not file.is_file():
            raise _no_estimator(kind, file)
        return self._on_device(load_estimator(file, kind=kind))

    def _estimator_file(self, kind: EstimatorKind, weights: Mapping[str, str] | None) -> Path:
        name = (weights or {}).get(kind) or self._weights.get(kind)
        return Path(name).expanduser() if name else resource_path("weights") / f"{kind}.safetensors"

    def _on_device(self, estimator: LoadedEstimator) -> LoadedEstimator:
        estimator.network.to(self._device)
        return estimator

    def holds(self, role: Role, weights: Mapping[str, str] | None) -> bool:
        """True when the network has been read before."""
        chosen = self._chosen(role, weights)
        return any(role == known and (chosen is None or file == chosen) for file, known in self._loaded)

    def _chosen(self, role: Role, weights: Mapping[str, str] | None) -> Path | None:
        name = (weights or {}).get(role) or self._weights.get(role)
        return Path(name).expanduser() if name else None

    def _existing(self, role: Role, weights: Mapping[str, str] | None) -> Path:
        file = self._chosen(role, weights) or resource_path(f"weights/{role}.safetensors")
        if not file.is_file() and file.stem in get_args(EstimatorKind):
            raise _no_estimator(file.stem, file)
        if not file.is_file():
            raise WeightsError(
                f"the weights file for the {role} is missing", where=file, remedy="Choose another file"
            )
        return file


def _no_estimator(kind: str, file: Path) -> WeightsError:
    remedy = f"Install it: {INSTALL_EDGES}; or train it (sefd-viewer train crowds-{kind})"
    return WeightsError(f"the weights of {kind.upper()} are missing", where=file, remedy=remedy)
