"""Mesh networks from and to weights files, with every disagreement named."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from sefd_viewer.errors import WeightsError
from sefd_viewer.networks.cards import NetworkCard, Role
from sefd_viewer.networks.decoders import VPoserDecoder
from sefd_viewer.networks.edge_estimators import INSIDE, LoadedEstimator, estimator_inside
from sefd_viewer.networks.mesh_network import MeshNetwork, build_network
from sefd_viewer.networks.state_files import StateFile, read_plain_tensors, read_state, write_state

_COUNTER = "num_batches_tracked"
"""What the names of an edge estimator's tensors begin with, as in the release."""
_STATISTICS = ("running_mean", "running_var", _COUNTER)


class WeightsMismatchError(WeightsError):
    """A weights file whose names or shapes are not the network's; carries all of them."""

    def __init__(
        self,
        what: str,
        *,
        where: str | Path | None = None,
        remedy: str | None = None,
        missing: tuple[str, ...] = (),
        unexpected: tuple[str, ...] = (),
        misshapen: tuple[str, ...] = (),
    ) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.missing, self.unexpected, self.misshapen = missing, unexpected, misshapen


@dataclass(frozen=True, eq=False)
class LoadedNetwork:
    """A network in evaluation mode with its card; the names are empty after a strict load.

    `estimator` makes the edges that it sees, where these are SEE's or SESD's.
    """

    network: MeshNetwork
    card: NetworkCard
    weights_hash: str
    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    estimator: LoadedEstimator | None = None


@dataclass(frozen=True)
class WeightsReport:
    """What a weights file is and how well it fits the network it claims to be.

    `parameters` counts per top-level module of the network, `teacher_copy` those of the teacher that a
    distilled student's checkpoint carries along, `beside` what a released file holds besides, SMPL's own
    arrays for example; `misshapen` entries name both shapes. `role` may be "student or teacher": released
    files with an edge channel do not tell. `obstacle` says why a network that fits cannot be run.
    """

    path: str
    preset: str
    role: str
    parameters: Mapping[str, int]
    teacher_copy: int
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    misshapen: tuple[str, ...]
    card: NetworkCard
    weights_hash: str
    beside: int = 0
    obstacle: str = ""

    @property
    def fits(self) -> bool:
        """Whether `load_network` would accept the file."""
        return not (self.missing or self.unexpected or self.misshapen or self.obstacle)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        lists = {name: list(getattr(self, name)) for name in ("missing", "unexpected", "misshapen")}
        plain = {"parameters": dict(self.parameters), "card": self.card.to_dict(), "fits": self.fits}
        return {**vars(self), **lists, **plain}


@dataclass(frozen=True)
class _Differences:
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    misshapen: tuple[str, ...]


def save_weights(
    path: str | Path, network: MeshNetwork, card: NetworkCard, estimator: LoadedEstimator | None = None
) -> None:
    """Write float16 safetensors with the card inside; names are those of the released checkpoints.

    The `estimator` that makes the network's edges is written with it.
    """
    state = dict(network.state_dict())
    if estimator is not None:
        card = replace(card, estimator=estimator.card.to_dict())
        state |= {INSIDE + name: tensor for name, tensor in estimator.network.state_dict().items()}
    write_state(path, state, card)


def load_network(path: str | Path, *, role: Role | None = None, strict: bool = True) -> LoadedNetwork:
    """The network of a weights file, in evaluation mode on the CPU.

    Raises WeightsError when the file cannot be read or plays another role than `role`, and
    WeightsMismatchError when names or shapes differ; with `strict=False` only shapes matter
    and the names are in the result.
    """
    state = read_state(path, role=role)
    _check_role(state, role)
    if state.other_edges:
        raise WeightsError(_obstacle(state), where=path, remedy="Only students of Canny edges can be run")
    network = build_network(state.card.preset, state.card.role)
    own, estimator = _without_estimator(state)
    differences = _compare(network, own)
    if differences.misshapen or (strict and (differences.missing or differences.unexpected)):
        raise _mismatch(state, differences)
    network.load_state_dict(own, strict=False)
    missing, unexpected = differences.missing, differences.unexpected
    return LoadedNetwork(network.eval(), state.card, state.weights_hash, missing, unexpected, estimator)


