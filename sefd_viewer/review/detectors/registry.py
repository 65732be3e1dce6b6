"""The detectors that come with the program, in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Sequence

from sefd_viewer.review.detectors.boxes import BOX_BODY, BOX_KEYPOINTS
from sefd_viewer.review.detectors.depth_order import DEPTH_ORDER
from sefd_viewer.review.detectors.detector import Detector
from sefd_viewer.review.detectors.joint_limits import JOINT_LIMITS
from sefd_viewer.review.detectors.keypoints import OKS, REPROJECTION
from sefd_viewer.review.detectors.mask import MASK
from sefd_viewer.review.detectors.numbers import NOT_FINITE
from sefd_viewer.review.detectors.orientation import SWAP, UPSIDE_DOWN
from sefd_viewer.review.detectors.outline import OUTLINE
from sefd_viewer.review.detectors.penetration import PENETRATION
from sefd_viewer.review.detectors.picture_order import PICTURE_ORDER
from sefd_viewer.review.detectors.pictures import MISSING, SIZE, TURNED
from sefd_viewer.review.detectors.sequences import JUMP, OFFSET
from sefd_viewer.review.detectors.sets import OF_SETS
from sefd_viewer.review.detectors.shape import SHAPE
from sefd_viewer.review.detectors.twins import TWINS
from sefd_viewer.review.detectors.views import VIEWS


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


_BUILT_IN: tuple[Detector, ...] = (
    REPROJECTION,
    OKS,
    SWAP,
    UPSIDE_DOWN,
    BOX_KEYPOINTS,
    BOX_BODY,
    MASK,
    OUTLINE,
    SHAPE,
    JOINT_LIMITS,
    TWINS,
    PENETRATION,
    DEPTH_ORDER,
    PICTURE_ORDER,
    VIEWS,
    OFFSET,
    JUMP,
    NOT_FINITE,
    MISSING,
    SIZE,
    TURNED,
    *OF_SETS,
)
