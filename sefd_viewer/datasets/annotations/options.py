"""What a person may choose when an annotated data set is read."""

from __future__ import annotations

from dataclasses import dataclass

from sefd_viewer.geometry.extrinsics import ExtrinsicMode


@dataclass(frozen=True)
class ReadOptions:
    """Choices that hold for every annotated format.

    `extrinsics` is the way of world parameters into the camera (supplement section 7.2); `bodies` are files
    of licensed bodies; people with a score below `min_score` are left out, bodies whose stored `fit_err`
    is above `max_fit_error` (the format's own unit) are not shown. None shows them all.
    """

    extrinsics: ExtrinsicMode = "exact"
    bodies: tuple[str, ...] = ()
    min_score: float | None = None
    max_fit_error: float | None = None
