"""The three parts a mesh network can play, without torch."""

from __future__ import annotations

from typing import Literal

Role = Literal["baseline", "student", "teacher"]
PresetName = Literal["paper", "compact", "compact-2"]

ROLES: tuple[Role, ...] = ("baseline", "student", "teacher")
PRESET_NAMES: tuple[PresetName, ...] = ("paper", "compact", "compact-2")


def input_channels(role: Role) -> int:
    """3 (RGB) for the baseline, 4 (RGB and one edge map) for student and teacher."""
    return 3 if role == "baseline" else 4