def shown_estimated_edges(network: LoadedNetwork, estimator: LoadedEstimator) -> LoadedNetwork:
    """A network of overlap edges, shown those that an estimator finds in the photo (supplement, section 5).

    It is one that learned with an estimator's, or a teacher, which then needs no true body.
    Raises WeightsError for a network without edges of bodies.
    """
    if network.card.map not in ("overlap", "see", "sesd"):
        words = (
            f"SEE's edges stand for the overlap edge, which this network is not shown ({network.card.map})"
        )
        raise WeightsError(words, remedy="Choose a network of overlap edges")
    kind = estimator.card.kind
    card = replace(
        network.card, role="student", structural_map=kind, estimator=estimator.card.to_dict(), metrics={}
    )
    both = f"{network.weights_hash} {estimator.weights_hash}".encode()
    weights_hash = hashlib.sha256(both).hexdigest()[:12]
    return replace(network, card=card, weights_hash=weights_hash, estimator=estimator)


def _without_estimator(state: StateFile) -> tuple[dict[str, Tensor], LoadedEstimator | None]:
    """The mesh network's tensors, and the estimator that is written beside them."""
    if state.card.estimator is None:
        if state.card.map in ("see", "sesd"):
            words = f"this network sees {state.card.map.upper()}'s edges, but SEE is not in its file"
            raise WeightsError(words, where=state.path, remedy="Train it again with --estimator")
        return dict(state.tensors), None
    own = {name: tensor for name, tensor in state.tensors.items() if not name.startswith(INSIDE)}
    return own, estimator_inside(state)


def take_backbone(network: MeshNetwork, path: str | Path) -> None:
    """Begin with a ResNet that learned to see: torchvision's files, or a pose network's (Xiao et al. 2018).

    Its names may begin with `module.`, `backbone.` or `resnet.`, and it may hold more, such as a head, which
    is left out. An edge channel that it does not know begins at zero. Raises WeightsError where anything of
    the backbone is missing or of another shape.
    """
    own, found = network.backbone.state_dict(), read_plain_tensors(path)
    plain = {re.sub(r"^((module|backbone|resnet)\.)+", "", name): tensor for name, tensor in found.items()}
    _widen_to_edges(plain, own, "conv1.weight")
    _take(
        network.backbone, own, plain, path, "a ResNet-50 as torchvision or xiao2018's pose networks have it"
    )


def _widen_to_edges(found: dict[str, Tensor], own: Mapping[str, Tensor], name: str) -> None:
    """Give the first layer, where `found` has it without the edge channel of `own`, one that is zero."""
    first = found.get(name)
    if first is not None and first.ndim == 4 and own[name].shape[1] - first.shape[1] == 1:
        found[name] = functional.pad(first, (0, 0, 0, 0, 0, 1))


def take_weights(network: MeshNetwork, path: str | Path) -> None:
    """Begin with another network's weights, of any role.

    A network without edges gets an edge channel that is zero: at first it answers as it did. Raises
    WeightsError for another architecture.
    """
    found, own = dict(load_network(path).network.state_dict()), network.state_dict()
    _widen_to_edges(found, own, "backbone.conv1.weight")
    _take(network, own, found, path, "a network of the same preset, with as many channels or without edges")


