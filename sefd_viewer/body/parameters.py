"""The parameters of one SMPL-format body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sefd_viewer.errors import BodyError

_SIZES = {"global_orient": 3, "body_pose": 69, "betas": 10, "transl": 3}


@dataclass(frozen=True, eq=False)
class SmplParameters:
    """Pose, shape and place of a body, under smplx's names, float32.

    `body_id` says for which body the betas are; `global_orient` (3,) and `body_pose` (69,) are axis-angle in
    radians, `betas` (10,), `transl` (3,) metres. Raises BodyError for other shapes and values not finite.
    """

    body_id: str
    global_orient: np.ndarray
    body_pose: np.ndarray
    betas: np.ndarray
    transl: np.ndarray

    def __post_init__(self) -> None:
        for name, size in _SIZES.items():
            object.__setattr__(self, name, _checked(name, getattr(self, name), size))

    @classmethod
    def from_pose(cls, body_id: str, pose: ArrayLike, betas: ArrayLike, transl: ArrayLike) -> SmplParameters:
        """Parameters from all 24 rotations in one vector (72,), the root's first."""
        whole = _checked("pose", pose, 72)
        return cls(body_id, whole[:3], whole[3:], np.asarray(betas), np.asarray(transl))

    @property
    def pose(self) -> np.ndarray:
        """All 24 rotations (72,), axis-angle, the root's first."""
        return np.concatenate([self.global_orient, self.body_pose])

    def to_dict(self) -> dict[str, Any]:
        """The body's id and plain lists under the field names."""
        return {"body_id": self.body_id} | {name: getattr(self, name).tolist() for name in _SIZES}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> SmplParameters:
        """The parameters that `to_dict` wrote; BodyError when one is missing."""
        missing = [name for name in ("body_id", *_SIZES) if name not in values]
        if missing:
            raise BodyError(f"the body parameters lack {', '.join(missing)}")
        return cls(values["body_id"], **{name: values[name] for name in _SIZES})


def _checked(name: str, value: ArrayLike, size: int) -> np.ndarray:
    try:
        array = np.array(value, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise BodyError(f"the body parameter {name} is not {size} numbers") from error
    if array.shape != (size,):
        raise BodyError(f"the body parameter {name} has shape {array.shape} instead of ({size},)")
    if not np.all(np.isfinite(array)):
        raise BodyError(f"the body parameter {name} holds values that are not finite")
    return array
