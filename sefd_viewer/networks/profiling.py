"""How large networks are and how much they compute: the supplement's Table 2, measured beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from sefd_viewer.geometry.joints import SMPL30
from sefd_viewer.networks.cards import Role
from sefd_viewer.networks.checkpoints import load_network
from sefd_viewer.networks.decoders import VPoser
from sefd_viewer.networks.edge_estimators import (
    DeoccludingEdgeEstimator,
    EdgeEstimator,
    LoadedEstimator,
    is_estimator,
    load_estimator,
)
from sefd_viewer.networks.mesh_network import CROP_SIZE, MeshNetwork, build_network

PRINTED = {"baseline": (30.2, 56.4), "sefd": (30.2, 56.4), "see": (61.2, 111.1), "sesd": (92.2, 156.8)}
"""Millions of parameters and G of multiply-accumulates in the supplement's Table 2."""

_MESH_NETWORKS: dict[str, Role] = {"baseline": "baseline", "sefd": "student"}


@dataclass(frozen=True)
class Profile:
    """One network: parameters, those that its forward pass needs, and multiply-accumulates of one person.

    `used_parameters` leaves out VPoser's encoder, which only training needs. `counted_macs` takes the whole
    kernel of a transposed convolution at every pixel it writes, as some counters do.
    `printed_*` are the supplement's numbers, where it has some.
    """

    name: str
    parameters: int
    used_parameters: int
    macs: int
    counted_macs: int
    printed_parameters_m: float | None = None
    printed_macs_g: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def table_2() -> list[Profile]:
    """Baseline, SEFD, SEE and SESD at the paper's size; only their shapes matter."""
    mesh = {name: _of(build_network("paper", role)) for name, role in _MESH_NETWORKS.items()}
    with torch.device("meta"):  # shapes alone; mesh networks use autocast, which has none of it
        crop = torch.zeros(1, 3, CROP_SIZE, CROP_SIZE)
        estimators = {
            "see": _measure(EdgeEstimator().eval(), (crop,)),
            "sesd": _measure(DeoccludingEdgeEstimator().eval(), (crop, crop[:, :1])),
        }
    rows = mesh | {name: _sum(mesh["sefd"], part) for name, part in estimators.items()}
    return [Profile(name, *numbers, *PRINTED[name]) for name, numbers in rows.items()]


def of_file(path: Path) -> Profile:
    """The network of a weights file, of any preset and role, with the estimator of its edges, or that alone.

    Raises WeightsError where there is none.
    """
    if is_estimator(path):
        return Profile(path.name, *_of_estimator(load_estimator(path)))
    loaded = load_network(path)
    mesh = _of(loaded.network)
    return Profile(
        path.name, *(mesh if loaded.estimator is None else _sum(mesh, _of_estimator(loaded.estimator)))
    )


def to_words(profiles: Sequence[Profile]) -> Iterator[str]:
    """Why the printed numbers of Table 2 differ from the measured ones; nothing without SEFD and SEE."""
    rows = {profile.name: profile for profile in profiles if profile.printed_macs_g is not None}
    if "sefd" not in rows or "see" not in rows:
        return
    sefd, see = rows["sefd"], rows["see"]
    estimator, counted = see.macs - sefd.macs, see.counted_macs - sefd.counted_macs
    yield "Parameters: the printed 30.2 M leave out VPoser's encoder, as the column used does."
    yield (
        f"Multiply-accumulates: SEFD computes {sefd.macs / 1e9:.2f} G, a tenth of what is printed."
        f" From SEFD to SEE the print adds 54.7 G; the U-Net computes {estimator / 1e9:.1f} G, or"
        f" {counted / 1e9:.1f} G where the whole kernel of a transposed convolution is counted at every pixel"
        " it writes (column counted). So the two parts of the printed sums do not share a scale."
    )


Numbers = tuple[int, int, int, int]


def _of(network: MeshNetwork) -> Numbers:
    crop = torch.zeros(1, network.backbone.conv1.in_channels, CROP_SIZE, CROP_SIZE)
    pose = torch.zeros(1, SMPL30.count, 2)
    return _measure(network.eval(), (crop, pose, pose[..., 0]))


def _of_estimator(loaded: LoadedEstimator) -> Numbers:
    crop = torch.zeros(1, 3, loaded.card.input_size, loaded.card.input_size)
    inputs = (crop,) if loaded.card.kind == "see" else (crop, crop[:, :1])
    return _measure(loaded.network, inputs)


def _measure(network: nn.Module, inputs: tuple[Tensor, ...]) -> Numbers:
    """Parameters, those used, and multiply-accumulates, computed and as counters count them."""
    parameters = _count(network)
    unused = sum(
        _count(part)
        for module in network.modules()
        if isinstance(module, VPoser)
        for name, part in module.named_children()
        if name.startswith("bodyprior_enc")
    )
    extra, hooks = [0], []

    def note(module: nn.Module, _inputs: object, output: Tensor) -> None:
        assert isinstance(module, nn.ConvTranspose2d)
        kernel = module.kernel_size[0] * module.kernel_size[1]
        each = output.numel() * module.in_channels // (module.stride[0] * module.stride[1])
        extra[0] += each * (module.stride[0] * module.stride[1] - 1) * kernel

    for module in network.modules():
        if isinstance(module, nn.ConvTranspose2d):
            hooks.append(module.register_forward_hook(note))
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(*inputs)
    for hook in hooks:
        hook.remove()
    macs = counter.get_total_flops() // 2
    return parameters, parameters - unused, macs, macs + extra[0]


def _count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _sum(one: Numbers, other: Numbers) -> Numbers:
    return tuple(a + b for a, b in zip(one, other, strict=True))  # type: ignore[return-value]
