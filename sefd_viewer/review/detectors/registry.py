"""The detectors that come with the program, in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Sequence

from sefd_viewer.review.detectors.detector import Detector
from sefd_viewer.review.detectors.keypoints import OKS, REPROJECTION
from sefd_viewer.review.detectors.shape import SHAPE


def built_in_detectors(*, pictures: bool = True) -> tuple[Detector, ...]:
    """All of them; without `pictures` those that need no more than annotations and file headers."""
    return tuple(one for one in _BUILT_IN if pictures or one.reads != "picture")


def detectors_named(ids: Sequence[str], known: Sequence[Detector] | None = None) -> tuple[Detector, ...]:
    """The detectors with these ids, in this order; raises SefdError for an unknown one."""
    from sefd_viewer.errors import SefdError

    by_id = {one.id: one for one in (_BUILT_IN if known is None else known)}
    unknown = [id for id in ids if id not in by_id]
    if unknown:
        remedy = f"There are {', '.join(by_id)}"
        raise SefdError(f"there is no detector {', '.join(unknown)}", remedy=remedy)
    return tuple(by_id[id] for id in ids)


_BUILT_IN: tuple[Detector, ...] = (REPROJECTION, OKS, SHAPE)
