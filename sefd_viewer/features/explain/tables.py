"""The numbers of the workspace "Explain" as tables: unrounded, with units in the names, nan unknown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sefd_viewer.features.explain.bench import BenchRow
    from sefd_viewer.features.explain.gap import NetworkGap
    from sefd_viewer.features.explain.occlusion import Reaction

Table = list[dict[str, Any]]
_PICTURES = frozenset({"edge", "body"})


def bench_table(rows: Sequence[BenchRow]) -> Table:
    """A row for each edge map."""
    return [{name: value for name, value in vars(row).items() if name not in _PICTURES} for row in rows]


def reactions_table(reactions: Sequence[Reaction]) -> Table:
    """A row for each network and person before whom the occluder was put."""
    return [{"network": one.role, **vars(person)} for one in reactions for person in one.people]


def gap_table(networks: Sequence[NetworkGap]) -> Table:
    """A row for each layer of each network; `unit` is what the number of a checkpoint counts."""
    return [
        {
            "network": network.title,
            "weights": network.weights_hash,
            "unit": network.stage.unit if network.stage is not None else None,
            "number": network.stage.number if network.stage is not None else None,
            "layer": layer.layer,
            "distance": layer.distance,
            "share": layer.share,
        }
        for network in networks
        for layer in network.layers
    ]
