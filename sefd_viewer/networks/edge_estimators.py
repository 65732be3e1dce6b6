"""Networks that guess the overlap edge from a photo: the SMPL edge estimator and its de-occluder (S§5).

SEE is a U-Net from the RGB crop to the overlap edge; the mesh network then sees its edge as a fourth channel.
SESD puts a second U-Net between, which completes edges that somebody else hides. The names in the state dicts
are the release's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from sefd_viewer.atomic import new_file
from sefd_viewer.errors import DAMAGED, WeightsError
from sefd_viewer.networks.cards import ESTIMATOR_CARD, holds_estimator
from sefd_viewer.networks.state_files import StateFile, file_hash, read_state

EstimatorKind = Literal["see", "sesd"]
INSIDE = "edge_module."
"""Begins the names of an estimator's tensors in the file of a mesh network."""
PAPER_WIDTHS = (64, 128, 256, 512, 1024)


class DoubleConv(nn.Module):
    """Two 3x3 convolutions, each with norm and ReLU."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        parts: list[nn.Module] = []
        for entry in (channels, width):
            parts += [
                nn.Conv2d(entry, width, 3, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(inplace=True),
            ]
        self.double_conv = nn.Sequential(*parts)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N,C,H,W) to (N,C',H,W)."""
        return self.double_conv(x)


