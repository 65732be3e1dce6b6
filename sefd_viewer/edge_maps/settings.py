"""What decides the content of a set of edge maps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.geometry.extrinsics import ExtrinsicMode

MapKind = Literal["single", "all", "overlap", "occluded"]
FileFormat = Literal["png", "jpeg"]

DILATION_BOX = "annotated, else projected"
"""The boxes by whose area the adaptive rule goes; maps of before the annotated ones counted do not say it."""


@dataclass(frozen=True)
class FactorySettings:
    """Which maps are made, and how.

    kind: single = one map for each person, as if alone; all, overlap, occluded = one for everyone (see
        MeshEdges).
    edges: Canny and dilation; adaptive goes by a person's annotated tight box, where there is none by the
        box of the projected vertices inside the picture.
    extrinsics: the way of world parameters into the camera (supplement section 7.2).
    """

    kind: MapKind = "overlap"
    edges: EdgeSettings = field(default_factory=lambda: EdgeSettings(dilation="adaptive"))
    extrinsics: ExtrinsicMode = "exact"
    file_format: FileFormat = "png"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        content = {
            "kind": self.kind,
            "edges": self.edges.to_dict(),
            "camera_mode": self.extrinsics,
            "file_format": self.file_format,
        }
        boxes = {"dilation_box": DILATION_BOX} if self.edges.dilation == "adaptive" else {}
        return content | boxes


def dilation_settings(words: str) -> EdgeSettings:
    """Edge settings with the dilation `adaptive`, `none` or `fixed:K` (K odd); ValueError for other words."""
    rule, _, kernel = words.partition(":")
    if rule == "adaptive" and not kernel:
        return EdgeSettings(dilation="adaptive")
    if rule == "none" and not kernel:
        return EdgeSettings(dilation="none")
    if rule == "fixed" and kernel.isdecimal():
        return EdgeSettings(dilation="fixed", kernel=int(kernel))
    raise ValueError(f"the dilation {words!r} is not adaptive, none or fixed:K, for example fixed:5")
