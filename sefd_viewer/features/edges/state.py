"""What a person chose in the workspace "Edges"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sefd_viewer.app.methods import Method

LabPage = Literal["detectors", "dilation", "audit"]
Dilated = Literal["mesh", "canny"]
"""Which edges the page about dilation thickens: those of the bodies, or Canny's."""


@dataclass(frozen=True)
class EdgeLabState:
    """Everything a person chose in the workspace "Edges".

    `wanted` is the method whose bodies say where edges should be (None: ground truth where there is any, else
    the student's), `tolerance` in pixels; `areas` are the smallest and largest box area (px²) of the people
    who are listed. `audit_folder` holds stored maps that were made of `audit_kind` with `audit_dilation`
    (as the command line writes it); `finding` is the record whose maps are looked at.
    """

    page: LabPage = "detectors"
    wanted: Method | None = None
    tolerance: float = 2.0
    show_missed: bool = True
    dilated: Dilated = "mesh"
    areas: tuple[float, float] | None = None
    audit_folder: str | None = None
    audit_kind: Literal["single", "all", "overlap", "occluded"] = "overlap"
    audit_dilation: str = "adaptive"