def take_vposer(network: MeshNetwork, path: str | Path) -> None:
    """Begin with VPoser's weights (version 1: `bodyprior_...`), which learn no more.

    Raises WeightsError for a network without VPoser and for a file without its weights.
    """
    if not isinstance(network.vposer, VPoserDecoder):
        raise WeightsError("only paper networks hold VPoser", remedy="Leave --vposer out")
    decoder, found = network.vposer, read_plain_tensors(path)
    own = decoder.state_dict()
    plain = {
        f"vposer.{name[name.index(_PRIOR) :]}": tensor for name, tensor in found.items() if _PRIOR in name
    }
    _take(decoder, own, plain, path, "VPoser's snapshots of version 1 (vposer_v1_0)")
    decoder.requires_grad_(False)


_PRIOR = "bodyprior_"


def _take(
    module: nn.Module, own: Mapping[str, Tensor], found: Mapping[str, Tensor], path: str | Path, what: str
) -> None:
    wrong = [
        name
        for name in own
        if not name.endswith(_COUNTER) and found.get(name, _NONE).shape != own[name].shape
    ]
    if wrong:
        state = "missing" if wrong[0] not in found else "of another shape"
        words = f"{len(wrong)} of {len(own)} tensors are missing or of another shape: {wrong[0]} is {state}"
        raise WeightsError(words, where=path, remedy=f"Expected is {what}")
    module.load_state_dict({name: found.get(name, tensor) for name, tensor in own.items()})


_NONE = torch.empty(0, 0, 0, 0, 0)


def describe_weights(path: str | Path) -> WeightsReport:
    """Read a weights file and compare it with its network, without refusing what does not fit.

    Raises WeightsError when the file cannot be read.
    """
    state = read_state(path)
    network = build_network(state.card.preset, state.card.role)
    differences = _compare(network, _without_estimator(state)[0])
    return WeightsReport(
        path=str(path),
        preset=state.card.preset,
        role=" or ".join(state.roles),
        parameters=_parameters_in_file(state.tensors),
        teacher_copy=sum(_parameters_in_file(state.teacher_copy).values()),
        missing=differences.missing,
        unexpected=differences.unexpected,
        misshapen=differences.misshapen,
        card=state.card,
        weights_hash=state.weights_hash,
        beside=state.beside,
        obstacle=_obstacle(state),
    )


def _obstacle(state: StateFile) -> str:
    return f"this student sees {state.other_edges}, which is not made here" if state.other_edges else ""


def _compare(network: MeshNetwork, found: Mapping[str, Tensor]) -> _Differences:
    own = network.state_dict()
    return _Differences(
        missing=tuple(sorted(n for n in own.keys() - found.keys() if not n.endswith(_COUNTER))),
        unexpected=tuple(sorted(found.keys() - own.keys())),
        misshapen=tuple(
            f"{name}: {tuple(found[name].shape)} in the file, {tuple(own[name].shape)} in the network"
            for name in sorted(own.keys() & found.keys())
            if own[name].shape != found[name].shape
        ),
    )


def _check_role(state: StateFile, role: Role | None) -> None:
    if role is not None and state.card.role != role:
        raise WeightsError(
            f"these weights are for the {state.card.role}, not for the {role}",
            where=state.path,
            remedy=f"Choose a file for the {role}, or load this one as {state.card.role}",
        )


def _mismatch(state: StateFile, differences: _Differences) -> WeightsMismatchError:
    lists = vars(differences)
    words = "; ".join(f"{len(names)} {kind}, first {names[0]}" for kind, names in lists.items() if names)
    return WeightsMismatchError(
        f"these weights do not fit the {state.card.preset} network as {state.card.role}: {words}",
        where=state.path,
        remedy="`sefd-viewer weights FILE` lists every name",
        **lists,
    )


def _parameters_in_file(tensors: Mapping[str, Tensor]) -> dict[str, int]:
    """Parameters per top-level module; running statistics of norms do not count."""
    counts: Counter[str] = Counter()
    for name, tensor in tensors.items():
        if not name.endswith(_STATISTICS):
            counts[name.split(".")[0]] += tensor.numel()
    return dict(counts)
