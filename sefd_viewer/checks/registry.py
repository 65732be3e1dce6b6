"""The detectors that come with the program, in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Sequence

from sefd_viewer.checks.boxes import BOX_BODY, BOX_KEYPOINTS
from sefd_viewer.checks.depth_order import DEPTH_ORDER
from sefd_viewer.checks.detector import Detector
from sefd_viewer.checks.joint_limits import JOINT_LIMITS
from sefd_viewer.checks.keypoints import OKS, REPROJECTION
from sefd_viewer.checks.mask import MASK
from sefd_viewer.checks.numbers import NOT_FINITE
from sefd_viewer.checks.orientation import SWAP, UPSIDE_DOWN
from sefd_viewer.checks.outline import OUTLINE
from sefd_viewer.checks.penetration import DEPTH, PENETRATION
from sefd_viewer.checks.picture_order import PICTURE_ORDER
from sefd_viewer.checks.pictures import MISSING, SIZE, TURNED
from sefd_viewer.checks.sequences import JUMP, OFFSET
from sefd_viewer.checks.sets import OF_SETS
from sefd_viewer.checks.shape import BUILD, CHANGE, SHAPE, VOLUME, WAIST
from sefd_viewer.checks.twins import TWINS
from sefd_viewer.checks.views import VIEWS


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
    VOLUME,
    WAIST,
    BUILD,
    CHANGE,
    JOINT_LIMITS,
    TWINS,
    PENETRATION,
    DEPTH,
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
