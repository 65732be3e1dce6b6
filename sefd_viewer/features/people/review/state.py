"""What a person chose in the workspace "Review"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar, Literal

ReviewLayout = Literal["table", "wall"]
CaseLayer = Literal["mesh", "poses", "boxes"]
CASE_LAYERS: Mapping[CaseLayer, str] = MappingProxyType(
    {"mesh": "Mesh", "poses": "Keypoints", "boxes": "Box"}
)
TILES = (72, 320)
"""The smallest and the largest side of a picture on the wall, in logical pixels."""


@dataclass(frozen=True)
class ReviewState:
    """Filter, order, thresholds and how cases are shown.

    `words` is the filter as typed; `thresholds` holds those that were moved, by detector; `off` the detectors
    that are not asked. `step` counts the verdicts given since the data set was opened: undo lowers it, and
    the verdicts follow. `picked` are several rows, rising, that a verdict or a scan is for; none: the case
    alone. `whole` shows photos instead of people on the wall; `close` brings the person near.
    """

    fleeting: ClassVar[frozenset[str]] = frozenset({"picked"})

    words: str = ""
    sort: str = "row"
    descending: bool = False
    thresholds: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    off: frozenset[str] = frozenset()
    layout: ReviewLayout = "table"
    tile: int = 136
    whole: bool = False
    go_on: bool = True
    close: bool = True
    layers: frozenset[CaseLayer] = frozenset(CASE_LAYERS)
    step: int = 0
    picked: tuple[int, ...] = ()
