"""Names of joints for people."""

from __future__ import annotations

_SIDES = {"L_": "Left ", "R_": "Right "}


def joint_title(name: str) -> str:
    """A joint's name: Left hip for L_Hip, Head top for Head_top."""
    side = _SIDES.get(name[:2], "")
    rest = name[2:] if side else name
    return (side + rest.replace("_", " ").lower()).capitalize()
