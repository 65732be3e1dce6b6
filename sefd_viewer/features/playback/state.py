"""What a person chose about playback: how fast, over which part, and which curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

Curve = Literal["error", "motion"]
RATES: tuple[float, ...] = (1.0, 2.0, 5.0, 10.0, 25.0, 50.0)
"""Frames each second at most; slower where the networks need longer."""


@dataclass(frozen=True)
class PlaybackState:
    """`first` and `last` are keys of the records between which is played, None: without a limit.

    While `playing` with `photo_only` the networks rest. `curve` None shows errors where there are any, else
    how far joints move.
    """

    fleeting: ClassVar[frozenset[str]] = frozenset({"playing"})

    playing: bool = False
    rate: float = 10.0
    loop: bool = True
    photo_only: bool = False
    first: str | None = None
    last: str | None = None
    curve: Curve | None = None
