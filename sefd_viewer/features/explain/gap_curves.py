"""The distillation gap over training: the distance of each layer, checkpoint after checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.features.explain.gap import NetworkGap
from sefd_viewer.features.explain.training_stage import Unit, in_order

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class GapCurves:
    """Distances (N, L) of N checkpoints and L layers; `current` (L,) are those of the weights in use.

    `numbers` (N,) count the `unit`; without one they are the order in which the files were given. `marked` is
    the checkpoint that is in use, if it is among them.
    """

    titles: tuple[str, ...]
    numbers: tuple[int, ...]
    unit: Unit | None
    distances: Array
    current: Array
    marked: int | None = None


def gap_curves(networks: Sequence[NetworkGap]) -> GapCurves | None:
    """The curves of the checkpoints, which are in order; None for fewer than two that can be compared."""
    known = [network for network in networks if network.is_checkpoint and network.layers]
    student = next((network for network in networks if network.key == "student" and network.layers), None)
    if len(known) < 2 or student is None:
        return None
    stages = [network.stage for network in known]
    same = [place for place, network in enumerate(known) if network.weights_hash == student.weights_hash]
    told = [stage for stage in stages if stage is not None] if in_order(stages) is not None else []
    return GapCurves(
        tuple(network.title for network in known),
        tuple(stage.number for stage in told) or tuple(range(1, len(known) + 1)),
        told[0].unit if told else None,
        np.array([distances_of(network) for network in known]),
        np.array(distances_of(student)),
        same[0] if same else None,
    )


def distances_of(network: NetworkGap) -> list[float]:
    """The distance of each layer."""
    return [layer.distance for layer in network.layers]
