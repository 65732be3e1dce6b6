"""How long something goes on, in words."""

from __future__ import annotations


def time_left(seconds: float | None) -> str:
    """Words for `seconds` that are left; empty when that is unknown, or next to nothing."""
    if seconds is None or seconds < 5:
        return ""
    if seconds < 90:
        return f"{seconds:.0f} s left"
    minutes = seconds / 60
    return f"{minutes:.0f} min left" if minutes < 90 else f"{minutes / 60:.1f} h left"
