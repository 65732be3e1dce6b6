"""Networks in torch: mesh networks, their weights and cards, HED, the body as a layer.

Importing this package does not import torch; its names do, at first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from sefd_viewer.networks.roles import PRESET_NAMES, ROLES, PresetName, Role, input_channels

_LAZY = {
    "BodyLayer": "body_layer",
    "MeshNetwork": "mesh_network",
    "MeshOutput": "mesh_network",
    "build_network": "presets",
}

__all__ = ["PRESET_NAMES", "ROLES", "PresetName", "Role", "input_channels", *_LAZY]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
