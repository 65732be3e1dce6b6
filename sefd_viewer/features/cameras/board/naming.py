"""What joints are called, for people."""

from __future__ import annotations


def joint_title(name: str) -> str:
    """A joint's name: L_Knee is "Left knee"."""
    side = {"L": "Left ", "R": "Right "}.get(name[0], "") if name[1:2] == "_" else ""
    rest = (name[2:] if side else name).replace("_", " ")
    return side + (rest.lower() if side else rest)