class Down(nn.Module):
    """Half the size, then two convolutions."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.maxpool_conv = nn.Sequential(nn.MaxPool2d(2), DoubleConv(channels, width))

    def forward(self, x: Tensor) -> Tensor:
        """Map (N,C,H,W) to (N,C',H//2,W//2)."""
        return self.maxpool_conv(x)


class Up(nn.Module):
    """Twice the size, joined with what was seen at that size before, then two convolutions."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.up = nn.ConvTranspose2d(channels, width, 2, stride=2)
        self.conv = DoubleConv(2 * width, width)

    def forward(self, x: Tensor, seen: Tensor) -> Tensor:
        """Map (N,C,h,w) and `seen` (N,C',H,W) to (N,C',H,W); an odd H or W gets zeros at its far end."""
        larger = self.up(x)
        missing = [seen.shape[3] - larger.shape[3], seen.shape[2] - larger.shape[2]]
        padded = functional.pad(
            larger, [missing[0] // 2, -(-missing[0] // 2), missing[1] // 2, -(-missing[1] // 2)]
        )
        return self.conv(torch.cat((seen, padded), 1))


class UNet(nn.Module):
    """Ronneberger et al. 2015 with one output channel; 31.04 M parameters at the paper's widths."""

    def __init__(self, channels: int, widths: Sequence[int] = PAPER_WIDTHS) -> None:
        super().__init__()
        self.inc = DoubleConv(channels, widths[0])
        self.depth = len(widths) - 1
        for number, (upper, lower) in enumerate(pairwise(widths), 1):
            self.add_module(f"down{number}", Down(upper, lower))
        for number, (upper, lower) in enumerate(reversed(list(pairwise(widths))), 1):
            self.add_module(f"up{number}", Up(lower, upper))
        self.outc = nn.ModuleDict({"conv": nn.Conv2d(widths[0], 1, 1)})

    def forward(self, x: Tensor) -> Tensor:
        """Map (N,C,H,W) to an edge map (N,1,H,W), which training pulls to [0,1] but nothing clips."""
        stages = [self.inc(x)]
        for number in range(1, self.depth + 1):
            stages.append(self.get_submodule(f"down{number}")(stages[-1]))
        out = stages.pop()
        for number in range(1, self.depth + 1):
            out = self.get_submodule(f"up{number}")(out, stages.pop())
        return self.outc["conv"](out)


class EdgeEstimator(nn.Module):
    """SEE: the overlap edge of everybody in a crop, from its colours alone."""

    def __init__(self, widths: Sequence[int] = PAPER_WIDTHS) -> None:
        super().__init__()
        self.edges = UNet(3, widths)

    def forward(self, crop: Tensor) -> Tensor:
        """Edges (N,1,H,W) in [0,1] of RGB crops (N,3,H,W) in [0,1]."""
        return self.edges(crop).clamp(0, 1)


class DeoccludingEdgeEstimator(nn.Module):
    """SESD: what SEE finds, and the edges that it lost where somebody else stands in front completed."""

    def __init__(self, widths: Sequence[int] = PAPER_WIDTHS) -> None:
        super().__init__()
        self.edges = UNet(3, widths)
        self.completion = UNet(2, widths)

    def forward(self, crop: Tensor, occluders: Tensor) -> Tensor:
        """Edges (N,1,H,W) in [0,1] of RGB crops (N,3,H,W) in [0,1].

        `occluders` (N,1,H,W) is 1 where others may hide the person; elsewhere SEE's edges stay as they are.
        """
        found = self.edges(crop).clamp(0, 1)
        completed = self.completion(torch.cat((found * (1 - occluders), occluders), 1)).clamp(0, 1)
        return torch.where(occluders > 0, completed, found)


Estimator = EdgeEstimator | DeoccludingEdgeEstimator


@dataclass(frozen=True)
class EstimatorCard:
    """What travels with an estimator's weights: what it is, what it is fed, where it comes from.

    Crops of `input_size` pixels show as much as a mesh network's; metrics carry their unit in the name.
    """

    kind: EstimatorKind
    widths: tuple[int, ...]
    input_size: int
    licence: str = ""
    trained_on: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> EstimatorCard:
        """The reverse; WeightsError where it is none that this version knows."""
        try:
            card = cls(**{**values, "widths": tuple(values["widths"])})
        except (TypeError, KeyError) as error:
            raise WeightsError(
                "this describes no edge estimator that is known here",
                remedy="Choose a file that sefd-viewer train wrote",
            ) from error
        if card.kind not in ("see", "sesd"):
            raise WeightsError(f"there is no edge estimator {card.kind!r}", remedy="Known are see, sesd")
        return card


@dataclass(frozen=True, eq=False)
class LoadedEstimator:
    """An estimator in evaluation mode with its card, and the hash of a file of its own."""

    network: Estimator
    card: EstimatorCard
    weights_hash: str = ""

    @torch.inference_mode()
    def detect(
        self, crop_rgb: NDArray[np.uint8], occluders: NDArray[np.bool_] | None = None
    ) -> NDArray[np.float32]:
        """Edges (S,S) in [0,1] of a crop (S,S,3); SESD completes them where `occluders` (S,S) may hide."""
        size, shown = self.card.input_size, crop_rgb.shape[0]
        parameter = next(self.network.parameters())
        small = cv2.resize(crop_rgb, (size, size), interpolation=cv2.INTER_AREA)
        given = [torch.from_numpy(small.transpose(2, 0, 1).astype(np.float32) / 255)[None]]
        if isinstance(self.network, DeoccludingEdgeEstimator):
            mask = np.zeros((shown, shown), bool) if occluders is None else occluders
            hidden = cv2.resize(mask.astype(np.uint8), (size, size), interpolation=cv2.INTER_NEAREST)
            given.append(torch.from_numpy(hidden.astype(np.float32))[None, None])
        found = self.network(*(one.to(parameter) for one in given))
        larger = functional.interpolate(found, (shown, shown), mode="bilinear", align_corners=False)
        return larger[0, 0].float().cpu().numpy()


def build_estimator(kind: EstimatorKind, widths: Sequence[int]) -> Estimator:
    """An estimator with random weights."""
    return EdgeEstimator(widths) if kind == "see" else DeoccludingEdgeEstimator(widths)


def save_estimator(path: Path, estimator: Estimator, card: EstimatorCard) -> None:
    """Write float16 safetensors with the card inside; the file appears only when it is complete."""
    tensors = {name: _half(tensor) for name, tensor in estimator.state_dict().items()}
    with new_file(path) as unfinished:
        save_file(tensors, unfinished, metadata={ESTIMATOR_CARD: json.dumps(card.to_dict())})


def is_estimator(path: str | Path) -> bool:
    """Whether a file says that it holds an edge estimator."""
    return holds_estimator(Path(path))


def load_estimator(path: str | Path, *, kind: EstimatorKind | None = None) -> LoadedEstimator:
    """The estimator of a weights file, its own or that inside of a mesh network's.

    Raises WeightsError where there is none, or one of another kind.
    """
    path = Path(path)
    if not path.is_file():
        raise WeightsError("this weights file does not exist", where=path, remedy="Check the path")
    loaded = _loaded(path, path.stat().st_mtime_ns)
    if kind is not None and loaded.card.kind != kind:
        raise WeightsError(
            f"this estimator is {loaded.card.kind}, not {kind}",
            where=path,
            remedy="Choose a file of the other kind of estimator",
        )
    return loaded


@lru_cache(maxsize=2)
def _loaded(path: Path, _changed: int) -> LoadedEstimator:
    loaded = _alone(path) if holds_estimator(path) else estimator_inside(read_state(path))
    if loaded is None:
        remedy = "Train one: sefd-viewer train crowds-see"
        raise WeightsError("this file holds no edge estimator", where=path, remedy=remedy)
    return replace(loaded, weights_hash=file_hash(path))


def _alone(path: Path) -> LoadedEstimator:
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise WeightsError(
            "this is not a weights file, or it is damaged",
            where=path,
            remedy="Choose another file, or copy it again",
        ) from error
    try:
        about = json.loads(metadata[ESTIMATOR_CARD])
    except DAMAGED as error:
        raise WeightsError(
            "what this file says of its estimator is not JSON",
            where=path,
            remedy="Choose a file that sefd-viewer train wrote",
        ) from error
    return estimator_of(EstimatorCard.from_dict(about), tensors)


def estimator_inside(state: StateFile) -> LoadedEstimator | None:
    """The estimator that is written beside the mesh network that sees its edges; None where there is none."""
    if state.card.estimator is None:
        return None
    inside = {
        name.removeprefix(INSIDE): tensor for name, tensor in state.tensors.items() if name.startswith(INSIDE)
    }
    return estimator_of(EstimatorCard.from_dict(state.card.estimator), inside)


def estimator_of(card: EstimatorCard, tensors: Mapping[str, Tensor]) -> LoadedEstimator:
    """An estimator out of its card and tensors; WeightsError where they do not fit."""
    network = build_estimator(card.kind, card.widths)
    try:
        network.load_state_dict(dict(tensors))
    except RuntimeError as error:
        raise WeightsError(
            "the weights of this edge estimator do not fit its card",
            remedy="Choose a file that sefd-viewer train wrote",
        ) from error
    return LoadedEstimator(network.eval(), card)


def _half(tensor: Tensor) -> Tensor:
    own = tensor.detach().cpu().contiguous()
    return own.half() if own.is_floating_point() else own
