"""Networks in torch: mesh networks, their weights and cards, HED, the body as a layer.

Importing this package does not import torch; its names do, at first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from sefd_viewer.networks.cards import (
    PRESET_NAMES,
    ROLES,
    EdgeKind,
    NetworkCard,
    PresetName,
    Role,
    input_channels,
)

_LAZY = {
    "BodyLayer": "body_layer",
    "HedNetwork": "hed",
    "LoadedNetwork": "checkpoints",
    "MeshNetwork": "mesh_network",
    "MeshOutput": "mesh_network",
    "WeightsMismatchError": "checkpoints",
    "WeightsReport": "checkpoints",
    "build_network": "mesh_network",
    "describe_weights": "checkpoints",
    "load_hed": "hed",
    "load_network": "checkpoints",
    "prepare_for_inference": "inference_form",
    "save_weights": "checkpoints",
}

__all__ = [
    "PRESET_NAMES",
    "ROLES",
    "EdgeKind",
    "NetworkCard",
    "PresetName",
    "Role",
    "input_channels",
    *_LAZY,
]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
